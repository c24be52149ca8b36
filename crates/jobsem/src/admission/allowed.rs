//! [`Allowed`]: which gated parts of a pod template are legal.
//!
//! Those are the parts whose gate is on. In an update `kept` adds the parts that the stored
//! template has already.
//!
//! Rules: VALID-60, VALID-61, VALID-64, VALID-68, PODVALID-32.

use crate::{Gate, Semantics};

/// What of a pod template may be there although a gate guards it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed {
    pub(super) any_deletion_cost: bool,
    pub(super) relaxed_env: bool,
    pub(super) env_files: bool,
    pub(super) restart_rules: bool,
    pub(super) restart_all: bool,
    pub(super) toleration_comparison: bool,
    pub(super) indivisible_huge_pages: bool,
    pub(super) empty_image_references: bool,
    pub(super) non_local_token_paths: bool,
    pub(super) zero_sleep: bool,
    pub(super) init_resize_policies: bool,
    pub(super) init_restart_on_resize: bool,
    pub(super) relaxed_searches: bool,
    pub(super) only_recursive_relabelling: bool,
    pub(super) sysctls_of_the_host: bool,
    pub(super) sys_admin: bool,
    pub(super) own_users_in_host_network: bool,
    pub(super) own_users_with_devices: bool,
    pub(super) ill_formed_node_values: bool,
    pub(super) ill_formed_affinity_values: bool,
    pub(super) ill_formed_spread_selectors: bool,
    pub(super) legacy_spread_keys: bool,
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
            empty_image_references: sem.allows_empty_image_references(),
            zero_sleep: sem.sleeps_zero_seconds(),
            init_resize_policies: sem.allows_init_resize_policies(),
            init_restart_on_resize: sem.allows_init_restart_on_resize(),
            relaxed_searches: sem.relaxed_searches(),
            only_recursive_relabelling: sem.relabels_only_recursively(),
            ..Allowed::default()
        }
    }
}
