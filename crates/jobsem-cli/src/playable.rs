//! What `simulate` and `diff` play: a scenario, or one that is made of a manifest.

use std::process::ExitCode;

use jobsem::api::{Job, Kind};
use jobsem::decode::Document;
use jobsem::scenario::Scenario;
use jobsem::{Error, Semantics, decode};
use serde_json::{Map, Value, json};

use crate::exit;
use crate::input::Input;
use crate::manifests::Reading;

/// What a file says to play.
pub struct Playable {
    pub scenario: Scenario,
    /// The Job of the manifest, or of the scenario if it has one.
    pub job: Option<Job>,
    /// Whether the file has a manifest, which does not say how long to play.
    pub is_manifest: bool,
}

impl Playable {
    /// The scenario of a file, or one of its Job, or of one run of its CronJob.
    pub fn read(input: &Input, reading: &Reading, sem: &Semantics) -> Result<Playable, ExitCode> {
        let all = input.objects()?;
        let has_kind =
            |document: &Document| document.kind().is_some() || document.api_version().is_some();
        if all.iter().any(has_kind) || reading.name.is_some() {
            let document = reading.pick(input, &all, &[Kind::Job, Kind::CronJob])?;
            return Playable::of_manifest(input, document, reading, sem);
        }
        let Some(document) = input.only_value()? else {
            return Err(exit::fail(exit::USAGE, format!("{}: there is nothing in it", input.name)));
        };
        let value = document.value().clone();
        let tell = |error: Error| input.tell_at(&document, error);
        let scenario = Scenario::from_value(value).map_err(tell)?;
        let job = match &scenario.job {
            Some(job @ Value::Object(_)) => {
                let under_job = |error: Error| {
                    let path = format!("job.{}", error.path().unwrap_or_default());
                    tell(error.with_path(path))
                };
                Some(decode::from_value(job.clone()).map_err(under_job)?)
            }
            _ => None,
        };
        let has_object = scenario.job.is_some()
            || scenario.cron_job.is_some()
            || !scenario.jobs.is_empty()
            || !scenario.raw_jobs.is_empty();
        if !has_object {
            let text = format!("{}: neither a Job nor a scenario with a Job", input.name);
            return Err(exit::fail(exit::USAGE, text));
        }
        Ok(Playable { scenario, job, is_manifest: false })
    }

    fn of_manifest(
        input: &Input,
        document: &Document,
        reading: &Reading,
        sem: &Semantics,
    ) -> Result<Playable, ExitCode> {
        let (value, job) = if document.kind() == Some("CronJob") {
            reading.cronjob(input, document, sem)?;
            let value = one_run(document);
            let job = decode::from_value(value.clone()).map_err(|error| input.tell(&error))?;
            say!(
                "note: one Job of the CronJob is played; `jobsem cron simulate` plays its schedule"
            );
            (value, job)
        } else {
            (document.value().clone(), reading.job(input, document, sem)?)
        };
        Ok(Playable { scenario: Scenario::of_job(value), job: Some(job), is_manifest: true })
    }
}

/// A Job of a CronJob, as `kubectl create job --from` makes it, without its owner.
fn one_run(cronjob: &Document) -> Value {
    let at = |path: &str| cronjob.value_at(path).cloned();
    let mut metadata = match at("spec.jobTemplate.metadata") {
        Some(Value::Object(template)) => {
            let kept = |(key, _): &(String, Value)| key == "labels" || key == "annotations";
            template.into_iter().filter(kept).collect()
        }
        _ => Map::new(),
    };
    for member in ["name", "generateName", "namespace"] {
        metadata.extend(at(&format!("metadata.{member}")).map(|value| (member.to_owned(), value)));
    }
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": at("spec.jobTemplate.spec").unwrap_or_default(),
    })
}
