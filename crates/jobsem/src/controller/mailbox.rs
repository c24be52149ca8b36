//! [`Mailbox`]: requests to send, and requests that wait for a response.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::request::{Call, Request, RequestId};
use crate::{Error, ErrorKind};

/// The requests of a controller; `A` identifies what a response is for.
#[derive(Debug)]
pub(super) struct Mailbox<A> {
    pending: VecDeque<Request>,
    asked: HashMap<RequestId, A>,
    next_id: u64,
}

impl<A> Mailbox<A> {
    pub(super) fn new() -> Mailbox<A> {
        Mailbox { pending: VecDeque::new(), asked: HashMap::default(), next_id: 0 }
    }

    /// An empty mailbox that continues the numbers, so that a late response cannot match a new
    /// request.
    pub(super) fn emptied(&self) -> Mailbox<A> {
        Mailbox { next_id: self.next_id, ..Mailbox::new() }
    }

    pub(super) fn ask(&mut self, asked: A, call: Call) {
        self.next_id += 1;
        let id = RequestId(self.next_id);
        self.asked.insert(id, asked);
        self.pending.push_back(Request { id, call });
    }

    pub(super) fn poll(&mut self) -> Option<Request> {
        self.pending.pop_front()
    }

    /// Returns what the response to a request is for.
    ///
    /// # Errors
    ///
    /// `State` if no such request is open.
    pub(super) fn answered(&mut self, id: RequestId) -> Result<A, Error> {
        let error = || Error::new(ErrorKind::State, format!("no open request {}", id.0));
        self.asked.remove(&id).ok_or_else(error)
    }
}
