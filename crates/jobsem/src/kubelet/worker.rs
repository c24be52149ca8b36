//! [`PodWorker`]: the state machine of one pod on its node.
//!
//! Inputs are events of the host (a container started, ended or failed to start; the pod is to
//! stop; time passed). Outputs are ordered [`Action`]s and the next wake-up with its reason.
//! Contract: after every input drain [`PodWorker::poll_action`] until `None`, then read
//! [`PodWorker::poll_timeout`]. An early or repeated [`PodWorker::handle_timeout`] does nothing; a
//! time before the last one counts as the last one.
//!
//! Deliberately absent: what `kubelet` as a whole leaves out, and the removal of a deleted pod from
//! the API (PODDEL-10), which the host requests after [`Action::Finished`].
//!
//! Rules: PODPHASE-11, -23 to -25, -30 to -33, -42, -44, -50, -51, -60 to -64, -72, -74, -82,
//! PODPHASE-92 (`docs/semantics`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::exit::ContainerExit;
use super::restart::{ContainerRole, RestartDecision, restart_decision};
use super::slot::{Life, Slot};
use super::status;
use crate::api::{ContainerStateWaiting, Pod, PodPhase, PodSpec, PodStatus, Text};
use crate::wake::{WakeReason, Wakeup};
use crate::{Error, ErrorKind, SECOND, Semantics, Time};

/// The delay before a failed start is retried (PODPHASE-33).
const START_RETRY: i64 = 10 * SECOND;

/// An action for the host.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Start a container.
    Start {
        /// Its name.
        container: Text,
        /// The number of earlier starts.
        restart_count: i32,
    },
    /// Ask a container to stop (SIGTERM), and kill it after `grace_seconds`. May repeat with a
    /// shorter grace period.
    Stop {
        /// Its name.
        container: Text,
        /// Whole seconds until the kill, at least 2.
        grace_seconds: i64,
    },
    /// Write this changed status of the pod.
    Status(Box<PodStatus>),
    /// Record an event about the pod.
    Event {
        /// Whether it is a Warning; Normal otherwise.
        warning: bool,
        /// The reason.
        reason: &'static str,
        /// The message.
        message: String,
    },
    /// Nothing runs any more and the last status is published; a deleted pod can be removed.
    Finished,
}

/// A decision of the node to end the pod (DISRUPT-14 to DISRUPT-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// The pod's reason, such as `Evicted`.
    pub reason: String,
    /// The pod's message.
    pub message: String,
    /// The message of the DisruptionTarget condition, if the pod gets one.
    pub disruption: Option<String>,
    /// Whole seconds until the kill, if fewer than the pod's grace period.
    pub grace_seconds: Option<i64>,
}

impl Eviction {
    /// A disruption: the pod has to go at once for an external reason, and gets the condition
    /// DisruptionTarget (DISRUPT-14).
    pub fn disruption(message: impl Into<String>) -> Eviction {
        let message = message.into();
        Eviction {
            reason: "Evicted".to_owned(),
            message: message.clone(),
            disruption: Some(message),
            grace_seconds: Some(0),
        }
    }
}

/// One pod on its node.
///
/// ```
/// use jobsem::api::Pod;
/// use jobsem::kubelet::{Action, ContainerExit, PodWorker};
/// use jobsem::{Semantics, Time};
///
/// let pod: Pod = serde_json::from_str(r#"{"metadata": {"name": "p"},
///     "spec": {"containers": [{"name": "c"}], "restartPolicy": "Never"}}"#)?;
/// let now = Time::from_unix(100);
/// let mut worker = PodWorker::new(&pod, &Semantics::default(), now);
/// let Some(Action::Status(status)) = worker.poll_action() else { panic!("no status") };
/// assert_eq!(status.phase.as_str(), "Pending");
/// let Some(Action::Start { container, .. }) = worker.poll_action() else { panic!("no start") };
/// assert_eq!(container, "c");
/// worker.container_started(now, "c")?;
/// worker.container_exited(now.plus_seconds(3), "c", ContainerExit::code(0))?;
/// let phases: Vec<String> = std::iter::from_fn(|| worker.poll_action())
///     .filter_map(|a| if let Action::Status(s) = a { Some(s.phase.to_string()) } else { None })
///     .collect();
/// assert_eq!(phases, ["Running", "Succeeded"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PodWorker {
    pub(super) pod: String,
    /// `namespace/name`.
    key: Text,
    pub(super) spec: Arc<PodSpec>,
    pub(super) sem: Semantics,
    pub(super) now: Time,
    /// Init containers in spec order, then regular containers in spec order.
    pub(super) slots: Vec<Slot>,
    /// The status as last published by this worker.
    pub(super) published: PodStatus,
    /// The phase in memory, which may be terminal before it is published (PODPHASE-24).
    pub(super) decided: Option<PodPhase>,
    pub(super) decree: Option<Decree>,
    pub(super) deleted: bool,
    pub(super) deletion_grace: Option<i64>,
    pub(super) stopping: Option<Stopping>,
    pub(super) restarting_all: Option<bool>,
    pub(super) finished: bool,
    pub(super) actions: VecDeque<Action>,
}

