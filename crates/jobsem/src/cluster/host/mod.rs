//! [`Host`]: a [`Cluster`] and its one node, for everything that runs containers.
//!
//! A host of a bare cluster reports statuses of pods. A host of this one runs containers and
//! reports what became of them; the statuses follow by the rules of [`kubelet`](crate::kubelet):
//! restarts and their back-off, init containers and sidecars, grace periods and the kill at their
//! end, the condition of a disruption.
//!
//! Deliberately absent: how a container runs, several nodes, recovery of what ran before.
//!
//! Rules: PODPHASE-33, PODPHASE-60, PODDEL-10, DISRUPT-14 to DISRUPT-16 (`docs/semantics`).

mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use turn::{ContainerReport, ContainerStart, ContainerStop, Ticket, Turn};

use super::{Cluster, PodReport, Work};
use crate::api::{Pod, Text};
use crate::event::{Event, EventType};
use crate::kubelet::{Action, DEFAULT_GRACE_SECONDS, Invocation, Node, PodWorker};
use crate::wake::{WakeReason, Wakeup};
use crate::{Error, Time};

/// A cluster whose pods consist of containers that the caller runs.
///
/// A host calls [`turn`](Host::turn) with what has happened since the last one, does what comes
/// back, and turns again when something happens or at [`Turn::wakeup`], until [`Turn::over`].
/// Changes through [`cluster_mut`](Host::cluster_mut) want a turn, too.
///
/// ```
/// use jobsem::{Cluster, Semantics, Time, api::Job, kubelet::ContainerExit};
/// use jobsem::cluster::{ContainerReport, Host};
///
/// let job: Job = serde_json::from_str(r#"{"metadata": {"name": "pi"}, "spec": {"template": {
///     "spec": {"restartPolicy": "OnFailure", "containers": [{"name": "main", "image": "perl"}]}
/// }}}"#)?;
/// let mut host = Host::new(Cluster::new(Semantics::default()));
/// let mut now = Time::from_unix(946_684_801);
/// host.cluster_mut().create_job(now, job)?;
/// let mut reports = Vec::new();
/// let mut codes = [1, 0].into_iter();
/// loop {
///     let turn = host.turn(now, reports.drain(..))?;
///     if turn.over {
///         break;
///     }
///     for start in turn.starts {
///         // This host's containers start and end at once.
///         let exit = ContainerExit::code(codes.next().unwrap());
///         reports.push(ContainerReport::started(start.ticket));
///         reports.push(ContainerReport::ended(start.ticket, exit));
///     }
///     if reports.is_empty() {
///         now = turn.wakeup.unwrap().at;
///     }
/// }
/// assert!(host.cluster().job("default", "pi").unwrap().is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Host {
    cluster: Cluster,
    starts_at_once: bool,
    shutting_down: bool,
    pods: BTreeMap<u64, RunningPod>,
    /// The pods by their UIDs.
    ids: BTreeMap<String, u64>,
    next_pod: u64,
    tickets: BTreeMap<Ticket, (u64, Text)>,
    next_ticket: u64,
    /// Pods whose workers may have something to say.
    touched: BTreeSet<u64>,
    timers: BTreeSet<(Time, u64)>,
    /// What the next turn brings.
    pending: Turn,
}

/// A pod on the node that has not ended.
#[derive(Debug)]
struct RunningPod {
    worker: PodWorker,
    pod: Arc<Pod>,
    containers: Vec<RunningContainer>,
    timer: Option<Time>,
}

/// A container that was handed out and has not ended.
#[derive(Debug)]
struct RunningContainer {
    name: Text,
    ticket: Ticket,
    kill: Kill,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kill {
    No,
    At(Time),
    Done,
}

impl Host {
    /// The host of all pods of `cluster`.
    pub fn new(cluster: Cluster) -> Host {
        Host {
            cluster,
            starts_at_once: false,
            shutting_down: false,
            pods: BTreeMap::new(),
            ids: BTreeMap::new(),
            next_pod: 0,
            tickets: BTreeMap::new(),
            next_ticket: 0,
            touched: BTreeSet::new(),
            timers: BTreeSet::new(),
            pending: Turn::default(),
        }
    }

