//! [`Runner`]: runs a Job or CronJob from its creation to its end, with real processes.
//!
//! One loop owns everything: the host, which decides, and the processes. External events (a process
//! ends, a command arrives, the user presses Ctrl-C) are [`Input`]s in its queue; between inputs it
//! sleeps until the host's next wake-up.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use jobsem::api::{CronJob, Job, Pod};
use jobsem::cluster::{Cluster, ContainerReport, Host, SeededIdentity};
use jobsem::{Error, Event, Propagation, Semantics, Time};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::containers::Containers;
use crate::control::{Command, Server};
use crate::input::Input;
use crate::observer::{Observer, View};
use crate::rundir::RunDir;
use crate::saved::Saved;
use crate::subject::{Ending, Object, Subject};

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Kubernetes version and gates.
    pub semantics: Semantics,
    /// Interrupt the run after this time.
    pub timeout: Option<Duration>,
    /// Pass the whole environment of this process to containers, not only `PATH` and similar.
    pub inherit_env: bool,
    /// How often the observer is called when nothing happens.
    pub tick: Duration,
    /// The seed for names of pods and UIDs.
    pub seed: u64,
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The last state of the Job, or of the CronJob's remaining Jobs.
    pub jobs: Vec<Arc<Job>>,
    /// The last state of the CronJob, if it is one.
    pub cronjob: Option<Arc<CronJob>>,
    /// The last state of the pods, by name.
    pub pods: Vec<Arc<Pod>>,
}

/// Why a run cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The Job was refused.
    Job(Error),
    /// The state directory cannot be written.
    Io(io::Error),
}

/// A run of a Job or CronJob.
#[derive(Debug)]
pub struct Runner {
    host: Host,
    clock: Clock,
    tick: Duration,
    dir: RunDir,
    containers: Containers,
    sender: Sender<Input>,
    inputs: Receiver<Input>,
    /// The reports for the next turn of the host.
    reports: Vec<ContainerReport>,
    subject: Subject,
    /// The last state of the pods, by name. A Job's pods stay after their deletion.
    pods: BTreeMap<String, Arc<Pod>>,
    warnings: Vec<String>,
    /// Why the run is ending, if it is.
    stopping: Option<Ending>,
    deadline: Option<Time>,
    saved: Saved,
    _control: Option<Server>,
}

impl Runner {
    /// Creates the Job in a new cluster, and a directory for the run. Nothing starts before
    /// [`Runner::run`].
    ///
    /// # Errors
    ///
    /// As [`Cluster::create_job`], or if the state directory cannot be written.
    pub fn new(job: Job, state_dir: &Path, options: Options) -> Result<Runner, StartError> {
        Runner::start(state_dir, options, |cluster, now| Subject::job(cluster, now, job))
    }

