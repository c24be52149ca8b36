//! Runs Kubernetes Jobs as local processes under exact Job semantics.
//!
//! The rules are `jobsem`'s: its `Host` decides which containers start and stop, which are killed,
//! and what statuses say. This crate adds processes, files, a clock and a socket, and no rule.
#![forbid(unsafe_code)]

pub mod clock;
mod containers;
pub mod control;
mod input;
mod names;
mod observer;
mod preflight;
mod process;
mod rundir;
mod runner;
mod saved;
mod subject;

pub use containers::{HOSTS_FILE, SHARED_DIR, TERMINATION_LOG};
pub use input::Input;
pub use observer::{Observer, View};
pub use preflight::{Finding, preflight};
pub use process::{COOKIE, Launch, Process, start_error};
pub use rundir::{LogFile, RunDir, default_state_dir};
pub use runner::{Options, Outcome, Runner, StartError};
pub use subject::Ending;
