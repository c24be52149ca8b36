//! Turns admission errors into [`Finding`]s with positions.

use serde_json::Value;

use crate::Error;
use crate::admission::{BadValue, CauseType, FieldError, Invalid};
use crate::decode::{Place, Violation};

use super::hint;
use super::{Examined, Finding, Severity};

impl Examined<'_> {
    /// A finding for an error of decoding.
    pub(super) fn wrong_type(&self, error: &Error) -> Finding {
        let field = error.path().unwrap_or_default().to_owned();
        let place = self.document.place(&field);
        Finding {
            severity: Severity::Error,
            code: "WrongType",
            message: hint::expectation(self, &field, error.message())
                .unwrap_or_else(|| error.message().to_owned()),
            hint: hint::wrong_type(self, &field, error.message()),
            ..self.at(field, place)
        }
    }

    /// A finding for an unknown or duplicate member.
    pub(super) fn violation(&self, violation: &Violation, severity: Severity) -> Finding {
        let (code, message, label, hint) = if violation.duplicate && violation.merged {
            let text = violation.warning();
            let hint = "what `<<` brings is replaced only by members that come after it; put `<<` \
                        first"
                .to_owned();
            ("DuplicateField", text, "replaced by this one".to_owned(), Some(hint))
        } else if violation.duplicate {
            let text = format!("duplicate field \"{}\"", violation.path);
            let hint = "the last one counts; remove the others".to_owned();
            ("DuplicateField", text, "again here".to_owned(), Some(hint))
        } else {
            let text = format!("unknown field \"{}\"", violation.path);
            ("UnknownField", text, String::new(), hint::unknown(self, &violation.path))
        };
        Finding {
            severity,
            code,
            field: String::new(),
            message,
            bytes: violation.bytes.clone(),
            label,
            related: violation.first.clone().map(|first| (first, "first here".to_owned())),
            hint,
        }
    }

    /// Whether a missing member is misspelt or misplaced, so that another finding covers it.
    pub(super) fn is_elsewhere(&self, finding: &Finding, violations: &[Violation]) -> bool {
        let missing = hint::without_indices(&finding.field);
        let unknown = violations.iter().filter(|violation| !violation.duplicate);
        finding.code == "FieldValueRequired"
            && unknown.filter_map(|violation| hint::meant(self, &violation.path)).any(|meant| {
                missing.strip_prefix(&meant).is_some_and(|r| r.is_empty() || r.starts_with('.'))
            })
    }

    /// A finding for a validation error.
    pub(super) fn field_error(&self, error: &FieldError) -> Finding {
        let whole = self.document.place(&error.field);
        // In a map of labels only the text identifies the entry.
        let entry = || self.document.entry_place(&error.field, error.value.text()?);
        let is_name = || error.value.text() == Some(self.text("metadata.name").as_str());
        let place = if whole.matched == error.field.len() {
            entry().unwrap_or(whole)
        } else if error.field.ends_with("spec.template.labels") && is_name() {
            // The name becomes a label, which causes the error.
            Place { matched: error.field.len(), ..self.document.place("metadata.name") }
        } else {
            whole
        };
        let mut finding = Finding {
            severity: Severity::Error,
            code: error.cause.reason(),
            message: brief(error),
            hint: hint::field_error(self, error),
            ..self.at(error.field.clone(), place)
        };
        if error.cause == CauseType::Duplicate {
            finding.related = self.first_of(error).map(|bytes| (bytes, "first here".to_owned()));
        }
        finding
    }

    /// The earlier item of the same list that a duplicate repeats.
    fn first_of(&self, error: &FieldError) -> Option<std::ops::Range<usize>> {
        let value = self.value(&error.field)?;
        let (list, rest) = error.field.rsplit_once('[')?;
        let (index, below) = rest.split_once(']')?;
        let index: usize = index.parse().ok()?;
        let earlier = (0..index).map(|i| format!("{list}[{i}]{below}"));
        let mut same = earlier.filter(|path| self.value(path) == Some(value));
        Some(self.document.place(&same.next()?).bytes)
    }

    /// A request in which Kubernetes itself fails (MODEL-6).
    pub(super) fn internal(&self, invalid: &Invalid) -> Finding {
        Finding {
            severity: Severity::Error,
            code: "Internal",
            message: invalid.message(),
            hint: Some("Kubernetes itself fails on such an object".to_owned()),
            ..self.at(String::new(), self.document.place("spec"))
        }
    }

    /// A finding for a warning; many start with their field.
    pub(super) fn warning(&self, text: &str) -> Finding {
        let path = text.split_once(": ").map(|(path, _)| path);
        let field =
            path.filter(|p| p.starts_with("spec.") || p.starts_with("metadata.") || *p == "spec");
        let field = field.unwrap_or_default().to_owned();
        let place = if field.is_empty() && text.contains("name") {
            self.document.place("metadata.name")
        } else {
            self.document.place(&field)
        };
        let mut finding = Finding {
            severity: Severity::Warning,
            code: "Warning",
            message: text.to_owned(),
            hint: None,
            ..self.at(field, place)
        };
        if finding.field.is_empty() {
            finding.label.clear();
        }
        finding
    }

    /// Points a refused change at the first changed part.
    pub(super) fn show_change(&self, finding: &mut Finding, old: &Value) {
        let mut changed = Vec::new();
        if let Some(new) = self.value(&finding.field) {
            changes(old, new, &finding.field, &mut changed);
        }
        let Some((path, before)) = changed.first() else { return };
        finding.bytes = self.document.place(path).bytes;
        finding.label = match before {
            Value::Object(_) | Value::Array(_) => "changed here".to_owned(),
            before => format!("was {before}"),
        };
    }

    /// A finding at a position; if the field is absent, at its parent.
    pub(super) fn at(&self, field: String, place: Place) -> Finding {
        let missing = &field[place.matched.min(field.len())..];
        let missing = missing.trim_start_matches('.');
        let label = match missing {
            "" => String::new(),
            // The rest of the path, such as `limits[cpu]`, names the missing part.
            missing => format!("no `{missing}` here"),
        };
        Finding {
            severity: Severity::Error,
            code: "",
            field,
            message: String::new(),
            bytes: place.bytes,
            label,
            related: None,
            hint: None,
        }
    }
}

/// The parts of `new` that differ in `old`, with the old values.
///
/// Parts that only one of them has may be defaults of the server.
fn changes<'v>(old: &'v Value, new: &Value, path: &str, out: &mut Vec<(String, &'v Value)>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new {
                if let Some(old) = old.get(key) {
                    changes(old, new, &format!("{path}[{key}]"), out);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (i, (old, new)) in old.iter().zip(new).enumerate() {
                changes(old, new, &format!("{path}[{i}]"), out);
            }
        }
        (old, new) if old != new => out.push((path.to_owned(), old)),
        _ => {}
    }
}

/// The server's message, without a multi-line value.
fn brief(error: &FieldError) -> String {
    const LONG: usize = 160;
    let body = error.body();
    if body.len() < LONG || !matches!(error.value, BadValue::Composite(_) | BadValue::Labels(_)) {
        return body;
    }
    FieldError { value: BadValue::Composite("{…}".to_owned()), ..error.clone() }.body()
}
