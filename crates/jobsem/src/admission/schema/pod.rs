//! The pod spec and its parts other than containers and volumes.
//!
//! FIELD and DECODE-11: names, types and first versions of the members.

use super::Emit::{Always as A, NonZero as Z, Set as S};
use super::Shape::{Bool, Int32, Int64, List, Map, Object as Obj, Quantity, Text};
use super::container::{
    APP_ARMOR_PROFILE, CONTAINER, EPHEMERAL_CONTAINER, RESOURCE_REQUIREMENTS, SE_LINUX_OPTIONS,
    SECCOMP_PROFILE, WINDOWS_SECURITY_CONTEXT_OPTIONS,
};
use super::meta::{LABEL_SELECTOR, OBJECT_META};
use super::volume::{LOCAL_OBJECT_REFERENCE, VOLUME};
use super::{Object, m};
use crate::KubeVersion::{V1_30, V1_31, V1_32, V1_34, V1_36, V1_37};

pub(super) static SYSCTL: Object = Object {
    name: "Sysctl",
    members: &[m("name", Text, A, "string"), m("value", Text, A, "string")],
};

pub(super) static POD_SECURITY_CONTEXT: Object = Object {
    name: "PodSecurityContext",
    members: &[
        m("seLinuxOptions", Obj(&SE_LINUX_OPTIONS), S, "v1.SELinuxOptions"),
        m(
            "windowsOptions",
            Obj(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
            S,
            "v1.WindowsSecurityContextOptions",
        ),
        m("runAsUser", Int64, S, "int64"),
        m("runAsGroup", Int64, S, "int64"),
        m("runAsNonRoot", Bool, S, "bool"),
        m("supplementalGroups", List(&Int64), Z, "[]int64"),
        m("supplementalGroupsPolicy", Text, S, "v1.SupplementalGroupsPolicy").since(V1_31),
        m("fsGroup", Int64, S, "int64"),
        m("sysctls", List(&Obj(&SYSCTL)), Z, "[]v1.Sysctl"),
        m("fsGroupChangePolicy", Text, S, "v1.PodFSGroupChangePolicy"),
        m("seccompProfile", Obj(&SECCOMP_PROFILE), S, "v1.SeccompProfile"),
        m("appArmorProfile", Obj(&APP_ARMOR_PROFILE), S, "v1.AppArmorProfile").since(V1_30),
        m("seLinuxChangePolicy", Text, S, "v1.PodSELinuxChangePolicy").since(V1_32),
    ],
};

pub(super) static NODE_SELECTOR_REQUIREMENT: Object = Object {
    name: "NodeSelectorRequirement",
    members: &[
        m("key", Text, A, "string"),
        m("operator", Text, A, "v1.NodeSelectorOperator"),
        m("values", List(&Text), Z, "[]string"),
    ],
};

pub(super) static NODE_SELECTOR_TERM: Object = Object {
    name: "NodeSelectorTerm",
    members: &[
        m(
            "matchExpressions",
            List(&Obj(&NODE_SELECTOR_REQUIREMENT)),
            Z,
            "[]v1.NodeSelectorRequirement",
        ),
        m("matchFields", List(&Obj(&NODE_SELECTOR_REQUIREMENT)), Z, "[]v1.NodeSelectorRequirement"),
    ],
};

pub(super) static NODE_SELECTOR: Object = Object {
    name: "NodeSelector",
    members: &[m("nodeSelectorTerms", List(&Obj(&NODE_SELECTOR_TERM)), A, "[]v1.NodeSelectorTerm")],
};

pub(super) static PREFERRED_SCHEDULING_TERM: Object = Object {
    name: "PreferredSchedulingTerm",
    members: &[
        m("weight", Int32, A, "int32"),
        m("preference", Obj(&NODE_SELECTOR_TERM), A, "v1.NodeSelectorTerm"),
    ],
};

pub(super) static NODE_AFFINITY: Object = Object {
    name: "NodeAffinity",
    members: &[
        m(
            "requiredDuringSchedulingIgnoredDuringExecution",
            Obj(&NODE_SELECTOR),
            S,
            "v1.NodeSelector",
        ),
        m(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Obj(&PREFERRED_SCHEDULING_TERM)),
            Z,
            "[]v1.PreferredSchedulingTerm",
        ),
    ],
};

