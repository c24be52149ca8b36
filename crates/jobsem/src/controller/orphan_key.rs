//! [`OrphanKey`]: what the orphan queue holds, and how far a pass has come.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::api::{Selector, Text};
use crate::key::Key;

/// A key of the orphan queue: one pod, or all pods that a selector matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum OrphanKey {
    Pod(Key),
    Selector(Arc<Selected>),
}

/// The pods of a namespace that a selector matches.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) namespace: Text,
    /// The selector's canonical text, which identifies it.
    pub(super) text: String,
    pub(super) selector: Selector,
}

impl PartialEq for Selected {
    fn eq(&self, other: &Selected) -> bool {
        self.text == other.text && self.namespace == other.namespace
    }
}

impl Eq for Selected {}

impl Hash for Selected {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.namespace, &self.text).hash(state);
    }
}

impl fmt::Display for OrphanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrphanKey::Pod(key) => f.write_str(key),
            OrphanKey::Selector(of) => write!(f, "{}/{}", of.namespace, of.text),
        }
    }
}

/// A pass in progress: the patches without a response yet.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub(super) open: BTreeSet<Key>,
    pub(super) failed: bool,
}