    /// The same with containers that cannot fail to start, such as calls of a function: they
    /// count as running once [`Turn::starts`] has them, and need no report of it.
    #[must_use]
    pub fn with_starts_at_once(mut self) -> Host {
        self.starts_at_once = true;
        self
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, to create, change and delete objects and to poll events. Leave its work alone.
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    /// Takes what containers did, does what is due at `now`, and says what is to be done. Early or
    /// repeated turns change nothing. A report on a container that has ended changes nothing.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`, with nothing changed; `State` for a ticket that was never handed out, or a
    /// start that is not awaited. The reports before that one count, and the next turn has what
    /// follows from them.
    pub fn turn(
        &mut self,
        now: Time,
        reports: impl IntoIterator<Item = ContainerReport>,
    ) -> Result<Turn, Error> {
        self.cluster.handle_timeout(now)?;
        self.settle(now)?;
        for report in reports {
            self.take_report(report, now)?;
            self.settle(now)?;
        }
        self.expire(now);
        self.settle(now)?;
        let mut turn = std::mem::take(&mut self.pending);
        turn.wakeup = self.wakeup();
        turn.over = self.is_over();
        Ok(turn)
    }

    /// Ends everything: no pod starts any more, and every container is asked to end within its
    /// pod's grace period. Jobs stay as they are; delete them before.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn shut_down(&mut self, now: Time) -> Result<(), Error> {
        self.cluster.handle_timeout(now)?;
        self.shutting_down = true;
        for (id, running) in &mut self.pods {
            let grace = running.pod.spec.termination_grace_period_seconds;
            running.worker.stop(now, grace.unwrap_or(DEFAULT_GRACE_SECONDS));
            self.touched.insert(*id);
        }
        self.settle(now)
    }

    /// Waits for no grace period any more: the next turn kills every container.
    pub fn kill_all(&mut self) {
        for running in self.pods.values_mut() {
            running.kill(|_| true, &mut self.pending.kills);
        }
    }

    /// The pod of a container that runs.
    ///
    /// # Errors
    ///
    /// `State` if no container runs under the ticket.
    pub fn pod(&self, ticket: Ticket) -> Result<&Arc<Pod>, Error> {
        Ok(self.running(ticket)?.0)
    }

    /// What a container is started with: its command line, its environment and its directory,
    /// with what `node` says of itself and of the pod's address.
    ///
    /// # Errors
    ///
    /// `State` if no container runs under the ticket; `Unsupported` if the container needs what
    /// only a real cluster has, such as a Secret.
    pub fn invocation(&self, ticket: Ticket, node: &Node) -> Result<Invocation, Error> {
        let (pod, container) = self.running(ticket)?;
        Invocation::of(pod, container, node)
    }

    /// Everything that is waited for, soonest first: of the cluster the next wake-up, of each pod
    /// the next one and the next kill. For people; [`Turn::wakeup`] is the first of them.
    pub fn wakeups(&self) -> Vec<Wakeup> {
        let mut all: Vec<_> = self.cluster.poll_timeout().into_iter().collect();
        for running in self.pods.values() {
            all.extend(running.worker.poll_timeout());
            all.extend(running.next_kill());
        }
        all.sort_by_key(|wakeup| wakeup.at);
        all
    }

    fn running(&self, ticket: Ticket) -> Result<(&Arc<Pod>, &str), Error> {
        let found = self
            .tickets
            .get(&ticket)
            .and_then(|(id, container)| Some((&self.pods.get(id)?.pod, container.as_str())));
        found.ok_or_else(|| unknown(ticket))
    }

    fn wakeup(&self) -> Option<Wakeup> {
        let pod = self.timers.first().and_then(|(_, id)| self.pods.get(id)?.wakeup());
        self.cluster.poll_timeout().into_iter().chain(pod).min_by_key(|wakeup| wakeup.at)
    }

