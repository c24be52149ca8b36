//! [`Semantics`]: the Kubernetes version and feature gates whose rules apply.
//!
//! A [`KubeVersion`] and its feature gates determine a set of named switches. The rules read
//! switches; no rule compares version numbers. Deliberately absent: patch releases (each minor
//! stands for the newest patch when its vectors were made), and gates that no rule reads.
//!
//! Rules: the switches of `gates.md` and GATE-01 to GATE-18 (`docs/semantics`).

mod admission;
mod cron;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

pub(crate) use admission::SuccessCriteriaRule;

/// A supported Kubernetes minor version.
///
/// ```
/// use jobsem::KubeVersion;
///
/// let v: KubeVersion = "1.34".parse()?;
/// assert_eq!(v, KubeVersion::V1_34);
/// assert!(v < KubeVersion::LATEST);
/// # Ok::<(), jobsem::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say all there is to say")]
pub enum KubeVersion {
    V1_29,
    V1_30,
    V1_31,
    V1_32,
    V1_33,
    V1_34,
    V1_35,
    V1_36,
    V1_37,
}

impl KubeVersion {
    /// Every supported version, oldest first.
    pub const ALL: [KubeVersion; 9] = [
        KubeVersion::V1_29,
        KubeVersion::V1_30,
        KubeVersion::V1_31,
        KubeVersion::V1_32,
        KubeVersion::V1_33,
        KubeVersion::V1_34,
        KubeVersion::V1_35,
        KubeVersion::V1_36,
        KubeVersion::V1_37,
    ];

    /// The newest supported version, which is the default.
    pub const LATEST: KubeVersion = KubeVersion::V1_37;

    /// The minor number, 29 to 37.
    pub const fn minor(self) -> u32 {
        29 + self as u32
    }
}

impl Default for KubeVersion {
    fn default() -> Self {
        KubeVersion::LATEST
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor())
    }
}

impl FromStr for KubeVersion {
    type Err = Error;

    /// Parses `1.34`, `v1.34` or `1.34.4` (the patch level is ignored).
    fn from_str(text: &str) -> Result<KubeVersion, Error> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let minor = match (parts.next(), parts.next()) {
            (Some("1"), Some(minor)) => minor.parse::<u32>().ok(),
            _ => None,
        };
        KubeVersion::ALL.into_iter().find(|v| Some(v.minor()) == minor).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("Kubernetes version `{text}` is not emulated; 1.29 to 1.37 are"),
            )
        })
    }
}

/// The stage of a feature gate in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Off unless switched on.
    Alpha,
    /// Usually on unless switched off.
    Beta,
    /// On, and it cannot be switched off.
    Ga,
}

/// A feature gate that some rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Kubernetes' own names")]
pub enum Gate {
    JobReadyPods,
    JobPodFailurePolicy,
    PodDisruptionConditions,
    JobBackoffLimitPerIndex,
    JobPodReplacementPolicy,
    JobSuccessPolicy,
    JobManagedBy,
    PodIndexLabel,
    SidecarContainers,
    ElasticIndexedJob,
    MutableSchedulingDirectivesForSuspendedJobs,
    MutablePodResourcesForSuspendedJobs,
    StaleControllerConsistencyJob,
    WorkloadWithJob,
    GenericWorkload,
    CronJobsScheduledAnnotation,
    DeclarativeValidationBeta,
    RelaxedEnvironmentVariableValidation,
    ContainerRestartRules,
    RestartAllContainersOnContainerExits,
    EnvFiles,
    TaintTolerationComparisonOperators,
}

