//! What containers mount: file systems and block devices.
//!
//! Rules: PODVALID-10, PODVALID-11.

use std::collections::BTreeSet;

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text, typed};
use super::common::local_path;
use super::{PodContext, texts};
use crate::api::Container;
use crate::refusal::BadValue;

const PROPAGATIONS: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE_MODES: [&str; 3] = ["Disabled", "Enabled", "IfPossible"];
const BIND_OPTIONS: [&str; 3] = ["nodev", "noexec", "nosuid"];

/// The rules on `volumeMounts`.
pub(in super::super) fn validate_mounts(
    container: &Container,
    pod: &PodContext<'_>,
    list: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let mut places: BTreeSet<&str> = BTreeSet::new();
    for (i, mount) in json::objects(&container.extra, "volumeMounts") {
        let path = list.index(i);
        let (name, place) = (json::text(mount, "name"), json::text(mount, "mountPath"));
        let (name_path, place_path) = (path.child("name"), path.child("mountPath"));
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if !pod.volumes.contains_key(name) {
            errors.not_found(&name_path, text(name), "");
        }
        if place.is_empty() {
            errors.required(&place_path, "");
        }
        if !places.insert(place) {
            errors.invalid(&place_path, text(place), "must be unique");
        }
        let others = || last_by_name(&container.extra, "volumeDevices", "devicePath");
        if others().any(|(device, _)| device == name) {
            let detail = "must not already exist in volumeDevices";
            errors.invalid(&name_path, text(name), detail);
        }
        if others().any(|(_, device)| device == place) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.invalid(&place_path, text(place), detail);
        }
        validate_sub_paths(mount, pod, list, &path, errors);
        if let Some(mode) = json::text_at(mount, "mountPropagation") {
            let path = list.child("mountPropagation");
            if !PROPAGATIONS.contains(&mode) {
                errors.not_supported(&path, typed(mode), &PROPAGATIONS);
            }
            if mode == "Bidirectional" && !is_privileged(container) {
                let detail = "Bidirectional mount propagation is available only to privileged \
                              containers";
                errors.forbidden(&path, detail);
            }
        }
        validate_recursive(mount, &list.child("recursiveReadOnly"), errors);
        validate_bind_options(mount, pod, &path.child("bindMountOptions"), errors);
    }
}

/// Names and paths of mounts or devices; of several with one name the last one counts.
fn last_by_name<'a>(
    container: &'a Object,
    list: &str,
    place: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let entries = json::list(container, list);
    let name_of = |entry: &'a serde_json::Value| {
        entry.as_object().map(|entry| json::text(entry, "name")).unwrap_or_default()
    };
    entries.iter().enumerate().filter_map(move |(i, value)| {
        let name = name_of(value);
        let entry = value.as_object()?;
        let last = entries[i + 1..].iter().all(|later| name_of(later) != name);
        last.then(|| (name, json::text(entry, place)))
    })
}

fn is_privileged(container: &Container) -> bool {
    json::object(&container.extra, "securityContext")
        .is_some_and(|context| json::bool_at(context, "privileged") == Some(true))
}

/// GO: errors of a path name the whole list.
fn validate_sub_paths(
    mount: &Object,
    pod: &PodContext<'_>,
    list: &Path<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let members = ["subPath", "subPathExpr"];
    let image = pod
        .volumes
        .get(json::text(mount, "name"))
        .is_some_and(|volume| json::is_set(volume, "image"));
    if image && errors.sem.refuses_sub_paths_of_images() {
        for member in members {
            let value = json::text(mount, member);
            if !value.is_empty() {
                let detail = "not allowed in image volume sources";
                errors.invalid(&path.child(member), text(value), detail);
            }
        }
    }
    let [plain, expression] = members.map(|member| json::text(mount, member));
    if !plain.is_empty() {
        local_path(plain, &list.child("subPath"), errors);
    }
    if !expression.is_empty() {
        if !plain.is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            errors.invalid(&path.child("subPathExpr"), text(expression), detail);
        }
        local_path(expression, &list.child("subPathExpr"), errors);
    }
}

fn validate_recursive(mount: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    match json::text_at(mount, "recursiveReadOnly") {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if json::bool_at(mount, "readOnly") != Some(true) {
                errors.forbidden(path, "may only be specified when readOnly is true");
            }
            if json::text_at(mount, "mountPropagation").is_some_and(|mode| mode != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.forbidden(path, detail);
            }
        }
        Some(other) => errors.not_supported(path, typed(other), &RECURSIVE_MODES),
    }
}

fn validate_bind_options(
    mount: &Object,
    pod: &PodContext<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let options: Vec<&str> = texts(mount, "bindMountOptions").map(|(_, option)| option).collect();
    for (i, option) in options.iter().enumerate() {
        let path = path.index(i);
        if !BIND_OPTIONS.contains(option) {
            errors.not_supported(&path, text(option), &BIND_OPTIONS);
        }
        if options[..i].contains(option) {
            errors.duplicate(&path, text(option));
        }
    }
    let volume = pod.volumes.get(json::text(mount, "name"));
    if !options.is_empty() && volume.is_some_and(|volume| json::is_set(volume, "image")) {
        let detail = "bindMountOptions may not be used with image volumes";
        let value = BadValue::Texts(options.iter().map(|option| (*option).to_owned()).collect());
        errors.invalid(path, value, detail);
    }
}

/// The rules on `volumeDevices`.
pub(in super::super) fn validate_devices(
    container: &Container,
    pod: &PodContext<'_>,
    list: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    for (i, device) in json::objects(&container.extra, "volumeDevices") {
        let path = list.index(i);
        let (name, place) = (json::text(device, "name"), json::text(device, "devicePath"));
        let (name_path, place_path) = (path.child("name"), path.child("devicePath"));
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if names.contains(name) {
            errors.invalid(&name_path, text(name), "must be unique");
        }
        match pod.volumes.get(name) {
            None => errors.not_found(&name_path, text(name), ""),
            Some(volume) => {
                let claimed = ["persistentVolumeClaim", "ephemeral"];
                if !claimed.iter().any(|kind| json::is_set(volume, kind)) {
                    let detail = "can only use volume source type of PersistentVolumeClaim or \
                                  Ephemeral for block mode";
                    errors.invalid(&name_path, text(name), detail);
                }
            }
        }
        if place.is_empty() {
            errors.required(&place_path, "");
        }
        if places.contains(place) {
            errors.invalid(&place_path, text(place), "must be unique");
        }
        if place.split('/').any(|part| part == "..") {
            errors.invalid(&place_path, text(place), "can not contain backsteps ('..')");
        } else {
            places.insert(place);
        }
        let others = || last_by_name(&container.extra, "volumeMounts", "mountPath");
        if others().any(|(mount, _)| mount == name) {
            let detail = "must not already exist in volumeMounts";
            errors.invalid(&name_path, text(name), detail);
        }
        if others().any(|(_, mount)| mount == place) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.invalid(&place_path, text(place), detail);
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
