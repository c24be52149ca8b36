//! Where tests make a call panic: after it has read its arguments, so that it holds its handles.

pub(super) use forced::enter;
#[cfg(test)]
pub(crate) use forced::force;
pub(crate) use forced::trip;

#[cfg(test)]
mod forced {
    use std::cell::Cell;

    thread_local! {
        static FORCED: Cell<Option<&'static str>> = const { Cell::new(None) };
        static CURRENT: Cell<&'static str> = const { Cell::new("") };
    }

    /// Makes the next call of that export panic.
    pub(crate) fn force(name: &'static str) {
        FORCED.set(Some(name));
    }

    /// Remembers the export that runs: `place` is the path of a function in it.
    pub(in crate::boundary) fn enter(place: &'static str) {
        CURRENT.set(place.rsplit("::").nth(1).unwrap_or(place));
    }

    pub(crate) fn trip() {
        if FORCED.get() == Some(CURRENT.get()) {
            FORCED.set(None);
            panic!("forced in {}", CURRENT.get());
        }
    }
}

#[cfg(not(test))]
mod forced {
    #[inline(always)]
    pub(in crate::boundary) fn enter(_: &'static str) {}

    #[inline(always)]
    pub(crate) fn trip() {}
}
