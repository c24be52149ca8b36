//! [`skipped`]: whether a sync leaves a Job alone.
//!
//! Rules: SYNC-04, SYNC-05, SYNC-07, PRED-14, MANAGEDBY-01, MANAGEDBY-03, MANAGEDBY-04.

use crate::Semantics;
use crate::api::well_known::BUILT_IN_CONTROLLER;
use crate::api::{CompletionMode, Job};

/// Why a sync leaves a Job alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// It is finished (SYNC-05).
    Finished,
    /// Another controller is in charge (SYNC-04).
    ManagedBy,
    /// Its completion mode is not known (SYNC-07).
    UnknownCompletionMode,
}

/// Why a sync of the Job does nothing, in the order in which it is found; `None` if it goes on.
pub(crate) fn skipped(job: &Job, sem: &Semantics) -> Option<Skipped> {
    if managed_externally(job, sem) {
        Some(Skipped::ManagedBy)
    } else if job.is_finished() {
        Some(Skipped::Finished)
    } else if let Some(CompletionMode::Other(_)) = job.spec.completion_mode {
        Some(Skipped::UnknownCompletionMode)
    } else {
        None
    }
}

/// PRED-14: another controller manages the Job.
pub(crate) fn managed_externally(job: &Job, sem: &Semantics) -> bool {
    sem.managed_by() && job.spec.managed_by.as_deref().is_some_and(|by| by != BUILT_IN_CONTROLLER)
}
