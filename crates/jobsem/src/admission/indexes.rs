//! Index texts (`0,3-5`) as admission reads them: strictly, with the words of the API.
//!
//! Rules: VALID-46, STATUS-UPDATE-50. The controller reads the same texts leniently, elsewhere.

/// Reads an index text for a Job of `completions` indexes; gives how many it lists.
pub(super) fn parse(text: &str, completions: i32) -> Result<i64, String> {
    let mut total = 0i64;
    let mut previous: Option<i64> = None;
    if text.is_empty() {
        return Ok(0);
    }
    for fragment in text.split(',') {
        let (start, end) = interval(fragment, completions)?;
        if let Some(previous) = previous
            && start <= previous
        {
            return Err(format!("non-increasing order, previous: {previous}, current: {start}"));
        }
        previous = Some(end);
        total += end - start + 1;
    }
    Ok(total)
}

fn interval(fragment: &str, completions: i32) -> Result<(i64, i64), String> {
    let mut parts = fragment.split('-');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    if parts.next().is_some() {
        return Err(format!(
            "the fragment \"{fragment}\" violates the requirement that an index interval can \
             have at most two parts separated by '-'"
        ));
    }
    let start = number(first, completions)?;
    let Some(second) = second else { return Ok((start, start)) };
    let end = number(second, completions)?;
    if start >= end {
        return Err(format!("non-increasing order, previous: {start}, current: {end}"));
    }
    Ok((start, end))
}

fn number(text: &str, completions: i32) -> Result<i64, String> {
    // Rust and Go agree on a sign, leading zeros and 64 bits.
    let number: i64 = text
        .parse()
        .map_err(|_| format!("cannot convert string to integer for index: \"{text}\""))?;
    if number >= i64::from(completions) {
        return Err(format!("too large index: \"{text}\""));
    }
    Ok(number)
}

/// The first index that both texts list; intervals that cannot be read are passed over.
pub(super) fn overlap(completed: &str, failed: &str, completions: i32) -> Option<i64> {
    if completed.is_empty() || failed.is_empty() {
        return None;
    }
    let intervals = |text| {
        str::split(text, ',').filter_map(move |fragment| interval(fragment, completions).ok())
    };
    let (mut a, mut b) = (intervals(completed), intervals(failed));
    let (mut x, mut y) = (a.next()?, b.next()?);
    loop {
        if x.0 <= y.1 && y.0 <= x.1 {
            return Some(x.0.max(y.0));
        }
        if x.0 <= y.0 {
            x = a.next()?;
        } else {
            y = b.next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_read() {
        for (text, total) in [("", 0), ("0", 1), ("0-2", 3), ("1,3-4", 3), ("01", 1), ("+1", 1)] {
            assert_eq!(parse(text, 5), Ok(total), "{text}");
        }
    }

    #[test]
    fn texts_that_are_refused() {
        for (text, want) in [
            ("1-1", "non-increasing order, previous: 1, current: 1"),
            ("2-1", "non-increasing order, previous: 2, current: 1"),
            ("1,1", "non-increasing order, previous: 1, current: 1"),
            ("1,,2", "cannot convert string to integer for index: \"\""),
            ("-1", "cannot convert string to integer for index: \"\""),
            ("1-", "cannot convert string to integer for index: \"\""),
            (" 1", "cannot convert string to integer for index: \" 1\""),
            ("5", "too large index: \"5\""),
            (
                "1-2-3",
                "the fragment \"1-2-3\" violates the requirement that an index interval can have \
                 at most two parts separated by '-'",
            ),
        ] {
            assert_eq!(parse(text, 5), Err(want.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_walk_finds_the_first_overlap() {
        assert_eq!(overlap("0-2,5", "3,5-6", 10), Some(5));
        assert_eq!(overlap("0-2", "3-4", 10), None);
        assert_eq!(overlap("x,4", "1-4", 10), Some(4));
        assert_eq!(overlap("0", "", 10), None);
    }
}
