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
use super::{START, Scenario, Script, Step, Timed, Timeline, Trace};
use crate::admission::{self, Invalid};
use crate::api::well_known::COMPLETION_INDEX;
use crate::api::{Job, Pod, PodStatus, Text};
use crate::cluster::server::PatchError;
use crate::cluster::{CACHE_SYNC, Cluster, Work};
use crate::key::Named;
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
    /// What pods and users did, if anybody wants to know.
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
        Player::with(scenario, Cluster::new(sem), None)
    }

    /// The same, for a [`Timeline`] at the end: notes are taken on every decision.
    ///
    /// # Errors
    ///
    /// As [`Player::new`].
    pub fn explained(scenario: &Scenario, sem: Semantics) -> Result<Player, Error> {
        Player::with(scenario, Cluster::new(sem).with_notes(), Some(Timeline::default()))
    }

    fn with(
        scenario: &Scenario,
        mut cluster: Cluster,
        happened: Option<Timeline>,
    ) -> Result<Player, Error> {
        // Pods of the vectors are bound to a node only if their scripts say so.
        cluster = cluster.with_controllers(controllers(&scenario.controllers)?).with_node(None);
        cluster.record(START);
        cluster.server.faults = scenario.faults.clone();
        cluster.server.started = Some(Vec::new());
        cluster.advance(START)?;
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
            happened,
        };
        player.set_up(scenario)?;
        Ok(player)
    }

    fn set_up(&mut self, scenario: &Scenario) -> Result<(), Error> {
        for pod in &scenario.pods {
            let pod: Pod = read(pod, "pods")?;
            self.cluster.server.create_pod(pod);
        }
        self.take_work();
        self.settle();
        let sem = self.cluster.semantics().clone();
        let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or("").to_owned();
        for document in scenario.job.iter().chain(&scenario.jobs) {
            match admit::create_job(document, self.now, &sem) {
                Ok(admitted) => {
                    let job = self.cluster.server.put_job(admitted.object);
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
            self.cluster.server.all_admitted = false;
            self.cluster.server.put_job(job);
        }
        if let Some(document) = &scenario.cron_job {
            match admit::create_cronjob(document, self.now, &sem) {
                Ok(admitted) => {
                    let cronjob = self.cluster.server.put_cronjob(admitted.object);
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
        self.settle();
        Ok(())
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
        if self.refused.is_some() || self.cluster.is_runaway() {
            return Ok(false);
        }
        let (next, timer_first) = self.upcoming();
        let Some(next) = next.filter(|next| *next <= self.end) else { return Ok(false) };
        self.now = self.now.max(next);
        self.cluster.advance(self.now)?;
        if !timer_first && let Some(what) = self.coming.pop() {
            match what {
                What::Pod { name, uid, script, part, number } => {
                    self.happen(&name, &uid, &part.of(&script)[number])?;
                }
                What::Job { name, timed } => self.happen_to_job(&name, &timed)?,
                What::Step(step) => self.do_step(&step)?,
            }
        }
        self.settle();
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
        self.settle();
        Ok(())
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

    fn settle(&mut self) {
        self.cluster.settle();
        self.take_work();
    }

    /// Scripts play the part of the host, and that of a Job controller for CronJobs' Jobs.
    fn take_work(&mut self) {
        for job in self.cluster.server.started.as_mut().map(std::mem::take).unwrap_or_default() {
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
            self.cluster.server.release_pod(NAMESPACE, name);
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
            self.cluster.server.delete_job(NAMESPACE, name, Propagation::Background);
            return Ok(());
        }
        if let Some(status) = &timed.status {
            let mut new = Job::clone(&job);
            new.status = status.patched(&job.status, self.now)?;
            self.tell(who, || "status reported".to_owned());
            self.cluster.server.put_job(new);
        }
        Ok(())
    }

    fn pod_status(
        &mut self,
        name: &str,
        change: impl FnOnce(&PodStatus, Time) -> Result<PodStatus, Error>,
    ) -> Result<(), Error> {
        let pods = &self.cluster.server.pods;
        let place = pods.place_of(Named { namespace: NAMESPACE, name });
        let Some((place, pod)) = place.and_then(|place| Some((place, pods.at(place)?))) else {
            return Ok(());
        };
        let new = change(&pod.status, self.now)?;
        if !pod.is_terminal() && self.happened.is_some() {
            let old = pod.status.clone();
            self.tell(format!("pod/{name}"), || describe_status(&old, &new));
        }
        self.cluster.server.set_pod_status(place, new);
        Ok(())
    }

    fn do_step(&mut self, step: &Step) -> Result<(), Error> {
        self.tell("user".to_owned(), || describe_step(step));
        let server = &mut self.cluster.server;
        let name = step.name.as_str();
        let patch = || step.patch.clone().unwrap_or(Value::Null);
        match step.op.as_str() {
            "patchJob" => match server.patch_job(NAMESPACE, name, &patch()) {
                Err(PatchError::Decode(error)) => return Err(error),
                Ok(_) | Err(PatchError::Api(_) | PatchError::Invalid(_)) => {}
            },
            "deleteJob" => {
                let propagation = match step.propagation.as_str() {
                    "Foreground" => Propagation::Foreground,
                    "Orphan" => Propagation::Orphan,
                    _ => Propagation::Background,
                };
                server.delete_job(NAMESPACE, name, propagation);
            }
            "patchCronJob" => {
                let merged = server.merge_cronjob(NAMESPACE, name, &patch());
                if let Err(PatchError::Decode(error)) = merged {
                    return Err(error);
                }
            }
            "createPod" => {
                let pod = read(step.object.as_ref().unwrap_or(&Value::Null), "object")?;
                server.create_pod(pod);
            }
            "patchPod" => {
                let patched = server.patch_pod(NAMESPACE, name, &patch());
                if let Err(PatchError::Decode(error)) = patched {
                    return Err(error);
                }
            }
            "podStatus" => {
                return self.pod_status(name, |status, now| patched(status, &patch(), now));
            }
            "deletePod" => server.delete_pod(NAMESPACE, name, step.grace),
            "removePod" => server.release_pod(NAMESPACE, name),
            "holdEvents" => {
                server.held.insert(step.resource.clone());
            }
            "releaseEvents" => {
                server.held.remove(&step.resource);
            }
            "restartController" => {
                return self.cluster.restart_controllers(self.now, CACHE_SYNC);
            }
            other => return Err(Error::decode(format!("there is no step `{other}`"))),
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
        for entry in self.cluster.trace().map(Trace::entries).unwrap_or_default() {
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
    ///
    /// # Errors
    ///
    /// If something ran in circles.
    pub fn into_answer(self, id: &str) -> Result<Answer, Error> {
        if let Some((refusal, name)) = &self.refused {
            let mut out = refusal.to_value(name);
            if !id.is_empty() {
                out.insert("id".to_owned(), Value::from(id));
            }
            if !self.warnings.is_empty() {
                out.insert("warnings".to_owned(), json!(self.warnings));
            }
            return Ok(Value::Object(out).into());
        }
        if self.cluster.is_runaway() {
            return Err(Error::state("runaway"));
        }
        let Player { warnings, cluster, .. } = self;
        Ok(Played { id: id.to_owned(), warnings, cluster }.into())
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
