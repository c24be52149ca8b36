//! `CleanupScheduler`, and when and in which order finished Jobs are deleted.

use std::sync::Mutex;

use jobsem::{Error, cleanup, wire};
use pyo3::prelude::*;

use crate::controller::poisoned;
use crate::errors::guard;
use crate::objects::{self, to_python};
use crate::{convert, times, values};

#[pyclass(frozen, module = "jobsem")]
pub struct CleanupScheduler(Mutex<cleanup::CleanupScheduler>);

impl CleanupScheduler {
    fn with<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut cleanup::CleanupScheduler) -> Result<T, Error>,
    ) -> PyResult<T> {
        guard(py, || work(&mut *self.0.lock().map_err(poisoned)?))
    }
}

#[pymethods]
impl CleanupScheduler {
    #[new]
    fn new() -> CleanupScheduler {
        CleanupScheduler(Mutex::new(cleanup::CleanupScheduler::new()))
    }

    #[pyo3(signature = (key, finished, ttl_seconds, /))]
    fn add(
        &self,
        py: Python<'_>,
        key: u64,
        finished: &Bound<'_, PyAny>,
        ttl_seconds: i32,
    ) -> PyResult<()> {
        let finished = times::time(finished)?;
        self.with(py, |inner| {
            inner.add(key, finished, ttl_seconds);
            Ok(())
        })
    }

    #[pyo3(signature = (key, due, /))]
    fn add_at(&self, py: Python<'_>, key: u64, due: &Bound<'_, PyAny>) -> PyResult<()> {
        let due = times::time(due)?;
        self.with(py, |inner| {
            inner.add_at(key, due);
            Ok(())
        })
    }

    #[pyo3(signature = (key, /))]
    fn remove(&self, py: Python<'_>, key: u64) -> PyResult<bool> {
        self.with(py, |inner| Ok(inner.remove(key)))
    }

    #[pyo3(signature = (key, /))]
    fn due<'py>(&self, py: Python<'py>, key: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        times::optional(py, self.with(py, |inner| Ok(inner.due(key)))?)
    }

    #[pyo3(signature = (now, /))]
    fn poll_due(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
        let now = times::time(now)?;
        self.with(py, |inner| Ok(inner.poll_due(now)))
    }

    #[pyo3(signature = (now, /))]
    fn all_due(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
        let now = times::time(now)?;
        self.with(py, |inner| Ok(std::iter::from_fn(|| inner.poll_due(now)).collect()))
    }

    fn next_wakeup<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let at = self.with(py, |inner| Ok(inner.poll_timeout()))?;
        let reason = cleanup::CleanupScheduler::REASON.as_str();
        at.map(|at| values::wakeup(py, at, reason, "")).transpose()
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |inner| Ok(inner.len()))
    }

    fn __contains__(&self, py: Python<'_>, key: u64) -> PyResult<bool> {
        self.with(py, |inner| Ok(inner.due(key).is_some()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<CleanupScheduler of {} Jobs>", self.__len__(py)?))
    }
}

#[pyfunction]
#[pyo3(signature = (job, /))]
pub fn expiry<'py>(
    py: Python<'py>,
    job: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    times::optional(py, cleanup::expiry(&*objects::job(job)?))
}

#[pyfunction]
#[pyo3(signature = (limit, runs, /))]
pub fn excess<'py>(
    py: Python<'py>,
    limit: i32,
    runs: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let runs = convert::value(runs)?;
    to_python(py, &guard(py, || wire::excess(limit, &runs))?)
}

#[pyfunction]
#[pyo3(signature = (object, /, *, propagation="Background"))]
pub fn deletion_plan<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
    propagation: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let (object, propagation) = (convert::value(object)?, values::propagation(propagation)?);
    to_python(py, &guard(py, || wire::deletion_plan(&object, propagation))?)
}
