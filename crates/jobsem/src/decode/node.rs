//! A YAML document as a tree that remembers where its parts stand.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

use super::Document;
use crate::Error;

/// A value with the place where it is written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    line: usize,
    column: usize,
    tree: Tree,
}

#[derive(Clone, Debug)]
enum Tree {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

pub(super) fn parse(text: &str) -> Result<Vec<Document>, Error> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let nodes: Vec<Spanned<Tree>> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| {
            let message = error.without_snippet().render();
            // The place is kept apart, and a message is one line.
            let message = message.lines().next().unwrap_or_default();
            let message = message.split(" at line ").next().unwrap_or_default();
            let out = Error::decode(message.trim_start_matches("error: "));
            match error.location() {
                Some(at) => out.with_location(to_usize(at.line()), to_usize(at.column())),
                None => out,
            }
        })?;
    let nodes = nodes.into_iter().map(Node::from);
    Ok(nodes.map(|node| Document { value: node.value(), places: Some(node) }).collect())
}

fn to_usize(n: impl TryInto<usize>) -> usize {
    n.try_into().unwrap_or(usize::MAX)
}

impl From<Spanned<Tree>> for Node {
    fn from(spanned: Spanned<Tree>) -> Node {
        let at = spanned.referenced;
        Node { line: to_usize(at.line()), column: to_usize(at.column()), tree: spanned.value }
    }
}

impl Node {
    fn value(&self) -> Value {
        match &self.tree {
            Tree::Scalar(value) => value.clone(),
            Tree::List(all) => all.iter().map(Node::value).collect(),
            Tree::Map(all) => Value::Object(
                all.iter().map(|(k, v)| (k.clone(), v.value())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The place of the value at `path`, such as `spec.template.spec.containers[0].name`, or of
    /// the nearest parent that is there.
    pub(super) fn place(&self, path: &str) -> (usize, usize) {
        let mut node = self;
        let mut rest = path;
        while !rest.is_empty() {
            let next = match &node.tree {
                Tree::Map(all) => {
                    let rest = rest.trim_start_matches('.');
                    // A key may hold dots, so that the longest that fits is taken.
                    all.iter()
                        .filter_map(|(k, v)| Some((k, v, after_key(rest, k)?)))
                        .max_by_key(|(k, _, _)| k.len())
                        .map(|(_, v, rest)| (v, rest))
                }
                Tree::List(all) => rest.strip_prefix('[').and_then(|rest| {
                    let (index, rest) = rest.split_once(']')?;
                    Some((all.get(index.parse::<usize>().ok()?)?, rest))
                }),
                Tree::Scalar(_) => None,
            };
            let Some((inner, left)) = next else { break };
            (node, rest) = (inner, left);
        }
        (node.line, node.column)
    }
}

fn after_key<'a>(path: &'a str, key: &str) -> Option<&'a str> {
    let bracketed = path.strip_prefix('[').and_then(|p| p.strip_prefix(key)?.strip_prefix(']'));
    let rest = bracketed.or_else(|| path.strip_prefix(key))?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Bool(v)))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Tree, E> {
        // Kubernetes turns YAML into JSON text first, where 2.0 is printed as 2.
        let whole = v.fract() == 0.0 && v.abs() < 9e15;
        let number = if whole { Some(Number::from(v as i64)) } else { Number::from_f64(v) };
        Ok(Tree::Scalar(number.map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, v: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(v.into()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Tree, D::Error> {
        Tree::deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<Tree>>()? {
            all.push(item.into());
        }
        Ok(Tree::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Spanned<Tree>>()? {
            all.push((key, value.into()));
        }
        Ok(Tree::Map(all))
    }
}
