//! [`Tracking`]: how far the tracking of finished pods has come (`track.rs`).

use super::context::SyncError;
use super::decide::Tracked;
use super::memory::UidSet;

/// The progress of tracking in one sync.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    pub(super) step: Step,
    pub(super) write: bool,
    pub(super) capped: bool,
    pub(super) to_remove: Vec<Tracked>,
    pub(super) with_finalizer: UidSet,
    pub(super) patch_error: Option<SyncError>,
    pub(super) done: bool,
    pub(super) error: Option<SyncError>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    #[default]
    Count,
    FirstWrite,
    Finalizers,
    PartialWrite,
    LastWrite,
    End,
}

impl Tracking {
    pub(super) fn begin(&mut self, write: bool) {
        self.write = write;
    }
}
