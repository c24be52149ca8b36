//! [`Player`]: plays a [`Scenario`] in virtual time, and tells what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::admit::{self, Refusal};
use super::answers::{Answer, Played, controllers};
use super::coming::Coming;
use super::describe::{describe_cronjob, describe_job, describe_status, describe_step};
use super::status_patch::patched;
use super::{Op, START, Scenario, Script, Step, Timed, Timeline, Trace};
use crate::admission::{self, Invalid};
use crate::api::well_known::COMPLETION_INDEX;
use crate::api::{Job, Pod, PodStatus, Text};
use crate::cluster::{CACHE_SYNC, CallAnswer, Cluster, Record, Recorded, TestOptions, Work};
use crate::request::{Call, Response};
use crate::{Error, Propagation, Semantics, Time};

const NAMESPACE: &str = "default";

/// A scenario being played.
pub struct Player {
    cluster: Cluster,
    now: Time,
    end: Time,
    scripts: BTreeMap<String, Arc<Script>>,
    job_scripts: BTreeMap<String, Vec<Timed>>,
    /// How many Jobs CronJobs have started.
    started: usize,
    coming: Coming<What>,
    refused: Option<(Refusal, String)>,
    warnings: Vec<String>,
    trace: Trace,
    /// What pods and users did, if a timeline is wanted.
    happened: Option<Timeline>,
}

enum What {
    /// The part of that number of the pod's script.
    Pod {
        name: Text,
        uid: Text,
        script: Arc<Script>,
        part: Part,
        number: usize,
    },
    Job {
        name: String,
        timed: Timed,
    },
    Step(Box<Step>),
}

/// The parts of a pod's script.
#[derive(Clone, Copy)]
enum Part {
    OnCreate,
    OnDelete,
}

impl Part {
    fn of(self, script: &Script) -> &[Timed] {
        match self {
            Part::OnCreate => &script.on_create,
            Part::OnDelete => &script.on_delete,
        }
    }
}

impl Player {
    /// Sets the scene: what is there at the start, and what is going to happen.
    ///
    /// # Errors
    ///
    /// If an object of the scenario cannot be read, or a controller is not known.
    pub fn new(scenario: &Scenario, sem: Semantics) -> Result<Player, Error> {
        Player::with(scenario, Cluster::new(sem), None, None)
    }

    /// The same, with a limit of requests and Events; see [`TestOptions::limit`].
    ///
    /// # Errors
    ///
    /// As [`Player::new`], and `Limit` where the limit is reached.
    pub fn limited(scenario: &Scenario, sem: Semantics, limit: usize) -> Result<Player, Error> {
        Player::with(scenario, Cluster::new(sem), None, Some(limit))
    }

    /// The same as [`Player::new`], for a [`Timeline`] at the end: every decision leaves a note.
    ///
    /// # Errors
    ///
    /// As [`Player::new`].
    pub fn explained(scenario: &Scenario, sem: Semantics) -> Result<Player, Error> {
        let happened = Some(Timeline::default());
        Player::with(scenario, Cluster::new(sem).with_notes(), happened, None)
    }

    fn with(
        scenario: &Scenario,
        mut cluster: Cluster,
        happened: Option<Timeline>,
        limit: Option<usize>,
    ) -> Result<Player, Error> {
        // Pods of the vectors are bound to a node only if their scripts say so.
        cluster = cluster.with_controllers(controllers(&scenario.controllers)).with_node(None);
        cluster = cluster.with_test_options(TestOptions {
            overwrite_pods: true,
            faults: scenario.faults.clone(),
            start: START,
            limit,
            ..TestOptions::default()
        });
        cluster.record();
        cluster.pass_time(START)?;
        let mut player = Player {
            cluster,
            now: START,
            end: START.plus_nanos(millis(scenario.until)),
            scripts: scenario.scripts.clone(),
            job_scripts: scenario.job_scripts.clone(),
            started: 0,
            coming: Coming::new(),
            refused: None,
            warnings: Vec::new(),
            trace: Trace::new(START),
            happened,
        };
        player.set_up(scenario)?;
        Ok(player)
    }

