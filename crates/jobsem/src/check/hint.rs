//! Hints: what to do about a mistake, in one sentence.
//!
//! The server's message says what is wrong; a hint is added where it does not say what to write
//! instead. Hints are advice and not part of the exact answer.

use serde_json::Value;

use crate::admission::{CauseType, FieldError};
use crate::{Error, ErrorKind};

use super::Examined;
use crate::nearest::nearest;

/// What to do with a template that was not rendered.
pub const TEMPLATE: &str = "this is a template that was not rendered; render it first \
                            (helm template … | jobsem … -)";

/// For a text that cannot be used because it is a template, such as those of Helm charts, which
/// was not rendered: the line of the error has `{{ … }}`, or the text is no YAML and some line of
/// it has `{{ … }}` where a template puts it.
pub fn template(text: &str, error: &Error) -> Option<&'static str> {
    let opens = |line: &str| ["{{", "{%"].iter().any(|mark| line.contains(mark));
    let stands_alone = |line: &str| {
        let start = line.trim_start().trim_start_matches("- ");
        let value = start.split_once(": ").map_or(start, |(_, value)| value);
        [start, value].iter().any(|part| part.starts_with("{{") || part.starts_with("{%"))
    };
    let at = error.location().and_then(|at| text.lines().nth(at.line - 1));
    let is_typed = error.path().is_some();
    let found = at.is_some_and(opens) || (!is_typed && text.lines().any(stands_alone));
    (found && error.kind() == ErrorKind::Decode).then_some(TEMPLATE)
}

/// What people coming from other kinds of objects write.
const ELSEWHERE: [(&str, &str); 3] = [
    (
        "replicas",
        "a Job has `completions` (how many pods succeed) and `parallelism` (how many run)",
    ),
    ("retries", "a Job has `backoffLimit`: how many pods may fail"),
    ("timeout", "a Job has `activeDeadlineSeconds`"),
];

/// Splits a path into parent and member name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// The hint for an unknown member.
pub(super) fn unknown(of: &Examined<'_>, path: &str) -> Option<String> {
    let (parent, name) = split(path);
    if let Some(version) = of.lookup.newer(parent, name) {
        let target = of.sem.version();
        return Some(format!("Kubernetes {target} has no such field; it came with {version}"));
    }
    let members = of.lookup.members(parent);
    if let Some(name) = nearest(name, &members) {
        return Some(format!("did you mean `{name}`?"));
    }
    if let Some(home) = home(of, path) {
        return Some(match home.as_str() {
            "" => format!("`{name}` belongs at the top, beside `spec`"),
            home => format!("`{name}` belongs in `{home}`"),
        });
    }
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(word, _)| *word == name) {
        return Some((*hint).to_owned());
    }
    match (members.len(), parent) {
        (0, _) => None,
        (1..=6, _) => Some(format!("known here: {}", list(&members))),
        _ => None,
    }
}

/// The path where a misplaced member belongs.
fn home(of: &Examined<'_>, path: &str) -> Option<String> {
    let (parent, name) = split(path);
    of.lookup.homes(name, parent).into_iter().find(|home| is_near(home, parent))
}

