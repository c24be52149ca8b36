//! `jobsem_controller_*`: the controllers of Jobs, of `ttlSecondsAfterFinished` and of CronJobs,
//! for hosts that drive a real API.

use std::ffi::c_char;
use std::ptr;

use jobsem::{
    CronJobController, Error, JobController, Request, RequestId, Response, Time, TtlController,
    Wakeup, WatchEvent, wire,
};
use serde_json::Value;

use crate::call::{on_handle, plain};
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::options::{Options, jobsem_options};
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, put, text, value};
use crate::work::{OutWakeup, jobsem_wakeup};

/// The Job controller.
pub const JOBSEM_CONTROLLER_JOB: i32 = 1;
/// The controller that deletes finished Jobs by their `ttlSecondsAfterFinished`.
pub const JOBSEM_CONTROLLER_TTL: i32 = 2;
/// The CronJob controller.
pub const JOBSEM_CONTROLLER_CRONJOB: i32 = 3;

/// A controller. The caller owns it: free it with `jobsem_controller_free`.
///
/// After every call that takes a time, drain `jobsem_controller_poll_request`, then read
/// `jobsem_controller_poll_timeout`.
pub struct jobsem_controller {
    _opaque: [u8; 0],
}

kind!(jobsem_controller holds Controller, marked b"jsem ctl");

/// One of the three.
#[derive(Debug)]
pub enum Controller {
    /// Jobs.
    Job(Box<JobController>),
    /// Finished Jobs.
    Ttl(Box<TtlController>),
    /// CronJobs.
    CronJob(Box<CronJobController>),
}

/// Does the same with whichever controller it is.
macro_rules! each {
    ($on:expr, $c:ident => $do:expr) => {
        match $on {
            Controller::Job($c) => $do,
            Controller::Ttl($c) => $do,
            Controller::CronJob($c) => $do,
        }
    };
}

impl Controller {
    fn new(kind: i32, options: &Options) -> Result<Controller, Failure> {
        let sem = options.sem.clone();
        Ok(match kind {
            JOBSEM_CONTROLLER_JOB => {
                let c = JobController::new(sem).with_workers(options.workers);
                Controller::Job(Box::new(if options.notes { c.with_notes() } else { c }))
            }
            JOBSEM_CONTROLLER_TTL => {
                let c = TtlController::new().with_workers(options.workers);
                Controller::Ttl(Box::new(if options.notes { c.with_notes() } else { c }))
            }
            JOBSEM_CONTROLLER_CRONJOB => {
                let mut c = CronJobController::new(sem).with_workers(options.workers);
                if let Some(zone) = &options.time_zone {
                    c = c.with_local_zone(zone)?;
                }
                Controller::CronJob(Box::new(if options.notes { c.with_notes() } else { c }))
            }
            other => return Err(Failure::out_of_range(format!("no controller is {other}"))),
        })
    }

    fn handle_watch(&mut self, now: Time, event: WatchEvent) -> Result<(), Error> {
        each!(self, c => c.handle_watch(now, event))
    }

    fn handle_list(&mut self, now: Time, list: Value) -> Result<(), Error> {
        let (objects, version) = wire::list(list)?;
        match self {
            Controller::Job(c) => c.handle_list(now, objects, &version),
            // These keep nothing that a later object of the list could change.
            other => {
                objects.into_iter().try_for_each(|o| other.handle_watch(now, WatchEvent::Added(o)))
            }
        }
    }

    fn handle_result(&mut self, now: Time, id: RequestId, answer: Response) -> Result<(), Error> {
        each!(self, c => c.handle_result(now, id, answer))
    }

    fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        each!(self, c => c.handle_timeout(now))
    }

    fn restart(&mut self, begin: Time) {
        each!(self, c => c.restart(begin))
    }

    fn poll_request(&mut self) -> Option<Request> {
        each!(self, c => c.poll_request())
    }

    fn poll_event(&mut self) -> Option<jobsem::Event> {
        match self {
            Controller::Job(c) => c.poll_event(),
            Controller::CronJob(c) => c.poll_event(),
            Controller::Ttl(_) => None,
        }
    }

    fn poll_note(&mut self) -> Option<jobsem::DatedNote> {
        each!(self, c => c.poll_note())
    }

    fn poll_timeout(&self) -> Option<Wakeup> {
        each!(self, c => c.poll_timeout())
    }

    fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        each!(self, c => c.wakeup_of(namespace, name))
    }
}

/// A controller that knows of nothing yet. `kind` is a `JOBSEM_CONTROLLER_*`.
///
/// Threads: any. A controller may move between threads; a call that takes it without `const`
/// fails with `JOBSEM_E_BUSY` while another call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_new(
    options: *const jobsem_options,
    kind: i32,
    out: *mut *mut jobsem_controller,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_controller_new", err, || {
        // SAFETY: as everywhere.
        let (out, options) = unsafe { (Out::new(out, "out")?, Options::read(options)?) };
        out.give(handle::new(Controller::new(kind, &options)?));
        Ok(())
    })
}

/// Frees a controller; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_free(
    controller: *mut jobsem_controller,
) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_controller_free", ptr::null_mut(), || unsafe { handle::free(controller) })
}