pub(super) static POD_AFFINITY_TERM: Object = Object {
    name: "PodAffinityTerm",
    members: &[
        m("labelSelector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("namespaces", List(&Text), Z, "[]string"),
        m("topologyKey", Text, A, "string"),
        m("namespaceSelector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("matchLabelKeys", List(&Text), Z, "[]string"),
        m("mismatchLabelKeys", List(&Text), Z, "[]string"),
    ],
};

pub(super) static WEIGHTED_POD_AFFINITY_TERM: Object = Object {
    name: "WeightedPodAffinityTerm",
    members: &[
        m("weight", Int32, A, "int32"),
        m("podAffinityTerm", Obj(&POD_AFFINITY_TERM), A, "v1.PodAffinityTerm"),
    ],
};

pub(super) static POD_AFFINITY: Object = Object {
    name: "PodAffinity",
    members: &[
        m(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Obj(&POD_AFFINITY_TERM)),
            Z,
            "[]v1.PodAffinityTerm",
        ),
        m(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Obj(&WEIGHTED_POD_AFFINITY_TERM)),
            Z,
            "[]v1.WeightedPodAffinityTerm",
        ),
    ],
};

pub(super) static POD_ANTI_AFFINITY: Object = Object {
    name: "PodAntiAffinity",
    members: &[
        m(
            "requiredDuringSchedulingIgnoredDuringExecution",
            List(&Obj(&POD_AFFINITY_TERM)),
            Z,
            "[]v1.PodAffinityTerm",
        ),
        m(
            "preferredDuringSchedulingIgnoredDuringExecution",
            List(&Obj(&WEIGHTED_POD_AFFINITY_TERM)),
            Z,
            "[]v1.WeightedPodAffinityTerm",
        ),
    ],
};

pub(super) static AFFINITY: Object = Object {
    name: "Affinity",
    members: &[
        m("nodeAffinity", Obj(&NODE_AFFINITY), S, "v1.NodeAffinity"),
        m("podAffinity", Obj(&POD_AFFINITY), S, "v1.PodAffinity"),
        m("podAntiAffinity", Obj(&POD_ANTI_AFFINITY), S, "v1.PodAntiAffinity"),
    ],
};

pub(super) static TOLERATION: Object = Object {
    name: "Toleration",
    members: &[
        m("key", Text, Z, "string"),
        m("operator", Text, Z, "v1.TolerationOperator"),
        m("value", Text, Z, "string"),
        m("effect", Text, Z, "v1.TaintEffect"),
        m("tolerationSeconds", Int64, S, "int64"),
    ],
};

pub(super) static HOST_ALIAS: Object = Object {
    name: "HostAlias",
    members: &[
        m("ip", Text, Z, "string").until(V1_30),
        m("ip", Text, A, "string").since(V1_30),
        m("hostnames", List(&Text), Z, "[]string"),
    ],
};

pub(super) static POD_DNS_CONFIG_OPTION: Object = Object {
    name: "PodDNSConfigOption",
    members: &[m("name", Text, Z, "string"), m("value", Text, S, "string")],
};

pub(super) static POD_DNS_CONFIG: Object = Object {
    name: "PodDNSConfig",
    members: &[
        m("nameservers", List(&Text), Z, "[]string"),
        m("searches", List(&Text), Z, "[]string"),
        m("options", List(&Obj(&POD_DNS_CONFIG_OPTION)), Z, "[]v1.PodDNSConfigOption"),
    ],
};

pub(super) static POD_READINESS_GATE: Object = Object {
    name: "PodReadinessGate",
    members: &[m("conditionType", Text, A, "v1.PodConditionType")],
};

