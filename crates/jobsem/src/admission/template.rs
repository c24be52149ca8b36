//! Validation of the pod template, but for its containers.
//!
//! The order of all checks, and those on scalars. Rules: VALID-55, VALID-57, VALID-67, VALID-68,
//! PODVALID-37. What has parts of its own is in [`super::pod`] and [`super::containers`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::containers;
use super::env;
use super::json::{self, Object};
use super::metadata;
use super::path::{Errors, Path, composite, text, typed};
use super::pod;
use super::resources;
use crate::api::{PodSpec, PodTemplateSpec, RestartPolicy};
use crate::names;
use crate::refusal::BadValue;

pub(super) const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";

/// The rules on a pod template (VALID-57).
pub(super) fn validate(template: &PodTemplateSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let meta = &template.metadata;
    metadata::labels(meta.labels.as_ref(), &path.child("labels"), errors);
    let annotations = path.child("annotations");
    metadata::annotations(meta.annotations.as_ref(), &annotations, errors);
    pod::validate_mirror(template, &annotations, errors);
    validate_annotated_tolerations(template, &annotations, errors);
    if let Some(cost) = meta.annotation(DELETION_COST)
        && !is_deletion_cost(cost)
        && !errors.allowed.any_deletion_cost
    {
        let path = annotations.key(DELETION_COST);
        errors.invalid(&path, text(cost), "must be a 32bit integer");
    }
    pod::validate_annotations(template, &annotations, errors);
    let spec = path.child("spec");
    validate_spec(&template.spec, &spec, errors);
    pod::validate_annotations_and_fields(template, &spec, errors);
    if !json::list(&template.spec.extra, "ephemeralContainers").is_empty() {
        let path = spec.child("ephemeralContainers");
        errors.forbidden(&path, "ephemeral containers not allowed in pod template");
    }
}

/// An int32 without a plus sign, and without leading zeros unless they follow a minus sign.
pub(super) fn is_deletion_cost(text: &str) -> bool {
    let first = text.bytes().next();
    text.parse::<i32>().is_ok() && (text == "0" || matches!(first, Some(b'-' | b'1'..=b'9')))
}

fn validate_spec(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    if spec.termination_grace_period_seconds.is_none() && errors.sem.requires_grace_period() {
        errors.required(&path.child("terminationGracePeriodSeconds"), "");
    }
    let surroundings = pod::PodContext {
        spec,
        volumes: pod::validate_volumes(spec, &path.child("volumes"), errors),
        claims: pod::claim_names(spec),
    };
    pod::validate_claims(spec, &path.child("resourceClaims"), errors);
    containers::validate(&surroundings, path, errors);
    if errors.sem.validates_pod_resources() {
        resources::validate_pod(&surroundings, path, errors);
    }
    if spec.extra.get("hostNetwork") == Some(&Value::Bool(true)) {
        containers::validate_host_network(spec, path, errors);
    }
    match &spec.restart_policy {
        None => errors.required(&path.child("restartPolicy"), ""),
        Some(RestartPolicy::Other(other)) if other.is_empty() => {
            errors.required(&path.child("restartPolicy"), "");
        }
        Some(RestartPolicy::Other(other)) => errors.not_supported(
            &path.child("restartPolicy"),
            typed(other),
            &["Always", "OnFailure", "Never"],
        ),
        Some(_) => {}
    }
    validate_scalars(spec, path, errors);
}

/// VALID-67, in the order of VALID-57.
fn validate_scalars(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let extra = &spec.extra;
    let dns = json::text(extra, "dnsPolicy");
    if !matches!(dns, "ClusterFirstWithHostNet" | "ClusterFirst" | "Default" | "None") {
        let path = path.child("dnsPolicy");
        if dns.is_empty() {
            errors.required(&path, "");
        } else {
            let known = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
            errors.not_supported(&path, BadValue::TextPointer(dns.to_owned()), &known);
        }
    }
    let node_selector = path.child("nodeSelector");
    for (key, value) in json::object(extra, "nodeSelector").into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let path = &node_selector;
        names::label_key(key, sem, |detail| errors.invalid(path, text(key), detail));
        names::label_value(value, sem, |detail| errors.invalid(path, text(value), detail));
    }
    pod::validate_pod_security(spec, path, errors);
    pod::validate_affinity(spec, &path.child("affinity"), errors);
    pod::validate_dns(spec, &path.child("dnsConfig"), errors);
    let gates = path.child("readinessGates");
    for (i, gate) in json::objects(extra, "readinessGates") {
        let entry = gates.index(i);
        let path = entry.child("conditionType");
        let type_ = json::text(gate, "conditionType");
        names::label_key(type_, sem, |detail| errors.invalid(&path, text(type_), detail));
    }
    validate_scheduling_gates(extra, &path.child("schedulingGates"), errors);
    let constraints = path.child("topologySpreadConstraints");
    pod::validate_spread(spec, &constraints, errors);
    pod::validate_host_process(spec, path, errors);
    pod::validate_host_users(spec, path, errors);
    pod::validate_host_name(spec, path, errors);
    let subdomain = |name: &'static str, value: &str, errors: &mut Errors<'_>| {
        if !value.is_empty() {
            let path = path.child(name);
            names::dns_subdomain(value, |detail| errors.invalid(&path, text(value), detail));
        }
    };
    let label = |name: &'static str, value: &str, errors: &mut Errors<'_>| {
        if !value.is_empty() {
            let path = path.child(name);
            names::dns_label(value, |detail| errors.invalid(&path, text(value), detail));
        }
    };
    subdomain("serviceAccountName", json::text(extra, "serviceAccountName"), errors);
    subdomain("nodeName", &spec.node_name, errors);
    if let Some(seconds) = spec.active_deadline_seconds
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        let path = path.child("activeDeadlineSeconds");
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.invalid(&path, BadValue::Number(seconds), detail);
    }
    label("hostname", &spec.hostname, errors);
    label("subdomain", &spec.subdomain, errors);
    let tolerations = path.child("tolerations");
    for (i, toleration) in json::objects(extra, "tolerations") {
        validate_toleration(toleration, &tolerations.index(i), errors);
    }
    pod::validate_host_aliases(spec, &path.child("hostAliases"), errors);
    subdomain("priorityClassName", json::text(extra, "priorityClassName"), errors);
    if json::is_set(extra, "runtimeClassName") {
        let path = path.child("runtimeClassName");
        let name = json::text(extra, "runtimeClassName");
        names::dns_subdomain(name, |detail| errors.invalid(&path, text(name), detail));
    }
    if json::is_set(extra, "preemptionPolicy") {
        let policy = json::text(extra, "preemptionPolicy");
        let path = path.child("preemptionPolicy");
        match policy {
            "PreemptLowerPriority" | "Never" => {}
            "" => errors.required(&path, ""),
            other => errors.not_supported(
                &path,
                BadValue::TextPointer(other.to_owned()),
                &["PreemptLowerPriority", "Never"],
            ),
        }
    }
    resources::validate_overhead(extra, &path.child("overhead"), errors);
    pod::validate_os(spec, path, errors);
    if let Some(group) = json::object(extra, "schedulingGroup")
        && sem.validates_scheduling_group()
    {
        validate_scheduling_group(group, spec, &path.child("schedulingGroup"), errors);
    }
    env::validate_file_key_volumes(spec, path, errors);
}

