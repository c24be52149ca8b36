//! [`Records`]: the records of a Job's pods, found by UID, and in the order of their coming.
//!
//! A slab: each record has a place of its own for as long as it is there, so that sets of pods
//! are sets of small numbers. Deliberately absent: what the records are counted for
//! ([`Tally`](super::tally::Tally)).

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::record::PodRecord;

/// A record's place, ordered by when its pod was seen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    /// Counted through for each new pod.
    arrival: u64,
    place: u32,
}

#[derive(Clone, Debug)]
struct Kept {
    arrival: u64,
    record: PodRecord,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    places: Vec<Option<Kept>>,
    free: Vec<u32>,
    /// Places by the hash of their UID.
    by_uid: HashTable<u32>,
    hasher: DefaultHashBuilder,
    arrivals: u64,
}

impl Records {
    /// Puts a record in; one with the same UID gives it its slot and comes back.
    pub(super) fn insert(&mut self, record: PodRecord) -> (Slot, Option<PodRecord>) {
        let hash = self.hasher.hash_one(record.uid());
        if let Some(place) = self.find(hash, record.uid())
            && let Some(kept) = &mut self.places[place as usize]
        {
            let slot = Slot { arrival: kept.arrival, place };
            return (slot, Some(std::mem::replace(&mut kept.record, record)));
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        let kept = Some(Kept { arrival, record });
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = kept;
                place
            }
            None => {
                self.places.push(kept);
                // OK because four billion pods do not fit into memory.
                (self.places.len() - 1) as u32
            }
        };
        let (places, hasher) = (&self.places, &self.hasher);
        self.by_uid.insert_unique(hash, place, |place| hasher.hash_one(uid_at(places, *place)));
        (Slot { arrival, place }, None)
    }

    fn find(&self, hash: u64, uid: &str) -> Option<u32> {
        self.by_uid.find(hash, |place| uid_at(&self.places, *place) == uid).copied()
    }

    pub(super) fn remove(&mut self, uid: &str) -> Option<(Slot, PodRecord)> {
        let hash = self.hasher.hash_one(uid);
        let places = &self.places;
        let found = self.by_uid.find_entry(hash, |place| uid_at(places, *place) == uid).ok()?;
        let (place, _) = found.remove();
        let kept = self.places[place as usize].take()?;
        self.free.push(place);
        Some((Slot { arrival: kept.arrival, place }, kept.record))
    }

    pub(super) fn by_uid(&self, uid: &str) -> Option<&PodRecord> {
        let hash = self.hasher.hash_one(uid);
        let place = self.find(hash, uid)?;
        self.places[place as usize].as_ref().map(|kept| &kept.record)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&PodRecord> {
        self.places.get(slot.place as usize)?.as_ref().map(|kept| &kept.record)
    }

    /// Some of the records, in the order of their coming.
    pub(super) fn in_order(&self, wanted: impl Fn(&PodRecord) -> bool) -> Vec<&PodRecord> {
        let kept = self.places.iter().flatten().filter(|kept| wanted(&kept.record));
        let mut kept: Vec<&Kept> = kept.collect();
        kept.sort_unstable_by_key(|kept| kept.arrival);
        kept.into_iter().map(|kept| &kept.record).collect()
    }
}

/// INVARIANT: every place in the table is taken.
fn uid_at(places: &[Option<Kept>], place: u32) -> &str {
    places[place as usize].as_ref().map_or("", |kept| kept.record.uid())
}
