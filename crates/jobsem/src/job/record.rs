//! [`PodRecord`]: the values of one pod that a sync needs, read from the object once.
//!
//! Rules: PRED-02 to PRED-05, PRED-10, PRED-12, PRED-15, TERM-03, INDEX-13, INDEX-14.

use std::sync::Arc;

use super::backoff::{ZERO_TIME, finish_time};
use super::failure_policy::{self, Verdict};
use super::intervals::atoi;
use super::rules::Rules;
use crate::api::well_known::{
    COMPLETION_INDEX, INDEX_FAILURE_COUNT, INDEX_IGNORED_FAILURE_COUNT, TRACKING_FINALIZER,
};
use crate::api::{ConditionStatus, Pod, PodPhase};
use crate::{Semantics, Time};

/// DATA-18: no index, or an unreadable one.
pub(crate) const NO_INDEX: i32 = -1;

#[derive(Clone, Debug)]
pub(crate) struct PodRecord {
    /// The object, for its name, requests and rank.
    pub(crate) pod: Arc<Pod>,
    pub(crate) phase: Phase,
    /// PRED-02.
    pub(crate) has_finalizer: bool,
    pub(crate) deleting: bool,
    /// PRED-12.
    pub(crate) index: i32,
    /// PRED-05.
    pub(crate) ready: bool,
    /// All restarts of all containers, for BACKOFF-20.
    pub(crate) restarts: i64,
    /// BACKOFF-02; read only if the pod has ended or is being deleted.
    pub(crate) finished: Time,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Pending,
    Unknown,
    Running,
    Succeeded,
    Failed,
    Other,
}

impl PodRecord {
    pub(crate) fn new(pod: Arc<Pod>, rules: &Rules, sem: &Semantics) -> PodRecord {
        let meta = &pod.metadata;
        let phase = match pod.status.phase {
            PodPhase::Pending => Phase::Pending,
            PodPhase::Unknown => Phase::Unknown,
            PodPhase::Running => Phase::Running,
            PodPhase::Succeeded => Phase::Succeeded,
            PodPhase::Failed => Phase::Failed,
            PodPhase::Absent | PodPhase::Other(_) => Phase::Other,
        };
        let deleting = meta.deletion_timestamp.is_some();
        let over = deleting || pod.is_terminal();
        let ready = pod.status.condition("Ready").filter(|c| c.status == ConditionStatus::True);
        let policy =
            rules.failure_policy.then_some(rules.spec.pod_failure_policy.as_ref()).flatten();
        PodRecord {
            phase,
            has_finalizer: meta.has_finalizer(TRACKING_FINALIZER),
            deleting,
            index: completion_index(meta.annotation(COMPLETION_INDEX)),
            ready: ready.is_some(),
            restarts: all_restarts(&pod),
            finished: if over { finish_time(&pod, sem) } else { ZERO_TIME },
            verdict: failure_policy::evaluate(policy, &pod, sem),
            pod,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.pod.metadata.name
    }

    pub(crate) fn uid(&self) -> &str {
        &self.pod.metadata.uid
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// PRED-03.
    pub(crate) fn is_active(&self) -> bool {
        !self.is_terminal() && !self.deleting
    }

    /// PRED-04.
    pub(crate) fn is_terminating(&self) -> bool {
        !self.is_terminal() && self.deleting
    }

    /// PRED-10.
    pub(crate) fn is_failed(&self, rules: &Rules) -> bool {
        match self.phase {
            Phase::Failed => true,
            Phase::Succeeded => false,
            _ => !rules.only_replace_failed && self.deleting,
        }
    }

    /// INDEX-13: the failure of this pod fails its index.
    pub(crate) fn fails_index(&self, rules: &Rules) -> bool {
        let Some(limit) = rules.backoff_limit_per_index else { return false };
        self.is_failed(rules)
            && (self.verdict == Verdict::FailIndex
                || self.verdict.counts() && self.failure_count() >= limit)
    }

    /// INDEX-14: counted failures of the index before this pod.
    pub(crate) fn failure_count(&self) -> i32 {
        failure_count(self.pod.metadata.annotation(INDEX_FAILURE_COUNT))
    }

    pub(crate) fn ignored_failure_count(&self) -> i32 {
        failure_count(self.pod.metadata.annotation(INDEX_IGNORED_FAILURE_COUNT))
    }

    /// All failures of the index before this pod, including ignored ones (BACKOFF-12).
    pub(crate) fn absolute_failure_count(&self) -> i32 {
        self.failure_count().wrapping_add(self.ignored_failure_count())
    }
}

/// The completion index in the pod's annotation, if it is valid (PRED-12).
pub fn completion_index_of(pod: &Pod) -> Option<i32> {
    Some(completion_index(pod.metadata.annotation(COMPLETION_INDEX))).filter(|i| *i != NO_INDEX)
}

/// PRED-12: a decimal integer, else -1.
fn completion_index(annotation: Option<&str>) -> i32 {
    let index = annotation.and_then(atoi).filter(|index| *index >= 0);
    index.and_then(|index| i32::try_from(index).ok()).unwrap_or(NO_INDEX)
}

/// INDEX-14.
fn failure_count(annotation: Option<&str>) -> i32 {
    let count = annotation.and_then(atoi).and_then(|count| i32::try_from(count).ok());
    count.filter(|count| *count >= 0).unwrap_or(0)
}

/// BACKOFF-20: restarts count while the pod is Running or Pending.
fn all_restarts(pod: &Pod) -> i64 {
    if !matches!(pod.status.phase, PodPhase::Running | PodPhase::Pending) {
        return 0;
    }
    let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    statuses.map(|status| i64::from(status.restart_count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_read_as_signed_decimal_numbers() {
        for (text, index) in [
            (Some("3"), 3),
            (Some("+3"), 3),
            (Some("003"), 3),
            (Some(" 3"), -1),
            (Some("3.0"), -1),
            (Some("-1"), -1),
            (Some(""), -1),
            (Some("99999999999"), -1),
            (None, -1),
        ] {
            assert_eq!(completion_index(text), index, "{text:?}");
        }
    }

    #[test]
    fn failure_counts_outside_32_bits_are_zero() {
        for (text, count) in [(Some("7"), 7), (Some("-1"), 0), (Some("2147483648"), 0), (None, 0)] {
            assert_eq!(failure_count(text), count, "{text:?}");
        }
    }
}
