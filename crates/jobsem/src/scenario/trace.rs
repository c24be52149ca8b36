//! [`Trace`]: what the controllers asked for, as the conformance vectors write it down.

use std::sync::{Arc, LazyLock};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::Time;
use crate::admission::Invalid;
use crate::api::{CronJob, Job, JobStatus};
use crate::cluster::{CallAnswer, Record, Recorded};
use crate::event::Event;
use crate::request::{Call, NewPod, PodPatch, Propagation, Response};

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names of the vectors' format")]
pub enum TraceKind {
    CreatePod,
    PatchPod,
    DeletePod,
    JobStatus,
    JobStatusRejected,
    CreateJob,
    DeleteJob,
    CronJobStatus,
    Conflict,
    Event,
    Fault,
    Rejected,
}

impl TraceKind {
    /// The kind's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            TraceKind::CreatePod => "createPod",
            TraceKind::PatchPod => "patchPod",
            TraceKind::DeletePod => "deletePod",
            TraceKind::JobStatus => "jobStatus",
            TraceKind::JobStatusRejected => "jobStatusRejected",
            TraceKind::CreateJob => "createJob",
            TraceKind::DeleteJob => "deleteJob",
            TraceKind::CronJobStatus => "cronJobStatus",
            TraceKind::Conflict => "conflict",
            TraceKind::Event => "event",
            TraceKind::Fault => "fault",
            TraceKind::Rejected => "rejected",
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceEntry {
    /// Nanoseconds since the start.
    pub at: i64,
    /// What was asked for.
    pub kind: TraceKind,
    /// The object.
    pub name: String,
    sent: Sent,
    /// Of an event, its type.
    pub type_: Option<&'static str>,
    /// Of an event, its reason; of a fault, its code.
    pub reason: Option<String>,
    /// Of an event or a refusal, its message.
    pub message: Option<String>,
}

/// What was sent or stored, which is put into JSON when somebody reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sent {
    Nothing,
    /// The empty options of a pod's deletion.
    NoOptions,
    Deletion {
        propagation: Propagation,
        uid: Option<String>,
    },
    /// A Job to be created.
    Job(Box<Job>),
    Pod(NewPod),
    Patch(PodPatch),
    /// The status of the Job as it was stored.
    Status(Arc<Job>),
    /// The status of the CronJob as it was stored.
    CronJobStatus(Arc<CronJob>),
}

/// A log of entries since a start.
#[derive(Clone, Debug)]
pub struct Trace {
    start: Time,
    entries: Vec<TraceEntry>,
}

impl Trace {
    /// An empty trace of what happens after `start`.
    pub fn new(start: Time) -> Trace {
        Trace { start, entries: Vec::new() }
    }

    /// Adds what a cluster recorded; reads and most failures leave no entry.
    pub fn add(&mut self, record: &Record) {
        let at = record.at;
        match &record.what {
            Recorded::Call { call, answer } => self.call(at, call, answer),
            Recorded::Event(event) => self.event(event),
            Recorded::Refused { name, why } => self.refusal(at, TraceKind::Rejected, name, why),
            _ => {}
        }
    }

    /// The time that entries count from.
    pub fn start(&self) -> Time {
        self.start
    }

    /// The entries, in the order in which they happened.
    pub fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    fn call(&mut self, at: Time, call: &Call, answer: &CallAnswer) {
        let name = call.name();
        let entry = match (call, answer) {
            (_, CallAnswer::Injected(error)) => {
                let (verb, resource) = (call.verb(), call.resource());
                let name = format!("{verb}/{resource}/{name}");
                self.push(at, TraceKind::Fault, name).reason = Some(error.code.to_string());
                return;
            }
            // The harness writes a create down before it looks at it.
            (Call::CreateJob { job, .. }, _) => (TraceKind::CreateJob, Sent::Job(job.clone())),
            (Call::CreatePod { pod }, CallAnswer::Done(Response::Pod(stored))) => {
                let name = stored.metadata.name.to_string();
                self.push(at, TraceKind::CreatePod, name).sent = Sent::Pod(pod.clone());
                return;
            }
            (Call::DeletePod { .. }, CallAnswer::Done(_)) => {
                (TraceKind::DeletePod, Sent::NoOptions)
            }
            (Call::PatchPod { patch, .. }, CallAnswer::Done(_)) => {
                (TraceKind::PatchPod, Sent::Patch(patch.clone()))
            }
            (Call::DeleteJob { propagation, uid, .. }, CallAnswer::Done(_)) => {
                let (propagation, uid) = (*propagation, uid.clone());
                (TraceKind::DeleteJob, Sent::Deletion { propagation, uid })
            }
            (Call::UpdateJobStatus { .. }, CallAnswer::Done(Response::Job(stored))) => {
                (TraceKind::JobStatus, Sent::Status(Arc::clone(stored)))
            }
            (Call::UpdateCronJobStatus { .. }, CallAnswer::Done(Response::CronJob(stored))) => {
                (TraceKind::CronJobStatus, Sent::CronJobStatus(Arc::clone(stored)))
            }
            (Call::UpdateJobStatus { .. }, CallAnswer::Invalid(why)) => {
                return self.refusal(at, TraceKind::JobStatusRejected, &name, why);
            }
            (
                Call::UpdateJobStatus { .. } | Call::UpdateCronJobStatus { .. },
                CallAnswer::Failed(error),
            ) if error.is_conflict() => {
                let resource = call.resource();
                self.push(at, TraceKind::Conflict, format!("{resource}/{name}"));
                return;
            }
            _ => return,
        };
        self.push(at, entry.0, name.into_owned()).sent = entry.1;
    }

