//! Preparation: what the API server itself writes, and what it takes off.
//!
//! Rules: PREPARE-1 to PREPARE-8, SELECTOR-1 to SELECTOR-3. Deliberately absent: gated members of
//! the pod template that no rule of jobsem reads; they pass through.

use std::sync::Arc;

use crate::api::well_known::{CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME};
use crate::api::{
    CronJob, FailurePolicyAction, Job, JobSpec, JobStatus, LabelMap, LabelSelector, ObjectMeta,
    PodTemplateSpec, Text,
};
use crate::{Semantics, Time};

/// What a new object gets that does not come from the request.
#[derive(Clone, Copy, Debug)]
pub struct CreateContext<'a> {
    /// The namespace of the request.
    pub namespace: &'a str,
    /// The new object's uid.
    pub uid: &'a str,
    /// The time of the request.
    pub now: Time,
    /// What completes `generateName` if the object has no name: five characters of
    /// `bcdfghjklmnpqrstvwxz2456789` in Kubernetes (PREPARE-1).
    pub name_suffix: &'a str,
}

/// How many bytes of `generateName` are used.
const GENERATED_BASE: usize = 58;

/// Sets what the server owns in the metadata of a new object (MODEL-3, PREPARE-1).
pub(super) fn new_metadata(
    meta: &mut ObjectMeta,
    ctx: &CreateContext<'_>,
    warnings: &mut Vec<String>,
) {
    super::warnings::dedup_owners(&mut meta.owner_references, warnings);
    if meta.namespace.is_empty() {
        meta.namespace = ctx.namespace.into();
    }
    meta.uid = ctx.uid.into();
    meta.creation_timestamp = Some(ctx.now.truncated());
    meta.deletion_timestamp = None;
    meta.deletion_grace_period_seconds = None;
    meta.extra.remove("selfLink");
    meta.generation = 1;
    if meta.name.is_empty() && !meta.generate_name.is_empty() {
        let mut end = meta.generate_name.len().min(GENERATED_BASE);
        // GO: the cut is one of bytes; a character that it would split goes as a whole here.
        while !meta.generate_name.is_char_boundary(end) {
            end -= 1;
        }
        meta.name = format!("{}{}", &meta.generate_name[..end], ctx.name_suffix).into();
    }
}

/// Prepares a new Job (PREPARE-2). `shares_labels`: the Job's labels are its template's.
pub(super) fn new_job(job: &mut Job, shares_labels: bool, sem: &Semantics) {
    let spec = Arc::make_mut(&mut job.spec);
    if spec.manual_selector != Some(true) {
        generate_selector(spec, &job.metadata);
    }
    if shares_labels {
        job.metadata.labels.clone_from(&spec.template.metadata.labels);
    }
    job.status = JobStatus::default();
    drop_from_new_job(spec, sem);
    drop_from_template(&mut spec.template, None, sem);
}

/// Prepares a new CronJob (PREPARE-3).
pub(super) fn new_cronjob(cronjob: &mut CronJob, sem: &Semantics) {
    cronjob.status = crate::api::CronJobStatus::default();
    let spec = Arc::make_mut(&mut cronjob.spec.job_template.spec);
    if sem.drops_scheduling() {
        spec.extra.remove("scheduling");
    }
    drop_from_template(&mut spec.template, None, sem);
}

/// Labels the template with name and uid, and selects by the uid (SELECTOR-2, SELECTOR-3).
fn generate_selector(spec: &mut JobSpec, meta: &ObjectMeta) {
    let labels = spec.template.metadata.labels.get_or_insert_default();
    for (key, value) in [
        (LEGACY_JOB_NAME, &meta.name),
        (JOB_NAME, &meta.name),
        (LEGACY_CONTROLLER_UID, &meta.uid),
        (CONTROLLER_UID, &meta.uid),
    ] {
        labels.insert_if_absent(Text::of(key), value);
    }
    let selector: &mut LabelSelector = spec.selector.get_or_insert_default();
    let selected: &mut LabelMap = selector.match_labels.get_or_insert_default();
    selected.insert_if_absent(Text::of(CONTROLLER_UID), &meta.uid);
}

