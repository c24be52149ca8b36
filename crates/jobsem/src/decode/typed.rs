//! JSON as values of jobsem's own documents, with the path of what does not fit and plain words.
//!
//! Kubernetes objects are decoded in the API server's words instead (`admission`).

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// Reads a value.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let wrong = serde_json::json!({"a": {"seconds": null}});
/// let read = jobsem::decode::from_value::<BTreeMap<String, BTreeMap<String, f64>>>(wrong);
/// assert_eq!(read.unwrap_err().to_string(), "a.seconds: expected a number, found null");
/// ```
///
/// # Errors
///
/// `Decode`, with the path of the member that does not fit.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    read_value(&value)
}

/// [`from_value`] of a value that the caller keeps.
pub(crate) fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let error = Error::decode(plain_words(&error.inner().to_string()));
        match path.as_str() {
            "." => error,
            _ => error.with_path(path),
        }
    })
}

/// A message of the deserializer, in the words of documents rather than of Rust.
pub(crate) fn plain_words(message: &str) -> String {
    let message = message.split_once(" at line ").map_or(message, |(message, _)| message);
    for start in ["invalid type: ", "invalid value: ", "invalid length "] {
        let parts = message.strip_prefix(start).and_then(|rest| rest.split_once(", expected "));
        if let Some((found, expected)) = parts {
            return format!("expected {}, found {}", expectation(expected), finding(found));
        }
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return rest.replacen(", expected ", " is not supported; expected ", 1);
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        return format!("{rest} is missing");
    }
    message.to_owned()
}

fn expectation(of_rust: &str) -> String {
    let plain = match of_rust {
        "f64" | "f32" => "a number",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "a boolean" | "bool" => "true or false",
        "a string" | "a borrowed string" => "text",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" => "null",
        other if other.starts_with("struct ") || other.starts_with("internally tagged") => {
            "an object"
        }
        other if other.starts_with("enum ") => "text",
        other => other,
    };
    plain.to_owned()
}

fn finding(of_rust: &str) -> String {
    for kind in ["string ", "integer ", "floating point ", "boolean ", "character "] {
        if let Some(value) = of_rust.strip_prefix(kind) {
            return value.to_owned();
        }
    }
    match of_rust {
        "map" => "an object",
        "sequence" => "a list",
        "unit" | "unit value" => "null",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[allow(dead_code, reason = "only read from documents")]
    struct Play {
        until: f64,
        attempts: u32,
        gates: BTreeMap<String, bool>,
        names: Vec<String>,
        how: How,
        inner: Option<Box<Play>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum How {
        #[default]
        Slow,
        Fast,
    }

    #[test]
    fn what_does_not_fit_is_named_in_the_words_of_documents() {
        for (value, words) in [
            (json!({"until": null}), "until: expected a number, found null"),
            (json!({"until": "soon"}), "until: expected a number, found \"soon\""),
            (
                json!({"attempts": -1}),
                "attempts: expected a whole number that is not negative, found `-1`",
            ),
            (json!({"gates": {"A": 1}}), "gates.A: expected true or false, found `1`"),
            (json!({"names": "job"}), "names: expected a list, found \"job\""),
            (json!({"names": [1]}), "names[0]: expected text, found `1`"),
            (json!({"inner": {"until": []}}), "inner.until: expected a number, found a list"),
            (json!({"how": "medium"}), "how: `medium` is not supported; expected `slow` or `fast`"),
            (json!(5), "expected an object, found `5`"),
        ] {
            let error = from_value::<Play>(value.clone()).unwrap_err();
            assert_eq!(error.to_string(), words, "{value}");
        }
    }
}
