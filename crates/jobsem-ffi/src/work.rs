//! The typed structs of the hot path: work, reports, wake-ups, how a Job stands.

use std::ffi::c_char;
use std::ptr;

use jobsem::api::Job;
use jobsem::cluster::Work;
use jobsem::job::completion_index_of;
use jobsem::{WakeReason, Wakeup, outcome};

use crate::boundary::sized::{SizedStruct, first_size};
use crate::rules::verdict_number;

/// There is nothing to do.
pub const JOBSEM_WORK_NONE: i32 = 0;
/// Start the pod.
pub const JOBSEM_WORK_START: i32 = 1;
/// Stop the pod: ask it to end, kill it after the grace period, then report what became of it and
/// that it is gone (`JOBSEM_REPORT_REMOVED`).
pub const JOBSEM_WORK_STOP: i32 = 2;

/// Something for the host to do. Start from `JOBSEM_WORK_INIT`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_work {
    /// `sizeof(jobsem_work)`.
    pub struct_size: u32,
    /// `JOBSEM_WORK_*`.
    pub kind: i32,
    /// Of a stop: whole seconds between asking and killing.
    pub grace_seconds: i64,
    /// The pod's namespace. This and `name` end in NUL, too; they live until the next
    /// `jobsem_cluster_poll_work` or the cluster's end.
    pub pod_namespace: *const c_char,
    /// The length of `pod_namespace`.
    pub pod_namespace_len: usize,
    /// The pod's name.
    pub name: *const c_char,
    /// The length of `name`.
    pub name_len: usize,
    /// The pod's completion index; -1 if it has none.
    pub completion_index: i32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: numbers and pointers; zeros are values of them.
unsafe impl SizedStruct for jobsem_work {
    const FIRST_SIZE: usize = first_size(56, 40);
    const NAME: &'static str = "jobsem_work";
}

/// Work that was handed out last: what the pointers of `jobsem_work` point to.
#[derive(Debug)]
pub struct Handed {
    pub(crate) work: Work,
    namespace: String,
    name: String,
}

impl Handed {
    pub(crate) fn new(work: Work) -> Handed {
        let metadata = match &work {
            Work::Start(pod) | Work::Stop { pod, .. } => Some(&pod.metadata),
            _ => None,
        };
        let with_nul = |text: &str| format!("{text}\0");
        let (namespace, name) = metadata.map_or((String::new(), String::new()), |m| {
            (with_nul(&m.namespace), with_nul(&m.name))
        });
        Handed { work, namespace, name }
    }

    pub(crate) fn pod(&self) -> Option<&std::sync::Arc<jobsem::api::Pod>> {
        match &self.work {
            Work::Start(pod) | Work::Stop { pod, .. } => Some(pod),
            _ => None,
        }
    }

    pub(crate) fn to_c(&self) -> jobsem_work {
        let index = self.pod().and_then(|pod| completion_index_of(pod));
        let (kind, grace_seconds) = match &self.work {
            Work::Start(_) => (JOBSEM_WORK_START, 0),
            Work::Stop { grace_seconds, .. } => (JOBSEM_WORK_STOP, *grace_seconds),
            _ => (JOBSEM_WORK_NONE, 0),
        };
        jobsem_work {
            kind,
            grace_seconds,
            pod_namespace: self.namespace.as_ptr().cast(),
            pod_namespace_len: self.namespace.len().saturating_sub(1),
            name: self.name.as_ptr().cast(),
            name_len: self.name.len().saturating_sub(1),
            completion_index: index.unwrap_or(-1),
            ..NO_WORK
        }
    }
}

pub(crate) const NO_WORK: jobsem_work = jobsem_work {
    struct_size: 0,
    kind: JOBSEM_WORK_NONE,
    grace_seconds: 0,
    pod_namespace: ptr::null(),
    pod_namespace_len: 0,
    name: ptr::null(),
    name_len: 0,
    completion_index: -1,
    reserved: 0,
};

/// All containers of the pod run and are ready.
pub const JOBSEM_REPORT_RUNNING: i32 = 1;
/// The pod has ended, with the exit code of one container; the others count as ended well.
pub const JOBSEM_REPORT_EXITED: i32 = 2;
/// The host has let go of a pod that was to be stopped: nothing of it runs any more.
pub const JOBSEM_REPORT_REMOVED: i32 = 3;

/// What a host says of a pod. Start from `JOBSEM_POD_REPORT_INIT`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_pod_report {
    /// `sizeof(jobsem_pod_report)`.
    pub struct_size: u32,
    /// `JOBSEM_REPORT_*`.
    pub kind: i32,
    /// Of `JOBSEM_REPORT_EXITED`: the exit code, 0 to 255; 0 is success. A negative number is minus
    /// the signal that ended the process: -9 counts as 137.
    pub exit_code: i32,
    /// Zero.
    pub reserved: u32,
    /// The pod's namespace; `default` if it is empty.
    pub pod_namespace: *const c_char,
    /// The length of `pod_namespace`.
    pub pod_namespace_len: usize,
    /// The pod's name.
    pub name: *const c_char,
    /// The length of `name`.
    pub name_len: usize,
    /// Of `JOBSEM_REPORT_EXITED`: the container; the pod's first one if it is empty. One that the
    /// pod does not have is `JOBSEM_E_NOT_FOUND`.
    pub container: *const c_char,
    /// The length of `container`.
    pub container_len: usize,
}

