//! Which library this is.

use std::ffi::{CStr, c_char};

/// The version of the ABI, `major << 16 | minor`. A library serves a program that was compiled with
/// the same major and the same or a lower minor version. The major version is part of the SONAME.
pub const JOBSEM_ABI_VERSION: u32 = 0x0001_0000;

/// The oldest Kubernetes minor version that is emulated: 1.29.
pub const JOBSEM_KUBE_MINOR_OLDEST: i32 = 29;
/// The newest Kubernetes minor version that is emulated: 1.37.
pub const JOBSEM_KUBE_MINOR_NEWEST: i32 = 37;

/// The `JOBSEM_ABI_VERSION` of the library that is loaded, which may be newer than the header.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_abi_version() -> u32 {
    JOBSEM_ABI_VERSION
}

/// The version of the library that is loaded, such as `0.1.0`: static text that ends in NUL.
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
