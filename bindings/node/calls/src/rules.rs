//! Functions: values in, values out.

use jobsem::check::{self, Options as CheckOptions};
use jobsem::cleanup;
use jobsem::decode::{FieldValidation, only_manifest};
use jobsem::job::Memory;
use jobsem::scenario::{Scenario, play};
use jobsem::scenario::{Simulation, SimulationPlan};
use jobsem::{Error, ErrorKind, KubeVersion, wire};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{nanos, outcome, present, wakeup};
use crate::input::{At, Document, Options, arguments};
use crate::{report, unknown};

pub fn call(name: &str, text: &str) -> Result<Value, Error> {
    match name {
        "versions" => Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "kube": KubeVersion::ALL.map(|version| version.to_string()),
            "tzdb": jobsem::cron::tzdb_version(),
        })),
        "outcome" => {
            let One { job } = arguments(text)?;
            Ok(outcome(&jobsem::outcome(&*job.job()?)))
        }
        "expiry" => {
            let One { job } = arguments(text)?;
            Ok(cleanup::expiry(&*job.job()?).map(nanos).into())
        }
        "excess" => {
            let Excess { limit, runs } = arguments(text)?;
            wire::excess(limit, &runs)
        }
        "deletionPlan" => {
            let Deletion { object, propagation } = arguments(text)?;
            wire::deletion_plan(&object, crate::cluster::propagation(propagation)?)
        }
        "admit" => admit(arguments(text)?),
        "validate" => validate(arguments(text)?),
        "reconcile" => reconcile(arguments(text)?),
        "explain" => explain(arguments(text)?),
        "simulate" => simulate(arguments(text)?),
        "play" => {
            let Play { scenario, kube } = arguments(text)?;
            let version = kube.map_or(Ok(KubeVersion::LATEST), |kube| kube.parse())?;
            play(&Scenario::from_value(scenario.value()?)?, version)
        }
        "panic" => panic!("asked for"),
        _ => Err(unknown("function", name)),
    }
}

#[derive(Deserialize)]
struct One {
    job: Document,
}

#[derive(Deserialize)]
struct Excess {
    limit: i32,
    runs: Value,
}

#[derive(Deserialize)]
struct Deletion {
    object: Value,
    propagation: Option<String>,
}

