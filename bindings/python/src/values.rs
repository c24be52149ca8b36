//! Answers of the core as values of the package.
//!
//! The values are frozen dataclasses of Python (`jobsem._values`): they print, compare, match and
//! pickle by themselves, and type checkers read them where they stand.

use std::sync::Arc;

use jobsem::{Call, DatedNote, Event, Note, Outcome, Propagation, Time};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::classes::make;
use crate::objects::{CronJob, Job, Pod, to_python};
use crate::times;

/// A tuple of what `one` makes of each.
pub fn tuple<'py, T>(
    py: Python<'py>,
    all: impl IntoIterator<Item = T>,
    one: impl Fn(T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(list(py, all, one)?.to_tuple().into_any())
}

/// A list of what `one` makes of each.
pub fn list<'py, T>(
    py: Python<'py>,
    all: impl IntoIterator<Item = T>,
    one: impl Fn(T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for item in all {
        list.append(one(item)?)?;
    }
    Ok(list)
}

pub fn outcome<'py>(py: Python<'py>, outcome: &Outcome) -> PyResult<Bound<'py, PyAny>> {
    let since = times::optional(py, outcome.since)?;
    make(py, "Outcome", (outcome.verdict.as_str(), &outcome.reason, &outcome.message, since))
}

pub fn event<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyAny>> {
    let time = times::datetime(py, event.time)?;
    let type_ = event.type_.as_str();
    let (namespace, name) = (&*event.namespace, &*event.name);
    let (reason, message) = (&*event.reason, event.message.text());
    let about = (type_, reason, message, event.kind, namespace, name, time);
    make(py, "Event", about)
}

pub fn note<'py>(py: Python<'py>, note: &Note) -> PyResult<Bound<'py, PyAny>> {
    make(py, "Note", (note.rule, &note.text))
}

/// A note of a controller: when, about what, and why.
pub fn dated_note<'py>(py: Python<'py>, dated: &DatedNote) -> PyResult<Bound<'py, PyAny>> {
    let (note, time) = (&dated.note, times::datetime(py, dated.at)?);
    make(py, "Note", (note.rule, &note.text, &dated.key, time))
}

pub fn wakeup<'py>(
    py: Python<'py>,
    at: Time,
    reason: &str,
    key: &str,
) -> PyResult<Bound<'py, PyAny>> {
    make(py, "Wakeup", (times::deadline(py, at)?, at.unix_nanos(), reason, key))
}

/// A request; `id` is the number of one that waits for an answer.
pub fn request<'py>(py: Python<'py>, call: &Call, id: Option<u64>) -> PyResult<Bound<'py, PyAny>> {
    let (namespace, name) = (call.namespace(), call.name());
    match call {
        Call::GetJob { .. } => make(py, "GetJob", (namespace, name, id)),
        Call::CreatePod { pod } => {
            make(py, "CreatePod", (namespace, name, Pod(Arc::new(pod.to_pod())), id))
        }
        Call::DeletePod { .. } => make(py, "DeletePod", (namespace, name, id)),
        Call::PatchPod { patch, .. } => {
            make(py, "PatchPod", (namespace, name, to_python(py, &patch.to_value())?, id))
        }
        Call::UpdateJobStatus { job, .. } => {
            let job = call.job_to_write().map_or_else(|| Arc::clone(job), Arc::new);
            make(py, "UpdateJobStatus", (namespace, name, Job(job), id))
        }
        Call::CreateJob { job, .. } => {
            let job = Job(Arc::new(jobsem::api::Job::clone(job)));
            make(py, "CreateJob", (namespace, name, job, id))
        }
        Call::DeleteJob { propagation, uid, .. } => {
            make(py, "DeleteJob", (namespace, name, propagation.as_str(), uid, id))
        }
        Call::GetCronJob { .. } => make(py, "GetCronJob", (namespace, name, id)),
        Call::UpdateCronJobStatus { cronjob } => {
            make(py, "UpdateCronJobStatus", (namespace, name, CronJob(Arc::clone(cronjob)), id))
        }
        other => make(py, "Other", (other.verb(), other.resource(), name, id)),
    }
}

/// Kubernetes' word for what becomes of dependents.
pub fn propagation(text: &str) -> PyResult<Propagation> {
    let all = [Propagation::Background, Propagation::Foreground, Propagation::Orphan];
    all.into_iter().find(|p| p.as_str() == text).ok_or_else(|| {
        let text = format!("propagation is Background, Foreground or Orphan, not {text}");
        pyo3::exceptions::PyValueError::new_err(text)
    })
}
