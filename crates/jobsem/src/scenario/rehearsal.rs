//! [`rehearse`]: a CronJob through days of virtual time, with pods that do as they are told.
//!
//! The cluster is a real one and the controllers are the real ones; only time is not. Deliberately
//! absent: printing a calendar of it.
//!
//! Rules: CRON-17, CRON-22, CRON-23, CRON-45, HIST-04, TTL-02, as they show from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::coming::Coming;
use super::{Script, Timed, scripts};
use crate::api::well_known::COMPLETION_INDEX;
use crate::api::{CronJob, Job, Pod};
use crate::cleanup::finish_time;
use crate::cluster::{Cluster, PodReport, Work};
use crate::cron::sync::effective_schedule;
use crate::cron::{ClockChange, CronSchedule, clock_changes, zone_of};
use crate::event::Event;
use crate::{Error, Semantics, Time, Verdict, outcome};

/// What is rehearsed.
#[derive(Clone, Debug)]
pub struct RehearsalPlan {
    /// When the CronJob is created.
    pub from: Time,
    /// Until when it is followed; that instant counts.
    pub to: Time,
    /// What pods do, as [`scripts`] takes it, for each Job; under `start N` for the N-th Job only.
    pub pods: Value,
    /// From when to when nothing runs, neither controllers nor pods.
    pub down: Vec<(Time, Time)>,
}

/// What came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rehearsal {
    /// Every time of the schedule, in order.
    pub occasions: Vec<Occasion>,
    /// The changes of clocks on the way, and what each did to the schedule.
    pub changes: Vec<ClockChange>,
    /// What the CronJob controller recorded.
    pub events: Vec<Event>,
    /// The CronJob at the end.
    pub cronjob: Arc<CronJob>,
    /// The Jobs that are left at the end.
    pub jobs: Vec<Arc<Job>>,
    /// How many pods are left at the end.
    pub pods: usize,
    /// What the API server warned of.
    pub warnings: Vec<String>,
}

/// A time of the schedule, and what came of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Occasion {
    /// The time.
    pub at: Time,
    /// What clocks in the schedule's zone showed.
    pub local: String,
    /// The Job that was started for it.
    pub job: Option<Start>,
    /// If there is none: why.
    pub missed: Option<Missed>,
}

/// A Job that was started.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Start {
    /// The Job's name.
    pub name: String,
    /// When it was created.
    pub started: Time,
    /// Whether another Job of the CronJob was still running then.
    pub overlaps: bool,
    /// When and how it ended.
    pub ended: Option<(Time, Verdict)>,
    /// When and why it was deleted.
    pub deleted: Option<(Time, Deleted)>,
}

/// Why there is no Job for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missed {
    /// The CronJob was suspended (CRON-17).
    Suspended,
    /// The Job before still ran, and that was forbidden (CRON-22).
    Forbidden,
    /// The starting deadline was over (CRON-45).
    TooLate,
    /// Nothing ran, and a later time came first (CRON-45).
    Down,
    /// A later time came first, or the schedule gave no chance (CRON-45).
    Passed,
}

/// Why a Job was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deleted {
    /// There were more ended Jobs than the history limit (HIST-04).
    History,
    /// A newer one took its place (CRON-23).
    Replaced,
    /// Its `ttlSecondsAfterFinished` were over (TTL-07).
    Ttl,
}

