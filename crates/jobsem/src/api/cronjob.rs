//! `batch/v1` CronJob.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Extra, JobSpec, ObjectMeta, null_default};
use crate::Time;

/// A CronJob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronJob {
    /// `batch/v1`, if the document has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `CronJob`, if the document has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name, labels, owners.
    #[serde(default, deserialize_with = "null_default")]
    pub metadata: ObjectMeta,
    /// The desired state.
    #[serde(default, deserialize_with = "null_default")]
    pub spec: CronJobSpec,
    /// The observed state.
    #[serde(default, deserialize_with = "null_default")]
    pub status: CronJobStatus,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `spec` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronJobSpec {
    /// The cron expression.
    #[serde(default, deserialize_with = "null_default")]
    pub schedule: String,
    /// The time zone of the schedule; UTC in jobsem if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How many seconds late a Job may start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starting_deadline_seconds: Option<i64>,
    /// `Allow`, `Forbid` or `Replace`.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub concurrency_policy: String,
    /// Whether the CronJob is suspended: it starts no Jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// The template of the Jobs.
    #[serde(default, deserialize_with = "null_default")]
    pub job_template: JobTemplateSpec,
    /// How many completed Jobs are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successful_jobs_history_limit: Option<i32>,
    /// How many failed Jobs are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_jobs_history_limit: Option<i32>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `jobTemplate` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobTemplateSpec {
    /// Labels and annotations of the Jobs.
    #[serde(default, deserialize_with = "null_default")]
    pub metadata: ObjectMeta,
    /// The spec of the Jobs.
    #[serde(default, deserialize_with = "null_default")]
    pub spec: Arc<JobSpec>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `status` of a CronJob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronJobStatus {
    /// The unfinished Jobs of this CronJob.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub active: Vec<ObjectReference>,
    /// The scheduled time of the last started Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,
    /// When a Job last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A reference to an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the members of v1 ObjectReference, as they are named there")]
pub struct ObjectReference {
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub uid: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub field_path: String,
}
