//! [`Grown`]: the set of indexes in the status, plus new indexes.
//!
//! A Job of many indexes may have a long text of them. The text is parsed once ([`Stored`]); adding
//! an index looks it up in the parsed set, and printing rewrites only the text around it.
//!
//! Rules: INDEX-01 to INDEX-04, CC-63. [`Intervals`] defines the meaning of a text.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::Intervals;
use crate::api::Text;

/// Up to this many new indexes are inserted into the text; for more, the whole text is printed.
const FEW: usize = 8;

/// A parsed text of indexes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    text: Text,
    completions: i32,
    set: Arc<Intervals>,
    total: i32,
    /// Whether the intervals are ascending, disjoint and forward, as the controller writes them;
    /// hand-written text may differ.
    plain: bool,
    /// Whether the set prints as this text.
    verbatim: bool,
}

impl Stored {
    pub(crate) fn read(text: &Text, completions: i32) -> Stored {
        let set = Intervals::parse(text, completions);
        let verbatim = set.to_string() == **text;
        Stored { verbatim, ..Stored::of(text.clone(), completions, set) }
    }

    /// A text that was printed from the set.
    pub(crate) fn printed(text: Text, completions: i32, set: Intervals) -> Stored {
        Stored { verbatim: true, ..Stored::of(text, completions, set) }
    }

    fn of(text: Text, completions: i32, set: Intervals) -> Stored {
        let (total, plain) = (set.total(), set.is_plain());
        Stored { text, completions, set: set.into(), total, plain, verbatim: false }
    }

    /// Whether this was parsed from `text`. Shared texts are equal without a comparison.
    pub(crate) fn is_of(&self, text: &Text, completions: i32) -> bool {
        self.completions == completions && self.text == *text
    }

    pub(crate) fn has(&self, index: i32) -> bool {
        self.set.has(index)
    }
}

/// A parsed set of indexes, plus new ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grown {
    stored: Stored,
    /// INVARIANT: disjoint from the parsed set.
    since: BTreeSet<i32>,
}

impl Grown {
    pub(crate) fn new(stored: Stored, newly: impl IntoIterator<Item = i32>) -> Grown {
        let mut grown = Grown { stored, since: BTreeSet::new() };
        grown.extend(newly);
        grown
    }

    /// Adds indexes; an index that is in the set already counts once.
    pub(crate) fn extend(&mut self, newly: impl IntoIterator<Item = i32>) {
        let stored = &self.stored;
        if stored.plain {
            return self.since.extend(newly.into_iter().filter(|index| !stored.has(*index)));
        }
        // QUIRK: a text that is not plain counts as written, and merges as upstream merges it
        // (CC-63).
        let newly: BTreeSet<i32> = newly.into_iter().collect();
        let set = stored.set.merge(&Intervals::from_sorted(newly));
        let (total, plain) = (set.total(), set.is_plain());
        let text = Text::EMPTY;
        self.stored = Stored { text, set: set.into(), total, plain, verbatim: false, ..*stored };
    }

    pub(crate) fn has(&self, index: i32) -> bool {
        self.stored.has(index) || self.since.contains(&index)
    }

    /// The end of a run of indexes that contains `index`; the run may continue.
    pub(crate) fn end_of(&self, index: i32) -> Option<i32> {
        self.stored.set.end_of(index).or_else(|| self.since.get(&index).copied())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stored.set.is_empty() && self.since.is_empty()
    }

    /// The number of indexes (INDEX-03).
    pub(crate) fn total(&self) -> i32 {
        self.stored.total.wrapping_add(self.since.len() as i32)
    }

    /// The whole set.
    pub(crate) fn all(&self) -> Cow<'_, Intervals> {
        if self.since.is_empty() {
            return Cow::Borrowed(&self.stored.set);
        }
        let since = Intervals::from_sorted(self.since.iter().copied());
        Cow::Owned(self.stored.set.merge(&since))
    }

    /// The set as text, and as the parsed form of that text.
    pub(crate) fn into_stored(self) -> (Text, Stored) {
        if self.since.is_empty() && self.stored.verbatim {
            return (self.stored.text.clone(), self.stored);
        }
        let completions = self.stored.completions;
        if self.stored.verbatim && self.stored.plain && self.since.len() <= FEW {
            let total = self.total();
            let mut set = Intervals::clone(&self.stored.set);
            let mut text = String::with_capacity(self.stored.text.len() + 12 * FEW);
            text.push_str(&self.stored.text);
            for index in self.since {
                set.insert_with_text(index, &mut text);
            }
            let text = Text::from(text);
            let set = set.into();
            let stored =
                Stored { text: text.clone(), completions, set, total, plain: true, verbatim: true };
            return (text, stored);
        }
        let set = self.all().into_owned();
        let text = Text::from(set.to_string());
        (text.clone(), Stored::printed(text, completions, set))
    }
}

impl fmt::Display for Grown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by merging the whole sets.
    fn merged(text: &str, newly: &BTreeSet<i32>) -> Intervals {
        Intervals::parse(text, 30).merge(&Intervals::from_sorted(newly.iter().copied()))
    }

    #[test]
    fn hand_made_text_grows_as_the_whole_sets_merge() {
        for text in ["5-3", "0-9,3,4", "4,2", "0,1,2", "7,7", "0-2,3-5", "29-40"] {
            for newly in [vec![], vec![4], vec![1, 3, 10]] {
                let newly: BTreeSet<i32> = newly.into_iter().collect();
                let wanted = merged(text, &newly);
                let grown = Grown::new(Stored::read(&text.into(), 30), newly.clone());
                assert_eq!(grown.to_string(), wanted.to_string(), "{text} {newly:?}");
                assert_eq!(grown.total(), wanted.total(), "{text} {newly:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_grown_set_is_the_merged_one(
            before in proptest::collection::btree_set(0i32..30, 0..20),
            newly in prop_oneof![
                proptest::collection::btree_set(0i32..30, 0..=FEW),
                proptest::collection::btree_set(0i32..30, 0..20),
            ],
        ) {
            let text = Intervals::from_sorted(before).to_string();
            let wanted = merged(&text, &newly);
            let grown = Grown::new(Stored::read(&text.as_str().into(), 30), newly);
            prop_assert_eq!(grown.total(), wanted.total());
            prop_assert_eq!(grown.is_empty(), wanted.is_empty());
            for index in 0..31 {
                prop_assert_eq!(grown.has(index), wanted.has(index));
                let end = grown.end_of(index);
                prop_assert_eq!(end.is_some(), wanted.has(index));
                prop_assert!(end <= wanted.end_of(index));
            }
            let (total, (text, stored)) = (grown.total(), grown.into_stored());
            prop_assert_eq!(&*text, wanted.to_string());
            prop_assert_eq!(stored.total, total);
            prop_assert!(stored.plain && stored.verbatim);
            prop_assert_eq!(&*stored.set, &*Stored::read(&text, 30).set);
        }
    }
}
