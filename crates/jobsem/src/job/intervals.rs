//! [`Intervals`]: sets of completion indexes as `status.completedIndexes` spells them.
//!
//! Rules: INDEX-01 to INDEX-04 (upstream: `pkg/controller/job/indexed_job_utils.go` @v1.37.2).
//! Parsing is lenient and repairs nothing: an interval that runs backwards stays as written
//! (CC-63). Such text occurs only in hand-written status.

use std::cmp::Ordering;
use std::fmt;

/// An ordered list of inclusive intervals of indexes.
///
/// ```
/// use jobsem::job::Intervals;
///
/// let set = Intervals::parse("0,x,3-9", 5);
/// assert_eq!((set.to_string().as_str(), set.total()), ("0,3,4", 3));
/// assert!(set.has(4) && !set.has(2));
/// assert_eq!(set.merge(&Intervals::from_sorted([1, 2])).to_string(), "0-4");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interval {
    first: i32,
    last: i32,
}

impl Intervals {
    /// Parses the text. Indexes from `completions` on are dropped (INDEX-01).
    pub fn parse(text: &str, completions: i32) -> Intervals {
        let mut out = Intervals::default();
        if text.is_empty() {
            return out;
        }
        for piece in text.split(',') {
            let mut parts = piece.split('-');
            let Some(first) = parts.next().and_then(atoi) else { continue };
            if first >= i64::from(completions) {
                break;
            }
            let last = match parts.next() {
                None => first,
                Some(part) => match atoi(part) {
                    Some(last) => last.min(i64::from(completions) - 1),
                    None => continue,
                },
            };
            // OK because both are below `completions`, and no part carries a minus sign.
            let (first, last) = (first as i32, last as i32);
            match out.0.last_mut() {
                Some(kept) if kept.last == first.wrapping_sub(1) => kept.last = last,
                _ => out.0.push(Interval { first, last }),
            }
        }
        out
    }

    /// The set of the given indexes, which must be ascending; repeated ones count once.
    pub fn from_sorted(indexes: impl IntoIterator<Item = i32>) -> Intervals {
        let mut out = Intervals::default();
        for index in indexes {
            match out.0.last_mut() {
                Some(kept) if index <= kept.last => {}
                Some(kept) if index == kept.last + 1 => kept.last = index,
                _ => out.0.push(Interval { first: index, last: index }),
            }
        }
        out
    }

    /// Whether there is no interval.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of intervals.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of indexes: the sum of the intervals' lengths (INDEX-03). An interval that runs
    /// backwards counts negative.
    pub fn total(&self) -> i32 {
        // Upstream sums in 64 bits and truncates to 32 on storing.
        self.0.iter().map(|i| i64::from(i.last) - i64::from(i.first) + 1).sum::<i64>() as i32
    }

    /// Whether the index is in the set (INDEX-03).
    pub fn has(&self, index: i32) -> bool {
        self.end_of(index).is_some()
    }

    /// The last index of the interval that contains `index`, if one does.
    pub(crate) fn end_of(&self, index: i32) -> Option<i32> {
        let found = self.0.get(self.0.partition_point(|i| i.last < index))?;
        (found.first <= index).then_some(found.last)
    }

    /// The union of both sets (INDEX-04).
    #[must_use]
    pub fn merge(&self, other: &Intervals) -> Intervals {
        let mut out = Intervals(Vec::with_capacity(self.0.len() + other.0.len()));
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.first < y.first => a.next(),
                (_, Some(_)) => b.next(),
                (Some(_), None) => a.next(),
                (None, None) => return out,
            };
            let Some(&next) = next else { return out };
            match out.0.last_mut() {
                Some(kept) if next.first <= kept.last.wrapping_add(1) => {
                    kept.last = kept.last.max(next.last);
                }
                _ => out.0.push(next),
            }
        }
    }

    /// Adds a new index to a plain set and to its text. Text that is not adjacent to the index is
    /// moved, but neither parsed nor printed.
    pub(crate) fn insert_with_text(&mut self, index: i32, text: &mut String) {
        let at = self.0.partition_point(|i| i.last < index);
        let before = self.0[..at].last().filter(|i| i64::from(i.last) + 1 == i64::from(index));
        let after = self.0.get(at).filter(|i| i64::from(i.first) - 1 == i64::from(index));
        let new = Interval {
            first: before.map_or(index, |i| i.first),
            last: after.map_or(index, |i| i.last),
        };
        // The intervals that the index joins.
        let joined = at - usize::from(before.is_some())..at + usize::from(after.is_some());
        let mut piece = String::new();
        new.push_to(&mut piece);
        match self.0.get(joined.start) {
            None if text.is_empty() => text.push_str(&piece),
            None => text.extend([",", &piece]),
            Some(next) if joined.is_empty() => {
                piece.push(',');
                text.insert_str(start_of(text, next.first), &piece);
            }
            Some(first) => {
                let last = self.0[joined.end - 1];
                let mut old = String::new();
                last.push_to(&mut old);
                let end = start_of(text, last.first) + old.len();
                text.replace_range(start_of(text, first.first)..end, &piece);
            }
        }
        self.0.splice(joined, [new]);
    }

    /// Whether the intervals are ascending, disjoint and forward.
    pub(crate) fn is_plain(&self) -> bool {
        let mut next = i64::MIN;
        self.0.iter().all(|i| {
            let well = i64::from(i.first) >= next && i.first <= i.last;
            next = i64::from(i.last) + 2;
            well
        })
    }

    /// How many indexes of `self` are in `other`.
    pub(crate) fn count_in(&self, other: &Intervals) -> i32 {
        let mut count = 0;
        for i in &self.0 {
            let mut at = i.first;
            // Walks the intervals of `other` instead of indexes: lists may be very long.
            let start = other.0.partition_point(|o| o.last < at);
            for o in &other.0[start..] {
                if o.first > i.last {
                    break;
                }
                let from = at.max(o.first);
                let to = i.last.min(o.last);
                if from <= to {
                    count += to - from + 1;
                    at = to + 1;
                }
            }
        }
        count
    }

    /// The indexes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = i32> + '_ {
        self.0.iter().flat_map(|i| i.first..=i.last)
    }
}

