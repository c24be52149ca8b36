//! Names that Kubernetes gives a meaning: labels, annotations, finalizers, owners.
//!
//! Rules: DATA-08 to DATA-13, DATA-16, SELECTOR-2.

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
/// DATA-16: the owner's group, version and kind in a pod's owner reference.
pub(crate) const JOB_API_VERSION: &str = "batch/v1";
/// DATA-16.
pub(crate) const JOB_KIND: &str = "Job";
/// The label that names the Job.
pub const JOB_NAME: &str = "batch.kubernetes.io/job-name";
/// The label that names the Job, as it was before labels had prefixes.
pub const LEGACY_JOB_NAME: &str = "job-name";
/// The label with the Job's uid.
pub const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";
/// The label with the Job's uid, as it was before labels had prefixes.
pub const LEGACY_CONTROLLER_UID: &str = "controller-uid";
