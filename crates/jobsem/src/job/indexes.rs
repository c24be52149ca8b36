//! Completion indexes: which are completed, which have failed, which start next.
//!
//! Rules: INDEX-10 to INDEX-40 (upstream: `pkg/controller/job/indexed_job_utils.go` @v1.37.2).

use std::collections::BTreeMap;

use super::backoff;
use super::failure_policy::Verdict;
use super::grown::{Grown, Stored};
use super::memory::UidSet;
use super::rank;
use super::record::{Phase, PodRecord};
use super::tally::Tally;
use crate::api::JobStatus;
use crate::{Semantics, Time};

/// The indexes of a Job at the start of a sync.
#[derive(Clone, Debug, Default)]
pub(crate) struct Indexes {
    /// The succeeded indexes in the status.
    pub(crate) before: Stored,
    /// The succeeded indexes, including newly succeeded pods.
    pub(crate) succeeded: Grown,
    /// The failed indexes; only with `backoffLimitPerIndex`.
    pub(crate) failed: Option<Grown>,
    /// The failed pod of each index whose replacement is pending (INDEX-20).
    pub(crate) delayed: BTreeMap<i32, PodRecord>,
}

impl Indexes {
    pub(crate) fn new(tally: &Tally, status: &JobStatus, removing: &UidSet) -> Indexes {
        let rules = tally.rules();
        let completions = rules.completions.unwrap_or(0);
        let before = tally.read_completed(&status.completed_indexes, completions);
        let newly = tally
            .ended()
            .filter(|pod| pod.phase == Phase::Succeeded && rules.valid_index(pod.index))
            .map(|pod| pod.index);
        let succeeded = Grown::new(before.clone(), newly);
        let mut indexes = Indexes { before, succeeded, ..Indexes::default() };
        if rules.per_index() {
            indexes.failed = Some(failed_indexes(tally, status, completions));
            indexes.delayed = indexes.delayed(tally, removing);
        }
        indexes
    }

    /// INDEX-20: the failed pods that keep their finalizer so that replacements can inherit their
    /// counters.
    fn delayed(&self, tally: &Tally, removing: &UidSet) -> BTreeMap<i32, PodRecord> {
        let rules = tally.rules();
        let mut delayed: BTreeMap<i32, PodRecord> = BTreeMap::new();
        for pod in tally.ended() {
            let settled = self.succeeded.has(pod.index)
                || self.failed.as_ref().is_some_and(|failed| failed.has(pod.index))
                || tally.has_active_index(pod.index);
            if !rules.valid_index(pod.index)
                || !pod.is_failed(rules)
                || removing.contains(pod.uid())
                || settled
            {
                continue;
            }
            let replaces = delayed.get(&pod.index).is_none_or(|kept| {
                kept.absolute_failure_count() <= pod.absolute_failure_count()
                    && pod.finished >= kept.finished
            });
            if replaces {
                delayed.insert(pod.index, pod.clone());
            }
        }
        delayed
    }

    /// INDEX-30: the `count` smallest indexes that are neither active, succeeded nor failed.
    pub(crate) fn pending(&self, tally: &Tally, count: usize) -> Vec<i32> {
        let rules = tally.rules();
        let completions = rules.completions.unwrap_or(0);
        let mut pending = Vec::with_capacity(count.min(512));
        let mut index = 0;
        while pending.len() < count && index < completions {
            // Skips whole runs, so the work grows with the gaps, not with the indexes.
            if let Some(end) = self.settled_until(index).max(tally.active_until(index)) {
                index = end.saturating_add(1);
                continue;
            }
            if !rules.only_replace_failed || !tally.has_terminating_index(index) {
                pending.push(index);
            }
            index += 1;
        }
        pending
    }

    /// The end of the succeeded or failed interval that contains `index`.
    fn settled_until(&self, index: i32) -> Option<i32> {
        let failed = self.failed.as_ref().and_then(|failed| failed.end_of(index));
        self.succeeded.end_of(index).max(failed)
    }

    /// Nanoseconds until the index may restart (BACKOFF-12).
    pub(crate) fn remaining(&self, index: i32, now: Time) -> i64 {
        self.delayed.get(&index).map_or(0, |pod| {
            let failures = pod.absolute_failure_count().wrapping_add(1);
            backoff::remaining(failures, pod.finished, now)
        })
    }

    /// INDEX-31: the `candidates` that need not wait, or the shortest wait if all must.
    pub(crate) fn ready_now(&self, candidates: Vec<i32>, now: Time) -> Result<Vec<i32>, i64> {
        let waits: Vec<i64> = candidates.iter().map(|i| self.remaining(*i, now)).collect();
        if waits.iter().all(|wait| *wait != 0)
            && let Some(shortest) = waits.iter().min()
        {
            return Err(*shortest);
        }
        Ok(candidates.into_iter().zip(waits).filter(|(_, wait)| *wait == 0).map(|x| x.0).collect())
    }

    /// INDEX-21: the counters that a new pod of the index inherits: failures, ignored failures.
    pub(crate) fn inherited_counts(&self, index: i32) -> (i32, i32) {
        match self.delayed.get(&index) {
            None => (0, 0),
            Some(pod) if pod.verdict == Verdict::Ignore => {
                (pod.failure_count(), pod.ignored_failure_count().wrapping_add(1))
            }
            Some(pod) => (pod.failure_count().wrapping_add(1), pod.ignored_failure_count()),
        }
    }

    /// Whether the pod keeps its finalizer for its replacement (TRACK-14).
    pub(crate) fn is_delayed(&self, pod: &PodRecord) -> bool {
        self.delayed.get(&pod.index).is_some_and(|kept| kept.uid() == pod.uid())
    }
}

/// INDEX-12.
fn failed_indexes(tally: &Tally, status: &JobStatus, completions: i32) -> Grown {
    let rules = tally.rules();
    let stored = status.failed_indexes.clone().unwrap_or_default();
    let newly = tally.ended().filter(|pod| rules.valid_index(pod.index) && pod.fails_index(rules));
    Grown::new(tally.read_failed(&stored, completions), newly.map(|pod| pod.index))
}

/// INDEX-40: the misplaced active pods in removal order, and the other active pods.
pub(crate) fn misplaced<'a>(
    tally: &'a Tally,
    sem: &Semantics,
) -> (Vec<&'a PodRecord>, Vec<&'a PodRecord>) {
    let rules = tally.rules();
    let completions = rules.completions.unwrap_or(0);
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    let mut last_block = Vec::new();
    let mut beyond = Vec::new();
    let mut pods = tally.active_records().into_iter().peekable();
    while let Some(first) = pods.next() {
        let index = first.index;
        let mut group = vec![first];
        while let Some(pod) = pods.next_if(|pod| pod.index == index) {
            group.push(pod);
        }
        if index >= completions {
            beyond.append(&mut group);
            continue;
        }
        if index >= 0 {
            rank::sort(&mut group, sem);
            kept.extend(group.pop());
        }
        removed.append(&mut last_block);
        last_block = group;
    }
    // QUIRK: out-of-range pods go before the losers of the last index in range (INDEX-40).
    removed.append(&mut beyond);
    removed.append(&mut last_block);
    (removed, kept)
}
