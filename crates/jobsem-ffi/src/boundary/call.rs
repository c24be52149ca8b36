//! The frame of every export: arguments are read in one place, and nothing unwinds into C.
//!
//! A panic is a bug in jobsem. It becomes `JOBSEM_E_PANIC`, and the handles that the call held are
//! poisoned (see [`handle`](super::handle)), since what they hold may be half changed. Tests make
//! each export panic on purpose.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::argument::Call;
use super::error::{self, jobsem_error};
use super::hook;
use super::status::{Failure, JOBSEM_E_PANIC, JOBSEM_OK};

/// The body of an export that returns a status.
///
/// ```text
/// call!(err, [KIND(raw, ...), ...], |argument, ...| { ... })
/// ```
///
/// Clears all outputs, reads the arguments in their order, and runs the body with them: `?` and
/// `return Err(...)` fail the call. A kind is a type with
/// [`Argument`](super::argument::Argument); its first raw value names it in errors.
macro_rules! call {
    (
        $err:expr,
        [$($kind:ident($name:ident $(, $raw:ident)*)),* $(,)?],
        |$($argument:ident),* $(,)?| $body:expr $(,)?
    ) => {{
        use $crate::boundary::argument::Argument as _;
        let body = |call: &$crate::boundary::Call| {
            // SAFETY: this is the body of an `unsafe extern "C" fn`, whose `# Safety` section says
            // what C promises of each raw value, in the terms of docs/ABI.md. `Argument` asks for
            // that and no more. The promise lasts until the call returns, and the lifetime of
            // `call` ends before that. What can be checked is checked by `read`: NULL, lengths,
            // UTF-8, sizes of structs, the mark of a handle, and its lock.
            #[allow(clippy::double_parens, reason = "one raw value or a tuple of several")]
            unsafe {
                $($kind::clear(($name $(, $raw)*));)*
            }
            $(
                #[allow(unused_mut, reason = "what is exclusive or written needs it")]
                #[allow(clippy::double_parens, reason = "one raw value or a tuple of several")]
                // SAFETY: as above.
                let mut $argument =
                    unsafe { $kind::read(($name $(, $raw)*), stringify!($name), call) }?;
            )*
            $crate::boundary::call::trip();
            let () = $body;
            Ok(())
        };
        // SAFETY: as above; `err` is NULL or a place for a pointer.
        unsafe { $crate::boundary::call::run($crate::boundary::call::here!(), $err, body) }
    }};
}

/// The body of an export that returns something of a handle, and `$otherwise` if it cannot.
macro_rules! getter {
    ($handle:ident, $otherwise:expr, |$argument:ident| $body:expr) => {{
        use $crate::boundary::argument::Argument as _;
        $crate::boundary::call::get($crate::boundary::call::here!(), $otherwise, |call| {
            // SAFETY: as in `call!`.
            let $argument =
                unsafe { $crate::boundary::Shared::read($handle, stringify!($handle), call) }?;
            $crate::boundary::call::trip();
            Ok($body)
        })
    }};
}

/// The body of an export that frees a handle.
macro_rules! free {
    ($handle:ident) => {{
        let body = |_: &$crate::boundary::Call| {
            $crate::boundary::call::trip();
            // SAFETY: as in `call!`; the caller gives the handle up.
            unsafe { $crate::boundary::handle::free($handle) }
        };
        let err = std::ptr::null_mut();
        // SAFETY: NULL is fine for `err`.
        unsafe { $crate::boundary::call::run($crate::boundary::call::here!(), err, body) }
    }};
}

/// The path of a function inside the export, by which tests find the export.
macro_rules! here {
    () => {{
        fn here() {}
        std::any::type_name_of_val(&here)
    }};
}

pub(crate) use hook::trip;
pub(crate) use {call, free, getter, here};

/// Runs a call; a failure and a panic become a status, and an error if `err` is not NULL.
///
/// # Safety
///
/// `err` is NULL or a place for a pointer.
pub(crate) unsafe fn run(
    place: &'static str,
    err: *mut *mut jobsem_error,
    body: impl FnOnce(&Call) -> Result<(), Failure>,
) -> i32 {
    // SAFETY: the caller's.
    unsafe { error::clear(err) };
    let failure = match caught(place, body) {
        Ok(Ok(())) => return JOBSEM_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Failure::new(JOBSEM_E_PANIC, format!("panic: {}", text.unwrap_or("no message")))
        }
    };
    let status = failure.status;
    // SAFETY: the caller's.
    unsafe { error::give(err, failure) };
    status
}

/// Runs a getter, which has no status to return: `otherwise` stands for every failure.
pub(crate) fn get<T>(
    place: &'static str,
    otherwise: T,
    body: impl FnOnce(&Call) -> Result<T, Failure>,
) -> T {
    match caught(place, body) {
        Ok(Ok(value)) => value,
        Ok(Err(_)) | Err(_) => otherwise,
    }
}

fn caught<T>(place: &'static str, body: impl FnOnce(&Call) -> T) -> Result<T, Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| {
        hook::enter(place);
        body(&Call::begin())
    }))
}
