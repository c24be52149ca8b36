//! [`CleanupScheduler`]: the expiry times of many finished Jobs.
//!
//! An agenda of nodes in time order, beside a table from keys to timers. The position of a timer's
//! node in the agenda is unknown, so a changed or cancelled timer leaves a stale node behind, which
//! is dropped when it comes first or when there are too many. Deliberately absent: the meaning of a
//! key, and the deletion.
//!
//! Rules: TTL-05, TTL-10.

use std::hint::black_box;

use super::agenda::{Agenda, Node};
use super::table::Table;
use crate::wake::WakeReason;
use crate::{SECOND, Time};

/// The times at which finished Jobs are due for deletion.
///
/// The host numbers its Jobs. A million armed Jobs take 48 bytes each, and arming, cancelling or
/// expiring one takes a fraction of a microsecond. Every finish time, and every TTL that Kubernetes
/// accepts, is valid.
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
    /// INVARIANT: the first node is not stale.
    nodes: Agenda,
    /// The number of stale nodes.
    stale: usize,
    timers: Vec<Timer>,
    /// The head of the free list: each unused timer has the next one in place of a key.
    free: u32,
    table: Table,
    armed: u32,
}

/// A Job's timer. Packed, because an alignment of 8 would add four bytes to each of a million.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Timer {
    key: u64,
    due: i64,
    /// The current arming count: a node with another one is stale.
    armed: u32,
}

const NONE: u32 = u32::MAX;
/// Compact when more than one node in this many is stale.
const STALE_SHARE: usize = 10;
/// Never compact for fewer stale nodes than this.
const STALE_ALWAYS: usize = 64;

impl Default for CleanupScheduler {
    fn default() -> Self {
        CleanupScheduler::new()
    }
}

impl CleanupScheduler {
    /// The reason of its wake-ups.
    pub const REASON: WakeReason = WakeReason::Ttl;

    /// A scheduler without Jobs.
    pub fn new() -> CleanupScheduler {
        CleanupScheduler {
            nodes: Agenda::default(),
            stale: 0,
            timers: Vec::new(),
            free: NONE,
            table: Table::new(),
            armed: 0,
        }
    }

    /// The number of armed Jobs.
    pub fn len(&self) -> usize {
        self.nodes.len() - self.stale
    }

    /// Whether no Job is armed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Arms the Job `key`, which finished at `finished`, to expire `ttl_seconds` whole seconds
    /// later. A Job that is armed already gets the new time, whether earlier or later.
    ///
    /// A fraction of a second in `finished` is dropped, as on storage in the API server. A negative
    /// TTL, which the API server refuses, is in the past.
    pub fn add(&mut self, key: u64, finished: Time, ttl_seconds: i32) {
        self.arm(key, finished.unix().saturating_add(i64::from(ttl_seconds)));
    }

    /// Arms the Job for a time that the host computed. A fraction rounds up to the next whole
    /// second.
    pub fn add_at(&mut self, key: u64, due: Time) {
        self.arm(key, due.plus_nanos(SECOND - 1).unix());
    }

    /// Disarms a Job. Returns false if it was not armed.
    pub fn remove(&mut self, key: u64) -> bool {
        let timers = &self.timers;
        let removed = self.table.remove(key, |timer| timers[timer as usize].key);
        let Some(timer) = removed else { return false };
        self.release(timer);
        self.stale += 1;
        self.tidy();
        true
    }

    /// When the Job expires, if it is armed.
    pub fn due(&self, key: u64) -> Option<Time> {
        let timer = self.table.find(key, |timer| self.timers[timer as usize].key)?;
        Some(Time::from_unix(self.timers[timer as usize].due))
    }

    /// Returns and disarms a Job that is due at `now`, the longest overdue first. Jobs due in the
    /// same second are returned in arming order.
    pub fn poll_due(&mut self, now: Time) -> Option<u64> {
        let timer = self.nodes.first().filter(|first| first.due() <= now.unix())?.timer();
        let timers = &self.timers;
        let key = timers[timer as usize].key;
        self.table.remove_slot(key, timer, |timer| timers[timer as usize].key);
        self.release(timer);
        self.nodes.pop();
        self.drop_stale_first();
        self.look_ahead();
        Some(key)
    }

