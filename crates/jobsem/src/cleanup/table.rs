//! [`Table`]: from keys to slots, in four bytes and a little for each.
//!
//! Open addressing with linear probing. The hash is fixed: the same calls give the same layout,
//! and nothing of the layout can be seen from outside.

use std::hint::black_box;

/// An empty place.
const FREE: u32 = u32::MAX;

/// The slots of keys. The keys themselves are kept by whoever owns the slots.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// A power of two in length, at most three quarters full.
    places: Vec<u32>,
    len: usize,
}

impl Table {
    pub(super) fn new() -> Table {
        Table { places: vec![FREE; 8], len: 0 }
    }

    /// The slot of `key`.
    pub(super) fn find(&self, key: u64, key_of: impl Fn(u32) -> u64) -> Option<u32> {
        self.place(key, key_of).ok().map(|at| self.places[at])
    }

    /// Has the place of `key` fetched into the cache.
    pub(super) fn fetch(&self, key: u64) {
        black_box(self.places[self.home(key)]);
    }

    /// Adds a key that is not there yet.
    pub(super) fn insert(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) {
        if (self.len + 1) * 4 > self.places.len() * 3 {
            self.grow(&key_of);
        }
        if let Err(at) = self.place(key, key_of) {
            self.places[at] = slot;
            self.len += 1;
        }
    }

    /// Removes a key, and says which slot it had.
    pub(super) fn remove(&mut self, key: u64, key_of: impl Fn(u32) -> u64) -> Option<u32> {
        let hole = self.place(key, &key_of).ok()?;
        let slot = self.places[hole];
        self.close(hole, key_of);
        Some(slot)
    }

    /// Removes a key whose slot is known.
    pub(super) fn remove_slot(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) {
        let mask = self.places.len() - 1;
        let mut at = self.home(key);
        while self.places[at] != FREE {
            if self.places[at] == slot {
                return self.close(at, key_of);
            }
            at = (at + 1) & mask;
        }
    }

    /// Empties a place.
    fn close(&mut self, mut hole: usize, key_of: impl Fn(u32) -> u64) {
        // Whoever was pushed past the hole moves back, so that probing needs no grave stones.
        let mask = self.places.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let other = self.places[at];
            if other == FREE {
                break;
            }
            let home = self.home(key_of(other));
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.places[hole] = other;
                hole = at;
            }
        }
        self.places[hole] = FREE;
        self.len -= 1;
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }

    /// Where the key is, or else where it would go.
    fn place(&self, key: u64, key_of: impl Fn(u32) -> u64) -> Result<usize, usize> {
        let mask = self.places.len() - 1;
        let mut at = self.home(key);
        loop {
            match self.places[at] {
                FREE => return Err(at),
                slot if key_of(slot) == key => return Ok(at),
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn home(&self, key: u64) -> usize {
        let mut x = key ^ (key >> 32);
        x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x ^= x >> 29;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (x >> 32) as usize & (self.places.len() - 1)
    }

    fn grow(&mut self, key_of: &impl Fn(u32) -> u64) {
        let old = std::mem::take(&mut self.places);
        self.places = vec![FREE; old.len() * 2];
        for slot in old.into_iter().filter(|slot| *slot != FREE) {
            if let Err(at) = self.place(key_of(slot), key_of) {
                self.places[at] = slot;
            }
        }
    }
}
