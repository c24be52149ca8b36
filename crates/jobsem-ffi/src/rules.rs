//! The rules alone: outcome, admission, and what is wrong with a manifest.

use std::ffi::c_char;

use jobsem::admission::{self, CreateContext};
use jobsem::check::{self, Subject, check_create, check_update};
use jobsem::decode::documents;
use jobsem::{Time, Verdict, outcome, wire};
use serde_json::{Value, json};

use crate::call::plain;
use crate::documents::{Submitted, old_cronjob, old_job, stored_job};
use crate::error::jobsem_error;
use crate::options::{Options, jobsem_options};
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, one_document, put, text};

/// No controller has started the Job yet.
pub const JOBSEM_VERDICT_PENDING: i32 = 1;
/// It is under way, or waits for a retry.
pub const JOBSEM_VERDICT_RUNNING: i32 = 2;
/// It is suspended.
pub const JOBSEM_VERDICT_SUSPENDED: i32 = 3;
/// Its success is decided; pods may still be running.
pub const JOBSEM_VERDICT_WILL_SUCCEED: i32 = 4;
/// Its failure is decided; pods may still be running.
pub const JOBSEM_VERDICT_WILL_FAIL: i32 = 5;
/// It is complete.
pub const JOBSEM_VERDICT_SUCCEEDED: i32 = 6;
/// It has failed.
pub const JOBSEM_VERDICT_FAILED: i32 = 7;

pub(crate) fn verdict_number(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Pending => JOBSEM_VERDICT_PENDING,
        Verdict::Running => JOBSEM_VERDICT_RUNNING,
        Verdict::Suspended => JOBSEM_VERDICT_SUSPENDED,
        Verdict::WillSucceed => JOBSEM_VERDICT_WILL_SUCCEED,
        Verdict::WillFail => JOBSEM_VERDICT_WILL_FAIL,
        Verdict::Succeeded => JOBSEM_VERDICT_SUCCEEDED,
        Verdict::Failed => JOBSEM_VERDICT_FAILED,
        _ => 0,
    }
}

/// How a Job stands, from its status alone: the one sound test for "has it ended, and how".
///
/// `job` is a Job as a cluster has it. `out_verdict` (may be NULL) gets a `JOBSEM_VERDICT_*`,
/// `out` (may be NULL) `{"verdict", "reason", "message", "since"}`.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_outcome(
    job: *const c_char,
    job_len: usize,
    out_verdict: *mut i32,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_outcome", err, || {
        // SAFETY: the caller keeps docs/ABI.md; so everywhere in this crate.
        let (job, out) = unsafe { (text(job, job_len, "job")?, Out::or_none(out)) };
        let outcome = outcome(&stored_job(job)?);
        // SAFETY: as above.
        unsafe { put(out_verdict, verdict_number(outcome.verdict)) };
        if out.is_wanted() {
            out.give_json(&wire::outcome(&outcome));
        }
        Ok(())
    })
}

/// What the API server would store if `document` (a Job or CronJob) were created at `now_ns`:
/// `{"object", "warnings"}`. `JOBSEM_E_INVALID` if it would refuse it: the error has its Status.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_validate_create(
    options: *const jobsem_options,
    document: *const c_char,
    document_len: usize,
    now_ns: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_validate_create", err, || {
        // SAFETY: as above.
        let (options, document, out) = unsafe {
            (
                Options::read(options)?,
                text(document, document_len, "document")?,
                Out::new(out, "out")?,
            )
        };
        let submitted = Submitted::read(document, options.validation, &options.sem)?;
        let mut identity = options.identity();
        let suffix = identity.name("");
        let mut uid = |kind: &str, metadata: &jobsem::api::ObjectMeta| match &*metadata.name {
            "" => identity.uid(kind, &format!("{}{suffix}", metadata.generate_name)),
            name => identity.uid(kind, name),
        };
        let uid = match &submitted {
            Submitted::Job(job, _) => uid("Job", &job.metadata),
            Submitted::CronJob(cronjob, _) => uid("CronJob", &cronjob.metadata),
        };
        let context = CreateContext {
            namespace: "default",
            uid: &uid,
            now: Time::from_unix_nanos(now_ns),
            name_suffix: &suffix,
        };
        let value = match submitted {
            Submitted::Job(mut job, warnings) => {
                settle(&mut job.metadata.namespace);
                let context =
                    CreateContext { namespace: &job.metadata.namespace.clone(), ..context };
                let admitted =
                    admission::create_job(*job, &context, &options.sem).map_err(refused)?;
                admitted_value("Job", &admitted.object, warnings, admitted.warnings)
            }
            Submitted::CronJob(mut cronjob, warnings) => {
                settle(&mut cronjob.metadata.namespace);
                let context =
                    CreateContext { namespace: &cronjob.metadata.namespace.clone(), ..context };
                let admitted =
                    admission::create_cronjob(*cronjob, &context, &options.sem).map_err(refused)?;
                admitted_value("CronJob", &admitted.object, warnings, admitted.warnings)
            }
        };
        out.give_json(&value);
        Ok(())
    })
}

