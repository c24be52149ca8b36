//! Manifests that hosts pass in: what users write, decoded strictly as kubectl has it done.

use jobsem::api::Job;
use jobsem::decode::{Document, Manifest, documents, only_manifest};
use jobsem::{Error, Semantics};
use pyo3::prelude::*;
use serde_json::Value;

use crate::convert::{hint_at_paths, plain, text};
use crate::errors::{decode, guard, raise};
use crate::objects;
use crate::reader::read;

/// The one Job or CronJob of a manifest; other objects beside it are passed over.
pub fn one(any: &Bound<'_, PyAny>, sem: &Semantics) -> PyResult<Manifest> {
    let (all, is_text) = documents_of(any)?;
    guard(any.py(), || {
        let decoded = Manifest::read(only_manifest(&all)?, sem);
        // A place in text that the caller has not written says nothing.
        decoded.map_err(|error| if is_text { error } else { without_place(&error) })
    })
}

/// The one Job of a manifest.
pub fn job(any: &Bound<'_, PyAny>, sem: &Semantics) -> PyResult<Job> {
    let manifest = one(any, sem)?;
    guard(any.py(), || manifest.into_job())
}

/// The documents of a manifest, and whether they were text.
pub fn documents_of(any: &Bound<'_, PyAny>) -> PyResult<(Vec<Document>, bool)> {
    let py = any.py();
    if let Some(text) = text(any)? {
        let all = guard(py, || documents(&text)).map_err(|error| hint_at_paths(py, any, error))?;
        if let [one] = &all[..]
            && !one.value().is_object()
        {
            return Err(hint_at_paths(py, any, decode(py, "the document is no object", None)));
        }
        let objects: Result<Vec<_>, _> = all.into_iter().flat_map(Document::into_objects).collect();
        let objects = objects.map_err(|error| raise(py, &error))?;
        return Ok((objects, true));
    }
    let mut value: Value = match any.cast::<objects::Job>() {
        Ok(handle) => serde_json::to_value(&*handle.get().0).unwrap_or_default(),
        Err(_) => read(&plain(any)?).map_err(|error| decode(py, &error.to_string(), None))?,
    };
    if let Value::Object(members) = &mut value {
        // Objects of a client library are known by their class.
        members.entry("apiVersion").or_insert_with(|| "batch/v1".into());
        let is_cron = members.get("spec").is_some_and(|spec| spec.get("jobTemplate").is_some());
        let kind = if is_cron { "CronJob" } else { "Job" };
        members.entry("kind").or_insert_with(|| kind.into());
    }
    let text = value.to_string();
    Ok((guard(py, || documents(text.as_bytes()))?, false))
}

fn without_place(error: &Error) -> Error {
    let plain = Error::new(error.kind(), error.message());
    match error.path() {
        Some(path) => plain.with_path(path),
        None => plain,
    }
}
