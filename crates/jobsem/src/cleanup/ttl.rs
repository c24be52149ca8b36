//! Decides when a finished Job expires.
//!
//! Rules: TTL-02, TTL-04 to TTL-07 (upstream: `pkg/controller/ttlafterfinished`).

use crate::api::{ConditionStatus, Job, JobConditionType};
use crate::{SECOND, Time};

/// When a Job finished: the transition time of the first condition Complete or Failed that is
/// True. `None` if there is none, or it has no time; `completionTime` does not matter (TTL-04).
pub fn finish_time(job: &Job) -> Option<Time> {
    finished(job)?.ok()
}

/// When the `ttlSecondsAfterFinished` of a Job expires. `None` if the Job has not finished, has no
/// TTL, or is being deleted.
///
/// ```
/// use jobsem::{Time, api::Job, cleanup::expiry};
///
/// let job: Job = serde_json::from_str(r#"{
///     "spec": {"ttlSecondsAfterFinished": 10},
///     "status": {"conditions": [{"type": "Complete", "status": "True",
///                                "lastTransitionTime": "2000-01-01T00:00:30Z"}]}}"#)?;
/// assert_eq!(expiry(&job), Some("2000-01-01T00:00:40Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn expiry(job: &Job) -> Option<Time> {
    match evaluate(job, Time::from_unix(i64::MIN)) {
        Ok(Ttl::Wait { until, .. }) => Some(until),
        _ => None,
    }
}

/// What to do with a Job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ttl {
    Nothing,
    /// Check again at this time, this many nanoseconds away.
    Wait {
        until: Time,
        nanos: i64,
    },
    Delete,
}

/// TTL-02: set (zero counts) and finished.
pub(crate) fn needs_cleanup(job: &Job) -> bool {
    job.spec.ttl_seconds_after_finished.is_some() && job.is_finished()
}

/// TTL-07.
///
/// # Errors
///
/// If the Job has finished but no condition carries a time.
pub(crate) fn evaluate(job: &Job, now: Time) -> Result<Ttl, String> {
    let Some(ttl) = job.spec.ttl_seconds_after_finished else { return Ok(Ttl::Nothing) };
    if job.metadata.deletion_timestamp.is_some() {
        return Ok(Ttl::Nothing);
    }
    let Some(finished) = finished(job) else { return Ok(Ttl::Nothing) };
    let until = finished?.plus_nanos(i64::from(ttl) * SECOND);
    // TTL-05: the exact instant counts as expired.
    let nanos = until.since(now);
    Ok(if nanos > 0 { Ttl::Wait { until, nanos } } else { Ttl::Delete })
}

/// TTL-04.
fn finished(job: &Job) -> Option<Result<Time, String>> {
    let ends = [JobConditionType::Complete, JobConditionType::Failed];
    let condition = job
        .status
        .conditions
        .iter()
        .find(|c| c.status == ConditionStatus::True && ends.contains(&c.type_))?;
    Some(condition.last_transition_time.ok_or_else(|| {
        let meta = &job.metadata;
        format!("unable to find the time when the Job {}/{} finished", meta.namespace, meta.name)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(ttl: Option<i32>, conditions: serde_json::Value) -> Job {
        let spec = ttl.map_or(json!({}), |ttl| json!({"ttlSecondsAfterFinished": ttl}));
        let meta = json!({"namespace": "n", "name": "j"});
        let job = json!({"metadata": meta, "spec": spec, "status": {"conditions": conditions}});
        serde_json::from_value(job).unwrap()
    }

    fn at(second: i64) -> String {
        Time::from_unix(second).to_string()
    }

    #[test]
    fn the_very_instant_is_expired() {
        // TTL-05.
        let ended = json!([{"type": "Complete", "status": "True", "lastTransitionTime": at(100)}]);
        let job = job(Some(10), ended);
        assert_eq!(evaluate(&job, Time::from_unix(110)), Ok(Ttl::Delete));
        let wait = Ttl::Wait { until: Time::from_unix(110), nanos: 1_000_000 };
        assert_eq!(evaluate(&job, Time::from_unix(110).plus_nanos(-1_000_000)), Ok(wait));
    }

    #[test]
    fn the_first_true_condition_decides() {
        // TTL-04.
        let conditions = json!([
            {"type": "Failed", "status": "False", "lastTransitionTime": at(1)},
            {"type": "SuccessCriteriaMet", "status": "True", "lastTransitionTime": at(2)},
            {"type": "Failed", "status": "True", "lastTransitionTime": at(4)},
            {"type": "Complete", "status": "True", "lastTransitionTime": at(3)},
        ]);
        assert_eq!(finish_time(&job(None, conditions)), Some(Time::from_unix(4)));
        let untimed = job(Some(10), json!([{"type": "Complete", "status": "True"}]));
        let error = "unable to find the time when the Job n/j finished".to_owned();
        assert_eq!(evaluate(&untimed, Time::from_unix(0)), Err(error));
        let going = job(Some(0), json!([{"type": "FailureTarget", "status": "True"}]));
        assert_eq!(evaluate(&going, Time::from_unix(0)), Ok(Ttl::Nothing));
        assert!(!needs_cleanup(&going));
    }

    #[test]
    fn the_whole_range_of_limits_is_legal() {
        let ended = json!([{"type": "Failed", "status": "True", "lastTransitionTime": at(0)}]);
        let late = Time::from_unix(i64::from(i32::MAX));
        assert_eq!(expiry(&job(Some(i32::MAX), ended)), Some(late));
    }
}
