//! [`Slab`]: values in numbered places, found by a key that they carry.
//!
//! Sets of values become sets of small numbers, and each value is stored once. Deliberately absent:
//! any order but arrival order.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// The number of a value, valid as long as it is stored.
pub(crate) type Place = u32;

/// A value that carries its key.
pub(crate) trait Keyed: 'static {
    type Key<'a>: Copy + Hash
    where
        Self: 'a;

    fn key(&self) -> Self::Key<'_>;

    fn has(&self, key: Self::Key<'_>) -> bool;
}

/// A set of places, mostly of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceSet(Places);

#[derive(Clone, Debug, Default)]
enum Places {
    #[default]
    None,
    One(Place),
    Many(BTreeSet<Place>),
}

impl PlaceSet {
    pub(crate) fn insert(&mut self, place: Place) {
        match &mut self.0 {
            Places::None => self.0 = Places::One(place),
            Places::One(one) => self.0 = Places::Many(BTreeSet::from([*one, place])),
            Places::Many(many) => {
                many.insert(place);
            }
        }
    }

    pub(crate) fn remove(&mut self, place: Place) {
        match &mut self.0 {
            Places::One(one) if *one == place => self.0 = Places::None,
            Places::None | Places::One(_) => {}
            Places::Many(many) => {
                many.remove(&place);
                if many.is_empty() {
                    self.0 = Places::None;
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.0, Places::None)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Place> + '_ {
        let (one, many) = match &self.0 {
            Places::None => (None, None),
            Places::One(one) => (Some(*one), None),
            Places::Many(many) => (None, Some(many)),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

/// A value's place, ordered by the arrival of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    /// A counter, increased with each new key.
    arrival: u64,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct Kept<T> {
    pub(crate) arrival: u64,
    pub(crate) value: T,
}

/// A place and the hash of its key, so that a growing table need not read the values, which are
/// scattered in memory.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: ShortHash,
    place: Place,
}

/// Half of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ShortHash(u32);

impl ShortHash {
    fn of(key: impl Hash, hasher: &DefaultHashBuilder) -> ShortHash {
        // OK because half of a hash is as well distributed as the whole.
        ShortHash(hasher.hash_one(key) as u32)
    }

    /// Expands to a whole hash: tables use both ends of it.
    fn whole(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Option<Kept<T>>>,
    free: Vec<Place>,
    by_key: HashTable<Entry>,
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
    /// Inserts a value. A value with the same key is replaced in its slot and returned.
    pub(crate) fn insert(&mut self, value: T) -> (Slot, Option<T>) {
        let hash = ShortHash::of(value.key(), &self.hasher);
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
                let places = &mut self.places;
                if places.len() == places.capacity() {
                    // Grows by a quarter: doubling could waste the memory of a million values.
                    places.reserve_exact((places.len() / 4).max(4));
                }
                places.push(kept);
                // OK because four billion values do not fit into memory.
                (self.places.len() - 1) as Place
            }
        };
        self.by_key.insert_unique(hash.whole(), Entry { hash, place }, |entry| entry.hash.whole());
        (Slot { arrival, place }, None)
    }

    /// Replaces the value with the same key at a known place and returns the old one, or returns
    /// the value itself if the place has another key.
    pub(crate) fn replace(&mut self, place: Place, value: T) -> Result<(Slot, T), T> {
        match self.places.get_mut(place as usize) {
            Some(Some(kept)) if kept.value.has(value.key()) => {
                let slot = Slot { arrival: kept.arrival, place };
                Ok((slot, std::mem::replace(&mut kept.value, value)))
            }
            _ => Err(value),
        }
    }

    /// Reserves room for this many more values.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.by_key.reserve(more, |entry| entry.hash.whole());
        self.places.reserve(more);
    }

    pub(crate) fn remove(&mut self, key: T::Key<'_>) -> Option<(Slot, T)> {
        let hash = ShortHash::of(key, &self.hasher);
        let places = &self.places;
        let wanted = |entry: &Entry| entry.hash == hash && has(places, entry.place, key);
        let (Entry { place, .. }, _) = self.by_key.find_entry(hash.whole(), wanted).ok()?.remove();
        let kept = self.places[place as usize].take()?;
        self.free.push(place);
        Some((Slot { arrival: kept.arrival, place }, kept.value))
    }

    pub(crate) fn get(&self, key: T::Key<'_>) -> Option<&T> {
        self.at(self.place_of(key)?).map(|kept| &kept.value)
    }

    pub(crate) fn at(&self, place: Place) -> Option<&Kept<T>> {
        self.places.get(place as usize)?.as_ref()
    }

    pub(crate) fn at_mut(&mut self, place: Place) -> Option<&mut T> {
        self.places.get_mut(place as usize)?.as_mut().map(|kept| &mut kept.value)
    }

    /// The place of the value with this key.
    pub(crate) fn place_of(&self, key: T::Key<'_>) -> Option<Place> {
        self.find(ShortHash::of(key, &self.hasher), key)
    }

    /// All values, in unspecified order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Kept<T>> {
        self.places.iter().flatten()
    }

    /// All values with their places, in unspecified order.
    pub(crate) fn with_places(&self) -> impl Iterator<Item = (Place, &T)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(at, kept)| Some((at as Place, &kept.as_ref()?.value)))
    }

    fn find(&self, hash: ShortHash, key: T::Key<'_>) -> Option<Place> {
        let wanted = |entry: &Entry| entry.hash == hash && has(&self.places, entry.place, key);
        self.by_key.find(hash.whole(), wanted).map(|entry| entry.place)
    }
}

fn has<T: Keyed>(places: &[Option<Kept<T>>], place: Place, key: T::Key<'_>) -> bool {
    places[place as usize].as_ref().is_some_and(|kept| kept.value.has(key))
}

#[cfg(test)]
mod tests {
    use super::{Keyed, PlaceSet, Slab};

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
    fn a_set_of_places_has_what_was_put_in_and_not_taken_out() {
        let mut set = PlaceSet::default();
        for place in [3, 1, 3, 2] {
            set.insert(place);
        }
        assert!(set.iter().eq([1, 2, 3]));
        for place in [9, 2, 1] {
            set.remove(place);
        }
        assert!(set.iter().eq([3]) && !set.is_empty());
        set.remove(3);
        set.remove(3);
        assert!(set.is_empty() && set.iter().next().is_none());
        set.insert(7);
        set.insert(7);
        set.remove(8);
        assert!(set.iter().eq([7]));
        set.remove(7);
        assert!(set.is_empty());
    }

    #[test]
    fn a_value_with_the_same_key_takes_the_slot_and_gives_the_old_one_back() {
        let mut slab = Slab::default();
        let (first, none) = slab.insert(Named("a", 1));
        let (again, old) = slab.insert(Named("a", 2));
        assert_eq!((first, none, old), (again, None, Some(Named("a", 1))));
        assert_eq!(slab.get("a"), Some(&Named("a", 2)));
        assert_eq!(slab.replace(first.place, Named("a", 3)), Ok((first, Named("a", 2))));
        assert_eq!(slab.replace(first.place, Named("b", 4)), Err(Named("b", 4)));
        assert_eq!(slab.replace(7, Named("a", 5)), Err(Named("a", 5)));
        assert_eq!(slab.get("a"), Some(&Named("a", 3)));
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
