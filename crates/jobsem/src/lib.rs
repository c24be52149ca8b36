//! Kubernetes' `batch/v1` Job as a library: the decisions of the Job controller and the API server
//! of Kubernetes 1.29 to 1.37, exactly and without a cluster.
//!
//! ```
//! use jobsem::{Verdict, api::Job, outcome};
//!
//! let job: Job = serde_json::from_str(r#"{"status": {"failed": 3, "conditions": [
//!     {"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"}]}}"#)?;
//! assert_eq!(outcome(&job).verdict, Verdict::WillFail);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The crate does no I/O, reads no clock, starts no thread, draws no random number and contains no
//! `unsafe`. The host passes in time, events and results, and carries out what comes back.
//!
//! # Who it is for
//!
//! - Authors of schedulers, CI runners and batch platforms who want Job semantics: retries with
//!   back-off, indexes, failure and success policies, suspension, deadlines, clean-up, CronJobs.
//! - Authors of external Job controllers (`spec.managedBy`) and of tools that wait for Jobs.
//! - Everyone who tests, validates, lints or explains Job and CronJob manifests.
//!
//! It is not a container runtime, a workflow engine or a test double for other kinds of objects.
//!
//! # Layers
//!
//! There are four layers. Each is usable alone, and each uses only the layers below it.
//!
//! - **Rules**, values in and values out: [`outcome()`], [`admission`], [`cron::CronSchedule`],
//!   [`kubelet`], [`cleanup`].
//! - **Sync**, one Job, its pods and a time in; ordered requests, a status, a wake-up and the
//!   reasons out: [`reconcile()`], [`Plan`], [`explain_pods`].
//! - **Controllers**, watch events, API responses and time in; requests and a wake-up out:
//!   [`JobController`], [`TtlController`], [`CronJobController`].
//! - **Cluster**, manifests, pod reports and time in; pods to start and to stop out: [`Cluster`],
//!   [`cluster::Host`].
//!
//! All layers read the objects of [`api`]. [`Semantics`] says which Kubernetes release they follow
//! and which feature gates are set.
//!
//! ## Rules
//!
//! Functions from values to values. [`admission::create_job`] does what the API server does with a
//! new Job: it fills in defaults, validates, and warns or refuses in the server's words.
//!
//! ```
//! use jobsem::admission::{self, CreateContext};
//! use jobsem::{Semantics, Time, decode};
//!
//! let sem = Semantics::default();
//! let text = b"apiVersion: batch/v1\nkind: Job\nmetadata: {name: pi}\nspec: {backoffLimit: -1}";
//! let job = decode::decode_job(text, &sem)?;
//! let now = Time::from_unix(1_800_000_000);
//! let context = CreateContext { namespace: "default", uid: "u1", now, name_suffix: "" };
//! let refusal = admission::create_job(job, &context, &sem).unwrap_err();
//! let error = &refusal.errors[0];
//! assert_eq!(error.field, "spec.backoffLimit");
//! assert_eq!(error.body(), "Invalid value: -1: must be greater than or equal to 0");
//! # Ok::<(), jobsem::Error>(())
//! ```
//!
//! ## Sync
//!
//! [`reconcile()`] is one sync of one Job: the requests that the controller would send, in their
//! order. [`Plan::explain`] has the rule behind each decision. It keeps nothing between calls but
//! the [`job::Memory`] that the caller passes in.
//!
//! ```
//! use jobsem::{Semantics, Time, api::Job, job::Memory, reconcile};
//!
//! let job: Job = serde_json::from_str(r#"{
//!     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
//!     "spec": {"parallelism": 1, "completions": 3, "backoffLimit": 4,
//!              "template": {"spec": {"containers": [{"name": "c"}]}}}}"#)?;
//! let now = Time::from_unix(1_800_000_000);
//! let plan = reconcile(&job, &[], now, &mut Memory::default(), &Semantics::default());
//! let calls: Vec<_> = plan.requests.iter().map(|c| (c.verb(), c.resource())).collect();
//! assert_eq!(calls, [("create", "pods"), ("update", "jobs")]);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! ## Controllers
//!
//! A controller follows many Jobs: it has the queue, the caches, the expectations, the retries and
//! the timers of the real one. It is a state machine without I/O with one contract:
//!
//! 1. Pass in one input: `handle_watch`, `handle_result` or `handle_timeout`, with the time.
//! 2. Drain the output: call `poll_request` until it returns `None`. Send each request, and pass
//!    the response to `handle_result`, now or later.
//! 3. Read `poll_timeout`: call `handle_timeout` at that time if nothing else happens before.
//!
//! An early or repeated `handle_timeout` does nothing. A time before an earlier one is an error
//! ([`ErrorKind::TimeWentBack`]), never a panic.
//!
//! ```
//! use std::sync::Arc;
//!
//! use jobsem::api::Job;
//! use jobsem::{Call, Error, JobController, Response, Semantics, Time, WatchEvent};
//!
//! /// An API that accepts every request.
//! fn send(call: &Call) -> Response {
//!     match call {
//!         Call::CreatePod { pod } => {
//!             let mut created = pod.to_pod();
//!             created.metadata.namespace = pod.namespace().into();
//!             created.metadata.name = format!("{}x7k2p", pod.generate_name()).into();
//!             Response::Pod(Arc::new(created))
//!         }
//!         Call::UpdateJobStatus { job, .. } => {
//!             Response::Job(call.job_to_write().map_or_else(|| Arc::clone(job), Arc::new))
//!         }
//!         _ => Response::Done,
//!     }
//! }
//!
//! /// Step 2 of the contract.
//! fn drain(controller: &mut JobController, now: Time) -> Result<Vec<String>, Error> {
//!     let mut sent = Vec::new();
//!     while let Some(request) = controller.poll_request() {
//!         let (verb, resource) = (request.call.verb(), request.call.resource());
//!         sent.push(format!("{verb} {resource} {}", request.call.name()));
//!         controller.handle_result(now, request.id, send(&request.call))?;
//!     }
//!     Ok(sent)
//! }
//!
//! let job: Job = serde_json::from_str(r#"{
//!     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
//!     "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 4,
//!              "template": {"spec": {"containers": [{"name": "c"}]}}}}"#)?;
//! let mut controller = JobController::new(Semantics::default());
//! let now = Time::from_unix(1_800_000_000);
//! controller.handle_watch(now, WatchEvent::Added(job.into()))?;
//! assert_eq!(drain(&mut controller, now)?, ["create pods pi-", "update jobs pi"]);
//! assert_eq!(controller.poll_timeout(), None, "the next input is a watch event");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Cluster
//!
//! A [`Cluster`] puts the controllers over an API server in memory, with graceful and cascading
//! deletion. A scheduler embeds it: manifests and reports on pods go in, pods to start and to stop
//! come out ([`cluster::Work`]). [`cluster::Host`] adds the node's side of each pod: containers to
//! start, restarts with back-off, grace periods. The example is at [`Cluster`].
//!
//! # Around the layers
//!
//! - [`scenario`] plays a Job or a CronJob in virtual time: pods that behave by script, with every
//!   request, event and reason on a timeline.
//! - [`check`] and [`lint`] report what is wrong or dangerous in a manifest, with positions and
//!   hints. [`decode`] reads YAML and JSON as the API server does.
//! - [`mod@print`] and [`manifest`] write tables and manifests as kubectl does.
//! - [`wire`] has the JSON documents that the C, Python and Node packages exchange.
//!
//! # Kubernetes releases
//!
//! [`KubeVersion`] names a minor release, [`Semantics::kube`] gives its behaviour with default
//! gates, and [`Semantics::with_gate`] sets a gate. The default is the newest emulated release;
//! code that must not change with it names a version.
//!
//! ```
//! use jobsem::{Gate, KubeVersion, Semantics};
//!
//! let sem = Semantics::kube(KubeVersion::V1_31).with_gate(Gate::JobManagedBy, true)?;
//! assert_eq!(sem.version().to_string(), "1.31");
//! # Ok::<(), jobsem::Error>(())
//! ```
//!
//! # Errors and panics
//!
//! Every fallible function returns [`Error`], which has a [kind](Error::kind) with a stable name, a
//! field path and a position where the input has one. A Job that fails is data, never an `Error`. A
//! panic is a bug in this crate.
//!
//! # Features
//!
//! - `schema`: JSON Schemas of Job, CronJob, Pod, scenarios, plans and traces. It adds `schemars`.
//!
//! No feature is on by default.
//!
//! # Stability
//!
//! The minimum supported Rust version is 1.91; raising it is a minor release. Types that can grow
//! are `#[non_exhaustive]`. Two foreign crates are part of the API: `serde`, whose traits the types
//! implement, and `serde_json`, whose `Value` stands for arbitrary JSON (documents, patches,
//! unknown members). A new major version of either is a new major version of this crate.
//!
//! For the same inputs a version of this crate returns the same bytes. A correction towards what
//! Kubernetes does can change an answer in any release; the changelog marks it.
//!
//! # Links
//!
//! - [The rules by id](https://github.com/jobsem/jobsem/tree/main/docs/semantics), which notes and
//!   comments name, and
//!   [the known differences](https://github.com/jobsem/jobsem/blob/main/DIVERGENCES.md).
//! - [How exactness is tested](https://github.com/jobsem/jobsem/blob/main/docs/EXACTNESS.md) and
//!   [what it costs](https://github.com/jobsem/jobsem/blob/main/docs/PERFORMANCE.md).
//! - [The architecture](https://github.com/jobsem/jobsem/blob/main/ARCHITECTURE.md).
#![forbid(unsafe_code)]

pub mod admission;
pub mod api;
pub mod check;
pub mod cleanup;
pub mod cluster;
mod controller;
pub mod cron;
mod de;
pub mod decode;
mod error;
mod event;
mod explain;
pub mod job;
mod key;
pub mod kubelet;
pub mod lint;
pub mod manifest;
mod names;
mod nearest;
mod outcome;
pub mod print;
mod quote;
mod reconcile;
mod refusal;
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
pub use controller::{
    AnyController, CronJobController, JobController, Object, TtlController, WatchEvent,
};
pub use error::{Error, ErrorKind, Location};
pub use event::{Event, EventMessage, EventType};
pub use explain::{DatedNote, Note};
pub use job::skip::Skipped;
pub use job::standing::{PodNote, Standing, explain_pods};
pub use outcome::{Outcome, Verdict, outcome};
pub use reconcile::{Plan, reconcile, reconcile_explained};
pub use request::{ApiError, Call, NewPod, PodPatch, Propagation, Request, RequestId, Response};
pub use semantics::{Gate, KubeVersion, Semantics, Stage};
pub use time::{SECOND, Time};
pub use wake::{WakeReason, Wakeup};

/// The example of README.md, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
