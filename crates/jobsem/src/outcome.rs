//! [`outcome`]: the verdict on a Job, from its status alone.
//!
//! The function that every waiting tool needs. Three traps make it hard to get right. Pod counters
//! do not decide the end: `failed: 3` may precede success, `succeeded: 1` may not be enough, and
//! `active: 0` is also a back-off, a suspension or a Job that no controller has seen. The first
//! condition need not be the one that counts, and a condition that is not `True` says nothing.
//! `FailureTarget` and `SuccessCriteriaMet` decide the end while pods may still run.
//!
//! Rules: PRED-11, COND-03, COND-08, SYNC-15.

use std::fmt;

use crate::Time;
use crate::api::{Job, JobCondition, JobConditionType};

/// The verdict on a Job, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Kubernetes' reason; empty if there is none.
    pub reason: String,
    /// The message, for people; empty if there is none.
    pub message: String,
    /// Since when, in whole seconds, if the status has a time.
    pub since: Option<Time>,
}

/// The verdicts of [`outcome`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// No controller has started it yet.
    Pending,
    /// It runs, or waits for a retry.
    Running,
    /// It is suspended.
    Suspended,
    /// Its success is decided; pods may still be running.
    WillSucceed,
    /// Its failure is decided; pods may still be running.
    WillFail,
    /// It is complete.
    Succeeded,
    /// It has failed.
    Failed,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 7] = [
        Verdict::Pending,
        Verdict::Running,
        Verdict::Suspended,
        Verdict::WillSucceed,
        Verdict::WillFail,
        Verdict::Succeeded,
        Verdict::Failed,
    ];

    /// The verdict's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Pending => "pending",
            Verdict::Running => "running",
            Verdict::Suspended => "suspended",
            Verdict::WillSucceed => "will-succeed",
            Verdict::WillFail => "will-fail",
            Verdict::Succeeded => "succeeded",
            Verdict::Failed => "failed",
        }
    }

    /// Whether the Job has ended: no pod of it runs.
    pub const fn is_final(self) -> bool {
        matches!(self, Verdict::Succeeded | Verdict::Failed)
    }

    /// Whether the result is certain, even before the end: `Some(true)` for success.
    pub const fn decided(self) -> Option<bool> {
        match self {
            Verdict::WillSucceed | Verdict::Succeeded => Some(true),
            Verdict::WillFail | Verdict::Failed => Some(false),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the earliest sound verdict on a Job.
///
/// ```
/// use jobsem::{Verdict, api::Job, outcome};
///
/// let job: Job = serde_json::from_str(r#"{"status": {"active": 1, "startTime":
///     "2024-01-01T00:00:00Z", "conditions": [{"type": "FailureTarget", "status": "True",
///     "reason": "BackoffLimitExceeded"}]}}"#)?;
/// let outcome = outcome(&job);
/// assert_eq!(outcome.verdict, Verdict::WillFail);
/// assert_eq!(outcome.verdict.decided(), Some(false));
/// assert!(!outcome.verdict.is_final());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn outcome(job: &Job) -> Outcome {
    let status = &job.status;
    let finished = status.conditions.iter().find(|c| c.holds() && is_terminal(&c.type_));
    if let Some(condition) = finished {
        let complete = condition.type_ == JobConditionType::Complete;
        let verdict = if complete { Verdict::Succeeded } else { Verdict::Failed };
        return Outcome::because(verdict, condition);
    }
    // SYNC-15: if both are present, success was decided first.
    for (type_, verdict) in [
        (JobConditionType::SuccessCriteriaMet, Verdict::WillSucceed),
        (JobConditionType::FailureTarget, Verdict::WillFail),
    ] {
        if let Some(condition) = status.condition(&type_).filter(|c| c.holds()) {
            return Outcome::because(verdict, condition);
        }
    }
    let suspended = status.condition(&JobConditionType::Suspended).filter(|c| c.holds());
    match suspended {
        Some(condition) if job.is_suspended() => Outcome::because(Verdict::Suspended, condition),
        _ if job.is_suspended() => Outcome::plain(Verdict::Suspended, None),
        _ if status.start_time.is_some() => Outcome::plain(Verdict::Running, status.start_time),
        _ => Outcome::plain(Verdict::Pending, job.metadata.creation_timestamp),
    }
}

fn is_terminal(type_: &JobConditionType) -> bool {
    matches!(type_, JobConditionType::Complete | JobConditionType::Failed)
}

impl Outcome {
    fn because(verdict: Verdict, condition: &JobCondition) -> Outcome {
        Outcome {
            verdict,
            reason: condition.reason.to_string(),
            message: condition.message.to_string(),
            since: condition.last_transition_time,
        }
    }

    fn plain(verdict: Verdict, since: Option<Time>) -> Outcome {
        Outcome { verdict, reason: String::new(), message: String::new(), since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: &str) -> Verdict {
        outcome(&serde_json::from_str(&format!(r#"{{"status":{status}}}"#)).unwrap()).verdict
    }

    fn conditions(list: &[(&str, &str)]) -> Verdict {
        let list: Vec<_> = list
            .iter()
            .map(|(type_, status)| serde_json::json!({"type": type_, "status": status}))
            .collect();
        verdict(&serde_json::json!({"conditions": list}).to_string())
    }

    #[test]
    fn counters_decide_nothing() {
        assert_eq!(verdict("{}"), Verdict::Pending);
        let started = r#""startTime":"2024-01-01T00:00:00Z""#;
        for counters in [r#""active":0"#, r#""failed":3"#, r#""succeeded":5"#] {
            assert_eq!(verdict(&format!("{{{counters},{started}}}")), Verdict::Running);
        }
    }

    #[test]
    fn only_conditions_that_are_true_count_wherever_they_stand() {
        for (list, expected) in [
            (vec![("Complete", "False")], Verdict::Pending),
            (vec![("Suspended", "False"), ("Complete", "True")], Verdict::Succeeded),
            (vec![("FailureTarget", "True"), ("Failed", "True")], Verdict::Failed),
            (vec![("FailureTarget", "True")], Verdict::WillFail),
            (vec![("FailureTarget", "False")], Verdict::Pending),
            (vec![("SuccessCriteriaMet", "True")], Verdict::WillSucceed),
            (vec![("Complete", "Unknown"), ("Failed", "True")], Verdict::Failed),
        ] {
            assert_eq!(conditions(&list), expected, "{list:?}");
        }
    }

    #[test]
    fn suspension_is_what_the_spec_says_from_the_first_moment() {
        let job = serde_json::from_str(r#"{"spec":{"suspend":true}}"#).unwrap();
        assert_eq!(outcome(&job).verdict, Verdict::Suspended);
        let resumed = serde_json::from_str(
            r#"{"spec":{"suspend":false},"status":{"startTime":"2024-01-01T00:00:00Z",
                "conditions":[{"type":"Suspended","status":"True"}]}}"#,
        )
        .unwrap();
        assert_eq!(outcome(&resumed).verdict, Verdict::Running);
    }
}
