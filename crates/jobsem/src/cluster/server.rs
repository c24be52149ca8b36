//! [`Server`]: the in-memory API server.
//!
//! It stores Jobs and pods, hands out resource versions, honours finalizers and grace periods,
//! and queues a watch event for every write that changes something. How it behaves is written
//! down in `tests/conformance/README.md`.
//!
//! Rules: EFF-01 to EFF-05, PODDEL-01 to PODDEL-04, DATA-31, API-02, API-05, API-08.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::identity::Identity;
use super::journal::{CallAnswer, Journal, Recorded};
use super::patch::strategic_merge;
use super::store::{Store, as_stored, same_job, same_pod};
use super::test_options::{Count, TestOptions};
use super::work::Work;
use crate::admission::{self, CreateContext, Invalid};
use crate::api::well_known::TRACKING_FINALIZER;
use crate::api::{
    CronJob, Job, JobStatus, ObjectMeta, OwnerReference, Pod, PodPhase, PodStatus, Text,
};
use crate::controller::{Object, WatchEvent};
use crate::key::Named;
use crate::request::NewPod;
use crate::request::{ApiError, Call, PodPatch, Propagation, Response, with_status};
use crate::slab::Place;
use crate::{Error, Semantics, Time};

const DEFAULT_NAMESPACE: &str = "default";
/// The grace period of a pod that does not say otherwise, in whole seconds.
const DEFAULT_GRACE: i64 = 30;
pub(super) const FOREGROUND_FINALIZER: &str = "foregroundDeletion";

#[derive(Debug)]
pub(super) struct Server {
    pub(super) sem: Semantics,
    pub(super) now: Time,
    pub(super) cronjobs: Store<CronJob>,
    pub(super) jobs: Store<Job>,
    pub(super) pods: Store<Pod>,
    version: u64,
    identity: Box<dyn Identity>,
    pub(super) watch: VecDeque<WatchEvent>,
    pub(super) work: VecDeque<Work>,
    pub(super) journal: Journal,
    pub(super) testing: TestOptions,
    pub(super) count: Count,
    /// Whether every Job has come in through admission, which has filled it in and found it well.
    pub(super) all_admitted: bool,
}

impl Server {
    pub(super) fn new(sem: Semantics, identity: Box<dyn Identity>) -> Server {
        Server {
            sem,
            now: Time::from_unix(i64::MIN),
            cronjobs: Store::default(),
            jobs: Store::default(),
            pods: Store::default(),
            version: 100,
            identity,
            watch: VecDeque::new(),
            work: VecDeque::new(),
            journal: Journal::default(),
            testing: TestOptions::default(),
            count: Count::default(),
            all_admitted: true,
        }
    }

    // ---- what controllers ask for ----

    pub(super) fn execute(&mut self, call: &Call) -> Response {
        self.count.call(call);
        let answer = match self.testing.fault(call, self.now) {
            Some(error) => CallAnswer::Injected(error),
            None => self.answer(call).into(),
        };
        let response = answer.response();
        self.journal.add(self.now, || Recorded::Call { call: call.clone(), answer });
        response
    }

    fn answer(&mut self, call: &Call) -> Result<Response, ServerError> {
        match call {
            Call::GetJob { namespace, name } => {
                Ok(Response::Job(self.job_or_error(namespace, name)?))
            }
            Call::CreatePod { pod } => self.answer_create(pod),
            Call::DeletePod { pod } => {
                self.answer_delete(&pod.metadata.namespace, &pod.metadata.name)
            }
            Call::PatchPod { pod, patch } => {
                self.answer_patch(&pod.metadata.namespace, &pod.metadata.name, patch)
            }
            Call::UpdateJobStatus { job, status } => self.answer_status(job, status),
            Call::CreateJob { namespace, job } => self.answer_create_job(namespace, job),
            Call::DeleteJob { namespace, name, propagation, uid } => {
                self.answer_delete_job(namespace, name, *propagation, uid.as_deref())
            }
            Call::GetCronJob { namespace, name } => {
                Ok(Response::CronJob(Arc::clone(self.cronjob_or_error(namespace, name)?)))
            }
            Call::UpdateCronJobStatus { cronjob } => self.answer_cronjob_status(cronjob),
        }
    }

