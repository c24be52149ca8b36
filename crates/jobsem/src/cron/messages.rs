//! Every text of the CronJob controller that Kubernetes shows to users, byte for byte.
//!
//! Rules: CRON-02, CRON-12 to CRON-25, CRON-41, CRON-45, HIST-06.

use crate::event::EventType::{self, Normal, Warning};
use crate::quote::go_quoted;

/// An event of a CronJob: type, reason, message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said(pub(crate) EventType, pub(crate) &'static str, pub(crate) String);

pub(crate) fn unparseable_update(schedule: &str) -> Said {
    let text = format!("unparseable schedule for cronjob: {schedule}");
    Said(Warning, "UnParseableCronJobSchedule", text)
}

pub(crate) fn unexpected_job(name: &str) -> Said {
    let text = format!("Saw a job that the controller did not create or forgot: {name}");
    Said(Warning, "UnexpectedJob", text)
}

/// V-CRON-1: older versions call the last part a status.
pub(crate) fn saw_completed(name: &str, condition: &str, called_condition: bool) -> Said {
    let word = if called_condition { "condition" } else { "status" };
    Said(Normal, "SawCompletedJob", format!("Saw completed job: {name}, {word}: {condition}"))
}

pub(crate) fn missing_job(name: &str) -> Said {
    Said(Normal, "MissingJob", format!("Active job went missing: {name}"))
}

pub(crate) fn unknown_zone(zone: &str, why: &str) -> Said {
    let text = format!("invalid timeZone: {}: {why}", go_quoted(zone));
    Said(Warning, "UnknownTimeZone", text)
}

pub(crate) fn unsupported_schedule(schedule: &str) -> Said {
    let text = format!(
        "CRON_TZ or TZ used in schedule {} is not officially supported, see \
         https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
        go_quoted(schedule)
    );
    Said(Warning, "UnsupportedSchedule", text)
}

pub(crate) fn unparseable_schedule(schedule: &str, why: &str) -> Said {
    let text = format!("unparseable schedule: {} : {why}", go_quoted(schedule));
    Said(Warning, "UnparseableSchedule", text)
}

/// CRON-42, step 5.
pub(crate) const NO_PROGRESS: &str = "time difference between two schedules is less than 1 second";

pub(crate) fn invalid_schedule(schedule: &str) -> Said {
    Said(Warning, "InvalidSchedule", format!("invalid schedule: {schedule} : {NO_PROGRESS}"))
}

pub(crate) fn too_many_missed() -> Said {
    let text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or \
                check clock skew";
    Said(Warning, "TooManyMissedTimes", text.to_owned())
}

pub(crate) fn missed_start(unix: i64) -> Said {
    let text = format!("Missed scheduled time to start a job: {}", super::zone::rfc1123(unix));
    Said(Warning, "MissSchedule", text)
}

pub(crate) fn already_active() -> Said {
    let text =
        "Not starting job because prior execution is running and concurrency policy is Forbid";
    Said(Normal, "JobAlreadyActive", text.to_owned())
}

pub(crate) fn failed_get(why: &str) -> Said {
    Said(Warning, "FailedGet", format!("Get job: {why}"))
}

pub(crate) fn failed_delete(why: &str) -> Said {
    Said(Warning, "FailedDelete", format!("Deleted job: {why}"))
}

pub(crate) fn deleted(name: &str) -> Said {
    Said(Normal, "SuccessfulDelete", format!("Deleted job {name}"))
}

pub(crate) fn failed_create(why: &str) -> Said {
    Said(Warning, "FailedCreate", format!("Error creating job: {why}"))
}

pub(crate) fn created(name: &str) -> Said {
    Said(Normal, "SuccessfulCreate", format!("Created job {name}"))
}

/// CRON-23.
pub(crate) fn could_not_replace(namespace: &str, name: &str) -> String {
    format!("could not replace job {namespace}/{name}")
}
