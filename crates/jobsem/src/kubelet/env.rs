//! The command line, environment and host name of a container.
//!
//! Pure: [`Node`] carries the node's values, and references to ConfigMaps and Secrets are reported
//! as missing, with their field. Deliberately absent: the variables of Services, and
//! `resourceFieldRef`, which needs the node's capacity.
//!
//! Rules: PODPHASE-91, PATTERN-41, PATTERN-42; expansion and field paths as the API documents
//! them for `env`, `command` and `args`.

use std::fmt;

use crate::api::{Container, EnvVar, Pod};
use crate::{Error, ErrorKind};

/// The variable with the pod's host name.
const HOSTNAME: &str = "HOSTNAME";

/// The node's values that its containers can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, for pods that are not bound to a node.
    pub name: String,
    /// Its address.
    pub host_ip: String,
    /// The address of the pods on it.
    pub pod_ip: String,
}

impl Default for Node {
    /// This machine: node `local`, loopback addresses.
    fn default() -> Node {
        let loopback = || "127.0.0.1".to_owned();
        Node { name: "local".to_owned(), host_ip: loopback(), pod_ip: loopback() }
    }
}

/// The command line and environment of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invocation {
    /// `command`, expanded; empty means the image's own entry point.
    pub command: Vec<String>,
    /// `args`, expanded.
    pub args: Vec<String>,
    /// `HOSTNAME` (PATTERN-42), then the variables in the order of the spec; each name once.
    pub env: Vec<(String, String)>,
    /// The working directory; empty means the image's own.
    pub working_dir: String,
}

impl Invocation {
    /// The invocation of one of the pod's containers.
    ///
    /// # Errors
    ///
    /// `NotFound` if the pod has no such container; `Unsupported`, with every reference that
    /// cannot be resolved.
    pub fn of(pod: &Pod, container: &str, node: &Node) -> Result<Invocation, Error> {
        let found = pod.spec.container(container).ok_or_else(|| {
            let text = format!("the pod has no container `{container}`");
            Error::new(ErrorKind::NotFound, text)
        })?;
        invocation(pod, found, node).map_err(|missing| {
            let texts: Vec<_> = missing.iter().map(Unresolved::to_string).collect();
            Error::new(ErrorKind::Unsupported, texts.join("; "))
        })
    }

    /// The whole command line: `command`, then `args`.
    pub fn into_argv(self) -> Vec<String> {
        self.command.into_iter().chain(self.args).collect()
    }
}

/// A reference of a container that cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unresolved {
    /// The field, relative to the container: `env[0].valueFrom.secretKeyRef`.
    pub field: String,
    /// What is missing.
    pub message: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The command line and environment of `container` in `pod`.
