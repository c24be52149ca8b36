//! Annotations of a template that mean something: profiles from before they were fields, and
//! tolerations from before they were one.
//!
//! Rules: PODVALID-29 to PODVALID-31.

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text};
use super::common::local_path;
use super::{each_container, os};
use crate::api::PodTemplateSpec;
use crate::quote::go_quoted;

const MIRROR: &str = "kubernetes.io/config.mirror";
pub(in super::super) const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(in super::super) const SECCOMP_CONTAINER: &str =
    "container.seccomp.security.alpha.kubernetes.io/";
pub(in super::super) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// What each annotation may say, but for the deletion cost. `path` is the annotations'.
pub(in super::super) fn validate(
    template: &PodTemplateSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(annotations) = &template.metadata.annotations else { return };
    if let Some(profile) = annotations.get(SECCOMP_POD) {
        validate_seccomp(profile, &path.child(SECCOMP_POD), errors);
    }
    for (key, profile) in annotations {
        if key.starts_with(SECCOMP_CONTAINER) {
            validate_seccomp(profile, &path.child(key), errors);
        }
    }
    for (key, profile) in annotations {
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        let path = path.key(key);
        let mut found = false;
        each_container(&template.spec, &path, |container, _| found |= container.name == name);
        if !found {
            errors.invalid(&path, text(name), "container not found");
        }
        let known = matches!(profile.as_str(), "" | "runtime/default" | "unconfined");
        if !known && !profile.starts_with("localhost/") {
            let detail = format!("invalid AppArmor profile name: {}", go_quoted(profile));
            errors.invalid(&path, text(profile), detail);
        }
    }
}

/// The annotation that marks a pod as another one's mirror.
pub(in super::super) fn validate_mirror(
    template: &PodTemplateSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let Some(value) = template.metadata.annotation(MIRROR)
        && template.spec.node_name.is_empty()
    {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.invalid(&path.key(MIRROR), text(value), detail);
    }
}

fn validate_seccomp(profile: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    match profile {
        "runtime/default" | "docker/default" | "unconfined" => {}
        _ => match profile.strip_prefix("localhost/") {
            Some(local) => local_path(local, path, errors),
            None => errors.invalid(path, text(profile), "must be a valid seccomp profile"),
        },
    }
}

/// Annotations and the fields that replace them say the same. `path` is the pod spec's.
pub(in super::super) fn validate_agreement(
    template: &PodTemplateSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(annotations) = template.metadata.annotations.as_ref().filter(|map| !map.is_empty())
    else {
        return;
    };
    let spec = &template.spec;
    let profile = |holder: &Object, member: &str| {
        let context = json::object(holder, "securityContext")?;
        Some(json::object(context, member)?.clone())
    };
    let of_pod = profile(&spec.extra, "seccompProfile");
    if let (Some(profile), Some(annotation)) = (&of_pod, annotations.get(SECCOMP_POD)) {
        let context = path.child("securityContext");
        agree("seccomp", annotation, profile, &context.child("seccompProfile"), errors);
    }
    each_container(spec, path, |container, path| {
        let Some(profile) = profile(&container.extra, "seccompProfile") else { return };
        if let Some(annotation) = annotations.get(&format!("{SECCOMP_CONTAINER}{}", container.name))
        {
            let context = path.child("securityContext");
            agree("seccomp", annotation, &profile, &context.child("seccompProfile"), errors);
        }
    });
    if !errors.sem.knows_app_armor_fields() || os(spec) == Some("windows") {
        return;
    }
    let of_pod = profile(&spec.extra, "appArmorProfile");
    each_container(spec, path, |container, path| {
        let own = profile(&container.extra, "appArmorProfile");
        let Some(profile) = own.as_ref().or(of_pod.as_ref()) else { return };
        if let Some(annotation) = annotations.get(&format!("{APP_ARMOR}{}", container.name)) {
            let context = path.child("securityContext");
            agree("apparmor", annotation, profile, &context.child("appArmorProfile"), errors);
        }
    });
}

fn agree(what: &str, annotation: &str, profile: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let same = match json::text(profile, "type") {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => {
            annotation == "runtime/default" || what == "seccomp" && annotation == "docker/default"
        }
        "Localhost" => match annotation.strip_prefix("localhost/") {
            Some(local) if json::text_at(profile, "localhostProfile") != Some(local) => {
                let detail = format!("{what} profile in annotation and field must match");
                return errors.forbidden(&path.child("localhostProfile"), detail);
            }
            local => local.is_some(),
        },
        _ => true,
    };
    if !same {
        let detail = format!("{what} type in annotation and field must match");
        errors.forbidden(&path.child("type"), detail);
    }
}
