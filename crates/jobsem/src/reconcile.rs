//! [`reconcile`]: one sync of one Job, for callers who bring everything with them.
//!
//! The pods are folded into the same counts that [`JobController`](crate::JobController) keeps,
//! and the same state machine runs; every request is taken to succeed. Deliberately absent:
//! caches, queues and expectations: the caller brings all pods each time.
//!
//! Rules: SYNC-03 to SYNC-22.

use std::sync::Arc;

use crate::api::{Job, JobStatus, Pod};
use crate::event::Event;
use crate::explain::{Note, Notes};
use crate::job::Memory;
use crate::job::claim::fold;
use crate::job::context::{Context, Outbox};
use crate::job::rules::Rules;
use crate::job::skip::{Skipped, skipped};
use crate::job::sync::JobSync;
use crate::job::tally::Tally;
use crate::request::{Call, Response, with_status};
use crate::wake::Wakeup;
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
    pub wakeup: Option<Wakeup>,
    /// Why nothing was looked at, if so.
    pub skipped: Option<Skipped>,
    /// What went wrong before anything was decided, such as an ill-formed selector.
    pub error: Option<String>,
    notes: Vec<Note>,
}

impl Plan {
    /// Why the sync decided as it did: rule ids and what they saw. Empty unless the plan was made
    /// by [`reconcile_explained`].
    pub fn explain(&self) -> &[Note] {
        &self.notes
    }

    /// Takes the notes away, for a plan that does not hold.
    pub(crate) fn forget_notes(&mut self) {
        self.notes.clear();
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
/// let verbs: Vec<_> = plan.requests.iter().map(|call| (call.verb(), call.resource())).collect();
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
    if let Err(error) = rules.selector() {
        plan.error = Some(error);
        return plan;
    }
    let mut tally = Tally::new(rules);
    let claims = fold(job, pods, &mut tally, sem);
    // The caller brings all pods: nothing is still to be seen.
    memory.expectations = None;
    memory.removing.clear();
    let mut out = Outbox { notes, ..Outbox::default() };
    let mut cx = Context { now, sem, tally: &mut tally, memory, out: &mut out };
    let mut sync = JobSync::start(Arc::new(job.clone()), claims, &mut cx);
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
    plan.wakeup =
        first.map(|delay| Wakeup::new(now.plus_nanos(delay.nanos.max(0)), delay.reason, job.key()));
    // What a sync changes without a write, such as a start time, is not stored (SYNC-13).
    plan.status.truncate_times();
    plan
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
