//! Reports what a local run cannot give a Job, before anything starts.
//!
//! An error would change the meaning of the run (no command, a missing Secret); a warning is a
//! feature without effect (volumes, probes, limits).

use std::fmt;

use jobsem::api::{Container, Job, Pod, PodSpec};
use jobsem::kubelet::{Node, invocation};

/// Something that a local run does differently from a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the run is refused.
    pub fatal: bool,
    /// The field, such as `spec.template.spec.containers[0].command`.
    pub field: String,
    /// The message for the user.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The findings on `job`, fatal ones first, in the order of its fields.
pub fn preflight(job: &Job, node: &Node) -> Vec<Finding> {
    let mut out = Findings(Vec::new());
    let spec = &job.spec.template.spec;
    if let Some(other) = &job.spec.managed_by
        && other != "kubernetes.io/job-controller"
    {
        let message = format!("the controller `{other}` does not run here");
        out.add(true, "spec.managedBy".to_owned(), message);
    }
    out.pod(spec);
    let mut pod = Pod::default();
    pod.metadata.clone_from(&job.spec.template.metadata);
    let lists = [("initContainers", &spec.init_containers), ("containers", &spec.containers)];
    for (list, containers) in lists {
        for (i, container) in containers.iter().enumerate() {
            out.container(&format!("spec.template.spec.{list}[{i}]"), &pod, container, node);
        }
    }
    out.0.sort_by_key(|finding| !finding.fatal);
    out.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, fatal: bool, field: String, message: impl Into<String>) {
        self.0.push(Finding { fatal, field, message: message.into() });
    }

    fn pod(&mut self, spec: &PodSpec) {
        for (key, message) in [
            ("volumes", "volumes are not mounted locally"),
            ("nodeSelector", "everything runs on this machine"),
            ("affinity", "everything runs on this machine"),
            ("schedulingGates", "scheduling gates do not hold a local pod back"),
            ("securityContext", "processes run as the present user"),
        ] {
            if spec.extra.get(key).is_some_and(|value| !is_empty(value)) {
                self.add(false, format!("spec.template.spec.{key}"), message);
            }
        }
        if !spec.subdomain.is_empty() {
            let message = "pods get no DNS names locally";
            self.add(false, "spec.template.spec.subdomain".to_owned(), message);
        }
    }

    fn container(&mut self, path: &str, pod: &Pod, container: &Container, node: &Node) {
        if container.command.is_empty() {
            let message = format!(
                "must be set to run locally: images are not pulled, so the entry point of `{}` is \
                 not known",
                container.image
            );
            self.add(true, format!("{path}.command"), message);
        }
        for missing in invocation(pod, container, node).err().into_iter().flatten() {
            self.add(true, format!("{path}.{}", missing.field), missing.message);
        }
        for (key, message) in [
            ("volumeMounts", "volumes are not mounted locally"),
            ("livenessProbe", "probes are not made; a container is ready once it runs"),
            ("readinessProbe", "probes are not made; a container is ready once it runs"),
            ("startupProbe", "probes are not made; a container is ready once it runs"),
            ("lifecycle", "hooks are not called"),
            ("securityContext", "processes run as the present user"),
        ] {
            if container.extra.get(key).is_some_and(|value| !is_empty(value)) {
                self.add(false, format!("{path}.{key}"), message);
            }
        }
        if container.resources.get("limits").is_some_and(|value| !is_empty(value)) {
            self.add(false, format!("{path}.resources.limits"), "limits are not enforced");
        }
    }
}

fn is_empty(value: &serde_json::Value) -> bool {
    value.is_null()
        || value.as_object().is_some_and(|all| all.is_empty())
        || value.as_array().is_some_and(|all| all.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_finding_names_its_field() {
        let job: Job = serde_json::from_value(json!({"spec": {"template": {"spec": {
            "subdomain": "s", "securityContext": {},
            "volumes": [{"name": "v", "emptyDir": {}}],
            "initContainers": [{"name": "i", "image": "busybox", "args": ["x"]}],
            "containers": [{"name": "c", "command": ["true"],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                "resources": {"limits": {"cpu": "1"}}, "livenessProbe": {"exec": {}}}]}}}}))
        .unwrap();
        let found: Vec<_> = preflight(&job, &Node::default())
            .iter()
            .map(|f| format!("{}{f}", if f.fatal { "! " } else { "" }))
            .collect();
        assert_eq!(
            found,
            [
                "! spec.template.spec.initContainers[0].command: must be set to run locally: \
                 images are not pulled, so the entry point of `busybox` is not known",
                "! spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef: needs a Secret, \
                 which only a cluster has",
                "spec.template.spec.volumes: volumes are not mounted locally",
                "spec.template.spec.subdomain: pods get no DNS names locally",
                "spec.template.spec.containers[0].livenessProbe: probes are not made; a container \
                 is ready once it runs",
                "spec.template.spec.containers[0].resources.limits: limits are not enforced",
            ]
        );
    }
}
