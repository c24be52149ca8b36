//! [`Coming`]: what a script has still to do, in the order of its time.
//!
//! Deliberately absent: what happens then, and taking anything back. A cluster's own timers are
//! in `controller`.

use std::collections::BTreeMap;

use crate::time::Time;

/// Things to come. Those of one time come in the order in which they were set.
#[derive(Debug)]
pub(super) struct Coming<T> {
    by_time: BTreeMap<(Time, u64), T>,
    set: u64,
}

impl<T> Coming<T> {
    pub(super) fn new() -> Coming<T> {
        Coming { by_time: BTreeMap::new(), set: 0 }
    }

    pub(super) fn set(&mut self, at: Time, what: T) {
        self.set += 1;
        self.by_time.insert((at, self.set), what);
    }

    /// When the next one comes.
    pub(super) fn next_at(&self) -> Option<Time> {
        self.by_time.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.by_time.pop_first().map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_of_one_time_what_was_set_first() {
        let mut coming = Coming::new();
        let at = |seconds: i64| Time::UNIX_EPOCH.plus_nanos(seconds * 1_000_000_000);
        for (seconds, what) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
            coming.set(at(seconds), what);
        }
        assert_eq!(coming.next_at(), Some(at(1)));
        let order: String = std::iter::from_fn(|| coming.pop()).collect();
        assert_eq!(order, "abcd");
        assert_eq!(coming.next_at(), None);
    }
}
