//! Decoding: a document as the API server reads it.
//!
//! Members of the wrong type are refused in Go's words; members that the version does not know are
//! dropped and listed. The reported mistake is the first by member name, as in a YAML manifest,
//! which Kubernetes sorts; in JSON it is the first in the text, whose order is not kept here.
//! Deliberately absent: reading text, and the check of `apiVersion` and `kind`.
//!
//! Rules: DECODE-1 to DECODE-6, DECODE-11.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schema::{self, Object};
use crate::api::{CronJob, Job};
use crate::{Error, Semantics};

/// A decoded object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The object, not defaulted.
    pub object: T,
    /// The paths of the members that are not known and were dropped. Strict decoding refuses
    /// them, lenient decoding warns of each with `unknown field "<path>"` (DECODE-6).
    pub unknown: Vec<String>,
}

/// Decodes a Job.
///
/// ```
/// use jobsem::Semantics;
/// use jobsem::admission::decode_job;
/// use serde_json::json;
///
/// let sem = Semantics::default();
/// let error = decode_job(json!({"spec": {"parallelism": "1"}}), &sem).unwrap_err();
/// assert_eq!(error.path(), Some("spec.parallelism"));
/// let decoded = decode_job(json!({"spec": {"Parallelism": 1}}), &sem)?;
/// assert_eq!(decoded.unknown, ["spec.Parallelism"]);
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// `Decode`, in the API server's words, if a member has another type than it should.
pub fn decode_job(document: Value, sem: &Semantics) -> Result<Decoded<Job>, Error> {
    decode(document, &schema::JOB, sem)
}

/// Decodes a CronJob.
///
/// # Errors
///
/// As [`decode_job`].
pub fn decode_cronjob(document: Value, sem: &Semantics) -> Result<Decoded<CronJob>, Error> {
    decode(document, &schema::CRON_JOB, sem)
}

/// Why a document cannot be decoded, and what else is wrong with it.
#[derive(Debug)]
pub(crate) struct Undecodable {
    /// What the server tells.
    pub(crate) error: Error,
    /// What else is of the wrong type; the server would tell it next.
    pub(crate) further: Vec<Error>,
    /// As in [`Decoded`].
    pub(crate) unknown: Vec<String>,
}

/// As [`decode_job`], with all mistakes.
pub(crate) fn examine_job(
    document: Value,
    sem: &Semantics,
) -> Result<Decoded<Job>, Box<Undecodable>> {
    examine(document, &schema::JOB, sem)
}

/// As [`decode_cronjob`], with all mistakes.
pub(crate) fn examine_cronjob(
    document: Value,
    sem: &Semantics,
) -> Result<Decoded<CronJob>, Box<Undecodable>> {
    examine(document, &schema::CRON_JOB, sem)
}

fn decode<T: DeserializeOwned>(
    document: Value,
    shape: &'static Object,
    sem: &Semantics,
) -> Result<Decoded<T>, Error> {
    examine(document, shape, sem).map_err(|undecodable| undecodable.error)
}

fn examine<T: DeserializeOwned>(
    mut document: Value,
    shape: &'static Object,
    sem: &Semantics,
) -> Result<Decoded<T>, Box<Undecodable>> {
    let mut unknown = Vec::new();
    let mut errors = match schema::conform(&mut document, shape, sem, &mut unknown) {
        Ok(()) => match Deserialize::deserialize(&document) {
            Ok(object) => return Ok(Decoded { object, unknown }),
            Err(error) => vec![Error::decode(error.to_string())],
        },
        Err(misfits) => {
            let told = |m: schema::Misfit| Error::decode(m.message).with_path(m.path);
            misfits.into_iter().map(told).collect()
        }
    };
    let error = errors.remove(0);
    Err(Box::new(Undecodable { error, further: errors, unknown }))
}
