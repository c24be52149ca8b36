//! Jobs, CronJobs and their parts.
//!
//! FIELD and DECODE-11: names, types and first versions of the members.

use super::Emit::{Always as A, NonZero as Z, Set as S};
use super::Shape::{Bool, Int32, Int64, List, Object as Obj, Text, Time};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::pod::POD_TEMPLATE_SPEC;
use super::{Object, m};
use crate::KubeVersion::{V1_30, V1_37};

pub(super) static POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT: Object = Object {
    name: "PodFailurePolicyOnExitCodesRequirement",
    members: &[
        m("containerName", Text, S, "string"),
        m("operator", Text, A, "v1.PodFailurePolicyOnExitCodesOperator"),
        m("values", List(&Int32), A, "[]int32"),
    ],
};

pub(super) static POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN: Object = Object {
    name: "PodFailurePolicyOnPodConditionsPattern",
    members: &[
        m("type", Text, A, "v1.PodConditionType"),
        m("status", Text, A, "v1.ConditionStatus"),
    ],
};

pub(super) static POD_FAILURE_POLICY_RULE: Object = Object {
    name: "PodFailurePolicyRule",
    members: &[
        m("action", Text, A, "v1.PodFailurePolicyAction"),
        m(
            "onExitCodes",
            Obj(&POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT),
            S,
            "v1.PodFailurePolicyOnExitCodesRequirement",
        ),
        m(
            "onPodConditions",
            List(&Obj(&POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)),
            Z,
            "[]v1.PodFailurePolicyOnPodConditionsPattern",
        ),
    ],
};

pub(super) static POD_FAILURE_POLICY: Object = Object {
    name: "PodFailurePolicy",
    members: &[m("rules", List(&Obj(&POD_FAILURE_POLICY_RULE)), A, "[]v1.PodFailurePolicyRule")],
};

pub(super) static SUCCESS_POLICY_RULE: Object = Object {
    name: "SuccessPolicyRule",
    members: &[
        m("succeededIndexes", Text, S, "string").since(V1_30),
        m("succeededCount", Int32, S, "int32").since(V1_30),
    ],
};

pub(super) static SUCCESS_POLICY: Object = Object {
    name: "SuccessPolicy",
    members: &[
        m("rules", List(&Obj(&SUCCESS_POLICY_RULE)), A, "[]v1.SuccessPolicyRule").since(V1_30)
    ],
};

pub(super) static WORKLOAD_POD_GROUP_BASIC_SCHEDULING_POLICY: Object =
    Object { name: "WorkloadPodGroupBasicSchedulingPolicy", members: &[] };

pub(super) static WORKLOAD_POD_GROUP_GANG_SCHEDULING_POLICY: Object = Object {
    name: "WorkloadPodGroupGangSchedulingPolicy",
    members: &[m("minCount", Int32, S, "int32").since(V1_37)],
};

pub(super) static WORKLOAD_POD_GROUP_SCHEDULING_POLICY: Object = Object {
    name: "WorkloadPodGroupSchedulingPolicy",
    members: &[
        m(
            "basic",
            Obj(&WORKLOAD_POD_GROUP_BASIC_SCHEDULING_POLICY),
            S,
            "v1.WorkloadPodGroupBasicSchedulingPolicy",
        )
        .since(V1_37),
        m(
            "gang",
            Obj(&WORKLOAD_POD_GROUP_GANG_SCHEDULING_POLICY),
            S,
            "v1.WorkloadPodGroupGangSchedulingPolicy",
        )
        .since(V1_37),
    ],
};

pub(super) static TOPOLOGY_CONSTRAINT: Object =
    Object { name: "TopologyConstraint", members: &[m("key", Text, A, "string").since(V1_37)] };

pub(super) static WORKLOAD_POD_GROUP_SCHEDULING_CONSTRAINTS: Object = Object {
    name: "WorkloadPodGroupSchedulingConstraints",
    members: &[
        m("topology", List(&Obj(&TOPOLOGY_CONSTRAINT)), Z, "[]v1.TopologyConstraint").since(V1_37)
    ],
};

