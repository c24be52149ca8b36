//! `jobsem_cron_*`: schedules.

use std::ffi::c_char;
use std::ptr;

use jobsem::cron::{Coming, CronSchedule, Forecast};
use jobsem::{Time, wire};

use crate::call::{on_handle, plain};
use crate::documents::Submitted;
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::options::{Options, jobsem_options};
use crate::status::{Failure, jobsem_status};
use crate::text::{Out, jobsem_buf, put, text};

/// A schedule. The caller owns it: free it with `jobsem_cron_free`.
pub struct jobsem_cron {
    _opaque: [u8; 0],
}

kind!(jobsem_cron holds CronSchedule, marked b"jsem cro");

/// Reads a cron expression, as CronJobs have it; `zone` is the zone it is meant in, if it names
/// none itself (UTC if empty). `JOBSEM_E_DECODE` in Kubernetes' words.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_new(
    expression: *const c_char,
    expression_len: usize,
    zone: *const c_char,
    zone_len: usize,
    out: *mut *mut jobsem_cron,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cron_new", err, || {
        // SAFETY: as everywhere.
        let (expression, zone, out) = unsafe {
            (
                text(expression, expression_len, "expression")?,
                text(zone, zone_len, "zone")?,
                Out::new(out, "out")?,
            )
        };
        let mut schedule =
            CronSchedule::parse(expression).map_err(|error| Failure::decode(error.to_string()))?;
        if !zone.is_empty() {
            schedule = schedule.in_zone(zone)?;
        }
        out.give(handle::new(schedule));
        Ok(())
    })
}

/// Frees a schedule; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_free(cron: *mut jobsem_cron) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_cron_free", ptr::null_mut(), || unsafe { handle::free(cron) })
}

/// The first time after `after_ns`. `*out_is_set` is 0, and `*out_ns` untouched, if there is none
/// within five years.
///
/// Threads: any number may read the same one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_next(
    cron: *const jobsem_cron,
    after_ns: i64,
    out_is_set: *mut i32,
    out_ns: *mut i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    on_handle("jobsem_cron_next", err, || {
        // SAFETY: as everywhere.
        let cron = unsafe { handle::shared(cron) }?;
        if out_is_set.is_null() || out_ns.is_null() {
            return Err(Failure::null("out"));
        }
        let next = cron.next(Time::from_unix_nanos(after_ns));
        // SAFETY: as everywhere.
        unsafe {
            put(out_is_set, i32::from(next.is_some()));
            if let Some(next) = next {
                put(out_ns, next.unix_nanos());
            }
        }
        Ok(())
    })
}

/// What is to come of a CronJob (its manifest) or of a bare expression after `from_ns`: the next
/// `count` times with what becomes of each, and the clock changes up to then. `takes_seconds` is
/// how long each Job runs, -1 if that is not known. As `jobsem cron next --json` prints it.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_forecast(
    options: *const jobsem_options,
    document: *const c_char,
    document_len: usize,
    from_ns: i64,
    count: u32,
    takes_seconds: i64,
    out: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_cron_forecast", err, || {
        // SAFETY: as everywhere.
        let (options, document, out) = unsafe {
            (
                Options::read(options)?,
                text(document, document_len, "document")?,
                Out::new(out, "out")?,
            )
        };
        if count > MOST {
            return Err(Failure::out_of_range(format!("at most {MOST} times are forecast")));
        }
        let from = Time::from_unix_nanos(from_ns);
        let unreadable = |error: jobsem::cron::ParseError| Failure::decode(error.to_string());
        let mut forecast = match CronSchedule::parse(document.trim()) {
            Ok(schedule) => Forecast::of_schedule(schedule, from),
            Err(error) if !document.contains('\n') && !document.contains('{') => {
                return Err(unreadable(error));
            }
            Err(_) => match Submitted::read(document, options.validation, &options.sem)? {
                Submitted::CronJob(cronjob, _) => {
                    Forecast::of_cronjob(*cronjob, from).map_err(unreadable)?
                }
                Submitted::Job(..) => {
                    return Err(Failure::decode("neither a CronJob nor a schedule"));
                }
            },
        };
        if let Some(zone) = &options.time_zone {
            forecast = forecast.in_zone(zone)?;
        }
        match takes_seconds {
            -1 => {}
            0.. => forecast = forecast.taking(takes_seconds),
            other => return Err(Failure::out_of_range(format!("no Job takes {other} s"))),
        }
        let coming: Vec<Coming> = forecast.by_ref().take(count as usize).collect();
        out.give_json(&wire::forecast(&coming, &forecast.changes()));
        Ok(())
    })
}

/// Beyond that somebody wants something else than a forecast.
const MOST: u32 = 100_000;
