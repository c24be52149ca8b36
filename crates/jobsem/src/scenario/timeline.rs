//! [`Timeline`]: what happened in a played scenario, for people.
//!
//! Moment by moment: what pods and users did, why the controllers decided as they did, what they
//! asked for, how the status changed. The trace of the vectors says the same for machines.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Deserialize;
use serde_json::Value;

use super::trace::{TraceEntry, TraceKind, seconds_text};
use crate::api::{ConditionStatus, JobStatus};
use crate::cluster::CRONJOB_NOTE;
use crate::explain::Note;

/// What happened, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    moments: BTreeMap<i64, Moment>,
    /// The last note on each object: one that says the same again is left out.
    last_notes: BTreeMap<String, Line>,
}

/// Everything that happened at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Moment {
    happened: Vec<Line>,
    notes: Vec<Line>,
    asked: Vec<Line>,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Whom it is about: `pod/pi-00000`, `job/pi`, `user`.
    pub who: String,
    /// What happened.
    pub what: String,
    /// The rule that decided, of a note.
    pub rule: Option<&'static str>,
}

impl Timeline {
    /// All lines with their times in nanoseconds since the start, in order.
    pub fn lines(&self) -> impl Iterator<Item = (i64, &Line)> {
        self.moments.iter().flat_map(|(at, moment)| {
            let lines = moment.happened.iter().chain(&moment.notes).chain(&moment.asked);
            lines.map(|line| (*at, line))
        })
    }

    pub(super) fn happened(&mut self, at: i64, who: impl Into<String>, what: impl Into<String>) {
        let line = Line { who: who.into(), what: what.into(), rule: None };
        self.moments.entry(at).or_default().happened.push(line);
    }

    pub(super) fn note(&mut self, at: i64, job: &str, note: Note) {
        let cronjob = job.strip_prefix(CRONJOB_NOTE);
        let (kind, key) = cronjob.map_or(("job", job), |key| ("cronjob", key));
        let name = key.split_once('/').map_or(key, |(_, name)| name);
        let who = format!("{kind}/{name}");
        let line = Line { who: who.clone(), what: note.text, rule: Some(note.rule) };
        if self.last_notes.get(&who) != Some(&line) {
            self.last_notes.insert(who, line.clone());
            self.moments.entry(at).or_default().notes.push(line);
        }
    }

    /// Adds what controllers asked for; `before` holds the last status of each Job.
    pub(super) fn asked(&mut self, entry: &TraceEntry, before: &mut BTreeMap<String, JobStatus>) {
        let Some((who, what)) = describe(entry, before) else { return };
        let asked = &mut self.moments.entry(entry.at).or_default().asked;
        asked.push(Line { who, what, rule: None });
    }
}

/// Who and what; `None` for what another line says already.
fn describe(
    entry: &TraceEntry,
    before: &mut BTreeMap<String, JobStatus>,
) -> Option<(String, String)> {
    let name = &entry.name;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    Some(match entry.kind {
        TraceKind::CreatePod => (format!("pod/{name}"), "created".to_owned()),
        TraceKind::DeletePod => (format!("pod/{name}"), "deletion asked for".to_owned()),
        TraceKind::PatchPod => (format!("pod/{name}"), patch_text(&entry.object()?)),
        TraceKind::JobStatus => {
            let status: JobStatus = Deserialize::deserialize(&entry.object()?).unwrap_or_default();
            let old = before.insert(name.clone(), status.clone()).unwrap_or_default();
            (format!("job/{name}"), format!("status: {}", changes(&old, &status)))
        }
        TraceKind::JobStatusRejected => {
            (format!("job/{name}"), format!("status refused: {}", text(&entry.message)))
        }
        TraceKind::CreateJob => (format!("job/{name}"), "created".to_owned()),
        TraceKind::DeleteJob => {
            let object = entry.object()?;
            let how = object["propagationPolicy"].as_str().unwrap_or_default();
            (format!("job/{name}"), format!("deletion asked for ({how})"))
        }
        TraceKind::CronJobStatus => {
            let object = entry.object()?;
            let active = object["active"].as_array().map_or(0, Vec::len);
            let last = object["lastScheduleTime"].as_str().unwrap_or("never");
            (format!("cronjob/{name}"), format!("status: active {active}, last schedule {last}"))
        }
        TraceKind::Conflict => ("api".to_owned(), format!("{name}: written from an old version")),
        TraceKind::Rejected => {
            (format!("job/{name}"), format!("change refused: {}", text(&entry.message)))
        }
        TraceKind::Fault => ("api".to_owned(), format!("{name} fails: {}", text(&entry.reason))),
        TraceKind::Event => {
            let reason = entry.reason.as_deref().unwrap_or_default();
            if matches!(reason, "SuccessfulCreate" | "SuccessfulDelete") {
                return None;
            }
            let (kind, name) = name.split_once('/').unwrap_or(("Job", name));
            let who = format!("{}/{name}", kind.to_lowercase());
            let type_ = entry.type_.unwrap_or("Normal");
            (who, format!("event {type_} {reason}: {}", text(&entry.message)))
        }
    })
}

