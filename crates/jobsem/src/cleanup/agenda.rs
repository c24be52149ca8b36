//! [`Agenda`]: a priority queue of nodes, most of them presorted.
//!
//! Taking the first of a million nodes from one heap waits for memory at each level. Here most
//! nodes are one sorted list, whose last element is the first node, and only newer ones are a heap.
//! Deliberately absent: the meaning of a node, and removal from the middle.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One arming of a timer: ordered by time, then by arming order.
///
/// One number, for fast comparison: the time in the upper half, with its sign bit flipped so that
/// earlier is less; below it the arming count and the number of the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(u128);

impl Node {
    const SIGN: u64 = 1 << 63;

    pub(super) fn new(due: i64, armed: u32, timer: u32) -> Node {
        let due = due as u64 ^ Node::SIGN;
        Node(u128::from(due) << 64 | u128::from(armed) << 32 | u128::from(timer))
    }

    /// Seconds since the epoch.
    pub(super) fn due(self) -> i64 {
        ((self.0 >> 64) as u64 ^ Node::SIGN) as i64
    }

    pub(super) fn armed(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn timer(self) -> u32 {
        self.0 as u32
    }
}

/// Merge new nodes once there is one per this many sorted ones: a merge walks all of them.
const NEW_SHARE: usize = 16;
/// So few new nodes do not justify a merge.
const NEW_ALWAYS: usize = 1_024;

/// All nodes, stale ones included.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    /// In reverse order: the first node is last.
    sorted: Vec<Node>,
    new: BinaryHeap<Reverse<Node>>,
}

impl Agenda {
    pub(super) fn len(&self) -> usize {
        self.sorted.len() + self.new.len()
    }

    pub(super) fn first(&self) -> Option<Node> {
        match (self.sorted.last(), self.new.peek()) {
            (Some(sorted), Some(Reverse(new))) => Some(*sorted.min(new)),
            (sorted, new) => sorted.copied().or(new.map(|new| new.0)),
        }
    }

    /// The node this many places after the first, if it is sorted.
    pub(super) fn later(&self, places: usize) -> Option<Node> {
        self.sorted.len().checked_sub(places + 1).map(|at| self.sorted[at])
    }

    pub(super) fn push(&mut self, node: Node) {
        if self.new.len() >= NEW_ALWAYS.max(self.sorted.len() / NEW_SHARE) {
            self.sort_in();
        }
        self.new.push(Reverse(node));
    }

    pub(super) fn pop(&mut self) -> Option<Node> {
        match (self.sorted.last(), self.new.peek()) {
            (Some(sorted), Some(Reverse(new))) if new < sorted => self.new.pop().map(|new| new.0),
            (None, Some(_)) => self.new.pop().map(|new| new.0),
            _ => self.sorted.pop(),
        }
    }

    /// Keeps the nodes for which `keep` holds.
    pub(super) fn retain(&mut self, keep: impl Fn(Node) -> bool) {
        self.sorted.retain(|node| keep(*node));
        self.new.retain(|Reverse(node)| keep(*node));
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        (self.sorted.capacity() + self.new.capacity()) * size_of::<Node>()
    }

    /// Merges the new nodes into the sorted ones.
    fn sort_in(&mut self) {
        let mut new: Vec<Node> = self.new.drain().map(|Reverse(node)| node).collect();
        new.sort_unstable();
        let mut from = self.sorted.len();
        // Doubling would leave up to half of the memory unused.
        self.sorted.reserve_exact(new.len());
        self.sorted.extend_from_slice(&new);
        let mut to = self.sorted.len();
        for node in new {
            while from > 0 && self.sorted[from - 1] < node {
                (from, to) = (from - 1, to - 1);
                self.sorted[to] = self.sorted[from];
            }
            to -= 1;
            self.sorted[to] = node;
        }
    }
}
