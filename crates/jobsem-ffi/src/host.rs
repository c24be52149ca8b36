//! `jobsem_host_*`: a cluster whose containers the caller runs, as its node.
//!
//! These calls are the other way to drive a `jobsem_cluster`: containers instead of pods. Reports
//! say what containers did; tasks say which to start, to stop and to kill.

use std::collections::VecDeque;
use std::ffi::c_char;
use std::ptr;

use jobsem::cluster::{ContainerReport, ContainerStart, Ticket, Turn};
use jobsem::job::completion_index_of;
use jobsem::kubelet::{ContainerExit, Node};
use jobsem::{Time, Wakeup, wire};

use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::sized::{SizedStruct, first_size};
use crate::boundary::{
    Exclusive, Failure, Out, OutStruct, OutValue, Shared, Text, call, jobsem_status,
};
use crate::cluster::{Held, jobsem_cluster};
use crate::invocation::{Ready, jobsem_invocation};
use crate::work::jobsem_wakeup;

/// There is nothing to do.
pub const JOBSEM_TASK_NONE: i32 = 0;
/// Start the container; then report that it started, could not be made, or ended.
pub const JOBSEM_TASK_START: i32 = 1;
/// Ask the container to end (SIGTERM). It may come again with a shorter grace period.
pub const JOBSEM_TASK_STOP: i32 = 2;
/// Kill the container (SIGKILL): its grace period is over. It comes once.
pub const JOBSEM_TASK_KILL: i32 = 3;

/// Something to do with a container. Start from `JOBSEM_TASK_INIT`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct jobsem_task {
    /// `sizeof(jobsem_task)`.
    pub struct_size: u32,
    /// `JOBSEM_TASK_*`.
    pub kind: i32,
    /// Names this run of the container; a container that starts again has a new ticket.
    pub ticket: u64,
    /// Of a stop: whole seconds until the kill.
    pub grace_seconds: i64,
    /// Of a start: the pod's namespace. This, `name` and `container` end in NUL, too; they live
    /// until the next `jobsem_host_poll_task` or the cluster's end.
    pub pod_namespace: *const c_char,
    /// The length of `pod_namespace`.
    pub pod_namespace_len: usize,
    /// Of a start: the pod's name.
    pub name: *const c_char,
    /// The length of `name`.
    pub name_len: usize,
    /// Of a start: the container's name.
    pub container: *const c_char,
    /// The length of `container`.
    pub container_len: usize,
    /// Of a start: how many times the container was started before in this pod.
    pub restart_count: i32,
    /// Of a start: the pod's completion index; -1 if it has none.
    pub completion_index: i32,
}

// SAFETY: numbers and pointers; zeros are values of them.
unsafe impl SizedStruct for jobsem_task {
    const FIRST_SIZE: usize = first_size(80, 56);
    const NAME: &'static str = "jobsem_task";
}

pub(crate) const NO_TASK: jobsem_task = jobsem_task {
    struct_size: 0,
    kind: JOBSEM_TASK_NONE,
    ticket: 0,
    grace_seconds: 0,
    pod_namespace: ptr::null(),
    pod_namespace_len: 0,
    name: ptr::null(),
    name_len: 0,
    container: ptr::null(),
    container_len: 0,
    restart_count: 0,
    completion_index: -1,
};

/// Tasks that C has not polled, and the texts of the one that it polled last.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    queue: VecDeque<Task>,
    handed: [String; 3],
}

#[derive(Debug)]
enum Task {
    Start(ContainerStart),
    Stop(Ticket, i64),
    Kill(Ticket),
}

impl Tasks {
    /// Takes a turn's tasks; when to come back, and whether all is over.
    fn take(&mut self, turn: Turn) -> (Option<Wakeup>, bool) {
        self.queue.extend(turn.starts.into_iter().map(Task::Start));
        let stops = turn.stops.iter();
        self.queue.extend(stops.map(|stop| Task::Stop(stop.ticket, stop.grace_seconds)));
        self.queue.extend(turn.kills.into_iter().map(Task::Kill));
        (turn.wakeup, turn.over)
    }

