//! Notes: why the sync decided as it did.
//!
//! A decision carries the ids of the rules that made it and the values they saw. Notes are
//! formatted only if requested.

use std::fmt;

use crate::Time;

/// One step of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The rule's id, as in `docs/semantics`.
    pub rule: &'static str,
    /// What the rule saw and decided.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.text, self.rule)
    }
}

/// A note of a controller: when it was made, and about which object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatedNote {
    /// The time of the decision.
    pub at: Time,
    /// The object: `namespace/name`.
    pub key: String,
    /// The decision.
    pub note: Note,
}

/// A sink for notes, off by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    kept: Option<Vec<Note>>,
    detailed: bool,
}

impl Notes {
    pub(crate) fn on() -> Notes {
        Notes { kept: Some(Vec::new()), detailed: false }
    }

    /// Notes with the values behind decisions.
    pub(crate) fn detailed() -> Notes {
        Notes { kept: Some(Vec::new()), detailed: true }
    }

    pub(crate) fn add(&mut self, rule: &'static str, text: impl FnOnce() -> String) {
        if let Some(notes) = &mut self.kept {
            notes.push(Note { rule, text: text() });
        }
    }

    /// Records a value behind a decision; too verbose for a timeline of many syncs.
    pub(crate) fn detail(&mut self, rule: &'static str, text: impl FnOnce() -> String) {
        if self.detailed {
            self.add(rule, text);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Note> {
        self.kept.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
