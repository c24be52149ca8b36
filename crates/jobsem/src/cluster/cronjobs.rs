//! CronJobs in a cluster: what hosts ask for, and what the in-memory API server does.
//!
//! Rules: CRON-25, CRON-26, TTL-08, DEL-01 to DEL-03, GC-33 to GC-37.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::server::{FOREGROUND_FINALIZER, PatchError, Server, ServerError, merged};
use super::store::as_stored;
use super::{Cluster, Created, create_error, not_found, patch_error};
use crate::admission::{self, CreateContext};
use crate::api::{CronJob, Job};
use crate::key::Named;
use crate::request::{ApiError, Propagation, Response};
use crate::{Error, Time};

const RESOURCE: &str = "cronjobs.batch";

impl Cluster {
    /// Creates a CronJob, as a user's create through the API would.
    ///
    /// ```
    /// use jobsem::{Cluster, Semantics, Time, api::CronJob};
    ///
    /// let cronjob: CronJob = serde_json::from_str(r#"{"metadata": {"name": "nightly"}, "spec": {
    ///     "schedule": "30 1 * * *", "timeZone": "Europe/Paris", "jobTemplate": {"spec": {
    ///     "template": {"spec": {"restartPolicy": "Never",
    ///                           "containers": [{"name": "main", "image": "perl"}]}}}}}}"#)?;
    /// let mut cluster = Cluster::new(Semantics::default());
    /// cluster.create_cronjob("2024-06-01T00:00:00Z".parse()?, cronjob)?;
    /// let wakeup = cluster.poll_timeout().unwrap();
    /// assert_eq!(wakeup.at.to_string(), "2024-06-01T23:30:00Z");
    /// cluster.handle_timeout(wakeup.at)?;
    /// assert_eq!(cluster.jobs().next().unwrap().metadata.name, "nightly-28621410");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Invalid` with the refused fields, `AlreadyExists`, or `TimeWentBack`.
    pub fn create_cronjob(&mut self, now: Time, cronjob: CronJob) -> Result<Created, Error> {
        self.advance(now)?;
        let (cronjob, warnings) = self.server.create_cronjob(cronjob).map_err(create_error)?;
        self.settle()?;
        Ok(Created {
            name: cronjob.metadata.name.to_string(),
            namespace: cronjob.metadata.namespace.to_string(),
            warnings,
        })
    }

    /// Merges a strategic merge patch into a CronJob; returns warnings.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Decode` if the result is no CronJob, `Invalid`, or `TimeWentBack`.
    pub fn patch_cronjob(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Vec<String>, Error> {
        self.advance(now)?;
        let warnings = self.server.patch_cronjob(namespace, name, patch).map_err(patch_error)?;
        self.settle()?;
        Ok(warnings)
    }

    /// Deletes a CronJob, and what becomes of its Jobs.
    ///
    /// # Errors
    ///
    /// `NotFound` or `TimeWentBack`.
    pub fn delete_cronjob(
        &mut self,
        now: Time,
        namespace: &str,
        name: &str,
        propagation: Propagation,
    ) -> Result<(), Error> {
        self.advance(now)?;
        if self.cronjob(namespace, name).is_none() {
            return Err(not_found(RESOURCE, name));
        }
        self.server.delete_cronjob(namespace, name, propagation);
        self.settle()
    }

    /// A CronJob as stored.
    pub fn cronjob(&self, namespace: &str, name: &str) -> Option<&Arc<CronJob>> {
        self.server.cronjob(namespace, name)
    }

    /// All CronJobs, by namespace and name.
    pub fn cronjobs(&self) -> impl Iterator<Item = &Arc<CronJob>> {
        self.server.cronjobs.in_order().into_iter()
    }
}

/// What controllers ask for.
impl Server {
    pub(super) fn answer_create_job(
        &mut self,
        namespace: &str,
        job: &Job,
    ) -> Result<Response, ServerError> {
        // What arrives is what was on the wire: empty maps and lists are absent there.
        let wire = serde_json::to_value(job).unwrap_or_default();
        let mut job: Job = Deserialize::deserialize(&wire)
            .map_err(|error| ApiError::new(400, "BadRequest", error.to_string()))?;
        job.metadata.namespace = namespace.into();
        let (job, _) = self.create_job(job)?;
        Ok(Response::Job(job))
    }

