//! The switches of admission: what differs between versions in the API server.
//!
//! Rules: those of `docs/semantics/admission.md` that differ by version.

use super::{Gate, KubeVersion, Semantics};

/// When a SuccessCriteriaMet condition is refused to a Job without a success policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SuccessCriteriaRule {
    Always,
    /// Only with the gates that write interim conditions off.
    OldGates,
    Never,
}

/// Which parts of a suspended Job's template may change (UPDATE-30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TemplateMutability {
    /// Scheduling directives follow the same rule as resources.
    pub(crate) directives: bool,
    /// Resources may change.
    pub(crate) resources: bool,
    /// That rule is met by a Job that never started, too.
    pub(crate) unstarted_counts: bool,
}

/// The admission switches.
impl Semantics {
    /// Condition patterns without a status mean True in CronJobs too (DEFAULT-6).
    pub(crate) fn defaults_cronjob_condition_patterns(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Templates lose the annotations of the old init containers whenever they are decoded; later
    /// only when they are written (DEFAULT-13).
    pub(crate) fn drops_legacy_init_annotations(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// How many generated names the API server tries before it refuses a create (PREPARE-1).
    pub(crate) fn name_attempts(&self) -> u32 {
        if self.since(KubeVersion::V1_31) { 8 } else { 1 }
    }

    /// Refused values are rendered as JSON, not as Go would print them (RENDER-4).
    pub(crate) fn renders_values_as_json(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// `backoffLimitPerIndex` and what belongs to it is dropped from Jobs (PREPARE-4).
    pub(crate) fn drops_backoff_limit_per_index(&self) -> bool {
        !self.gate(Gate::JobBackoffLimitPerIndex)
    }

    /// Whether the member of the API that appeared in `version` exists (DECODE-11).
    pub(crate) fn knows(&self, version: KubeVersion) -> bool {
        self.since(version)
    }

    /// Restart rules of containers exist and are dropped (PREPARE-6).
    pub(crate) fn drops_container_restart_rules(&self) -> bool {
        self.exists_and_is_off(Gate::ContainerRestartRules)
    }

    /// Restart policies of init containers are dropped (PREPARE-6).
    pub(crate) fn drops_sidecars(&self) -> bool {
        self.exists_and_is_off(Gate::SidecarContainers)
    }

    /// `fileKeyRef` exists and is dropped (PREPARE-6).
    pub(crate) fn drops_file_key_ref(&self) -> bool {
        self.exists_and_is_off(Gate::EnvFiles)
    }

    /// `resizePolicy` of containers is dropped (PREPARE-6).
    pub(crate) fn drops_resize_policy(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// `hostUsers` is dropped (PREPARE-6).
    pub(crate) fn drops_host_users(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// `resources` of a pod as a whole are dropped (PREPARE-6).
    pub(crate) fn drops_pod_resources(&self) -> bool {
        !self.since(KubeVersion::V1_34)
    }

    /// `hostnameOverride` is dropped (PREPARE-6).
    pub(crate) fn drops_hostname_override(&self) -> bool {
        !self.since(KubeVersion::V1_35)
    }

    /// `supplementalGroupsPolicy` is dropped (PREPARE-6).
    pub(crate) fn drops_supplemental_groups_policy(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// `procMount` becomes the default one (PREPARE-6).
    pub(crate) fn drops_proc_mount(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// Label keys of pod affinity are dropped (PREPARE-6).
    pub(crate) fn drops_affinity_label_keys(&self) -> bool {
        !self.since(KubeVersion::V1_31)
    }

    /// Resource claims are dropped (PREPARE-6).
    pub(crate) fn drops_resource_claims(&self) -> bool {
        !self.since(KubeVersion::V1_34)
    }

    /// Projected trust bundles are dropped (PREPARE-6).
    pub(crate) fn drops_trust_bundles(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// Projected certificates of pods are dropped (PREPARE-6).
    pub(crate) fn drops_pod_certificates(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// Users of files in volumes are dropped (PREPARE-6).
    pub(crate) fn drops_volume_users(&self) -> bool {
        true
    }

    /// `schedulingGroup` is dropped (PREPARE-6).
    pub(crate) fn drops_scheduling_group(&self) -> bool {
        !self.gate(Gate::GenericWorkload)
    }

    /// Modes of gRPC probes, HTTP versions of probes and eviction responders are dropped
    /// (PREPARE-6).
    pub(crate) fn drops_new_probe_members(&self) -> bool {
        true
    }

    /// Modes of empty directories and options of bind mounts are dropped (PREPARE-6).
    pub(crate) fn drops_new_volume_members(&self) -> bool {
        true
    }

    /// `recursiveReadOnly` is dropped (PREPARE-6).
    pub(crate) fn drops_recursive_read_only(&self) -> bool {
        !self.since(KubeVersion::V1_31)
    }

    /// Hooks that sleep are dropped (PREPARE-6).
    pub(crate) fn drops_sleep(&self) -> bool {
        !self.since(KubeVersion::V1_30)
    }

    /// Image volumes and their mounts are dropped (PREPARE-6).
    pub(crate) fn drops_image_volumes(&self) -> bool {
        !self.since(KubeVersion::V1_35)
    }

    /// `seLinuxChangePolicy` is dropped (PREPARE-6).
    pub(crate) fn drops_selinux_change_policy(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// Signals that stop a container are dropped (PREPARE-6).
    pub(crate) fn drops_stop_signals(&self) -> bool {
        true
    }

    /// `spec.scheduling` is dropped (PREPARE-4).
    pub(crate) fn drops_scheduling(&self) -> bool {
        !self.gate(Gate::WorkloadWithJob)
    }

    /// One item or byte is counted in the singular (RENDER-6).
    pub(crate) fn counts_in_singular(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// One text says that something is too long (RENDER-6).
    pub(crate) fn unified_length_texts(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Lengths of label keys and values are said to be bytes (VALID-12, VALID-13).
    pub(crate) fn label_lengths_in_bytes(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Names of environment variables may be any printable ASCII but `=` (VALID-64).
    pub(crate) fn relaxed_env_names(&self) -> bool {
        self.gate(Gate::RelaxedEnvironmentVariableValidation)
    }

    /// Errors of owner references name the entry, and what is missing is Required (VALID-9).
    pub(crate) fn owner_reference_paths_have_index(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// Errors of owner references do not repeat the member's name (VALID-9).
    pub(crate) fn owner_reference_short_texts(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Status updates are checked beyond their counts (STATUS-UPDATE-12 to -40).
    pub(crate) fn validates_status_transitions(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Terminal conditions need their interim ones (STATUS-UPDATE-17, -18, -27, -28).
    pub(crate) fn validates_interim_conditions(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// The newer texts about times and uncounted pods (STATUS-UPDATE-16, -21, -37).
    pub(crate) fn new_status_texts(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// A suspended Job of no completions may end without a start time (STATUS-UPDATE-20).
    pub(crate) fn suspended_jobs_may_complete_unstarted(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// The start time may change while a Job is resumed (STATUS-UPDATE-38).
    pub(crate) fn resuming_may_change_start_time(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// A changed start time is Invalid, not Required (STATUS-UPDATE-38).
    pub(crate) fn start_time_is_immutable(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// When SuccessCriteriaMet needs a success policy (STATUS-UPDATE-29, -32).
    pub(crate) fn success_criteria_rule(&self) -> SuccessCriteriaRule {
        if self.since(KubeVersion::V1_37) {
            SuccessCriteriaRule::Never
        } else if self.since(KubeVersion::V1_31) {
            SuccessCriteriaRule::OldGates
        } else {
            SuccessCriteriaRule::Always
        }
    }

    /// Identical errors are reported once (VALID-91).
    pub(crate) fn dedups_causes(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// A Job's update repeats the validation of a create (UPDATE-3).
    pub(crate) fn update_repeats_create_validation(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// `managedBy` is a member of the API, and validated (VALID-22).
    pub(crate) fn validates_managed_by(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// `successPolicy` is a member of the API, and validated (VALID-27).
    pub(crate) fn validates_success_policy(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// A pod template needs a grace period, which defaulting always gives it (VALID-57).
    pub(crate) fn requires_grace_period(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// The value of an Exists toleration is shown, not the toleration (VALID-68).
    pub(crate) fn shows_toleration_value(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Tolerations may compare numbers, if the gate is on (VALID-68).
    pub(crate) fn knows_toleration_comparison(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Too many restart rules are counted, not measured (VALID-60).
    pub(crate) fn counts_restart_rules(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// `RestartAllContainers` is listed among the supported actions (VALID-60).
    pub(crate) fn names_restart_all_containers(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// A completed Job's pods may be scaled together with its completions (UPDATE-11).
    pub(crate) fn elastic_indexed_jobs(&self) -> bool {
        self.gate(Gate::ElasticIndexedJob)
    }

    /// Which parts of a suspended Job's template may change (UPDATE-30).
    pub(crate) fn template_mutability(&self) -> TemplateMutability {
        let since = |gate| self.gate(gate);
        TemplateMutability {
            directives: since(Gate::MutableSchedulingDirectivesForSuspendedJobs),
            resources: since(Gate::MutablePodResourcesForSuspendedJobs),
            unstarted_counts: self.since(KubeVersion::V1_36),
        }
    }

    /// `spec.schedule` of a CronJob is required by the declarative step (VALID-90).
    pub(crate) fn requires_schedule_declaratively(&self) -> bool {
        self.since(KubeVersion::V1_37) && self.gate(Gate::DeclarativeValidationBeta)
    }

    /// A schedule that panics the parser is an error (CRONVALID-6).
    pub(crate) fn recovers_from_schedule_panics(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Relaxed names of variables that are stored may stay (VALID-64).
    pub(crate) fn keeps_relaxed_env_names(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Restart rules that are stored may stay (VALID-60).
    pub(crate) fn keeps_restart_rules(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Restart rules of an init container need a restart policy (VALID-61).
    pub(crate) fn init_restart_rules_need_policy(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// `RestartAllContainers` that is stored may stay (VALID-60).
    pub(crate) fn keeps_restart_all(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// The longer text about repeated environment variables (WARN-9).
    pub(crate) fn explains_hidden_env(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Volumes of git repositories no longer work unless they are switched on (WARN-13).
    pub(crate) fn disables_git_volumes(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// Overlapping files of a volume cause a warning (WARN-14).
    pub(crate) fn warns_of_overlapping_files(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Each projected source is looked at by itself (WARN-14).
    pub(crate) fn forgets_files_of_other_sources(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Values of preferred node affinity that are no label values are warned of (WARN-5).
    pub(crate) fn warns_of_preferred_node_values(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// Addresses in an unusual form are warned of (WARN-16).
    pub(crate) fn warns_of_addresses(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// The pod's AppArmor profile stands for an annotation only if it says the same (WARN-15).
    pub(crate) fn compares_app_armor_annotations(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Repeated port names are warned of (WARN-10).
    pub(crate) fn warns_of_port_names(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// Resource claims say themselves where they come from, without `source` (PODVALID-9).
    pub(crate) fn claims_are_flat(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// Image volumes are volumes at all when they are stored (PODVALID-2).
    pub(crate) fn validates_image_volumes(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// An image volume of a template needs no reference (PODVALID-2).
    pub(crate) fn allows_empty_image_references(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// Nothing more is said of the name of a CSI driver that is empty (PODVALID-2).
    pub(crate) fn stops_at_an_empty_driver(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// The member that errors of trust bundles name (PODVALID-6).
    pub(crate) fn trust_bundle_member(&self) -> &'static str {
        if self.since(KubeVersion::V1_31) { "clusterTrustBundle" } else { "clusterTrustBundlePEM" }
    }

    /// The error for a projected source of two kinds names the source (PODVALID-5).
    pub(crate) fn names_the_source(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// The path of a projected token is local (PODVALID-5).
    pub(crate) fn checks_token_paths(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// The group that pods are scheduled with is checked (PODVALID-40).
    pub(crate) fn validates_scheduling_group(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// `volumeAttributesClassName` of a claim is checked (PODVALID-8).
    pub(crate) fn checks_volume_attributes_class(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Image volumes are mounted as a whole (PODVALID-10).
    pub(crate) fn refuses_sub_paths_of_images(&self) -> bool {
        self.version == KubeVersion::V1_32
    }

    /// A hook may sleep for no time (PODVALID-14).
    pub(crate) fn sleeps_zero_seconds(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// A hook that sleeps for no time may stay (PODVALID-14).
    pub(crate) fn keeps_zero_sleep(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// The text about such a hook names the gate (PODVALID-14).
    pub(crate) fn hints_at_zero_sleep(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Init containers may say how they are resized (PODVALID-35).
    pub(crate) fn allows_init_resize_policies(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// Stored resize policies of sidecars may stay (PODVALID-35).
    pub(crate) fn keeps_init_resize_policies(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Resizing may restart an init container (PODVALID-35).
    pub(crate) fn allows_init_restart_on_resize(&self) -> bool {
        !self.since(KubeVersion::V1_36)
    }

    /// The text about resizing says whose restart policy it is (PODVALID-34).
    pub(crate) fn names_the_pods_restart_policy(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// Search paths may have underscores, or be a single dot (PODVALID-26).
    pub(crate) fn relaxed_searches(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// Such search paths may stay (PODVALID-26).
    pub(crate) fn keeps_relaxed_searches(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// The text about search paths shows the form with underscores (PODVALID-26).
    pub(crate) fn shows_the_form_with_underscores(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Addresses have no leading zeros, and no IPv4 inside IPv6 (PODVALID-27).
    pub(crate) fn strict_addresses(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// Errors of host aliases name the entry, and errors of addresses have examples (PODVALID-27).
    pub(crate) fn host_alias_paths_have_index(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// SELinux labels are changed only recursively, unless that is stored otherwise (PODVALID-15).
    pub(crate) fn relabels_only_recursively(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// Shared processes are a matter of the pod, not of its security context (PODVALID-15).
    pub(crate) fn shares_processes_at_the_pod(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// A container that adds CAP_SYS_ADMIN may stay (PODVALID-17).
    pub(crate) fn keeps_sys_admin(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// An unmasked `/proc` needs users of the pod's own (PODVALID-17).
    pub(crate) fn unmasked_needs_own_users(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// A pod with users of its own in the host's network may stay (PODVALID-18).
    pub(crate) fn keeps_own_users_in_host_network(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Texts about `hostUsers` name the member alone (PODVALID-18).
    pub(crate) fn short_host_users_text(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// A pod with users of its own has no block devices (PODVALID-18).
    pub(crate) fn own_users_need_file_systems(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// The error for a missing name of an operating system has no detail (PODVALID-21).
    pub(crate) fn os_name_may_be_bare(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Values of required node affinity are label values (PODVALID-22).
    pub(crate) fn checks_required_node_values(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// `matchLabelKeys` of topology spread become part of the selector (PODVALID-25).
    pub(crate) fn merges_spread_selectors(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// `appArmorProfile` is a member of the API (PODVALID-30).
    pub(crate) fn knows_app_armor_fields(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// `resources` of a pod as a whole are validated (PODVALID-38).
    pub(crate) fn validates_pod_resources(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    fn exists_and_is_off(&self, gate: Gate) -> bool {
        gate.stage(self.version).is_some() && !self.gate(gate)
    }
}
