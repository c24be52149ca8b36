//! [`Subject`]: the Job or CronJob of a run, and the operations on it.

use std::sync::Arc;

use jobsem::Propagation;
use jobsem::api::{CronJob, Job, JobConditionType};
use jobsem::cluster::{Cluster, Created};
use jobsem::{Error, Time};
use serde_json::{Value, json};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The Job is Complete.
    Complete,
    /// The Job is Failed.
    Failed,
    /// The Job was deleted before it had ended, or the CronJob was deleted.
    Deleted,
    /// The user ended the run.
    Interrupted,
    /// The time was up.
    TimedOut,
}

/// What a run is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub namespace: String,
    pub name: String,
    pub object: Object,
}

/// The object, as it was last.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    Job(Arc<Job>),
    CronJob(Arc<CronJob>),
}

impl Subject {
    /// Creates a Job.
    pub fn job(
        cluster: &mut Cluster,
        now: Time,
        job: Job,
    ) -> Result<(Subject, Vec<String>), Error> {
        let created = cluster.create_job(now, job)?;
        let stored = cluster.job(&created.namespace, &created.name).cloned();
        Ok(Subject::of(created, Object::Job(stored.unwrap_or_default())))
    }

    /// Creates a CronJob.
    pub fn cronjob(
        cluster: &mut Cluster,
        now: Time,
        cronjob: CronJob,
    ) -> Result<(Subject, Vec<String>), Error> {
        let created = cluster.create_cronjob(now, cronjob)?;
        let stored = cluster.cronjob(&created.namespace, &created.name).cloned();
        Ok(Subject::of(created, Object::CronJob(stored.unwrap_or_default())))
    }

    fn of(created: Created, object: Object) -> (Subject, Vec<String>) {
        let Created { namespace, name, warnings, .. } = created;
        (Subject { namespace, name, object }, warnings)
    }

    /// `Job` or `CronJob`.
    pub fn kind(&self) -> &'static str {
        match self.object {
            Object::Job(_) => "Job",
            Object::CronJob(_) => "CronJob",
        }
    }

    /// The file in the run's directory that has it.
    pub fn file(&self) -> &'static str {
        match self.object {
            Object::Job(_) => "job.json",
            Object::CronJob(_) => "cronjob.json",
        }
    }

    /// The Job, if it is one.
    pub fn as_job(&self) -> Option<&Arc<Job>> {
        if let Object::Job(job) = &self.object { Some(job) } else { None }
    }

    /// The object as JSON.
    pub fn to_value(&self) -> serde_json::Result<Value> {
        match &self.object {
            Object::Job(job) => serde_json::to_value(&**job),
            Object::CronJob(cronjob) => serde_json::to_value(&**cronjob),
        }
    }

    /// Reads it again as it is stored; whether it has changed.
    pub fn refresh(&mut self, cluster: &Cluster) -> bool {
        let (namespace, name) = (&self.namespace, &self.name);
        match &mut self.object {
            Object::Job(job) => newer(job, cluster.job(namespace, name)),
            Object::CronJob(cronjob) => newer(cronjob, cluster.cronjob(namespace, name)),
        }
    }

    /// How it has ended, once nothing of it runs. A CronJob ends only if it is deleted.
    pub fn ending(&self) -> Ending {
        let is = |type_| self.as_job().is_some_and(|job| job.status.is_true(&type_));
        if is(JobConditionType::Complete) {
            Ending::Complete
        } else if is(JobConditionType::Failed) {
            Ending::Failed
        } else {
            Ending::Deleted
        }
    }

    /// Merges a patch into it; returns warnings.
    pub fn patch(&self, cluster: &mut Cluster, now: Time, patch: &Value) -> Result<Value, Error> {
        let (namespace, name) = (&self.namespace, &self.name);
        Ok(match &self.object {
            Object::Job(_) => {
                let warnings = cluster.patch_job(now, namespace, name, patch)?;
                json!({"warnings": warnings, "job": cluster.job(namespace, name)})
            }
            Object::CronJob(_) => {
                let warnings = cluster.patch_cronjob(now, namespace, name, patch)?;
                json!({"warnings": warnings, "cronJob": cluster.cronjob(namespace, name)})
            }
        })
    }

    /// Deletes it.
    pub fn delete(
        &self,
        cluster: &mut Cluster,
        now: Time,
        propagation: Propagation,
    ) -> Result<(), Error> {
        let (namespace, name) = (&self.namespace, &self.name);
        match &self.object {
            Object::Job(_) => cluster.delete_job(now, namespace, name, propagation),
            Object::CronJob(_) => cluster.delete_cronjob(now, namespace, name, propagation),
        }
    }

    /// It, and what belongs to it, as the answer to [`Command::Get`](crate::control::Command::Get).
    pub fn describe(&self, cluster: &Cluster, now: Time) -> Value {
        let (namespace, name) = (&self.namespace, &self.name);
        let pods: Vec<_> = cluster.pods().collect();
        let mut out = json!({"pods": pods, "now": now.to_string()});
        match &self.object {
            Object::Job(_) => out["job"] = json!(cluster.job(namespace, name)),
            Object::CronJob(_) => {
                out["cronJob"] = json!(cluster.cronjob(namespace, name));
                out["jobs"] = json!(cluster.jobs().collect::<Vec<_>>());
            }
        }
        out
    }
}

fn newer<T>(known: &mut Arc<T>, stored: Option<&Arc<T>>) -> bool {
    match stored {
        Some(stored) if !Arc::ptr_eq(known, stored) => {
            *known = Arc::clone(stored);
            true
        }
        _ => false,
    }
}
