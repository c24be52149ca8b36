//! What every kind of argument has in common: raw values come from C, and a call reads them.

use super::status::Failure;

/// A call that is under way. What it borrows from C lives as long as this.
pub(crate) struct Call(());

impl Call {
    pub(super) fn begin() -> Call {
        Call(())
    }
}

/// A kind of argument: made from one or several raw values (`Raw`) for the length of a call.
pub(crate) trait Argument<'call, Raw>: Sized {
    /// Gives an output the value that it has if the call fails. Every output of a call is cleared
    /// before any argument is read.
    ///
    /// # Safety
    ///
    /// As for [`Argument::read`].
    unsafe fn clear(_raw: Raw) {}

    /// Checks the raw values, and makes the argument of them. `name` stands in errors.
    ///
    /// # Safety
    ///
    /// The raw values keep what docs/ABI.md asks of their kind: each pointer is NULL, or points to
    /// what its type and its length say, during the whole call.
    unsafe fn read(raw: Raw, name: &'static str, call: &'call Call) -> Result<Self, Failure>;
}

/// An argument that may be NULL.
pub(crate) struct Optional<T>(pub(crate) Option<T>);

impl<'call, T, A: Argument<'call, *mut T>> Argument<'call, *mut T> for Optional<A> {
    unsafe fn read(raw: *mut T, name: &'static str, call: &'call Call) -> Result<Self, Failure> {
        if raw.is_null() {
            return Ok(Optional(None));
        }
        // SAFETY: the caller's.
        Ok(Optional(Some(unsafe { A::read(raw, name, call) }?)))
    }
}
