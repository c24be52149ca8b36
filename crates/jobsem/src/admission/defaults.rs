//! Defaulting: what decoding fills in, for request bodies and for objects read back.
//!
//! Rules: DEFAULT-1 to DEFAULT-14. An object that has its defaults already is left alone, without
//! cloning what is shared. Deliberately absent: defaults of pods themselves (only templates occur
//! here) and of volume kinds that Kubernetes itself no longer runs.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fill::{self, Default as D, Fill};
use super::image;
use super::quantity::Quantity;
use crate::Semantics;
use crate::api::{
    CompletionMode, ConditionStatus, Container, CronJob, Job, JobSpec, LabelMap, PodFailurePolicy,
    PodReplacementPolicy, PodSpec, PodTemplateSpec, RestartPolicy,
};

/// Fills in what decoding fills in (DEFAULT-1 to DEFAULT-14).
///
/// Applying it again changes nothing and copies nothing.
///
/// ```
/// use jobsem::admission::default_job;
/// use jobsem::api::Job;
/// use jobsem::{KubeVersion, Semantics};
///
/// let mut job: Job = serde_json::from_str(r#"{"spec":{"backoffLimitPerIndex":1}}"#)?;
/// default_job(&mut job, &Semantics::kube(KubeVersion::V1_37));
/// assert_eq!((job.spec.completions, job.spec.backoff_limit), (Some(1), Some(i32::MAX)));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn default_job(job: &mut Job, sem: &Semantics) {
    default_job_reporting(job, sem);
}

/// As [`default_job`]; says whether the Job took its template's labels (DEFAULT-4), which it then
/// shares with the template until it is stored.
pub(super) fn default_job_reporting(job: &mut Job, sem: &Semantics) -> bool {
    if !job_spec_has_defaults(&job.spec, sem) {
        fill_job_spec(Arc::make_mut(&mut job.spec), sem);
    }
    take_template_labels(job)
}

/// Gives a Job without labels those of its template (DEFAULT-4); says whether it did.
pub(super) fn take_template_labels(job: &mut Job) -> bool {
    let takes = takes_template_labels(job);
    if takes {
        job.metadata.labels.clone_from(&job.spec.template.metadata.labels);
    }
    takes
}

/// Whether the Job has no labels and takes those of its template (DEFAULT-4). One that was created
/// without does so with the first update, as its template gets labels only then.
fn takes_template_labels(job: &Job) -> bool {
    job.spec.template.metadata.labels.is_some()
        && job.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty())
}

/// The Job with its defaults; the given one if it has them.
pub(super) fn defaulted<'a>(job: &'a Job, sem: &Semantics) -> Cow<'a, Job> {
    if !takes_template_labels(job) && job_spec_has_defaults(&job.spec, sem) {
        return Cow::Borrowed(job);
    }
    let mut job = job.clone();
    default_job(&mut job, sem);
    Cow::Owned(job)
}

/// Fills in what decoding fills in for a CronJob (DEFAULT-7): of the Job's spec in it only the
/// pod template, and from some version on the pod failure policy.
pub fn default_cronjob(cronjob: &mut CronJob, sem: &Semantics) {
    let spec = &mut cronjob.spec;
    if spec.concurrency_policy.is_empty() {
        spec.concurrency_policy = "Allow".to_owned();
    }
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit.get_or_insert(3);
    spec.failed_jobs_history_limit.get_or_insert(1);
    let job = &spec.job_template.spec;
    let conditions = sem.defaults_cronjob_condition_patterns()
        && !job.pod_failure_policy.as_ref().is_none_or(patterns_have_defaults);
    if conditions || !template_has_defaults(&job.template, sem) {
        let job = Arc::make_mut(&mut spec.job_template.spec);
        if let Some(policy) = job.pod_failure_policy.as_mut().filter(|_| conditions) {
            fill_patterns(policy);
        }
        fill_template(&mut job.template, sem);
    }
}

fn job_spec_has_defaults(spec: &JobSpec, sem: &Semantics) -> bool {
    spec.parallelism.is_some()
        && spec.backoff_limit.is_some()
        && spec.completion_mode.is_some()
        && spec.suspend.is_some()
        && spec.manual_selector.is_some()
        && (spec.pod_replacement_policy.is_some() || !sem.pod_replacement_policy())
        && spec.pod_failure_policy.as_ref().is_none_or(patterns_have_defaults)
        && template_has_defaults(&spec.template, sem)
}

