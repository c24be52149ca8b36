//! Manifests as kubectl makes and prints them.
//!
//! [`Printer`] is a Job or CronJob in the form in which Go writes it, and prints it byte for byte
//! as `kubectl … -o yaml` and `-o json` do. [`new_job`], [`new_cronjob`] and [`job_from_cronjob`]
//! make the objects of `kubectl create job` and `kubectl create cronjob`. Deliberately absent:
//! options and files (the command has them), and admission: nothing is defaulted or refused.
//!
//! What YAML texts look like (which are quoted, and how; where long ones are folded) follows the
//! emitter that kubectl uses, since reviewers and version control see every difference.

mod json;
mod quoting;
mod yaml;

use std::sync::Arc;

use crate::Semantics;
use crate::admission::{Node, written};
use crate::api::Kind;
use crate::api::{Container, CronJob, Job, JobSpec, ObjectMeta, OwnerReference, RestartPolicy};

/// An object in the form in which Go writes it.
///
/// ```
/// use jobsem::Semantics;
/// use jobsem::manifest::{Printer, new_job};
///
/// let job = new_job("pi", "perl", vec!["perl".to_owned()]);
/// let yaml = Printer::job(&job, &Semantics::default()).to_yaml();
/// assert!(yaml.starts_with("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: pi\n"));
/// ```
#[derive(Clone, Debug)]
pub struct Printer {
    kind: Kind,
    name: String,
    node: Node,
}

impl Printer {
    /// A Job's.
    pub fn job(job: &Job, sem: &Semantics) -> Printer {
        let name = job.metadata.name.clone();
        Printer { kind: Kind::Job, name: name.to_string(), node: written(job, Kind::Job, sem) }
    }

    /// A CronJob's.
    pub fn cronjob(cronjob: &CronJob, sem: &Semantics) -> Printer {
        let name = cronjob.metadata.name.clone();
        Printer {
            kind: Kind::CronJob,
            name: name.to_string(),
            node: written(cronjob, Kind::CronJob, sem),
        }
    }

    /// As `-o yaml` prints it: keys in order, lists not indented.
    pub fn to_yaml(&self) -> String {
        yaml::print(&self.node)
    }

    /// As `-o json` prints it: members in the order of the Go types, four spaces.
    pub fn to_json(&self) -> String {
        json::print(&self.node)
    }

    /// As `-o name` prints it, such as `job.batch/pi`.
    pub fn resource_name(&self) -> String {
        format!("{}/{}", self.kind.resource(), self.name)
    }
}

/// The annotation of a Job that a user created from a CronJob.
const INSTANTIATE: &str = "cronjob.kubernetes.io/instantiate";

/// The Job of `kubectl create job NAME --image=IMAGE -- COMMAND`.
pub fn new_job(name: &str, image: &str, command: Vec<String>) -> Job {
    Job {
        api_version: Some("batch/v1".to_owned()),
        kind: Some("Job".to_owned()),
        metadata: ObjectMeta::named("", name),
        spec: Arc::new(one_container(name, image, command, RestartPolicy::Never)),
        ..Job::default()
    }
}

/// The CronJob of `kubectl create cronjob NAME --image=IMAGE --schedule=SCHEDULE -- COMMAND`.
///
/// `restart` is the value of `--restart`; an empty one means `OnFailure`, as in kubectl.
pub fn new_cronjob(
    name: &str,
    image: &str,
    schedule: &str,
    restart: &str,
    command: Vec<String>,
) -> CronJob {
    let restart = if restart.is_empty() { RestartPolicy::OnFailure } else { restart.into() };
    let mut cronjob = CronJob {
        api_version: Some("batch/v1".to_owned()),
        kind: Some("CronJob".to_owned()),
        metadata: ObjectMeta::named("", name),
        ..CronJob::default()
    };
    schedule.clone_into(&mut cronjob.spec.schedule);
    cronjob.spec.job_template.metadata = ObjectMeta::named("", name);
    cronjob.spec.job_template.spec = Arc::new(one_container(name, image, command, restart));
    cronjob
}

fn one_container(name: &str, image: &str, command: Vec<String>, restart: RestartPolicy) -> JobSpec {
    let container =
        Container { name: name.into(), image: image.into(), command, ..Container::default() };
    let mut spec = JobSpec::default();
    let pod = Arc::make_mut(&mut spec.template.spec);
    pod.containers = vec![container].into();
    pod.restart_policy = Some(restart);
    spec
}

/// The Job of `kubectl create job NAME --from=cronjob/…`: the Job the CronJob would start, marked
/// as started manually, and owned by the CronJob, so that it is cleaned up with it.
pub fn job_from_cronjob(name: &str, cronjob: &CronJob) -> Job {
    let template = &cronjob.spec.job_template;
    let mut metadata = ObjectMeta::named("", name);
    metadata.labels.clone_from(&template.metadata.labels);
    let mut annotations = template.metadata.annotations.clone().unwrap_or_default();
    annotations.insert_if_absent(INSTANTIATE, "manual");
    metadata.annotations = Some(annotations);
    metadata.owner_references = vec![OwnerReference {
        block_owner_deletion: None,
        ..OwnerReference::controller_of(
            "batch/v1",
            "CronJob",
            &cronjob.metadata.name,
            &cronjob.metadata.uid,
        )
    }]
    .into();
    Job {
        api_version: Some("batch/v1".to_owned()),
        kind: Some("Job".to_owned()),
        metadata,
        spec: template.spec.clone(),
        ..Job::default()
    }
}

#[cfg(test)]
mod tests;
