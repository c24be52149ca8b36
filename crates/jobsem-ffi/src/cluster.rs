//! `jobsem_cluster_*`: Jobs and their pods without Kubernetes: work goes out, reports come in.
//!
//! Here are the cluster and the requests of its users. `host` has what a host calls, `stored` what
//! the cluster has stored.

mod host;
mod key;
mod stored;

use std::ffi::c_char;
use std::ops::{Deref, DerefMut};

use jobsem::cluster::Host;
use jobsem::decode::{FieldValidation, Manifest};
use jobsem::{Cluster, Propagation, Time, wire};

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Exclusive, Failure, Out, OutOrNull, Text, call, free, jobsem_status};
use crate::documents::{one_document, value};
use crate::host::Tasks;
use crate::options::{Options, jobsem_options};
use crate::work::Handed;

pub use host::*;
pub(crate) use key::Key;
pub use stored::*;

/// A Job.
pub const JOBSEM_KIND_JOB: i32 = 1;
/// A pod.
pub const JOBSEM_KIND_POD: i32 = 2;
/// A CronJob.
pub const JOBSEM_KIND_CRONJOB: i32 = 3;

/// The object goes at once, its dependents after it.
pub const JOBSEM_DELETE_BACKGROUND: i32 = 0;
/// The dependents go first.
pub const JOBSEM_DELETE_FOREGROUND: i32 = 1;
/// The dependents stay and lose their owner.
pub const JOBSEM_DELETE_ORPHAN: i32 = 2;

/// A cluster. The caller owns it and frees it with `jobsem_cluster_free`.
///
/// After each call that takes a time, drain `jobsem_cluster_poll_work`, then read
/// `jobsem_cluster_poll_timeout`.
pub struct jobsem_cluster {
    _opaque: [u8; 0],
}

kind!(jobsem_cluster holds Held, marked b"jsem clu");

/// A cluster, the work item that C currently borrows, and the tasks of its node.
#[derive(Debug)]
pub struct Held {
    pub(crate) cluster: WithNode,
    handed: Option<Handed>,
    pub(crate) tasks: Tasks,
    validation: FieldValidation,
}

/// A cluster and its node. All exports but `jobsem_host_*` use the cluster alone.
#[derive(Debug)]
pub(crate) struct WithNode {
    pub(crate) host: Host,
}

impl Deref for WithNode {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        self.host.cluster()
    }
}

impl DerefMut for WithNode {
    fn deref_mut(&mut self) -> &mut Cluster {
        self.host.cluster_mut()
    }
}

/// Makes an empty cluster.
///
/// The caller frees `*out` with `jobsem_cluster_free`. Threads: any. A cluster may move between
/// threads; a non-`const` call needs it alone, otherwise either side gets `JOBSEM_E_BUSY`.
///
/// # Safety
///
/// `options` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_new(
    options: *const jobsem_options,
    out: *mut *mut jobsem_cluster,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Options(options), Out(out)], |options, out| {
        let mut cluster = Cluster::with_identity(options.sem.clone(), options.identity());
        if options.notes {
            cluster = cluster.with_notes();
        }
        if let Some(node) = &options.node {
            cluster = cluster.with_node(Some(node));
        }
        if let Some(zone) = &options.time_zone {
            cluster = cluster.with_local_zone(zone)?;
        }
        let cluster = WithNode { host: Host::new(cluster) };
        let (tasks, validation) = (Tasks::default(), options.validation);
        out.give(Held { cluster, handed: None, tasks, validation });
    })
}

/// Frees a cluster. NULL is fine.
///
/// # Safety
///
/// `cluster` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_free(cluster: *mut jobsem_cluster) -> jobsem_status {
    free!(cluster)
}

/// Creates a Job or CronJob, as a user does through the API.
///
/// `out` (may be NULL) gets `{"namespace", "name", "warnings"}`. `JOBSEM_E_INVALID` with the
/// Status if the object is refused, `JOBSEM_E_ALREADY_EXISTS`, `JOBSEM_E_DECODE`.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `document` is readable; `out` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_create(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    document: *const c_char,
    document_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Exclusive(cluster), Text(document, document_len), OutOrNull(out)],
        |held, document, out| {
            let now = Time::from_unix_nanos(now_ns);
            let document = one_document(&document)?;
            let sem = held.cluster.semantics();
            let (manifest, mut warnings) = Manifest::read_as(&document, held.validation, sem)?;
            let mut created = match manifest {
                Manifest::Job(job) => held.cluster.create_job(now, *job)?,
                Manifest::CronJob(cronjob) => held.cluster.create_cronjob(now, *cronjob)?,
            };
            warnings.append(&mut created.warnings);
            created.warnings = warnings;
            if let Some(out) = out.wanted() {
                out.give_json(&wire::created(&created));
            }
        }
    )
}

/// Merges a strategic merge patch into a Job or CronJob; `kind` is a `JOBSEM_KIND_*`.
///
/// `out` (may be NULL) gets the list of warnings. The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `ns`, `name` and `patch` are readable; `out` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_patch(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    kind: i32,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    patch: *const c_char,
    patch_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [
            Exclusive(cluster),
            Key(ns, ns_len, name, name_len),
            Text(patch, patch_len),
            OutOrNull(out)
        ],
        |held, key, patch, out| {
            let (now, patch) = (Time::from_unix_nanos(now_ns), value(&patch)?);
            let Key { namespace, name } = key;
            let warnings = match kind {
                JOBSEM_KIND_JOB => held.cluster.patch_job(now, namespace, name, &patch)?,
                JOBSEM_KIND_CRONJOB => held.cluster.patch_cronjob(now, namespace, name, &patch)?,
                other => return Err(no_kind(other)),
            };
            if let Some(out) = out.wanted() {
                out.give_json(&warnings.into());
            }
        }
    )
}

/// Deletes a Job or CronJob; `kind` is a `JOBSEM_KIND_*`, `propagation` a `JOBSEM_DELETE_*`.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_delete(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    kind: i32,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    propagation: i32,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Key(ns, ns_len, name, name_len)], |held, key| {
        let how = propagation_of(propagation)?;
        let (now, Key { namespace, name }) = (Time::from_unix_nanos(now_ns), key);
        match kind {
            JOBSEM_KIND_JOB => held.cluster.delete_job(now, namespace, name, how)?,
            JOBSEM_KIND_CRONJOB => held.cluster.delete_cronjob(now, namespace, name, how)?,
            other => return Err(no_kind(other)),
        }
    })
}

/// Asks a pod to go within `grace_seconds`; -1 stands for the pod's own grace period.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_delete_pod(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    grace_seconds: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Key(ns, ns_len, name, name_len)], |held, key| {
        let grace = match grace_seconds {
            -1 => None,
            0.. => Some(grace_seconds),
            other => {
                return Err(Failure::out_of_range(format!("no grace period is {other} s")));
            }
        };
        let now = Time::from_unix_nanos(now_ns);
        held.cluster.delete_pod(now, key.namespace, key.name, grace)?
    })
}

pub(crate) fn propagation_of(number: i32) -> Result<Propagation, Failure> {
    match number {
        JOBSEM_DELETE_BACKGROUND => Ok(Propagation::Background),
        JOBSEM_DELETE_FOREGROUND => Ok(Propagation::Foreground),
        JOBSEM_DELETE_ORPHAN => Ok(Propagation::Orphan),
        other => Err(Failure::no_constant("propagation", other)),
    }
}

fn no_kind(kind: i32) -> Failure {
    Failure::no_constant("kind of object", kind)
}
