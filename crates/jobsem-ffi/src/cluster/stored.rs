//! What a cluster has stored: `jobsem_cluster_get`, `_get_status`, `_list`, `_job_state`.

use std::ffi::c_char;

use jobsem::wire;
use serde_json::{Value, json};

use super::{
    Held, JOBSEM_KIND_CRONJOB, JOBSEM_KIND_JOB, JOBSEM_KIND_POD, Key, jobsem_cluster, no_kind,
};
use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Failure, Out, OutStruct, Shared, call, jobsem_status};
use crate::work::jobsem_job_state;

/// Gives how a Job stands, in numbers; `JOBSEM_E_NOT_FOUND` if there is no such Job.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `out` is writable for its `struct_size`; `err`
/// is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_job_state(
    cluster: *const jobsem_cluster,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    out: *mut jobsem_job_state,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Shared(cluster), Key(ns, ns_len, name, name_len), OutStruct(out)],
        |held, key, out| {
            let job = held.cluster.job(key.namespace, key.name);
            out.put(&jobsem_job_state::of(job.ok_or_else(|| key.not_found("jobs.batch"))?));
        }
    )
}

/// Gives an object as stored; `kind` is a `JOBSEM_KIND_*`.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_get(
    cluster: *const jobsem_cluster,
    kind: i32,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Key(ns, ns_len, name, name_len), Out(out)], |held, key, out| out
        .give_json(&held.get(kind, &key)?))
}

/// Gives the status of an object as stored; `kind` is a `JOBSEM_KIND_*`.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_get_status(
    cluster: *const jobsem_cluster,
    kind: i32,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Key(ns, ns_len, name, name_len), Out(out)], |held, key, out| {
        out.give_text(match kind {
            JOBSEM_KIND_JOB => {
                let job = held.cluster.job(key.namespace, key.name);
                serde_json::to_string(&job.ok_or_else(|| key.not_found("jobs.batch"))?.status)?
            }
            _ => held.get(kind, &key)?["status"].to_string(),
        });
    })
}

/// Lists all objects of a kind, by namespace and name, as a list of the Kubernetes API.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_list(
    cluster: *const jobsem_cluster,
    kind: i32,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Out(out)], |held, out| out.give_json(&held.list(kind)?))
}

impl Held {
    fn get(&self, kind: i32, key: &Key<'_>) -> Result<Value, Failure> {
        let (cluster, Key { namespace, name }) = (&self.cluster, *key);
        match kind {
            JOBSEM_KIND_JOB => cluster
                .job(namespace, name)
                .map(|job| wire::object("batch/v1", "Job", job))
                .ok_or_else(|| key.not_found("jobs.batch")),
            JOBSEM_KIND_POD => cluster
                .pod(namespace, name)
                .map(|pod| wire::object("v1", "Pod", pod))
                .ok_or_else(|| key.not_found("pods")),
            JOBSEM_KIND_CRONJOB => cluster
                .cronjob(namespace, name)
                .map(|cronjob| wire::object("batch/v1", "CronJob", cronjob))
                .ok_or_else(|| key.not_found("cronjobs.batch")),
            other => Err(no_kind(other)),
        }
    }

    fn list(&self, kind: i32) -> Result<Value, Failure> {
        let (kind, version, items): (_, _, Vec<Value>) = match kind {
            JOBSEM_KIND_JOB => {
                let job = |job| wire::object("batch/v1", "Job", job);
                ("JobList", "batch/v1", self.cluster.jobs().map(job).collect())
            }
            JOBSEM_KIND_POD => {
                let pod = |pod| wire::object("v1", "Pod", pod);
                ("PodList", "v1", self.cluster.pods().map(pod).collect())
            }
            JOBSEM_KIND_CRONJOB => {
                let cronjob = |cronjob| wire::object("batch/v1", "CronJob", cronjob);
                ("CronJobList", "batch/v1", self.cluster.cronjobs().map(cronjob).collect())
            }
            other => return Err(no_kind(other)),
        };
        Ok(json!({"apiVersion": version, "kind": kind, "metadata": {}, "items": items}))
    }
}
