//! `CleanupScheduler`: a great many finished Jobs, each due to go at a time of its own.

use jobsem::cleanup::CleanupScheduler;
use jobsem::{Error, Time};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{nanos, waking};
use crate::controller::Now;
use crate::input::{At, arguments};
use crate::unknown;

#[derive(Deserialize)]
struct Add {
    key: u64,
    finished: At,
    ttl: i32,
}

#[derive(Deserialize)]
struct AddAt {
    key: u64,
    due: At,
}

#[derive(Deserialize)]
struct Key {
    key: u64,
}

pub fn call(scheduler: &mut CleanupScheduler, name: &str, text: &str) -> Result<Value, Error> {
    match name {
        "add" => {
            let Add { key, finished, ttl } = arguments(text)?;
            scheduler.add(key, finished.0, ttl);
        }
        "addAt" => {
            let AddAt { key, due } = arguments(text)?;
            scheduler.add_at(key, due.0);
        }
        "remove" => return Ok(scheduler.remove(arguments::<Key>(text)?.key).into()),
        "due" => return Ok(scheduler.due(arguments::<Key>(text)?.key).map(nanos).into()),
        "pollDue" => return Ok(scheduler.poll_due(arguments::<Now>(text)?.now.0).into()),
        "allDue" => {
            let now: Time = arguments::<Now>(text)?.now.0;
            return Ok(std::iter::from_fn(|| scheduler.poll_due(now)).collect());
        }
        "size" => return Ok(scheduler.len().into()),
        "nextWakeup" => {
            let wakeup = |at| waking(at, CleanupScheduler::REASON, "");
            return Ok(scheduler.poll_timeout().map(wakeup).into());
        }
        _ => return Err(unknown("method", name)),
    }
    Ok(json!(null))
}
