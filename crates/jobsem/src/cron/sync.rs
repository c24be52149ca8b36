//! One sync of one CronJob, step by step: history, children, active list, start, status.
//!
//! The sync requests one call at a time and continues with its result. Deliberately absent: queues
//! and caches (`controller`), and which time is due (`due`).
//!
//! Rules: HIST-01 to HIST-08, CRON-11 to CRON-28, CRON-41, CRON-62 (upstream:
//! `pkg/controller/cronjob/cronjob_controllerv2.go`).

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use super::due::{Due, DueRule, next_delay};
use super::history;
use super::messages::{self as say, Said};
use super::schedule::{CronSchedule, ParseError};
use super::template::{self, job_name};
use super::zone::Zone;
use crate::api::{CronJob, Job, JobConditionType, ObjectReference};
use crate::explain::Notes;
use crate::request::{ApiError, Call, Propagation, Response};
use crate::{Semantics, Time};

/// The inputs and outputs of a sync.
pub(crate) struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) sem: &'a Semantics,
    /// The zone of schedules without one; UTC if absent.
    pub(crate) local: Option<&'a Zone>,
    /// Where events go.
    pub(crate) events: &'a mut Vec<Said>,
    /// Where notes go.
    pub(crate) notes: &'a mut Notes,
}

/// How a sync ended (CRON-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Retry after a back-off.
    Failed(String),
    /// Sync again after this many nanoseconds.
    Again(i64),
    /// Wait for the next watch event.
    Idle,
}

/// A sync under way.
#[derive(Debug)]
pub(crate) struct CronSync {
    /// The CronJob as cached, with changes: written at the end.
    written: CronJob,
    /// A fresher copy that replaced it in between (CRON-13).
    live: Option<CronJob>,
    children: Vec<Arc<Job>>,
    stage: Stage,
    /// The time of the whole sync; set after the history step.
    now: Time,
    changed: bool,
    ended: Ended,
}

#[derive(Debug)]
enum Stage {
    History { doomed: Vec<Arc<Job>>, at: usize },
    Children { at: usize },
    Active { refs: Vec<ObjectReference>, at: usize },
    Decide,
    Replace { refs: Vec<ObjectReference>, at: usize, found: Option<Arc<Job>>, start: Start },
    Create { start: Start },
    Existing { start: Start },
    Write,
    Done,
}

/// The Job to start.
#[derive(Clone, Debug)]
struct Start {
    at: Time,
    schedule: CronSchedule,
}

/// The result of a stage.
enum Flow {
    Ask(Call),
    Go(Stage),
}

impl CronSync {
    /// A sync of `cronjob` with its children, in processing order.
    pub(crate) fn new(cronjob: &CronJob, children: Vec<Arc<Job>>) -> CronSync {
        let doomed = history::excess(&cronjob.spec, &children);
        CronSync {
            written: cronjob.clone(),
            live: None,
            children,
            stage: Stage::History { doomed, at: 0 },
            now: Time::UNIX_EPOCH,
            changed: false,
            ended: Ended::Idle,
        }
    }

    /// Continues with the response to the last call. Returns the next call, or `None` at the end.
    pub(crate) fn run(
        &mut self,
        mut answer: Option<Response>,
        cx: &mut Context<'_>,
    ) -> Option<Call> {
        loop {
            let answer = answer.take();
            let flow = match mem::replace(&mut self.stage, Stage::Done) {
                Stage::History { doomed, at } => self.history(doomed, at, answer, cx),
                Stage::Children { at } => self.children(at, answer, cx),
                Stage::Active { refs, at } => self.active(refs, at, answer, cx),
                Stage::Decide => self.decide(cx),
                Stage::Replace { refs, at, found, start } => {
                    self.replace(refs, at, found, start, answer, cx)
                }
                Stage::Create { start } => self.create(start, answer, cx),
                Stage::Existing { start } => self.existing(start, answer, cx),
                Stage::Write => self.write(answer),
                Stage::Done => return None,
            };
            match flow {
                Flow::Ask(call) => return Some(call),
                Flow::Go(stage) => self.stage = stage,
            }
        }
    }

    /// How the sync ended.
    pub(crate) fn into_result(self) -> Ended {
        self.ended
    }

    fn work(&mut self) -> &mut CronJob {
        self.live.as_mut().unwrap_or(&mut self.written)
    }

    fn is_active(&mut self, uid: &str) -> bool {
        self.work().status.active.iter().any(|job| job.uid == uid)
    }

    fn remove_active(&mut self, uid: &str) {
        self.work().status.active.retain(|job| job.uid != uid);
    }

    /// Requests a call and continues in `stage` with its response.
    fn ask(&mut self, call: Call, stage: Stage) -> Flow {
        self.stage = stage;
        Flow::Ask(call)
    }

