//! Computes the next time of a schedule.
//!
//! Searches the calendar from the largest unit to the smallest, as upstream does. Months and days
//! step in local time, hours and smaller units in elapsed time; this difference causes the
//! behaviour around clock changes.
//!
//! Rules: CRONEXPR-20 to CRONEXPR-24, TIME-3.

use super::schedule::{Calendar, CronSchedule, Kind, STAR};
use super::zone::{Civil, Zone};
use crate::Time;

/// How many years the search covers (CRONEXPR-22).
const YEARS: i64 = 5;

impl CronSchedule {
    /// The first time of the schedule after `after`, or `None` if there is none within five years.
    /// It is a whole second, except for `@every` from a start that is none.
    ///
    /// An expression without a zone is read in UTC; see [`CronSchedule::in_zone`].
    ///
    /// ```
    /// use jobsem::{Time, cron::CronSchedule};
    ///
    /// let nightly = CronSchedule::parse("TZ=America/New_York 30 1 * * *")?;
    /// let mut at: Time = "2024-11-02T12:00:00Z".parse()?;
    /// let mut times = Vec::new();
    /// for _ in 0..3 {
    ///     at = nightly.next(at).ok_or("never")?;
    ///     times.push(at.to_string());
    /// }
    /// // Clocks go back, and half past one occurs twice.
    /// assert_eq!(times, ["2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z", "2024-11-04T06:30:00Z"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next(&self, after: Time) -> Option<Time> {
        match &self.0 {
            Kind::Every(seconds) => {
                // CRONEXPR-20.
                Some(Time::from_unix(after.unix()).plus_seconds(*seconds))
            }
            Kind::Calendar(calendar) => calendar.next(after.unix()).map(Time::from_unix),
        }
    }
}

impl Calendar {
    /// CRONEXPR-22.
    fn next(&self, after: i64) -> Option<i64> {
        // Without them the search would visit every minute of five years.
        if [self.minute, self.hour, self.month].iter().any(|set| set & !STAR == 0) {
            return None;
        }
        let zone = self.zone.as_ref().unwrap_or(&Zone::UTC);
        let mut search = Search { zone, at: after.saturating_add(1), fresh: false };
        let last_year = search.civil().year + YEARS;
        while search.civil().year <= last_year {
            if self.step(&mut search) {
                return Some(search.at);
            }
        }
        None
    }

    /// One pass from the month down to the second. Returns false if it passed the end of a unit and
    /// has to restart with the month.
    fn step(&self, search: &mut Search<'_>) -> bool {
        while !has(self.month, search.civil().month) {
            search.reset(|c| Civil { day: 1, ..c.midnight() });
            let c = search.civil();
            search.at = search.zone.unix(Civil { month: c.month + 1, ..c });
            if search.civil().month == 1 {
                return false;
            }
        }
        while !self.day_matches(search.civil()) {
            search.reset(Civil::midnight);
            search.next_day();
            if search.civil().day == 1 {
                return false;
            }
        }
        while !has(self.hour, search.civil().hour) {
            search.reset(|c| Civil { minute: 0, second: 0, ..c });
            search.at += 3_600;
            if search.civil().hour == 0 {
                return false;
            }
        }
        while !has(self.minute, search.civil().minute) {
            if !search.fresh {
                search.fresh = true;
                // GO: truncates in absolute time, whatever the zone's offset.
                search.at -= search.at.rem_euclid(60);
            }
            search.at += 60;
            if search.civil().minute == 0 {
                return false;
            }
        }
        while search.civil().second != 0 {
            search.fresh = true;
            search.at += 1;
            if search.civil().second == 0 {
                return false;
            }
        }
        true
    }

    /// CRONEXPR-21: if neither day field is a star, matching one suffices.
    fn day_matches(&self, civil: Civil) -> bool {
        let of_month = has(self.day_of_month, civil.day);
        let of_week = has(self.day_of_week, civil.weekday());
        if (self.day_of_month | self.day_of_week) & STAR != 0 {
            of_month && of_week
        } else {
            of_month || of_week
        }
    }
}

fn has(set: u64, value: i64) -> bool {
    set & 1 << value != 0
}

/// The search position, which only moves forward.
struct Search<'a> {
    zone: &'a Zone,
    at: i64,
    /// Whether the smaller units are at their start.
    fresh: bool,
}

