//! Validation of the pod failure policy and the success policy.
//!
//! Rules: VALID-27, VALID-31 to VALID-34, VALID-40 to VALID-45.

use std::collections::BTreeSet;

use super::indexes;
use super::path::{Errors, LengthWords, Path, composite, text, typed};
use crate::api::{
    CompletionMode, ConditionStatus, ExitCodeOperator, ExitCodesRequirement, FailurePolicyAction,
    JobSpec, PodConditionPattern, PodFailurePolicy, PodFailurePolicyRule, SuccessPolicy,
};
use crate::names;
use crate::refusal::BadValue;

/// Most rules of either policy, and most condition patterns of a rule.
const RULES_LIMIT: usize = 20;
/// Most exit codes of a rule.
const CODES_LIMIT: usize = 255;
/// Longest `succeededIndexes`, in bytes.
const INDEXES_LIMIT: usize = 64 * 1024;

/// The pod failure policy (VALID-31, VALID-32).
pub(super) fn validate_failure_policy(
    policy: &PodFailurePolicy,
    spec: &JobSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let rules = path.child("rules");
    if policy.rules.len() > RULES_LIMIT {
        errors.too_many(&rules, policy.rules.len(), RULES_LIMIT);
    }
    for (i, rule) in policy.rules.iter().enumerate() {
        validate_rule(rule, spec, &rules.index(i), errors);
    }
}

fn validate_rule(
    rule: &PodFailurePolicyRule,
    spec: &JobSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let action = path.child("action");
    match &rule.action {
        FailurePolicyAction::FailIndex if spec.backoff_limit_per_index.is_none() => {
            let detail = "requires the backoffLimitPerIndex to be set";
            errors.invalid(&action, typed("FailIndex"), detail);
        }
        FailurePolicyAction::Other(other) => required_or_unknown(
            other,
            &action,
            &["Count", "FailIndex", "FailJob", "Ignore"],
            errors,
        ),
        _ => {}
    }
    if let Some(codes) = &rule.on_exit_codes {
        validate_exit_codes(codes, spec, &path.child("onExitCodes"), errors);
    }
    let conditions = !rule.on_pod_conditions.is_empty();
    if conditions {
        validate_patterns(&rule.on_pod_conditions, &path.child("onPodConditions"), errors);
    }
    let detail = match (rule.on_exit_codes.is_some(), conditions) {
        (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    errors.invalid(path, BadValue::Omitted, detail);
}

/// An empty value is Required, another one that is not known is not supported.
fn required_or_unknown(value: &str, path: &Path<'_>, known: &[&str], errors: &mut Errors<'_>) {
    if value.is_empty() {
        let list: Vec<String> = known.iter().map(|k| format!("\"{k}\"")).collect();
        errors.required(path, format!("valid values: [{}]", list.join(" ")));
    } else {
        errors.not_supported(path, typed(value), known);
    }
}

/// VALID-33.
fn validate_exit_codes(
    codes: &ExitCodesRequirement,
    spec: &JobSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let ExitCodeOperator::Other(other) = &codes.operator {
        required_or_unknown(other, &path.child("operator"), &["In", "NotIn"], errors);
    }
    if let Some(name) = &codes.container_name {
        let pod = &spec.template.spec;
        let mut known = pod.containers.iter().chain(&pod.init_containers);
        if !known.any(|container| container.name == *name) {
            let detail = "must be one of the container or initContainer names in the pod template";
            errors.invalid(&path.child("containerName"), text(name), detail);
        }
    }
    let values = path.child("values");
    if codes.values.is_empty() {
        let detail = "at least one value is required";
        let shown = (!codes.values.is_null()).then(Vec::new);
        errors.invalid(&values, BadValue::Integers(shown), detail);
    } else if codes.values.len() > CODES_LIMIT {
        errors.too_many(&values, codes.values.len(), CODES_LIMIT);
    }
    let sorted = codes.values.is_sorted();
    // Strictly ascending codes, the usual case, hold no duplicate.
    let mut seen = (!codes.values.is_sorted_by(|a, b| a < b)).then(BTreeSet::new);
    for (i, code) in codes.values.iter().enumerate() {
        let value = BadValue::Number((*code).into());
        if codes.operator == ExitCodeOperator::In && *code == 0 {
            let detail = "must not be 0 for the In operator";
            errors.invalid(&values.index(i), value.clone(), detail);
        }
        if let Some(seen) = &mut seen
            && !seen.insert(*code)
        {
            errors.duplicate(&values.index(i), value);
        }
    }
    if !sorted {
        let shown = BadValue::Integers(Some(codes.values.to_vec()));
        errors.invalid(&values, shown, "must be ordered");
    }
}

/// VALID-34.
fn validate_patterns(patterns: &[PodConditionPattern], path: &Path<'_>, errors: &mut Errors<'_>) {
    if patterns.len() > RULES_LIMIT {
        errors.too_many(path, patterns.len(), RULES_LIMIT);
    }
    let sem = errors.sem;
    for (i, pattern) in patterns.iter().enumerate() {
        let path = path.index(i);
        let type_ = path.child("type");
        names::label_key(&pattern.type_, sem, |detail| {
            errors.invalid(&type_, text(&pattern.type_), detail);
        });
        if let ConditionStatus::Other(other) = &pattern.status {
            let known = ["False", "True", "Unknown"];
            required_or_unknown(other, &path.child("status"), &known, errors);
        }
    }
}

/// The success policy (VALID-27, VALID-40 to VALID-45).
pub(super) fn validate_success_policy(
    policy: &SuccessPolicy,
    spec: &JobSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if spec.completion_mode != Some(CompletionMode::Indexed) {
        let detail = "requires indexed completion mode";
        return errors.invalid(path, success_policy_value(policy), detail);
    }
    let rules = path.child("rules");
    if policy.rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.required(&rules, detail);
    }
    if policy.rules.len() > RULES_LIMIT {
        errors.too_many(&rules, policy.rules.len(), RULES_LIMIT);
    }
    for (i, rule) in policy.rules.iter().enumerate() {
        let path = rules.index(i);
        if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
            let detail = "at least one of succeededCount or succeededIndexes must be specified";
            errors.required(&path, detail);
            continue;
        }
        let Some(completions) = spec.completions else {
            // GO: the number of completions is read without a look whether there is one.
            errors.internal = Some(
                "runtime error: invalid memory address or nil pointer \
                                    dereference",
            );
            return;
        };
        let mut total = 0;
        if let Some(indexes) = &rule.succeeded_indexes {
            let path = path.child("succeededIndexes");
            if indexes.len() > INDEXES_LIMIT {
                errors.too_long(&path, INDEXES_LIMIT, LengthWords::Value);
            }
            match indexes::parse(indexes, completions) {
                Ok(n) => total = n,
                Err(why) => {
                    let detail = format!("error parsing succeededIndexes: {why}");
                    errors.invalid(&path, text(indexes), detail);
                }
            }
        }
        let Some(count) = rule.succeeded_count else { continue };
        let path = path.child("succeededCount");
        let value = BadValue::Number(count.into());
        errors.non_negative(&path, count.into());
        if count > completions {
            let detail = format!(
                "must be less than or equal to {completions} (the number of specified completions)"
            );
            errors.invalid(&path, value.clone(), detail);
        }
        if rule.succeeded_indexes.is_some() && i64::from(count) > total {
            let detail = format!(
                "must be less than or equal to {total} (the number of indexes in the specified \
                 succeededIndexes field)"
            );
            errors.invalid(&path, value, detail);
        }
    }
}

