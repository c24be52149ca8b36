//! [`Host`]: a [`Cluster`] and the workers of its one node, for hosts that run containers in ways
//! of their own.
//!
//! A host of a bare cluster reports statuses of pods. This one is told what became of containers
//! and makes the statuses itself, by the rules of [`kubelet`](crate::kubelet): restarts in place,
//! init containers, the condition of a disruption. What comes out are containers to start and to
//! stop, each with a ticket.
//!
//! Deliberately absent: pods that were removed by force while they ran (nobody asks for their
//! containers' end), several nodes, recovery of what ran before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::{Cluster, PodReport, Work};
use crate::api::{Pod, Text};
use crate::kubelet::{Action, ContainerExit, Eviction, PodWorker};
use crate::{Error, Time};

/// A cluster whose pods consist of containers that the caller runs.
///
/// After every call that takes a time, drain [`poll_task`](Host::poll_task), then read
/// [`poll_timeout`](Host::poll_timeout).
///
/// ```
/// use jobsem::{Cluster, Semantics, Time, api::Job, kubelet::ContainerExit};
/// use jobsem::cluster::{Host, Task};
///
/// let job: Job = serde_json::from_str(r#"{"metadata": {"name": "pi"}, "spec": {"template": {
///     "spec": {"restartPolicy": "OnFailure", "containers": [{"name": "main", "image": "perl"}]}
/// }}}"#)?;
/// let mut host = Host::new(Cluster::new(Semantics::default()));
/// let mut now = Time::from_unix(946_684_801);
/// host.cluster_mut().create_job(now, job)?;
/// host.handle_timeout(now)?;
/// for code in [1, 0] {
///     let Some(Task::Start { ticket, .. }) = host.poll_task() else { panic!("no start") };
///     host.started(now, ticket)?;
///     now = now.plus_seconds(1);
///     host.exited(now, ticket, ContainerExit::code(code))?;
///     while let Some(at) = host.poll_timeout().filter(|_| !host.has_tasks()) {
///         now = at;
///         host.handle_timeout(now)?;
///     }
/// }
/// assert!(host.cluster().job("default", "pi").unwrap().is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Host {
    cluster: Cluster,
    pods: BTreeMap<u64, Hosted>,
    /// The pods by their UIDs.
    ids: BTreeMap<String, u64>,
    next_pod: u64,
    tickets: BTreeMap<Ticket, (u64, Text)>,
    next_ticket: u64,
    tasks: VecDeque<Task>,
    /// Pods whose workers may have something to say.
    touched: BTreeSet<u64>,
    timers: BTreeSet<(Time, u64)>,
}

/// Names one run of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl Ticket {
    /// The ticket's number, for hosts that keep numbers.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The ticket of that number.
    pub const fn of(number: u64) -> Ticket {
        Ticket(number)
    }
}

/// Something to do with a container.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Task {
    /// Start it; then say [`Host::started`], or [`Host::start_failed`].
    Start {
        /// Names this run of it.
        ticket: Ticket,
        /// The pod as it was when it was bound.
        pod: Arc<Pod>,
        /// The container's name.
        container: Text,
        /// How many times it was started before in this pod.
        restart_count: i32,
    },
    /// Ask it to end, and kill it after the grace period; then say [`Host::exited`]. It may come
    /// again with a shorter grace.
    Stop {
        /// Which one.
        ticket: Ticket,
        /// Whole seconds until the kill.
        grace_seconds: i64,
    },
}

#[derive(Debug)]
struct Hosted {
    worker: PodWorker,
    pod: Arc<Pod>,
    /// The tickets of the containers that run.
    running: Vec<(Text, Ticket)>,
    timer: Option<Time>,
}

