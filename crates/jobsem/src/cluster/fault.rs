//! [`Fault`]: API calls that fail for a time, to see what a Job makes of it.

use serde::{Deserialize, Serialize};

use super::test_options::Resource;
use crate::request::ApiError;

/// Calls with this verb on this resource fail while `from` ≤ t < `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Fault {
    /// What is called.
    pub verb: Verb,
    /// On what.
    pub resource: Resource,
    /// Seconds after the start.
    pub from: f64,
    /// Seconds after the start.
    pub to: f64,
    /// The HTTP status code of the failure.
    pub code: u16,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verb {
    /// It makes an object.
    Create,
    /// It deletes an object.
    Delete,
    /// It changes a part of an object.
    Patch,
    /// It replaces an object's status.
    Update,
    /// It reads an object.
    Get,
}

impl Verb {
    /// The verb as Kubernetes writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Delete => "delete",
            Verb::Patch => "patch",
            Verb::Update => "update",
            Verb::Get => "get",
        }
    }
}

impl Fault {
    /// Whether a call `elapsed` nanoseconds after the start fails.
    pub(super) fn hits(&self, verb: &str, resource: &str, elapsed: i64) -> bool {
        let seconds = (elapsed / crate::SECOND) as f64 + (elapsed % crate::SECOND) as f64 / 1e9;
        self.verb.as_str() == verb
            && self.resource.as_str() == resource
            && seconds >= self.from
            && seconds < self.to
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
