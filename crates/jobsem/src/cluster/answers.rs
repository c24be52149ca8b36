//! What a [`Scenario`] asks for, and its answers that need no time to pass.

use serde_json::{Value, json};

use super::Controllers;
use super::scenario::Scenario;
use crate::cron::CronSchedule;
use crate::{Error, ErrorKind, Time};

/// The controllers of a scenario: only the Job controller if it names none.
pub(super) fn controllers(names: &[String]) -> Result<Controllers, Error> {
    let mut out = Controllers { job: names.is_empty(), ttl: false, cron_job: false };
    for name in names {
        match name.as_str() {
            "job" => out.job = true,
            "ttl" => out.ttl = true,
            "cronjob" => out.cron_job = true,
            other => {
                let text = format!("there is no controller `{other}` to play with");
                return Err(Error::new(ErrorKind::Unsupported, text));
            }
        }
    }
    Ok(out)
}

/// Mode `schedule`: the next times of an expression, or why it is none.
pub(super) fn times(scenario: &Scenario) -> Result<Value, Error> {
    let mut text = scenario.schedule.clone().unwrap_or_default();
    if !scenario.time_zone.is_empty() {
        text = format!("TZ={} {text}", scenario.time_zone);
    }
    let mut out = match CronSchedule::parse(&text) {
        Err(error) => json!({"errors": [error.to_string()]}),
        Ok(schedule) => {
            let mut at: Time = scenario.from.parse()?;
            let mut times = Vec::new();
            for _ in 0..scenario.count {
                match schedule.next(at) {
                    Some(next) => {
                        times.push(next.to_string());
                        at = next;
                    }
                    None => {
                        times.push("never".to_owned());
                        break;
                    }
                }
            }
            json!({"times": times})
        }
    };
    if !scenario.id.is_empty() {
        out["id"] = scenario.id.as_str().into();
    }
    Ok(out)
}
