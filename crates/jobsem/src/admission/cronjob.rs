//! Validation of CronJobs.
//!
//! Rules: CRONVALID-1 to CRONVALID-9, UPDATE-50, VALID-90. The grammar of schedules is in
//! [`crate::cron`].

use super::job;
use super::metadata::{self, NameRule};
use super::path::{Errors, Path, composite, text, typed};
use super::scheduling;
use crate::api::{CronJob, CronJobSpec};
use crate::cron::{CronSchedule, zone};
use crate::refusal::BadValue;

/// Longest name of a new CronJob: its Jobs' names are eleven characters longer.
const NAME_LIMIT: usize = 52;

/// The list of a create (CRONVALID-1).
pub(super) fn validate_create(cronjob: &CronJob, errors: &mut Errors<'_>) {
    metadata::validate(&cronjob.metadata, NameRule::Subdomain, errors);
    metadata::validate_finalizers(&cronjob.metadata, errors);
    let late = validate_spec(&cronjob.spec, None, errors);
    let name = &cronjob.metadata.name;
    if name.len() > NAME_LIMIT {
        let path = Path::root("metadata");
        let detail = format!("must be no more than {NAME_LIMIT} characters");
        errors.invalid(&path.child("name"), text(name), detail);
    }
    declarative(cronjob, None, late, errors);
}

/// The list of an update (UPDATE-50).
pub(super) fn validate_update(new: &CronJob, old: &CronJob, errors: &mut Errors<'_>) {
    metadata::validate(&new.metadata, NameRule::PathSegment, errors);
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    metadata::validate_update(&new.metadata, &old.metadata, errors);
    metadata::validate_finalizers(&new.metadata, errors);
    let old_template = &old.spec.job_template.spec.template;
    errors.allowed.keep(&new.spec.job_template.spec.template, old_template, errors.sem);
    let late = validate_spec(&new.spec, Some(&old.spec), errors);
    declarative(new, Some(old), late, errors);
}

/// What the declarative step appends (VALID-90, VALID-91).
fn declarative(
    cronjob: &CronJob,
    old: Option<&CronJob>,
    schedule_is_missing: bool,
    errors: &mut Errors<'_>,
) {
    let path = Path::root("spec");
    if schedule_is_missing {
        errors.required(&path.child("schedule"), "");
    }
    let template = path.child("jobTemplate");
    let old = old.map(|old| &*old.spec.job_template.spec);
    let spec = &cronjob.spec.job_template.spec;
    scheduling::declarative(spec, old, &template.child("spec"), errors);
}

/// The rules on the spec; says whether the declarative step is to miss the schedule.
fn validate_spec(spec: &CronJobSpec, old: Option<&CronJobSpec>, errors: &mut Errors<'_>) -> bool {
    let path = Path::root("spec");
    let schedule = path.child("schedule");
    let mut late = false;
    if spec.schedule.is_empty() {
        let changed = old.is_none_or(|old| old.schedule != spec.schedule);
        late = changed && errors.sem.requires_schedule_declaratively();
        if !late {
            errors.required(&schedule, "");
        }
    } else {
        validate_schedule(spec, old, &schedule, errors);
    }
    let deadline = path.child("startingDeadlineSeconds");
    errors.non_negative(&deadline, spec.starting_deadline_seconds.unwrap_or(0));
    if old.is_none_or(|old| old.time_zone != spec.time_zone)
        && let Some(zone) = &spec.time_zone
    {
        validate_time_zone(zone, &path.child("timeZone"), errors);
    }
    match spec.concurrency_policy.as_str() {
        "Allow" | "Forbid" | "Replace" => {}
        "" => errors.required(&path.child("concurrencyPolicy"), ""),
        other => {
            let path = path.child("concurrencyPolicy");
            errors.not_supported(&path, typed(other), &["Allow", "Forbid", "Replace"]);
        }
    }
    validate_job_template(spec, &path, errors);
    for (name, limit) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ] {
        errors.non_negative(&path.child(name), limit.unwrap_or(0).into());
    }
    late
}

/// CRONVALID-3, CRONVALID-6.
fn validate_schedule(
    spec: &CronJobSpec,
    old: Option<&CronJobSpec>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let schedule = &spec.schedule;
    if let Err(error) = CronSchedule::parse(schedule) {
        if error.is_panic() && !errors.sem.recovers_from_schedule_panics() {
            errors.internal = Some("runtime error: slice bounds out of range [:-1]");
        }
        errors.invalid(path, text(schedule), error.to_string());
    }
    let had_zone = old.is_some_and(|old| old.schedule.contains("TZ"));
    if !schedule.contains("TZ") {
        return;
    }
    if !had_zone {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.invalid(path, text(schedule), detail);
    } else if spec.time_zone.is_some() {
        let detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
        errors.invalid(path, text(schedule), detail);
    }
}