    fn is_over(&self) -> bool {
        self.pods.is_empty() && (self.shutting_down || self.cluster.is_done())
    }

    fn take_report(&mut self, report: ContainerReport, now: Time) -> Result<(), Error> {
        let ticket = report.ticket();
        if ticket.0 >= self.next_ticket {
            return Err(unknown(ticket));
        }
        let Some((id, container)) = self.tickets.get(&ticket).cloned() else { return Ok(()) };
        let Some(running) = self.pods.get_mut(&id) else { return Ok(()) };
        self.touched.insert(id);
        let worker = &mut running.worker;
        if let ContainerReport::Started { .. } = report {
            return worker.container_started(now, &container);
        }
        self.tickets.remove(&ticket);
        running.containers.retain(|known| known.ticket != ticket);
        if let Some(stored) = stored(&self.cluster, &running.pod) {
            worker.observe(stored);
        }
        match report {
            ContainerReport::StartFailed { reason, message, .. } => {
                worker.container_start_failed(now, &container, reason, message)
            }
            ContainerReport::Ended { exit, eviction, .. } => {
                if let Some(eviction) = eviction {
                    worker.evict(now, eviction);
                }
                worker.container_exited(now, &container, exit)
            }
            ContainerReport::Started { .. } => Ok(()),
        }
    }

