//! Validation of an object's metadata.
//!
//! Rules: VALID-2 to VALID-10, UPDATE-1. Deliberately absent: managed fields (VALID-11), which
//! server-side apply writes.

use super::path::{Errors, IMMUTABLE, LengthWords, Path, composite, text, typed};
use crate::Time;
use crate::api::{LabelMap, ObjectMeta, OwnerReference, Text};
use crate::names;
use crate::refusal::BadValue;

/// How a name is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRule {
    /// A DNS subdomain: new objects.
    Subdomain,
    /// Fit for a URL: what every update checks.
    PathSegment,
}

/// Limit of all annotations' keys and values together, in bytes.
pub(super) const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// Metadata as such (VALID-2), without the extra check of finalizers.
pub(super) fn validate(meta: &ObjectMeta, rule: NameRule, errors: &mut Errors<'_>) {
    let root = Path::root("metadata");
    if !meta.generate_name.is_empty() {
        let path = root.child("generateName");
        let say = |detail: &str| errors.invalid(&path, text(&meta.generate_name), detail);
        match rule {
            NameRule::Subdomain => names::dns_subdomain_prefix(&meta.generate_name, say),
            NameRule::PathSegment => names::path_segment_prefix(&meta.generate_name, say),
        }
    }
    let path = root.child("name");
    if meta.name.is_empty() {
        errors.required(&path, "name or generateName is required");
    } else {
        let say = |detail: &str| errors.invalid(&path, text(&meta.name), detail);
        match rule {
            NameRule::Subdomain => names::dns_subdomain(&meta.name, say),
            NameRule::PathSegment => names::path_segment(&meta.name, say),
        }
    }
    let path = root.child("namespace");
    if meta.namespace.is_empty() {
        errors.required(&path, "");
    } else {
        names::dns_label(&meta.namespace, |detail| {
            errors.invalid(&path, text(&meta.namespace), detail);
        });
    }
    errors.non_negative(&root.child("generation"), meta.generation);
    labels(meta.labels.as_ref(), &root.child("labels"), errors);
    annotations(meta.annotations.as_ref(), &root.child("annotations"), errors);
    owner_references(&meta.owner_references, &root.child("ownerReferences"), errors);
    let path = root.child("finalizers");
    for finalizer in &meta.finalizers {
        finalizer_name(finalizer, &path, errors);
    }
    if meta.has_finalizer("orphan") && meta.has_finalizer("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(
            &path,
            BadValue::Texts(meta.finalizers.iter().map(|f| f.to_string()).collect()),
            detail,
        );
    }
}

fn finalizer_name(finalizer: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    names::label_key(finalizer, sem, |detail| errors.invalid(path, text(finalizer), detail));
}

/// The extra check of finalizers (VALID-10): Kubernetes' own, or with a prefix.
pub(super) fn validate_finalizers(meta: &ObjectMeta, errors: &mut Errors<'_>) {
    let root = Path::root("metadata");
    let list = root.child("finalizers");
    for (i, finalizer) in meta.finalizers.iter().enumerate() {
        let known = matches!(finalizer.as_str(), "kubernetes" | "orphan" | "foregroundDeletion");
        if !finalizer.contains('/') && !known {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&list.index(i), text(finalizer), detail);
        }
    }
}

/// What may not change in an update (UPDATE-1 b).
pub(super) fn validate_update(new: &ObjectMeta, old: &ObjectMeta, errors: &mut Errors<'_>) {
    let root = Path::root("metadata");
    if old.deletion_timestamp.is_some() {
        let mut added: Vec<&Text> =
            new.finalizers.iter().filter(|f| !old.has_finalizer(f)).collect();
        added.sort();
        added.dedup();
        if !added.is_empty() {
            let list: Vec<String> = added.into_iter().map(|f| format!("{f:?}")).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new \
                 finalizers []string{{{}}}",
                list.join(", "),
            );
            errors.forbidden(&root.child("finalizers"), detail);
        }
    }
    if new.resource_version.is_empty() {
        let path = root.child("resourceVersion");
        errors.invalid(&path, text(""), "must be specified for an update");
    }
    let path = root.child("generation");
    errors.non_negative(&path, new.generation);
    if new.generation < old.generation {
        errors.invalid(&path, BadValue::Number(new.generation), "must not be decremented");
    }
    if new.name != old.name {
        errors.invalid(&root.child("name"), text(&new.name), IMMUTABLE);
    }
    if new.namespace != old.namespace {
        errors.invalid(&root.child("namespace"), text(&new.namespace), IMMUTABLE);
    }
    if new.uid != old.uid {
        errors.invalid(&root.child("uid"), typed(&new.uid), IMMUTABLE);
    }
    for (field, a, b) in [
        ("creationTimestamp", new.creation_timestamp, old.creation_timestamp),
        ("deletionTimestamp", new.deletion_timestamp, old.deletion_timestamp),
    ] {
        if a != b {
            errors.invalid(&root.child(field), timestamp(a), IMMUTABLE);
        }
    }
    if new.deletion_grace_period_seconds != old.deletion_grace_period_seconds {
        let value = new.deletion_grace_period_seconds.map_or(BadValue::Nil, BadValue::Number);
        errors.invalid(&root.child("deletionGracePeriodSeconds"), value, IMMUTABLE);
    }
    labels(new.labels.as_ref(), &root.child("labels"), errors);
    annotations(new.annotations.as_ref(), &root.child("annotations"), errors);
    owner_references(&new.owner_references, &root.child("ownerReferences"), errors);
}

