//! The members that the API knows, as far down as jobsem's types go (DECODE-6, DECODE-11).
//!
//! A member that is known here and has no entry of its own below is not looked into.

use serde_json::Value;

use crate::{KubeVersion, Semantics};

/// The known members of one type, separated by blanks; `name:Type` descends, `name:[Type]` into
/// each element of a list, `name@31` exists from that minor on.
const TYPES: &[(&str, &str)] = &[
    ("Job", "apiVersion kind metadata:Meta spec:JobSpec status"),
    (
        "Meta",
        "name generateName namespace selfLink uid resourceVersion generation creationTimestamp \
         deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences:[Owner] \
         finalizers managedFields",
    ),
    ("Owner", "apiVersion kind name uid controller blockOwnerDeletion"),
    (
        "JobSpec",
        "parallelism completions activeDeadlineSeconds podFailurePolicy:FailurePolicy \
         successPolicy:SuccessPolicy@30 backoffLimit backoffLimitPerIndex maxFailedIndexes \
         selector:Selector manualSelector template:Template ttlSecondsAfterFinished \
         completionMode suspend podReplacementPolicy managedBy@30 scheduling@37",
    ),
    ("FailurePolicy", "rules:[FailureRule]"),
    ("FailureRule", "action onExitCodes:ExitCodes onPodConditions:[PodCondition]"),
    ("ExitCodes", "containerName operator values"),
    ("PodCondition", "type status"),
    ("SuccessPolicy", "rules:[SuccessRule]"),
    ("SuccessRule", "succeededIndexes succeededCount"),
    ("Selector", "matchLabels matchExpressions:[Requirement]"),
    ("Requirement", "key operator values"),
    ("Template", "metadata:Meta spec:PodSpec"),
    (
        "PodSpec",
        "volumes initContainers:[Container] containers:[Container] ephemeralContainers \
         restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy \
         nodeSelector serviceAccountName serviceAccount automountServiceAccountToken nodeName \
         hostNetwork hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets \
         hostname subdomain affinity schedulerName tolerations hostAliases priorityClassName \
         priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy \
         overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates \
         resourceClaims resources@32 hostnameOverride@34 workloadRef@35 schedulingGroup@36",
    ),
    (
        "Container",
        "name image command args workingDir ports envFrom env:[Env] resources resizePolicy \
         restartPolicy restartPolicyRules@34 volumeMounts volumeDevices livenessProbe \
         readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy \
         imagePullPolicy securityContext stdin stdinOnce tty",
    ),
    ("Env", "name value valueFrom:EnvSource"),
    ("EnvSource", "fieldRef:FieldRef resourceFieldRef configMapKeyRef secretKeyRef fileKeyRef@34"),
    ("FieldRef", "apiVersion fieldPath"),
];

/// The members of a Job document that the emulated version does not know, with their paths, in
/// the order of the document's keys (DECODE-6, DECODE-11).
pub fn unknown_fields(job: &Value, sem: &Semantics) -> Vec<String> {
    let mut out = Vec::new();
    walk(job, "Job", "", sem.version(), &mut out);
    out
}

fn walk(value: &Value, type_: &str, path: &str, version: KubeVersion, out: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    let Some((_, members)) = TYPES.iter().find(|(name, _)| *name == type_) else { return };
    for (key, inner) in map {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let known = members.split(' ').find_map(|member| {
            let (member, since) = member.split_once('@').unwrap_or((member, "0"));
            let (name, below) = member.split_once(':').unwrap_or((member, ""));
            let there = since.parse().is_ok_and(|minor: u32| version.minor() >= minor);
            (name == key && there).then_some(below)
        });
        match known {
            None => out.push(path),
            Some("") => {}
            Some(below) => match below.strip_prefix('[').and_then(|b| b.strip_suffix(']')) {
                None => walk(inner, below, &path, version, out),
                Some(element) => {
                    for (i, inner) in inner.as_array().into_iter().flatten().enumerate() {
                        walk(inner, element, &format!("{path}[{i}]"), version, out);
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_type_is_there() {
        for (_, members) in TYPES {
            for member in members.split(' ') {
                let member = member.split('@').next().unwrap();
                if let Some((_, below)) = member.split_once(':') {
                    let name = below.trim_matches(['[', ']']);
                    assert!(TYPES.iter().any(|(n, _)| *n == name), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_the_types_name_is_known() {
        let job = serde_json::json!({"spec": {"template": {"spec": {
            "containers": [{"name": "a", "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}],
            "volumes": [{"anything": 1}]}}}});
        assert!(unknown_fields(&job, &Semantics::default()).is_empty());
    }
}
