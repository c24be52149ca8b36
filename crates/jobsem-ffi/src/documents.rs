//! Documents as objects: decoding as far as every call shares it.

use jobsem::api::{CronJob, Job};
use jobsem::decode::{Document, FieldValidation};
use jobsem::{Semantics, admission};

use crate::status::Failure;
use crate::text::{one_document, value};

/// A Job or CronJob that somebody wants to create or change, and what the client is warned of.
pub(crate) enum Submitted {
    Job(Box<Job>, Vec<String>),
    CronJob(Box<CronJob>, Vec<String>),
}

impl Submitted {
    pub(crate) fn read(
        text: &str,
        validation: FieldValidation,
        sem: &Semantics,
    ) -> Result<Submitted, Failure> {
        let document = one_document(text)?;
        Submitted::of(&document, validation, sem)
    }

    pub(crate) fn of(
        document: &Document,
        validation: FieldValidation,
        sem: &Semantics,
    ) -> Result<Submitted, Failure> {
        let locate = |error| document.locate(error);
        Ok(match document.kind() {
            Some("CronJob") => {
                let (cronjob, warnings) = document.read_cronjob(validation, sem).map_err(locate)?;
                Submitted::CronJob(Box::new(cronjob), warnings)
            }
            _ => {
                let (job, warnings) = document.read_job(validation, sem).map_err(locate)?;
                Submitted::Job(Box::new(job), warnings)
            }
        })
    }
}

/// A Job as a cluster has stored it: what is not known of it is kept, as nothing is judged.
pub(crate) fn stored_job(text: &str) -> Result<Job, Failure> {
    stored(text, "Job")
}

/// An object as a cluster has stored it; one that says its kind has to be of `kind`.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(text: &str, kind: &str) -> Result<T, Failure> {
    let value = value(text)?;
    match value["kind"].as_str() {
        Some(found) if found != kind => {
            Err(Failure::decode(format!("expected a `{kind}`, found a `{found}`")))
        }
        _ if !value.is_object() => Err(Failure::decode("the document is no object")),
        _ => Ok(serde_json::from_value(value)?),
    }
}

/// The old object of an update: it was admitted once, so what is not known is passed over.
pub(crate) fn old_job(text: &str, sem: &Semantics) -> Result<Job, Failure> {
    let document = one_document(text)?;
    let decoded = admission::decode_job(document.value().clone(), sem);
    Ok(decoded.map_err(|error| document.locate(error))?.object)
}

/// As [`old_job`].
pub(crate) fn old_cronjob(text: &str, sem: &Semantics) -> Result<CronJob, Failure> {
    let document = one_document(text)?;
    let decoded = admission::decode_cronjob(document.value().clone(), sem);
    Ok(decoded.map_err(|error| document.locate(error))?.object)
}
