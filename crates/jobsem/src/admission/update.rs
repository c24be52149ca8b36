//! Validation of an update of a Job through the spec endpoint.
//!
//! Rules: UPDATE-2, UPDATE-3, UPDATE-10 to UPDATE-41.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::job;
use super::metadata::{self, NameRule};
use super::path::{Errors, IMMUTABLE, Path, composite};
use super::policies;
use super::scheduling;
use super::schema;
use super::selector;
use super::semantic;
use crate::Semantics;
use crate::api::well_known::{CONTROLLER_UID, JOB_NAME};
use crate::api::{
    CompletionMode, Container, Job, JobConditionType, JobSpec, PodSpec, PodTemplateSpec,
};
use crate::refusal::BadValue;

/// The whole list of an update: metadata, then the strategy's (UPDATE-1 to UPDATE-3).
pub(super) fn validate(new: &Job, old: &Job, errors: &mut Errors<'_>) {
    metadata::validate(&new.metadata, NameRule::PathSegment, errors);
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    errors.allowed.keep(&new.spec.template, &old.spec.template, errors.sem);
    errors.old_selector_values_are_ill_formed =
        old.spec.selector.as_ref().is_some_and(selector::has_ill_formed_values);
    if errors.sem.update_repeats_create_validation() {
        metadata::validate(&new.metadata, NameRule::Subdomain, errors);
        metadata::validate_finalizers(&new.metadata, errors);
        let labels = &old.spec.template.metadata;
        let prefixed = labels.label(JOB_NAME).is_some() && labels.label(CONTROLLER_UID).is_some();
        job::validate_generated(new, prefixed, errors);
        job::validate(new, errors);
        job::validate_host_names(new, errors);
    }
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    metadata::validate_finalizers(&new.metadata, errors);
    job::validate(new, errors);
    validate_immutable(new, old, errors);
    if !errors.sem.update_repeats_create_validation() {
        job::validate_host_names(new, errors);
    }
    scheduling::declarative(&new.spec, Some(&old.spec), &Path::root("spec"), errors);
}

/// What may not change.
fn validate_immutable(new: &Job, old: &Job, errors: &mut Errors<'_>) {
    let path = Path::root("spec");
    let (spec, before) = (&*new.spec, &*old.spec);
    validate_completions(spec, before, &path, errors);
    if !same_selector(spec, before, errors.sem) {
        errors.invalid(&path.child("selector"), nullable(spec.selector.as_ref()), IMMUTABLE);
    }
    validate_template(new, old, &path, errors);
    if spec.completion_mode != before.completion_mode {
        let value = spec.completion_mode.as_ref().map(CompletionMode::as_str);
        errors.invalid(&path.child("completionMode"), text_pointer(value), IMMUTABLE);
    }
    if spec.pod_failure_policy != before.pod_failure_policy {
        let value =
            spec.pod_failure_policy.as_ref().map_or(BadValue::Nil, policies::failure_policy_value);
        errors.invalid(&path.child("podFailurePolicy"), value, IMMUTABLE);
    }
    if spec.backoff_limit_per_index != before.backoff_limit_per_index {
        let value = number_pointer(spec.backoff_limit_per_index);
        errors.invalid(&path.child("backoffLimitPerIndex"), value, IMMUTABLE);
    }
    if spec.managed_by != before.managed_by {
        let value = text_pointer(spec.managed_by.as_deref());
        errors.invalid(&path.child("managedBy"), value, IMMUTABLE);
    }
    if spec.success_policy != before.success_policy {
        let value =
            spec.success_policy.as_ref().map_or(BadValue::Nil, policies::success_policy_value);
        errors.invalid(&path.child("successPolicy"), value, IMMUTABLE);
    }
    scheduling::validate_update(spec, before, errors);
}

/// UPDATE-11.
fn validate_completions(
    spec: &JobSpec,
    before: &JobSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if spec.completions == before.completions {
        return;
    }
    let path = path.child("completions");
    let indexed = spec.completion_mode == Some(CompletionMode::Indexed);
    let value = number_pointer(spec.completions);
    if !indexed || !errors.sem.elastic_indexed_jobs() {
        errors.invalid(&path, value, IMMUTABLE);
    } else if spec.completions.is_some() && spec.completions != spec.parallelism {
        let detail = "can only be modified in tandem with spec.parallelism";
        errors.invalid(&path, value, detail);
    }
}

