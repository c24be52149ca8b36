//! Warnings to the client about accepted objects.
//!
//! Rules: WARN-1 to WARN-16. [`super::pod`] has the warnings about volumes.

use std::collections::{BTreeMap, BTreeSet};

use super::json::{self, Object};
use super::path::Path;
use super::pod;
use super::quantity::Quantity;
use crate::Semantics;
use crate::api::{
    CompletionMode, Container, JobSpec, ObjectMeta, OwnerReference, PodSpec, PodTemplateSpec, Text,
};
use crate::names;
use crate::quote::go_quoted;

/// Above so many completions and pods at once, indexes may be lost (WARN-3).
const COMPLETIONS_LIMIT: i32 = 100_000;
const PARALLELISM_LIMIT: i32 = 10_000;

/// Labels of nodes that are no longer to be used (WARN-5).
const DEPRECATED_NODE_LABELS: [(&str, &str); 8] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

/// A name that will make awkward host names (WARN-2).
pub(super) fn name(meta: &ObjectMeta, out: &mut Vec<String>) {
    let mut texts: Vec<String> = Vec::new();
    names::dns_label(&meta.name, |text| texts.push(text.to_owned()));
    if !texts.is_empty() {
        out.push(format!(
            "metadata.name: this is used in Pod names and hostnames, which can result in \
             surprising behavior; a DNS label is recommended: [{}]",
            texts.join(" "),
        ));
    }
}

/// Drops owners that are given twice (WARN-12).
pub(super) fn dedup_owners(owners: &mut Vec<OwnerReference>, out: &mut Vec<String>) {
    let mut uids: Vec<Text> = Vec::new();
    let mut told: BTreeSet<Text> = BTreeSet::new();
    let mut seen: BTreeSet<OwnerReference> = BTreeSet::new();
    owners.retain(|owner| {
        let first = seen.insert(owner.clone());
        if !first && told.insert(owner.uid.clone()) {
            uids.push(owner.uid.clone());
        }
        first
    });
    if !uids.is_empty() {
        out.push(format!(
            ".metadata.ownerReferences contains duplicate entries; API server dedups owner \
             references in 1.20+, and may reject such requests as early as 1.24; please fix your \
             requests; duplicate UID(s) observed: {}",
            uids.join(", "),
        ));
    }
}

/// A schedule with a zone in it (WARN-4).
pub(super) fn schedule(schedule: &str, out: &mut Vec<String>) {
    if schedule.contains("TZ") {
        out.push(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see \
             https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                .to_owned(),
        );
    }
}

/// A Job's spec and its template (WARN-3, WARN-5 to WARN-11).
pub(super) fn job_spec(spec: &JobSpec, path: &Path<'_>, sem: &Semantics, out: &mut Vec<String>) {
    let above = |n: Option<i32>, limit| n.is_some_and(|n| n > limit);
    if spec.completion_mode == Some(CompletionMode::Indexed)
        && above(spec.completions, COMPLETIONS_LIMIT)
        && above(spec.parallelism, PARALLELISM_LIMIT)
    {
        out.push(format!(
            "{path}: In Indexed Jobs with a number of completions higher than 10^5 and a \
             parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes \
             when a big number of indexes fail"
        ));
    }
    let template = path.child("template");
    pod_template(&spec.template, &template, sem, out);
}

fn pod_template(
    template: &PodTemplateSpec,
    template_path: &Path<'_>,
    sem: &Semantics,
    out: &mut Vec<String>,
) {
    let metadata_path = template_path.child("metadata");
    let path = &template_path.child("spec");
    let spec = &template.spec;
    let extra = &spec.extra;
    node_labels(extra, path, sem, out);
    let list = path.child("topologySpreadConstraints");
    for (i, constraint) in json::objects(extra, "topologySpreadConstraints") {
        let path = list.index(i);
        let key = json::text(constraint, "topologyKey");
        if let Some(text) = deprecated(key) {
            out.push(format!("{}: {key} is {text}", path.child("topologyKey")));
        }
        label_selector(constraint, &path, out);
    }
    let metadata = metadata_path.child("annotations");
    for (key, text) in DEPRECATED_ANNOTATIONS {
        if template.metadata.annotation(key).is_some() {
            out.push(format!("{}: {text}", metadata.key(key)));
        }
    }
    pod::warnings_for_volumes(spec, path, sem, out);
    repeated_entries(extra, path, out);
    for resource in ["memory", "ephemeral-storage"] {
        let overhead = json::object(extra, "overhead");
        if let Some(text) = overhead.and_then(|list| fraction(list, resource)) {
            let path = path.child("overhead");
            out.push(format!(
                "{}: fractional byte value \"{text}\" is invalid, must be an integer",
                path.key(resource),
            ));
        }
    }
    if context_member(extra, "seccompProfile").is_none() {
        seccomp(template, pod::SECCOMP_POD, &metadata, out);
    }
    for (container, path) in containers(spec, path) {
        old_profiles(template, container, &metadata, sem, out);
        fractional_bytes(container, &path, out);
        hidden_env(container, &path, sem, out);
    }
    ports(spec, path, sem, out);
    if spec.termination_grace_period_seconds.is_some_and(|s| s < 0) {
        out.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            path.child("terminationGracePeriodSeconds"),
        ));
    }
    pod_affinity(extra, path, out);
    if sem.warns_of_addresses() {
        addresses(extra, path, sem, out);
    }
}

