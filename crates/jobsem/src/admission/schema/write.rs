//! Writing: an object with its members in the order of the Go types.
//!
//! Which members are written follows their [`Emit`]; a document that was decoded has them already.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{CRON_JOB, Emit, JOB, Object, Shape, conform};
use crate::Semantics;
use crate::api::Kind;

/// A value as Go writes it: members in order.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(String),
    /// A number, a truth value, or null.
    Scalar(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// `object` as Go writes it.
pub(crate) fn written(object: &impl Serialize, kind: Kind, sem: &Semantics) -> Node {
    let shape = match kind {
        Kind::Job => &JOB,
        Kind::CronJob => &CRON_JOB,
    };
    let mut value = serde_json::to_value(object).unwrap_or_default();
    // OK because what misfits was refused when it was decoded; the rest is written as it is.
    let _ = conform(&mut value, shape, sem, &mut Vec::new());
    match &value {
        Value::Object(map) => of_object(map, shape, sem),
        other => of_any(other),
    }
}

fn of_object(map: &Map<String, Value>, shape: &'static Object, sem: &Semantics) -> Node {
    let is_created = |name: &str| shape.name == "ObjectMeta" && name == "creationTimestamp";
    let node = |member: &super::Member| match map.get(member.name) {
        Some(Value::Object(map)) if member.emit == Emit::Kept && map.is_empty() => None,
        Some(value) => Some(of_value(value, &member.shape, sem)),
        None if member.emit == Emit::Always => Some(Node::Scalar(Value::Null)),
        None if is_created(member.name) && sem.writes_null_creation_timestamps() => {
            Some(Node::Scalar(Value::Null))
        }
        None => None,
    };
    let known = shape.members.iter().filter(|member| member.is_known(sem));
    Node::Object(known.filter_map(|m| Some((m.name.to_owned(), node(m)?))).collect())
}

fn of_value(value: &Value, shape: &Shape, sem: &Semantics) -> Node {
    match (shape, value) {
        (Shape::Object(object), Value::Object(map)) => of_object(map, object, sem),
        (Shape::List(item), Value::Array(list)) => {
            Node::List(list.iter().map(|value| of_value(value, item, sem)).collect())
        }
        (Shape::Map(item), Value::Object(map)) => Node::Object(
            map.iter().map(|(key, value)| (key.clone(), of_value(value, item, sem))).collect(),
        ),
        (_, value) => of_any(value),
    }
}

fn of_any(value: &Value) -> Node {
    match value {
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(list) => Node::List(list.iter().map(of_any).collect()),
        Value::Object(map) => {
            Node::Object(map.iter().map(|(key, value)| (key.clone(), of_any(value))).collect())
        }
        scalar => Node::Scalar(scalar.clone()),
    }
}