/// A reason to fail that does not come from the containers.
#[derive(Clone, Debug)]
pub(super) struct Decree {
    pub reason: String,
    pub message: String,
    pub disruption: Option<String>,
    pub grace: Option<i64>,
    pub spares_success: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping {
    pub since: Time,
    pub grace: i64,
}

impl PodWorker {
    /// Accepts `pod`: publishes the first status, then starts the first containers (PODPHASE-30). A
    /// pod that is terminal or being deleted starts nothing.
    pub fn new(pod: &Pod, sem: &Semantics, now: Time) -> PodWorker {
        let mut worker = PodWorker::idle(pod, sem, now);
        worker.enter(pod);
        worker
    }

    /// Accepts `pod` after the host lost its containers: containers that ran count as killed
    /// (PODPHASE-64, PODPHASE-92); ended ones stay ended.
    pub fn recover(pod: &Pod, sem: &Semantics, now: Time) -> PodWorker {
        let mut worker = PodWorker::idle(pod, sem, now);
        worker.published = pod.status.clone();
        for slot in &mut worker.slots {
            let (statuses, container) = match slot.role {
                ContainerRole::Regular => {
                    (&pod.status.container_statuses, &pod.spec.containers[slot.index])
                }
                _ => (&pod.status.init_container_statuses, &pod.spec.init_containers[slot.index]),
            };
            if let Some(status) = statuses.iter().find(|s| s.name == container.name) {
                slot.recover(status, worker.deleted);
            }
        }
        worker.enter(pod);
        worker
    }

    fn idle(pod: &Pod, sem: &Semantics, now: Time) -> PodWorker {
        let init = pod.spec.init_containers.iter().map(ContainerRole::of_init).enumerate();
        let regular = (0..pod.spec.containers.len()).map(|i| (i, ContainerRole::Regular));
        let slots = init.chain(regular).map(|(index, role)| Slot::new(role, index)).collect();
        let meta = &pod.metadata;
        PodWorker {
            pod: format!("{}_{}({})", meta.name, meta.namespace, meta.uid),
            key: format!("{}/{}", meta.namespace, meta.name).into(),
            spec: Arc::clone(&pod.spec),
            sem: sem.clone(),
            now,
            slots,
            published: pod.status.clone(),
            decided: pod.status.phase.is_terminal().then(|| pod.status.phase.clone()),
            decree: None,
            deleted: meta.deletion_timestamp.is_some(),
            deletion_grace: meta.deletion_grace_period_seconds,
            stopping: None,
            restarting_all: None,
            finished: pod.status.phase.is_terminal(),
            actions: VecDeque::new(),
        }
    }

    fn enter(&mut self, pod: &Pod) {
        if self.finished {
            self.actions.push_back(Action::Finished);
            return;
        }
        let start = pod.status.start_time.unwrap_or(self.now);
        // Whole seconds, as stored: the deadline counts from the stored time.
        self.published.start_time = Some(start.truncated());
        if !self.deleted {
            self.publish();
        }
        self.advance();
    }

    /// The last published status.
    pub fn status(&self) -> &PodStatus {
        &self.published
    }

    /// The pod's `namespace/name`.
    pub fn key(&self) -> &Text {
        &self.key
    }

    /// The pod's spec.
    pub fn spec(&self) -> &Arc<PodSpec> {
        &self.spec
    }

    /// Whether everything has ended and the last status is published.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes over the conditions that other writers set, which a status must keep.
    pub fn observe(&mut self, pod: &Pod) {
        let mut conditions = pod.status.conditions.iter().chain(&*self.published.conditions);
        if conditions.all(|c| status::is_kubelets_own(&c.type_)) {
            return;
        }
        let own = std::mem::take(&mut self.published.conditions);
        let theirs = pod.status.conditions.iter().filter(|c| !status::is_kubelets_own(&c.type_));
        let own = own.into_iter().filter(|c| status::is_kubelets_own(&c.type_));
        self.published.conditions = theirs.cloned().chain(own).collect();
    }

    /// Reports that the container of an [`Action::Start`] runs.
    ///
    /// # Errors
    ///
    /// `NotFound` for an unknown name, `State` if no start is pending.
    pub fn container_started(&mut self, now: Time, container: &str) -> Result<(), Error> {
        let at = self.tick(now);
        let slot = self.slot(container)?;
        if slot.life != Life::Starting {
            return Err(Error::state(format!("no start of container `{container}` is awaited")));
        }
        slot.begin_instance();
        slot.life = Life::Running(at);
        self.publish();
        self.advance();
        Ok(())
    }

