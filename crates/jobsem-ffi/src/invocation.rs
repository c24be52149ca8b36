//! `jobsem_invocation`: the command line and environment of a container, ready for `execve`.

use std::ffi::{CString, c_char};
use std::ptr;

use jobsem::kubelet::Invocation;

use crate::boundary::error::jobsem_error;
use crate::boundary::handle::kind;
use crate::boundary::{Failure, Out, Shared, Text, call, free, getter, jobsem_status};
use crate::cluster::{Key, jobsem_cluster};

/// A command line and an environment. The caller owns it and frees it with
/// `jobsem_invocation_free`.
pub struct jobsem_invocation {
    _opaque: [u8; 0],
}

kind!(jobsem_invocation holds Ready, marked b"jsem inv");

/// Texts, and the arrays of pointers to them that end in NULL.
#[derive(Debug)]
pub struct Ready {
    argv: Array,
    envp: Array,
}

#[derive(Debug)]
struct Array {
    /// What the pointers point to.
    _texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

// SAFETY: the pointers point to the texts beside them, which never change.
unsafe impl Send for Array {}
// SAFETY: as above.
unsafe impl Sync for Array {}

impl Ready {
    pub(crate) fn new(invocation: Invocation) -> Result<Ready, Failure> {
        let env = invocation.env.iter().map(|(name, value)| format!("{name}={value}"));
        let envp = Array::new(env)?;
        Ok(Ready { envp, argv: Array::new(invocation.into_argv().into_iter())? })
    }
}

impl Array {
    fn new(texts: impl Iterator<Item = String>) -> Result<Array, Failure> {
        let texts: Vec<CString> = texts
            .map(CString::new)
            .collect::<Result<_, _>>()
            .map_err(|_| Failure::decode("a NUL in a command line or an environment"))?;
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Ok(Array { _texts: texts, pointers })
    }
}

/// Gives what `container` of a pod in the cluster is started with: its command and arguments with
/// `$(NAME)` expanded, and its environment. An empty `container` is the pod's first.
/// `JOBSEM_E_UNSUPPORTED` if the container needs what only a real cluster has, such as a Secret.
///
/// The caller frees `*out` with `jobsem_invocation_free`.
///
/// # Safety
///
/// `cluster` is live; `ns`, `name` and `container` are readable; `out` is writable; `err` is
/// writable or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_cluster_invocation(
    cluster: *const jobsem_cluster,
    ns: *const c_char,
    ns_len: usize,
    name: *const c_char,
    name_len: usize,
    container: *const c_char,
    container_len: usize,
    out: *mut *mut jobsem_invocation,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [
            Shared(cluster),
            Key(ns, ns_len, name, name_len),
            Text(container, container_len),
            Out(out)
        ],
        |held, key, container, out| {
            let made = held.cluster.invocation(key.namespace, key.name, &container)?;
            out.give(Ready::new(made)?);
        }
    )
}

/// Returns command and arguments: an array that ends in NULL. `invocation` owns the array and its
/// texts. The array is empty if the entry point comes from the container's image. Returns NULL if
/// `invocation` is NULL.
///
/// Threads: any number may read one `invocation` at the same time.
///
/// # Safety
///
/// `invocation` is live or NULL. The array is valid until `invocation` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_argv(
    invocation: *const jobsem_invocation,
) -> *const *const c_char {
    getter!(invocation, ptr::null(), |held| held.borrowed().argv.pointers.as_ptr())
}

/// Returns the environment, each entry `NAME=value`: the host name, then the variables in the order
/// of the spec. The array is like that
/// of `jobsem_invocation_argv`.
///
/// # Safety
///
/// `invocation` is live or NULL. The array is valid until `invocation` is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_envp(
    invocation: *const jobsem_invocation,
) -> *const *const c_char {
    getter!(invocation, ptr::null(), |held| held.borrowed().envp.pointers.as_ptr())
}

/// Frees an invocation. NULL is fine.
///
/// # Safety
///
/// `invocation` is live or NULL, and no other call uses it. It is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_free(
    invocation: *mut jobsem_invocation,
) -> jobsem_status {
    free!(invocation)
}
