//! Rules of a pod failure policy that never decide, or that ignore failures forever.

use serde_json::Value;

use super::codes::Codes;
use super::linter::Lint;
use super::rules::Rule;
use crate::api::{
    Container, ExitCodeOperator, ExitCodesRequirement, FailurePolicyAction, PodFailurePolicyRule,
    PodSpec, RestartPolicy,
};

pub(super) fn rules(lint: &mut Lint<'_>) {
    let spec = lint.spec;
    let Some(policy) = &spec.pod_failure_policy else { return };
    let pod = &spec.template.spec;
    for (i, rule) in policy.rules.iter().enumerate() {
        let member = format!("podFailurePolicy.rules[{i}]");
        let earlier = &policy.rules[..i];
        let never = match &rule.on_exit_codes {
            Some(requirement) => never_by_code(requirement, earlier, pod)
                .map(|why| (format!("{member}.onExitCodes"), why)),
            None => never_by_condition(rule, earlier)
                .map(|why| (format!("{member}.onPodConditions"), why)),
        };
        if let Some((member, why)) = never {
            let hint = if why.starts_with("earlier") { "put the narrower rule first" } else { "" };
            lint.find(Rule::FailureRuleNeverMatches, &member, why, hint);
        } else if rule.action == FailurePolicyAction::Ignore
            && rule.on_exit_codes.is_some()
            && spec.active_deadline_seconds.is_none()
        {
            lint.find(
                Rule::IgnoredFailuresWithoutEnd,
                &format!("{member}.action"),
                "a container that ends with such a code each time is retried for ever: ignored \
                 failures do not count towards backoffLimit",
                "add `activeDeadlineSeconds`, or use `Count`",
            );
        }
    }
}

/// Why a rule about exit codes never decides.
fn never_by_code(
    requirement: &ExitCodesRequirement,
    earlier: &[PodFailurePolicyRule],
    pod: &PodSpec,
) -> Option<String> {
    let wanted = Codes::of(requirement);
    let possible = if is_windows(pod) { wanted } else { wanted.of_bytes() };
    if possible.is_empty() {
        return Some("no process ends with such a code: they are 0 to 255".to_owned());
    }
    let all = || pod.init_containers.iter().chain(&pod.containers);
    let meant = |container: &&Container| {
        requirement.container_name.as_ref().is_none_or(|name| *name == container.name)
    };
    let caught = |container: &Container| possible.without(&restarted(container)).is_empty();
    if all().any(|c| meant(&c)) && all().filter(meant).all(caught) {
        return Some(
            "the container's own restart policy catches such an exit: it is started again, and the \
             pod does not fail"
                .to_owned(),
        );
    }
    // A rule without a container name applies to every container.
    let only = match all().count() {
        1 => all().next().map(|container| container.name.as_str()),
        _ => None,
    };
    let covers = |other: &ExitCodesRequirement| match &other.container_name {
        None => true,
        name if *name == requirement.container_name => true,
        Some(name) => Some(name.as_str()) == only,
    };
    let taken = earlier.iter().filter_map(|rule| rule.on_exit_codes.as_ref());
    let left = taken
        .filter(|other| covers(other))
        .fold(possible, |codes, other| codes.without(&Codes::of(other)));
    left.is_empty().then(|| "earlier rules match all of these exit codes".to_owned())
}

/// Why a rule about conditions never decides.
fn never_by_condition(
    rule: &PodFailurePolicyRule,
    earlier: &[PodFailurePolicyRule],
) -> Option<String> {
    let of = |rule: &PodFailurePolicyRule| match rule.on_exit_codes {
        Some(_) => Vec::new(),
        None => rule.on_pod_conditions.iter().map(|p| (p.type_.clone(), status(p))).collect(),
    };
    let taken: Vec<(String, String)> = earlier.iter().flat_map(of).collect();
    let wanted = of(rule);
    let shadowed = !wanted.is_empty() && wanted.iter().all(|pattern| taken.contains(pattern));
    shadowed.then(|| "earlier rules match all of these conditions".to_owned())
}

/// An absent status means True (DEFAULT-6).
fn status(pattern: &crate::api::PodConditionPattern) -> String {
    match pattern.status.as_str() {
        "" => "True".to_owned(),
        status => status.to_owned(),
    }
}

/// The codes after which a container restarts in its pod.
fn restarted(container: &Container) -> Codes {
    let all = Codes::AllBut([0].into());
    match container.restart_policy {
        Some(RestartPolicy::Always | RestartPolicy::OnFailure) => return all,
        Some(_) => {}
        None => return Codes::These([].into()),
    }
    let rules = container.extra.get("restartPolicyRules").and_then(Value::as_array);
    let mut left = all.clone();
    for rule in rules.into_iter().flatten() {
        let codes = &rule["exitCodes"];
        let operator = codes["operator"].as_str().unwrap_or_default();
        let values = codes["values"].as_array().into_iter().flatten();
        let values = values.filter_map(Value::as_i64).filter_map(|n| i32::try_from(n).ok());
        if matches!(rule["action"].as_str(), Some("Restart" | "RestartAllContainers")) {
            left = left.without(&Codes::new(&ExitCodeOperator::from(operator), values));
        }
    }
    all.without(&left)
}

fn is_windows(pod: &PodSpec) -> bool {
    let text = |value: Option<&Value>| value.and_then(Value::as_str) == Some("windows");
    let member = |name: &str| pod.extra.get(name);
    text(member("os").and_then(|os| os.get("name")))
        || text(member("nodeSelector").and_then(|labels| labels.get("kubernetes.io/os")))
}
