//! Every export, with arguments that are fine; each is made to panic.
#![allow(unused_braces, reason = "the macros take blocks of one or of more lines")]

use std::collections::BTreeSet;

use super::*;
use crate::boundary::force;

/// What a call needs.
struct Stage {
    options: jobsem_options,
    cluster: *mut jobsem_cluster,
    /// A cluster whose first container has ticket 0 and runs.
    host: *mut jobsem_cluster,
    controller: *mut jobsem_controller,
    memory: *mut jobsem_memory,
    cleanup: *mut jobsem_cleanup,
    cron: *mut jobsem_cron,
    buf: *mut jobsem_buf,
    error: *mut jobsem_error,
    invocation: *mut jobsem_invocation,
    /// The Job as a cluster has it.
    stored: String,
}

const NONE: *mut *mut jobsem_error = ptr::null_mut();
const EXPRESSION: &str = "*/5 * * * *";
const PI: &str = "pi";
const POD: &str = "pi-00000";

impl Stage {
    fn new() -> Stage {
        let mut stage = Stage {
            options: options(),
            cluster: cluster(),
            host: cluster(),
            controller: ptr::null_mut(),
            memory: ptr::null_mut(),
            cleanup: ptr::null_mut(),
            cron: ptr::null_mut(),
            buf: ptr::null_mut(),
            error: ptr::null_mut(),
            invocation: ptr::null_mut(),
            stored: String::new(),
        };
        let o = &stage.options;
        // SAFETY: every pointer is there.
        unsafe {
            let mut work = work();
            assert_eq!(jobsem_cluster_poll_work(stage.cluster, &mut work, NONE), 0);
            assert_eq!(work.kind, JOBSEM_WORK_START);
            let (host, mut task) = (stage.host, task());
            assert_eq!(jobsem_host_turn(host, NOW, &mut 0, &mut wakeup(), NONE), 0);
            assert_eq!(jobsem_host_poll_task(host, &mut task, NONE), 0);
            assert_eq!((task.kind, task.ticket), (JOBSEM_TASK_START, 0));
            let job = JOBSEM_CONTROLLER_JOB;
            assert_eq!(jobsem_controller_new(o, job, &mut stage.controller, NONE), 0);
            assert_eq!(jobsem_memory_new(&mut stage.memory, NONE), 0);
            assert_eq!(jobsem_cleanup_new(&mut stage.cleanup, NONE), 0);
            let (text, len) = (p(EXPRESSION), EXPRESSION.len());
            assert_eq!(jobsem_cron_new(text, len, ptr::null(), 0, &mut stage.cron, NONE), 0);
            let status = jobsem_outcome(p(JOB), JOB.len(), ptr::null_mut(), &mut stage.buf, NONE);
            assert_eq!(status, 0);
            let status =
                jobsem_cron_new(p("x"), 1, ptr::null(), 0, &mut ptr::null_mut(), &mut stage.error);
            assert_eq!(status, JOBSEM_E_DECODE);
            let out = &mut stage.invocation;
            let (pod, none) = (p(POD), ptr::null());
            let status = jobsem_cluster_invocation(
                stage.cluster,
                none,
                0,
                pod,
                POD.len(),
                none,
                0,
                out,
                NONE,
            );
            assert_eq!(status, 0);
        }
        let (mut job, none) = (ptr::null_mut(), ptr::null());
        // SAFETY: as above.
        unsafe {
            let kind = JOBSEM_KIND_JOB;
            assert_eq!(
                jobsem_cluster_get(stage.cluster, kind, none, 0, p(PI), 2, &mut job, NONE),
                0
            );
        }
        stage.stored = take(job);
        stage
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // SAFETY: all of them are ours; the library detects one that was freed already.
        unsafe {
            for status in [
                jobsem_cluster_free(self.cluster),
                jobsem_cluster_free(self.host),
                jobsem_controller_free(self.controller),
                jobsem_memory_free(self.memory),
                jobsem_cleanup_free(self.cleanup),
                jobsem_cron_free(self.cron),
                jobsem_buf_free(self.buf),
                jobsem_error_free(self.error),
                jobsem_invocation_free(self.invocation),
            ] {
                assert!([JOBSEM_OK, JOBSEM_E_HANDLE].contains(&status), "{status}");
            }
        }
    }
}

