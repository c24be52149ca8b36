//! The positions of a document's parts in its text.

use std::collections::BTreeMap;

use serde_json::Value;

/// A range of bytes in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Span {
        // OK because `Limits` excludes texts of that size.
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: narrow(start), end: narrow(end.max(start)) }
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A document's structure, with the position of each part.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar,
    List(Vec<Places>),
    /// The members, with an index by key if they are many.
    Map(Vec<Entry>, Index),
}

/// Positions by key, for large maps only; otherwise empty.
pub(super) type Index = BTreeMap<String, usize>;

/// A member of a map; the last one of a duplicate key wins.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Span,
    pub(super) value: Places,
}

/// The result of following a path.
pub(super) struct Found<'a> {
    /// The value at the path, or its nearest existing parent.
    pub(super) places: &'a Places,
    /// Its key, if it is a member of a map.
    pub(super) key: Option<Span>,
    /// How much of the path leads there.
    pub(super) matched: usize,
}

impl Places {
    /// Follows a path such as `spec.template.metadata.labels[a.b/c]` or `spec.rules[0].values`.
    ///
    /// Keys may contain dots and brackets, so the document decides each step: the longest matching
    /// key.
    pub(super) fn find(&self, path: &str) -> Found<'_> {
        let mut found = Found { places: self, key: None, matched: 0 };
        while found.matched < path.len() {
            let rest = &path[found.matched..];
            let (places, key, length) = match &found.places.kind {
                Kind::Map(all, index) if !index.is_empty() => {
                    let Some((key, length)) = longest_key(rest, index) else { break };
                    let entry = &all[key];
                    (&entry.value, Some(entry.at), length)
                }
                Kind::Map(all, _) => {
                    let fitting = all
                        .iter()
                        .rev()
                        .filter_map(|entry| Some((entry, step_length(rest, &entry.key)?)));
                    // Of equally long ones the last member wins, which comes first here.
                    let best = fitting.reduce(|a, b| if b.1 > a.1 { b } else { a });
                    let Some((entry, length)) = best else { break };
                    (&entry.value, Some(entry.at), length)
                }
                Kind::List(all) => {
                    let item = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                    let index = item.and_then(|(index, _)| index.parse::<usize>().ok());
                    let Some(item) = index.and_then(|index| all.get(index)) else { break };
                    (item, None, rest.find(']').map_or(rest.len(), |end| end + 1))
                }
                Kind::Scalar => break,
            };
            found = Found { places, key, matched: found.matched + length };
        }
        found
    }

    /// Takes the items of a list in this map, for a document that holds others.
    pub(super) fn take_items(&mut self, list: &str) -> Vec<Places> {
        let Kind::Map(all, _) = &mut self.kind else { return Vec::new() };
        let member = all.iter_mut().rev().find(|entry| entry.key == list);
        match member.map(|entry| &mut entry.value.kind) {
            Some(Kind::List(items)) => std::mem::take(items),
            _ => Vec::new(),
        }
    }
}

impl Entry {
    /// How much of `path` leads to the value, if it does.
    pub(super) fn value_path(&self, path: &str) -> Option<usize> {
        step_length(path, &self.key)
    }
}

/// Removes the value at a path, if there is one.
pub(crate) fn remove(value: &mut Value, path: &str) {
    if path.is_empty() {
        *value = Value::Null;
        return;
    }
    match value {
        Value::Object(map) => {
            let fitting =
                map.iter_mut().filter_map(|(key, value)| Some((step_length(path, key)?, value)));
            if let Some((length, value)) = fitting.max_by_key(|(length, _)| *length) {
                remove(value, &path[length..]);
            }
        }
        Value::Array(list) => {
            let item = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((index, rest)) = item else { return };
            if let Some(value) = index.parse().ok().and_then(|index: usize| list.get_mut(index)) {
                remove(value, rest);
            }
        }
        _ => {}
    }
}

/// As [`step_length`], with the longest matching key of a large map, and its position.
fn longest_key(path: &str, index: &Index) -> Option<(usize, usize)> {
    /// Keys with more dots and brackets than this must match the whole path.
    const STEPS: usize = 100;
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    let dotted = path.strip_prefix('.').unwrap_or(path);
    let cuts = dotted.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(i, _)| i);
    let dotted = cuts
        .take(STEPS)
        .chain([dotted.len()])
        .map(|end| (&dotted[..end], path.len() - dotted.len() + end));
    let inner = path.strip_prefix('[').unwrap_or_default();
    let cuts = inner.char_indices().filter(|(_, c)| *c == ']').map(|(i, _)| i);
    let bracketed = cuts.filter(|end| ends(&inner[end + 1..])).take(STEPS);
    let bracketed = bracketed.map(|end| (&inner[..end], end + 2));
    let fitting =
        dotted.chain(bracketed).filter_map(|(key, length)| Some((*index.get(key)?, length)));
    fitting.max_by_key(|(_, length)| *length)
}