    fn refusal(&mut self, now: Time, kind: TraceKind, name: &str, why: &Invalid) {
        self.push(now, kind, name.to_owned()).message = Some(why.canonical_message());
    }

    fn event(&mut self, event: &Event) {
        let name = format!("{}/{}", event.kind, event.name);
        let entry = self.push(event.time, TraceKind::Event, name);
        entry.type_ = Some(event.type_.as_str());
        entry.reason = Some(event.reason.to_string());
        entry.message = Some(event.message.to_string());
    }

    fn push(&mut self, now: Time, kind: TraceKind, name: String) -> &mut TraceEntry {
        self.entries.push(TraceEntry {
            at: now.since(self.start),
            kind,
            name,
            sent: Sent::Nothing,
            type_: None,
            reason: None,
            message: None,
        });
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }

    /// The entries in the vectors' order: by time, kind and name; what happens at one instant has
    /// no order between kinds. A repeated finalizer patch of one instant is one (ND-04).
    pub fn sorted(&self) -> Vec<&TraceEntry> {
        let mut entries: Vec<&TraceEntry> = self.entries.iter().collect();
        entries.sort_by(|a, b| {
            (a.at, a.kind.as_str(), &a.name).cmp(&(b.at, b.kind.as_str(), &b.name)).then_with(
                || match a.kind {
                    TraceKind::Event => event_text(a).cmp(&event_text(b)),
                    _ => std::cmp::Ordering::Equal,
                },
            )
        });
        entries.dedup_by(|b, a| {
            a.kind == TraceKind::PatchPod
                && (a.at, a.kind, &a.name, &a.sent) == (b.at, b.kind, &b.name, &b.sent)
        });
        entries
    }
}

fn event_text(entry: &TraceEntry) -> String {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    text(&entry.reason) + &text(&entry.message)
}

impl TraceEntry {
    /// What was sent, or stored, if the entry is about an object.
    pub fn object(&self) -> Option<Value> {
        match &self.sent {
            Sent::Nothing => None,
            sent => serde_json::to_value(sent).ok(),
        }
    }

    /// The entry as the vectors have it, without `null`s.
    pub fn to_value(&self) -> Value {
        without_nulls(serde_json::to_value(self).unwrap_or_default())
    }
}

impl Serialize for TraceEntry {
    /// The entry as the vectors have it; `null`s that an object came with are still in it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("t", &seconds_text(self.at))?;
        out.serialize_entry("kind", self.kind.as_str())?;
        if !self.name.is_empty() {
            out.serialize_entry("name", &self.name)?;
        }
        if self.sent != Sent::Nothing {
            out.serialize_entry("object", &self.sent)?;
        }
        let texts = [
            ("type", self.type_),
            ("reason", self.reason.as_deref()),
            ("message", self.message.as_deref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                out.serialize_entry(key, text)?;
            }
        }
        out.end()
    }
}

/// Most patches are this one.
static REMOVAL: LazyLock<Value> = LazyLock::new(|| PodPatch::RemoveFinalizer.to_value());

impl Serialize for Sent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Sent::Nothing => serializer.serialize_unit(),
            Sent::NoOptions => json!({}).serialize(serializer),
            Sent::Deletion { propagation, uid } => {
                let mut options = json!({"propagationPolicy": propagation.as_str()});
                if let Some(uid) = uid {
                    options["preconditions"] = json!({"uid": uid});
                }
                options.serialize(serializer)
            }
            Sent::Job(job) => {
                let mut object = serde_json::to_value(job).unwrap_or_default();
                object["apiVersion"] = "batch/v1".into();
                object["kind"] = "Job".into();
                object.serialize(serializer)
            }
            Sent::CronJobStatus(cronjob) => cronjob.status.serialize(serializer),
            Sent::Pod(pod) => pod.to_pod().serialize(serializer),
            Sent::Patch(PodPatch::RemoveFinalizer) => REMOVAL.serialize(serializer),
            Sent::Patch(patch) => patch.to_value().serialize(serializer),
            Sent::Status(job) => SortedStatus(&job.status).serialize(serializer),
        }
    }
}

/// Seconds without trailing zeros.
pub(crate) fn seconds_text(nanos: i64) -> String {
    let mut text = if nanos < 0 { "-".to_owned() } else { String::new() };
    let nanos = nanos.unsigned_abs();
    let (seconds, mut fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.push_str(&seconds.to_string());
    if fraction > 0 {
        text.push('.');
    }
    let mut place = 100_000_000;
    while fraction > 0 {
        // OK because a digit is below 10.
        text.push(char::from(b'0' + (fraction / place) as u8));
        fraction %= place;
        place /= 10;
    }
    text
}

/// A status as the vectors have it: uncounted pods in order.
pub(super) struct SortedStatus<'a>(pub(super) &'a JobStatus);

impl Serialize for SortedStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sorted = self.0.uncounted_terminated_pods.as_ref().is_none_or(|uncounted| {
            uncounted.succeeded.is_sorted() && uncounted.failed.is_sorted()
        });
        if sorted {
            return self.0.serialize(serializer);
        }
        let mut status = self.0.clone();
        if let Some(uncounted) = &mut status.uncounted_terminated_pods {
            uncounted.succeeded.sort();
            uncounted.failed.sort();
        }
        status.serialize(serializer)
    }
}

/// The value without `null` members and elements.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
