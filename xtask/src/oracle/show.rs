//! Shows two results side by side.

use std::fmt::Write;

use serde_json::Value;

/// The number of entries shown from the first different one on.
const ENTRIES: usize = 8;
/// The width of a side.
const WIDTH: usize = 78;

/// Where two results first differ, without names and list positions. Differences with the same
/// signature count as one kind.
pub fn signature(real: &Value, ours: &Value) -> Option<String> {
    let field = different_fields(real, ours).into_iter().next()?;
    if field == "trace" {
        let (at, a, b) = first_entry(real, ours);
        let kind =
            |e: &[Value]| e.get(at).and_then(|e| e["kind"].as_str()).unwrap_or("end").to_owned();
        let place = match (a.get(at), b.get(at)) {
            (Some(x), Some(y)) if x["kind"] == y["kind"] => place(x, y),
            _ => String::new(),
        };
        return Some(format!("trace: {} / {}{place}", kind(a), kind(b)));
    }
    let causes = |v: &Value| v.pointer("/status/details/causes").and_then(Value::as_array).cloned();
    if let (Some(a), Some(b)) = (causes(real), causes(ours))
        && a != b
    {
        return Some(format!("causes:{}{}", missing('-', &a, &b), missing('+', &b, &a)));
    }
    let null = Value::Null;
    let get = |v: &'_ Value| v.get(&field).unwrap_or(&null).clone();
    Some(format!("{field}{}", place(&get(real), &get(ours))))
}

/// The causes of `a` that `b` does not have.
fn missing(sign: char, a: &[Value], b: &[Value]) -> String {
    let mut rest = b.to_vec();
    let mut out = String::new();
    for cause in a {
        match rest.iter().position(|c| c == cause) {
            Some(at) => drop(rest.swap_remove(at)),
            None => {
                let text = |key: &str| cause[key].as_str().unwrap_or_default().to_owned();
                let _ = write!(out, " {sign}{} {}", text("field"), text("reason"));
            }
        }
    }
    out
}

/// The path to the first part in which two values differ.
fn place(a: &Value, b: &Value) -> String {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let mut keys: Vec<&String> = x.keys().chain(y.keys()).collect();
            keys.sort();
            let key = keys.into_iter().find(|k| x.get(*k) != y.get(*k));
            let null = Value::Null;
            let at = |o: &Value, k: &String| o.get(k).unwrap_or(&null).clone();
            key.map(|k| format!(".{k}{}", place(&at(a, k), &at(b, k)))).unwrap_or_default()
        }
        (Value::Array(x), Value::Array(y)) => match x.iter().zip(y).find(|(x, y)| x != y) {
            Some((x, y)) => format!("[]{}", place(x, y)),
            None => "[]".to_owned(),
        },
        _ => String::new(),
    }
}

/// The traces from the first entry that differs, and the other fields that differ.
pub fn side_by_side(real: &Value, ours: &Value) -> String {
    let mut out = String::new();
    row(&mut out, "KUBERNETES", "JOBSEM");
    for field in different_fields(real, ours) {
        if field == "trace" {
            let (first, a, b) = first_entry(real, ours);
            let _ = writeln!(out, "trace, from entry {first} of {} and {}:", a.len(), b.len());
            for i in first..(first + ENTRIES).min(a.len().max(b.len())) {
                let same = if a.get(i) == b.get(i) { "  " } else { "* " };
                row(&mut out, &entry(same, a.get(i)), &entry(same, b.get(i)));
            }
        } else {
            let text = |v: &Value| v.get(&field).map_or("(absent)".into(), Value::to_string);
            let _ = writeln!(out, "{field}:");
            row(&mut out, &text(real), &text(ours));
        }
    }
    out
}

fn different_fields(real: &Value, ours: &Value) -> Vec<String> {
    let keys = |v: &Value| v.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default();
    let mut all: Vec<String> = keys(real);
    let other: Vec<String> = keys(ours);
    all.extend(other);
    // The first event says more than its consequences.
    all.sort_by_key(|k| (!matches!(k.as_str(), "crash" | "trace"), k.clone()));
    all.dedup();
    all.retain(|k| real.get(k) != ours.get(k));
    all
}

fn first_entry<'a>(real: &'a Value, ours: &'a Value) -> (usize, &'a [Value], &'a [Value]) {
    let entries = |v: &'a Value| v["trace"].as_array().map_or(&[][..], |t| t);
    let (a, b) = (entries(real), entries(ours));
    let first = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    (first, a, b)
}

fn entry(mark: &str, entry: Option<&Value>) -> String {
    let Some(entry) = entry else { return format!("{mark}—") };
    let mut text = mark.to_owned();
    for key in ["t", "kind", "name", "type", "reason", "message"] {
        if let Some(value) = entry[key].as_str() {
            text += value;
            text += "  ";
        }
    }
    if let Some(object) = entry.get("object") {
        text += &object.to_string();
    }
    text
}

/// Two cells, wrapped.
fn row(out: &mut String, left: &str, right: &str) {
    let wrap = |text: &str| -> Vec<String> {
        let chars: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        chars.chunks(WIDTH).map(|line| line.iter().collect()).collect()
    };
    let (left, right) = (wrap(left), wrap(right));
    for i in 0..left.len().max(right.len()) {
        let cell = |side: &[String]| side.get(i).cloned().unwrap_or_default();
        let _ = writeln!(out, "{:WIDTH$} │ {}", cell(&left), cell(&right));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_signature_names_the_first_difference() {
        let trace = |kinds: &[&str]| {
            let entries: Vec<Value> = kinds.iter().map(|kind| json!({"kind": kind})).collect();
            json!({"trace": entries, "final": 1})
        };
        assert_eq!(signature(&trace(&["a"]), &trace(&["a"])), None);
        assert_eq!(signature(&trace(&["a", "b"]), &trace(&["a", "c"])).unwrap(), "trace: b / c");
        assert_eq!(signature(&trace(&["a", "b"]), &trace(&["a"])).unwrap(), "trace: b / end");
        assert_eq!(signature(&json!({"final": 1}), &json!({"final": 2})).unwrap(), "final");
        let status = |n: u32| json!({"trace": [{"kind": "s", "object": {"list": [{"n": n}]}}]});
        assert_eq!(signature(&status(1), &status(2)).unwrap(), "trace: s / s.object.list[].n");
    }

    #[test]
    fn a_signature_names_the_causes_of_one_side() {
        let refused = |fields: &[&str]| {
            let causes: Vec<Value> =
                fields.iter().map(|f| json!({"field": f, "reason": "R", "message": "m"})).collect();
            json!({"status": {"code": 422, "details": {"causes": causes}}})
        };
        let found = signature(&refused(&["a", "b", "b"]), &refused(&["b", "c"])).unwrap();
        assert_eq!(found, "causes: -a R -b R +c R");
    }
}
