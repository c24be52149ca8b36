//! [`reconcile`]: one sync of one Job, for callers who bring everything with them.
//!
//! The pods are folded into the same counts that [`JobController`](crate::JobController) keeps,
//! and the same state machine runs; every request is taken to succeed. Deliberately absent:
//! caches, queues and expectations: the caller brings all pods each time.
//!
//! Rules: SYNC-03 to SYNC-22.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::api::{CompletionMode, Job, JobStatus, Pod};
use crate::event::Event;
use crate::explain::{Note, Notes};
use crate::job::Memory;
use crate::job::claim::Claim;
use crate::job::record::PodRecord;
use crate::job::rules::{Rules, managed_externally};
use crate::job::sync::{Context, Outbox, Sync};
use crate::job::tally::Tally;
use crate::request::{Call, Response, with_status};
use crate::wake::WakeReason;
use crate::{Semantics, Time};

/// What one sync would do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The requests, in the order in which they are sent. Pods to be created have no name yet.
    pub requests: Vec<Call>,
    /// The events, in order. Those on created pods carry the start of the name.
    pub events: Vec<Event>,
    /// The status that is stored in the end, times in whole seconds: the last one written, or the
    /// one that was there.
    pub status: JobStatus,
    /// When to look at the Job again if nothing changes before, and why.
    pub wakeup: Option<(Time, WakeReason)>,
    /// Why nothing was looked at, if so.
    pub skipped: Option<Skipped>,
    /// What went wrong before anything was decided, such as an ill-formed selector.
    pub error: Option<String>,
    notes: Vec<Note>,
}

/// Why a sync leaves a Job alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// It is finished (SYNC-05).
    Finished,
    /// Another controller is in charge (SYNC-04).
    ManagedBy,
    /// Its completion mode is not known (SYNC-07).
    UnknownCompletionMode,
}

impl Plan {
    /// Why the sync decided as it did: rule ids and what they saw. Empty unless the plan was made
    /// by [`reconcile_explained`].
    pub fn explain(&self) -> &[Note] {
        &self.notes
    }
}

/// What a sync of `job` would do now.
///
/// `pods` are all pods of the namespace, or at least those that the Job owns or might adopt; in
/// whatever order. They are shared: none of them is copied. `memory` is what the syncs before this
/// one remembered; it is brought up to date as if all requests succeeded. A new one is right after
/// a start.
///
/// ```
/// use jobsem::{Semantics, Time, api::Job, job::Memory, reconcile};
///
/// let job: Job = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
///     "spec": {"parallelism": 2, "completions": 3, "backoffLimit": 4,
///              "template": {"spec": {"containers": [{"name": "c"}]}}}}"#)?;
/// let sem = Semantics::default();
/// let plan = reconcile(&job, &[], Time::from_unix(0), &mut Memory::default(), &sem);
/// let verbs: Vec<_> = plan.requests.iter().map(|call| call.verb()).collect();
/// assert_eq!(verbs, [("create", "pods"), ("create", "pods"), ("update", "jobs")]);
/// assert_eq!(plan.status.active, 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn reconcile(
    job: &Job,
    pods: &[Arc<Pod>],
    now: Time,
    memory: &mut Memory,
    sem: &Semantics,
) -> Plan {
    plan(job, pods, now, memory, sem, Notes::default())
}

/// Like [`reconcile`], with notes on every decision.
pub fn reconcile_explained(
    job: &Job,
    pods: &[Arc<Pod>],
    now: Time,
    memory: &mut Memory,
    sem: &Semantics,
) -> Plan {
    plan(job, pods, now, memory, sem, Notes::detailed())
}