#[derive(Deserialize)]
struct Play {
    scenario: Document,
    kube: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validate {
    manifest: Document,
    update_from: Option<Document>,
    namespace: Option<String>,
    field_validation: Option<String>,
    #[serde(flatten)]
    options: Options,
}

fn validate(given: Validate) -> Result<Value, Error> {
    let sem = given.options.semantics()?;
    let mut options = CheckOptions::default();
    options.namespace = given.namespace.unwrap_or_else(|| "default".to_owned());
    options.field_validation = validation(given.field_validation.as_deref())?;
    let (all, is_text) = given.manifest.manifests()?;
    let document = only_manifest(&all)?;
    let old = given.update_from.map(Document::manifests).transpose()?;
    let old = old.iter().flat_map(|(old, _)| old);
    let old = old.into_iter().find(|old| check::is_same_object(document, old, &options));
    let report = match old {
        None => check::check_create(document, &options, &sem),
        Some(old) => check::check_update(document, old, &options, &sem),
    };
    let report = report.map_err(|_| {
        let found = document.kind().unwrap_or_default();
        let text = format!("expected a `batch/v1` `Job` or `CronJob`, found `{found}`");
        Error::decode(text).with_path("kind")
    })?;
    let mut out = wire::report(document, &report);
    out["kube"] = sem.version().to_string().into();
    out["valid"] = (out["result"] == "valid").into();
    out["message"] = report.answer.as_ref().map(|answer| answer.message()).into();
    for finding in out["findings"].as_array_mut().into_iter().flatten() {
        if !is_text {
            // A place in text that the caller has not written says nothing.
            for place in ["line", "column", "endLine", "endColumn"] {
                finding[place] = Value::Null;
            }
        }
        *finding = present(finding.take());
    }
    if let Value::Object(members) = &mut out {
        members.remove("result");
    }
    Ok(present(out))
}

fn validation(word: Option<&str>) -> Result<FieldValidation, Error> {
    match word {
        None | Some("Strict") => Ok(FieldValidation::Strict),
        Some("Warn") => Ok(FieldValidation::Warn),
        Some("Ignore") => Ok(FieldValidation::Ignore),
        Some(other) => {
            let text = format!("fieldValidation is Strict, Warn or Ignore, not {other}");
            Err(Error::new(ErrorKind::Unsupported, text))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admit {
    manifest: Document,
    now: At,
    update_from: Option<Document>,
    #[serde(default)]
    status: bool,
    field_validation: Option<String>,
    #[serde(flatten)]
    options: Options,
}

/// What the API server stores.
fn admit(given: Admit) -> Result<Value, Error> {
    let (sem, how) = (given.options.semantics()?, validation(given.field_validation.as_deref())?);
    let (all, _) = given.manifest.manifests()?;
    let new = only_manifest(&all)?;
    let Some(old) = given.update_from else {
        let mut identity = given.options.identity();
        return wire::admit_create(new, how, &mut *identity, given.now.0, &sem);
    };
    let (old, _) = old.manifests()?;
    let old = only_manifest(&old)?;
    match given.status {
        true => wire::admit_status(old, new, how, &sem),
        false => wire::admit_update(old, new, how, &sem),
    }
}

#[derive(Deserialize)]
struct World {
    job: Document,
    pods: Vec<Document>,
    now: At,
    #[serde(flatten)]
    options: Options,
}

fn reconcile(given: World) -> Result<Value, Error> {
    let (sem, job) = (given.options.semantics()?, given.job.job()?);
    let pods = given.pods.into_iter().map(Document::pod).collect::<Result<Vec<_>, _>>()?;
    let (now, mut memory) = (given.now.0, Memory::default());
    let plan = if given.options.explain {
        jobsem::reconcile_explained(&job, &pods, now, &mut memory, &sem)
    } else {
        jobsem::reconcile(&job, &pods, now, &mut memory, &sem)
    };
    let mut out = wire::plan(&plan);
    out["wakeup"] = plan.wakeup.as_ref().map(wakeup).into();
    Ok(present(out))
}

fn explain(given: World) -> Result<Value, Error> {
    let (sem, job) = (given.options.semantics()?, given.job.job()?);
    let pods = given.pods.into_iter().map(Document::pod).collect::<Result<Vec<_>, _>>()?;
    let mut explanation = wire::Explanation::new(&job, &pods, given.now.0, &sem).to_value();
    for part in ["outcome", "wakeup"] {
        explanation[part] = present(explanation[part].take());
    }
    for list in ["changes", "pods"] {
        for one in explanation[list].as_array_mut().into_iter().flatten() {
            *one = present(one.take());
        }
    }
    Ok(present(explanation))
}

#[derive(Deserialize)]
struct Simulate {
    manifest: Document,
    pods: Option<Document>,
    until: Option<f64>,
    steps: Option<Value>,
    faults: Option<Value>,
    #[serde(flatten)]
    options: Options,
}

fn simulate(given: Simulate) -> Result<Value, Error> {
    let sem = given.options.semantics()?;
    let job = given.manifest.manifest(&sem)?.into_job()?;
    let pods = given.pods.map(Document::value).transpose()?;
    let plan = SimulationPlan::from_value(json!({
        "pods": pods, "until": given.until, "steps": given.steps, "faults": given.faults,
    }))?;
    let kube = sem.version().to_string();
    let simulation = Simulation::run(job, plan, sem)?;
    let mut out = report::simulation(&simulation);
    out["kube"] = kube.into();
    out["job"] = wire::object("batch/v1", "Job", &*simulation.job);
    Ok(out)
}
