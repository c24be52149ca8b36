//! `jobsem_cleanup_*`: when finished Jobs go, for hosts that keep Jobs of their own.

use std::ffi::c_char;
use std::ptr;

use jobsem::Time;
use jobsem::cleanup::{CleanupScheduler, DeletionPlan, Owned, StepKind, excess, expiry};
use serde_json::{Value, json};

use crate::call::{on_handle, plain};
use crate::cluster::propagation_of;
use crate::documents::stored_job;
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, put, text, value};
use crate::work::{JOBSEM_WAKE_TTL, OutWakeup, jobsem_wakeup};

/// Finished Jobs, each due to go at a time of its own. The host numbers its Jobs. The caller
/// owns it: free it with `jobsem_cleanup_free`.
pub struct jobsem_cleanup {
    _opaque: [u8; 0],
}

kind!(jobsem_cleanup holds CleanupScheduler, marked b"jsem cup");

/// A scheduler with nothing to do.
///
/// Threads: any; the scheduler is in one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_new(
    out: *mut *mut jobsem_cleanup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cleanup_new", err, || {
        // SAFETY: as everywhere.
        let out = unsafe { Out::new(out, "out") }?;
        out.give(handle::new(CleanupScheduler::new()));
        Ok(())
    })
}

/// Frees a scheduler; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_free(cleanup: *mut jobsem_cleanup) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_cleanup_free", ptr::null_mut(), || unsafe { handle::free(cleanup) })
}

/// The Job `key` finished at `finished_ns` and is to go `ttl_seconds` whole seconds later. One
/// that is there already is given the new time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_add(
    cleanup: *mut jobsem_cleanup,
    key: u64,
    finished_ns: i64,
    ttl_seconds: i32,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cleanup_add", err, || {
        // SAFETY: as everywhere.
        let mut cleanup = unsafe { handle::exclusive(cleanup) }?;
        cleanup.add(key, Time::from_unix_nanos(finished_ns), ttl_seconds);
        Ok(())
    })
}

/// The Job is not to go, or has gone. `*out_known` (may be NULL) says whether it was known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_remove(
    cleanup: *mut jobsem_cleanup,
    key: u64,
    out_known: *mut i32,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cleanup_remove", err, || {
        // SAFETY: as everywhere.
        let mut cleanup = unsafe { handle::exclusive(cleanup) }?;
        let known = cleanup.remove(key);
        // SAFETY: as everywhere.
        unsafe { put(out_known, i32::from(known)) };
        Ok(())
    })
}

/// A Job that is due at `now_ns`, the longest overdue first; it is no longer known then.
/// `*out_is_set` is 0, and `*out_key` untouched, if none is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_poll_due(
    cleanup: *mut jobsem_cleanup,
    now_ns: i64,
    out_is_set: *mut i32,
    out_key: *mut u64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cleanup_poll_due", err, || {
        // SAFETY: as everywhere.
        let mut cleanup = unsafe { handle::exclusive(cleanup) }?;
        if out_is_set.is_null() || out_key.is_null() {
            return Err(Failure::null("out"));
        }
        let due = cleanup.poll_due(Time::from_unix_nanos(now_ns));
        // SAFETY: as everywhere.
        unsafe {
            put(out_is_set, i32::from(due.is_some()));
            if let Some(key) = due {
                put(out_key, key);
            }
        }
        Ok(())
    })
}

/// When the next Job is due.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_poll_timeout(
    cleanup: *const jobsem_cleanup,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cleanup_poll_timeout", err, || {
        // SAFETY: as everywhere.
        let (cleanup, out) = unsafe { (handle::shared(cleanup)?, OutWakeup::new(out)?) };
        let mut wakeup = jobsem_wakeup::of(None);
        if let Some(at) = cleanup.poll_timeout() {
            wakeup.reason = JOBSEM_WAKE_TTL;
            wakeup.at_ns = at.unix_nanos();
        }
        out.put(&wakeup);
        Ok(())
    })
}

