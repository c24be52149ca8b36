//! [`CleanupScheduler`]: a great many finished Jobs, each due to go at a time of its own.
//!
//! A heap of timers beside a table from keys to timers. Deliberately absent: what a key means, and
//! the deletion.
//!
//! Rules: TTL-05, TTL-10, PURE-1.

use super::heap::{Heap, Node};
use super::table::Table;
use crate::job::WakeReason;
use crate::{SECOND, Time};

/// When finished Jobs are due to be deleted.
///
/// The host numbers its Jobs. All of them may be armed at once: a million take less than 48 bytes
/// each, and arming, cancelling or expiring one takes a fraction of a microsecond. Every TTL that
/// Kubernetes accepts is fine, and so is every finish time.
///
/// ```
/// use jobsem::{Time, cleanup::CleanupScheduler};
///
/// let mut due = CleanupScheduler::new();
/// let finished = Time::from_unix(1_000);
/// due.add(7, finished, 100);
/// due.add(8, finished, i32::MAX);
/// due.add(7, finished, 30); // the limit was lowered
/// assert_eq!(due.poll_timeout(), Some(Time::from_unix(1_030)));
/// assert_eq!(due.poll_due(Time::from_unix(1_029)), None);
/// assert_eq!(due.poll_due(Time::from_unix(1_030)), Some(7));
/// assert_eq!(due.poll_due(Time::from_unix(1_030)), None);
/// assert!(due.remove(8));
/// assert!(due.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct CleanupScheduler {
    heap: Heap,
    /// The key of each timer.
    keys: Vec<u64>,
    /// The first timer that is not in use; each has the next one in place of a key.
    free: u32,
    table: Table,
    armed: u32,
}

const NONE: u32 = u32::MAX;

impl Default for CleanupScheduler {
    fn default() -> Self {
        CleanupScheduler::new()
    }
}

impl CleanupScheduler {
    /// Why it is to be called again.
    pub const REASON: WakeReason = WakeReason::Ttl;

    /// A scheduler with nothing to do.
    pub fn new() -> CleanupScheduler {
        CleanupScheduler {
            heap: Heap::new(),
            keys: Vec::new(),
            free: NONE,
            table: Table::new(),
            armed: 0,
        }
    }