/// What a call is like.
#[derive(Clone, Copy, PartialEq)]
enum Like {
    /// It touches no handle.
    Plain,
    /// It borrows one.
    Borrows,
    /// It frees one.
    Frees,
}
use Like::{Borrows, Frees, Plain};

/// A call; true if it went well. A status goes to the second argument.
type Do = unsafe fn(&Stage, &mut i32) -> bool;

/// Runs a call that returns a status, and frees what it makes.
macro_rules! status {
    (|$s:ident| $call:expr) => {
        |$s, status| {
            // SAFETY: every pointer is there.
            *status = unsafe { $call };
            *status == JOBSEM_OK
        }
    };
    (|$s:ident, $out:ident: $free:ident| $call:expr) => {
        |$s, status| {
            let mut made = ptr::null_mut();
            let $out = &mut made;
            // SAFETY: every pointer is there, and what was made is ours.
            unsafe {
                *status = $call;
                assert!(*status == JOBSEM_OK || made.is_null(), "an output of a failure");
                assert_eq!($free(made), JOBSEM_OK);
            }
            *status == JOBSEM_OK
        }
    };
}

macro_rules! getter {
    (|$s:ident| $call:expr) => {
        // SAFETY: every pointer is there.
        |$s, _| unsafe { $call }
    };
}

const LIST: &str = r#"{"kind": "List", "items": []}"#;
const EVENT: &str = r#"{"type": "BOOKMARK", "object": {}}"#;
const SCENARIO: &str =
    r#"{"mode": "schedule", "schedule": "@daily", "from": "2024-01-01T00:00:00Z", "count": 1}"#;