///
/// References to ConfigMaps, Secrets and files that are marked `optional` count as absent.
///
/// # Errors
///
/// Every reference that cannot be resolved, in the order of the spec.
pub fn invocation(
    pod: &Pod,
    container: &Container,
    node: &Node,
) -> Result<Invocation, Vec<Unresolved>> {
    let mut missing = Vec::new();
    let from = container.extra.get("envFrom").and_then(|v| v.as_array());
    for (i, source) in from.into_iter().flatten().enumerate() {
        for (key, kind) in [("configMapRef", "a ConfigMap"), ("secretRef", "a Secret")] {
            let Some(reference) = source.get(key).filter(|r| !r.is_null()) else { continue };
            if reference.get("optional").and_then(|o| o.as_bool()) != Some(true) {
                let message = format!("needs {kind}, which only a cluster has");
                missing.push(Unresolved { field: format!("envFrom[{i}].{key}"), message });
            }
        }
    }
    let mut env: Vec<(String, String)> = Vec::new();
    for (i, var) in container.env.iter().enumerate() {
        let value = match value_of(pod, var, node) {
            Ok(Some(value)) => value,
            Ok(None) if var.value_from.is_some() => continue,
            Ok(None) => expand(&var.value, &env),
            Err((field, message)) => {
                let field = format!("env[{i}].valueFrom{field}");
                missing.push(Unresolved { field, message });
                continue;
            }
        };
        match env.iter_mut().find(|(name, _)| *name == var.name) {
            Some(known) => known.1 = value,
            None => env.push((var.name.clone(), value)),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let expanded = |texts: &[String]| texts.iter().map(|text| expand(text, &env)).collect();
    let (command, args) = (expanded(&container.command), expanded(&container.args));
    // The runtime sets it, so that no reference of the spec sees it.
    if !env.iter().any(|(name, _)| name == HOSTNAME) {
        env.insert(0, (HOSTNAME.to_owned(), hostname(pod).to_owned()));
    }
    Ok(Invocation { command, args, env, working_dir: container.working_dir.clone() })
}

/// The value of `valueFrom`; `None` if it has none, or is optional and absent.
fn value_of(pod: &Pod, var: &EnvVar, node: &Node) -> Result<Option<String>, (String, String)> {
    let Some(source) = &var.value_from else { return Ok(None) };
    if let Some(field) = &source.field_ref {
        let path = field.field_path.as_str();
        return field_value(pod, path, node).map(Some).ok_or_else(|| {
            (".fieldRef.fieldPath".to_owned(), format!("`{path}` is no field that env can have"))
        });
    }
    for (key, reference) in &source.extra {
        if reference.is_null() {
            continue;
        }
        let kind = match key.as_str() {
            "configMapKeyRef" => "needs a ConfigMap, which only a cluster has",
            "secretKeyRef" => "needs a Secret, which only a cluster has",
            "fileKeyRef" => "needs a volume, which only a cluster has",
            _ => "is not supported",
        };
        if reference.get("optional").and_then(|o| o.as_bool()) == Some(true) {
            return Ok(None);
        }
        return Err((format!(".{key}"), kind.to_owned()));
    }
    Ok(None)
}

/// The value of a pod field that variables may refer to; `None` for any other path.
pub fn field_value(pod: &Pod, path: &str, node: &Node) -> Option<String> {
    let text = |value: &str| Some(value.to_owned());
    let quoted = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix("']");
    if let Some(key) = quoted("metadata.labels['") {
        // An absent label is empty, not an error.
        return text(pod.metadata.label(key).unwrap_or_default());
    }
    if let Some(key) = quoted("metadata.annotations['") {
        return text(pod.metadata.annotation(key).unwrap_or_default());
    }
    let of_spec = |key: &str| pod.spec.extra.get(key).and_then(|v| v.as_str());
    let of_status = |key: &str| pod.status.extra.get(key).and_then(|v| v.as_str());
    match path {
        "metadata.name" => text(&pod.metadata.name),
        "metadata.namespace" => text(&pod.metadata.namespace),
        "metadata.uid" => text(&pod.metadata.uid),
        "spec.nodeName" if pod.spec.node_name.is_empty() => text(&node.name),
        "spec.nodeName" => text(&pod.spec.node_name),
        "spec.serviceAccountName" => text(of_spec("serviceAccountName").unwrap_or("default")),
        "status.hostIP" | "status.hostIPs" => text(of_status("hostIP").unwrap_or(&node.host_ip)),
        "status.podIP" | "status.podIPs" => text(of_status("podIP").unwrap_or(&node.pod_ip)),
        _ => None,
    }
}

/// The host name inside a pod: its `hostname` or its name, at most 63 bytes (PATTERN-42).
pub fn hostname(pod: &Pod) -> &str {
    let name = match pod.spec.hostname.as_str() {
        "" => pod.metadata.name.as_str(),
        hostname => hostname,
    };
    if name.len() <= 63 {
        return name;
    }
    let cut = (0..=63).rev().find(|i| name.is_char_boundary(*i)).unwrap_or(0);
    name[..cut].trim_end_matches(['-', '.'])
}

/// `text` with each `$(NAME)` replaced by the variable's value. Unknown names stay as written, and
/// `$$` is a plain `$`.
pub fn expand(text: &str, env: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|a| a.split_once(')')) {
            match env.iter().find(|(known, _)| known == name) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(value: Value) -> Pod {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn variables_are_expanded_as_the_api_documents() {
        let env = [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "$(A)".to_owned())];
        for (text, expected) in [
            ("x$(A)y", "x1y"),
            ("$(A)$(A)", "11"),
            ("$(B)", "$(A)"),
            ("$(C)", "$(C)"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$$$$(A)", "$$(A)"),
            ("$A $ x", "$A $ x"),
            ("$(A", "$(A"),
            ("end$", "end$"),
            ("$()", "$()"),
            ("$(A)ü$(A)", "1ü1"),
            ("${A} `A`", "${A} `A`"),
        ] {
            assert_eq!(expand(text, &env), expected, "{text}");
        }
    }

    #[test]
    fn the_environment_is_resolved_in_order() {
        let pod = pod(json!({
        "metadata": {"name": "p", "namespace": "ns", "uid": "u",
            "labels": {"batch.kubernetes.io/job-completion-index": "3"},
            "annotations": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "command": ["echo", "$(FIRST)"],
            "args": ["$(INDEX)", "$(LATER)"],
            "env": [
                {"name": "FIRST", "value": "1"},
                {"name": "TOO_EARLY", "value": "$(LATER)"},
                {"name": "LATER", "value": "$(FIRST)2"},
                {"name": "FIRST", "value": "9"},
                {"name": "INDEX", "valueFrom": {"fieldRef": {"fieldPath":
                    "metadata.labels['batch.kubernetes.io/job-completion-index']"}}},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                {"name": "NO",
                    "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}
            ]}]}}));
        let made = invocation(&pod, &pod.spec.containers[0], &Node::default()).unwrap();
        assert_eq!(made.command, ["echo", "9"]);
        assert_eq!(made.args, ["3", "12"]);
        let env: Vec<_> = made.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            env,
            ["HOSTNAME=p", "FIRST=9", "TOO_EARLY=$(LATER)", "LATER=12", "INDEX=3", "NODE=local"]
        );
    }

    #[test]
    fn what_only_a_cluster_has_is_named() {
        let pod = pod(json!({"spec": {"containers": [{"name": "c",
            "envFrom": [
                {"configMapRef": {"name": "x", "optional": true}},
                {"secretRef": {"name": "x"}},
            ],
            "env": [
                {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "k"}}},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.nonsense"}}}]}]}}));
        let missing = invocation(&pod, &pod.spec.containers[0], &Node::default()).unwrap_err();
        let fields: Vec<_> = missing.iter().map(|m| m.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "envFrom[1].secretRef",
                "env[0].valueFrom.configMapKeyRef",
                "env[1].valueFrom.fieldRef.fieldPath"
            ]
        );
    }

    #[test]
    fn fields_that_variables_may_have() {
        let pod = pod(json!({"metadata": {"name": "p", "namespace": "ns", "uid": "u",
            "annotations": {"example.com/a.b": "x"}},
            "spec": {"nodeName": "n", "serviceAccountName": "sa", "containers": []}}));
        for (path, value) in [
            ("metadata.name", Some("p")),
            ("metadata.namespace", Some("ns")),
            ("metadata.uid", Some("u")),
            ("metadata.annotations['example.com/a.b']", Some("x")),
            ("metadata.labels['none']", Some("")),
            ("spec.nodeName", Some("n")),
            ("spec.serviceAccountName", Some("sa")),
            ("status.podIP", Some("127.0.0.1")),
            ("status.hostIP", Some("127.0.0.1")),
            ("metadata.labels", None),
            ("spec.hostname", None),
        ] {
            assert_eq!(field_value(&pod, path, &Node::default()).as_deref(), value, "{path}");
        }
    }

    #[test]
    fn host_names_pattern_42() {
        let name = |name: &str, hostname: &str| {
            let pod = pod(json!({"metadata": {"name": name}, "spec": {"hostname": hostname}}));
            super::hostname(&pod).to_owned()
        };
        assert_eq!(name("p-0-abcde", "p-0"), "p-0");
        assert_eq!(name("p", ""), "p");
        assert_eq!(name(&"a".repeat(70), ""), "a".repeat(63));
        assert_eq!(name(&format!("{}-.b", "a".repeat(61)), ""), "a".repeat(61));
    }
}
