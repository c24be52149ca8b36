//! [`Records`]: the records of a Job's pods, found by UID, and in the order of their coming.
//!
//! Deliberately absent: what the records are counted for ([`Tally`](super::tally::Tally)).

use crate::slab::{Kept, Keyed, Place, Slab, Slot};

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
    /// Puts a record in; one with the same UID gives it its slot and comes back. Where that one
    /// is need not be looked up if the caller knows.
    pub(super) fn insert(
        &mut self,
        known: Option<Place>,
        record: PodRecord,
    ) -> (Slot, Option<PodRecord>) {
        let record = match known {
            Some(place) => match self.0.replace(place, record) {
                Ok((slot, old)) => return (slot, Some(old)),
                Err(record) => record,
            },
            None => record,
        };
        self.0.insert(record)
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    pub(super) fn remove(&mut self, uid: &str) -> Option<(Slot, PodRecord)> {
        self.0.remove(uid)
    }

    pub(super) fn by_uid(&self, uid: &str) -> Option<&PodRecord> {
        self.0.get(uid)
    }

    pub(super) fn at(&self, place: Place) -> Option<&PodRecord> {
        self.0.at(place).map(|kept| &kept.value)
    }

    /// Some of the records, in the order of their coming.
    pub(super) fn in_order(&self, wanted: impl Fn(&PodRecord) -> bool) -> Vec<&PodRecord> {
        let mut kept: Vec<&Kept<_>> = self.0.iter().filter(|kept| wanted(&kept.value)).collect();
        kept.sort_unstable_by_key(|kept| kept.arrival);
        kept.into_iter().map(|kept| &kept.value).collect()
    }
}
