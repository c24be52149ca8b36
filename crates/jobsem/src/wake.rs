//! [`Wakeup`]: when a host has to come back, and why.
//!
//! One shape for everything that waits: a controller for a Job, a pod for its container, a host
//! for a container that has been asked to end.
//!
//! Rules: QUEUE-20, QUEUE-21, PODPHASE-33, PODPHASE-40, PODPHASE-51, PODPHASE-60, PODPHASE-62.

use std::fmt;

use crate::Time;
use crate::api::Text;

/// When to come back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wakeup {
    /// The time to pass in then.
    pub at: Time,
    /// Why.
    pub reason: WakeReason,
    /// The object that waits, `namespace/name`: a pod if [`WakeReason::is_of_pod`], else a Job or
    /// a CronJob.
    pub key: Text,
    /// The container of the pod that waits, if it is one container.
    pub container: Option<Text>,
}

impl Wakeup {
    pub(crate) fn new(at: Time, reason: WakeReason, key: impl Into<Text>) -> Wakeup {
        Wakeup { at, reason, key: key.into(), container: None }
    }

    pub(crate) fn with_container(self, container: Option<Text>) -> Wakeup {
        Wakeup { container, ..self }
    }

    /// The object's name without its namespace.
    pub fn name(&self) -> &str {
        self.key.rsplit_once('/').map_or(&self.key, |(_, name)| name)
    }
}

/// The reason of a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WakeReason {
    /// Something changed; the changes of one second are batched (QUEUE-21).
    Batch,
    /// The back-off after failed pods ends (MANAGE-07, INDEX-31).
    Backoff,
    /// `activeDeadlineSeconds` expire (DEADLINE-03).
    Deadline,
    /// The last sync failed and is retried (QUEUE-20).
    Retry,
    /// `ttlSecondsAfterFinished` expire (TTL-07).
    Ttl,
    /// A CronJob's next start is due.
    Schedule,
    /// A restarted controller starts working (QUEUE-60).
    Start,
    /// A container of the pod is in CrashLoopBackOff (PODPHASE-40).
    CrashLoopBackOff {
        /// The current back-off, in whole seconds.
        delay_seconds: i64,
    },
    /// The failed start of a container of the pod is retried (PODPHASE-33).
    StartRetry,
    /// The pod's own `activeDeadlineSeconds` expire (PODPHASE-51).
    PodDeadline,
    /// The pod's sidecars stop, after the containers they waited for (PODPHASE-62).
    SidecarTurn,
    /// The grace period of a container expires, and the host kills it (PODPHASE-60).
    Kill,
}

impl WakeReason {
    /// The reason's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            WakeReason::Batch => "batch",
            WakeReason::Backoff => "backoff",
            WakeReason::Deadline => "deadline",
            WakeReason::Retry => "retry",
            WakeReason::Ttl => "ttl",
            WakeReason::Schedule => "schedule",
            WakeReason::Start => "start",
            WakeReason::CrashLoopBackOff { .. } => "crash-loop-backoff",
            WakeReason::StartRetry => "start-retry",
            WakeReason::PodDeadline => "pod-deadline",
            WakeReason::SidecarTurn => "sidecar-turn",
            WakeReason::Kill => "kill",
        }
    }

    /// Reports whether a pod waits, and no controller.
    pub const fn is_of_pod(self) -> bool {
        matches!(
            self,
            WakeReason::CrashLoopBackOff { .. }
                | WakeReason::StartRetry
                | WakeReason::PodDeadline
                | WakeReason::SidecarTurn
                | WakeReason::Kill
        )
    }
}

impl fmt::Display for WakeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
