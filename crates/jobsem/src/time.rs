//! [`Time`]: an instant in UTC, as Kubernetes stores and prints it.
//!
//! Kubernetes' `metav1.Time` is kept in whole seconds once stored, `MicroTime` in microseconds; a
//! controller's own clock is finer. [`Time`] keeps nanoseconds; each method documents what it
//! drops. Deliberately absent: zones, calendars beyond the Gregorian one, leap seconds, and any way
//! to read a clock: hosts pass the time in.
//!
//! Rules: DATA-31, TIME-1, TIME-2 (`docs/semantics`).

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::de::of_str;

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// An instant: seconds since 1970-01-01T00:00:00Z and nanoseconds within the second.
///
/// It prints and parses as Kubernetes' `Time`: RFC 3339, UTC, whole seconds (the fraction is
/// dropped, not rounded; TIME-1).
///
/// ```
/// use jobsem::Time;
///
/// let t: Time = "2024-03-31T01:02:03.75+02:00".parse()?;
/// assert_eq!(t.to_string(), "2024-03-30T23:02:03Z");
/// assert_eq!(t.subsec_nanos(), 750_000_000);
/// assert_eq!(t.truncated().subsec_nanos(), 0);
/// # Ok::<(), jobsem::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    seconds: i64,
    nanos: Nanos,
}

/// Nanoseconds within a second, plus one: never zero, so that an `Option<Time>`, of which objects
/// have many, is as small as a `Time`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Nanos(NonZeroU32);

impl Nanos {
    const ZERO: Nanos = Nanos(NonZeroU32::MIN);

    const fn new(nanos: u32) -> Nanos {
        Nanos(NonZeroU32::MIN.saturating_add(nanos))
    }

    const fn get(self) -> u32 {
        self.0.get() - 1
    }
}

impl Default for Nanos {
    fn default() -> Nanos {
        Nanos::ZERO
    }
}

impl fmt::Debug for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Time = Time { seconds: 0, nanos: Nanos::ZERO };

    /// The instant `seconds` whole seconds after the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Time {
        Time { seconds, nanos: Nanos::ZERO }
    }

    /// The instant `nanos` nanoseconds after the Unix epoch.
    pub const fn from_unix_nanos(nanos: i64) -> Time {
        Time {
            seconds: nanos.div_euclid(SECOND),
            nanos: Nanos::new(nanos.rem_euclid(SECOND) as u32),
        }
    }

    /// As [`Time::from_unix_nanos`], for a number without a unit that a user passes as a time:
    /// `None` for the first year after the epoch, where seconds and milliseconds of today land.
    ///
    /// ```
    /// use jobsem::Time;
    ///
    /// assert_eq!(Time::from_clock_nanos(1_700_000_000), None, "these are seconds");
    /// assert!(Time::from_clock_nanos(1_700_000_000_000_000_000).is_some());
    /// ```
    pub const fn from_clock_nanos(nanos: i64) -> Option<Time> {
        if 0 <= nanos && nanos < 365 * 86_400 * SECOND {
            return None;
        }
        Some(Time::from_unix_nanos(nanos))
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    pub const fn unix(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds since the Unix epoch; saturates outside the years 1677 to 2262.
    pub const fn unix_nanos(self) -> i64 {
        self.seconds.saturating_mul(SECOND).saturating_add(self.nanos.get() as i64)
    }

    /// The nanoseconds within the second, below 1,000,000,000.
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos.get()
    }

    /// The instant as the API stores it: the fraction of the second is dropped (TIME-1, DATA-31).
    pub const fn truncated(self) -> Time {
        Time { seconds: self.seconds, nanos: Nanos::ZERO }
    }

    /// `self - earlier` in nanoseconds, saturating as Go's `Time.Sub` does (TIME-2).
    pub const fn since(self, earlier: Time) -> i64 {
        let seconds = self.seconds as i128 - earlier.seconds as i128;
        let nanos =
            seconds * SECOND as i128 + self.nanos.get() as i128 - earlier.nanos.get() as i128;
        if nanos > i64::MAX as i128 {
            i64::MAX
        } else if nanos < i64::MIN as i128 {
            i64::MIN
        } else {
            nanos as i64
        }
    }

    /// The instant `nanos` nanoseconds later (earlier if negative); saturates at the ends.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Time {
        let n = self.nanos.get() as i64 + nanos.rem_euclid(SECOND);
        let seconds = self.seconds.saturating_add(nanos.div_euclid(SECOND));
        Time { seconds: seconds.saturating_add(n / SECOND), nanos: Nanos::new((n % SECOND) as u32) }
    }

    /// The instant `seconds` seconds later (earlier if negative); saturates at the ends.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Time {
        Time { seconds: self.seconds.saturating_add(seconds), nanos: self.nanos }
    }

    /// The text of Kubernetes' `MicroTime`: RFC 3339, UTC, exactly six digits of fraction.
    pub fn to_micro(self) -> String {
        let text = self.to_string();
        format!("{}.{:06}Z", &text[..text.len() - 1], self.nanos.get() / 1_000)
    }
}

