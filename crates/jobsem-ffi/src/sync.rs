//! One sync of one Job: `jobsem_reconcile`, `jobsem_explain`, and the memory between syncs.

use std::ffi::c_char;

use jobsem::job::Memory;
use jobsem::wire::{self, Explanation, Objects};
use jobsem::{Time, reconcile, reconcile_explained};
use serde_json::Value;

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Exclusive, Failure, Optional, Out, Text, call, free, jobsem_status};
use crate::documents::{stored_job, values};
use crate::options::{Options, jobsem_options};

/// What the syncs of one Job remember. The caller owns it and frees it with `jobsem_memory_free`.
pub struct jobsem_memory {
    _opaque: [u8; 0],
}

kind!(jobsem_memory holds Memory, marked b"jsem mem");

/// Makes an empty memory, like that of a controller that just started.
///
/// The caller frees `*out` with `jobsem_memory_free`. Threads: any.
///
/// # Safety
///
/// `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_memory_new(
    out: *mut *mut jobsem_memory,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Out(out)], |out| out.give(Memory::default()))
}

/// Frees a memory. NULL is fine.
///
/// # Safety
///
/// `memory` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_memory_free(memory: *mut jobsem_memory) -> jobsem_status {
    free!(memory)
}

/// Says what one sync of `job` would do now: its requests in their order, events, status and the
/// next wake-up.
///
/// `pods` is a list (`PodList`, `List`) or several documents with all pods that the Job owns or
/// might adopt. `memory` has what earlier syncs remember; the call updates it as if all requests
/// succeed. NULL stands for an empty one. With `JOBSEM_FLAG_NOTES` the plan says why.
///
/// `out` gets `{"requests", "events", "status", "wakeup", "skipped", "error", "notes"}`;
/// docs/ABI.md has their members.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any; one at a time uses a memory.
///
/// # Safety
///
/// `memory` is live or NULL; `options`, `job` and `pods` are readable; `out` is writable; `err` is
/// writable or NULL.
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
    call!(
        err,
        [Options(options), HeldMemory(memory), Text(job, job_len), Text(pods, pods_len), Out(out)],
        |options, memory, job, pods, out| {
            let mut objects = Objects::default();
            for value in values(&pods)? {
                objects.take(value)?;
            }
            let mut job = stored_job(&job)?;
            if job.metadata.namespace.is_empty() {
                job.metadata.namespace = "default".into();
            }
            let now = Time::from_unix_nanos(now_ns);
            let mut fresh = Memory::default();
            let memory = memory.0.as_deref_mut().unwrap_or(&mut fresh);
            let sync = if options.notes { reconcile_explained } else { reconcile };
            let plan = sync(&job, &objects.pods, now, memory, &options.sem);
            out.give_json(&wire::plan(&plan));
        }
    )
}

type HeldMemory<'call> = Optional<Exclusive<'call, jobsem_memory>>;

/// Explains each Job of some documents: how it stands, what its controller would do now, and why;
/// for each pod, whether it counts. `out` gets a list with one object for each Job, as
/// `jobsem explain --format json` prints it.
///
/// `documents` are Jobs and pods, such as `kubectl get job,pods -o yaml` prints.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options` and `documents` are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_explain(
    options: *const jobsem_options,
    documents: *const c_char,
    documents_len: usize,
    now_ns: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Options(options), Text(documents, documents_len), Out(out)],
        |options, documents, out| {
            let mut objects = Objects::default();
            for value in values(&documents)? {
                objects.take(value)?;
            }
            if objects.jobs.is_empty() {
                return Err(Failure::decode("there is no Job in the documents"));
            }
            let now = Time::from_unix_nanos(now_ns);
            let explain = |job| Explanation::new(job, &objects.pods, now, &options.sem).to_value();
            out.give_json(&objects.jobs.iter().map(explain).collect::<Value>());
        }
    )
}
