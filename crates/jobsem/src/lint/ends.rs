//! Deadlines, retries, and clean-up after the end of a Job.

use super::linter::Lint;
use super::rules::Rule;
use crate::SECOND;
use crate::api::CronJobSpec;
use crate::job::POD_BACKOFF;

/// A starting deadline this short loses starts whenever the controllers' leader changes.
const LEADER_CHANGE: i64 = 10;

pub(super) fn time_to_live(lint: &mut Lint<'_>) {
    if lint.spec.ttl_seconds_after_finished.is_none() {
        lint.find(
            Rule::NoTtl,
            "ttlSecondsAfterFinished",
            "the finished Job and its pods stay until they are deleted by hand",
            "add `ttlSecondsAfterFinished`, such as 86400 for a day",
        );
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
