//! Containers and their parts.
//!
//! FIELD and DECODE-11: names, types and first versions of the members.

use super::Emit::{Always as A, NonZero as Z, Set as S};
use super::Shape::{Bool, Int32, Int64, IntOrString, List, Map, Object as Obj, Quantity, Text};
use super::volume::{OBJECT_FIELD_SELECTOR, RESOURCE_FIELD_SELECTOR};
use super::{Object, m};
use crate::KubeVersion::{V1_30, V1_31, V1_33, V1_34, V1_37};

pub(super) static CONTAINER_PORT: Object = Object {
    name: "ContainerPort",
    members: &[
        m("name", Text, Z, "string"),
        m("hostPort", Int32, Z, "int32"),
        m("containerPort", Int32, A, "int32"),
        m("protocol", Text, Z, "v1.Protocol"),
        m("hostIP", Text, Z, "string"),
    ],
};

pub(super) static CONFIG_MAP_ENV_SOURCE: Object = Object {
    name: "ConfigMapEnvSource",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static SECRET_ENV_SOURCE: Object = Object {
    name: "SecretEnvSource",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static ENV_FROM_SOURCE: Object = Object {
    name: "EnvFromSource",
    members: &[
        m("prefix", Text, Z, "string"),
        m("configMapRef", Obj(&CONFIG_MAP_ENV_SOURCE), S, "v1.ConfigMapEnvSource"),
        m("secretRef", Obj(&SECRET_ENV_SOURCE), S, "v1.SecretEnvSource"),
    ],
};

pub(super) static CONFIG_MAP_KEY_SELECTOR: Object = Object {
    name: "ConfigMapKeySelector",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("key", Text, A, "string"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static SECRET_KEY_SELECTOR: Object = Object {
    name: "SecretKeySelector",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("key", Text, A, "string"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static FILE_KEY_SELECTOR: Object = Object {
    name: "FileKeySelector",
    members: &[
        m("volumeName", Text, A, "string").since(V1_34),
        m("path", Text, A, "string").since(V1_34),
        m("key", Text, A, "string").since(V1_34),
        m("optional", Bool, S, "bool").since(V1_34),
    ],
};

pub(super) static ENV_VAR_SOURCE: Object = Object {
    name: "EnvVarSource",
    members: &[
        m("fieldRef", Obj(&OBJECT_FIELD_SELECTOR), S, "v1.ObjectFieldSelector"),
        m("resourceFieldRef", Obj(&RESOURCE_FIELD_SELECTOR), S, "v1.ResourceFieldSelector"),
        m("configMapKeyRef", Obj(&CONFIG_MAP_KEY_SELECTOR), S, "v1.ConfigMapKeySelector"),
        m("secretKeyRef", Obj(&SECRET_KEY_SELECTOR), S, "v1.SecretKeySelector"),
        m("fileKeyRef", Obj(&FILE_KEY_SELECTOR), S, "v1.FileKeySelector").since(V1_34),
    ],
};

pub(super) static ENV_VAR: Object = Object {
    name: "EnvVar",
    members: &[
        m("name", Text, A, "string"),
        m("value", Text, Z, "string"),
        m("valueFrom", Obj(&ENV_VAR_SOURCE), S, "v1.EnvVarSource"),
    ],
};

pub(super) static RESOURCE_CLAIM: Object = Object {
    name: "ResourceClaim",
    members: &[m("name", Text, A, "string"), m("request", Text, Z, "string").since(V1_31)],
};

pub(super) static RESOURCE_REQUIREMENTS: Object = Object {
    name: "ResourceRequirements",
    members: &[
        m("limits", Map(&Quantity), Z, "v1.ResourceList"),
        m("requests", Map(&Quantity), Z, "v1.ResourceList"),
        m("claims", List(&Obj(&RESOURCE_CLAIM)), Z, "[]v1.ResourceClaim"),
    ],
};

pub(super) static CONTAINER_RESIZE_POLICY: Object = Object {
    name: "ContainerResizePolicy",
    members: &[
        m("resourceName", Text, A, "v1.ResourceName"),
        m("restartPolicy", Text, A, "v1.ResourceResizeRestartPolicy"),
    ],
};

pub(super) static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Object = Object {
    name: "ContainerRestartRuleOnExitCodes",
    members: &[
        m("operator", Text, Z, "v1.ContainerRestartRuleOnExitCodesOperator").since(V1_34),
        m("values", List(&Int32), Z, "[]int32").since(V1_34),
    ],
};

pub(super) static CONTAINER_RESTART_RULE: Object = Object {
    name: "ContainerRestartRule",
    members: &[
        m("action", Text, Z, "v1.ContainerRestartRuleAction").since(V1_34),
        m(
            "exitCodes",
            Obj(&CONTAINER_RESTART_RULE_ON_EXIT_CODES),
            S,
            "v1.ContainerRestartRuleOnExitCodes",
        )
        .since(V1_34),
    ],
};

pub(super) static VOLUME_MOUNT: Object = Object {
    name: "VolumeMount",
    members: &[
        m("name", Text, A, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("recursiveReadOnly", Text, S, "v1.RecursiveReadOnlyMode").since(V1_30),
        m("mountPath", Text, A, "string"),
        m("subPath", Text, Z, "string"),
        m("mountPropagation", Text, S, "v1.MountPropagationMode"),
        m("subPathExpr", Text, Z, "string"),
        m("bindMountOptions", List(&Text), Z, "[]string").since(V1_37),
    ],
};

pub(super) static VOLUME_DEVICE: Object = Object {
    name: "VolumeDevice",
    members: &[m("name", Text, A, "string"), m("devicePath", Text, A, "string")],
};

pub(super) static EXEC_ACTION: Object =
    Object { name: "ExecAction", members: &[m("command", List(&Text), Z, "[]string")] };

pub(super) static HTTP_HEADER: Object = Object {
    name: "HTTPHeader",
    members: &[m("name", Text, A, "string"), m("value", Text, A, "string")],
};

pub(super) static HTTP_GET_ACTION: Object = Object {
    name: "HTTPGetAction",
    members: &[
        m("path", Text, Z, "string"),
        m("port", IntOrString, A, "intstr.IntOrString"),
        m("host", Text, Z, "string"),
        m("scheme", Text, Z, "v1.URIScheme"),
        m("httpHeaders", List(&Obj(&HTTP_HEADER)), Z, "[]v1.HTTPHeader"),
        m("protocol", Text, S, "v1.HTTPProtocol").since(V1_37),
    ],
};

pub(super) static TCP_SOCKET_ACTION: Object = Object {
    name: "TCPSocketAction",
    members: &[m("port", IntOrString, A, "intstr.IntOrString"), m("host", Text, Z, "string")],
};

pub(super) static GRPC_ACTION: Object = Object {
    name: "GRPCAction",
    members: &[
        m("port", Int32, A, "int32"),
        m("service", Text, S, "string"),
        m("mode", Text, S, "v1.GRPCProbeMode").since(V1_37),
    ],
};

pub(super) static PROBE: Object = Object {
    name: "Probe",
    members: &[
        m("exec", Obj(&EXEC_ACTION), S, "v1.ExecAction").of("ProbeHandler"),
        m("httpGet", Obj(&HTTP_GET_ACTION), S, "v1.HTTPGetAction").of("ProbeHandler"),
        m("tcpSocket", Obj(&TCP_SOCKET_ACTION), S, "v1.TCPSocketAction").of("ProbeHandler"),
        m("grpc", Obj(&GRPC_ACTION), S, "v1.GRPCAction").of("ProbeHandler"),
        m("initialDelaySeconds", Int32, Z, "int32"),
        m("timeoutSeconds", Int32, Z, "int32"),
        m("periodSeconds", Int32, Z, "int32"),
        m("successThreshold", Int32, Z, "int32"),
        m("failureThreshold", Int32, Z, "int32"),
        m("terminationGracePeriodSeconds", Int64, S, "int64"),
    ],
};

pub(super) static SLEEP_ACTION: Object =
    Object { name: "SleepAction", members: &[m("seconds", Int64, A, "int64")] };

pub(super) static LIFECYCLE_HANDLER: Object = Object {
    name: "LifecycleHandler",
    members: &[
        m("exec", Obj(&EXEC_ACTION), S, "v1.ExecAction"),
        m("httpGet", Obj(&HTTP_GET_ACTION), S, "v1.HTTPGetAction"),
        m("tcpSocket", Obj(&TCP_SOCKET_ACTION), S, "v1.TCPSocketAction"),
        m("sleep", Obj(&SLEEP_ACTION), S, "v1.SleepAction"),
    ],
};

pub(super) static LIFECYCLE: Object = Object {
    name: "Lifecycle",
    members: &[
        m("postStart", Obj(&LIFECYCLE_HANDLER), S, "v1.LifecycleHandler"),
        m("preStop", Obj(&LIFECYCLE_HANDLER), S, "v1.LifecycleHandler"),
        m("stopSignal", Text, S, "v1.Signal").since(V1_33),
    ],
};

pub(super) static CAPABILITIES: Object = Object {
    name: "Capabilities",
    members: &[
        m("add", List(&Text), Z, "[]v1.Capability"),
        m("drop", List(&Text), Z, "[]v1.Capability"),
    ],
};

pub(super) static SE_LINUX_OPTIONS: Object = Object {
    name: "SELinuxOptions",
    members: &[
        m("user", Text, Z, "string"),
        m("role", Text, Z, "string"),
        m("type", Text, Z, "string"),
        m("level", Text, Z, "string"),
    ],
};

pub(super) static WINDOWS_SECURITY_CONTEXT_OPTIONS: Object = Object {
    name: "WindowsSecurityContextOptions",
    members: &[
        m("gmsaCredentialSpecName", Text, S, "string"),
        m("gmsaCredentialSpec", Text, S, "string"),
        m("runAsUserName", Text, S, "string"),
        m("hostProcess", Bool, S, "bool"),
    ],
};

pub(super) static SECCOMP_PROFILE: Object = Object {
    name: "SeccompProfile",
    members: &[
        m("type", Text, A, "v1.SeccompProfileType"),
        m("localhostProfile", Text, S, "string"),
    ],
};

pub(super) static APP_ARMOR_PROFILE: Object = Object {
    name: "AppArmorProfile",
    members: &[
        m("type", Text, A, "v1.AppArmorProfileType").since(V1_30),
        m("localhostProfile", Text, S, "string").since(V1_30),
    ],
};

pub(super) static SECURITY_CONTEXT: Object = Object {
    name: "SecurityContext",
    members: &[
        m("capabilities", Obj(&CAPABILITIES), S, "v1.Capabilities"),
        m("privileged", Bool, S, "bool"),
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
        m("readOnlyRootFilesystem", Bool, S, "bool"),
        m("allowPrivilegeEscalation", Bool, S, "bool"),
        m("procMount", Text, S, "v1.ProcMountType"),
        m("seccompProfile", Obj(&SECCOMP_PROFILE), S, "v1.SeccompProfile"),
        m("appArmorProfile", Obj(&APP_ARMOR_PROFILE), S, "v1.AppArmorProfile").since(V1_30),
    ],
};

pub(super) static CONTAINER: Object = Object {
    name: "Container",
    members: &[
        m("name", Text, A, "string"),
        m("image", Text, Z, "string"),
        m("command", List(&Text), Z, "[]string"),
        m("args", List(&Text), Z, "[]string"),
        m("workingDir", Text, Z, "string"),
        m("ports", List(&Obj(&CONTAINER_PORT)), Z, "[]v1.ContainerPort"),
        m("envFrom", List(&Obj(&ENV_FROM_SOURCE)), Z, "[]v1.EnvFromSource"),
        m("env", List(&Obj(&ENV_VAR)), Z, "[]v1.EnvVar"),
        m("resources", Obj(&RESOURCE_REQUIREMENTS), A, "v1.ResourceRequirements"),
        m("resizePolicy", List(&Obj(&CONTAINER_RESIZE_POLICY)), Z, "[]v1.ContainerResizePolicy"),
        m("restartPolicy", Text, S, "v1.ContainerRestartPolicy"),
        m(
            "restartPolicyRules",
            List(&Obj(&CONTAINER_RESTART_RULE)),
            Z,
            "[]v1.ContainerRestartRule",
        )
        .since(V1_34),
        m("volumeMounts", List(&Obj(&VOLUME_MOUNT)), Z, "[]v1.VolumeMount"),
        m("volumeDevices", List(&Obj(&VOLUME_DEVICE)), Z, "[]v1.VolumeDevice"),
        m("livenessProbe", Obj(&PROBE), S, "v1.Probe"),
        m("readinessProbe", Obj(&PROBE), S, "v1.Probe"),
        m("startupProbe", Obj(&PROBE), S, "v1.Probe"),
        m("lifecycle", Obj(&LIFECYCLE), S, "v1.Lifecycle"),
        m("terminationMessagePath", Text, Z, "string"),
        m("terminationMessagePolicy", Text, Z, "v1.TerminationMessagePolicy"),
        m("imagePullPolicy", Text, Z, "v1.PullPolicy"),
        m("securityContext", Obj(&SECURITY_CONTEXT), S, "v1.SecurityContext"),
        m("stdin", Bool, Z, "bool"),
        m("stdinOnce", Bool, Z, "bool"),
        m("tty", Bool, Z, "bool"),
    ],
};

pub(super) static EPHEMERAL_CONTAINER: Object = Object {
    name: "EphemeralContainer",
    members: &[
        m("name", Text, A, "string").of("EphemeralContainerCommon"),
        m("image", Text, Z, "string").of("EphemeralContainerCommon"),
        m("command", List(&Text), Z, "[]string").of("EphemeralContainerCommon"),
        m("args", List(&Text), Z, "[]string").of("EphemeralContainerCommon"),
        m("workingDir", Text, Z, "string").of("EphemeralContainerCommon"),
        m("ports", List(&Obj(&CONTAINER_PORT)), Z, "[]v1.ContainerPort")
            .of("EphemeralContainerCommon"),
        m("envFrom", List(&Obj(&ENV_FROM_SOURCE)), Z, "[]v1.EnvFromSource")
            .of("EphemeralContainerCommon"),
        m("env", List(&Obj(&ENV_VAR)), Z, "[]v1.EnvVar").of("EphemeralContainerCommon"),
        m("resources", Obj(&RESOURCE_REQUIREMENTS), A, "v1.ResourceRequirements")
            .of("EphemeralContainerCommon"),
        m("resizePolicy", List(&Obj(&CONTAINER_RESIZE_POLICY)), Z, "[]v1.ContainerResizePolicy")
            .of("EphemeralContainerCommon"),
        m("restartPolicy", Text, S, "v1.ContainerRestartPolicy").of("EphemeralContainerCommon"),
        m(
            "restartPolicyRules",
            List(&Obj(&CONTAINER_RESTART_RULE)),
            Z,
            "[]v1.ContainerRestartRule",
        )
        .since(V1_34)
        .of("EphemeralContainerCommon"),
        m("volumeMounts", List(&Obj(&VOLUME_MOUNT)), Z, "[]v1.VolumeMount")
            .of("EphemeralContainerCommon"),
        m("volumeDevices", List(&Obj(&VOLUME_DEVICE)), Z, "[]v1.VolumeDevice")
            .of("EphemeralContainerCommon"),
        m("livenessProbe", Obj(&PROBE), S, "v1.Probe").of("EphemeralContainerCommon"),
        m("readinessProbe", Obj(&PROBE), S, "v1.Probe").of("EphemeralContainerCommon"),
        m("startupProbe", Obj(&PROBE), S, "v1.Probe").of("EphemeralContainerCommon"),
        m("lifecycle", Obj(&LIFECYCLE), S, "v1.Lifecycle").of("EphemeralContainerCommon"),
        m("terminationMessagePath", Text, Z, "string").of("EphemeralContainerCommon"),
        m("terminationMessagePolicy", Text, Z, "v1.TerminationMessagePolicy")
            .of("EphemeralContainerCommon"),
        m("imagePullPolicy", Text, Z, "v1.PullPolicy").of("EphemeralContainerCommon"),
        m("securityContext", Obj(&SECURITY_CONTEXT), S, "v1.SecurityContext")
            .of("EphemeralContainerCommon"),
        m("stdin", Bool, Z, "bool").of("EphemeralContainerCommon"),
        m("stdinOnce", Bool, Z, "bool").of("EphemeralContainerCommon"),
        m("tty", Bool, Z, "bool").of("EphemeralContainerCommon"),
        m("targetContainerName", Text, Z, "string"),
    ],
};
