//! [`Step`]: one thing that a user, or the course of the world, does in a scenario.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Propagation;
use crate::cluster::Resource;

/// One thing that a user does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// Seconds after the start, to the millisecond.
    #[serde(default)]
    pub at: f64,
    /// What is done.
    pub op: Op,
    /// The object's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<Value>,
    /// The new object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    /// What becomes of dependents; absent: `Background`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Propagation>,
    /// Of `holdEvents` and `releaseEvents`: whose watch events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// The grace period in whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<i64>,
}

/// What a [`Step`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Op {
    /// Patch a Job, through admission.
    PatchJob,
    /// Delete a Job.
    DeleteJob,
    /// Patch a CronJob, past admission.
    PatchCronJob,
    /// Store a pod as it is.
    CreatePod,
    /// Patch a pod, past admission.
    PatchPod,
    /// Patch a pod's status.
    PodStatus,
    /// Ask a pod to go.
    DeletePod,
    /// The node lets go of a pod.
    RemovePod,
    /// Hold back the watch events of a resource.
    HoldEvents,
    /// Release them.
    ReleaseEvents,
    /// The controllers lose their memory and start again.
    RestartController,
}

impl Op {
    /// The word for it in a scenario.
    pub const fn as_str(self) -> &'static str {
        match self {
            Op::PatchJob => "patchJob",
            Op::DeleteJob => "deleteJob",
            Op::PatchCronJob => "patchCronJob",
            Op::CreatePod => "createPod",
            Op::PatchPod => "patchPod",
            Op::PodStatus => "podStatus",
            Op::DeletePod => "deletePod",
            Op::RemovePod => "removePod",
            Op::HoldEvents => "holdEvents",
            Op::ReleaseEvents => "releaseEvents",
            Op::RestartController => "restartController",
        }
    }
}

impl Step {
    /// A step at `at` seconds after the start.
    pub fn new(at: f64, op: Op) -> Step {
        Step {
            at,
            op,
            name: String::new(),
            patch: None,
            object: None,
            propagation: None,
            resource: None,
            grace: None,
        }
    }

    /// The same, about the object of that name.
    #[must_use]
    pub fn of(mut self, name: impl Into<String>) -> Step {
        self.name = name.into();
        self
    }
}
