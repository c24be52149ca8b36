//! Which library this is, and what its statuses are called.

use std::ffi::{CStr, c_char};

use crate::boundary::call::{get, here, trip};
use crate::boundary::status::{self, jobsem_status};

/// The version of the ABI, `major << 16 | minor`. A library serves a program that was compiled with
/// the same major and the same or a lower minor version. The major version is part of the SONAME.
pub const JOBSEM_ABI_VERSION: u32 = 0x0001_0000;

/// The oldest Kubernetes minor version that is emulated: 1.29.
pub const JOBSEM_KUBE_MINOR_OLDEST: i32 = 29;
/// The newest Kubernetes minor version that is emulated: 1.37.
pub const JOBSEM_KUBE_MINOR_NEWEST: i32 = 37;

/// Returns the `JOBSEM_ABI_VERSION` of the loaded library, which may be newer than the header.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_abi_version() -> u32 {
    JOBSEM_ABI_VERSION
}

/// Returns the version of the loaded library, such as `0.1.0`: a static text that ends in NUL.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// Returns the stable name of a status, such as `invalid`: a static text that ends in NUL. The name
/// of an unknown number is `unknown`.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_status_name(status: jobsem_status) -> *const c_char {
    get(here!(), c"unknown".as_ptr(), |_| {
        trip();
        Ok(status::name(status).as_ptr())
    })
}
