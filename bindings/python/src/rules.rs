//! `outcome`, `validate`, `reconcile`, `explain`: values in, values out.

use std::sync::Arc;

use jobsem::api::{Job, Pod};
use jobsem::check::{self, Options, Severity};
use jobsem::cluster::{CountedIdentity, Identity, SeededIdentity};
use jobsem::decode::{FieldValidation, Manifest, only_manifest};
use jobsem::job::Memory;
use jobsem::{KubeVersion, Semantics, Time, explain_pods, lint as linter, wire};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::classes::make;
use crate::errors::{decode, guard, raise};
use crate::objects::{self, to_python};
use crate::values;
use crate::{convert, manifests, times};

/// The emulated versions, oldest first.
pub fn kube_versions(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(py, KubeVersion::ALL.map(|version| version.to_string()))
}

#[pyfunction]
#[pyo3(signature = (job, /))]
pub fn outcome<'py>(py: Python<'py>, job: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let job = objects::job(job)?;
    values::outcome(py, &guard(py, || Ok(jobsem::outcome(&job)))?)
}

#[pyfunction]
#[pyo3(signature = (
    manifest, /, *, kube=None, gates=None, update_from=None, namespace="default",
    field_validation="Strict"
))]
pub fn validate<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
    update_from: Option<&Bound<'py, PyAny>>,
    namespace: &str,
    field_validation: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let sem = convert::semantics(py, kube, gates)?;
    let mut options = Options::default();
    options.namespace = namespace.to_owned();
    options.field_validation = validation(field_validation)?;
    let (all, is_text) = manifests::documents_of(manifest)?;
    let document = only_manifest(&all).map_err(|error| raise(py, &error))?;
    let old = update_from.map(manifests::documents_of).transpose()?;
    let report = guard(py, || {
        Ok(match &old {
            None => check::check_create(document, &options, &sem),
            Some((old, _)) => {
                let old = old.iter().find(|old| check::is_same_object(document, old, &options));
                match old {
                    Some(old) => check::check_update(document, old, &options, &sem),
                    None => check::check_create(document, &options, &sem),
                }
            }
        })
    })?;
    let report = report.map_err(|_| {
        let found = document.kind().unwrap_or_default();
        let text = format!("expected a `batch/v1` `Job` or `CronJob`, found `{found}`");
        decode(py, &text, Some("kind"))
    })?;
    let findings = values::tuple(py, &report.findings, |finding| {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let at = is_text.then(|| document.location(finding.bytes.start));
        let (line, column) = (at.map(|at| at.line), at.map(|at| at.column));
        let what = (severity, finding.code, &finding.field, &finding.message);
        let (severity, code, field, message) = what;
        make(py, "Finding", (severity, code, field, message, line, column, finding.hint.as_deref()))
    })?;
    let answer = report.answer.as_ref();
    let status = answer.map(|answer| to_python(py, &answer.status())).transpose()?;
    let message = answer.map(|answer| answer.message()).unwrap_or_default();
    let about = (report.kind.name(), &report.name, sem.version().to_string());
    let (kind, name, kube) = about;
    make(py, "Validation", (kind, name, kube, findings, message, status))
}

fn validation(word: &str) -> PyResult<FieldValidation> {
    match word {
        "Strict" => Ok(FieldValidation::Strict),
        "Warn" => Ok(FieldValidation::Warn),
        "Ignore" => Ok(FieldValidation::Ignore),
        other => {
            let text = format!("field_validation is Strict, Warn or Ignore, not {other}");
            Err(PyValueError::new_err(text))
        }
    }
}

#[pyfunction]
#[pyo3(signature = (
    manifest, now, /, *, kube=None, gates=None, seed=None, update_from=None, status=false,
    field_validation="Strict"
))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn admit<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
    seed: Option<u64>,
    update_from: Option<&Bound<'py, PyAny>>,
    status: bool,
    field_validation: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let (sem, now) = (convert::semantics(py, kube, gates)?, times::time(now)?);
    let how = validation(field_validation)?;
    let (all, _) = manifests::documents_of(manifest)?;
    let old = update_from.map(manifests::documents_of).transpose()?;
    let admitted = guard(py, || {
        let new = only_manifest(&all)?;
        let Some((old, _)) = &old else {
            let mut identity: Box<dyn Identity> = match seed {
                Some(seed) => Box::new(SeededIdentity::new(seed)),
                None => Box::new(CountedIdentity::default()),
            };
            return wire::admit_create(new, how, &mut *identity, now, &sem);
        };
        let old = only_manifest(old)?;
        match status {
            true => wire::admit_status(old, new, how, &sem),
            false => wire::admit_update(old, new, how, &sem),
        }
    })?;
    to_python(py, &admitted)
}