/// Annotations that no longer do anything (WARN-15).
const DEPRECATED_ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

fn context_member<'a>(holder: &'a Object, member: &str) -> Option<&'a Object> {
    json::object(json::object(holder, "securityContext")?, member)
}

fn seccomp(template: &PodTemplateSpec, key: &str, path: &Path<'_>, out: &mut Vec<String>) {
    if template.metadata.annotation(key).is_some() {
        out.push(format!(
            "{}: non-functional in v1.27+; use the \"seccompProfile\" field instead",
            path.key(key),
        ));
    }
}

/// Profiles of a container that are in annotations only (WARN-15).
fn old_profiles(
    template: &PodTemplateSpec,
    container: &Container,
    path: &Path<'_>,
    sem: &Semantics,
    out: &mut Vec<String>,
) {
    if template.metadata.annotations.as_ref().is_none_or(|map| map.is_empty()) {
        return;
    }
    if context_member(&container.extra, "seccompProfile").is_none() {
        seccomp(template, &format!("{}{}", pod::SECCOMP_CONTAINER, container.name), path, out);
    }
    let member = "appArmorProfile";
    if !sem.knows_app_armor_fields() || context_member(&container.extra, member).is_some() {
        return;
    }
    let key = format!("{}{}", pod::APP_ARMOR, container.name);
    let Some(annotation) = template.metadata.annotation(&key) else { return };
    let stands_for_it = context_member(&template.spec.extra, member).is_some_and(|profile| {
        !sem.compares_app_armor_annotations() || is_meant_by(profile, annotation)
    });
    if !stands_for_it {
        out.push(format!(
            "{}: deprecated since v1.30; use the \"appArmorProfile\" field instead",
            path.key(&key),
        ));
    }
}

fn is_meant_by(profile: &Object, annotation: &str) -> bool {
    let meant = match annotation {
        "unconfined" => ("Unconfined", None),
        "runtime/default" => ("RuntimeDefault", None),
        _ => match annotation.strip_prefix("localhost/") {
            Some(local) if !local.is_empty() => ("Localhost", Some(local)),
            _ => return false,
        },
    };
    meant == (json::text(profile, "type"), json::text_at(profile, "localhostProfile"))
}

/// Addresses that are accepted, but not in the usual form (WARN-16).
fn addresses(extra: &Object, path: &Path<'_>, sem: &Semantics, out: &mut Vec<String>) {
    let dns = path.child("dnsConfig");
    let servers = dns.child("nameservers");
    if let Some(config) = json::object(extra, "dnsConfig") {
        for (i, server) in json::list(config, "nameservers").iter().enumerate() {
            let ip = server.as_str().unwrap_or_default();
            pod::warnings_for_ip(ip, &servers.index(i), sem, out);
        }
    }
    let aliases = path.child("hostAliases");
    for (i, alias) in json::objects(extra, "hostAliases") {
        let entry = aliases.index(i);
        pod::warnings_for_ip(json::text(alias, "ip"), &entry.child("ip"), sem, out);
    }
}

/// The text of a quantity that is no whole number.
fn fraction<'a>(list: &'a Object, resource: &str) -> Option<&'a str> {
    let text = json::text_at(list, resource)?;
    Quantity::parse(text).is_ok_and(|quantity| !quantity.is_whole()).then_some(text)
}

/// Init containers, then containers, with the text of their paths.
fn containers<'a>(spec: &'a PodSpec, path: &Path<'_>) -> Vec<(&'a Container, String)> {
    let mut out = Vec::new();
    for (name, list) in
        [("initContainers", &spec.init_containers), ("containers", &spec.containers)]
    {
        let list_path = path.child(name);
        for (i, container) in list.iter().enumerate() {
            out.push((container, list_path.index(i).to_string()));
        }
    }
    out
}

fn deprecated(label: &str) -> Option<&'static str> {
    DEPRECATED_NODE_LABELS.iter().find(|entry| entry.0 == label).map(|entry| entry.1)
}

