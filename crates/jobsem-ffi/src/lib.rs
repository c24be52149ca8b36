//! The C ABI: `include/jobsem.h`, and the promise that `docs/ABI.md` makes about it.
//!
//! Each export turns pointers into values, calls the core once, and turns what comes back into a
//! status, documents and plain structs. There is no Job rule here. What all of them share:
//! `call` (nothing unwinds into C), `handle` (what is behind an opaque pointer, and whether it
//! may be touched), `text` and `sized` (what comes in, checked), `error` and `status`.
//!
//! Deliberately absent: callbacks, threads, globals that a caller could see.
#![allow(non_camel_case_types, reason = "these are the names that C sees")]
#![allow(clippy::missing_safety_doc, reason = "docs/ABI.md says what every pointer has to be")]
#![allow(clippy::too_many_arguments, reason = "a text is two of them")]
#![deny(unsafe_op_in_unsafe_fn)]

mod call;
mod cleanup;
mod cluster;
mod controller;
mod cron;
mod documents;
mod error;
mod handle;
mod invocation;
pub mod layout;
mod options;
mod rules;
mod simulate;
mod sized;
mod status;
mod sync;
#[cfg(test)]
mod tests;
mod text;
mod version;
mod work;

pub use cleanup::*;
pub use cluster::*;
pub use controller::*;
pub use cron::*;
pub use error::*;
pub use invocation::*;
pub use options::*;
pub use rules::*;
pub use simulate::*;
pub use status::*;
pub use sync::*;
pub use text::*;
pub use version::*;
pub use work::*;
