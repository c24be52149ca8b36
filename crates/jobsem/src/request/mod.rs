//! What controllers ask the API for, and what it answers.
//!
//! Rules: EFF-01 to EFF-05, CLAIM-05, CLAIM-06, TTL-08, CRON-25, HIST-06. Deliberately absent: how
//! a request is sent. The events that controllers record stand in `event.rs`.

mod new_pod;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::well_known::TRACKING_FINALIZER;
use crate::api::{CronJob, Job, JobStatus, Pod};
use crate::{Error, ErrorKind};

pub use new_pod::NewPod;
pub(crate) use new_pod::{NewIndex, PodShape, indexed_name, plain_name};

/// A request, and the handle by which its answer is given back.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// Names the request in the `handle_result` of the controller that made it.
    pub id: RequestId,
    /// What is asked for.
    pub call: Call,
}

/// The handle of a [`Request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl RequestId {
    /// The handle as a number, for hosts that can keep nothing else.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The handle that [`RequestId::get`] has given the number of. `handle_result` refuses one
    /// that is not open.
    pub const fn from_u64(number: u64) -> RequestId {
        RequestId(number)
    }
}

/// One call of the API.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Call {
    /// Read a Job from the API itself, past every cache (EFF-05).
    GetJob {
        /// The Job's namespace.
        namespace: String,
        /// The Job's name.
        name: String,
    },
    /// Create a pod; its name is made by the API from `generateName` (EFF-01).
    CreatePod {
        /// The pod, which is made from its Job's template once it is asked for.
        pod: NewPod,
    },
    /// Delete a pod with empty options (EFF-02).
    DeletePod {
        /// The pod as the controller knows it; only its namespace and name are meant.
        pod: Arc<Pod>,
    },
    /// Change a pod by a strategic merge patch.
    PatchPod {
        /// The pod as the controller knows it; only its namespace and name are meant.
        pod: Arc<Pod>,
        /// The change.
        patch: PodPatch,
    },
    /// Replace the status of a Job, if its resource version is still the one given (EFF-04).
    UpdateJobStatus {
        /// The Job as it was read, with the status of then. What is sent to an API is this Job
        /// with the new status in it: [`Call::job_to_write`].
        job: Arc<Job>,
        /// The new status.
        status: Box<JobStatus>,
    },
    /// Create a Job in `namespace` (CRON-25).
    CreateJob {
        /// The namespace.
        namespace: String,
        /// The Job.
        job: Box<Job>,
    },
    /// Delete a Job (TTL-08, HIST-06).
    DeleteJob {
        /// The Job's namespace.
        namespace: String,
        /// The Job's name.
        name: String,
        /// What becomes of its pods.
        propagation: Propagation,
        /// The UID that it must have, if it matters.
        uid: Option<String>,
    },
    /// Read a CronJob from the API itself, past every cache (CRON-12).
    GetCronJob {
        /// The CronJob's namespace.
        namespace: String,
        /// The CronJob's name.
        name: String,
    },
    /// Replace the status of the CronJob of that name, if its resource version is still the one
    /// given (CRON-11).
    UpdateCronJobStatus {
        /// The whole CronJob with the new status.
        cronjob: Arc<CronJob>,
    },
}

/// What deletes with an object that owns others (DEL-02, DEL-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Propagation {
    /// The object goes at once, its dependents after it.
    #[default]
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay and lose their owner.
    Orphan,
}

impl Propagation {
    /// Kubernetes' word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        }
    }
}

impl Call {
    /// The verb, such as `patch`.
    pub const fn verb(&self) -> &'static str {
        match self {
            Call::GetJob { .. } | Call::GetCronJob { .. } => "get",
            Call::CreatePod { .. } | Call::CreateJob { .. } => "create",
            Call::DeletePod { .. } | Call::DeleteJob { .. } => "delete",
            Call::PatchPod { .. } => "patch",
            Call::UpdateJobStatus { .. } | Call::UpdateCronJobStatus { .. } => "update",
        }
    }

    /// The resource, such as `pods`.
    pub const fn resource(&self) -> &'static str {
        match self {
            Call::CreatePod { .. } | Call::DeletePod { .. } | Call::PatchPod { .. } => "pods",
            Call::GetJob { .. }
            | Call::UpdateJobStatus { .. }
            | Call::CreateJob { .. }
            | Call::DeleteJob { .. } => "jobs",
            Call::GetCronJob { .. } | Call::UpdateCronJobStatus { .. } => "cronjobs",
        }
    }

    /// The name of the object; of a pod to be created, the start of its name.
    pub fn name(&self) -> Cow<'_, str> {
        let name = match self {
            Call::GetJob { name, .. }
            | Call::GetCronJob { name, .. }
            | Call::DeleteJob { name, .. } => name,
            Call::DeletePod { pod } | Call::PatchPod { pod, .. } => pod.metadata.name.as_str(),
            Call::CreatePod { pod } => return Cow::Owned(pod.generate_name()),
            Call::UpdateJobStatus { job, .. } => &job.metadata.name,
            Call::CreateJob { job, .. } => &job.metadata.name,
            Call::UpdateCronJobStatus { cronjob } => &cronjob.metadata.name,
        };
        Cow::Borrowed(name)
    }

    /// The namespace of the object.
    pub fn namespace(&self) -> &str {
        match self {
            Call::GetJob { namespace, .. }
            | Call::GetCronJob { namespace, .. }
            | Call::CreateJob { namespace, .. }
            | Call::DeleteJob { namespace, .. } => namespace,
            Call::DeletePod { pod } | Call::PatchPod { pod, .. } => &pod.metadata.namespace,
            Call::CreatePod { pod } => pod.namespace(),
            Call::UpdateJobStatus { job, .. } => &job.metadata.namespace,
            Call::UpdateCronJobStatus { cronjob } => &cronjob.metadata.namespace,
        }
    }

    /// The whole Job that a status write stores; `None` for other calls.
    pub fn job_to_write(&self) -> Option<Job> {
        let Call::UpdateJobStatus { job, status } = self else { return None };
        Some(with_status(job, status))
    }
}