    /// When the next Job expires.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.nodes.first().map(|first| Time::from_unix(first.due()))
    }

    /// The memory it holds, in bytes.
    pub fn memory(&self) -> usize {
        self.nodes.memory() + self.timers.capacity() * size_of::<Timer>() + self.table.memory()
    }

    fn arm(&mut self, key: u64, due: i64) {
        if self.armed == u32::MAX {
            self.count_anew();
        }
        self.armed += 1;
        let armed = self.armed;
        match self.table.find(key, |timer| self.timers[timer as usize].key) {
            Some(timer) => {
                self.timers[timer as usize] = Timer { key, due, armed };
                self.nodes.push(Node::new(due, armed, timer));
                self.stale += 1;
                self.tidy();
            }
            None => {
                let timer = self.claim(Timer { key, due, armed });
                let timers = &self.timers;
                self.table.insert(key, timer, |timer| timers[timer as usize].key);
                self.nodes.push(Node::new(due, armed, timer));
            }
        }
    }

    /// Drops stale nodes: the first ones always, all of them if there are many.
    fn tidy(&mut self) {
        if self.stale > STALE_ALWAYS && self.stale > self.len() / STALE_SHARE {
            let timers = &self.timers;
            self.nodes.retain(|node| is_live(timers, node));
            self.stale = 0;
        } else {
            self.drop_stale_first();
        }
    }

    fn drop_stale_first(&mut self) {
        while self.nodes.first().is_some_and(|first| !is_live(&self.timers, first)) {
            self.nodes.pop();
            self.stale -= 1;
        }
    }

    /// Prefetches what the next expiries will read. Waiting for this scattered memory would
    /// dominate the cost of an expiry.
    fn look_ahead(&self) {
        if let Some(node) = self.nodes.later(16) {
            black_box(self.timers[node.timer() as usize].key);
        }
        if let Some(node) = self.nodes.later(8) {
            self.table.fetch(self.timers[node.timer() as usize].key);
        }
    }

    /// Renumbers armings from 1, in the same order; needed once in 2^32 armings.
    fn count_anew(&mut self) {
        let mut old = std::mem::take(&mut self.nodes);
        self.stale = 0;
        self.armed = 0;
        while let Some(node) = old.pop() {
            if is_live(&self.timers, node) {
                self.armed += 1;
                self.timers[node.timer() as usize].armed = self.armed;
                self.nodes.push(Node::new(node.due(), self.armed, node.timer()));
            }
        }
    }

    /// Takes an unused timer.
    fn claim(&mut self, new: Timer) -> u32 {
        match self.free {
            NONE => {
                // INVARIANT: there are fewer than 2^32 timers; their keys alone would take 32 GiB.
                self.timers.push(new);
                (self.timers.len() - 1) as u32
            }
            timer => {
                let slot = &mut self.timers[timer as usize];
                self.free = slot.key as u32;
                *slot = new;
                timer
            }
        }
    }

    fn release(&mut self, timer: u32) {
        // No node has count 0, so every node left of this timer is stale.
        self.timers[timer as usize] = Timer { key: self.free.into(), due: 0, armed: 0 };
        self.free = timer;
    }
}

fn is_live(timers: &[Timer], node: Node) -> bool {
    timers[node.timer() as usize].armed == node.armed()
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
    fn the_order_outlives_the_count_of_armings() {
        let mut due = CleanupScheduler::new();
        due.armed = u32::MAX - 3;
        for key in [5, 3, 9, 3, 1, 7] {
            due.add(key, at(0), 10);
        }
        assert!(due.armed < 10, "it was counted anew");
        assert_eq!(due.len(), 5);
        let order: Vec<u64> = std::iter::from_fn(|| due.poll_due(at(10))).collect();
        assert_eq!(order, [5, 9, 3, 1, 7]);
    }

    #[test]
    fn what_is_changed_and_cancelled_leaves_little_behind() {
        let mut due = CleanupScheduler::new();
        for round in 0..40 {
            for key in 0..1_000 {
                due.add(key, at(round), i32::MAX - key as i32);
            }
        }
        assert_eq!(due.len(), 1_000);
        assert!(due.nodes.len() <= 1_000 + 1_000 / STALE_SHARE + 1, "{}", due.nodes.len());
        for key in 0..1_000 {
            assert!(due.remove(key));
        }
        assert!(due.is_empty() && due.poll_timeout().is_none());
    }

    #[test]
    fn it_agrees_with_an_ordered_set() {
        let mut due = CleanupScheduler::new();
        // Renumbering in between changes nothing.
        due.armed = u32::MAX - 10_000;
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