/// Takes a line of a watch, as the Kubernetes API sends it: `{"type": "ADDED", "object": {...}}`.
/// Objects say their `kind`. After an `ERROR` (`JOBSEM_E_STATE`) the host lists again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_watch(
    controller: *mut jobsem_controller,
    now_ns: i64,
    event: *const c_char,
    event_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_handle_watch", err, || {
        // SAFETY: as everywhere.
        let (mut controller, event) =
            unsafe { (handle::exclusive(controller)?, text(event, event_len, "event")?) };
        let now = Time::from_unix_nanos(now_ns);
        match wire::watch_event(value(event)?)? {
            Some(event) => Ok(controller.handle_watch(now, event)?),
            None => Ok(controller.handle_timeout(now)?),
        }
    })
}

/// Takes the list that a watch starts from (`JobList`, `PodList`, `List`): all of it is known
/// before anything is worked on. A controller that starts over objects that exist already is
/// given all of them in one `List`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_list(
    controller: *mut jobsem_controller,
    now_ns: i64,
    list: *const c_char,
    list_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_handle_list", err, || {
        // SAFETY: as everywhere.
        let (mut controller, list) =
            unsafe { (handle::exclusive(controller)?, text(list, list_len, "list")?) };
        Ok(controller.handle_list(Time::from_unix_nanos(now_ns), value(list)?)?)
    })
}

/// Takes the answer to a request: the body of the API's response (an object, or a Status; a
/// Status of a failure has a `code`). Empty if there is nothing to show. `JOBSEM_E_STATE` if no
/// request of that `id` is open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_result(
    controller: *mut jobsem_controller,
    now_ns: i64,
    id: u64,
    body: *const c_char,
    body_len: usize,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_handle_result", err, || {
        // SAFETY: as everywhere.
        let (mut controller, body) =
            unsafe { (handle::exclusive(controller)?, text(body, body_len, "body")?) };
        let body = if body.is_empty() { Value::Null } else { value(body)? };
        let (now, id) = (Time::from_unix_nanos(now_ns), RequestId::from_u64(id));
        Ok(controller.handle_result(now, id, wire::response(body)?)?)
    })
}

/// Does what is due at `now_ns`; an early or repeated call changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_handle_timeout(
    controller: *mut jobsem_controller,
    now_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_handle_timeout", err, || {
        // SAFETY: as everywhere.
        let mut controller = unsafe { handle::exclusive(controller) }?;
        Ok(controller.handle_timeout(Time::from_unix_nanos(now_ns))?)
    })
}

/// Forgets everything but the options and the time, as a crash does; open requests, too. The
/// workers begin at `begin_ns`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_restart(
    controller: *mut jobsem_controller,
    begin_ns: i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_restart", err, || {
        // SAFETY: as everywhere.
        let mut controller = unsafe { handle::exclusive(controller) }?;
        controller.restart(Time::from_unix_nanos(begin_ns));
        Ok(())
    })
}

/// The next request to send: `{"id", "verb", "resource", "namespace", "name", ...}` (docs/ABI.md).
/// Its answer goes to `jobsem_controller_handle_result` with `*out_id`. `*out` is NULL, and
/// `*out_id` untouched, when there is none. `out_id` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_request(
    controller: *mut jobsem_controller,
    out_id: *mut u64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_poll_request", err, || {
        // SAFETY: as everywhere.
        let (mut controller, out) =
            unsafe { (handle::exclusive(controller)?, Out::new(out, "out")?) };
        if let Some(request) = controller.poll_request() {
            // SAFETY: as everywhere.
            unsafe { put(out_id, request.id.get()) };
            out.give_json(&wire::request(&request));
        }
        Ok(())
    })
}

/// The next Kubernetes Event to record; `*out` is NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_event(
    controller: *mut jobsem_controller,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_poll_event", err, || {
        // SAFETY: as everywhere.
        let (mut controller, out) =
            unsafe { (handle::exclusive(controller)?, Out::new(out, "out")?) };
        if let Some(event) = controller.poll_event() {
            out.give_json(&wire::event(&event));
        }
        Ok(())
    })
}

/// The next note on a decision, with `JOBSEM_FLAG_NOTES`; `*out` is NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_note(
    controller: *mut jobsem_controller,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_poll_note", err, || {
        // SAFETY: as everywhere.
        let (mut controller, out) =
            unsafe { (handle::exclusive(controller)?, Out::new(out, "out")?) };
        if let Some(note) = controller.poll_note() {
            out.give_json(&wire::note(&note));
        }
        Ok(())
    })
}

/// When to call `jobsem_controller_handle_timeout`, if nothing else happens before; the reason is
/// 0 if never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_controller_poll_timeout(
    controller: *const jobsem_controller,
    out: *mut jobsem_wakeup,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_controller_poll_timeout", err, || {
        // SAFETY: as everywhere.
        let (controller, out) = unsafe { (handle::shared(controller)?, OutWakeup::new(out)?) };
        out.put(&jobsem_wakeup::of(controller.poll_timeout()));
        Ok(())
    })
}

/// When one object is looked at again; the reason is 0 if it is not known when.
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
    on_handle("jobsem_controller_wakeup_of", err, || {
        // SAFETY: as everywhere.
        let (controller, namespace, name, out) = unsafe {
            (
                handle::shared(controller)?,
                text(ns, ns_len, "namespace")?,
                text(name, name_len, "name")?,
                OutWakeup::new(out)?,
            )
        };
        out.put(&jobsem_wakeup::of(controller.wakeup_of(namespace, name)));
        Ok(())
    })
}
