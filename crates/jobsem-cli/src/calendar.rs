//! What came of a rehearsed CronJob, as a calendar: a grid for each month, and below it what was
//! out of the ordinary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jobsem::cron::ClockChange;
use jobsem::print::{human_duration, table};
use jobsem::scenario::{Deleted, Missed, Occasion, Rehearsal, RehearsalPlan, Start};
use jobsem::{SECOND, Time, Verdict};
use serde_json::{Value, json};

/// More than this would hide what matters.
const MOST_NOTABLE: usize = 40;
/// Starts later than this are worth a line; the controller itself looks a tenth of a second late.
const LATE: i64 = SECOND;
const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const LEGEND: &str = "Each day: how many Jobs were started, ! one failed, x a time without a Job, \
                      ~ one was late, + two at once, * clocks changed.\n";

/// The whole of it, for people.
pub fn to_text(played: &Rehearsal, plan: &RehearsalPlan) -> String {
    let mut out = String::new();
    let meta = &played.cronjob.metadata;
    let spec = &played.cronjob.spec;
    let zone = spec.time_zone.as_deref().unwrap_or("UTC");
    let _ = writeln!(out, "cronjob/{}: {} ({zone})", meta.name, spec.schedule);
    let _ = writeln!(out, "from {} to {}\n", plan.from, plan.to);
    out.push_str(&grid(played));
    out.push_str(LEGEND);
    let mut notable = notable(played);
    if !notable.is_empty() {
        let more = notable.len().saturating_sub(MOST_NOTABLE);
        notable.truncate(MOST_NOTABLE);
        let rows = notable.into_iter().map(|(_, row)| row).collect();
        let _ = write!(out, "\n{}", table(&["LOCAL", "WHAT", "WHY"], rows));
        if more > 0 {
            let _ = writeln!(out, "and {more} more (--json has all)");
        }
    }
    let _ = write!(out, "\n{}", summary(played));
    out
}

/// The same for machines.
pub fn to_json(played: &Rehearsal) -> Value {
    let occasions = played.occasions.iter().map(|occasion| {
        let mut out = json!({"at": occasion.at.to_string(), "local": occasion.local});
        if let Some(start) = &occasion.job {
            out["job"] = json!(start.name);
            out["started"] = json!(start.started.to_micro());
            out["overlaps"] = json!(start.overlaps);
            if let Some((at, verdict)) = start.ended {
                out["ended"] = json!({"at": at.to_string(), "verdict": verdict.to_string()});
            }
            if let Some((at, why)) = start.deleted {
                out["deleted"] = json!({"at": at.to_string(), "why": deleted_text(why)});
            }
        }
        if let Some(why) = occasion.missed {
            out["missed"] = json!(missed_text(why));
        }
        out
    });
    let jobs = played.jobs.iter().map(|job| json!(job.metadata.name));
    json!({
        "cronJob": played.cronjob.metadata.name,
        "occasions": occasions.collect::<Value>(),
        "clockChanges": played.changes.iter().map(jobsem::wire::clock_change).collect::<Value>(),
        "jobsLeft": jobs.collect::<Value>(),
        "podsLeft": played.pods,
        "status": played.cronjob.status,
    })
}

