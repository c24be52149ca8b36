//! The claim that an ephemeral volume makes for itself.
//!
//! Rules: PODVALID-8.

use serde::Deserialize;

use super::super::json::{self, Object};
use super::super::metadata;
use super::super::path::{Errors, Path, composite, text, typed};
use super::super::quantity::Quantity;
use super::super::selector;
use super::projected::label_map;
use super::texts;
use crate::api::LabelSelector;
use crate::names;

const ACCESS_MODES: [&str; 4] =
    ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Members of metadata that a template of a claim must not have, in the order of their
/// declaration.
const FORBIDDEN: [&str; 13] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

pub(super) fn validate(template: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let empty = Object::new();
    let meta = json::object(template, "metadata").unwrap_or(&empty);
    let meta_path = path.child("metadata");
    let annotations = label_map(meta, "annotations");
    metadata::annotations(annotations.as_ref(), &meta_path.child("annotations"), errors);
    let labels = label_map(meta, "labels");
    metadata::labels(labels.as_ref(), &meta_path.child("labels"), errors);
    for member in FORBIDDEN {
        if is_given(meta, member) {
            // GO: the error path has the name of the Go field.
            let told = if member == "uid" { "uID" } else { member };
            errors.forbidden(&meta_path.child(told), "cannot be set");
        }
    }
    let spec = json::object(template, "spec").unwrap_or(&empty);
    validate_spec(spec, &path.child("spec"), errors);
}

fn is_given(meta: &Object, member: &str) -> bool {
    use serde_json::Value;
    meta.get(member).is_some_and(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(n) => member == "deletionGracePeriodSeconds" || n.as_i64() != Some(0),
        // GO: an empty list is not what an absent one is.
        _ => true,
    })
}

fn validate_spec(spec: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let modes_path = path.child("accessModes");
    let modes: Vec<&str> = texts(spec, "accessModes").map(|(_, mode)| mode).collect();
    if modes.is_empty() {
        errors.required(&modes_path, "at least 1 access mode is required");
    }
    let labels: Option<LabelSelector> =
        spec.get("selector").and_then(|value| Deserialize::deserialize(value).ok());
    if let Some(labels) = &labels {
        selector::validate_with(labels, &path.child("selector"), false, errors);
    }
    for mode in modes.iter().filter(|mode| !ACCESS_MODES.contains(mode)) {
        errors.not_supported(&modes_path, typed(mode), &ACCESS_MODES);
    }
    let other = |mode: &&&str| **mode != "ReadWriteOncePod" && ACCESS_MODES.contains(*mode);
    if modes.contains(&"ReadWriteOncePod") && modes.iter().any(|mode| other(&mode)) {
        let detail = "may not use ReadWriteOncePod with other access modes";
        errors.forbidden(&modes_path, detail);
    }
    validate_size(spec, path, errors);
    let class_name = |member: &'static str, errors: &mut Errors<'_>| {
        if let Some(class) = json::text_at(spec, member).filter(|class| !class.is_empty()) {
            let path = path.child(member);
            names::dns_subdomain(class, |detail| errors.invalid(&path, text(class), detail));
        }
    };
    class_name("storageClassName", errors);
    if let Some(mode) = json::text_at(spec, "volumeMode")
        && !matches!(mode, "Block" | "Filesystem")
    {
        errors.not_supported(&path.child("volumeMode"), typed(mode), &["Block", "Filesystem"]);
    }
    validate_data_sources(spec, path, errors);
    if errors.sem.checks_volume_attributes_class() {
        class_name("volumeAttributesClassName", errors);
    }
}

fn validate_size(spec: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let resources = path.child("resources");
    let path = resources.key("storage");
    let size = json::object(spec, "resources")
        .and_then(|resources| json::object(resources, "requests"))
        .and_then(|requests| json::text_at(requests, "storage"))
        .and_then(|size| Quantity::parse(size).ok());
    let Some(size) = size else { return errors.required(&path, "") };
    let zero = Quantity::parse("0").is_ok_and(|zero| size.compare(&zero).is_eq());
    if zero || size.is_negative() {
        errors.invalid(&path, text(&size.to_string()), "must be greater than zero");
    }
}

fn validate_data_sources(spec: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let source = json::object(spec, "dataSource");
    let reference = json::object(spec, "dataSourceRef");
    if let Some(source) = source {
        validate_data_source(source, &path.child("dataSource"), errors);
    }
    let namespace = reference.map_or("", |reference| json::text(reference, "namespace"));
    if let Some(reference) = reference {
        let path = path.child("dataSourceRef");
        validate_data_source(reference, &path, errors);
        if !namespace.is_empty() {
            let path = path.child("namespace");
            names::dns_label(namespace, |detail| errors.invalid(&path, text(namespace), detail));
        }
    }
    // GO: upstream passes a path as the value, which renders empty.
    let shown = || composite(&Object::new());
    match (source, reference) {
        (Some(_), Some(_)) if !namespace.is_empty() => {
            let detail = "may not be specified when dataSourceRef.namespace is specified";
            errors.invalid(path, shown(), detail);
        }
        (Some(source), Some(reference)) => {
            let same = ["kind", "name"]
                .iter()
                .all(|member| json::text(source, member) == json::text(reference, member))
                && json::text_at(source, "apiGroup") == json::text_at(reference, "apiGroup");
            if !same {
                errors.invalid(path, shown(), "must match dataSourceRef");
            }
        }
        _ => {}
    }
}

fn validate_data_source(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    for member in ["name", "kind"] {
        if json::text(source, member).is_empty() {
            errors.required(&path.child(member), "");
        }
    }
    let (group, kind) = (json::text(source, "apiGroup"), json::text(source, "kind"));
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid(path, text(kind), detail);
    }
    if !group.is_empty() {
        let path = path.child("apiGroup");
        names::dns_subdomain(group, |detail| errors.invalid(&path, text(group), detail));
    }
}
