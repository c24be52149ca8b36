//! [`Runner`]: a Job or a CronJob from its creation to its end, with real processes.
//!
//! One loop owns everything: the cluster, the pods' workers and the processes. Whatever happens
//! elsewhere (a process ended, a command came, the user pressed Ctrl-C) is an [`Input`] in its
//! queue; between inputs it sleeps until the next time that somebody asked for.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use jobsem::api::{CronJob, Job, Pod};
use jobsem::cluster::{Cluster, PodReport, Propagation, SeededIdentity, Work};
use jobsem::kubelet::{ContainerExit, Node, PodWakeReason};
use jobsem::{Error, Semantics, Time, WakeReason};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::control::{Asked, Command, Server};
use crate::hosted::{Hosted, Surroundings, Told};
use crate::names::Names;
use crate::rundir::{LogFile, RunDir};
use crate::subject::{Object, Subject};

/// How a run is to be made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which Kubernetes is emulated.
    pub semantics: Semantics,
    /// End the run after this long, as Ctrl-C does.
    pub timeout: Option<Duration>,
    /// Give containers the whole environment of this process, not only `PATH` and the like.
    pub inherit_env: bool,
    /// How often the observer is called when nothing happens.
    pub tick: Duration,
    /// What names of pods and UIDs follow from.
    pub seed: u64,
}

/// Something that the loop has to deal with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// Nothing of a container runs any more.
    Ended {
        /// The pod's UID.
        uid: String,
        /// The container's name.
        container: String,
        /// How it ended.
        exit: ContainerExit,
    },
    /// A command from another terminal.
    Asked(Asked),
    /// The user wants it to end: gracefully, and at once when asked again.
    Interrupt,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The Job is Complete.
    Complete,
    /// The Job is Failed.
    Failed,
    /// The Job was deleted before it had ended, or the CronJob was deleted.
    Deleted,
    /// The user ended the run.
    Interrupted,
    /// The time was up.
    TimedOut,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The Job as it was last, or those of the CronJob that are left.
    pub jobs: Vec<Arc<Job>>,
    /// The CronJob as it was last, if it was one.
    pub cronjob: Option<Arc<CronJob>>,
    /// The pods as they were last, by name.
    pub pods: Vec<Arc<Pod>>,
}

/// The state of a run, for those who show it.
#[derive(Debug)]
pub struct View<'a> {
    /// The time.
    pub now: Time,
    /// The Job as it was last, or those of the CronJob, by name.
    pub jobs: &'a [Arc<Job>],
    /// The pods, by name.
    pub pods: &'a [Arc<Pod>],
    /// What is waited for, soonest first.
    pub waits: &'a [Wait],
    /// Whether the run is being ended.
    pub ending: bool,
}

/// Something that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until when.
    pub at: Time,
    /// Why.
    pub why: Why,
}

/// Why something waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The Job controller.
    Job(WakeReason),
    /// A pod on its node.
    Pod {
        /// The pod's name.
        pod: String,
        /// Why.
        reason: PodWakeReason,
    },
    /// A container is killed because it does not end.
    Kill {
        /// The pod's name.
        pod: String,
    },
}

/// Something that happened, for those who tell it.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub time: Time,
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// `Normal` or `Warning`.
    pub type_: String,
    /// Why, in one word.
    pub reason: String,
    /// What happened.
    pub message: String,
}

