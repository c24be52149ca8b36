//! [`Explanation`]: the verdict on a Job, what its controller would do now, and why.
//!
//! Its contents come from `outcome`, `reconcile_explained` and `explain_pods`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Change;
use super::plan::{notes, outcome, skipped};
use crate::api::{Job, JobStatus, Pod, Text};
use crate::decode::from_value;
use crate::job::Memory;
use crate::{
    Call, Error, KubeVersion, Outcome, Plan, PodNote, Semantics, Skipped, Time, WakeReason, Wakeup,
    admission, explain_pods, reconcile, reconcile_explained,
};

/// The Jobs and pods of some documents, such as `kubectl get job,pods -o yaml` prints.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The Jobs.
    pub jobs: Vec<Job>,
    /// The pods.
    pub pods: Vec<Arc<Pod>>,
}

impl Objects {
    /// Adds a Job, a pod, or a list; other kinds are skipped.
    ///
    /// # Errors
    ///
    /// `Decode` if one cannot be read.
    pub fn take(&mut self, value: Value) -> Result<(), Error> {
        // Documents without a namespace belong to the default one.
        fn settle(namespace: &mut Text) {
            if namespace.is_empty() {
                *namespace = Text::of("default");
            }
        }
        match value["kind"].as_str() {
            Some("Job") => {
                let mut job: Job = from_value(value)?;
                settle(&mut job.metadata.namespace);
                self.jobs.push(job);
            }
            Some("Pod") => {
                let mut pod: Pod = from_value(value)?;
                settle(&mut pod.metadata.namespace);
                self.pods.push(Arc::new(pod));
            }
            Some(kind) if kind.ends_with("List") => {
                let Value::Object(mut list) = value else { return Ok(()) };
                let item_kind = list["kind"].as_str().and_then(|k| k.strip_suffix("List"));
                let item_kind = item_kind.map(str::to_owned).filter(|kind| !kind.is_empty());
                let Some(Value::Array(items)) = list.remove("items") else { return Ok(()) };
                for mut item in items {
                    // Items of a JobList or PodList may have no kind.
                    if let (Some(kind), true, true) =
                        (&item_kind, item.is_object(), item["kind"].is_null())
                    {
                        item["kind"] = Value::from(kind.as_str());
                    }
                    self.take(item)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The verdict on a Job, the plan of one sync, and how each of its pods counts.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The Job: `namespace/name`.
    pub key: String,
    /// The time of the explanation.
    pub now: Time,
    /// The version of the explanation.
    pub kube: KubeVersion,
    /// The verdict.
    pub outcome: Outcome,
    /// The status before the sync.
    pub before: JobStatus,
    /// What the sync would do, with notes.
    pub plan: Plan,
    /// The status write that the API server refuses, with which the sync ends.
    pub refused: Option<RefusedWrite>,
    /// Whether the plan is not known, as the dump lacks the pods ([`Explanation::of_dump`]).
    pub lacks_pods: bool,
    /// Its pods, one by one.
    pub pods: Vec<PodNote>,
}

/// A status write that the API server refuses (STATUS-UPDATE-1). The controller tries the whole
/// sync again after a second, then after twice as long each time, up to a minute (QUEUE-20).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RefusedWrite {
    /// The server's message.
    pub message: String,
    /// When the passing of time alone makes a write that the server takes, and what is due then.
    /// `None` if it is refused until the Job or its pods change.
    pub until: Option<(Time, WakeReason)>,
}

impl Explanation {
    /// Explains `job` as a newly started controller sees it.
    pub fn new(job: &Job, pods: &[Arc<Pod>], now: Time, sem: &Semantics) -> Explanation {
        let mut plan = reconcile_explained(job, pods, now, &mut Memory::default(), sem);
        let refused = refusal(job, &plan, sem).map(|refusal| {
            let until = accepted_at(job, pods, &plan, sem);
            refusal.end(&mut plan, job, now);
            RefusedWrite { message: refusal.message, until }
        });
        Explanation {
            key: job.key(),
            now,
            kube: sem.version(),
            outcome: crate::outcome(job),
            before: job.status.clone(),
            plan,
            refused,
            lacks_pods: false,
            pods: explain_pods(job, pods, now, &Memory::default(), sem),
        }
    }

    /// Explains a Job of a dump. Where its status speaks of pods and the dump has none at all, it
    /// says so and plans nothing: they are not gone, they were not dumped.
    pub fn of_dump(job: &Job, objects: &Objects, now: Time, sem: &Semantics) -> Explanation {
        let mut explanation = Explanation::new(job, &objects.pods, now, sem);
        let status = &job.status;
        let pods = i64::from(status.active) + i64::from(status.terminating.unwrap_or(0));
        let missing = objects.pods.is_empty() && pods > 0 && explanation.plan.skipped.is_none();
        if missing {
            let namespace = &job.metadata.namespace;
            let plan = &mut explanation.plan;
            plan.requests.clear();
            plan.events.clear();
            plan.status.clone_from(status);
            plan.wakeup = None;
            plan.forget_notes();
            explanation.refused = None;
            explanation.lacks_pods = true;
            let (word, which) = if pods == 1 { ("pod", "it is") } else { ("pods", "they are") };
            plan.error = Some(format!(
                "the status speaks of {pods} {word}, but there is no pod in the dump, and what the \
                 controller does depends on how {which}; dump the pods, too: kubectl get job,pods \
                 -n {namespace} -o yaml"
            ));
        }
        explanation
    }

    /// Why the controller ignores the Job, for people.
    pub fn skipped_text(skip: Skipped) -> &'static str {
        skipped(skip)
    }

    /// As a document; the schema is `schema::plan`.
    pub fn to_value(&self) -> Value {
        let plan = &self.plan;
        let pods = self.pods.iter().map(|pod| {
            json!({"name": pod.name, "index": pod.index, "standing": pod.standing.as_str(),
                   "rule": pod.rule, "text": pod.text})
        });
        let events = plan.events.iter().map(|event| {
            json!({"type": event.type_.as_str(), "reason": event.reason,
                   "message": event.message})
        });
        let (before, after) = (status(&self.before), status(&plan.status));
        let changes = Change::all(&before, &after);
        json!({
            "job": self.key,
            "at": self.now.to_string(),
            "kube": self.kube.to_string(),
            "outcome": outcome(&self.outcome),
            "skipped": plan.skipped.map(skipped),
            "error": plan.error,
            "requests": plan.requests.iter().map(request).collect::<Value>(),
            "events": events.collect::<Value>(),
            "changes": changes.iter().map(Change::to_value).collect::<Value>(),
            "refused": self.refused.as_ref().map(|refused| json!({
                "message": refused.message,
                "until": refused.until.map(|(at, _)| at.to_string()),
                "reason": refused.until.map(|(_, reason)| reason.as_str()),
            })),
            "wakeup": plan.wakeup.as_ref().map(|next| {
                json!({"at": next.at.to_string(), "reason": next.reason.as_str()})
            }),
            "notes": notes(plan),
            "pods": pods.collect::<Value>(),
        })
    }
}

/// A refused status write among the requests of a plan.
struct Refusal {
    /// Its place.
    request: usize,
    message: String,
    /// What is stored then.
    stored: JobStatus,
}

/// The first status write of a plan that the server refuses.
///
/// Only what is wrong with the status matters: a dump may lack members of the metadata that the
/// stored Job has.
fn refusal(job: &Job, plan: &Plan, sem: &Semantics) -> Option<Refusal> {
    let mut stored = job.clone();
    for (request, call) in plan.requests.iter().enumerate() {
        let Some(new) = call.job_to_write() else { continue };
        match admission::update_job_status(&stored, new, sem) {
            Ok(new) => stored = new,
            Err(mut invalid) => {
                invalid.errors.retain(|error| error.field.starts_with("status"));
                if !invalid.errors.is_empty() {
                    let (message, stored) = (invalid.message(), stored.status);
                    return Some(Refusal { request, message, stored });
                }
            }
        }
    }
    None
}

/// When a later sync, with nothing changed but the time, writes what the server takes.
fn accepted_at(
    job: &Job,
    pods: &[Arc<Pod>],
    plan: &Plan,
    sem: &Semantics,
) -> Option<(Time, WakeReason)> {
    /// Back-off and deadline are all that passing time can bring.
    const WAKEUPS: usize = 8;
    let wakeup = |plan: &Plan| plan.wakeup.as_ref().map(|next| (next.at, next.reason));
    let mut next = wakeup(plan);
    for _ in 0..WAKEUPS {
        let (at, reason) = next?;
        let later = reconcile(job, pods, at, &mut Memory::default(), sem);
        if refusal(job, &later, sem).is_none() {
            return Some((at, reason));
        }
        next = wakeup(&later).filter(|(then, _)| *then > at);
    }
    None
}

impl Refusal {
    /// Ends the plan of a sync here. Events on the Job's end come after the write.
    fn end(&self, plan: &mut Plan, job: &Job, now: Time) {
        plan.requests.truncate(self.request + 1);
        let ends: Vec<Text> =
            plan.status.conditions.iter().map(|condition| condition.reason.clone()).collect();
        plan.events.retain(|event| {
            event.kind != "Job"
                || (event.reason != "Completed" && ends.iter().all(|r| *r != event.reason))
        });
        plan.status.clone_from(&self.stored);
        plan.wakeup = Some(Wakeup {
            at: now.plus_seconds(1),
            reason: WakeReason::Retry,
            key: job.key().into(),
            container: None,
        });
    }
}

fn status(status: &JobStatus) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}

fn request(call: &Call) -> Value {
    let (verb, resource) = (call.verb(), call.resource());
    let mut out = json!({"verb": verb, "resource": resource, "name": call.name()});
    match call {
        Call::PatchPod { patch, .. } => out["patch"] = patch.to_value(),
        Call::UpdateJobStatus { status: new, .. } => out["status"] = status(new),
        _ => {}
    }
    out
}
