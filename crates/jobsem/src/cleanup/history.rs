//! History limits: how many finished children an owner keeps.
//!
//! Rules: HIST-04, HIST-05.

use crate::Time;

/// The children beyond `limit`, as positions in the input, in deletion order: from the earliest
/// start on. A child that never started counts as the newest; ties are broken by name.
///
/// Pass the finished children of one class (succeeded or failed), each with its start time and
/// name. A negative limit counts as zero.
///
/// ```
/// use jobsem::{Time, cleanup::excess};
///
/// let start = |seconds| Some(Time::from_unix(seconds));
/// let runs = [(start(30), "c"), (start(10), "a"), (None, "x"), (start(20), "b")];
/// assert_eq!(excess(2, runs), [1, 3]);
/// ```
pub fn excess<'a>(
    limit: i64,
    children: impl IntoIterator<Item = (Option<Time>, &'a str)>,
) -> Vec<usize> {
    let mut order: Vec<(bool, Option<Time>, &str, usize)> = children
        .into_iter()
        .enumerate()
        .map(|(at, (start, name))| (start.is_none(), start, name, at))
        .collect();
    let keep = usize::try_from(limit).unwrap_or(0);
    let count = order.len().saturating_sub(keep);
    order.sort_unstable();
    order.into_iter().take(count).map(|(_, _, _, at)| at).collect()
}
