//! Times: aware `datetime`s or nanoseconds in, `datetime`s in UTC out.
//!
//! A `datetime` has microseconds, a [`Time`] nanoseconds: recorded times lose the rest, times to
//! wait for are rounded up, or a host that waits until then would find that it is too early.

use jobsem::{SECOND, Time};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDateTime, PyDelta, PyInt, PyTzInfo};

/// The time that was passed in: an aware `datetime`, or an `int` of nanoseconds.
pub fn time(any: &Bound<'_, PyAny>) -> PyResult<Time> {
    if any.is_instance_of::<PyInt>() && !any.is_instance_of::<PyBool>() {
        let nanos: i64 = any.extract()?;
        return Time::from_clock_nanos(nanos).ok_or_else(|| {
            let text = format!(
                "{nanos} nanoseconds are in 1970, so the number seems to be of seconds or \
                 milliseconds: pass time.time_ns(), or an aware datetime",
            );
            PyValueError::new_err(text)
        });
    }
    let Ok(datetime) = any.cast::<PyDateTime>() else {
        let kind = any.get_type().name()?;
        let text = format!("a time is an aware datetime or an int of nanoseconds, not {kind}");
        return Err(PyTypeError::new_err(text));
    };
    if datetime.call_method0("utcoffset")?.is_none() {
        let text = "a naive datetime does not say which instant it means: give it a tzinfo, \
                    such as datetime.now(timezone.utc)";
        return Err(PyValueError::new_err(text));
    }
    let py = any.py();
    let since = datetime.sub(epoch(py)?)?;
    let part = |name: &str| since.getattr(name)?.extract::<i64>();
    let nanos = part("microseconds")? * 1_000;
    Ok(Time::from_unix(part("days")? * 86_400 + part("seconds")?).plus_nanos(nanos))
}

/// A recorded time.
pub fn datetime<'py>(py: Python<'py>, time: Time) -> PyResult<Bound<'py, PyAny>> {
    let days = i32::try_from(time.unix().div_euclid(86_400));
    let seconds = time.unix().rem_euclid(86_400) as i32;
    let micros = (time.subsec_nanos() / 1_000) as i32;
    let made = days
        .map_err(|_| PyOverflowError::new_err("date value out of range"))
        .and_then(|days| epoch(py)?.add(PyDelta::new(py, days, seconds, micros, true)?));
    // Deadlines may lie beyond the year 9999; none of them comes in the life of a datetime.
    made.or_else(|_| {
        let end = if time.unix() < 0 { "min" } else { "max" };
        let naive = py.get_type::<PyDateTime>().getattr(end)?;
        let zone = [("tzinfo", PyTzInfo::utc(py)?)];
        naive.call_method("replace", (), Some(&pyo3::types::IntoPyDict::into_py_dict(zone, py)?))
    })
}

/// A time to wait for: not before it.
pub fn deadline<'py>(py: Python<'py>, time: Time) -> PyResult<Bound<'py, PyAny>> {
    datetime(py, time.plus_nanos((1_000 - i64::from(time.subsec_nanos()) % 1_000) % 1_000))
}

/// The same for what may be missing.
pub fn optional<'py>(py: Python<'py>, time: Option<Time>) -> PyResult<Option<Bound<'py, PyAny>>> {
    time.map(|time| datetime(py, time)).transpose()
}

/// Nanoseconds of seconds, as far as they fit.
pub fn nanos_of(seconds: f64) -> i64 {
    (seconds * SECOND as f64) as i64
}

fn epoch<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyDateTime>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?;
        let made = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc))?;
        Ok::<_, PyErr>(made.unbind())
    })?;
    Ok(epoch.bind(py))
}