/// WARN-5.
fn node_labels(extra: &Object, path: &Path<'_>, sem: &Semantics, out: &mut Vec<String>) {
    for key in json::object(extra, "nodeSelector").into_iter().flat_map(Object::keys) {
        if let Some(text) = deprecated(key) {
            out.push(format!("{}: {text}", path.child("nodeSelector").key(key)));
        }
    }
    let affinity = path.child("affinity");
    let node = affinity.child("nodeAffinity");
    let Some(rules) = json::object(extra, "affinity").and_then(|a| json::object(a, "nodeAffinity"))
    else {
        return;
    };
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    if let Some(selector) = json::object(rules, required) {
        let required = node.child(required);
        let terms = required.child("nodeSelectorTerms");
        for (i, term) in json::objects(selector, "nodeSelectorTerms") {
            node_term(term, None, &terms.index(i), out);
        }
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    let list = node.child(preferred);
    for (i, entry) in json::objects(rules, preferred) {
        if let Some(term) = json::object(entry, "preference") {
            let entry_path = list.index(i);
            let values = Some(sem).filter(|sem| sem.warns_of_preferred_node_values());
            node_term(term, values, &entry_path.child("preference"), out);
        }
    }
}

/// `values`: whether values are looked at, too.
fn node_term(term: &Object, values: Option<&Semantics>, path: &Path<'_>, out: &mut Vec<String>) {
    let list = path.child("matchExpressions");
    for (i, expression) in json::objects(term, "matchExpressions") {
        let key = json::text(expression, "key");
        if let Some(text) = deprecated(key) {
            let entry = list.index(i);
            out.push(format!("{}: {key} is {text}", entry.child("key")));
        }
        let Some(sem) = values else { continue };
        let entry = list.index(i);
        let path = entry.child("values");
        for (j, value) in json::list(expression, "values").iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            names::label_value(value, sem, |why| {
                out.push(format!("{}: {value} is invalid, {why}", path.index(j)));
            });
        }
    }
}

/// WARN-6.
fn label_selector(term: &Object, path: &Path<'_>, out: &mut Vec<String>) {
    if !json::is_set(term, "labelSelector") {
        let path = path.child("labelSelector");
        out.push(format!("{path}: a null labelSelector results in matching no pod"));
    }
}

fn pod_affinity(extra: &Object, path: &Path<'_>, out: &mut Vec<String>) {
    let affinity_path = path.child("affinity");
    let Some(affinity) = json::object(extra, "affinity") else { return };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(rules) = json::object(affinity, kind) else { continue };
        let path = affinity_path.child(kind);
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let list = path.child(required);
        for (i, term) in json::objects(rules, required) {
            label_selector(term, &list.index(i), out);
        }
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        let list = path.child(preferred);
        for (i, entry) in json::objects(rules, preferred) {
            if let Some(term) = json::object(entry, "podAffinityTerm") {
                let entry_path = list.index(i);
                label_selector(term, &entry_path.child("podAffinityTerm"), out);
            }
        }
    }
}

/// WARN-7.
fn repeated_entries(extra: &Object, path: &Path<'_>, out: &mut Vec<String>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let list = path.child("hostAliases");
    for (i, alias) in json::objects(extra, "hostAliases") {
        let ip = json::text(alias, "ip");
        if !seen.insert(ip) {
            let entry = list.index(i);
            out.push(format!("{}: duplicate ip {}", entry.child("ip"), go_quoted(ip)));
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let list = path.child("imagePullSecrets");
    for (i, secret) in json::objects(extra, "imagePullSecrets") {
        let (name, entry) = (json::text(secret, "name"), list.index(i));
        if !seen.insert(name) {
            out.push(format!("{}: duplicate name {}", entry.child("name"), go_quoted(name)));
        }
    }
    for (i, secret) in json::objects(extra, "imagePullSecrets") {
        if json::text(secret, "name").is_empty() {
            let entry = list.index(i);
            out.push(format!("{}: invalid empty name \"\"", entry.child("name")));
        }
    }
}

/// WARN-8.
fn fractional_bytes(container: &Container, path: &str, out: &mut Vec<String>) {
    for resource in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            let list_of = json::object(&container.resources, list);
            if let Some(text) = list_of.and_then(|list| fraction(list, resource)) {
                out.push(format!(
                    "{path}.resources.{list}[{resource}]: fractional byte value \"{text}\" is \
                     invalid, must be an integer"
                ));
            }
        }
    }
}

/// WARN-9.
fn hidden_env(container: &Container, path: &str, sem: &Semantics, out: &mut Vec<String>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (i, variable) in container.env.iter().enumerate() {
        let name = &variable.name;
        if seen.insert(name) {
            continue;
        }
        let reference = format!("$({name})");
        let extends = variable.value_from.is_none()
            && variable.value.contains(&reference)
            && variable.value != reference;
        if !extends {
            let rest = match sem.explains_hidden_env() {
                true => ", which may be dropped when using apply",
                false => "",
            };
            out.push(format!(
                "{path}.env[{i}]: hides previous definition of {}{rest}",
                go_quoted(name)
            ));
        }
    }
}