    /// Creates a CronJob instead, which runs until it is deleted or the run is ended. Schedules
    /// without a time zone are in UTC.
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
            host: Host::new(cluster),
            clock,
            tick: options.tick,
            containers: Containers::new(dir.clone(), options.inherit_env, sender.clone()),
            dir,
            sender,
            inputs,
            reports: Vec::new(),
            subject,
            pods: BTreeMap::new(),
            warnings,
            stopping: None,
            deadline,
            saved: Saved::default(),
            _control: None,
        })
    }

    /// The name of the Job or CronJob.
    pub fn name(&self) -> &str {
        &self.subject.name
    }

    /// The run's directory.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// The warnings of the API server.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The channel for inputs, such as [`Input::Interrupt`].
    pub fn inputs(&self) -> Sender<Input> {
        self.sender.clone()
    }

    /// Listens for commands on the socket of the run's directory.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made.
    pub fn listen(&mut self) -> io::Result<()> {
        let inputs = self.inputs();
        let server = Server::start(&self.dir.socket(), move |command| {
            // A run that is over drops the command, which sends a response.
            let _ = inputs.send(Input::Command(command));
        })?;
        self._control = Some(server);
        Ok(())
    }

    /// Runs to the end. However it ends, no started container is left running: dropped containers
    /// are killed.
    ///
    /// # Errors
    ///
    /// If the run's directory can no longer be written.
    pub fn run(mut self, observer: &mut dyn Observer) -> io::Result<Outcome> {
        let ending = self.turn_until_over(observer)?;
        let jobs = self.jobs();
        let cronjob = match self.subject.object {
            Object::Job(_) => None,
            Object::CronJob(cronjob) => Some(cronjob),
        };
        Ok(Outcome { ending, jobs, cronjob, pods: self.pods.into_values().collect() })
    }

    fn turn_until_over(&mut self, observer: &mut dyn Observer) -> io::Result<Ending> {
        loop {
            let over = self.advance(observer);
            let pods: Vec<_> = self.pods.values().cloned().collect();
            let jobs = self.jobs();
            self.saved.write(&self.dir, &self.subject, &jobs, &pods)?;
            if over {
                return Ok(self.stopping.unwrap_or_else(|| self.subject.ending()));
            }
            let waits = self.host.wakeups();
            observer.view(&View {
                now: self.clock.now(),
                jobs: &jobs,
                pods: &pods,
                waits: &waits,
                ending: self.stopping.is_some(),
            });
            let soonest = waits.first().map(|wakeup| wakeup.at).into_iter().chain(self.deadline);
            let pause = soonest.min().map_or(self.tick, |at| self.clock.until(at));
            let mut next = self.inputs.recv_timeout(pause.min(self.tick)).ok();
            while let Some(input) = next {
                self.handle(input);
                next = self.inputs.try_recv().ok();
            }
        }
    }

    /// Does everything that is due. Returns whether the run is over.
    fn advance(&mut self, observer: &mut dyn Observer) -> bool {
        let now = self.clock.now();
        if self.stopping.is_none() && self.deadline.is_some_and(|at| at <= now) {
            self.deadline = None;
            self.stop(Ending::TimedOut);
        }
        loop {
            // OK because this clock never goes back and the reports carry tickets of this host.
            let turn = self.host.turn(now, self.reports.drain(..)).unwrap_or_default();
            self.containers.write_hosts(&turn.starts, &self.host);
            for start in &turn.starts {
                let (report, log) = self.containers.start(&self.host, start);
                self.reports.push(report);
                observer.log(&start.pod.metadata.name, &log);
            }
            for stop in &turn.stops {
                self.containers.stop(stop.ticket);
            }
            for ticket in &turn.kills {
                self.containers.kill(*ticket);
            }
            self.record(turn.events, observer);
            self.refresh(turn.gone);
            if self.reports.is_empty() {
                return turn.over;
            }
        }
    }

    /// Shows and stores the events of the node and the controllers.
    fn record(&mut self, mut events: Vec<Event>, observer: &mut dyn Observer) {
        let cluster = self.host.cluster_mut();
        events.extend(std::iter::from_fn(|| cluster.poll_event()));
        for event in events {
            observer.event(&event);
            let line = json!({
                "time": event.time.to_micro(),
                "kind": event.kind,
                "name": event.name,
                "type": event.type_.as_str(),
                "reason": event.reason,
                "message": event.message,
            });
            // An event that cannot be written must not end a Job.
            let _ = self.dir.append_json("events.jsonl", &line);
        }
    }

    /// Reads the stored state again; `gone` are the deleted pods.
    fn refresh(&mut self, gone: Vec<Arc<Pod>>) {
        let cluster = self.host.cluster();
        if self.subject.refresh(cluster) {
            self.saved.outdate_subject();
        }
        let named = |pod: Arc<Pod>| (pod.metadata.name.to_string(), pod);
        if self.subject.as_job().is_some() {
            self.pods.extend(gone.into_iter().map(named));
        } else {
            // It may run for years, so only existing pods are kept.
            self.pods.retain(|name, pod| cluster.pod(&pod.metadata.namespace, name).is_some());
        }
        self.pods.extend(cluster.pods().cloned().map(named));
    }

    fn handle(&mut self, input: Input) {
        match input {
            Input::Ended { ticket, exit } => {
                self.reports.push(self.containers.ended(ticket, exit));
            }
            Input::Interrupt if self.stopping.is_some() => self.host.kill_all(),
            Input::Interrupt => self.stop(Ending::Interrupted),
            Input::Command(pending) => {
                let answer = self.execute(&pending.command);
                pending.answer(answer);
            }
        }
    }

    /// Ends the run: deletes its Job or CronJob and asks every container to stop.
    fn stop(&mut self, ending: Ending) {
        self.stopping = Some(ending);
        let now = self.clock.now();
        // It may be gone already.
        let _ = self.subject.delete(self.host.cluster_mut(), now, Propagation::Foreground);
        // OK because this clock never goes back.
        let _ = self.host.shut_down(now);
    }

    fn execute(&mut self, command: &Command) -> Result<Value, String> {
        let text = |error: Error| error.to_string();
        let now = self.clock.now();
        let cluster = self.host.cluster_mut();
        match command {
            Command::Get => Ok(self.subject.describe(cluster, now)),
            Command::Patch(patch) => self.subject.patch(cluster, now, patch).map_err(text),
            Command::Delete(cascade) => {
                let propagation = match cascade.as_str() {
                    "background" => Propagation::Background,
                    "foreground" => Propagation::Foreground,
                    "orphan" => Propagation::Orphan,
                    other => return Err(format!("unknown cascading strategy `{other}`")),
                };
                self.subject.delete(cluster, now, propagation).map_err(text)?;
                Ok(json!({}))
            }
            Command::DeletePod(pod, grace) => {
                let namespace = &self.subject.namespace;
                cluster.delete_pod(now, namespace, pod, *grace).map_err(text)?;
                Ok(json!({}))
            }
        }
    }

    /// The Job, or the CronJob's Jobs.
    fn jobs(&self) -> Vec<Arc<Job>> {
        match self.subject.as_job() {
            Some(job) => vec![Arc::clone(job)],
            None => self.host.cluster().jobs().cloned().collect(),
        }
    }
}