/// How much of `path` the key takes, with the dot or brackets around it.
fn step_length(path: &str, key: &str) -> Option<usize> {
    let bracketed = || path.strip_prefix('[')?.strip_prefix(key)?.strip_prefix(']');
    let dotted = || path.strip_prefix('.').unwrap_or(path).strip_prefix(key);
    let ends = |rest: &&str| rest.is_empty() || rest.starts_with(['.', '[']);
    let rest = bracketed().filter(ends).or_else(|| dotted().filter(ends))?;
    Some(path.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::super::documents;

    /// The text that a path leads to, and how much of the path does.
    fn at<'a>(text: &'a str, path: &'a str) -> (&'a str, &'a str) {
        let all = documents(text.as_bytes()).unwrap();
        let place = all[0].place(path);
        (&text[place.bytes.clone()], &path[..place.matched])
    }

    const TEXT: &str = "\
metadata:
  annotations:
    a.b/c: one
    a: {b/c: two}
    d[0]: three
  labels: {\"x]\": four, \"\": five}
spec:
  list:
  - name: n
    more: [1, {k: v}]
  - - nested
  empty:
";

    #[test]
    fn values_are_found_by_path() {
        for (path, text) in [
            ("metadata.annotations[a.b/c]", "one"),
            ("metadata.annotations.a.b/c", "one"),
            ("metadata.annotations[a][b/c]", "two"),
            ("metadata.annotations[d[0]]", "three"),
            ("metadata.labels[x]]", "four"),
            ("metadata.labels[]", "five"),
            ("spec.list[0].name", "n"),
            ("spec.list[0].more[0]", "1"),
            ("spec.list[0].more[1].k", "v"),
            ("spec.list[1][0]", "nested"),
        ] {
            assert_eq!(at(TEXT, path), (text, path));
        }
    }

    #[test]
    fn a_large_map_finds_the_same() {
        let many: String = (0..40).map(|i| format!("  k{i}: {i}\n")).collect();
        let text =
            format!("m:\n{many}  a.b/c: one\n  a: {{b/c: two}}\n  d[0]: three\n  x]: four\n");
        for (path, value, matched) in [
            ("m.k7", "7", "m.k7"),
            ("m[k39]", "39", "m[k39]"),
            ("m[a.b/c]", "one", "m[a.b/c]"),
            ("m.a.b/c", "one", "m.a.b/c"),
            ("m[a][b/c]", "two", "m[a][b/c]"),
            ("m[d[0]]", "three", "m[d[0]]"),
            ("m[x]]", "four", "m[x]]"),
            ("m.none.x", "m", "m"),
        ] {
            assert_eq!(at(&text, path), (value, matched), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_shown_at_its_parent() {
        for (path, text, matched) in [
            ("spec.list[0].image", "name: n", "spec.list[0]"),
            ("spec.list[7].image", "list", "spec.list"),
            ("spec.listing", "spec", "spec"),
            ("spec.empty.deeper", "empty", "spec.empty"),
            ("metadata.name", "metadata", "metadata"),
            ("metadata.annotations[a.b]", "annotations", "metadata.annotations"),
            ("status", "metadata:", ""),
        ] {
            assert_eq!(at(TEXT, path), (text, matched), "{path}");
        }
    }

    #[test]
    fn what_a_path_leads_to_can_be_taken_away() {
        let mut value = serde_json::json!({"a": {"b.c": [1, {"d": 2}], "b": {"c": 3}}});
        super::remove(&mut value, "a[b.c][1].d");
        super::remove(&mut value, "a.x.y");
        super::remove(&mut value, "a.b.c[0]");
        let left = serde_json::json!({"a": {"b.c": [null, {"d": null}], "b": {"c": 3}}});
        assert_eq!(value, left);
    }

    #[test]
    fn json_has_the_same_places() {
        let text = "{\n \"a\": {\"b.c\": [10, \"x\\ty\", {\"d\": null}], \"b\": {\"c\": 1}}}";
        assert_eq!(at(text, "a.b.c[0]"), ("10", "a.b.c[0]"));
        assert_eq!(at(text, "a[b.c][1]"), ("\"x\\ty\"", "a[b.c][1]"));
        assert_eq!(at(text, "a[b.c][2].d"), ("null", "a[b.c][2].d"));
        assert_eq!(at(text, "a[b.c][2].e"), ("{\"d\": null}", "a[b.c][2]"));
        assert_eq!(at(text, "a.b.d"), ("\"b\"", "a.b"));
    }
}