fn fill_job_spec(spec: &mut JobSpec, sem: &Semantics) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let limit = if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
    spec.backoff_limit.get_or_insert(limit);
    spec.completion_mode.get_or_insert(CompletionMode::NonIndexed);
    spec.suspend.get_or_insert(false);
    spec.manual_selector.get_or_insert(false);
    if sem.pod_replacement_policy() {
        let policy = match spec.pod_failure_policy {
            Some(_) => PodReplacementPolicy::Failed,
            None => PodReplacementPolicy::TerminatingOrFailed,
        };
        spec.pod_replacement_policy.get_or_insert(policy);
    }
    if let Some(policy) = &mut spec.pod_failure_policy {
        fill_patterns(policy);
    }
    fill_template(&mut spec.template, sem);
}

fn patterns_have_defaults(policy: &PodFailurePolicy) -> bool {
    let mut patterns = policy.rules.iter().flat_map(|rule| &rule.on_pod_conditions);
    patterns.all(|pattern| !pattern.status.as_str().is_empty())
}

fn fill_patterns(policy: &mut PodFailurePolicy) {
    for pattern in policy.rules.iter_mut().flat_map(|rule| &mut rule.on_pod_conditions) {
        if pattern.status.as_str().is_empty() {
            pattern.status = ConditionStatus::True;
        }
    }
}

/// Annotations of a mechanism that is long gone, taken off templates (DEFAULT-13).
const LEGACY_ANNOTATIONS: [&str; 4] = [
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-containers",
    "pod.alpha.kubernetes.io/init-container-statuses",
    "pod.beta.kubernetes.io/init-container-statuses",
];

pub(super) fn drop_legacy_annotations(annotations: &mut LabelMap) {
    for key in LEGACY_ANNOTATIONS {
        annotations.remove(key);
    }
}

fn template_has_defaults(template: &PodTemplateSpec, sem: &Semantics) -> bool {
    let legacy = sem.drops_legacy_init_annotations()
        && template
            .metadata
            .annotations
            .as_ref()
            .is_some_and(|map| LEGACY_ANNOTATIONS.iter().any(|key| map.contains_key(key)));
    !legacy && pod_spec_has_defaults(&template.spec, sem)
}

fn fill_template(template: &mut PodTemplateSpec, sem: &Semantics) {
    if let Some(map) = &mut template.metadata.annotations
        && sem.drops_legacy_init_annotations()
    {
        drop_legacy_annotations(map);
    }
    if !pod_spec_has_defaults(&template.spec, sem) {
        fill_pod_spec(Arc::make_mut(&mut template.spec), sem);
    }
}

