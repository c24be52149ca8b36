//! Schedules that mean something else than they seem to: dates that do not exist, two fields for
//! the day, steps that do not divide.

use super::{Lint, Rule};
use crate::api::CronJobSpec;
use crate::cron::CronSchedule;

pub(super) fn schedule(lint: &mut Lint<'_>, spec: &CronJobSpec) {
    let Ok(schedule) = CronSchedule::parse(&spec.schedule) else { return };
    let at = "spec.schedule";
    if schedule.next(lint.options.now).is_none() {
        lint.push(
            Rule::ScheduleNeverDue,
            at.to_owned(),
            "there is no such date within the next five years: no Job is ever started".to_owned(),
            Some("take a day that its months have".to_owned()),
        );
    }
    let Some(fields) = Fields::of(&spec.schedule) else { return };
    if fields.restricts(DAY_OF_MONTH) && fields.restricts(DAY_OF_WEEK) {
        let (month, week) = (fields.0[DAY_OF_MONTH], fields.0[DAY_OF_WEEK]);
        lint.push(
            Rule::DayOfMonthOrWeek,
            at.to_owned(),
            format!(
                "a day is due that matches day of month `{month}` or day of week `{week}`; both \
                 together are not needed"
            ),
            Some("restrict one of the two, and let the command check the other".to_owned()),
        );
    }
    for (field, (name, size)) in FIELDS.iter().enumerate() {
        let Some(step) = fields.step(field) else { continue };
        if let Some(text) = uneven(step, *size, name) {
            lint.push(Rule::UnevenStep, at.to_owned(), text, Some(even_steps(*size)));
        }
    }
}

const DAY_OF_MONTH: usize = 2;
const DAY_OF_WEEK: usize = 4;

/// What each field counts, and how many values it has; days of a month have no one number.
const FIELDS: [(&str, Option<u32>); 5] = [
    ("minute", Some(60)),
    ("hour", Some(24)),
    ("day of the month", None),
    ("month", Some(12)),
    ("day of the week", Some(7)),
];

/// The five fields of a schedule, as they are written.
struct Fields<'a>([&'a str; 5]);

impl Fields<'_> {
    /// `None` for descriptors such as `@daily`.
    fn of(schedule: &str) -> Option<Fields<'_>> {
        let words: Vec<&str> =
            schedule.split_whitespace().filter(|word| !word.contains("TZ=")).collect();
        words.try_into().ok().map(Fields)
    }

    /// Whether a field leaves values out (CRONEXPR-09).
    fn restricts(&self, field: usize) -> bool {
        !self.0[field].split(',').any(|part| matches!(part, "*" | "?" | "*/1" | "?/1"))
    }

    /// The step of a field that begins at its first value and goes on to its last.
    fn step(&self, field: usize) -> Option<u32> {
        let (range, step) = self.0[field].split_once('/')?;
        let first = if matches!(field, DAY_OF_MONTH | 3) { "1" } else { "0" };
        let whole = matches!(range, "*" | "?") || range == first;
        step.parse().ok().filter(|step| whole && *step > 1)
    }
}

/// What is uneven about a step over `size` values.
fn uneven(step: u32, size: Option<u32>, name: &str) -> Option<String> {
    let Some(size) = size else {
        return Some(format!(
            "every {step} days begins anew on the first of each month, so that the interval before \
             it differs from month to month"
        ));
    };
    let rest = size % step;
    let whole = match name {
        "minute" => "hour",
        "hour" => "day",
        "month" => "year",
        _ => "week",
    };
    if rest == 0 {
        return None;
    }
    if step >= size {
        return Some(format!(
            "a step of {step} leaves one {name} of each {whole}: there is a start every {whole}, \
             not every {step} {name}s"
        ));
    }
    let unit = if name == "day of the week" { "day" } else { name };
    let unit = if rest == 1 { unit.to_owned() } else { format!("{unit}s") };
    Some(format!(
        "every {step} begins anew with each {whole}, so that the last interval of the {whole} is \
         {rest} {unit}"
    ))
}

fn even_steps(size: Option<u32>) -> String {
    match size {
        None => "take days of the week, or let the command count the days".to_owned(),
        Some(size) => {
            let steps = (2..size).filter(|step| size.is_multiple_of(*step));
            let steps: Vec<String> = steps.map(|step| step.to_string()).collect();
            match steps.is_empty() {
                true => "list the values".to_owned(),
                false => format!("steps of {} are even", steps.join(", ")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Such a schedule cannot be created any more, but a stored one is kept.
    #[test]
    fn the_zone_in_a_schedule_is_none_of_its_fields() {
        let fields = Fields::of("TZ=Etc/UTC */15 * * * 1").unwrap();
        assert_eq!(fields.step(0), Some(15));
        assert!(fields.restricts(DAY_OF_WEEK));
        assert!(!fields.restricts(DAY_OF_MONTH));
    }
}