fn plan(
    job: &Job,
    pods: &[Arc<Pod>],
    now: Time,
    memory: &mut Memory,
    sem: &Semantics,
    notes: Notes,
) -> Plan {
    let mut plan = Plan {
        requests: Vec::new(),
        events: Vec::new(),
        status: job.status.clone(),
        wakeup: None,
        skipped: None,
        error: None,
        notes: Vec::new(),
    };
    plan.skipped = skipped(job, sem);
    if plan.skipped.is_some() {
        if plan.skipped == Some(Skipped::Finished) {
            memory.backoff = Default::default();
        }
        return plan;
    }
    let rules = Arc::new(Rules::new(job, sem));
    if let Err(error) = &rules.selector {
        plan.error = Some(format!("couldn't convert Job selector: {error}"));
        return plan;
    }
    let mut tally = Tally::new(rules);
    let claims = fold(job, pods, &mut tally, sem);
    // The caller brings all pods: nothing is still to be seen.
    memory.expectations = None;
    memory.removing.clear();
    let mut out = Outbox { notes, ..Outbox::default() };
    let mut cx = Context { now, sem, tally: &mut tally, memory, out: &mut out };
    let mut sync = Sync::start(Arc::new(job.clone()), claims, &mut cx);
    while let Some((tag, call)) = cx.out.calls.pop_front() {
        let response = succeeded(&call, job);
        if let Call::UpdateJobStatus { status, .. } = &call {
            plan.status = JobStatus::clone(status);
        }
        plan.requests.extend((!matches!(call, Call::GetJob { .. })).then_some(call));
        sync.answer(tag, response, &mut cx);
    }
    memory.expectations = None;
    memory.removing.clear();
    plan.events = out.events;
    plan.notes = out.notes.take();
    let first = out.wake.iter().min_by_key(|delay| delay.nanos);
    plan.wakeup = first.map(|delay| (now.plus_nanos(delay.nanos.max(0)), delay.reason));
    // What a sync changes without a write, such as a start time, is not stored (SYNC-13).
    plan.status.truncate_times();
    plan
}

fn skipped(job: &Job, sem: &Semantics) -> Option<Skipped> {
    if managed_externally(job, sem) {
        Some(Skipped::ManagedBy)
    } else if job.is_finished() {
        Some(Skipped::Finished)
    } else if let Some(CompletionMode::Other(_)) = job.spec.completion_mode {
        Some(Skipped::UnknownCompletionMode)
    } else {
        None
    }
}

/// Counts the Job's pods, and says which to adopt and which to release (CLAIM-03).
pub(crate) fn fold(job: &Job, pods: &[Arc<Pod>], tally: &mut Tally, sem: &Semantics) -> Vec<Claim> {
    let deleting = job.metadata.deletion_timestamp.is_some();
    let rules = Arc::clone(tally.rules());
    let Ok(selector) = &rules.selector else { return Vec::new() };
    let mut claims = VecDeque::new();
    tally.reserve(pods.len());
    for pod in pods {
        if pod.metadata.namespace != job.metadata.namespace {
            continue;
        }
        let matches = selector.matches(pod.metadata.labels.as_ref());
        match pod.metadata.controller_ref() {
            Some(owner) if owner.uid != job.metadata.uid => {}
            Some(owner)
                if sem.owner_index()
                    && (owner.kind != "Job" || owner.name != job.metadata.name) => {}
            Some(_) if matches => tally.insert(PodRecord::new(Arc::clone(pod), &rules, sem)),
            Some(_) if !deleting => claims.push_front(Claim::Release(Arc::clone(pod))),
            None if matches && !deleting && pod.metadata.deletion_timestamp.is_none() => {
                claims.push_back(Claim::Adopt(Arc::clone(pod)));
            }
            Some(_) | None => {}
        }
    }
    claims.into()
}

/// The answer of an API to which everything is fine.
fn succeeded(call: &Call, job: &Job) -> Response {
    match call {
        Call::GetJob { .. } => Response::Job(Arc::new(job.clone())),
        Call::CreatePod { pod, .. } => {
            let mut created = Pod::default();
            created.metadata.name = pod.generate_name().into();
            Response::Pod(Arc::new(created))
        }
        Call::DeletePod { .. } | Call::PatchPod { .. } => Response::Done,
        Call::UpdateJobStatus { job, status } => {
            let mut job = with_status(job, status);
            job.status.truncate_times();
            Response::Job(Arc::new(job))
        }
        // What other controllers ask for; none of it comes from the sync of a Job.
        Call::CreateJob { .. }
        | Call::DeleteJob { .. }
        | Call::GetCronJob { .. }
        | Call::UpdateCronJobStatus { .. } => Response::Done,
    }
}
