//! The canonical form of results, for storing and comparing.
//!
//! It omits only what no client can rely on (tests/conformance/README.md): the rendering of Go
//! values in messages, and positions in a list that comes from a Go map.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

/// The value of a field error if it is an object or a list, rendered by Go.
static CAUSE_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r#"(?s)^([0-9A-Za-z_]+ value): (?:\{.*\}|\[.*\]|\[\](?:core|v1)\.\w+\{.*\}"#,
        r#"|"?[A-Za-z0-9.]+\{.*\}"?"#,
        r#"|map\[.*?\][A-Za-z.]*(?:\{.*\})?|null|"null"): "#
    ))
});

/// The same inside a whole refusal.
static MESSAGE_VALUE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"Invalid value: (?:\{.*?\}|core\.\S+\{.*\}|batch\.\S+\{.*\})(: |$)"));

static UNCOUNTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"uncountedTerminatedPods\.([0-9A-Za-z_]+)\[\d+\]"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant of this file, which the tests use")
}

/// The form of the vectors. Idempotent.
pub fn canonical(mut result: Value) -> Value {
    strip(&mut result);
    let Value::Object(mut fields) = result else { return result };
    fields.remove("id");
    let status = fields.get("status").and_then(refusal);
    if let Some(status) = status {
        fields.insert("status".into(), status);
        fields.remove("errors");
    } else if fields.get("errors").and_then(Value::as_array).is_some_and(|e| !e.is_empty()) {
        fields.remove("status");
    }
    for entry in fields.get_mut("trace").and_then(Value::as_array_mut).into_iter().flatten() {
        if matches!(entry["kind"].as_str(), Some("rejected" | "jobStatusRejected")) {
            let message = entry["message"].as_str().unwrap_or_default();
            let message = MESSAGE_VALUE.replace_all(message, "Invalid value: …$1");
            let message = UNCOUNTED.replace_all(&message, "uncountedTerminatedPods.$1[*]");
            entry["message"] = json!(message);
        }
    }
    Value::Object(fields)
}

/// Two results are equal if these are.
pub fn comparable(result: Value) -> Value {
    let mut result = canonical(result);
    if let Some(causes) = result.pointer_mut("/status/details/causes").and_then(Value::as_array_mut)
    {
        // A multiset: the API server does not define the order of its checks.
        causes.sort_by_cached_key(Value::to_string);
    }
    if let Some(errors) = result.get_mut("errors") {
        // Without a status the decoder or the schedule parser refused, whose texts are Go's own.
        *errors = json!(["refused"]);
    }
    result
}

/// The compared part of a refusal; `None` if the status has no details.
fn refusal(status: &Value) -> Option<Value> {
    let details = status.get("details")?;
    let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_owned();
    let causes = details["causes"].as_array().into_iter().flatten().map(|cause| {
        let message = text(cause, "message");
        let message = CAUSE_VALUE.replace(&message, "$1: …: ");
        json!({
            "reason": text(cause, "reason"),
            "field": text(cause, "field"),
            "message": message,
        })
    });
    let mut out = json!({"details": {
        "name": text(details, "name"),
        "group": text(details, "group"),
        "kind": text(details, "kind"),
        "causes": causes.collect::<Vec<_>>(),
    }});
    for key in ["code", "reason"] {
        if let Some(value) = status.get(key) {
            out[key] = value.clone();
        }
    }
    Some(out)
}

/// Removes nulls from objects.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let kept: Map<String, Value> =
                std::mem::take(fields).into_iter().filter(|(_, v)| !v.is_null()).collect();
            *fields = kept;
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(message: &str) -> String {
        CAUSE_VALUE.replace(message, "$1: …: ").into_owned()
    }

    #[test]
    fn go_values_are_left_out_of_causes() {
        assert_eq!(cause("Invalid value: {\"a\":1}: must be b"), "Invalid value: …: must be b");
        assert_eq!(cause("Invalid value: [1, 2]: no"), "Invalid value: …: no");
        assert_eq!(cause("Invalid value: []core.X{core.X{A:1}}: no"), "Invalid value: …: no");
        assert_eq!(
            cause(r#"Invalid value: []string{"a"}: no"#),
            r#"Invalid value: []string{"a"}: no"#
        );
        assert_eq!(cause("Invalid value: map[a:b]core.X{}: no"), "Invalid value: …: no");
        assert_eq!(cause("Invalid value: \"null\": no"), "Invalid value: …: no");
        assert_eq!(
            cause("Invalid value: core.X{A: 1}: field is immutable"),
            "Invalid value: …: field is immutable"
        );
        assert_eq!(
            cause("Invalid value: -1: must be greater"),
            "Invalid value: -1: must be greater"
        );
    }

    #[test]
    fn canonical_is_idempotent() {
        let result = json!({
            "id": "x", "object": null, "errors": ["no"],
            "status": {"code": 422, "reason": "Invalid", "metadata": {},
                "details": {"name": "j", "causes": [{"reason": "FieldValueInvalid",
                    "field": "spec", "message": "Invalid value: {}: no"}]}},
            "trace": [{"kind": "rejected", "message": "spec.template: Invalid value: \
                core.PodTemplateSpec{a: {}}: field is immutable"}],
        });
        let once = canonical(result);
        assert_eq!(
            once["trace"][0]["message"],
            "spec.template: Invalid value: …: field is immutable"
        );
        assert!(once.get("errors").is_none() && once.get("id").is_none());
        assert_eq!(once, canonical(once.clone()));
    }

    #[test]
    fn the_order_of_causes_is_not_compared() {
        let result = |a: &str, b: &str| {
            let causes = json!([{"field": a}, {"field": b}]);
            json!({"status": {"details": {"causes": causes}}})
        };
        assert_eq!(comparable(result("a", "b")), comparable(result("b", "a")));
        assert_ne!(comparable(result("a", "b")), comparable(result("b", "b")));
    }
}
