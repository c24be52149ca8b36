//! Controllers: watch events and answers in, requests and wake-ups out.
//!
//! The contract of every controller here: after every input, drain `poll_request` until it
//! returns `None`, then read `poll_timeout`. An early or repeated `handle_timeout` changes
//! nothing; a time that goes back is an error.

mod job;
mod job_handlers;
mod orphans;
#[cfg(test)]
mod properties;
mod queue;
mod stale;

pub use job::{JobController, Wakeup};

use std::sync::Arc;

use crate::api::{Job, Pod};

/// A change that a watch has shown.
///
/// ```
/// use jobsem::{WatchEvent, api::Pod};
///
/// let event = WatchEvent::Modified(Pod::default().into());
/// ```
#[derive(Clone, Debug, PartialEq)]
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
