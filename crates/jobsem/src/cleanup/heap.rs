//! [`Heap`]: timers in the order of their time, eight below each.
//!
//! The eight stand in two lines of the cache, side by side, and every timer knows its place, so
//! that it can be moved and taken out. Deliberately absent: what a timer is for.

/// A timer in the heap: ordered by time, then by when it was armed.
///
/// One number, since that is compared fastest: the time in the upper half, with its sign turned
/// so that earlier is less; below it the count of the arming, and the number of the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(u128);

impl Node {
    /// Stands where nobody does, and after everybody.
    const NONE: Node = Node(u128::MAX);
    const SIGN: u64 = 1 << 63;

    pub(super) fn new(due: i64, armed: u32, timer: u32) -> Node {
        let due = due as u64 ^ Node::SIGN;
        Node(u128::from(due) << 64 | u128::from(armed) << 32 | u128::from(timer))
    }

    /// Seconds since the epoch.
    pub(super) fn due(self) -> i64 {
        ((self.0 >> 64) as u64 ^ Node::SIGN) as i64
    }

    pub(super) fn timer(self) -> u32 {
        self.0 as u32
    }
}

const WIDTH: usize = 8;

/// The nodes below one.
#[derive(Clone, Copy, Debug)]
#[repr(align(128))]
struct Siblings([Node; WIDTH]);

impl Siblings {
    /// The first of them, and where it stands.
    fn least(&self) -> (usize, Node) {
        let of = |at: usize| (at, self.0[at]);
        let less = |a: (usize, Node), b: (usize, Node)| if b.1 < a.1 { b } else { a };
        let left = less(less(of(0), of(1)), less(of(2), of(3)));
        let right = less(less(of(4), of(5)), less(of(6), of(7)));
        less(left, right)
    }
}

/// The heap. Place 0 is the first timer; below place `n` are those from `8n + 1` on.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    first: Node,
    below: Vec<Siblings>,
    len: usize,
    /// The place of each timer, by its number.
    places: Vec<u32>,
}

impl Heap {
    pub(super) fn new() -> Heap {
        Heap { first: Node::NONE, below: Vec::new(), len: 0, places: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn first(&self) -> Option<Node> {
        (self.len > 0).then_some(self.first)
    }

    /// The node of a timer that is in the heap.
    pub(super) fn of(&self, timer: u32) -> Node {
        self.at(self.places[timer as usize] as usize)
    }

    /// Adds a timer whose number is not in use.
    pub(super) fn push(&mut self, node: Node) {
        let timer = node.timer() as usize;
        if timer >= self.places.len() {
            self.places.resize(timer + 1, 0);
        }
        let place = self.len;
        self.len += 1;
        if place > 0 && (place - 1).is_multiple_of(WIDTH) {
            self.below.push(Siblings([Node::NONE; WIDTH]));
        }
        self.settle(place, node);
    }

    /// Gives a timer that is in the heap another time.
    pub(super) fn change(&mut self, node: Node) {
        self.settle(self.places[node.timer() as usize] as usize, node);
    }

    /// Takes a timer out; the last one takes its place.
    pub(super) fn remove(&mut self, timer: u32) {
        let place = self.places[timer as usize] as usize;
        self.len -= 1;
        let last = self.at(self.len);
        self.set(self.len, Node::NONE);
        if self.len > 0 && (self.len - 1).is_multiple_of(WIDTH) {
            self.below.pop();
        }
        if place < self.len {
            self.settle(place, last);
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.below.capacity() * size_of::<Siblings>() + self.places.capacity() * size_of::<u32>()
    }

    fn at(&self, place: usize) -> Node {
        match place.checked_sub(1) {
            None => self.first,
            Some(rest) => self.below[rest / WIDTH].0[rest % WIDTH],
        }
    }

    fn set(&mut self, place: usize, node: Node) {
        match place.checked_sub(1) {
            None => self.first = node,
            Some(rest) => self.below[rest / WIDTH].0[rest % WIDTH] = node,
        }
    }

    fn put(&mut self, place: usize, node: Node) {
        self.set(place, node);
        self.places[node.timer() as usize] = place as u32;
    }

    /// Puts `node` in the heap, beginning with a place that is open for it.
    fn settle(&mut self, mut place: usize, node: Node) {
        while place > 0 {
            let parent = (place - 1) / WIDTH;
            let above = self.at(parent);
            if above <= node {
                break;
            }
            self.put(place, above);
            place = parent;
        }
        while let Some(below) = self.below.get(place) {
            let (lane, least) = below.least();
            if least >= node {
                break;
            }
            self.put(place, least);
            place = place * WIDTH + 1 + lane;
        }
        self.put(place, node);
    }
}