impl Search<'_> {
    fn civil(&self) -> Civil {
        self.zone.civil(self.at)
    }

    fn reset(&mut self, to: impl FnOnce(Civil) -> Civil) {
        if !self.fresh {
            self.fresh = true;
            self.at = self.zone.unix(to(self.civil()));
        }
    }

    /// Moves to the same hour of the next day, or to midnight if the clocks changed.
    fn next_day(&mut self) {
        let (from, c) = (self.at, self.civil());
        // Further tries are for zones that skipped a whole day, whose midnight is the previous one
        // (CRONEXPR-24).
        for days in 1..4 {
            self.at = self.zone.unix(Civil { day: c.day + days, ..c });
            let hour = self.civil().hour;
            if hour > 12 {
                self.at += (24 - hour) * 3_600;
            } else {
                self.at -= hour * 3_600;
            }
            if self.at > from {
                return;
            }
        }
        self.at = from + 86_400;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times of a schedule, in its zone, as many as are wanted.
    fn times(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = CronSchedule::parse(&format!("TZ={zone} {text}")).unwrap();
        let zone = Zone::named(zone).unwrap().unwrap();
        let mut at: Time = from.parse().unwrap();
        let mut out = Vec::new();
        for _ in 0..count {
            let Some(next) = schedule.next(at) else {
                out.push("never".to_owned());
                break;
            };
            assert!(next > at);
            at = next;
            out.push(zone.rfc3339(at.unix()));
        }
        out
    }

    #[test]
    fn changes_of_the_clocks() {
        // CRONEXPR 5.3.
        let ny = "America/New_York";
        for (text, zone, from, want) in [
            ("30 2 * * *", ny, "2024-03-09T07:00:00-05:00", "03-11T02:30 03-12T02:30"),
            ("0 2 * * *", ny, "2024-03-09T07:00:00-05:00", "03-11T02:00"),
            ("30 2 * * 0", ny, "2024-03-05T00:00:00-05:00", "03-17T02:30"),
            ("0 * * * *", ny, "2024-03-10T00:30:00-05:00", "03-10T01:00 03-10T03:00 03-10T04:00"),
            (
                "*/30 1-3 * * *",
                ny,
                "2024-03-10T00:59:00-05:00",
                "03-10T01:00 03-10T01:30 03-10T03:00 03-10T03:30 03-11T01:00",
            ),
            ("30 1 * * *", ny, "2024-11-02T08:00:00-04:00", "11-03T01:30 11-03T01:30 11-04T01:30"),
            ("0 1 * * *", ny, "2024-11-02T08:00:00-04:00", "11-03T01:00 11-03T01:00 11-04T01:00"),
            ("0 2 * * *", ny, "2024-11-02T08:00:00-04:00", "11-03T02:00 11-04T02:00"),
            ("0 * * * *", ny, "2024-11-03T00:30:00-04:00", "11-03T01:00 11-03T01:00 11-03T02:00"),
            ("30 1 * * *", "Europe/London", "2024-03-30T12:00:00Z", "04-01T01:30"),
            ("0 1 31 3 *", "Europe/London", "2024-03-01T00:00:00Z", "03-31T01:00"),
            (
                "30 1 * * *",
                "Europe/London",
                "2024-10-26T13:00:00+01:00",
                "10-27T01:30 10-27T01:30 10-28T01:30",
            ),
            ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T09:00:00-03:00", "11-05T00:00"),
            ("30 0 4 11 *", "America/Sao_Paulo", "2018-10-01T00:00:00-03:00", "11-04T00:30"),
            ("0 1 4 11 *", "America/Sao_Paulo", "2018-10-01T00:00:00-03:00", "11-04T01:00"),
            (
                "30 23 * * *",
                "America/Sao_Paulo",
                "2018-02-17T10:00:00-02:00",
                "02-17T23:30 02-17T23:30 02-18T23:30",
            ),
            (
                "0 0 * * *",
                "America/Sao_Paulo",
                "2018-02-17T10:00:00-02:00",
                "02-18T00:00 02-19T00:00",
            ),
            ("0 0 * * *", "America/Havana", "2024-03-09T07:00:00-05:00", "03-11T00:00"),
            ("0 */2 * * *", "America/Havana", "2024-03-09T22:00:00-05:00", "03-10T02:00"),
            (
                "0 0 * * *",
                "America/Havana",
                "2024-11-02T08:00:00-04:00",
                "11-03T00:00 11-03T00:00 11-04T00:00",
            ),
            ("0 0 * * *", "Asia/Beirut", "2022-03-26T02:00:00+02:00", "03-28T00:00"),
            ("30 0 27 * *", "Asia/Beirut", "2022-03-01T00:00:00+02:00", "04-27T00:30"),
            ("15 2 * * *", "Australia/Lord_Howe", "2024-10-05T10:30:00+10:30", "10-07T02:15"),
            ("45 2 * * *", "Australia/Lord_Howe", "2024-10-05T10:30:00+10:30", "10-06T02:45"),
            (
                "45 1 * * *",
                "Australia/Lord_Howe",
                "2024-04-06T11:00:00+11:00",
                "04-07T01:45 04-07T01:45",
            ),
            ("0 2 * * *", "Australia/Lord_Howe", "2024-04-06T11:00:00+11:00", "04-08T02:00"),
            ("0 0 1 * *", "America/Asuncion", "2017-09-15T08:00:00-04:00", "11-01T00:00"),
            ("0 1 1 10 *", "America/Asuncion", "2017-08-15T08:00:00-04:00", "10-01T01:00"),
            ("0 * * 10 *", "America/Asuncion", "2017-08-15T08:00:00-04:00", "10-30T23:00"),
            ("30 5 3 10 *", "America/Asuncion", "2017-09-15T08:00:00-04:00", "10-03T05:30"),
            ("0 12 * * *", "Pacific/Apia", "2011-12-28T14:00:00-10:00", "12-29T12:00 12-31T12:00"),
        ] {
            let want: Vec<&str> = want.split(' ').collect();
            let got = times(text, zone, from, want.len());
            let got: Vec<&str> = got.iter().map(|text| &text[5..16]).collect();
            assert_eq!(got, want, "{text} in {zone} from {from}");
        }
    }

    #[test]
    fn years_after_a_gap_on_the_only_date() {
        for (text, zone, from, want) in [
            ("0 1 31 3 *", "Europe/London", "2024-03-01T00:00:00Z", "2025-03-31T01:00:00+01:00"),
            (
                "30 0 4 11 *",
                "America/Sao_Paulo",
                "2018-10-01T03:00:00Z",
                "2019-11-04T00:30:00-03:00",
            ),
            ("0 1 1 10 *", "America/Asuncion", "2017-08-15T12:00:00Z", "2018-10-01T01:00:00-04:00"),
        ] {
            assert_eq!(times(text, zone, from, 1), [want], "{text} in {zone}");
        }
    }

    #[test]
    fn a_skipped_day_does_not_hold_the_search_up() {
        // CRONEXPR-24: upstream never returns from this one.
        let got = times("0 0 31 * *", "Pacific/Apia", "2011-12-28T14:00:00-10:00", 1);
        assert_eq!(got, ["2011-12-31T00:00:00+14:00"]);
    }

    #[test]
    fn days_of_month_and_week() {
        // CRONEXPR 5.3, second table.
        for (text, from, want) in [
            ("* * * * *", "2024-09-01T00:01:00Z", "09-01T00:02"),
            ("* * * * *", "2024-09-01T00:00:59.999Z", "09-01T00:01"),
            ("0 0 13 * 5", "2024-09-01T00:00:00Z", "09-06T00:00 09-13T00:00 09-20T00:00"),
            ("0 0 */2 * 1", "2024-09-01T00:00:00Z", "09-02T00:00 09-03T00:00 09-05T00:00"),
            ("0 0 */1 * 1", "2024-09-01T00:00:00Z", "09-02T00:00 09-09T00:00"),
            ("0 0 1-31 * 1", "2024-09-01T00:00:00Z", "09-02T00:00 09-03T00:00"),
            ("0 0 13 * *,1", "2024-09-01T00:00:00Z", "09-13T00:00 10-13T00:00"),
            ("0 0 13 * ?", "2024-09-01T00:00:00Z", "09-13T00:00 10-13T00:00"),
            ("0 0 13 * 0-6", "2024-09-01T00:00:00Z", "09-02T00:00 09-03T00:00"),
            ("0 0 31 * *", "2024-01-31T00:00:00Z", "03-31T00:00 05-31T00:00 07-31T00:00"),
            ("@every 1h30m", "2024-09-01T00:00:00.7Z", "09-01T01:30 09-01T03:00"),
        ] {
            let want: Vec<&str> = want.split(' ').collect();
            let got = times(text, "UTC", from, want.len());
            let got: Vec<&str> = got.iter().map(|text| &text[5..16]).collect();
            assert_eq!(got, want, "{text} from {from}");
        }
        assert_eq!(
            times("@every 10ms", "UTC", "2024-09-01T00:00:00.7Z", 2),
            ["2024-09-01T00:00:01Z", "2024-09-01T00:00:02Z"],
        );
    }

    #[test]
    fn the_search_ends_after_five_years() {
        for (text, from, want) in [
            ("0 0 29 2 *", "2023-03-01T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", "never"),
            ("0 0 29 2 *", "2098-12-31T00:00:00Z", "never"),
            ("0 0 29 2 *", "2099-01-01T00:00:00Z", "2104-02-29T00:00:00Z"),
            ("59 23 31 2 *", "2024-01-01T00:00:00Z", "never"),
            ("0 0 * * ,", "2024-01-01T00:00:00Z", "never"),
            (", * * * *", "2024-01-01T00:00:00Z", "never"),
        ] {
            assert_eq!(times(text, "UTC", from, 1), [want], "{text} from {from}");
        }
    }
}
