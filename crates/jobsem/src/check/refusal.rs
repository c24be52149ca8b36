//! The API server's response to a refused request, and kubectl's rendering of it.
//!
//! Rules: DECODE-9, RENDER-8 to RENDER-10.

use serde_json::{Value, json};

use crate::admission::Invalid;
use crate::api::Kind;

/// A refusal by the API server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The object is decoded but invalid.
    Invalid(Box<Invalid>),
    /// The object could not be decoded.
    BadRequest {
        /// The server's message.
        message: String,
    },
}

impl Refusal {
    /// The refusal of an undecodable document (DECODE-9).
    pub(super) fn undecodable(kind: Kind, error: &str) -> Refusal {
        let kind = kind.name();
        let message = format!("{kind} in version \"v1\" cannot be handled as a {kind}: {error}");
        Refusal::BadRequest { message }
    }

    /// The server's message.
    pub fn message(&self) -> String {
        match self {
            Refusal::Invalid(invalid) => invalid.message(),
            Refusal::BadRequest { message } => message.clone(),
        }
    }

    /// The Status object that the server sends (RENDER-8).
    pub fn status(&self) -> Value {
        match self {
            Refusal::Invalid(invalid) => invalid.status(),
            Refusal::BadRequest { message } => json!({
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": message,
                "reason": "BadRequest",
                "code": 400,
            }),
        }
    }

    /// What `kubectl create -f SOURCE` prints on its error stream (RENDER-9, RENDER-10).
    pub fn kubectl(&self, source: &str) -> String {
        match self {
            Refusal::Invalid(invalid) => invalid.kubectl(),
            Refusal::BadRequest { message } => format!(
                "Error from server (BadRequest): error when creating \"{source}\": {message}"
            ),
        }
    }
}
