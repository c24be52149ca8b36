//! Decides which scheduled time is due, and when to check again.
//!
//! Deliberately absent: starting the Job (`sync`).
//!
//! Rules: CRON-40, CRON-42, CRON-45, CRON-46, CRON-50, CRON-51.

use super::schedule::CronSchedule;
use crate::api::CronJob;
use crate::{SECOND, Time};

/// How long after a scheduled time the controller wakes up, in nanoseconds (CRON-01).
pub(super) const SLACK: i64 = SECOND / 10;
/// More missed starts than this are many (CRON-46).
const MANY: i64 = 100;
/// Go's zero time, which stands for "never": the start of the year 1 (CRONEXPR-23).
const NEVER: Time = Time::from_unix(-62_135_596_800);

/// How many starts were missed, as precisely as the rules need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missed {
    None,
    Few,
    Many,
}

/// The schedule makes no progress: two times are less than a second apart, or there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoProgress;

/// A due time, and whether very many were missed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) at: Time,
    pub(crate) too_many_missed: bool,
}

/// The inputs that decide which time is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueRule<'a> {
    pub(crate) schedule: &'a CronSchedule,
    /// The last time for which a Job was started, else the creation of the CronJob.
    pub(crate) since: Time,
    /// How many whole seconds late a start may be.
    pub(crate) deadline: Option<i64>,
}

struct Recent {
    from: Time,
    due: Option<Time>,
    missed: Missed,
}

