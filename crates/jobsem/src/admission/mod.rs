//! Admission: what the API server does with an object before it stores it.
//!
//! Defaulting, preparation (generated selector and labels, dropped fields), validation on create,
//! on update and on status update, and warnings. Deliberately absent: everything that needs a
//! cluster (quotas, webhooks, namespaces), and the parts of the pod template listed in
//! `docs/admission.md`, which pass through unseen.
//!
//! Rules: MODEL-3 to MODEL-7.

mod defaults;
mod field;
mod fill;
mod image;
mod indexes;
mod invalid;
mod metadata;
mod names;
mod path;
mod prepare;
mod quantity;
mod status;

use crate::api::Job;
use crate::{Semantics, Time};
use metadata::NameRule;
use path::Errors;

pub use defaults::{default_cronjob, default_job};
pub use field::{BadValue, CauseType, FieldError};
pub use invalid::{Cause, Invalid};

/// An object as it would be stored, and what the client is warned of.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted<T> {
    /// The object.
    pub object: T,
    /// The warnings, in order (MODEL-7).
    pub warnings: Vec<String>,
}

/// What a new object gets that does not come from the request.
#[derive(Clone, Copy, Debug)]
pub struct CreateContext<'a> {
    /// The namespace of the request.
    pub namespace: &'a str,
    /// The new object's uid.
    pub uid: &'a str,
    /// The time of the request.
    pub now: Time,
    /// What completes `generateName` if the object has no name: five characters of
    /// `bcdfghjklmnpqrstvwxz2456789` in Kubernetes (PREPARE-1).
    pub name_suffix: &'a str,
}

/// Admits a new Job: what would be stored (MODEL-3).
///
/// The Job is expected as it came; it is defaulted here. (A Job that was defaulted before has
/// labels of its own, and they would not follow those that its template gets; DEFAULT-4.)
///
/// # Errors
///
/// What the API server would refuse it for.
pub fn create_job(
    mut job: Job,
    ctx: &CreateContext<'_>,
    sem: &Semantics,
) -> Result<Admitted<Job>, Invalid> {
    let shares_labels = defaults::default_job_reporting(&mut job, sem);
    prepare::new_metadata(&mut job.metadata, ctx);
    prepare::new_job(&mut job, shares_labels, sem);
    Ok(Admitted { object: job, warnings: Vec::new() })
}

/// Admits a status update of a Job: what would be stored (MODEL-5).
///
/// Both objects are defaulted; the new one keeps the old spec. Metadata is taken from the new one,
/// as far as an update may change it.
///
/// # Errors
///
/// What the API server would refuse it for.
pub fn update_job_status(old: &Job, mut new: Job, sem: &Semantics) -> Result<Job, Invalid> {
    let old = defaults::defaulted(old, sem);
    new.spec = old.spec.clone();
    default_job(&mut new, sem);
    prepare::carry_over(&mut new.metadata, &old.metadata);
    let errors = validate_status_update(&old, &new, sem);
    if errors.is_empty() { Ok(new) } else { Err(refused("Job", &new.metadata.name, errors, sem)) }
}

/// What is wrong with a status update of defaulted Jobs, in the server's order (STATUS-UPDATE-1).
pub fn validate_status_update(old: &Job, new: &Job, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    metadata::validate(&new.metadata, NameRule::PathSegment, &mut errors);
    metadata::validate_update(&new.metadata, &old.metadata, &mut errors);
    metadata::validate_finalizers(&new.metadata, &mut errors);
    status::validate(new, old, &mut errors);
    dedup(errors)
}

/// Identical errors once, where the server does so (VALID-90 step 1).
fn dedup(errors: Errors<'_>) -> Vec<FieldError> {
    let mut list = errors.list;
    if errors.sem.dedups_causes() && list.len() > 1 {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|error| seen.insert(error.to_string()));
    }
    list
}

fn refused(kind: &str, name: &str, errors: Vec<FieldError>, sem: &Semantics) -> Invalid {
    Invalid::new(kind, name, errors, sem.version())
}

/// Whether `prefix` may start a name that the API server completes (VALID-3).
pub(crate) fn starts_a_name(prefix: &str) -> bool {
    let mut legal = true;
    names::dns_subdomain_prefix(prefix, |_| legal = false);
    legal
}

/// Placeholder.
pub fn update_job(old: &Job, mut new: Job, sem: &Semantics) -> Result<Admitted<Job>, Invalid> {
    default_job(&mut new, sem);
    if new.spec != old.spec {
        new.metadata.generation = old.metadata.generation + 1;
    }
    new.status = old.status.clone();
    Ok(Admitted { object: new, warnings: Vec::new() })
}