pub(super) static TOPOLOGY_SPREAD_CONSTRAINT: Object = Object {
    name: "TopologySpreadConstraint",
    members: &[
        m("maxSkew", Int32, A, "int32"),
        m("topologyKey", Text, A, "string"),
        m("whenUnsatisfiable", Text, A, "v1.UnsatisfiableConstraintAction"),
        m("labelSelector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("minDomains", Int32, S, "int32"),
        m("nodeAffinityPolicy", Text, S, "v1.NodeInclusionPolicy"),
        m("nodeTaintsPolicy", Text, S, "v1.NodeInclusionPolicy"),
        m("matchLabelKeys", List(&Text), Z, "[]string"),
    ],
};

pub(super) static POD_OS: Object =
    Object { name: "PodOS", members: &[m("name", Text, A, "v1.OSName")] };

pub(super) static POD_SCHEDULING_GATE: Object =
    Object { name: "PodSchedulingGate", members: &[m("name", Text, A, "string")] };

pub(super) static CLAIM_SOURCE: Object = Object {
    name: "ClaimSource",
    members: &[
        m("resourceClaimName", Text, S, "string"),
        m("resourceClaimTemplateName", Text, S, "string"),
    ],
};

pub(super) static POD_RESOURCE_CLAIM: Object = Object {
    name: "PodResourceClaim",
    members: &[
        m("name", Text, A, "string"),
        m("source", Obj(&CLAIM_SOURCE), A, "v1.ClaimSource").until(V1_31),
        m("resourceClaimName", Text, S, "string").since(V1_31),
        m("resourceClaimTemplateName", Text, S, "string").since(V1_31),
    ],
};

pub(super) static POD_SCHEDULING_GROUP: Object = Object {
    name: "PodSchedulingGroup",
    members: &[m("podGroupName", Text, S, "string").since(V1_36)],
};

pub(super) static EVICTION_RESPONDER: Object = Object {
    name: "EvictionResponder",
    members: &[
        m("name", Text, A, "string").since(V1_37),
        m("priority", Int32, S, "int32").since(V1_37),
    ],
};

pub(in crate::admission) static POD_SPEC: Object = Object {
    name: "PodSpec",
    members: &[
        m("volumes", List(&Obj(&VOLUME)), Z, "[]v1.Volume"),
        m("initContainers", List(&Obj(&CONTAINER)), Z, "[]v1.Container"),
        m("containers", List(&Obj(&CONTAINER)), A, "[]v1.Container"),
        m("ephemeralContainers", List(&Obj(&EPHEMERAL_CONTAINER)), Z, "[]v1.EphemeralContainer"),
        m("restartPolicy", Text, Z, "v1.RestartPolicy"),
        m("terminationGracePeriodSeconds", Int64, S, "int64"),
        m("activeDeadlineSeconds", Int64, S, "int64"),
        m("dnsPolicy", Text, Z, "v1.DNSPolicy"),
        m("nodeSelector", Map(&Text), Z, "map[string]string"),
        m("serviceAccountName", Text, Z, "string"),
        m("serviceAccount", Text, Z, "string"),
        m("automountServiceAccountToken", Bool, S, "bool"),
        m("nodeName", Text, Z, "string"),
        m("hostNetwork", Bool, Z, "bool"),
        m("hostPID", Bool, Z, "bool"),
        m("hostIPC", Bool, Z, "bool"),
        m("shareProcessNamespace", Bool, S, "bool"),
        m("securityContext", Obj(&POD_SECURITY_CONTEXT), S, "v1.PodSecurityContext"),
        m("imagePullSecrets", List(&Obj(&LOCAL_OBJECT_REFERENCE)), Z, "[]v1.LocalObjectReference"),
        m("hostname", Text, Z, "string"),
        m("subdomain", Text, Z, "string"),
        m("affinity", Obj(&AFFINITY), S, "v1.Affinity"),
        m("schedulerName", Text, Z, "string"),
        m("tolerations", List(&Obj(&TOLERATION)), Z, "[]v1.Toleration"),
        m("hostAliases", List(&Obj(&HOST_ALIAS)), Z, "[]v1.HostAlias"),
        m("priorityClassName", Text, Z, "string"),
        m("priority", Int32, S, "int32"),
        m("dnsConfig", Obj(&POD_DNS_CONFIG), S, "v1.PodDNSConfig"),
        m("readinessGates", List(&Obj(&POD_READINESS_GATE)), Z, "[]v1.PodReadinessGate"),
        m("runtimeClassName", Text, S, "string"),
        m("enableServiceLinks", Bool, S, "bool"),
        m("preemptionPolicy", Text, S, "v1.PreemptionPolicy"),
        m("overhead", Map(&Quantity), Z, "v1.ResourceList"),
        m(
            "topologySpreadConstraints",
            List(&Obj(&TOPOLOGY_SPREAD_CONSTRAINT)),
            Z,
            "[]v1.TopologySpreadConstraint",
        ),
        m("setHostnameAsFQDN", Bool, S, "bool"),
        m("os", Obj(&POD_OS), S, "v1.PodOS"),
        m("hostUsers", Bool, S, "bool"),
        m("schedulingGates", List(&Obj(&POD_SCHEDULING_GATE)), Z, "[]v1.PodSchedulingGate"),
        m("resourceClaims", List(&Obj(&POD_RESOURCE_CLAIM)), Z, "[]v1.PodResourceClaim"),
        m("resources", Obj(&RESOURCE_REQUIREMENTS), S, "v1.ResourceRequirements").since(V1_32),
        m("hostnameOverride", Text, S, "string").since(V1_34),
        m("schedulingGroup", Obj(&POD_SCHEDULING_GROUP), S, "v1.PodSchedulingGroup").since(V1_36),
        m("evictionResponders", List(&Obj(&EVICTION_RESPONDER)), Z, "[]v1.EvictionResponder")
            .since(V1_37),
    ],
};

pub(in crate::admission) static POD_TEMPLATE_SPEC: Object = Object {
    name: "PodTemplateSpec",
    members: &[
        m("metadata", Obj(&OBJECT_META), A, "v1.ObjectMeta"),
        m("spec", Obj(&POD_SPEC), A, "v1.PodSpec"),
    ],
};