    /// CRON-11, step 5: changes are written whatever the result of the sync.
    fn end(&mut self, ended: Ended) -> Flow {
        self.ended = ended;
        Flow::Go(if self.changed { Stage::Write } else { Stage::Done })
    }

    fn fail(&mut self, why: impl Into<String>) -> Flow {
        self.end(Ended::Failed(why.into()))
    }

    /// HIST-06: handles the response to the deletion of the Job with that name and UID.
    fn deleted(&mut self, name: &str, uid: &str, answer: Response, cx: &mut Context<'_>) -> bool {
        if let Response::Error(error) = answer {
            cx.events.push(say::failed_delete(&error.message));
            return false;
        }
        self.remove_active(uid);
        cx.events.push(say::deleted(name));
        self.changed = true;
        true
    }

    /// HIST-04.
    fn history(
        &mut self,
        doomed: Vec<Arc<Job>>,
        mut at: usize,
        answer: Option<Response>,
        cx: &mut Context<'_>,
    ) -> Flow {
        if let (Some(answer), Some(job)) = (answer, doomed.get(at)) {
            self.deleted(&job.metadata.name, &job.metadata.uid, answer, cx);
            at += 1;
        }
        match doomed.get(at) {
            Some(job) => {
                let call = delete(job);
                self.ask(call, Stage::History { doomed, at })
            }
            None => {
                self.now = cx.now;
                Flow::Go(Stage::Children { at: 0 })
            }
        }
    }

    /// CRON-12.
    fn children(
        &mut self,
        mut at: usize,
        mut answer: Option<Response>,
        cx: &mut Context<'_>,
    ) -> Flow {
        while let Some(child) = self.children.get(at).map(Arc::clone) {
            let found = self.is_active(&child.metadata.uid);
            match history::finished_as(&child).map(JobConditionType::as_str) {
                None if found => {}
                None => match answer.take() {
                    None => {
                        let meta = &self.work().metadata;
                        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
                        let call = Call::GetCronJob {
                            namespace: namespace.to_string(),
                            name: name.to_string(),
                        };
                        return self.ask(call, Stage::Children { at });
                    }
                    Some(Response::CronJob(live)) => self.look_again(&child, &live, cx),
                    Some(other) => return self.fail(unexpected(other)),
                },
                Some(condition) => self.completed(&child, found, condition, cx),
            }
            at += 1;
        }
        let refs = self.work().status.active.clone();
        Flow::Go(Stage::Active { refs, at: 0 })
    }

    /// Checks a child that is not in the active list against the CronJob as the API has it.
    fn look_again(&mut self, child: &Job, live: &CronJob, cx: &mut Context<'_>) {
        let meta = &child.metadata;
        if live.status.active.iter().any(|job| job.uid == meta.uid) {
            self.live = Some(live.clone());
        } else {
            cx.events.push(say::unexpected_job(&meta.name));
        }
    }

    fn completed(&mut self, child: &Job, found: bool, condition: &str, cx: &mut Context<'_>) {
        let meta = &child.metadata;
        if found {
            self.remove_active(&meta.uid);
            let called_condition = cx.sem.cron_calls_it_condition();
            cx.events.push(say::saw_completed(&meta.name, condition, called_condition));
            self.changed = true;
            if !cx.sem.cron_notes_success_at_once() {
                return;
            }
        }
        // V-CRON-3.
        let counts = child.status.is_true(&JobConditionType::Complete)
            || !cx.sem.cron_notes_successes_only();
        if !counts {
            return;
        }
        let completed = child.status.completion_time;
        let last = &mut self.live.as_mut().unwrap_or(&mut self.written).status.last_successful_time;
        // GO: upstream treats an absent completion time as set.
        if last.is_none() || completed > *last {
            *last = completed;
            self.changed = true;
        }
    }

    /// CRON-14.
    fn active(
        &mut self,
        refs: Vec<ObjectReference>,
        mut at: usize,
        mut answer: Option<Response>,
        cx: &mut Context<'_>,
    ) -> Flow {
        let known: BTreeSet<&str> =
            self.children.iter().map(|job| job.metadata.uid.as_str()).collect();
        let mut missing = Vec::new();
        let mut ask = None;
        while let Some(job) = refs.get(at) {
            if !known.contains(job.uid.as_str()) {
                match answer.take() {
                    None => {
                        let (namespace, name) = (job.namespace.clone(), job.name.clone());
                        ask = Some(Ok(Call::GetJob { namespace, name }));
                        break;
                    }
                    Some(Response::Error(error)) if error.is_not_found() => missing.push(job),
                    Some(Response::Job(_)) => {}
                    Some(other) => {
                        ask = Some(Err(unexpected(other)));
                        break;
                    }
                }
            }
            at += 1;
        }
        drop(known);
        for job in missing {
            cx.events.push(say::missing_job(&job.name));
            self.remove_active(&job.uid);
            self.changed = true;
        }
        match ask {
            Some(Ok(call)) => self.ask(call, Stage::Active { refs, at }),
            Some(Err(why)) => self.fail(why),
            None => Flow::Go(Stage::Decide),
        }
    }

