//! The pod failure policy: which rule a pod matches, and the consequence.
//!
//! Rules: PFP-01 to PFP-07 (upstream: `pkg/controller/job/pod_failure_policy.go` @v1.37.2).

use std::sync::Arc;

use super::messages;
use crate::Semantics;
use crate::api::{
    ExitCodeOperator, ExitCodesRequirement, FailurePolicyAction, Pod, PodConditionPattern,
    PodFailurePolicy,
};

/// The policy's verdict on one pod's failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No policy or no matching rule: the failure counts.
    #[default]
    NoRule,
    /// A rule counts the failure.
    Count,
    /// The failure does not count.
    Ignore,
    /// The failure counts, and the index fails.
    FailIndex,
    /// The failure counts, and the Job fails with this message.
    FailJob(Arc<str>),
}

impl Verdict {
    /// Whether the failure counts.
    pub(crate) fn counts(&self) -> bool {
        *self != Verdict::Ignore
    }
}

/// Applies `policy` to `pod` (PFP-01).
pub(crate) fn evaluate(policy: Option<&PodFailurePolicy>, pod: &Pod, sem: &Semantics) -> Verdict {
    let rules = policy.map_or(&[][..], |policy| &policy.rules[..]);
    for (index, rule) in rules.iter().enumerate() {
        let matched = match &rule.on_exit_codes {
            // PFP-02: a rule with exit codes ignores conditions.
            Some(requirement) => match_exit_codes(requirement, pod),
            None => match_conditions(&rule.on_pod_conditions, pod),
        };
        let Some(matched) = matched else { continue };
        return match rule.action {
            FailurePolicyAction::Ignore => Verdict::Ignore,
            FailurePolicyAction::Count => Verdict::Count,
            FailurePolicyAction::FailIndex if sem.backoff_limit_per_index() => Verdict::FailIndex,
            FailurePolicyAction::FailJob => {
                let (ns, name) = (&pod.metadata.namespace, &pod.metadata.name);
                let message = match matched {
                    Matched::ExitCode(container, code) => {
                        messages::failed_by_exit_code(container, ns, name, code, index)
                    }
                    Matched::Condition(type_) => {
                        messages::failed_by_condition(ns, name, type_, index)
                    }
                };
                Verdict::FailJob(message.into())
            }
            _ => continue,
        };
    }
    Verdict::NoRule
}

/// The index of the rule that decides about `pod`, if there is one.
pub(crate) fn deciding_rule(
    policy: &PodFailurePolicy,
    pod: &Pod,
    sem: &Semantics,
) -> Option<usize> {
    let first = |count: usize| PodFailurePolicy {
        rules: policy.rules[..count].to_vec().into(),
        ..PodFailurePolicy::default()
    };
    let decides = |count: &usize| evaluate(Some(&first(*count)), pod, sem) != Verdict::NoRule;
    (1..=policy.rules.len()).find(decides).map(|count| count - 1)
}

enum Matched<'a> {
    ExitCode(&'a str, i32),
    Condition(&'a str),
}

/// PFP-03: the first ended container with an exit code other than 0 that satisfies the rule.
fn match_exit_codes<'a>(rule: &ExitCodesRequirement, pod: &'a Pod) -> Option<Matched<'a>> {
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    for status in statuses {
        let Some(ended) = &status.state.terminated else { continue };
        if rule.container_name.as_ref().is_some_and(|name| *name != status.name) {
            continue;
        }
        let listed = rule.values.contains(&ended.exit_code);
        let satisfied = match rule.operator {
            ExitCodeOperator::In => listed,
            ExitCodeOperator::NotIn => !listed,
            ExitCodeOperator::Other(_) => false,
        };
        if ended.exit_code != 0 && satisfied {
            return Some(Matched::ExitCode(&status.name, ended.exit_code));
        }
    }
    None
}

/// PFP-04: the first condition of the pod that equals one of the patterns.
fn match_conditions<'a>(patterns: &[PodConditionPattern], pod: &'a Pod) -> Option<Matched<'a>> {
    pod.status
        .conditions
        .iter()
        .find(|c| patterns.iter().any(|p| p.type_ == c.type_ && p.status == c.status))
        .map(|c| Matched::Condition(&c.type_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rules: &str, status: &str) -> Verdict {
        let policy = serde_json::from_str(&format!(r#"{{"rules":{rules}}}"#)).unwrap();
        let pod = serde_json::from_str(&format!(
            r#"{{"metadata":{{"name":"p","namespace":"default"}},"status":{status}}}"#
        ))
        .unwrap();
        evaluate(Some(&policy), &pod, &Semantics::default())
    }

    const FAILED_42: &str = r#"{"containerStatuses":[{"name":"main",
        "state":{"terminated":{"exitCode":42}}}]}"#;

    #[test]
    fn the_first_matching_rule_decides() {
        let ignore = r#"{"action":"Ignore","onExitCodes":{"operator":"In","values":[42]}}"#;
        let fail = r#"{"action":"FailJob","onExitCodes":{"operator":"NotIn","values":[1]}}"#;
        assert_eq!(verdict(&format!("[{ignore},{fail}]"), FAILED_42), Verdict::Ignore);
        assert_eq!(
            verdict(&format!("[{fail},{ignore}]"), FAILED_42),
            Verdict::FailJob(
                "Container main for pod default/p failed with exit code 42 \
                 matching FailJob rule at index 0"
                    .into()
            )
        );
    }

    #[test]
    fn exit_code_0_never_matches() {
        let rule = r#"[{"action":"FailJob","onExitCodes":{"operator":"NotIn","values":[1]}}]"#;
        let status = r#"{"containerStatuses":[{"name":"main",
            "state":{"terminated":{"exitCode":0}}}]}"#;
        assert_eq!(verdict(rule, status), Verdict::NoRule);
    }

    #[test]
    fn conditions_are_compared_by_type_and_status_and_exit_codes_come_first() {
        let status = r#"{"conditions":[{"type":"DisruptionTarget","status":"True"}]}"#;
        let pattern = r#""onPodConditions":[{"type":"DisruptionTarget","status":"True"}]"#;
        assert_eq!(
            verdict(&format!(r#"[{{"action":"Ignore",{pattern}}}]"#), status),
            Verdict::Ignore
        );
        let both = format!(
            r#"[{{"action":"Ignore","onExitCodes":{{"operator":"In","values":[1]}},{pattern}}}]"#
        );
        assert_eq!(verdict(&both, status), Verdict::NoRule);
    }

    #[test]
    fn unknown_actions_are_passed_over() {
        let rules = r#"[{"action":"Retry","onExitCodes":{"operator":"In","values":[42]}},
            {"action":"Count","onExitCodes":{"operator":"In","values":[42]}}]"#;
        assert_eq!(verdict(rules, FAILED_42), Verdict::Count);
    }
}