/// The gate table: stage and default per minor. `-`: the gate does not exist yet; `x`: it is
/// removed, and its feature is permanently on;
/// `a` alpha (off), `b` beta (on), `d` beta (off by default), `g` GA (on, locked).
const GATES: [(Gate, &str, &[u8; 9]); 22] = [
    (Gate::JobReadyPods, "JobReadyPods", b"ggxxxxxxx"),
    (Gate::JobPodFailurePolicy, "JobPodFailurePolicy", b"bbggxxxxx"),
    (Gate::PodDisruptionConditions, "PodDisruptionConditions", b"bbgggxxxx"),
    (Gate::JobBackoffLimitPerIndex, "JobBackoffLimitPerIndex", b"bbbbggggx"),
    (Gate::JobPodReplacementPolicy, "JobPodReplacementPolicy", b"bbbbbgggx"),
    (Gate::JobSuccessPolicy, "JobSuccessPolicy", b"-abbggggx"),
    (Gate::JobManagedBy, "JobManagedBy", b"-aabbbggg"),
    (Gate::PodIndexLabel, "PodIndexLabel", b"bbbgggxxx"),
    (Gate::SidecarContainers, "SidecarContainers", b"bbbbggggx"),
    (Gate::ElasticIndexedJob, "ElasticIndexedJob", b"bbgggxxxx"),
    (
        Gate::MutableSchedulingDirectivesForSuspendedJobs,
        "MutableSchedulingDirectivesForSuspendedJobs",
        b"------abb",
    ),
    (
        Gate::MutablePodResourcesForSuspendedJobs,
        "MutablePodResourcesForSuspendedJobs",
        b"------abb",
    ),
    (Gate::StaleControllerConsistencyJob, "StaleControllerConsistencyJob", b"-------bb"),
    (Gate::WorkloadWithJob, "WorkloadWithJob", b"-------aa"),
    (Gate::GenericWorkload, "GenericWorkload", b"------aad"),
    (Gate::CronJobsScheduledAnnotation, "CronJobsScheduledAnnotation", b"bbbgggxxx"),
    (Gate::DeclarativeValidationBeta, "DeclarativeValidationBeta", b"-------bb"),
    (
        Gate::RelaxedEnvironmentVariableValidation,
        "RelaxedEnvironmentVariableValidation",
        b"-aabbgggg",
    ),
    (Gate::ContainerRestartRules, "ContainerRestartRules", b"-----abbb"),
    (
        Gate::RestartAllContainersOnContainerExits,
        "RestartAllContainersOnContainerExits",
        b"------abb",
    ),
    (Gate::EnvFiles, "EnvFiles", b"-----abbb"),
    (Gate::TaintTolerationComparisonOperators, "TaintTolerationComparisonOperators", b"------aaa"),
];

impl Gate {
    /// Every gate that some rule reads.
    pub fn all() -> impl Iterator<Item = Gate> {
        GATES.iter().map(|(gate, _, _)| *gate)
    }

    /// Kubernetes' name of the gate.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The gate's stage in `version`; `None` where it does not exist, or no longer.
    pub fn stage(self, version: KubeVersion) -> Option<Stage> {
        match self.letter(version) {
            b'a' => Some(Stage::Alpha),
            b'b' | b'd' => Some(Stage::Beta),
            b'g' => Some(Stage::Ga),
            _ => None,
        }
    }

    /// Whether the feature of the gate is on by default in `version`.
    pub fn default_on(self, version: KubeVersion) -> bool {
        matches!(self.letter(version), b'b' | b'g' | b'x')
    }

    fn letter(self, version: KubeVersion) -> u8 {
        self.row().2[version as usize]
    }

    fn row(self) -> &'static (Gate, &'static str, &'static [u8; 9]) {
        // INVARIANT: the table has the order of the enum (checked by a test).
        &GATES[self as usize]
    }
}

impl FromStr for Gate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Gate, Error> {
        GATES.iter().find(|row| row.1 == text).map(|row| row.0).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("no rule reads a feature gate `{text}`"))
        })
    }
}

/// A version with its feature gates, and the switches that follow from them.
///
/// ```
/// use jobsem::{Gate, KubeVersion, Semantics};
///
/// let sem = Semantics::kube(KubeVersion::V1_31);
/// assert!(!sem.gate(Gate::JobManagedBy));
/// let sem = sem.with_gate(Gate::JobManagedBy, true)?;
/// assert!(sem.gate(Gate::JobManagedBy));
/// # Ok::<(), jobsem::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Semantics {
    version: KubeVersion,
    gates: u32,
}

impl Default for Semantics {
    fn default() -> Self {
        Semantics::kube(KubeVersion::default())
    }
}

impl Semantics {
    /// The semantics of `version` with its default feature gates.
    pub fn kube(version: KubeVersion) -> Semantics {
        let gates = Gate::all()
            .filter(|gate| gate.default_on(version))
            .fold(0, |set, gate| set | 1 << gate as u32);
        Semantics { version, gates }
    }

    /// Sets `gate`.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the gate does not exist in the version, or is locked to the other value.
    pub fn with_gate(mut self, gate: Gate, on: bool) -> Result<Semantics, Error> {
        let problem = match gate.stage(self.version) {
            None => "does not exist",
            Some(Stage::Ga) if !on => "is locked on",
            Some(_) => {
                let bit = 1 << gate as u32;
                self.gates = if on { self.gates | bit } else { self.gates & !bit };
                return Ok(self);
            }
        };
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("feature gate `{}` {problem} in Kubernetes {}", gate.name(), self.version),
        ))
    }

    /// Sets all of `gates`, by name.
    ///
    /// # Errors
    ///
    /// `Unsupported` as [`Semantics::with_gate`], or if no rule reads a gate of that name.
    pub fn with_gates(mut self, gates: &BTreeMap<String, bool>) -> Result<Semantics, Error> {
        for (name, on) in gates {
            self = self.with_gate(name.parse()?, *on)?;
        }
        Ok(self)
    }

    /// The version.
    pub fn version(&self) -> KubeVersion {
        self.version
    }

    /// Whether the feature of `gate` is on.
    pub fn gate(&self, gate: Gate) -> bool {
        self.gates & 1 << gate as u32 != 0
    }

    fn since(&self, version: KubeVersion) -> bool {
        self.version >= version
    }
}

