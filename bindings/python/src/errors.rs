//! Errors of the core as exceptions of the package, and panics as `InternalError`.
//!
//! The exceptions are Python classes: under the stable ABI a class of Rust cannot derive from an
//! exception before Python 3.12.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use jobsem::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::classes::{exception, make};

thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic becomes an exception; what it says goes there and not to stderr. The hook is that of
/// the standard library linked into this extension, so no other extension is touched.
pub fn keep_panics_quiet() {
    panic::set_hook(Box::new(|info| {
        // OK because a thread that is ending has nobody to tell.
        let _ = PANIC.try_with(|text| *text.borrow_mut() = info.to_string());
    }));
}

/// Runs what belongs to the core: its errors and panics become exceptions.
pub fn guard<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| raise(py, &error)),
        Err(_) => Err(internal(py, &PANIC.with(|text| text.take()))),
    }
}

/// The same for work that takes long: other threads of Python go on meanwhile.
pub fn guard_detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let (result, said) = py.detach(|| {
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let said = if result.is_err() { PANIC.with(|text| text.take()) } else { String::new() };
        (result.ok(), said)
    });
    match result {
        Some(result) => result.map_err(|error| raise(py, &error)),
        None => Err(internal(py, &said)),
    }
}

/// The exception for an error of the core.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let made = match error.kind() {
        ErrorKind::Decode => {
            let (line, column) = match error.location() {
                Some(at) => (Some(at.line), Some(at.column)),
                None => (None, None),
            };
            let arguments = (error.message(), error.path(), line, column);
            exception(py, "DecodeError").and_then(|class| class.call1(arguments))
        }
        ErrorKind::Invalid => invalid(py, error),
        ErrorKind::NotFound => one(py, "NotFoundError", error),
        ErrorKind::AlreadyExists => one(py, "AlreadyExistsError", error),
        ErrorKind::TimeWentBack => one(py, "TimeWentBackError", error),
        ErrorKind::Unsupported => one(py, "UnsupportedError", error),
        ErrorKind::Internal => one(py, "InternalError", error),
        _ => one(py, "StateError", error),
    };
    made.map_or_else(|error| error, PyErr::from_value)
}

/// A mistake in what was passed in, with the place in it.
pub fn decode(py: Python<'_>, message: &str, path: Option<&str>) -> PyErr {
    let error = Error::new(ErrorKind::Decode, message);
    raise(py, &path.map_or(error.clone(), |path| error.with_path(path)))
}

/// The exception for a panic, or for an object that a panic has left in the middle of something.
pub fn internal(py: Python<'_>, message: &str) -> PyErr {
    raise(py, &Error::new(ErrorKind::Internal, message))
}

fn one<'py>(py: Python<'py>, name: &str, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    exception(py, name)?.call1((error.to_string(),))
}

fn invalid<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let details = PyList::empty(py);
    for field in error.fields() {
        let parts = (&field.field, field.cause.reason(), field.body());
        details.append(make(py, "ErrorDetail", parts)?)?;
    }
    exception(py, "InvalidError")?.call1((error.message(), details.to_tuple()))
}

/// Panics, for the test that nothing of it reaches stderr.
#[pyfunction]
#[pyo3(name = "_panic")]
pub fn panic_for_tests(py: Python<'_>) -> PyResult<()> {
    guard(py, || panic!("asked for"))
}
