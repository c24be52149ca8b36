//! `jobsem_cron_*`: schedules.

use std::ffi::c_char;

use jobsem::cron::{Coming, CronSchedule, ParseError};
use jobsem::{Time, wire};

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Failure, Out, OutOption, Shared, Text, call, free, jobsem_status};
use crate::options::{Options, jobsem_options};

/// A schedule. The caller owns it and frees it with `jobsem_cron_free`.
pub struct jobsem_cron {
    _opaque: [u8; 0],
}

kind!(jobsem_cron holds CronSchedule, marked b"jsem cro");

/// Reads a cron expression of a CronJob. `zone` is the zone of an expression that names none; UTC
/// if it is empty. `JOBSEM_E_DECODE`, in Kubernetes' words, if the expression is invalid.
///
/// The caller frees `*out` with `jobsem_cron_free`. Threads: any.
///
/// # Safety
///
/// `expression` and `zone` are readable; `out` is writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_new(
    expression: *const c_char,
    expression_len: usize,
    zone: *const c_char,
    zone_len: usize,
    out: *mut *mut jobsem_cron,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Text(expression, expression_len), Text(zone, zone_len), Out(out)],
        |expression, zone, out| {
            let mut schedule = CronSchedule::parse(&expression).map_err(unreadable)?;
            if !zone.is_empty() {
                schedule = schedule.in_zone(&zone)?;
            }
            out.give(schedule);
        }
    )
}

/// Frees a schedule. NULL is fine.
///
/// # Safety
///
/// `cron` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_free(cron: *mut jobsem_cron) -> jobsem_status {
    free!(cron)
}

/// Gives the first time after `after_ns`. If there is none within five years, `*out_is_set` is 0
/// and `*out_ns` is left alone.
///
/// Threads: any number may use one `cron` at the same time.
///
/// # Safety
///
/// `cron` is live; `out_is_set` and `out_ns` are writable; `err` is writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cron_next(
    cron: *const jobsem_cron,
    after_ns: i64,
    out_is_set: *mut i32,
    out_ns: *mut i64,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(err, [Shared(cron), OutOption(out_is_set, out_ns)], |cron, out| out
        .put(cron.next(Time::from_unix_nanos(after_ns)).map(|next| next.unix_nanos())))
}

/// Forecasts a CronJob (its manifest) or a bare expression: the next `count` times after `from_ns`
/// with what happens at each, and the clock changes up to then. `takes_seconds` is the assumed run
/// time of each Job; -1 if it is unknown. The document is that of `jobsem cron next --json`.
///
/// The caller frees `*out` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options` and `document` are readable; `out` is writable; `err` is writable or NULL.
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
    call!(
        err,
        [Options(options), Text(document, document_len), Out(out)],
        |options, document, out| {
            if count > MOST_TIMES {
                let text = format!("at most {MOST_TIMES} times are forecast");
                return Err(Failure::out_of_range(text));
            }
            let from = Time::from_unix_nanos(from_ns);
            let mut forecast =
                wire::read_forecast(&document, from, options.validation, &options.sem)?;
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
        }
    )
}

/// The maximum number of times in a forecast.
const MOST_TIMES: u32 = 100_000;

fn unreadable(error: ParseError) -> Failure {
    Failure::decode(error.to_string())
}
