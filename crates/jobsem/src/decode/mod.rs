//! Decodes YAML or JSON text into documents, and reports problems with field and position.
//!
//! YAML is read as Kubernetes reads it: scalars are YAML 1.1 (`yes`, `on`, `0o17`, `017`), and a
//! number without a fraction is an integer even if written `2.0`. A text is JSON if its first
//! character is `{`; there `2.0` is not an integer (DECODE-3). The last of duplicate members wins,
//! and strict decoding reports them (DECODE-6). The size of the input, its depth, the number of its
//! parts and the repetition by aliases are bounded.
//!
//! `admission` checks types and unknown fields, with the API server's texts; this module adds
//! positions.
//!
//! Rules: DECODE-6, DECODE-8 (`docs/semantics`).

mod compose;
mod document;
mod json;
mod manifest;
mod places;
mod scalar;
mod source;
mod stored;
mod typed;
mod yaml;

use std::sync::Arc;

use serde_json::Value;

use crate::api::Job;
use crate::{Error, Semantics};
use source::Source;

pub(crate) use document::texts;
pub use document::{Document, FieldValidation, Place, Violation};
pub use manifest::{Manifest, only_manifest};
pub(crate) use places::remove;
pub use source::{Limits, MAX_BYTES};
pub use stored::{stored_cronjob, stored_job, stored_pod};
pub use typed::from_value;
pub(crate) use typed::read_value;

/// The documents of a JSON or YAML text; empty ones are left out.
///
/// ```
/// let text = b"kind: Job\nspec: {suspend: yes}\n---\nkind: Service";
/// let all = jobsem::decode::decode_documents(text)?;
/// assert_eq!(all[0]["spec"]["suspend"], true, "YAML 1.1, as in Kubernetes");
/// assert_eq!(all[1]["kind"], "Service");
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// `Decode` with line and column if the text is neither JSON nor YAML, or too long.
pub fn decode_documents(text: &[u8]) -> Result<Vec<Value>, Error> {
    Ok(documents(text)?.into_iter().map(Document::into_value).collect())
}

/// As [`decode_documents`], with the positions of the parts.
///
/// # Errors
///
/// `Decode` with line and column if the text is neither JSON nor YAML, or too long. That a member
/// stands twice is for [`Document::read_job`] and [`Document::repeated_member`] to say.
pub fn documents(text: &[u8]) -> Result<Vec<Document>, Error> {
    read(text, &Limits::default()).into_iter().collect()
}

/// The readable documents of a text: after an error in a YAML document, reading continues with the
/// next one. Duplicate members are not errors here (see [`Document::violations`]).
///
/// ```
/// use jobsem::decode::{Limits, read};
///
/// let all = read(b"kind: Job\n---\nkind: [\n---\nkind: CronJob\n", &Limits::default());
/// assert!(all[0].is_ok() && all[1].is_err());
/// assert_eq!(all[2].as_ref().unwrap().kind(), Some("CronJob"));
/// ```
pub fn read(text: &[u8], limits: &Limits) -> Vec<Result<Document, Error>> {
    let source = match Source::new(text, limits) {
        Ok(source) => Arc::new(source),
        Err(error) => return vec![Err(error)],
    };
    let mut contents = Vec::new();
    if source.text().trim_start().starts_with('{') {
        json::read(&source, limits.parts, &mut contents);
    } else {
        yaml::read(&source, limits.parts, &mut contents);
    }
    let mut out: Vec<Result<Document, Error>> = Vec::with_capacity(contents.len());
    for content in contents {
        match content {
            Ok(content) if content.value.is_null() => {}
            Ok(content) => out.push(Document::new(content, Arc::clone(&source)).bounded()),
            Err(error) => out.push(Err(error)),
        }
    }
    out
}

