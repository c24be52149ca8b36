//! The one way in: whatever a call does, nothing unwinds into C.
//!
//! A panic is a bug in jobsem. It becomes `JOBSEM_E_PANIC`, and the handle that was in use is
//! poisoned (see [`handle`](crate::handle)), since what it holds may be half changed. Tests make
//! each export panic on purpose.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{self, jobsem_error};
use crate::status::{Failure, JOBSEM_E_PANIC, JOBSEM_OK};

/// A call that touches no handle.
pub(crate) fn plain(
    name: &'static str,
    err: *mut *mut jobsem_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> i32 {
    on_handle(name, err, || {
        trip();
        body()
    })
}

/// A call on a handle; the handle is borrowed in `body`, where the call trips.
pub(crate) fn on_handle(
    name: &'static str,
    err: *mut *mut jobsem_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> i32 {
    // SAFETY: the caller's `err` is NULL or a place for a pointer (docs/ABI.md).
    unsafe { error::clear(err) };
    let run = || {
        hook::enter(name);
        body()
    };
    let failure = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return JOBSEM_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Failure::new(JOBSEM_E_PANIC, format!("panic: {}", text.unwrap_or("no message")))
        }
    };
    let status = failure.status;
    // SAFETY: as above.
    unsafe { error::give(err, failure) };
    status
}

/// A getter, which has no status to return: `otherwise` stands for every failure.
pub(crate) fn getter<T>(
    name: &'static str,
    otherwise: T,
    body: impl FnOnce() -> Result<T, Failure>,
) -> T {
    let run = || {
        hook::enter(name);
        body()
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => value,
        Ok(Err(_)) | Err(_) => otherwise,
    }
}

pub(crate) use hook::trip;

/// Where tests let a call panic: as late as it is in the middle of its work.
#[cfg(test)]
pub(crate) mod hook {
    use std::cell::Cell;

    thread_local! {
        static FORCED: Cell<Option<&'static str>> = const { Cell::new(None) };
        static CURRENT: Cell<&'static str> = const { Cell::new("") };
    }

    /// The next call of that export panics.
    pub(crate) fn force(name: &'static str) {
        FORCED.set(Some(name));
    }

    pub(super) fn enter(name: &'static str) {
        CURRENT.set(name);
    }

    pub(crate) fn trip() {
        if FORCED.get() == Some(CURRENT.get()) {
            FORCED.set(None);
            panic!("forced in {}", CURRENT.get());
        }
    }
}

#[cfg(not(test))]
mod hook {
    #[inline(always)]
    pub(super) fn enter(_: &'static str) {}

    #[inline(always)]
    pub(crate) fn trip() {}
}
