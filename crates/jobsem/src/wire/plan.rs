//! Outcomes and plans.

use serde_json::{Value, json};

use super::controller::{call, event};
use crate::{Outcome, Plan, Skipped};

/// The verdict on a Job: `verdict`, `reason`, `message`, `since`.
pub fn outcome(outcome: &Outcome) -> Value {
    json!({
        "verdict": outcome.verdict.as_str(),
        "reason": outcome.reason,
        "message": outcome.message,
        "since": outcome.since,
    })
}

/// The plan of one sync, for a host that carries it out: complete `requests` in order, `events`,
/// `status`, `wakeup`, `skipped`, `error` and `notes`.
///
/// [`Explanation`](super::Explanation) is the form for people.
pub fn plan(plan: &Plan) -> Value {
    json!({
        "requests": plan.requests.iter().map(call).collect::<Value>(),
        "events": plan.events.iter().map(event).collect::<Value>(),
        "status": plan.status,
        "wakeup": plan.wakeup.as_ref().map(|next| {
            let (at, reason) = (next.at, next.reason.as_str());
            json!({"at": at.to_string(), "atNanos": at.unix_nanos(), "reason": reason})
        }),
        "skipped": plan.skipped.map(skipped),
        "error": plan.error,
        "notes": notes(plan),
    })
}

pub(super) fn notes(plan: &Plan) -> Value {
    plan.explain().iter().map(|note| json!({"rule": note.rule, "text": note.text})).collect()
}

/// Why a Job is ignored, for people.
pub(super) fn skipped(skipped: Skipped) -> &'static str {
    match skipped {
        Skipped::Finished => "the Job has ended",
        Skipped::ManagedBy => "another controller is in charge",
        Skipped::UnknownCompletionMode => "the completion mode is not known",
    }
}