/// The only Job of a text. Documents of other kinds are errors.
///
/// # Errors
///
/// `Decode` with the field and its position, as [`Document::decode_job`]; also if the text holds no
/// document, or several.
pub fn decode_job(text: &[u8], sem: &Semantics) -> Result<Job, Error> {
    match documents(text)?.as_slice() {
        [one] => one.decode_job(sem),
        [] => Err(Error::decode("the text holds no document")),
        many => Err(Error::decode(format!("expected one document, found {}", many.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, KubeVersion};

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
        for (text, line) in [("a: 1\nb: [1, 2\n", 2), ("a: 1\n  b: 2\n", 2), ("{\n\"a\" 1}", 2)] {
            let error = decode_documents(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.location().map(|at| at.line), Some(line), "{text} {error}");
            assert!(!error.message().contains('\n'), "one line: {error}");
        }
        assert!(decode_documents(b"a: \xff").unwrap_err().to_string().contains("UTF-8"));
        assert!(decode_documents(&vec![b' '; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn an_object_is_as_large_as_a_request_can_be() {
        let limits = Limits::of_bytes(64 << 20);
        // `{"a":""}` around it.
        let sized = |bytes: usize| format!("a: {}\n", "x".repeat(bytes - 8));
        let (fits, large) = (sized(MAX_BYTES), sized(MAX_BYTES + 1));
        let text = format!("b: 1\n---\n# many\n{large}---\n{fits}---\nitems: [1]\n");
        let all = read(text.as_bytes(), &limits);
        let told: Vec<_> = all.iter().map(|d| d.as_ref().map_err(Error::to_string).err()).collect();
        let message = "line 4, column 1: the object has 3145729 bytes as JSON; the API server \
                       takes at most 3145728 (3 MiB) in a request";
        assert_eq!(told, [None, Some(message.to_owned()), None, None]);
        // Comments and indentation do not count, repetition by aliases does.
        let spaced = format!("# {}\n{fits}", "x".repeat(MAX_BYTES));
        assert!(read(spaced.as_bytes(), &limits)[0].is_ok());
        let aliased = format!("a: &a {}\nb: [*a, *a, *a]\n", "x".repeat(1 << 20));
        let error = read(aliased.as_bytes(), &limits).remove(0).unwrap_err();
        assert!(error.message().starts_with("the object has 4194"), "{error}");
    }

    #[test]
    fn each_object_of_a_list_is_a_request() {
        let large = "x".repeat(2 << 20);
        let larger = "x".repeat(4 << 20);
        let text = format!("kind: JobList\nitems:\n- a: {large}\n- b: {larger}\n- a: {large}\n");
        let list = read(text.as_bytes(), &Limits::of_bytes(64 << 20)).remove(0).unwrap();
        let all = list.into_objects();
        assert!(all[0].is_ok() && all[2].is_ok());
        let at = all[1].as_ref().unwrap_err().location().unwrap();
        assert_eq!((at.line, at.column), (4, 3));
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
            ("spec:\n  parallelism: {a: 1}\n", "line 4, column 3: spec.parallelism: ", "object"),
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
            "line 1, column 61: spec.parallelism: json: cannot unmarshal number 1.5 into Go \
             struct field JobSpec.spec.parallelism of type int32"
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
            "{HEAD}spec:\n  Parallelism: 1\n  template:\n    spec:\n      containers:\n      \
             - imge: x\n        name: a\n"
        );
        assert_eq!(
            refused(&text),
            "line 4, column 3: strict decoding error: unknown field \"spec.Parallelism\", \
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

    #[test]
    fn json_mistakes_come_in_the_order_of_the_text_decode_3() {
        let text = r#"{"apiVersion":"batch/v1","kind":"Job",
            "spec":{"parallelism":"1","backoffLimit":1e0}}"#;
        assert!(refused(text).contains("spec.parallelism"), "{}", refused(text));
        let text = r#"{"apiVersion":"batch/v1","kind":"Job","spec":{"parallelism":1e2}}"#;
        assert!(refused(text).contains("number 1e2 into Go"), "{}", refused(text));
    }

    #[test]
    fn repeated_and_unknown_members_are_told_as_the_server_does_decode_6() {
        let strict = |text: &str| {
            let document = read(text.as_bytes(), &Limits::default()).remove(0).unwrap();
            let read = document.read_job(FieldValidation::Strict, &Semantics::default());
            read.unwrap_err().message().to_owned()
        };
        let json = r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"labels":{"a":"1","a":"2"}},
            "zzz":{"a":1,"a":2},"spec":{"parallelism":1,"parallelism":2,"foo":1,"parallelism":3,
            "suspend":true,"suspend":false}}"#;
        assert_eq!(
            strict(json),
            "strict decoding error: duplicate field \"metadata.labels.a\", unknown field \"zzz\", \
             duplicate field \"spec.parallelism\", unknown field \"spec.foo\", duplicate field \
             \"spec.suspend\""
        );
        let yaml = "spec:\n  parallelism:\n    1\n  parallelism:\n    2\n  foo: 1\n  yes: 1\n  \
                    true: 2\nkind: Job\n";
        assert_eq!(
            strict(&format!("{HEAD}{yaml}")),
            "strict decoding error: yaml: unmarshal errors:\n  line 7: key \"parallelism\" already \
             set in map\n  line 10: key true already set in map\n  line 11: key \"kind\" already \
             set in map, unknown field \"spec.foo\", unknown field \"spec.true\""
        );
    }

    #[test]
    fn lenient_reading_warns_or_says_nothing_decode_6() {
        let text = format!("{HEAD}spec: {{parallelism: 1, parallelism: 2, foo: 1}}\n");
        let document = read(text.as_bytes(), &Limits::default()).remove(0).unwrap();
        let read = |how| document.read_job(how, &Semantics::default());
        let (job, warnings) = read(FieldValidation::Warn).unwrap();
        assert_eq!(job.spec.parallelism, Some(2), "the last one counts");
        assert_eq!(warnings.len(), 2);
        assert_eq!(warnings[1], "unknown field \"spec.foo\"");
        assert_eq!(read(FieldValidation::Ignore).unwrap().1, Vec::<String>::new());
        assert!(read(FieldValidation::Strict).is_err());
        let error = document.repeated_member().unwrap();
        assert_eq!(error.to_string(), "line 3, column 24: duplicate field \"spec.parallelism\"");
    }

    #[test]
    fn repeated_members_are_lost_on_the_way_through_kubectl_decode_6() {
        let kubectl = |text: &str| {
            let document = read(text.as_bytes(), &Limits::default()).remove(0).unwrap();
            document.read_job(FieldValidation::Kubectl, &Semantics::default())
        };
        for text in [
            format!("{HEAD}spec: {{parallelism: 1, parallelism: 2}}\n"),
            r#"{"apiVersion":"batch/v1","kind":"Job","spec":{"parallelism":1,"parallelism":2}}"#
                .to_owned(),
        ] {
            let (job, warnings) = kubectl(&text).unwrap();
            assert_eq!(job.spec.parallelism, Some(2), "{text}");
            assert_eq!(warnings, ["duplicate field \"spec.parallelism\": the last one counts"]);
        }
        let text = format!("{HEAD}spec: {{parallelism: 1, parallelism: 2, foo: 1}}\n");
        let error = kubectl(&text).unwrap_err();
        assert_eq!(error.message(), "strict decoding error: unknown field \"spec.foo\"");
    }

    /// The values are what kubectl 1.35 sends for these texts.
    #[test]
    fn merged_maps_give_what_kubectl_sends_decode_8() {
        for (text, json, lost) in [
            ("{<<: {a: 1, b: 1}, b: 2}", r#"{"a":1,"b":2}"#, 0),
            ("{<<: [{a: 1, b: 1}, {a: 2, c: 2}], c: 3}", r#"{"a":1,"b":1,"c":3}"#, 0),
            ("{c: 3, <<: [{a: 1, b: 1}, {a: 2, c: 2}]}", r#"{"a":1,"b":1,"c":2}"#, 1),
            ("{<<: {a: 1, b: 1}, <<: {a: 2, c: 2}}", r#"{"a":2,"b":1,"c":2}"#, 0),
            ("{<<: {a: 1, a: 2}, b: 3}", r#"{"a":2,"b":3}"#, 1),
            ("{<<: {a: 1}, a: null}", r#"{"a":null}"#, 0),
            ("{\"<<\": {a: 1}, a: 2}", r#"{"<<":{"a":1},"a":2}"#, 0),
            ("{a: 1, a: 2}", r#"{"a":2}"#, 1),
            ("&x {<<: {a: 1, b: 1}, b: 2}\nd: {<<: *x, b: 3, <<: *x}", r#"{"a":1,"b":2}"#, 1),
        ] {
            let text = format!("m: {text}\n");
            let document = read(text.as_bytes(), &Limits::default()).remove(0).unwrap();
            assert_eq!(document.value_at("m").unwrap().to_string(), json, "{text}");
            assert_eq!(document.lost().len(), lost, "{text}: {:?}", document.lost());
        }
        for wrong in ["5", "null", "[{a: 1}, [{b: 1}]]"] {
            let error = decode_documents(format!("m: {{<<: {wrong}}}").as_bytes()).unwrap_err();
            let message = "map merge requires map or sequence of maps as the value";
            assert_eq!(error.message(), message, "{wrong}");
        }
    }

    /// What go-yaml, the reader of kubectl and the API server, takes and refuses.
    #[test]
    fn tabs_that_begin_a_line_or_follow_a_dash_are_refused_decode_8() {
        let job = "kind: Job\nmetadata: {name: t}\n";
        for (text, line) in [
            (format!("\t{job}"), 1),
            (format!("\t\n{job}"), 1),
            (format!("\t# a comment\n{job}"), 1),
            (format!("---\n\t{job}"), 2),
            (format!("# a comment\n\t{job}"), 2),
            (format!("{job}spec:\n- \ta: 1\n"), 4),
            (format!("{job}spec:\n-\ta: 1\n"), 4),
            (format!("{job}spec:\n-\t1\n"), 4),
            (format!("{job}\t\nspec: 1\n"), 3),
            (format!("{job}spec:\n \ta: 1\n"), 4),
            (format!("{job}---\n\t{job}"), 4),
        ] {
            let error = decode_documents(text.as_bytes()).unwrap_err();
            assert_eq!(error.location().map(|at| at.line), Some(line), "{text:?}: {error}");
        }
        for text in [
            format!("{job}spec:\t1\n"),
            format!("{job}spec: \t 1\t# a comment\n"),
            format!("{job}spec: {{a:\t1,\tb: 2}}\n"),
            format!("{job}spec:\n  a: |\n   x\n   \ty\n   \t\nb: 1\n"),
            format!("{job}spec: \"a\n\tb\"\n"),
            format!("{job}spec: a\n  \tb\n"),
            format!("{job}# a\tcomment\n#\tone more\nspec: 1\n"),
            format!("{job}spec: &x\t1\n"),
            "\t{\"kind\": \"Job\"}\n".to_owned(),
        ] {
            assert!(decode_documents(text.as_bytes()).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn costs_are_bounded() {
        let limits = Limits { parts: 50, ..Limits::of_bytes(1000) };
        let all = |text: &str| read(text.as_bytes(), &limits);
        assert!(all(&"a".repeat(1001))[0].is_err());
        assert!(all(&format!("[{}]", "1,".repeat(40)))[0].is_ok());
        assert!(all(&format!("[{}]", "1,".repeat(60)))[0].is_err());
        // A repeated long text counts with its size.
        let long = format!("a: &a {}\nb: [{}]", "x".repeat(640), "*a, ".repeat(20));
        assert!(all(&long)[0].is_err());
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        assert!(decode_documents(deep.as_bytes()).is_err());
        assert!(decode_documents(&deep.as_bytes()[1..201]).is_ok());
        let aliased = format!("a: &a {}1{}\nb: [[*a]]", "[".repeat(98), "]".repeat(98));
        assert!(decode_documents(aliased.as_bytes()).unwrap_err().message().contains("deep"));
        assert!(decode_documents(b"a: &a [*a]").unwrap_err().message().contains("itself"));
    }
}
