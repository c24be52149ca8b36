//! `jobsem_error_*`: what a failed call says about its failure.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::status::{self, jobsem_status};
use crate::boundary::{Out, OutValue, Shared, call, free, getter};

/// Returns the status of the call that failed; `JOBSEM_E_NULL` if `error` is NULL.
///
/// Threads: any number may read one `error` at the same time. This holds for every function that
/// reads an error.
///
/// # Safety
///
/// `error` is live or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_status(error: *const jobsem_error) -> jobsem_status {
    let otherwise = if error.is_null() { status::JOBSEM_E_NULL } else { status::JOBSEM_E_HANDLE };
    getter!(error, otherwise, |error| error.status)
}

/// Returns what is wrong, for people: UTF-8 that ends in NUL. `error` owns the text. A NUL inside
/// it is replaced by U+FFFD. Returns NULL if `error` is NULL.
///
/// # Safety
///
/// `error` is live or NULL. The text is valid until `error` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_message(error: *const jobsem_error) -> *const c_char {
    getter!(error, ptr::null(), |error| error.borrowed().message.as_ptr())
}

/// Returns the field that is wrong, such as `spec.backoffLimit`, in a text like that of
/// `jobsem_error_message`; NULL if the failure concerns no field.
///
/// # Safety
///
/// `error` is live or NULL. The text is valid until `error` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_path(error: *const jobsem_error) -> *const c_char {
    getter!(error, ptr::null(), |error| pointer(&error.borrowed().path))
}

/// Gives the place in the document: line and column (in characters), both from 1; both are 0 if the
/// place is not known. `line` and `column` may be NULL.
///
/// # Safety
///
/// `error` is live or NULL; `line` and `column` are writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_place(
    error: *const jobsem_error,
    line: *mut u32,
    column: *mut u32,
) -> jobsem_status {
    call!(
        ptr::null_mut(),
        [Shared(error), OutValue(line), OutValue(column)],
        |error, line, column| {
            line.put(error.line);
            column.put(error.column);
        }
    )
}

/// Returns the Status object that the API server would answer with, as JSON, in a text like that of
/// `jobsem_error_message`; NULL unless an object was refused.
///
/// # Safety
///
/// `error` is live or NULL. The text is valid until `error` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_refusal(error: *const jobsem_error) -> *const c_char {
    getter!(error, ptr::null(), |error| pointer(&error.borrowed().refusal))
}

/// Gives the whole error as one JSON object: `status`, `kind` (as `jobsem_status_name`), `message`,
/// and where they are known `path`, `line`, `column`, `refusal`.
///
/// The caller frees `*out` with `jobsem_buf_free`.
///
/// # Safety
///
/// `error` is live or NULL; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_json(
    error: *const jobsem_error,
    out: *mut *mut jobsem_buf,
) -> jobsem_status {
    call!(ptr::null_mut(), [Out(out), Shared(error)], |out, error| out
        .give_text(error.json.clone()))
}

/// Frees an error. NULL is fine.
///
/// # Safety
///
/// `error` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_free(error: *mut jobsem_error) -> jobsem_status {
    free!(error)
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}
