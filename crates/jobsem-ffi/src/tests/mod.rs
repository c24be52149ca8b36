//! The exports as a caller sees them: with good and with bad arguments, in all orders.
//!
//! What only a C compiler or the artefact can show is tested by `cargo xtask c`.

mod exports;
mod handles;
mod misuse;
mod use_;

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::host::NO_TASK;
use crate::work::NO_WORK;
use crate::*;

/// 2000-01-01T00:00:01Z.
const NOW: i64 = 946_684_801_000_000_000;

const JOB: &str = r#"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "pi"},
    "spec": {"backoffLimit": 1, "template": {"spec": {"restartPolicy": "Never", "containers":
    [{"name": "main", "image": "perl", "command": ["perl", "-e"], "args": ["print $(N)"],
      "env": [{"name": "N", "value": "7"}]}]}}}}"#;

fn options() -> jobsem_options {
    jobsem_options {
        struct_size: size_of::<jobsem_options>() as u32,
        flags: 0,
        kube_minor: 37,
        field_validation: JOBSEM_FIELDS_STRICT,
        seed: 0,
        workers: 0,
        reserved: 0,
        gates: ptr::null(),
        gates_len: 0,
        time_zone: ptr::null(),
        time_zone_len: 0,
        node: ptr::null(),
        node_len: 0,
    }
}

/// A text as C passes it.
fn p(text: &str) -> *const c_char {
    text.as_ptr().cast()
}

/// The text of a buffer, which is freed.
fn take(buf: *mut jobsem_buf) -> String {
    assert!(!buf.is_null());
    // SAFETY: a buffer of ours; no other code has it.
    unsafe {
        let (data, len) = (jobsem_buf_data(buf), jobsem_buf_len(buf));
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), len);
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(*data.add(len), 0, "a NUL ends it");
        assert_eq!(jobsem_buf_free(buf), JOBSEM_OK);
        text
    }
}

/// Status and message of an error, which is freed.
fn told(error: *mut jobsem_error) -> (i32, String) {
    assert!(!error.is_null(), "there is no error");
    // SAFETY: an error of ours; no other code has it.
    unsafe {
        let message = CStr::from_ptr(jobsem_error_message(error)).to_str().unwrap().to_owned();
        let out = (jobsem_error_status(error), message);
        assert_eq!(jobsem_error_free(error), JOBSEM_OK);
        out
    }
}

/// A cluster with one Job, whose pod is to be started.
fn cluster() -> *mut jobsem_cluster {
    let mut cluster = ptr::null_mut();
    // SAFETY: every pointer is there.
    unsafe {
        assert_eq!(jobsem_cluster_new(&options(), &mut cluster, ptr::null_mut()), JOBSEM_OK);
        create(cluster, JOB);
    }
    cluster
}

/// SAFETY (of callers): a cluster of ours.
unsafe fn create(cluster: *mut jobsem_cluster, job: &str) {
    let mut error = ptr::null_mut();
    // SAFETY: the caller's.
    unsafe {
        let out = ptr::null_mut();
        let status = jobsem_cluster_create(cluster, NOW, p(job), job.len(), out, &mut error);
        assert_eq!(status, JOBSEM_OK, "{:?}", if status == 0 { None } else { Some(told(error)) });
    }
}

fn work() -> jobsem_work {
    jobsem_work { struct_size: size_of::<jobsem_work>() as u32, ..NO_WORK }
}

fn task() -> jobsem_task {
    jobsem_task { struct_size: size_of::<jobsem_task>() as u32, ..NO_TASK }
}

fn wakeup() -> jobsem_wakeup {
    jobsem_wakeup { struct_size: size_of::<jobsem_wakeup>() as u32, reason: 0, at_ns: 0 }
}

fn state() -> jobsem_job_state {
    jobsem_job_state {
        struct_size: size_of::<jobsem_job_state>() as u32,
        verdict: 0,
        active: 0,
        ready: 0,
        succeeded: 0,
        failed: 0,
        terminating: 0,
        reserved: 0,
    }
}

fn report(kind: i32, exit_code: i32, name: &str) -> jobsem_pod_report {
    jobsem_pod_report {
        struct_size: size_of::<jobsem_pod_report>() as u32,
        kind,
        exit_code,
        reserved: 0,
        pod_namespace: ptr::null(),
        pod_namespace_len: 0,
        name: p(name),
        name_len: name.len(),
        container: ptr::null(),
        container_len: 0,
    }
}