    fn set_up(&mut self, scenario: &Scenario) -> Result<(), Error> {
        for pod in &scenario.pods {
            let pod: Pod = read(pod, "pods")?;
            self.cluster.put_pod(pod);
        }
        self.take_work();
        self.settle()?;
        let sem = self.cluster.semantics().clone();
        let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or("").to_owned();
        for document in scenario.job.iter().chain(&scenario.jobs) {
            match admit::create_job(document, self.now, &sem) {
                Ok(admitted) => {
                    let job = self.cluster.put_admitted_job(admitted.object);
                    self.tell(format!("job/{}", job.metadata.name), || describe_job(&job));
                    self.warnings.extend(admitted.warnings);
                }
                Err(refusal) => {
                    self.refused = Some((refusal, name(document)));
                    return Ok(());
                }
            }
        }
        for job in &scenario.raw_jobs {
            let decoded = admission::decode_job(job.clone(), &sem);
            let mut job = decoded.map_err(|error| error.with_path("rawJobs"))?.object;
            if job.metadata.namespace.is_empty() {
                job.metadata.namespace = NAMESPACE.into();
            }
            self.cluster.put_raw_job(job);
        }
        if let Some(document) = &scenario.cron_job {
            match admit::create_cronjob(document, self.now, &sem) {
                Ok(admitted) => {
                    let cronjob = self.cluster.put_admitted_cronjob(admitted.object);
                    let who = format!("cronjob/{}", cronjob.metadata.name);
                    self.tell(who, || describe_cronjob(&cronjob));
                    self.warnings = admitted.warnings;
                }
                Err(refusal) => {
                    self.refused = Some((refusal, name(document)));
                    return Ok(());
                }
            }
        }
        for step in &scenario.steps {
            let at = START.plus_nanos(millis(step.at));
            self.coming.set(at, What::Step(Box::new(step.clone())));
        }
        self.settle()
    }

    /// Plays to the end.
    ///
    /// # Errors
    ///
    /// If a step cannot be understood.
    pub fn run(&mut self) -> Result<(), Error> {
        while self.step()? {}
        Ok(())
    }

    /// Plays up to the next thing that happens, and through it; false at the end.
    ///
    /// # Errors
    ///
    /// If a step cannot be understood.
    pub fn step(&mut self) -> Result<bool, Error> {
        if self.refused.is_some() {
            return Ok(false);
        }
        let (next, timer_first) = self.upcoming();
        let Some(next) = next.filter(|next| *next <= self.end) else { return Ok(false) };
        self.now = self.now.max(next);
        self.cluster.pass_time(self.now)?;
        if !timer_first && let Some(what) = self.coming.pop() {
            match what {
                What::Pod { name, uid, script, part, number } => {
                    self.happen(&name, &uid, &part.of(&script)[number])?;
                }
                What::Job { name, timed } => self.happen_to_job(&name, &timed)?,
                What::Step(step) => self.do_step(&step)?,
            }
        }
        self.settle()?;
        Ok(true)
    }

    /// What happens next, and whether it is a controller's timer that has run out.
    fn upcoming(&self) -> (Option<Time>, bool) {
        let timer = self.cluster.poll_timeout().map(|wakeup| wakeup.at);
        let scripted = self.coming.next_at();
        // At one instant, controllers come first: a scripted thing happens when all are at rest.
        let timer_first = timer.is_some_and(|timer| scripted.is_none_or(|at| timer <= at));
        (if timer_first { timer } else { scripted }, timer_first)
    }

    /// The time of the next thing that happens, within the scenario's end.
    pub fn next_at(&self) -> Option<Time> {
        self.upcoming().0.filter(|next| *next <= self.end)
    }

    /// The controllers lose their memory and begin anew at once; see
    /// [`Cluster::restart_controllers`].
    ///
    /// # Errors
    ///
    /// `TimeWentBack`, if the cluster's time was moved on from outside.
    pub fn restart_controllers(&mut self) -> Result<(), Error> {
        self.cluster.restart_controllers(self.now, 0)?;
        self.settle()
    }

    /// What the controllers asked for so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The cluster that it is played in.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster that it is played in, to poll events and notes from.
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    /// The scenario's end; what happens at just that time still counts.
    pub fn end(&self) -> Time {
        self.end
    }

