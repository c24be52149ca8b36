//! The name of an object as an argument.

use std::ffi::c_char;

use crate::boundary::argument::{Argument, Call};
use crate::boundary::{Failure, Text};

/// Namespace and name of an object. An empty namespace is `default`.
#[derive(Clone, Copy)]
pub(crate) struct Key<'call> {
    pub(crate) namespace: &'call str,
    pub(crate) name: &'call str,
}

/// Pointer and length of the namespace, then of the name.
type Raw = (*const c_char, usize, *const c_char, usize);

impl<'call> Argument<'call, Raw> for Key<'call> {
    unsafe fn read(raw: Raw, _: &'static str, call: &'call Call) -> Result<Self, Failure> {
        let (ns, ns_len, name, name_len) = raw;
        // SAFETY: the caller's.
        let (ns, name) = unsafe {
            (Text::read((ns, ns_len), "ns", call)?, Text::read((name, name_len), "name", call)?)
        };
        let namespace = if ns.is_empty() { "default" } else { ns.as_str() };
        Ok(Key { namespace, name: name.as_str() })
    }
}

impl Key<'_> {
    pub(crate) fn not_found(&self, resource: &str) -> Failure {
        Failure::not_found(format!("{resource} \"{}\" not found", self.name))
    }
}
