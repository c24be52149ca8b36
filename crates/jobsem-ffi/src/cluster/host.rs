//! What the host of a cluster calls: reports on pods, time, and what there is to do.

use std::ffi::c_char;

use jobsem::cluster::PodReport;
use jobsem::{Time, wire};

use super::{Held, JOBSEM_KIND_CRONJOB, JOBSEM_KIND_JOB, Key, jobsem_cluster, no_kind};
use crate::boundary::argument::{Argument, Call};
use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::status::JOBSEM_E_STATE;
use crate::boundary::{
    Exclusive, Failure, Out, OutStruct, Shared, Text, call, jobsem_status, sized,
};
use crate::documents::value;
use crate::work::{
    Handed, JOBSEM_REPORT_EXITED, JOBSEM_REPORT_REMOVED, JOBSEM_REPORT_RUNNING, NO_WORK,
    jobsem_pod_report, jobsem_wakeup, jobsem_work,
};

/// A `jobsem_pod_report` whose texts are read.
struct Report<'call> {
    key: Key<'call>,
    container: Text<'call>,
    kind: i32,
    exit_code: i32,
}

impl<'call> Argument<'call, *const jobsem_pod_report> for Report<'call> {
    unsafe fn read(
        report: *const jobsem_pod_report,
        name: &'static str,
        call: &'call Call,
    ) -> Result<Self, Failure> {
        // SAFETY: the caller's.
        let raw = unsafe { sized::read(report) }?;
        let key = (raw.pod_namespace, raw.pod_namespace_len, raw.name, raw.name_len);
        let container = (raw.container, raw.container_len);
        // SAFETY: the texts of a struct keep what the struct's members promise.
        let (key, container) =
            unsafe { (Key::read(key, name, call)?, Text::read(container, "container", call)?) };
        if raw.reserved != 0 {
            return Err(Failure::out_of_range("`reserved` is not zero"));
        }
        Ok(Report { key, container, kind: raw.kind, exit_code: raw.exit_code })
    }
}

impl Held {
    fn report(&mut self, now: Time, report: &Report<'_>) -> Result<(), Failure> {
        let Key { namespace, name } = report.key;
        let what = match report.kind {
            JOBSEM_REPORT_RUNNING => PodReport::Running,
            JOBSEM_REPORT_REMOVED => PodReport::Removed,
            JOBSEM_REPORT_EXITED => PodReport::exited(&*report.container, report.exit_code),
            other => return Err(Failure::no_constant("report", other)),
        };
        Ok(self.cluster.report(now, namespace, name, what)?)
    }
}

/// Takes a host's report on a pod. A report on a pod that is gone changes nothing.
///
/// # Safety
///
/// `cluster` is live; `report` is readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_report(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    report: *const jobsem_pod_report,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Report(report)], |held, report| {
        held.report(Time::from_unix_nanos(now_ns), &report)?
    })
}

/// Takes a pod's whole status, as a kubelet writes it. Ignored once the pod has ended.
///
/// # Safety
///
/// `cluster` is live; `ns`, `name` and `status` are readable; `err` is writable or NULL.
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
    call!(
        err,
        [Exclusive(cluster), Key(ns, ns_len, name, name_len), Text(status, status_len)],
        |held, key, status| {
            let status = PodReport::Status(Box::new(serde_json::from_value(value(&status)?)?));
            let now = Time::from_unix_nanos(now_ns);
            held.cluster.report(now, key.namespace, key.name, status)?
        }
    )
}

/// Does what is due at `now_ns`. An early or repeated call changes nothing.
///
/// # Safety
///
/// `cluster` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_handle_timeout(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster)], |held| {
        held.cluster.handle_timeout(Time::from_unix_nanos(now_ns))?
    })
}

/// Makes the controllers lose their memory and start again over the stored objects, as after a
/// crash. They begin to work after `pause_ns`.
///
/// # Safety
///
/// `cluster` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_restart_controllers(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    pause_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster)], |held| {
        held.cluster.restart_controllers(Time::from_unix_nanos(now_ns), pause_ns)?
    })
}

/// Gives the host its next piece of work; the kind is `JOBSEM_WORK_NONE` if there is none. The
/// cluster owns the texts in `*out`; the next call of this function invalidates them.
///
/// # Safety
///
/// `cluster` is live; `out` is writable for its `struct_size`; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_work(
    cluster: *mut jobsem_cluster,
    out: *mut jobsem_work,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), OutStruct(out)], |held, out| {
        held.handed = held.cluster.poll_work().map(Handed::new);
        out.put(&held.handed.as_ref().map_or(NO_WORK, Handed::to_c));
    })
}

/// Gives the whole pod of the last polled work, as it was then; `JOBSEM_E_STATE` if there was none.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_work_pod(
    cluster: *const jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Out(out)], |held, out| {
        let pod = held.handed.as_ref().and_then(Handed::pod);
        let pod = pod.ok_or_else(|| Failure::new(JOBSEM_E_STATE, "no work was polled last"))?;
        out.give_json(&wire::object("v1", "Pod", pod));
    })
}

/// Gives the next Kubernetes Event that a controller recorded; `*out` is NULL if there is none.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_event(
    cluster: *mut jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Out(out)], |held, out| {
        if let Some(event) = held.cluster.poll_event() {
            out.give_json(&wire::event(&event));
        }
    })
}

/// Gives the next note on a decision, if `JOBSEM_FLAG_NOTES` is set; `*out` is NULL if there is
/// none.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_note(
    cluster: *mut jobsem_cluster,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Out(out)], |held, out| {
        if let Some(note) = held.cluster.poll_note() {
            out.give_json(&wire::note(&note));
        }
    })
}

/// Gives the time of the next `jobsem_cluster_handle_timeout` if nothing happens before; the reason
/// is `JOBSEM_WAKE_NONE` if there is none.
///
/// # Safety
///
/// `cluster` is live; `out` is writable for its `struct_size`; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_poll_timeout(
    cluster: *const jobsem_cluster,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), OutStruct(out)], |held, out| out
        .put(&jobsem_wakeup::of(held.cluster.poll_timeout())))
}

/// Gives the time at which a controller looks at one Job or CronJob again; `kind` is a
/// `JOBSEM_KIND_*`. The reason is `JOBSEM_WAKE_NONE` if no time is known.
///
/// # Safety
///
/// `cluster` is live; `ns` and `name` are readable; `out` is writable for its `struct_size`; `err`
/// is writable or NULL.
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
    call!(
        err,
        [Shared(cluster), Key(ns, ns_len, name, name_len), OutStruct(out)],
        |held, key, out| {
            let wakeup = match kind {
                JOBSEM_KIND_JOB => held.cluster.wakeup_of(key.namespace, key.name),
                JOBSEM_KIND_CRONJOB => held.cluster.wakeup_of_cronjob(key.namespace, key.name),
                other => return Err(no_kind(other)),
            };
            out.put(&jobsem_wakeup::of(wakeup));
        }
    )
}
