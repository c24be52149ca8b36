//! Rules that fill absent members of a JSON object.
//!
//! Defaults of parts that jobsem has no types for stand in tables; the same table answers whether
//! anything is missing, so that an object that has its defaults is neither cloned nor written.

use serde_json::{Map, Value};

/// One default: below `under` (names; `*` is every item of a list), `key` gets `value`.
pub(super) struct Fill {
    pub(super) under: &'static [&'static str],
    pub(super) key: &'static str,
    pub(super) value: Default,
}

/// What an absent member becomes. The plain kinds also replace Go's zero of that kind, the
/// `Nil…` ones only what is absent or null.
#[derive(Clone, Copy)]
pub(super) enum Default {
    Text(&'static str),
    Number(i64),
    NilText(&'static str),
    NilNumber(i64),
    NilBool(bool),
    NilObject,
}

impl Default {
    fn missing(self, found: Option<&Value>) -> bool {
        match (self, found) {
            (_, None | Some(Value::Null)) => true,
            (Default::Text(_), Some(Value::String(text))) => text.is_empty(),
            (Default::Number(_), Some(Value::Number(n))) => n.as_i64() == Some(0),
            _ => false,
        }
    }

    fn value(self) -> Value {
        match self {
            Default::Text(text) | Default::NilText(text) => text.into(),
            Default::Number(n) | Default::NilNumber(n) => n.into(),
            Default::NilBool(b) => b.into(),
            Default::NilObject => Value::Object(Map::new()),
        }
    }
}

/// Whether no rule would change `object`.
pub(super) fn filled(object: &Map<String, Value>, rules: &[Fill]) -> bool {
    rules.iter().all(|rule| holds(object, rule.under, rule))
}

fn holds(object: &Map<String, Value>, under: &[&str], rule: &Fill) -> bool {
    let Some((first, rest)) = under.split_first() else {
        return !rule.value.missing(object.get(rule.key));
    };
    match (object.get(*first), rest) {
        (Some(Value::Array(items)), [star, rest @ ..]) if *star == "*" => {
            items.iter().all(|item| item.as_object().is_none_or(|o| holds(o, rest, rule)))
        }
        (Some(Value::Object(inner)), _) => holds(inner, rest, rule),
        _ => true,
    }
}

/// Applies every rule to `object`.
pub(super) fn fill(object: &mut Map<String, Value>, rules: &[Fill]) {
    for rule in rules {
        apply(object, rule.under, rule);
    }
}

fn apply(object: &mut Map<String, Value>, under: &[&str], rule: &Fill) {
    let Some((first, rest)) = under.split_first() else {
        if rule.value.missing(object.get(rule.key)) {
            object.insert(rule.key.to_owned(), rule.value.value());
        }
        return;
    };
    match (object.get_mut(*first), rest) {
        (Some(Value::Array(items)), [star, rest @ ..]) if *star == "*" => {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                apply(item, rest, rule);
            }
        }
        (Some(Value::Object(inner)), _) => apply(inner, rest, rule),
        _ => {}
    }
}
