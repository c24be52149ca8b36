//! `jobsem_buf_*`: texts that the library made.

use std::ffi::c_char;

use crate::boundary::out::jobsem_buf;
use crate::boundary::{free, getter, jobsem_status};

/// Returns the text: UTF-8 with a NUL after its last byte. `buf` owns it. Returns NULL if `buf` is
/// NULL.
///
/// Threads: any number may read one `buf` at the same time.
///
/// # Safety
///
/// `buf` is live or NULL. The text is valid until `buf` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_data(buf: *const jobsem_buf) -> *const c_char {
    getter!(buf, std::ptr::null(), |buf| buf.borrowed().as_ptr().cast())
}

/// Returns the length of the text in bytes, without the NUL; 0 if `buf` is NULL.
///
/// Threads: any number may read one `buf` at the same time.
///
/// # Safety
///
/// `buf` is live or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_len(buf: *const jobsem_buf) -> usize {
    getter!(buf, 0, |buf| buf.len().saturating_sub(1))
}

/// Frees a text. NULL is fine.
///
/// # Safety
///
/// `buf` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_buf_free(buf: *mut jobsem_buf) -> jobsem_status {
    free!(buf)
}
