//! [`Table`]: a map from keys to slots, in little more than four bytes per key.
//!
//! Open addressing with linear probing. The hash is fixed: the same calls give the same layout, and
//! the layout is never visible outside.

use std::hint::black_box;

/// An empty place.
const FREE: u32 = u32::MAX;

/// The slots of keys. The owner of the slots keeps the keys themselves.
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

    /// Prefetches the place of `key`.
    pub(super) fn fetch(&self, key: u64) {
        black_box(self.places[self.home(key)]);
    }

    /// Adds a new key.
    pub(super) fn insert(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) {
        if (self.len + 1) * 4 > self.places.len() * 3 {
            self.grow(&key_of);
        }
        if let Err(at) = self.place(key, key_of) {
            self.places[at] = slot;
            self.len += 1;
        }
    }

    /// Removes a key and returns its slot.
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
        // Entries displaced past the hole move back, so that probing needs no tombstones.
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

    /// The place of the key, or the place to insert it at.
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
