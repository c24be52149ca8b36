//! [`Observer`]: shows a run.

use std::sync::Arc;

use jobsem::api::{Job, Pod};
use jobsem::{Event, Time, Wakeup};

use crate::rundir::LogFile;

/// Follows a run.
pub trait Observer {
    /// Called with the state, after every change and every tick.
    fn view(&mut self, view: &View<'_>);
    /// Called when a controller or the node records an event.
    fn event(&mut self, event: &Event);
    /// Called when a container has a new log.
    fn log(&mut self, pod: &str, log: &LogFile);
}

/// The state of a run.
#[derive(Debug)]
pub struct View<'a> {
    /// The time.
    pub now: Time,
    /// The last state of the Job, or of the CronJob's Jobs, by name.
    pub jobs: &'a [Arc<Job>],
    /// The pods, by name.
    pub pods: &'a [Arc<Pod>],
    /// The pending wake-ups, soonest first.
    pub waits: &'a [Wakeup],
    /// Whether the run is ending.
    pub ending: bool,
}