/// Takes off what is gated in a new Job (PREPARE-4).
fn drop_from_new_job(spec: &mut JobSpec, sem: &Semantics) {
    if !sem.pod_failure_policy() {
        spec.pod_failure_policy = None;
    }
    if !sem.managed_by() {
        spec.managed_by = None;
    }
    if !sem.success_policy() {
        spec.success_policy = None;
    }
    if sem.drops_backoff_limit_per_index() {
        spec.backoff_limit_per_index = None;
        spec.max_failed_indexes = None;
        if let Some(policy) = &mut spec.pod_failure_policy {
            policy.rules.retain(|rule| rule.action != FailurePolicyAction::FailIndex);
        }
    }
    if !sem.pod_replacement_policy() {
        spec.pod_replacement_policy = None;
    }
    if sem.drops_scheduling() {
        spec.extra.remove("scheduling");
    }
}

/// Prepares the update of a Job (PREPARE-5), but for the generation.
pub(super) fn updated_job(new: &mut Job, old: &Job, sem: &Semantics) {
    new.status = old.status.clone();
    carry_over(&mut new.metadata, &old.metadata);
    let (spec, old) = (Arc::make_mut(&mut new.spec), &old.spec);
    if !sem.pod_failure_policy() && old.pod_failure_policy.is_none() {
        spec.pod_failure_policy = None;
    }
    if !sem.success_policy() && old.success_policy.is_none() {
        spec.success_policy = None;
    }
    if sem.drops_backoff_limit_per_index() {
        if old.backoff_limit_per_index.is_none() {
            spec.backoff_limit_per_index = None;
        }
        if old.max_failed_indexes.is_none() {
            spec.max_failed_indexes = None;
        }
    }
    if !sem.pod_replacement_policy() && old.pod_replacement_policy.is_none() {
        spec.pod_replacement_policy = None;
    }
    if sem.drops_scheduling() && !old.extra.contains_key("scheduling") {
        spec.extra.remove("scheduling");
    }
    drop_from_template(&mut spec.template, Some(&old.template), sem);
}

/// Prepares the update of a CronJob (PREPARE-7), but for the generation.
pub(super) fn updated_cronjob(new: &mut CronJob, old: &CronJob, sem: &Semantics) {
    new.status = old.status.clone();
    carry_over(&mut new.metadata, &old.metadata);
    let old = &old.spec.job_template.spec;
    let spec = Arc::make_mut(&mut new.spec.job_template.spec);
    if sem.drops_scheduling() && !old.extra.contains_key("scheduling") {
        spec.extra.remove("scheduling");
    }
    drop_from_template(&mut spec.template, Some(&old.template), sem);
}

/// Metadata that an update keeps whatever the request says (MODEL-4).
pub(super) fn carry_over(new: &mut ObjectMeta, old: &ObjectMeta) {
    new.generation = old.generation;
    if new.namespace.is_empty() {
        new.namespace.clone_from(&old.namespace);
    }
    if new.uid.is_empty() {
        new.uid.clone_from(&old.uid);
    }
    if new.resource_version.is_empty() {
        // An update without a version is unconditional (RENDER-10).
        new.resource_version.clone_from(&old.resource_version);
    }
    if old.creation_timestamp.is_some() {
        new.creation_timestamp = old.creation_timestamp;
    }
    if old.deletion_timestamp.is_some() {
        new.deletion_timestamp = old.deletion_timestamp;
    }
    if new.deletion_grace_period_seconds.is_none() {
        new.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    }
}

/// Takes off what is gated in a pod template and not used by the old one (PREPARE-6).
fn drop_from_template(
    template: &mut PodTemplateSpec,
    old: Option<&PodTemplateSpec>,
    sem: &Semantics,
) {
    if let Some(annotations) = &mut template.metadata.annotations {
        super::defaults::drop_legacy_annotations(annotations);
    }
    super::drops::drop_gated(&mut template.spec, old.map(|old| &*old.spec), sem);
}
