//! Admission: what the API server does with an object before it stores it.
//!
//! Defaulting, preparation (generated selector and labels, dropped fields), validation on create,
//! on update and on status update, and warnings. Deliberately absent: everything that needs a
//! cluster (quotas, webhooks, namespaces). `docs/admission.md` has what of a pod template is
//! checked for what, and what passes through unseen.
//!
//! Rules: MODEL-1, MODEL-3 to MODEL-7.

mod allowed;
mod containers;
mod cronjob;
mod decode;
mod defaults;
mod drops;
mod env;
mod fill;
mod image;
mod indexes;
mod job;
mod json;
mod kept;
mod lost;
mod metadata;
mod path;
mod pod;
mod policies;
mod prepare;
mod quantity;
mod resources;
mod scheduling;
mod schema;
mod selector;
mod semantic;
mod status;
mod template;
mod update;
mod warnings;

use crate::Semantics;
use crate::api::{CronJob, Job};
use metadata::NameRule;
use path::{Errors, Path};

pub use crate::refusal::{BadValue, Cause, CauseType, FieldError, Invalid};
pub use decode::{Decoded, decode_cronjob, decode_job};
pub(crate) use decode::{Undecodable, examine_cronjob, examine_job};
pub use defaults::{default_cronjob, default_job};
pub(crate) use lost::{Lost, lost_by_cronjob, lost_by_job};
pub use prepare::CreateContext;
pub(crate) use schema::{Lookup, Node, written};
#[cfg(feature = "schema")]
pub(crate) use schema::{export_cronjob, export_job};

/// An object as it would be stored, and what the client is warned of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Admitted<T> {
    /// The object.
    pub object: T,
    /// The warnings, in order (MODEL-7).
    pub warnings: Vec<String>,
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
    let mut warnings = Vec::new();
    prepare::new_metadata(&mut job.metadata, ctx, &mut warnings);
    prepare::new_job(&mut job, shares_labels, sem);
    let mut errors = Errors::new(sem);
    create_errors(&job, &mut errors);
    finish("Job", &job.metadata.name, errors)?;
    warnings.append(&mut self::warnings(&job, sem));
    Ok(Admitted { object: job, warnings })
}

fn create_errors(job: &Job, errors: &mut Errors<'_>) {
    metadata::validate(&job.metadata, NameRule::Subdomain, errors);
    metadata::validate_finalizers(&job.metadata, errors);
    job::validate_generated(job, true, errors);
    job::validate(job, errors);
    job::validate_host_names(job, errors);
    scheduling::declarative(&job.spec, None, &Path::root("spec"), errors);
}

/// What is wrong with a new Job that is defaulted and prepared, in the server's order (VALID-1).
pub fn validate_create(job: &Job, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    create_errors(job, &mut errors);
    dedup(errors)
}

/// Admits an update of a Job through the spec endpoint: what would be stored (MODEL-4).
///
/// Both objects are defaulted; the new one keeps the old status, and counts its generation up if
/// its spec changed.
///
/// # Errors
///
/// What the API server would refuse it for.
pub fn update_job(old: &Job, mut new: Job, sem: &Semantics) -> Result<Admitted<Job>, Invalid> {
    let old = defaults::defaulted(old, sem);
    default_job(&mut new, sem);
    let mut warnings = Vec::new();
    warnings::dedup_owners(&mut new.metadata.owner_references, &mut warnings);
    prepare::updated_job(&mut new, &old, sem);
    let changed = !semantic::equal(&*new.spec, &*old.spec, &schema::JOB_SPEC, sem);
    if changed {
        new.metadata.generation = old.metadata.generation.wrapping_add(1);
    }
    let mut errors = Errors::new(sem);
    update::validate(&new, &old, &mut errors);
    finish("Job", &new.metadata.name, errors)?;
    if changed {
        warnings::job_spec(&new.spec, &Path::root("spec"), sem, &mut warnings);
    }
    Ok(Admitted { object: new, warnings })
}

/// What is wrong with an update of defaulted and prepared Jobs, in the server's order (UPDATE-2,
/// UPDATE-3).
pub fn validate_update(old: &Job, new: &Job, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    update::validate(new, old, &mut errors);
    dedup(errors)
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
    // The labels that a Job takes from its template are those of the request's.
    default_job(&mut new, sem);
    new.spec = old.spec.clone();
    prepare::carry_over(&mut new.metadata, &old.metadata);
    let mut errors = Errors::new(sem);
    status_errors(&old, &new, &mut errors);
    finish("Job", &new.metadata.name, errors)?;
    Ok(new)
}

/// As [`update_job_status`], for a Job that was admitted under the same semantics and an update
/// that changes nothing but its status: of all the rest nothing can be wrong, and nothing is left
/// to be filled in but the labels of the template.
///
/// # Errors
///
/// What the API server would refuse it for.
pub(crate) fn update_status_alone(
    old: &Job,
    mut new: Job,
    sem: &Semantics,
) -> Result<Job, Invalid> {
    defaults::take_template_labels(&mut new);
    let mut errors = Errors::new(sem);
    status::validate(&new, old, &mut errors);
    finish("Job", &new.metadata.name, errors)?;
    Ok(new)
}