impl Time {
    /// The text, for a year of four digits: statuses consist mostly of times, and the formatter is
    /// slow.
    fn to_ascii(self) -> Option<[u8; 20]> {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        if !(0..=9_999).contains(&year) {
            return None;
        }
        let second = self.seconds.rem_euclid(86_400);
        let mut text = *b"0000-00-00T00:00:00Z";
        let date = [(0, year / 100), (2, year % 100), (5, month), (8, day)];
        let hour = [(11, second / 3_600), (14, second / 60 % 60), (17, second % 60)];
        for (at, number) in date.into_iter().chain(hour) {
            // OK because each number is below 100.
            text[at] += (number / 10) as u8;
            text[at + 1] += (number % 10) as u8;
        }
        Some(text)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.to_ascii() {
            return f.write_str(std::str::from_utf8(&text).unwrap_or_default());
        }
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        let (h, m, s) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
    }
}

impl FromStr for Time {
    type Err = crate::Error;

    /// Parses RFC 3339 as Go's `time.RFC3339` layout does: `T` and `Z` in upper case, a fraction
    /// of any length (digits beyond nanoseconds are dropped), an offset of hours and minutes.
    fn from_str(text: &str) -> Result<Time, crate::Error> {
        parse_rfc3339(text)
            .map_err(|_| crate::Error::decode(format!("`{text}` is not an RFC 3339 time")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }

    fn inline_schema() -> bool {
        true
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.to_ascii() {
            Some(text) => serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        of_str(deserializer, |text| text.parse().map_err(serde::de::Error::custom))
    }
}

/// Why a text is no time, in the words of Go's `time.Parse` with the layout of RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeError {
    /// An element of the layout, and the rest of the text that does not begin with it.
    Element(&'static str, String),
    /// A number that is none of its kind.
    OutOfRange(&'static str),
    /// What comes after the time.
    Extra(String),
}

impl TimeError {
    /// The message about `text`.
    pub(crate) fn message(&self, text: &str) -> String {
        const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
        let text = quoted(text);
        match self {
            TimeError::Element(element, rest) => format!(
                "parsing time {text} as {}: cannot parse {} as {}",
                quoted(LAYOUT),
                quoted(rest),
                quoted(element)
            ),
            TimeError::OutOfRange(what) => format!("parsing time {text}: {what} out of range"),
            TimeError::Extra(rest) => {
                format!("parsing time {text}: extra text: {}", quoted(rest))
            }
        }
    }
}

/// As Go's package `time` quotes: bytes that are not printable ASCII in hexadecimal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push('"');
    out
}

/// What is still to be read of a time.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn error(&self, element: &'static str) -> TimeError {
        TimeError::Element(element, String::from_utf8_lossy(self.0).into_owned())
    }

    fn literal(&mut self, element: &'static str) -> Result<(), TimeError> {
        let rest = self.0.strip_prefix(element.as_bytes()).ok_or_else(|| self.error(element))?;
        self.0 = rest;
        Ok(())
    }

    fn number(&mut self, element: &'static str) -> Result<i64, TimeError> {
        let number = self.0.get(..element.len()).and_then(digits);
        let number = number.ok_or_else(|| self.error(element))?;
        self.0 = &self.0[element.len()..];
        Ok(number)
    }

    /// QUIRK: Go takes an hour of one digit.
    fn hour(&mut self) -> Result<i64, TimeError> {
        match self.0 {
            [hour, next, ..] if hour.is_ascii_digit() && !next.is_ascii_digit() => {
                let hour = i64::from(hour - b'0');
                self.0 = &self.0[1..];
                Ok(hour)
            }
            _ => self.number("15"),
        }
    }

    fn nanos(&mut self) -> u32 {
        let [b'.' | b',', fraction @ ..] = self.0 else { return 0 };
        let len = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
        if len == 0 {
            return 0;
        }
        self.0 = &fraction[len..];
        (0..9).fold(0, |nanos, place| {
            nanos * 10 + fraction[..len].get(place).map_or(0, |digit| u32::from(digit - b'0'))
        })
    }

    fn offset(&mut self) -> Result<i64, TimeError> {
        const ELEMENT: &str = "Z07:00";
        if let [b'Z', rest @ ..] = self.0 {
            self.0 = rest;
            return Ok(0);
        }
        let [sign, h1, h2, b':', m1, m2, rest @ ..] = self.0 else {
            return Err(self.error(ELEMENT));
        };
        let (hours, minutes) = (digits(&[*h1, *h2]), digits(&[*m1, *m2]));
        let (Some(hours), Some(minutes)) = (hours, minutes) else {
            return Err(self.error(ELEMENT));
        };
        if hours > 24 {
            return Err(TimeError::OutOfRange("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(TimeError::OutOfRange("time zone offset minute"));
        }
        let sign = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return Err(self.error(ELEMENT)),
        };
        self.0 = rest;
        Ok(sign * (hours * 3_600 + minutes * 60))
    }
}

pub(crate) fn parse_rfc3339(text: &str) -> Result<Time, TimeError> {
    let mut rest = Rest(text.as_bytes());
    let within = |range: std::ops::RangeInclusive<i64>, n: i64, what| {
        range.contains(&n).then_some(n).ok_or(TimeError::OutOfRange(what))
    };
    let year = rest.number("2006")?;
    rest.literal("-")?;
    let month = within(1..=12, rest.number("01")?, "month")?;
    rest.literal("-")?;
    let day = rest.number("02")?;
    rest.literal("T")?;
    let hour = within(0..=23, rest.hour()?, "hour")?;
    rest.literal(":")?;
    let minute = within(0..=59, rest.number("04")?, "minute")?;
    rest.literal(":")?;
    let second = within(0..=59, rest.number("05")?, "second")?;
    let nanos = rest.nanos();
    let offset = rest.offset()?;
    if !rest.0.is_empty() {
        return Err(TimeError::Extra(String::from_utf8_lossy(rest.0).into_owned()));
    }
    // Go looks at the day last.
    let day = within(1..=days_in_month(year, month), day, "day")?;
    let days = days_from_civil(year, month, day);
    Ok(Time {
        seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset,
        nanos: Nanos::new(nanos),
    })
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // March-based years put the leap day at the end, so that a month's start is linear in it.
    let shifted = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date `days` days after 1970-01-01: year, month (1 to 12), day (1 to 31).
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_whole_seconds_and_parse_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (946_684_801, "2000-01-01T00:00:01Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(Time::from_unix(seconds).to_string(), text);
            assert_eq!(text.parse::<Time>().unwrap(), Time::from_unix(seconds));
        }
    }

    #[test]
    fn fractions_are_kept_in_memory_and_dropped_in_text() {
        let t: Time = "2000-01-01T00:00:01.123456789999Z".parse().unwrap();
        assert_eq!(t.subsec_nanos(), 123_456_789);
        assert_eq!(t.to_string(), "2000-01-01T00:00:01Z");
        assert_eq!(t.to_micro(), "2000-01-01T00:00:01.123456Z");
    }

    #[test]
    fn malformed_times_are_refused() {
        for text in [
            "",
            "yesterday",
            "2000-01-01",
            "2000-13-01T00:00:00Z",
            "2000-02-30T00:00:00Z",
            "2000-01-01T24:00:00Z",
            "2000-01-01t00:00:00Z",
            "2000-01-01T00:00:00",
            "2000-01-01T00:00:00.Z",
            "2000-01-01T00:00:00+0100",
        ] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    /// The words are Go's, of `time.Parse(time.RFC3339, text)`.
    #[test]
    fn malformed_times_are_told_in_the_words_of_go_decode_4() {
        for (text, rest, element) in [
            ("2024-01-01T00:00:00", "", "Z07:00"),
            ("2024-01-01", "", "T"),
            ("soon", "soon", "2006"),
            ("", "", "2006"),
            ("20240101", "0101", "-"),
            ("2024-01-01 00:00:00Z", " 00:00:00Z", "T"),
            ("2024-01-01T00:00:00+0100", "+0100", "Z07:00"),
            ("2024-01-01T00:00:00z", "z", "Z07:00"),
            ("2024-01-01T00:00Z", "Z", ":"),
            ("2024-1-1T00:00:00Z", "1-1T00:00:00Z", "01"),
            ("2024-01-01T00:00:00.Z", ".Z", "Z07:00"),
            ("2024-01-01T00:00:00*01:00", "*01:00", "Z07:00"),
            ("2024-01-01T0:0:00Z", "0:00Z", "04"),
            ("20x4-01-01T00:00:00Z", "20x4-01-01T00:00:00Z", "2006"),
            ("2024-01-01T00:00:0Z", "0Z", "05"),
            ("2024-02-30T00:00:00", "", "Z07:00"),
        ] {
            let message = parse_rfc3339(text).unwrap_err().message(text);
            let layout = "2006-01-02T15:04:05Z07:00";
            let words = format!("cannot parse \"{rest}\" as \"{element}\"");
            assert_eq!(message, format!("parsing time \"{text}\" as \"{layout}\": {words}"));
        }
        for (text, words) in [
            ("2024-01-01T24:00:00Z", "hour out of range"),
            ("2024-01-01T23:59:60Z", "second out of range"),
            ("2024-13-01T00:00:00Z", "month out of range"),
            ("2024-02-30T00:00:00Z", "day out of range"),
            ("2024-01-01T00:00:00+25:00", "time zone offset hour out of range"),
            ("2024-01-01T00:00:00+01:61", "time zone offset minute out of range"),
            ("2024-01-01T00:00:00Z[UTC]", "extra text: \"[UTC]\""),
        ] {
            let message = parse_rfc3339(text).unwrap_err().message(text);
            assert_eq!(message, format!("parsing time \"{text}\": {words}"));
        }
        assert_eq!(quoted("\u{e9}\"\\"), r#""\xc3\xa9\"\\""#);
        assert_eq!("2024-01-01T0:00:00Z".parse::<Time>(), "2024-01-01T00:00:00Z".parse());
    }

    #[test]
    fn differences_saturate_and_negative_steps_borrow() {
        let t = Time::from_unix(10).plus_nanos(-1);
        assert_eq!((t.unix(), t.subsec_nanos()), (9, 999_999_999));
        assert_eq!(Time::from_unix(10).since(t), 1);
        assert_eq!(Time::from_unix(i64::MAX).since(Time::from_unix(i64::MIN)), i64::MAX);
        assert_eq!(Time::from_unix_nanos(-1).plus_nanos(1), Time::UNIX_EPOCH);
    }
}
