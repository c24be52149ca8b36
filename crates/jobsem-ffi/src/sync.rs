//! One sync of one Job: `jobsem_reconcile`, `jobsem_explain`, and the memory between syncs.

use std::ffi::c_char;
use std::ptr;

use jobsem::job::Memory;
use jobsem::wire::{self, Explanation, Objects};
use jobsem::{Time, reconcile, reconcile_explained};
use serde_json::Value;

use crate::call::{on_handle, plain};
use crate::documents::stored_job;
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::options::{Options, jobsem_options};
use crate::rules::values;
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, text};

/// What the syncs of one Job remember. The caller owns it: free it with `jobsem_memory_free`.
pub struct jobsem_memory {
    _opaque: [u8; 0],
}

kind!(jobsem_memory holds Memory, marked b"jsem mem");

/// A memory in which nothing is remembered yet, as after a start.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_memory_new(
    out: *mut *mut jobsem_memory,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_memory_new", err, || {
        // SAFETY: as everywhere.
        let out = unsafe { Out::new(out, "out") }?;
        out.give(handle::new(Memory::default()));
        Ok(())
    })
}

/// Frees a memory; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_memory_free(memory: *mut jobsem_memory) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_memory_free", ptr::null_mut(), || unsafe { handle::free(memory) })
}

/// What one sync of `job` would do now: its requests in their order, events, status and the next
/// wake-up.
///
/// `pods` is a list (`PodList`, `List`) or several documents with all pods that the Job owns or
/// might adopt. `memory` is what the syncs before remembered, and is brought up to date as if all
/// requests succeeded; NULL after a start. With `JOBSEM_FLAG_NOTES` the plan says why.
///
/// `out` gets `{"requests", "events", "status", "wakeup", "skipped", "error", "notes"}`;
/// docs/ABI.md has their members.
///
/// Threads: any; a memory in one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_reconcile(
    options: *const jobsem_options,
    memory: *mut jobsem_memory,
    job: *const c_char,
    job_len: usize,
    pods: *const c_char,
    pods_len: usize,
    now_ns: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_reconcile", err, || {
        // SAFETY: as everywhere.
        let (options, job, pods, out) = unsafe {
            (
                Options::read(options)?,
                text(job, job_len, "job")?,
                text(pods, pods_len, "pods")?,
                Out::new(out, "out")?,
            )
        };
        let mut objects = Objects::default();
        for value in values(pods)? {
            objects.take(value)?;
        }
        let mut job = stored_job(job)?;
        if job.metadata.namespace.is_empty() {
            job.metadata.namespace = "default".into();
        }
        let mut fresh = Memory::default();
        let mut held;
        let memory = if memory.is_null() {
            crate::call::trip();
            &mut fresh
        } else {
            // SAFETY: as everywhere.
            held = unsafe { handle::exclusive(memory) }?;
            &mut *held
        };
        let sync = if options.notes { reconcile_explained } else { reconcile };
        let plan = sync(&job, &objects.pods, Time::from_unix_nanos(now_ns), memory, &options.sem);
        out.give_json(&wire::plan(&plan));
        Ok(())
    })
}

/// How each Job of some documents stands, what its controller would do now, and why; for each pod,
/// whether it counts. A list with one object for each Job, as `jobsem explain --format json`
/// prints it.
///
/// `documents` are Jobs and pods, such as `kubectl get job,pods -o yaml` prints.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_explain(
    options: *const jobsem_options,
    documents: *const c_char,
    documents_len: usize,
    now_ns: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_explain", err, || {
        // SAFETY: as everywhere.
        let (options, documents, out) = unsafe {
            (
                Options::read(options)?,
                text(documents, documents_len, "documents")?,
                Out::new(out, "out")?,
            )
        };
        let mut objects = Objects::default();
        for value in values(documents)? {
            objects.take(value)?;
        }
        if objects.jobs.is_empty() {
            return Err(Failure::decode("there is no Job in the documents"));
        }
        let now = Time::from_unix_nanos(now_ns);
        let explain = |job| Explanation::new(job, &objects.pods, now, &options.sem).to_value();
        out.give_json(&objects.jobs.iter().map(explain).collect::<Value>());
        Ok(())
    })
}
