//! Reading the untyped parts of a pod template; absent, null and zero read the same.

use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

pub(super) fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(object: &Object, key: &str) -> i64 {
    object.get(key).and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn is_set(object: &Object, key: &str) -> bool {
    object.get(key).is_some_and(|value| !value.is_null())
}

/// A string that may be told from an absent one.
pub(super) fn text_at<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

pub(super) fn number_at(object: &Object, key: &str) -> Option<i64> {
    object.get(key).and_then(Value::as_i64)
}

pub(super) fn bool_at(object: &Object, key: &str) -> Option<bool> {
    object.get(key).and_then(Value::as_bool)
}

pub(super) fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

pub(super) fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The objects of a list, with their indices.
pub(super) fn objects<'a>(
    object: &'a Object,
    key: &str,
) -> impl Iterator<Item = (usize, &'a Object)> {
    list(object, key).iter().enumerate().filter_map(|(i, value)| Some((i, value.as_object()?)))
}