/// Who follows a run.
pub trait Observer {
    /// The state, after every change and every tick.
    fn view(&mut self, view: &View<'_>);
    /// An event was recorded.
    fn event(&mut self, event: &Happening);
    /// A container has a new log.
    fn log(&mut self, pod: &str, log: &LogFile);
}

/// Why a run could not begin.
#[derive(Debug)]
pub enum StartError {
    /// The Job was refused.
    Job(Error),
    /// The state directory cannot be written.
    Io(io::Error),
}

/// What was written last.
#[derive(Debug, Default)]
struct Saved {
    jobs: Vec<Arc<Job>>,
    pods: Vec<Arc<Pod>>,
}

/// A Job or a CronJob that is being run.
#[derive(Debug)]
pub struct Runner {
    cluster: Cluster,
    clock: Clock,
    options: Options,
    around: Surroundings,
    inputs: Receiver<Input>,
    pods: BTreeMap<String, Hosted>,
    subject: Subject,
    /// Whether the subject has changed since it was written.
    unsaved: bool,
    names: Names,
    /// The pods as last seen. Those of a Job are kept when they are gone.
    seen: BTreeMap<String, Arc<Pod>>,
    warnings: Vec<String>,
    stopping: Option<Ending>,
    deadline: Option<Time>,
    saved: Saved,
    _control: Option<Server>,
}

impl Runner {
    /// Creates the Job in a cluster of its own, and a directory for the run; nothing runs before
    /// [`Runner::run`].
    ///
    /// # Errors
    ///
    /// As [`Cluster::create_job`], or if the state directory cannot be written.
    pub fn new(job: Job, state_dir: &Path, options: Options) -> Result<Runner, StartError> {
        Runner::start(state_dir, options, |cluster, now| Subject::job(cluster, now, job))
    }

    /// The same for a CronJob, which runs until it is deleted or the run is ended. Schedules
    /// without a time zone are meant in UTC.
    ///
    /// # Errors
    ///
    /// As [`Cluster::create_cronjob`], or if the state directory cannot be written.
    pub fn cron(
        cronjob: CronJob,
        state_dir: &Path,
        options: Options,
    ) -> Result<Runner, StartError> {
        Runner::start(state_dir, options, |cluster, now| Subject::cronjob(cluster, now, cronjob))
    }

    fn start(
        state_dir: &Path,
        options: Options,
        create: impl FnOnce(&mut Cluster, Time) -> Result<(Subject, Vec<String>), Error>,
    ) -> Result<Runner, StartError> {
        let identity = Box::new(SeededIdentity::new(options.seed));
        let mut cluster = Cluster::with_identity(options.semantics.clone(), identity);
        let clock = Clock::default();
        let now = clock.now();
        let (subject, warnings) = create(&mut cluster, now).map_err(StartError::Job)?;
        let dir = RunDir::create(state_dir, &subject.name).map_err(StartError::Io)?;
        let started = now.to_string();
        let kube = options.semantics.version().to_string();
        dir.write_run(subject.kind(), &kube, &started).map_err(StartError::Io)?;
        let (sender, inputs) = channel();
        let deadline = options
            .timeout
            .map(|timeout| now.plus_nanos(i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX)));
        Ok(Runner {
            clock,
            around: Surroundings {
                dir,
                node: Node::default(),
                inherit_env: options.inherit_env,
                inputs: sender,
            },
            options,
            inputs,
            pods: BTreeMap::new(),
            subject,
            unsaved: true,
            names: Names::default(),
            seen: BTreeMap::new(),
            warnings,
            stopping: None,
            deadline,
            saved: Saved::default(),
            cluster,
            _control: None,
        })
    }

    /// The name of the Job or CronJob.
    pub fn name(&self) -> &str {
        &self.subject.name
    }

    /// The run's directory.
    pub fn dir(&self) -> &RunDir {
        &self.around.dir
    }

    /// What the API server would warn of.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Where to send inputs to, such as [`Input::Interrupt`].
    pub fn inputs(&self) -> Sender<Input> {
        self.around.inputs.clone()
    }

    /// Listens for commands on the socket of the run's directory.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made.
    pub fn listen(&mut self) -> io::Result<()> {
        let inputs = self.inputs();
        let server = Server::start(&self.around.dir.socket(), move |asked| {
            // If the run is over, the answer is that nobody answers.
            let _ = inputs.send(Input::Asked(asked));
        })?;
        self._control = Some(server);
        Ok(())
    }

    /// Runs it to its end. Whatever the end is, nothing that was started is left
    /// running: pods that are dropped are killed.
    ///
    /// # Errors
    ///
    /// If the run's directory can no longer be written.
    pub fn run(mut self, observer: &mut dyn Observer) -> io::Result<Outcome> {
        let ending = self.turn_until_done(observer)?;
        let jobs = self.jobs();
        let cronjob = match self.subject.object {
            Object::Job(_) => None,
            Object::CronJob(cronjob) => Some(cronjob),
        };
        Ok(Outcome { ending, jobs, cronjob, pods: self.seen.into_values().collect() })
    }

