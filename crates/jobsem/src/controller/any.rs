//! [`AnyController`]: one of the three controllers behind one set of calls, for hosts that choose
//! at run time, as the bindings of other languages do.
//!
//! Deliberately absent: what only one of them has.

use super::watch::{Object, WatchEvent};
use super::{CronJobController, JobController, TtlController};
use crate::event::Event;
use crate::explain::DatedNote;
use crate::request::{Request, RequestId, Response};
use crate::wake::Wakeup;
use crate::{Error, ErrorKind, Semantics, Time};

/// One of the three controllers.
///
/// ```
/// use jobsem::{AnyController, Semantics, Time};
///
/// let mut controller = AnyController::named("ttl", Semantics::default())?.with_notes();
/// controller.handle_timeout(Time::from_unix(946_684_801))?;
/// assert!(controller.poll_request().is_none());
/// assert!(AnyController::named("node", Semantics::default()).is_err());
/// # Ok::<(), jobsem::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyController {
    /// Jobs.
    Job(Box<JobController>),
    /// Finished Jobs.
    Ttl(Box<TtlController>),
    /// CronJobs.
    CronJob(Box<CronJobController>),
}

/// Does the same with whichever controller it is.
macro_rules! each {
    ($on:expr, $c:ident => $do:expr) => {
        match $on {
            AnyController::Job($c) => $do,
            AnyController::Ttl($c) => $do,
            AnyController::CronJob($c) => $do,
        }
    };
}

/// As [`each!`], for what makes a controller of a controller.
macro_rules! map {
    ($on:expr, $c:ident => $do:expr) => {
        match $on {
            AnyController::Job($c) => AnyController::Job(Box::new($do)),
            AnyController::Ttl($c) => AnyController::Ttl(Box::new($do)),
            AnyController::CronJob($c) => AnyController::CronJob(Box::new($do)),
        }
    };
}

impl AnyController {
    /// The controller of that name: `job`, `ttl` or `cronjob`.
    ///
    /// # Errors
    ///
    /// `Unsupported` for any other name.
    pub fn named(name: &str, sem: Semantics) -> Result<AnyController, Error> {
        Ok(match name {
            "job" => AnyController::Job(Box::new(JobController::new(sem))),
            "ttl" => AnyController::Ttl(Box::default()),
            "cronjob" => AnyController::CronJob(Box::new(CronJobController::new(sem))),
            other => {
                let text = format!("a controller is `job`, `ttl` or `cronjob`, not `{other}`");
                return Err(Error::new(ErrorKind::Unsupported, text));
            }
        })
    }

    /// The same one that keeps notes on its decisions.
    #[must_use]
    pub fn with_notes(self) -> AnyController {
        map!(self, c => c.with_notes())
    }

    /// The same one that works on so many objects at once.
    #[must_use]
    pub fn with_workers(self, workers: usize) -> AnyController {
        map!(self, c => c.with_workers(workers))
    }

    /// The same one with a zone for schedules without `timeZone`, which only the CronJob controller
    /// has.
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is no such zone.
    pub fn with_local_zone(self, name: &str) -> Result<AnyController, Error> {
        Ok(match self {
            AnyController::CronJob(c) => AnyController::CronJob(Box::new(c.with_local_zone(name)?)),
            other => other,
        })
    }

    /// Takes a change that a watch has shown.
    ///
    /// # Errors
    ///
    /// Those of the controller.
    pub fn handle_watch(&mut self, now: Time, event: WatchEvent) -> Result<(), Error> {
        each!(self, c => c.handle_watch(now, event))
    }

    /// Takes the list that a watch starts from; `version` is the list's own.
    ///
    /// # Errors
    ///
    /// Those of the controller.
    pub fn handle_list(
        &mut self,
        now: Time,
        objects: Vec<Object>,
        version: &str,
    ) -> Result<(), Error> {
        match self {
            AnyController::Job(c) => c.handle_list(now, objects, version),
            // These keep nothing that a later object of the list could change.
            other => {
                objects.into_iter().try_for_each(|o| other.handle_watch(now, WatchEvent::Added(o)))
            }
        }
    }

    /// Takes the answer to a request.
    ///
    /// # Errors
    ///
    /// Those of the controller.
    pub fn handle_result(
        &mut self,
        now: Time,
        id: RequestId,
        answer: Response,
    ) -> Result<(), Error> {
        each!(self, c => c.handle_result(now, id, answer))
    }

    /// Does what is due at `now`.
    ///
    /// # Errors
    ///
    /// `TimeWentBack`.
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        each!(self, c => c.handle_timeout(now))
    }

    /// Forgets everything but its options and the time, as a crash does; its workers begin at
    /// `begin`.
    pub fn restart(&mut self, begin: Time) {
        each!(self, c => c.restart(begin));
    }

    /// The next request to send.
    pub fn poll_request(&mut self) -> Option<Request> {
        each!(self, c => c.poll_request())
    }

    /// The next Event to record. The TTL controller records none.
    pub fn poll_event(&mut self) -> Option<Event> {
        match self {
            AnyController::Job(c) => c.poll_event(),
            AnyController::CronJob(c) => c.poll_event(),
            AnyController::Ttl(_) => None,
        }
    }

    /// The next note on a decision.
    pub fn poll_note(&mut self) -> Option<DatedNote> {
        each!(self, c => c.poll_note())
    }

    /// When to call [`AnyController::handle_timeout`] if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        each!(self, c => c.poll_timeout())
    }

    /// When one object is looked at again.
    pub fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        each!(self, c => c.wakeup_of(namespace, name))
    }
}