/// Defaults of a pod spec's untyped members (DEFAULT-8, DEFAULT-12).
const POD: &[Fill] = &[
    Fill { under: &[], key: "dnsPolicy", value: D::Text("ClusterFirst") },
    Fill { under: &[], key: "schedulerName", value: D::Text("default-scheduler") },
    Fill { under: &[], key: "securityContext", value: D::NilObject },
    Fill { under: &["volumes", "*", "hostPath"], key: "type", value: D::NilText("") },
    Fill { under: &["volumes", "*", "secret"], key: "defaultMode", value: D::NilNumber(420) },
    Fill { under: &["volumes", "*", "configMap"], key: "defaultMode", value: D::NilNumber(420) },
    Fill { under: &["volumes", "*", "downwardAPI"], key: "defaultMode", value: D::NilNumber(420) },
    Fill { under: &["volumes", "*", "projected"], key: "defaultMode", value: D::NilNumber(420) },
    Fill {
        under: &["volumes", "*", "downwardAPI", "items", "*", "fieldRef"],
        key: "apiVersion",
        value: D::Text("v1"),
    },
    Fill {
        under: &[
            "volumes",
            "*",
            "projected",
            "sources",
            "*",
            "downwardAPI",
            "items",
            "*",
            "fieldRef",
        ],
        key: "apiVersion",
        value: D::Text("v1"),
    },
    Fill {
        under: &["volumes", "*", "projected", "sources", "*", "serviceAccountToken"],
        key: "expirationSeconds",
        value: D::NilNumber(3600),
    },
    Fill {
        under: &["volumes", "*", "ephemeral", "volumeClaimTemplate", "spec"],
        key: "volumeMode",
        value: D::NilText("Filesystem"),
    },
    Fill { under: &["volumes", "*", "iscsi"], key: "iscsiInterface", value: D::Text("default") },
    Fill { under: &["volumes", "*", "rbd"], key: "pool", value: D::Text("rbd") },
    Fill { under: &["volumes", "*", "rbd"], key: "user", value: D::Text("admin") },
    Fill { under: &["volumes", "*", "rbd"], key: "keyring", value: D::Text("/etc/ceph/keyring") },
    Fill {
        under: &["volumes", "*", "azureDisk"],
        key: "cachingMode",
        value: D::NilText("ReadWrite"),
    },
    Fill { under: &["volumes", "*", "azureDisk"], key: "fsType", value: D::NilText("ext4") },
    Fill { under: &["volumes", "*", "azureDisk"], key: "readOnly", value: D::NilBool(false) },
    Fill { under: &["volumes", "*", "azureDisk"], key: "kind", value: D::NilText("Shared") },
    Fill {
        under: &["volumes", "*", "scaleIO"],
        key: "storageMode",
        value: D::Text("ThinProvisioned"),
    },
    Fill { under: &["volumes", "*", "scaleIO"], key: "fsType", value: D::Text("xfs") },
];

/// Defaults of a container's untyped members (DEFAULT-10).
const CONTAINER: &[Fill] = &[
    Fill { under: &[], key: "terminationMessagePath", value: D::Text("/dev/termination-log") },
    Fill { under: &[], key: "terminationMessagePolicy", value: D::Text("File") },
    Fill { under: &["ports", "*"], key: "protocol", value: D::Text("TCP") },
    Fill { under: &["lifecycle", "postStart", "httpGet"], key: "path", value: D::Text("/") },
    Fill { under: &["lifecycle", "postStart", "httpGet"], key: "scheme", value: D::Text("HTTP") },
    Fill { under: &["lifecycle", "preStop", "httpGet"], key: "path", value: D::Text("/") },
    Fill { under: &["lifecycle", "preStop", "httpGet"], key: "scheme", value: D::Text("HTTP") },
];

/// Defaults of a probe (DEFAULT-10).
const PROBE: &[Fill] = &[
    Fill { under: &[], key: "timeoutSeconds", value: D::Number(1) },
    Fill { under: &[], key: "periodSeconds", value: D::Number(10) },
    Fill { under: &[], key: "successThreshold", value: D::Number(1) },
    Fill { under: &[], key: "failureThreshold", value: D::Number(3) },
    Fill { under: &["httpGet"], key: "path", value: D::Text("/") },
    Fill { under: &["httpGet"], key: "scheme", value: D::Text("HTTP") },
    Fill { under: &["grpc"], key: "service", value: D::NilText("") },
];

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// Default of `env[].valueFrom` (DEFAULT-10).
const ENV: &[Fill] = &[Fill { under: &["fileKeyRef"], key: "optional", value: D::NilBool(false) }];

fn pod_spec_has_defaults(spec: &PodSpec, sem: &Semantics) -> bool {
    spec.restart_policy.as_ref().is_some_and(|policy| !policy.as_str().is_empty())
        && spec.termination_grace_period_seconds.is_some()
        && text(&spec.extra, "serviceAccountName") == text(&spec.extra, "serviceAccount")
        && !spec.extra.contains_key("ephemeralContainers")
        && fill::filled(&spec.extra, POD)
        && volumes(&spec.extra).all(has_source)
        && (sem.drops_image_volumes() || volumes(&spec.extra).all(|v| pull_policy(v).is_none()))
        && quantities(spec.extra.get("overhead"))
        && requirements(spec.extra.get("resources").and_then(Value::as_object))
        && claims(&spec.extra).all(|r| requirements(Some(r)))
        && spec.init_containers.iter().chain(&spec.containers).all(container_has_defaults)
}