    fn turn_until_done(&mut self, observer: &mut dyn Observer) -> io::Result<Ending> {
        loop {
            self.step(observer);
            self.save()?;
            if let Some(ending) = self.ending() {
                return Ok(ending);
            }
            let waits = self.waits();
            let pods: Vec<_> = self.seen.values().cloned().collect();
            let jobs = self.jobs();
            observer.view(&View {
                now: self.clock.now(),
                jobs: &jobs,
                pods: &pods,
                waits: &waits,
                ending: self.stopping.is_some(),
            });
            let soonest = waits.iter().map(|wait| wait.at).chain(self.deadline).min();
            let pause = soonest.map_or(self.options.tick, |at| self.clock.until(at));
            let mut next = self.inputs.recv_timeout(pause.min(self.options.tick)).ok();
            while let Some(input) = next {
                self.handle(input);
                next = self.inputs.try_recv().ok();
            }
        }
    }

    /// Does everything that is due now.
    fn step(&mut self, observer: &mut dyn Observer) {
        let now = self.clock.now();
        if self.stopping.is_none() && self.deadline.is_some_and(|at| at <= now) {
            self.deadline = None;
            self.stop(Ending::TimedOut);
        }
        // OK because this clock never goes back, which is the only error.
        let _ = self.cluster.handle_timeout(now);
        for hosted in self.pods.values_mut() {
            hosted.kill_overdue(now);
            if hosted.worker.poll_timeout().is_some_and(|wakeup| wakeup.at <= now) {
                hosted.worker.handle_timeout(now);
            }
        }
        loop {
            let mut idle = true;
            while let Some(work) = self.cluster.poll_work() {
                idle = false;
                self.work(work, now);
            }
            self.write_hosts();
            let uids: Vec<String> = self.pods.keys().cloned().collect();
            for uid in uids {
                idle &= !self.serve(&uid, now, observer);
            }
            while let Some(event) = self.cluster.poll_event() {
                let told = Happening {
                    time: event.time,
                    kind: event.kind.to_owned(),
                    name: event.name.to_string(),
                    type_: event.type_.as_str().to_owned(),
                    reason: event.reason.to_string(),
                    message: event.message.into(),
                };
                self.tell(&told, observer);
            }
            if idle {
                break;
            }
        }
        self.look();
    }

    fn work(&mut self, work: Work, now: Time) {
        match work {
            // A run that is being ended starts nothing.
            Work::Start(pod) if self.stopping.is_none() => {
                let uid = pod.metadata.uid.clone();
                let address = self.names.address(&pod);
                let mut hosted = Hosted::new(pod, &self.options.semantics, now);
                hosted.address = address;
                self.pods.insert(uid.to_string(), hosted);
            }
            Work::Stop { pod, grace_seconds } => match self.pods.get_mut(pod.metadata.uid.as_str())
            {
                Some(hosted) => {
                    hosted.pod = pod;
                    hosted.worker.observe(&hosted.pod);
                    hosted.worker.stop(now, grace_seconds);
                }
                None => {
                    let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
                    let _ = self.cluster.report(now, namespace, name, PodReport::Removed);
                }
            },
            _ => {}
        }
    }

