//! From text to objects: YAML or JSON, several documents, with the place and field of a problem.
//!
//! YAML is read as Kubernetes reads it: YAML 1.1 scalars (`yes`, `on`, `0o17`, `017`), a number
//! without a fraction is an integer however it is written (`2.0`), duplicate keys are refused.
//! JSON is taken for JSON if the first character is `{`; there a `2.0` is no integer (DECODE-3).
//! The size of the input and the expansion of aliases are bounded.
//!
//! What becomes of a document is `admission`'s: types and unknown fields are checked there, in
//! the API server's words; here the place in the text is added.
//!
//! Rules: DECODE-6, DECODE-8 (`docs/semantics`).

mod node;

use serde_json::Value;

use crate::admission::decode_job as decode_object;
use crate::api::Job;
use crate::{Error, ErrorKind, Semantics};
use node::Node;

/// The longest text that is read, as the API server limits a request.
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// A document of a text, with the places of its parts.
#[derive(Clone, Debug)]
pub struct Document {
    value: Value,
    places: Option<Node>,
}

impl Document {
    /// The document as JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document as JSON.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Its `kind`.
    pub fn kind(&self) -> Option<&str> {
        self.value.get("kind")?.as_str()
    }

    /// `error` with the place of the field at its path, or of the nearest parent that is there.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        let place = self.places.as_ref().and_then(|node| Some(node.place(error.path()?)));
        match place {
            Some((line, column)) if error.location().is_none() => error.with_location(line, column),
            _ => error,
        }
    }

    /// Reads the document as a Job, strictly: unknown fields are refused as kubectl has them
    /// refused (DECODE-6).
    ///
    /// # Errors
    ///
    /// `Decode` if it is no Job, some member has the wrong type, or is not known.
    pub fn decode_job(&self, sem: &Semantics) -> Result<Job, Error> {
        let text = |key: &str| self.value.get(key).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if !self.value.is_object() {
            return Err(self.locate(Error::decode("the document is no object")));
        }
        if (api_version, kind) != ("batch/v1", "Job") {
            let path = if kind == "Job" { "apiVersion" } else { "kind" };
            let found = if kind == "Job" { api_version } else { kind };
            let message = format!("expected a `batch/v1` `Job`, found `{found}`");
            return Err(self.locate(Error::decode(message).with_path(path)));
        }
        let decoded = decode_object(self.value.clone(), sem).map_err(|error| self.locate(error))?;
        let unknown = decoded.unknown;
        if let Some(first) = unknown.first() {
            let all: Vec<_> =
                unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
            let message = format!("strict decoding error: {}", all.join(", "));
            // The message names the field; the path serves to find its place.
            let located = self.locate(Error::decode("").with_path(first.as_str()));
            let error = Error::decode(message);
            return Err(match located.location() {
                Some(at) => error.with_location(at.line, at.column),
                None => error,
            });
        }
        Ok(decoded.object)
    }
}

/// The documents of a JSON or YAML text; empty ones are left out.
///
/// ```
/// let all = jobsem::decode::decode_documents(b"kind: Job\nspec: {suspend: yes}\n---\nkind: Service")?;
/// assert_eq!(all[0]["spec"]["suspend"], true, "YAML 1.1, as in Kubernetes");
/// assert_eq!(all[1]["kind"], "Service");
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// `Decode` with line and column if the text is neither, or too long.
pub fn decode_documents(text: &[u8]) -> Result<Vec<Value>, Error> {
    Ok(documents(text)?.into_iter().map(Document::into_value).collect())
}

/// As [`decode_documents`], with the places of the parts.
///
/// # Errors
///
/// `Decode` with line and column if the text is neither JSON nor YAML, or too long.
pub fn documents(text: &[u8]) -> Result<Vec<Document>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::decode(format!(
            "the text has {} bytes; at most {MAX_BYTES} are read",
            text.len()
        )));
    }
    let text = std::str::from_utf8(text).map_err(|error| {
        let good = String::from_utf8_lossy(&text[..error.valid_up_to()]).into_owned();
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Error::decode("the text is not UTF-8").with_location(line, column)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') { json(text) } else { node::parse(text) }
}

/// The one Job of a text. Documents of other kinds are refused.
///
/// # Errors
///
/// `Decode` with the field and its place, as [`Document::decode_job`]; also if the text holds no
/// document, or several.
pub fn decode_job(text: &[u8], sem: &Semantics) -> Result<Job, Error> {
    match documents(text)?.as_slice() {
        [one] => one.decode_job(sem),
        [] => Err(Error::decode("the text holds no document")),
        many => Err(Error::decode(format!("expected one document, found {}", many.len()))),
    }
}

fn json(text: &str) -> Result<Vec<Document>, Error> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    values
        .map(|value| value.map(|value| Document { value, places: None }).map_err(|e| of_serde(&e)))
        .collect()
}