    /// CRON-15 to CRON-22.
    fn decide(&mut self, cx: &mut Context<'_>) -> Flow {
        let now = self.now;
        let cronjob = self.live.as_ref().unwrap_or(&self.written);
        let spec = &cronjob.spec;
        if cronjob.metadata.deletion_timestamp.is_some() {
            cx.notes.add("CRON-15", || "no start: it is being deleted".to_owned());
            return self.end(Ended::Idle);
        }
        if let Some(name) = &spec.time_zone
            && let Err(why) = Zone::named(name)
        {
            cx.notes.add("CRON-16", || format!("no start: {why}"));
            cx.events.push(say::unknown_zone(name, &why));
            return self.end(Ended::Idle);
        }
        if spec.suspend == Some(true) {
            cx.notes.add("CRON-17", || "no start: suspend is true".to_owned());
            return self.end(Ended::Idle);
        }
        if spec.schedule.contains("TZ") {
            cx.events.push(say::unsupported_schedule(&spec.schedule));
        }
        let schedule = match effective_schedule(cronjob, cx.local) {
            Ok(schedule) => schedule,
            Err(why) => {
                cx.notes.add("CRON-18", || format!("no start: {why}"));
                cx.events.push(say::unparseable_schedule(&spec.schedule, &why.to_string()));
                return self.end(Ended::Idle);
            }
        };
        let rule = DueRule::of(cronjob, &schedule);
        let later = Ended::Again(next_delay(&rule, now));
        let Due { at, too_many_missed } = match rule.due(now) {
            Ok(Some(due)) => due,
            Ok(None) => {
                cx.notes.add("CRON-19", || {
                    let next = schedule.next(now);
                    let next = next.map_or_else(|| "never".to_owned(), |at| at.to_string());
                    let late = match (rule.since_all(now), spec.starting_deadline_seconds) {
                        (Some(at), Some(limit)) => {
                            format!("{at} is more than {limit}s ago, ")
                        }
                        _ => String::new(),
                    };
                    format!("no start: {late}next {next}")
                });
                return self.end(later);
            }
            Err(_) => {
                cx.notes.add("CRON-19", || format!("no start: {}", say::NO_PROGRESS));
                cx.events.push(say::invalid_schedule(&spec.schedule));
                return self.end(Ended::Idle);
            }
        };
        if too_many_missed {
            cx.events.push(say::too_many_missed());
        }
        if rule.is_late(at, now) {
            cx.notes.add("CRON-20", || format!("no start: the deadline of {at} is over"));
            cx.events.push(say::missed_start(at.unix()));
            return self.end(later);
        }
        let name = job_name(cronjob, at);
        let is_this =
            |job: &ObjectReference| job.name == name && job.namespace == cronjob.metadata.namespace;
        let status = &cronjob.status;
        if status.active.iter().any(is_this) || status.last_schedule_time == Some(at) {
            cx.notes.add("CRON-21", || format!("no start: {at} was started already"));
            return self.end(later);
        }
        let busy = !status.active.is_empty();
        let refs = status.active.clone();
        match spec.concurrency_policy.as_str() {
            "Forbid" if busy => {
                cx.notes.add("CRON-22", || {
                    format!(
                        "no start for {at} yet: {} runs, and the policy is Forbid",
                        refs[0].name
                    )
                });
                cx.events.push(say::already_active());
                self.end(later)
            }
            "Replace" => {
                cx.notes.add("CRON-23", || {
                    format!("starts {name} for {at}, in place of {} that run", refs.len())
                });
                let start = Start { at, schedule };
                Flow::Go(Stage::Replace { refs, at: 0, found: None, start })
            }
            _ => {
                cx.notes.add("CRON-24", || format!("starts {name} for {at}"));
                Flow::Go(Stage::Create { start: Start { at, schedule } })
            }
        }
    }

    /// CRON-23: reads and deletes every active Job.
    fn replace(
        &mut self,
        refs: Vec<ObjectReference>,
        mut at: usize,
        found: Option<Arc<Job>>,
        start: Start,
        answer: Option<Response>,
        cx: &mut Context<'_>,
    ) -> Flow {
        match (answer, found) {
            (None, _) => {}
            (Some(Response::Job(job)), None) => {
                let call = delete(&job);
                return self.ask(call, Stage::Replace { refs, at, found: Some(job), start });
            }
            (Some(other), None) => {
                let why = unexpected(other);
                cx.events.push(say::failed_get(&why));
                return self.fail(why);
            }
            (Some(answer), Some(job)) => {
                let (meta, job) = (&job.metadata, &refs[at]);
                if !self.deleted(&meta.name, &meta.uid, answer, cx) {
                    return self.fail(say::could_not_replace(&job.namespace, &job.name));
                }
                at += 1;
            }
        }
        match refs.get(at) {
            Some(job) => {
                let (namespace, name) = (job.namespace.clone(), job.name.clone());
                let call = Call::GetJob { namespace, name };
                self.ask(call, Stage::Replace { refs, at, found: None, start })
            }
            None => Flow::Go(Stage::Create { start }),
        }
    }