impl<'a> DueRule<'a> {
    pub(crate) fn of(cronjob: &CronJob, schedule: &'a CronSchedule) -> DueRule<'a> {
        let since = cronjob.status.last_schedule_time;
        DueRule {
            schedule,
            since: since.or(cronjob.metadata.creation_timestamp).unwrap_or(NEVER),
            deadline: cronjob.spec.starting_deadline_seconds,
        }
    }

    /// CRON-45: the latest due time; earlier ones are lost.
    pub(crate) fn due(&self, now: Time) -> Result<Option<Due>, NoProgress> {
        let recent = self.recent(now, self.deadline)?;
        let too_many_missed = recent.missed == Missed::Many;
        Ok(recent.due.map(|at| Due { at, too_many_missed }))
    }

    /// CRON-20: whether it is too late to start what was due at `at`.
    pub(crate) fn is_late(&self, at: Time, now: Time) -> bool {
        self.deadline.is_some_and(|seconds| at.plus_nanos(seconds.wrapping_mul(SECOND)) < now)
    }

    /// The latest time that would be due if there were no starting deadline.
    pub(crate) fn since_all(&self, now: Time) -> Option<Time> {
        self.recent(now, None).ok().and_then(|recent| recent.due)
    }

    fn next(&self, after: Time) -> Time {
        self.schedule.next(after).unwrap_or(NEVER)
    }

    /// CRON-42.
    fn recent(&self, now: Time, deadline: Option<i64>) -> Result<Recent, NoProgress> {
        let mut from = self.since;
        if let Some(seconds) = deadline {
            // GO: the product wraps (TIME-2), so a huge deadline has already passed.
            from = from.max(now.plus_nanos(seconds.wrapping_mul(-SECOND)));
        }
        let first = self.next(from);
        let second = self.next(first);
        if now < first {
            return Ok(Recent { from, due: None, missed: Missed::None });
        }
        if now < second {
            return Ok(Recent { from, due: Some(first), missed: Missed::None });
        }
        let gap = (second.since(first) as f64 / SECOND as f64).round() as i64;
        if gap < 1 {
            return Err(NoProgress);
        }
        let count = now.since(first) / SECOND / gap + 1;
        // Starts one gap before the estimate, for irregular schedules.
        let back = (count - 2).wrapping_mul(gap).wrapping_mul(SECOND);
        let mut due = None;
        let mut at = self.schedule.next(first.plus_nanos(back));
        while let Some(time) = at.filter(|time| *time <= now) {
            due = Some(time);
            at = self.schedule.next(time);
        }
        let missed = match count {
            n if n > MANY => Missed::Many,
            n if n > 0 => Missed::Few,
            _ => Missed::None,
        };
        Ok(Recent { from, due, missed })
    }
}

/// CRON-50: nanoseconds from `now` until the next check; at once if not positive.
pub(crate) fn next_delay(rule: &DueRule<'_>, now: Time) -> i64 {
    let base = match rule.recent(now, None) {
        Err(NoProgress) => now,
        Ok(Recent { due: Some(at), .. }) => at,
        Ok(Recent { from, missed: Missed::None, .. }) => from,
        Ok(_) => now,
    };
    rule.next(base).plus_nanos(SLACK).since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    /// Hours, minutes, seconds of a delay, as Go writes them.
    fn go(nanos: i64) -> String {
        let tenths = nanos / (SECOND / 10);
        assert_eq!(tenths * (SECOND / 10), nanos);
        let (h, m, s, t) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
        let mut out = String::new();
        if h > 0 {
            out += &format!("{h}h");
        }
        if h > 0 || m > 0 {
            out += &format!("{m}m");
        }
        out += &format!("{s}");
        if t > 0 {
            out += &format!(".{t}");
        }
        out + "s"
    }

    #[test]
    fn due_times() {
        // CRON 5.4: schedule, last, now, deadline, due, missed, delay.
        let d = "2016-05-19";
        for (schedule, last, now, deadline, due, missed, delay) in [
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-19T10:30:00Z",
                None,
                None,
                Missed::None,
                "30m0.1s",
            ),
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-19T11:00:00.1Z",
                None,
                Some("2016-05-19T11:00:00Z"),
                Missed::None,
                "1h0m0s",
            ),
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-23T14:00:00.1Z",
                None,
                Some("2016-05-23T14:00:00Z"),
                Missed::Few,
                "1h0m0s",
            ),
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-23T14:30:00Z",
                None,
                Some("2016-05-23T14:00:00Z"),
                Missed::Few,
                "30m0.1s",
            ),
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-23T15:00:00Z",
                None,
                Some("2016-05-23T15:00:00Z"),
                Missed::Many,
                "1h0m0.1s",
            ),
            (
                "0 * * * *",
                "2016-05-19T10:00:00Z",
                "2016-05-23T15:00:00Z",
                Some(7_200),
                Some("2016-05-23T15:00:00Z"),
                Missed::Few,
                "1h0m0.1s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:01:00.1Z",
                Some(0),
                None,
                Missed::None,
                "1m0s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:01:00Z",
                Some(0),
                None,
                Missed::None,
                "1m0.1s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:01:00.1Z",
                Some(1),
                Some("2016-05-19T00:01:00Z"),
                Missed::None,
                "1m0s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:01:01Z",
                Some(1),
                None,
                Missed::None,
                "59.1s",
            ),
            (
                "* * * * *",
                "2016-05-19T01:00:00Z",
                "2016-05-19T00:02:00Z",
                None,
                None,
                Missed::None,
                "59m0.1s",
            ),
            (
                "0 0 1,2 * *",
                "2024-01-31T12:00:00Z",
                "2024-02-20T00:00:00Z",
                None,
                None,
                Missed::Few,
                "240h0m0.1s",
            ),
            (
                "0 9,10 * * *",
                "2024-02-01T00:00:00Z",
                "2024-02-01T23:00:00Z",
                None,
                None,
                Missed::Few,
                "10h0m0.1s",
            ),
            (
                "0 0 * * 6,0",
                "2024-01-05T00:00:00Z",
                "2024-01-09T00:00:00Z",
                None,
                None,
                Missed::Few,
                "96h0m0.1s",
            ),
            (
                "@every 1h",
                "2016-05-19T00:00:00Z",
                "2016-05-19T05:20:00.1Z",
                None,
                Some("2016-05-19T05:00:00Z"),
                Missed::Few,
                "40m0s",
            ),
            (
                "@every 1h",
                "2016-05-19T00:00:00Z",
                "2016-05-19T01:00:00.1Z",
                Some(200),
                None,
                Missed::None,
                "1h0m0s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:05:00Z",
                Some(9_223_372_036),
                Some("2016-05-19T00:05:00Z"),
                Missed::Few,
                "1m0.1s",
            ),
            (
                "* * * * *",
                "2016-05-19T00:00:00Z",
                "2016-05-19T00:05:00Z",
                Some(9_223_372_037),
                None,
                Missed::None,
                "1m0.1s",
            ),
        ] {
            let name = format!("{schedule} since {last} at {now}, {deadline:?} ({d})");
            let schedule = CronSchedule::parse(schedule).unwrap();
            let (since, now) = (time(last), time(now));
            let rule = DueRule { schedule: &schedule, since, deadline };
            let recent = rule.recent(now, deadline).unwrap();
            assert_eq!((recent.due, recent.missed), (due.map(time), missed), "{name}");
            assert_eq!(go(next_delay(&rule, now)), delay, "{name}");
        }
    }

    #[test]
    fn schedules_without_times() {
        let schedule = CronSchedule::parse("59 23 31 2 *").unwrap();
        let rule =
            DueRule { schedule: &schedule, since: time("2016-05-19T10:00:00Z"), deadline: None };
        let now = time("2016-05-19T10:30:00Z");
        assert_eq!(rule.due(now), Err(NoProgress));
        assert!(next_delay(&rule, now) < 0);
        // CC-40: no next time within five years, so the last one counts.
        let schedule = CronSchedule::parse("0 0 29 2 *").unwrap();
        let rule =
            DueRule { schedule: &schedule, since: time("2088-02-29T00:00:00Z"), deadline: None };
        let due = rule.due(time("2097-01-01T00:00:00Z")).unwrap().unwrap();
        assert_eq!(due.at, time("2096-02-29T00:00:00Z"));
    }
}
