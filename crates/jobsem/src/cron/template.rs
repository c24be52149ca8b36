//! The Job that a CronJob starts.
//!
//! Rules: CRON-60, CRON-61.

use super::zone::Zone;
use crate::api::{CronJob, Job, LabelMap, ObjectMeta, OwnerReference, Text};
use crate::{Gate, Semantics, Time};

/// Annotation with the scheduled time of a Job, as RFC 3339 in the CronJob's zone.
pub const SCHEDULED_TIMESTAMP: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The name of the Job for the scheduled time `due`; unique per minute.
pub(crate) fn job_name(cronjob: &CronJob, due: Time) -> String {
    format!("{}-{}", cronjob.metadata.name, due.unix() / 60)
}

/// The Job of the create request.
///
/// # Errors
///
/// If the CronJob's zone does not exist.
pub(crate) fn job(cronjob: &CronJob, due: Time, sem: &Semantics) -> Result<Job, String> {
    let template = &cronjob.spec.job_template;
    let mut annotations: LabelMap = template.metadata.annotations.clone().unwrap_or_default();
    if sem.gate(Gate::CronJobsScheduledAnnotation) {
        let zone = cronjob.spec.time_zone.as_deref().unwrap_or_default();
        let zone = Zone::named(zone)?.unwrap_or(Zone::UTC);
        annotations.insert(Text::of(SCHEDULED_TIMESTAMP), zone.rfc3339(due.unix()));
    }
    let (name, uid) = (&cronjob.metadata.name, &cronjob.metadata.uid);
    let metadata = ObjectMeta {
        name: job_name(cronjob, due).into(),
        labels: template.metadata.labels.clone(),
        annotations: Some(annotations),
        owner_references: vec![OwnerReference::controller_of("batch/v1", "CronJob", name, uid)]
            .into(),
        // For readers of the request only: the API server sets its own.
        creation_timestamp: Some(due),
        ..ObjectMeta::default()
    };
    Ok(Job { metadata, spec: template.spec.clone(), ..Job::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_its_time_in_name_and_annotation() {
        // CRON-60.
        let cronjob: CronJob = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "c", "uid": "u", "namespace": "n"},
            "spec": {"schedule": "* * * * *", "timeZone": "Europe/Paris", "jobTemplate": {
                "metadata": {"name": "x", "labels": {"l": "1"}, "finalizers": ["f"]},
            }},
        }))
        .unwrap();
        let due = "2000-01-01T00:01:30Z".parse().unwrap();
        let job = job(&cronjob, due, &Semantics::default()).unwrap();
        assert_eq!(job.metadata.name, "c-15778081");
        assert_eq!(job.metadata.label("l"), Some("1"));
        assert_eq!(job.metadata.namespace, "");
        assert!(job.metadata.finalizers.is_empty());
        let at = job.metadata.annotation(SCHEDULED_TIMESTAMP);
        assert_eq!(at, Some("2000-01-01T01:01:30+01:00"));
        let owner = job.metadata.controller_ref().unwrap();
        assert_eq!((owner.kind.as_str(), owner.name.as_str()), ("CronJob", "c"));
    }
}