fn fill_pod_spec(spec: &mut PodSpec, sem: &Semantics) {
    let account = match text(&spec.extra, "serviceAccountName") {
        "" => text(&spec.extra, "serviceAccount"),
        name => name,
    };
    if !account.is_empty() {
        let account = Value::from(account);
        spec.extra.insert("serviceAccount".to_owned(), account.clone());
        spec.extra.insert("serviceAccountName".to_owned(), account);
    }
    fill::fill(&mut spec.extra, POD);
    if spec.restart_policy.as_ref().is_none_or(|policy| policy.as_str().is_empty()) {
        spec.restart_policy = Some(RestartPolicy::Always);
    }
    spec.termination_grace_period_seconds.get_or_insert(30);
    for volume in items_mut(&mut spec.extra, "volumes") {
        if !has_source(volume) {
            volume.insert("emptyDir".to_owned(), Value::Object(Map::new()));
        }
        if let Some(policy) = pull_policy(volume).filter(|_| !sem.drops_image_volumes())
            && let Some(Value::Object(image)) = volume.get_mut("image")
        {
            image.insert("pullPolicy".to_owned(), policy.into());
        }
        let claim = ["ephemeral", "volumeClaimTemplate", "spec", "resources"];
        if let Some(resources) = object_at(volume, &claim) {
            round_requirements(resources);
        }
    }
    round(spec.extra.get_mut("overhead"));
    if let Some(Value::Object(resources)) = spec.extra.get_mut("resources") {
        round_requirements(resources);
    }
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        fill_container(container);
    }
    if let Some(Value::Array(list)) = spec.extra.get_mut("ephemeralContainers") {
        for item in list {
            // What is no container was refused when it was decoded.
            if let Ok(mut container) = Container::deserialize(&*item) {
                fill_container(&mut container);
                *item = serde_json::to_value(container).unwrap_or_default();
            }
        }
    }
}

fn container_has_defaults(container: &Container) -> bool {
    !text(&container.extra, "imagePullPolicy").is_empty()
        && fill::filled(&container.extra, CONTAINER)
        && PROBES.iter().all(|probe| match container.extra.get(*probe) {
            Some(Value::Object(probe)) => fill::filled(probe, PROBE),
            _ => true,
        })
        && requirements(Some(&container.resources))
        && container.env.iter().filter_map(|env| env.value_from.as_ref()).all(|source| {
            source.field_ref.as_ref().is_none_or(|field| !field.api_version.is_empty())
                && fill::filled(&source.extra, ENV)
        })
}

fn fill_container(container: &mut Container) {
    if text(&container.extra, "imagePullPolicy").is_empty() {
        let policy = match image::effective_tag(&container.image) {
            Some("latest") => "Always",
            _ => "IfNotPresent",
        };
        container.extra.insert("imagePullPolicy".to_owned(), policy.into());
    }
    fill::fill(&mut container.extra, CONTAINER);
    for probe in PROBES {
        if let Some(Value::Object(probe)) = container.extra.get_mut(probe) {
            fill::fill(probe, PROBE);
        }
    }
    round_requirements(&mut container.resources);
    for source in container.env.iter_mut().filter_map(|env| env.value_from.as_mut()) {
        if let Some(field) = &mut source.field_ref
            && field.api_version.is_empty()
        {
            field.api_version = "v1".to_owned();
        }
        fill::fill(&mut source.extra, ENV);
    }
}

fn volumes(extra: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let list = extra.get("volumes").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// The pull policy that an image volume lacks (DEFAULT-12).
fn pull_policy(volume: &Map<String, Value>) -> Option<&'static str> {
    let image = volume.get("image")?.as_object()?;
    if !text(image, "pullPolicy").is_empty() {
        return None;
    }
    Some(match image::effective_tag(text(image, "reference")) {
        Some("latest") => "Always",
        _ => "IfNotPresent",
    })
}

/// A volume that says more than its name.
fn has_source(volume: &Map<String, Value>) -> bool {
    volume.iter().any(|(key, value)| key != "name" && !value.is_null())
}

fn claims(extra: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    volumes(extra).filter_map(|volume| {
        let spec = volume.get("ephemeral")?.get("volumeClaimTemplate")?.get("spec")?;
        spec.get("resources")?.as_object()
    })
}

