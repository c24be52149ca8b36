//! What hosts pass in, as values of the core.
//!
//! Two kinds of documents come in. *Manifests* are what users write (`manifests.rs`). *Stored
//! objects* are what an API has handed out: members that are not known stay as they are. Both may
//! be a mapping, text, bytes, a path, an object of the `kubernetes` client, or a handle of this
//! package (`objects.rs`).

use std::path::PathBuf;

use jobsem::api::{CronJob, Job, Pod};
use jobsem::decode::{self, Document, documents};
use jobsem::{Error, Gate, KubeVersion, Semantics};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::errors::{decode as wrong, guard, raise};
use crate::reader::read;

/// The version and gates that were asked for.
pub fn semantics(
    py: Python<'_>,
    kube: Option<&str>,
    gates: Option<&Bound<'_, PyDict>>,
) -> PyResult<Semantics> {
    let gates = match gates {
        Some(gates) => gates.extract::<Vec<(String, bool)>>().or_else(|_| {
            gates.iter().map(|(k, v)| Ok((k.extract()?, v.extract()?))).collect::<PyResult<_>>()
        })?,
        None => Vec::new(),
    };
    guard(py, || {
        let version = kube.map_or(Ok(KubeVersion::LATEST), str::parse)?;
        let mut sem = Semantics::kube(version);
        for (name, on) in gates {
            sem = sem.with_gate(name.parse::<Gate>()?, on)?;
        }
        Ok(sem)
    })
}

/// A stored object, refused if it is something else.
pub fn stored<T: DeserializeOwned + Kinded>(any: &Bound<'_, PyAny>) -> PyResult<T> {
    let py = any.py();
    let object: T = match any.cast::<PyDict>() {
        // The way of what is asked often.
        Ok(dict) => match read(dict) {
            Ok(object) => object,
            Err(_) => slowly(any)?,
        },
        Err(_) => slowly(any)?,
    };
    object.check().map_err(|error| raise(py, &error))?;
    Ok(object)
}

fn slowly<T: DeserializeOwned + Kinded>(any: &Bound<'_, PyAny>) -> PyResult<T> {
    let py = any.py();
    if let Some(text) = text(any)? {
        let object = one_document(py, &text).and_then(|one| from_value(py, one.into_value()));
        return object.map_err(|error| hint_at_paths(py, any, error));
    }
    let plain = plain(any)?;
    let value: Value = read(&plain).map_err(|error| wrong(py, &error.to_string(), None))?;
    from_value(py, value)
}

fn from_value<T: DeserializeOwned + Kinded>(py: Python<'_>, value: Value) -> PyResult<T> {
    if !value.is_object() {
        return Err(wrong(py, "the document is no object", None));
    }
    serde_json::from_value(value.clone()).map_err(|error| match T::explain(value) {
        Err(better) => raise(py, &better),
        Ok(()) => wrong(py, &error.to_string(), None),
    })
}

/// An object that may say what it is.
pub trait Kinded: Sized {
    /// Whether it is what it is taken for.
    fn check(&self) -> Result<(), Error>;
    /// What is wrong with a document, with the place.
    fn explain(value: Value) -> Result<(), Error>;
}

impl Kinded for Job {
    fn check(&self) -> Result<(), Error> {
        decode::stored_job(self)
    }

    fn explain(value: Value) -> Result<(), Error> {
        jobsem::admission::decode_job(value, &Semantics::default()).map(drop)
    }
}

impl Kinded for Pod {
    fn check(&self) -> Result<(), Error> {
        decode::stored_pod(self)
    }

    fn explain(_: Value) -> Result<(), Error> {
        Ok(())
    }
}

impl Kinded for CronJob {
    fn check(&self) -> Result<(), Error> {
        decode::stored_cronjob(self)
    }

    fn explain(value: Value) -> Result<(), Error> {
        jobsem::admission::decode_cronjob(value, &Semantics::default()).map(drop)
    }
}

/// Any document as a value: a mapping, text, bytes, a path.
pub fn value(any: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = any.py();
    match text(any)? {
        Some(text) => Ok(one_document(py, &text)?.into_value()),
        None => read(&plain(any)?).map_err(|error| wrong(py, &error.to_string(), None)),
    }
}

fn one_document(py: Python<'_>, text: &[u8]) -> PyResult<Document> {
    let mut all = guard(py, || documents(text))?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(wrong(py, "the text holds no document", None)),
        many => Err(wrong(py, &format!("expected one document, found {many}"), None)),
    }
}

/// A path is easily passed as text, and read as a document it says nothing.
pub fn hint_at_paths(py: Python<'_>, any: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let Ok(text) = any.extract::<String>() else { return error };
    let looks_like_a_path =
        !text.contains('\n') && [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end));
    if !looks_like_a_path {
        return error;
    }
    let hint = format!("text is taken as the manifest itself; for a file: Path({text:?})");
    wrong(py, &hint, None)
}

/// The text, if that is what was passed in.
pub fn text(any: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(text) = any.cast::<PyString>() {
        return Ok(Some(text.extract::<String>()?.into_bytes()));
    }
    if let Ok(bytes) = any.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if any.hasattr("__fspath__")? {
        let path: PathBuf = any.extract()?;
        return match std::fs::read(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let code = error.raw_os_error().unwrap_or_default();
                let (message, name) = (error.to_string(), path.display().to_string());
                // Python says the number itself.
                let message = message.split(" (os error").next().unwrap_or_default().to_owned();
                Err(PyOSError::new_err((code, message, name)))
            }
        };
    }
    Ok(None)
}

/// The same document in plain Python: what a client library, `datetime` and the like mean.
pub fn plain<'py>(any: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = any.py();
    let function = PLAIN.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("jobsem._plain")?.getattr("plain")?.unbind())
    })?;
    function.bind(py).call1((any,))
}
