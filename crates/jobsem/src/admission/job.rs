//! Validation of a Job's spec.
//!
//! Rules: VALID-20 to VALID-54 but for the policies, SELECTOR-4 to SELECTOR-6, in the order of
//! VALID-1. `scheduling` has [`super::scheduling`].

use super::path::{Errors, LengthWords, Path, composite, text, typed};
use super::policies;
use super::scheduling;
use super::selector;
use super::template;
use crate::api::well_known::{CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME};
use crate::api::{
    CompletionMode, Job, JobSpec, LabelMap, LabelSelector, PodReplacementPolicy, RestartPolicy,
    Text,
};
use crate::names;
use crate::refusal::BadValue;

/// Most pods of an Indexed Job at once, and most failed indexes.
const INDEXED_LIMIT: i32 = 100_000;
/// Above so many completions, indexes with limits of their own are restricted further.
const COMPLETIONS_SOFT_LIMIT: i32 = 100_000;
/// The limit for pods at once and failed indexes above that.
const INDEXED_LIMIT_ABOVE: i32 = 10_000;
/// Longest `managedBy`, in bytes.
const MANAGED_BY_LIMIT: usize = 63;

/// The rules on a Job's spec as a Job has it: selector and host names included.
pub(super) fn validate(job: &Job, errors: &mut Errors<'_>) {
    let path = Path::root("spec");
    validate_spec(&job.spec, &path, errors);
    validate_selector(&job.spec, &path, errors);
}

/// The labels and the selector that the server made are still there (SELECTOR-4, SELECTOR-5).
pub(super) fn validate_generated(job: &Job, prefixed: bool, errors: &mut Errors<'_>) {
    let (spec, meta) = (&job.spec, &job.metadata);
    if spec.manual_selector == Some(true) {
        return;
    }
    let Some(selector) = &spec.selector else { return };
    let root = Path::root("metadata");
    if meta.uid.is_empty() {
        errors.required(&root.child("uid"), "");
    }
    let expected = [
        (LEGACY_CONTROLLER_UID, &meta.uid),
        (LEGACY_JOB_NAME, &meta.name),
        (CONTROLLER_UID, &meta.uid),
        (JOB_NAME, &meta.name),
    ];
    let expected = if prefixed { &expected[..] } else { &expected[..2] };
    let labels = spec.template.metadata.labels.as_ref();
    let root = Path::root("spec");
    let (template, metadata) = (root.child("template"), "metadata");
    let (metadata, list) = (template.child(metadata), "labels");
    let list = metadata.child(list);
    for (key, value) in expected {
        let found = labels.and_then(|labels| labels.get(key));
        if found.is_some_and(|found| found == value.as_str()) {
            continue;
        }
        let detail = format!("must be '{value}'");
        match found {
            None => errors.required(&list.key(key), detail),
            Some(_) => errors.invalid(&list.key(key), labels_value(labels), detail),
        }
    }
    let matches = |selector: &LabelSelector| {
        let lookup = |key: &str| expected.iter().find(|e| e.0 == key).map(|e| e.1.as_str());
        selector::matches(selector, lookup)
    };
    if selector::converts(selector, errors.sem) && !matches(selector) {
        let detail = "`selector` not auto-generated";
        errors.invalid(&root.child("selector"), composite(selector), detail);
    }
}

/// A map of labels, null if there is none.
pub(super) fn labels_value(labels: Option<&LabelMap>) -> BadValue {
    let texts = |(key, value): (&Text, &Text)| (key.to_string(), value.to_string());
    BadValue::Labels(labels.map(|labels| labels.iter().map(texts).collect()))
}

/// Selector presence, syntax and match (VALID-50, VALID-51, VALID-53).
fn validate_selector(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let selector_path = path.child("selector");
    match &spec.selector {
        None => errors.required(&selector_path, ""),
        Some(selector) => selector::validate(selector, &selector_path, errors),
    }
    let labels = spec.template.metadata.labels.as_ref();
    let lookup = |key: &str| labels.and_then(|labels| labels.get(key)).map(Text::as_str);
    let matches = match &spec.selector {
        None => false,
        Some(selector) => {
            !selector::converts(selector, errors.sem) || selector::matches(selector, lookup)
        }
    };
    if !matches {
        let template = path.child("template");
        let metadata = template.child("metadata");
        let detail = "`selector` does not match template `labels`";
        errors.invalid(&metadata.child("labels"), labels_value(labels), detail);
    }
}

/// The host name of the last index is a DNS label (VALID-54).
pub(super) fn validate_host_names(job: &Job, errors: &mut Errors<'_>) {
    let Some(completions) = job.spec.completions.filter(|n| *n > 0) else { return };
    if !job.is_indexed() {
        return;
    }
    let name = &job.metadata.name;
    let digits = (completions - 1).checked_ilog10().unwrap_or(0) as usize + 1;
    if names::is_dns_label(name) && name.len() + 1 + digits <= 63 {
        return;
    }
    let host = format!("{name}-{}", completions - 1);
    if !names::is_dns_label(&host) {
        let detail = format!("will not able to create pod with invalid DNS label: {host}");
        errors.invalid(&Path::root("metadata").child("name"), text(name), detail);
    }
}

