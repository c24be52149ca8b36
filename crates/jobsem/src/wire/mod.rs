//! JSON documents for everything that is not a Kubernetes object: requests and responses, plans,
//! explanations, timelines.
//!
//! The command and every binding exchange these documents, whose one shape is defined here.
//! Kubernetes objects (Job, Pod, Status, watch events, lists) have the shape of the Kubernetes API.
//! Deliberately absent: reading text (`decode`) and the vectors' results (`scenario`).

mod admitted;
mod change;
mod cleanup;
mod controller;
mod explanation;
mod host;
mod plan;
mod report;

pub use admitted::{admit_create, admit_status, admit_update};
pub use change::Change;
pub use cleanup::{deletion_plan, excess};
pub use controller::{call, event, list, note, request, response, watch_event};
pub use explanation::{Explanation, Objects};
pub use host::{created, timeline};
pub use plan::{outcome, plan};
pub use report::{clock_change, forecast, read_forecast, report};

use serde::Serialize;
use serde_json::Value;

/// An object as the API shows it: with `apiVersion` and `kind`, which objects inside a server lack.
pub fn object(api_version: &str, kind: &str, object: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("apiVersion".to_owned(), api_version.into());
        members.insert("kind".to_owned(), kind.into());
    }
    value
}
