//! [`Records`]: the records of a Job's pods, by UID and in arrival order.
//!
//! Deliberately absent: counting (see [`Tally`](super::tally::Tally)).

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
    /// Inserts a record. A record with the same UID is replaced in its slot and returned; `known`
    /// saves the lookup of that slot.
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

    /// The wanted records, in arrival order.
    pub(super) fn in_order(&self, wanted: impl Fn(&PodRecord) -> bool) -> Vec<&PodRecord> {
        let mut kept: Vec<&Kept<_>> = self.0.iter().filter(|kept| wanted(&kept.value)).collect();
        kept.sort_unstable_by_key(|kept| kept.arrival);
        kept.into_iter().map(|kept| &kept.value).collect()
    }
}
