//! `jobsem_cluster_*`: Jobs and their pods without Kubernetes: work goes out, reports come in.

mod stored;

use std::ffi::c_char;
use std::ptr;

use jobsem::Propagation;
use jobsem::api::Pod;
use jobsem::cluster::{Created, PodReport};
use jobsem::decode::FieldValidation;
use jobsem::{Cluster, Time, wire};

use crate::call::{on_handle, plain};
use crate::documents::Submitted;
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::options::{Options, jobsem_options};
use crate::sized::{self, OutStruct};
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, text, value};
use crate::work::{
    Handed, JOBSEM_REPORT_EXITED, JOBSEM_REPORT_REMOVED, JOBSEM_REPORT_RUNNING, NO_WORK, OutWakeup,
    jobsem_pod_report, jobsem_wakeup, jobsem_work,
};

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

/// A cluster. The caller owns it: free it with `jobsem_cluster_free`.
///
/// After every call that takes a time, drain `jobsem_cluster_poll_work`, then read
/// `jobsem_cluster_poll_timeout`.
pub struct jobsem_cluster {
    _opaque: [u8; 0],
}

kind!(jobsem_cluster holds Held, marked b"jsem clu");

/// A cluster, and what of it C looks at.
#[derive(Debug)]
pub struct Held {
    pub(crate) cluster: Cluster,
    handed: Option<Handed>,
    validation: FieldValidation,
}

/// `namespace` and `name`, the first of them `default` if it is empty.
#[derive(Clone, Copy)]
struct Key<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Key<'a> {
    /// SAFETY (of callers): as everywhere.
    unsafe fn read(
        ns: *const c_char,
        ns_len: usize,
        name: *const c_char,
        name_len: usize,
    ) -> Result<Key<'a>, Failure> {
        // SAFETY: the caller's.
        let (namespace, name) = unsafe { (text(ns, ns_len, "ns")?, text(name, name_len, "name")?) };
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        Ok(Key { namespace, name })
    }

    fn not_found(&self, resource: &str) -> Failure {
        Failure::not_found(format!("{resource} \"{}\" not found", self.name))
    }
}

impl Held {
    fn report(&mut self, now: Time, raw: &jobsem_pod_report) -> Result<(), Failure> {
        // SAFETY: as everywhere.
        let (key, container) = unsafe {
            (
                Key::read(raw.pod_namespace, raw.pod_namespace_len, raw.name, raw.name_len)?,
                text(raw.container, raw.container_len, "container")?,
            )
        };
        if raw.reserved != 0 {
            return Err(Failure::out_of_range("`reserved` is not zero"));
        }
        let report = match raw.kind {
            JOBSEM_REPORT_RUNNING => PodReport::Running,
            JOBSEM_REPORT_REMOVED => PodReport::Removed,
            JOBSEM_REPORT_EXITED => {
                let pod = self.cluster.pod(key.namespace, key.name);
                let container = pod.map_or(Ok(container), |pod| container_of(pod, container))?;
                PodReport::exited(container, raw.exit_code)
            }
            other => return Err(Failure::out_of_range(format!("no report is {other}"))),
        };
        Ok(self.cluster.report(now, key.namespace, key.name, report)?)
    }
}

/// The container that is meant. One that the pod does not have would leave its exit code
/// unheard.
fn container_of<'a>(pod: &'a Pod, name: &'a str) -> Result<&'a str, Failure> {
    match name {
        "" => Ok(pod.spec.containers.first().map_or("", |c| &c.name)),
        name if pod.spec.containers.iter().any(|c| c.name == name) => Ok(name),
        name => Err(Failure::not_found(format!("the pod has no container `{name}`"))),
    }
}

fn no_kind(kind: i32) -> Failure {
    Failure::out_of_range(format!("no kind of object is {kind}"))
}

/// An empty cluster.
///
/// Threads: any. A cluster may move between threads; a call that takes it without `const` fails
/// with `JOBSEM_E_BUSY` while another call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_new(
    options: *const jobsem_options,
    out: *mut *mut jobsem_cluster,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cluster_new", err, || {
        // SAFETY: as everywhere.
        let (out, options) = unsafe { (Out::new(out, "out")?, Options::read(options)?) };
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
        out.give(handle::new(Held { cluster, handed: None, validation: options.validation }));
        Ok(())
    })
}

/// Frees a cluster; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_free(cluster: *mut jobsem_cluster) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_cluster_free", ptr::null_mut(), || unsafe { handle::free(cluster) })
}

