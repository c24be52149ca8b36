//! [`Memory`]: the state of one Job between its syncs, lost on a restart.
//!
//! Rules: MEM-01 to MEM-03, EXP-01 to EXP-04, BACKOFF-14.

use hashbrown::HashSet;

use super::backoff::BackoffRecord;
use super::constants::EXPECTATION_TIMEOUT;
use crate::Time;
use crate::api::Text;

/// UIDs of pods. Never iterated where the order is visible.
pub(crate) type UidSet = HashSet<Text>;

/// What the syncs of one Job remember.
///
/// A new value is right after a start: the stored status and the pods' finalizers suffice to
/// continue without counting a pod twice. Only the count of consecutive failures is lost (CC-34).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    pub(crate) expectations: Option<Expectations>,
    /// MEM-02: UIDs of pods whose finalizer was removed and whose update is still to be seen.
    pub(crate) removing: UidSet,
    pub(crate) backoff: BackoffRecord,
}

impl Memory {
    /// The consecutive failures that determine the back-off.
    pub fn backoff(&self) -> BackoffRecord {
        self.backoff
    }
}

/// MEM-01: the creations and deletions still to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expectations {
    creations: i64,
    deletions: i64,
    set_at: Time,
}

impl Expectations {
    /// EXP-01: setting one kind clears the other.
    pub(crate) fn creations(count: usize, now: Time) -> Expectations {
        Expectations { creations: count as i64, deletions: 0, set_at: now }
    }

    /// EXP-01.
    pub(crate) fn deletions(count: usize, now: Time) -> Expectations {
        Expectations { creations: 0, deletions: count as i64, set_at: now }
    }
}

impl Memory {
    /// EXP-03.
    pub(crate) fn satisfied(&self, now: Time) -> bool {
        self.expectations.is_none_or(|e| {
            e.creations <= 0 && e.deletions <= 0 || now.since(e.set_at) > EXPECTATION_TIMEOUT
        })
    }

    /// EXP-02: `count` creations were seen, or will never come.
    pub(crate) fn observe_creations(&mut self, count: usize) {
        if let Some(e) = &mut self.expectations {
            e.creations -= count as i64;
        }
    }

    /// EXP-02: a deletion was seen, or will never come.
    pub(crate) fn observe_deletion(&mut self) {
        if let Some(e) = &mut self.expectations {
            e.deletions -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_hold_until_met_or_for_more_than_five_minutes() {
        let now = Time::from_unix(0);
        let mut memory = Memory::default();
        assert!(memory.satisfied(now));
        memory.expectations = Some(Expectations::creations(1, now));
        assert!(!memory.satisfied(now));
        assert!(!memory.satisfied(Time::from_unix(300)));
        assert!(memory.satisfied(Time::from_unix(300).plus_nanos(1)));
        memory.observe_creations(1);
        assert!(memory.satisfied(now));
        memory.expectations = Some(Expectations::deletions(2, now));
        memory.observe_deletion();
        assert!(!memory.satisfied(now));
    }
}
