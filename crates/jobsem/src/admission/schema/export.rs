//! The shapes as JSON Schema: every member of the newest version, and nothing else.
//!
//! The shapes know all members but say nothing of them; what is said of a member, and which values
//! it may have, comes from the Rust types, where they name it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{CRON_JOB, JOB, Member, Object, Shape};
use crate::{KubeVersion, Semantics};

/// Members without which the API server refuses an object.
const REQUIRED: [(&str, &[&str]); 10] = [
    ("Job", &["apiVersion", "kind", "metadata", "spec"]),
    ("CronJob", &["apiVersion", "kind", "metadata", "spec"]),
    ("CronJobSpec", &["schedule", "jobTemplate"]),
    ("JobTemplateSpec", &["spec"]),
    ("JobSpec", &["template"]),
    ("PodTemplateSpec", &["spec"]),
    ("PodSpec", &["containers"]),
    ("Container", &["name"]),
    ("PodFailurePolicy", &["rules"]),
    ("SuccessPolicy", &["rules"]),
];

/// Types that Rust names more briefly.
const NAMES: [(&str, &str); 2] = [
    ("PodFailurePolicyOnExitCodesRequirement", "ExitCodesRequirement"),
    ("PodFailurePolicyOnPodConditionsPattern", "PodConditionPattern"),
];

/// Enumerations that anybody may add values to.
const OPEN: [&str; 1] = ["JobConditionType"];

/// The schema of a Job; `words` is the one of the Rust type.
pub(crate) fn export_job(words: &Value) -> Value {
    export(&JOB, words)
}

/// The schema of a CronJob; `words` is the one of the Rust type.
pub(crate) fn export_cronjob(words: &Value) -> Value {
    export(&CRON_JOB, words)
}

fn export(root: &'static Object, words: &Value) -> Value {
    let mut export = Export { words, defs: BTreeMap::new() };
    let mut out = export.object(root);
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    out["title"] = root.name.into();
    out["properties"]["apiVersion"] = json!({"const": "batch/v1"});
    out["properties"]["kind"] = json!({"const": root.name});
    out["$defs"] = export.defs.into_iter().collect::<Map<_, _>>().into();
    out
}

struct Export<'a> {
    words: &'a Value,
    defs: BTreeMap<String, Value>,
}

