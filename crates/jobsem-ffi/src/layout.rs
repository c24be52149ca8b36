//! The layout as this compiler has it, as assertions for a C compiler.
//!
//! `cargo xtask c` compiles them: header and library agree on every size, offset and number.

use std::fmt::Write as _;
use std::mem::{align_of, offset_of, size_of};

use crate::*;

/// C that compiles only where header and library agree.
pub fn static_asserts() -> String {
    let mut out = String::from("#include <stddef.h>\n#include \"jobsem.h\"\n");
    macro_rules! layout {
        ($($name:ident { $($member:ident),+ $(,)? })+) => {$(
            let _ = writeln!(out, "JOBSEM_ASSERT(sizeof({0}) == {1});",
                stringify!($name), size_of::<$name>());
            let _ = writeln!(out, "JOBSEM_ASSERT(JOBSEM_ALIGNOF({0}) == {1});",
                stringify!($name), align_of::<$name>());
            $(let _ = writeln!(out, "JOBSEM_ASSERT(offsetof({0}, {1}) == {2});",
                stringify!($name), stringify!($member), offset_of!($name, $member));)+
        )+};
    }
    macro_rules! numbers {
        ($($name:ident),+ $(,)?) => {
            $(let _ = writeln!(out, "JOBSEM_ASSERT({} == {});", stringify!($name), $name);)+
        };
    }
    layout! {
        jobsem_options {
            struct_size, flags, kube_minor, field_validation, seed, workers, reserved, gates,
            gates_len, time_zone, time_zone_len, node, node_len,
        }
        jobsem_work {
            struct_size, kind, grace_seconds, pod_namespace, pod_namespace_len, name, name_len,
            completion_index, reserved,
        }
        jobsem_pod_report {
            struct_size, kind, exit_code, reserved, pod_namespace, pod_namespace_len, name,
            name_len, container, container_len,
        }
        jobsem_task {
            struct_size, kind, ticket, grace_seconds, pod_namespace, pod_namespace_len, name,
            name_len, container, container_len, restart_count, completion_index,
        }
        jobsem_wakeup { struct_size, reason, at_ns }
        jobsem_job_state {
            struct_size, verdict, active, ready, succeeded, failed, terminating, reserved,
        }
    }
    numbers!(
        JOBSEM_ABI_VERSION,
        JOBSEM_KUBE_MINOR_OLDEST,
        JOBSEM_KUBE_MINOR_NEWEST,
        JOBSEM_OK,
        JOBSEM_E_NULL,
        JOBSEM_E_UTF8,
        JOBSEM_E_STRUCT_SIZE,
        JOBSEM_E_UNKNOWN_FIELD,
        JOBSEM_E_UNKNOWN_FLAG,
        JOBSEM_E_OUT_OF_RANGE,
        JOBSEM_E_HANDLE,
        JOBSEM_E_DECODE,
        JOBSEM_E_INVALID,
        JOBSEM_E_UNSUPPORTED,
        JOBSEM_E_KUBE_INTERNAL,
        JOBSEM_E_NOT_FOUND,
        JOBSEM_E_ALREADY_EXISTS,
        JOBSEM_E_STATE,
        JOBSEM_E_TIME_WENT_BACK,
        JOBSEM_E_BUSY,
        JOBSEM_E_OTHER,
        JOBSEM_E_PANIC,
        JOBSEM_E_POISONED,
        JOBSEM_FLAG_NOTES,
        JOBSEM_FIELDS_STRICT,
        JOBSEM_FIELDS_WARN,
        JOBSEM_FIELDS_IGNORE,
        JOBSEM_VERDICT_PENDING,
        JOBSEM_VERDICT_RUNNING,
        JOBSEM_VERDICT_SUSPENDED,
        JOBSEM_VERDICT_WILL_SUCCEED,
        JOBSEM_VERDICT_WILL_FAIL,
        JOBSEM_VERDICT_SUCCEEDED,
        JOBSEM_VERDICT_FAILED,
        JOBSEM_CONTROLLER_JOB,
        JOBSEM_CONTROLLER_TTL,
        JOBSEM_CONTROLLER_CRONJOB,
        JOBSEM_KIND_JOB,
        JOBSEM_KIND_POD,
        JOBSEM_KIND_CRONJOB,
        JOBSEM_DELETE_BACKGROUND,
        JOBSEM_DELETE_FOREGROUND,
        JOBSEM_DELETE_ORPHAN,
        JOBSEM_TASK_NONE,
        JOBSEM_TASK_START,
        JOBSEM_TASK_STOP,
        JOBSEM_TASK_KILL,
        JOBSEM_WORK_NONE,
        JOBSEM_WORK_START,
        JOBSEM_WORK_STOP,
        JOBSEM_REPORT_RUNNING,
        JOBSEM_REPORT_EXITED,
        JOBSEM_REPORT_REMOVED,
        JOBSEM_WAKE_NONE,
        JOBSEM_WAKE_BATCH,
        JOBSEM_WAKE_BACKOFF,
        JOBSEM_WAKE_DEADLINE,
        JOBSEM_WAKE_RETRY,
        JOBSEM_WAKE_TTL,
        JOBSEM_WAKE_SCHEDULE,
        JOBSEM_WAKE_START,
        JOBSEM_WAKE_CRASH_LOOP_BACKOFF,
        JOBSEM_WAKE_START_RETRY,
        JOBSEM_WAKE_POD_DEADLINE,
        JOBSEM_WAKE_SIDECAR_TURN,
        JOBSEM_WAKE_KILL,
        JOBSEM_WAKE_OTHER,
    );
    out
}
