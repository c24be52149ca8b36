//! Variables of containers, and the fields, resources, keys and files that they are made from.
//!
//! Rules: VALID-64, VALID-65, PODVALID-33.

use serde_json::Value;

use super::json::{self, Object};
use super::path::{Errors, Path, text};
use super::pod;
use super::quantity::Quantity;
use crate::api::{EnvVar, ObjectFieldSelector, PodSpec};
use crate::names;

/// VALID-64.
pub(super) fn validate_env(variable: &EnvVar, path: &Path<'_>, errors: &mut Errors<'_>) {
    let relaxed = errors.allowed.relaxed_env;
    let name = path.child("name");
    if variable.name.is_empty() {
        errors.required(&name, "");
    } else {
        names::env_name(&variable.name, relaxed, |detail| {
            errors.invalid(&name, text(&variable.name), detail);
        });
    }
    let Some(source) = &variable.value_from else { return };
    let path = path.child("valueFrom");
    let mut sources = 0;
    if let Some(field) = &source.field_ref {
        sources += 1;
        validate_field_ref(field, &ENV_FIELDS, &path.child("fieldRef"), errors);
    }
    if let Some(reference) = json::object(&source.extra, "resourceFieldRef") {
        sources += 1;
        validate_resource_field_ref(reference, false, &path.child("resourceFieldRef"), errors);
    }
    for member in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = json::object(&source.extra, member) {
            sources += 1;
            validate_key_selector(reference, &path.child(member), errors);
        }
    }
    if let Some(reference) = json::object(&source.extra, "fileKeyRef") {
        sources += 1;
        validate_file_key(reference, &path.child("fileKeyRef"), errors);
    }
    let detail = match sources {
        0 if errors.allowed.env_files => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, \
             `secretKeyRef` or `fileKeyRef`"
        }
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or \
             `secretKeyRef`"
        }
        _ if !variable.value.is_empty() => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.invalid(&path, text(""), detail);
}

/// Fields of a pod that a path may name at all.
const FIELDS: [&str; 15] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
    "spec.host",
];
/// Those that a variable can be made from.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// A field of the pod, one of `fields`, or one label or annotation.
pub(super) fn validate_field_ref(
    field: &ObjectFieldSelector,
    fields: &[&str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let sem = errors.sem;
    if field.api_version.is_empty() {
        return errors.required(&path.child("apiVersion"), "");
    }
    let text_of = &field.field_path;
    let whole = path;
    let path = path.child("fieldPath");
    if text_of.is_empty() {
        return errors.required(&path, "");
    }
    let refuse = |why: String, errors: &mut Errors<'_>| {
        let detail = format!("error converting fieldPath: {why}");
        errors.invalid(&path, text(text_of), detail);
    };
    if field.api_version != "v1" {
        return refuse(format!("unsupported pod version: {}", field.api_version), errors);
    }
    if let Some((of, key)) =
        text_of.strip_suffix("']").and_then(|t| t.split_once("['")).filter(|(of, _)| !of.is_empty())
    {
        return match of {
            "metadata.annotations" | "metadata.labels" => {
                let lower = key.to_lowercase();
                let key = if of == "metadata.labels" { key } else { &lower };
                names::label_key(key, sem, |detail| errors.invalid(whole, text(key), detail));
            }
            _ => refuse(format!("field label does not support subscript: {text_of}"), errors),
        };
    }
    if !FIELDS.contains(&text_of.as_str()) {
        refuse(format!("field label not supported: {text_of}"), errors);
    } else {
        let meant = if text_of == "spec.host" { "spec.nodeName" } else { text_of };
        if !fields.contains(&meant) {
            errors.not_supported(&path, text(meant), fields);
        }
    }
}

