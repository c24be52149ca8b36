//! Which gated parts of a pod template are legal: those whose gate is on, and, in an update, those
//! that the stored template has already.
//!
//! Rules: VALID-60, VALID-61, VALID-64, VALID-68.

use super::json;
use super::names;
use super::prepare::{uses_file_key_ref, uses_restart_rules};
use super::resources;
use crate::api::{Container, PodSpec};
use crate::{Gate, Semantics};

/// What of a pod template may be there although a gate guards it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    pub(super) relaxed_env: bool,
    pub(super) env_files: bool,
    pub(super) restart_rules: bool,
    pub(super) restart_all: bool,
    pub(super) toleration_comparison: bool,
    pub(super) indivisible_huge_pages: bool,
}

impl Allowed {
    /// What the gates alone allow.
    pub(super) fn new(sem: &Semantics) -> Allowed {
        Allowed {
            relaxed_env: sem.relaxed_env_names(),
            env_files: sem.gate(Gate::EnvFiles),
            restart_rules: sem.gate(Gate::ContainerRestartRules),
            restart_all: sem.gate(Gate::RestartAllContainersOnContainerExits),
            toleration_comparison: sem.gate(Gate::TaintTolerationComparisonOperators),
            indivisible_huge_pages: false,
        }
    }

    /// Allows what the stored template uses, so that it can still be updated.
    pub(super) fn keep(&mut self, new: &PodSpec, old: &PodSpec, sem: &Semantics) {
        self.relaxed_env |=
            sem.keeps_relaxed_env_names() && env_names(new).any(|name| is_kept(name, old));
        self.env_files |= uses_file_key_ref(old);
        self.restart_rules |= sem.keeps_restart_rules() && uses_restart_rules(old);
        self.restart_all |= sem.keeps_restart_all() && uses_restart_all(old);
        self.toleration_comparison |= sem.knows_toleration_comparison()
            && json::objects(&old.extra, "tolerations")
                .any(|(_, t)| matches!(json::text(t, "operator"), "Lt" | "Gt"));
        self.indivisible_huge_pages =
            containers(old).any(|c| resources::has_indivisible_huge_pages(&c.resources));
    }
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers)
}

/// The names of all variables, and the prefixes of those that come from elsewhere.
fn env_names(spec: &PodSpec) -> impl Iterator<Item = &str> {
    containers(spec).flat_map(|container| {
        let from = json::objects(&container.extra, "envFrom");
        let prefixes = from.map(|(_, source)| json::text(source, "prefix"));
        container.env.iter().map(|variable| variable.name.as_str()).chain(prefixes)
    })
}

/// A name that only the relaxed rules accept, and that the stored template has.
fn is_kept(name: &str, old: &PodSpec) -> bool {
    let legal = |relaxed| {
        let mut legal = true;
        names::env_name(name, relaxed, |_| legal = false);
        legal
    };
    !name.is_empty() && !legal(false) && legal(true) && env_names(old).any(|other| other == name)
}

fn uses_restart_all(spec: &PodSpec) -> bool {
    let names_it = |container: &Container| {
        json::objects(&container.extra, "restartPolicyRules")
            .any(|(_, rule)| json::text(rule, "action") == "RestartAllContainers")
    };
    let sidecar_rules = |container: &Container| {
        container.is_sidecar() && !json::list(&container.extra, "restartPolicyRules").is_empty()
    };
    containers(spec).any(names_it) || spec.init_containers.iter().any(sidecar_rules)
}