    /// Wakes the pods that waited for this time, and kills containers whose grace period is over.
    fn expire(&mut self, now: Time) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.pop_first();
            if let Some(running) = self.pods.get_mut(&id) {
                running.timer = None;
                running.worker.handle_timeout(now);
                let due = |kill| matches!(kill, Kill::At(at) if at <= now);
                running.kill(due, &mut self.pending.kills);
                self.touched.insert(id);
            }
        }
    }

    /// Passes on what the cluster and the workers want of each other, until they want nothing.
    fn settle(&mut self, now: Time) -> Result<(), Error> {
        loop {
            while let Some(work) = self.cluster.poll_work() {
                self.take_work(work, now)?;
            }
            let Some(id) = self.touched.pop_first() else { return Ok(()) };
            self.serve(id, now)?;
        }
    }

    fn take_work(&mut self, work: Work, now: Time) -> Result<(), Error> {
        match work {
            Work::Start(_) if self.shutting_down => {}
            Work::Start(pod) => {
                let id = self.next_pod;
                self.next_pod += 1;
                let worker = PodWorker::new(&pod, self.cluster.semantics(), now);
                self.ids.insert(pod.metadata.uid.to_string(), id);
                let running = RunningPod { worker, pod, containers: Vec::new(), timer: None };
                self.pods.insert(id, running);
                self.touched.insert(id);
            }
            Work::Stop { pod, grace_seconds } => match self.ids.get(pod.metadata.uid.as_str()) {
                Some(id) => {
                    if let Some(running) = self.pods.get_mut(id) {
                        running.pod = pod;
                        running.worker.observe(&running.pod);
                        running.worker.stop(now, grace_seconds);
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
        while let Some(action) = self.pods.get_mut(&id).and_then(|p| p.worker.poll_action()) {
            self.act(id, action, now)?;
        }
        let Some(running) = self.pods.get_mut(&id) else { return Ok(()) };
        if running.worker.is_finished() && running.containers.is_empty() {
            return self.finish(id, now);
        }
        let timer = running.wakeup().map(|wakeup| wakeup.at);
        if timer != running.timer {
            if let Some(at) = running.timer {
                self.timers.remove(&(at, id));
            }
            running.timer = timer;
            self.timers.extend(timer.map(|at| (at, id)));
        }
        Ok(())
    }

    fn act(&mut self, id: u64, action: Action, now: Time) -> Result<(), Error> {
        let Some(running) = self.pods.get_mut(&id) else { return Ok(()) };
        let pod = &running.pod;
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        match action {
            Action::Start { container, restart_count } => {
                let ticket = Ticket(self.next_ticket);
                self.next_ticket += 1;
                self.tickets.insert(ticket, (id, container.clone()));
                let pod = Arc::clone(pod);
                if self.starts_at_once {
                    running.worker.container_started(now, &container)?;
                }
                let name = container.clone();
                running.containers.push(RunningContainer { name, ticket, kill: Kill::No });
                self.pending.starts.push(ContainerStart { ticket, pod, container, restart_count });
            }
            Action::Stop { container, grace_seconds } => {
                let kill_at = now.plus_seconds(grace_seconds);
                for known in running.containers.iter_mut().filter(|c| c.name == container) {
                    known.kill = match known.kill {
                        Kill::Done => continue,
                        // A container that stops already is not given more time.
                        Kill::At(at) => Kill::At(at.min(kill_at)),
                        Kill::No => Kill::At(kill_at),
                    };
                    self.pending.stops.push(ContainerStop { ticket: known.ticket, grace_seconds });
                }
            }
            Action::Status(status) => {
                if stored(&self.cluster, pod).is_some() {
                    self.cluster.report(now, namespace, name, PodReport::Status(status))?;
                }
            }
            Action::Event { warning, reason, message } => self.pending.events.push(Event {
                time: now,
                kind: "Pod",
                namespace: namespace.clone(),
                name: name.clone(),
                type_: if warning { EventType::Warning } else { EventType::Normal },
                reason: Text::of(reason),
                message: message.into(),
            }),
            Action::Finished => {}
        }
        Ok(())
    }

    /// Lets go of a pod that has ended.
    fn finish(&mut self, id: u64, now: Time) -> Result<(), Error> {
        let Some(running) = self.pods.remove(&id) else { return Ok(()) };
        if let Some(at) = running.timer {
            self.timers.remove(&(at, id));
        }
        let RunningPod { worker, mut pod, .. } = running;
        self.ids.remove(pod.metadata.uid.as_str());
        // PODDEL-10: the pod may go once its end is known.
        if stored(&self.cluster, &pod).is_some_and(|p| p.metadata.deletion_timestamp.is_some()) {
            self.release(now, &pod)?;
        }
        if stored(&self.cluster, &pod).is_none() {
            Arc::make_mut(&mut pod).status = worker.status().clone();
            self.pending.gone.push(pod);
        }
        Ok(())
    }

    fn release(&mut self, now: Time, pod: &Pod) -> Result<(), Error> {
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        self.cluster.report(now, namespace, name, PodReport::Removed)
    }
}

impl RunningPod {
    fn wakeup(&self) -> Option<Wakeup> {
        let all = self.worker.poll_timeout().into_iter().chain(self.next_kill());
        all.min_by_key(|wakeup| wakeup.at)
    }

    /// When the next container is killed.
    fn next_kill(&self) -> Option<Wakeup> {
        let kills = self.containers.iter().filter_map(|container| match container.kill {
            Kill::At(at) => Some((at, &container.name)),
            _ => None,
        });
        let (at, name) = kills.min_by_key(|(at, _)| *at)?;
        let wakeup = Wakeup::new(at, WakeReason::Kill, self.worker.key().clone());
        Some(wakeup.with_container(Some(name.clone())))
    }

    /// Kills the containers whose turn it is.
    fn kill(&mut self, is_due: impl Fn(Kill) -> bool, kills: &mut Vec<Ticket>) {
        for container in &mut self.containers {
            if container.kill != Kill::Done && is_due(container.kill) {
                container.kill = Kill::Done;
                kills.push(container.ticket);
            }
        }
    }
}

/// The pod as the cluster stores it.
fn stored<'a>(cluster: &'a Cluster, pod: &Pod) -> Option<&'a Arc<Pod>> {
    let meta = &pod.metadata;
    let stored = cluster.pod(&meta.namespace, &meta.name)?;
    (stored.metadata.uid == meta.uid).then_some(stored)
}

fn unknown(ticket: Ticket) -> Error {
    Error::state(format!("no container runs under ticket {ticket}"))
}

#[cfg(test)]
mod tests;
