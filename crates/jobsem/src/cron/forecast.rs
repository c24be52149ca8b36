//! [`Forecast`]: the coming times of a schedule, the outcome of each, and the effects of clock
//! changes.
//!
//! For people who write schedules. Deliberately absent: how long Jobs take, which the caller passes
//! in. To play a CronJob, see [`rehearse`](crate::scenario::rehearse).
//!
//! Rules: CRON-17, CRON-22, CRON-23, CRONEXPR-22.

use super::due::{DueRule, SLACK};
use super::schedule::{CronSchedule, Kind, ParseError};
use super::sync::effective_schedule;
use super::zone::{Civil, Zone};
use crate::api::CronJob;
use crate::{Error, Time};

/// Starts within this many seconds of a clock change are compared with the calendar.
const AROUND_CHANGE: i64 = 86_400;

/// The coming times of a schedule, in order. Endless, unless the schedule ends.
///
/// ```
/// use jobsem::cron::{CronSchedule, Fate, Forecast};
///
/// let schedule = CronSchedule::parse("TZ=Europe/Berlin 30 2 * * *")?;
/// let mut forecast = Forecast::of_schedule(schedule, "2024-03-30T00:00:00Z".parse()?);
/// assert_eq!(forecast.next().unwrap().local, "2024-03-30T02:30:00+01:00");
/// // On the next day clocks go forward from two to three.
/// assert_eq!(forecast.next().unwrap().local, "2024-04-01T02:30:00+02:00");
/// let change = &forecast.changes()[0];
/// assert_eq!(change.skipped, ["2024-03-31 02:30"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecast {
    schedule: CronSchedule,
    cronjob: Option<CronJob>,
    takes: Option<i64>,
    /// When the last started Job ends, if the caller set a run time.
    busy_until: Option<Time>,
    from: Time,
    at: Time,
}

/// A time at which the schedule is due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coming {
    /// The time.
    pub at: Time,
    /// The local time in the schedule's zone, as RFC 3339.
    pub local: String,
    /// What happens then.
    pub fate: Fate,
}

/// What happens at a scheduled time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// A Job is started.
    Starts,
    /// A Job starts, and the previous one, which still runs, is deleted (CRON-23).
    Replaces,
    /// A Job starts while the previous one still runs.
    Overlaps,
    /// No Job starts: the CronJob is suspended (CRON-17).
    Suspended,
    /// No Job starts: the starting deadline has passed when the controller checks (CRON-45).
    TooLate,
    /// A Job starts at this time, once the previous one has ended (CRON-22).
    Delayed(Time),
    /// No Job starts: the previous one still runs at the next scheduled time, and `Forbid` applies
    /// (CRON-22).
    Forbidden,
}

impl Fate {
    /// Whether a Job starts.
    pub fn starts(self) -> bool {
        matches!(self, Fate::Starts | Fate::Replaces | Fate::Overlaps | Fate::Delayed(_))
    }

    /// The fate in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::Starts => "starts",
            Fate::Replaces => "replaces",
            Fate::Overlaps => "overlaps",
            Fate::Suspended => "suspended",
            Fate::TooLate => "too late",
            Fate::Delayed(_) => "delayed",
            Fate::Forbidden => "forbidden",
        }
    }
}

/// A clock change and its effect on a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockChange {
    /// The time of the change.
    pub at: Time,
    /// The local times of the second before the change and of the change.
    pub local: (String, String),
    /// How many seconds clocks go forward; negative if they go back.
    pub forward: i64,
    /// Calendar times without a start, because they do not exist or are skipped, such as
    /// `2024-03-31 02:30`.
    pub skipped: Vec<String>,
    /// Calendar times that occur twice, with two starts.
    pub doubled: Vec<String>,
    /// Starts at times that the schedule does not name.
    pub moved: Vec<String>,
}

impl ClockChange {
    /// Whether the change affects the schedule.
    pub fn matters(&self) -> bool {
        !(self.skipped.is_empty() && self.doubled.is_empty() && self.moved.is_empty())
    }
}

impl Forecast {
    /// The times of a schedule alone, after `from`.
    pub fn of_schedule(schedule: CronSchedule, from: Time) -> Forecast {
        Forecast { schedule, cronjob: None, takes: None, busy_until: None, from, at: from }
    }

