//! Files in volumes: secrets, config maps, the downward API, and what is projected of them.
//!
//! Rules: PODVALID-4 to PODVALID-7.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::env::{validate_field_ref, validate_resource_field_ref};
use super::super::json::{self, Object};
use super::super::metadata;
use super::super::path::{Errors, LengthWords, Path, composite, text};
use super::super::selector;
use super::common::{local_path, steps_back, validate_id};
use crate::api::{LabelMap, LabelSelector, ObjectFieldSelector, PodSpec};
use crate::names;
use crate::quote::go_quoted;
use crate::refusal::BadValue;

/// Fields of the pod that a file can be made from, in the order in which they are listed.
const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
/// Kinds of keys of a pod's certificate.
const KEY_TYPES: [&str; 6] =
    ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
/// Shortest and longest life of a projected token, in seconds.
const TOKEN_LIFE: [i64; 2] = [600, 1 << 32];
/// Shortest life of a pod's certificate, in seconds, the longest one, and the longest one from
/// Kubernetes' own signers.
const CERTIFICATE_LIFE: [i64; 3] = [3_600, 7_862_400, 86_400];

/// A secret or config map as a volume.
pub(super) fn validate_files(
    source: &Object,
    name: &str,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if json::text(source, name).is_empty() {
        errors.required(&path.child(name), "");
    }
    validate_defaults(source, path, errors);
    let items = path.child("items");
    for (i, item) in json::objects(source, "items") {
        validate_item(item, &items.index(i), errors);
    }
}

/// Default mode and user.
fn validate_defaults(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    mode(source, "defaultMode", path, errors);
    user(source, "defaultUser", path, errors);
}

fn mode(source: &Object, member: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(mode) = json::number_at(source, member)
        && !(0..=0o777).contains(&mode)
    {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.invalid(&path.child(member), BadValue::Number(mode), detail);
    }
}

fn user(source: &Object, member: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    validate_id(source, member, path, errors);
}

/// A key and the file that it becomes.
fn validate_item(item: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    for member in ["key", "path"] {
        if json::text(item, member).is_empty() {
            errors.required(&path.child(member), "");
        }
    }
    non_reserved_path(json::text(item, "path"), &path.child("path"), errors);
    mode(item, "mode", path, errors);
    user(item, "user", path, errors);
}

/// A volume of the downward API.
pub(super) fn validate_downward(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    validate_defaults(source, path, errors);
    for (_, file) in json::objects(source, "items") {
        // GO: the errors do not say which file.
        validate_downward_file(file, path, errors);
    }
}

fn validate_downward_file(file: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let place = json::text(file, "path");
    if place.is_empty() {
        errors.required(&path.child("path"), "");
    }
    non_reserved_path(place, &path.child("path"), errors);
    let resource = json::object(file, "resourceFieldRef");
    if let Some(field) = json::object(file, "fieldRef") {
        let field = ObjectFieldSelector {
            api_version: json::text(field, "apiVersion").to_owned(),
            field_path: json::text(field, "fieldPath").to_owned(),
            ..Default::default()
        };
        validate_field_ref(&field, &FILE_FIELDS, &path.child("fieldRef"), errors);
        if resource.is_some() {
            let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
            errors.invalid(path, text("resource"), detail);
        }
    } else if let Some(reference) = resource {
        validate_resource_field_ref(reference, true, &path.child("resourceFieldRef"), errors);
    } else {
        errors.required(path, "one of fieldRef and resourceFieldRef is required");
    }
    mode(file, "mode", path, errors);
    user(file, "user", path, errors);
}

/// A projected volume.
pub(super) fn validate(source: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    validate_defaults(source, path, errors);
    let mut taken = Paths { volume: path, seen: BTreeSet::new() };
    let sources = path.child("sources");
    for (i, source) in json::objects(source, "sources") {
        let path = sources.index(i);
        let mut kinds = 0;
        for kind in ["secret", "configMap"] {
            if let Some(files) = json::object(source, kind) {
                kinds += 1;
                validate_projected_files(files, &path.child(kind), &mut taken, errors);
            }
        }
        if let Some(downward) = json::object(source, "downwardAPI") {
            kinds += 1;
            let path = path.child("downwardAPI");
            for (_, file) in json::objects(downward, "items") {
                validate_downward_file(file, &path, errors);
                let place = json::text(file, "path");
                taken.take_if_any(place, place, errors);
            }
        }
        if let Some(token) = json::object(source, "serviceAccountToken") {
            kinds += 1;
            validate_token(token, &path.child("serviceAccountToken"), taken.volume, errors);
        }
        if let Some(bundle) = json::object(source, "clusterTrustBundle") {
            kinds += 1;
            let path = path.child(errors.sem.trust_bundle_member());
            validate_trust_bundle(bundle, &path, &mut taken, errors);
        }
        if let Some(certificate) = json::object(source, "podCertificate") {
            kinds += 1;
            validate_certificate(certificate, &path.child("podCertificate"), &mut taken, errors);
        }
        if kinds > 1 {
            let detail = match errors.sem.names_the_source() {
                true => "may not specify more than 1 volume type per source",
                false => "may not specify more than 1 volume type",
            };
            errors.forbidden(&path, detail);
        }
    }
}