/// How many Jobs wait for their end; 0 if `cleanup` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_len(cleanup: *const jobsem_cleanup) -> usize {
    crate::call::getter("jobsem_cleanup_len", 0, || {
        // SAFETY: as everywhere.
        Ok(unsafe { handle::shared(cleanup) }?.len())
    })
}

/// When a Job is deleted by its `ttlSecondsAfterFinished`. `*out_is_set` is 0, and `*out_ns`
/// untouched, as long as it has not finished, if it has no such limit, or is being deleted.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_expiry(
    job: *const c_char,
    job_len: usize,
    out_is_set: *mut i32,
    out_ns: *mut i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cleanup_expiry", err, || {
        // SAFETY: as everywhere.
        let job = unsafe { text(job, job_len, "job") }?;
        if out_is_set.is_null() || out_ns.is_null() {
            return Err(Failure::null("out"));
        }
        let expiry = expiry(&stored_job(job)?);
        // SAFETY: as everywhere.
        unsafe {
            put(out_is_set, i32::from(expiry.is_some()));
            if let Some(at) = expiry {
                put(out_ns, at.unix_nanos());
            }
        }
        Ok(())
    })
}

/// Which of an owner's finished children are one too many: `runs` is a list of `{"name", "start"}`
/// (no `start` if it never started), `out` gets the positions of those beyond `limit`, in the
/// order in which they are deleted.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_excess(
    limit: i32,
    runs: *const c_char,
    runs_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cleanup_excess", err, || {
        // SAFETY: as everywhere.
        let (runs, out) = unsafe { (text(runs, runs_len, "runs")?, Out::new(out, "out")?) };
        let Value::Array(runs) = value(runs)? else {
            return Err(Failure::decode("`runs` is a list"));
        };
        let read = |run: &Value| -> Result<(Option<Time>, String), Failure> {
            let name = run["name"].as_str().ok_or_else(|| Failure::decode("a run has a name"))?;
            let start = match &run["start"] {
                Value::Null => None,
                Value::String(start) => Some(start.parse()?),
                _ => return Err(Failure::decode("a start is a time")),
            };
            Ok((start, name.to_owned()))
        };
        let runs: Vec<_> = runs.iter().map(read).collect::<Result<_, _>>()?;
        let runs = runs.iter().map(|(start, name)| (*start, name.as_str()));
        out.give_json(&excess(i64::from(limit), runs).into());
        Ok(())
    })
}

/// In which order an object and all that it owns go: `object` is `{"id", "blocks", "owns": [...]}`
/// (`blocks` is true if absent), `out` gets the steps, `{"id", "kind", "after"}` with the kinds
/// `mark`, `remove` and `release`, and in `after` the positions of those that are done before.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_plan(
    object: *const c_char,
    object_len: usize,
    propagation: i32,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cleanup_plan", err, || {
        // SAFETY: as everywhere.
        let (object, out) = unsafe { (text(object, object_len, "object")?, Out::new(out, "out")?) };
        let owned = owned(&value(object)?)?;
        let plan = DeletionPlan::new(&owned, propagation_of(propagation)?);
        let steps = plan.steps().iter().map(|step| {
            let kind = match step.kind {
                StepKind::Mark => "mark",
                StepKind::Remove => "remove",
                StepKind::Release => "release",
                _ => "other",
            };
            json!({"id": step.id, "kind": kind, "after": step.after})
        });
        out.give_json(&steps.collect::<Value>());
        Ok(())
    })
}

fn owned(value: &Value) -> Result<Owned<String>, Failure> {
    let id = value["id"].as_str().ok_or_else(|| Failure::decode("an object has an id"))?;
    let mut owns = Vec::new();
    for dependent in value["owns"].as_array().into_iter().flatten() {
        owns.push(owned(dependent)?);
    }
    let out = Owned::new(id.to_owned()).owning(owns);
    Ok(if value["blocks"] == false { out.not_blocking() } else { out })
}