    pub(super) fn answer_delete_job(
        &mut self,
        namespace: &str,
        name: &str,
        propagation: Propagation,
        uid: Option<&str>,
    ) -> Result<Response, ServerError> {
        let job = self.job_or_error(namespace, name)?;
        if let Some(wanted) = uid.filter(|uid| *uid != job.metadata.uid) {
            // DEL-01, step 2.
            let detail = format!(
                "the UID in the precondition ({wanted}) does not match the UID in record ({}). \
                 The object might have been deleted and then recreated",
                job.metadata.uid
            );
            return Err(ApiError::conflict("jobs.batch", name, &detail).into());
        }
        self.delete_job(namespace, name, propagation);
        Ok(Response::Done)
    }

    pub(super) fn answer_cronjob_status(
        &mut self,
        cronjob: &CronJob,
    ) -> Result<Response, ServerError> {
        let (namespace, name) = (&cronjob.metadata.namespace, &cronjob.metadata.name);
        let current = Arc::clone(self.cronjob_or_error(namespace, name)?);
        if cronjob.metadata.resource_version != current.metadata.resource_version {
            let detail = "the object has been modified";
            return Err(ApiError::conflict(RESOURCE, name, detail).into());
        }
        let mut new = CronJob { status: cronjob.status.clone(), ..CronJob::clone(&current) };
        for time in [&mut new.status.last_schedule_time, &mut new.status.last_successful_time] {
            *time = time.map(Time::truncated);
        }
        Ok(Response::CronJob(self.put_cronjob(new)))
    }

    pub(super) fn cronjob_or_error(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<&Arc<CronJob>, ApiError> {
        self.cronjob(namespace, name).ok_or_else(|| ApiError::not_found(RESOURCE, name))
    }
}

/// What is stored.
impl Server {
    pub(super) fn cronjob(&self, namespace: &str, name: &str) -> Option<&Arc<CronJob>> {
        self.cronjobs.get(namespace, name)
    }

    /// Admits and stores a new CronJob; its warnings come back with it.
    pub(super) fn create_cronjob(
        &mut self,
        cronjob: CronJob,
    ) -> Result<(Arc<CronJob>, Vec<String>), ServerError> {
        let meta = &cronjob.metadata;
        let taken = |this: &Self, ns: &str, name: &str| this.cronjob(ns, name).is_some();
        let (namespace, name, suffix) = self.name_of_new(meta, taken);
        if self.cronjob(&namespace, &name).is_some() {
            return Err(ApiError::already_exists(RESOURCE, &name).into());
        }
        let uid = self.new_uid("CronJob", &name);
        let context =
            CreateContext { namespace: &namespace, uid: &uid, now: self.now, name_suffix: &suffix };
        let admitted = admission::create_cronjob(cronjob, &context, &self.sem)?;
        let mut cronjob = admitted.object;
        cronjob.metadata.namespace = namespace.into();
        Ok((self.put_cronjob(cronjob), admitted.warnings))
    }