/// The controller's switches (`gates.md`).
impl Semantics {
    /// S-INTERIM: every outcome is announced by FailureTarget or SuccessCriteriaMet, and the
    /// terminal condition waits for the last terminating pod.
    pub(crate) fn interim_conditions(&self) -> bool {
        self.since(KubeVersion::V1_31)
            && (self.gate(Gate::JobManagedBy) || self.gate(Gate::JobPodReplacementPolicy))
    }

    /// S-COMPLETEREASON: an ordinary completion has a reason and a message.
    pub(crate) fn complete_reason(&self) -> bool {
        self.since(KubeVersion::V1_31) && self.gate(Gate::JobSuccessPolicy)
    }

    /// S-FTANY: a FailureTarget condition counts whatever its status.
    pub(crate) fn failure_target_any_status(&self) -> bool {
        !self.since(KubeVersion::V1_31)
    }

    /// S-SUCCPOL: the success policy is evaluated.
    pub(crate) fn success_policy(&self) -> bool {
        self.gate(Gate::JobSuccessPolicy)
    }

    /// An existing SuccessCriteriaMet condition decides the Job (SYNC-15a, SYNC-16).
    pub(crate) fn reads_success_criteria_met(&self) -> bool {
        self.interim_conditions() || self.success_policy()
    }

    /// An existing FailureTarget condition decides the Job (SYNC-15b, GATE-02 effects).
    pub(crate) fn reads_failure_target(&self) -> bool {
        self.since(KubeVersion::V1_31) || self.pod_failure_policy()
    }

    /// The pod failure policy is evaluated (GATE-02).
    pub(crate) fn pod_failure_policy(&self) -> bool {
        self.gate(Gate::JobPodFailurePolicy)
    }

    /// `backoffLimitPerIndex` is honoured (GATE-04).
    pub(crate) fn backoff_limit_per_index(&self) -> bool {
        self.gate(Gate::JobBackoffLimitPerIndex)
    }

    /// `podReplacementPolicy` is honoured (GATE-05).
    pub(crate) fn pod_replacement_policy(&self) -> bool {
        self.gate(Gate::JobPodReplacementPolicy)
    }

