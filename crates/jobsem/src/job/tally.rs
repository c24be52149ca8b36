//! [`Tally`]: the pods of one Job, counted as they change.
//!
//! Every event changes one record, and every count and set that a sync reads is kept up to date
//! with it: the work for one changed pod does not grow with the Job's pods. The sets hold only
//! what is unfinished business (pods that ended and still carry the finalizer, active indexes).
//!
//! Rules: SYNC-12 (what is counted), INDEX-20 and INDEX-40 (what is looked up).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::failure_policy::Verdict;
use super::record::{Phase, PodRecord};
use super::rules::Rules;
use super::runs::Runs;

/// The place of a pod in the order in which pods came up (ND-01: the order is an input; the real
/// controller's is that of a hash map, in which the pod seen first is the likeliest to come
/// first).
type Slot = u64;

/// The pods that a Job may count as its own.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    rules: Rules,
    records: BTreeMap<Slot, PodRecord>,
    slots: BTreeMap<Arc<str>, Slot>,
    next_slot: Slot,
    active: usize,
    ready: usize,
    terminating: usize,
    restarts: i64,
    /// Pods with the finalizer that succeeded or count as failed.
    ended: BTreeSet<Slot>,
    /// Failed pods, counted or not, of which the policy says that the Job fails (PFP-05).
    failing_job: BTreeSet<Slot>,
    /// Of an Indexed Job: the active pods of each index, [`NO_INDEX`](super::record::NO_INDEX)
    /// included.
    active_by_index: BTreeMap<i32, BTreeSet<Slot>>,
    /// The indexes, 0 or more, that have an active pod.
    active_runs: Runs,
    /// How many active pods share their index with another one.
    duplicates: usize,
    terminating_by_index: BTreeMap<i32, usize>,
}

impl Tally {
    pub(crate) fn new(rules: Rules) -> Tally {
        Tally {
            rules,
            records: BTreeMap::new(),
            slots: BTreeMap::new(),
            next_slot: 0,
            active: 0,
            ready: 0,
            terminating: 0,
            restarts: 0,
            ended: BTreeSet::new(),
            failing_job: BTreeSet::new(),
            active_by_index: BTreeMap::new(),
            active_runs: Runs::default(),
            duplicates: 0,
            terminating_by_index: BTreeMap::new(),
        }
    }

    /// Puts a pod in, in place of what was known of it.
    pub(crate) fn insert(&mut self, record: PodRecord) {
        let slot = match self.slots.get(&record.uid) {
            Some(slot) => {
                let slot = *slot;
                if let Some(old) = self.records.remove(&slot) {
                    self.count(slot, &old, false);
                }
                slot
            }
            None => {
                self.next_slot += 1;
                self.slots.insert(Arc::clone(&record.uid), self.next_slot);
                self.next_slot
            }
        };
        self.count(slot, &record, true);
        self.records.insert(slot, record);
    }

    /// Takes a pod out.
    pub(crate) fn remove(&mut self, uid: &str) -> Option<PodRecord> {
        let slot = self.slots.remove(uid)?;
        let record = self.records.remove(&slot)?;
        self.count(slot, &record, false);
        Some(record)
    }

    /// Everything that a sync may see, whatever slots the pods are in.
    #[cfg(test)]
    pub(crate) fn view(&self) -> String {
        let uids = |slots: &BTreeSet<Slot>| -> Vec<Arc<str>> {
            slots.iter().map(|slot| Arc::clone(&self.records[slot].uid)).collect()
        };
        let active: Vec<_> = self.active_by_index.iter().map(|(i, pods)| (i, uids(pods))).collect();
        let counts = (self.active, self.ready, self.terminating, self.restarts, self.duplicates);
        let sets = (uids(&self.ended), uids(&self.failing_job), active);
        let known: Vec<_> = self.slots.keys().collect();
        let records: Vec<_> = self.records().collect();
        format!("{:?}", (&self.rules, records, counts, sets, &self.terminating_by_index, known))
    }

