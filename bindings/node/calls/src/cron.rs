//! `CronSchedule`: when a CronJob's schedule is due.

use jobsem::Error;
use jobsem::cron::CronSchedule;
use serde::Deserialize;
use serde_json::Value;

use crate::input::{At, arguments};
use crate::unknown;

#[derive(Deserialize)]
struct New {
    text: String,
    zone: Option<String>,
}

#[derive(Deserialize)]
struct Upcoming {
    after: At,
    count: usize,
}

pub fn new(text: &str) -> Result<CronSchedule, Error> {
    let New { text, zone } = arguments(text)?;
    let parsed = CronSchedule::parse(&text).map_err(|error| Error::decode(error.to_string()))?;
    match zone {
        Some(zone) => parsed.in_zone(&zone),
        None => Ok(parsed),
    }
}

pub fn call(schedule: &CronSchedule, name: &str, text: &str) -> Result<Value, Error> {
    match name {
        "isInterval" => Ok(schedule.is_interval().into()),
        "upcoming" => {
            let Upcoming { after, count } = arguments(text)?;
            let mut at = after.0;
            let next = || {
                at = schedule.next(at)?;
                // Whole seconds: they go further than nanoseconds, which end in 2262.
                Some(at.unix())
            };
            Ok(std::iter::from_fn(next).take(count).collect())
        }
        _ => Err(unknown("method", name)),
    }
}