    /// Reports that a container ended, or that its entry point could not be executed.
    ///
    /// # Errors
    ///
    /// `NotFound` for an unknown name, `State` if it neither runs nor starts.
    pub fn container_exited(
        &mut self,
        now: Time,
        container: &str,
        exit: ContainerExit,
    ) -> Result<(), Error> {
        let at = self.tick(now);
        let (spec, sem) = (Arc::clone(&self.spec), self.sem.clone());
        let slot = self.slot(container)?;
        let started = match slot.life {
            Life::Running(since) => Some(since.truncated()),
            Life::Starting => {
                slot.begin_instance();
                None
            }
            _ => return Err(Error::state(format!("container `{container}` does not run"))),
        };
        slot.end_instance(exit, started, at);
        let code = slot.last.as_ref().map_or(0, |last| last.exit_code);
        let decision = restart_decision(&spec, slot.container(&spec), slot.role, code, &sem);
        if self.stopping.is_none() && decision == RestartDecision::RestartAllContainers {
            self.restarting_all = Some(true);
        }
        // The end is published before the restart it causes (PODPHASE-82).
        if self.stopping.is_none() && decision != RestartDecision::No {
            self.publish();
        }
        self.advance();
        Ok(())
    }

    /// Reports that the container could not be created: it waits with `reason` and is retried
    /// indefinitely (PODPHASE-33).
    ///
    /// # Errors
    ///
    /// `NotFound` for an unknown name, `State` if no start is pending.
    pub fn container_start_failed(
        &mut self,
        now: Time,
        container: &str,
        reason: impl Into<Text>,
        message: impl Into<Text>,
    ) -> Result<(), Error> {
        let at = self.tick(now);
        let slot = self.slot(container)?;
        if slot.life != Life::Starting {
            return Err(Error::state(format!("no start of container `{container}` is awaited")));
        }
        slot.life = if slot.finished_at.is_some() { Life::Exited } else { Life::Absent };
        slot.waiting =
            Some(ContainerStateWaiting { reason: reason.into(), message: message.into() });
        slot.retry = Some((at.plus_nanos(START_RETRY), 0));
        self.advance();
        Ok(())
    }

    /// Reports the deletion of the pod with this grace period (PODDEL-10). A repeated call can only
    /// shorten it.
    pub fn stop(&mut self, now: Time, grace_seconds: i64) {
        self.tick(now);
        self.deleted = true;
        let grace = self.deletion_grace.map_or(grace_seconds, |old| old.min(grace_seconds));
        self.deletion_grace = Some(grace);
        self.advance();
    }

    /// Evicts the pod; its phase becomes Failed.
    pub fn evict(&mut self, now: Time, eviction: Eviction) {
        self.tick(now);
        if self.finished || self.decree.is_some() {
            return;
        }
        let Eviction { reason, message, disruption, grace_seconds: grace } = eviction;
        // A node shutdown does not override a success; other evictions do (DISRUPT-15).
        let spares_success = reason == "Terminated";
        self.decree = Some(Decree { reason, message, disruption, grace, spares_success });
        self.advance();
    }

    /// Reports that time passed.
    pub fn handle_timeout(&mut self, now: Time) {
        self.tick(now);
        self.advance();
    }

    /// Returns the next action.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Returns when to call [`PodWorker::handle_timeout`], and why.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        let (at, reason, container) = self.waits().min_by_key(|(at, ..)| *at)?;
        let container = container.map(|slot| slot.container(&self.spec).name.clone());
        Some(Wakeup::new(at, reason, self.key.clone()).with_container(container))
    }

    fn waits(&self) -> impl Iterator<Item = (Time, WakeReason, Option<&Slot>)> {
        let deadline = self.deadline().filter(|_| self.decree.is_none());
        let deadline = deadline.map(|at| (at, WakeReason::PodDeadline, None));
        let sidecars = self.stopping.and_then(|stopping| {
            let waits = |s: &Slot| s.role == ContainerRole::Sidecar && s.kill_at.is_none();
            let any = self.slots.iter().any(|s| s.is_running() && waits(s));
            any.then(|| stopping.since.plus_seconds(stopping.grace))
        });
        let sidecars = sidecars.map(|at| (at, WakeReason::SidecarTurn, None));
        let retries = self.slots.iter().filter_map(|slot| {
            let (at, delay_seconds) = slot.retry.filter(|_| self.stopping.is_none())?;
            let reason = match delay_seconds {
                0 => WakeReason::StartRetry,
                _ => WakeReason::CrashLoopBackOff { delay_seconds },
            };
            Some((at, reason, Some(slot)))
        });
        deadline.into_iter().chain(sidecars).chain(retries).filter(|_| !self.finished)
    }

    pub(super) fn tick(&mut self, now: Time) -> Time {
        self.now = self.now.max(now);
        self.now
    }

    fn slot(&mut self, name: &str) -> Result<&mut Slot, Error> {
        let spec = &self.spec;
        self.slots.iter_mut().find(|slot| slot.container(spec).name == name).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the pod has no container `{name}`"))
        })
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let seconds = self.spec.active_deadline_seconds?;
        Some(self.published.start_time?.plus_seconds(seconds))
    }
}