/// The paths that the sources of one volume have taken.
struct Paths<'a> {
    volume: &'a Path<'a>,
    seen: BTreeSet<&'a str>,
}

impl<'a> Paths<'a> {
    fn take_if_any(&mut self, path: &'a str, told: &str, errors: &mut Errors<'_>) {
        if !path.is_empty() {
            self.take(path, told, errors);
        }
    }

    fn take(&mut self, path: &'a str, told: &str, errors: &mut Errors<'_>) {
        if !self.seen.insert(path) {
            errors.invalid(self.volume, text(told), "conflicting duplicate paths");
        }
    }
}

fn validate_projected_files<'a>(
    files: &'a Object,
    path: &Path<'_>,
    taken: &mut Paths<'a>,
    errors: &mut Errors<'_>,
) {
    let name = json::text(files, "name");
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    }
    let items = path.child("items");
    for (i, item) in json::objects(files, "items") {
        validate_item(item, &items.index(i), errors);
        taken.take_if_any(json::text(item, "path"), name, errors);
    }
}

fn validate_token(token: &Object, path: &Path<'_>, volume: &Path<'_>, errors: &mut Errors<'_>) {
    let seconds = json::number(token, "expirationSeconds");
    let [shortest, longest] = TOKEN_LIFE;
    let detail = if seconds < shortest {
        Some("may not specify a duration less than 10 minutes")
    } else if seconds > longest {
        Some("may not specify a duration larger than 2^32 seconds")
    } else {
        None
    };
    if let Some(detail) = detail {
        errors.invalid(&path.child("expirationSeconds"), BadValue::Number(seconds), detail);
    }
    // GO: the error path is that of the volume.
    let place = json::text(token, "path");
    if place.is_empty() {
        errors.required(&volume.child("path"), "");
    } else if errors.sem.checks_token_paths() && !errors.allowed.non_local_token_paths {
        non_reserved_path(place, &volume.child("path"), errors);
    }
    user(token, "user", path, errors);
}

fn validate_trust_bundle<'a>(
    bundle: &'a Object,
    path: &Path<'_>,
    taken: &mut Paths<'a>,
    errors: &mut Errors<'_>,
) {
    let labels: Option<LabelSelector> =
        bundle.get("labelSelector").and_then(|value| Deserialize::deserialize(value).ok());
    match (json::text_at(bundle, "name"), json::text_at(bundle, "signerName")) {
        (Some(_), Some(_)) => {
            let detail = "only one of name and signerName may be used";
            errors.invalid(path, composite(bundle), detail);
        }
        (Some(name), None) => {
            let name_path = path.child("name");
            if name.is_empty() {
                errors.required(&name_path, "must be a valid object name");
            }
            let mut say = |why: &str| {
                let detail = format!("not a valid clustertrustbundlename: {why}");
                errors.invalid(&name_path, text(name), detail);
            };
            match name.rsplit_once(':') {
                Some((signer, _)) if signer.contains('/') => {
                    let signer = signer.replace(':', "/");
                    say(&format!(
                        "ClusterTrustBundle for signerName {signer} must be named with prefix {}:",
                        signer.replace('/', ":"),
                    ));
                }
                Some((signer, rest)) if !signer.is_empty() => names::dns_subdomain(rest, say),
                Some(_) => {
                    say("ClusterTrustBundle without signer name must not have \":\" in its name");
                }
                None => names::dns_subdomain(name, say),
            }
            if labels.is_some() {
                let detail = "labelSelector must be unset if name is specified";
                errors.invalid(&path.child("labelSelector"), composite(&labels), detail);
            }
        }
        (None, Some(signer)) => {
            let signer_path = path.child("signerName");
            if signer.is_empty() {
                errors.required(&signer_path, "must be a valid signer name");
            }
            validate_signer(signer, &signer_path, errors);
            if let Some(labels) = &labels {
                selector::validate_with(labels, &path.child("labelSelector"), false, errors);
            }
        }
        (None, None) => errors.required(path, "either name or signerName must be specified"),
    }
    let place = json::text(bundle, "path");
    if place.is_empty() {
        errors.required(&path.child("path"), "");
    }
    user(bundle, "user", path, errors);
    non_reserved_path(place, &path.child("path"), errors);
    taken.take(place, place, errors);
}

