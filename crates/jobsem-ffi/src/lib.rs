//! The C ABI: `include/jobsem.h`, and the promise that `docs/ABI.md` makes about it.
//!
//! Each export reads its arguments into values, calls the core once, and hands out a status,
//! documents and plain structs. There is no Job rule here. `boundary` is what all exports share:
//! how they read arguments, fail, and give handles to C. `options`, `work`, `documents` are the
//! values of several exports. The other files have the exports, one file a family.
//!
//! The `# Safety` sections use three words as `include/jobsem.h` defines them: a *live* handle, a
//! *readable* text or struct, a *writable* place.
//!
//! Deliberately absent: callbacks, threads, globals that a caller could see.
#![allow(non_camel_case_types, reason = "these are the names that C sees")]
#![allow(clippy::too_many_arguments, reason = "a text is two of them")]
#![deny(unsafe_op_in_unsafe_fn)]

mod boundary;
mod buf;
mod cleanup;
mod cluster;
mod controller;
mod cron;
mod documents;
mod error;
mod host;
mod invocation;
pub mod layout;
mod options;
mod rules;
mod simulate;
mod sync;
#[cfg(test)]
mod tests;
mod version;
mod work;

pub use boundary::error::*;
pub use boundary::out::jobsem_buf;
pub use boundary::status::*;
pub use buf::*;
pub use cleanup::*;
pub use cluster::*;
pub use controller::*;
pub use cron::*;
pub use error::*;
pub use host::*;
pub use invocation::*;
pub use options::*;
pub use rules::*;
pub use simulate::*;
pub use sync::*;
pub use version::*;
pub use work::*;
