//! What happens in a scenario, in short words for people.

use super::Step;
use crate::api::{CronJob, Job, PodStatus};

/// What a new Job asks for, in short.
pub(super) fn describe_job(job: &Job) -> String {
    let spec = &job.spec;
    let mut out = "created".to_owned();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.push_str(&format!(", {name} {value}"));
        }
    };
    say("mode", job.is_indexed().then(|| "Indexed".to_owned()));
    say("completions", spec.completions.map(|n| n.to_string()));
    say("parallelism", spec.parallelism.map(|n| n.to_string()));
    let limit = spec.backoff_limit.filter(|limit| *limit != i32::MAX);
    say("backoffLimit", limit.map(|n| n.to_string()));
    say("backoffLimitPerIndex", spec.backoff_limit_per_index.map(|n| n.to_string()));
    say("activeDeadlineSeconds", spec.active_deadline_seconds.map(|n| n.to_string()));
    say("suspended", job.is_suspended().then(String::new));
    out.trim_end().to_owned()
}

/// What changed in a pod's status, in short.
pub(super) fn describe_status(old: &PodStatus, new: &PodStatus) -> String {
    let mut out = Vec::new();
    if old.phase != new.phase {
        out.push(new.phase.to_string());
    }
    for (status, before) in new
        .container_statuses
        .iter()
        .zip(old.container_statuses.iter().map(Some).chain(std::iter::repeat(None)))
    {
        if let Some(ended) = &status.state.terminated {
            out.push(format!("{} exited {}", status.name, ended.exit_code));
        }
        let restarts = before.map_or(0, |before| before.restart_count);
        if status.restart_count > restarts && status.state.terminated.is_none() {
            out.push(format!("{} restarted ({})", status.name, status.restart_count));
        }
    }
    let known = |type_: &str| old.conditions.iter().any(|c| c.type_ == type_);
    for condition in new.conditions.iter().filter(|c| c.type_ != "Ready" && !known(&c.type_)) {
        out.push(format!("{}={}", condition.type_, condition.status));
    }
    if out.is_empty() { "status reported".to_owned() } else { out.join(", ") }
}

pub(super) fn describe_step(step: &Step) -> String {
    let patch = step.patch.as_ref().map(|patch| format!(" {patch}")).unwrap_or_default();
    let propagation = step.propagation.map(|p| format!(" ({})", p.as_str())).unwrap_or_default();
    // The steps that concern a resource, or all of the cluster, name no object.
    let of = match step.resource {
        Some(resource) if step.name.is_empty() => resource.as_str(),
        _ => &step.name,
    };
    format!("{} {of}{patch}{propagation}", step.op.as_str()).trim_end().to_owned()
}

/// What a new CronJob asks for, in short.
pub(super) fn describe_cronjob(cronjob: &CronJob) -> String {
    let spec = &cronjob.spec;
    let zone = spec.time_zone.as_ref().map(|zone| format!(" in {zone}")).unwrap_or_default();
    let policy = &spec.concurrency_policy;
    let suspended = if spec.suspend == Some(true) { ", suspended" } else { "" };
    format!("created, schedule {}{zone}, concurrencyPolicy {policy}{suspended}", spec.schedule)
}
