//! Validation and matching of label selectors.
//!
//! Rules: SELECTOR-7, VALID-51, VALID-52. The controller's form of a selector is
//! [`Selector`](crate::api::Selector); this one judges keys and values too, and allocates
//! nothing.

use super::metadata;
use super::path::{Errors, Path, text, typed};
use crate::Semantics;
use crate::api::{LabelSelector, LabelSelectorRequirement};
use crate::names;

/// The syntax of a Job's selector (VALID-51).
pub(super) fn validate(selector: &LabelSelector, path: &Path<'_>, errors: &mut Errors<'_>) {
    validate_with(selector, path, errors.old_selector_values_are_ill_formed, errors);
}

/// The syntax of any selector; ill-formed values may be allowed to stay.
pub(super) fn validate_with(
    selector: &LabelSelector,
    path: &Path<'_>,
    any_value: bool,
    errors: &mut Errors<'_>,
) {
    metadata::labels(selector.match_labels.as_ref(), &path.child("matchLabels"), errors);
    let list = path.child("matchExpressions");
    for (i, requirement) in selector.match_expressions.iter().enumerate() {
        validate_requirement(requirement, &list.index(i), any_value, errors);
    }
}

fn validate_requirement(
    requirement: &LabelSelectorRequirement,
    path: &Path<'_>,
    any_value: bool,
    errors: &mut Errors<'_>,
) {
    let sem = errors.sem;
    let values = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if requirement.values.is_empty() => {
            errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !requirement.values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(&values, detail);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => {
            errors.invalid(&path.child("operator"), typed(other), "not a valid selector operator");
        }
    }
    let key = path.child("key");
    names::label_key(&requirement.key, sem, |detail| {
        errors.invalid(&key, text(&requirement.key), detail);
    });
    if any_value {
        return;
    }
    for (i, value) in requirement.values.iter().enumerate() {
        let path = values.index(i);
        names::label_value(value, sem, |detail| errors.invalid(&path, text(value), detail));
    }
}

/// Whether a new object could have the selector.
pub(super) fn is_well_formed(selector: &LabelSelector, sem: &Semantics) -> bool {
    let mut errors = Errors::new(sem);
    validate_with(selector, &Path::root("selector"), false, &mut errors);
    errors.list.is_empty()
}

/// Whether a stored selector has values that a new one could not have.
pub(super) fn has_ill_formed_values(selector: &LabelSelector) -> bool {
    selector.match_expressions.iter().flat_map(|r| &r.values).any(|v| !names::is_label_value(v))
}

/// Whether the selector can be used at all (VALID-52).
pub(super) fn converts(selector: &LabelSelector, sem: &Semantics) -> bool {
    let mut labels = selector.match_labels.iter().flatten();
    labels.all(|(key, value)| names::is_label_key(key, sem) && names::is_label_value(value))
        && selector.match_expressions.iter().all(|requirement| {
            let set = match requirement.operator.as_str() {
                "In" | "NotIn" => !requirement.values.is_empty(),
                "Exists" | "DoesNotExist" => requirement.values.is_empty(),
                _ => false,
            };
            set && names::is_label_key(&requirement.key, sem)
                && requirement.values.iter().all(|value| names::is_label_value(value))
        })
}

/// Whether it selects the labels that `label` looks up (SELECTOR-7).
pub(super) fn matches<'a>(
    selector: &LabelSelector,
    label: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    let mut labels = selector.match_labels.iter().flatten();
    labels.all(|(key, value)| label(key) == Some(value.as_str()))
        && selector.match_expressions.iter().all(|requirement| {
            let value = label(&requirement.key);
            let listed = value.is_some_and(|v| requirement.values.iter().any(|x| x == v));
            match requirement.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                _ => value.is_none(),
            }
        })
}