fn status_errors(old: &Job, new: &Job, errors: &mut Errors<'_>) {
    metadata::validate(&new.metadata, NameRule::PathSegment, errors);
    // GO: the update of the metadata is validated twice, for every kind of object
    // (`rest.BeforeUpdate`) and again for Jobs (`ValidateJobUpdateStatus`); each error is listed
    // twice.
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    metadata::validate_finalizers(&new.metadata, errors);
    status::validate(new, old, errors);
}

/// What is wrong with a status update of defaulted Jobs, in the server's order (STATUS-UPDATE-1).
pub fn validate_status_update(old: &Job, new: &Job, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    status_errors(old, new, &mut errors);
    dedup(errors)
}

/// Admits a new CronJob: what would be stored (MODEL-3).
///
/// # Errors
///
/// What the API server would refuse it for.
pub fn create_cronjob(
    mut cronjob: CronJob,
    ctx: &CreateContext<'_>,
    sem: &Semantics,
) -> Result<Admitted<CronJob>, Invalid> {
    let mut warnings = Vec::new();
    default_cronjob(&mut cronjob, sem);
    prepare::new_metadata(&mut cronjob.metadata, ctx, &mut warnings);
    prepare::new_cronjob(&mut cronjob, sem);
    let mut errors = Errors::new(sem);
    cronjob::validate_create(&cronjob, &mut errors);
    finish("CronJob", &cronjob.metadata.name, errors)?;
    warnings.append(&mut cronjob_warnings(&cronjob, sem));
    Ok(Admitted { object: cronjob, warnings })
}

/// Admits an update of a CronJob through the spec endpoint: what would be stored (MODEL-4).
///
/// # Errors
///
/// What the API server would refuse it for.
pub fn update_cronjob(
    old: &CronJob,
    mut new: CronJob,
    sem: &Semantics,
) -> Result<Admitted<CronJob>, Invalid> {
    let mut warnings = Vec::new();
    let mut old = old.clone();
    default_cronjob(&mut old, sem);
    default_cronjob(&mut new, sem);
    warnings::dedup_owners(&mut new.metadata.owner_references, &mut warnings);
    prepare::updated_cronjob(&mut new, &old, sem);
    let changed = !semantic::equal(&new.spec, &old.spec, &schema::CRON_JOB_SPEC, sem);
    if changed {
        new.metadata.generation = old.metadata.generation.wrapping_add(1);
    }
    let mut errors = Errors::new(sem);
    cronjob::validate_update(&new, &old, &mut errors);
    finish("CronJob", &new.metadata.name, errors)?;
    if changed {
        spec_warnings(&new, sem, &mut warnings);
    }
    warnings::schedule(&new.spec.schedule, &mut warnings);
    Ok(Admitted { object: new, warnings })
}

fn spec_warnings(cronjob: &CronJob, sem: &Semantics, out: &mut Vec<String>) {
    let spec = Path::root("spec");
    let template = spec.child("jobTemplate");
    warnings::job_spec(&cronjob.spec.job_template.spec, &template.child("spec"), sem, out);
}

/// What is wrong with a new CronJob that is defaulted and prepared, in the server's order
/// (CRONVALID-1).
pub fn validate_cronjob_create(cronjob: &CronJob, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    cronjob::validate_create(cronjob, &mut errors);
    dedup(errors)
}

/// What is wrong with an update of defaulted and prepared CronJobs, in the server's order
/// (UPDATE-50).
pub fn validate_cronjob_update(old: &CronJob, new: &CronJob, sem: &Semantics) -> Vec<FieldError> {
    let mut errors = Errors::new(sem);
    cronjob::validate_update(new, old, &mut errors);
    dedup(errors)
}

/// What a client is warned of when it creates a defaulted Job, in the server's order (MODEL-7).
pub fn warnings(job: &Job, sem: &Semantics) -> Vec<String> {
    let mut out = Vec::new();
    warnings::name(&job.metadata, &mut out);
    warnings::job_spec(&job.spec, &Path::root("spec"), sem, &mut out);
    out
}

/// What a client is warned of when it creates a defaulted CronJob, in the server's order.
pub fn cronjob_warnings(cronjob: &CronJob, sem: &Semantics) -> Vec<String> {
    let mut out = Vec::new();
    warnings::name(&cronjob.metadata, &mut out);
    spec_warnings(cronjob, sem, &mut out);
    out
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

/// The refusal, if there is something to refuse.
fn finish(kind: &str, name: &str, errors: Errors<'_>) -> Result<(), Invalid> {
    if let Some(why) = errors.internal {
        return Err(Invalid::internal(kind, name, why));
    }
    match dedup(errors) {
        list if list.is_empty() => Ok(()),
        list => Err(Invalid::new(kind, name, list)),
    }
}
