//! `Cluster`: controllers and an API server in memory.

use std::sync::Arc;

use jobsem::Propagation;
use jobsem::api::CronJob;
use jobsem::cluster::{Created, PodReport, Work};
use jobsem::decode::Manifest;
use jobsem::{Cluster, Error, Time, wire};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{notes, wakeup};
use crate::controller::Now;
use crate::input::{At, Document, Options, arguments};
use crate::unknown;

#[derive(Deserialize)]
pub struct Create {
    pub now: At,
    pub manifest: Document,
}

/// The name of an object.
#[derive(Deserialize)]
pub struct Named {
    #[serde(default = "default")]
    pub namespace: String,
    pub name: String,
}

#[derive(Deserialize)]
struct Patch {
    now: At,
    patch: Document,
    #[serde(flatten)]
    object: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    now: At,
    propagation: Option<String>,
    grace_seconds: Option<i64>,
    #[serde(flatten)]
    object: Named,
}

#[derive(Deserialize)]
struct Report {
    now: At,
    namespace: Option<String>,
    pod: String,
    #[serde(default)]
    running: bool,
    exited: Option<i32>,
    container: Option<String>,
    status: Option<Value>,
    #[serde(default)]
    removed: bool,
}

#[derive(Deserialize)]
struct Invoke {
    namespace: Option<String>,
    pod: String,
    #[serde(default)]
    container: String,
}

#[derive(Deserialize)]
struct Restart {
    now: At,
    #[serde(default)]
    pause: i64,
}

fn default() -> String {
    "default".to_owned()
}

pub fn new(text: &str) -> Result<Cluster, Error> {
    arguments::<Options>(text)?.cluster()
}

/// Creates what a manifest says.
pub fn create(cluster: &mut Cluster, now: Time, manifest: Document) -> Result<Created, Error> {
    match manifest.manifest(&cluster.semantics().clone())? {
        Manifest::Job(job) => cluster.create_job(now, *job),
        Manifest::CronJob(cronjob) => cluster.create_cronjob(now, *cronjob),
    }
}

pub fn call(cluster: &mut Cluster, name: &str, text: &str) -> Result<Value, Error> {
    match name {
        "report" => report(cluster, arguments(text)?)?,
        "create" => {
            let Create { now, manifest } = arguments(text)?;
            return create(cluster, now.0, manifest).map(|created| wire::created(&created));
        }
        "patchJob" | "patchCronJob" => {
            let Patch { now, patch, object: Named { namespace, name: object } } = arguments(text)?;
            let patch = patch.value()?;
            let warnings = match name {
                "patchJob" => cluster.patch_job(now.0, &namespace, &object, &patch)?,
                _ => cluster.patch_cronjob(now.0, &namespace, &object, &patch)?,
            };
            return Ok(warnings.into());
        }
        "deleteJob" | "deleteCronJob" => {
            let Delete { now, propagation: how, object, .. } = arguments(text)?;
            let (how, Named { namespace, name: object }) = (propagation(how)?, object);
            match name {
                "deleteJob" => cluster.delete_job(now.0, &namespace, &object, how)?,
                _ => cluster.delete_cronjob(now.0, &namespace, &object, how)?,
            }
        }
        "deletePod" => {
            let Delete { now, grace_seconds, object, .. } = arguments(text)?;
            cluster.delete_pod(now.0, &object.namespace, &object.name, grace_seconds)?;
        }
        "handleTimeout" => cluster.handle_timeout(arguments::<Now>(text)?.now.0)?,
        "restartControllers" => {
            let Restart { now, pause } = arguments(text)?;
            cluster.restart_controllers(now.0, pause)?;
        }
        "work" => {
            let all = std::iter::from_fn(|| cluster.poll_work());
            return all.map(|work| work_value(&work)).collect();
        }
        "events" => {
            let all = std::iter::from_fn(|| cluster.poll_event());
            return Ok(all.map(|event| wire::event(&event)).collect());
        }
        "notes" => return Ok(notes(std::iter::from_fn(|| cluster.poll_note()))),
        "nextWakeup" => return Ok(cluster.poll_timeout().as_ref().map(wakeup).into()),
        "wakeupOf" => {
            let Named { namespace, name } = arguments(text)?;
            return Ok(cluster.wakeup_of(&namespace, &name).as_ref().map(wakeup).into());
        }
        "wakeupOfCronJob" => {
            let Named { namespace, name } = arguments(text)?;
            return Ok(cluster.wakeup_of_cronjob(&namespace, &name).as_ref().map(wakeup).into());
        }
        "invocation" => {
            let Invoke { namespace, pod, container } = arguments(text)?;
            let namespace = namespace_of(cluster, namespace, &pod)?;
            let made = cluster.invocation(&namespace, &pod, &container)?;
            let env: Map<_, _> = made.env.into_iter().map(|(k, v)| (k, v.into())).collect();
            return Ok(json!({"command": made.command, "args": made.args, "env": env}));
        }
        "cronJob" => {
            let Named { namespace, name } = arguments(text)?;
            return Ok(cluster.cronjob(&namespace, &name).map(stored_cronjob).into());
        }
        "cronJobs" => return Ok(cluster.cronjobs().map(stored_cronjob).collect()),
        "job" => {
            let Named { namespace, name } = arguments(text)?;
            let job = cluster.job(&namespace, &name);
            return Ok(job.map(|job| wire::object("batch/v1", "Job", &**job)).into());
        }
        "pod" => {
            let Named { namespace, name } = arguments(text)?;
            let pod = cluster.pod(&namespace, &name);
            return Ok(pod.map(|pod| wire::object("v1", "Pod", &**pod)).into());
        }
        "jobs" => {
            return Ok(cluster.jobs().map(|job| wire::object("batch/v1", "Job", &**job)).collect());
        }
        "pods" => return Ok(cluster.pods().map(|pod| wire::object("v1", "Pod", &**pod)).collect()),
        _ => return Err(unknown("method", name)),
    }
    Ok(json!(null))
}

