//! Names, label keys and label values, and what is said of ill-formed ones.
//!
//! Rules: VALID-12, VALID-13, appendix A of the API rules. Every check reports each text that the
//! API server would list, in its order, and says nothing of a good name.

use crate::Semantics;

const LABEL_1123: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
     characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  \
     or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_1123: &str = "a lowercase RFC 1123 subdomain must consist of lower case \
     alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character \
     (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SUBDOMAIN_WITH_UNDERSCORES: &str = "a lowercase RFC 1123 subdomain must consist of lower \
     case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric \
     character (e.g. 'example.com', regex used for validation is \
     '";
const SUBDOMAIN_FORM: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_FORM_WITH_UNDERSCORES: &str =
    "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
/// What follows `name part ` or `a valid label key `.
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must \
     start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
     regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
     characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
     'MyValue',  or 'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const ENV_RELAXED: &str = "a valid environment variable name must consist only of printable \
     ASCII characters other than '='";
const ENV_STRICT: &str = "a valid environment variable name must consist of alphabetic \
     characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  \
     or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is \
     '[-._a-zA-Z][-._a-zA-Z0-9]*')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' \
     or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
     '[-._a-zA-Z0-9]+')";

/// Longest DNS label, label value, and name part of a label key, in bytes.
const SHORT: usize = 63;
/// Longest DNS subdomain, in bytes.
const LONG: usize = 253;

/// A DNS label.
pub(crate) fn dns_label(name: &str, mut say: impl FnMut(&str)) {
    if name.len() > SHORT {
        say("must be no more than 63 characters");
    }
    if !is_label(name.as_bytes()) {
        // Dots alone get a text of their own.
        let subdomain = name.len() <= LONG && is_subdomain(name);
        say(if subdomain { "must not contain dots" } else { LABEL_1123 });
    }
}

/// A DNS subdomain.
pub(crate) fn dns_subdomain(name: &str, mut say: impl FnMut(&str)) {
    if name.len() > LONG {
        say("must be no more than 253 characters");
    }
    if !is_subdomain(name) {
        say(SUBDOMAIN_1123);
    }
}

/// A DNS subdomain whose labels may have underscores, as resolvers accept them.
pub(crate) fn dns_subdomain_with_underscores(
    name: &str,
    sem: &Semantics,
    mut say: impl FnMut(&str),
) {
    if name.len() > LONG {
        say("must be no more than 253 characters");
    }
    let is_legal = |label: &str| {
        let label = label.strip_prefix('_').unwrap_or(label).as_bytes();
        matches!((label.first(), label.last()), (Some(first), Some(last))
            if is_label_byte(*first) && is_label_byte(*last))
            && label.iter().all(|b| is_label_byte(*b) || matches!(b, b'-' | b'_'))
    };
    if !name.split('.').all(is_legal) {
        let form = match sem.shows_the_form_with_underscores() {
            true => SUBDOMAIN_FORM_WITH_UNDERSCORES,
            false => SUBDOMAIN_FORM,
        };
        say(&format!("{SUBDOMAIN_WITH_UNDERSCORES}{form}')"));
    }
}

/// The start of a name that will be completed: a hyphen at its end stands for more (VALID-3).
pub(crate) fn dns_subdomain_prefix(prefix: &str, say: impl FnMut(&str)) {
    match prefix.strip_suffix('-') {
        // GO: two bytes make room for one; a character that this would split is dropped whole.
        Some(rest) if prefix.len() > 1 => {
            let mut end = rest.len() - 1;
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            dns_subdomain(&format!("{}a", &rest[..end]), say);
        }
        _ => dns_subdomain(prefix, say),
    }
}

/// A name as updates check it: fit to stand in a URL's path (UPDATE-1).
pub(crate) fn path_segment(name: &str, mut say: impl FnMut(&str)) {
    match name {
        "." => return say("may not be '.'"),
        ".." => return say("may not be '..'"),
        _ => {}
    }
    path_segment_prefix(name, say);
}

/// The start of such a name.
pub(crate) fn path_segment_prefix(name: &str, mut say: impl FnMut(&str)) {
    if name.contains('/') {
        say("may not contain '/'");
    }
    if name.contains('%') {
        say("may not contain '%'");
    }
}

/// A label key (VALID-12).
pub(crate) fn label_key(key: &str, sem: &Semantics, mut say: impl FnMut(&str)) {
    let unit = if sem.label_lengths_in_bytes() { "bytes" } else { "characters" };
    let mut parts = key.split('/');
    let (name, prefix) = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => (name, None),
        (Some(prefix), Some(name), None) => (name, Some(prefix)),
        _ => {
            let what =
                if sem.label_lengths_in_bytes() { "a valid label key" } else { "a qualified name" };
            return say(&format!(
                "{what} {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            ));
        }
    };
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            say("prefix part must be non-empty");
        } else {
            if prefix.len() > LONG {
                say(&format!("prefix part must be no more than {LONG} {unit}"));
            }
            if !is_subdomain(prefix) {
                say(&format!("prefix part {SUBDOMAIN_1123}"));
            }
        }
    }
    if name.is_empty() {
        say("name part must be non-empty");
    } else if name.len() > SHORT {
        say(&format!("name part must be no more than {SHORT} {unit}"));
    }
    if !is_qualified(name) {
        say(&format!("name part {QUALIFIED}"));
    }
}