    fn poll(&mut self) -> jobsem_task {
        self.handed = Default::default();
        match self.queue.pop_front() {
            None => NO_TASK,
            Some(Task::Stop(ticket, grace_seconds)) => jobsem_task {
                kind: JOBSEM_TASK_STOP,
                ticket: ticket.number(),
                grace_seconds,
                ..NO_TASK
            },
            Some(Task::Kill(ticket)) => {
                jobsem_task { kind: JOBSEM_TASK_KILL, ticket: ticket.number(), ..NO_TASK }
            }
            Some(Task::Start(start)) => {
                let meta = &start.pod.metadata;
                let texts = [&*meta.namespace, &*meta.name, &*start.container];
                self.handed = texts.map(|text| format!("{text}\0"));
                let [namespace, name, container] = &self.handed;
                jobsem_task {
                    kind: JOBSEM_TASK_START,
                    ticket: start.ticket.number(),
                    pod_namespace: namespace.as_ptr().cast(),
                    pod_namespace_len: namespace.len() - 1,
                    name: name.as_ptr().cast(),
                    name_len: name.len() - 1,
                    container: container.as_ptr().cast(),
                    container_len: container.len() - 1,
                    restart_count: start.restart_count,
                    completion_index: completion_index_of(&start.pod).unwrap_or(-1),
                    ..NO_TASK
                }
            }
        }
    }
}

impl Held {
    fn turn(
        &mut self,
        now_ns: i64,
        report: Option<ContainerReport>,
    ) -> Result<(Option<Wakeup>, bool), Failure> {
        let turn = self.cluster.host.turn(Time::from_unix_nanos(now_ns), report)?;
        Ok(self.tasks.take(turn))
    }
}

/// Does what is due at `now_ns`. An early or repeated call changes nothing.
///
/// `over` gets 1 if nothing is left to do: no pod runs, every Job is finished or deleted, and every
/// CronJob is deleted; 0 otherwise. `wakeup` gets when to call again if nothing happens before; its
/// reason is `JOBSEM_WAKE_NONE` if only a report or a change in the cluster can bring something
/// new. Drain `jobsem_host_poll_task` after each call. Call it again after reports and after
/// changes through `jobsem_cluster_*`.
///
/// A cluster is driven either by these calls or by `jobsem_cluster_poll_work` and
/// `jobsem_cluster_report`, not by both.
///
/// # Safety
///
/// `cluster` is live; `over` and `wakeup` are writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_turn(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    over: *mut i32,
    wakeup: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), OutValue(over), OutStruct(wakeup)], |held, over, wakeup| {
        let (next, is_over) = held.turn(now_ns, None)?;
        over.put(i32::from(is_over));
        wakeup.put(&jobsem_wakeup::of(next));
    })
}

/// Gives the next task; its kind is `JOBSEM_TASK_NONE` when there is none. The texts of the task
/// before are gone then.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_poll_task(
    cluster: *mut jobsem_cluster,
    out: *mut jobsem_task,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), OutStruct(out)], |held, out| out.put(&held.tasks.poll()))
}

/// Reports that a container runs. `JOBSEM_E_STATE` if no start of it is awaited.
///
/// # Safety
///
/// `cluster` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_started(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ticket: u64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster)], |held| {
        held.turn(now_ns, Some(ContainerReport::started(Ticket::of(ticket))))?;
    })
}

