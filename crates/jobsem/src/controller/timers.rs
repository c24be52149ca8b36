//! [`Timers`]: delays by key, ending in the order of the real queue.
//!
//! Delays that end at the same instant end in the order of Go's `container/heap`, which depends on
//! the other delays: several Jobs that want the same pod get it in that order (QUEUE-03; upstream:
//! client-go `util/workqueue/delaying_queue.go`).

use std::hash::Hash;

use hashbrown::HashMap;

use crate::time::Time;
use crate::wake::WakeReason;

/// One delay for each key.
#[derive(Clone, Debug)]
pub(super) struct Timers<K> {
    /// Slots as a binary heap by time: the children of `i` are at `2i + 1` and `2i + 2`.
    heap: Vec<usize>,
    slots: Vec<Slot<K>>,
    free: Vec<usize>,
    slot_of: HashMap<K, usize>,
}

#[derive(Clone, Debug)]
struct Slot<K> {
    at: Time,
    reason: WakeReason,
    key: K,
    /// Its position in the heap.
    place: usize,
}

impl<K: Eq + Hash + Clone> Timers<K> {
    pub(super) fn new() -> Timers<K> {
        Timers {
            heap: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            slot_of: HashMap::default(),
        }
    }

    /// The earliest of several delays of a key wins.
    pub(super) fn insert(&mut self, key: &K, at: Time, reason: WakeReason) {
        if let Some(&slot) = self.slot_of.get(key) {
            if at < self.slots[slot].at {
                (self.slots[slot].at, self.slots[slot].reason) = (at, reason);
                self.up(self.slots[slot].place);
            }
            return;
        }
        let place = self.heap.len();
        let new = Slot { at, reason, key: key.clone(), place };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = new;
                slot
            }
            None => {
                self.slots.push(new);
                self.slots.len() - 1
            }
        };
        self.slot_of.insert(key.clone(), slot);
        self.heap.push(slot);
        self.up(place);
    }

    /// The next key whose delay has ended.
    pub(super) fn pop_due(&mut self, now: Time) -> Option<K> {
        self.first().filter(|(at, _, _)| *at <= now)?;
        let last = self.heap.len() - 1;
        self.swap(0, last);
        self.down(0, last);
        let slot = self.heap.pop()?;
        self.free.push(slot);
        let key = self.slots[slot].key.clone();
        self.slot_of.remove(&key);
        Some(key)
    }

    /// The delay that ends first.
    pub(super) fn first(&self) -> Option<(Time, WakeReason, &K)> {
        let slot = &self.slots[*self.heap.first()?];
        Some((slot.at, slot.reason, &slot.key))
    }

    /// When the key's delay ends, and its reason.
    pub(super) fn of(&self, key: &K) -> Option<(Time, WakeReason)> {
        let slot = &self.slots[*self.slot_of.get(key)?];
        Some((slot.at, slot.reason))
    }

    fn at(&self, place: usize) -> Time {
        self.slots[self.heap[place]].at
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.slots[self.heap[a]].place = a;
        self.slots[self.heap[b]].place = b;
    }

    /// Moves towards the root while it ends before its parent.
    fn up(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.at(place) >= self.at(parent) {
                break;
            }
            self.swap(parent, place);
            place = parent;
        }
    }

    /// Moves away from the root, within the first `len` places; the left one of equal children
    /// moves up.
    fn down(&mut self, mut place: usize, len: usize) {
        loop {
            let left = 2 * place + 1;
            if left >= len {
                return;
            }
            let right = left + 1;
            let child = if right < len && self.at(right) < self.at(left) { right } else { left };
            if self.at(child) >= self.at(place) {
                return;
            }
            self.swap(place, child);
            place = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::collections::BTreeMap;

    use super::*;

    fn all(timers: &mut Timers<u32>) -> Vec<u32> {
        std::iter::from_fn(|| timers.pop_due(Time::from_unix(1_000))).collect()
    }

    #[test]
    fn what_ends_at_one_instant_ends_in_the_order_of_gos_heap() {
        for (keys, order) in [(2, vec![0, 1]), (3, vec![0, 2, 1]), (5, vec![0, 4, 3, 2, 1])] {
            let mut timers = Timers::new();
            for key in 0..keys {
                timers.insert(&key, Time::from_unix(1), WakeReason::Batch);
            }
            assert_eq!(all(&mut timers), order);
        }
    }

    proptest! {
        #[test]
        fn delays_end_in_the_order_of_their_times(
            wanted in proptest::collection::vec((0u32..20, 0i64..50), 0..60)
        ) {
            let (mut timers, mut earliest) = (Timers::new(), BTreeMap::new());
            for (key, at) in wanted {
                timers.insert(&key, Time::from_unix(at), WakeReason::Batch);
                let known = earliest.entry(key).or_insert(at);
                *known = at.min(*known);
                prop_assert_eq!(timers.of(&key).unwrap().0, Time::from_unix(*known));
            }
            let ended = all(&mut timers);
            prop_assert!(ended.is_sorted_by_key(|key| earliest[key]));
            prop_assert_eq!(ended.len(), earliest.len());
        }
    }
}
