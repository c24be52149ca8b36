//! Schedules whose runs are skipped or doubled by clock changes.

use super::linter::Lint;
use super::rules::Rule;
use crate::api::CronJobSpec;
use crate::cron::{ClockChange, CronSchedule, clock_changes};

/// The period searched for clock changes: a year, with both of its changes.
const HORIZON: i64 = 370 * 86_400;

pub(super) fn schedule(lint: &mut Lint<'_>, spec: &CronJobSpec) {
    let Ok(schedule) = CronSchedule::parse(&spec.schedule) else { return };
    // Without a zone the controller's zone applies, which is nearly always UTC.
    let Ok(schedule) = schedule.in_zone(spec.time_zone.as_deref().unwrap_or("UTC")) else { return };
    // A schedule that is due every hour continues every hour.
    if schedule.is_due_in_every_hour() {
        return;
    }
    let now = lint.options.now;
    let changes = clock_changes(&schedule, now, now.plus_seconds(HORIZON));
    let skipping = changes.iter().find(|change| !change.skipped.is_empty());
    let doubling = changes.iter().find(|change| !change.doubled.is_empty());
    let mut parts = Vec::new();
    if let Some(change) = skipping {
        parts.push(told(&change.skipped, "is left out", "are left out"));
    }
    if let Some(change) = doubling {
        parts.push(told(&change.doubled, "comes twice", "come twice"));
    }
    if parts.is_empty() {
        return;
    }
    let mut spans: Vec<String> = skipping.into_iter().chain(doubling).map(span).collect();
    spans.dedup();
    lint.push(
        Rule::ClockChange,
        "spec.schedule".to_owned(),
        format!("clocks change in {}: {}", zone(spec), parts.join(", and ")),
        Some(format!(
            "take a time that is not between {}, or `timeZone: Etc/UTC`",
            spans.join(" or "),
        )),
    );
}

/// The zone's name, which the schedule itself may contain.
fn zone(spec: &CronJobSpec) -> &str {
    let inside = spec.schedule.strip_prefix("TZ=").or(spec.schedule.strip_prefix("CRON_TZ="));
    let inside = inside.and_then(|rest| rest.split(' ').next());
    inside.or(spec.time_zone.as_deref()).unwrap_or("its zone")
}

/// Words for the affected runs, which have the form `2026-03-29 02:30`.
fn told(runs: &[String], one: &str, many: &str) -> String {
    let part = |run: &str, first: bool| {
        let (date, time) = run.split_once(' ').unwrap_or(("", run));
        if first { date.to_owned() } else { time.to_owned() }
    };
    let time = |run: &String| part(run, false);
    let date = runs.first().map(|run| part(run, true)).unwrap_or_default();
    match runs {
        [run] => format!("the run at {} {one} on {date}", time(run)),
        [a, b] => format!("the runs at {} and {} {many} on {date}", time(a), time(b)),
        [a, .., b] => {
            format!("the {} runs from {} to {} {many} on {date}", runs.len(), time(a), time(b))
        }
        [] => String::new(),
    }
}

/// The span of local time that a change skips or repeats, such as `02:00 and 03:00`.
fn span(change: &ClockChange) -> String {
    let clock = change.local.1.get(11..16).unwrap_or_default();
    let (hours, minutes) = clock.split_once(':').unwrap_or_default();
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let then = number(hours) * 60 + number(minutes);
    let other = then - change.forward / 60;
    let text = |minutes: i64| {
        let minutes = minutes.rem_euclid(24 * 60);
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    // Midnight at the end of a span belongs to its day.
    let (low, high) = (then.min(other), then.max(other));
    let end = if high.rem_euclid(24 * 60) == 0 { "24:00".to_owned() } else { text(high) };
    format!("{} and {end}", text(low))
}
