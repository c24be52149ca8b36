//! Validation of containers and init containers.
//!
//! Rules: VALID-58 to VALID-61, VALID-63, PODVALID-34 to PODVALID-36. Variables are in
//! [`super::env`]; what a container mounts, its probes and its security context in [`super::pod`].

use std::collections::BTreeSet;

use super::env;
use super::json::{self, Object};
use super::path::{Errors, Path, composite, text, typed};
use super::pod::{self, PodContext};
use super::resources;
use crate::api::{Container, PodSpec, RestartPolicy};
use crate::names;
use crate::refusal::BadValue;

/// Most restart rules of a container, and most exit codes of a restart rule.
const RESTART_RULES_LIMIT: usize = 20;
const RESTART_CODES_LIMIT: usize = 255;

/// Both lists of containers.
pub(super) fn validate(pod: &PodContext<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let spec = pod.spec;
    let list = path.child("containers");
    if spec.containers.is_empty() {
        errors.required(&list, "");
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (i, container) in spec.containers.iter().enumerate() {
        let path = list.index(i);
        validate_common(container, pod, &path, errors);
        if !names.insert(&container.name) {
            errors.duplicate(&path.child("name"), text(&container.name));
        }
        pod::validate_lifecycle(container, spec, &path.child("lifecycle"), errors);
        pod::validate_probes(container, spec, &path, errors);
        if errors.allowed.restart_rules {
            validate_restart_policy(container, &path, errors);
        } else if container.restart_policy.is_some() {
            let detail = "may not be set for non-init containers";
            errors.forbidden(&path.child("restartPolicy"), detail);
        }
    }
    validate_host_ports(&spec.containers, &list, errors);
    let list = path.child("initContainers");
    let mut init_names: BTreeSet<&str> = BTreeSet::new();
    for (i, container) in spec.init_containers.iter().enumerate() {
        let path = list.index(i);
        validate_common(container, pod, &path, errors);
        validate_init_restart_policy(container, &path, errors);
        let name = container.name.as_str();
        let earlier = !init_names.insert(name) && !name.is_empty();
        if earlier || names.contains(name) {
            errors.duplicate(&path.child("name"), text(&container.name));
        }
        // GO: conflicts within one init container are reported as if it stood first.
        validate_host_ports(std::slice::from_ref(container), &list, errors);
        if container.is_sidecar() {
            pod::validate_lifecycle(container, spec, &path.child("lifecycle"), errors);
            pod::validate_probes(container, spec, &path, errors);
        } else {
            for member in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if json::is_set(&container.extra, member) {
                    let detail = "may not be set for init containers without restartPolicy=Always";
                    errors.forbidden(&path.child(member), detail);
                }
            }
        }
        validate_init_resize_policy(container, &path.child("resizePolicy"), errors);
    }
    names.append(&mut init_names);
    validate_ephemeral(pod, &names, &path.child("ephemeralContainers"), errors);
}

/// PODVALID-35: what an init container may not say of its resizing.
fn validate_init_resize_policy(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let policies = json::list(&container.extra, "resizePolicy");
    if !policies.is_empty() && !errors.allowed.init_resize_policies {
        let detail = "must not be set for init containers";
        errors.invalid(path, composite(&policies), detail);
    }
    if container.is_sidecar() || errors.allowed.init_restart_on_resize {
        return;
    }
    for (i, policy) in json::objects(&container.extra, "resizePolicy") {
        let restart = json::text(policy, "restartPolicy");
        if restart == "RestartContainer" {
            let entry = path.index(i);
            let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
            errors.invalid(&entry.child("restartPolicy"), typed(restart), detail);
        }
    }
}

/// Members that an ephemeral container may not have, in the order of their declaration.
const NOT_EPHEMERAL: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

/// PODVALID-36: ephemeral containers are looked at although a template must not have any.
fn validate_ephemeral(
    pod: &PodContext<'_>,
    others: &BTreeSet<&str>,
    list: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let containers = pod::ephemeral(pod.spec);
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (i, container) in containers.iter().enumerate() {
        let path = list.index(i);
        validate_common(container, pod, &path, errors);
        if container.image.trim() != container.image {
            let detail = "must not have leading or trailing whitespace";
            errors.invalid(&path.child("image"), text(&container.image), detail);
        }
        let name = container.name.as_str();
        if !names.insert(name) || others.contains(name) {
            errors.duplicate(&path.child("name"), text(&container.name));
        }
        let target = json::text(&container.extra, "targetContainerName");
        if !target.is_empty() && !others.contains(target) {
            errors.not_found(&path.child("targetContainerName"), text(target), "");
        }
        for member in NOT_EPHEMERAL {
            let set = match member {
                "resources" => container.resources.values().any(|value| !value.is_null()),
                "restartPolicy" => container.restart_policy.is_some(),
                _ => json::is_set(&container.extra, member),
            };
            if set {
                let detail = "cannot be set for an Ephemeral Container";
                errors.forbidden(&path.child(member), detail);
            }
        }
        let mounts = path.child("volumeMounts");
        for (j, mount) in json::objects(&container.extra, "volumeMounts") {
            let entry = mounts.index(j);
            for member in ["subPath", "subPathExpr"] {
                if !json::text(mount, member).is_empty() {
                    let detail = "cannot be set for an Ephemeral Container";
                    errors.forbidden(&entry.child(member), detail);
                }
            }
        }
    }
}