    /// How many Jobs wait for their end.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.heap.len() == 0
    }

    /// Says that the Job `key` finished at `finished` and is to go `ttl_seconds` whole seconds
    /// later. A Job that is there already is given the new time, be it earlier or later.
    ///
    /// A fraction of a second in `finished` is dropped, as the API does when it stores it; a TTL
    /// below zero, which the API refuses, lies in the past.
    pub fn add(&mut self, key: u64, finished: Time, ttl_seconds: i32) {
        self.arm(key, finished.unix().saturating_add(i64::from(ttl_seconds)));
    }

    /// The same for a time that the host has worked out itself, in whole seconds; a fraction
    /// makes it the second after.
    pub fn add_at(&mut self, key: u64, due: Time) {
        self.arm(key, due.plus_nanos(SECOND - 1).unix());
    }

    /// The Job is not to go, or has gone; false if it was not known.
    pub fn remove(&mut self, key: u64) -> bool {
        let keys = &self.keys;
        let Some(timer) = self.table.remove(key, |slot| keys[slot as usize]) else { return false };
        self.heap.remove(timer);
        self.release(timer);
        true
    }

    /// When the Job is due, if it is known.
    pub fn due(&self, key: u64) -> Option<Time> {
        let timer = self.table.find(key, |slot| self.keys[slot as usize])?;
        Some(Time::from_unix(self.heap.of(timer).due()))
    }

    /// A Job that is due at `now`, the longest overdue first; it is no longer known then. Jobs
    /// that are due at the same second come in the order in which they were added.
    pub fn poll_due(&mut self, now: Time) -> Option<u64> {
        let first = self.heap.first().filter(|first| first.due() <= now.unix())?;
        let timer = first.timer();
        let keys = &self.keys;
        let key = keys[timer as usize];
        self.table.remove_slot(key, timer, |slot| keys[slot as usize]);
        self.heap.remove(timer);
        self.release(timer);
        Some(key)
    }

    /// When the next Job is due.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.heap.first().map(|first| Time::from_unix(first.due()))
    }

    /// The memory it holds, in bytes.
    pub fn memory(&self) -> usize {
        self.heap.memory() + self.keys.capacity() * size_of::<u64>() + self.table.memory()
    }

    fn arm(&mut self, key: u64, due: i64) {
        self.armed = self.armed.wrapping_add(1);
        match self.table.find(key, |slot| self.keys[slot as usize]) {
            Some(timer) => self.heap.change(Node::new(due, self.armed, timer)),
            None => {
                let timer = self.claim(key);
                let keys = &self.keys;
                self.table.insert(key, timer, |slot| keys[slot as usize]);
                self.heap.push(Node::new(due, self.armed, timer));
            }
        }
    }

    /// A timer that is not in use.
    fn claim(&mut self, key: u64) -> u32 {
        match self.free {
            NONE => {
                // INVARIANT: there are fewer than 2^32 timers; their keys alone would take 32 GiB.
                self.keys.push(key);
                (self.keys.len() - 1) as u32
            }
            timer => {
                let slot = &mut self.keys[timer as usize];
                self.free = *slot as u32;
                *slot = key;
                timer
            }
        }
    }

    fn release(&mut self, timer: u32) {
        self.keys[timer as usize] = self.free.into();
        self.free = timer;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn at(second: i64) -> Time {
        Time::from_unix(second)
    }

    #[test]
    fn jobs_of_one_second_come_in_the_order_in_which_they_were_added() {
        let mut due = CleanupScheduler::new();
        for key in [5, 3, 9, 1] {
            due.add(key, at(0), 10);
        }
        due.add(3, at(0), 10);
        let order: Vec<u64> = std::iter::from_fn(|| due.poll_due(at(10))).collect();
        assert_eq!(order, [5, 9, 1, 3]);
    }

    #[test]
    fn the_whole_range_is_legal() {
        let mut due = CleanupScheduler::new();
        due.add(1, at(i64::MAX), i32::MAX);
        due.add(2, at(i64::MIN), i32::MIN);
        due.add(3, at(0), i32::MAX);
        due.add_at(4, at(7).plus_nanos(1));
        assert_eq!(due.poll_timeout(), Some(at(i64::MIN)));
        assert_eq!(due.poll_due(at(0)), Some(2));
        assert_eq!(due.due(4), Some(at(8)));
        assert_eq!(due.due(3), Some(at(i64::from(i32::MAX))));
        assert_eq!(due.due(1), Some(at(i64::MAX)));
        assert!(!due.remove(2));
    }

    #[test]
    fn it_agrees_with_an_ordered_set() {
        let mut due = CleanupScheduler::new();
        let (mut of_key, mut set) = (BTreeMap::new(), BTreeSet::new());
        let (mut x, mut now, mut count) = (7u64, 0i64, 0u64);
        let mut random = |below: u64| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x % below
        };
        for _ in 0..60_000 {
            let key = random(2_000) << random(40);
            match random(4) {
                0 => {
                    let known = of_key.remove(&key);
                    known.map(|old| set.remove(&old));
                    assert_eq!(due.remove(key), known.is_some());
                }
                1 => {
                    now += random(5) as i64;
                    let first = set.first().filter(|first: &&(i64, u64, u64)| first.0 <= now);
                    let expected = first.map(|first| first.2);
                    if let Some(key) = expected {
                        set.pop_first();
                        of_key.remove(&key);
                    }
                    assert_eq!(due.poll_due(at(now)), expected);
                }
                _ => {
                    let ttl = random(600) as i32;
                    count += 1;
                    let entry = (now + i64::from(ttl), count, key);
                    of_key.insert(key, entry).map(|old| set.remove(&old));
                    set.insert(entry);
                    due.add(key, at(now), ttl);
                }
            }
            assert_eq!(due.len(), set.len());
            assert_eq!(due.poll_timeout(), set.first().map(|first| at(first.0)));
        }
    }
}
