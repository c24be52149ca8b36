//! Back-off after failed pods: finish times, the record of consecutive failures, the delay.
//!
//! Rules: BACKOFF-01 to BACKOFF-12, DATA-03 (upstream: `pkg/controller/job/backoff_utils.go`
//! @v1.37.2). Deliberately absent: the back-off between restarts of a container (`kubelet`).

use super::constants::POD_BACKOFF;
use crate::Semantics;
use crate::api::{ConditionStatus, ContainerStatus, Pod};
use crate::time::Time;

/// The failures of a Job since its last success (MEM-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackoffRecord {
    /// How many pods failed since the last success.
    pub failures: i32,
    /// When the last of these pods ended.
    pub last_failure: Option<Time>,
}

impl BackoffRecord {
    /// The record after newly ended pods, by their finish times (BACKOFF-01).
    #[must_use]
    pub fn next(self, succeeded: &[Time], failed: &[Time]) -> BackoffRecord {
        let Some(last_success) = succeeded.iter().max() else {
            return match failed.iter().max() {
                None => self,
                Some(last) => BackoffRecord {
                    // Upstream counts in 32 bits and wraps.
                    failures: self.failures.wrapping_add(failed.len() as i32),
                    last_failure: Some(*last),
                },
            };
        };
        // Only failures after the last success count, and none of the same second (CC-27).
        let later = failed.iter().filter(|at| *at > last_success);
        BackoffRecord { failures: later.clone().count() as i32, last_failure: later.max().copied() }
    }

    /// Nanoseconds until the next pod may be created (BACKOFF-10).
    pub fn remaining(self, now: Time) -> i64 {
        match self.last_failure {
            Some(last) => remaining(self.failures, last, now),
            None => 0,
        }
    }
}

/// The remaining back-off in nanoseconds after `failures` failures, the last one at `last`
/// (BACKOFF-11).
///
/// ```
/// use jobsem::{Time, job::backoff_delay};
///
/// let failed = Time::from_unix(100);
/// let delay = |failures| backoff_delay(failures, failed, failed) / jobsem::SECOND;
/// assert_eq!((1..=8).map(delay).collect::<Vec<_>>(), [10, 20, 40, 80, 160, 320, 600, 600]);
/// assert_eq!(backoff_delay(1, failed, Time::from_unix(104)) / jobsem::SECOND, 6);
/// ```
pub fn remaining(failures: i32, last: Time, now: Time) -> i64 {
    if failures == 0 {
        return 0;
    }
    let (base, cap) = POD_BACKOFF;
    let mut delay = base;
    for _ in 1..failures {
        delay *= 2;
        if delay >= cap {
            delay = cap;
            break;
        }
    }
    let elapsed = now.since(last);
    if delay < elapsed { 0 } else { delay.saturating_sub(elapsed) }
}

/// When a pod ended, from the best source its status has (BACKOFF-02).
pub(crate) fn finish_time(pod: &Pod, sem: &Semantics) -> Time {
    if let Some(at) = containers_finished(pod, sem) {
        return at;
    }
    if let Some(ready) = pod.status.condition("Ready")
        && ready.status == ConditionStatus::False
        && let Some(at) = ready.last_transition_time
    {
        return at;
    }
    if let Some(end) = pod.metadata.deletion_timestamp {
        let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        return end.plus_seconds(grace.saturating_neg());
    }
    pod.metadata.creation_timestamp.unwrap_or(ZERO_TIME)
}

/// Go's zero time, for objects without a time.
pub(crate) const ZERO_TIME: Time = Time::from_unix(-62_135_596_800);

/// When the last container ended, if all relevant ones have (BACKOFF-03).
fn containers_finished(pod: &Pod, sem: &Semantics) -> Option<Time> {
    let regular = all_finished(pod.status.container_statuses.iter());
    if !sem.sidecars_in_finish_time() {
        return regular;
    }
    let is_sidecar =
        |name: &str| pod.spec.init_containers.iter().any(|c| c.name == name && c.is_sidecar());
    let mut sidecars = pod
        .status
        .init_container_statuses
        .iter()
        .filter(|status| is_sidecar(&status.name))
        .peekable();
    if sidecars.peek().is_none() {
        return regular;
    }
    // QUIRK: ended sidecars supply a time even where regular containers have none (CC-32).
    all_finished(sidecars).map(|at| regular.map_or(at, |r| r.max(at)))
}

fn all_finished<'a>(statuses: impl Iterator<Item = &'a ContainerStatus>) -> Option<Time> {
    let mut latest = None;
    for status in statuses {
        let at = status.state.terminated.as_ref()?.finished_at?;
        latest = latest.max(Some(at));
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SECOND;

    fn t(seconds: i64) -> Time {
        Time::from_unix(seconds)
    }

    #[test]
    fn a_success_resets_and_only_later_failures_count() {
        let old = BackoffRecord { failures: 3, last_failure: Some(t(5)) };
        for (succeeded, failed, n, last) in [
            (vec![], vec![], 3, Some(t(5))),
            (vec![], vec![t(7), t(6)], 5, Some(t(7))),
            (vec![t(8)], vec![], 0, None),
            (vec![t(8)], vec![t(7), t(8)], 0, None),
            (vec![t(8)], vec![t(7), t(9), t(11)], 2, Some(t(11))),
        ] {
            let next = old.next(&succeeded, &failed);
            assert_eq!(next, BackoffRecord { failures: n, last_failure: last });
        }
    }

    #[test]
    fn a_failure_in_the_future_waits_longer_than_the_delay() {
        assert_eq!(remaining(1, t(20), t(10)), 20 * SECOND);
        assert_eq!(remaining(1, t(0), t(10)), 0);
        assert_eq!(remaining(1, t(0), t(11)), 0);
        assert_eq!(remaining(i32::MAX, t(0), t(0)), 600 * SECOND);
    }
}