/// The server's internal forms, which leave nothing out (RENDER-5).
mod internal {
    use serde::Serialize;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Policy<R> {
        pub(super) rules: Option<Vec<R>>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct SuccessRule<'a> {
        pub(super) succeeded_indexes: &'a Option<String>,
        pub(super) succeeded_count: Option<i32>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct FailureRule<'a> {
        pub(super) action: &'a str,
        pub(super) on_exit_codes: Option<ExitCodes<'a>>,
        pub(super) on_pod_conditions: Option<Vec<Pattern<'a>>>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct ExitCodes<'a> {
        pub(super) container_name: &'a Option<String>,
        pub(super) operator: &'a str,
        pub(super) values: Option<&'a [i32]>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Pattern<'a> {
        pub(super) r#type: &'a str,
        pub(super) status: &'a str,
    }
}

/// The success policy as the server dumps it.
pub(super) fn success_policy_value(policy: &SuccessPolicy) -> BadValue {
    let rules = policy.rules.iter().map(|rule| internal::SuccessRule {
        succeeded_indexes: &rule.succeeded_indexes,
        succeeded_count: rule.succeeded_count,
    });
    let rules: Vec<_> = rules.collect();
    composite(&internal::Policy { rules: Some(rules) })
}

/// The pod failure policy as the server dumps it.
pub(super) fn failure_policy_value(policy: &PodFailurePolicy) -> BadValue {
    fn pattern(p: &PodConditionPattern) -> internal::Pattern<'_> {
        internal::Pattern { r#type: &p.type_, status: p.status.as_str() }
    }
    let rules = policy.rules.iter().map(|rule| internal::FailureRule {
        action: rule.action.as_str(),
        on_exit_codes: rule.on_exit_codes.as_ref().map(|codes| internal::ExitCodes {
            container_name: &codes.container_name,
            operator: codes.operator.as_str(),
            values: (!codes.values.is_null()).then_some(codes.values.as_slice()),
        }),
        on_pod_conditions: match rule.on_pod_conditions.as_slice() {
            [] => None,
            list => Some(list.iter().map(pattern).collect()),
        },
    });
    let rules = (!policy.rules.is_null()).then(|| rules.collect());
    composite(&internal::Policy { rules })
}
