//! Affinity: which nodes a pod may run on, and which pods it wants near or far.
//!
//! Rules: PODVALID-22, PODVALID-23.

use serde::Deserialize;

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text, typed};
use super::super::selector;
use super::spread::validate_label_keys;
use super::texts;
use crate::api::{LabelSelector, PodSpec};
use crate::names;
use crate::refusal::BadValue;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(in super::super) fn validate(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(affinity) = json::object(&spec.extra, "affinity") else { return };
    if let Some(rules) = json::object(affinity, "nodeAffinity") {
        validate_nodes(rules, &path.child("nodeAffinity"), errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(rules) = json::object(affinity, kind) else { continue };
        let path = path.child(kind);
        let list = path.child(REQUIRED);
        for (i, term) in json::objects(rules, REQUIRED) {
            validate_pod_term(term, &list.index(i), errors);
        }
        let list = path.child(PREFERRED);
        for (i, entry) in json::objects(rules, PREFERRED) {
            let path = list.index(i);
            validate_weight(entry, &path, errors);
            let empty = Object::new();
            let term = json::object(entry, "podAffinityTerm").unwrap_or(&empty);
            validate_pod_term(term, &path.child("podAffinityTerm"), errors);
        }
    }
}

fn validate_weight(entry: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let weight = json::number(entry, "weight");
    if !(1..=100).contains(&weight) {
        let detail = "must be in the range 1-100";
        errors.invalid(&path.child("weight"), BadValue::Number(weight), detail);
    }
}

fn validate_nodes(rules: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(selector) = json::object(rules, REQUIRED) {
        let required = path.child(REQUIRED);
        let list = required.child("nodeSelectorTerms");
        if json::list(selector, "nodeSelectorTerms").is_empty() {
            errors.required(&list, "must have at least one node selector term");
        }
        let values =
            errors.sem.checks_required_node_values() && !errors.allowed.ill_formed_node_values;
        for (i, term) in json::objects(selector, "nodeSelectorTerms") {
            validate_node_term(term, values, &list.index(i), errors);
        }
    }
    let list = path.child(PREFERRED);
    for (i, entry) in json::objects(rules, PREFERRED) {
        let path = list.index(i);
        validate_weight(entry, &path, errors);
        if let Some(term) = json::object(entry, "preference") {
            // Any value will do: it may only be preferred.
            validate_node_term(term, false, &path.child("preference"), errors);
        }
    }
}

fn validate_node_term(term: &Object, values: bool, path: &Path<'_>, errors: &mut Errors<'_>) {
    let list = path.child("matchExpressions");
    for (i, requirement) in json::objects(term, "matchExpressions") {
        validate_expression(requirement, values, &list.index(i), errors);
    }
    let list = path.child("matchFields");
    for (i, requirement) in json::objects(term, "matchFields") {
        validate_field(requirement, &list.index(i), errors);
    }
}

fn validate_expression(
    requirement: &Object,
    check_values: bool,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let sem = errors.sem;
    let count = json::list(requirement, "values").len();
    let values = path.child("values");
    match json::text(requirement, "operator") {
        "In" | "NotIn" => {
            if count == 0 {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(&values, detail);
            }
        }
        "Exists" | "DoesNotExist" => {
            if count > 0 {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&values, detail);
            }
        }
        "Gt" | "Lt" => {
            if count != 1 {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&values, detail);
            }
        }
        other => {
            errors.invalid(&path.child("operator"), typed(other), "not a valid selector operator");
        }
    }
    let key = json::text(requirement, "key");
    let key_path = path.child("key");
    names::label_key(key, sem, |detail| errors.invalid(&key_path, text(key), detail));
    if check_values {
        for (i, value) in texts(requirement, "values") {
            let path = values.index(i);
            names::label_value(value, sem, |detail| errors.invalid(&path, text(value), detail));
        }
    }
}

fn validate_field(requirement: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let values = path.child("values");
    match json::text(requirement, "operator") {
        "In" | "NotIn" => {
            if json::list(requirement, "values").len() != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node \
                              field selector";
                errors.required(&values, detail);
            }
        }
        other => {
            errors.invalid(&path.child("operator"), typed(other), "not a valid selector operator");
        }
    }
    let key = json::text(requirement, "key");
    if key != "metadata.name" {
        let detail = "not a valid field selector key";
        return errors.invalid(&path.child("key"), text(key), detail);
    }
    for (i, value) in texts(requirement, "values") {
        let path = values.index(i);
        names::dns_subdomain(value, |detail| errors.invalid(&path, text(value), detail));
    }
}

/// The selectors of a term.
fn selectors(term: &Object) -> impl Iterator<Item = (&'static str, LabelSelector)> {
    ["labelSelector", "namespaceSelector"].into_iter().filter_map(|member| {
        let selector = term.get(member).filter(|value| value.is_object())?;
        Some((member, Deserialize::deserialize(selector).ok()?))
    })
}

fn validate_pod_term(term: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let ill_formed = errors.allowed.ill_formed_affinity_values;
    for (member, labels) in selectors(term) {
        selector::validate_with(&labels, &path.child(member), ill_formed, errors);
    }
    // GO: error paths name the list in the singular.
    let namespace = path.child("namespace");
    for (_, name) in texts(term, "namespaces") {
        names::dns_label(name, |detail| errors.invalid(&namespace, text(name), detail));
    }
    validate_label_keys(term, true, path, errors);
    let key = json::text(term, "topologyKey");
    let key_path = path.child("topologyKey");
    if key.is_empty() {
        errors.required(&key_path, "can not be empty");
    }
    names::label_key(key, sem, |detail| errors.invalid(&key_path, text(key), detail));
}

/// Whether a stored template requires nodes by values that a new one could not.
pub(in super::super) fn has_ill_formed_node_values(spec: &PodSpec) -> bool {
    let terms = json::object(&spec.extra, "affinity")
        .and_then(|affinity| json::object(affinity, "nodeAffinity"))
        .and_then(|rules| json::object(rules, REQUIRED));
    terms
        .into_iter()
        .flat_map(|selector| json::objects(selector, "nodeSelectorTerms"))
        .flat_map(|(_, term)| json::objects(term, "matchExpressions"))
        .flat_map(|(_, requirement)| texts(requirement, "values"))
        .any(|(_, value)| !names::is_label_value(value))
}

/// Whether a stored template selects pods in a way that a new one could not.
pub(in super::super) fn has_ill_formed_selectors(spec: &PodSpec, sem: &crate::Semantics) -> bool {
    let Some(affinity) = json::object(&spec.extra, "affinity") else { return false };
    let ill_formed =
        |term: &Object| selectors(term).any(|(_, labels)| !selector::is_well_formed(&labels, sem));
    ["podAffinity", "podAntiAffinity"].iter().filter_map(|kind| json::object(affinity, kind)).any(
        |rules| {
            json::objects(rules, REQUIRED).any(|(_, term)| ill_formed(term))
                || json::objects(rules, PREFERRED)
                    .filter_map(|(_, entry)| json::object(entry, "podAffinityTerm"))
                    .any(ill_formed)
        },
    )
}