pub(super) static WORKLOAD_POD_GROUP_SINGLE_DISRUPTION_MODE: Object =
    Object { name: "WorkloadPodGroupSingleDisruptionMode", members: &[] };

pub(super) static WORKLOAD_POD_GROUP_ALL_DISRUPTION_MODE: Object =
    Object { name: "WorkloadPodGroupAllDisruptionMode", members: &[] };

pub(super) static WORKLOAD_POD_GROUP_DISRUPTION_MODE: Object = Object {
    name: "WorkloadPodGroupDisruptionMode",
    members: &[
        m(
            "single",
            Obj(&WORKLOAD_POD_GROUP_SINGLE_DISRUPTION_MODE),
            S,
            "v1.WorkloadPodGroupSingleDisruptionMode",
        )
        .since(V1_37),
        m(
            "all",
            Obj(&WORKLOAD_POD_GROUP_ALL_DISRUPTION_MODE),
            S,
            "v1.WorkloadPodGroupAllDisruptionMode",
        )
        .since(V1_37),
    ],
};

pub(super) static WORKLOAD_POD_GROUP_RESOURCE_CLAIM: Object = Object {
    name: "WorkloadPodGroupResourceClaim",
    members: &[
        m("name", Text, A, "string").since(V1_37),
        m("resourceClaimName", Text, S, "string").since(V1_37),
        m("resourceClaimTemplateName", Text, S, "string").since(V1_37),
    ],
};

pub(super) static JOB_SCHEDULING_CONFIGURATION: Object = Object {
    name: "JobSchedulingConfiguration",
    members: &[
        m(
            "schedulingPolicy",
            Obj(&WORKLOAD_POD_GROUP_SCHEDULING_POLICY),
            S,
            "v1.WorkloadPodGroupSchedulingPolicy",
        )
        .since(V1_37),
        m(
            "schedulingConstraints",
            Obj(&WORKLOAD_POD_GROUP_SCHEDULING_CONSTRAINTS),
            S,
            "v1.WorkloadPodGroupSchedulingConstraints",
        )
        .since(V1_37),
        m(
            "disruptionMode",
            Obj(&WORKLOAD_POD_GROUP_DISRUPTION_MODE),
            S,
            "v1.WorkloadPodGroupDisruptionMode",
        )
        .since(V1_37),
        m(
            "resourceClaims",
            List(&Obj(&WORKLOAD_POD_GROUP_RESOURCE_CLAIM)),
            Z,
            "[]v1.WorkloadPodGroupResourceClaim",
        )
        .since(V1_37),
    ],
};

