//! `jobsem_error`: what is behind a status, for who wants to know.

use std::ffi::{CString, c_char};
use std::ptr;

use serde_json::json;

use crate::call::{getter, on_handle};
use crate::handle::{self, kind};
use crate::status::{self, Failure, jobsem_status};
use crate::text::{Out, jobsem_buf};

/// Why a call has failed. The caller owns it: free it with `jobsem_error_free`.
pub struct jobsem_error {
    _opaque: [u8; 0],
}

kind!(jobsem_error holds Told, marked b"jsem err");

/// A failure, in texts that C can read where they are.
#[derive(Debug)]
pub struct Told {
    status: i32,
    message: CString,
    path: Option<CString>,
    refusal: Option<CString>,
    line: u32,
    column: u32,
    json: String,
}

impl Told {
    fn new(failure: Failure) -> Told {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) =
            failure.location.map_or((0, 0), |at| (number(at.line), number(at.column)));
        let mut json = json!({
            "status": failure.status,
            "kind": status::name(failure.status).to_string_lossy(),
            "message": failure.message,
        });
        if let Some(path) = &failure.path {
            json["path"] = path.as_str().into();
        }
        if line > 0 {
            json["line"] = line.into();
            json["column"] = column.into();
        }
        if let Some(refusal) = &failure.refusal {
            // OK because the text was made from a value.
            json["refusal"] = serde_json::from_str(refusal).unwrap_or_default();
        }
        Told {
            status: failure.status,
            message: c_text(failure.message),
            path: failure.path.map(c_text),
            refusal: failure.refusal.map(c_text),
            line,
            column,
            json: json.to_string(),
        }
    }
}

/// A text that ends in its first NUL: what was given may have some, and they are replaced.
fn c_text(text: String) -> CString {
    let clean = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    // OK because there is no NUL left.
    CString::new(clean).unwrap_or_default()
}

/// Nothing has failed yet.
///
/// # Safety
///
/// `err` is NULL or a place for a pointer.
pub(crate) unsafe fn clear(err: *mut *mut jobsem_error) {
    if !err.is_null() {
        // SAFETY: the caller's.
        unsafe { err.write(ptr::null_mut()) };
    }
}

/// Hands a failure to the caller, if it wants to know.
///
/// # Safety
///
/// As [`clear`].
pub(crate) unsafe fn give(err: *mut *mut jobsem_error, failure: Failure) {
    if !err.is_null() {
        // SAFETY: the caller's.
        unsafe { err.write(handle::new::<jobsem_error>(Told::new(failure))) };
    }
}

/// The status that the call has returned; `JOBSEM_E_NULL` if `error` is NULL.
///
/// Threads: any number may read the same one. So for all that read an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_status(error: *const jobsem_error) -> jobsem_status {
    let otherwise = if error.is_null() { status::JOBSEM_E_NULL } else { status::JOBSEM_E_HANDLE };
    getter("jobsem_error_status", otherwise, || {
        // SAFETY: the caller's.
        Ok(unsafe { handle::shared(error) }?.status)
    })
}

/// What is wrong, for people: UTF-8 that ends in NUL and lives as long as `error`. A NUL in it is
/// replaced by U+FFFD. NULL if `error` is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_message(error: *const jobsem_error) -> *const c_char {
    getter("jobsem_error_message", ptr::null(), || {
        // SAFETY: the caller's.
        Ok(unsafe { handle::shared(error) }?.borrowed().message.as_ptr())
    })
}

/// The field that it is about, such as `spec.backoffLimit`, as `jobsem_error_message` has texts;
/// NULL if it is about none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_path(error: *const jobsem_error) -> *const c_char {
    getter("jobsem_error_path", ptr::null(), || {
        // SAFETY: the caller's.
        let told = unsafe { handle::shared(error) }?.borrowed();
        Ok(told.path.as_ref().map_or(ptr::null(), |path| path.as_ptr()))
    })
}

/// The place in the document, line and column (in characters) from 1; both 0 if it is not known.
/// `line` and `column` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_place(
    error: *const jobsem_error,
    line: *mut u32,
    column: *mut u32,
) -> jobsem_status {
    on_handle("jobsem_error_place", ptr::null_mut(), || {
        // SAFETY: the caller's.
        let told = unsafe { handle::shared(error) }?;
        // SAFETY: the caller's.
        unsafe {
            crate::text::put(line, told.line);
            crate::text::put(column, told.column);
        }
        Ok(())
    })
}

/// The Status object that the API server would answer with, as JSON; the text is as that of
/// `jobsem_error_message`. NULL unless an object was refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_refusal(error: *const jobsem_error) -> *const c_char {
    getter("jobsem_error_refusal", ptr::null(), || {
        // SAFETY: the caller's.
        let told = unsafe { handle::shared(error) }?.borrowed();
        Ok(told.refusal.as_ref().map_or(ptr::null(), |refusal| refusal.as_ptr()))
    })
}

/// All of it as one JSON object: `status`, `kind` (as `jobsem_status_name`), `message`, and where
/// they are known `path`, `line`, `column`, `refusal`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_json(
    error: *const jobsem_error,
    out: *mut *mut jobsem_buf,
) -> jobsem_status {
    on_handle("jobsem_error_json", ptr::null_mut(), || {
        // SAFETY: the caller's.
        let out = unsafe { Out::new(out, "out") }?;
        // SAFETY: the caller's.
        out.give_text(unsafe { handle::shared(error) }?.json.clone());
        Ok(())
    })
}

/// Frees an error; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_error_free(error: *mut jobsem_error) -> jobsem_status {
    // SAFETY: the caller's.
    on_handle("jobsem_error_free", ptr::null_mut(), || unsafe { handle::free(error) })
}
