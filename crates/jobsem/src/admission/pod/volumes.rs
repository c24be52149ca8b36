//! Volumes: names, that each has exactly one kind, and what the kind requires.
//!
//! Rules: PODVALID-1 to PODVALID-9 (`docs/semantics/admission.md`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::json::{self, Object};
use super::super::path::{Errors, LengthWords, Path, text};
use super::super::quantity::Quantity;
use super::claim;
use super::common::{local_path, no_backsteps};
use super::projected;
use super::texts;
use crate::api::PodSpec;
use crate::names;
use crate::refusal::BadValue;

/// The kinds in checking order, with the name of a second kind in the error path.
const KINDS: [(&str, &str); 30] = [
    ("emptyDir", "emptyDir"),
    ("hostPath", "hostPath"),
    ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    // GO: upstream misspells the next one and `downwardAPI` in error paths.
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downwardAPI", "downwarAPI"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("configMap", "configMap"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scaleIO", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
];

/// Members that may not be empty, of kinds that require little else.
const REQUIRED: [(&str, &[&str]); 13] = [
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("glusterfs", &["endpoints", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
];

/// The kinds of a path on the host, in the order in which they are listed.
const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];

/// Longest name of a CSI driver, in bytes.
const DRIVER_LIMIT: usize = 63;

/// The rules on all volumes; returns those that are in order, by name.
pub(in super::super) fn validate<'a>(
    spec: &'a PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) -> BTreeMap<&'a str, &'a Object> {
    let mut good: BTreeMap<&str, &Object> = BTreeMap::new();
    let mut names_seen: BTreeSet<&str> = BTreeSet::new();
    for (i, volume) in json::objects(&spec.extra, "volumes") {
        let path = path.index(i);
        let before = errors.list.len();
        let name = json::text(volume, "name");
        validate_source(volume, name, &path, errors);
        let name_path = path.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else {
            names::dns_label(name, |detail| errors.invalid(&name_path, text(name), detail));
        }
        if names_seen.contains(name) {
            errors.duplicate(&name_path, text(name));
        }
        if errors.list.len() == before {
            names_seen.insert(name);
            good.insert(name, volume);
        }
    }
    good
}

fn validate_source(volume: &Object, name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut found = false;
    for (kind, told) in KINDS {
        let Some(source) = json::object(volume, kind) else { continue };
        if kind == "image" && !errors.sem.validates_image_volumes() {
            continue;
        }
        if found {
            errors.forbidden(&path.child(told), "may not specify more than 1 volume type");
        } else {
            found = true;
            validate_kind(kind, source, &path.child(kind), path, errors);
        }
        if kind == "iscsi"
            && json::is_set(source, "initiatorName")
            && name.len() + 1 + json::text(source, "targetPortal").len() > 64
        {
            let detail = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 \
                          characters if iscsi.initiatorName is specified.";
            errors.invalid(&path.child("name"), text(name), detail);
        }
    }
    if !found {
        errors.required(path, "must specify a volume type");
    }
}

fn validate_kind(
    kind: &str,
    source: &Object,
    path: &Path<'_>,
    volume: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    // GO: errors of this kind have a shorter path.
    let disk = volume.child("persistentDisk");
    let path = if kind == "gcePersistentDisk" { &disk } else { path };
    if let Some((_, members)) = REQUIRED.iter().find(|entry| entry.0 == kind) {
        for member in *members {
            let empty = json::text(source, member).is_empty();
            if empty && json::list(source, member).is_empty() {
                errors.required(&path.child(member), "");
            }
        }
    }
    match kind {
        "emptyDir" => validate_empty_dir(source, path, errors),
        "hostPath" => validate_host_path(source, path, errors),
        "gitRepo" => {
            if json::text(source, "repository").is_empty() {
                errors.required(&path.child("repository"), "");
            }
            let directory = json::text(source, "directory");
            local_path(directory, &path.child("directory"), errors);
        }
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            let partition = json::number(source, "partition");
            if !(0..=255).contains(&partition) {
                let detail = "must be between 1 and 255, inclusive";
                errors.invalid(&path.child("partition"), BadValue::Number(partition), detail);
            }
        }
        "secret" => projected::validate_files(source, "secretName", path, errors),
        "configMap" => projected::validate_files(source, "name", path, errors),
        "downwardAPI" => projected::validate_downward(source, path, errors),
        "projected" => projected::validate(source, path, errors),
        "nfs" => {
            for member in ["server", "path"] {
                if json::text(source, member).is_empty() {
                    errors.required(&path.child(member), "");
                }
            }
            let place = json::text(source, "path");
            if !place.starts_with('/') {
                errors.invalid(&path.child("path"), text(place), "must be an absolute path");
            }
        }
        "iscsi" => validate_iscsi(source, path, errors),
        "flocker" => validate_flocker(source, path, errors),
        "cinder" => secret_name(source, "secretRef", path, errors),
        "quobyte" => validate_quobyte(source, path, errors),
        "fc" => validate_fc(source, path, errors),
        "flexVolume" => validate_flex(source, path, errors),
        "azureDisk" => validate_azure_disk(source, path, errors),
        "storageos" => validate_storage_os(source, path, errors),
        "csi" => validate_csi(source, path, errors),
        "ephemeral" => match json::object(source, "volumeClaimTemplate") {
            Some(template) => {
                claim::validate(template, &path.child("volumeClaimTemplate"), errors);
            }
            None => errors.required(&path.child("volumeClaimTemplate"), ""),
        },
        "image" => {
            let empty = json::text(source, "reference").is_empty();
            if empty && !errors.allowed.empty_image_references {
                errors.required(&path.child("reference"), "");
            }
            let policy = json::text(source, "pullPolicy");
            super::super::containers::validate_pull_policy(
                policy,
                &path.child("pullPolicy"),
                errors,
            );
        }
        _ => {}
    }
}

