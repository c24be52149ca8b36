//! [`Tally`]: the pods of one Job, counted as they change.
//!
//! Every event changes one record and updates every count and set that a sync reads, so the work
//! for one changed pod does not grow with the Job's pods. The sets hold only unfinished business:
//! ended pods that still carry the finalizer, and active indexes.
//!
//! Rules: SYNC-12 (counts), INDEX-20 and INDEX-40 (lookups).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::failure_policy::Verdict;
use super::grown::Stored;
use super::record::{Phase, PodRecord};
use super::records::Records;
use super::rules::Rules;
use super::runs::Runs;
use crate::api::Text;
use crate::slab::{Place, Slot};

/// The pods that a Job may count, in arrival order (ND-01: the order is an input; the real
/// controller's is that of a hash map, in which the pod seen first most likely comes first).
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    rules: Arc<Rules>,
    records: Records,
    active: usize,
    ready: usize,
    terminating: usize,
    restarts: i64,
    /// Pods with the finalizer that succeeded or count as failed.
    ended: BTreeSet<Slot>,
    /// Failed pods, counted or not, that fail the Job by policy (PFP-05).
    failing_job: BTreeSet<Slot>,
    /// Only for an Indexed Job.
    by_index: Option<Box<ByIndex>>,
}

/// The counts by index, and the indexes of the status.
#[derive(Clone, Debug, Default)]
struct ByIndex {
    /// The indexes, from 0 on, with an active pod.
    active: Runs,
    /// The number of active pods of an index beyond its first; only indexes that have any.
    sharing: BTreeMap<i32, usize>,
    /// Active pods without a readable index.
    without: usize,
    terminating: BTreeMap<i32, usize>,
    /// `status.completedIndexes` and `failedIndexes` as last parsed.
    completed: Stored,
    failed: Stored,
}

impl Tally {
    pub(crate) fn new(rules: Arc<Rules>) -> Tally {
        let by_index = rules.indexed.then(Box::default);
        Tally {
            rules,
            records: Records::default(),
            active: 0,
            ready: 0,
            terminating: 0,
            restarts: 0,
            ended: BTreeSet::new(),
            failing_job: BTreeSet::new(),
            by_index,
        }
    }

    /// Inserts a pod, or replaces its record.
    pub(crate) fn insert(&mut self, record: PodRecord) {
        self.insert_at(None, record);
    }

    /// As `insert`, for a caller that knows the likely place of the record. Returns its place.
    pub(crate) fn insert_at(&mut self, known: Option<Place>, record: PodRecord) -> Place {
        let effect = Effect::new(&record, &self.rules);
        let (slot, old) = self.records.insert(known, record);
        let before = old.map(|old| Effect::new(&old, &self.rules));
        if before != Some(effect) {
            if let Some(before) = before {
                self.count(slot, before, false);
            }
            self.count(slot, effect, true);
        }
        slot.place
    }

