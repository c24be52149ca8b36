//! What a player of scenarios does to a cluster that no client of its API can do: objects are
//! stored as they are, statuses of nodes merged, patches put in without an answer.
//!
//! None of this lets the controllers work: several changes belong to one moment until
//! [`Cluster::run_to_rest`].

use std::sync::Arc;

use serde_json::Value;

use super::Cluster;
use super::server::PatchError;
use crate::api::{CronJob, Job, Pod, PodStatus};
use crate::key::Named;
use crate::{Error, Propagation, Time};

impl Cluster {
    /// Lets time pass up to `now`, and the controllers do what was due.
    pub(crate) fn pass_time(&mut self, now: Time) -> Result<(), Error> {
        self.advance(now)
    }

    /// Lets the controllers work until only time can bring something new.
    pub(crate) fn run_to_rest(&mut self) -> Result<(), Error> {
        self.settle()
    }

    /// Stores a pod as it is, and hands it to the host.
    pub(crate) fn put_pod(&mut self, pod: Pod) -> Arc<Pod> {
        self.server.create_pod(pod)
    }

    /// Stores a Job that was admitted.
    pub(crate) fn put_admitted_job(&mut self, job: Job) -> Arc<Job> {
        self.server.put_job(job)
    }

    /// Stores a Job that no admission has seen.
    pub(crate) fn put_raw_job(&mut self, job: Job) -> Arc<Job> {
        self.server.all_admitted = false;
        self.server.put_job(job)
    }

    /// Replaces the status of a stored Job, as another controller than ours does.
    pub(crate) fn put_job_status(&mut self, job: Job) {
        self.server.put_job(job);
    }

    /// Stores a CronJob that was admitted.
    pub(crate) fn put_admitted_cronjob(&mut self, cronjob: CronJob) -> Arc<CronJob> {
        self.server.put_cronjob(cronjob)
    }

    /// Changes the status of a pod, if it is there.
    pub(crate) fn put_pod_status(&mut self, namespace: &str, name: &str, status: PodStatus) {
        if let Some(place) = self.server.pods.place_of(Named { namespace, name }) {
            self.server.set_pod_status(place, status);
        }
    }

    /// Patches a Job. A refusal is part of what is played; only a patch that makes no Job is an
    /// error.
    pub(crate) fn try_patch_job(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<(), Error> {
        undecodable(self.server.patch_job(namespace, name, patch).map(drop))
    }

    /// Merges a patch into a CronJob past admission; watchers see it even if it changes nothing.
    pub(crate) fn merge_into_cronjob(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<(), Error> {
        undecodable(self.server.merge_cronjob(namespace, name, patch))
    }

    /// Merges a patch into a pod past admission.
    pub(crate) fn merge_into_pod(
        &mut self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<(), Error> {
        undecodable(self.server.patch_pod(namespace, name, patch))
    }

    /// Deletes a Job, if it is there.
    pub(crate) fn drop_job(&mut self, namespace: &str, name: &str, propagation: Propagation) {
        self.server.delete_job(namespace, name, propagation);
    }

    /// Asks a pod to go, if it is there.
    pub(crate) fn drop_pod(&mut self, namespace: &str, name: &str, grace: Option<i64>) {
        self.server.delete_pod(namespace, name, grace);
    }

    /// The node lets go of a pod.
    pub(crate) fn release_pod(&mut self, namespace: &str, name: &str) {
        self.server.release_pod(namespace, name);
    }
}

fn undecodable(result: Result<(), PatchError>) -> Result<(), Error> {
    match result {
        Err(PatchError::Decode(error)) => Err(error),
        Ok(()) | Err(PatchError::Api(_) | PatchError::Invalid(_)) => Ok(()),
    }
}
