//! [`Cluster`]: controllers and an in-memory API server, for hosts that are no Kubernetes.
//!
//! A host creates Jobs, starts and stops the pods it is asked for, and reports what became of
//! them. Everything else happens inside, at the times that the host passes in.
//!
//! Kubernetes always runs three controllers for them, and so does a cluster: the Job controller,
//! the one for `ttlSecondsAfterFinished`, and the CronJob controller.
//!
//! Deliberately absent: scheduling (the host is the only node), quotas, other kinds of objects.

mod cronjobs;
mod fault;
mod host;
mod identity;
mod journal;
pub(crate) mod patch;
mod server;
mod stage;
mod store;
mod test_options;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

pub use fault::{Fault, Verb};
pub use host::{ContainerReport, ContainerStart, ContainerStop, Host, Ticket, Turn};
pub(crate) use identity::counted_uid;
pub use identity::{CountedIdentity, Identity, SeededIdentity};
pub use journal::{CallAnswer, Record, Recorded};
pub use patch::strategic_merge;
pub use test_options::{Resource, TestOptions};
pub use work::{PodReport, Work};

use crate::admission::Invalid;
use crate::api::{Job, Pod, Text};
use crate::controller::{CronJobController, JobController, Object, TtlController, WatchEvent};
use crate::event::Event;
use crate::explain::DatedNote;
use crate::key::Named;
use crate::kubelet::{Invocation, Node};
use crate::request::Propagation;
use crate::wake::Wakeup;
use crate::{Error, ErrorKind, Semantics, Time};
use server::{PatchError, Server, ServerError};

/// Jobs and their pods, run by the rules of a Kubernetes version.
///
/// After every call that takes a time, drain [`poll_work`](Cluster::poll_work), then read
/// [`poll_timeout`](Cluster::poll_timeout).
///
/// ```
/// use jobsem::{Cluster, Semantics, Time, api::Job, cluster::{PodReport, Work}};
///
/// let job: Job = serde_json::from_str(r#"{"metadata": {"name": "pi"}, "spec": {"template": {
///     "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "perl"}]}
/// }}}"#)?;
/// let mut cluster = Cluster::new(Semantics::default());
/// let start = Time::from_unix(946_684_801);
/// cluster.create_job(start, job)?;
/// let Some(Work::Start(pod)) = cluster.poll_work() else { panic!("no pod") };
/// let (ns, name) = (&pod.metadata.namespace, &pod.metadata.name);
/// cluster.report(start.plus_seconds(1), ns, name, PodReport::Running)?;
/// cluster.report(start.plus_seconds(2), ns, name, PodReport::exited("main", 0))?;
/// while let Some(wakeup) = cluster.poll_timeout() {
///     cluster.handle_timeout(wakeup.at)?;
/// }
/// assert!(cluster.job(ns, "pi").unwrap().is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    running: Controllers,
    jobs: JobController,
    ttl: TtlController,
    cron: CronJobController,
    events: VecDeque<Event>,
    notes: VecDeque<DatedNote>,
    /// Where pods are bound to once the host takes them.
    node: Option<Text>,
}

/// How long a real controller waits before it looks again whether its caches are filled: 100 ms,
/// in nanoseconds (QUEUE-60; client-go `tools/cache/shared_informer.go`).
pub const CACHE_SYNC: i64 = 100_000_000;

/// What stands before the name of a CronJob in a note.
pub(crate) const CRONJOB_NOTE: &str = "cronjob/";

/// Which controllers run in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controllers {
    /// The Job controller.
    pub job: bool,
    /// The one that deletes finished Jobs by their `ttlSecondsAfterFinished`.
    pub ttl: bool,
    /// The CronJob controller.
    pub cron_job: bool,
}

impl Controllers {
    /// All of them, as in Kubernetes.
    pub const ALL: Controllers = Controllers { job: true, ttl: true, cron_job: true };
}

/// A Job or CronJob that was stored.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Created {
    /// Its name, which may have been made from `generateName`.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What the API server would warn of.
    pub warnings: Vec<String>,
}

impl Cluster {
    /// An empty cluster whose new objects are counted through; see [`CountedIdentity`].
    pub fn new(sem: Semantics) -> Cluster {
        Cluster::with_identity(sem, Box::new(CountedIdentity::default()))
    }

    /// An empty cluster in which `identity` names new objects.
    pub fn with_identity(sem: Semantics, identity: Box<dyn Identity>) -> Cluster {
        let server = Server::new(sem.clone(), identity);
        let mut jobs = JobController::new(sem.clone());
        // OK because a new controller takes any time. It has listed, and found nothing.
        let _ = jobs.handle_list(server.now, [], &server.version());
        Cluster {
            running: Controllers::ALL,
            jobs,
            ttl: TtlController::new(),
            cron: CronJobController::new(sem),
            server,
            events: VecDeque::new(),
            notes: VecDeque::new(),
            node: Some(Node::default().name.into()),
        }
    }

