//! Runs Kubernetes Jobs as local processes under exact Job semantics.
//!
//! The rules are `jobsem`'s: its `Cluster` decides which pods exist, its `PodWorker` what their
//! containers do and what their statuses say. This crate gives them processes, files, a clock and
//! a socket, and contains no rule of its own.
#![forbid(unsafe_code)]

pub mod clock;
pub mod control;
mod hosted;
mod names;
mod preflight;
mod process;
mod rundir;
mod runner;
mod subject;

pub use hosted::{HOSTS_FILE, SHARED_DIR, TERMINATION_LOG};
pub use preflight::{Finding, preflight};
pub use process::{COOKIE, Launch, Process, start_error};
pub use rundir::{LogFile, RunDir, default_state_dir};
pub use runner::{
    Ending, Happening, Input, Observer, Options, Outcome, Runner, StartError, View, Wait, Why,
};
