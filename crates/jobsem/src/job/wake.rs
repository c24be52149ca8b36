//! Why and when a Job is synced again.
//!
//! Rules: QUEUE-20, QUEUE-21.

use std::fmt;

use crate::Time;
use crate::api::Job;
use crate::time::SECOND;

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
        }
    }
}

impl fmt::Display for WakeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When the Job's `activeDeadlineSeconds` expire (DEADLINE-03). `None` if it has no deadline, has
/// not started, or is suspended.
pub fn deadline(job: &Job) -> Option<Time> {
    let (seconds, start) = (job.spec.active_deadline_seconds?, job.status.start_time?);
    (!job.is_suspended()).then(|| start.plus_nanos(seconds.wrapping_mul(SECOND)))
}

/// A wake-up that a sync requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delay {
    pub(crate) nanos: i64,
    pub(crate) reason: WakeReason,
}

impl Delay {
    /// QUEUE-21: at least a second from now.
    pub(crate) fn backoff(wait: i64) -> Delay {
        Delay { nanos: wait.max(SECOND), reason: WakeReason::Backoff }
    }
}
