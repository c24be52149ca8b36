//! The numbers that the Job controller works with. Its names stand in `api::well_known`.
//!
//! Rules: DATA-01 to DATA-07 (upstream: `pkg/controller/job`, `pkg/apis/batch`).

use crate::time::SECOND;

/// DATA-01: the delay of syncs caused by pods and status changes, in nanoseconds.
pub(crate) const SYNC_BATCH: i64 = SECOND;
/// DATA-02: the first and the longest delay after a failed sync, in nanoseconds.
pub(crate) const SYNC_RETRY: (i64, i64) = (SECOND, 60 * SECOND);
/// DATA-03: the first and the longest back-off after failed pods, in nanoseconds.
pub(crate) const POD_BACKOFF: (i64, i64) = (10 * SECOND, 600 * SECOND);
/// DATA-04: how many pods one sync may add to the uncounted ones.
pub(crate) const MAX_UNCOUNTED: usize = 500;
/// DATA-05: how many pods one sync may create, or remove while scaling down.
pub(crate) const MAX_PODS_PER_SYNC: usize = 500;
/// DATA-06: the size of the first batch of creates; it doubles with each success.
pub(crate) const SLOW_START: usize = 1;
/// DATA-07: expectations older than this, in nanoseconds, no longer block a sync.
pub(crate) const EXPECTATION_TIMEOUT: i64 = 5 * 60 * SECOND;
