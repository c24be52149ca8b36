//! The switches of admission: what differs between versions in the API server.
//!
//! Rules: section 15 of the API rules.

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

/// The admission switches (api.md, section 15).
impl Semantics {
    /// Condition patterns without a status mean True in CronJobs too (DEFAULT-6).
    pub fn defaults_cronjob_condition_patterns(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Templates lose the annotations of the old init containers whenever they are decoded; later
    /// only when they are written (DEFAULT-13).
    pub fn drops_legacy_init_annotations(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// `backoffLimitPerIndex` and what belongs to it is dropped from Jobs (PREPARE-4).
    pub fn drops_backoff_limit_per_index(&self) -> bool {
        !self.gate(Gate::JobBackoffLimitPerIndex)
    }

    /// Whether the member of the API that appeared in `version` exists (DECODE-11).
    pub(crate) fn knows(&self, version: KubeVersion) -> bool {
        self.since(version)
    }

    /// Restart rules of containers exist and are dropped (PREPARE-6).
    pub fn drops_container_restart_rules(&self) -> bool {
        self.exists_and_is_off(Gate::ContainerRestartRules)
    }

    /// Restart policies of init containers are dropped (PREPARE-6).
    pub fn drops_sidecars(&self) -> bool {
        self.exists_and_is_off(Gate::SidecarContainers)
    }

    /// `fileKeyRef` exists and is dropped (PREPARE-6).
    pub fn drops_file_key_ref(&self) -> bool {
        self.exists_and_is_off(Gate::EnvFiles)
    }

    /// `resizePolicy` of containers is dropped (PREPARE-6).
    pub fn drops_resize_policy(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// `hostUsers` is dropped (PREPARE-6).
    pub fn drops_host_users(&self) -> bool {
        !self.since(KubeVersion::V1_33)
    }

    /// `resources` of a pod as a whole are dropped (PREPARE-6).
    pub fn drops_pod_resources(&self) -> bool {
        !self.since(KubeVersion::V1_34)
    }

    /// `hostnameOverride` is dropped (PREPARE-6).
    pub fn drops_hostname_override(&self) -> bool {
        !self.since(KubeVersion::V1_35)
    }

    /// `spec.scheduling` is dropped (PREPARE-4).
    pub fn drops_scheduling(&self) -> bool {
        !self.gate(Gate::WorkloadWithJob)
    }

    /// One item or byte is counted in the singular (RENDER-6).
    pub fn counts_in_singular(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// One text says that something is too long (RENDER-6).
    pub fn unified_length_texts(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Lengths of label keys and values are said to be bytes (VALID-12, VALID-13).
    pub fn label_lengths_in_bytes(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Names of environment variables may be any printable ASCII but `=` (VALID-64).
    pub fn relaxed_env_names(&self) -> bool {
        self.gate(Gate::RelaxedEnvironmentVariableValidation)
    }

    /// Errors of owner references name the entry, and what is missing is Required (VALID-9).
    pub fn owner_reference_paths_have_index(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// Errors of owner references do not repeat the member's name (VALID-9).
    pub fn owner_reference_short_texts(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Status updates are checked beyond their counts (STATUS-UPDATE-12 to -40).
    pub fn validates_status_transitions(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Terminal conditions need their interim ones (STATUS-UPDATE-17, -18, -27, -28).
    pub fn validates_interim_conditions(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// The newer texts about times and uncounted pods (STATUS-UPDATE-16, -21, -37).
    pub fn new_status_texts(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// A suspended Job of no completions may end without a start time (STATUS-UPDATE-20).
    pub fn suspended_jobs_may_complete_unstarted(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// The start time may change while a Job is resumed (STATUS-UPDATE-38).
    pub fn resuming_may_change_start_time(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// A changed start time is Invalid, not Required (STATUS-UPDATE-38).
    pub fn start_time_is_immutable(&self) -> bool {
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
    pub fn dedups_causes(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// A Job's update repeats the validation of a create (UPDATE-3).
    pub fn update_repeats_create_validation(&self) -> bool {
        !self.since(KubeVersion::V1_37)
    }

    /// `managedBy` is a member of the API, and validated (VALID-22).
    pub fn validates_managed_by(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// `successPolicy` is a member of the API, and validated (VALID-27).
    pub fn validates_success_policy(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// A pod template needs a grace period, which defaulting always gives it (VALID-57).
    pub fn requires_grace_period(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// The value of an Exists toleration is shown, not the toleration (VALID-68).
    pub fn shows_toleration_value(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// Tolerations may compare numbers, if the gate is on (VALID-68).
    pub fn knows_toleration_comparison(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Too many restart rules are counted, not measured (VALID-60).
    pub fn counts_restart_rules(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// `RestartAllContainers` is listed among the supported actions (VALID-60).
    pub fn names_restart_all_containers(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// A completed Job's pods may be scaled together with its completions (UPDATE-11).
    pub fn elastic_indexed_jobs(&self) -> bool {
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
    pub fn requires_schedule_declaratively(&self) -> bool {
        self.since(KubeVersion::V1_37) && self.gate(Gate::DeclarativeValidationBeta)
    }

    /// A schedule that panics the parser is an error (CRONVALID-6).
    pub fn recovers_from_schedule_panics(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// Relaxed names of variables that are stored may stay (VALID-64).
    pub fn keeps_relaxed_env_names(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Restart rules that are stored may stay (VALID-60).
    pub fn keeps_restart_rules(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// Restart rules of an init container need a restart policy (VALID-61).
    pub fn init_restart_rules_need_policy(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// `RestartAllContainers` that is stored may stay (VALID-60).
    pub fn keeps_restart_all(&self) -> bool {
        self.since(KubeVersion::V1_35)
    }

    /// The longer text about repeated environment variables (WARN-9).
    pub fn explains_hidden_env(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// Repeated port names are warned of (WARN-10).
    pub fn warns_of_port_names(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    fn exists_and_is_off(&self, gate: Gate) -> bool {
        gate.stage(self.version).is_some() && !self.gate(gate)
    }
}
