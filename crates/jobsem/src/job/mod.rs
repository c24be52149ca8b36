//! One sync of one Job: the state machine of the Job controller.
//!
//! `Tally` keeps the counts of a Job's pods as they change, `Decision` derives what to do, and
//! `Sync` requests it step by step. [`reconcile`](crate::reconcile) and
//! [`JobController`](crate::JobController) both run this code. Deliberately absent: queues, timers
//! and caches (`controller`), and storage (`cluster`).

mod backoff;
pub(crate) mod claim;
mod conditions;
mod constants;
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
mod standing;
mod success_policy;
pub(crate) mod sync;
pub(crate) mod tally;
mod template;
mod track;
mod wake;

pub use backoff::{BackoffRecord, remaining as backoff_delay};
pub use constants::{
    BUILT_IN_CONTROLLER, COMPLETION_INDEX, COMPLETION_INDEX_ENV, INDEX_FAILURE_COUNT,
    INDEX_IGNORED_FAILURE_COUNT, TRACKING_FINALIZER,
};
pub(crate) use constants::{POD_BACKOFF, SYNC_BATCH, SYNC_RETRY};
pub use intervals::Intervals;
pub use memory::Memory;
pub(crate) use messages::EVENT_UNKNOWN_MODE;
pub use record::completion_index_of;
pub use standing::{PodNote, Standing, explain_pods};
pub use template::NewPod;
pub(crate) use template::{indexed_name, plain_name};
pub use wake::deadline;