    /// Reserves room for this many more pods.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.records.reserve(more);
    }

    /// Removes a pod.
    pub(crate) fn remove(&mut self, uid: &str) -> Option<PodRecord> {
        let (slot, record) = self.records.remove(uid)?;
        self.count(slot, Effect::new(&record, &self.rules), false);
        Some(record)
    }

    /// Everything that a sync may see, independent of the slots of records.
    #[cfg(test)]
    pub(crate) fn view(&self) -> String {
        let uids = |slots: &BTreeSet<Slot>| -> Vec<String> {
            let record = |slot: &Slot| self.records.at(slot.place).map(|r| r.uid().to_owned());
            slots.iter().filter_map(record).collect()
        };
        let by_index = self.by_index.as_ref();
        let by_index = by_index.map(|of| (&of.active, &of.sharing, of.without, &of.terminating));
        let counts = (self.active, self.ready, self.terminating, self.restarts);
        let sets = (uids(&self.ended), uids(&self.failing_job), by_index);
        let records: Vec<_> = self.records();
        format!("{:?}", (&self.rules, records, counts, sets))
    }

    /// The rules by which the pods are classified.
    pub(crate) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Replaces the rules by ones that classify alike (INVARIANT: the caller checked that they do).
    pub(crate) fn set_rules(&mut self, rules: Arc<Rules>) {
        self.rules = rules;
    }

    pub(crate) fn get(&self, uid: &str) -> Option<&PodRecord> {
        self.records.by_uid(uid)
    }

    pub(crate) fn at(&self, place: Place) -> Option<&PodRecord> {
        self.records.at(place)
    }

    pub(crate) fn records(&self) -> Vec<&PodRecord> {
        self.records.in_order(|_| true)
    }

    pub(crate) fn active(&self) -> usize {
        self.active
    }

    pub(crate) fn ready(&self) -> usize {
        self.ready
    }

    pub(crate) fn terminating(&self) -> usize {
        self.terminating
    }

    /// BACKOFF-20: restarts of the containers of pods that are Running or Pending.
    pub(crate) fn restarts(&self) -> i64 {
        self.restarts
    }

    /// `status.completedIndexes`, parsed only if it is not cached.
    pub(crate) fn read_completed(&self, text: &Text, completions: i32) -> Stored {
        read(self.by_index.as_ref().map(|of| &of.completed), text, completions)
    }

    /// `status.failedIndexes`.
    pub(crate) fn read_failed(&self, text: &Text, completions: i32) -> Stored {
        read(self.by_index.as_ref().map(|of| &of.failed), text, completions)
    }

    /// Caches the parsed texts.
    pub(crate) fn keep_indexes(&mut self, completed: Stored, failed: Option<Stored>) {
        let Some(of) = &mut self.by_index else { return };
        of.completed = completed;
        if let Some(failed) = failed {
            of.failed = failed;
        }
    }

    /// Pods with the finalizer that succeeded or count as failed, in arrival order.
    pub(crate) fn ended(&self) -> impl Iterator<Item = &PodRecord> {
        self.ended.iter().filter_map(|slot| self.records.at(slot.place))
    }

    /// The message of a failed pod that fails the Job (PFP-05).
    pub(crate) fn fail_job_message(&self) -> Option<&Arc<str>> {
        match &self.records.at(self.failing_job.first()?.place)?.verdict {
            Verdict::FailJob(message) => Some(message),
            _ => None,
        }
    }

    /// Active pods, by index if the Job is Indexed, then in arrival order.
    pub(crate) fn active_records(&self) -> Vec<&PodRecord> {
        let mut active = self.records.in_order(PodRecord::is_active);
        if self.rules.indexed {
            active.sort_by_key(|record| record.index);
        }
        active
    }

    /// The last index of the gapless run of active indexes from `index` on, if there is one.
    pub(crate) fn active_until(&self, index: i32) -> Option<i32> {
        self.by_index.as_ref()?.active.end_of(index)
    }

    pub(crate) fn has_active_index(&self, index: i32) -> bool {
        self.active_until(index).is_some()
    }

    pub(crate) fn has_terminating_index(&self, index: i32) -> bool {
        self.by_index.as_ref().is_some_and(|of| of.terminating.contains_key(&index))
    }

    /// Whether some active pod of an Indexed Job is superfluous by its index (INDEX-40).
    pub(crate) fn has_misplaced(&self) -> bool {
        let beyond = self.rules.completions.unwrap_or(0).max(0);
        self.by_index.as_ref().is_some_and(|of| {
            !of.sharing.is_empty()
                || of.without > 0
                || of.active.last().is_some_and(|last| last >= beyond)
        })
    }

    fn count(&mut self, slot: Slot, effect: Effect, add: bool) {
        let step = |n: &mut usize, yes: bool| {
            if yes {
                // INVARIANT: a record is removed with the values it was inserted with.
                *n = if add { *n + 1 } else { *n - 1 };
            }
        };
        step(&mut self.active, effect.active);
        step(&mut self.ready, effect.ready);
        step(&mut self.terminating, effect.terminating);
        self.restarts += if add { effect.restarts } else { -effect.restarts };
        if effect.ended {
            keep(&mut self.ended, slot, add);
        }
        if effect.fails_job {
            keep(&mut self.failing_job, slot, add);
        }
        if let Some(of) = &mut self.by_index {
            of.count(effect, add);
        }
    }
}

impl ByIndex {
    fn count(&mut self, effect: Effect, add: bool) {
        if effect.active {
            self.count_active(effect.index, add);
        }
        if effect.terminating {
            let pods = self.terminating.entry(effect.index).or_default();
            *pods = if add { *pods + 1 } else { *pods - 1 };
            if *pods == 0 {
                self.terminating.remove(&effect.index);
            }
        }
    }

    /// Adds an active pod to an index, or removes it.
    fn count_active(&mut self, index: i32, add: bool) {
        if index < 0 {
            self.without = if add { self.without + 1 } else { self.without - 1 };
        } else if add && self.active.end_of(index).is_some() {
            *self.sharing.entry(index).or_default() += 1;
        } else if add {
            self.active.insert(index);
        } else if let Some(more) = self.sharing.get_mut(&index) {
            *more -= 1;
            if *more == 0 {
                self.sharing.remove(&index);
            }
        } else {
            self.active.remove(index);
        }
    }
}

/// The contribution of a record to the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effect {
    active: bool,
    ready: bool,
    terminating: bool,
    ended: bool,
    fails_job: bool,
    index: i32,
    restarts: i64,
}

impl Effect {
    fn new(record: &PodRecord, rules: &Rules) -> Effect {
        let (active, failed) = (record.is_active(), record.is_failed(rules));
        Effect {
            active,
            ready: active && record.ready,
            terminating: record.is_terminating(),
            ended: (failed || record.phase == Phase::Succeeded) && record.has_finalizer,
            fails_job: failed && matches!(record.verdict, Verdict::FailJob(_)),
            index: record.index,
            restarts: record.restarts,
        }
    }
}

fn read(known: Option<&Stored>, text: &Text, completions: i32) -> Stored {
    match known.filter(|known| known.is_of(text, completions)) {
        Some(known) => known.clone(),
        None => Stored::read(text, completions),
    }
}

fn keep(set: &mut BTreeSet<Slot>, slot: Slot, wanted: bool) {
    if wanted {
        set.insert(slot);
    } else {
        set.remove(&slot);
    }
}