    /// S-CNTREADY: `ready` and `terminating` follow the deletions of the same sync.
    pub(crate) fn counts_deletions_at_once(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// S-SIDECARFIN: sidecars count for a pod's finish time.
    pub(crate) fn sidecars_in_finish_time(&self) -> bool {
        self.since(KubeVersion::V1_31) && self.gate(Gate::SidecarContainers)
    }

    /// S-SIDECARRANK: sidecar restarts break ties when pods are ranked for removal.
    pub(crate) fn sidecars_in_rank(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// S-MANAGEDBY: Jobs of another controller are ignored.
    pub(crate) fn managed_by(&self) -> bool {
        self.gate(Gate::JobManagedBy)
    }

    /// S-ORPHKIND: the orphan pass ignores pods of controllers other than Jobs.
    pub(crate) fn orphan_checks_owner_kind(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// S-DELBACKOFF: a Job's delete event drops its back-off record.
    pub(crate) fn delete_drops_backoff(&self) -> bool {
        self.since(KubeVersion::V1_31)
    }

    /// S-SELORPH: a finished or deleted Job puts one selector key on the orphan queue.
    pub(crate) fn orphans_by_selector(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// S-FINEARLY: an update of a finished Job enqueues no sync.
    pub(crate) fn finished_update_skips_sync(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// S-OWNERIDX: a Job's candidates are its own pods and those without a controller.
    pub(crate) fn owner_index(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// S-FINSET: a Job whose terminal condition was just written is not synced again.
    pub(crate) fn finished_set(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }

    /// S-BACKOFFACTIVE: `status.active` keeps its number during back-off.
    pub(crate) fn active_while_backing_off(&self) -> bool {
        self.since(KubeVersion::V1_36)
    }

    /// S-CLEARSTART: suspending clears `startTime`.
    pub(crate) fn suspend_clears_start_time(&self) -> bool {
        self.gate(Gate::MutableSchedulingDirectivesForSuspendedJobs)
    }

    /// S-STALE: a sync waits until the controller's own writes are seen.
    pub(crate) fn stale_check(&self) -> bool {
        self.gate(Gate::StaleControllerConsistencyJob)
    }

    /// S-PFPREPL: a pod failure policy alone means that only failed pods are replaced.
    pub(crate) fn failure_policy_implies_replace_failed(&self) -> bool {
        !self.since(KubeVersion::V1_37) && self.pod_failure_policy()
    }

    /// S-DELEXP: a Job's delete event drops its expectations.
    pub(crate) fn delete_drops_expectations(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// S-ORPHRETRY: a pod that fails in a selector pass is retried by name.
    pub(crate) fn orphan_retry_by_name(&self) -> bool {
        self.since(KubeVersion::V1_37)
    }

    /// S-TERMSTATUS: `status.terminating` is written.
    pub(crate) fn writes_terminating(&self) -> bool {
        self.pod_replacement_policy()
    }

    /// Terminating pods are counted at all (GATE-05, effects).
    pub(crate) fn counts_terminating(&self, has_failure_policy: bool) -> bool {
        if self.pod_replacement_policy() {
            return true;
        }
        self.since(KubeVersion::V1_31)
            && (self.gate(Gate::JobManagedBy) || has_failure_policy && self.pod_failure_policy())
    }

    /// S-IXLABEL: the completion index is a label too, and the env variable reads it.
    pub(crate) fn index_label(&self) -> bool {
        self.gate(Gate::PodIndexLabel)
    }
}

/// The kubelet's switches (`kubelet.md`).
impl Semantics {
    /// Containers may have restart policies and rules of their own (PODPHASE-10).
    pub(crate) fn container_restart_rules(&self) -> bool {
        self.gate(Gate::ContainerRestartRules)
    }

    /// A container's exit may restart the whole pod in place (PODPHASE-44).
    pub(crate) fn restart_all_containers(&self) -> bool {
        self.gate(Gate::RestartAllContainersOnContainerExits)
    }

    /// A pod counts as initialised by the records of its containers, not by their statuses
    /// (PODPHASE-20).
    pub(crate) fn initialized_by_records(&self) -> bool {
        self.since(KubeVersion::V1_33)
    }

    /// An init container that is to run makes the pod Pending even after it was initialised
    /// (PODPHASE-21).
    pub(crate) fn init_pending_after_initialized(&self) -> bool {
        self.since(KubeVersion::V1_32)
    }

    /// A grace period of 0 means the pod's own (PODPHASE-60).
    pub(crate) fn zero_grace_falls_back(&self) -> bool {
        !self.since(KubeVersion::V1_31)
    }
}

/// The switches of what people are shown.
impl Semantics {
    /// An object without a creation timestamp is written with one that is null.
    pub(crate) fn writes_null_creation_timestamps(&self) -> bool {
        !self.since(KubeVersion::V1_34)
    }

    /// Tables have the columns Status (Jobs) and Timezone (CronJobs) (PRINT-1, PRINT-8).
    pub(crate) fn prints_job_status(&self) -> bool {
        self.since(KubeVersion::V1_30)
    }

    /// A Job's status cell knows SuccessCriteriaMet (PRINT-2).
    pub(crate) fn prints_success_criteria_met(&self) -> bool {
        self.since(KubeVersion::V1_34)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_table_stands_in_the_order_of_the_enum() {
        for (i, (gate, name, _)) in GATES.iter().enumerate() {
            assert_eq!(*gate as usize, i);
            assert_eq!(name.parse::<Gate>().unwrap(), *gate);
            assert_eq!(format!("{gate:?}"), *name);
        }
    }

    #[test]
    fn locked_and_unknown_gates_cannot_be_switched() {
        let sem = Semantics::kube(KubeVersion::V1_37);
        assert!(sem.clone().with_gate(Gate::JobManagedBy, false).is_err());
        assert!(sem.clone().with_gate(Gate::JobSuccessPolicy, true).is_err());
        assert!(sem.with_gate(Gate::WorkloadWithJob, true).is_ok());
        assert!("Nonsense".parse::<Gate>().is_err());
    }

    #[test]
    fn versions_parse_with_and_without_prefix_and_patch() {
        for text in ["1.34", "v1.34", "1.34.4"] {
            assert_eq!(text.parse::<KubeVersion>().unwrap(), KubeVersion::V1_34);
        }
        for text in ["1.28", "1.38", "2.34", "", "1"] {
            assert!(text.parse::<KubeVersion>().is_err(), "{text}");
        }
    }
}