/// Limits and requests that a variable can be made from.
const ENV_RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// A resource of a container; a file in a volume has to name the container (PODVALID-33).
pub(super) fn validate_resource_field_ref(
    reference: &Object,
    in_volume: bool,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let resource = json::text(reference, "resource");
    let resource_path = path.child("resource");
    let huge = ["limits.hugepages-", "requests.hugepages-"];
    let is_huge = huge.iter().any(|prefix| resource.starts_with(prefix));
    if in_volume && json::text(reference, "containerName").is_empty() {
        errors.required(&path.child("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&resource_path, "");
    } else if !ENV_RESOURCES.contains(&resource) && !is_huge {
        errors.not_supported(&resource_path, text(resource), &ENV_RESOURCES);
    }
    let divisor = json::text_at(reference, "divisor").and_then(|text| Quantity::parse(text).ok());
    let Some(divisor) = divisor.filter(|divisor| !divisor.is_zero()) else { return };
    let sizes = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    let (known, what) = match resource.split_once('.') {
        Some(("limits" | "requests", "cpu")) => ("1m, 1", "cpu"),
        Some(("limits" | "requests", "memory")) => (sizes, "memory"),
        Some(("limits" | "requests", "ephemeral-storage")) => (sizes, "local ephemeral storage"),
        _ if is_huge => (sizes, "hugepages"),
        _ => return,
    };
    let shown = divisor.to_string();
    if !known.split(", ").any(|unit| unit == shown) {
        let listed = if what == "cpu" { "1m and 1" } else { known };
        let detail =
            format!("only divisor's values {listed} are supported with the {what} resource");
        errors.invalid(&path.child("divisor"), text(resource), detail);
    }
}

/// A key of a file in a volume (VALID-64).
fn validate_file_key(reference: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let key = json::text(reference, "key");
    let key_path = path.child("key");
    if key.is_empty() {
        errors.required(&key_path, "");
    } else {
        names::env_name(key, true, |detail| errors.invalid(&key_path, text(key), detail));
    }
    let volume = json::text(reference, "volumeName");
    let volume_path = path.child("volumeName");
    if volume.is_empty() {
        errors.required(&volume_path, "");
    } else {
        names::dns_label(volume, |detail| errors.invalid(&volume_path, text(volume), detail));
    }
    let place = json::text(reference, "path");
    if place.is_empty() {
        errors.required(&path.child("path"), "");
    } else {
        pod::no_backsteps(place, &path.child("path"), errors);
    }
}

/// The volumes that keys of files refer to are there, and are the pod's own (VALID-64).
pub(super) fn validate_file_key_volumes(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    pod::each_container(spec, path, |container, path| {
        let list = path.child("env");
        for (i, variable) in container.env.iter().enumerate() {
            let reference = variable.value_from.as_ref();
            let Some(reference) = reference.and_then(|s| json::object(&s.extra, "fileKeyRef"))
            else {
                continue;
            };
            let name = json::text(reference, "volumeName");
            let entry = list.index(i);
            let source = entry.child("valueFrom");
            let reference = source.child("fileKeyRef");
            let path = reference.child("volumeName");
            // Of several volumes with one name the last one counts.
            let volume = json::objects(&spec.extra, "volumes")
                .filter(|(_, volume)| json::text(volume, "name") == name)
                .last();
            match volume {
                None => errors.not_found(&path, text(name), ""),
                Some((_, volume)) if !json::is_set(volume, "emptyDir") => {
                    let detail = "referenced volume must be of type emptyDir";
                    errors.invalid(&path, text(name), detail);
                }
                Some(_) => {}
            }
        }
    });
}

fn validate_key_selector(reference: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let (name, key) = (json::text(reference, "name"), json::text(reference, "key"));
    let name_path = path.child("name");
    names::dns_subdomain(name, |detail| errors.invalid(&name_path, text(name), detail));
    let key_path = path.child("key");
    if key.is_empty() {
        errors.required(&key_path, "");
    } else {
        names::config_key(key, |detail| errors.invalid(&key_path, text(key), detail));
    }
}

/// VALID-65.
pub(super) fn validate_env_from(extra: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let relaxed = errors.allowed.relaxed_env;
    for (i, source) in json::objects(extra, "envFrom") {
        let entry = path.index(i);
        let prefix = json::text(source, "prefix");
        if !prefix.is_empty() {
            let path = entry.child("prefix");
            names::env_name(prefix, relaxed, |detail| errors.invalid(&path, text(prefix), detail));
        }
        let mut sources = 0;
        for member in ["configMapRef", "secretRef"] {
            if let Some(reference) = source.get(member).and_then(Value::as_object) {
                sources += 1;
                let (name, reference_path) = (json::text(reference, "name"), entry.child(member));
                let path = reference_path.child("name");
                if name.is_empty() {
                    errors.required(&path, "");
                } else {
                    let say = |detail: &str| errors.invalid(&path, text(name), detail);
                    names::dns_subdomain_prefix(name, say);
                }
            }
        }
        let detail = match sources {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.invalid(path, text(""), detail);
    }
}
