//! [`Rule`]: the lint rules, their names and texts.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// A lint rule.
///
/// ```
/// use jobsem::lint::Rule;
///
/// assert_eq!("no-ttl".parse(), Ok(Rule::NoTtl));
/// assert_eq!(Rule::NoTtl.to_string(), "no-ttl");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "`Rule::summary` says it")]
pub enum Rule {
    NoTtl,
    DeadlineOnlyInTemplate,
    DeadlineBeforeRetry,
    BackoffBelowParallelism,
    OnFailureHidesFailures,
    OnFailureLosesLogs,
    SidecarKeepsRunning,
    FailureRuleNeverMatches,
    IgnoredFailuresWithoutEnd,
    SuccessRuleAddsNothing,
    ClockChange,
    StartingDeadlineTooShort,
    DroppedByOldVersion,
    NoDeadline,
    TtlZeroWithWaiter,
    ScheduleNeverDue,
    DayOfMonthOrWeek,
    UnevenStep,
    NoHistory,
    UnknownRule,
}

/// The texts of a rule.
struct Text {
    rule: Rule,
    name: &'static str,
    summary: &'static str,
    reason: &'static str,
    example: &'static str,
    /// A public report of what the rule finds.
    thread: Option<&'static str>,
}

const TEXTS: [Text; 20] = [
    Text {
        rule: Rule::NoTtl,
        name: "no-ttl",
        summary: "A Job that nothing will ever delete",
        reason: "A finished Job and its pods stay until they are deleted. The history limits of \
                 a CronJob delete its Jobs; any other Job needs `ttlSecondsAfterFinished`, or it \
                 fills the cluster and its name stays taken.",
        example: "spec:\n  ttlSecondsAfterFinished: 86400",
        thread: None,
    },
    Text {
        rule: Rule::DeadlineOnlyInTemplate,
        name: "deadline-only-in-template",
        summary: "A deadline that ends pods, not the Job",
        reason: "`activeDeadlineSeconds` in the pod template limits each pod. A pod that reaches \
                 it fails and is replaced, up to `backoffLimit` times, so the Job may take many \
                 times as long. The Job's own spec limits the Job.",
        example: "spec:\n  activeDeadlineSeconds: 600",
        thread: None,
    },
    Text {
        rule: Rule::DeadlineBeforeRetry,
        name: "deadline-before-first-retry",
        summary: "A deadline that leaves no time for a retry",
        reason: "After a failure the Job waits before it creates the next pod: 10 s, then 20 s, \
                 then 40 s. A Job whose `activeDeadlineSeconds` is not longer than the first \
                 wait ends before any retry, whatever `backoffLimit` is.",
        example: "spec:\n  activeDeadlineSeconds: 300",
        thread: None,
    },
    Text {
        rule: Rule::BackoffBelowParallelism,
        name: "backoff-limit-below-parallelism",
        summary: "One wave of failures uses up all retries",
        reason: "`backoffLimit` counts the failures of all pods of the Job together. If more \
                 pods run at once than failures are tolerated, a short outage that hits all of \
                 them fails the Job before any pod is retried.",
        example: "spec:\n  parallelism: 20\n  backoffLimit: 60",
        thread: None,
    },
    Text {
        rule: Rule::OnFailureHidesFailures,
        name: "on-failure-hides-failures",
        summary: "Settings for failed pods, where pods do not fail",
        reason: "With `restartPolicy: OnFailure` a failing container restarts in its pod, and \
                 the pod does not fail. `backoffLimit: 0` does not mean one attempt then, \
                 `backoffLimitPerIndex` counts nothing while the container restarts for ever, \
                 and a `podFailurePolicy` on exit codes is refused.",
        example: "spec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never",
        thread: None,
    },
    Text {
        rule: Rule::OnFailureLosesLogs,
        name: "on-failure-loses-logs",
        summary: "The pod and its logs are deleted when the Job fails",
        reason: "With `restartPolicy: OnFailure` the failing container stays in one pod. When \
                 `backoffLimit` is reached that pod still runs, so it is deleted together with \
                 its logs. With `Never` every failed attempt leaves its pod behind.",
        example: "spec:\n  template:\n    spec:\n      restartPolicy: Never",
        thread: None,
    },
    Text {
        rule: Rule::SidecarKeepsRunning,
        name: "sidecar-keeps-running",
        summary: "A helper container that never ends, so the Job never does",
        reason: "A pod succeeds when all its containers have ended. A proxy or log shipper among \
                 the `containers` does not end, and the Job runs for ever. As an init container \
                 with `restartPolicy: Always` (Kubernetes 1.29 and newer) it is a sidecar, which \
                 is stopped when the others have ended.",
        example: "initContainers:\n- name: cloud-sql-proxy\n  restartPolicy: Always",
        thread: None,
    },
    Text {
        rule: Rule::FailureRuleNeverMatches,
        name: "failure-rule-never-matches",
        summary: "A rule of the pod failure policy that never decides",
        reason: "Rules are tried in order, and the first match decides. A rule is never reached \
                 if earlier rules take all its exit codes or conditions, if no process ends with \
                 its exit codes, or if the container's own restart rules catch them.",
        example: "podFailurePolicy:\n  rules:\n  - action: FailJob\n    onExitCodes: \
                  {operator: In, values: [42]}\n  - action: Count\n    onExitCodes: \
                  {operator: NotIn, values: [0]}",
        thread: None,
    },
    Text {
        rule: Rule::IgnoredFailuresWithoutEnd,
        name: "ignored-failures-without-end",
        summary: "Failures that are ignored may be retried for ever",
        reason: "A failure that matches an `Ignore` rule does not count towards `backoffLimit`. \
                 Ignored evictions end; a process that ends with the same ignored code each time \
                 does not, and without `activeDeadlineSeconds` neither does the Job.",
        example: "spec:\n  activeDeadlineSeconds: 3600",
        thread: None,
    },
    Text {
        rule: Rule::SuccessRuleAddsNothing,
        name: "success-rule-adds-nothing",
        summary: "A rule of the success policy that never decides",
        reason: "A success policy ends a Job before all indexes have succeeded. A rule that \
                 requires all of them, or is met only after another rule, changes nothing: the \
                 Job goes on to its last index.",
        example: "successPolicy:\n  rules:\n  - succeededIndexes: 0-9\n    succeededCount: 5",
        thread: None,
    },
    Text {
        rule: Rule::ClockChange,
        name: "clock-change",
        summary: "A run that is skipped, or comes twice, when clocks change",
        reason: "A schedule in a zone with summer time follows the clocks of that zone. An hour \
                 that is skipped in spring skips its runs; an hour that is repeated in autumn \
                 repeats them.",
        example: "spec:\n  schedule: 30 4 * * *\n  timeZone: Europe/Berlin",
        thread: None,
    },
    Text {
        rule: Rule::StartingDeadlineTooShort,
        name: "starting-deadline-too-short",
        summary: "Runs are lost whenever the controller is a few seconds late",
        reason: "A run that is later than `startingDeadlineSeconds` is not made up for. A \
                 restart of the controllers, or a change of their leader, takes longer than 10 \
                 s; the Kubernetes documentation warns of deadlines below that.",
        example: "spec:\n  startingDeadlineSeconds: 200",
        thread: None,
    },
    Text {
        rule: Rule::DroppedByOldVersion,
        name: "dropped-by-old-version",
        summary: "A field that a supported version drops",
        reason: "A server without the feature accepts the object and drops the field: the Job \
                 runs without it. If the server does not know the field at all, only strict \
                 clients get an error. `--min-kube` sets the oldest supported version.",
        example: "jobsem lint --min-kube 1.30 job.yaml",
        thread: None,
    },
    Text {
        rule: Rule::NoDeadline,
        name: "no-deadline",
        summary: "A Job that waits for ever when its pod cannot start",
        reason: "A pod whose image cannot be pulled, or that no node has room for, does not \
                 fail: it stays Pending, and `backoffLimit` counts nothing. Without \
                 `activeDeadlineSeconds` the Job is active for ever. A CronJob with \
                 `concurrencyPolicy: Forbid` then starts no other Job; with `Allow` each start \
                 adds one more.",
        example: "spec:\n  activeDeadlineSeconds: 3600",
        thread: Some("https://github.com/kubernetes/kubernetes/issues/58384"),
    },
    Text {
        rule: Rule::TtlZeroWithWaiter,
        name: "ttl-zero-with-waiter",
        summary: "A Job that is deleted before its result is read",
        reason: "With `ttlSecondsAfterFinished: 0` the Job is deleted as soon as it has \
                 finished. Helm and Argo CD wait for the Jobs of a release or hook by reading \
                 them: one that is gone is an error, or is waited for until the timeout.",
        example: "spec:\n  ttlSecondsAfterFinished: 600",
        thread: Some("https://github.com/helm/helm/issues/10576"),
    },
    Text {
        rule: Rule::ScheduleNeverDue,
        name: "schedule-never-due",
        summary: "A schedule whose date does not exist",
        reason: "The API server checks each field of a schedule by itself. `0 0 30 2 *` is \
                 valid, and there is no 30 February: no Job is ever started, and nothing says \
                 so.",
        example: "spec:\n  schedule: 0 0 28 2 *",
        thread: Some("https://github.com/pallets-eco/croniter/issues/141"),
    },
    Text {
        rule: Rule::DayOfMonthOrWeek,
        name: "day-of-month-or-week",
        summary: "Two fields for the day, of which either one is enough",
        reason: "If a schedule restricts both the day of the month and the day of the week, it \
                 is due on the days that match one of the two, not both: `0 18 1-7 * TUE` is \
                 due on the first seven days of the month and on every Tuesday.",
        example: "spec:\n  schedule: 0 18 * * TUE",
        thread: Some("https://github.com/kubernetes/kubernetes/issues/125610"),
    },
    Text {
        rule: Rule::UnevenStep,
        name: "uneven-step",
        summary: "A step after which the last interval is shorter",
        reason: "Steps count from the start of each hour, day or month. `*/45 * * * *` is due \
                 at minute 0 and 45 of every hour: the intervals are 45 and 15 minutes. Only a \
                 step that divides the field's range gives equal intervals.",
        example: "spec:\n  schedule: '*/30 * * * *'",
        thread: Some("https://github.com/robfig/cron/issues/556"),
    },
    Text {
        rule: Rule::NoHistory,
        name: "no-history",
        summary: "A CronJob that keeps no Job to look at",
        reason: "With a history limit of 0 a Job of a CronJob is deleted as soon as it has \
                 ended, with its pods and their logs. Without failed Jobs nothing is left that \
                 says why a run failed.",
        example: "spec:\n  failedJobsHistoryLimit: 1",
        thread: Some("https://github.com/kubernetes/kubernetes/issues/92634"),
    },
    Text {
        rule: Rule::UnknownRule,
        name: "unknown-lint-rule",
        summary: "The annotation silences a rule that does not exist",
        reason: "The annotation `jobsem.dev/lint-allow` lists rules by name. A misspelt name \
                 silences nothing.",
        example: "metadata:\n  annotations:\n    jobsem.dev/lint-allow: no-ttl,clock-change",
        thread: None,
    },
];