/// The Job with another status.
pub(crate) fn with_status(job: &Job, status: &JobStatus) -> Job {
    Job {
        api_version: job.api_version.clone(),
        kind: job.kind.clone(),
        metadata: job.metadata.clone(),
        spec: Arc::clone(&job.spec),
        status: status.clone(),
        extra: job.extra.clone(),
    }
}

/// The patches that the Job controller sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PodPatch {
    /// Take the tracking finalizer off (EFF-03).
    RemoveFinalizer,
    /// Make the Job the pod's owner and put the tracking finalizer on (CLAIM-05).
    Adopt {
        /// The Job's name.
        job: String,
        /// The Job's UID.
        job_uid: String,
        /// The pod's UID.
        pod_uid: String,
    },
    /// Take the Job and the tracking finalizer off the pod (CLAIM-06).
    Release {
        /// The Job's UID.
        job_uid: String,
        /// The pod's UID.
        pod_uid: String,
    },
}

impl PodPatch {
    /// The patch as JSON.
    pub fn to_value(&self) -> Value {
        match self {
            PodPatch::RemoveFinalizer => json!({
                "metadata": {"$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER]}
            }),
            PodPatch::Adopt { job, job_uid, pod_uid } => json!({
                "metadata": {
                    "ownerReferences": [{
                        "apiVersion": "batch/v1",
                        "kind": "Job",
                        "name": job,
                        "uid": job_uid,
                        "controller": true,
                        "blockOwnerDeletion": true,
                    }],
                    "uid": pod_uid,
                    "finalizers": [TRACKING_FINALIZER],
                }
            }),
            PodPatch::Release { job_uid, pod_uid } => json!({
                "metadata": {
                    "uid": pod_uid,
                    "ownerReferences": [{"$patch": "delete", "uid": job_uid}],
                    "$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER],
                }
            }),
        }
    }
}

/// The API's answer to a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Response {
    /// The pod as stored: after a create or a patch.
    Pod(Arc<Pod>),
    /// The Job as stored: after a read, a create or a status update.
    Job(Arc<Job>),
    /// The CronJob as stored: after a read or a status update.
    CronJob(Arc<CronJob>),
    /// Done, with nothing to show: after a delete.
    Done,
    /// Refused or failed.
    Error(ApiError),
}

/// An error of the API, as its clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status code.
    pub code: u16,
    /// Kubernetes' word for it, such as `NotFound`.
    pub reason: String,
    /// The message for people, which may end up in events.
    pub message: String,
    /// The reasons of `details.causes`, such as `NamespaceTerminating`.
    pub causes: Vec<String>,
}

impl ApiError {
    /// An error without causes.
    pub fn new(code: u16, reason: impl Into<String>, message: impl Into<String>) -> ApiError {
        ApiError { code, reason: reason.into(), message: message.into(), causes: Vec::new() }
    }

    /// 404 for an object of a resource such as `pods` or `jobs.batch`.
    pub fn not_found(resource: &str, name: &str) -> ApiError {
        ApiError::new(404, "NotFound", format!("{resource} \"{name}\" not found"))
    }

    /// 409 after a write with an old resource version.
    pub fn conflict(resource: &str, name: &str, detail: &str) -> ApiError {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {detail}");
        ApiError::new(409, "Conflict", message)
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }

    /// 409 after a create of what is there already.
    pub fn already_exists(resource: &str, name: &str) -> ApiError {
        ApiError::new(409, "AlreadyExists", format!("{resource} \"{name}\" already exists"))
    }

    /// Whether a write came with an old resource version.
    pub fn is_conflict(&self) -> bool {
        self.reason == "Conflict"
    }

    /// Whether an object of that name is there already.
    pub fn is_already_exists(&self) -> bool {
        self.reason == "AlreadyExists"
    }

    /// Whether the object was refused as invalid.
    pub fn is_invalid(&self) -> bool {
        self.reason == "Invalid"
    }

    /// Whether the namespace is being deleted, which the Job controller passes over (MANAGE-12).
    pub fn is_namespace_terminating(&self) -> bool {
        self.causes.iter().any(|cause| cause == "NamespaceTerminating")
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Error {
        let kind = match error.code {
            404 => ErrorKind::NotFound,
            409 if error.reason == "AlreadyExists" => ErrorKind::AlreadyExists,
            422 => ErrorKind::Invalid,
            _ => ErrorKind::State,
        };
        Error::new(kind, error.message)
    }
}
