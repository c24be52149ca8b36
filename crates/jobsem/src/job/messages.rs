//! Every text of the Job controller that Kubernetes shows to users, byte for byte.
//!
//! Rules: COND-04, EVENT-01 to EVENT-12, PFP-03, PFP-04.

use crate::api::Text;
use crate::event::EventMessage;

/// The reason and message of a condition or event.
pub(crate) type Words = (&'static str, &'static str);

pub(crate) const SUSPENDED: Words = ("JobSuspended", "Job suspended");
pub(crate) const RESUMED: Words = ("JobResumed", "Job resumed");
pub(crate) const POD_FAILURE_POLICY: &str = "PodFailurePolicy";
pub(crate) const SUCCESS_POLICY: &str = "SuccessPolicy";
pub(crate) const BACKOFF_LIMIT: Words =
    ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
pub(crate) const DEADLINE: Words =
    ("DeadlineExceeded", "Job was active longer than specified deadline");
pub(crate) const MAX_FAILED_INDEXES: Words =
    ("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
pub(crate) const FAILED_INDEXES: Words = ("FailedIndexes", "Job has failed indexes");
pub(crate) const COMPLETIONS_REACHED: Words =
    ("CompletionsReached", "Reached expected number of succeeded pods");

pub(crate) const EVENT_SUSPENDED: Words = ("Suspended", "Job suspended");
pub(crate) const EVENT_RESUMED: Words = ("Resumed", "Job resumed");
pub(crate) const EVENT_COMPLETED: Words = ("Completed", "Job completed");
pub(crate) const EVENT_TOO_MANY_SUCCEEDED: Words =
    ("TooManySucceededPods", "Too many succeeded pods running after completion count reached");
pub(crate) const EVENT_UNKNOWN_MODE: Words =
    ("UnknownCompletionMode", "Skipped Job sync because completion mode is unknown");
pub(crate) const EVENT_CREATED: &str = "SuccessfulCreate";
pub(crate) const EVENT_DELETED: &str = "SuccessfulDelete";
pub(crate) const EVENT_FAILED_CREATE: &str = "FailedCreate";
pub(crate) const EVENT_FAILED_DELETE: &str = "FailedDelete";

pub(crate) fn created_pod(name: &Text) -> EventMessage {
    EventMessage::about("Created pod: ", name.clone())
}

pub(crate) fn deleted_pod(name: &Text) -> EventMessage {
    EventMessage::about("Deleted pod: ", name.clone())
}

pub(crate) fn error_creating(error: &str) -> EventMessage {
    EventMessage::about("Error creating: ", error.into())
}

pub(crate) fn error_deleting(error: &str) -> EventMessage {
    EventMessage::about("Error deleting: ", error.into())
}

pub(crate) fn matched_rules(index: usize) -> String {
    format!("Matched rules at index {index}")
}

pub(crate) fn failed_by_exit_code(
    container: &str,
    namespace: &str,
    pod: &str,
    code: i32,
    rule: usize,
) -> String {
    format!(
        "Container {container} for pod {namespace}/{pod} failed with exit code {code} \
         matching FailJob rule at index {rule}"
    )
}

pub(crate) fn failed_by_condition(
    namespace: &str,
    pod: &str,
    condition: &str,
    rule: usize,
) -> String {
    format!("Pod {namespace}/{pod} has condition {condition} matching FailJob rule at index {rule}")
}