/// The likely intended path of an unknown member, without indices.
pub(super) fn meant(of: &Examined<'_>, path: &str) -> Option<String> {
    let (parent, name) = split(path);
    let (parent, name) = match nearest(name, &of.lookup.members(parent)) {
        Some(meant) => (without_indices(parent), meant),
        None => (home(of, path)?, name),
    };
    Some(if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") })
}

/// `a[3].b` as `a[*].b`.
pub(super) fn without_indices(path: &str) -> String {
    let mut out = String::new();
    for (i, part) in path.split('[').enumerate() {
        match part.split_once(']') {
            Some((_, rest)) if i > 0 => out.push_str(&format!("[*]{rest}")),
            _ => out.push_str(part),
        }
    }
    out
}

/// Whether the path is above or below the misplaced member; others match by chance.
fn is_near(home: &str, parent: &str) -> bool {
    let parent = without_indices(parent);
    home.is_empty()
        || parent.starts_with(home)
        || home.starts_with(&parent)
        || split(home).0 == split(&parent).0
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Describes a value of the wrong type without Go's terms.
pub(super) fn expectation(of: &Examined<'_>, path: &str, message: &str) -> Option<String> {
    let wanted = message.strip_prefix("json: cannot unmarshal ")?.rsplit_once(" of type ")?.1;
    let written = of.document.written(path).unwrap_or_default();
    let wanted = match (wanted, of.value(path)?) {
        ("int32", Value::Number(n)) if n.is_i64() || n.is_u64() => "a number of 32 bits",
        ("int32" | "int64", _) => "a whole number",
        ("bool", _) => "`true` or `false`",
        (list, _) if list.starts_with("[]") => "a list",
        (map, _) if map.starts_with("map[") || of.lookup.is_object(path) => "a map",
        _ => "a text",
    };
    let found = match of.value(path)? {
        Value::Number(_) => format!("the number {written}"),
        Value::Bool(b) => format!("`{b}`"),
        Value::String(text) if text.chars().count() <= 40 => {
            format!("the text {}", crate::quote::go_quoted(text))
        }
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::Null => return None,
    };
    Some(format!("expected {wanted}, found {found}"))
}

/// The hint for a text that is not YAML.
pub fn syntax(message: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 7] = [
        ("mapping values are not allowed", "a text with `: ` in it must be in quotes"),
        (": a tab", "indent with blanks; YAML does not allow tabs there"),
        ("tabs disallowed", "indent with blanks; YAML does not allow tabs there"),
        (
            "unknown anchor",
            "`*name` repeats what `&name` marks before it; a text that begins \
                            with `*` must be in quotes",
        ),
        ("cannot start any token", "a text that begins with this character must be in quotes"),
        ("trailing comma", "remove the comma before the bracket"),
        ("the object has", "keep data in a volume or the image; etcd takes 1.5 MiB by default"),
    ];
    HINTS.iter().find(|(words, _)| message.contains(words)).map(|(_, hint)| *hint)
}

/// The hint for a value of the wrong type.
pub(super) fn wrong_type(of: &Examined<'_>, path: &str, message: &str) -> Option<String> {
    let value = of.value(path)?;
    let written = of.document.written(path).unwrap_or_default();
    let name = split(path).1;
    if message.starts_with("quantities must match") || message.starts_with("unable to parse quan") {
        let bytes = value.as_str().and_then(|text| text.strip_suffix('B'));
        return Some(match bytes.filter(|text| text.ends_with(['K', 'M', 'G', 'T', 'i'])) {
            Some(text) => {
                format!("without the `B`: {}", text.replace('K', "k").replace("ki", "Ki"))
            }
            None => "a number with an optional suffix, such as `500m`, `2` or `1.5Gi`".to_owned(),
        });
    }
    if message.starts_with("parsing time") {
        return Some("a time such as `2024-01-31T12:00:00Z`".to_owned());
    }
    let wanted = message.rsplit_once(" of type ").map_or("string", |(_, wanted)| wanted);
    let is_number = matches!(wanted, "int32" | "int64");
    match value {
        Value::Bool(_) | Value::Number(_)
            if !is_number
                && wanted != "bool"
                && !wanted.starts_with("[]")
                && !wanted.starts_with("map[")
                && !of.lookup.is_object(path) =>
        {
            let says = value.to_string();
            let read = if written == says || of.document.is_json() {
                String::new()
            } else {
                format!("YAML reads `{written}` as `{says}`; ")
            };
            Some(format!("{read}put it in quotes: \"{written}\""))
        }
        Value::String(text) if is_number && text.parse::<i64>().is_ok() => {
            Some(format!("without quotes: {text}"))
        }
        Value::String(text) if wanted == "bool" => match text.to_lowercase().as_str() {
            "true" | "false" => Some(format!("without quotes: {}", text.to_lowercase())),
            _ => Some("`true` or `false`".to_owned()),
        },
        Value::Number(_) if is_number => None,
        Value::String(_) | Value::Number(_) | Value::Bool(_) if wanted == "[]string" => {
            let item = value.to_string().trim_matches('"').to_owned();
            let words: Vec<String> = match name {
                "command" | "args" => item.split_whitespace().map(|w| format!("{w:?}")).collect(),
                _ => vec![format!("{item:?}")],
            };
            Some(format!("as a list: [{}]", words.join(", ")))
        }
        Value::Object(_) if wanted.starts_with("[]") => {
            Some("each item of a list starts with `- `".to_owned())
        }
        Value::Array(_) if of.lookup.is_object(path) || wanted.starts_with("map[") => {
            Some("no `- `: that makes a list".to_owned())
        }
        _ => None,
    }
}

/// The hint for a refused value.
pub(super) fn field_error(of: &Examined<'_>, error: &FieldError) -> Option<String> {
    let name = split(&error.field).1;
    let detail = error.detail.as_str();
    match error.cause {
        CauseType::NotSupported => {
            let names: Vec<&str> = detail.split('"').skip(1).step_by(2).collect();
            let meant = nearest(error.value.text()?, &names)?;
            Some(format!("did you mean `{meant}`?"))
        }
        CauseType::Required if name == "restartPolicy" && of.value(&error.field).is_some() => {
            Some("the pods of a Job end: use `Never` or `OnFailure`".to_owned())
        }
        CauseType::Required => required(name, detail),
        CauseType::Duplicate => None,
        _ if detail.starts_with("field is immutable") => immutable(of),
        _ if name == "selector" && detail.contains("not auto-generated") => stored(of)
            .or_else(|| Some("leave `selector` out: the server makes one that fits".to_owned())),
        _ if detail.contains("RFC 1123") => rfc1123(error.value.text()?, detail),
        _ if detail.starts_with("must be no more than") && error.field == "metadata.name" => {
            Some("the name of a Job is made from it, with 11 characters more".to_owned())
        }
        _ if detail.contains("does not match template `labels`") => stored(of),
        _ if error.field.ends_with("].image") && detail.contains("whitespace") => {
            Some("remove the blanks around it".to_owned())
        }
        _ if name == "schedule" && detail.contains("use timeZone field") => {
            let zone = error.value.text()?.split_once('=')?.1.split_whitespace().next()?;
            Some(format!("`timeZone: {zone}` beside `schedule`"))
        }
        _ if name == "schedule" => Some(
            "five fields: minute, hour, day of month, month, day of week; such as `0 3 * * *`"
                .to_owned(),
        ),
        _ if error.field.ends_with("spec.template.labels") => {
            Some("the name becomes a label of the pods: at most 63 characters".to_owned())
        }
        _ if detail.starts_with("must be '") && error.field.ends_with("controller-uid]") => {
            stored(of)
        }
        _ if name == "timeZone" => Some(
            "a name of the time zone database, such as `Europe/Berlin` or `Etc/UTC`".to_owned(),
        ),
        _ => None,
    }
}

fn required(name: &str, detail: &str) -> Option<String> {
    let text = match name {
        "restartPolicy" => "add `restartPolicy: Never` or `restartPolicy: OnFailure`",
        "containers" => "add at least one container, with `name` and `image`",
        "image" => "add `image`",
        "schedule" => "add `schedule`, such as `schedule: \"0 3 * * *\"`",
        "name" if detail.contains("generateName") => "add `name`, or `generateName`",
        "name" => "add `name`",
        _ => return None,
    };
    Some(text.to_owned())
}

fn immutable(of: &Examined<'_>) -> Option<String> {
    let kind = of.kind.name();
    Some(format!("delete the {kind} and create it anew, or give the new one another name"))
}

/// The hint for an object that a cluster wrote.
fn stored(of: &Examined<'_>) -> Option<String> {
    of.value("metadata.uid")?;
    Some(
        "a cluster wrote this: to create it anew remove `spec.selector`, the labels \
         `controller-uid` and `job-name` (both spellings), `uid` and `resourceVersion`"
            .to_owned(),
    )
}

/// A valid name similar to `text`.
fn rfc1123(text: &str, detail: &str) -> Option<String> {
    let dots = detail.contains("subdomain");
    let lower = text.to_lowercase();
    let legal = |c: char| c.is_ascii_alphanumeric() || (dots && c == '.');
    let mapped: String = lower.chars().map(|c| if legal(c) { c } else { '-' }).collect();
    let mut name = mapped.trim_matches(['-', '.']).to_owned();
    while let Some(better) = ["..", ".-", "-.", "--"].iter().find(|two| name.contains(**two)) {
        name =
            name.replace(better, if better.contains('.') && *better != "--" { "." } else { "-" });
    }
    (!name.is_empty() && name != text && name.len() <= 63).then(|| format!("for example `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_left_out() {
        assert_eq!(without_indices("a[3].b[x.y].c"), "a[*].b[*].c");
        assert_eq!(without_indices("a.b"), "a.b");
    }

    #[test]
    fn names_are_made_legal() {
        let label = "a lowercase RFC 1123 label must …";
        let subdomain = "a lowercase RFC 1123 subdomain must …";
        assert_eq!(rfc1123("My_Job", subdomain).unwrap(), "for example `my-job`");
        assert_eq!(rfc1123("a.B", label).unwrap(), "for example `a-b`");
        assert_eq!(rfc1123("a..b-.c_", subdomain).unwrap(), "for example `a.b.c`");
        assert_eq!(rfc1123("___", label), None);
    }
}