/// A nullable time.
pub(super) fn timestamp(time: Option<Time>) -> BadValue {
    time.map_or(BadValue::Nil, |time| BadValue::Timestamp(time.to_string()))
}

/// A map of labels; every error is said of the map (VALID-7).
pub(super) fn labels(labels: Option<&LabelMap>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    for (key, value) in labels.into_iter().flatten() {
        names::label_key(key, sem, |detail| errors.invalid(path, text(key), detail));
        names::label_value(value, sem, |detail| errors.invalid(path, text(value), detail));
    }
}

/// A map of annotations (VALID-8).
pub(super) fn annotations(map: Option<&LabelMap>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let mut size = 0;
    for (key, value) in map.into_iter().flatten() {
        size += key.len() + value.len();
        if names::is_label_key(key, sem) {
            continue;
        }
        names::label_key(&key.to_lowercase(), sem, |detail| {
            errors.invalid(path, text(key), detail);
        });
    }
    if size > ANNOTATIONS_LIMIT {
        errors.too_long(path, ANNOTATIONS_LIMIT, LengthWords::Value);
    }
}

/// Owners (VALID-9).
fn owner_references(owners: &[OwnerReference], path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut controller: Option<&OwnerReference> = None;
    for (i, owner) in owners.iter().enumerate() {
        if errors.sem.owner_reference_paths_have_index() {
            owner_reference(owner, &path.index(i), errors);
        } else {
            owner_reference(owner, path, errors);
        }
        if owner.controller != Some(true) {
            continue;
        }
        match controller {
            Some(first) => {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in \
                     references for {}/{} and {}/{}",
                    first.kind, first.name, owner.kind, owner.name,
                );
                errors.invalid(path, composite(&owners), detail);
            }
            None => controller = Some(owner),
        }
    }
}

fn owner_reference(owner: &OwnerReference, path: &Path<'_>, errors: &mut Errors<'_>) {
    let required = errors.sem.owner_reference_paths_have_index();
    let api_version = path.child("apiVersion");
    let (group, version) = match owner.api_version.split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", owner.api_version.as_str()),
    };
    let ill_formed = version.contains('/') || version.is_empty();
    if required {
        if owner.api_version.is_empty() {
            errors.required(&api_version, "must not be empty");
        } else if ill_formed {
            let detail = "must be <group>/<version> or <version>";
            errors.invalid(&api_version, text(&owner.api_version), detail);
        }
    } else if ill_formed {
        errors.invalid(&api_version, text(&owner.api_version), "version must not be empty");
    }
    let fields = [
        ("kind", &owner.kind, BadValue::Text as fn(String) -> BadValue),
        ("name", &owner.name, BadValue::Text),
        ("uid", &owner.uid, BadValue::Typed),
    ];
    for (name, value, kind) in fields {
        if !value.is_empty() {
            continue;
        }
        let path = path.child(name);
        if required {
            errors.required(&path, "must not be empty");
        } else if errors.sem.owner_reference_short_texts() {
            errors.invalid(&path, kind(String::new()), "must not be empty");
        } else {
            errors.invalid(&path, kind(String::new()), format!("{name} must not be empty"));
        }
    }
    if (group, version, owner.kind.as_str()) == ("", "v1", "Event") {
        let detail = "/v1, Kind=Event is disallowed from being an owner";
        errors.invalid(path, composite(owner), detail);
    }
}
