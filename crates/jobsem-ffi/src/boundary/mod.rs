//! Between C and Rust: how an export reads its arguments, fails, and hands out what it makes.
//!
//! From the ground up, each file uses only those before it: `status` (numbers, [`Failure`]),
//! `hook` (where tests make a call panic), `handle` (the value behind an opaque pointer), `error`
//! (`jobsem_error`), `argument` (what every kind of argument has in common), `text` and `out` and
//! `sized` (the kinds of arguments), `call` (the macros that every export uses).
//!
//! Deliberately absent: exports, and everything about Jobs.

pub(crate) mod argument;
pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod handle;
mod hook;
pub(crate) mod out;
pub(crate) mod sized;
pub(crate) mod status;
pub(crate) mod text;

pub(crate) use argument::{Call, Optional};
pub(crate) use call::{call, free, getter};
pub(crate) use handle::{Exclusive, Shared};
#[cfg(test)]
pub(crate) use hook::force;
pub(crate) use out::{Out, OutOption, OutOrNull, OutValue};
pub(crate) use sized::OutStruct;
pub(crate) use status::{Failure, jobsem_status};
pub(crate) use text::Text;