/// CRONVALID-7.
fn validate_time_zone(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let value = || BadValue::TextPointer(name.to_owned());
    if name.is_empty() {
        return errors.invalid(path, value(), "timeZone must be nil or non-empty string");
    }
    let legal = |part: &str| {
        let byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
        !matches!(part, "." | "..")
            && !part.starts_with('-')
            && (1..=14).contains(&part.len())
            && part.bytes().all(byte)
    };
    if !name.split('/').all(legal) {
        return errors.invalid(path, value(), format!("unknown time zone {name}"));
    }
    if name.eq_ignore_ascii_case("local") {
        let detail = "timeZone must be an explicit time zone as defined in \
                      https://www.iana.org/time-zones";
        errors.invalid(path, value(), detail);
    }
    // GO: `Local` names the zone of the machine, which always exists.
    if name != "Local"
        && let Err(why) = zone::lookup(name)
    {
        errors.invalid(path, value(), why);
    }
}

/// The Job's spec, and what the server would make up itself (CRONVALID-8).
fn validate_job_template(spec: &CronJobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let template = path.child("jobTemplate");
    let path = template.child("spec");
    let job = &spec.job_template.spec;
    job::validate_spec(job, &path, errors);
    if let Some(selector) = &job.selector {
        let detail = "`selector` will be auto-generated";
        errors.invalid(&path.child("selector"), composite(selector), detail);
    }
    if job.manual_selector == Some(true) {
        let path = path.child("manualSelector");
        errors.not_supported(&path, BadValue::Bool(true), &["nil", "false"]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::admission::{CreateContext, Invalid, create_cronjob, update_cronjob};
    use crate::api::CronJob;
    use crate::{KubeVersion, Semantics, Time};

    fn cronjob(spec: Value) -> CronJob {
        let mut document = json!({
            "metadata": {
                "name": "c", "namespace": "default", "uid": "u", "resourceVersion": "1",
                "generation": 1,
            },
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}],
            }}}}},
        });
        for (key, value) in spec.as_object().unwrap() {
            document["spec"][key] = value.clone();
        }
        serde_json::from_value(document).unwrap()
    }

    fn create(spec: Value, version: KubeVersion) -> Result<(), Invalid> {
        let ctx = CreateContext {
            namespace: "default",
            uid: "u",
            now: Time::UNIX_EPOCH,
            name_suffix: "00000",
        };
        create_cronjob(cronjob(spec), &ctx, &Semantics::kube(version)).map(|_| ())
    }

    fn fields(invalid: &Invalid) -> Vec<&str> {
        invalid.errors.iter().map(|error| error.field.as_str()).collect()
    }

    #[test]
    fn a_missing_schedule_is_told_last_by_the_declarative_step() {
        let spec = json!({"schedule": "", "startingDeadlineSeconds": -1});
        let new = create(spec.clone(), KubeVersion::V1_37).unwrap_err();
        assert_eq!(fields(&new), ["spec.startingDeadlineSeconds", "spec.schedule"]);
        let old = create(spec, KubeVersion::V1_36).unwrap_err();
        assert_eq!(fields(&old), ["spec.schedule", "spec.startingDeadlineSeconds"]);
    }

    #[test]
    fn zones_in_schedules() {
        let spec = json!({"schedule": "TZ=0"});
        assert_eq!(create(spec.clone(), KubeVersion::V1_35).unwrap_err().errors.len(), 2);
        assert!(create(spec, KubeVersion::V1_34).unwrap_err().internal_error().is_some());
        for (zone, errors) in [("Local", 1), ("local", 2), ("utc", 1), ("", 1), ("America", 1)] {
            let refused = create(json!({"timeZone": zone}), KubeVersion::V1_37).unwrap_err();
            assert_eq!(refused.errors.len(), errors, "{zone}");
        }
    }

    #[test]
    fn a_stored_zone_in_the_schedule_may_stay() {
        let sem = Semantics::default();
        let old = cronjob(json!({"schedule": "TZ=UTC 0 0 * * *"}));
        let admitted = update_cronjob(&old, old.clone(), &sem).unwrap();
        assert_eq!(admitted.object.metadata.generation, 1);
        assert!(admitted.warnings[0].contains("spec.spec.schedule"), "{:?}", admitted.warnings);
        let new = cronjob(json!({"schedule": "TZ=UTC 0 0 * * *", "timeZone": "UTC"}));
        let refused = update_cronjob(&old, new, &sem).unwrap_err();
        assert!(refused.message().contains("cannot use both timeZone field"), "{refused}");
        let new = cronjob(json!({"schedule": "5 0 * * *"}));
        assert_eq!(update_cronjob(&old, new, &sem).unwrap().object.metadata.generation, 2);
    }
}