impl fmt::Display for Intervals {
    /// The text as the controller writes it (INDEX-02).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There may be 50,000 intervals, so the formatter is called per piece, not per number.
        let mut piece = String::with_capacity(1_024);
        for (n, i) in self.0.iter().enumerate() {
            if piece.len() > 1_000 {
                f.write_str(&piece)?;
                piece.clear();
            }
            if n > 0 {
                piece.push(',');
            }
            i.push_to(&mut piece);
        }
        f.write_str(&piece)
    }
}

impl Interval {
    fn push_to(self, text: &mut String) {
        push_number(text, self.first);
        let between = match self.last.wrapping_sub(self.first) {
            ..=0 => return,
            1 => ',',
            _ => '-',
        };
        text.push(between);
        push_number(text, self.last);
    }
}

/// The position of an interval's start in the text of a plain set that contains it.
fn start_of(text: &str, number: i32) -> usize {
    let bytes = text.as_bytes();
    let is_comma = |byte: &u8| *byte == b',';
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[low..middle].iter().rposition(is_comma).map_or(low, |at| low + at + 1);
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit());
        // OK because the controller printed the text: no number exceeds 32 bits.
        let found = digits.fold(0, |n: i64, digit| n * 10 + i64::from(digit - b'0'));
        match found.cmp(&i64::from(number)) {
            Ordering::Equal => return start,
            Ordering::Greater => high = start,
            Ordering::Less => {
                let next = bytes[middle..].iter().position(is_comma);
                low = next.map_or(bytes.len(), |at| middle + at + 1);
            }
        }
    }
    low
}

fn push_number(text: &mut String, number: i32) {
    if number < 0 {
        text.push('-');
    }
    let (mut digits, mut at) = ([0u8; 10], 10);
    let mut left = number.unsigned_abs();
    loop {
        at -= 1;
        // OK because the remainder is below 10.
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    text.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// A decimal integer as Go's `strconv.Atoi` reads it: an optional sign, digits, 64 bits.
pub(crate) fn atoi(text: &str) -> Option<i64> {
    // Rust's parser accepts exactly the same texts.
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_text_is_read_forgivingly() {
        for (text, completions, printed, total) in [
            ("", 10, "", 0),
            ("1,3-5,7", 10, "1,3-5,7", 5),
            ("0,1", 10, "0,1", 2),
            ("0-1", 10, "0,1", 2),
            ("0,1,2", 10, "0-2", 3),
            ("0,x,3-9", 5, "0,3,4", 3),
            ("9,1", 5, "", 0),
            ("5-3", 10, "5", -1),
            ("1-2-3", 10, "1,2", 2),
            ("1-,2", 10, "2", 1),
            ("+1", 10, "1", 1),
            ("-1", 10, "", 0),
        ] {
            let set = Intervals::parse(text, completions);
            assert_eq!((set.to_string().as_str(), set.total()), (printed, total), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_printed_as_the_formatter_does() {
        for number in [0, 7, 10, 99, 100, 65_536, i32::MAX, -1, i32::MIN] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
        let long = Intervals::from_sorted((0..3_000).step_by(2));
        let numbers: Vec<String> = (0..3_000).step_by(2).map(|n| n.to_string()).collect();
        assert_eq!(long.to_string(), numbers.join(","));
    }

    #[test]
    fn merging_fuses_overlapping_and_adjacent_intervals() {
        for (a, b, merged) in [
            ("0,2", "1", "0-2"),
            ("", "3-5", "3-5"),
            ("0-9", "3,4", "0-9"),
            ("0,4", "2", "0,2,4"),
            ("1-3", "2-8", "1-8"),
        ] {
            let (a, b) = (Intervals::parse(a, 100), Intervals::parse(b, 100));
            assert_eq!(a.merge(&b).to_string(), merged);
            assert_eq!(b.merge(&a).to_string(), merged);
        }
    }

    #[test]
    fn a_set_and_its_text_grow_together_index_by_index() {
        let (mut set, mut text) = (Intervals::default(), String::new());
        let mut all = std::collections::BTreeSet::new();
        for n in 0..1_009 {
            // All indexes up to 1,008, in scattered order.
            let index = n * 397 % 1_009;
            all.insert(index);
            set.insert_with_text(index, &mut text);
            assert_eq!(set, Intervals::from_sorted(all.iter().copied()), "{index}");
            assert_eq!(text, set.to_string(), "{index}");
        }
        assert_eq!(text, "0-1008");
    }

    #[test]
    fn common_indexes_are_counted_by_interval() {
        let ok = Intervals::parse("0-4,8,10-12", 20);
        for (text, count) in [("0-2", 3), ("3-9", 3), ("5-7", 0), ("0-19", 9), ("12,13", 1)] {
            assert_eq!(Intervals::parse(text, 20).count_in(&ok), count, "{text}");
        }
    }
}