fn validate_empty_dir(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let limit = json::text_at(source, "sizeLimit").and_then(|text| Quantity::parse(text).ok());
    if limit.is_some_and(|limit| limit.is_negative()) {
        let detail = "SizeLimit field must be a valid resource quantity";
        errors.forbidden(&path.child("sizeLimit"), detail);
    }
    if let Some(mode) = json::number_at(source, "mode")
        && !(0..=0o1777).contains(&mode)
    {
        let detail = "must be a number between 0 and 01777 (octal), both inclusive";
        errors.invalid(&path.child("mode"), BadValue::Number(mode), detail);
    }
}

fn validate_host_path(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let place = json::text(source, "path");
    if place.is_empty() {
        return errors.required(&path.child("path"), "");
    }
    no_backsteps(place, &path.child("path"), errors);
    if let Some(kind) = json::text_at(source, "type")
        && !HOST_PATH_TYPES.contains(&kind)
    {
        let value = BadValue::TextPointer(kind.to_owned());
        errors.not_supported(&path.child("type"), value, &HOST_PATH_TYPES);
    }
}

fn secret_name(source: &Object, member: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(reference) = json::object(source, member)
        && json::text(reference, "name").is_empty()
    {
        errors.required(&path.child(member).child("name"), "");
    }
}

fn validate_iscsi(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    if json::text(source, "targetPortal").is_empty() {
        errors.required(&path.child("targetPortal"), "");
    }
    let name = json::text(source, "iqn");
    if name.is_empty() {
        errors.required(&path.child("iqn"), "");
    } else {
        validate_initiator(name, &path.child("iqn"), errors);
    }
    let lun = json::number(source, "lun");
    if !(0..=255).contains(&lun) {
        let detail = "must be between 0 and 255, inclusive";
        errors.invalid(&path.child("lun"), BadValue::Number(lun), detail);
    }
    let authenticates = ["chapAuthDiscovery", "chapAuthSession"]
        .iter()
        .any(|member| json::bool_at(source, member) == Some(true));
    if authenticates && !json::is_set(source, "secretRef") {
        errors.required(&path.child("secretRef"), "");
    }
    if let Some(name) = json::text_at(source, "initiatorName") {
        validate_initiator(name, &path.child("initiatorname"), errors);
    }
}

fn validate_initiator(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let exact = |length: usize| {
        // GO: the byte after the prefix may be any but a newline.
        let mut rest = name.chars().skip(3);
        rest.next().is_some_and(|c| c != '\n')
            && rest.clone().count() == length
            && rest.all(|c| c.is_ascii_alphanumeric())
    };
    let good = match name.get(..3) {
        Some("iqn") => (0..name.len()).any(|at| name.get(at..).is_some_and(is_qualified_name)),
        Some("eui") => exact(16),
        Some("naa") => exact(32),
        _ => {
            let detail = "must be valid format starting with iqn, eui, or naa";
            return errors.invalid(path, text(name), detail);
        }
    };
    if !good {
        errors.invalid(path, text(name), "must be valid format");
    }
}

/// `iqn.2020-12.com.example:name`.
fn is_qualified_name(name: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let Some((date, rest)) =
        name.strip_prefix("iqn.").and_then(|rest| rest.split_once('.')).filter(|(date, _)| {
            date.split_once('-').is_some_and(|(y, m)| digits(y, 4) && digits(m, 2))
        })
    else {
        return false;
    };
    let Some((authority, rest)) = rest.split_once(':') else { return false };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let white = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ');
    !date.is_empty()
        && !authority.is_empty()
        && authority.bytes().all(legal)
        && !rest.is_empty()
        && !rest.contains(|c| white(c) || matches!(c, ',' | ';' | '*' | '&' | '$' | '|'))
}

