//! `batch/v1` Job.
//!
//! Rules: DATA-20 to DATA-30.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Extra, LabelSelector, List, ObjectMeta, PodTemplateSpec, Text, is_default, null_default,
    open_enum,
};
use crate::Time;

/// A Job.
///
/// ```
/// use jobsem::api::Job;
///
/// let job: Job = serde_json::from_str(
///     r#"{"metadata":{"name":"pi"},"spec":{"completions":null,"parallelism":0,"x":1}}"#)?;
/// assert_eq!(job.spec.completions, None, "null is absent");
/// assert_eq!(job.spec.parallelism, Some(0), "zero is not");
/// assert_eq!(serde_json::to_value(&job)?["spec"]["x"], 1, "unknown members survive");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Job {
    /// `batch/v1`, if the document says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `Job`, if the document says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name, labels, owners.
    #[serde(default, deserialize_with = "null_default")]
    pub metadata: ObjectMeta,
    /// What is asked for. Shared, since status writes leave it as it is.
    #[serde(default, deserialize_with = "null_default")]
    pub spec: Arc<JobSpec>,
    /// What has come of it.
    #[serde(default, deserialize_with = "null_default")]
    pub status: JobStatus,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Job {
    /// The name by which the queues know it: `namespace/name` (DATA-20).
    pub fn key(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// Whether a Complete or Failed condition is True (PRED-11).
    ///
    /// This is the one sound test for "has ended"; [`outcome`](crate::outcome()) says more.
    pub fn is_finished(&self) -> bool {
        self.status.is_true(&JobConditionType::Complete)
            || self.status.is_true(&JobConditionType::Failed)
    }

    /// Whether `spec.suspend` is true (PRED-06).
    pub fn is_suspended(&self) -> bool {
        self.spec.suspend == Some(true)
    }

    /// Whether the completion mode is Indexed (PRED-07).
    pub fn is_indexed(&self) -> bool {
        self.spec.completion_mode == Some(CompletionMode::Indexed)
    }
}

/// `spec` of a Job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobSpec {
    /// How many pods may run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i32>,
    /// How many pods must succeed; absent: one success is enough and pods agree among themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completions: Option<i32>,
    /// Whole seconds from `status.startTime` until the Job fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    /// How failures of pods are classified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_failure_policy: Option<PodFailurePolicy>,
    /// When an Indexed Job has succeeded before all of its indexes have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_policy: Option<SuccessPolicy>,
    /// How many failures are tolerated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_limit: Option<i32>,
    /// How many failures each index of an Indexed Job is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_limit_per_index: Option<i32>,
    /// How many indexes may fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failed_indexes: Option<i32>,
    /// Which pods are the Job's; the API server makes it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// Whether the user gives the selector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual_selector: Option<bool>,
    /// What each pod is made from.
    #[serde(default, deserialize_with = "null_default")]
    pub template: PodTemplateSpec,
    /// Whole seconds from the end of the Job until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<i32>,
    /// Whether completions are told apart by an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_mode: Option<CompletionMode>,
    /// Whether the Job shall have no pods for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// When a pod that is going away is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_replacement_policy: Option<PodReplacementPolicy>,
    /// Which controller is in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// `spec.completionMode`.
    CompletionMode {
        /// Any pod counts as well as another.
        NonIndexed = "NonIndexed",
        /// Each pod has an index, and each index must succeed once.
        Indexed = "Indexed",
    }
}

open_enum! {
    /// `spec.podReplacementPolicy`.
    PodReplacementPolicy {
        /// As soon as it is asked to go.
        TerminatingOrFailed = "TerminatingOrFailed",
        /// Once it has failed.
        Failed = "Failed",
    }
}

/// `spec.podFailurePolicy`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodFailurePolicy {
    /// The rules; the first that matches decides.
    #[serde(default)]
    pub rules: List<PodFailurePolicyRule>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One rule of a pod failure policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodFailurePolicyRule {
    /// What happens if the rule matches.
    #[serde(default = "FailurePolicyAction::absent")]
    pub action: FailurePolicyAction,
    /// Matches by exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_exit_codes: Option<ExitCodesRequirement>,
    /// Matches by pod condition; looked at only if `on_exit_codes` is absent.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub on_pod_conditions: Vec<PodConditionPattern>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// What a rule of a pod failure policy does.
    FailurePolicyAction {
        /// The Job fails.
        FailJob = "FailJob",
        /// The index fails.
        FailIndex = "FailIndex",
        /// The failure does not count.
        Ignore = "Ignore",
        /// The failure counts, as if there were no policy.
        Count = "Count",
    }
}

impl FailurePolicyAction {
    fn absent() -> Self {
        FailurePolicyAction::Other(String::new())
    }
}

/// `onExitCodes` of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExitCodesRequirement {
    /// Only this container is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_name: Option<String>,
    /// How `values` are compared.
    #[serde(default = "ExitCodeOperator::absent")]
    pub operator: ExitCodeOperator,
    /// The exit codes.
    #[serde(default)]
    pub values: List<i32>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// `onExitCodes.operator`.
    ExitCodeOperator {
        /// The code is listed.
        In = "In",
        /// The code is not listed.
        NotIn = "NotIn",
    }
}

