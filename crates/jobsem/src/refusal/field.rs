//! Field errors and how the API server words them.
//!
//! A refused value is text by the time it gets here: what is below all objects knows no type of
//! theirs. Rules: RENDER-1 to RENDER-6 (`docs/semantics`; upstream: apimachinery's `field`
//! package).

use std::fmt;

use crate::quote::{go_quoted, json_text};

/// One refused field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldError {
    /// What is wrong with it.
    pub cause: CauseType,
    /// Where it is, such as `spec.template.spec.containers[0].name`.
    pub field: String,
    /// The value that was refused.
    pub value: BadValue,
    /// What the API server adds for people.
    pub detail: String,
    /// Values are rendered as JSON, not as Go would print them (RENDER-4).
    pub(crate) json: bool,
}

/// The kinds of field errors (RENDER-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Kubernetes' own names")]
pub enum CauseType {
    Required,
    Invalid,
    NotSupported,
    Forbidden,
    Duplicate,
    TooLong,
    TooMany,
    TypeInvalid,
    NotFound,
    Internal,
    TooFew,
    TooShort,
}

impl CauseType {
    /// The text that stands before the value.
    pub const fn text(self) -> &'static str {
        match self {
            CauseType::Required => "Required value",
            CauseType::Invalid | CauseType::TypeInvalid => "Invalid value",
            CauseType::NotSupported => "Unsupported value",
            CauseType::Forbidden => "Forbidden",
            CauseType::Duplicate => "Duplicate value",
            CauseType::TooLong => "Too long",
            CauseType::TooMany => "Too many",
            CauseType::NotFound => "Not found",
            CauseType::Internal => "Internal error",
            CauseType::TooFew => "Too few",
            CauseType::TooShort => "Too short",
        }
    }

    /// `details.causes[].reason` of the Status object.
    pub const fn reason(self) -> &'static str {
        match self {
            CauseType::Required => "FieldValueRequired",
            CauseType::Invalid => "FieldValueInvalid",
            CauseType::NotSupported => "FieldValueNotSupported",
            CauseType::Forbidden => "FieldValueForbidden",
            CauseType::Duplicate => "FieldValueDuplicate",
            CauseType::TooLong => "FieldValueTooLong",
            CauseType::TooMany => "FieldValueTooMany",
            CauseType::TypeInvalid => "FieldValueTypeInvalid",
            CauseType::NotFound => "FieldValueNotFound",
            CauseType::Internal => "InternalError",
            CauseType::TooFew => "FieldValueTooFew",
            CauseType::TooShort => "FieldValueTooShort",
        }
    }

    /// Whether the value is never shown (RENDER-3).
    const fn hides_value(self) -> bool {
        matches!(
            self,
            CauseType::Required
                | CauseType::Forbidden
                | CauseType::TooLong
                | CauseType::TooShort
                | CauseType::Internal
        )
    }
}

/// The refused value, by the kind that decides how it is worded (RENDER-4).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BadValue {
    /// Not shown.
    Omitted,
    /// A number.
    Number(i64),
    /// A boolean.
    Bool(bool),
    /// A plain string.
    Text(String),
    /// A string of a type of its own, such as a completion mode.
    Typed(String),
    /// The name of a resource, which older versions do not quote.
    ResourceName(String),
    /// A pointer that is nil.
    Nil,
    /// A pointer to a string, plain or typed.
    TextPointer(String),
    /// A timestamp as the API writes it.
    Timestamp(String),
    /// A list of numbers, `None` if it is nil.
    Integers(Option<Vec<i32>>),
    /// A list of strings.
    Texts(Vec<String>),
    /// Labels and their values in order, `None` if the map is nil.
    Labels(Option<Vec<(String, String)>>),
    /// A quantity.
    Quantity(String),
    /// An object or a list, as JSON in the server's order of members (RENDER-5).
    Composite(String),
}

impl BadValue {
    /// The text, if that is what was refused.
    pub fn text(&self) -> Option<&str> {
        match self {
            BadValue::Text(text)
            | BadValue::Typed(text)
            | BadValue::TextPointer(text)
            | BadValue::ResourceName(text) => Some(text),
            _ => None,
        }
    }
}

impl FieldError {
    /// The message without the field's path: `Invalid value: -1: must be …` (RENDER-3).
    pub fn body(&self) -> String {
        let mut text = self.cause.text().to_owned();
        if !self.cause.hides_value() && self.value != BadValue::Omitted {
            text.push_str(": ");
            text.push_str(&self.rendered_value());
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }

    fn rendered_value(&self) -> String {
        let json = self.json;
        match &self.value {
            BadValue::Omitted => String::new(),
            BadValue::Number(n) => n.to_string(),
            BadValue::Bool(b) => b.to_string(),
            BadValue::Text(text) => go_quoted(text),
            BadValue::Typed(text) | BadValue::TextPointer(text) | BadValue::ResourceName(text)
                if json =>
            {
                json_text(text)
            }
            BadValue::ResourceName(text) => text.clone(),
            BadValue::Typed(text) | BadValue::TextPointer(text) => go_quoted(text),
            BadValue::Nil if json => "null".to_owned(),
            BadValue::Nil => "\"null\"".to_owned(),
            BadValue::Timestamp(time) if json => format!("\"{time}\""),
            BadValue::Timestamp(time) => time.replace('T', " ").replace('Z', " +0000 UTC"),
            BadValue::Integers(None) | BadValue::Labels(None) if json => "null".to_owned(),
            BadValue::Integers(None) => "[]int32(nil)".to_owned(),
            BadValue::Labels(None) => "map[string]string(nil)".to_owned(),
            BadValue::Integers(Some(list)) => {
                let texts: Vec<String> = list.iter().map(i32::to_string).collect();
                match json {
                    true => format!("[{}]", texts.join(",")),
                    false => format!("[]int32{{{}}}", texts.join(", ")),
                }
            }
            BadValue::Texts(list) if json => {
                let texts: Vec<String> = list.iter().map(json_text).collect();
                format!("[{}]", texts.join(","))
            }
            BadValue::Texts(list) => {
                let texts: Vec<String> = list.iter().map(|text| go_quoted(text)).collect();
                format!("[]string{{{}}}", texts.join(", "))
            }
            BadValue::Labels(Some(map)) => {
                let quote = if json { json_text } else { go_quoted };
                let entry =
                    |(key, value): &(String, String)| format!("{}:{}", quote(key), quote(value));
                let texts: Vec<String> = map.iter().map(entry).collect();
                match json {
                    true => format!("{{{}}}", texts.join(",")),
                    false => format!("map[string]string{{{}}}", texts.join(", ")),
                }
            }
            BadValue::Quantity(text) => json_text(text),
            BadValue::Composite(json) => json.clone(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
