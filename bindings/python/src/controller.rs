//! `Controller`: the Job controller over an API of the host's own.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jobsem::{ApiError, Call, JobController, Object, RequestId, Response, WatchEvent};
use jobsem::{Error, ErrorKind};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::guard;
use crate::{convert, objects, times, values};

#[pyclass(frozen, module = "jobsem")]
pub struct Controller(Mutex<Inner>);

struct Inner {
    controller: JobController,
    /// Requests that wait for an answer.
    open: BTreeMap<u64, RequestId>,
    asked: u64,
}

/// What a panic has left behind is not to be relied on.
pub fn poisoned<T>(_: T) -> Error {
    Error::new(ErrorKind::Internal, "unusable since an internal error")
}

impl Controller {
    fn with<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Inner) -> Result<T, Error>,
    ) -> PyResult<T> {
        guard(py, || work(&mut *self.0.lock().map_err(poisoned)?))
    }
}

#[pymethods]
impl Controller {
    #[new]
    #[pyo3(signature = (*, kube=None, gates=None, explain=false))]
    fn new(
        py: Python<'_>,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
        explain: bool,
    ) -> PyResult<Controller> {
        let mut controller = JobController::new(convert::semantics(py, kube, gates)?);
        if explain {
            controller = controller.with_notes();
        }
        Ok(Controller(Mutex::new(Inner { controller, open: BTreeMap::new(), asked: 0 })))
    }

    #[pyo3(signature = (now, r#type, object, /))]
    fn handle_watch(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        r#type: &str,
        object: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let make = match r#type {
            "ADDED" => WatchEvent::Added,
            "MODIFIED" => WatchEvent::Modified,
            "DELETED" => WatchEvent::Deleted,
            other => {
                let text = format!("a watch event is ADDED, MODIFIED or DELETED, not {other}");
                return Err(PyValueError::new_err(text));
            }
        };
        let (now, event) = (times::time(now)?, make(self::object(object)?));
        self.with(py, |inner| inner.controller.handle_watch(now, event))
    }

    #[pyo3(signature = (now, objects, /, *, version=""))]
    fn handle_list(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        objects: &Bound<'_, PyAny>,
        version: &str,
    ) -> PyResult<()> {
        let now = times::time(now)?;
        let all = objects.try_iter()?.map(|one| object(&one?)).collect::<PyResult<Vec<_>>>()?;
        self.with(py, |inner| inner.controller.handle_list(now, all, version))
    }

    #[pyo3(signature = (now, request, answer=None, /))]
    fn handle_result(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        request: &Bound<'_, PyAny>,
        answer: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let now = times::time(now)?;
        let id: u64 = match request.extract() {
            Ok(id) => id,
            Err(_) => request.getattr("id")?.extract()?,
        };
        let response = match answer {
            None => Response::Done,
            Some(answer) if answer.hasattr("code")? => api_error(answer)?,
            Some(answer) => match object(answer)? {
                Object::Job(job) => Response::Job(job),
                Object::Pod(pod) => Response::Pod(pod),
                _ => Response::Done,
            },
        };
        self.with(py, |inner| {
            let unknown = || Error::new(ErrorKind::State, format!("no open request {id}"));
            let known = inner.open.get(&id).copied().ok_or_else(unknown)?;
            inner.controller.handle_result(now, known, response)?;
            inner.open.remove(&id);
            Ok(())
        })
    }

    #[pyo3(signature = (now, /))]
    fn handle_timeout(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<()> {
        let now = times::time(now)?;
        self.with(py, |inner| inner.controller.handle_timeout(now))
    }

    fn requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let calls = self.with(py, |inner| {
            let mut calls: Vec<(u64, Call)> = Vec::new();
            while let Some(request) = inner.controller.poll_request() {
                let id = inner.asked;
                inner.asked += 1;
                inner.open.insert(id, request.id);
                calls.push((id, request.call));
            }
            Ok(calls)
        })?;
        let list = values::list(py, &calls, |(id, call)| values::request(py, call, Some(*id)))?;
        Ok(list.into_any())
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |inner| {
            Ok(std::iter::from_fn(|| inner.controller.poll_event()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |event| values::event(py, event))?.into_any())
    }

    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |inner| {
            Ok(std::iter::from_fn(|| inner.controller.poll_note()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |note| values::dated_note(py, note))?.into_any())
    }

    fn next_wakeup<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self.with(py, |inner| Ok(inner.controller.poll_timeout()))?;
        let make = |w: jobsem::Wakeup| values::wakeup(py, w.at, w.reason.as_str(), &w.key);
        wakeup.map(make).transpose()
    }
}

/// A Job or a pod, by its kind; without one, by what it has.
fn object(any: &Bound<'_, PyAny>) -> PyResult<Object> {
    let is_pod = match objects::kind_of(any)?.as_deref() {
        Some("Pod") => true,
        Some("Job") => false,
        _ => has_containers(any)?,
    };
    if is_pod {
        return Ok(Object::Pod(objects::pod(any)?));
    }
    Ok(Object::Job(objects::job(any)?))
}

/// Only pods have containers right below their spec.
fn has_containers(any: &Bound<'_, PyAny>) -> PyResult<bool> {
    let spec = match any.cast::<PyDict>() {
        Ok(dict) => dict.get_item("spec")?,
        Err(_) => any.getattr_opt("spec")?,
    };
    let Some(spec) = spec else { return Ok(false) };
    match spec.cast::<PyDict>() {
        Ok(spec) => spec.contains("containers"),
        Err(_) => spec.hasattr("containers"),
    }
}

fn api_error(answer: &Bound<'_, PyAny>) -> PyResult<Response> {
    let mut error = ApiError::new(
        answer.getattr("code")?.extract()?,
        answer.getattr("reason")?.extract::<String>()?,
        answer.getattr("message")?.extract::<String>()?,
    );
    error.causes = answer.getattr("causes")?.extract()?;
    Ok(Response::Error(error))
}
