//! `v1` Pod and its template, as far as jobsem's rules read or write them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    ConditionStatus, Extra, ObjectMeta, Shared, Text, is_default, null_default, open_enum,
};
use crate::Time;

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pod {
    /// `v1`, if the document has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `Pod`, if the document has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name, labels, owners, finalizers.
    #[serde(default, deserialize_with = "null_default")]
    pub metadata: ObjectMeta,
    /// The desired state. Shared between the pods of one template.
    #[serde(default, deserialize_with = "null_default")]
    pub spec: Arc<PodSpec>,
    /// The observed state.
    #[serde(default, deserialize_with = "null_default")]
    pub status: PodStatus,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Pod {
    /// Whether it has ended: phase Succeeded or Failed.
    pub fn is_terminal(&self) -> bool {
        self.status.phase.is_terminal()
    }

    /// The container of that name; the first one if the name is empty. Init containers are not
    /// among them.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.spec.containers.iter().find(|container| name.is_empty() || container.name == *name)
    }

    /// The same pod with another status.
    pub(crate) fn with_status(&self, status: PodStatus) -> Pod {
        Pod {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            metadata: self.metadata.clone(),
            spec: Arc::clone(&self.spec),
            status,
            extra: self.extra.clone(),
        }
    }
}

/// `template` of a Job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodTemplateSpec {
    /// Labels, annotations and finalizers of the pods.
    #[serde(default, deserialize_with = "null_default")]
    pub metadata: ObjectMeta,
    /// The spec of the pods. Shared with the pods that are created from it.
    #[serde(default, deserialize_with = "null_default")]
    pub spec: Arc<PodSpec>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `spec` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodSpec {
    /// Containers that run one after another before the main containers, or, with restart policy
    /// Always, beside them (sidecars).
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub init_containers: Shared<Vec<Container>>,
    /// The containers.
    #[serde(default, deserialize_with = "null_default")]
    pub containers: Shared<Vec<Container>>,
    /// Whether finished containers restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// The grace period: whole seconds between the request to stop and the kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination_grace_period_seconds: Option<i64>,
    /// Whole seconds that the pod may be active on a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    /// The node the pod is bound to.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub node_name: Text,
    /// The host name; the controller sets it for Indexed Jobs.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub hostname: Text,
    /// The headless Service that gives the pod its DNS name.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub subdomain: String,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

impl PodSpec {
    /// The init container or container of that name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        let mut all = self.init_containers.iter().chain(&*self.containers);
        all.find(|container| container.name == name)
    }
}

open_enum! {
    /// `restartPolicy` of a pod or container.
    RestartPolicy {
        /// Restarts after any exit code.
        Always = "Always",
        /// Restarts after an exit code other than 0.
        OnFailure = "OnFailure",
        /// Never restarts.
        Never = "Never",
    }
}

/// A container, or an init container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Container {
    /// The name, unique in the pod.
    #[serde(default, deserialize_with = "null_default")]
    pub name: Text,
    /// The image.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub image: Text,
    /// The entry point; the image's own if empty.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Arguments of the entry point.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The working directory.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// The environment.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// Requests and limits; always written, `{}` if there are none.
    #[serde(default, deserialize_with = "null_default")]
    pub resources: Extra,
    /// The container's own restart policy; Always makes an init container a sidecar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Container {
    /// Whether an init container with this definition is a sidecar.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == Some(RestartPolicy::Always)
    }
}

/// One variable of the environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EnvVar {
    /// Its name.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Its value.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The source of the value, if the value is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<EnvVarSource>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `valueFrom` of a variable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EnvVarSource {
    /// A field of the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_ref: Option<ObjectFieldSelector>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `fieldRef`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectFieldSelector {
    /// The API version of the path.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The path, such as `metadata.name`.
    #[serde(default, deserialize_with = "null_default")]
    pub field_path: String,
}

/// `status` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodStatus {
    /// The phase.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub phase: PodPhase,
    /// The conditions.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub conditions: Shared<Vec<PodCondition>>,
    /// The reason for the phase, for people.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub message: Text,
    /// The reason for the phase, in one word.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub reason: Text,
    /// When the kubelet accepted the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// The init containers.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub init_container_statuses: Shared<Vec<ContainerStatus>>,
    /// The containers.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub container_statuses: Shared<Vec<ContainerStatus>>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

impl PodStatus {
    /// The first condition of that type.
    pub fn condition(&self, type_: &str) -> Option<&PodCondition> {
        self.conditions.iter().find(|c| c.type_ == type_)
    }
}

open_enum! {
    /// The phase of a pod.
    #[derive(Default)]
    PodPhase {
        /// No phase is reported yet.
        #[default]
        Absent = "",
        /// Not all containers have started.
        Pending = "Pending",
        /// At least one container runs or restarts.
        Running = "Running",
        /// All containers succeeded.
        Succeeded = "Succeeded",
        /// All containers ended, at least one with a failure.
        Failed = "Failed",
        /// The node does not respond.
        Unknown = "Unknown",
    }
}

impl PodPhase {
    /// Whether it is Succeeded or Failed.
    pub fn is_terminal(&self) -> bool {
        matches!(self, PodPhase::Succeeded | PodPhase::Failed)
    }
}

/// A condition of a pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodCondition {
    /// The type of the condition.
    #[serde(default, deserialize_with = "null_default", rename = "type")]
    pub type_: Text,
    /// The status of the condition.
    #[serde(default)]
    pub status: ConditionStatus,
    /// When the status last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,
    /// The reason, in one word.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub reason: Text,
    /// The reason, for people.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub message: Text,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The status of one container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContainerStatus {
    /// The container's name.
    #[serde(default, deserialize_with = "null_default")]
    pub name: Text,
    /// Its state now.
    #[serde(default, deserialize_with = "null_default")]
    pub state: ContainerState,
    /// The state before the last restart.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub last_state: ContainerState,
    /// Whether it is ready.
    #[serde(default, deserialize_with = "null_default")]
    pub ready: bool,
    /// The number of restarts.
    #[serde(default, deserialize_with = "null_default")]
    pub restart_count: i32,
    /// Whether it has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<bool>,
    /// The running image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Text>,
    /// The image's digest, if reported.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "imageID")]
    pub image_id: Option<Text>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The state of a container: at most one member is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContainerState {
    /// The container waits for its start or restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<ContainerStateWaiting>,
    /// The container runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<ContainerStateRunning>,
    /// The container has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminated: Option<ContainerStateTerminated>,
}

/// `state.waiting`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContainerStateWaiting {
    /// The reason, in one word.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub reason: Text,
    /// The reason, for people.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub message: Text,
}

/// `state.running`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContainerStateRunning {
    /// When the container started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
}

/// `state.terminated`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContainerStateTerminated {
    /// The exit code; 128 + n if signal n ended it.
    #[serde(default, deserialize_with = "null_default")]
    pub exit_code: i32,
    /// The reason, in one word.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub reason: Text,
    /// The reason, for people.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub message: Text,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended; the Job's back-off counts from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}
