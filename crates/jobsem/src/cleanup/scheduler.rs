//! [`CleanupScheduler`]: a great many finished Jobs, each due to go at a time of its own.
//!
//! A heap with four children to a node, in which every timer knows its place, beside a table from
//! keys to timers. Deliberately absent: what a key means, and the deletion.
//!
//! Rules: TTL-05, TTL-10, PURE-1.

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
    heap: Vec<Node>,
    timers: Vec<Timer>,
    /// The first timer that is not in use; each names the next one in `place`.
    free: u32,
    table: Table,
    armed: u32,
}

/// What is in the heap: ordered by time, then by when it was armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    /// Seconds since the epoch.
    due: i64,
    armed: u32,
    timer: u32,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    key: u64,
    place: u32,
}

const NONE: u32 = u32::MAX;
/// Children of a node: one line of cache.
const WIDTH: usize = 4;

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
            heap: Vec::new(),
            timers: Vec::new(),
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
        self.heap.is_empty()
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
        let timers = &self.timers;
        let Some(timer) = self.table.remove(key, |slot| timers[slot as usize].key) else {
            return false;
        };
        let place = self.timers[timer as usize].place as usize;
        self.release(timer);
        self.take_out(place);
        true
    }

    /// When the Job is due, if it is known.
    pub fn due(&self, key: u64) -> Option<Time> {
        let timer = self.table.find(key, |slot| self.timers[slot as usize].key)?;
        let place = self.timers[timer as usize].place as usize;
        Some(Time::from_unix(self.heap[place].due))
    }

    /// A Job that is due at `now`, the longest overdue first; it is no longer known then. Jobs
    /// that are due at the same second come in the order in which they were added.
    pub fn poll_due(&mut self, now: Time) -> Option<u64> {
        let first = self.heap.first().filter(|first| first.due <= now.unix())?;
        let timer = first.timer;
        let key = self.timers[timer as usize].key;
        let timers = &self.timers;
        self.table.remove(key, |slot| timers[slot as usize].key);
        self.release(timer);
        self.take_out(0);
        Some(key)
    }

    /// When the next Job is due.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.heap.first().map(|first| Time::from_unix(first.due))
    }

    /// The memory it holds, in bytes.
    pub fn memory(&self) -> usize {
        self.heap.capacity() * size_of::<Node>()
            + self.timers.capacity() * size_of::<Timer>()
            + self.table.memory()
    }

    fn arm(&mut self, key: u64, due: i64) {
        self.armed = self.armed.wrapping_add(1);
        let known = self.table.find(key, |slot| self.timers[slot as usize].key);
        let (timer, place) = match known {
            Some(timer) => (timer, self.timers[timer as usize].place as usize),
            None => {
                let timer = self.claim(key);
                let timers = &self.timers;
                self.table.insert(key, timer, |slot| timers[slot as usize].key);
                self.heap.push(Node { due, armed: self.armed, timer });
                (timer, self.heap.len() - 1)
            }
        };
        self.settle(place, Node { due, armed: self.armed, timer });
    }

    /// A timer that is not in use.
    fn claim(&mut self, key: u64) -> u32 {
        match self.free {
            NONE => {
                // INVARIANT: there are fewer than 2^32 timers; their keys alone would take 32 GiB.
                self.timers.push(Timer { key, place: 0 });
                (self.timers.len() - 1) as u32
            }
            timer => {
                let slot = &mut self.timers[timer as usize];
                self.free = slot.place;
                slot.key = key;
                timer
            }
        }
    }

    fn release(&mut self, timer: u32) {
        self.timers[timer as usize].place = self.free;
        self.free = timer;
    }

    /// Takes a node out of the heap; the last one fills its place.
    fn take_out(&mut self, place: usize) {
        if let Some(last) = self.heap.pop()
            && place < self.heap.len()
        {
            self.settle(place, last);
        }
    }

    fn put(&mut self, place: usize, node: Node) {
        self.heap[place] = node;
        self.timers[node.timer as usize].place = place as u32;
    }

    /// Puts `node` in the heap, beginning with a place that is open for it.
    fn settle(&mut self, mut place: usize, node: Node) {
        while place > 0 {
            let parent = (place - 1) / WIDTH;
            let above = self.heap[parent];
            if above <= node {
                break;
            }
            self.put(place, above);
            place = parent;
        }
        loop {
            let first = place * WIDTH + 1;
            let last = (first + WIDTH).min(self.heap.len());
            let Some((child, below)) = (first..last)
                .map(|child| (child, self.heap[child]))
                .min_by_key(|(_, below)| *below)
                .filter(|(_, below)| *below < node)
            else {
                break;
            };
            self.put(place, below);
            place = child;
        }
        self.put(place, node);
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