    /// The rules by which the pods are classified.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes over rules that classify alike (INVARIANT: the caller checked that they do).
    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub(crate) fn get(&self, uid: &str) -> Option<&PodRecord> {
        self.records.get(self.slots.get(uid)?)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &PodRecord> {
        self.records.values()
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

    /// Pods with the finalizer that succeeded or count as failed, in the order of their coming.
    pub(crate) fn ended(&self) -> impl Iterator<Item = &PodRecord> {
        self.ended.iter().filter_map(|slot| self.records.get(slot))
    }

    /// The message of a failed pod that fails the Job (PFP-05).
    pub(crate) fn fail_job_message(&self) -> Option<&Arc<str>> {
        match &self.records.get(self.failing_job.first()?)?.verdict {
            Verdict::FailJob(message) => Some(message),
            _ => None,
        }
    }

    /// Active pods, by index, and then in the order of their coming.
    pub(crate) fn active_records(&self) -> Box<dyn Iterator<Item = &PodRecord> + '_> {
        if self.rules.indexed {
            let slots = self.active_by_index.values().flatten();
            Box::new(slots.filter_map(|slot| self.records.get(slot)))
        } else {
            Box::new(self.records.values().filter(|record| record.is_active()))
        }
    }

    /// The last of the indexes from `index` on that have active pods without a gap, if it has one.
    pub(crate) fn active_until(&self, index: i32) -> Option<i32> {
        self.active_runs.end_of(index)
    }

    pub(crate) fn has_active_index(&self, index: i32) -> bool {
        index >= 0 && self.active_by_index.contains_key(&index)
    }

    pub(crate) fn has_terminating_index(&self, index: i32) -> bool {
        self.terminating_by_index.contains_key(&index)
    }

    /// Whether some active pod of an Indexed Job is superfluous by its index (INDEX-40).
    pub(crate) fn has_misplaced(&self) -> bool {
        let beyond = self.rules.completions.unwrap_or(0).max(0);
        self.duplicates > 0
            || self.active_by_index.range(..0).next().is_some()
            || self.active_by_index.range(beyond..).next().is_some()
    }

    fn count(&mut self, slot: Slot, record: &PodRecord, add: bool) {
        let step = |n: &mut usize, yes: bool| {
            if yes {
                // INVARIANT: a record is taken out with the values it was put in with.
                *n = if add { *n + 1 } else { *n - 1 };
            }
        };
        let active = record.is_active();
        step(&mut self.active, active);
        step(&mut self.ready, active && record.ready);
        step(&mut self.terminating, record.is_terminating());
        self.restarts += if add { record.restarts } else { -record.restarts };
        let failed = record.is_failed(&self.rules);
        let ended = record.phase == Phase::Succeeded || failed;
        keep(&mut self.ended, slot, add && ended && record.has_finalizer);
        let fails_job = failed && matches!(record.verdict, Verdict::FailJob(_));
        keep(&mut self.failing_job, slot, add && fails_job);
        if self.rules.indexed && active {
            let pods = self.active_by_index.entry(record.index).or_default();
            let before = pods.len();
            keep(pods, slot, add);
            let after = pods.len();
            if record.index >= 0 {
                match (before, after) {
                    (0, 1..) => self.active_runs.insert(record.index),
                    (1.., 0) => self.active_runs.remove(record.index),
                    _ => {}
                }
                self.duplicates += after.saturating_sub(1);
                self.duplicates -= before.saturating_sub(1);
            }
            if after == 0 {
                self.active_by_index.remove(&record.index);
            }
        }
        if self.rules.indexed && record.is_terminating() {
            let pods = self.terminating_by_index.entry(record.index).or_default();
            *pods = if add { *pods + 1 } else { *pods - 1 };
            if *pods == 0 {
                self.terminating_by_index.remove(&record.index);
            }
        }
    }
}

fn keep(set: &mut BTreeSet<Slot>, slot: Slot, wanted: bool) {
    if wanted {
        set.insert(slot);
    } else {
        set.remove(&slot);
    }
}
