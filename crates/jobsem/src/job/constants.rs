//! The names and numbers of the Job controller.
//!
//! Rules: DATA-01 to DATA-18 (upstream: `pkg/controller/job`, `pkg/apis/batch`).

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
/// DATA-08: the finalizer that keeps a pod until it is counted.
pub const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// DATA-09: annotation and label with a pod's completion index.
pub const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// DATA-10: annotation with the failures of the index before this pod.
pub const INDEX_FAILURE_COUNT: &str = "batch.kubernetes.io/job-index-failure-count";
/// DATA-11: annotation with the ignored failures of the index before this pod.
pub const INDEX_IGNORED_FAILURE_COUNT: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// DATA-12: environment variable with the completion index.
pub const COMPLETION_INDEX_ENV: &str = "JOB_COMPLETION_INDEX";
/// DATA-13: the `managedBy` of the built-in controller.
pub const BUILT_IN_CONTROLLER: &str = "kubernetes.io/job-controller";
/// DATA-15: the maximum length of a generated name before its suffix, in bytes.
pub(crate) const MAX_GENERATED_BASE: usize = 58;
/// DATA-16: the owner's group, version and kind in a pod's owner reference.
pub(crate) const JOB_API_VERSION: &str = "batch/v1";
/// DATA-16.
pub(crate) const JOB_KIND: &str = "Job";
