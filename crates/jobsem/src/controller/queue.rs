//! [`WorkQueue`]: a deduplicating queue of keys, with delays and retries.
//!
//! Rules: QUEUE-01 to QUEUE-04, QUEUE-20, WQ-1 to WQ-4 (upstream: client-go's
//! `util/workqueue`). The delays themselves are in [`Timers`].

use std::collections::VecDeque;
use std::fmt::Display;
use std::hash::Hash;

use hashbrown::{HashMap, HashSet};

use super::timers::Timers;
use crate::wake::{WakeReason, Wakeup};
use crate::{SECOND, Time};

/// A token bucket that limits the rate of retries.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Option<Time>,
}

impl Bucket {
    /// A full bucket of `burst` tokens, refilled at `per_second`.
    pub(crate) fn new(per_second: f64, burst: f64) -> Bucket {
        Bucket { per_second, burst, tokens: burst, at: None }
    }

    /// Reserves a token, possibly a future one. Returns the nanoseconds until it is available.
    fn reserve(&mut self, now: Time) -> i64 {
        let passed = self.at.map_or(0, |at| now.since(at).max(0)) as f64 / SECOND as f64;
        self.at = Some(now);
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst) - 1.0;
        // GO: computed in floating point, truncated to whole nanoseconds.
        (-self.tokens.min(0.0) / self.per_second * SECOND as f64) as i64
    }
}

/// A queue of keys, with delays and retries.
#[derive(Clone, Debug)]
pub(crate) struct WorkQueue<K> {
    fifo: VecDeque<K>,
    dirty: HashSet<K>,
    processing: HashSet<K>,
    timers: Timers<K>,
    failures: HashMap<K, u32>,
    retry: (i64, i64),
    bucket: Option<Bucket>,
    /// When workers start; until then keys are added and none is taken.
    opens: Option<Time>,
}

impl<K: Eq + Hash + Clone> WorkQueue<K> {
    /// A queue that retries after `retry.0` nanoseconds, doubling with each failure up to
    /// `retry.1`.
    pub(crate) fn new(retry: (i64, i64)) -> WorkQueue<K> {
        WorkQueue {
            fifo: VecDeque::new(),
            dirty: HashSet::default(),
            processing: HashSet::default(),
            timers: Timers::new(),
            failures: HashMap::default(),
            retry,
            bucket: None,
            opens: None,
        }
    }

    /// Limits the retries of all keys together (WQ-3).
    pub(crate) fn with_bucket(mut self, bucket: Bucket) -> WorkQueue<K> {
        self.bucket = Some(bucket);
        self
    }

    /// Delays the start of workers to `opens`.
    pub(crate) fn with_opening(mut self, opens: Time) -> WorkQueue<K> {
        self.opens = Some(opens);
        self
    }

    /// QUEUE-01.
    pub(crate) fn add(&mut self, key: &K) {
        if self.dirty.insert(key.clone()) && !self.processing.contains(key) {
            self.fifo.push_back(key.clone());
        }
    }

    /// QUEUE-02.
    pub(crate) fn get(&mut self) -> Option<K> {
        if self.opens.is_some() {
            return None;
        }
        let key = self.fifo.pop_front()?;
        self.dirty.remove(&key);
        self.processing.insert(key.clone());
        Some(key)
    }

    /// QUEUE-02.
    pub(crate) fn done(&mut self, key: &K) {
        self.processing.remove(key);
        if self.dirty.contains(key) {
            self.fifo.push_back(key.clone());
        }
    }

    /// QUEUE-03: the earliest of several delays of a key wins.
    pub(crate) fn add_after(&mut self, key: &K, now: Time, nanos: i64, reason: WakeReason) {
        if nanos <= 0 {
            return self.add(key);
        }
        self.timers.insert(key, now.plus_nanos(nanos), reason);
    }

    /// QUEUE-20.
    pub(crate) fn add_rate_limited(&mut self, key: &K, now: Time) {
        let failures = self.failures.entry(key.clone()).or_default();
        let (base, cap) = self.retry;
        let nanos = 1i64.checked_shl(*failures).and_then(|n| n.checked_mul(base));
        let nanos = nanos.filter(|n| (1..=cap).contains(n)).unwrap_or(cap);
        *failures = failures.saturating_add(1);
        let nanos = nanos.max(self.bucket.as_mut().map_or(0, |bucket| bucket.reserve(now)));
        self.add_after(key, now, nanos, WakeReason::Retry);
    }