/// Plays a CronJob.
///
/// ```
/// use jobsem::Semantics;
/// use jobsem::api::CronJob;
/// use jobsem::scenario::{RehearsalPlan, rehearse};
///
/// let cronjob: CronJob = serde_json::from_str(r#"{"metadata": {"name": "nightly"}, "spec": {
///     "schedule": "30 2 * * *", "timeZone": "Europe/Berlin", "jobTemplate": {"spec": {
///     "template": {"spec": {"restartPolicy": "Never",
///                           "containers": [{"name": "main", "image": "perl"}]}}}}}}"#)?;
/// let plan = RehearsalPlan {
///     from: "2024-03-29T00:00:00Z".parse()?,
///     to: "2024-04-05T00:00:00Z".parse()?,
///     pods: serde_json::json!({"*": {"run": "20m"}}),
///     down: Vec::new(),
/// };
/// let played = rehearse(cronjob, &Semantics::default(), &plan)?;
/// // Half past two does not exist on the 31st; of the ended Jobs three are kept.
/// assert_eq!(played.occasions.len(), 6);
/// assert_eq!(played.changes[0].skipped, ["2024-03-31 02:30"]);
/// assert_eq!(played.jobs.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `Invalid` if the CronJob is refused, `Decode` if `pods` cannot be understood.
pub fn rehearse(
    cronjob: CronJob,
    sem: &Semantics,
    plan: &RehearsalPlan,
) -> Result<Rehearsal, Error> {
    let mut cluster = Cluster::new(sem.clone());
    let created = cluster.create_cronjob(plan.from, cronjob)?;
    let stored = cluster.cronjob(&created.namespace, &created.name).cloned();
    let cronjob = stored.ok_or_else(|| Error::state("the CronJob was not stored"))?;
    let schedule =
        effective_schedule(&cronjob, None).map_err(|error| Error::decode(error.to_string()))?;
    let mut play = Play {
        cluster,
        plan,
        cronjob,
        now: plan.from,
        coming: Coming::new(),
        scripts: BTreeMap::new(),
        started: Vec::new(),
        running: BTreeMap::new(),
        refused: BTreeMap::new(),
        events: Vec::new(),
    };
    play.run(&schedule)?;
    let occasions = play.occasions(&schedule);
    Ok(Rehearsal {
        occasions,
        changes: clock_changes(&schedule, plan.from, plan.to),
        jobs: play.cluster.jobs().cloned().collect(),
        pods: play.cluster.pods().count(),
        cronjob: play.cronjob,
        events: play.events,
        warnings: created.warnings,
    })
}

struct Play<'a> {
    cluster: Cluster,
    plan: &'a RehearsalPlan,
    cronjob: Arc<CronJob>,
    now: Time,
    /// What pods are going to do.
    coming: Coming<(Arc<Pod>, Timed)>,
    /// What the pods of a Job do, by the Job's name.
    scripts: BTreeMap<String, BTreeMap<String, Arc<Script>>>,
    /// Each Job with the time that it was started for.
    started: Vec<(Time, Start)>,
    /// Jobs that are still there, by name: their places in `started`.
    running: BTreeMap<String, usize>,
    /// Times for which a start was refused.
    refused: BTreeMap<Time, Missed>,
    events: Vec<Event>,
}

