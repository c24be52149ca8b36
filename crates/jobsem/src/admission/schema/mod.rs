//! The shape of the API's objects: which members exist, of which type, since which version.
//!
//! Decoding uses it to refuse what has another type, to drop what it does not know, and to leave
//! out what the API would not write; comparing specs uses it to find quantities and empty lists.
//!
//! Rules: FIELD-0, DECODE-1 to DECODE-5, DECODE-11, MODEL-2.

mod container;
#[cfg(feature = "schema")]
mod export;
mod job;
mod lookup;
mod meta;
mod pod;
mod volume;
mod write;

use std::fmt;

use serde_json::{Map, Value};

use super::path::Path;
use super::quantity::Quantity;
use crate::time::parse_rfc3339;
use crate::{KubeVersion, Semantics};

#[cfg(feature = "schema")]
pub(crate) use export::{export_cronjob, export_job};
pub(super) use job::{CRON_JOB, CRON_JOB_SPEC, JOB, JOB_SPEC};
pub(crate) use lookup::Lookup;
pub(super) use meta::LABEL_SELECTOR;
pub(super) use pod::{POD_SPEC, POD_TEMPLATE_SPEC};
pub(crate) use write::{Node, written};

/// The type of a value.
pub(super) enum Shape {
    Text,
    Bool,
    Int32,
    Int64,
    Quantity,
    Time,
    IntOrString,
    List(&'static Shape),
    Map(&'static Shape),
    Object(&'static Object),
    /// Anything, such as the content of managed fields.
    Any,
}

/// When a member is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Emit {
    /// Always, even if zero.
    Always,
    /// Unless it is zero or empty.
    NonZero,
    /// If it is there, even if zero: a pointer.
    Set,
    /// As `NonZero`, but the server distinguishes an empty map from an absent one (DEFAULT-4).
    Kept,
}

/// A type with members.
pub(super) struct Object {
    name: &'static str,
    members: &'static [Member],
}

/// A member of an object.
pub(super) struct Member {
    name: &'static str,
    shape: Shape,
    emit: Emit,
    /// The Go type, as it appears in messages.
    go: &'static str,
    since: KubeVersion,
    /// The first version without it.
    until: Option<KubeVersion>,
    /// The Go type that declares the member, if it is an embedded one.
    owner: Option<&'static str>,
}

const fn m(name: &'static str, shape: Shape, emit: Emit, go: &'static str) -> Member {
    Member { name, shape, emit, go, since: KubeVersion::V1_29, until: None, owner: None }
}

impl Member {
    const fn since(mut self, version: KubeVersion) -> Member {
        self.since = version;
        self
    }

    const fn until(mut self, version: KubeVersion) -> Member {
        self.until = Some(version);
        self
    }

    /// Whether the version has it.
    fn is_known(&self, sem: &Semantics) -> bool {
        sem.knows(self.since) && !self.until.is_some_and(|version| sem.knows(version))
    }

    const fn of(mut self, owner: &'static str) -> Member {
        self.owner = Some(owner);
        self
    }
}

/// What a document is brought into shape for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To be decoded.
    Decode,
    /// To be compared: numbers by value, nothing that is empty (MODEL-2).
    Compare,
}

/// Why a document cannot be decoded (DECODE-3 to DECODE-5).
#[derive(Debug)]
pub(super) struct Misfit {
    /// In Go's words.
    pub(super) message: String,
    /// The path of the field.
    pub(super) path: String,
}

/// Brings a document into the shape of `object`; what is unknown is dropped, and listed.
///
/// Of several misfits the server tells the first one.
pub(super) fn conform(
    value: &mut Value,
    object: &'static Object,
    sem: &Semantics,
    unknown: &mut Vec<String>,
) -> Result<(), Vec<Misfit>> {
    let mut walk = Walk { purpose: Purpose::Decode, sem, unknown, mistyped: Vec::new() };
    let Value::Object(map) = value else {
        let message = format!(
            "json: cannot unmarshal {} into Go value of type v1.{}",
            word(value),
            object.name
        );
        return Err(vec![Misfit { message, path: String::new() }]);
    };
    let ended_by = walk.object(map, object, None).err();
    let all: Vec<Misfit> = ended_by.into_iter().chain(walk.mistyped).collect();
    if all.is_empty() { Ok(()) } else { Err(all) }
}

/// The normal form in which semantically equal values are equal (MODEL-2).
pub(super) fn comparable(
    value: &impl serde::Serialize,
    object: &'static Object,
    sem: &Semantics,
) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    let mut unknown = Vec::new();
    let mut walk =
        Walk { purpose: Purpose::Compare, sem, unknown: &mut unknown, mistyped: Vec::new() };
    if let Value::Object(map) = &mut value {
        // OK because what misfits was refused when it was decoded; the rest is compared as it is.
        let _ = walk.object(map, object, None);
    }
    value
}