fn items_mut<'a>(
    extra: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = extra.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn object_at<'a>(
    mut object: &'a mut Map<String, Value>,
    path: &[&str],
) -> Option<&'a mut Map<String, Value>> {
    for key in path {
        object = object.get_mut(*key)?.as_object_mut()?;
    }
    Some(object)
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the limits and requests are printed as they are stored (DEFAULT-14).
fn requirements(resources: Option<&Map<String, Value>>) -> bool {
    resources.is_none_or(|r| quantities(r.get("limits")) && quantities(r.get("requests")))
}

fn round_requirements(resources: &mut Map<String, Value>) {
    round(resources.get_mut("limits"));
    round(resources.get_mut("requests"));
}

fn quantities(map: Option<&Value>) -> bool {
    map.and_then(Value::as_object)
        .is_none_or(|map| map.values().all(|value| rounded(value).is_none()))
}

fn round(map: Option<&mut Value>) {
    for value in map.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if let Some(text) = rounded(value) {
            *value = text.into();
        }
    }
}

/// The canonical text, if it is another one.
fn rounded(value: &Value) -> Option<String> {
    let number;
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Number(n) => {
            number = n.to_string();
            &number
        }
        _ => return None,
    };
    let canonical = Quantity::parse(text.trim()).ok()?.round_to_milli().to_string();
    (value.as_str() != Some(canonical.as_str())).then_some(canonical)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::KubeVersion;

    fn job(document: Value) -> Job {
        serde_json::from_value(document).unwrap()
    }

    /// A template with about everything that is defaulted.
    fn rich() -> Job {
        job(json!({"spec": {
            "podFailurePolicy": {"rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "X"}]},
            ]},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {
                "serviceAccount": "sa",
                "overhead": {"cpu": "0.5"},
                "volumes": [
                    {"name": "a"},
                    {"name": "b", "secret": {"secretName": "s"}},
                    {"name": "c", "projected": {"sources": [
                        {"serviceAccountToken": {"path": "t"}},
                        {"downwardAPI": {"items": [{"fieldRef": {"fieldPath": "metadata.name"}}]}},
                    ]}},
                    {"name": "d", "ephemeral": {"volumeClaimTemplate": {"spec": {
                        "resources": {"requests": {"storage": "1024Mi"}},
                    }}}},
                ],
                "initContainers": [{"name": "i", "lifecycle": {"preStop": {"httpGet": {}}}}],
                "containers": [{
                    "name": "c",
                    "image": "x:1",
                    "ports": [{"containerPort": 80}],
                    "livenessProbe": {"grpc": {"port": 1}, "periodSeconds": 0},
                    "resources": {"limits": {"cpu": "1000m", "memory": 1}},
                    "env": [
                        {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    ],
                }],
            }},
        }}))
    }

    #[test]
    fn a_defaulted_job_is_neither_changed_nor_cloned() {
        for version in KubeVersion::ALL {
            let sem = Semantics::kube(version);
            let mut job = rich();
            assert!(!job_spec_has_defaults(&job.spec, &sem));
            default_job(&mut job, &sem);
            assert!(job_spec_has_defaults(&job.spec, &sem), "{version}");
            let before = job.clone();
            default_job(&mut job, &sem);
            assert_eq!(job, before);
            assert!(Arc::ptr_eq(&job.spec, &before.spec));
            assert!(matches!(defaulted(&job, &sem), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn counts_depend_on_each_other() {
        let sem = Semantics::default();
        for (spec, completions, parallelism) in [
            (json!({}), Some(1), Some(1)),
            (json!({"parallelism": 5}), None, Some(5)),
            (json!({"completions": 5}), Some(5), Some(1)),
        ] {
            let mut job = job(json!({"spec": spec}));
            default_job(&mut job, &sem);
            assert_eq!((job.spec.completions, job.spec.parallelism), (completions, parallelism));
        }
    }

    #[test]
    fn a_job_without_labels_takes_its_templates() {
        let mut job = rich();
        default_job(&mut job, &Semantics::default());
        assert_eq!(job.metadata.label("app"), Some("x"));
        assert_eq!(text(&job.spec.template.spec.extra, "serviceAccountName"), "sa");
    }
}