pub(in crate::admission) static JOB_SPEC: Object = Object {
    name: "JobSpec",
    members: &[
        m("parallelism", Int32, S, "int32"),
        m("completions", Int32, S, "int32"),
        m("activeDeadlineSeconds", Int64, S, "int64"),
        m("podFailurePolicy", Obj(&POD_FAILURE_POLICY), S, "v1.PodFailurePolicy"),
        m("successPolicy", Obj(&SUCCESS_POLICY), S, "v1.SuccessPolicy").since(V1_30),
        m("backoffLimit", Int32, S, "int32"),
        m("backoffLimitPerIndex", Int32, S, "int32"),
        m("maxFailedIndexes", Int32, S, "int32"),
        m("selector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("manualSelector", Bool, S, "bool"),
        m("template", Obj(&POD_TEMPLATE_SPEC), A, "v1.PodTemplateSpec"),
        m("ttlSecondsAfterFinished", Int32, S, "int32"),
        m("completionMode", Text, S, "v1.CompletionMode"),
        m("suspend", Bool, S, "bool"),
        m("podReplacementPolicy", Text, S, "v1.PodReplacementPolicy"),
        m("managedBy", Text, S, "string").since(V1_30),
        m("scheduling", Obj(&JOB_SCHEDULING_CONFIGURATION), S, "v1.JobSchedulingConfiguration")
            .since(V1_37),
    ],
};

pub(super) static JOB_CONDITION: Object = Object {
    name: "JobCondition",
    members: &[
        m("type", Text, A, "v1.JobConditionType"),
        m("status", Text, A, "v1.ConditionStatus"),
        m("lastProbeTime", Time, S, "v1.Time"),
        m("lastTransitionTime", Time, S, "v1.Time"),
        m("reason", Text, Z, "string"),
        m("message", Text, Z, "string"),
    ],
};

pub(super) static UNCOUNTED_TERMINATED_PODS: Object = Object {
    name: "UncountedTerminatedPods",
    members: &[
        m("succeeded", List(&Text), Z, "[]types.UID"),
        m("failed", List(&Text), Z, "[]types.UID"),
    ],
};

pub(super) static JOB_STATUS: Object = Object {
    name: "JobStatus",
    members: &[
        m("conditions", List(&Obj(&JOB_CONDITION)), Z, "[]v1.JobCondition"),
        m("startTime", Time, S, "v1.Time"),
        m("completionTime", Time, S, "v1.Time"),
        m("active", Int32, Z, "int32"),
        m("succeeded", Int32, Z, "int32"),
        m("failed", Int32, Z, "int32"),
        m("terminating", Int32, S, "int32"),
        m("completedIndexes", Text, Z, "string"),
        m("failedIndexes", Text, S, "string"),
        m(
            "uncountedTerminatedPods",
            Obj(&UNCOUNTED_TERMINATED_PODS),
            S,
            "v1.UncountedTerminatedPods",
        ),
        m("ready", Int32, S, "int32"),
    ],
};

pub(in crate::admission) static JOB: Object = Object {
    name: "Job",
    members: &[
        m("kind", Text, Z, "string").of("TypeMeta"),
        m("apiVersion", Text, Z, "string").of("TypeMeta"),
        m("metadata", Obj(&OBJECT_META), A, "v1.ObjectMeta"),
        m("spec", Obj(&JOB_SPEC), A, "v1.JobSpec"),
        m("status", Obj(&JOB_STATUS), A, "v1.JobStatus"),
    ],
};

pub(super) static JOB_TEMPLATE_SPEC: Object = Object {
    name: "JobTemplateSpec",
    members: &[
        m("metadata", Obj(&OBJECT_META), A, "v1.ObjectMeta"),
        m("spec", Obj(&JOB_SPEC), A, "v1.JobSpec"),
    ],
};

pub(in crate::admission) static CRON_JOB_SPEC: Object = Object {
    name: "CronJobSpec",
    members: &[
        m("schedule", Text, A, "string"),
        m("timeZone", Text, S, "string"),
        m("startingDeadlineSeconds", Int64, S, "int64"),
        m("concurrencyPolicy", Text, Z, "v1.ConcurrencyPolicy"),
        m("suspend", Bool, S, "bool"),
        m("jobTemplate", Obj(&JOB_TEMPLATE_SPEC), A, "v1.JobTemplateSpec"),
        m("successfulJobsHistoryLimit", Int32, S, "int32"),
        m("failedJobsHistoryLimit", Int32, S, "int32"),
    ],
};

pub(super) static OBJECT_REFERENCE: Object = Object {
    name: "ObjectReference",
    members: &[
        m("kind", Text, Z, "string"),
        m("namespace", Text, Z, "string"),
        m("name", Text, Z, "string"),
        m("uid", Text, Z, "types.UID"),
        m("apiVersion", Text, Z, "string"),
        m("resourceVersion", Text, Z, "string"),
        m("fieldPath", Text, Z, "string"),
    ],
};

pub(super) static CRON_JOB_STATUS: Object = Object {
    name: "CronJobStatus",
    members: &[
        m("active", List(&Obj(&OBJECT_REFERENCE)), Z, "[]v1.ObjectReference"),
        m("lastScheduleTime", Time, S, "v1.Time"),
        m("lastSuccessfulTime", Time, S, "v1.Time"),
    ],
};

pub(in crate::admission) static CRON_JOB: Object = Object {
    name: "CronJob",
    members: &[
        m("kind", Text, Z, "string").of("TypeMeta"),
        m("apiVersion", Text, Z, "string").of("TypeMeta"),
        m("metadata", Obj(&OBJECT_META), A, "v1.ObjectMeta"),
        m("spec", Obj(&CRON_JOB_SPEC), A, "v1.CronJobSpec"),
        m("status", Obj(&CRON_JOB_STATUS), A, "v1.CronJobStatus"),
    ],
};
