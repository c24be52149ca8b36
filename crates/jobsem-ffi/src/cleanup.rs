//! `jobsem_cleanup_*`: when finished Jobs are deleted, for hosts that keep Jobs of their own.

use std::ffi::c_char;

use jobsem::cleanup::{CleanupScheduler, expiry};
use jobsem::{Time, wire};

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{
    Exclusive, Out, OutOption, OutStruct, OutValue, Shared, Text, call, free, getter, jobsem_status,
};
use crate::cluster::propagation_of;
use crate::documents::{stored_job, value};
use crate::work::{JOBSEM_WAKE_TTL, jobsem_wakeup};

/// Finished Jobs, each with the time of its deletion. The host numbers its Jobs. The caller owns
/// it and frees it with `jobsem_cleanup_free`.
pub struct jobsem_cleanup {
    _opaque: [u8; 0],
}

kind!(jobsem_cleanup holds CleanupScheduler, marked b"jsem cup");

/// Makes a scheduler that knows no Job.
///
/// The caller frees `*out` with `jobsem_cleanup_free`. Threads: any; one at a time uses the
/// scheduler.
///
/// # Safety
///
/// `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_new(
    out: *mut *mut jobsem_cleanup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Out(out)], |out| out.give(CleanupScheduler::new()))
}

/// Frees a scheduler. NULL is fine.
///
/// # Safety
///
/// `cleanup` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_free(cleanup: *mut jobsem_cleanup) -> jobsem_status {
    free!(cleanup)
}

/// Adds the Job `key`, which finished at `finished_ns` and is due `ttl_seconds` whole seconds
/// later. A Job that is known already gets the new time.
///
/// # Safety
///
/// `cleanup` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_add(
    cleanup: *mut jobsem_cleanup,
    key: u64,
    finished_ns: i64,
    ttl_seconds: i32,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cleanup)], |cleanup| cleanup.add(
        key,
        Time::from_unix_nanos(finished_ns),
        ttl_seconds
    ))
}

/// Removes a Job that is gone or is to stay. `*out_known` (may be NULL) says whether it was known.
///
/// # Safety
///
/// `cleanup` is live; `out_known` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_remove(
    cleanup: *mut jobsem_cleanup,
    key: u64,
    out_known: *mut i32,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cleanup), OutValue(out_known)], |cleanup, out_known| out_known
        .put(i32::from(cleanup.remove(key))))
}

/// Takes a Job that is due at `now_ns`, the longest overdue first; the scheduler forgets it. If
/// none is due, `*out_is_set` is 0 and `*out_key` is left alone.
///
/// # Safety
///
/// `cleanup` is live; `out_is_set` and `out_key` are writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_poll_due(
    cleanup: *mut jobsem_cleanup,
    now_ns: i64,
    out_is_set: *mut i32,
    out_key: *mut u64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cleanup), OutOption(out_is_set, out_key)], |cleanup, out| out
        .put(cleanup.poll_due(Time::from_unix_nanos(now_ns))))
}

/// Gives the time at which the next Job is due.
///
/// # Safety
///
/// `cleanup` is live; `out` is writable for its `struct_size`; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_poll_timeout(
    cleanup: *const jobsem_cleanup,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cleanup), OutStruct(out)], |cleanup, out| {
        let mut wakeup = jobsem_wakeup::of(None);
        if let Some(at) = cleanup.poll_timeout() {
            wakeup.reason = JOBSEM_WAKE_TTL;
            wakeup.at_ns = at.unix_nanos();
        }
        out.put(&wakeup);
    })
}

/// Returns how many Jobs the scheduler knows; 0 if `cleanup` is NULL.
///
/// # Safety
///
/// `cleanup` is live or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_len(cleanup: *const jobsem_cleanup) -> usize {
    getter!(cleanup, 0, |cleanup| cleanup.len())
}

/// Gives the time at which a Job's `ttlSecondsAfterFinished` deletes it. If the Job has not
/// finished, has no such limit or is being deleted, `*out_is_set` is 0 and `*out_ns` is left alone.
///
/// Threads: any.
///
/// # Safety
///
/// `job` is readable; `out_is_set` and `out_ns` are writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_expiry(
    job: *const c_char,
    job_len: usize,
    out_is_set: *mut i32,
    out_ns: *mut i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Text(job, job_len), OutOption(out_is_set, out_ns)], |job, out| out
        .put(expiry(&stored_job(&job)?).map(|at| at.unix_nanos())))
}

/// Says which finished children of an owner exceed its `limit`. `runs` is a list of
/// `{"name", "start"}`, without `start` for a run that never started. `out` gets the positions of
/// the runs to delete, in the order of their deletion.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `runs` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_excess(
    limit: i32,
    runs: *const c_char,
    runs_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Text(runs, runs_len), Out(out)], |runs, out| {
        out.give_json(&wire::excess(limit, &value(&runs)?)?)
    })
}

/// Plans the deletion of an object and everything that it owns. `object` is
/// `{"id", "blocks", "owns": [...]}` (`blocks` is true if absent). `out` gets the steps,
/// `{"id", "kind", "after"}`, with the kinds `mark`, `remove` and `release`, and in `after` the
/// positions of the steps that come before.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `object` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cleanup_plan(
    object: *const c_char,
    object_len: usize,
    propagation: i32,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Text(object, object_len), Out(out)], |object, out| {
        out.give_json(&wire::deletion_plan(&value(&object)?, propagation_of(propagation)?)?)
    })
}
