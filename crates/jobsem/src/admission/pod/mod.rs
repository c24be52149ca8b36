//! Parts of a pod spec that jobsem keeps as JSON, validated as the API server does: volumes and
//! what is mounted from them, probes and hooks, security contexts, affinity and topology spread,
//! DNS and host names.
//!
//! Each file holds the rules on one part; [`super::template`] has the order in which they run.
//! Deliberately absent: rules that only a pod itself has, and the container's own list of members
//! ([`super::containers`]).

mod affinity;
mod annotations;
mod claim;
mod common;
mod mounts;
mod network;
mod overlaps;
mod probes;
mod projected;
mod security;
mod spread;
mod volumes;
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::json::{self, Object};
use super::path::{Errors, Path};
use crate::api::{Container, PodSpec, RestartPolicy};

pub(super) use affinity::{
    has_ill_formed_node_values, has_ill_formed_selectors, validate as validate_affinity,
};
pub(super) use annotations::{
    APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, validate as validate_annotations,
    validate_agreement as validate_annotations_and_fields, validate_mirror,
};
pub(super) use common::no_backsteps;
pub(super) use mounts::{validate_devices, validate_mounts};
pub(super) use network::{
    uses_relaxed_searches, validate_dns, validate_host_aliases, validate_host_name, warnings_for_ip,
};
pub(super) use overlaps::warnings_for_volumes;
pub(super) use probes::{sleeps_zero_seconds, validate_lifecycle, validate_probes};
pub(super) use projected::has_non_local_token_path;
pub(super) use security::{
    adds_sys_admin, host_sysctls_clash, validate_container as validate_container_security,
    validate_host_users, validate_pod as validate_pod_security,
};
pub(super) use spread::{
    breaks_match_label_keys, has_ill_formed_selectors as has_ill_formed_spread_selectors,
    validate as validate_spread,
};
pub(super) use volumes::validate as validate_volumes;
pub(super) use windows::{validate_host_process, validate_os};

/// What the rules on containers need to know of the pod.
pub(super) struct PodContext<'a> {
    pub(super) spec: &'a PodSpec,
    /// The volumes that are in order, by name.
    pub(super) volumes: BTreeMap<&'a str, &'a Object>,
    /// The names of the pod's resource claims.
    pub(super) claims: BTreeSet<&'a str>,
}

impl PodContext<'_> {
    pub(super) fn never_restarts(&self) -> bool {
        self.spec.restart_policy == Some(RestartPolicy::Never)
    }

    /// The pod's containers do not share the node's users.
    pub(super) fn has_own_users(&self) -> bool {
        json::bool_at(&self.spec.extra, "hostUsers") == Some(false)
    }
}

/// The pod's operating system, if it names one.
pub(super) fn os(spec: &PodSpec) -> Option<&str> {
    json::object(&spec.extra, "os").map(|os| json::text(os, "name"))
}

pub(super) fn is_true(spec: &PodSpec, member: &str) -> bool {
    json::bool_at(&spec.extra, member) == Some(true)
}

/// Calls `visit` with every container and its path: init containers, containers, and ephemeral
/// ones.
pub(super) fn each_container(
    spec: &PodSpec,
    path: &Path<'_>,
    mut visit: impl FnMut(&Container, &Path<'_>),
) {
    let list = path.child("initContainers");
    for (i, container) in spec.init_containers.iter().enumerate() {
        visit(container, &list.index(i));
    }
    let list = path.child("containers");
    for (i, container) in spec.containers.iter().enumerate() {
        visit(container, &list.index(i));
    }
    let list = path.child("ephemeralContainers");
    for (i, container) in ephemeral(spec).iter().enumerate() {
        visit(container, &list.index(i));
    }
}

/// The ephemeral containers, which a template must not have.
pub(super) fn ephemeral(spec: &PodSpec) -> Vec<Container> {
    json::list(&spec.extra, "ephemeralContainers")
        .iter()
        .filter_map(|value| Deserialize::deserialize(value).ok())
        .collect()
}

/// The names of the pod's resource claims, as far as they have one.
pub(super) fn claim_names(spec: &PodSpec) -> BTreeSet<&str> {
    json::objects(&spec.extra, "resourceClaims")
        .map(|(_, claim)| json::text(claim, "name"))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The pod's resource claims.
pub(super) fn validate_claims(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    use super::path::{composite, text};
    use crate::names;
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (i, claim) in json::objects(&spec.extra, "resourceClaims") {
        let path = path.index(i);
        let name = json::text(claim, "name");
        let name_path = path.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else if !seen.insert(name) {
            errors.duplicate(&name_path, text(name));
        } else {
            names::dns_label(name, |detail| errors.invalid(&name_path, text(name), detail));
        }
        let mut sources = ["resourceClaimName", "resourceClaimTemplateName"];
        let set = sources.iter().filter(|member| json::is_set(claim, member)).count();
        // The sources were members of another object first.
        let nested = !errors.sem.claims_are_flat();
        let source_path = if nested { path.child("source") } else { path };
        let empty = Object::new();
        let source = match nested {
            true => json::object(claim, "source").unwrap_or(&empty),
            false => claim,
        };
        if nested {
            let set = sources.iter().filter(|member| json::is_set(source, member)).count();
            sources.reverse();
            claim_sources(source, set, &sources, &source_path, errors);
        } else {
            if set == 2 {
                let detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` \
                              may be specified";
                errors.invalid(&path, composite(claim), detail);
            }
            claim_sources(source, set, &sources, &source_path, errors);
        }
    }
}

fn claim_sources(
    source: &Object,
    set: usize,
    members: &[&'static str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    use super::path::{composite, text};
    use crate::names;
    if set == 0 {
        let detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
        errors.invalid(path, composite(source), detail);
    }
    for member in members {
        if let Some(name) = json::text_at(source, member) {
            let path = path.child(member);
            names::dns_subdomain(name, |detail| errors.invalid(&path, text(name), detail));
        }
    }
}

/// The strings of a list.
pub(super) fn texts<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = (usize, &'a str)> {
    json::list(object, key).iter().enumerate().filter_map(|(i, v)| Some((i, Value::as_str(v)?)))
}