    /// The same with notes on every decision; see [`Cluster::poll_note`].
    #[must_use]
    pub fn with_notes(mut self) -> Cluster {
        self.jobs = self.jobs.with_notes();
        self.ttl = self.ttl.with_notes();
        self.cron = self.cron.with_notes();
        self
    }

    /// The same with some of the controllers only; all of them run by default.
    #[must_use]
    pub fn with_controllers(mut self, running: Controllers) -> Cluster {
        self.running = running;
        self
    }

    /// The same with a host that is the node of that name; it is `local` by default. With `None`
    /// pods are bound to no node, and one that does not run yet is gone as soon as it is deleted.
    #[must_use]
    pub fn with_node(mut self, name: Option<&str>) -> Cluster {
        self.node = name.map(Text::from);
        self
    }

    /// The same in a place where schedules without a zone are meant in the zone of that name;
    /// the default is UTC.
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is no such zone.
    pub fn with_local_zone(mut self, name: &str) -> Result<Cluster, Error> {
        self.cron = self.cron.with_local_zone(name)?;
        Ok(self)
    }

    /// The same with what a test asks of it; see [`TestOptions`].
    #[must_use]
    pub fn with_test_options(mut self, options: TestOptions) -> Cluster {
        self.server.testing = options;
        self
    }

    /// What a test asks of it now.
    pub fn test_options(&self) -> &TestOptions {
        &self.server.testing
    }

    /// What a test asks of it, to change.
    pub fn test_options_mut(&mut self) -> &mut TestOptions {
        &mut self.server.testing
    }

    /// Keeps a journal from now on: the calls of controllers, what is stored, Events. It changes
    /// nothing else. Take it with [`Cluster::take_records`].
    pub fn record(&mut self) {
        self.server.journal.switch_on();
    }

    /// What was recorded since [`Cluster::record`], or since the last call of this.
    pub fn take_records(&mut self) -> Vec<Record> {
        self.server.journal.take()
    }

    /// The semantics in force.
    pub fn semantics(&self) -> &Semantics {
        &self.server.sem
    }

    /// Creates a Job, as a user's create through the API would.
    ///
    /// # Errors
    ///
    /// `Invalid` with the refused fields, `AlreadyExists`, or `TimeWentBack`.
    pub fn create_job(&mut self, now: Time, job: Job) -> Result<Created, Error> {
        self.advance(now)?;
        let (job, warnings) = self.server.create_job(job).map_err(create_error)?;
        self.settle()?;
        Ok(Created {
            name: job.metadata.name.to_string(),
            namespace: job.metadata.namespace.to_string(),
            warnings,
        })
    }

    /// Merges a strategic merge patch into a Job; returns warnings.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Decode` if the result is no Job, `Invalid`, or `TimeWentBack`.
    pub fn patch_job(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Vec<String>, Error> {
        self.advance(now)?;
        let warnings = self.server.patch_job(namespace, name, patch).map_err(patch_error)?;
        self.settle()?;
        Ok(warnings)
    }

    /// Deletes a Job.
    ///
    /// # Errors
    ///
    /// `NotFound` or `TimeWentBack`.
    pub fn delete_job(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        propagation: Propagation,
    ) -> Result<(), Error> {
        self.advance(now)?;
        if self.job(namespace, name).is_none() {
            return Err(not_found("jobs.batch", name));
        }
        self.server.delete_job(namespace, name, propagation);
        self.settle()
    }

    /// Asks a pod to go, within `grace` whole seconds if given.
    ///
    /// # Errors
    ///
    /// `NotFound` or `TimeWentBack`.
    pub fn delete_pod(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        grace: Option<i64>,
    ) -> Result<(), Error> {
        self.advance(now)?;
        if self.pod(namespace, name).is_none() {
            return Err(not_found("pods", name));
        }
        self.server.delete_pod(namespace, name, grace);
        self.settle()
    }

    /// Takes what the host says of a pod. A report on a pod that is gone changes nothing.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`; of an exit `NotFound` if the pod has no such container, and `Decode` if the
    /// number is no exit code. Such a report changes nothing but the time.
    pub fn report(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        report: PodReport,
    ) -> Result<(), Error> {
        self.advance(now)?;
        let pods = &self.server.pods;
        let Some(place) = pods.place_of(Named { namespace, name }) else { return Ok(()) };
        match pods.at(place).map(|pod| report.status(pod, now)).transpose()? {
            Some(Some(status)) => self.server.set_pod_status(place, status),
            _ => self.server.release_pod(namespace, name),
        }
        self.settle()
    }

    /// Does what is due at `now`; early or repeated calls change nothing.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        self.advance(now)
    }