/// VALID-58, what every container is checked for.
fn validate_common(
    container: &Container,
    pod: &PodContext<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let name = path.child("name");
    if container.name.is_empty() {
        errors.required(&name, "");
    } else {
        names::dns_label(&container.name, |detail| {
            errors.invalid(&name, text(&container.name), detail);
        });
    }
    if container.image.is_empty() {
        errors.required(&path.child("image"), "");
    }
    let extra = &container.extra;
    match json::text(extra, "terminationMessagePolicy") {
        "File" | "FallbackToLogsOnError" => {}
        "" => errors.required(&path.child("terminationMessagePolicy"), ""),
        other => {
            let path = path.child("terminationMessagePolicy");
            errors.not_supported(&path, typed(other), &["File", "FallbackToLogsOnError"]);
        }
    }
    validate_ports(extra, &path.child("ports"), errors);
    let variables = path.child("env");
    for (i, variable) in container.env.iter().enumerate() {
        env::validate_env(variable, &variables.index(i), errors);
    }
    env::validate_env_from(extra, &path.child("envFrom"), errors);
    pod::validate_mounts(container, pod, &path.child("volumeMounts"), errors);
    pod::validate_devices(container, pod, &path.child("volumeDevices"), errors);
    let policy = json::text(extra, "imagePullPolicy");
    validate_pull_policy(policy, &path.child("imagePullPolicy"), errors);
    let resources_path = path.child("resources");
    resources::validate(&container.resources, &pod.claims, &resources_path, errors);
    validate_resize_policy(container, pod, &path.child("resizePolicy"), errors);
    pod::validate_container_security(container, pod, &path.child("securityContext"), errors);
}

pub(super) fn validate_pull_policy(policy: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    match policy {
        "Always" | "IfNotPresent" | "Never" => {}
        "" => errors.required(path, ""),
        other => errors.not_supported(path, typed(other), &["Always", "IfNotPresent", "Never"]),
    }
}

/// PODVALID-34: what happens when resources change. GO: most errors do not say which entry.
fn validate_resize_policy(
    container: &Container,
    pod: &PodContext<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (i, policy) in json::objects(&container.extra, "resizePolicy") {
        let (name, restart) =
            (json::text(policy, "resourceName"), json::text(policy, "restartPolicy"));
        if !seen.insert(name) {
            errors.duplicate(&path.index(i), BadValue::ResourceName(name.to_owned()));
        }
        match name {
            "cpu" | "memory" => {}
            "" => errors.required(path, ""),
            other => {
                let value = BadValue::ResourceName(other.to_owned());
                errors.not_supported(path, value, &["cpu", "memory"]);
            }
        }
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.required(path, ""),
            other => {
                let known = ["NotRequired", "RestartContainer"];
                errors.not_supported(path, typed(other), &known);
            }
        }
        if pod.never_restarts() && restart != "NotRequired" {
            let whose = if errors.sem.names_the_pods_restart_policy() { "pod " } else { "" };
            let detail = format!("must be 'NotRequired' when {whose}`restartPolicy` is 'Never'");
            errors.invalid(path, typed(restart), detail);
        }
    }
}

/// VALID-60.
fn validate_restart_policy(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let policy = path.child("restartPolicy");
    let rules = json::list(&container.extra, "restartPolicyRules");
    match &container.restart_policy {
        None if rules.is_empty() => return,
        None => {
            let detail = "must specify restartPolicy when restart rules are used";
            errors.required(&policy, detail);
        }
        Some(RestartPolicy::Other(other)) => {
            errors.not_supported(&policy, typed(other), &["Always", "Never", "OnFailure"]);
        }
        Some(_) => {}
    }
    let list = path.child("restartPolicyRules");
    if rules.len() > RESTART_RULES_LIMIT {
        too_many_restart_parts(&list, rules.len(), RESTART_RULES_LIMIT, errors);
    }
    for (i, rule) in json::objects(&container.extra, "restartPolicyRules") {
        validate_restart_rule(rule, &list.index(i), errors);
    }
}