/// Whether it is a label key.
pub(crate) fn is_label_key(key: &str, sem: &Semantics) -> bool {
    let mut good = true;
    label_key(key, sem, |_| good = false);
    good
}

/// A label value (VALID-13).
pub(crate) fn label_value(value: &str, sem: &Semantics, mut say: impl FnMut(&str)) {
    if value.len() > SHORT {
        let unit = if sem.label_lengths_in_bytes() { "bytes" } else { "characters" };
        say(&format!("must be no more than {SHORT} {unit}"));
    }
    if !value.is_empty() && !is_qualified(value) {
        say(LABEL_VALUE);
    }
}

/// Whether it is a label value.
pub(crate) fn is_label_value(value: &str) -> bool {
    value.len() <= SHORT && (value.is_empty() || is_qualified(value))
}

/// The name of an environment variable (VALID-64).
pub(crate) fn env_name(name: &str, relaxed: bool, mut say: impl FnMut(&str)) {
    if relaxed {
        if !name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'=') {
            say(ENV_RELAXED);
        }
        return;
    }
    let first = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if !first || !name.bytes().all(is_key_byte) {
        say(ENV_STRICT);
    }
    match name {
        "." => say("must not be '.'"),
        ".." => say("must not be '..'"),
        _ if name.starts_with("..") => say("must not start with '..'"),
        _ => {}
    }
}

/// A key of a ConfigMap or Secret (VALID-64).
pub(crate) fn config_key(key: &str, mut say: impl FnMut(&str)) {
    if key.len() > LONG {
        say("must be no more than 253 characters");
    }
    if key.is_empty() || !key.bytes().all(is_key_byte) {
        say(CONFIG_KEY);
    }
    match key {
        "." => say("must not be '.'"),
        ".." => say("must not be '..'"),
        _ if key.starts_with("..") => say("must not start with '..'"),
        _ => {}
    }
}

/// The name of a port (VALID-63).
pub(crate) fn port_name(name: &str, mut say: impl FnMut(&str)) {
    if name.len() > 15 {
        say("must be no more than 15 characters");
    }
    if name.is_empty() || !name.bytes().all(|b| is_label_byte(b) || b == b'-') {
        say("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|b| b.is_ascii_lowercase()) {
        say("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        say("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        say("must not begin or end with a hyphen");
    }
}

/// Whether `prefix` may start a name that the API server completes (VALID-3).
pub(crate) fn starts_a_name(prefix: &str) -> bool {
    let mut legal = true;
    dns_subdomain_prefix(prefix, |_| legal = false);
    legal
}

fn is_key_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

fn is_label_byte(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn is_label(text: &[u8]) -> bool {
    matches!((text.first(), text.last()), (Some(first), Some(last))
        if is_label_byte(*first) && is_label_byte(*last))
        && text.iter().all(|b| is_label_byte(*b) || *b == b'-')
}

/// Whether every part between dots is a label; the length is not looked at.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.as_bytes().split(|b| *b == b'.').all(is_label)
}

/// Whether it is a DNS label of legal length.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= SHORT && is_label(text.as_bytes())
}

fn is_qualified(text: &str) -> bool {
    let text = text.as_bytes();
    matches!((text.first(), text.last()), (Some(first), Some(last))
        if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
        && text.iter().all(|b| is_key_byte(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KubeVersion;

    fn texts(check: impl FnOnce(&mut dyn FnMut(&str))) -> Vec<String> {
        let mut out = Vec::new();
        check(&mut |text: &str| out.push(text.chars().take(34).collect()));
        out
    }

    #[test]
    fn dns_labels() {
        let long = "a".repeat(64);
        for (name, want) in [
            ("a-b", vec![]),
            ("a.b", vec!["must not contain dots"]),
            ("A", vec!["a lowercase RFC 1123 label must co"]),
            (&long, vec!["must be no more than 63 characters"]),
            ("", vec!["a lowercase RFC 1123 label must co"]),
        ] {
            assert_eq!(texts(|say| dns_label(name, say)), want, "{name}");
        }
    }

    #[test]
    fn label_keys() {
        let sem = Semantics::kube(KubeVersion::V1_37);
        for (key, want) in [
            ("a/b", vec![]),
            ("", vec!["name part must be non-empty", "name part must consist of alphanum"]),
            ("/b", vec!["prefix part must be non-empty"]),
            ("a/b/c", vec!["a valid label key must consist of "]),
            ("A/b", vec!["prefix part a lowercase RFC 1123 s"]),
            ("a/-", vec!["name part must consist of alphanum"]),
        ] {
            assert_eq!(texts(|say| label_key(key, &sem, say)), want, "{key}");
        }
    }

    #[test]
    fn prefixes_may_end_in_a_hyphen() {
        for (prefix, good) in [("A-", true), ("Ab-", false), ("a-", true), ("-", false)] {
            assert_eq!(texts(|say| dns_subdomain_prefix(prefix, say)).is_empty(), good, "{prefix}");
        }
    }

    #[test]
    fn env_names_relaxed_and_strict() {
        for (name, relaxed, strict) in
            [("A", 0, 0), ("1a b", 0, 1), ("a=b", 1, 1), ("é", 1, 1), ("..a", 0, 1), (".", 0, 1)]
        {
            assert_eq!(texts(|say| env_name(name, true, say)).len(), relaxed, "{name}");
            assert_eq!(texts(|say| env_name(name, false, say)).len(), strict, "{name}");
        }
    }
}
