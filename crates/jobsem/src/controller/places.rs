//! [`Places`]: keys in the order in which a CronJob's children are processed.
//!
//! GO: in Kubernetes a hash map decides the order, so any order is possible. The most frequent one
//! is that of the map's slots, where a new key takes the first free slot; this type reproduces it.
//!
//! Rules: CND-01.

use std::collections::{BTreeMap, BTreeSet};

/// Keys in slots.
#[derive(Clone, Debug)]
pub(super) struct Places<K> {
    at: BTreeMap<usize, K>,
    of: BTreeMap<K, usize>,
    /// Free slots below the last one.
    free: BTreeSet<usize>,
}

impl<K> Default for Places<K> {
    fn default() -> Self {
        Places { at: BTreeMap::new(), of: BTreeMap::new(), free: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Places<K> {
    /// Assigns the key a slot, unless it has one.
    pub(super) fn insert(&mut self, key: &K) {
        if !self.of.contains_key(key) {
            let place = self.free.pop_first().unwrap_or(self.at.len());
            self.at.insert(place, key.clone());
            self.of.insert(key.clone(), place);
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some(place) = self.of.remove(key) {
            self.at.remove(&place);
            self.free.insert(place);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The keys in slot order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &K> {
        self.at.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_place_is_taken() {
        let mut places = Places::default();
        for key in ["d", "c", "b", "a"] {
            places.insert(&key);
        }
        places.remove(&"c");
        places.remove(&"a");
        places.remove(&"x");
        for key in ["b", "e", "f", "g"] {
            places.insert(&key);
        }
        assert!(places.iter().eq(&["d", "e", "b", "f", "g"]));
    }
}