    /// The controllers lose their memory and start again over what is stored, as after a crash.
    ///
    /// Nothing is counted twice by that; only failures that were already counted delay no pod any
    /// more (CC-34). The new ones begin to work after `pause` nanoseconds; real ones look each
    /// [`CACHE_SYNC`] whether their caches are filled (QUEUE-60).
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn restart_controllers(&mut self, now: Time, pause: i64) -> Result<(), Error> {
        self.advance(now)?;
        self.start_over(pause);
        self.settle()
    }

    /// The next thing for the host to do. A pod that is to be started is bound to the host's node
    /// then, as by a scheduler: from now on it goes only once the host says that it is gone.
    pub fn poll_work(&mut self) -> Option<Work> {
        let work = self.server.work.pop_front()?;
        let Some((Work::Start(pod), node)) = Some(&work).zip(self.node.as_ref()) else {
            return Some(work);
        };
        match self.server.bind_pod(pod, node) {
            Some(bound) => {
                // OK because a limit that is reached here is the next call's error.
                let _ = self.settle();
                Some(Work::Start(bound))
            }
            None => Some(work),
        }
    }

    /// The next event that a controller recorded.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next note: when, about what, and why a sync decided as it did. A Job is called
    /// `<namespace>/<name>`, a CronJob `cronjob/<namespace>/<name>`.
    pub fn poll_note(&mut self) -> Option<DatedNote> {
        self.notes.pop_front()
    }