fn validate_flocker(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let (name, uuid) = (json::text(source, "datasetName"), json::text(source, "datasetUUID"));
    if name.is_empty() && uuid.is_empty() {
        errors.required(path, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !uuid.is_empty() {
        let detail = "datasetName and datasetUUID can not be specified simultaneously";
        errors.invalid(path, text("resource"), detail);
    }
    if name.contains('/') {
        errors.invalid(&path.child("datasetName"), text(name), "must not contain '/'");
    }
}

fn validate_quobyte(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let registry = json::text(source, "registry");
    let registry_path = path.child("registry");
    let pairs = "must be a host:port pair or multiple pairs separated by commas";
    if registry.is_empty() {
        errors.required(&registry_path, pairs);
    } else if json::text(source, "tenant").len() >= 65 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.required(&path.child("tenant"), detail);
    } else {
        for pair in registry.split(',') {
            if !is_host_and_port(pair) {
                errors.invalid(&registry_path, text(registry), pairs);
            }
        }
    }
    if json::text(source, "volume").is_empty() {
        errors.required(&path.child("volume"), "");
    }
}

/// `host:port`, `[host]:port`; what host and port are is not looked at.
fn is_host_and_port(pair: &str) -> bool {
    let Some((host, port)) = pair.rsplit_once(':') else { return false };
    let bare = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((inside, "")) => inside,
            _ => return false,
        },
        None if host.contains(':') => return false,
        None => host,
    };
    !bare.contains(['[', ']']) && !port.contains(['[', ']'])
}

fn validate_fc(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let names: Vec<String> = texts(source, "targetWWNs").map(|(_, t)| t.to_owned()).collect();
    let ids = !json::list(source, "wwids").is_empty();
    let names_path = path.child("targetWWNs");
    if names.is_empty() && !ids {
        errors.required(&names_path, "must specify either targetWWNs or wwids, but not both");
    }
    if names.is_empty() {
        return;
    }
    if ids {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        errors.invalid(&names_path, BadValue::Texts(names), detail);
    }
    match json::number_at(source, "lun") {
        None => errors.required(&path.child("lun"), "lun is required if targetWWNs is specified"),
        Some(lun) if !(0..=255).contains(&lun) => {
            let detail = "must be between 0 and 255, inclusive";
            errors.invalid(&path.child("lun"), BadValue::Number(lun), detail);
        }
        Some(_) => {}
    }
}

fn validate_flex(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let options = path.child("options");
    for key in json::object(source, "options").into_iter().flat_map(Object::keys) {
        let space = key.split_once('/').map_or(key.as_str(), |(space, _)| space);
        let space = format!(".{}", space.to_lowercase());
        if space.ends_with(".kubernetes.io") || space.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.invalid(&options.key(key), text(key), detail);
        }
    }
}

fn validate_azure_disk(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    for member in ["diskName", "diskURI"] {
        if json::text(source, member).is_empty() {
            errors.required(&path.child(member), "");
        }
    }
    let kinds = ["Dedicated", "Managed", "Shared"];
    for (member, known) in [("cachingMode", ["None", "ReadOnly", "ReadWrite"]), ("kind", kinds)] {
        if let Some(value) = json::text_at(source, member)
            && !known.contains(&value)
        {
            let value = BadValue::Typed(value.to_owned());
            errors.not_supported(&path.child(member), value, &known);
        }
    }
    let Some(kind) = json::text_at(source, "kind") else { return };
    let uri = json::text(source, "diskURI");
    let (start, form) = match kind {
        "Managed" => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/\
             disks/{disk-id}",
        ),
        _ => (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ),
    };
    if !uri.starts_with(start) {
        errors.not_supported(&path.child("diskURI"), text(uri), &[form]);
    }
}

fn validate_storage_os(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let name = json::text(source, "volumeName");
    if name.is_empty() {
        errors.required(&path.child("volumeName"), "");
    }
    for member in ["volumeName", "volumeNamespace"] {
        let value = json::text(source, member);
        if !value.is_empty() {
            let path = path.child(member);
            names::dns_label(value, |detail| errors.invalid(&path, text(value), detail));
        }
    }
    secret_name(source, "secretRef", path, errors);
}

fn validate_csi(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let driver = json::text(source, "driver");
    let driver_path = path.child("driver");
    if driver.is_empty() {
        errors.required(&driver_path, "");
    }
    if !driver.is_empty() || !errors.sem.stops_at_an_empty_driver() {
        if driver.len() > DRIVER_LIMIT {
            errors.too_long(&driver_path, DRIVER_LIMIT, LengthWords::Value);
        }
        names::dns_subdomain(&driver.to_lowercase(), |detail| {
            errors.invalid(&driver_path, text(driver), detail);
        });
    }
    let member = "nodePublishSecretRef";
    let Some(name) = source.get(member).and_then(Value::as_object).map(|r| json::text(r, "name"))
    else {
        return;
    };
    if name.is_empty() {
        return secret_name(source, member, path, errors);
    }
    let path = path.child("name");
    names::dns_subdomain(name, |detail| errors.invalid(&path, text(name), detail));
}
