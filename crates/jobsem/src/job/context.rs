//! What one sync works with besides itself: its inputs, and where its requests go.

use std::collections::VecDeque;

use super::memory::Memory;
use super::tally::Tally;
use super::wake::Delay;
use crate::event::Event;
use crate::explain::Notes;
use crate::request::Call;
use crate::{Semantics, Time};

/// The environment of a sync.
pub(crate) struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) sem: &'a Semantics,
    pub(crate) tally: &'a mut Tally,
    pub(crate) memory: &'a mut Memory,
    pub(crate) out: &'a mut Outbox,
}

/// The output of a sync.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) calls: VecDeque<(Tag, Call)>,
    pub(crate) events: Vec<Event>,
    pub(crate) wake: Vec<Delay>,
    pub(crate) notes: Notes,
}

/// Why a sync failed. It is retried with back-off (QUEUE-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncError(pub(crate) String);

/// The request of the sync that a response belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A claim: the live read of the Job, or a patch.
    Claim,
    /// The finalizer of the pod to delete next.
    Strip(usize),
    /// The deletion of a pod.
    Delete(usize),
    /// The creation of a pod.
    Create,
    /// A finalizer of a counted pod.
    Finalizer(usize),
    /// A status write.
    Status,
}