/// Creates a Job or CronJob, as a user's create through the API would.
///
/// `out` (may be NULL) gets `{"namespace", "name", "warnings"}`. `JOBSEM_E_INVALID` with the
/// Status if it is refused, `JOBSEM_E_ALREADY_EXISTS`, `JOBSEM_E_DECODE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_create(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    document: *const c_char,
    document_len: usize,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_create", err, || {
        // SAFETY: as everywhere.
        let (mut held, document, out) = unsafe {
            (
                handle::exclusive(cluster)?,
                text(document, document_len, "document")?,
                Out::or_none(out),
            )
        };
        let now = Time::from_unix_nanos(now_ns);
        let validation = held.validation;
        let submitted = Submitted::read(document, validation, held.cluster.semantics())?;
        let (mut warnings, created) = match submitted {
            Submitted::Job(job, warnings) => (warnings, held.cluster.create_job(now, *job)?),
            Submitted::CronJob(cronjob, warnings) => {
                (warnings, held.cluster.create_cronjob(now, *cronjob)?)
            }
        };
        let mut created: Created = created;
        warnings.append(&mut created.warnings);
        created.warnings = warnings;
        out.give_json(&wire::created(&created));
        Ok(())
    })
}

/// Merges a strategic merge patch into a Job or CronJob (`kind`).
///
/// `out` (may be NULL) gets the list of warnings.
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
    on_handle("jobsem_cluster_patch", err, || {
        // SAFETY: as everywhere.
        let (mut held, key, patch, out) = unsafe {
            (
                handle::exclusive(cluster)?,
                Key::read(ns, ns_len, name, name_len)?,
                text(patch, patch_len, "patch")?,
                Out::or_none(out),
            )
        };
        let (now, patch) = (Time::from_unix_nanos(now_ns), value(patch)?);
        let (cluster, Key { namespace, name }) = (&mut held.cluster, key);
        let warnings = match kind {
            JOBSEM_KIND_JOB => cluster.patch_job(now, namespace, name, &patch)?,
            JOBSEM_KIND_CRONJOB => cluster.patch_cronjob(now, namespace, name, &patch)?,
            other => return Err(no_kind(other)),
        };
        out.give_json(&warnings.into());
        Ok(())
    })
}

/// Deletes a Job or CronJob (`kind`); `propagation` is a `JOBSEM_DELETE_*`.
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
    on_handle("jobsem_cluster_delete", err, || {
        // SAFETY: as everywhere.
        let (mut held, key) =
            unsafe { (handle::exclusive(cluster)?, Key::read(ns, ns_len, name, name_len)?) };
        let propagation = propagation_of(propagation)?;
        let (now, Key { namespace, name }) = (Time::from_unix_nanos(now_ns), key);
        match kind {
            JOBSEM_KIND_JOB => held.cluster.delete_job(now, namespace, name, propagation)?,
            JOBSEM_KIND_CRONJOB => {
                held.cluster.delete_cronjob(now, namespace, name, propagation)?;
            }
            other => return Err(no_kind(other)),
        }
        Ok(())
    })
}

pub(crate) fn propagation_of(number: i32) -> Result<Propagation, Failure> {
    match number {
        JOBSEM_DELETE_BACKGROUND => Ok(Propagation::Background),
        JOBSEM_DELETE_FOREGROUND => Ok(Propagation::Foreground),
        JOBSEM_DELETE_ORPHAN => Ok(Propagation::Orphan),
        other => Err(Failure::out_of_range(format!("no propagation is {other}"))),
    }
}

/// Asks a pod to go, within `grace_seconds`; -1 is the pod's own grace period.
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
    on_handle("jobsem_cluster_delete_pod", err, || {
        // SAFETY: as everywhere.
        let (mut held, key) =
            unsafe { (handle::exclusive(cluster)?, Key::read(ns, ns_len, name, name_len)?) };
        let grace = match grace_seconds {
            -1 => None,
            0.. => Some(grace_seconds),
            other => return Err(Failure::out_of_range(format!("no grace period is {other} s"))),
        };
        let now = Time::from_unix_nanos(now_ns);
        Ok(held.cluster.delete_pod(now, key.namespace, key.name, grace)?)
    })
}

/// Takes what the host says of a pod. A report on a pod that is gone changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_report(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    report: *const jobsem_pod_report,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_report", err, || {
        // SAFETY: as everywhere.
        let (mut held, report) = unsafe { (handle::exclusive(cluster)?, sized::read(report)?) };
        held.report(Time::from_unix_nanos(now_ns), &report)
    })
}

