//! Decides which texts must be quoted in YAML, by the rules of kubectl's library.
//!
//! Two questions: would a reader resolve the plain text as something else (a number, a boolean, a
//! time), and does its spelling allow a style at all. Both follow YAML 1.1 as that library
//! implements it.

/// Words that resolve to a boolean or null.
const WORDS: [&str; 27] = [
    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on",
    "On", "ON", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
];
/// Words that resolve to numbers.
const NUMBER_WORDS: [&str; 6] = [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"];

/// Whether the plain text resolves to a string.
pub(super) fn reads_as_text(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed = unsigned.len() < text.len();
    let word = WORDS.contains(&text)
        || NUMBER_WORDS.contains(&text)
        || (signed && [".inf", ".Inf", ".INF"].contains(&unsigned));
    if word {
        return false;
    }
    match text.as_bytes().first() {
        Some(b'.') => text.parse::<f64>().is_err(),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let plain = text.replace('_', "");
            !(is_time(text) || is_integer(&plain) || is_float(&plain) || is_sexagesimal(text))
        }
        _ => true,
    }
}

/// An integer, with a base prefix, or octal if it starts with a zero.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, base) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', b'o' | b'O', ..] => (&digits[2..], 8),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    // No second sign.
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return false;
    }
    match u64::from_str_radix(digits, base) {
        Ok(n) => !text.starts_with('-') || n <= i64::MIN.unsigned_abs(),
        Err(_) => false,
    }
}

/// A float: digits with at most one point, and an exponent, in range.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let spelt = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    spelt && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `190:20:30.15`, a number of base 60.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (unsigned, ""),
    };
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let sixty = |part: &&str| digits(part) && matches!(part.as_bytes(), [_] | [b'0'..=b'5', _]);
    first.starts_with(|c: char| c.is_ascii_digit())
        && number(first)
        && number(fraction)
        && !rest.is_empty()
        && rest.iter().all(sixty)
}

/// A date, or a date and a time.
fn is_time(text: &str) -> bool {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if at != 4 || !text[at..].starts_with('-') {
        return false;
    }
    let cut = text.find(['T', 't', ' ']);
    let (date, time) = cut.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
    is_date(date) && time.is_none_or(is_time_of_day)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str| (text.len() <= 2).then(|| text.parse::<u8>().ok()).flatten();
    let (Ok(year), Some(month), Some(day)) = (year.parse::<i64>(), number(month), number(day))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// A time of day: with a zone after `T`, without one after a space.
fn is_time_of_day(text: &str) -> bool {
    let (separator, rest) = text.split_at(1);
    let (clock, zoned) = match (separator, rest.find(['Z', '+', '-'])) {
        (" ", None) => (rest, true),
        ("T" | "t", Some(at)) => (&rest[..at], is_offset(&rest[at..])),
        _ => return false,
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, "0"), |(c, f)| (c, f));
    let parts: Vec<&str> = clock.split(':').collect();
    let below = |text: &str, limit: u8| {
        (1..=2).contains(&text.len()) && text.parse::<u8>().is_ok_and(|n| n < limit)
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let [hour, minute, second] = parts[..] else { return false };
    zoned && digits(fraction) && below(hour, 24) && below(minute, 60) && below(second, 60)
}

fn is_offset(text: &str) -> bool {
    let part = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    text == "Z" || text[1..].split_once(':').is_some_and(|(h, m)| part(h) && part(m))
}

/// Which styles the spelling of a text allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Styles {
    pub(super) plain: bool,
    pub(super) single: bool,
    pub(super) literal: bool,
}

impl Styles {
    /// The styles of `text`, which is not empty.
    pub(super) fn of(text: &str) -> Styles {
        let indicator = text.starts_with("---") || text.starts_with("...");
        let mut plain = !indicator;
        let mut special = false;
        // The previous character: a space, a break, or another one.
        let (mut space, mut newline, mut start) = (false, false, true);
        let (mut break_space, mut space_break, mut breaks) = (false, false, false);
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let blank = |c: &char| matches!(c, ' ' | '\t') || is_break(*c);
            let ends_word = characters.peek().is_none_or(blank);
            plain &= match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                | '%' | '@' | '`'
                    if text.starts_with(c) && start =>
                {
                    false
                }
                '?' | '-' if start => !ends_word,
                ':' => !ends_word,
                '#' => !(space || newline),
                _ => true,
            };
            special |= !is_printable(c);
            if c == ' ' {
                break_space |= newline;
                plain &= !(start || characters.peek().is_none());
            } else if is_break(c) {
                breaks = true;
                space_break |= space;
                plain &= !(start || characters.peek().is_none());
            }
            (space, newline, start) = (c == ' ', is_break(c), false);
        }
        let never = special || space_break;
        Styles {
            plain: plain && !breaks && !break_space && !never,
            single: !break_space && !never,
            literal: !text.ends_with(' ') && !never,
        }
    }
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// GO: characters beyond the basic plane do not count as printable.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}
