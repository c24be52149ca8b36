//! [`Rule`]: the names of the lint rules, and what is to be said of each.

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
    UnknownRule,
}

/// What is to be said of a rule.
struct Text {
    rule: Rule,
    name: &'static str,
    summary: &'static str,
    reason: &'static str,
    example: &'static str,
}

const TEXTS: [Text; 14] = [
    Text {
        rule: Rule::NoTtl,
        name: "no-ttl",
        summary: "A Job that nothing will ever delete",
        reason: "A finished Job and its pods stay until somebody deletes them. Jobs of a CronJob \
                 are cleaned up by its history limits; a Job on its own needs \
                 `ttlSecondsAfterFinished`, or it fills the cluster, and its name stays taken.",
        example: "spec:\n  ttlSecondsAfterFinished: 86400",
    },
    Text {
        rule: Rule::DeadlineOnlyInTemplate,
        name: "deadline-only-in-template",
        summary: "A deadline that ends pods, not the Job",
        reason: "`activeDeadlineSeconds` in the pod template limits each pod. A pod that reaches \
                 it has failed and is replaced, up to `backoffLimit` times, so the Job may take \
                 many times as long. What limits the Job stands in the Job's own spec.",
        example: "spec:\n  activeDeadlineSeconds: 600",
    },
    Text {
        rule: Rule::DeadlineBeforeRetry,
        name: "deadline-before-first-retry",
        summary: "A deadline that leaves no time for a retry",
        reason: "After a failure the Job waits before it makes the next pod: 10 s, then 20 s, \
                 then 40 s. A Job whose `activeDeadlineSeconds` is not longer than the first \
                 pause is at its end before any retry, whatever `backoffLimit` says.",
        example: "spec:\n  activeDeadlineSeconds: 300",
    },
    Text {
        rule: Rule::BackoffBelowParallelism,
        name: "backoff-limit-below-parallelism",
        summary: "One wave of failures uses up all retries",
        reason: "`backoffLimit` counts the failures of all pods of the Job together. If more pods \
                 run at once than failures are tolerated, a short outage that hits all of them \
                 fails the Job before any pod was retried.",
        example: "spec:\n  parallelism: 20\n  backoffLimit: 60",
    },
    Text {
        rule: Rule::OnFailureHidesFailures,
        name: "on-failure-hides-failures",
        summary: "Wishes about failed pods, where pods do not fail",
        reason: "With `restartPolicy: OnFailure` a container that fails is started again in its \
                 pod, and the pod does not fail. `backoffLimit: 0` does not mean one attempt then, \
                 `backoffLimitPerIndex` counts nothing while the container is restarted for ever, \
                 and a `podFailurePolicy` on exit codes is refused.",
        example: "spec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never",
    },
    Text {
        rule: Rule::OnFailureLosesLogs,
        name: "on-failure-loses-logs",
        summary: "The pod, and its logs, go when the Job fails",
        reason: "With `restartPolicy: OnFailure` the failing container lives in one pod. When \
                 `backoffLimit` is reached that pod is still running, so it is deleted, and with \
                 it what it wrote. With `Never` every failed attempt leaves its pod behind.",
        example: "spec:\n  template:\n    spec:\n      restartPolicy: Never",
    },
    Text {
        rule: Rule::SidecarKeepsRunning,
        name: "sidecar-keeps-running",
        summary: "A helper container that never ends, so the Job never does",
        reason: "A pod succeeds when all its containers have ended. A proxy or log shipper among \
                 the `containers` does not end, and the Job runs for ever. As an init container \
                 with `restartPolicy: Always` (Kubernetes 1.29 and newer) it is a sidecar, which \
                 is stopped when the others are done.",
        example: "initContainers:\n- name: cloud-sql-proxy\n  restartPolicy: Always",
    },
    Text {
        rule: Rule::FailureRuleNeverMatches,
        name: "failure-rule-never-matches",
        summary: "A rule of the pod failure policy that can never decide",
        reason: "Rules are tried in order, and the first that matches decides. A rule whose exit \
                 codes or conditions are all taken by earlier rules is never reached; nor is one \
                 about exit codes that no process ends with, or that the container's own restart \
                 rules catch.",
        example: "podFailurePolicy:\n  rules:\n  - action: FailJob\n    onExitCodes: \
                  {operator: In, values: [42]}\n  - action: Count\n    onExitCodes: \
                  {operator: NotIn, values: [0]}",
    },
    Text {
        rule: Rule::IgnoredFailuresWithoutEnd,
        name: "ignored-failures-without-end",
        summary: "Failures that are ignored may be retried for ever",
        reason: "A failure that matches an `Ignore` rule does not count towards `backoffLimit`. \
                 Ignored evictions end; a process that ends with the same ignored code each time \
                 does not, and without `activeDeadlineSeconds` neither does the Job.",
        example: "spec:\n  activeDeadlineSeconds: 3600",
    },
    Text {
        rule: Rule::SuccessRuleAddsNothing,
        name: "success-rule-adds-nothing",
        summary: "A rule of the success policy that can never be what decides",
        reason: "A success policy ends a Job before all indexes have succeeded. A rule that wants \
                 all of them, or is met only when another rule is met already, changes nothing: \
                 the Job goes on to its last index.",
        example: "successPolicy:\n  rules:\n  - succeededIndexes: 0-9\n    succeededCount: 5",
    },
    Text {
        rule: Rule::ClockChange,
        name: "clock-change",
        summary: "A run that is left out, or comes twice, when clocks change",
        reason: "A schedule in a zone with summer time is read on that zone's clocks. An hour \
                 that is skipped in spring takes its runs with it; one that is repeated in autumn \
                 has them twice.",
        example: "spec:\n  schedule: 30 4 * * *\n  timeZone: Europe/Berlin",
    },
    Text {
        rule: Rule::StartingDeadlineTooShort,
        name: "starting-deadline-too-short",
        summary: "Runs are lost whenever the controller is a few seconds late",
        reason: "A run that is later than `startingDeadlineSeconds` is not made up for. A change \
                 of the controllers' leader, or a restart, takes longer than 10 s; Kubernetes' own \
                 documentation warns of deadlines below that.",
        example: "spec:\n  startingDeadlineSeconds: 200",
    },
    Text {
        rule: Rule::DroppedByOldVersion,
        name: "dropped-by-old-version",
        summary: "A field that a version in the supported range does away with",
        reason: "A server that does not have a feature yet takes the object and drops the field: \
                 the Job runs, without what the field asked for. Of fields that it has never \
                 heard of, only strict clients are told. `--min-kube` says how old the servers \
                 may be.",
        example: "jobsem lint --min-kube 1.30 job.yaml",
    },
    Text {
        rule: Rule::UnknownRule,
        name: "unknown-lint-rule",
        summary: "The annotation silences a rule that does not exist",
        reason: "The annotation `jobsem.dev/lint-allow` lists rules by name. A name that is \
                 misspelt silences nothing.",
        example: "metadata:\n  annotations:\n    jobsem.dev/lint-allow: no-ttl,clock-change",
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

    /// What it finds, in one line.
    pub fn summary(self) -> &'static str {
        self.text().summary
    }

    /// Why that is bad.
    pub fn reason(self) -> &'static str {
        self.text().reason
    }

    /// What may be done instead: YAML of several lines, or a command.
    pub fn example(self) -> &'static str {
        self.text().example
    }

    /// The rule whose name is nearest to what somebody wrote.
    pub fn nearest(name: &str) -> Option<Rule> {
        let names: Vec<&str> = TEXTS.iter().map(|text| text.name).collect();
        crate::check::nearest(name, &names)?.parse().ok()
    }

    fn text(self) -> &'static Text {
        // INVARIANT: the table stands in the order of the enum (checked by a test).
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
