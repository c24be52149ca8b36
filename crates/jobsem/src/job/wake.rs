//! When a Job is synced again.
//!
//! Rules: QUEUE-20, QUEUE-21.

use crate::api::Job;
use crate::time::{SECOND, Time};
use crate::wake::WakeReason;

/// When the Job's `activeDeadlineSeconds` expire (DEADLINE-03). `None` if it has no deadline, has
/// not started, or is suspended.
pub fn deadline(job: &Job) -> Option<Time> {
    let (seconds, start) = (job.spec.active_deadline_seconds?, job.status.start_time?);
    (!job.is_suspended()).then(|| start.plus_nanos(deadline_nanos(seconds)))
}

/// Nanoseconds from `now` until `seconds` after `start`, an active deadline (DEADLINE-01).
pub(crate) fn until_deadline(seconds: i64, start: Time, now: Time) -> i64 {
    deadline_nanos(seconds).wrapping_sub(now.since(start))
}

/// GO: the multiplication has 64 bits and wraps (TIME-2).
fn deadline_nanos(seconds: i64) -> i64 {
    seconds.wrapping_mul(SECOND)
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