    /// The starts of a CronJob after `from`, as far as its own fields decide them.
    ///
    /// The schedule is read in the CronJob's time zone, by default UTC.
    ///
    /// # Errors
    ///
    /// If its schedule cannot be read.
    pub fn of_cronjob(cronjob: CronJob, from: Time) -> Result<Forecast, ParseError> {
        let schedule = effective_schedule(&cronjob, None)?;
        let cronjob = Some(cronjob);
        Ok(Forecast { cronjob, ..Forecast::of_schedule(schedule, from) })
    }

    /// Sets the zone, if the schedule names none.
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is no such zone.
    pub fn in_zone(mut self, name: &str) -> Result<Forecast, Error> {
        self.schedule = self.schedule.in_zone(name)?;
        Ok(self)
    }

    /// Sets the run time of each Job in whole seconds.
    #[must_use]
    pub fn taking(mut self, seconds: i64) -> Forecast {
        self.takes = Some(seconds);
        self
    }

    /// The clock changes between the start and the last time returned.
    pub fn changes(&self) -> Vec<ClockChange> {
        clock_changes(&self.schedule, self.from, self.at)
    }

    fn fate(&self, at: Time) -> Fate {
        let Some(cronjob) = &self.cronjob else { return Fate::Starts };
        let spec = &cronjob.spec;
        if spec.suspend == Some(true) {
            return Fate::Suspended;
        }
        // The controller checks a moment after each time; nothing else is due in between.
        let deadline = spec.starting_deadline_seconds;
        let rule = DueRule { schedule: &self.schedule, since: at.plus_nanos(-1), deadline };
        let looks = at.plus_nanos(SLACK);
        let due = rule.due(looks).ok().flatten().filter(|due| due.at == at);
        if due.is_none_or(|due| rule.is_late(due.at, looks)) {
            return Fate::TooLate;
        }
        let Some(until) = self.busy_until.filter(|until| *until > looks) else {
            return Fate::Starts;
        };
        match spec.concurrency_policy.as_str() {
            "Forbid" if self.schedule.next(at).is_some_and(|next| next <= until) => Fate::Forbidden,
            "Forbid" if rule.is_late(at, until) => Fate::TooLate,
            "Forbid" => Fate::Delayed(until),
            "Replace" => Fate::Replaces,
            _ => Fate::Overlaps,
        }
    }
}

impl Iterator for Forecast {
    type Item = Coming;

    fn next(&mut self) -> Option<Coming> {
        let at = self.schedule.next(self.at)?;
        let fate = self.fate(at);
        self.at = at;
        if let (true, Some(takes)) = (fate.starts(), self.takes) {
            let starts = if let Fate::Delayed(until) = fate { until } else { at.plus_nanos(SLACK) };
            let ends = starts.plus_seconds(takes);
            self.busy_until = self.busy_until.max(Some(ends));
        }
        Some(Coming { at, local: zone_of(&self.schedule).rfc3339(at.unix()), fate })
    }
}

/// The clock changes in a schedule's zone after `from`, up to `to`, and the effect of each. A
/// schedule without a zone, or with `@every`, has none.
pub fn clock_changes(schedule: &CronSchedule, from: Time, to: Time) -> Vec<ClockChange> {
    let Kind::Calendar(calendar) = &schedule.0 else { return Vec::new() };
    let zone = zone_of(schedule);
    let mut plain = calendar.clone();
    plain.zone = None;
    let plain = CronSchedule(Kind::Calendar(plain));
    let mut changes = Vec::new();
    let mut at = from.unix();
    while let Some(change) = zone.next_change(at).filter(|change| *change <= to.unix()) {
        at = change;
        changes.push(held_against_calendar(schedule, &plain, zone, change));
    }
    changes
}

fn held_against_calendar(
    schedule: &CronSchedule,
    plain: &CronSchedule,
    zone: &Zone,
    change: i64,
) -> ClockChange {
    let (before, after) = (zone.offset(change - 1), zone.offset(change));
    let (first, last) = (change - AROUND_CHANGE, change + AROUND_CHANGE);
    // Local times, in seconds as if they were UTC.
    let wanted = times(plain, first + before, last + after);
    let mut came: Vec<i64> =
        times(schedule, first, last).into_iter().map(|at| at + zone.offset(at)).collect();
    came.sort_unstable();
    let text = |at: &i64| {
        let Civil { year, month, day, hour, minute, .. } = Civil::of(*at);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    };
    let twice = came.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]);
    ClockChange {
        at: Time::from_unix(change),
        local: (zone.rfc3339(change - 1), zone.rfc3339(change)),
        forward: after - before,
        skipped: wanted.iter().filter(|at| came.binary_search(at).is_err()).map(text).collect(),
        doubled: twice.map(text).collect(),
        moved: came.iter().filter(|at| wanted.binary_search(at).is_err()).map(text).collect(),
    }
}

