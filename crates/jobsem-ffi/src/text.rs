//! Text: what comes in as pointer and length, and what goes out as `jobsem_buf`.

use std::ffi::c_char;

use jobsem::decode::{Document, documents};
use serde_json::Value;

use crate::call::{getter, on_handle};
use crate::handle::{self, kind};
use crate::status::{Failure, JOBSEM_E_UTF8, jobsem_status};

/// A text that the library has made, and the caller owns: free it with `jobsem_buf_free`.
pub struct jobsem_buf {
    _opaque: [u8; 0],
}

kind!(jobsem_buf holds Vec<u8>, marked b"jsem buf");

/// The text: UTF-8, and a NUL after its last byte. It lives as long as `buf`. NULL if `buf` is.
///
/// Threads: any number may read the same one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_data(buf: *const jobsem_buf) -> *const c_char {
    getter("jobsem_buf_data", std::ptr::null(), || {
        // SAFETY: the caller's.
        Ok(unsafe { handle::shared(buf) }?.borrowed().as_ptr().cast())
    })
}

/// The length of the text in bytes, without the NUL; 0 if `buf` is NULL.
///
/// Threads: any number may read the same one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_len(buf: *const jobsem_buf) -> usize {
    // SAFETY: the caller's.
    getter("jobsem_buf_len", 0, || Ok(unsafe { handle::shared(buf) }?.len().saturating_sub(1)))
}

/// Frees a text; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_free(buf: *mut jobsem_buf) -> jobsem_status {
    // SAFETY: the caller's.
    on_handle("jobsem_buf_free", std::ptr::null_mut(), || unsafe { handle::free(buf) })
}

/// A place for a handle that a call makes: NULL until the call has succeeded.
pub(crate) struct Out<T>(*mut *mut T);

impl<T> Out<T> {
    /// A place that must be there.
    ///
    /// # Safety
    ///
    /// `place` is NULL or a place for a pointer.
    pub(crate) unsafe fn new(place: *mut *mut T, what: &str) -> Result<Out<T>, Failure> {
        if place.is_null() {
            return Err(Failure::null(what));
        }
        // SAFETY: the caller's.
        Ok(unsafe { Out::or_none(place) })
    }

    /// A place that may be NULL, if nobody wants to know.
    ///
    /// # Safety
    ///
    /// As [`Out::new`].
    pub(crate) unsafe fn or_none(place: *mut *mut T) -> Out<T> {
        if !place.is_null() {
            // SAFETY: the caller's.
            unsafe { place.write(std::ptr::null_mut()) };
        }
        Out(place)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_null()
    }

    pub(crate) fn give(self, handle: *mut T) {
        // SAFETY: the promise of `new`.
        unsafe { self.0.write(handle) };
    }
}

impl Out<jobsem_buf> {
    pub(crate) fn give_text(self, text: String) {
        if self.is_wanted() {
            let mut bytes = text.into_bytes();
            bytes.push(0);
            self.give(handle::new::<jobsem_buf>(bytes));
        }
    }

    pub(crate) fn give_json(self, value: &Value) {
        if self.is_wanted() {
            self.give_text(value.to_string());
        }
    }
}

/// Writes a number where the caller wants it.
///
/// # Safety
///
/// `place` is NULL or a place for a `T`.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: the caller's.
        unsafe { place.write(value) };
    }
}

/// Text that comes in; NULL with length 0 is empty.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes that nobody changes during the call.
pub(crate) unsafe fn text<'a>(
    data: *const c_char,
    len: usize,
    what: &str,
) -> Result<&'a str, Failure> {
    if len == 0 {
        return Ok("");
    }
    if data.is_null() {
        return Err(Failure::null(what));
    }
    if len > isize::MAX as usize {
        return Err(Failure::out_of_range(format!("`{what}` is longer than memory")));
    }
    // SAFETY: the caller's; the length was checked.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) };
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Failure::new(JOBSEM_E_UTF8, format!("`{what}` is not UTF-8 from byte {at} on"))
    })
}

/// The one document of a JSON or YAML text.
pub(crate) fn one_document(text: &str) -> Result<Document, Failure> {
    let mut all = documents(text.as_bytes())?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(Failure::decode("there is no document in the text")),
        n => Err(Failure::decode(format!("there are {n} documents in the text; give one"))),
    }
}

/// The value of a JSON or YAML text. JSON is read as it is, with no bound on its size.
pub(crate) fn value(text: &str) -> Result<Value, Failure> {
    if text.trim_start().starts_with(['{', '[']) {
        let at = |error: serde_json::Error| {
            let mut failure = Failure::decode(error.to_string());
            failure.location =
                Some(jobsem::Location { line: error.line(), column: error.column() });
            failure
        };
        return serde_json::from_str(text).map_err(at);
    }
    Ok(one_document(text)?.into_value())
}