fn stored_cronjob(cronjob: &Arc<CronJob>) -> Value {
    wire::object("batch/v1", "CronJob", &**cronjob)
}

/// The namespace of a pod, which may be given by its name alone.
fn namespace_of(cluster: &Cluster, given: Option<String>, pod: &str) -> Result<String, Error> {
    given.map_or_else(|| cluster.namespace_of_pod(pod).map(str::to_owned), Ok)
}

/// Kubernetes' word for what becomes of dependents.
pub fn propagation(word: Option<String>) -> Result<Propagation, Error> {
    match word.as_deref() {
        None | Some("Background") => Ok(Propagation::Background),
        Some("Foreground") => Ok(Propagation::Foreground),
        Some("Orphan") => Ok(Propagation::Orphan),
        Some(other) => {
            let text = format!("propagation is Background, Foreground or Orphan, not {other}");
            Err(Error::decode(text).with_path("propagation"))
        }
    }
}

fn work_value(work: &Work) -> Result<Value, Error> {
    Ok(match work {
        Work::Start(pod) => json!({"type": "start", "pod": wire::object("v1", "Pod", &**pod)}),
        Work::Stop { pod, grace_seconds } => json!({
            "type": "stop", "pod": wire::object("v1", "Pod", &**pod), "graceSeconds": grace_seconds,
        }),
        other => return Err(unknown("work", &format!("{other:?}"))),
    })
}

fn report(cluster: &mut Cluster, given: Report) -> Result<(), Error> {
    let name = &*given.pod;
    let report = match (given.running, given.exited, given.status, given.removed) {
        (true, None, None, false) => PodReport::Running,
        (false, Some(code), None, false) => {
            PodReport::exited(given.container.unwrap_or_default(), code)
        }
        (false, None, Some(status), false) => {
            let status = Deserialize::deserialize(&status)
                .map_err(|error| Error::decode(error.to_string()).with_path("status"))?;
            PodReport::Status(Box::new(status))
        }
        (false, None, None, true) => PodReport::Removed,
        _ => {
            let text = "one of { running: true }, { exited: code }, { status: … } and \
                        { removed: true } is reported";
            return Err(Error::decode(text));
        }
    };
    let namespace = namespace_of(cluster, given.namespace, name)?;
    cluster.report(given.now.0, &namespace, name, report)
}