impl Export<'_> {
    fn object(&mut self, object: &'static Object) -> Value {
        let mut out = json!({"type": "object", "additionalProperties": false});
        if let Some(text) = self.words_of(object)["description"].as_str() {
            out["description"] = sentence(text).into();
        }
        if let Some((_, names)) = REQUIRED.iter().find(|(name, _)| *name == object.name) {
            out["required"] = json!(names);
        }
        let newest = Semantics::default();
        let members = object.members.iter().filter(|member| member.is_known(&newest));
        let members = members.map(|m| (m.name.to_owned(), self.member(object, m)));
        out["properties"] = members.collect::<Map<_, _>>().into();
        out
    }

    fn member(&mut self, object: &'static Object, member: &'static Member) -> Value {
        let words = self.words_of(object)["properties"][member.name].clone();
        let mut out = self.shape(&member.shape, true);
        if let Some(values) = self.values(&words) {
            out["enum"] = values;
        }
        let mut text = words["description"].as_str().map(sentence).unwrap_or_default();
        if member.since > KubeVersion::V1_29 {
            let since = format!("Kubernetes {} and newer.", member.since);
            text = if text.is_empty() { since } else { format!("{text} {since}") };
        }
        if !text.is_empty() {
            out["description"] = text.into();
        }
        out
    }

    /// The schema of a value; of a member it may be null, which leaves it unset (DECODE-2).
    fn shape(&mut self, shape: &'static Shape, nullable: bool) -> Value {
        let typed = |types: &[&str]| match (nullable, types) {
            (false, [one]) => json!({"type": one}),
            (false, many) => json!({"type": many}),
            (true, many) => {
                let with_null = [many, &["null"]].concat();
                json!({"type": with_null})
            }
        };
        match shape {
            Shape::Text => typed(&["string"]),
            Shape::Bool => typed(&["boolean"]),
            Shape::Int32 => {
                let mut out = typed(&["integer"]);
                out["minimum"] = i32::MIN.into();
                out["maximum"] = i32::MAX.into();
                out
            }
            Shape::Int64 => typed(&["integer"]),
            Shape::Quantity => typed(&["string", "number"]),
            Shape::Time => {
                let mut out = typed(&["string"]);
                out["format"] = "date-time".into();
                out
            }
            Shape::IntOrString => typed(&["integer", "string"]),
            Shape::List(item) => {
                let mut out = typed(&["array"]);
                out["items"] = self.shape(item, false);
                out
            }
            Shape::Map(item) => {
                let mut out = typed(&["object"]);
                out["additionalProperties"] = self.shape(item, false);
                out
            }
            Shape::Object(object) => {
                if !self.defs.contains_key(object.name) {
                    // Types may hold themselves: the name is taken before its content is known.
                    self.defs.insert(object.name.to_owned(), Value::Null);
                    let schema = self.object(object);
                    self.defs.insert(object.name.to_owned(), schema);
                }
                let reference = json!({"$ref": format!("#/$defs/{}", object.name)});
                if nullable { json!({"anyOf": [reference, {"type": "null"}]}) } else { reference }
            }
            Shape::Any => json!({}),
        }
    }

    /// What the Rust types say of a type; null if there is none of that name.
    fn words_of(&self, object: &Object) -> &Value {
        if self.words["title"] == object.name {
            return self.words;
        }
        let brief = NAMES.iter().find(|(name, _)| *name == object.name);
        &self.words["$defs"][brief.map_or(object.name, |(_, name)| name)]
    }

    /// The values of an enumeration that a member's schema refers to, and null.
    fn values(&self, words: &Value) -> Option<Value> {
        let choices = words["anyOf"].as_array().into_iter().flatten().chain([words]);
        let mut names = choices.filter_map(|choice| choice["$ref"].as_str());
        let name = names.next()?.strip_prefix("#/$defs/")?;
        let mut values = self.words["$defs"][name]["enum"].as_array()?.clone();
        values.push(Value::Null);
        (!OPEN.contains(&name)).then_some(values.into())
    }
}

/// A documentation comment on one line, without what only the code's readers care for: ids of
/// rules, what is shared in memory, Rust's spelling of members.
fn sentence(text: &str) -> String {
    let line = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let mut out = String::new();
    let mut rest = line.as_str();
    while let Some((before, after)) = rest.split_once(" (") {
        let (inside, behind) = after.split_once(')').unwrap_or((after, ""));
        let is_rule = inside.starts_with(|c: char| c.is_ascii_uppercase())
            && inside.contains(|c: char| c.is_ascii_digit())
            || inside.starts_with("section");
        out.push_str(before);
        if !is_rule {
            out.push_str(&format!(" ({inside})"));
        }
        rest = behind;
    }
    out.push_str(rest);
    let shared = out.find(" Shared").unwrap_or(out.len());
    let words = out[..shared].replace('`', "");
    let words = words.split(' ').map(|word| match word.split_once('_') {
        Some(_) => camel_case(word),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn camel_case(word: &str) -> String {
    let mut parts = word.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut out, part| {
        let mut rest = part.chars();
        out.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        out + rest.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_lose_the_ids_of_rules() {
        assert_eq!(sentence("`spec` of a Job (FIELD-0).\n\nMore."), "spec of a Job.");
        assert_eq!(
            sentence("Only if `on_exit_codes` is. Shared with x."),
            "Only if onExitCodes is."
        );
        assert_eq!(sentence("Containers (sidecars) that\nrun."), "Containers (sidecars) that run.");
    }
}
