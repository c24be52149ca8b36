//! The CronJob controller's switches.
//!
//! Rules: V-CRON-1 to V-CRON-9.

use super::{KubeVersion, Semantics};

/// The CronJob controller's switches (V-CRON).
impl Semantics {
    /// V-CRON-1: the event for a completed Job shows its condition, not its status.
    pub(crate) fn cron_calls_it_condition(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// V-CRON-2: the sync that sees a completed Job also records the time of its success.
    pub(crate) fn cron_notes_success_at_once(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// V-CRON-3: failed Jobs do not change `lastSuccessfulTime`.
    pub(crate) fn cron_notes_successes_only(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// V-CRON-7: a CronJob's Jobs are those with its UID, not those with its name.
    pub(crate) fn cron_children_by_uid(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// V-CRON-8: an existing Job is read in its own namespace.
    pub(crate) fn cron_finds_existing_job(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// V-CRON-9: a sync without further requests resets the back-off.
    pub(crate) fn cron_forgets_when_idle(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }
}