    /// Merges `patch` into a CronJob, admits the result and stores it.
    pub(super) fn patch_cronjob(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Vec<String>, PatchError> {
        let current = self.cronjob_or_error(namespace, name).map_err(PatchError::Api)?;
        let value = merged(&**current, patch).map_err(PatchError::Decode)?;
        let new = admission::decode_cronjob(value, &self.sem).map_err(PatchError::Decode)?.object;
        let admitted = admission::update_cronjob(current, new, &self.sem)
            .map_err(|invalid| PatchError::Invalid(Box::new(invalid)))?;
        self.put_cronjob(admitted.object);
        Ok(admitted.warnings)
    }

    /// Merges `patch` into a CronJob, unseen by any admission. Watchers are told even if nothing
    /// has changed, as they are in the harness behind the vectors.
    pub(super) fn merge_cronjob(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<(), PatchError> {
        let current = self.cronjob_or_error(namespace, name).map_err(PatchError::Api)?;
        let value = merged(&**current, patch).map_err(PatchError::Decode)?;
        let new = admission::decode_cronjob(value, &self.sem).map_err(PatchError::Decode)?.object;
        self.store_cronjob(new);
        Ok(())
    }

    /// Stores a CronJob, unless nothing has changed; watchers are told.
    pub(super) fn put_cronjob(&mut self, mut cronjob: CronJob) -> Arc<CronJob> {
        let meta = &mut cronjob.metadata;
        as_stored(meta);
        if let Some(old) = self.cronjobs.get(&meta.namespace, &meta.name) {
            old.metadata.resource_version.clone_into(&mut meta.resource_version);
            if **old == cronjob {
                return Arc::clone(old);
            }
        }
        self.store_cronjob(cronjob)
    }

    fn store_cronjob(&mut self, mut cronjob: CronJob) -> Arc<CronJob> {
        let meta = &cronjob.metadata;
        let new = self.cronjob(&meta.namespace, &meta.name).is_none();
        cronjob.metadata.resource_version = self.next_version().into();
        let cronjob = Arc::new(cronjob);
        self.cronjobs.insert(None, &cronjob);
        self.tell(Arc::clone(&cronjob).into(), new);
        cronjob
    }

    pub(super) fn delete_cronjob(&mut self, namespace: &str, name: &str, propagation: Propagation) {
        let Some(cronjob) = self.cronjob(namespace, name).cloned() else { return };
        let jobs = self.jobs.owned_by(&cronjob.metadata.uid);
        match propagation {
            Propagation::Foreground if !jobs.is_empty() => {
                let mut going = CronJob::clone(&cronjob);
                self.mark_foreground(&mut going.metadata);
                self.put_cronjob(going);
                self.delete_jobs(&jobs, Propagation::Foreground);
            }
            Propagation::Orphan => {
                for job in &jobs {
                    let mut job = Job::clone(job);
                    let owners = &mut job.metadata.owner_references;
                    owners.retain(|owner| owner.uid != cronjob.metadata.uid);
                    self.put_job(job);
                }
                self.drop_cronjob(&cronjob);
            }
            _ => {
                self.drop_cronjob(&cronjob);
                self.delete_jobs(&jobs, Propagation::Background);
            }
        }
    }

    fn delete_jobs(&mut self, jobs: &[Arc<Job>], propagation: Propagation) {
        for job in jobs {
            self.delete_job(&job.metadata.namespace, &job.metadata.name, propagation);
        }
    }

    fn drop_cronjob(&mut self, cronjob: &CronJob) {
        let meta = &cronjob.metadata;
        if let Some(stored) = self.cronjobs.remove(Named::of(meta)) {
            let mut gone = CronJob::clone(&stored);
            gone.metadata.resource_version = self.next_version().into();
            self.tell_gone(gone.into());
        }
    }

    /// A CronJob that is going in the foreground goes with the last of its Jobs.
    pub(super) fn finish_owners(&mut self, job: &Job) {
        for owner in job.metadata.owner_references.iter().filter(|o| o.kind == "CronJob") {
            let Some(cronjob) = self.cronjob(&job.metadata.namespace, &owner.name).cloned() else {
                continue;
            };
            let meta = &cronjob.metadata;
            let going = meta.uid == owner.uid && meta.has_finalizer(FOREGROUND_FINALIZER);
            if !going || self.jobs.has_owned_by(&meta.uid) {
                continue;
            }
            let mut released = CronJob::clone(&cronjob);
            released.metadata.finalizers.retain(|f| f != FOREGROUND_FINALIZER);
            if released.metadata.finalizers.is_empty() {
                self.drop_cronjob(&cronjob);
            } else {
                self.put_cronjob(released);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Semantics;
    use crate::cluster::{PodReport, Work};

    const SLOT: &str = "2024-06-01T00:01:00Z";

    /// A cluster in which a CronJob has started a Job, and that a running pod.
    fn running() -> (Cluster, Time) {
        let cronjob = serde_json::from_value(json!({
            "metadata": {"name": "c"},
            "spec": {"schedule": "* * * * *", "suspend": false, "jobTemplate": {"spec": {
                "template": {"spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "perl"}],
                }},
            }}},
        }))
        .unwrap();
        let mut cluster = Cluster::new(Semantics::default());
        let start: Time = "2024-06-01T00:00:30Z".parse().unwrap();
        cluster.create_cronjob(start, cronjob).unwrap();
        let now = SLOT.parse::<Time>().unwrap().plus_seconds(5);
        while let Some(wakeup) = cluster.poll_timeout().filter(|wakeup| wakeup.at <= now) {
            cluster.handle_timeout(wakeup.at).unwrap();
        }
        let Some(Work::Start(pod)) = cluster.poll_work() else { panic!("no pod") };
        let name = pod.metadata.name.clone();
        cluster.report(now, "default", &name, PodReport::Running).unwrap();
        (cluster, now)
    }

    #[test]
    fn a_cronjob_keeps_account_of_its_jobs() {
        let (mut cluster, now) = running();
        let status = &cluster.cronjob("default", "c").unwrap().status;
        assert_eq!(status.active.len(), 1);
        assert_eq!(status.last_schedule_time.unwrap().to_string(), SLOT);
        let pod = cluster.pods().next().unwrap().metadata.name.clone();
        cluster.report(now, "default", &pod, PodReport::exited("main", 0)).unwrap();
        cluster.handle_timeout(now.plus_seconds(10)).unwrap();
        let status = &cluster.cronjob("default", "c").unwrap().status;
        assert!(status.active.is_empty() && status.last_successful_time.is_some());
    }

    #[test]
    fn in_the_background_the_cronjob_goes_first() {
        let (mut cluster, now) = running();
        cluster.delete_cronjob(now, "default", "c", Propagation::Background).unwrap();
        assert!(cluster.cronjob("default", "c").is_none());
        assert_eq!(cluster.jobs().count(), 0);
        let pod = cluster.pods().next().unwrap();
        assert!(pod.metadata.deletion_timestamp.is_some());
    }

    #[test]
    fn in_the_foreground_the_cronjob_goes_last() {
        let (mut cluster, now) = running();
        cluster.delete_cronjob(now, "default", "c", Propagation::Foreground).unwrap();
        assert!(cluster.cronjob("default", "c").is_some());
        let pod = cluster.pods().next().unwrap().metadata.name.clone();
        let now = now.plus_seconds(2);
        cluster.report(now, "default", &pod, PodReport::exited("main", 0)).unwrap();
        cluster.report(now, "default", &pod, PodReport::Removed).unwrap();
        cluster.handle_timeout(now.plus_seconds(10)).unwrap();
        assert_eq!((cluster.jobs().count(), cluster.cronjobs().count()), (0, 0));
    }

    #[test]
    fn orphans_stay() {
        let (mut cluster, now) = running();
        cluster.delete_cronjob(now, "default", "c", Propagation::Orphan).unwrap();
        assert!(cluster.cronjob("default", "c").is_none());
        let job = cluster.jobs().next().unwrap();
        assert!(job.metadata.owner_references.is_empty());
        assert!(cluster.pods().next().unwrap().metadata.deletion_timestamp.is_none());
    }

    #[test]
    fn a_job_is_deleted_only_if_it_is_the_one_that_is_meant() {
        // DEL-01.
        let (mut cluster, _) = running();
        let name = cluster.jobs().next().unwrap().metadata.name.clone();
        let server = &mut cluster.server;
        let error = server
            .answer_delete_job("default", &name, Propagation::Foreground, Some("another"))
            .unwrap_err();
        let ServerError::Api(error) = error else { panic!("{error:?}") };
        assert_eq!((error.code, error.reason.as_str()), (409, "Conflict"));
    }
}