    fn answer_create(&mut self, pod: &NewPod) -> Result<Response, ServerError> {
        let mut new = pod.to_pod();
        new.metadata.namespace = pod.namespace().into();
        if !self.testing.overwrite_pods {
            let base = std::mem::take(&mut new.metadata.generate_name);
            let name =
                self.free_name(&base, |this, name| this.pod(pod.namespace(), name).is_some());
            new.metadata.generate_name = base;
            if self.pod(pod.namespace(), &name).is_some() {
                return Err(ApiError::already_exists("pods", &name).into());
            }
            new.metadata.name = name.into();
        }
        Ok(Response::Pod(self.create_pod(new)))
    }

    fn answer_delete(&mut self, namespace: &str, name: &str) -> Result<Response, ServerError> {
        self.pod(namespace, name).ok_or_else(|| ApiError::not_found("pods", name))?;
        self.delete_pod(namespace, name, None);
        Ok(Response::Done)
    }

    fn answer_patch(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &PodPatch,
    ) -> Result<Response, ServerError> {
        let place = self.pods.place_of(Named { namespace, name });
        let pod = place.and_then(|place| self.pods.at(place));
        let mut pod = Pod::clone(pod.ok_or_else(|| ApiError::not_found("pods", name))?);
        let meta = &mut pod.metadata;
        match patch {
            PodPatch::RemoveFinalizer => meta.finalizers.retain(|f| f != TRACKING_FINALIZER),
            PodPatch::Adopt { job, job_uid, pod_uid } => {
                let owner = OwnerReference::controller_of(
                    Text::of("batch/v1"),
                    Text::of("Job"),
                    job.as_str(),
                    job_uid.as_str(),
                );
                match meta.owner_references.iter_mut().find(|o| o.uid == *job_uid) {
                    Some(old) => *old = owner,
                    // Merged lists start with what the patch names.
                    None => meta.owner_references.insert(0, owner),
                }
                if !meta.has_finalizer(TRACKING_FINALIZER) {
                    meta.finalizers.insert(0, Text::of(TRACKING_FINALIZER));
                }
                meta.uid = pod_uid.as_str().into();
            }
            PodPatch::Release { job_uid, pod_uid } => {
                meta.owner_references.retain(|owner| owner.uid != *job_uid);
                meta.finalizers.retain(|f| f != TRACKING_FINALIZER);
                meta.uid = pod_uid.as_str().into();
            }
        }
        let stored = self.put_pod_at(place, pod);
        self.remove_if_released(&stored);
        Ok(Response::Pod(stored))
    }

    fn answer_status(&mut self, job: &Job, status: &JobStatus) -> Result<Response, ServerError> {
        let (namespace, name) = (&job.metadata.namespace, &job.metadata.name);
        let current = self.job_or_error(namespace, name)?;
        if job.metadata.resource_version != current.metadata.resource_version {
            let detail = "the object has been modified";
            return Err(ApiError::conflict("jobs.batch", name, detail).into());
        }
        let mut new = with_status(job, status);
        new.status.truncate_times();
        let new = self.admit_status(&current, new)?;
        Ok(Response::Job(self.put_job(new)))
    }

