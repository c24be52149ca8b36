//! Calls of the core by name: JSON text in, JSON text out.
//!
//! The Node addon and the WebAssembly module are thin shells around this crate, and one JavaScript
//! face stands over both. An answer is `{"ok": …}` or `{"error": {"code", "message", …}}`; a panic
//! is an error with code `INTERNAL`, and the object that it happened in answers nothing else from
//! then on. Documents come as `{"text": "…"}` (YAML or JSON) or `{"object": …}`; times as digits
//! (nanoseconds) or RFC 3339 text.
//!
//! Deliberately absent: any rule of Jobs, a clock, files.

mod answer;
mod cleanup;
mod cluster;
mod controller;
mod cron;
mod host;
mod input;
mod report;
mod rules;

use std::sync::Mutex;

use jobsem::{Error, ErrorKind};
use serde_json::Value;

pub use answer::keep_panics_quiet;

/// Calls a function: `outcome`, `validate`, `reconcile`, `explain`, `simulate`, `play`, `versions`.
pub fn call(name: &str, arguments: &str) -> String {
    answer::answer(|| rules::call(name, arguments))
}

/// An object that has a state: a `Controller`, `Cluster`, `Host`, `CleanupScheduler` or
/// `CronSchedule`.
pub struct Object(Mutex<State>);

/// What an object holds. It is larger for some; there are few objects.
#[allow(clippy::large_enum_variant, reason = "one for each object of the host")]
enum State {
    Controller(controller::Controller),
    Cluster(jobsem::Cluster),
    Host(host::Host),
    Cleanup(jobsem::cleanup::CleanupScheduler),
    Cron(jobsem::cron::CronSchedule),
    /// It could not be made; this is the answer to everything.
    Broken(String),
}

impl Object {
    /// Makes an object of that class. What is wrong with the arguments is the answer to its first
    /// call, `made`.
    pub fn new(class: &str, arguments: &str) -> Object {
        let mut state = None;
        let said = answer::answer(|| {
            state = Some(match class {
                "Controller" => State::Controller(controller::Controller::new(arguments)?),
                "Cluster" => State::Cluster(cluster::new(arguments)?),
                "Host" => State::Host(host::Host::new(arguments)?),
                "CleanupScheduler" => State::Cleanup(Default::default()),
                "CronSchedule" => State::Cron(cron::new(arguments)?),
                _ => return Err(unknown("class", class)),
            });
            Ok(Value::Null)
        });
        Object(Mutex::new(state.unwrap_or(State::Broken(said))))
    }

    /// Calls a method.
    pub fn call(&self, name: &str, arguments: &str) -> String {
        let mut broken = None;
        let said = answer::answer(|| {
            let mut state = self
                .0
                .lock()
                .map_err(|_| Error::new(ErrorKind::Internal, "unusable since an internal error"))?;
            match &mut *state {
                State::Broken(said) => {
                    broken = Some(said.clone());
                    Ok(Value::Null)
                }
                _ if name == "made" => Ok(Value::Null),
                _ if name == "panic" => panic!("asked for"),
                State::Controller(controller) => controller.call(name, arguments),
                State::Cluster(cluster) => cluster::call(cluster, name, arguments),
                State::Host(host) => host.call(name, arguments),
                State::Cleanup(scheduler) => cleanup::call(scheduler, name, arguments),
                State::Cron(schedule) => cron::call(schedule, name, arguments),
            }
        });
        broken.unwrap_or(said)
    }
}

fn unknown(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("no {what} `{name}`"))
}