fn same_selector(spec: &JobSpec, before: &JobSpec, sem: &Semantics) -> bool {
    match (&spec.selector, &before.selector) {
        (Some(a), Some(b)) => semantic::equal(a, b, &schema::LABEL_SELECTOR, sem),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What of the template may change now (UPDATE-30).
struct Mutable {
    directives: bool,
    resources: bool,
}

impl Mutable {
    fn of(old: &Job, sem: &Semantics) -> Mutable {
        let rule = sem.template_mutability();
        let suspended = old.is_suspended();
        let fresh = old.status.start_time.is_none();
        let acted_on = old.status.is_true(&JobConditionType::Suspended);
        let idle =
            suspended && (acted_on || fresh && rule.unstarted_counts) && old.status.active == 0;
        Mutable {
            directives: if rule.directives { idle } else { suspended && fresh },
            resources: rule.resources && idle,
        }
    }
}

fn validate_template(new: &Job, old: &Job, path: &Path<'_>, errors: &mut Errors<'_>) {
    let (template, before) = (&new.spec.template, &old.spec.template);
    if template == before {
        return;
    }
    let sem = errors.sem;
    let mutable = Mutable::of(old, sem);
    let mut before = Cow::Borrowed(before);
    if mutable.directives {
        take_directives(before.to_mut(), template);
    }
    if !mutable.resources {
        if !semantic::equal(template, &*before, &schema::POD_TEMPLATE_SPEC, sem) {
            errors.invalid(&path.child("template"), composite(template), IMMUTABLE);
        }
        return;
    }
    let before = with_resources(&before.spec, &template.spec);
    if !semantic::equal(&*template.spec, &before, &schema::POD_SPEC, sem) {
        let template_path = path.child("template");
        errors.invalid(&template_path.child("spec"), composite(&template.spec), IMMUTABLE);
    }
}

/// Makes the scheduling directives of `old` those of `new` (UPDATE-31).
fn take_directives(old: &mut PodTemplateSpec, new: &PodTemplateSpec) {
    old.metadata.labels.clone_from(&new.metadata.labels);
    old.metadata.annotations.clone_from(&new.metadata.annotations);
    let spec = Arc::make_mut(&mut old.spec);
    for member in ["nodeSelector", "tolerations", "schedulingGates"] {
        set(spec, member, new.spec.extra.get(member).cloned());
    }
    let node = |affinity: &Value| affinity.get("nodeAffinity").cloned();
    let affinity = match (new.spec.extra.get("affinity"), spec.extra.get("affinity")) {
        (None, Some(old)) => {
            let mut rest = old.clone();
            if let Value::Object(map) = &mut rest {
                map.remove("nodeAffinity");
                if map.is_empty() {
                    return set(spec, "affinity", None);
                }
            }
            Some(rest)
        }
        (Some(new), old) => {
            let mut merged = old.cloned().unwrap_or_else(|| Value::Object(Default::default()));
            if let Value::Object(map) = &mut merged {
                match node(new) {
                    Some(value) => map.insert("nodeAffinity".to_owned(), value),
                    None => map.remove("nodeAffinity"),
                };
            }
            Some(merged)
        }
        (None, None) => None,
    };
    set(spec, "affinity", affinity);
}

fn set(spec: &mut PodSpec, member: &str, value: Option<Value>) {
    match value {
        Some(value) => spec.extra.insert(member.to_owned(), value),
        None => spec.extra.remove(member),
    };
}

/// The old pod spec with the containers' resources of the new one (UPDATE-33).
fn with_resources(old: &PodSpec, new: &PodSpec) -> PodSpec {
    let take = |old: &mut [Container], new: &[Container]| {
        if old.len() == new.len() {
            for (old, new) in old.iter_mut().zip(new) {
                if old.name == new.name {
                    old.resources.clone_from(&new.resources);
                }
            }
        }
    };
    let mut old = old.clone();
    take(&mut old.containers, &new.containers);
    take(&mut old.init_containers, &new.init_containers);
    old
}

fn nullable<T: Serialize>(value: Option<&T>) -> BadValue {
    value.map_or(BadValue::Nil, composite)
}

fn number_pointer(value: Option<i32>) -> BadValue {
    value.map_or(BadValue::Nil, |n| BadValue::Number(n.into()))
}

fn text_pointer(value: Option<&str>) -> BadValue {
    value.map_or(BadValue::Nil, |text| BadValue::TextPointer(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::admission::{default_job, update_job};
    use crate::api::Job;
    use crate::{KubeVersion, Semantics};

    fn stored(status: serde_json::Value) -> Job {
        let labels = json!({
            "controller-uid": "u", "job-name": "j",
            "batch.kubernetes.io/controller-uid": "u", "batch.kubernetes.io/job-name": "j",
        });
        let document = json!({
            "metadata": {
                "name": "j", "namespace": "default", "uid": "u", "resourceVersion": "1",
                "generation": 1,
            },
            "spec": {
                "suspend": true,
                "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
                "template": {"metadata": {"labels": labels}, "spec": {
                    "restartPolicy": "Never",
                    "containers": [{
                        "name": "c", "image": "i",
                        "resources": {"requests": {"cpu": "1"}},
                    }],
                }},
            },
            "status": status,
        });
        let mut job: Job = serde_json::from_value(document).unwrap();
        default_job(&mut job, &Semantics::default());
        job
    }

    fn changed(job: &Job, change: impl FnOnce(&mut serde_json::Value)) -> Job {
        let mut document = serde_json::to_value(job).unwrap();
        change(&mut document["spec"]["template"]);
        serde_json::from_value(document).unwrap()
    }

    /// What of a suspended Job's template may change, by version (UPDATE-30 to UPDATE-33).
    #[test]
    fn templates_of_suspended_jobs() {
        let fresh = json!({});
        let unseen = json!({"startTime": "2000-01-01T00:00:00Z"});
        let seen = json!({
            "startTime": "2000-01-01T00:00:00Z",
            "conditions": [{"type": "Suspended", "status": "True"}],
        });
        let busy = json!({"active": 1, "conditions": [{"type": "Suspended", "status": "True"}]});
        for (version, status, directives, resources) in [
            (KubeVersion::V1_34, &fresh, true, false),
            (KubeVersion::V1_34, &seen, false, false),
            (KubeVersion::V1_34, &busy, true, false),
            (KubeVersion::V1_37, &fresh, true, true),
            (KubeVersion::V1_37, &seen, true, true),
            (KubeVersion::V1_37, &unseen, false, false),
            (KubeVersion::V1_37, &busy, false, false),
        ] {
            let sem = Semantics::kube(version);
            let old = stored(status.clone());
            let new = changed(&old, |t| t["spec"]["nodeSelector"] = json!({"a": "b"}));
            assert_eq!(update_job(&old, new, &sem).is_ok(), directives, "{version} {status}");
            let new = changed(&old, |t| {
                t["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "2"}});
            });
            assert_eq!(update_job(&old, new, &sem).is_ok(), resources, "{version} {status}");
            let new = changed(&old, |t| t["spec"]["containers"][0]["image"] = "other".into());
            assert!(update_job(&old, new, &sem).is_err(), "{version} {status}");
        }
    }

    #[test]
    fn the_generation_counts_changes_of_meaning() {
        let sem = Semantics::default();
        let old = stored(json!({}));
        let same = changed(&old, |t| {
            t["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "1000m"}});
            t["spec"]["nodeSelector"] = json!({});
        });
        assert_eq!(update_job(&old, same, &sem).unwrap().object.metadata.generation, 1);
        let other = changed(&old, |t| t["spec"]["nodeSelector"] = json!({"a": "b"}));
        assert_eq!(update_job(&old, other, &sem).unwrap().object.metadata.generation, 2);
    }
}