/// Rows of `cron next` for what a clock change skips or moves.
pub fn skipped_rows(change: &ClockChange) -> Vec<Vec<String>> {
    let row = |times: &[String], what: &str, why: String| {
        (!times.is_empty()).then(|| {
            let cells = [&span(times), "-", "-", what, &why];
            cells.into_iter().map(str::to_owned).collect()
        })
    };
    let clocks = clocks(change);
    [
        row(&change.skipped, "skipped", format!("{clocks}: no such time (CRONEXPR-22)")),
        row(
            &change.moved,
            "moved",
            format!("{clocks}: not asked for by the schedule (CRONEXPR-22)"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `clocks go forward 1h at 2024-03-31T03:00:00+02:00`.
fn clocks(change: &ClockChange) -> String {
    let how = if change.forward > 0 { "forward" } else { "back" };
    let far = human_duration(change.forward.abs() * SECOND);
    format!("clocks go {how} {far} at {}", change.local.1)
}

/// One time, or the first and the last of many.
fn span(times: &[String]) -> String {
    match times {
        [] => String::new(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last} ({} times)", times.len()),
    }
}

/// What a day's cell says.
#[derive(Default)]
struct Day {
    starts: usize,
    failed: bool,
    missed: bool,
    late: bool,
    overlaps: bool,
    clocks: bool,
}

impl Day {
    fn text(&self, day: i64) -> String {
        let mut text = format!("{day:>2}");
        let marks = [
            (self.failed, '!'),
            (self.missed, 'x'),
            (self.late, '~'),
            (self.overlaps, '+'),
            (self.clocks, '*'),
        ];
        let marks: String = marks.into_iter().filter(|(on, _)| *on).map(|(_, mark)| mark).collect();
        if self.starts > 0 || !marks.is_empty() {
            let _ = write!(text, " {}{marks}", self.starts);
        }
        text
    }
}

fn grid(played: &Rehearsal) -> String {
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    for occasion in &played.occasions {
        let day = days.entry(day_of(&occasion.local)).or_default();
        match &occasion.job {
            Some(start) => {
                day.starts += 1;
                day.failed |= failed(start);
                day.late |= is_late(occasion, start);
                day.overlaps |= start.overlaps;
            }
            None => day.missed = true,
        }
    }
    for change in &played.changes {
        let day = days.entry(day_of(&change.local.1)).or_default();
        day.clocks = true;
        day.missed |= !change.skipped.is_empty();
    }
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value())
    else {
        return "No time of the schedule is within these days.\n\n".to_owned();
    };
    let width = days.iter().map(|(day, cell)| cell.text(day % 31).len()).max().unwrap_or(2) + 2;
    let mut out = String::new();
    let (mut month, end) = (first_of_month(*first), *last);
    while month <= end {
        let (year, number, _) = date(month);
        let _ = writeln!(out, "{} {year}", MONTHS[number - 1]);
        for name in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] {
            let _ = write!(out, "{name:<width$}");
        }
        let next = first_of_month(month + 31);
        // The first day of 1970 was a Thursday.
        let mut line = " ".repeat(width * (month + 3).rem_euclid(7) as usize);
        for day in month..next {
            if (day + 3).rem_euclid(7) == 0 || day == month {
                out = out.trim_end().to_owned();
                out.push('\n');
                out.push_str(&std::mem::take(&mut line));
            }
            let empty = Day::default();
            let text = days.get(&day).unwrap_or(&empty).text(day - month + 1);
            let _ = write!(out, "{text:<width$}");
        }
        out = out.trim_end().to_owned();
        out.push_str("\n\n");
        month = next;
    }
    out
}

/// Days since the epoch of the date that a local time begins with.
fn day_of(local: &str) -> i64 {
    let midnight = format!("{}T00:00:00Z", local.get(..10).unwrap_or_default());
    midnight.parse::<Time>().map_or(0, Time::unix).div_euclid(DAY)
}

fn date(day: i64) -> (i64, usize, i64) {
    let text = Time::from_unix(day * DAY).to_string();
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|n| n.parse().ok());
    (number(0..4).unwrap_or(0), number(5..7).unwrap_or(1) as usize, number(8..10).unwrap_or(1))
}

fn first_of_month(day: i64) -> i64 {
    day - date(day).2 + 1
}

fn failed(start: &Start) -> bool {
    matches!(start.ended, Some((_, Verdict::Failed)))
}

fn is_late(occasion: &Occasion, start: &Start) -> bool {
    start.started.since(occasion.at) > LATE
}

/// What was out of the ordinary, in order; times without a Job in one line as long as the reason
/// stays the same.
fn notable(played: &Rehearsal) -> Vec<(Time, Vec<String>)> {
    let mut rows = Vec::new();
    let row = |local: &str, what: String, why: String| vec![local.to_owned(), what, why];
    for group in played.occasions.chunk_by(|a, b| a.missed.is_some() && a.missed == b.missed) {
        let Some(first) = group.first() else { continue };
        if let Some(why) = first.missed {
            let local: Vec<String> = group.iter().map(|one| one.local.clone()).collect();
            let why = missed_text(why).to_owned();
            rows.push((first.at, row(&span(&local), "no Job".to_owned(), why)));
        }
        let Some(start) = &first.job else { continue };
        if is_late(first, start) {
            let late = human_duration(start.started.since(first.at));
            let why = "it could not start before (CRON-22, CRON-45)".to_owned();
            rows.push((first.at, row(&first.local, format!("{} is {late} late", start.name), why)));
        }
        if start.overlaps {
            let why = "the Job before still runs (CRON-22)".to_owned();
            rows.push((first.at, row(&first.local, format!("{} overlaps", start.name), why)));
        }
        if failed(start) {
            let why = "its pods failed".to_owned();
            rows.push((first.at, row(&first.local, format!("{} fails", start.name), why)));
        }
        if let Some((_, Deleted::Replaced)) = start.deleted {
            let why = deleted_text(Deleted::Replaced).to_owned();
            rows.push((first.at, row(&first.local, format!("{} is deleted", start.name), why)));
        }
    }
    for change in &played.changes {
        let clocks = clocks(change);
        for (times, what) in [
            (&change.skipped, "no such time"),
            (&change.doubled, "this time comes twice"),
            (&change.moved, "not asked for by the schedule"),
        ] {
            if !times.is_empty() {
                let why = format!("{clocks} (CRONEXPR-22)");
                rows.push((change.at, row(&span(times), what.to_owned(), why)));
            }
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    rows
}

fn summary(played: &Rehearsal) -> String {
    let starts: Vec<&Start> = played.occasions.iter().filter_map(|one| one.job.as_ref()).collect();
    let ended = |wanted: Verdict| {
        starts.iter().filter(|start| start.ended.is_some_and(|(_, v)| v == wanted)).count()
    };
    let deleted = |wanted: Deleted| {
        starts.iter().filter(|start| start.deleted.is_some_and(|(_, why)| why == wanted)).count()
    };
    let (good, bad) = (ended(Verdict::Succeeded), ended(Verdict::Failed));
    let left = |wanted: fn(&jobsem::api::Job) -> bool| {
        played.jobs.iter().filter(|job| wanted(job)).count()
    };
    let replaced = deleted(Deleted::Replaced);
    format!(
        "{} times: {} started, {} without a Job. {good} completed, {bad} failed, {replaced} \
         replaced.\nDeleted: {} by the history limits, {} by their TTL. Left: {} ended and {} \
         running, {} pods.\n",
        played.occasions.len(),
        starts.len(),
        played.occasions.len() - starts.len(),
        deleted(Deleted::History),
        deleted(Deleted::Ttl),
        left(jobsem::api::Job::is_finished),
        left(|job| !job.is_finished()),
        played.pods,
    )
}

fn missed_text(why: Missed) -> &'static str {
    match why {
        Missed::Suspended => "suspend is true (CRON-17)",
        Missed::Forbidden => "the Job before still runs: concurrencyPolicy Forbid (CRON-22)",
        Missed::TooLate => "startingDeadlineSeconds were over (CRON-45)",
        Missed::Down => "nothing ran, and only the last time is made up for (CRON-45)",
        _ => "a later time came first (CRON-45)",
    }
}

fn deleted_text(why: Deleted) -> &'static str {
    match why {
        Deleted::History => "history limit (HIST-04)",
        Deleted::Replaced => "a newer Job took its place: concurrencyPolicy Replace (CRON-23)",
        _ => "ttlSecondsAfterFinished (TTL-07)",
    }
}