impl Host {
    /// The host of all pods of `cluster`.
    pub fn new(cluster: Cluster) -> Host {
        Host {
            cluster,
            pods: BTreeMap::new(),
            ids: BTreeMap::new(),
            next_pod: 0,
            tickets: BTreeMap::new(),
            next_ticket: 0,
            tasks: VecDeque::new(),
            touched: BTreeSet::new(),
            timers: BTreeSet::new(),
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, to create, change and delete objects and to poll events. Call
    /// [`Host::handle_timeout`] with the same time afterwards, and leave its work alone.
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    /// Does what is due at `now`; early or repeated calls change nothing.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        self.cluster.handle_timeout(now)?;
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.pop_first();
            if let Some(hosted) = self.pods.get_mut(&id) {
                hosted.timer = None;
                hosted.worker.handle_timeout(now);
                self.touched.insert(id);
            }
        }
        self.turn(now)
    }

    /// The container runs.
    ///
    /// # Errors
    ///
    /// `State` for an unknown ticket, or one that was said of before; `TimeWentBack`.
    pub fn started(&mut self, now: Time, ticket: Ticket) -> Result<(), Error> {
        self.tell(now, ticket, |worker, container| worker.container_started(now, container))
    }

    /// The container could not be made; another start is asked for later.
    ///
    /// # Errors
    ///
    /// As [`Host::started`].
    pub fn start_failed(
        &mut self,
        now: Time,
        ticket: Ticket,
        reason: &str,
        message: &str,
    ) -> Result<(), Error> {
        self.forget(ticket, |host, container| {
            host.tell_pod(now, container, |worker, name| {
                worker.container_start_failed(now, name, reason, message)
            })
        })
    }

