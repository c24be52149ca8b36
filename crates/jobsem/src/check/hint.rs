//! What may be done about a mistake, in a sentence.
//!
//! The server's words say what is wrong; a hint is given where they leave open what to write
//! instead. Hints are advice, never part of what is exact.

use serde_json::Value;

use crate::admission::{CauseType, FieldError};

use super::Examined;

/// The one of `names` that `word` is a slip of the keyboard away from.
pub(super) fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let best = names.iter().map(|name| (distance(name), *name)).min()?;
    // One slip in four letters; more would be guessing.
    let most = (word.chars().count().min(best.1.len()) / 4).max(1);
    (best.0 <= most && best.1 != word).then_some(best.1)
}

/// The path of the parent, and the member's name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// For a member that is not known.
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
    let homes = of.lookup.homes(name, parent);
    let near: Vec<&String> = homes.iter().filter(|home| is_near(home, parent)).take(2).collect();
    match near.as_slice() {
        [] => {}
        [one] if one.is_empty() => {
            return Some(format!("`{name}` belongs at the top, beside `spec`"));
        }
        [one, ..] => return Some(format!("`{name}` belongs in `{one}`")),
    }
    match (members.len(), parent) {
        (0, _) => None,
        (1..=6, _) => Some(format!("known here: {}", list(&members))),
        _ => None,
    }
}

/// Whether a home is on the way to or below a misplaced member: further ones are chance.
fn is_near(home: &str, parent: &str) -> bool {
    let without_indices: String = parent
        .split('.')
        .map(|step| step.split_once('[').map_or(step.to_owned(), |(name, _)| format!("{name}[*]")))
        .collect::<Vec<_>>()
        .join(".");
    home.is_empty()
        || without_indices.starts_with(home)
        || home.starts_with(&without_indices)
        || split(home).0 == split(&without_indices).0
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// For a value of the wrong type.
pub(super) fn wrong_type(of: &Examined<'_>, path: &str, message: &str) -> Option<String> {
    let value = of.value(path)?;
    let written = of.document.written(path).unwrap_or_default();
    let name = split(path).1;
    if message.starts_with("quantities must match") || message.starts_with("unable to parse quan") {
        return Some("a number with an optional suffix, such as `500m`, `2` or `1.5Gi`".to_owned());
    }
    if message.starts_with("parsing time") {
        return Some("a time such as `2024-01-31T12:00:00Z`".to_owned());
    }
    let wanted = message.rsplit_once(" of type ").map_or("string", |(_, wanted)| wanted);
    let is_number = matches!(wanted, "int32" | "int64");
    match value {
        Value::Bool(_) | Value::Number(_) if is_text(wanted) => {
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
        Value::Number(_) if is_number => Some("a whole number is wanted here".to_owned()),
        Value::String(_) | Value::Number(_) | Value::Bool(_) if wanted == "[]string" => {
            let item = value.to_string().trim_matches('"').to_owned();
            Some(format!("a list is wanted here: [\"{item}\"]"))
        }
        Value::Object(_) if wanted.starts_with("[]") => {
            Some("a list is wanted here: each item starts with `- `".to_owned())
        }
        _ if wanted.starts_with("[]") => Some("a list is wanted here".to_owned()),
        Value::Array(_) if wanted.starts_with("map[") || wanted.starts_with("v1.") => {
            Some("a map is wanted here, not a list: no `- `".to_owned())
        }
        _ if wanted.starts_with("map[") || wanted.starts_with("v1.") => Some(format!(
            "a map is wanted here; what belongs to `{name}` stands below it, indented"
        )),
        _ => None,
    }
}

/// Whether a Go type is written as a text.
fn is_text(go: &str) -> bool {
    const TYPED: [&str; 4] = ["types.UID", "v1.PullPolicy", "v1.RestartPolicy", "v1.Protocol"];
    go == "string"
        || TYPED.contains(&go)
        || (go.starts_with("v1.") && go.ends_with("Policy"))
        || go.ends_with("Operator")
        || go.ends_with("Mode")
        || go.ends_with("Action")
}

/// For a value that is refused.
pub(super) fn field_error(of: &Examined<'_>, error: &FieldError) -> Option<String> {
    let name = split(&error.field).1;
    let detail = error.detail.as_str();
    match error.cause {
        CauseType::NotSupported => {
            let names: Vec<&str> = detail.split('"').skip(1).step_by(2).collect();
            let meant = nearest(error.value.text()?, &names)?;
            Some(format!("did you mean `{meant}`?"))
        }
        CauseType::Required => required(name, detail),
        CauseType::Duplicate => None,
        _ if detail.starts_with("field is immutable") => immutable(of),
        _ if name == "selector" && detail.contains("not auto-generated") => stored(of)
            .or_else(|| Some("leave `selector` out: the server makes one that fits".to_owned())),
        _ if detail.contains("RFC 1123") => rfc1123(error.value.text()?, detail),
        _ if detail.starts_with("must be no more than") && error.field == "metadata.name" => {
            Some("the name of a pod is made from it, and is a label of the pods".to_owned())
        }
        _ if detail.contains("does not match template `labels`") => stored(of),
        _ if error.field.ends_with("].image") && detail.contains("whitespace") => {
            Some("remove the blanks around it".to_owned())
        }
        _ if name == "schedule" => Some(
            "five fields: minute, hour, day of month, month, day of week; such as `0 3 * * *`"
                .to_owned(),
        ),
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

/// For an object that a cluster wrote.
fn stored(of: &Examined<'_>) -> Option<String> {
    of.value("metadata.uid")?;
    Some(
        "a cluster wrote this: to create it anew remove `spec.selector`, the labels \
         `controller-uid` and `job-name` (both spellings), `uid` and `resourceVersion`"
            .to_owned(),
    )
}

/// A name that would do.
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
    fn a_slip_of_the_keyboard_is_recognised_and_more_is_not() {
        let names = ["parallelism", "completions", "suspend", "image", "name"];
        assert_eq!(nearest("paralelism", &names), Some("parallelism"));
        assert_eq!(nearest("Parallelism", &names), Some("parallelism"));
        assert_eq!(nearest("imge", &names), Some("image"));
        assert_eq!(nearest("naem", &names), Some("name"));
        assert_eq!(nearest("replicas", &names), None);
        assert_eq!(nearest("x", &names), None);
        assert_eq!(nearest("", &names), None);
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
