//! Deadlines, retries, and clean-up after the end of a Job.

use super::linter::Lint;
use super::rules::Rule;
use crate::SECOND;
use crate::api::{CronJobSpec, ObjectMeta};
use crate::job::POD_BACKOFF;

/// A starting deadline this short loses starts whenever the controllers' leader changes.
const LEADER_CHANGE: i64 = 10;

/// Annotations of Jobs that a tool creates, waits for and deletes: Helm at the latest before it
/// creates the hook again, Argo CD as well, unless a policy says when.
const HOOKS: [(&str, &str); 2] = [("helm.sh/hook", "Helm"), ("argocd.argoproj.io/hook", "Argo CD")];

/// The tool that waits for the Job, as far as its metadata says so.
fn waiter(meta: &ObjectMeta) -> Option<&'static str> {
    let hook = HOOKS.iter().find(|(annotation, _)| meta.annotation(annotation).is_some());
    let managed = meta.label("app.kubernetes.io/managed-by") == Some("Helm");
    hook.map(|(_, tool)| *tool).or(managed.then_some("Helm"))
}

pub(super) fn time_to_live(lint: &mut Lint<'_>, meta: &ObjectMeta) {
    let is_hook = HOOKS.iter().any(|(annotation, _)| meta.annotation(annotation).is_some());
    if let (Some(0), Some(tool)) = (lint.spec.ttl_seconds_after_finished, waiter(meta)) {
        lint.find(
            Rule::TtlZeroWithWaiter,
            "ttlSecondsAfterFinished",
            format!("the Job is deleted when it finishes, and {tool} may find it gone"),
            if is_hook {
                "leave it out: the hook's delete policy removes the Job"
            } else {
                "give the waiter time, such as 600"
            },
        );
    }
    // A hook's tool deletes it. A TTL would take it away while the tool waits.
    if lint.spec.ttl_seconds_after_finished.is_none() && !is_hook {
        lint.find(
            Rule::NoTtl,
            "ttlSecondsAfterFinished",
            "the finished Job and its pods stay until they are deleted by hand",
            "add `ttlSecondsAfterFinished`, such as 86400 for a day",
        );
    }
}

pub(super) fn no_deadline(lint: &mut Lint<'_>, cronjob: Option<&CronJobSpec>) {
    let in_template = lint.spec.template.spec.active_deadline_seconds;
    // A pod's own deadline is another rule's.
    if lint.spec.active_deadline_seconds.is_some() || in_template.is_some() {
        return;
    }
    let follows = match cronjob.map(|spec| spec.concurrency_policy.as_str()) {
        None => "",
        Some("Forbid") => ", and concurrencyPolicy Forbid starts no other one",
        Some("Replace") => ", until the next start replaces it",
        Some(_) => ", and each start adds one more",
    };
    lint.find(
        Rule::NoDeadline,
        "activeDeadlineSeconds",
        format!("if a pod cannot start, the Job is active for ever{follows}"),
        "set `activeDeadlineSeconds` to more than the Job ever takes",
    );
}

pub(super) fn history(lint: &mut Lint<'_>, spec: &CronJobSpec) {
    for (member, limit, what) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit, "succeeds"),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit, "fails"),
    ] {
        if limit == Some(0) {
            lint.push(
                Rule::NoHistory,
                format!("spec.{member}"),
                format!("a Job that {what} is deleted at once, with its pods and their logs"),
                Some("keep at least 1".to_owned()),
            );
        }
    }
}

pub(super) fn deadline_only_in_template(lint: &mut Lint<'_>) {
    let Some(seconds) = lint.spec.template.spec.active_deadline_seconds else { return };
    // Without retries, the end of the pod is the end of the Job.
    let one_pod = lint.backoff_limit() == 0 && !lint.restarts_in_place();
    if lint.spec.active_deadline_seconds.is_none() && !one_pod {
        let retries = match lint.backoff_limit() {
            i32::MAX => "and again".to_owned(),
            limit => format!("up to {limit} times"),
        };
        lint.find(
            Rule::DeadlineOnlyInTemplate,
            "template.spec.activeDeadlineSeconds",
            format!(
                "each pod is ended after {seconds} s and then replaced, {retries}; the Job itself \
                 has no deadline"
            ),
            "to limit the Job, set `activeDeadlineSeconds` in the Job's spec",
        );
    }
}

pub(super) fn deadline_before_retry(lint: &mut Lint<'_>) {
    let first_pause = POD_BACKOFF.0 / SECOND;
    let Some(seconds) = lint.spec.active_deadline_seconds else { return };
    let retries = lint.backoff_limit() > 0 && lint.spec.backoff_limit_per_index != Some(0);
    if seconds <= first_pause && retries && !lint.restarts_in_place() {
        lint.find(
            Rule::DeadlineBeforeRetry,
            "activeDeadlineSeconds",
            format!(
                "the first retry comes {first_pause} s after a failure, and the Job ends after \
                 {seconds} s: there will be none"
            ),
            "give it more time, or say `backoffLimit: 0`",
        );
    }
}

pub(super) fn starting_deadline(lint: &mut Lint<'_>, spec: &CronJobSpec) {
    let Some(seconds) = spec.starting_deadline_seconds else { return };
    if seconds < LEADER_CHANGE {
        lint.push(
            Rule::StartingDeadlineTooShort,
            "spec.startingDeadlineSeconds".to_owned(),
            format!(
                "a run is lost whenever the controller is more than {seconds} s late, as when its \
                 leader changes"
            ),
            Some(format!("use at least {LEADER_CHANGE}, better some minutes")),
        );
    }
}

pub(super) fn backoff_below_parallelism(lint: &mut Lint<'_>) {
    let spec = lint.spec;
    let limit = lint.backoff_limit();
    let wanted = spec.parallelism.unwrap_or(1);
    let at_once = spec.completions.map_or(wanted, |completions| wanted.min(completions));
    // A limit of zero asks for no retries.
    if spec.backoff_limit_per_index.is_some() || limit <= 0 || at_once <= limit {
        return;
    }
    let (member, limit_words) = match spec.backoff_limit {
        Some(limit) => ("backoffLimit", format!("{limit}")),
        None => ("parallelism", format!("{limit} (the default)")),
    };
    let hint = if lint.spec.completion_mode == Some(crate::api::CompletionMode::Indexed) {
        "raise `backoffLimit` above `parallelism`, or use `backoffLimitPerIndex`"
    } else {
        "raise `backoffLimit` above `parallelism`"
    };
    lint.find(
        Rule::BackoffBelowParallelism,
        member,
        format!(
            "{at_once} pods run at once and share a backoffLimit of {limit_words}: if all of them \
             fail once, the Job fails without a retry"
        ),
        hint,
    );
}
