//! Topology spread, and the label keys that it and pod affinity take from the pod itself.
//!
//! Rules: PODVALID-24, PODVALID-25.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text, typed};
use super::super::selector;
use super::texts;
use crate::Semantics;
use crate::api::{LabelSelector, PodSpec};
use crate::names;
use crate::refusal::BadValue;

const LIST: &str = "topologySpreadConstraints";

pub(in super::super) fn validate(spec: &PodSpec, list: &Path<'_>, errors: &mut Errors<'_>) {
    let positive = |number: i64, path: &Path<'_>, errors: &mut Errors<'_>| {
        if number <= 0 {
            errors.invalid(path, BadValue::Number(number), "must be greater than zero");
        }
    };
    for (i, constraint) in json::objects(&spec.extra, LIST) {
        let path = list.index(i);
        positive(json::number(constraint, "maxSkew"), &path.child("maxSkew"), errors);
        let key = json::text(constraint, "topologyKey");
        if key.is_empty() {
            errors.required(&path.child("topologyKey"), "can not be empty");
        }
        let action = json::text(constraint, "whenUnsatisfiable");
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        if !actions.contains(&action) {
            errors.not_supported(&path.child("whenUnsatisfiable"), typed(action), &actions);
        }
        let same = |other: &Object| {
            json::text(other, "topologyKey") == key
                && json::text(other, "whenUnsatisfiable") == action
        };
        if json::objects(&spec.extra, LIST).any(|(j, other)| j > i && same(other)) {
            let path = path.child("{topologyKey, whenUnsatisfiable}");
            errors.duplicate(&path, text(&format!("{{{key}, {action}}}")));
        }
        if let Some(domains) = json::number_at(constraint, "minDomains") {
            let path = path.child("minDomains");
            positive(domains, &path, errors);
            if action != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                );
                errors.invalid(&path, BadValue::Number(domains), detail);
            }
        }
        for member in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = json::text_at(constraint, member)
                && !matches!(policy, "Honor" | "Ignore")
            {
                let value = BadValue::TextPointer(policy.to_owned());
                errors.not_supported(&path.child(member), value, &["Honor", "Ignore"]);
            }
        }
        if errors.sem.merges_spread_selectors() && !errors.allowed.legacy_spread_keys {
            validate_label_keys(constraint, false, &path, errors);
        } else {
            validate_keys_by_themselves(constraint, &path.child("matchLabelKeys"), errors);
        }
        if !errors.allowed.ill_formed_spread_selectors
            && let Some(labels) = labels(constraint)
        {
            selector::validate_with(&labels, &path.child("labelSelector"), false, errors);
        }
    }
}

fn labels(object: &Object) -> Option<LabelSelector> {
    let selector = object.get("labelSelector").filter(|value| value.is_object())?;
    Deserialize::deserialize(selector).ok()
}

const BOTH: &str = "exists in both matchLabelKeys and labelSelector";
const UNSELECTED: &str = "must not be specified when labelSelector is not set";

/// Keys that become part of the selector: `matchLabelKeys` and, for affinity,
/// `mismatchLabelKeys`.
pub(super) fn validate_label_keys(
    object: &Object,
    mismatch: bool,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let sem = errors.sem;
    let selector = labels(object);
    let lists = ["matchLabelKeys", "mismatchLabelKeys"];
    let lists = if mismatch { &lists[..] } else { &lists[..1] };
    for member in lists {
        let list = path.child(member);
        if selector.is_none() && !json::list(object, member).is_empty() {
            errors.forbidden(&list, UNSELECTED);
            continue;
        }
        for (i, key) in texts(object, member) {
            let path = list.index(i);
            names::label_key(key, sem, |detail| errors.invalid(&path, text(key), detail));
        }
    }
    let keys: Vec<&str> = texts(object, "matchLabelKeys").map(|(_, key)| key).collect();
    if let Some(selector) = &selector {
        let mut selected: BTreeSet<&str> =
            selector.match_labels.iter().flatten().map(|(key, _)| key.as_str()).collect();
        for requirement in &selector.match_expressions {
            let key = requirement.key.as_str();
            // GO: of equal keys the last one is reported, without the name of the list.
            if let Some(i) = keys.iter().rposition(|other| *other == key)
                && selected.contains(key)
            {
                errors.invalid(&path.index(i), text(key), BOTH);
            }
            selected.insert(key);
        }
    }
    if mismatch {
        let list = path.child("matchLabelKeys");
        for (i, key) in keys.iter().enumerate() {
            if texts(object, "mismatchLabelKeys").any(|(_, other)| other == *key) {
                let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
                errors.invalid(&list.index(i), text(key), detail);
            }
        }
    }
}

/// The older rule on `matchLabelKeys` of topology spread.
fn validate_keys_by_themselves(constraint: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    if json::list(constraint, "matchLabelKeys").is_empty() {
        return;
    }
    let sem = errors.sem;
    let selector = labels(constraint);
    if selector.is_none() {
        errors.forbidden(path, UNSELECTED);
    }
    for (i, key) in texts(constraint, "matchLabelKeys") {
        let path = path.index(i);
        names::label_key(key, sem, |detail| errors.invalid(&path, text(key), detail));
        let selected = selector.as_ref().is_some_and(|selector| {
            selector.match_labels.iter().flatten().any(|(other, _)| other == key)
                || selector.match_expressions.iter().any(|r| r.key == key)
        });
        if selected {
            errors.invalid(&path, text(key), BOTH);
        }
    }
}

/// Whether a stored template breaks the newer rule on `matchLabelKeys`.
pub(in super::super) fn breaks_match_label_keys(spec: &PodSpec, sem: &Semantics) -> bool {
    json::objects(&spec.extra, LIST).any(|(_, constraint)| {
        let mut errors = Errors::new(sem);
        validate_label_keys(constraint, false, &Path::root(LIST), &mut errors);
        !errors.list.is_empty()
    })
}

/// Whether a stored template spreads by a selector that a new one could not have.
pub(in super::super) fn has_ill_formed_selectors(spec: &PodSpec, sem: &Semantics) -> bool {
    json::objects(&spec.extra, LIST)
        .filter_map(|(_, constraint)| labels(constraint))
        .any(|labels| !selector::is_well_formed(&labels, sem))
}
