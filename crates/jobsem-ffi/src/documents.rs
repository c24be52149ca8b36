//! Documents as values and as objects: decoding as far as every call shares it.

use jobsem::Location;
use jobsem::api::Job;
use jobsem::decode::{self, Document, documents};
use serde_json::Value;

use crate::boundary::Failure;

/// A Job as a cluster stored it. Unknown members are kept: nothing is validated.
pub(crate) fn stored_job(text: &str) -> Result<Job, Failure> {
    let value = value(text)?;
    if !value.is_object() {
        return Err(Failure::decode("expected a Job, found no object"));
    }
    let job = serde_json::from_value(value)?;
    decode::stored_job(&job)?;
    Ok(job)
}

/// The one document of a JSON or YAML text.
pub(crate) fn one_document(text: &str) -> Result<Document, Failure> {
    let mut all = documents(text.as_bytes())?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(Failure::decode("there is no document in the text")),
        n => Err(Failure::decode(format!("there are {n} documents in the text; give one"))),
    }
}

/// The value of a JSON or YAML text. JSON is read without a bound on its size.
pub(crate) fn value(text: &str) -> Result<Value, Failure> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| {
            let location = Location { line: error.line(), column: error.column() };
            Failure { location: Some(location), ..Failure::from(error) }
        });
    }
    Ok(one_document(text)?.into_value())
}

/// The values of all documents of a text; members that stand twice are refused.
pub(crate) fn values(text: &str) -> Result<Vec<Value>, Failure> {
    Ok(documents(text.as_bytes())?.into_iter().map(Document::into_value).collect())
}
