//! `jobsem_invocation`: what a pod's container is started with, ready for `execve`.

use std::ffi::{CString, c_char};
use std::ptr;

use jobsem::kubelet::{Node, invocation};

use crate::call::{getter, on_handle};
use crate::cluster::jobsem_cluster;
use crate::error::jobsem_error;
use crate::handle::{self, kind};
use crate::status::{Failure, JOBSEM_E_UNSUPPORTED, jobsem_status};
use crate::text::{Out, text};

/// A command line and an environment. The caller owns it: free it with
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

// SAFETY: the pointers are to the texts beside them, and nobody writes there.
unsafe impl Send for Array {}
// SAFETY: as above.
unsafe impl Sync for Array {}

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

/// What `container` of a pod in the cluster is started with: its command and arguments with
/// `$(NAME)` expanded, and its environment. The pod's first container if `container` is empty.
/// `JOBSEM_E_UNSUPPORTED` if it needs what only a real cluster has, such as a Secret.
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
    on_handle("jobsem_cluster_invocation", err, || {
        // SAFETY: as everywhere.
        let (held, namespace, name, container, out) = unsafe {
            (
                handle::shared(cluster)?,
                text(ns, ns_len, "ns")?,
                text(name, name_len, "name")?,
                text(container, container_len, "container")?,
                Out::new(out, "out")?,
            )
        };
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        let pod = held.cluster.pod(namespace, name);
        let pod = pod.ok_or_else(|| Failure::not_found(format!("pods \"{name}\" not found")))?;
        let mut containers = pod.spec.containers.iter();
        let container = match container {
            "" => containers.next(),
            name => containers.find(|c| c.name == name),
        };
        let container =
            container.ok_or_else(|| Failure::not_found("the pod has no such container"))?;
        let invocation = invocation(pod, container, &Node::default()).map_err(|missing| {
            let texts: Vec<String> =
                missing.iter().map(|m| format!("{} {}", m.field, m.message)).collect();
            Failure::new(JOBSEM_E_UNSUPPORTED, texts.join("; "))
        })?;
        let env = invocation.env.into_iter().map(|(name, value)| format!("{name}={value}"));
        let ready = Ready {
            argv: Array::new(invocation.command.into_iter().chain(invocation.args))?,
            envp: Array::new(env)?,
        };
        out.give(handle::new(ready));
        Ok(())
    })
}

/// Command and arguments: an array that ends in NULL and lives as long as `invocation`. Empty if
/// the container's image has the entry point. NULL if `invocation` is.
///
/// Threads: any number may read the same one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_argv(
    invocation: *const jobsem_invocation,
) -> *const *const c_char {
    getter("jobsem_invocation_argv", ptr::null(), || {
        // SAFETY: as everywhere.
        Ok(unsafe { handle::shared(invocation) }?.borrowed().argv.pointers.as_ptr())
    })
}

/// The environment, each `NAME=value`, in the order of the spec; as `jobsem_invocation_argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_envp(
    invocation: *const jobsem_invocation,
) -> *const *const c_char {
    getter("jobsem_invocation_envp", ptr::null(), || {
        // SAFETY: as everywhere.
        Ok(unsafe { handle::shared(invocation) }?.borrowed().envp.pointers.as_ptr())
    })
}

/// Frees an invocation; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_invocation_free(
    invocation: *mut jobsem_invocation,
) -> jobsem_status {
    // SAFETY: as everywhere.
    on_handle("jobsem_invocation_free", ptr::null_mut(), || unsafe { handle::free(invocation) })
}