struct Port<'a> {
    path: String,
    host_ip: &'a str,
    host_port: i64,
}

/// WARN-10.
fn ports(spec: &PodSpec, path: &Path<'_>, sem: &Semantics, out: &mut Vec<String>) {
    let mut by_port: BTreeMap<(i64, &str), Vec<Port<'_>>> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for (container, container_path) in containers(spec, path) {
        for (i, port) in json::objects(&container.extra, "ports") {
            let here = Port {
                path: format!("{container_path}.ports[{i}]"),
                host_ip: json::text(port, "hostIP"),
                host_port: json::number(port, "hostPort"),
            };
            let number = json::number(port, "containerPort");
            let (name, protocol) = (json::text(port, "name"), json::text(port, "protocol"));
            if !here.host_ip.is_empty() && here.host_port == 0 {
                out.push(format!(
                    "{}: hostIP set without hostPort: {{Name:{name} HostPort:0 \
                     ContainerPort:{number} Protocol:{protocol} HostIP:{}}}",
                    here.path, here.host_ip,
                ));
            }
            if !name.is_empty() {
                match by_name.get(name) {
                    Some(other) => names.push(format!(
                        "{}: duplicate port name \"{name}\" with {other}, services and probes \
                         that select ports by name will use {other}",
                        here.path,
                    )),
                    None => {
                        by_name.insert(name, here.path.clone());
                    }
                }
            }
            let others = by_port.entry((number, protocol)).or_default();
            for other in others.iter() {
                if let Some(what) = clash(&here, other) {
                    out.push(format!("{}: {what} port definition with {}", here.path, other.path));
                }
            }
            others.push(here);
        }
    }
    if sem.warns_of_port_names() {
        out.append(&mut names);
    }
}

fn clash(a: &Port<'_>, b: &Port<'_>) -> Option<&'static str> {
    if a.host_ip == b.host_ip && a.host_port == b.host_port {
        Some("duplicate")
    } else if a.host_port == 0 || b.host_port == 0 {
        Some("overlapping")
    } else if a.host_port == b.host_port && a.host_ip.is_empty() != b.host_ip.is_empty() {
        Some("dangerously ambiguous")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::KubeVersion;

    #[test]
    fn a_template_that_says_things_twice() {
        let spec: JobSpec = serde_json::from_value(json!({
            "completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001,
            "template": {"spec": {
                "nodeSelector": {"beta.kubernetes.io/os": "linux"},
                "imagePullSecrets": [{"name": "s"}, {"name": "s"}, {}],
                "terminationGracePeriodSeconds": -1,
                "containers": [
                    {
                        "name": "a",
                        "env": [
                            {"name": "A", "value": "1"},
                            {"name": "A", "value": "$(A)2"},
                            {"name": "A", "value": "3"},
                        ],
                        "resources": {"limits": {"memory": "1500m"}},
                        "ports": [{"name": "web", "containerPort": 80, "protocol": "TCP"}],
                    },
                    {
                        "name": "b",
                        "ports": [{"name": "web", "containerPort": 80, "protocol": "TCP"}],
                    },
                ],
            }},
        }))
        .unwrap();
        let count = |version| {
            let mut out = Vec::new();
            job_spec(&spec, &Path::root("spec"), &Semantics::kube(version), &mut out);
            out
        };
        let all = count(KubeVersion::V1_37);
        let said: Vec<&str> =
            all.iter().map(|w| w.split_once(": ").map_or("", |(path, _)| path)).collect();
        assert_eq!(
            said,
            [
                "spec",
                "spec.template.spec.nodeSelector[beta.kubernetes.io/os]",
                "spec.template.spec.imagePullSecrets[1].name",
                "spec.template.spec.imagePullSecrets[2].name",
                "spec.template.spec.containers[0].resources.limits[memory]",
                "spec.template.spec.containers[0].env[2]",
                "spec.template.spec.containers[1].ports[0]",
                "spec.template.spec.containers[1].ports[0]",
                "spec.template.spec.terminationGracePeriodSeconds",
            ]
        );
        assert_eq!(count(KubeVersion::V1_32).len(), all.len() - 1, "port names are newer");
    }

    #[test]
    fn owners_are_kept_once() {
        let owner = OwnerReference::controller_of("v1", "Pod", "p", "u");
        let mut owners = vec![owner.clone(), owner.clone(), owner];
        let mut out = Vec::new();
        dedup_owners(&mut owners, &mut out);
        assert_eq!(owners.len(), 1);
        assert!(out[0].ends_with("duplicate UID(s) observed: u"), "{out:?}");
    }
}
