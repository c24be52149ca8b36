//! [`Observer`]: who shows a run.

use std::sync::Arc;

use jobsem::api::{Job, Pod};
use jobsem::{Event, Time, Wakeup};

use crate::rundir::LogFile;

/// Who follows a run.
pub trait Observer {
    /// The state, after every change and every tick.
    fn view(&mut self, view: &View<'_>);
    /// An event was recorded, by a controller or by the node.
    fn event(&mut self, event: &Event);
    /// A container has a new log.
    fn log(&mut self, pod: &str, log: &LogFile);
}

/// The state of a run.
#[derive(Debug)]
pub struct View<'a> {
    /// The time.
    pub now: Time,
    /// The Job as it was last, or those of the CronJob, by name.
    pub jobs: &'a [Arc<Job>],
    /// The pods, by name.
    pub pods: &'a [Arc<Pod>],
    /// What is waited for, soonest first.
    pub waits: &'a [Wakeup],
    /// Whether the run is being ended.
    pub ending: bool,
}
