//! What goes into a turn of a [`Host`](super::Host) and what comes out of it.

use std::fmt;
use std::sync::Arc;

use crate::api::{Pod, Text};
use crate::event::Event;
use crate::kubelet::{ContainerExit, Eviction};
use crate::wake::Wakeup;

/// Names one run of one container. A container that starts again has a new ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

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

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a host reports of a container.
///
/// ```
/// use jobsem::cluster::{ContainerReport, Ticket};
/// use jobsem::kubelet::ContainerExit;
///
/// let failed = ContainerReport::ended(Ticket::of(0), ContainerExit::code(42));
/// assert_eq!(failed.ticket().number(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerReport {
    /// The container runs.
    Started {
        /// Which one.
        ticket: Ticket,
    },
    /// The container could not be made: its pod waits and starts it again under a new ticket, for
    /// ever (PODPHASE-33).
    StartFailed {
        /// Which one.
        ticket: Ticket,
        /// Why, in one word, such as `CreateContainerConfigError`.
        reason: String,
        /// Why, for people.
        message: String,
    },
    /// The container ended, or its entry point could not be executed.
    Ended {
        /// Which one.
        ticket: Ticket,
        /// How it ended.
        exit: ContainerExit,
        /// Why its node ends the whole pod, if that is why it ended: the pod's other containers
        /// are asked to end (DISRUPT-14 to DISRUPT-16).
        eviction: Option<Eviction>,
    },
}

impl ContainerReport {
    /// The container runs.
    pub const fn started(ticket: Ticket) -> ContainerReport {
        ContainerReport::Started { ticket }
    }

    /// The container could not be made.
    pub fn start_failed(
        ticket: Ticket,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> ContainerReport {
        ContainerReport::StartFailed { ticket, reason: reason.into(), message: message.into() }
    }

    /// The container ended by itself.
    pub const fn ended(ticket: Ticket, exit: ContainerExit) -> ContainerReport {
        ContainerReport::Ended { ticket, exit, eviction: None }
    }

    /// The container ended because something outside the Job took its place away: its pod gets
    /// the condition DisruptionTarget (DISRUPT-14).
    pub fn disrupted(
        ticket: Ticket,
        exit: ContainerExit,
        message: impl Into<String>,
    ) -> ContainerReport {
        let eviction = Some(Eviction::disruption(message));
        ContainerReport::Ended { ticket, exit, eviction }
    }

    /// Which run of which container it is about.
    pub const fn ticket(&self) -> Ticket {
        match self {
            ContainerReport::Started { ticket }
            | ContainerReport::StartFailed { ticket, .. }
            | ContainerReport::Ended { ticket, .. } => *ticket,
        }
    }
}

/// What a host has to do now, in this order: start, stop, kill.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Turn {
    /// Containers to start.
    pub starts: Vec<ContainerStart>,
    /// Containers to ask to end (SIGTERM).
    pub stops: Vec<ContainerStop>,
    /// Containers to kill (SIGKILL): their grace period is over. Each comes once.
    pub kills: Vec<Ticket>,
    /// When to come back if nothing happens before; `None` if only a report or a change in the
    /// cluster can bring something new. It holds until the next report.
    pub wakeup: Option<Wakeup>,
    /// Whether nothing is left to do: no pod runs, every Job is finished or deleted, and every
    /// CronJob is deleted.
    pub over: bool,
    /// Pods that ended and are stored no more, as they were last.
    pub gone: Vec<Arc<Pod>>,
    /// Events that the node recorded on its pods. Those of controllers come from
    /// [`Cluster::poll_event`](crate::Cluster::poll_event).
    pub events: Vec<Event>,
}

impl Turn {
    /// Whether there is nothing to start, stop or kill.
    pub fn is_idle(&self) -> bool {
        self.starts.is_empty() && self.stops.is_empty() && self.kills.is_empty()
    }
}

/// A container to start. Report that it started, could not be made, or ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContainerStart {
    /// Names this run of it.
    pub ticket: Ticket,
    /// Its pod, bound to the host's node.
    pub pod: Arc<Pod>,
    /// Its name.
    pub container: Text,
    /// How many times it was started before in this pod.
    pub restart_count: i32,
}

/// A container to ask to end. It may come again with a shorter grace period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerStop {
    /// Which one.
    pub ticket: Ticket,
    /// Whole seconds until [`Turn::kills`] has it.
    pub grace_seconds: i64,
}
