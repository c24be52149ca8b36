//! `Job`, `Pod` and `CronJob`: objects as the core has them, turned into Python only on demand.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jobsem::api;
use jobsem::api::well_known::COMPLETION_INDEX;
use jobsem::job::Intervals;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde::Serialize;

use crate::convert::stored;
use crate::times;

/// A Job.
#[pyclass(frozen, eq, hash, skip_from_py_object, module = "jobsem")]
#[derive(Clone, PartialEq)]
pub struct Job(pub Arc<api::Job>);

/// A pod.
#[pyclass(frozen, eq, hash, skip_from_py_object, module = "jobsem")]
#[derive(Clone, PartialEq)]
pub struct Pod(pub Arc<api::Pod>);

/// A CronJob.
#[pyclass(frozen, eq, hash, skip_from_py_object, module = "jobsem")]
#[derive(Clone, PartialEq)]
pub struct CronJob(pub Arc<api::CronJob>);

/// Any value of the core as plain Python.
pub fn to_python<'py>(
    py: Python<'py>,
    value: &(impl Serialize + ?Sized),
) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(py, value)?)
}

/// A stored Job.
pub fn job(any: &Bound<'_, PyAny>) -> PyResult<Arc<api::Job>> {
    if let Ok(handle) = any.cast::<Job>() {
        return Ok(Arc::clone(&handle.get().0));
    }
    let job: api::Job = stored(any)?;
    Ok(Arc::new(job))
}

/// A stored pod.
pub fn pod(any: &Bound<'_, PyAny>) -> PyResult<Arc<api::Pod>> {
    if let Ok(handle) = any.cast::<Pod>() {
        return Ok(Arc::clone(&handle.get().0));
    }
    let pod: api::Pod = stored(any)?;
    Ok(Arc::new(pod))
}

/// A stored CronJob.
pub fn cronjob(any: &Bound<'_, PyAny>) -> PyResult<Arc<api::CronJob>> {
    if let Ok(handle) = any.cast::<CronJob>() {
        return Ok(Arc::clone(&handle.get().0));
    }
    let cronjob: api::CronJob = stored(any)?;
    Ok(Arc::new(cronjob))
}

/// All pods of something that can be walked through.
pub fn pods(any: &Bound<'_, PyAny>) -> PyResult<Vec<Arc<api::Pod>>> {
    if any.cast::<PyDict>().is_ok() || any.cast::<PyString>().is_ok() {
        return Err(PyTypeError::new_err("pods are an iterable of pods, not one document"));
    }
    any.try_iter()?.map(|one| pod(&one?)).collect()
}

/// The kind of a stored object.
pub fn kind_of(any: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if any.cast::<Job>().is_ok() {
        return Ok(Some("Job".to_owned()));
    }
    if any.cast::<Pod>().is_ok() {
        return Ok(Some("Pod".to_owned()));
    }
    if any.cast::<CronJob>().is_ok() {
        return Ok(Some("CronJob".to_owned()));
    }
    let Ok(dict) = any.cast::<PyDict>() else { return Ok(None) };
    dict.get_item("kind")?.map(|kind| kind.extract()).transpose()
}

/// A class and its argument, as pickling wants them.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyAny>,));

/// A class around an object of the API: what all of them have, and its own methods.
macro_rules! object {
    ($class:ident, read by $read:path, $($own:tt)*) => {
        impl Hash for $class {
            fn hash<H: Hasher>(&self, state: &mut H) {
                let meta = &self.0.metadata;
                (&meta.namespace, &meta.name, &meta.uid).hash(state);
            }
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (document, /))]
            fn new(document: &Bound<'_, PyAny>) -> PyResult<$class> {
                $read(document).map($class)
            }

            #[classattr]
            fn __match_args__() -> (&'static str, &'static str) {
                ("namespace", "name")
            }

            #[getter]
            fn name(&self) -> &str {
                &self.0.metadata.name
            }

            #[getter]
            fn namespace(&self) -> &str {
                &self.0.metadata.namespace
            }

            #[getter]
            fn uid(&self) -> &str {
                &self.0.metadata.uid
            }

            #[getter]
            fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                to_python(py, &self.0.status)
            }

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                to_python(py, &*self.0)
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
                Ok((slf.get_type().into_any(), (slf.get().to_dict(slf.py())?,)))
            }

            $($own)*
        }
    };
}

object! { Job, read by job,
    #[getter]
    fn spec<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &*self.0.spec)
    }

    #[getter]
    fn suspended(&self) -> bool {
        self.0.is_suspended()
    }

    #[getter]
    fn indexed(&self) -> bool {
        self.0.is_indexed()
    }

    #[getter]
    fn parallelism(&self) -> Option<i32> {
        self.0.spec.parallelism
    }

    #[getter]
    fn completions(&self) -> Option<i32> {
        self.0.spec.completions
    }

    #[getter]
    fn completed_indexes(&self) -> Vec<i32> {
        self.indexes(&self.0.status.completed_indexes)
    }

    #[getter]
    fn failed_indexes(&self) -> Vec<i32> {
        self.indexes(self.0.status.failed_indexes.as_deref().unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        let verdict = jobsem::outcome(&self.0).verdict;
        let meta = &self.0.metadata;
        format!("<Job {}/{} {verdict}>", meta.namespace, meta.name)
    }
}

impl Job {
    fn indexes(&self, text: &str) -> Vec<i32> {
        let completions = self.0.spec.completions.unwrap_or(i32::MAX);
        Intervals::parse(text, completions).iter().collect()
    }
}

object! { Pod, read by pod,
    #[getter]
    fn generate_name(&self) -> &str {
        &self.0.metadata.generate_name
    }

    #[getter]
    pub fn index(&self) -> Option<i64> {
        self.0.metadata.annotation(COMPLETION_INDEX).and_then(|text| text.parse().ok())
    }

    #[getter]
    fn phase(&self) -> String {
        self.0.status.phase.to_string()
    }

    #[getter]
    fn created<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        times::optional(py, self.0.metadata.creation_timestamp)
    }

    #[getter]
    fn deleting(&self) -> bool {
        self.0.metadata.deletion_timestamp.is_some()
    }

    #[getter]
    fn containers(&self) -> Vec<&str> {
        self.0.spec.containers.iter().map(|container| container.name.as_str()).collect()
    }

    fn __repr__(&self) -> String {
        let meta = &self.0.metadata;
        let name = if meta.name.is_empty() { &meta.generate_name } else { &meta.name };
        let phase = &self.0.status.phase;
        let going = if meta.deletion_timestamp.is_some() { ", terminating" } else { "" };
        format!("<Pod {}/{name} {phase}{going}>", meta.namespace)
    }
}

object! { CronJob, read by cronjob,
    #[getter]
    fn spec<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.spec)
    }

    #[getter]
    fn schedule(&self) -> &str {
        &self.0.spec.schedule
    }

    #[getter]
    fn suspended(&self) -> bool {
        self.0.spec.suspend == Some(true)
    }

    #[getter]
    fn last_schedule<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        times::optional(py, self.0.status.last_schedule_time)
    }

    fn __repr__(&self) -> String {
        let meta = &self.0.metadata;
        format!("<CronJob {}/{} {:?}>", meta.namespace, meta.name, self.0.spec.schedule)
    }
}