/// The rules on a spec, for Jobs and for what CronJobs make (8.3 to 8.8).
pub(super) fn validate_spec(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let counts = [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished.map(i64::from)),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index.map(i64::from)),
        ("maxFailedIndexes", spec.max_failed_indexes.map(i64::from)),
    ];
    for (name, count) in counts {
        errors.non_negative(&path.child(name), count.unwrap_or(0));
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        let path = path.child("backoffLimitPerIndex");
        errors.required(&path, "when maxFailedIndexes is specified");
    }
    if let Some(manager) = &spec.managed_by
        && errors.sem.validates_managed_by()
    {
        validate_managed_by(manager, &path.child("managedBy"), errors);
    }
    match &spec.completion_mode {
        Some(CompletionMode::Indexed) => validate_indexed(spec, path, errors),
        None | Some(CompletionMode::NonIndexed) => validate_non_indexed(spec, path, errors),
        Some(CompletionMode::Other(mode)) => {
            let value = BadValue::TextPointer(mode.clone());
            let path = path.child("completionMode");
            errors.not_supported(&path, value, &["NonIndexed", "Indexed"]);
        }
    }
    if let Some(policy) = &spec.pod_failure_policy {
        policies::validate_failure_policy(policy, spec, &path.child("podFailurePolicy"), errors);
    }
    if let Some(policy) = &spec.success_policy
        && errors.sem.validates_success_policy()
    {
        policies::validate_success_policy(policy, spec, &path.child("successPolicy"), errors);
    }
    validate_replacement_policy(spec, &path.child("podReplacementPolicy"), errors);
    scheduling::validate(spec, path, errors);
    let template_path = path.child("template");
    template::validate(&spec.template, &template_path, errors);
    validate_restart_policy(spec, &template_path, errors);
}

/// VALID-22.
fn validate_managed_by(manager: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if manager.is_empty() {
        errors.required(path, "");
    } else {
        match manager.split_once('/') {
            Some((host, rest)) if !host.is_empty() && !rest.is_empty() => {
                names::dns_subdomain(host, |detail| errors.invalid(path, text(host), detail));
                let legal = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b);
                if !rest.bytes().all(legal) {
                    let detail = "Invalid path (regex used for validation is \
                                  '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
                    errors.invalid(path, text(rest), detail);
                }
            }
            _ => {
                let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
                errors.invalid(path, text(manager), detail);
            }
        }
    }
    if manager.len() > MANAGED_BY_LIMIT {
        errors.too_long(path, MANAGED_BY_LIMIT, LengthWords::Name);
    }
}

/// VALID-24.
fn validate_indexed(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let number = |n: i32| BadValue::Number(n.into());
    let parallelism = path.child("parallelism");
    let max_failed = path.child("maxFailedIndexes");
    if spec.completions.is_none() {
        errors.required(&path.child("completions"), "when completion mode is Indexed");
    }
    if let Some(n) = spec.parallelism.filter(|n| *n > INDEXED_LIMIT) {
        let detail = format!(
            "must be less than or equal to {INDEXED_LIMIT} when completion mode is Indexed"
        );
        errors.invalid(&parallelism, number(n), detail);
    }
    if let (Some(completions), Some(n)) = (spec.completions, spec.max_failed_indexes)
        && n > completions
    {
        errors.invalid(&max_failed, number(n), "must be less than or equal to completions");
    }
    if let Some(n) = spec.max_failed_indexes.filter(|n| *n > INDEXED_LIMIT) {
        let detail = format!("must be less than or equal to {INDEXED_LIMIT}");
        errors.invalid(&max_failed, number(n), detail);
    }
    let many = spec.completions.is_some_and(|n| n > COMPLETIONS_SOFT_LIMIT);
    if !many || spec.backoff_limit_per_index.is_none() {
        return;
    }
    if spec.max_failed_indexes.is_none() {
        let detail = format!("must be specified when completions is above {INDEXED_LIMIT}");
        errors.required(&max_failed, detail);
    }
    for (path, n) in [(parallelism, spec.parallelism), (max_failed, spec.max_failed_indexes)] {
        if let Some(n) = n.filter(|n| *n > INDEXED_LIMIT_ABOVE) {
            let detail = format!(
                "must be less than or equal to {INDEXED_LIMIT_ABOVE} when completions are above \
                 {COMPLETIONS_SOFT_LIMIT} and used with backoff limit per index"
            );
            errors.invalid(&path, number(n), detail);
        }
    }
}

/// VALID-25.
fn validate_non_indexed(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    for (name, value) in [
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ] {
        if let Some(n) = value {
            let value = BadValue::Number(n.into());
            errors.invalid(&path.child(name), value, "requires indexed completion mode");
        }
    }
}

/// VALID-28.
fn validate_replacement_policy(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(policy) = &spec.pod_replacement_policy else { return };
    let supported: &[&str] = match (policy, &spec.pod_failure_policy) {
        (PodReplacementPolicy::Failed, _) => return,
        (_, Some(_)) => &["Failed"],
        (PodReplacementPolicy::TerminatingOrFailed, None) => return,
        _ => &["Failed", "TerminatingOrFailed"],
    };
    errors.not_supported(path, typed(policy.as_str()), supported);
}

/// VALID-62.
fn validate_restart_policy(spec: &JobSpec, template: &Path<'_>, errors: &mut Errors<'_>) {
    let pod = template.child("spec");
    let path = pod.child("restartPolicy");
    let policy = spec.template.spec.restart_policy.as_ref();
    match policy.unwrap_or(&RestartPolicy::Always) {
        RestartPolicy::Always => {
            errors.required(&path, "valid values: \"OnFailure\", \"Never\"");
        }
        RestartPolicy::Never => {}
        RestartPolicy::OnFailure => {
            if spec.pod_failure_policy.is_some() {
                let detail = "only \"Never\" is supported when podFailurePolicy is specified";
                errors.invalid(&path, typed("OnFailure"), detail);
            }
        }
        RestartPolicy::Other(other) if other.is_empty() => {
            errors.required(&path, "valid values: \"OnFailure\", \"Never\"");
        }
        RestartPolicy::Other(other) => {
            errors.not_supported(&path, typed(other), &["OnFailure", "Never"]);
        }
    }
}
