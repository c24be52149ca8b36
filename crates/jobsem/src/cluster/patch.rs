//! Strategic merge patches, as far as Jobs and pods need them.
//!
//! Objects merge member by member, `null` removes, lists replace, except those that the API
//! declares to merge: by a key, or as sets. Deliberately absent: `$retainKeys` and explicit
//! element orders, which no controller here sends.

use serde_json::{Map, Value};

/// Applies `patch` to `target`.
pub fn strategic_merge(target: &mut Value, patch: &Value) {
    merge(target, patch, &Value::clone);
}

/// The same with a patch whose values are put in by `copy`; members and keys of lists are taken
/// as they stand.
pub(crate) fn merge(target: &mut Value, patch: &Value, copy: &impl Fn(&Value) -> Value) {
    let Value::Object(patch) = patch else {
        *target = copy(patch);
        return;
    };
    if patch.get("$patch").and_then(Value::as_str) == Some("replace") {
        let kept = patch.iter().filter(|(key, _)| *key != "$patch");
        *target = kept.map(|(key, value)| (key.clone(), copy(value))).collect();
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, change) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            delete_from(target, list, change);
        } else if !key.starts_with('$') {
            merge_member(target, key, change, copy);
        }
    }
}

fn merge_member(
    target: &mut Map<String, Value>,
    key: &str,
    change: &Value,
    copy: &impl Fn(&Value) -> Value,
) {
    match change {
        Value::Null => {
            target.remove(key);
        }
        Value::Object(_) => {
            merge(target.entry(key).or_insert(Value::Null), change, copy);
        }
        Value::Array(items) => match list_kind(key) {
            ListKind::Atomic => {
                target.insert(key.to_owned(), copy(change));
            }
            kind => {
                let list = target.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                if !list.is_array() {
                    *list = Value::Array(Vec::new());
                }
                let Value::Array(list) = list else { return };
                match kind {
                    ListKind::Set => merge_set(list, items),
                    ListKind::Keyed(by) => merge_keyed(list, items, by, copy),
                    ListKind::Atomic => {}
                }
            }
        },
        _ => {
            target.insert(key.to_owned(), copy(change));
        }
    }
}

fn delete_from(target: &mut Map<String, Value>, list: &str, items: &Value) {
    if let (Some(Value::Array(list)), Value::Array(items)) = (target.get_mut(list), items) {
        list.retain(|item| !items.contains(item));
    }
}

#[derive(Clone, Copy)]
enum ListKind {
    Atomic,
    Set,
    Keyed(&'static str),
}

/// How the API declares the list of that name.
fn list_kind(name: &str) -> ListKind {
    match name {
        "finalizers" => ListKind::Set,
        "conditions" => ListKind::Keyed("type"),
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "schedulingGates"
        | "resourceClaims" => ListKind::Keyed("name"),
        "ownerReferences" => ListKind::Keyed("uid"),
        "volumeMounts" => ListKind::Keyed("mountPath"),
        "volumeDevices" => ListKind::Keyed("devicePath"),
        "ports" => ListKind::Keyed("containerPort"),
        "hostAliases" | "podIPs" => ListKind::Keyed("ip"),
        "topologySpreadConstraints" => ListKind::Keyed("topologyKey"),
        _ => ListKind::Atomic,
    }
}

fn merge_set(list: &mut Vec<Value>, items: &[Value]) {
    let original = list.clone();
    for item in items {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
    *list = in_order(std::mem::take(list), items, &original, Value::clone);
}

fn merge_keyed(list: &mut Vec<Value>, items: &[Value], by: &str, copy: &impl Fn(&Value) -> Value) {
    let original: Vec<Value> = list.iter().filter_map(|item| item.get(by).cloned()).collect();
    let mut mentioned = Vec::new();
    for item in items {
        let Some(key) = item.get(by) else { continue };
        let found = list.iter().position(|old| old.get(by) == Some(key));
        match (item.get("$patch").and_then(Value::as_str), found) {
            (Some("delete"), Some(at)) => {
                list.remove(at);
                continue;
            }
            (Some("delete"), None) => continue,
            (_, Some(at)) => merge(&mut list[at], item, copy),
            (_, None) => {
                let mut new = Value::Null;
                merge(&mut new, item, copy);
                list.push(new);
            }
        }
        mentioned.push(key.clone());
    }
    *list = in_order(std::mem::take(list), &mentioned, &original, |item| {
        item.get(by).cloned().unwrap_or_default()
    });
}

/// The order after a merge: what the patch names in the patch's order, what it does not name in
/// the old order, and an element that it does not name before one that it names only where it
/// stood before it already.
pub(crate) fn in_order<T, K: PartialEq>(
    list: Vec<T>,
    mentioned: &[K],
    original: &[K],
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let (mut named, mut others): (Vec<T>, Vec<T>) =
        list.into_iter().partition(|item| mentioned.contains(&key(item)));
    named.sort_by_key(|item| mentioned.iter().position(|m| *m == key(item)));
    let was_at = |item: &T| original.iter().position(|o| *o == key(item));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let mut named = named.into_iter().peekable();
    let mut others = others.drain(..).peekable();
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return out,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(name)) => match (was_at(other), was_at(name)) {
                (Some(other), Some(name)) => other < name,
                _ => false,
            },
        };
        out.extend(if other_first { others.next() } else { named.next() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_of_list_merges_in_its_way() {
        for (target, patch, merged) in [
            (json!({"a": 1, "b": 2}), json!({"a": null, "c": 3}), json!({"b": 2, "c": 3})),
            (
                json!({"finalizers": ["x", "y"]}),
                json!({"$deleteFromPrimitiveList/finalizers": ["x"]}),
                json!({"finalizers": ["y"]}),
            ),
            (
                json!({"finalizers": ["x"]}),
                json!({"finalizers": ["y", "x"]}),
                json!({"finalizers": ["y", "x"]}),
            ),
            (
                json!({"finalizers": ["x", "y"]}),
                json!({"finalizers": ["z", "y"]}),
                json!({"finalizers": ["z", "x", "y"]}),
            ),
            (
                json!({"conditions": [{"type": "A", "status": "True"}, {"type": "B"}]}),
                json!({"conditions": [{"type": "C"}, {"type": "A", "reason": "r"}]}),
                json!({"conditions": [
                    {"type": "C"}, {"type": "A", "status": "True", "reason": "r"}, {"type": "B"}
                ]}),
            ),
            (
                json!({"ownerReferences": [{"uid": "1"}, {"uid": "2"}]}),
                json!({"ownerReferences": [{"$patch": "delete", "uid": "1"}]}),
                json!({"ownerReferences": [{"uid": "2"}]}),
            ),
            (
                json!({"containerStatuses": [{"name": "a"}]}),
                json!({"containerStatuses": [{"name": "b"}]}),
                json!({"containerStatuses": [{"name": "b"}]}),
            ),
            (json!({}), json!({"spec": {"x": null, "y": 1}}), json!({"spec": {"y": 1}})),
        ] {
            let mut result = target.clone();
            strategic_merge(&mut result, &patch);
            assert_eq!(result, merged, "{target} + {patch}");
        }
    }
}