impl Play<'_> {
    fn run(&mut self, schedule: &CronSchedule) -> Result<(), Error> {
        self.look(schedule)?;
        loop {
            let timer = self.cluster.poll_timeout().map(|wakeup| wakeup.at);
            let scripted = self.coming.next_at();
            // At one instant, controllers come before pods.
            let timer_first = timer.is_some_and(|timer| scripted.is_none_or(|at| timer <= at));
            let Some(mut next) = (if timer_first { timer } else { scripted }) else { break };
            let down = self.plan.down.iter().find(|(from, to)| (*from..*to).contains(&next));
            if let Some((_, up)) = down {
                next = *up;
            }
            if next > self.plan.to {
                break;
            }
            self.now = self.now.max(next);
            if timer_first || down.is_some() {
                self.cluster.handle_timeout(self.now)?;
            } else if let Some((pod, timed)) = self.coming.pop() {
                self.happen(&pod, timed)?;
            }
            self.look(schedule)?;
        }
        Ok(())
    }

    /// What a pod does now.
    fn happen(&mut self, pod: &Pod, timed: Timed) -> Result<(), Error> {
        let meta = &pod.metadata;
        let stored = self.cluster.pod(&meta.namespace, &meta.name);
        let Some(stored) = stored.filter(|stored| stored.metadata.uid == meta.uid) else {
            return Ok(());
        };
        let report = match timed.status {
            None => PodReport::Removed,
            Some(patch) => PodReport::Status(patch.pod_status(&stored.status, self.now)?.into()),
        };
        self.cluster.report(self.now, &meta.namespace, &meta.name, report)
    }

    /// Takes the host's part, and notes what has changed.
    fn look(&mut self, schedule: &CronSchedule) -> Result<(), Error> {
        let mut completed = BTreeSet::new();
        while let Some(event) = self.cluster.poll_event() {
            if event.kind == "CronJob" {
                self.note(event, schedule)?;
            } else if event.reason == "Completed" {
                completed.insert(event.name);
            }
        }
        while let Some(work) = self.cluster.poll_work() {
            match work {
                Work::Start(pod) => {
                    let script = self.script(&pod).map(|script| script.on_create.clone());
                    self.schedule(&pod, script.unwrap_or_default());
                }
                Work::Stop { pod, grace_seconds } => {
                    let script = self.script(&pod).map(|script| script.on_delete.clone());
                    let gone =
                        Timed { after: grace_seconds as f64, remove: true, ..Timed::default() };
                    self.schedule(&pod, script.unwrap_or_else(|| vec![gone]));
                }
            }
        }
        let mut gone = Vec::new();
        for (name, place) in &self.running {
            let start = &mut self.started[*place].1;
            match self.cluster.job(&self.cronjob.metadata.namespace, name) {
                Some(job) if job.is_finished() && start.ended.is_none() => {
                    start.ended =
                        Some((finish_time(job).unwrap_or(self.now), outcome(job).verdict));
                }
                Some(_) => {}
                None => {
                    if start.deleted.is_none() {
                        // A limit of zero leaves no moment in which the Job is seen to have ended.
                        let succeeded = completed.contains(name.as_str());
                        let verdict = if succeeded { Verdict::Succeeded } else { Verdict::Failed };
                        start.ended.get_or_insert((self.now, verdict));
                        start.deleted = Some((self.now, Deleted::Ttl));
                    }
                    gone.push(name.clone());
                }
            }
        }
        for name in gone {
            self.running.remove(&name);
            self.scripts.remove(&name);
        }
        let meta = &self.cronjob.metadata;
        if let Some(cronjob) = self.cluster.cronjob(&meta.namespace, &meta.name) {
            self.cronjob = Arc::clone(cronjob);
        }
        Ok(())
    }

    /// Notes what the CronJob controller says.
    fn note(&mut self, event: Event, schedule: &CronSchedule) -> Result<(), Error> {
        let message = event.message.text();
        let last_word = message.rsplit(' ').next().unwrap_or_default();
        match &*event.reason {
            "SuccessfulCreate" => self.job_started(last_word)?,
            "SuccessfulDelete" => {
                if let Some(place) = self.running.get(last_word) {
                    let start = &mut self.started[*place].1;
                    let why =
                        if start.ended.is_some() { Deleted::History } else { Deleted::Replaced };
                    start.deleted = Some((self.now, why));
                }
            }
            "JobAlreadyActive" => self.refuse(schedule, Missed::Forbidden),
            "MissSchedule" => self.refuse(schedule, Missed::TooLate),
            _ => {}
        }
        self.events.push(event);
        Ok(())
    }

    fn job_started(&mut self, name: &str) -> Result<(), Error> {
        let meta = &self.cronjob.metadata;
        let Some(job) = self.cluster.job(&meta.namespace, name) else { return Ok(()) };
        let number = self.started.len() + 1;
        self.scripts.insert(name.to_owned(), scripts(job, &pods_of(&self.plan.pods, number))?);
        let stored = self.cluster.cronjob(&meta.namespace, &meta.name);
        let at = stored.and_then(|cronjob| cronjob.status.last_schedule_time).unwrap_or(self.now);
        let overlaps = self.running.values().any(|place| {
            let other = &self.started[*place].1;
            other.ended.is_none() && other.deleted.is_none()
        });
        let start = Start {
            name: name.to_owned(),
            started: self.now,
            overlaps,
            ended: None,
            deleted: None,
        };
        self.running.insert(name.to_owned(), self.started.len());
        self.started.push((at, start));
        Ok(())
    }

    /// The latest time that is due was refused.
    fn refuse(&mut self, schedule: &CronSchedule, why: Missed) {
        let since = self.cronjob.status.last_schedule_time.unwrap_or(self.plan.from);
        let due = times(schedule, since, self.now).last();
        if let Some(at) = due {
            self.refused.insert(at, why);
        }
    }

    fn script(&self, pod: &Pod) -> Option<&Arc<Script>> {
        let meta = &pod.metadata;
        let of_job = self.scripts.get(meta.controller_ref()?.name.as_str())?;
        let by_index = || {
            let index = meta.annotation(COMPLETION_INDEX)?;
            of_job.get(&format!("index:{index}"))
        };
        of_job.get(meta.name.as_str()).or_else(by_index).or_else(|| of_job.get("*"))
    }

    fn schedule(&mut self, pod: &Arc<Pod>, script: Vec<Timed>) {
        for timed in script {
            let at = self.now.plus_nanos((timed.after * 1e9).round() as i64);
            self.coming.set(at, (Arc::clone(pod), timed));
        }
    }

    /// Every time of the schedule with what came of it.
    fn occasions(&self, schedule: &CronSchedule) -> Vec<Occasion> {
        let started: BTreeMap<Time, &Start> =
            self.started.iter().map(|(at, start)| (*at, start)).collect();
        let mut all: Vec<Time> = started.keys().chain(self.refused.keys()).copied().collect();
        // Intervals count from the last start, and not from the beginning.
        if all.is_empty() || !schedule.is_interval() {
            all.extend(times(schedule, self.plan.from, self.plan.to));
        }
        all.sort();
        all.dedup();
        let zone = zone_of(schedule);
        let suspended = self.cronjob.spec.suspend == Some(true);
        let deadline = self.cronjob.spec.starting_deadline_seconds;
        all.into_iter()
            .map(|at| {
                let job = started.get(&at).map(|start| Start::clone(start));
                let down = self.plan.down.iter().find(|(from, to)| (*from..*to).contains(&at));
                let why = match (self.refused.get(&at), down) {
                    (Some(why), _) => *why,
                    (None, _) if suspended => Missed::Suspended,
                    (None, Some((_, up))) if deadline.is_some_and(|d| at.plus_seconds(d) < *up) => {
                        Missed::TooLate
                    }
                    (None, Some(_)) => Missed::Down,
                    (None, None) => Missed::Passed,
                };
                let missed = job.is_none().then_some(why);
                Occasion { at, local: zone.rfc3339(at.unix()), job, missed }
            })
            .collect()
    }
}