    /// QUEUE-20: the key succeeded.
    pub(crate) fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// Adds every key that is due.
    pub(crate) fn expire(&mut self, now: Time) {
        self.opens = self.opens.filter(|opens| *opens > now);
        while let Some(key) = self.timers.pop_due(now) {
            self.add(&key);
        }
    }

    /// Whether the key waits, is being processed, or has remembered failures.
    pub(crate) fn knows(&self, key: &K) -> bool {
        self.dirty.contains(key)
            || self.processing.contains(key)
            || self.failures.contains_key(key)
            || self.timers.of(key).is_some()
    }

    /// The first delay to end.
    pub(crate) fn next(&self) -> Option<(Time, WakeReason, &K)> {
        if let (Some(opens), Some(key)) = (self.opens, self.fifo.front()) {
            return Some((opens, WakeReason::Start, key));
        }
        self.timers.first()
    }

    /// When the key's delay ends, and its reason.
    pub(crate) fn timer(&self, key: &K) -> Option<(Time, WakeReason)> {
        self.timers.of(key)
    }
}

impl<K: Eq + Hash + Clone + Display> WorkQueue<K> {
    /// The first delay to end, as a wake-up.
    pub(crate) fn wakeup(&self) -> Option<Wakeup> {
        let (at, reason, key) = self.next()?;
        Some(Wakeup::new(at, reason, key.to_string()))
    }

    /// When the key's delay ends, as a wake-up.
    pub(crate) fn wakeup_of(&self, key: &K) -> Option<Wakeup> {
        let (at, reason) = self.timer(key)?;
        Some(Wakeup::new(at, reason, key.to_string()))
    }
}

/// WQ-3: a queue that retries a key after 5 ms, 10 ms and so on up to 1000 s, and all keys together
/// at ten per second after the first hundred.
pub(super) fn shared_retries<K: Eq + Hash + Clone>() -> WorkQueue<K> {
    WorkQueue::new((SECOND / 200, 1_000 * SECOND)).with_bucket(Bucket::new(10.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> WorkQueue<&'static str> {
        WorkQueue::new((SECOND, 60 * SECOND))
    }

    #[test]
    fn a_key_waits_once_and_comes_back_if_it_was_added_while_in_work() {
        let mut q = queue();
        q.add(&"a");
        q.add(&"b");
        q.add(&"a");
        assert_eq!(q.get(), Some("a"));
        q.add(&"a");
        assert_eq!((q.get(), q.get()), (Some("b"), None));
        q.done(&"a");
        assert_eq!(q.get(), Some("a"));
    }

    #[test]
    fn an_earlier_delay_replaces_a_later_one_and_not_the_other_way_round() {
        let (mut q, now) = (queue(), Time::from_unix(0));
        q.add_after(&"a", now, 3 * SECOND, WakeReason::Retry);
        q.add_after(&"a", now, 2 * SECOND, WakeReason::Batch);
        q.add_after(&"a", now, 4 * SECOND, WakeReason::Deadline);
        assert_eq!(q.next(), Some((Time::from_unix(2), WakeReason::Batch, &"a")));
        q.add(&"a");
        assert_eq!(q.get(), Some("a"));
        assert!(q.next().is_some(), "an add does not cancel the delay");
    }

    #[test]
    fn retries_double_up_to_the_cap_and_start_anew_after_a_success() {
        let (mut q, now) = (queue(), Time::from_unix(0));
        let mut wait = || {
            q.add_rate_limited(&"a", now);
            let at = q.next().unwrap().0.unix();
            q.expire(Time::from_unix(1_000));
            at
        };
        assert_eq!([wait(), wait(), wait()], [1, 2, 4]);
        assert_eq!([wait(), wait(), wait(), wait()], [8, 16, 32, 60]);
        q.forget(&"a");
        q.add_rate_limited(&"a", now);
        assert_eq!(q.next().unwrap().0.unix(), 1);
    }

    #[test]
    fn the_retries_of_all_keys_together_are_limited() {
        let mut q = WorkQueue::new((5_000_000, 1_000 * SECOND)).with_bucket(Bucket::new(10.0, 3.0));
        let now = Time::from_unix(0);
        let mut waits = Vec::new();
        for key in ["a", "b", "c", "d", "e"] {
            q.add_rate_limited(&key, now);
            waits.push(q.timer(&key).unwrap().0.since(now) / 1_000_000);
        }
        assert_eq!(waits, [5, 5, 5, 100, 200]);
        q.add_rate_limited(&"f", Time::from_unix(10));
        assert_eq!(q.timer(&"f").unwrap().0.since(Time::from_unix(10)), 5_000_000);
    }
}
