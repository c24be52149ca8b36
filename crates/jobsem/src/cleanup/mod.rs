//! Clean-up after Jobs, for hosts that keep their own Jobs.
//!
//! [`CleanupScheduler`] computes when finished Jobs are due for deletion, [`excess`] which finished
//! children exceed a history limit, [`DeletionPlan`] the order in which an object and its
//! dependents are deleted. Hosts that run a [`Cluster`](crate::Cluster), or drive a real one with
//! [`TtlController`](crate::TtlController), need none of this. Deliberately absent: the deletion
//! itself.
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