fn validate_certificate<'a>(
    certificate: &'a Object,
    path: &Path<'_>,
    taken: &mut Paths<'a>,
    errors: &mut Errors<'_>,
) {
    let signer = json::text(certificate, "signerName");
    validate_signer(signer, &path.child("signerName"), errors);
    if let Some(annotations) = json::object(certificate, "userAnnotations") {
        validate_user_annotations(annotations, &path.child("userAnnotations"), errors);
    }
    user(certificate, "user", path, errors);
    let key = json::text(certificate, "keyType");
    if !KEY_TYPES.contains(&key) {
        errors.not_supported(&path.child("keyType"), text(key), &KEY_TYPES);
    }
    if let Some(seconds) = json::number_at(certificate, "maxExpirationSeconds") {
        let [shortest, longest, own] = CERTIFICATE_LIFE;
        let path = path.child("maxExpirationSeconds");
        if seconds < shortest {
            let detail = format!("if provided, maxExpirationSeconds must be >= {shortest}");
            errors.invalid(&path, BadValue::Number(seconds), detail);
        }
        let host = signer.split('/').next().unwrap_or_default();
        let kubernetes = host == "kubernetes.io" || host.ends_with(".kubernetes.io");
        let longest = if kubernetes { own } else { longest };
        if seconds > longest {
            let detail = format!("if provided, maxExpirationSeconds must be <= {longest}");
            errors.invalid(&path, BadValue::Number(seconds), detail);
        }
    }
    let mut any = false;
    for member in ["credentialBundlePath", "keyPath", "certificateChainPath"] {
        let place = json::text(certificate, member);
        if !place.is_empty() {
            any = true;
            non_reserved_path(place, &path.child(member), errors);
            taken.take(place, place, errors);
        }
    }
    if !any {
        let detail = "specify at least one of credentialBundlePath, keyPath, and \
                      certificateChainPath";
        errors.required(path, detail);
    }
}

fn validate_user_annotations(annotations: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let mut size = 0;
    for (key, value) in annotations {
        size += key.len() + value.as_str().map_or(0, str::len);
        let key = key.to_lowercase();
        if key.is_empty() {
            errors.required(path, "");
            continue;
        }
        names::label_key(&key, sem, |detail| errors.invalid(path, text(&key), detail));
        if names::is_label_key(&key, sem) && !key.contains('/') {
            let detail = "must be a domain-prefixed key (such as \"acme.io/foo\")";
            errors.invalid(path, text(&key), detail);
        }
    }
    if size > metadata::ANNOTATIONS_LIMIT {
        errors.too_long(path, metadata::ANNOTATIONS_LIMIT, LengthWords::Value);
    }
}

/// `example.com/name`.
fn validate_signer(signer: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if signer.is_empty() {
        return errors.required(path, "");
    }
    let Some((domain, name)) = signer.split_once('/').filter(|(_, name)| !name.contains('/'))
    else {
        let detail =
            "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return errors.invalid(path, text(signer), detail);
    };
    let say = |whole: &str, part: &str, why: &str, errors: &mut Errors<'_>| {
        let detail = format!("validating label {}: {why}", go_quoted(part));
        errors.invalid(path, text(whole), detail);
    };
    if domain.len() > 253 {
        errors.too_long(path, 253, LengthWords::Value);
    }
    if let Some(part) = domain.split('.').find(|part| !names::is_dns_label(part)) {
        names::dns_label(part, |why| say(domain, part, why, errors));
    }
    if !domain.contains('.') {
        let detail = "should be a domain with at least two segments separated by dots";
        errors.invalid(path, text(domain), detail);
    }
    let legal = |part: &&str| part.len() <= 253 && names::is_subdomain(part);
    if let Some(part) = name.split('.').find(|part| !legal(part)) {
        names::dns_subdomain(part, |why| say(name, part, why, errors));
    }
    let longest = 253 + 253 + 63 + 2;
    if signer.len() > longest {
        errors.too_long(path, longest, LengthWords::Value);
    }
}

/// Whether a stored template projects a token to a path that a new one could not have.
pub(in super::super) fn has_non_local_token_path(spec: &PodSpec) -> bool {
    let volumes = json::objects(&spec.extra, "volumes");
    let mut sources = volumes
        .filter_map(|(_, volume)| json::object(volume, "projected"))
        .flat_map(|projected| json::objects(projected, "sources"));
    sources.any(|(_, source)| {
        json::object(source, "serviceAccountToken").is_some_and(|token| {
            let path = json::text(token, "path");
            path.starts_with('/') || steps_back(path) || path.starts_with("..")
        })
    })
}

/// A relative path that does not begin with two dots either.
fn non_reserved_path(place: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    local_path(place, path, errors);
    if place.starts_with("..") && !place.starts_with("../") {
        errors.invalid(path, text(place), "must not start with '..'");
    }
}

/// A map of labels or annotations of an untyped object.
pub(super) fn label_map(object: &Object, key: &str) -> Option<LabelMap> {
    object.get(key).and_then(|value| Deserialize::deserialize(value).ok())
}