fn validate_restart_rule(rule: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let action = json::text(rule, "action");
    let all = errors.allowed.restart_all;
    if action != "Restart" && !(all && action == "RestartAllContainers") {
        let known: &[&str] = match all && errors.sem.names_restart_all_containers() {
            true => &["Restart", "RestartAllContainers"],
            false => &["Restart"],
        };
        errors.not_supported(&path.child("action"), typed(action), known);
    }
    let codes_path = path.child("exitCodes");
    let Some(codes) = json::object(rule, "exitCodes") else {
        return errors.required(&codes_path, "must be specified");
    };
    let operator = json::text(codes, "operator");
    if !matches!(operator, "In" | "NotIn") {
        errors.not_supported(&codes_path.child("operator"), typed(operator), &["In", "NotIn"]);
    }
    let values = json::list(codes, "values").len();
    if values > RESTART_CODES_LIMIT {
        let path = codes_path.child("values");
        too_many_restart_parts(&path, values, RESTART_CODES_LIMIT, errors);
    }
}

fn too_many_restart_parts(path: &Path<'_>, count: usize, most: usize, errors: &mut Errors<'_>) {
    if errors.sem.counts_restart_rules() {
        errors.too_many(path, count, most);
    } else {
        errors.too_long(path, most, super::path::LengthWords::Value);
    }
}

/// VALID-61.
fn validate_init_restart_policy(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let always = container.is_sidecar();
    let rules = !json::list(&container.extra, "restartPolicyRules").is_empty();
    if container.restart_policy.is_none() {
        if rules && errors.sem.init_restart_rules_need_policy() {
            let detail = "must specify restartPolicy when restart rules are used";
            errors.required(&path.child("restartPolicy"), detail);
        }
        return;
    }
    if !errors.allowed.restart_rules {
        if let Some(policy) = container.restart_policy.as_ref().filter(|_| !always) {
            let path = path.child("restartPolicy");
            errors.not_supported(&path, typed(policy.as_str()), &["Always"]);
        }
        return;
    }
    if always && !errors.allowed.restart_all {
        if rules {
            let detail = "restartPolicyRules are not allowed for init containers with restart \
                          policy Always";
            errors.forbidden(&path.child("restartPolicyRules"), detail);
        }
    } else {
        validate_restart_policy(container, path, errors);
    }
}

/// VALID-63.
fn validate_ports(extra: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (i, port) in json::objects(extra, "ports") {
        let path = path.index(i);
        let name = json::text(port, "name");
        if !name.is_empty() {
            let name_path = path.child("name");
            let before = errors.list.len();
            names::port_name(name, |detail| errors.invalid(&name_path, text(name), detail));
            if errors.list.len() == before && !names.insert(name) {
                errors.duplicate(&name_path, text(name));
            }
        }
        for (member, optional) in [("containerPort", false), ("hostPort", true)] {
            let number = json::number(port, member);
            if number == 0 && !optional {
                errors.required(&path.child(member), "");
            } else if number != 0 && !(1..=65535).contains(&number) {
                let detail = "must be between 1 and 65535, inclusive";
                errors.invalid(&path.child(member), BadValue::Number(number), detail);
            }
        }
        match json::text(port, "protocol") {
            "SCTP" | "TCP" | "UDP" => {}
            "" => errors.required(&path.child("protocol"), ""),
            other => {
                let path = path.child("protocol");
                errors.not_supported(&path, typed(other), &["SCTP", "TCP", "UDP"]);
            }
        }
    }
}

/// No two containers of the list take the same port of the host.
fn validate_host_ports(containers: &[Container], path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (i, container) in containers.iter().enumerate() {
        let container_path = path.index(i);
        let ports = container_path.child("ports");
        for (j, port) in json::objects(&container.extra, "ports") {
            let number = json::number(port, "hostPort");
            if number == 0 {
                continue;
            }
            let (protocol, ip) = (json::text(port, "protocol"), json::text(port, "hostIP"));
            let place = format!("{protocol}/{ip}/{number}");
            if taken.contains(&place) {
                errors.duplicate(&ports.index(j).child("hostPort"), text(&place));
            }
            taken.insert(place);
        }
    }
}

/// With the host's network, its ports are the containers' own.
pub(super) fn validate_host_network(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let list = path.child("containers");
    for (i, container) in spec.containers.iter().enumerate() {
        let container_path = list.index(i);
        let ports = container_path.child("ports");
        for (j, port) in json::objects(&container.extra, "ports") {
            let number = json::number(port, "hostPort");
            if number != 0 && number != json::number(port, "containerPort") {
                let detail = "must match `containerPort` when `hostNetwork` is true";
                let path = ports.index(j);
                errors.invalid(&path.child("hostPort"), BadValue::Number(number), detail);
            }
        }
    }
}
