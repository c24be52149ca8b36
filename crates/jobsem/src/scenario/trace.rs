//! [`Trace`]: what the controllers asked for, as the conformance vectors write it down.

use std::sync::{Arc, LazyLock};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::Time;
use crate::admission::Invalid;
use crate::api::{Job, JobStatus};
use crate::event::Event;
use crate::request::NewPod;
use crate::request::PodPatch;

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
pub(crate) enum Sent {
    Nothing,
    Value(Value),
    Pod(NewPod),
    Patch(PodPatch),
    /// The status of the Job as it was stored.
    Status(Arc<Job>),
}

/// A log of entries since a start.
#[derive(Clone, Debug)]
pub struct Trace {
    start: Time,
    entries: Vec<TraceEntry>,
}

/// More entries than this mean that something runs in circles.
pub(crate) const RUNAWAY: usize = 4_000;

impl Trace {
    pub(crate) fn new(start: Time) -> Trace {
        Trace { start, entries: Vec::new() }
    }

    /// The time that entries count from.
    pub fn start(&self) -> Time {
        self.start
    }

    /// The entries, in the order in which they happened.
    pub fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    pub(crate) fn is_runaway(&self) -> bool {
        self.entries.len() > RUNAWAY
    }

    pub(crate) fn call(&mut self, now: Time, kind: TraceKind, name: &str, sent: Sent) {
        self.push(now, kind, name.to_owned()).sent = sent;
    }

    pub(crate) fn fault(&mut self, now: Time, name: String, code: u16) {
        self.push(now, TraceKind::Fault, name).reason = Some(code.to_string());
    }

    pub(crate) fn refusal(&mut self, now: Time, kind: TraceKind, name: &str, why: &Invalid) {
        self.push(now, kind, name.to_owned()).message = Some(why.canonical_message());
    }

    pub(crate) fn event(&mut self, event: &Event) {
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
            Sent::Value(value) => Some(value.clone()),
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
            Sent::Value(value) => value.serialize(serializer),
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
pub(crate) struct SortedStatus<'a>(pub(crate) &'a JobStatus);

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
