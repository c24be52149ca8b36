//! [`Fault`]: API calls that fail for a time, to see what a Job makes of it.

use serde::{Deserialize, Serialize};

use crate::request::ApiError;

/// Calls with this verb on this resource fail while `from` ≤ t < `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Fault {
    /// `create`, `delete`, `patch` or `update`.
    pub verb: String,
    /// `pods`, `jobs` or `cronjobs`.
    pub resource: String,
    /// Seconds after the start.
    pub from: f64,
    /// Seconds after the start.
    pub to: f64,
    /// The HTTP status code of the failure.
    pub code: u16,
}

impl Fault {
    /// Whether a call `elapsed` nanoseconds after the start fails.
    pub(super) fn hits(&self, verb: &str, resource: &str, elapsed: i64) -> bool {
        let seconds = (elapsed / crate::SECOND) as f64 + (elapsed % crate::SECOND) as f64 / 1e9;
        self.verb == verb && self.resource == resource && seconds >= self.from && seconds < self.to
    }

    pub(super) fn error(&self, resource: &str, name: &str) -> ApiError {
        let qualified = if resource == "pods" { "pods" } else { &format!("{resource}.batch") };
        match self.code {
            404 => ApiError::not_found(qualified, name),
            409 => ApiError::conflict(qualified, name, "the object has been modified"),
            403 => ApiError::new(
                403,
                "Forbidden",
                format!("{qualified} \"{name}\" is forbidden: exceeded quota"),
            ),
            422 => ApiError::new(422, "Invalid", format!("{qualified} \"{name}\" is invalid")),
            429 => ApiError::new(429, "TooManyRequests", "slow down"),
            504 => ApiError::new(504, "Timeout", "Timeout: timed out"),
            _ => ApiError::new(500, "InternalError", "Internal error occurred: injected"),
        }
    }
}