/// What the API server would store if `updated` (a Job or CronJob) were written over `stored`, as
/// `jobsem_validate_create`. Two objects without a `resourceVersion` are taken to have the same.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_validate_update(
    options: *const jobsem_options,
    stored: *const c_char,
    stored_len: usize,
    updated: *const c_char,
    updated_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_validate_update", err, || {
        // SAFETY: as above.
        let (options, old, new, out) = unsafe {
            (
                Options::read(options)?,
                text(stored, stored_len, "stored")?,
                text(updated, updated_len, "updated")?,
                Out::new(out, "out")?,
            )
        };
        let sem = &options.sem;
        let value = match Submitted::read(new, options.validation, sem)? {
            Submitted::Job(mut new, warnings) => {
                let mut old = old_job(old, sem)?;
                same_version(&mut old.metadata, &mut new.metadata);
                let admitted = admission::update_job(&old, *new, sem).map_err(refused)?;
                admitted_value("Job", &admitted.object, warnings, admitted.warnings)
            }
            Submitted::CronJob(mut new, warnings) => {
                let mut old = old_cronjob(old, sem)?;
                same_version(&mut old.metadata, &mut new.metadata);
                let admitted = admission::update_cronjob(&old, *new, sem).map_err(refused)?;
                admitted_value("CronJob", &admitted.object, warnings, admitted.warnings)
            }
        };
        out.give_json(&value);
        Ok(())
    })
}

/// What the API server would store if the status of `updated` (a Job) were written over that of
/// `stored`, as `jobsem_validate_update`.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_validate_status(
    options: *const jobsem_options,
    stored: *const c_char,
    stored_len: usize,
    updated: *const c_char,
    updated_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_validate_status", err, || {
        // SAFETY: as above.
        let (options, old, new, out) = unsafe {
            (
                Options::read(options)?,
                text(stored, stored_len, "stored")?,
                text(updated, updated_len, "updated")?,
                Out::new(out, "out")?,
            )
        };
        let sem = &options.sem;
        let Submitted::Job(mut new, warnings) = Submitted::read(new, options.validation, sem)?
        else {
            return Err(Failure::decode("only the status of a Job is validated"));
        };
        let mut old = old_job(old, sem)?;
        same_version(&mut old.metadata, &mut new.metadata);
        let object = admission::update_job_status(&old, *new, sem).map_err(refused)?;
        out.give_json(&admitted_value("Job", &object, warnings, Vec::new()));
        Ok(())
    })
}

/// Everything that is wrong with the documents of a manifest, with lines, columns and hints: a list
/// with one report for each document, as `jobsem validate` prints them. Documents that are
/// neither Jobs nor CronJobs have the result `skipped`.
///
/// With `stored` (one document; may be NULL) the first document is judged as an update of it.
/// What is wrong with the documents is no failure of the call.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_check(
    options: *const jobsem_options,
    manifest: *const c_char,
    manifest_len: usize,
    stored: *const c_char,
    stored_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_check", err, || {
        // SAFETY: as above.
        let (options, manifest, stored, out) = unsafe {
            (
                Options::read(options)?,
                text(manifest, manifest_len, "manifest")?,
                text(stored, stored_len, "stored")?,
                Out::new(out, "out")?,
            )
        };
        let mut how = check::Options::default();
        how.field_validation = options.validation;
        let old = match stored {
            "" => None,
            stored => Some(one_document(stored)?),
        };
        let mut reports = Vec::new();
        for result in jobsem::decode::read(manifest.as_bytes(), &Default::default()) {
            let document = result?;
            let report = match old.as_ref().filter(|_| reports.is_empty()) {
                Some(old) => check_update(&document, old, &how, &options.sem),
                None => check_create(&document, &how, &options.sem),
            };
            reports.push(match report {
                Ok(report) => wire::report(&document, &report),
                Err(subject) => passed_over(subject),
            });
        }
        out.give_json(&Value::Array(reports));
        Ok(())
    })
}

fn passed_over(subject: Subject) -> Value {
    match subject {
        Subject::Unrecognized { field, message, hint } => json!({
            "kind": "", "result": "invalid", "findings": [{
                "severity": "error", "code": "WrongKind", "field": field, "message": message,
                "hint": hint,
            }],
        }),
        Subject::Other { kind, .. } => json!({"kind": kind, "result": "skipped", "findings": []}),
        _ => json!({"kind": "", "result": "skipped", "findings": []}),
    }
}

fn refused(invalid: admission::Invalid) -> Failure {
    jobsem::Error::from(invalid).into()
}

fn settle(namespace: &mut jobsem::api::Text) {
    if namespace.is_empty() {
        *namespace = jobsem::api::Text::of("default");
    }
}

/// An object that was never stored has no version; any will do for both.
fn same_version(old: &mut jobsem::api::ObjectMeta, new: &mut jobsem::api::ObjectMeta) {
    if old.resource_version.is_empty() && new.resource_version.is_empty() {
        old.resource_version = "1".into();
        new.resource_version = "1".into();
    }
}

fn admitted_value(
    kind: &str,
    object: &impl serde::Serialize,
    mut warnings: Vec<String>,
    more: Vec<String>,
) -> Value {
    warnings.extend(more);
    json!({"object": wire::object("batch/v1", kind, object), "warnings": warnings})
}

/// The documents of a text, strictly as far as members stand twice.
pub(crate) fn values(text: &str) -> Result<Vec<Value>, Failure> {
    let all = documents(text.as_bytes())?;
    Ok(all.into_iter().map(jobsem::decode::Document::into_value).collect())
}
