//! Controllers: watch events and responses in, requests and wake-ups out.
//!
//! The contract of every controller: after every input, drain `poll_request` until it returns
//! `None`, then read `poll_timeout`. An early or repeated `handle_timeout` changes nothing; a time
//! before an earlier one is an error.

mod any;
mod cronjob;
mod job;
mod job_handlers;
mod mailbox;
mod orphan_key;
mod orphans;
mod places;
mod pods;
#[cfg(test)]
mod properties;
mod queue;
mod roster;
mod stale;
mod timers;
mod ttl;
mod watch;

pub use any::AnyController;
pub use cronjob::CronJobController;
pub use job::JobController;
pub use ttl::TtlController;
pub use watch::{Object, WatchEvent};
