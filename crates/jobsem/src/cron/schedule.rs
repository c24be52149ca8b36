//! [`CronSchedule`]: a cron expression, read as Kubernetes reads it.
//!
//! The grammar is that of Kubernetes' library with its quirks: `?` means `*`, empty list items are
//! skipped, a number with a step runs to the end of the range, and weekday 7 does not exist.
//!
//! Rules: CRONEXPR-01 to CRONEXPR-09 (upstream: robfig/cron v3.0.1, `ParseStandard`).

use super::duration;
use super::zone::Zone;

/// Marks a field that was `*`.
pub(crate) const STAR: u64 = 1 << 63;

/// A schedule.
///
/// ```
/// use jobsem::cron::CronSchedule;
///
/// assert!(CronSchedule::parse("*/5 9-17 * * mon-fri").is_ok());
/// let error = CronSchedule::parse("61 * * * *").unwrap_err();
/// assert_eq!(error.to_string(), "end of range (61) above maximum (59): 61");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSchedule(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// At calendar times.
    Calendar(Calendar),
    /// At intervals of this many seconds, at least one.
    Every(i64),
}

/// One bit for each value that matches, and [`STAR`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) minute: u64,
    pub(crate) hour: u64,
    pub(crate) day_of_month: u64,
    pub(crate) month: u64,
    pub(crate) day_of_week: u64,
    /// The zone it is read in; UTC if absent.
    pub(crate) zone: Option<Zone>,
}

/// Why a text is not a schedule, in Kubernetes' words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    message: String,
    panic: bool,
}

impl ParseError {
    fn new(message: impl Into<String>) -> ParseError {
        ParseError { message: message.into(), panic: false }
    }

    /// Whether Kubernetes' parser panics on the text instead of refusing it (CRONVALID-6).
    pub fn is_panic(&self) -> bool {
        self.panic
    }
}

/// A field: its range and the names of its values.
struct Bounds {
    least: u64,
    most: u64,
    names: &'static [&'static str],
}