impl Rule {
    /// Every rule.
    pub fn all() -> impl Iterator<Item = Rule> {
        TEXTS.iter().map(|text| text.rule)
    }

    /// The rule's name.
    pub fn name(self) -> &'static str {
        self.text().name
    }

    /// The finding in one line.
    pub fn summary(self) -> &'static str {
        self.text().summary
    }

    /// Why the finding matters.
    pub fn reason(self) -> &'static str {
        self.text().reason
    }

    /// A better manifest, as YAML of several lines, or a command.
    pub fn example(self) -> &'static str {
        self.text().example
    }

    /// A public report that shows what the rule finds, where one taught it.
    pub fn thread(self) -> Option<&'static str> {
        self.text().thread
    }

    /// The rule whose name is nearest to `name`.
    pub fn nearest(name: &str) -> Option<Rule> {
        let names: Vec<&str> = TEXTS.iter().map(|text| text.name).collect();
        crate::nearest::nearest(name, &names)?.parse().ok()
    }

    fn text(self) -> &'static Text {
        // INVARIANT: the table has the order of the enum (checked by a test).
        &TEXTS[self as usize]
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(name: &str) -> Result<Rule, Error> {
        let found = TEXTS.iter().find(|text| text.name == name).map(|text| text.rule);
        found.ok_or_else(|| {
            let hint = Rule::nearest(name).map(|rule| format!("; did you mean `{rule}`?"));
            let hint = hint.unwrap_or_default();
            Error::new(ErrorKind::Unsupported, format!("there is no lint rule `{name}`{hint}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (i, text) in TEXTS.iter().enumerate() {
            assert_eq!(text.rule as usize, i);
            assert_eq!(text.name.parse(), Ok(text.rule));
            assert!(!text.summary.ends_with('.') && text.reason.ends_with('.'), "{}", text.name);
        }
    }

    #[test]
    fn misspelt_names_are_answered_with_the_nearest() {
        let error = "no-tll".parse::<Rule>().unwrap_err();
        assert_eq!(error.message(), "there is no lint rule `no-tll`; did you mean `no-ttl`?");
        assert_eq!(Rule::nearest("x"), None);
    }
}