/// Every export but the two that return a constant.
const CALLS: &[(&str, Like, Do)] = &[
    (
        "jobsem_status_name",
        Plain,
        getter!(|_s| { CStr::from_ptr(jobsem_status_name(JOBSEM_E_INVALID)) == c"invalid" }),
    ),
    ("jobsem_buf_data", Borrows, getter!(|s| !jobsem_buf_data(s.buf).is_null())),
    ("jobsem_buf_len", Borrows, getter!(|s| jobsem_buf_len(s.buf) > 0)),
    ("jobsem_buf_free", Frees, status!(|s| jobsem_buf_free(s.buf))),
    ("jobsem_error_status", Borrows, getter!(|s| jobsem_error_status(s.error) == JOBSEM_E_DECODE)),
    ("jobsem_error_message", Borrows, getter!(|s| !jobsem_error_message(s.error).is_null())),
    ("jobsem_error_path", Borrows, |s, _| {
        // A getter that has nothing to say says NULL in both cases; only poison can be seen.
        // SAFETY: every pointer is there.
        unsafe { jobsem_error_path(s.error).is_null() && !jobsem_error_message(s.error).is_null() }
    }),
    ("jobsem_error_refusal", Borrows, |s, _| {
        // SAFETY: as above.
        unsafe {
            jobsem_error_refusal(s.error).is_null() && !jobsem_error_message(s.error).is_null()
        }
    }),
    (
        "jobsem_error_place",
        Borrows,
        status!(|s| { jobsem_error_place(s.error, &mut 0, ptr::null_mut()) }),
    ),
    (
        "jobsem_error_json",
        Borrows,
        status!(|s, out: jobsem_buf_free| jobsem_error_json(s.error, out)),
    ),
    ("jobsem_error_free", Frees, status!(|s| jobsem_error_free(s.error))),
    (
        "jobsem_outcome",
        Plain,
        status!(|_s, out: jobsem_buf_free| {
            jobsem_outcome(p(JOB), JOB.len(), &mut 0, out, NONE)
        }),
    ),
    (
        "jobsem_validate_create",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            jobsem_validate_create(&s.options, p(JOB), JOB.len(), NOW, out, NONE)
        }),
    ),
    (
        "jobsem_validate_update",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            jobsem_validate_update(
                &s.options,
                p(&s.stored),
                s.stored.len(),
                p(&s.stored),
                s.stored.len(),
                out,
                NONE,
            )
        }),
    ),
    (
        "jobsem_validate_status",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            jobsem_validate_status(
                &s.options,
                p(&s.stored),
                s.stored.len(),
                p(&s.stored),
                s.stored.len(),
                out,
                NONE,
            )
        }),
    ),
    (
        "jobsem_check",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            jobsem_check(&s.options, p(JOB), JOB.len(), ptr::null(), 0, out, NONE)
        }),
    ),
    (
        "jobsem_memory_new",
        Plain,
        status!(|_s, out: jobsem_memory_free| jobsem_memory_new(out, NONE)),
    ),
    ("jobsem_memory_free", Frees, status!(|s| jobsem_memory_free(s.memory))),
    (
        "jobsem_reconcile",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_reconcile(
                &s.options,
                s.memory,
                p(JOB),
                JOB.len(),
                ptr::null(),
                0,
                NOW,
                out,
                NONE,
            )
        }),
    ),
    (
        "jobsem_explain",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            jobsem_explain(&s.options, p(JOB), JOB.len(), NOW, out, NONE)
        }),
    ),
    (
        "jobsem_simulate",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            let timeline = ptr::null_mut();
            jobsem_simulate(&s.options, p(SCENARIO), SCENARIO.len(), out, timeline, NONE)
        }),
    ),
    (
        "jobsem_controller_new",
        Plain,
        status!(|s, out: jobsem_controller_free| {
            jobsem_controller_new(&s.options, JOBSEM_CONTROLLER_TTL, out, NONE)
        }),
    ),
    ("jobsem_controller_free", Frees, status!(|s| jobsem_controller_free(s.controller))),
    (
        "jobsem_controller_handle_watch",
        Borrows,
        status!(|s| {
            jobsem_controller_handle_watch(s.controller, NOW, p(EVENT), EVENT.len(), NONE)
        }),
    ),
    (
        "jobsem_controller_handle_list",
        Borrows,
        status!(|s| {
            jobsem_controller_handle_list(s.controller, NOW, p(LIST), LIST.len(), NONE)
        }),
    ),
    ("jobsem_controller_handle_result", Borrows, |s, status| {
        // SAFETY: every pointer is there.
        *status =
            unsafe { jobsem_controller_handle_result(s.controller, NOW, 77, ptr::null(), 0, NONE) };
        *status == JOBSEM_E_STATE
    }),
    (
        "jobsem_controller_handle_timeout",
        Borrows,
        status!(|s| { jobsem_controller_handle_timeout(s.controller, NOW, NONE) }),
    ),
    (
        "jobsem_controller_restart",
        Borrows,
        status!(|s| { jobsem_controller_restart(s.controller, NOW, NONE) }),
    ),
    (
        "jobsem_controller_poll_request",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_controller_poll_request(s.controller, &mut 0, out, NONE)
        }),
    ),
    (
        "jobsem_controller_poll_event",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_controller_poll_event(s.controller, out, NONE)
        }),
    ),
    (
        "jobsem_controller_poll_note",
        Borrows,
        status!(|s, out: jobsem_buf_free| { jobsem_controller_poll_note(s.controller, out, NONE) }),
    ),
    (
        "jobsem_controller_poll_timeout",
        Borrows,
        status!(|s| { jobsem_controller_poll_timeout(s.controller, &mut wakeup(), NONE) }),
    ),
    (
        "jobsem_controller_wakeup_of",
        Borrows,
        status!(|s| {
            let none = ptr::null();
            jobsem_controller_wakeup_of(s.controller, none, 0, p(PI), 2, &mut wakeup(), NONE)
        }),
    ),
    (
        "jobsem_cluster_new",
        Plain,
        status!(|s, out: jobsem_cluster_free| { jobsem_cluster_new(&s.options, out, NONE) }),
    ),
    ("jobsem_cluster_free", Frees, status!(|s| jobsem_cluster_free(s.cluster))),
    (
        "jobsem_cluster_create",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            const OTHER: &str = r#"{"apiVersion": "batch/v1", "kind": "CronJob", "metadata":
            {"name": "c"}, "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template":
            {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}]}}}}}}"#;
            jobsem_cluster_create(s.cluster, NOW, p(OTHER), OTHER.len(), out, NONE)
        }),
    ),
    (
        "jobsem_cluster_patch",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            const PATCH: &str = r#"{"spec": {"suspend": true}}"#;
            let (kind, none) = (JOBSEM_KIND_JOB, ptr::null());
            let (patch, len) = (p(PATCH), PATCH.len());
            jobsem_cluster_patch(s.cluster, NOW, kind, none, 0, p(PI), 2, patch, len, out, NONE)
        }),
    ),
    (
        "jobsem_cluster_delete",
        Borrows,
        status!(|s| {
            let (kind, how) = (JOBSEM_KIND_JOB, JOBSEM_DELETE_FOREGROUND);
            jobsem_cluster_delete(s.cluster, NOW, kind, ptr::null(), 0, p(PI), 2, how, NONE)
        }),
    ),
    (
        "jobsem_cluster_delete_pod",
        Borrows,
        status!(|s| {
            jobsem_cluster_delete_pod(s.cluster, NOW, ptr::null(), 0, p(POD), POD.len(), -1, NONE)
        }),
    ),
    (
        "jobsem_cluster_report",
        Borrows,
        status!(|s| {
            jobsem_cluster_report(s.cluster, NOW, &report(JOBSEM_REPORT_EXITED, 3, POD), NONE)
        }),
    ),
    (
        "jobsem_cluster_report_status",
        Borrows,
        status!(|s| {
            let (status, none) = (r#"{"phase": "Running"}"#, ptr::null());
            let (pod, len) = (p(POD), POD.len());
            jobsem_cluster_report_status(
                s.cluster,
                NOW,
                none,
                0,
                pod,
                len,
                p(status),
                status.len(),
                NONE,
            )
        }),
    ),
    (
        "jobsem_cluster_handle_timeout",
        Borrows,
        status!(|s| { jobsem_cluster_handle_timeout(s.cluster, NOW, NONE) }),
    ),
    (
        "jobsem_cluster_restart_controllers",
        Borrows,
        status!(|s| { jobsem_cluster_restart_controllers(s.cluster, NOW, 0, NONE) }),
    ),
    (
        "jobsem_cluster_poll_work",
        Borrows,
        status!(|s| { jobsem_cluster_poll_work(s.cluster, &mut work(), NONE) }),
    ),
    (
        "jobsem_cluster_work_pod",
        Borrows,
        status!(|s, out: jobsem_buf_free| { jobsem_cluster_work_pod(s.cluster, out, NONE) }),
    ),
    (
        "jobsem_cluster_poll_event",
        Borrows,
        status!(|s, out: jobsem_buf_free| { jobsem_cluster_poll_event(s.cluster, out, NONE) }),
    ),
    (
        "jobsem_cluster_poll_note",
        Borrows,
        status!(|s, out: jobsem_buf_free| { jobsem_cluster_poll_note(s.cluster, out, NONE) }),
    ),
    (
        "jobsem_cluster_poll_timeout",
        Borrows,
        status!(|s| { jobsem_cluster_poll_timeout(s.cluster, &mut wakeup(), NONE) }),
    ),
    (
        "jobsem_host_turn",
        Borrows,
        status!(|s| { jobsem_host_turn(s.host, NOW, &mut 0, &mut wakeup(), NONE) }),
    ),
    (
        "jobsem_host_poll_task",
        Borrows,
        status!(|s| { jobsem_host_poll_task(s.host, &mut task(), NONE) }),
    ),
    ("jobsem_host_started", Borrows, status!(|s| { jobsem_host_started(s.host, NOW, 0, NONE) })),
    (
        "jobsem_host_start_failed",
        Borrows,
        status!(|s| { jobsem_host_start_failed(s.host, NOW, 0, p("No"), 2, ptr::null(), 0, NONE) }),
    ),
    (
        "jobsem_host_exited",
        Borrows,
        status!(|s| {
            let none = ptr::null();
            jobsem_host_exited(s.host, NOW, 0, 3, none, 0, none, 0, NONE)
        }),
    ),
    (
        "jobsem_host_evicted",
        Borrows,
        status!(|s| { jobsem_host_evicted(s.host, NOW, 0, 137, p("gone"), 4, NONE) }),
    ),
    ("jobsem_host_shut_down", Borrows, status!(|s| { jobsem_host_shut_down(s.host, NOW, NONE) })),
    ("jobsem_host_kill_all", Borrows, status!(|s| { jobsem_host_kill_all(s.host, NONE) })),
    (
        "jobsem_host_pod",
        Borrows,
        status!(|s, out: jobsem_buf_free| { jobsem_host_pod(s.host, 0, out, NONE) }),
    ),
    (
        "jobsem_host_invocation",
        Borrows,
        status!(|s, out: jobsem_invocation_free| {
            jobsem_host_invocation(s.host, 0, ptr::null(), 0, out, NONE)
        }),
    ),
    (
        "jobsem_cluster_wakeup_of",
        Borrows,
        status!(|s| {
            let (kind, none) = (JOBSEM_KIND_JOB, ptr::null());
            jobsem_cluster_wakeup_of(s.cluster, kind, none, 0, p(PI), 2, &mut wakeup(), NONE)
        }),
    ),
    (
        "jobsem_cluster_job_state",
        Borrows,
        status!(|s| {
            jobsem_cluster_job_state(s.cluster, ptr::null(), 0, p(PI), 2, &mut state(), NONE)
        }),
    ),
    (
        "jobsem_cluster_get",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_cluster_get(s.cluster, JOBSEM_KIND_JOB, ptr::null(), 0, p(PI), 2, out, NONE)
        }),
    ),
    (
        "jobsem_cluster_get_status",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_cluster_get_status(
                s.cluster,
                JOBSEM_KIND_JOB,
                ptr::null(),
                0,
                p(PI),
                2,
                out,
                NONE,
            )
        }),
    ),
    (
        "jobsem_cluster_list",
        Borrows,
        status!(|s, out: jobsem_buf_free| {
            jobsem_cluster_list(s.cluster, JOBSEM_KIND_POD, out, NONE)
        }),
    ),
    (
        "jobsem_cluster_invocation",
        Borrows,
        status!(|s, out: jobsem_invocation_free| {
            let (pod, len, none) = (p(POD), POD.len(), ptr::null());
            jobsem_cluster_invocation(s.cluster, none, 0, pod, len, none, 0, out, NONE)
        }),
    ),
    (
        "jobsem_invocation_argv",
        Borrows,
        getter!(|s| {
            let argv = jobsem_invocation_argv(s.invocation);
            !argv.is_null()
                && CStr::from_ptr(*argv.add(2)) == c"print 7"
                && (*argv.add(3)).is_null()
        }),
    ),
    (
        "jobsem_invocation_envp",
        Borrows,
        getter!(|s| {
            let envp = jobsem_invocation_envp(s.invocation);
            let at = |i: usize| CStr::from_ptr(*envp.add(i));
            !envp.is_null() && at(0) == c"HOSTNAME=pi-00000" && at(1) == c"N=7"
        }),
    ),
    ("jobsem_invocation_free", Frees, status!(|s| jobsem_invocation_free(s.invocation))),
    (
        "jobsem_cron_new",
        Plain,
        status!(|_s, out: jobsem_cron_free| {
            jobsem_cron_new(p(EXPRESSION), EXPRESSION.len(), ptr::null(), 0, out, NONE)
        }),
    ),
    ("jobsem_cron_free", Frees, status!(|s| jobsem_cron_free(s.cron))),
    (
        "jobsem_cron_next",
        Borrows,
        status!(|s| { jobsem_cron_next(s.cron, NOW, &mut 0, &mut 0, NONE) }),
    ),
    (
        "jobsem_cron_forecast",
        Plain,
        status!(|s, out: jobsem_buf_free| {
            let (text, len) = (p(EXPRESSION), EXPRESSION.len());
            jobsem_cron_forecast(&s.options, text, len, NOW, 3, -1, out, NONE)
        }),
    ),
    (
        "jobsem_cleanup_new",
        Plain,
        status!(|_s, out: jobsem_cleanup_free| { jobsem_cleanup_new(out, NONE) }),
    ),
    ("jobsem_cleanup_free", Frees, status!(|s| jobsem_cleanup_free(s.cleanup))),
    ("jobsem_cleanup_add", Borrows, status!(|s| jobsem_cleanup_add(s.cleanup, 7, NOW, 30, NONE))),
    (
        "jobsem_cleanup_remove",
        Borrows,
        status!(|s| { jobsem_cleanup_remove(s.cleanup, 7, &mut 0, NONE) }),
    ),
    (
        "jobsem_cleanup_poll_due",
        Borrows,
        status!(|s| { jobsem_cleanup_poll_due(s.cleanup, NOW, &mut 0, &mut 0, NONE) }),
    ),
    (
        "jobsem_cleanup_poll_timeout",
        Borrows,
        status!(|s| { jobsem_cleanup_poll_timeout(s.cleanup, &mut wakeup(), NONE) }),
    ),
    ("jobsem_cleanup_len", Borrows, |s, _| {
        // SAFETY: every pointer is there.
        unsafe {
            let added = jobsem_cleanup_add(s.cleanup, 1, NOW, 1, NONE) == JOBSEM_OK;
            added && jobsem_cleanup_len(s.cleanup) == 1
        }
    }),
    (
        "jobsem_cleanup_expiry",
        Plain,
        status!(|_s| { jobsem_cleanup_expiry(p(JOB), JOB.len(), &mut 0, &mut 0, NONE) }),
    ),
    (
        "jobsem_cleanup_excess",
        Plain,
        status!(|_s, out: jobsem_buf_free| {
            let runs = r#"[{"name": "a"}, {"name": "b", "start": "2024-01-01T00:00:00Z"}]"#;
            jobsem_cleanup_excess(1, p(runs), runs.len(), out, NONE)
        }),
    ),
    (
        "jobsem_cleanup_plan",
        Plain,
        status!(|_s, out: jobsem_buf_free| {
            let object = r#"{"id": "job", "owns": [{"id": "pod"}]}"#;
            jobsem_cleanup_plan(p(object), object.len(), JOBSEM_DELETE_FOREGROUND, out, NONE)
        }),
    ),
];