fn patch_text(patch: &Value) -> String {
    let owners = patch["metadata"]["ownerReferences"].as_array();
    match owners.and_then(|owners| owners.first()) {
        None => "finalizer removed".to_owned(),
        Some(owner) if owner.get("$patch").is_some() => "released".to_owned(),
        Some(_) => "adopted".to_owned(),
    }
}

/// What a status says differently from the one before.
fn changes(old: &JobStatus, new: &JobStatus) -> String {
    let mut out = String::new();
    let mut say = |text: String| {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(&text);
    };
    let counters = [
        ("active", Some(old.active), Some(new.active)),
        ("ready", old.ready, new.ready),
        ("terminating", old.terminating, new.terminating),
        ("succeeded", Some(old.succeeded), Some(new.succeeded)),
        ("failed", Some(old.failed), Some(new.failed)),
    ];
    for (name, before, after) in counters {
        let (before, after) = (before.unwrap_or(0), after.unwrap_or(0));
        if before != after {
            say(format!("{name} {before}→{after}"));
        }
    }
    if old.completed_indexes != new.completed_indexes {
        say(format!("completed indexes {}", or_none(&new.completed_indexes)));
    }
    let failed_indexes = new.failed_indexes.as_deref().unwrap_or("");
    if old.failed_indexes.as_deref().unwrap_or("") != failed_indexes {
        say(format!("failed indexes {}", or_none(failed_indexes)));
    }
    let uncounted = |status: &JobStatus| {
        let pods = status.uncounted_terminated_pods.as_ref();
        pods.map_or((0, 0), |u| (u.succeeded.len(), u.failed.len()))
    };
    let ((os, of), (ns, nf)) = (uncounted(old), uncounted(new));
    if (os, of) != (ns, nf) {
        say(format!("uncounted {ns} succeeded {nf} failed"));
    }
    match (old.start_time, new.start_time) {
        (None, Some(at)) => say(format!("started {at}")),
        (Some(_), None) => say("start time cleared".to_owned()),
        (Some(before), Some(after)) if before != after => say(format!("started {after}")),
        _ => {}
    }
    for condition in &new.conditions {
        let same = |c: &&crate::api::JobCondition| {
            c.type_ == condition.type_
                && c.status == condition.status
                && c.reason == condition.reason
        };
        if !old.conditions.iter().any(|c| same(&c)) {
            let status = match condition.status {
                ConditionStatus::True => String::new(),
                ref other => format!("={other}"),
            };
            let reason = &condition.reason;
            say(match reason.is_empty() {
                true => format!("{}{status}", condition.type_),
                false => format!("{}{status} ({reason})", condition.type_),
            });
        }
    }
    if out.is_empty() { "written, nothing to see".to_owned() } else { out }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

impl fmt::Display for Timeline {
    /// A line for each thing that happened; the time stands where it changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines().map(|(_, line)| line.who.len()).max().unwrap_or(0);
        let mut shown = None;
        for (at, line) in self.lines() {
            let mut time = String::new();
            if shown != Some(at) {
                write!(time, "{}s", seconds_text(at))?;
                shown = Some(at);
            }
            write!(f, "{time:>10}  {:width$}  ", line.who)?;
            match line.rule {
                Some(rule) => writeln!(f, "· {} [{rule}]", line.what)?,
                None => writeln!(f, "{}", line.what)?,
            }
        }
        Ok(())
    }
}
