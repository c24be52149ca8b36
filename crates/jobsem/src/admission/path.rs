//! Field paths and the list that errors are collected in.
//!
//! A path lives on the stack and becomes text only when there is something to say, so that
//! validating a good object allocates nothing.
//!
//! Rules: RENDER-2, RENDER-6.

use std::fmt;

use super::allowed::Allowed;
use crate::Semantics;
use crate::quote::json_text;
use crate::refusal::{BadValue, CauseType, FieldError};

/// The path of a field: `spec.template.spec.containers[0].name`.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    pub(super) const fn root(name: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Name(name) }
    }

    pub(super) const fn child(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Name(name) }
    }

    pub(super) const fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    pub(super) const fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    /// The path without indices and keys.
    pub(super) fn fmt_names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt_names(f)?;
        }
        match self.step {
            Step::Name(name) if self.parent.is_some() => write!(f, ".{name}"),
            Step::Name(name) => f.write_str(name),
            Step::Index(_) | Step::Key(_) => Ok(()),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Name(name) if self.parent.is_some() => write!(f, ".{name}"),
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// What a list that may be no longer than some limit is measured in (RENDER-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthWords {
    /// The text of an API value.
    Value,
    /// The text of a name.
    Name,
}

/// Errors in the order in which they were found.
pub(super) struct Errors<'s> {
    pub(super) list: Vec<FieldError>,
    pub(super) sem: &'s Semantics,
    /// Why the request fails inside Kubernetes, if it does (MODEL-6).
    pub(super) internal: Option<&'static str>,
    /// The stored selector has values that a new one could not have; they may stay (VALID-51).
    pub(super) old_selector_values_are_ill_formed: bool,
    /// Which gated parts of a pod template are legal.
    pub(super) allowed: Allowed,
}

impl<'s> Errors<'s> {
    pub(super) fn new(sem: &'s Semantics) -> Errors<'s> {
        Errors {
            list: Vec::new(),
            sem,
            internal: None,
            old_selector_values_are_ill_formed: false,
            allowed: Allowed::new(sem),
        }
    }

    fn push(&mut self, cause: CauseType, path: &Path<'_>, value: BadValue, detail: String) {
        self.list.push(FieldError {
            cause,
            field: path.to_string(),
            value,
            detail,
            json: self.sem.renders_values_as_json(),
        });
    }

    pub(super) fn invalid(&mut self, path: &Path<'_>, value: BadValue, detail: impl Into<String>) {
        self.push(CauseType::Invalid, path, value, detail.into());
    }

    pub(super) fn required(&mut self, path: &Path<'_>, detail: impl Into<String>) {
        self.push(CauseType::Required, path, BadValue::Omitted, detail.into());
    }

    pub(super) fn forbidden(&mut self, path: &Path<'_>, detail: impl Into<String>) {
        self.push(CauseType::Forbidden, path, BadValue::Omitted, detail.into());
    }

    pub(super) fn not_found(
        &mut self,
        path: &Path<'_>,
        value: BadValue,
        detail: impl Into<String>,
    ) {
        self.push(CauseType::NotFound, path, value, detail.into());
    }

    pub(super) fn duplicate(&mut self, path: &Path<'_>, value: BadValue) {
        self.push(CauseType::Duplicate, path, value, String::new());
    }

    /// A value outside the `supported` ones, which are listed in the given order.
    pub(super) fn not_supported(&mut self, path: &Path<'_>, value: BadValue, supported: &[&str]) {
        let list: Vec<String> = supported.iter().map(|s| format!("\"{s}\"")).collect();
        let detail = format!("supported values: {}", list.join(", "));
        self.push(CauseType::NotSupported, path, value, detail);
    }

    pub(super) fn too_many(&mut self, path: &Path<'_>, count: usize, most: usize) {
        let one = most == 1 && self.sem.counts_in_singular();
        let detail = format!("must have at most {most} item{}", if one { "" } else { "s" });
        self.push(CauseType::TooMany, path, BadValue::Number(count as i64), detail);
    }

    pub(super) fn too_long(&mut self, path: &Path<'_>, most: usize, words: LengthWords) {
        let detail = if self.sem.unified_length_texts() {
            let one = most == 1 && self.sem.counts_in_singular();
            format!("may not be more than {most} byte{}", if one { "" } else { "s" })
        } else if words == LengthWords::Value {
            format!("must have at most {most} bytes")
        } else {
            format!("may not be longer than {most}")
        };
        self.push(CauseType::TooLong, path, BadValue::Omitted, detail);
    }

    /// VALID-20's rule for numbers that count something.
    pub(super) fn non_negative(&mut self, path: &Path<'_>, number: i64) {
        if number < 0 {
            self.invalid(path, BadValue::Number(number), NON_NEGATIVE);
        }
    }
}

/// The error text for a negative number.
pub(super) const NON_NEGATIVE: &str = "must be greater than or equal to 0";
/// The error text for a changed value (UPDATE-10).
pub(super) const IMMUTABLE: &str = "field is immutable";

pub(super) fn text(text: &str) -> BadValue {
    BadValue::Text(text.to_owned())
}

pub(super) fn typed(text: &str) -> BadValue {
    BadValue::Typed(text.to_owned())
}

/// Any value, as the wire has it.
pub(super) fn composite(value: &impl serde::Serialize) -> BadValue {
    BadValue::Composite(json_text(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_the_api_writes_them() {
        let root = Path::root("spec");
        let list = root.child("rules");
        let item = list.index(3);
        let value = item.child("labels");
        assert_eq!(value.key("a/b").to_string(), "spec.rules[3].labels[a/b]");
    }
}