    /// CRON-24, CRON-25.
    fn create(&mut self, start: Start, answer: Option<Response>, cx: &mut Context<'_>) -> Flow {
        let cronjob = self.live.as_ref().unwrap_or(&self.written);
        let namespace = cronjob.metadata.namespace.clone();
        match answer {
            None => match template::job(cronjob, start.at, cx.sem) {
                Ok(job) => {
                    let call =
                        Call::CreateJob { namespace: namespace.to_string(), job: Box::new(job) };
                    self.ask(call, Stage::Create { start })
                }
                Err(why) => self.fail(why),
            },
            Some(Response::Job(job)) => {
                cx.events.push(say::created(&job.metadata.name));
                self.record(&job, &start, cx)
            }
            Some(Response::Error(error)) if error.is_namespace_terminating() => {
                self.fail(error.message)
            }
            Some(Response::Error(error)) if error.is_already_exists() => {
                // V-CRON-8: older versions look it up without a namespace and never find it.
                let namespace =
                    if cx.sem.cron_finds_existing_job() { namespace.as_str() } else { "" };
                let call = Call::GetJob {
                    namespace: namespace.to_string(),
                    name: job_name(cronjob, start.at),
                };
                self.ask(call, Stage::Existing { start })
            }
            Some(other) => {
                let why = unexpected(other);
                cx.events.push(say::failed_create(&why));
                self.fail(why)
            }
        }
    }

    /// CRON-25: a Job of that name exists already.
    fn existing(&mut self, start: Start, answer: Option<Response>, cx: &mut Context<'_>) -> Flow {
        let job = match answer {
            Some(Response::Job(job)) => job,
            Some(other) => return self.fail(unexpected(other)),
            None => return self.fail("the Job was not read"),
        };
        let uid = self.work().metadata.uid.clone();
        if job.metadata.controller_ref().is_none_or(|owner| owner.uid != uid)
            || self.is_active(&job.metadata.uid)
        {
            return self.end(Ended::Idle);
        }
        self.record(&job, &start, cx)
    }

    /// CRON-26.
    fn record(&mut self, job: &Job, start: &Start, _cx: &mut Context<'_>) -> Flow {
        let now = self.now;
        let meta = &job.metadata;
        let cronjob = self.work();
        cronjob.status.active.push(ObjectReference {
            kind: "Job".to_owned(),
            api_version: "batch/v1".to_owned(),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
            uid: meta.uid.to_string(),
            resource_version: meta.resource_version.to_string(),
            ..ObjectReference::default()
        });
        cronjob.status.last_schedule_time = Some(start.at);
        let delay = next_delay(&DueRule::of(cronjob, &start.schedule), now);
        self.changed = true;
        self.end(Ended::Again(delay))
    }

    fn write(&mut self, answer: Option<Response>) -> Flow {
        match answer {
            None => {
                let cronjob = Arc::new(self.written.clone());
                self.ask(Call::UpdateCronJobStatus { cronjob }, Stage::Write)
            }
            Some(Response::Error(error)) => {
                self.ended = Ended::Failed(error.message);
                Flow::Go(Stage::Done)
            }
            Some(_) => Flow::Go(Stage::Done),
        }
    }
}

/// CRON-41, without the event: the schedule in its effective zone.
pub(crate) fn effective_schedule(
    cronjob: &CronJob,
    local: Option<&Zone>,
) -> Result<CronSchedule, ParseError> {
    let spec = &cronjob.spec;
    let schedule = match &spec.time_zone {
        Some(zone) if !spec.schedule.contains("TZ") && Zone::named(zone).is_ok() => {
            CronSchedule::parse(&format!("TZ={zone} {}", spec.schedule))?
        }
        _ => CronSchedule::parse(&spec.schedule)?,
    };
    Ok(schedule.or_in(local.cloned()))
}

fn delete(job: &Job) -> Call {
    Call::DeleteJob {
        namespace: job.metadata.namespace.to_string(),
        name: job.metadata.name.to_string(),
        propagation: Propagation::Background,
        uid: None,
    }
}

fn unexpected(response: Response) -> String {
    match response {
        Response::Error(ApiError { message, .. }) => message,
        _ => "an answer of another kind".to_owned(),
    }
}
