//! The documents from a cluster to its host.

use serde_json::{Value, json};

use crate::cluster::Created;
use crate::scenario::Timeline;

/// A stored Job or CronJob: `namespace`, `name`, `warnings`.
pub fn created(created: &Created) -> Value {
    json!({
        "namespace": created.namespace, "name": created.name, "warnings": created.warnings,
    })
}

/// A timeline by line: `t` (seconds since the start, without trailing zeros), `who`, `what`, and
/// for a reason the `rule`.
pub fn timeline(timeline: &Timeline) -> Value {
    let lines = timeline.lines().map(|(at, line)| {
        let t = crate::scenario::seconds_text(at);
        let mut out = json!({"t": t, "who": line.who, "what": line.what});
        if let Some(rule) = line.rule {
            out["rule"] = rule.into();
        }
        out
    });
    json!({"lines": lines.collect::<Value>()})
}