/// The times of a schedule after `first`, up to `last`, in seconds.
fn times(schedule: &CronSchedule, first: i64, last: i64) -> Vec<i64> {
    let next = |at: i64| schedule.next(Time::from_unix(at)).map(Time::unix);
    std::iter::successors(next(first), |at| next(*at)).take_while(|at| *at <= last).collect()
}

pub(crate) fn zone_of(schedule: &CronSchedule) -> &Zone {
    match &schedule.0 {
        Kind::Calendar(calendar) => calendar.zone.as_ref().unwrap_or(&Zone::UTC),
        Kind::Every(_) => &Zone::UTC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fates(spec: serde_json::Value, takes: Option<i64>) -> Vec<Fate> {
        let cronjob = serde_json::from_value(json!({"metadata": {"name": "c"}, "spec": spec}));
        let from = Time::from_unix(1_700_000_000 / 3_600 * 3_600);
        let mut forecast = Forecast::of_cronjob(cronjob.unwrap(), from).unwrap();
        if let Some(takes) = takes {
            forecast = forecast.taking(takes);
        }
        forecast.take(4).map(|coming| coming.fate).collect()
    }

    fn change(schedule: &str, from: &str, to: &str) -> ClockChange {
        let schedule = CronSchedule::parse(schedule).unwrap();
        let changes = clock_changes(&schedule, from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(changes.len(), 1);
        changes.into_iter().next().unwrap()
    }

    #[test]
    fn a_job_that_still_runs_is_in_the_way() {
        use Fate::{Delayed, Forbidden, Overlaps, Replaces, Starts};
        // The first takes until half past the second minute, when the second one begins.
        let end = Time::from_unix(1_700_000_000 / 3_600 * 3_600 + 150).plus_nanos(SLACK);
        for (policy, expected) in [
            ("Forbid", [Starts, Delayed(end), Forbidden, Starts]),
            ("Replace", [Starts, Replaces, Replaces, Replaces]),
            ("Allow", [Starts, Overlaps, Overlaps, Overlaps]),
        ] {
            let spec = json!({"schedule": "* * * * *", "concurrencyPolicy": policy});
            assert_eq!(fates(spec.clone(), Some(90)), expected, "{policy}");
            assert_eq!(fates(spec, None), [Starts; 4], "{policy}");
        }
    }

    #[test]
    fn no_deadline_is_as_short_as_the_controllers_slack() {
        for (deadline, expected) in [(0, Fate::TooLate), (1, Fate::Starts)] {
            let spec = json!({"schedule": "* * * * *", "startingDeadlineSeconds": deadline});
            assert_eq!(fates(spec, None), [expected; 4], "{deadline}");
        }
        let spec = json!({"schedule": "* * * * *", "suspend": true});
        assert_eq!(fates(spec, None), [Fate::Suspended; 4]);
    }

    #[test]
    fn clocks_that_go_back_double_and_forward_skip() {
        let forward =
            change("TZ=Europe/Berlin */30 2 * * *", "2024-03-30T00:00:00Z", "2024-04-01T00:00:00Z");
        assert_eq!(forward.skipped, ["2024-03-31 02:00", "2024-03-31 02:30"]);
        assert_eq!((forward.forward, forward.doubled.len()), (3_600, 0));
        assert_eq!(forward.local.1, "2024-03-31T03:00:00+02:00");
        let back = change(
            "TZ=America/New_York 30 1 * * *",
            "2024-11-02T00:00:00Z",
            "2024-11-05T00:00:00Z",
        );
        assert_eq!(back.doubled, ["2024-11-03 01:30"]);
        assert_eq!((back.forward, back.skipped.len(), back.moved.len()), (-3_600, 0, 0));
        let untouched =
            change("TZ=Europe/Berlin 0 9 * * *", "2024-03-30T00:00:00Z", "2024-04-01T00:00:00Z");
        assert!(!untouched.matters());
    }

    #[test]
    fn fixed_intervals_and_utc_know_no_clock_changes() {
        for schedule in ["@every 1h", "TZ=Europe/Berlin @every 1h", "30 2 * * *"] {
            let schedule = CronSchedule::parse(schedule).unwrap();
            let (from, to) = ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
            let changes = clock_changes(&schedule, from.parse().unwrap(), to.parse().unwrap());
            assert!(changes.is_empty());
        }
    }
}