struct Walk<'a> {
    purpose: Purpose,
    sem: &'a Semantics,
    unknown: &'a mut Vec<String>,
    /// The members of the wrong type.
    ///
    /// GO: decoding continues after a type error, and a later ill-formed quantity or time is
    /// reported instead.
    mistyped: Vec<Misfit>,
}

/// Where a value stands: its path, the type that declares it, and its own Go type.
struct Place<'a> {
    path: Path<'a>,
    owner: &'static str,
    go: &'static str,
}

impl Walk<'_> {
    fn object(
        &mut self,
        map: &mut Map<String, Value>,
        object: &'static Object,
        parent: Option<&Path<'_>>,
    ) -> Result<(), Misfit> {
        let at = |name| match parent {
            Some(parent) => parent.child(name),
            None => Path::root(name),
        };
        // Errors come in the order of the document, whose members are sorted.
        let mut drop: Vec<String> = Vec::new();
        for (name, value) in map.iter_mut() {
            let mut members = object.members.iter();
            let Some(member) = members.find(|m| m.name == name && m.is_known(self.sem)) else {
                if self.purpose == Purpose::Decode {
                    self.unknown.push(at(name).to_string());
                }
                drop.push(name.clone());
                continue;
            };
            let place = Place {
                path: at(member.name),
                owner: member.owner.unwrap_or(object.name),
                go: member.go,
            };
            self.value(value, &member.shape, &place)?;
            if value.is_null() || self.leaves_out(value, member) {
                drop.push(name.clone());
            }
        }
        for name in drop {
            map.remove(&name);
        }
        if self.purpose == Purpose::Decode {
            for member in object.members {
                if member.emit == Emit::Always
                    && member.is_known(self.sem)
                    && !map.contains_key(member.name)
                    && let Some(zero) = self.zero(&member.shape)
                {
                    map.insert(member.name.to_owned(), zero);
                }
            }
        }
        Ok(())
    }

    fn leaves_out(&self, value: &Value, member: &Member) -> bool {
        let empty = match value {
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty() && matches!(member.shape, Shape::Map(_)),
            _ => false,
        };
        match member.emit {
            _ if self.purpose == Purpose::Compare && empty => true,
            Emit::Always | Emit::Set | Emit::Kept => false,
            Emit::NonZero => {
                empty
                    || match value {
                        Value::String(text) => text.is_empty(),
                        Value::Bool(b) => !b,
                        Value::Number(n) => n.as_i64() == Some(0),
                        _ => false,
                    }
            }
        }
    }

    /// What the API writes for an absent member; lists and maps are null there.
    fn zero(&mut self, shape: &Shape) -> Option<Value> {
        Some(match shape {
            Shape::Text => "".into(),
            Shape::Bool => false.into(),
            Shape::Int32 | Shape::Int64 | Shape::IntOrString => 0.into(),
            Shape::Quantity => "0".into(),
            Shape::Object(object) => {
                let mut map = Map::new();
                self.object(&mut map, object, None).ok()?;
                Value::Object(map)
            }
            _ => return None,
        })
    }

    fn value(&mut self, value: &mut Value, shape: &Shape, place: &Place<'_>) -> Result<(), Misfit> {
        match (shape, &mut *value) {
            (_, Value::Null)
            | (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Bool, Value::Bool(_)) => Ok(()),
            (Shape::Int32, Value::Number(n))
                if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                Ok(())
            }
            (Shape::Int64, Value::Number(n)) if n.is_i64() => Ok(()),
            (Shape::IntOrString, Value::String(_)) => Ok(()),
            (Shape::IntOrString, Value::Number(n))
                if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                Ok(())
            }
            (Shape::Quantity, Value::String(_) | Value::Number(_)) => self.quantity(value, place),
            (Shape::Time, Value::String(text)) => match parse_rfc3339(text) {
                Ok(_) => Ok(()),
                // DECODE-4: Go's words.
                Err(error) => Err(misfit(place, error.message(text))),
            },
            (Shape::List(item), Value::Array(list)) => {
                let go = place.go.strip_prefix("[]").unwrap_or(place.go);
                for (i, entry) in list.iter_mut().enumerate() {
                    let place = Place { path: place.path.index(i), owner: place.owner, go };
                    self.value(entry, item, &place)?;
                    if entry.is_null()
                        && let Some(zero) = self.zero(item)
                    {
                        *entry = zero;
                    }
                }
                Ok(())
            }
            (Shape::Map(item), Value::Object(map)) => {
                let go = place.go.split_once(']').map_or(place.go, |(_, go)| go);
                for (key, entry) in map.iter_mut() {
                    let place = Place { path: place.path.key(key), owner: place.owner, go };
                    self.value(entry, item, &place)?;
                    if entry.is_null()
                        && let Some(zero) = self.zero(item)
                    {
                        *entry = zero;
                    }
                }
                Ok(())
            }
            (Shape::Object(object), Value::Object(map)) => {
                self.object(map, object, Some(&place.path))
            }
            (Shape::Time | Shape::IntOrString, _) => {
                let what = word(value);
                let message = format!("json: cannot unmarshal {what} into Go value of type string");
                Err(misfit(place, message))
            }
            (Shape::Quantity, _) => {
                Err(misfit(place, super::quantity::QuantityError::Shape.text().to_owned()))
            }
            (shape, _) => {
                self.mistyped.push(misfit(place, mistyped(value, shape, place)));
                Ok(())
            }
        }
    }

    fn quantity(&self, value: &mut Value, place: &Place<'_>) -> Result<(), Misfit> {
        let text = match &*value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match Quantity::parse(&text) {
            Ok(quantity) if self.purpose == Purpose::Compare => {
                let (mantissa, exponent) = quantity.reduced();
                *value = format!("{mantissa}e{exponent}").into();
                Ok(())
            }
            Ok(quantity) => {
                *value = quantity.to_string().into();
                Ok(())
            }
            Err(error) => Err(misfit(place, error.text().to_owned())),
        }
    }
}

fn misfit(place: &Place<'_>, message: String) -> Misfit {
    Misfit { message, path: place.path.to_string() }
}

/// Go's words for a value of the wrong type (DECODE-3).
fn mistyped(value: &Value, shape: &Shape, place: &Place<'_>) -> String {
    let numeric = matches!(shape, Shape::Int32 | Shape::Int64);
    let mut what = word(value).to_owned();
    if let (true, Value::Number(n)) = (numeric, value) {
        what = format!("number {n}");
    }
    format!(
        "json: cannot unmarshal {what} into Go struct field {}.{} of type {}",
        place.owner,
        Names(&place.path),
        place.go,
    )
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A path without indices and keys, as type errors show it.
struct Names<'a>(&'a Path<'a>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_names(f)
    }
}
