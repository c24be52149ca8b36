//! Kubernetes' `batch/v1` Job as a library: the same decisions, in the same order, at the same
//! time, with the same words, without a cluster.
//!
//! The crate does no I/O, reads no clock, starts no thread and draws no random number: hosts pass
//! in time, events and results, and carry out what comes back.
#![forbid(unsafe_code)]

pub mod admission;
pub mod api;
pub mod check;
pub mod cleanup;
pub mod cluster;
mod controller;
pub mod cron;
pub mod decode;
mod error;
mod event;
mod explain;
pub mod job;
mod key;
pub mod kubelet;
pub mod lint;
pub mod manifest;
mod outcome;
pub mod print;
mod reconcile;
mod request;
pub mod scenario;
#[cfg(feature = "schema")]
pub mod schema;
mod semantics;
mod slab;
mod time;
mod wake;
pub mod wire;

pub use cluster::Cluster;
pub use controller::{CronJobController, JobController, Object, TtlController, WatchEvent};
pub use error::{Error, ErrorKind, Location};
pub use event::{Event, EventMessage, EventType};
pub use explain::Note;
pub use job::{PodNote, Standing, explain_pods};
pub use outcome::{Outcome, Verdict, outcome};
pub use reconcile::{Plan, Skipped, reconcile, reconcile_explained};
pub use request::{ApiError, Call, PodPatch, Propagation, Request, RequestId, Response};
pub use semantics::{Gate, KubeVersion, Semantics, Stage};
pub use time::{SECOND, Time};
pub use wake::{WakeReason, Wakeup};

/// The example of README.md, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