const MINUTE: Bounds = Bounds { least: 0, most: 59, names: &[] };
const HOUR: Bounds = Bounds { least: 0, most: 23, names: &[] };
const DAY: Bounds = Bounds { least: 1, most: 31, names: &[] };
const MONTH: Bounds = Bounds {
    least: 1,
    most: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Bounds =
    Bounds { least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl CronSchedule {
    /// Parses an expression: five fields, a name such as `@daily`, or `@every 1h30m`, after an
    /// optional `TZ=<zone>`.
    ///
    /// # Errors
    ///
    /// In Kubernetes' words.
    pub fn parse(text: &str) -> Result<CronSchedule, ParseError> {
        if text.is_empty() {
            return Err(ParseError::new("empty spec string"));
        }
        let mut rest = text;
        let mut zone = None;
        let prefixed = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="));
        if let Some(after) = prefixed {
            let Some((name, after)) = after.split_once(' ') else {
                let message = "invalid schedule format: runtime error: slice bounds out of range \
                               [:-1]";
                return Err(ParseError { message: message.to_owned(), panic: true });
            };
            zone = Zone::named(name)
                .map_err(|why| ParseError::new(format!("provided bad location {name}: {why}")))?;
            rest = after.trim();
        }
        if rest.starts_with('@') {
            return descriptor(rest, zone);
        }
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(ParseError::new(format!(
                "expected exactly 5 fields, found {}: [{}]",
                fields.len(),
                fields.join(" "),
            )));
        };
        Ok(CronSchedule(Kind::Calendar(Calendar {
            minute: field(minute, &MINUTE)?,
            hour: field(hour, &HOUR)?,
            day_of_month: field(day, &DAY)?,
            month: field(month, &MONTH)?,
            day_of_week: field(weekday, &WEEKDAY)?,
            zone,
        })))
    }

    /// Sets the zone, if the expression names none.
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is no such zone.
    pub fn in_zone(self, name: &str) -> Result<CronSchedule, crate::Error> {
        let zone = Zone::named(name)
            .map_err(|why| crate::Error::new(crate::ErrorKind::Unsupported, why))?;
        Ok(self.or_in(zone))
    }

    /// Whether it is an `@every` schedule.
    pub fn is_interval(&self) -> bool {
        matches!(self.0, Kind::Every(_))
    }

    /// Whether it is due in every hour of its days, or at fixed intervals.
    pub(crate) fn is_due_in_every_hour(&self) -> bool {
        const HOURS: u64 = (1 << 24) - 1;
        match &self.0 {
            Kind::Calendar(calendar) => calendar.hour & HOURS == HOURS,
            Kind::Every(_) => true,
        }
    }

    pub(crate) fn or_in(mut self, zone: Option<Zone>) -> CronSchedule {
        if let Kind::Calendar(calendar) = &mut self.0
            && calendar.zone.is_none()
        {
            calendar.zone = zone;
        }
        self
    }
}

fn descriptor(text: &str, zone: Option<Zone>) -> Result<CronSchedule, ParseError> {
    let all = |bounds: &Bounds| bits(bounds.least, bounds.most, 1) | STAR;
    let (minute, mut hour, mut day_of_month, mut month, mut day_of_week) =
        (1, 1, 1 << DAY.least, 1 << MONTH.least, all(&WEEKDAY));
    match text {
        "@yearly" | "@annually" => {}
        "@monthly" => month = all(&MONTH),
        "@weekly" => {
            day_of_month = all(&DAY);
            month = all(&MONTH);
            day_of_week = 1 << WEEKDAY.least;
        }
        "@daily" | "@midnight" | "@hourly" => {
            day_of_month = all(&DAY);
            month = all(&MONTH);
            if text == "@hourly" {
                hour = all(&HOUR);
            }
        }
        _ => {
            let Some(length) = text.strip_prefix("@every ") else {
                return Err(ParseError::new(format!("unrecognized descriptor: {text}")));
            };
            let nanos = duration::parse(length).map_err(|why| {
                ParseError::new(format!("failed to parse duration {text}: {why}"))
            })?;
            return Ok(CronSchedule(Kind::Every((nanos / crate::SECOND).max(1))));
        }
    }
    let calendar = Calendar { minute, hour, day_of_month, month, day_of_week, zone };
    Ok(CronSchedule(Kind::Calendar(calendar)))
}

/// A list of items; empty ones are skipped.
fn field(text: &str, bounds: &Bounds) -> Result<u64, ParseError> {
    let items = text.split(',').filter(|item| !item.is_empty());
    items.map(|item| range(item, bounds)).try_fold(0, |bits, item| Ok(bits | item?))
}

/// `range[/step]` (CRONEXPR-07, CRONEXPR-08).
fn range(item: &str, bounds: &Bounds) -> Result<u64, ParseError> {
    let mut parts = item.split('/');
    let (ends, step, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let mut numbers = ends.split('-');
    let (low, high, third) = (numbers.next().unwrap_or_default(), numbers.next(), numbers.next());
    let mut star = 0;
    let (start, mut end) = if matches!(low, "*" | "?") {
        star = STAR;
        (bounds.least, bounds.most)
    } else {
        let start = number_or_name(low, bounds)?;
        match (high, third) {
            (None, _) => (start, start),
            (Some(high), None) => (start, number_or_name(high, bounds)?),
            _ => return Err(ParseError::new(format!("too many hyphens: {item}"))),
        }
    };
    let step = match (step, more) {
        (None, _) => 1,
        (Some(step), None) => {
            let step = number(step)?;
            if high.is_none() {
                end = bounds.most;
            }
            if step > 1 {
                star = 0;
            }
            step
        }
        _ => return Err(ParseError::new(format!("too many slashes: {item}"))),
    };
    let (least, most) = (bounds.least, bounds.most);
    let wrong = if start < least {
        format!("beginning of range ({start}) below minimum ({least}): {item}")
    } else if end > most {
        format!("end of range ({end}) above maximum ({most}): {item}")
    } else if start > end {
        format!("beginning of range ({start}) beyond end of range ({end}): {item}")
    } else if step == 0 {
        format!("step of range should be a positive number: {item}")
    } else {
        return Ok(bits(start, end, step) | star);
    };
    Err(ParseError::new(wrong))
}

/// INVARIANT: `end` is below 60 and `step` is not zero.
fn bits(start: u64, end: u64, step: u64) -> u64 {
    let mut bits = 0;
    let mut at = Some(start);
    while let Some(n) = at.filter(|n| *n <= end) {
        bits |= 1 << n;
        at = n.checked_add(step);
    }
    bits
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, ParseError> {
    if !bounds.names.is_empty() {
        let lower = text.to_lowercase();
        if let Some(i) = bounds.names.iter().position(|name| *name == lower) {
            return Ok(bounds.least + i as u64);
        }
    }
    number(text)
}

fn number(text: &str) -> Result<u64, ParseError> {
    match text.parse::<i64>() {
        Ok(n) => u64::try_from(n)
            .map_err(|_| ParseError::new(format!("negative number ({n}) not allowed: {text}"))),
        Err(error) => {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match error.kind() {
                PosOverflow | NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            Err(ParseError::new(format!(
                "failed to parse int from {text}: strconv.Atoi: parsing {}: {why}",
                crate::quote::go_quoted(text),
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        CronSchedule::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn expressions_that_are_read() {
        for text in [
            "* * * * *",
            "5/15 * * * *",
            ", * * * *",
            "? ? ? ? ?",
            "*-5 * * * *",
            "0 0 31 2 *",
            "  1   2  * *   * ",
            "@every 0s",
            "@hourly",
            "TZ=UTC 0 0 * * *",
            "CRON_TZ=Asia/Tokyo @daily",
            "* * * JAN-mar Sun,+3",
        ] {
            assert!(CronSchedule::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn expressions_that_are_refused() {
        insta::assert_snapshot!(
            [
                "",
                "   ",
                "* * * *",
                "* * * * 7",
                "0-1-2 * * * *",
                "1/2/3 * * * *",
                "x * * * *",
                "99999999999999999999 * * * *",
                "-1 * * * *",
                "* * 0 * *",
                "5-2 * * * *",
                "*/0 * * * *",
                "@DAILY",
                "@every x",
                "TZ=0",
                "TZ=Nowhere/X * * * * *",
                "TZ=../x * * * * *",
            ]
            .map(|text| format!("{text:?} {}", refusal(text)))
            .join("\n"),
            @r###"
        "" empty spec string
        "   " expected exactly 5 fields, found 0: []
        "* * * *" expected exactly 5 fields, found 4: [* * * *]
        "* * * * 7" end of range (7) above maximum (6): 7
        "0-1-2 * * * *" too many hyphens: 0-1-2
        "1/2/3 * * * *" too many slashes: 1/2/3
        "x * * * *" failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax
        "99999999999999999999 * * * *" failed to parse int from 99999999999999999999: strconv.Atoi: parsing "99999999999999999999": value out of range
        "-1 * * * *" failed to parse int from : strconv.Atoi: parsing "": invalid syntax
        "* * 0 * *" beginning of range (0) below minimum (1): 0
        "5-2 * * * *" beginning of range (5) beyond end of range (2): 5-2
        "*/0 * * * *" step of range should be a positive number: */0
        "@DAILY" unrecognized descriptor: @DAILY
        "@every x" failed to parse duration @every x: time: invalid duration "x"
        "TZ=0" invalid schedule format: runtime error: slice bounds out of range [:-1]
        "TZ=Nowhere/X * * * * *" provided bad location Nowhere/X: unknown time zone Nowhere/X
        "TZ=../x * * * * *" provided bad location ../x: time: invalid location name
        "###
        );
    }

    #[test]
    fn bits_and_star() {
        let parse = |text| match CronSchedule::parse(text).unwrap().0 {
            Kind::Calendar(calendar) => calendar,
            Kind::Every(_) => unreachable!(),
        };
        assert_eq!(parse("0-10/5 * * * *").minute, 0b100_0010_0001);
        assert_eq!(parse("* * * * *").hour, ((1 << 24) - 1) | STAR);
        assert_eq!(parse("*/2 * * * *").hour, ((1 << 24) - 1) | STAR);
        assert_eq!(parse("* */12 * * *").hour, 1 | 1 << 12);
        assert_eq!(parse("* * * * tue").day_of_week, 1 << 2);
    }
}