/// PODVALID-40.
fn validate_scheduling_group(
    group: &Object,
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let name_path = path.child("podGroupName");
    match json::text_at(group, "podGroupName") {
        None => {
            let detail = "must specify one of: `podGroupName`";
            errors.invalid(&name_path, BadValue::Nil, detail);
        }
        Some(name) => {
            names::dns_subdomain(name, |detail| errors.invalid(&name_path, text(name), detail));
        }
    }
    if !json::list(&spec.extra, "evictionResponders").is_empty() {
        errors.forbidden(path, "may not be set when evictionResponders is set");
    }
}

/// Tolerations in an annotation, from before they were a field (PODVALID-31).
fn validate_annotated_tolerations(
    template: &PodTemplateSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(annotation) = template.metadata.annotation(TOLERATIONS).filter(|a| !a.is_empty())
    else {
        return;
    };
    match serde_json::from_str::<Vec<Object>>(annotation) {
        Ok(tolerations) => {
            let list = path.child(TOLERATIONS);
            for (i, toleration) in tolerations.iter().enumerate() {
                validate_toleration(toleration, &list.index(i), errors);
            }
        }
        // The detail is in the words of a JSON library; they are another one's here.
        Err(error) => errors.invalid(path, text(TOLERATIONS), error.to_string()),
    }
}

fn validate_scheduling_gates(extra: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let name_of = |gate: &Value| {
        gate.as_object().map(|gate| json::text(gate, "name").to_owned()).unwrap_or_default()
    };
    let gates = json::list(extra, "schedulingGates");
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (i, gate) in gates.iter().enumerate() {
        let entry = path.index(i);
        let name = name_of(gate);
        names::label_key(&name, sem, |detail| errors.invalid(&entry, text(&name), detail));
        if seen.contains(&name) {
            errors.duplicate(&entry, text(&name));
        }
        seen.insert(name);
    }
}

/// VALID-68.
fn validate_toleration(toleration: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let key = json::text(toleration, "key");
    let operator = json::text(toleration, "operator");
    let effect = json::text(toleration, "effect");
    let value = json::text(toleration, "value");
    let operator_path = path.child("operator");
    if !key.is_empty() {
        let path = path.child("key");
        names::label_key(key, sem, |detail| errors.invalid(&path, text(key), detail));
    } else if operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, which means \"match all values \
                      and all keys\"";
        errors.invalid(&operator_path, typed(operator), detail);
    }
    if json::is_set(toleration, "tolerationSeconds") && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid(&path.child("effect"), typed(effect), detail);
    }
    match operator {
        "" | "Equal" => {
            let mut texts: Vec<String> = Vec::new();
            names::label_value(value, sem, |detail| texts.push(detail.to_owned()));
            if !texts.is_empty() {
                errors.invalid(&operator_path, text(value), texts.join(";"));
            }
        }
        "Exists" => {
            if !value.is_empty() {
                let shown = match sem.shows_toleration_value() {
                    true => text(value),
                    false => composite(toleration),
                };
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.invalid(&operator_path, shown, detail);
            }
        }
        "Lt" | "Gt" if sem.knows_toleration_comparison() => {
            if errors.allowed.toleration_comparison {
                validate_decimal(value, &path.child("value"), errors);
            } else {
                let known = ["Equal", "Exists", "Lt", "Gt"];
                errors.not_supported(&operator_path, typed(operator), &known);
            }
        }
        other => errors.not_supported(&operator_path, typed(other), &["Equal", "Exists"]),
    }
    if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        let known = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        errors.not_supported(&path.child("effect"), typed(effect), &known);
    }
}

/// A whole number as people write it, within 64 bits.
fn validate_decimal(value: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let canonical = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (!digits.starts_with('0') || value == "0");
    if value.is_empty() {
        errors.invalid(path, text(value), "must be non-empty");
    } else if !canonical {
        errors.invalid(path, text(value), "must be a valid decimal integer in canonical form");
    }
    if let Err(error) = value.parse::<i64>() {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        let why = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        let shown = crate::quote::go_quoted(value);
        errors.invalid(path, text(value), format!("strconv.ParseInt: parsing {shown}: {why}"));
    }
}