fn of_serde(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    // serde_json appends the place, which the error keeps apart.
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let out = Error::new(ErrorKind::Decode, message);
    if error.line() > 0 { out.with_location(error.line(), error.column()) } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KubeVersion;

    fn one(text: &str) -> Value {
        let mut all = decode_documents(text.as_bytes()).unwrap();
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn refused(text: &str) -> String {
        decode_job(text.as_bytes(), &Semantics::default()).unwrap_err().to_string()
    }

    #[test]
    fn scalars_are_read_as_yaml_1_1_decode_8() {
        for (text, json) in [
            ("yes", "true"),
            ("on", "true"),
            ("y", "true"),
            ("No", "false"),
            ("off", "false"),
            ("'yes'", "\"yes\""),
            ("5", "5"),
            ("2.0", "2"),
            ("2.5", "2.5"),
            ("1e2", "100"),
            ("017", "15"),
            ("0x1F", "31"),
            ("1_000", "1000"),
            ("~", "null"),
            ("null", "null"),
            ("2024-01-01T00:00:00Z", "\"2024-01-01T00:00:00Z\""),
            ("5s", "\"5s\""),
            ("perl:5.34.0", "\"perl:5.34.0\""),
            ("12345678901234567890", "12345678901234567890"),
        ] {
            assert_eq!(one(&format!("a: {text}"))["a"].to_string(), json, "{text}");
        }
    }

    #[test]
    fn json_is_json_and_texts_may_hold_several_documents() {
        assert_eq!(one(r#"{"a": 2.0, "b": "yes"}"#).to_string(), r#"{"a":2.0,"b":"yes"}"#);
        assert_eq!(decode_documents(b"{\"a\":1}\n{\"b\":2}").unwrap().len(), 2);
        assert_eq!(
            decode_documents(b"---\na: 1\n---\n---\n# nothing\n---\nb: 2\n").unwrap().len(),
            2
        );
        assert_eq!(decode_documents(b"").unwrap().len(), 0);
        assert_eq!(decode_documents(b"# only a comment\n").unwrap().len(), 0);
        assert_eq!(one("a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}")["d"]["b"], 1);
    }

    #[test]
    fn malformed_texts_say_where() {
        for (text, line) in [
            ("a: 1\nb: [1, 2\n", 2),
            ("a: 1\n  b: 2\n", 2),
            ("a: 1\nb: 2\na: 3\n", 3),
            ("{\n\"a\" 1}", 2),
        ] {
            let error = decode_documents(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.location().map(|at| at.line), Some(line), "{text} {error}");
            assert!(!error.message().contains('\n'), "one line: {error}");
        }
        assert!(decode_documents(b"a: \xff").unwrap_err().to_string().contains("UTF-8"));
        assert!(decode_documents(&vec![b' '; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn alias_bombs_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let row = format!("*a{0}, ", i - 1).repeat(10);
            text.push_str(&format!("a{i}: &a{i} [{}]\n", row.trim_end_matches(", ")));
        }
        assert!(decode_documents(text.as_bytes()).is_err());
    }

    const HEAD: &str = "apiVersion: batch/v1\nkind: Job\n";

    #[test]
    fn wrong_types_name_the_field_and_its_place_decode_3() {
        let list = "spec:\n  template:\n    spec:\n      containers:\n      - name: a\n      - \
                    name: b\n        command: perl\n";
        for (text, place, words) in [
            ("spec:\n  parallelism: two\n", "line 4, column 16: spec.parallelism: ", "type int32"),
            ("spec:\n  parallelism: {a: 1}\n", "line 4, column 16: spec.parallelism: ", "object"),
            ("spec: 5\n", "line 3, column 7: spec: ", "type v1.JobSpec"),
            (list, "line 9, column 18: spec.template.spec.containers[1].command: ", "string"),
            ("spec:\n  suspend: maybe\n", "line 4, column 12: spec.suspend: ", "type bool"),
        ] {
            let found = refused(&format!("{HEAD}{text}"));
            assert!(found.starts_with(&format!("{place}json: cannot unmarshal ")), "{found}");
            assert!(found.contains(words), "{found}");
        }
        assert_eq!(
            refused(r#"{"apiVersion":"batch/v1","kind":"Job","spec":{"parallelism":1.5}}"#),
            "spec.parallelism: json: cannot unmarshal number 1.5 into Go struct field \
             JobSpec.spec.parallelism of type int32"
        );
    }

    #[test]
    fn other_kinds_and_several_documents_are_refused() {
        assert_eq!(
            refused("apiVersion: v1\nkind: Pod\n"),
            "line 2, column 7: kind: expected a `batch/v1` `Job`, found `Pod`"
        );
        assert_eq!(
            refused("apiVersion: batch/v2\nkind: Job\n"),
            "line 1, column 13: apiVersion: expected a `batch/v1` `Job`, found `batch/v2`"
        );
        assert_eq!(refused("- a\n"), "the document is no object");
        assert_eq!(refused(""), "the text holds no document");
        assert_eq!(refused("a: 1\n---\nb: 2\n"), "expected one document, found 2");
    }

    #[test]
    fn unknown_fields_are_refused_with_their_place_decode_6() {
        let text = format!(
            "{HEAD}spec:\n  Parallelism: 1\n  template:\n    spec:\n      containers:\n      - imge: x\n        name: a\n"
        );
        assert_eq!(
            refused(&text),
            "line 4, column 16: strict decoding error: unknown field \"spec.Parallelism\", \
             unknown field \"spec.template.spec.containers[0].imge\""
        );
    }

    #[test]
    fn newer_fields_are_unknown_to_older_versions_decode_11() {
        let text = format!("{HEAD}spec:\n  managedBy: example.com/x\n");
        let of = |version| decode_job(text.as_bytes(), &Semantics::kube(version));
        assert!(of(KubeVersion::V1_29).is_err());
        assert!(of(KubeVersion::V1_30).is_ok());
    }
}
