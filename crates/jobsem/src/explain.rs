//! Notes: why the sync decided as it did.
//!
//! A decision carries the ids of the rules that made it and the values they saw. Nothing is
//! formatted unless somebody asked for it.

use std::fmt;

/// One step of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The rule's id, as in `docs/semantics`.
    pub rule: &'static str,
    /// What it saw and decided.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.text, self.rule)
    }
}

/// Where notes go, if anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Option<Vec<Note>>);

impl Notes {
    pub(crate) fn on() -> Notes {
        Notes(Some(Vec::new()))
    }

    pub(crate) fn add(&mut self, rule: &'static str, text: impl FnOnce() -> String) {
        if let Some(notes) = &mut self.0 {
            notes.push(Note { rule, text: text() });
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Note> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