#[pyfunction]
#[pyo3(signature = (manifest, now, /, *, kube=None, gates=None, min_kube=None, allow=None))]
pub fn lint<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
    min_kube: Option<&str>,
    allow: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (sem, now) = (convert::semantics(py, kube, gates)?, times::time(now)?);
    let manifest = manifests::one(manifest, &sem)?;
    let found = guard(py, || {
        let mut options = linter::Config::new(sem, now);
        if let Some(oldest) = min_kube {
            options.min_kube = oldest.parse()?;
        }
        for name in allow.unwrap_or_default() {
            options.allow.insert(name.parse()?);
        }
        Ok(match manifest {
            Manifest::Job(job) => linter::job(&job, &options),
            Manifest::CronJob(cronjob) => linter::cronjob(&cronjob, &options),
        })
    })?;
    values::tuple(py, &found, |finding| {
        let none = None::<usize>;
        let (code, field) = (finding.rule.name(), &finding.field);
        make(
            py,
            "Finding",
            ("warning", code, field, &finding.message, none, none, finding.hint.as_deref()),
        )
    })
}

/// What a sync looks at.
struct World {
    job: Arc<Job>,
    pods: Vec<Arc<Pod>>,
    now: Time,
    sem: Semantics,
}

impl World {
    fn read(
        job: &Bound<'_, PyAny>,
        pods: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<World> {
        let sem = convert::semantics(job.py(), kube, gates)?;
        let (job, pods) = (objects::job(job)?, objects::pods(pods)?);
        Ok(World { job, pods, now: times::time(now)?, sem })
    }
}

#[pyfunction]
#[pyo3(signature = (job, pods, now, /, *, kube=None, gates=None, explain=false))]
pub fn reconcile<'py>(
    py: Python<'py>,
    job: &Bound<'py, PyAny>,
    pods: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
    explain: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let World { job, pods, now, sem } = World::read(job, pods, now, kube, gates)?;
    let plan = guard(py, || {
        let mut memory = Memory::default();
        Ok(if explain {
            jobsem::reconcile_explained(&job, &pods, now, &mut memory, &sem)
        } else {
            jobsem::reconcile(&job, &pods, now, &mut memory, &sem)
        })
    })?;
    let requests = values::tuple(py, &plan.requests, |call| values::request(py, call, None))?;
    let events = values::tuple(py, &plan.events, |event| values::event(py, event))?;
    let notes = values::tuple(py, plan.explain(), |note| values::note(py, note))?;
    let status = to_python(py, &plan.status)?;
    let wakeup = plan.wakeup.map(|w| values::wakeup(py, w.at, w.reason.as_str(), &w.key));
    let skipped = plan.skipped.map(|skipped| format!("{skipped:?}"));
    make(py, "Plan", (requests, events, status, wakeup.transpose()?, skipped, plan.error, notes))
}

#[pyfunction]
#[pyo3(signature = (job, pods, now, /, *, kube=None, gates=None))]
pub fn explain<'py>(
    py: Python<'py>,
    job: &Bound<'py, PyAny>,
    pods: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let World { job, pods, now, sem } = World::read(job, pods, now, kube, gates)?;
    let (plan, notes) = guard(py, || {
        let mut memory = Memory::default();
        let notes = explain_pods(&job, &pods, now, &memory, &sem);
        Ok((jobsem::reconcile_explained(&job, &pods, now, &mut memory, &sem), notes))
    })?;
    let pods = values::tuple(py, &notes, |note| {
        let what = (&note.name, note.index, note.standing.as_str(), &note.text, note.rule);
        make(py, "PodNote", what)
    })?;
    let decisions = values::tuple(py, plan.explain(), |note| values::note(py, note))?;
    let outcome = values::outcome(py, &jobsem::outcome(&job))?;
    make(py, "Explanation", (outcome, decisions, pods))
}