/// The times of a schedule after `from`, up to `to`.
fn times(schedule: &CronSchedule, from: Time, to: Time) -> impl Iterator<Item = Time> {
    std::iter::successors(schedule.next(from), |at| schedule.next(*at))
        .take_while(move |at| *at <= to)
}

/// What the pods of the Job of that number do, counted from 1.
fn pods_of(pods: &Value, number: usize) -> Value {
    let Value::Object(all) = pods else { return pods.clone() };
    let number_of = |key: &str| key.strip_prefix("start ")?.trim().parse::<usize>().ok();
    let mut out = Map::new();
    match all.iter().find(|(key, _)| number_of(key) == Some(number)) {
        Some((_, own)) => {
            out.insert("*".to_owned(), own.clone());
        }
        None => {
            let of_all = all.iter().filter(|(key, _)| !key.starts_with("start "));
            out.extend(of_all.map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    out.entry("*").or_insert_with(|| json!({}));
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(spec: Value, to: &str, pods: Value, down: &[(&str, &str)]) -> Rehearsal {
        let mut spec = spec;
        spec["jobTemplate"]["spec"]["template"] = json!({"spec": {
            "restartPolicy": "Never", "containers": [{"name": "main", "image": "perl"}],
        }});
        let ttl = spec.as_object_mut().unwrap().remove("ttl");
        if let Some(ttl) = ttl {
            spec["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] = ttl;
        }
        let backoff = json!(0);
        spec["jobTemplate"]["spec"]["backoffLimit"] = backoff;
        let cronjob = json!({"metadata": {"name": "c"}, "spec": spec});
        let time = |text: &str| text.parse::<Time>().unwrap();
        let plan = RehearsalPlan {
            from: time("2024-06-01T00:00:00Z"),
            to: time(to),
            pods,
            down: down.iter().map(|(from, to)| (time(from), time(to))).collect(),
        };
        rehearse(serde_json::from_value(cronjob).unwrap(), &Semantics::default(), &plan).unwrap()
    }

    fn left(played: &Rehearsal) -> usize {
        played.jobs.len()
    }

    fn missed(played: &Rehearsal) -> Vec<Option<Missed>> {
        played.occasions.iter().map(|occasion| occasion.missed).collect()
    }

    #[test]
    fn history_limits_leave_exactly_the_asked_number() {
        let end = "2024-06-01T12:00:00Z";
        for limit in [0, 1, 2, 5] {
            let good = json!({"schedule": "0 * * * *", "successfulJobsHistoryLimit": limit});
            assert_eq!(left(&played(good, end, json!({}), &[])), limit, "of the completed");
            let bad = json!({"schedule": "0 * * * *", "failedJobsHistoryLimit": limit});
            let fails = json!({"*": {"exit": 1}});
            assert_eq!(left(&played(bad, end, fails, &[])), limit, "of the failed");
        }
        // Unset means three and one; each class is counted by itself.
        let mixed = json!({"start 2": {"exit": 1}, "start 4": {"exit": 1}});
        let played = played(json!({"schedule": "0 * * * *"}), end, mixed, &[]);
        let failed = played.jobs.iter().filter(|job| job.status.failed > 0).count();
        assert_eq!((left(&played), failed), (4, 1));
    }

    #[test]
    fn a_limit_of_time_deletes_the_job_and_its_pods_in_time() {
        let end = "2024-06-01T01:30:00Z";
        let spec = |ttl: Value| json!({"schedule": "0 * * * *", "ttl": ttl});
        for ttl in [0, 1, 100] {
            let played = played(spec(json!(ttl)), end, json!({}), &[]);
            let start = played.occasions[0].job.as_ref().unwrap();
            let ((ended, _), (at, why)) = (start.ended.unwrap(), start.deleted.unwrap());
            assert_eq!(at.truncated(), ended.truncated().plus_seconds(ttl), "{ttl}");
            assert_eq!((why, left(&played), played.pods), (Deleted::Ttl, 0, 0));
        }
        assert_eq!(left(&played(spec(Value::Null), end, json!({}), &[])), 1, "unset: never");
    }

    #[test]
    fn of_the_times_while_nothing_ran_only_the_last_is_made_up_for() {
        let down = [("2024-06-01T01:30:00Z", "2024-06-01T04:30:00Z")];
        let end = "2024-06-01T05:30:00Z";
        let down_one = Some(Missed::Down);
        let late = played(json!({"schedule": "0 * * * *"}), end, json!({}), &down);
        assert_eq!(missed(&late), [None, down_one, down_one, None, None]);
        let start = late.occasions[3].job.as_ref().unwrap();
        assert_eq!(start.started.to_string(), "2024-06-01T04:30:00Z");
        let strict = json!({"schedule": "0 * * * *", "startingDeadlineSeconds": 600});
        let strict = played(strict, end, json!({}), &down);
        let late = Some(Missed::TooLate);
        assert_eq!(missed(&strict), [None, late, late, late, None]);
    }

    #[test]
    fn a_job_that_still_runs_delays_the_next_or_goes() {
        let (end, long) = ("2024-06-01T00:04:30Z", json!({"*": {"run": "100s"}}));
        let spec = |policy: &str| json!({"schedule": "* * * * *", "concurrencyPolicy": policy});
        let forbid = played(spec("Forbid"), end, long.clone(), &[]);
        assert_eq!(missed(&forbid), [None, None, Some(Missed::Forbidden), None]);
        let late = forbid.occasions[1].job.as_ref().unwrap();
        assert!(late.started.since(forbid.occasions[1].at) > 20_000_000_000);
        let replace = played(spec("Replace"), end, long.clone(), &[]);
        let first = replace.occasions[0].job.as_ref().unwrap();
        assert_eq!(first.deleted.unwrap().1, Deleted::Replaced);
        let allow = played(spec("Allow"), end, long, &[]);
        assert!(allow.occasions[1].job.as_ref().unwrap().overlaps);
        let suspended = json!({"schedule": "* * * * *", "suspend": true});
        let suspended = played(suspended, end, json!({}), &[]);
        assert_eq!(missed(&suspended), [Some(Missed::Suspended); 4]);
    }

    #[test]
    fn intervals_count_from_the_last_start() {
        let every =
            played(json!({"schedule": "@every 90m"}), "2024-06-01T06:01:00Z", json!({}), &[]);
        assert_eq!(missed(&every), [None; 4]);
    }
}
