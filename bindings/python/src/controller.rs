//! `Controller`: one of the three controllers over an API of the host's own.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jobsem::{AnyController, ApiError, Call, Object, RequestId, Response, WatchEvent};
use jobsem::{Error, ErrorKind};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::guard;
use crate::{convert, objects, times, values};

#[pyclass(frozen, module = "jobsem")]
pub struct Controller(Mutex<Inner>);

struct Inner {
    controller: AnyController,
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
    #[pyo3(signature = (
        *, kind="job", kube=None, gates=None, workers=1, time_zone=None, explain=false
    ))]
    fn new(
        py: Python<'_>,
        kind: &str,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
        workers: usize,
        time_zone: Option<&str>,
        explain: bool,
    ) -> PyResult<Controller> {
        let sem = convert::semantics(py, kube, gates)?;
        let controller = guard(py, || {
            let mut controller = AnyController::named(kind, sem)?.with_workers(workers.max(1));
            if let Some(zone) = time_zone {
                controller = controller.with_local_zone(zone)?;
            }
            Ok(if explain { controller.with_notes() } else { controller })
        })?;
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
                Object::CronJob(cronjob) => Response::CronJob(cronjob),
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

    #[pyo3(signature = (begin, /))]
    fn restart(&self, py: Python<'_>, begin: &Bound<'_, PyAny>) -> PyResult<()> {
        let begin = times::time(begin)?;
        self.with(py, |inner| {
            inner.open.clear();
            inner.controller.restart(begin);
            Ok(())
        })
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn wakeup_of<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        namespace: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self.with(py, |inner| Ok(inner.controller.wakeup_of(namespace, name)))?;
        wakeup.map(|w| values::wakeup(py, w.at, w.reason.as_str(), &w.key)).transpose()
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

/// A Job, a pod or a CronJob, by its kind; without one, by what it has.
fn object(any: &Bound<'_, PyAny>) -> PyResult<Object> {
    let kind = objects::kind_of(any)?;
    let is = |kind_of: &str, names: [&str; 2]| match &kind {
        Some(kind) => Ok(kind == kind_of),
        None => Ok::<_, PyErr>(in_spec(any, names[0])? || in_spec(any, names[1])?),
    };
    // Only pods have containers right below their spec.
    if is("Pod", ["containers"; 2])? {
        return Ok(Object::Pod(objects::pod(any)?));
    }
    if is("CronJob", ["jobTemplate", "job_template"])? {
        return Ok(Object::CronJob(objects::cronjob(any)?));
    }
    Ok(Object::Job(objects::job(any)?))
}

fn in_spec(any: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    let spec = match any.cast::<PyDict>() {
        Ok(dict) => dict.get_item("spec")?,
        Err(_) => any.getattr_opt("spec")?,
    };
    let Some(spec) = spec else { return Ok(false) };
    match spec.cast::<PyDict>() {
        Ok(spec) => spec.contains(name),
        Err(_) => spec.hasattr(name),
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
