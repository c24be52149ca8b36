//! Durations as Go writes them: `1h30m`, `-1.5s`, `+5us`.
//!
//! Rules: CRONEXPR-04. What Go refuses is refused with Go's words.

/// Nanoseconds of each unit.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration, in nanoseconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let mut rest = text;
    let mut negative = false;
    if let Some(after) = rest.strip_prefix(['-', '+']) {
        negative = rest.starts_with('-');
        rest = after;
    }
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let end = digits(rest);
        let (whole, after) = rest.split_at(end);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let value = if whole.is_empty() { 0 } else { small(whole).ok_or_else(invalid)? };
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted(text)));
        }
        let Some((_, nanos)) = UNITS.iter().find(|entry| entry.0 == unit) else {
            let unit = quoted(unit);
            return Err(format!("time: unknown unit {unit} in duration {}", quoted(text)));
        };
        let part = value
            .checked_mul(*nanos)
            .filter(|n| *n <= 1 << 63)
            .map(|n| n + fraction_of(fraction, *nanos))
            .ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|n| *n <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (true, Ok(n)) => Ok(-n),
        (true, Err(_)) => Ok(i64::MIN),
        (false, Ok(n)) => Ok(n),
        (false, Err(_)) => Err(invalid()),
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn small(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|n| *n <= 1 << 63)
}

/// The nanoseconds of a fraction. Digits beyond the precision are dropped.
fn fraction_of(digits: &str, nanos: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits.bytes() {
        if value > (i64::MAX as u64) / 10 {
            break;
        }
        let next = value * 10 + u64::from(digit - b'0');
        if next > 1 << 63 {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    // GO: upstream multiplies as floating point.
    (value as f64 * (nanos as f64 / scale)) as u64
}

fn quoted(text: &str) -> String {
    crate::quote::go_quoted(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        for (text, want) in [
            ("1h30m", Ok(5_400_000_000_000)),
            ("-1.5s", Ok(-1_500_000_000)),
            ("+5us", Ok(5_000)),
            (".5s", Ok(500_000_000)),
            ("0", Ok(0)),
            ("x", Err("time: invalid duration \"x\"")),
            ("", Err("time: invalid duration \"\"")),
            ("5", Err("time: missing unit in duration \"5\"")),
            ("1d", Err("time: unknown unit \"d\" in duration \"1d\"")),
            ("9999999h", Err("time: invalid duration \"9999999h\"")),
        ] {
            assert_eq!(parse(text), want.map_err(str::to_owned), "{text}");
        }
    }
}
