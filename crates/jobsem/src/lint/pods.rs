//! Restart policies and helper containers.

use super::linter::Lint;
use super::rules::Rule;
use crate::api::{Container, LabelMap};

pub(super) fn on_failure(lint: &mut Lint<'_>) {
    if !lint.restarts_in_place() {
        return;
    }
    let restarted = "with restartPolicy OnFailure a failing container is restarted in its pod";
    let hint = "use `restartPolicy: Never`";
    if lint.spec.backoff_limit_per_index.is_some() {
        lint.find(
            Rule::OnFailureHidesFailures,
            "backoffLimitPerIndex",
            format!("{restarted}, for ever: no pod fails, and no index's limit is reached"),
            hint,
        );
    } else if lint.spec.backoff_limit == Some(0) {
        lint.find(
            Rule::OnFailureHidesFailures,
            "backoffLimit",
            format!("{restarted} before the Job counts it: there is more than one attempt"),
            hint,
        );
    }
    if lint.spec.backoff_limit_per_index.is_none() {
        lint.find(
            Rule::OnFailureLosesLogs,
            "template.spec.restartPolicy",
            "when the Job fails for too many restarts, the pod is deleted together with its logs",
            "use `restartPolicy: Never` to keep failed pods, or collect logs elsewhere",
        );
    }
}

/// Helpers that do not exit by themselves, by the last part of the image name or by container name.
const HELPERS: [&str; 44] = [
    "alloydb-auth-proxy",
    "aws-for-fluent-bit",
    "aws-otel-collector",
    "aws-xray-daemon",
    "cloud-sql-proxy",
    "cloud_sql_proxy",
    "cloudflared",
    "cloudsql-proxy",
    "cloudwatch-agent",
    "conjur-authn-k8s-client",
    "consul-connect-envoy-sidecar",
    "consul-dataplane",
    "daprd",
    "datadog-agent",
    "envoy",
    "envoy-sidecar",
    "filebeat",
    "fluent-bit",
    "fluentbit",
    "fluentd",
    "gce-proxy",
    "grafana-agent",
    "istio-proxy",
    "jaeger-agent",
    "kube-rbac-proxy",
    "kuma-sidecar",
    "linkerd-proxy",
    "linkerd2-proxy",
    "logstash",
    "metricbeat",
    "oauth2-proxy",
    "opentelemetry-collector",
    "opentelemetry-collector-contrib",
    "opentelemetry-collector-k8s",
    "otc-container",
    "otel-collector",
    "pgbouncer",
    "promtail",
    "proxyv2",
    "redis-exporter",
    "statsd-exporter",
    "telegraf",
    "vault-agent",
    "xray-daemon",
];

/// Annotations that make a webhook add a plain container, with the value it requires.
const INJECTED: [(&str, &str, &str); 2] = [
    ("vault.hashicorp.com/agent-inject", "true", "vault-agent"),
    ("linkerd.io/inject", "enabled", "linkerd-proxy"),
];

/// Annotations that make it add a sidecar instead, or a container that exits.
const SOFTENED: [(&str, &str, &str); 2] = [
    ("vault.hashicorp.com/agent-inject", "vault.hashicorp.com/agent-pre-populate-only", "true"),
    ("linkerd.io/inject", "config.alpha.linkerd.io/proxy-enable-native-sidecar", "true"),
];

pub(super) fn sidecars(lint: &mut Lint<'_>) {
    let template = &lint.spec.template;
    let containers = &template.spec.containers;
    let helpers: Vec<usize> =
        (0..containers.len()).filter(|i| helper(&containers[*i]).is_some()).collect();
    // A pod that consists of helpers only has no main container to wait for.
    if helpers.len() < containers.len() {
        for i in helpers {
            let name = &containers[i].name;
            let known = helper(&containers[i]).unwrap_or_default();
            let runs = if known == name { String::new() } else { format!(" ({known})") };
            lint.find(
                Rule::SidecarKeepsRunning,
                &format!("template.spec.containers[{i}]"),
                format!(
                    "`{name}`{runs} does not end by itself: the pod goes on after the others have \
                     ended, and the Job never completes"
                ),
                "move it to `initContainers` with `restartPolicy: Always`",
            );
        }
    }
    let none = LabelMap::new();
    let annotations = template.metadata.annotations.as_ref().unwrap_or(&none);
    let says = |key: &str, value: &str| annotations.get(key).is_some_and(|v| v == value);
    for (annotation, value, container) in INJECTED {
        let softened =
            SOFTENED.iter().any(|(of, key, value)| *of == annotation && says(key, value));
        if says(annotation, value) && !softened {
            let (_, key, value) =
                SOFTENED.iter().find(|(of, _, _)| *of == annotation).copied().unwrap_or_default();
            lint.find(
                Rule::SidecarKeepsRunning,
                &format!("template.metadata.annotations[{annotation}]"),
                format!(
                    "a `{container}` container is added that does not end by itself: the Job \
                     never completes"
                ),
                &format!("add the annotation `{key}: \"{value}\"`"),
            );
        }
    }
}

/// The helper name of a container that does not exit by itself.
fn helper(container: &Container) -> Option<&str> {
    let image = image_name(&container.image);
    let known = |name: &&str| HELPERS.contains(name);
    let found = Some(image).filter(known).or(Some(container.name.as_str()).filter(known))?;
    // A shell may wait for a sign that the work is done.
    let program = container.command.first().map(|program| image_name(program));
    let is_shell = matches!(program, Some("sh" | "bash" | "ash" | "dash" | "timeout"));
    let words = || container.command.iter().chain(&container.args);
    // These helpers have options to exit with a Job.
    let ends = words().any(|word| {
        matches!(word.trim_start_matches('-'), "exit-after-auth" | "exit-after-auth=true")
            || word.contains("quitquitquit")
    });
    (!is_shell && !ends).then_some(found)
}

/// `envoy` of `registry.example:5000/envoyproxy/envoy:v1.30@sha256:…`.
fn image_name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last)
}