    /// What becomes of a status write. Most are of a Job that was admitted here and of which they
    /// share all but the status.
    fn admit_status(&self, current: &Job, new: Job) -> Result<Job, Invalid> {
        let alone = self.all_admitted
            && current.metadata.deletion_timestamp.is_none()
            && Arc::ptr_eq(&current.spec, &new.spec)
            && current.metadata == new.metadata
            && current.extra == new.extra;
        if !alone {
            return admission::update_job_status(current, new, &self.sem);
        }
        let whole = || admission::update_job_status(current, new.clone(), &self.sem);
        let whole = cfg!(debug_assertions).then(whole);
        let admitted = admission::update_status_alone(current, new, &self.sem);
        debug_assert!(
            whole.is_none_or(|whole| match (&whole, &admitted) {
                (Ok(whole), Ok(alone)) => whole == alone,
                (Err(whole), Err(alone)) => whole.message() == alone.message(),
                _ => false,
            }),
            "a status alone is admitted in another way than the whole Job"
        );
        admitted
    }

    pub(super) fn job_or_error(&self, namespace: &str, name: &str) -> Result<Arc<Job>, ApiError> {
        let job = self.job(namespace, name);
        job.cloned().ok_or_else(|| ApiError::not_found("jobs.batch", name))
    }

    // ---- Jobs ----

    pub(super) fn job(&self, namespace: &str, name: &str) -> Option<&Arc<Job>> {
        self.jobs.get(namespace, name)
    }

    /// Admits and stores a new Job; its warnings come back with it.
    pub(super) fn create_job(&mut self, job: Job) -> Result<(Arc<Job>, Vec<String>), ServerError> {
        let taken = |this: &Self, ns: &str, name: &str| this.job(ns, name).is_some();
        let (namespace, name, suffix) = self.name_of_new(&job.metadata, taken);
        if self.job(&namespace, &name).is_some() {
            return Err(ApiError::already_exists("jobs.batch", &name).into());
        }
        let uid = self.new_uid("Job", &name);
        let context =
            CreateContext { namespace: &namespace, uid: &uid, now: self.now, name_suffix: &suffix };
        let admitted = admission::create_job(job, &context, &self.sem)?;
        let mut job = admitted.object;
        job.metadata.namespace = namespace.into();
        Ok((self.put_job(job), admitted.warnings))
    }

    /// The namespace and name that a new object gets, and the end of the name if it was made.
    pub(super) fn name_of_new(
        &mut self,
        meta: &ObjectMeta,
        taken: impl Fn(&Self, &str, &str) -> bool,
    ) -> (String, String, String) {
        let namespace = match meta.namespace.as_str() {
            "" => DEFAULT_NAMESPACE.to_owned(),
            namespace => namespace.to_owned(),
        };
        if !meta.name.is_empty() || meta.generate_name.is_empty() {
            return (namespace, meta.name.to_string(), String::new());
        }
        let base = super::work::generated_base(&meta.generate_name);
        let name = self.free_name(base, |this, name| taken(this, &namespace, name));
        let suffix = name[base.len()..].to_owned();
        (namespace, name, suffix)
    }

    /// A generated name; the first must do where the API server makes one attempt.
    fn free_name(&mut self, base: &str, taken: impl Fn(&Self, &str) -> bool) -> String {
        let tries = self.sem.name_attempts();
        let mut name = self.identity.name(base);
        for _ in 1..tries {
            if !taken(self, &name) {
                break;
            }
            name = self.identity.name(base);
        }
        name
    }

    pub(super) fn new_uid(&mut self, kind: &str, name: &str) -> String {
        self.identity.uid(kind, name)
    }