// SAFETY: numbers and pointers; zeros are values of them.
unsafe impl SizedStruct for jobsem_pod_report {
    const FIRST_SIZE: usize = first_size(64, 40);
    const NAME: &'static str = "jobsem_pod_report";
}

/// Never.
pub const JOBSEM_WAKE_NONE: i32 = 0;
/// Something changed; changes of one second are looked at together.
pub const JOBSEM_WAKE_BATCH: i32 = 1;
/// Pods failed, and the next one has to wait.
pub const JOBSEM_WAKE_BACKOFF: i32 = 2;
/// `activeDeadlineSeconds` will have passed.
pub const JOBSEM_WAKE_DEADLINE: i32 = 3;
/// The last sync failed and is tried again.
pub const JOBSEM_WAKE_RETRY: i32 = 4;
/// `ttlSecondsAfterFinished` will have passed.
pub const JOBSEM_WAKE_TTL: i32 = 5;
/// A CronJob's next start is due.
pub const JOBSEM_WAKE_SCHEDULE: i32 = 6;
/// A controller that was restarted begins to work.
pub const JOBSEM_WAKE_START: i32 = 7;
/// A container of a pod is in CrashLoopBackOff.
pub const JOBSEM_WAKE_CRASH_LOOP_BACKOFF: i32 = 8;
/// The failed start of a container is retried.
pub const JOBSEM_WAKE_START_RETRY: i32 = 9;
/// A pod's own `activeDeadlineSeconds` expire.
pub const JOBSEM_WAKE_POD_DEADLINE: i32 = 10;
/// A pod's sidecars stop, after the containers they waited for.
pub const JOBSEM_WAKE_SIDECAR_TURN: i32 = 11;
/// The grace period of a container expires.
pub const JOBSEM_WAKE_KILL: i32 = 12;
/// For a reason that is newer than this header.
pub const JOBSEM_WAKE_OTHER: i32 = 99;

/// When to call again, and why. Start from `JOBSEM_WAKEUP_INIT`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_wakeup {
    /// `sizeof(jobsem_wakeup)`.
    pub struct_size: u32,
    /// `JOBSEM_WAKE_*`; `JOBSEM_WAKE_NONE` if never.
    pub reason: i32,
    /// Nanoseconds since the Unix epoch.
    pub at_ns: i64,
}

// SAFETY: numbers.
unsafe impl SizedStruct for jobsem_wakeup {
    const FIRST_SIZE: usize = first_size(16, 16);
    const NAME: &'static str = "jobsem_wakeup";
}

impl jobsem_wakeup {
    pub(crate) fn of(wakeup: Option<Wakeup>) -> jobsem_wakeup {
        let (reason, at_ns) = match wakeup {
            Some(wakeup) => (reason(wakeup.reason), wakeup.at.unix_nanos()),
            None => (JOBSEM_WAKE_NONE, 0),
        };
        jobsem_wakeup { struct_size: 0, reason, at_ns }
    }
}

fn reason(reason: WakeReason) -> i32 {
    match reason {
        WakeReason::Batch => JOBSEM_WAKE_BATCH,
        WakeReason::Backoff => JOBSEM_WAKE_BACKOFF,
        WakeReason::Deadline => JOBSEM_WAKE_DEADLINE,
        WakeReason::Retry => JOBSEM_WAKE_RETRY,
        WakeReason::Ttl => JOBSEM_WAKE_TTL,
        WakeReason::Schedule => JOBSEM_WAKE_SCHEDULE,
        WakeReason::Start => JOBSEM_WAKE_START,
        WakeReason::CrashLoopBackOff { .. } => JOBSEM_WAKE_CRASH_LOOP_BACKOFF,
        WakeReason::StartRetry => JOBSEM_WAKE_START_RETRY,
        WakeReason::PodDeadline => JOBSEM_WAKE_POD_DEADLINE,
        WakeReason::SidecarTurn => JOBSEM_WAKE_SIDECAR_TURN,
        WakeReason::Kill => JOBSEM_WAKE_KILL,
        _ => JOBSEM_WAKE_OTHER,
    }
}

/// How a Job stands, in numbers. Start from `JOBSEM_JOB_STATE_INIT`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_job_state {
    /// `sizeof(jobsem_job_state)`.
    pub struct_size: u32,
    /// `JOBSEM_VERDICT_*`.
    pub verdict: i32,
    /// `status.active`.
    pub active: i32,
    /// `status.ready`.
    pub ready: i32,
    /// `status.succeeded`.
    pub succeeded: i32,
    /// `status.failed`.
    pub failed: i32,
    /// `status.terminating`.
    pub terminating: i32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: numbers.
unsafe impl SizedStruct for jobsem_job_state {
    const FIRST_SIZE: usize = first_size(32, 32);
    const NAME: &'static str = "jobsem_job_state";
}

impl jobsem_job_state {
    pub(crate) fn of(job: &Job) -> jobsem_job_state {
        let status = &job.status;
        jobsem_job_state {
            struct_size: 0,
            verdict: verdict_number(outcome(job).verdict),
            active: status.active,
            ready: status.ready.unwrap_or(0),
            succeeded: status.succeeded,
            failed: status.failed,
            terminating: status.terminating.unwrap_or(0),
            reserved: 0,
        }
    }
}