    /// Does what one pod's worker asks for. Whether there was anything.
    fn serve(&mut self, uid: &str, now: Time, observer: &mut dyn Observer) -> bool {
        let Some(hosted) = self.pods.get_mut(uid) else { return false };
        let all = hosted.carry_out(now, &self.around);
        let name = hosted.pod.metadata.name.clone();
        let mut active = !all.is_empty();
        for told in all {
            match told {
                Told::Status(status) => {
                    let report = PodReport::Status(status);
                    let _ = self.cluster.report(now, &self.subject.namespace, &name, report);
                }
                Told::Event { warning, reason, message } => {
                    let told = Happening {
                        time: now,
                        kind: "Pod".to_owned(),
                        name: name.to_string(),
                        type_: if warning { "Warning" } else { "Normal" }.to_owned(),
                        reason: reason.to_owned(),
                        message,
                    };
                    self.tell(&told, observer);
                }
                Told::Log(log) => observer.log(&name, &log),
            }
        }
        let Some(mut hosted) = self.pods.remove(uid) else { return active };
        let stored =
            self.cluster.pod(&self.subject.namespace, &name).filter(|p| p.metadata.uid == uid);
        if let Some(pod) = stored {
            hosted.pod = Arc::clone(pod);
            // PODDEL-10: the pod may go once its end is known.
            let going = pod.metadata.deletion_timestamp.is_some();
            if going && !hosted.is_alive() && !hosted.released {
                hosted.released = true;
                active = true;
                let report = PodReport::Removed;
                let _ = self.cluster.report(now, &self.subject.namespace, &name, report);
            }
        } else if hosted.is_alive() && !self.is_owned(&hosted.pod) {
            // Nobody is left who could ask for the end of a pod that was removed by force.
            hosted.worker.stop(now, 0);
        }
        self.pods.insert(uid.to_owned(), hosted);
        active
    }

    /// Whether the Job that made the pod is still there.
    fn is_owned(&self, pod: &Pod) -> bool {
        let meta = &pod.metadata;
        let owner = meta.controller_ref();
        owner.is_some_and(|owner| self.cluster.job(&meta.namespace, &owner.name).is_some())
    }

    /// Tells pods of each other's addresses.
    fn write_hosts(&mut self) {
        if let Some(text) = self.names.hosts(self.cluster.pods()) {
            // A pod that finds no names says so itself.
            let _ = self.around.dir.write_hosts(text);
        }
    }

    fn tell(&self, told: &Happening, observer: &mut dyn Observer) {
        observer.event(told);
        let line = json!({
            "time": told.time.to_micro(),
            "kind": told.kind,
            "name": told.name,
            "type": told.type_,
            "reason": told.reason,
            "message": told.message,
        });
        // An event that cannot be written is no reason to end a Job.
        let _ = self.around.dir.append_json("events.jsonl", &line);
    }

