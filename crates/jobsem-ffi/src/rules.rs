//! The rules alone: outcome, admission, and the mistakes of a manifest.

use std::ffi::c_char;

use jobsem::check::{self, Subject, check_create, check_update};
use jobsem::{Time, Verdict, outcome, wire};
use serde_json::{Value, json};

use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Out, OutOrNull, OutValue, Text, call, jobsem_status};
use crate::documents::{one_document, stored_job};
use crate::options::{Options, jobsem_options};

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

/// Says how a Job stands, from its status alone: the sound test for whether and how it ended.
///
/// `job` is a Job as a cluster has it. `out_verdict` (may be NULL) gets a `JOBSEM_VERDICT_*`, `out`
/// (may be NULL) `{"verdict", "reason", "message", "since"}`.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `job` is readable; `out_verdict`, `out` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_outcome(
    job: *const c_char,
    job_len: usize,
    out_verdict: *mut i32,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Text(job, job_len), OutValue(out_verdict), OutOrNull(out)],
        |job, out_verdict, out| {
            let outcome = outcome(&stored_job(&job)?);
            out_verdict.put(verdict_number(outcome.verdict));
            if let Some(out) = out.wanted() {
                out.give_json(&wire::outcome(&outcome));
            }
        }
    )
}

/// Gives what the API server stores if `document` (a Job or CronJob) is created at `now_ns`:
/// `{"object", "warnings"}`. `JOBSEM_E_INVALID` if the server refuses it: the error has its Status.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options` and `document` are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_validate_create(
    options: *const jobsem_options,
    document: *const c_char,
    document_len: usize,
    now_ns: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Options(options), Text(document, document_len), Out(out)],
        |options, document, out| {
            let (document, now) = (one_document(&document)?, Time::from_unix_nanos(now_ns));
            let (validation, mut identity) = (options.validation, options.identity());
            let sem = &options.sem;
            out.give_json(&wire::admit_create(&document, validation, &mut *identity, now, sem)?);
        }
    )
}

/// Gives what the API server stores if `updated` (a Job or CronJob) is written over `stored`, like
/// `jobsem_validate_create`. Two objects without a `resourceVersion` have the same one.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options`, `stored` and `updated` are readable; `out` is writable; `err` is writable or NULL.
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
    call!(
        err,
        [Options(options), Text(stored, stored_len), Text(updated, updated_len), Out(out)],
        |options, old, new, out| {
            let (old, new, sem) = (one_document(&old)?, one_document(&new)?, &options.sem);
            out.give_json(&wire::admit_update(&old, &new, options.validation, sem)?);
        }
    )
}

/// Gives what the API server stores if the status of `updated` (a Job) is written over that of
/// `stored`, like `jobsem_validate_update`.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options`, `stored` and `updated` are readable; `out` is writable; `err` is writable or NULL.
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
    call!(
        err,
        [Options(options), Text(stored, stored_len), Text(updated, updated_len), Out(out)],
        |options, old, new, out| {
            let (old, new, sem) = (one_document(&old)?, one_document(&new)?, &options.sem);
            out.give_json(&wire::admit_status(&old, &new, options.validation, sem)?);
        }
    )
}

/// Gives everything that is wrong with the documents of a manifest, with lines, columns and hints:
/// a list with one report for each document, as `jobsem validate` prints them. A document that is
/// neither a Job nor a CronJob has the result `skipped`.
///
/// With `stored` (one document; may be NULL) the first document is judged as an update of it.
/// Mistakes in the documents are no failure of the call.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options`, `manifest` and `stored` are readable; `out` is writable; `err` is writable or NULL.
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
    call!(
        err,
        [Options(options), Text(manifest, manifest_len), Text(stored, stored_len), Out(out)],
        |options, manifest, stored, out| {
            let mut how = check::Options::default();
            how.field_validation = options.validation;
            let mut old = match stored.as_str() {
                "" => None,
                stored => Some(one_document(stored)?),
            };
            let mut reports = Vec::new();
            for result in jobsem::decode::read(manifest.as_bytes(), &Default::default()) {
                let document = result?;
                let report = match old.take() {
                    Some(old) => check_update(&document, &old, &how, &options.sem),
                    None => check_create(&document, &how, &options.sem),
                };
                reports.push(match report {
                    Ok(report) => wire::report(&document, &report),
                    Err(subject) => unchecked(subject),
                });
            }
            out.give_json(&Value::Array(reports));
        }
    )
}

/// The report on a document that is neither a Job nor a CronJob.
fn unchecked(subject: Subject) -> Value {
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
