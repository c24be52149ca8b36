//! `CronSchedule`: when a CronJob's schedule is due.

use jobsem::decode::FieldValidation;
use jobsem::{Error, ErrorKind, cron, wire};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::guard;
use crate::objects::to_python;
use crate::{convert, times};

#[pyclass(frozen, eq, module = "jobsem")]
pub struct CronSchedule {
    text: String,
    zone: Option<String>,
    schedule: cron::CronSchedule,
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &CronSchedule) -> bool {
        (&self.text, &self.zone) == (&other.text, &other.zone)
    }
}

#[pymethods]
impl CronSchedule {
    #[new]
    #[pyo3(signature = (text, /, *, zone=None))]
    fn new(py: Python<'_>, text: String, zone: Option<String>) -> PyResult<CronSchedule> {
        let schedule = guard(py, || {
            let parsed = cron::CronSchedule::parse(&text)
                .map_err(|error| Error::new(ErrorKind::Decode, error.to_string()))?;
            match &zone {
                Some(zone) => parsed.in_zone(zone),
                None => Ok(parsed),
            }
        })?;
        Ok(CronSchedule { text, zone, schedule })
    }

    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("text", "zone")
    }

    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    #[getter]
    fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    #[getter]
    fn is_interval(&self) -> bool {
        self.schedule.is_interval()
    }

    #[pyo3(signature = (after, /))]
    fn next<'py>(
        &self,
        py: Python<'py>,
        after: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let after = times::time(after)?;
        times::optional(py, guard(py, || Ok(self.schedule.next(after)))?)
    }

    #[pyo3(signature = (after, /, count))]
    fn upcoming<'py>(
        &self,
        py: Python<'py>,
        after: &Bound<'py, PyAny>,
        count: usize,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut at = times::time(after)?;
        let all = guard(py, || {
            let next = || {
                at = self.schedule.next(at)?;
                Some(at)
            };
            Ok(std::iter::from_fn(next).take(count).collect::<Vec<_>>())
        })?;
        all.into_iter().map(|at| times::datetime(py, at)).collect()
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.text).hash()
    }

    fn __repr__(&self) -> String {
        match &self.zone {
            Some(zone) => format!("CronSchedule({:?}, zone={zone:?})", self.text),
            None => format!("CronSchedule({:?})", self.text),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Arguments)> {
        let py = slf.py();
        let make = py.import("jobsem._plain")?.getattr("cron_schedule")?;
        let own = slf.get();
        Ok((make, (own.text.clone(), own.zone.clone())))
    }
}

/// The text and the zone.
type Arguments = (String, Option<String>);

#[pyfunction]
#[pyo3(signature = (
    schedule, after, /, count, *, takes_seconds=None, zone=None, kube=None, gates=None
))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn forecast<'py>(
    py: Python<'py>,
    schedule: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
    count: usize,
    takes_seconds: Option<u32>,
    zone: Option<&str>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (sem, after) = (convert::semantics(py, kube, gates)?, times::time(after)?);
    let text = match schedule.extract::<String>() {
        Ok(text) => text,
        Err(_) => convert::value(schedule)?.to_string(),
    };
    let forecast = guard(py, || {
        let mut forecast = wire::read_forecast(&text, after, FieldValidation::Strict, &sem)?;
        if let Some(zone) = zone {
            forecast = forecast.in_zone(zone)?;
        }
        if let Some(seconds) = takes_seconds {
            forecast = forecast.taking(i64::from(seconds));
        }
        let coming: Vec<_> = forecast.by_ref().take(count).collect();
        Ok(wire::forecast(&coming, &forecast.changes()))
    })?;
    to_python(py, &forecast)
}