    fn handle(&mut self, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Ended { uid, container, exit } => {
                if let Some(hosted) = self.pods.get_mut(&uid) {
                    let namespace = &self.subject.namespace;
                    let stored = self.cluster.pod(namespace, &hosted.pod.metadata.name);
                    if let Some(pod) = stored.filter(|pod| pod.metadata.uid == uid) {
                        hosted.worker.observe(pod);
                    }
                    hosted.ended(&container, exit, now, &self.around.dir);
                }
            }
            Input::Interrupt if self.stopping.is_some() => {
                for hosted in self.pods.values_mut() {
                    hosted.kill_all();
                }
            }
            Input::Interrupt => self.stop(Ending::Interrupted),
            Input::Asked(asked) => {
                let answer = self.obey(&asked.command, now);
                asked.answer(answer);
            }
        }
    }

    /// Ends the run: what it is about is deleted, and every pod is asked to stop.
    fn stop(&mut self, ending: Ending) {
        self.stopping = Some(ending);
        let now = self.clock.now();
        // It may be gone already.
        let _ = self.subject.delete(&mut self.cluster, now, Propagation::Foreground);
        for hosted in self.pods.values_mut() {
            let grace = hosted.pod.spec.termination_grace_period_seconds;
            hosted.worker.stop(now, grace.unwrap_or(jobsem::kubelet::DEFAULT_GRACE_SECONDS));
        }
    }

    fn obey(&mut self, command: &Command, now: Time) -> Result<Value, String> {
        let text = |error: Error| error.to_string();
        match command {
            Command::Get => Ok(self.subject.describe(&self.cluster, now)),
            Command::Patch(patch) => {
                self.subject.patch(&mut self.cluster, now, patch).map_err(text)
            }
            Command::Delete(cascade) => {
                let propagation = match cascade.as_str() {
                    "background" => Propagation::Background,
                    "foreground" => Propagation::Foreground,
                    "orphan" => Propagation::Orphan,
                    other => return Err(format!("unknown cascading strategy `{other}`")),
                };
                self.subject.delete(&mut self.cluster, now, propagation).map_err(text)?;
                Ok(json!({}))
            }
            Command::DeletePod(pod, grace) => {
                let namespace = &self.subject.namespace;
                self.cluster.delete_pod(now, namespace, pod, *grace).map_err(text)?;
                Ok(json!({}))
            }
        }
    }

    /// The Job, or those of the CronJob.
    fn jobs(&self) -> Vec<Arc<Job>> {
        match self.subject.as_job() {
            Some(job) => vec![Arc::clone(job)],
            None => self.cluster.jobs().cloned().collect(),
        }
    }

    /// Takes note of everything as it is.
    fn look(&mut self) {
        self.unsaved |= self.subject.look(&self.cluster);
        if self.subject.as_job().is_none() {
            // It may go on for years: only what is still there is kept.
            let cluster = &self.cluster;
            self.seen.retain(|name, pod| cluster.pod(&pod.metadata.namespace, name).is_some());
            self.pods.retain(|_, hosted| {
                let meta = &hosted.pod.metadata;
                hosted.is_alive() || cluster.pod(&meta.namespace, &meta.name).is_some()
            });
        }
        for pod in self.cluster.pods() {
            self.seen.insert(pod.metadata.name.to_string(), Arc::clone(pod));
        }
        for hosted in self.pods.values() {
            // The last status of a pod that is gone is known to its worker only.
            if let Some(seen) = self.seen.get_mut(hosted.pod.metadata.name.as_str())
                && !seen.is_terminal()
                && hosted.worker.is_finished()
            {
                Arc::make_mut(seen).status = hosted.worker.status().clone();
            }
        }
    }

    fn ending(&self) -> Option<Ending> {
        if self.pods.values().any(Hosted::is_alive) {
            return None;
        }
        if let Some(ending) = self.stopping {
            return Some(ending);
        }
        if let Some(ending) = self.subject.ending() {
            return Some(ending);
        }
        (!self.subject.exists(&self.cluster)).then_some(Ending::Deleted)
    }

    /// What is waited for, soonest first.
    fn waits(&self) -> Vec<Wait> {
        let mut waits = Vec::new();
        if let Some(wakeup) = self.cluster.poll_timeout() {
            waits.push(Wait { at: wakeup.at, why: Why::Job(wakeup.reason) });
        }
        for hosted in self.pods.values() {
            let pod = hosted.pod.metadata.name.clone();
            if let Some(wakeup) = hosted.worker.poll_timeout() {
                let why = Why::Pod { pod: pod.to_string(), reason: wakeup.reason };
                waits.push(Wait { at: wakeup.at, why });
            }
            if let Some(at) = hosted.next_kill() {
                waits.push(Wait { at, why: Why::Kill { pod: pod.to_string() } });
            }
        }
        waits.sort_by_key(|wait| wait.at);
        waits
    }

    fn save(&mut self) -> io::Result<()> {
        let dir = &self.around.dir;
        if std::mem::take(&mut self.unsaved) {
            dir.write_json(self.subject.file(), &self.subject.to_value()?)?;
        }
        let same = |(a, b): (&Arc<Pod>, &Arc<Pod>)| Arc::ptr_eq(a, b);
        if self.subject.as_job().is_none() {
            let jobs: Vec<_> = self.cluster.jobs().cloned().collect();
            let saved = &self.saved.jobs;
            let equal = saved.len() == jobs.len()
                && saved.iter().zip(&jobs).all(|(a, b)| Arc::ptr_eq(a, b));
            if !equal {
                dir.write_json("jobs.json", &serde_json::to_value(&jobs)?)?;
                self.saved.jobs = jobs;
            }
        }
        let pods = &self.saved.pods;
        if pods.len() != self.seen.len() || !pods.iter().zip(self.seen.values()).all(same) {
            let pods: Vec<_> = self.seen.values().cloned().collect();
            dir.write_json("pods.json", &serde_json::to_value(&pods)?)?;
            self.saved.pods = pods;
        }
        Ok(())
    }
}