    /// The container ended, or its entry point could not be executed. What is said of a ticket
    /// that has ended before changes nothing.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn exited(&mut self, now: Time, ticket: Ticket, exit: ContainerExit) -> Result<(), Error> {
        if !self.tickets.contains_key(&ticket) {
            return Ok(());
        }
        self.forget(ticket, |host, container| {
            host.tell_pod(now, container, |worker, name| worker.container_exited(now, name, exit))
        })
    }

    /// The container ended because its node ends the pod, whose other containers are asked to
    /// stop (DISRUPT-14 to DISRUPT-16).
    ///
    /// # Errors
    ///
    /// As [`Host::exited`].
    pub fn evicted(
        &mut self,
        now: Time,
        ticket: Ticket,
        eviction: Eviction,
        exit: ContainerExit,
    ) -> Result<(), Error> {
        if !self.tickets.contains_key(&ticket) {
            return Ok(());
        }
        self.forget(ticket, |host, container| {
            host.tell_pod(now, container, |worker, name| {
                worker.evict(now, eviction);
                worker.container_exited(now, name, exit)
            })
        })
    }

    /// The next thing to do.
    pub fn poll_task(&mut self) -> Option<Task> {
        self.tasks.pop_front()
    }

    /// Whether there is something to do.
    pub fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// How many containers have been asked for and have not ended.
    pub fn running(&self) -> usize {
        self.tickets.len()
    }

    /// When to call [`Host::handle_timeout`], if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let pods = self.timers.first().map(|(at, _)| *at);
        self.cluster.poll_timeout().map(|wakeup| wakeup.at).into_iter().chain(pods).min()
    }

    fn forget(
        &mut self,
        ticket: Ticket,
        then: impl FnOnce(&mut Host, (u64, Text)) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(container) = self.tickets.remove(&ticket) else { return Err(unknown(ticket)) };
        if let Some(hosted) = self.pods.get_mut(&container.0) {
            hosted.running.retain(|(_, known)| *known != ticket);
        }
        then(self, container)
    }

    fn tell(
        &mut self,
        now: Time,
        ticket: Ticket,
        say: impl FnOnce(&mut PodWorker, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(container) = self.tickets.get(&ticket).cloned() else {
            return Err(unknown(ticket));
        };
        self.tell_pod(now, container, say)
    }

    fn tell_pod(
        &mut self,
        now: Time,
        (id, container): (u64, Text),
        say: impl FnOnce(&mut PodWorker, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let Some(hosted) = self.pods.get_mut(&id) {
            say(&mut hosted.worker, &container)?;
            self.touched.insert(id);
        }
        self.turn(now)
    }

    /// Passes on what the cluster and the workers want of each other, until they want nothing.
    fn turn(&mut self, now: Time) -> Result<(), Error> {
        loop {
            while let Some(work) = self.cluster.poll_work() {
                self.take(work, now)?;
            }
            let Some(id) = self.touched.pop_first() else { return Ok(()) };
            self.serve(id, now)?;
        }
    }

    fn take(&mut self, work: Work, now: Time) -> Result<(), Error> {
        match work {
            Work::Start(pod) => {
                let id = self.next_pod;
                self.next_pod += 1;
                let worker = PodWorker::new(&pod, self.cluster.semantics(), now);
                self.ids.insert(pod.metadata.uid.to_string(), id);
                self.pods.insert(id, Hosted { worker, pod, running: Vec::new(), timer: None });
                self.touched.insert(id);
            }
            Work::Stop { pod, grace_seconds } => match self.ids.get(pod.metadata.uid.as_str()) {
                Some(id) => {
                    if let Some(hosted) = self.pods.get_mut(id) {
                        hosted.pod = pod;
                        hosted.worker.observe(&hosted.pod);
                        hosted.worker.stop(now, grace_seconds);
                        self.touched.insert(*id);
                    }
                }
                None => self.release(now, &pod)?,
            },
        }
        Ok(())
    }

    /// Does what one pod's worker asks for.
    fn serve(&mut self, id: u64, now: Time) -> Result<(), Error> {
        while let Some(action) = self.pods.get_mut(&id).and_then(|h| h.worker.poll_action()) {
            self.act(id, action, now)?;
        }
        let Some(hosted) = self.pods.get_mut(&id) else { return Ok(()) };
        if hosted.worker.is_finished() && hosted.running.is_empty() {
            if let Some(at) = hosted.timer.take() {
                self.timers.remove(&(at, id));
            }
            let pod = Arc::clone(&hosted.pod);
            self.ids.remove(pod.metadata.uid.as_str());
            self.pods.remove(&id);
            let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
            // PODDEL-10: the pod may go once its end is known.
            let stored = self.cluster.pod(namespace, name);
            let going = stored.is_some_and(|stored| {
                stored.metadata.uid == pod.metadata.uid
                    && stored.metadata.deletion_timestamp.is_some()
            });
            if going {
                self.release(now, &pod)?;
            }
            return Ok(());
        }
        let timer = hosted.worker.poll_timeout().map(|wakeup| wakeup.at);
        if timer != hosted.timer {
            if let Some(at) = hosted.timer {
                self.timers.remove(&(at, id));
            }
            hosted.timer = timer;
            self.timers.extend(timer.map(|at| (at, id)));
        }
        Ok(())
    }

    fn act(&mut self, id: u64, action: Action, now: Time) -> Result<(), Error> {
        let Some(hosted) = self.pods.get_mut(&id) else { return Ok(()) };
        match action {
            Action::Start { container, restart_count } => {
                let ticket = Ticket(self.next_ticket);
                self.next_ticket += 1;
                hosted.running.push((container.clone(), ticket));
                self.tickets.insert(ticket, (id, container.clone()));
                let pod = Arc::clone(&hosted.pod);
                self.tasks.push_back(Task::Start { ticket, pod, container, restart_count });
            }
            Action::Stop { container, grace_seconds } => {
                let running = hosted.running.iter().filter(|(name, _)| *name == container);
                let stops =
                    running.map(|(_, ticket)| Task::Stop { ticket: *ticket, grace_seconds });
                self.tasks.extend(stops);
            }
            Action::Status(status) => {
                let pod = Arc::clone(&hosted.pod);
                let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
                let is_stored = |stored: &Arc<Pod>| stored.metadata.uid == pod.metadata.uid;
                if self.cluster.pod(namespace, name).is_some_and(is_stored) {
                    self.cluster.report(now, namespace, name, PodReport::Status(status))?;
                }
            }
            Action::Event { .. } | Action::Finished => {}
        }
        Ok(())
    }

    fn release(&mut self, now: Time, pod: &Pod) -> Result<(), Error> {
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        self.cluster.report(now, namespace, name, PodReport::Removed)
    }
}

fn unknown(ticket: Ticket) -> Error {
    Error::state(format!("no container runs under ticket {}", ticket.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Job, PodPhase};
    use crate::{Semantics, outcome};

    const START: Time = Time::from_unix(946_684_801);

    fn host(spec: &str) -> Host {
        let text = format!(r#"{{"metadata": {{"name": "j"}}, "spec": {spec}}}"#);
        let job: Job = serde_json::from_str(&text).unwrap();
        let mut host = Host::new(Cluster::new(Semantics::default()));
        host.cluster_mut().create_job(START, job).unwrap();
        host.handle_timeout(START).unwrap();
        host
    }

    fn start(host: &mut Host, now: Time) -> (Ticket, i32) {
        let Some(Task::Start { ticket, restart_count, .. }) = host.poll_task() else {
            panic!("no start")
        };
        host.started(now, ticket).unwrap();
        (ticket, restart_count)
    }

    const ONE: &str = r#""template": {"spec": {"restartPolicy": "Never",
        "terminationGracePeriodSeconds": 7, "containers": [{"name": "m", "image": "i"}]}}"#;

    #[test]
    fn a_disruption_is_a_condition_of_the_pod() {
        let mut host = host(&format!("{{{ONE}}}"));
        let (ticket, _) = start(&mut host, START);
        let eviction = Eviction {
            reason: "Evicted".to_owned(),
            message: "gone".to_owned(),
            disruption: Some("gone".to_owned()),
            grace_seconds: None,
        };
        host.evicted(START.plus_seconds(1), ticket, eviction, ContainerExit::signal(15)).unwrap();
        let pod = host.cluster().pods().next().unwrap();
        assert_eq!(pod.status.phase, PodPhase::Failed);
        assert!(pod.status.condition("DisruptionTarget").is_some());
        assert_eq!(host.running(), 0);
    }

    #[test]
    fn a_deadline_stops_what_runs_and_the_job_waits_for_its_end() {
        let mut host = host(&format!(r#"{{"activeDeadlineSeconds": 5, {ONE}}}"#));
        let (ticket, _) = start(&mut host, START);
        let mut now = START;
        while !host.has_tasks() {
            now = host.poll_timeout().unwrap();
            host.handle_timeout(now).unwrap();
        }
        assert_eq!(now, START.plus_seconds(5));
        assert_eq!(host.poll_task(), Some(Task::Stop { ticket, grace_seconds: 7 }));
        assert!(!outcome(host.cluster().job("default", "j").unwrap()).verdict.is_final());
        host.exited(now.plus_seconds(1), ticket, ContainerExit::signal(15)).unwrap();
        host.exited(now.plus_seconds(1), ticket, ContainerExit::code(0)).unwrap();
        while let Some(at) = host.poll_timeout() {
            host.handle_timeout(at).unwrap();
        }
        assert!(host.cluster().job("default", "j").unwrap().is_finished());
        assert_eq!(host.cluster().pods().count(), 0, "a deleted pod goes when it has ended");
    }

    #[test]
    fn a_ticket_that_was_not_given_is_an_error_when_it_starts_and_ignored_when_it_ends() {
        let mut host = host(&format!("{{{ONE}}}"));
        assert!(host.started(START, Ticket::of(99)).is_err());
        assert!(host.exited(START, Ticket::of(99), ContainerExit::code(0)).is_ok());
    }
}