    /// Merges `patch` into a Job, admits the result and stores it.
    pub(super) fn patch_job(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Vec<String>, PatchError> {
        let current = self.job_or_error(namespace, name).map_err(PatchError::Api)?;
        let value = merged(&*current, patch).map_err(PatchError::Decode)?;
        // Members that this version does not know are dropped, as on any way in.
        let new = admission::decode_job(value, &self.sem).map_err(PatchError::Decode)?.object;
        match admission::update_job(&current, new, &self.sem) {
            Ok(admitted) => {
                self.put_job(admitted.object);
                Ok(admitted.warnings)
            }
            Err(invalid) => {
                let why = Box::new(invalid);
                let refused = || Recorded::Refused { name: name.to_owned(), why: why.clone() };
                self.journal.add(self.now, refused);
                self.count.event();
                Err(PatchError::Invalid(why))
            }
        }
    }

    /// Stores a Job, unless nothing has changed; watchers are told.
    pub(super) fn put_job(&mut self, mut job: Job) -> Arc<Job> {
        job.status.truncate_times();
        let meta = &mut job.metadata;
        as_stored(meta);
        let place = self.jobs.place_of(Named::of(meta));
        let old = place.and_then(|place| self.jobs.at(place));
        let new = old.is_none();
        if let Some(old) = old {
            old.metadata.resource_version.clone_into(&mut meta.resource_version);
            if same_job(old, &job) {
                return Arc::clone(old);
            }
        }
        job.metadata.resource_version = self.next_version().into();
        let job = Arc::new(job);
        self.jobs.insert(place, &job);
        self.tell(Object::Job(Arc::clone(&job)), new);
        job
    }

    pub(super) fn delete_job(&mut self, namespace: &str, name: &str, propagation: Propagation) {
        let Some(job) = self.job(namespace, name).cloned() else { return };
        let pods = self.pods.owned_by(&job.metadata.uid);
        match propagation {
            Propagation::Foreground if !pods.is_empty() => {
                let mut job = Job::clone(&job);
                self.mark_foreground(&mut job.metadata);
                self.put_job(job);
                self.delete_pods(&pods);
            }
            Propagation::Foreground => self.drop_job(&job),
            Propagation::Orphan => {
                for pod in &pods {
                    let mut pod = Pod::clone(pod);
                    pod.metadata.owner_references.clear();
                    self.put_pod(pod);
                }
                self.drop_job(&job);
            }
            Propagation::Background => {
                self.drop_job(&job);
                self.delete_pods(&pods);
            }
        }
    }

    pub(super) fn mark_foreground(&self, meta: &mut ObjectMeta) {
        meta.deletion_timestamp = Some(self.now);
        meta.deletion_grace_period_seconds = Some(0);
        if !meta.has_finalizer(FOREGROUND_FINALIZER) {
            meta.finalizers.push(Text::of(FOREGROUND_FINALIZER));
        }
    }

    fn delete_pods(&mut self, pods: &[Arc<Pod>]) {
        for pod in pods {
            self.delete_pod(&pod.metadata.namespace, &pod.metadata.name, None);
        }
    }

    fn drop_job(&mut self, job: &Job) {
        if self.jobs.remove(Named::of(&job.metadata)).is_some() {
            let mut gone = job.clone();
            gone.metadata.resource_version = self.next_version().into();
            self.tell_gone(gone.into());
            self.finish_owners(job);
        }
    }

    /// A Job that is going in the foreground goes with the last of its pods.
    fn finish_foreground(&mut self, namespace: &str, owner: &OwnerReference) {
        let Some(job) = self.job(namespace, &owner.name).cloned() else { return };
        let going = job.metadata.uid == owner.uid && job.metadata.deletion_timestamp.is_some();
        if going && !self.pods.has_owned_by(&job.metadata.uid) {
            self.drop_job(&job);
        }
    }

    // ---- pods ----

    pub(super) fn pod(&self, namespace: &str, name: &str) -> Option<&Arc<Pod>> {
        self.pods.get(namespace, name)
    }

    pub(super) fn create_pod(&mut self, mut pod: Pod) -> Arc<Pod> {
        let meta = &mut pod.metadata;
        if meta.namespace.is_empty() {
            meta.namespace = DEFAULT_NAMESPACE.into();
        }
        if meta.name.is_empty() {
            meta.name = self.identity.name(&meta.generate_name).into();
        }
        if meta.uid.is_empty() {
            meta.uid = self.identity.uid("Pod", &meta.name).into();
        }
        meta.creation_timestamp.get_or_insert(self.now);
        if pod.status.phase == PodPhase::Absent {
            pod.status.phase = PodPhase::Pending;
        }
        let pod = self.put_pod(pod);
        self.work.push_back(Work::Start(Arc::clone(&pod)));
        pod
    }

    /// Stores a pod, unless nothing has changed; watchers are told.
    pub(super) fn put_pod(&mut self, pod: Pod) -> Arc<Pod> {
        let place = self.pods.place_of(Named::of(&pod.metadata));
        self.put_pod_at(place, pod)
    }

    /// The same where a pod of that name is known to be, or not to be.
    fn put_pod_at(&mut self, place: Option<Place>, mut pod: Pod) -> Arc<Pod> {
        let meta = &mut pod.metadata;
        as_stored(meta);
        let old = place.and_then(|place| self.pods.at(place));
        let new = old.is_none();
        if let Some(old) = old {
            old.metadata.resource_version.clone_into(&mut meta.resource_version);
            if same_pod(old, &pod) {
                return Arc::clone(old);
            }
        }
        pod.metadata.resource_version = self.next_version().into();
        let pod = Arc::new(pod);
        self.pods.insert(place, &pod);
        self.tell(Object::Pod(Arc::clone(&pod)), new);
        pod
    }

    /// Merges `patch` into a pod, unseen by any admission.
    pub(super) fn patch_pod(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<(), PatchError> {
        let not_found = || PatchError::Api(ApiError::not_found("pods", name));
        let pod = self.pod(namespace, name).ok_or_else(not_found)?;
        let value = merged(&**pod, patch).map_err(PatchError::Decode)?;
        let new = Deserialize::deserialize(&value).map_err(undecodable)?;
        self.put_pod(new);
        Ok(())
    }

    /// Replaces a pod's status; one that has ended keeps the status it ended with.
    pub(super) fn set_pod_status(&mut self, place: Place, status: PodStatus) {
        let Some(pod) = self.pods.at(place).filter(|pod| !pod.is_terminal()) else { return };
        let pod = pod.with_status(status);
        self.put_pod_at(Some(place), pod);
    }

    /// Binds a pod to a node, if it waits for one; returns the pod as it is then.
    pub(super) fn bind_pod(&mut self, pod: &Pod, node: &Text) -> Option<Arc<Pod>> {
        let meta = &pod.metadata;
        let place = self.pods.place_of(Named::of(meta))?;
        let stored = self.pods.at(place)?;
        let waits = stored.metadata.uid == meta.uid
            && stored.metadata.deletion_timestamp.is_none()
            && stored.spec.node_name.is_empty()
            && !stored.is_terminal();
        if !waits {
            return None;
        }
        let mut pod = Pod::clone(stored);
        Arc::make_mut(&mut pod.spec).node_name = node.clone();
        Some(self.put_pod_at(Some(place), pod))
    }

    /// PODDEL-02, PODDEL-03: asks a pod to go.
    pub(super) fn delete_pod(&mut self, namespace: &str, name: &str, grace: Option<i64>) {
        let Some(pod) = self.pod(namespace, name).cloned() else { return };
        if pod.metadata.deletion_timestamp.is_some() {
            return;
        }
        let started = !pod.spec.node_name.is_empty() || pod.status.phase == PodPhase::Running;
        let grace = if !started || pod.is_terminal() {
            0
        } else {
            grace.or(pod.spec.termination_grace_period_seconds).unwrap_or(DEFAULT_GRACE)
        };
        if grace == 0 && pod.metadata.finalizers.is_empty() {
            self.work.extend(Work::stop(&pod, 0));
            return self.remove_pod(&pod);
        }
        let mut pod = Pod::clone(&pod);
        pod.metadata.deletion_timestamp = Some(self.now.plus_seconds(grace));
        pod.metadata.deletion_grace_period_seconds = Some(grace);
        let pod = self.put_pod(pod);
        self.work.extend(Work::stop(&pod, grace));
    }

    /// The kubelet lets go of a pod: it disappears once no finalizer holds it.
    pub(super) fn release_pod(&mut self, namespace: &str, name: &str) {
        let Some(pod) = self.pod(namespace, name).cloned() else { return };
        if pod.metadata.finalizers.is_empty() {
            return self.remove_pod(&pod);
        }
        let mut pod = Pod::clone(&pod);
        pod.metadata.deletion_timestamp.get_or_insert(self.now);
        pod.metadata.deletion_grace_period_seconds = Some(0);
        self.put_pod(pod);
    }

    /// DEL-07: the last finalizer of a pod that is going takes it along.
    fn remove_if_released(&mut self, pod: &Pod) {
        let meta = &pod.metadata;
        if meta.deletion_timestamp.is_some()
            && meta.finalizers.is_empty()
            && meta.deletion_grace_period_seconds.unwrap_or(0) == 0
        {
            self.remove_pod(pod);
        }
    }

    fn remove_pod(&mut self, pod: &Pod) {
        let Some(stored) = self.pods.remove(Named::of(&pod.metadata)) else { return };
        let mut gone = Pod::clone(&stored);
        gone.metadata.resource_version = self.next_version().into();
        let owners = gone.metadata.owner_references.clone();
        self.tell_gone(gone.into());
        for owner in owners.iter().filter(|owner| owner.kind == "Job") {
            self.finish_foreground(&pod.metadata.namespace, owner);
        }
    }

    /// The next watch event to show. Events of a resource that is held keep their place.
    pub(super) fn next_event(&mut self) -> Option<WatchEvent> {
        if self.testing.held.is_empty() {
            return self.watch.pop_front();
        }
        let shown = |event: &WatchEvent| {
            let (WatchEvent::Added(object)
            | WatchEvent::Modified(object)
            | WatchEvent::Deleted(object)) = event;
            !self.testing.holds(object.resource())
        };
        let next = self.watch.iter().position(shown)?;
        self.watch.remove(next)
    }

    pub(super) fn tell(&mut self, object: Object, new: bool) {
        self.journal.add(self.now, || Recorded::Stored(object.clone()));
        self.watch.push_back(if new {
            WatchEvent::Added(object)
        } else {
            WatchEvent::Modified(object)
        });
    }

    pub(super) fn tell_gone(&mut self, object: Object) {
        self.journal.add(self.now, || Recorded::Removed(object.clone()));
        self.watch.push_back(WatchEvent::Deleted(object));
    }

    /// The newest version given out: that of a list made now.
    pub(super) fn version(&self) -> String {
        self.version.to_string()
    }

    pub(super) fn next_version(&mut self) -> String {
        self.version += 1;
        self.version()
    }
}

/// Why an object was not stored.
#[derive(Debug)]
pub(super) enum ServerError {
    Api(ApiError),
    Invalid(Box<Invalid>),
}

impl From<ApiError> for ServerError {
    fn from(error: ApiError) -> ServerError {
        ServerError::Api(error)
    }
}

impl From<Invalid> for ServerError {
    fn from(invalid: Invalid) -> ServerError {
        ServerError::Invalid(Box::new(invalid))
    }
}

/// Why a patch was not stored.
#[derive(Debug)]
pub(super) enum PatchError {
    Api(ApiError),
    Invalid(Box<Invalid>),
    Decode(Error),
}

/// The document that comes of a patch.
pub(super) fn merged<T: serde::Serialize>(current: &T, patch: &Value) -> Result<Value, Error> {
    let unprintable = |error: serde_json::Error| Error::decode(error.to_string());
    let mut value = serde_json::to_value(current).map_err(unprintable)?;
    strategic_merge(&mut value, patch);
    Ok(value)
}

fn undecodable(error: serde_json::Error) -> PatchError {
    PatchError::Decode(Error::decode(error.to_string()))
}
