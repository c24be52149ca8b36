//! What an update may keep: gated parts of a pod template that the stored template has already.
//!
//! Rules: VALID-60, VALID-61, VALID-64, VALID-68, PODVALID-32.

use std::collections::BTreeSet;

use super::allowed::Allowed;
use super::drops::{uses_file_key_ref, uses_restart_rules};
use super::json;
use super::pod;
use super::resources;
use super::template::{DELETION_COST, is_deletion_cost};
use crate::Semantics;
use crate::api::{Container, PodSpec, PodTemplateSpec};
use crate::names;

impl Allowed {
    /// Allows what the stored template uses, so that it can still be updated.
    pub(super) fn keep(&mut self, new: &PodTemplateSpec, old: &PodTemplateSpec, sem: &Semantics) {
        let cost = old.metadata.annotation(DELETION_COST);
        self.any_deletion_cost = cost.is_some_and(|cost| !is_deletion_cost(cost));
        let (new, old) = (&*new.spec, &*old.spec);
        self.relaxed_env |= sem.keeps_relaxed_env_names() && keeps_a_relaxed_name(new, old);
        self.env_files |= uses_file_key_ref(old);
        self.restart_rules |= sem.keeps_restart_rules() && uses_restart_rules(old);
        self.restart_all |= sem.keeps_restart_all() && uses_restart_all(old);
        self.toleration_comparison |= sem.knows_toleration_comparison()
            && json::objects(&old.extra, "tolerations")
                .any(|(_, t)| matches!(json::text(t, "operator"), "Lt" | "Gt"));
        self.indivisible_huge_pages =
            any_container(old, |c| resources::has_indivisible_huge_pages(&c.resources))
                || resources::has_indivisible_overhead(&old.extra);
        self.empty_image_references |= json::objects(&old.extra, "volumes")
            .filter_map(|(_, volume)| json::object(volume, "image"))
            .any(|image| json::text(image, "reference").is_empty());
        self.non_local_token_paths = pod::has_non_local_token_path(old);
        self.zero_sleep |= sem.keeps_zero_sleep() && any_container(old, pod::sleeps_zero_seconds);
        let resizes = |c: &&Container| !json::list(&c.extra, "resizePolicy").is_empty();
        self.init_resize_policies |= sem.keeps_init_resize_policies()
            && old.init_containers.iter().filter(resizes).any(Container::is_sidecar);
        self.init_restart_on_resize |= old.init_containers.iter().any(|c| {
            !c.is_sidecar()
                && json::objects(&c.extra, "resizePolicy")
                    .any(|(_, policy)| json::text(policy, "restartPolicy") == "RestartContainer")
        });
        self.relaxed_searches |= sem.keeps_relaxed_searches() && pod::uses_relaxed_searches(old);
        self.only_recursive_relabelling &= !json::object(&old.extra, "securityContext")
            .is_some_and(|context| json::is_set(context, "seLinuxChangePolicy"));
        self.sysctls_of_the_host = pod::host_sysctls_clash(old);
        self.sys_admin = sem.keeps_sys_admin() && any_container(old, pod::adds_sys_admin);
        if json::bool_at(&old.extra, "hostUsers") == Some(false) {
            self.own_users_in_host_network =
                sem.keeps_own_users_in_host_network() && pod::is_true(old, "hostNetwork");
            self.own_users_with_devices =
                any_container(old, |c| !json::list(&c.extra, "volumeDevices").is_empty());
        }
        self.ill_formed_node_values = pod::has_ill_formed_node_values(old);
        self.ill_formed_affinity_values = pod::has_ill_formed_selectors(old, sem);
        self.ill_formed_spread_selectors = pod::has_ill_formed_spread_selectors(old, sem);
        self.legacy_spread_keys = pod::breaks_match_label_keys(old, sem);
    }
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers)
}

fn any_container(spec: &PodSpec, holds: impl Fn(&Container) -> bool) -> bool {
    containers(spec).any(&holds) || pod::ephemeral(spec).iter().any(holds)
}

/// The names of all variables, and the prefixes of those that come from elsewhere.
fn env_names(spec: &PodSpec) -> BTreeSet<String> {
    let ephemeral = pod::ephemeral(spec);
    let all = containers(spec).chain(&ephemeral);
    all.flat_map(|container| {
        let from = json::objects(&container.extra, "envFrom");
        let prefixes = from.map(|(_, source)| json::text(source, "prefix"));
        container.env.iter().map(|variable| variable.name.as_str()).chain(prefixes)
    })
    .map(str::to_owned)
    .collect()
}

/// Whether both have a name that only the relaxed rules accept.
fn keeps_a_relaxed_name(new: &PodSpec, old: &PodSpec) -> bool {
    let legal = |name: &str, relaxed| {
        let mut legal = true;
        names::env_name(name, relaxed, |_| legal = false);
        legal
    };
    let mut relaxed = env_names(new);
    relaxed.retain(|name| !name.is_empty() && !legal(name, false) && legal(name, true));
    !relaxed.is_empty() && env_names(old).iter().any(|name| relaxed.contains(name))
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