    /// When to call [`Cluster::handle_timeout`], if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        let wakeups = [self.jobs.poll_timeout(), self.ttl.poll_timeout(), self.cron.poll_timeout()];
        wakeups.into_iter().flatten().min_by_key(|wakeup| wakeup.at)
    }

    /// When one Job is looked at again, and why.
    pub fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        let wakeups = [self.jobs.wakeup_of(namespace, name), self.ttl.wakeup_of(namespace, name)];
        wakeups.into_iter().flatten().min_by_key(|wakeup| wakeup.at)
    }

    /// Returns when a CronJob is synced again, and why.
    pub fn wakeup_of_cronjob(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        self.cron.wakeup_of(namespace, name)
    }

    /// Whether nothing is left to do: every Job is finished and there is no CronJob.
    fn is_done(&self) -> bool {
        self.server.cronjobs.all(|_| false) && self.server.jobs.all(Job::is_finished)
    }

    /// The controller that works on the Jobs.
    pub fn job_controller(&self) -> &JobController {
        &self.jobs
    }

    /// A Job as stored.
    pub fn job(&self, namespace: &str, name: &str) -> Option<&Arc<Job>> {
        self.server.job(namespace, name)
    }

    /// All Jobs, by namespace and name; they are sorted for each call.
    pub fn jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.server.jobs.in_order().into_iter()
    }

    /// A pod as stored.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Arc<Pod>> {
        self.server.pod(namespace, name)
    }

    /// The namespace of the pod of that name: `default` if it has one, else the only namespace that
    /// has one. For hosts that know a pod by its name alone.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such pod, `State` if several namespaces have one.
    pub fn namespace_of_pod(&self, name: &str) -> Result<&str, Error> {
        if self.pod("default", name).is_some() {
            return Ok("default");
        }
        let mut found = self.pods().filter(|pod| pod.metadata.name == *name);
        match (found.next(), found.next()) {
            (Some(pod), None) => Ok(&pod.metadata.namespace),
            (None, _) => Err(not_found("pods", name)),
            _ => Err(Error::state(format!("several namespaces have a pod `{name}`: name one"))),
        }
    }

    /// What a container of a stored pod is started with; the pod's first container if `container`
    /// is empty.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such pod or container, `Unsupported` if the container needs what
    /// only a real cluster has, such as a Secret.
    pub fn invocation(
        &self,
        namespace: &str,
        name: &str,
        container: &str,
    ) -> Result<Invocation, Error> {
        let pod = self.pod(namespace, name).ok_or_else(|| not_found("pods", name))?;
        let container = work::named(pod, container)?;
        // The address of a node that has only a name is this machine's.
        Invocation::of(pod, &container.name, &Node::default())
    }

    /// All pods, by namespace and name; they are sorted for each call.
    pub fn pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.server.pods.in_order().into_iter()
    }

    /// Lets time pass up to `now`, and the controllers do what was due.
    fn advance(&mut self, now: Time) -> Result<(), Error> {
        self.jobs.handle_timeout(now)?;
        self.ttl.handle_timeout(now)?;
        self.cron.handle_timeout(now)?;
        self.server.now = now;
        self.settle()
    }

    /// Runs the controllers until only time can bring something new. Watch events are delivered
    /// one at a time, each when every controller is at rest.
    fn settle(&mut self) -> Result<(), Error> {
        loop {
            while self.run_controllers()? {}
            let Some(event) = self.server.next_event() else { return Ok(()) };
            self.show(event);
        }
    }

    /// Shows an event to the controllers that run and that it concerns.
    fn show(&mut self, event: WatchEvent) {
        let (WatchEvent::Added(object)
        | WatchEvent::Modified(object)
        | WatchEvent::Deleted(object)) = &event;
        let is_job = matches!(object, Object::Job(_));
        let is_pod = matches!(object, Object::Pod(_));
        let now = self.server.now;
        // OK because the time is the one that `advance` has set.
        if self.running.ttl && is_job {
            let _ = self.ttl.handle_watch(now, event.clone());
        }
        if self.running.cron_job && !is_pod {
            let _ = self.cron.handle_watch(now, event.clone());
        }
        if self.running.job && (is_job || is_pod) {
            let _ = self.jobs.handle_watch(now, event);
        }
    }

    /// Answers every request there is, one of each controller in turn, as if they ran beside each
    /// other; false if there was none.
    fn run_controllers(&mut self) -> Result<bool, Error> {
        let mut any = false;
        let mut more = true;
        while more {
            self.server.count.within(self.server.testing.limit)?;
            let now = self.server.now;
            more = false;
            // OK because the requests are open and the time has not moved.
            if let Some(request) = self.jobs.poll_request() {
                let response = self.server.execute(&request.call);
                if self.server.testing.crashes_now() {
                    // The request was carried out, and its answer is lost.
                    self.start_over(0);
                    more = true;
                    continue;
                }
                let _ = self.jobs.handle_result(now, request.id, response);
                more = true;
            }
            if let Some(request) = self.cron.poll_request() {
                let response = self.server.execute(&request.call);
                let _ = self.cron.handle_result(now, request.id, response);
                more = true;
            }
            if let Some(request) = self.ttl.poll_request() {
                let response = self.server.execute(&request.call);
                let _ = self.ttl.handle_result(now, request.id, response);
                more = true;
            }
            any |= more;
        }
        while let Some(event) = self.jobs.poll_event().or_else(|| self.cron.poll_event()) {
            self.server.journal.add(event.time, || Recorded::Event(event.clone()));
            self.server.count.event();
            self.events.push_back(event);
        }
        while let Some(note) = self.jobs.poll_note().or_else(|| self.ttl.poll_note()) {
            self.notes.push_back(note);
        }
        while let Some(mut dated) = self.cron.poll_note() {
            dated.key.insert_str(0, CRONJOB_NOTE);
            self.notes.push_back(dated);
        }
        Ok(any)
    }

    fn start_over(&mut self, pause: i64) {
        self.server.watch.clear();
        let now = self.server.now;
        let begin = now.plus_nanos(pause);
        let version = self.server.version();
        self.jobs.restart(begin);
        self.ttl.restart(begin);
        self.cron.restart(begin);
        let jobs = self.server.jobs.in_order().into_iter();
        let jobs: Vec<Object> = jobs.cloned().map(Object::from).collect();
        let pods = self.server.pods.in_order().into_iter().cloned().map(Object::from);
        // OK because the time is the one that `advance` has set.
        if self.running.job {
            let _ = self.jobs.handle_list(now, jobs.iter().cloned().chain(pods), &version);
        }
        for job in jobs {
            if self.running.ttl {
                let _ = self.ttl.handle_watch(now, WatchEvent::Added(job.clone()));
            }
            if self.running.cron_job {
                let _ = self.cron.handle_watch(now, WatchEvent::Added(job));
            }
        }
        // After the Jobs: a CronJob that did not know its Jobs would start them again.
        let cronjobs = self.server.cronjobs.in_order();
        for cronjob in cronjobs.into_iter().filter(|_| self.running.cron_job) {
            let _ = self.cron.handle_watch(now, WatchEvent::Added(Arc::clone(cronjob).into()));
        }
    }
}

fn not_found(resource: &str, name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("{resource} \"{name}\" not found"))
}

fn create_error(error: ServerError) -> Error {
    match error {
        ServerError::Api(error) => error.into(),
        ServerError::Invalid(invalid) => Error::from(*invalid),
    }
}

fn patch_error(error: PatchError) -> Error {
    match error {
        PatchError::Api(error) => error.into(),
        PatchError::Invalid(invalid) => Error::from(Invalid::clone(&invalid)),
        PatchError::Decode(error) => error,
    }
}