/// Takes a pod's whole status, as a kubelet would write it. Ignored once the pod has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_report_status(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    status: *const c_char,
    status_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_report_status", err, || {
        // SAFETY: as everywhere.
        let (mut held, key, status) = unsafe {
            (
                handle::exclusive(cluster)?,
                Key::read(ns, ns_len, name, name_len)?,
                text(status, status_len, "status")?,
            )
        };
        let status = PodReport::Status(Box::new(serde_json::from_value(value(status)?)?));
        let now = Time::from_unix_nanos(now_ns);
        Ok(held.cluster.report(now, key.namespace, key.name, status)?)
    })
}

/// Does what is due at `now_ns`; an early or repeated call changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_handle_timeout(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_handle_timeout", err, || {
        // SAFETY: as everywhere.
        let mut held = unsafe { handle::exclusive(cluster) }?;
        Ok(held.cluster.handle_timeout(Time::from_unix_nanos(now_ns))?)
    })
}

/// The controllers lose their memory and start again over what is stored, as after a crash; they
/// begin to work after `pause_ns`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_restart_controllers(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    pause_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_restart_controllers", err, || {
        // SAFETY: as everywhere.
        let mut held = unsafe { handle::exclusive(cluster) }?;
        Ok(held.cluster.restart_controllers(Time::from_unix_nanos(now_ns), pause_ns)?)
    })
}

/// The next thing for the host to do; its kind is `JOBSEM_WORK_NONE` when there is nothing. The
/// texts of the work before are gone then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_work(
    cluster: *mut jobsem_cluster,
    out: *mut jobsem_work,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_poll_work", err, || {
        // SAFETY: as everywhere.
        let (mut held, out) = unsafe { (handle::exclusive(cluster)?, OutStruct::new(out)?) };
        held.handed = held.cluster.poll_work().map(Handed::new);
        out.put(&held.handed.as_ref().map_or(NO_WORK, Handed::to_c));
        Ok(())
    })
}

/// The whole pod of the work that was polled last, as it was then; `JOBSEM_E_STATE` if there was
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_work_pod(
    cluster: *const jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_work_pod", err, || {
        // SAFETY: as everywhere.
        let (held, out) = unsafe { (handle::shared(cluster)?, Out::new(out, "out")?) };
        let pod = held.handed.as_ref().and_then(Handed::pod);
        let pod = pod.ok_or_else(|| {
            Failure::new(crate::status::JOBSEM_E_STATE, "there is no work that was polled last")
        })?;
        out.give_json(&wire::object("v1", "Pod", pod));
        Ok(())
    })
}

/// The next Kubernetes Event that a controller recorded; `*out` is NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_event(
    cluster: *mut jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_poll_event", err, || {
        // SAFETY: as everywhere.
        let (mut held, out) = unsafe { (handle::exclusive(cluster)?, Out::new(out, "out")?) };
        if let Some(event) = held.cluster.poll_event() {
            out.give_json(&wire::event(&event));
        }
        Ok(())
    })
}

/// The next note on a decision, with `JOBSEM_FLAG_NOTES`; `*out` is NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_note(
    cluster: *mut jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_poll_note", err, || {
        // SAFETY: as everywhere.
        let (mut held, out) = unsafe { (handle::exclusive(cluster)?, Out::new(out, "out")?) };
        if let Some(note) = held.cluster.poll_note() {
            out.give_json(&wire::note(&note));
        }
        Ok(())
    })
}

/// When to call `jobsem_cluster_handle_timeout`, if nothing else happens before; the reason is
/// `JOBSEM_WAKE_NONE` if never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_timeout(
    cluster: *const jobsem_cluster,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_poll_timeout", err, || {
        // SAFETY: as everywhere.
        let (held, out) = unsafe { (handle::shared(cluster)?, OutWakeup::new(out)?) };
        out.put(&jobsem_wakeup::of(held.cluster.poll_timeout()));
        Ok(())
    })
}

/// When one Job or CronJob (`kind`) is looked at again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_wakeup_of(
    cluster: *const jobsem_cluster,
    kind: i32,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cluster_wakeup_of", err, || {
        // SAFETY: as everywhere.
        let (held, key, out) = unsafe {
            (handle::shared(cluster)?, Key::read(ns, ns_len, name, name_len)?, OutWakeup::new(out)?)
        };
        let wakeup = match kind {
            JOBSEM_KIND_JOB => held.cluster.wakeup_of(key.namespace, key.name),
            JOBSEM_KIND_CRONJOB => held.cluster.wakeup_of_cronjob(key.namespace, key.name),
            other => return Err(no_kind(other)),
        };
        out.put(&jobsem_wakeup::of(wakeup));
        Ok(())
    })
}
