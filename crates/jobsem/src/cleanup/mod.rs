//! Cleaning up after Jobs, for hosts that keep Jobs of their own.
//!
//! [`CleanupScheduler`] says when finished Jobs are due to go, [`excess`] which of an owner's
//! finished children are one too many, [`DeletionPlan`] in which order an object and what it owns
//! go. Hosts that run a [`Cluster`](crate::Cluster), or drive a real one with
//! [`TtlController`](crate::TtlController), need none of this. Deliberately absent: doing it.
//!
//! Rules: the areas TTL, HIST, DEL and GC; each file names its own.

mod agenda;
pub(crate) mod history;
mod plan;
mod scheduler;
mod table;
pub(crate) mod ttl;

pub use history::excess;
pub use plan::{DeletionPlan, DeletionStep, Owned, StepKind};
pub use scheduler::CleanupScheduler;
pub use ttl::{expiry, finish_time};
