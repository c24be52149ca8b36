//! [`Records`]: the records of a Job's pods, found by UID, and in the order of their coming.
//!
//! Deliberately absent: what the records are counted for ([`Tally`](super::tally::Tally)).

use crate::slab::{Kept, Keyed, Slab, Slot};

use super::record::PodRecord;

#[derive(Clone, Debug, Default)]
pub(super) struct Records(Slab<PodRecord>);

impl Keyed for PodRecord {
    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        self.uid()
    }

    fn has(&self, uid: &str) -> bool {
        self.uid() == uid
    }
}

impl Records {
    /// Puts a record in; one with the same UID gives it its slot and comes back.
    pub(super) fn insert(&mut self, record: PodRecord) -> (Slot, Option<PodRecord>) {
        self.0.insert(record)
    }

    pub(super) fn remove(&mut self, uid: &str) -> Option<(Slot, PodRecord)> {
        self.0.remove(uid)
    }

    pub(super) fn by_uid(&self, uid: &str) -> Option<&PodRecord> {
        self.0.get(uid)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&PodRecord> {
        self.0.at(slot.place).map(|kept| &kept.value)
    }

    /// Some of the records, in the order of their coming.
    pub(super) fn in_order(&self, wanted: impl Fn(&PodRecord) -> bool) -> Vec<&PodRecord> {
        let mut kept: Vec<&Kept<_>> = self.0.iter().filter(|kept| wanted(&kept.value)).collect();
        kept.sort_unstable_by_key(|kept| kept.arrival);
        kept.into_iter().map(|kept| &kept.value).collect()
    }
}
