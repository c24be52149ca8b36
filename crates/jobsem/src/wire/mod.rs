//! JSON documents of what is no Kubernetes object: requests and answers, plans, explanations,
//! timelines.
//!
//! Hosts that do not speak Rust, the command line among them, meet the library through these
//! documents. They have one shape everywhere, and it is defined here. What is a Kubernetes object
//! (Job, Pod, Status, a watch event, a list) has the shape that the Kubernetes API gives it.
//! Deliberately absent: reading text (`decode`) and the vectors' results (`scenario`).

mod change;
mod controller;
mod explanation;
mod host;
mod plan;
mod report;

pub use change::Change;
pub use controller::{call, event, list, note, request, response, watch_event};
pub use explanation::{Explanation, Objects};
pub use host::{created, timeline};
pub use plan::{outcome, plan};
pub use report::{clock_change, forecast, report};

use serde::Serialize;
use serde_json::Value;

/// An object as the API shows it: with the version and kind that objects inside a server go
/// without.
pub fn object(api_version: &str, kind: &str, object: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("apiVersion".to_owned(), api_version.into());
        members.insert("kind".to_owned(), kind.into());
    }
    value
}
