//! `jobsem_controller_*`: the controllers of Jobs, of `ttlSecondsAfterFinished` and of CronJobs,
//! for hosts that drive a real API.

use std::ffi::c_char;

use jobsem::{AnyController, RequestId, Time, wire};
use serde_json::Value;

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{
    Exclusive, Failure, Out, OutStruct, OutValue, Shared, Text, call, free, jobsem_status,
};
use crate::documents::value;
use crate::options::{Options, jobsem_options};
use crate::work::jobsem_wakeup;

/// The Job controller.
pub const JOBSEM_CONTROLLER_JOB: i32 = 1;
/// The controller that deletes finished Jobs by their `ttlSecondsAfterFinished`.
pub const JOBSEM_CONTROLLER_TTL: i32 = 2;
/// The CronJob controller.
pub const JOBSEM_CONTROLLER_CRONJOB: i32 = 3;

/// A controller. The caller owns it and frees it with `jobsem_controller_free`.
///
/// After each call that takes a time, drain `jobsem_controller_poll_request`, then read
/// `jobsem_controller_poll_timeout`.
pub struct jobsem_controller {
    _opaque: [u8; 0],
}

kind!(jobsem_controller holds AnyController, marked b"jsem ctl");

fn controller(kind: i32, options: &Options) -> Result<AnyController, Failure> {
    let name = match kind {
        JOBSEM_CONTROLLER_JOB => "job",
        JOBSEM_CONTROLLER_TTL => "ttl",
        JOBSEM_CONTROLLER_CRONJOB => "cronjob",
        other => return Err(Failure::no_constant("controller", other)),
    };
    let mut controller =
        AnyController::named(name, options.sem.clone())?.with_workers(options.workers);
    if let Some(zone) = &options.time_zone {
        controller = controller.with_local_zone(zone)?;
    }
    Ok(if options.notes { controller.with_notes() } else { controller })
}

/// Makes a controller that knows no object. `kind` is a `JOBSEM_CONTROLLER_*`.
///
/// The caller frees `*out` with `jobsem_controller_free`. Threads: any. A controller may move
/// between threads; a non-`const` call needs it alone, otherwise either side gets `JOBSEM_E_BUSY`.
///
/// # Safety
///
/// `options` is readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_new(
    options: *const jobsem_options,
    kind: i32,
    out: *mut *mut jobsem_controller,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Out(out), Options(options)], |out, options| out.give(controller(kind, &options)?))
}

/// Frees a controller. NULL is fine.
///
/// # Safety
///
/// `controller` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_free(
    controller: *mut jobsem_controller,
) -> jobsem_status {
    free!(controller)
}

/// Takes one line of a watch, as the Kubernetes API sends it: `{"type": "ADDED", "object": {...}}`.
/// Each object states its `kind`. After an `ERROR` (`JOBSEM_E_STATE`) the host lists again.
///
/// # Safety
///
/// `controller` is live; `event` is readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_watch(
    controller: *mut jobsem_controller,
    now_ns: i64,
    event: *const c_char,
    event_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), Text(event, event_len)], |controller, event| {
        let now = Time::from_unix_nanos(now_ns);
        match wire::watch_event(value(&event)?)? {
            Some(event) => controller.handle_watch(now, event)?,
            None => controller.handle_timeout(now)?,
        }
    })
}

/// Takes the list that a watch starts from (`JobList`, `PodList`, `List`). The controller knows the
/// whole list before it works on any of it. A controller that starts over existing objects gets all
/// of them in one `List`.
///
/// # Safety
///
/// `controller` is live; `list` is readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_list(
    controller: *mut jobsem_controller,
    now_ns: i64,
    list: *const c_char,
    list_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), Text(list, list_len)], |controller, list| {
        let (objects, version) = wire::list(value(&list)?)?;
        controller.handle_list(Time::from_unix_nanos(now_ns), objects, &version)?
    })
}

/// Takes the answer to a request: the body of the API's response, which is an object or a Status; a
/// Status of a failure has a `code`. An empty body is an answer without an object. `JOBSEM_E_STATE`
/// if no request of that `id` is open.
///
/// # Safety
///
/// `controller` is live; `body` is readable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_result(
    controller: *mut jobsem_controller,
    now_ns: i64,
    id: u64,
    body: *const c_char,
    body_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), Text(body, body_len)], |controller, body| {
        let body = if body.is_empty() { Value::Null } else { value(&body)? };
        let (now, id) = (Time::from_unix_nanos(now_ns), RequestId::from_u64(id));
        controller.handle_result(now, id, wire::response(body)?)?
    })
}

/// Does what is due at `now_ns`. An early or repeated call changes nothing.
///
/// # Safety
///
/// `controller` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_timeout(
    controller: *mut jobsem_controller,
    now_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller)], |controller| {
        controller.handle_timeout(Time::from_unix_nanos(now_ns))?
    })
}

/// Makes the controller forget everything but its options and the time, as a crash does; open
/// requests, too. It begins to work at `begin_ns`.
///
/// # Safety
///
/// `controller` is live; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_restart(
    controller: *mut jobsem_controller,
    begin_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller)], |controller| controller
        .restart(Time::from_unix_nanos(begin_ns)))
}

/// Gives the next request to send: `{"id", "verb", "resource", "namespace", "name", ...}`
/// (docs/ABI.md). Its answer goes to `jobsem_controller_handle_result` with `*out_id`, which is the
/// document's `id`; `out_id` may be NULL. If there is no request, `*out` is NULL and `*out_id` is
/// left alone.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `controller` is live; `out` is writable; `out_id` and `err` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_request(
    controller: *mut jobsem_controller,
    out_id: *mut u64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), OutValue(out_id), Out(out)], |controller, out_id, out| {
        if let Some(request) = controller.poll_request() {
            out_id.put(request.id.get());
            out.give_json(&wire::request(&request));
        }
    })
}

/// Gives the next Kubernetes Event to record; `*out` is NULL if there is none.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `controller` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_event(
    controller: *mut jobsem_controller,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), Out(out)], |controller, out| {
        if let Some(event) = controller.poll_event() {
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
/// `controller` is live; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_note(
    controller: *mut jobsem_controller,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Exclusive(controller), Out(out)], |controller, out| {
        if let Some(note) = controller.poll_note() {
            out.give_json(&wire::note(&note));
        }
    })
}

/// Gives the time of the next `jobsem_controller_handle_timeout` if nothing happens before; the
/// reason is `JOBSEM_WAKE_NONE` if there is none.
///
/// # Safety
///
/// `controller` is live; `out` is writable for its `struct_size`; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_timeout(
    controller: *const jobsem_controller,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(controller), OutStruct(out)], |controller, out| out
        .put(&jobsem_wakeup::of(controller.poll_timeout())))
}

/// Gives the time at which the controller looks at one object again; the reason is
/// `JOBSEM_WAKE_NONE` if no time is known.
///
/// # Safety
///
/// `controller` is live; `ns` and `name` are readable; `out` is writable for its `struct_size`;
/// `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_wakeup_of(
    controller: *const jobsem_controller,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Shared(controller), Text(ns, ns_len), Text(name, name_len), OutStruct(out)],
        |controller, ns, name, out| out.put(&jobsem_wakeup::of(controller.wakeup_of(&ns, &name)))
    )
}