/// Exports that return a constant and run nothing.
const CONSTANTS: [&str; 2] = ["jobsem_abi_version", "jobsem_version"];

#[test]
fn the_header_has_these_exports_and_no_others() {
    let header = include_str!("../../../../include/jobsem.h");
    let declared: BTreeSet<&str> = header
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '('))
        .filter_map(|word| word.split_once('(').map(|(name, _)| name))
        .filter(|name| name.starts_with("jobsem_"))
        .collect();
    let listed: BTreeSet<&str> = CALLS.iter().map(|(name, ..)| *name).chain(CONSTANTS).collect();
    assert_eq!(declared, listed);
    assert_eq!(CALLS.len() + CONSTANTS.len(), listed.len());
}

#[test]
fn the_list_of_capabilities_names_these_exports_and_no_others() {
    let text = include_str!("../../../../tests/capabilities.json");
    let all: serde_json::Value = serde_json::from_str(text).unwrap();
    let all = all["capabilities"].as_array().unwrap();
    let named = all.iter().flat_map(|one| one["c"].as_array().into_iter().flatten());
    let named: BTreeSet<&str> = named.map(|name| name.as_str().unwrap()).collect();
    let exports: BTreeSet<&str> = CALLS.iter().map(|(name, ..)| *name).chain(CONSTANTS).collect();
    assert_eq!(named, exports);
}

#[test]
fn every_export_works() {
    for (name, _, call) in CALLS {
        let stage = Stage::new();
        let mut status = 0;
        // SAFETY: the stage is set.
        assert!(unsafe { call(&stage, &mut status) }, "{name}: {status}");
    }
}

#[test]
fn a_panic_in_any_export_is_a_status_and_poisons_the_handle() {
    for (name, like, call) in CALLS {
        let stage = Stage::new();
        let mut status = JOBSEM_E_PANIC;
        force(name);
        // SAFETY: the stage is set.
        assert!(!unsafe { call(&stage, &mut status) }, "{name} did not notice its panic");
        assert_eq!(status, JOBSEM_E_PANIC, "{name}");
        let mut status = JOBSEM_E_POISONED;
        // SAFETY: as above.
        let works = unsafe { call(&stage, &mut status) };
        assert_eq!(works, *like != Borrows, "{name} again: {status}");
        if *like == Borrows {
            assert_eq!(status, JOBSEM_E_POISONED, "{name} again");
        }
    }
}
