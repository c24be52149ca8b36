//! `jobsem_error`: a failure as C reads it.

use std::ffi::CString;
use std::ptr;

use serde_json::json;

use super::handle::{self, kind};
use super::status::{self, Failure};

/// Why a call failed. The caller owns it and frees it with `jobsem_error_free`.
pub struct jobsem_error {
    _opaque: [u8; 0],
}

kind!(jobsem_error holds Details, marked b"jsem err");

/// A failure in texts that end in NUL, so that C can read them in place.
#[derive(Debug)]
pub struct Details {
    pub(crate) status: i32,
    pub(crate) message: CString,
    pub(crate) path: Option<CString>,
    pub(crate) refusal: Option<CString>,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) json: String,
}

impl Details {
    fn new(failure: Failure) -> Details {
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
        Details {
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

/// A text with a NUL at its end and nowhere else: each NUL inside becomes U+FFFD.
fn c_text(text: String) -> CString {
    let clean = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    // OK because there is no NUL left.
    CString::new(clean).unwrap_or_default()
}

/// Says that nothing has failed yet.
///
/// # Safety
///
/// `err` is NULL or a place for a pointer.
pub(super) unsafe fn clear(err: *mut *mut jobsem_error) {
    if !err.is_null() {
        // SAFETY: the caller's.
        unsafe { err.write(ptr::null_mut()) };
    }
}

/// Hands a failure to the caller, unless `err` is NULL.
///
/// # Safety
///
/// As for [`clear`].
pub(super) unsafe fn give(err: *mut *mut jobsem_error, failure: Failure) {
    if !err.is_null() {
        // SAFETY: the caller's.
        unsafe { err.write(handle::new::<jobsem_error>(Details::new(failure))) };
    }
}