impl ExitCodeOperator {
    fn absent() -> Self {
        ExitCodeOperator::Other(String::new())
    }
}

/// One entry of `onPodConditions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodConditionPattern {
    /// The condition's type.
    #[serde(default, deserialize_with = "null_default", rename = "type")]
    pub type_: String,
    /// The condition's status.
    #[serde(default = "ConditionStatus::absent")]
    pub status: ConditionStatus,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// The status of a condition.
    ConditionStatus {
        /// It holds.
        True = "True",
        /// It does not hold.
        False = "False",
        /// Nobody knows.
        Unknown = "Unknown",
    }
}

impl ConditionStatus {
    pub(crate) fn absent() -> Self {
        ConditionStatus::Other(String::new())
    }
}

impl Default for ConditionStatus {
    fn default() -> Self {
        ConditionStatus::absent()
    }
}

/// `spec.successPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SuccessPolicy {
    /// The rules; one that matches is enough.
    #[serde(default, deserialize_with = "null_default")]
    pub rules: Vec<SuccessPolicyRule>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One rule of a success policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SuccessPolicyRule {
    /// The indexes that matter, such as `0,3-5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_indexes: Option<String>,
    /// How many of them are enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_count: Option<i32>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `status` of a Job (STATUS-01 to STATUS-11).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobStatus {
    /// What is known to hold, in the order in which it came up (COND-03).
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<JobCondition>,
    /// When the controller took it up, or last resumed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When it completed; never set for a failed Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// Pods that are neither finished nor being deleted.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub active: i32,
    /// Pods counted as succeeded; of an Indexed Job, its completed indexes.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub succeeded: i32,
    /// Pods counted as failed.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub failed: i32,
    /// Pods that are being deleted and have not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminating: Option<i32>,
    /// The completed indexes, such as `0,3-5`.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub completed_indexes: Text,
    /// The failed indexes; present only with `backoffLimitPerIndex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_indexes: Option<Text>,
    /// Pods that ended and still carry the tracking finalizer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncounted_terminated_pods: Option<UncountedTerminatedPods>,
    /// Active pods that are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<i32>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl JobStatus {
    /// The first condition of that type.
    pub fn condition(&self, type_: &JobConditionType) -> Option<&JobCondition> {
        self.conditions.iter().find(|c| c.type_ == *type_)
    }

    /// Whether *some* condition of that type is True.
    pub fn is_true(&self, type_: &JobConditionType) -> bool {
        self.true_condition(type_).is_some()
    }

    /// The first condition of that type that is True.
    pub fn true_condition(&self, type_: &JobConditionType) -> Option<&JobCondition> {
        self.conditions.iter().find(|c| c.type_ == *type_ && c.status == ConditionStatus::True)
    }
}

impl JobStatus {
    /// Drops the fractions of all times, as the API server does when it stores them (DATA-31).
    pub(crate) fn truncate_times(&mut self) {
        for time in [&mut self.start_time, &mut self.completion_time] {
            *time = time.map(Time::truncated);
        }
        for condition in &mut self.conditions {
            for time in [&mut condition.last_probe_time, &mut condition.last_transition_time] {
                *time = time.map(Time::truncated);
            }
        }
    }
}

/// `status.uncountedTerminatedPods`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UncountedTerminatedPods {
    /// UIDs of succeeded pods.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub succeeded: Vec<Text>,
    /// UIDs of failed pods.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Text>,
}

impl UncountedTerminatedPods {
    /// Whether both lists are empty.
    pub fn is_empty(&self) -> bool {
        self.succeeded.is_empty() && self.failed.is_empty()
    }
}

/// A condition of a Job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobCondition {
    /// What it says.
    #[serde(rename = "type", default = "JobConditionType::absent")]
    pub type_: JobConditionType,
    /// Whether it holds.
    #[serde(default)]
    pub status: ConditionStatus,
    /// When it was last checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_probe_time: Option<Time>,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,
    /// Why, in one word.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub reason: Text,
    /// Why, for people.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub message: Text,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

impl JobCondition {
    /// Whether its status is True.
    pub fn holds(&self) -> bool {
        self.status == ConditionStatus::True
    }

    /// A condition whose times are both `now` (COND-01).
    pub fn new(
        type_: JobConditionType,
        status: ConditionStatus,
        reason: impl Into<Text>,
        message: impl Into<Text>,
        now: Time,
    ) -> JobCondition {
        JobCondition {
            type_,
            status,
            last_probe_time: Some(now),
            last_transition_time: Some(now),
            reason: reason.into(),
            message: message.into(),
            extra: Extra::new(),
        }
    }
}

open_enum! {
    /// The type of a Job's condition.
    JobConditionType {
        /// The Job has no pods because it is suspended.
        Suspended = "Suspended",
        /// The Job succeeded.
        Complete = "Complete",
        /// The Job failed.
        Failed = "Failed",
        /// The Job will fail; pods may still be running.
        FailureTarget = "FailureTarget",
        /// The Job will succeed; pods may still be running.
        SuccessCriteriaMet = "SuccessCriteriaMet",
    }
}

impl JobConditionType {
    fn absent() -> Self {
        JobConditionType::Other(String::new())
    }
}
