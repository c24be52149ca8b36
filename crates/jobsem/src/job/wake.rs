//! Why and when a Job is looked at again.
//!
//! Rules: QUEUE-20, QUEUE-21.

use std::fmt;

use crate::Time;
use crate::api::Job;
use crate::time::SECOND;

/// Why a wake-up was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WakeReason {
    /// Something changed; changes of one second are looked at together (QUEUE-21).
    Batch,
    /// Pods failed, and the next one has to wait (MANAGE-07, INDEX-31).
    Backoff,
    /// `activeDeadlineSeconds` will have passed (DEADLINE-03).
    Deadline,
    /// The last sync failed and is tried again (QUEUE-20).
    Retry,
    /// `ttlSecondsAfterFinished` will have passed (TTL-07).
    Ttl,
    /// A CronJob's next start is due.
    Schedule,
    /// A controller that was restarted begins to work (QUEUE-60).
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

/// When the Job's `activeDeadlineSeconds` will have passed (DEADLINE-03); `None` where it has no
/// deadline, has not started, or is suspended.
pub fn deadline(job: &Job) -> Option<Time> {
    let (seconds, start) = (job.spec.active_deadline_seconds?, job.status.start_time?);
    (!job.is_suspended()).then(|| start.plus_nanos(seconds.wrapping_mul(SECOND)))
}

/// A wake-up that a sync asks for.
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
