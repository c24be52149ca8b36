//! One sync of one Job: the state machine of the Job controller.
//!
//! `Tally` keeps the counts of a Job's pods as they change, `Decision` says what
//! follows from them, and `JobSync` asks for it step by step. [`reconcile`](crate::reconcile) and
//! [`JobController`](crate::JobController) both run just this. Deliberately absent: queues,
//! timers and caches (`controller`), and storage (`cluster`).

mod backoff;
pub(crate) mod claim;
mod conditions;
mod constants;
pub(crate) mod context;
mod decide;
mod failure_policy;
mod grown;
mod indexes;
mod intervals;
mod memory;
mod messages;
mod rank;
pub(crate) mod record;
mod records;
pub(crate) mod rules;
mod runs;
pub(crate) mod skip;
pub(crate) mod standing;
mod success_policy;
pub(crate) mod sync;
pub(crate) mod tally;
mod track;
mod tracking;
pub(crate) mod wake;

pub use backoff::{BackoffRecord, remaining as backoff_delay};
pub(crate) use constants::{POD_BACKOFF, SYNC_BATCH, SYNC_RETRY};
pub use intervals::Intervals;
pub use memory::Memory;
pub(crate) use messages::EVENT_UNKNOWN_MODE;
pub use record::completion_index_of;
pub use wake::deadline;
pub(crate) use wake::until_deadline;
