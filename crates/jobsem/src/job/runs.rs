//! [`Runs`]: a set of indexes that changes index by index and is skipped run by run.
//!
//! The search for the next free index must not visit every taken one. Deliberately absent: the text
//! form, and what stored text may contain (see [`Intervals`](super::Intervals)).

use std::collections::BTreeMap;

/// Runs of consecutive indexes: from the first to the last of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs(BTreeMap<i32, i32>);

impl Runs {
    /// The last index of the run that contains `index`, if one does.
    pub(crate) fn end_of(&self, index: i32) -> Option<i32> {
        let (_, last) = self.0.range(..=index).next_back()?;
        (*last >= index).then_some(*last)
    }

    /// The greatest index, if there is one.
    pub(crate) fn last(&self) -> Option<i32> {
        self.0.last_key_value().map(|(_, last)| *last)
    }

    /// Inserts an index that is not in the set.
    pub(crate) fn insert(&mut self, index: i32) {
        // Inserts a run of one, joined with its neighbours. A pod may carry any index, even
        // i32::MAX.
        let next = index.checked_add(1).and_then(|next| self.0.remove(&next));
        let last = next.unwrap_or(index);
        match self.0.range_mut(..index).next_back() {
            Some((_, end)) if *end + 1 == index => *end = last,
            _ => {
                self.0.insert(index, last);
            }
        }
    }

    /// Removes an index that is in the set.
    pub(crate) fn remove(&mut self, index: i32) {
        let Some((first, last)) = self.0.range(..=index).next_back().map(|(f, l)| (*f, *l)) else {
            return;
        };
        if last < index {
            return;
        }
        self.0.remove(&first);
        if first < index {
            self.0.insert(first, index - 1);
        }
        if index < last {
            self.0.insert(index + 1, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_greatest_index_is_an_index() {
        let mut runs = Runs::default();
        runs.insert(i32::MAX);
        runs.insert(i32::MAX - 1);
        assert_eq!(runs.end_of(i32::MAX - 1), Some(i32::MAX));
        runs.remove(i32::MAX);
        assert_eq!((runs.end_of(i32::MAX), runs.end_of(i32::MAX - 1)), (None, Some(i32::MAX - 1)));
    }

    proptest! {
        #[test]
        fn runs_hold_what_a_set_holds(changes in proptest::collection::vec(0i32..40, 0..200)) {
            let (mut runs, mut set) = (Runs::default(), BTreeSet::new());
            for index in changes {
                if set.remove(&index) {
                    runs.remove(index);
                } else {
                    set.insert(index);
                    runs.insert(index);
                }
            }
            for index in 0..41 {
                let end = (index..).take_while(|i| set.contains(i)).last();
                prop_assert_eq!(runs.end_of(index), end);
            }
            let fused = runs.0.iter().zip(runs.0.keys().skip(1)).all(|((_, l), f)| l + 1 < *f);
            prop_assert!(fused);
        }
    }
}
