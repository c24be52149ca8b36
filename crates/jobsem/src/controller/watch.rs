//! [`WatchEvent`]: what controllers are shown, and the clock that goes with it.

use std::sync::Arc;

use crate::api::{CronJob, Job, Pod};
use crate::{Error, ErrorKind, Time};

/// A watch event.
///
/// ```
/// use jobsem::{WatchEvent, api::Pod};
///
/// let event = WatchEvent::Modified(Pod::default().into());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// The object is new.
    Added(Object),
    /// The object has changed.
    Modified(Object),
    /// The object is gone; this is its last state.
    Deleted(Object),
}

/// An object that a controller watches.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Object {
    /// A Job.
    Job(Arc<Job>),
    /// A pod.
    Pod(Arc<Pod>),
    /// A CronJob.
    CronJob(Arc<CronJob>),
}

impl Object {
    /// The resource's name, such as `pods`.
    pub(crate) fn resource(&self) -> &'static str {
        match self {
            Object::Job(_) => "jobs",
            Object::Pod(_) => "pods",
            Object::CronJob(_) => "cronjobs",
        }
    }
}

impl From<Job> for Object {
    fn from(job: Job) -> Object {
        Object::Job(Arc::new(job))
    }
}

impl From<Pod> for Object {
    fn from(pod: Pod) -> Object {
        Object::Pod(Arc::new(pod))
    }
}

impl From<Arc<Job>> for Object {
    fn from(job: Arc<Job>) -> Object {
        Object::Job(job)
    }
}

impl From<Arc<Pod>> for Object {
    fn from(pod: Arc<Pod>) -> Object {
        Object::Pod(pod)
    }
}

impl From<CronJob> for Object {
    fn from(cronjob: CronJob) -> Object {
        Object::CronJob(Arc::new(cronjob))
    }
}

impl From<Arc<CronJob>> for Object {
    fn from(cronjob: Arc<CronJob>) -> Object {
        Object::CronJob(cronjob)
    }
}

/// Advances a clock.
///
/// # Errors
///
/// `TimeWentBack` if `now` is before `clock`.
pub(super) fn forward(clock: &mut Time, now: Time) -> Result<(), Error> {
    if now < *clock {
        let text = format!("time went back from {clock} to {now}");
        return Err(Error::new(ErrorKind::TimeWentBack, text));
    }
    *clock = now;
    Ok(())
}