/// Reports that a container could not be made, with a reason in one word, such as
/// `CreateContainerConfigError`, and a message. Its pod waits and starts it again under a new
/// ticket.
///
/// # Safety
///
/// `cluster` is live; `reason` and `message` are readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_start_failed(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ticket: u64,
    reason: *const c_char,
    reason_len: usize,
    message: *const c_char,
    message_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Exclusive(cluster), Text(reason, reason_len), Text(message, message_len)],
        |held, reason, message| {
            let ticket = Ticket::of(ticket);
            let report = ContainerReport::start_failed(ticket, &*reason, &*message);
            held.turn(now_ns, Some(report))?;
        }
    )
}

/// Reports that a container ended: with its exit code, or 128 and the number of the signal that
/// ended it. An empty `reason` stands for `Completed` or `Error`; a container whose entry point
/// could not be executed ends with code 128 and reason `StartError`. `message` is its termination
/// message. A report on a container that has ended changes nothing.
///
/// # Safety
///
/// `cluster` is live; `reason` and `message` are readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_exited(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ticket: u64,
    exit_code: i32,
    reason: *const c_char,
    reason_len: usize,
    message: *const c_char,
    message_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Exclusive(cluster), Text(reason, reason_len), Text(message, message_len)],
        |held, reason, message| {
            let (reason, message) = (reason.to_owned(), message.to_owned());
            let exit = ContainerExit { code: exit_code, reason, message };
            held.turn(now_ns, Some(ContainerReport::ended(Ticket::of(ticket), exit)))?;
        }
    )
}

/// Reports that a container ended because something outside the Job took its place away: its pod
/// gets the condition DisruptionTarget with `message`, and its other containers are asked to end.
///
/// # Safety
///
/// `cluster` is live; `message` is readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_evicted(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    ticket: u64,
    exit_code: i32,
    message: *const c_char,
    message_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster), Text(message, message_len)], |held, message| {
        let (ticket, exit) = (Ticket::of(ticket), ContainerExit::code(exit_code));
        held.turn(now_ns, Some(ContainerReport::disrupted(ticket, exit, &*message)))?;
    })
}

/// Ends everything: no pod starts any more, and every container is asked to end within its pod's
/// grace period. Jobs stay as they are; delete them before. Call `jobsem_host_turn` next.
///
/// # Safety
///
/// `cluster` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_shut_down(
    cluster: *mut jobsem_cluster,
    now_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster)], |held| {
        held.cluster.host.shut_down(Time::from_unix_nanos(now_ns))?
    })
}

/// Waits for no grace period any more: the next turn kills every container.
///
/// # Safety
///
/// `cluster` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_kill_all(
    cluster: *mut jobsem_cluster,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(cluster)], |held| held.cluster.host.kill_all())
}

/// Gives the whole pod of a container that runs; `JOBSEM_E_STATE` if none runs under the ticket.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `cluster` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_pod(
    cluster: *const jobsem_cluster,
    ticket: u64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Out(out)], |held, out| {
        let pod = held.cluster.host.pod(Ticket::of(ticket))?;
        out.give_json(&wire::object("v1", "Pod", &**pod));
    })
}

/// Gives what a container is started with: its command and arguments with `$(NAME)` expanded, and
/// its environment. `pod_ip` is the address of its pod; empty stands for 127.0.0.1.
/// `JOBSEM_E_STATE` if no container runs under the ticket, `JOBSEM_E_UNSUPPORTED` if it needs what
/// only a real cluster has, such as a Secret.
///
/// The caller frees `*out` with `jobsem_invocation_free`.
///
/// # Safety
///
/// `cluster` is live; `pod_ip` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_host_invocation(
    cluster: *const jobsem_cluster,
    ticket: u64,
    pod_ip: *const c_char,
    pod_ip_len: usize,
    out: *mut *mut jobsem_invocation,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cluster), Text(pod_ip, pod_ip_len), Out(out)], |held, pod_ip, out| {
        let mut node = Node::default();
        if !pod_ip.is_empty() {
            node.pod_ip = pod_ip.to_owned();
        }
        out.give(Ready::new(held.cluster.host.invocation(Ticket::of(ticket), &node)?)?);
    })
}