    /// The time that has been reached.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Why the Job was refused at the start, if it was.
    pub fn refusal(&self) -> Option<&Invalid> {
        match &self.refused {
            Some((Refusal::Invalid(invalid), _)) => Some(invalid),
            _ => None,
        }
    }

    /// What the API server warned of at the start.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn settle(&mut self) -> Result<(), Error> {
        self.cluster.run_to_rest()?;
        self.take_work();
        Ok(())
    }

    /// Scripts play the part of the host, and that of a Job controller for CronJobs' Jobs.
    fn take_work(&mut self) {
        for record in self.cluster.take_records() {
            self.trace.add(&record);
            let Some(job) = started_job(&record) else { continue };
            let nth = format!("nth:{}", self.started);
            self.started += 1;
            let script = self.job_scripts.get(&nth).or_else(|| self.job_scripts.get("*")).cloned();
            for timed in script.unwrap_or_default() {
                let at = self.now.plus_nanos(millis(timed.after));
                self.coming.set(at, What::Job { name: job.metadata.name.to_string(), timed });
            }
        }
        while let Some(work) = self.cluster.poll_work() {
            match work {
                Work::Start(pod) => {
                    if let Some(script) = self.script(&pod) {
                        self.schedule_pod(&pod, &script, Part::OnCreate);
                    }
                }
                Work::Stop { grace_seconds: 0, .. } => {}
                Work::Stop { pod, grace_seconds } => {
                    let script = self.script(&pod).filter(|script| !script.on_delete.is_empty());
                    let script = script.unwrap_or_else(|| {
                        let after = grace_seconds as f64;
                        let gone = Timed { after, remove: true, ..Timed::default() };
                        Script { on_delete: vec![gone], ..Script::default() }.into()
                    });
                    self.schedule_pod(&pod, &script, Part::OnDelete);
                }
            }
        }
    }

    fn script(&self, pod: &Pod) -> Option<Arc<Script>> {
        let index = pod.metadata.annotation(COMPLETION_INDEX);
        self.scripts
            .get(pod.metadata.name.as_str())
            .or_else(|| self.scripts.get(&format!("index:{}", index?)))
            .or_else(|| self.scripts.get("*"))
            .cloned()
    }

    fn schedule_pod(&mut self, pod: &Pod, script: &Arc<Script>, part: Part) {
        for (number, timed) in part.of(script).iter().enumerate() {
            let at = self.now.plus_nanos(millis(timed.after));
            let (name, uid) = (pod.metadata.name.clone(), pod.metadata.uid.clone());
            let script = Arc::clone(script);
            self.coming.set(at, What::Pod { name, uid, script, part, number });
        }
    }

    fn happen(&mut self, name: &str, uid: &str, timed: &Timed) -> Result<(), Error> {
        let Some(pod) = self.cluster.pod(NAMESPACE, name) else { return Ok(()) };
        if pod.metadata.uid != uid {
            return Ok(());
        }
        if timed.remove {
            self.tell(format!("pod/{name}"), || "gone from its node".to_owned());
            self.cluster.release_pod(NAMESPACE, name);
            return Ok(());
        }
        match &timed.status {
            Some(patch) => self.pod_status(name, |status, now| patch.pod_status(status, now)),
            None => Ok(()),
        }
    }

    fn happen_to_job(&mut self, name: &str, timed: &Timed) -> Result<(), Error> {
        let Some(job) = self.cluster.job(NAMESPACE, name).cloned() else { return Ok(()) };
        let who = format!("job/{name}");
        if timed.remove {
            self.tell(who, || "deleted".to_owned());
            self.cluster.drop_job(NAMESPACE, name, Propagation::Background);
            return Ok(());
        }
        if let Some(status) = &timed.status {
            let mut new = Job::clone(&job);
            new.status = status.patched(&job.status, self.now)?;
            self.tell(who, || "status reported".to_owned());
            self.cluster.put_job_status(new);
        }
        Ok(())
    }

    fn pod_status(
        &mut self,
        name: &str,
        change: impl FnOnce(&PodStatus, Time) -> Result<PodStatus, Error>,
    ) -> Result<(), Error> {
        let Some(pod) = self.cluster.pod(NAMESPACE, name) else { return Ok(()) };
        let new = change(&pod.status, self.now)?;
        if !pod.is_terminal() && self.happened.is_some() {
            let old = pod.status.clone();
            self.tell(format!("pod/{name}"), || describe_status(&old, &new));
        }
        self.cluster.put_pod_status(NAMESPACE, name, new);
        Ok(())
    }

    fn do_step(&mut self, step: &Step) -> Result<(), Error> {
        self.tell("user".to_owned(), || describe_step(step));
        let cluster = &mut self.cluster;
        let name = step.name.as_str();
        let patch = || step.patch.clone().unwrap_or(Value::Null);
        let resource = || {
            let missing = || format!("{} needs `jobs`, `pods` or `cronjobs`", step.op.as_str());
            step.resource.ok_or_else(|| Error::decode(missing()).with_path("resource"))
        };
        match step.op {
            Op::PatchJob => cluster.try_patch_job(NAMESPACE, name, &patch())?,
            Op::DeleteJob => {
                let propagation = step.propagation.unwrap_or_default();
                cluster.drop_job(NAMESPACE, name, propagation);
            }
            Op::PatchCronJob => cluster.merge_into_cronjob(NAMESPACE, name, &patch())?,
            Op::CreatePod => {
                let pod = read(step.object.as_ref().unwrap_or(&Value::Null), "object")?;
                cluster.put_pod(pod);
            }
            Op::PatchPod => cluster.merge_into_pod(NAMESPACE, name, &patch())?,
            Op::PodStatus => {
                return self.pod_status(name, |status, now| patched(status, &patch(), now));
            }
            Op::DeletePod => cluster.drop_pod(NAMESPACE, name, step.grace),
            Op::RemovePod => cluster.release_pod(NAMESPACE, name),
            Op::HoldEvents => {
                cluster.test_options_mut().held.insert(resource()?);
            }
            Op::ReleaseEvents => {
                cluster.test_options_mut().held.remove(&resource()?);
            }
            Op::RestartController => {
                return self.cluster.restart_controllers(self.now, CACHE_SYNC);
            }
        }
        Ok(())
    }

    /// What happened so far. Empty of reasons unless the player was made by
    /// [`Player::explained`].
    pub fn timeline(&mut self) -> Timeline {
        let start = START;
        let mut timeline = self.happened.clone().unwrap_or_default();
        let mut notes = Vec::new();
        while let Some(note) = self.cluster.poll_note() {
            notes.push(note);
        }
        for dated in notes {
            timeline.note(dated.at.since(start), &dated.key, dated.note);
        }
        let mut before = BTreeMap::new();
        for entry in self.trace.entries() {
            timeline.asked(entry, &mut before);
        }
        timeline
    }

    fn tell(&mut self, who: String, what: impl FnOnce() -> String) {
        if let Some(happened) = &mut self.happened {
            happened.happened(self.now.since(START), who, what());
        }
    }

    /// The result in the vectors' form; `id` names the scenario.
    pub fn into_answer(self, id: &str) -> Answer {
        if let Some((refusal, name)) = &self.refused {
            let mut out = refusal.to_value(name);
            if !id.is_empty() {
                out.insert("id".to_owned(), Value::from(id));
            }
            if !self.warnings.is_empty() {
                out.insert("warnings".to_owned(), json!(self.warnings));
            }
            return Value::Object(out).into();
        }
        let Player { warnings, cluster, trace, .. } = self;
        Played { id: id.to_owned(), warnings, cluster, trace }.into()
    }
}

/// The Job that a CronJob has started, if the record is about that.
fn started_job(record: &Record) -> Option<&Arc<Job>> {
    match &record.what {
        Recorded::Call {
            call: Call::CreateJob { .. },
            answer: CallAnswer::Done(Response::Job(job)),
        } => Some(job),
        _ => None,
    }
}

/// Milliseconds in nanoseconds, rounded as the harness does.
fn millis(seconds: f64) -> i64 {
    ((seconds * 1e3).round() as i64).saturating_mul(1_000_000)
}

fn read<T: DeserializeOwned>(value: &Value, what: &str) -> Result<T, Error> {
    T::deserialize(value).map_err(|error| unreadable(error).with_path(what))
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::decode(error.to_string())
}
