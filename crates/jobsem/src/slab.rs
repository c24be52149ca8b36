//! [`Slab`]: values found by a key that they carry, each with a place of its own.
//!
//! Sets of values are then sets of small numbers, and a value is kept once. Deliberately absent:
//! any order but that of arrival.

use std::hash::{BuildHasher as _, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Where a value is kept, for as long as it is there.
pub(crate) type Place = u32;

/// A value that says under what it is found.
pub(crate) trait Keyed: 'static {
    type Key<'a>: Copy + Hash
    where
        Self: 'a;

    fn key(&self) -> Self::Key<'_>;

    fn has(&self, key: Self::Key<'_>) -> bool;
}

/// A value's place, ordered by when a value with its key came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    /// Counted through for each new key.
    arrival: u64,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct Kept<T> {
    pub(crate) arrival: u64,
    pub(crate) value: T,
}

#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Option<Kept<T>>>,
    free: Vec<Place>,
    /// Places by the hash of their key.
    by_key: HashTable<Place>,
    hasher: DefaultHashBuilder,
    arrivals: u64,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            arrivals: 0,
        }
    }
}

impl<T: Keyed> Slab<T> {
    /// Puts a value in; one with the same key gives it its slot and comes back.
    pub(crate) fn insert(&mut self, value: T) -> (Slot, Option<T>) {
        let hash = self.hasher.hash_one(value.key());
        if let Some(place) = self.find(hash, value.key())
            && let Some(kept) = &mut self.places[place as usize]
        {
            let slot = Slot { arrival: kept.arrival, place };
            return (slot, Some(std::mem::replace(&mut kept.value, value)));
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        let kept = Some(Kept { arrival, value });
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = kept;
                place
            }
            None => {
                self.places.push(kept);
                // OK because four billion values do not fit into memory.
                (self.places.len() - 1) as Place
            }
        };
        let (places, hasher) = (&self.places, &self.hasher);
        // INVARIANT: every place in the table is taken.
        let rehash = |place: &Place| {
            places[*place as usize].as_ref().map_or(0, |kept| hasher.hash_one(kept.value.key()))
        };
        self.by_key.insert_unique(hash, place, rehash);
        (Slot { arrival, place }, None)
    }

    pub(crate) fn remove(&mut self, key: T::Key<'_>) -> Option<(Slot, T)> {
        let hash = self.hasher.hash_one(key);
        let places = &self.places;
        let found = self.by_key.find_entry(hash, |place| has(places, *place, key)).ok()?;
        let (place, _) = found.remove();
        let kept = self.places[place as usize].take()?;
        self.free.push(place);
        Some((Slot { arrival: kept.arrival, place }, kept.value))
    }

    pub(crate) fn get(&self, key: T::Key<'_>) -> Option<&T> {
        let place = self.find(self.hasher.hash_one(key), key)?;
        self.at(place).map(|kept| &kept.value)
    }

    pub(crate) fn at(&self, place: Place) -> Option<&Kept<T>> {
        self.places.get(place as usize)?.as_ref()
    }

    /// All values, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Kept<T>> {
        self.places.iter().flatten()
    }

    fn find(&self, hash: u64, key: T::Key<'_>) -> Option<Place> {
        self.by_key.find(hash, |place| has(&self.places, *place, key)).copied()
    }
}

fn has<T: Keyed>(places: &[Option<Kept<T>>], place: Place, key: T::Key<'_>) -> bool {
    places[place as usize].as_ref().is_some_and(|kept| kept.value.has(key))
}

#[cfg(test)]
mod tests {
    use super::{Keyed, Slab};

    #[derive(Clone, Debug, PartialEq)]
    struct Named(&'static str, u32);

    impl Keyed for Named {
        type Key<'a> = &'a str;

        fn key(&self) -> &str {
            self.0
        }

        fn has(&self, key: &str) -> bool {
            self.0 == key
        }
    }

    #[test]
    fn a_value_with_the_same_key_takes_the_slot_and_gives_the_old_one_back() {
        let mut slab = Slab::default();
        let (first, none) = slab.insert(Named("a", 1));
        let (again, old) = slab.insert(Named("a", 2));
        assert_eq!((first, none, old), (again, None, Some(Named("a", 1))));
        assert_eq!(slab.get("a"), Some(&Named("a", 2)));
    }

    #[test]
    fn a_place_is_used_again_and_the_order_of_arrival_stays() {
        let mut slab = Slab::default();
        let (a, _) = slab.insert(Named("a", 1));
        let (b, _) = slab.insert(Named("b", 2));
        assert_eq!(slab.remove("a"), Some((a, Named("a", 1))));
        assert_eq!(slab.get("a"), None);
        assert_eq!(slab.remove("a"), None);
        let (c, _) = slab.insert(Named("c", 3));
        assert_eq!(c.place, a.place);
        assert!(b < c, "the later one comes after, in whatever place it is");
        assert_eq!(slab.iter().count(), 2);
    }
}
