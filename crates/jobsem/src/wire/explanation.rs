//! [`Explanation`]: the verdict on a Job, what its controller would do now, and why.
//!
//! Its contents come from `outcome`, `reconcile_explained` and `explain_pods`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Change;
use super::plan::{notes, outcome, skipped};
use crate::api::{Job, JobStatus, Pod, Text};
use crate::job::Memory;
use crate::{
    Call, Error, KubeVersion, Outcome, Plan, PodNote, Semantics, Skipped, Time, explain_pods,
    reconcile_explained,
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
        let decode = |error: serde_json::Error| Error::decode(error.to_string());
        // Documents without a namespace belong to the default one.
        fn settle(namespace: &mut Text) {
            if namespace.is_empty() {
                *namespace = Text::of("default");
            }
        }
        match value["kind"].as_str() {
            Some("Job") => {
                let mut job: Job = serde_json::from_value(value).map_err(decode)?;
                settle(&mut job.metadata.namespace);
                self.jobs.push(job);
            }
            Some("Pod") => {
                let mut pod: Pod = serde_json::from_value(value).map_err(decode)?;
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
    /// Its pods, one by one.
    pub pods: Vec<PodNote>,
}

impl Explanation {
    /// Explains `job` as a newly started controller sees it.
    pub fn new(job: &Job, pods: &[Arc<Pod>], now: Time, sem: &Semantics) -> Explanation {
        Explanation {
            key: job.key(),
            now,
            kube: sem.version(),
            outcome: crate::outcome(job),
            before: job.status.clone(),
            plan: reconcile_explained(job, pods, now, &mut Memory::default(), sem),
            pods: explain_pods(job, pods, now, &Memory::default(), sem),
        }
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
            "wakeup": plan.wakeup.as_ref().map(|next| {
                json!({"at": next.at.to_string(), "reason": next.reason.as_str()})
            }),
            "notes": notes(plan),
            "pods": pods.collect::<Value>(),
        })
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
