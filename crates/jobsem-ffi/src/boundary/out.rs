//! Outputs: places of the caller's that a call fills in when it succeeds.

use std::ptr;

use serde_json::Value;

use super::argument::{Argument, Call};
use super::handle::{self, Kind, kind};
use super::status::Failure;

/// A text that the library made. The caller owns it and frees it with `jobsem_buf_free`.
pub struct jobsem_buf {
    _opaque: [u8; 0],
}

kind!(jobsem_buf holds Vec<u8>, marked b"jsem buf");

/// A place for a handle that the call makes: NULL until the call succeeds.
pub(crate) struct Out<K>(*mut *mut K);

/// As [`Out`], but the caller may pass NULL if it does not want the handle.
pub(crate) struct OutOrNull<K>(Out<K>);

/// A place for a number; NULL if the caller does not want it.
pub(crate) struct OutValue<T>(*mut T);

/// A flag, and a place that is written only where the flag is 1.
pub(crate) struct OutOption<T>(*mut i32, *mut T);

impl<'call, K> Argument<'call, *mut *mut K> for Out<K> {
    unsafe fn clear(place: *mut *mut K) {
        if !place.is_null() {
            // SAFETY: the caller's.
            unsafe { place.write(ptr::null_mut()) };
        }
    }

    unsafe fn read(
        place: *mut *mut K,
        name: &'static str,
        _: &'call Call,
    ) -> Result<Out<K>, Failure> {
        if place.is_null() { Err(Failure::null(name)) } else { Ok(Out(place)) }
    }
}

impl<'call, K> Argument<'call, *mut *mut K> for OutOrNull<K> {
    unsafe fn clear(place: *mut *mut K) {
        // SAFETY: the caller's.
        unsafe { Out::clear(place) };
    }

    unsafe fn read(
        place: *mut *mut K,
        _: &'static str,
        _: &'call Call,
    ) -> Result<OutOrNull<K>, Failure> {
        Ok(OutOrNull(Out(place)))
    }
}

impl<'call, T> Argument<'call, *mut T> for OutValue<T> {
    unsafe fn read(place: *mut T, _: &'static str, _: &'call Call) -> Result<OutValue<T>, Failure> {
        Ok(OutValue(place))
    }
}

impl<'call, T> Argument<'call, (*mut i32, *mut T)> for OutOption<T> {
    unsafe fn read(
        (is_set, place): (*mut i32, *mut T),
        _: &'static str,
        _: &'call Call,
    ) -> Result<OutOption<T>, Failure> {
        if is_set.is_null() || place.is_null() {
            return Err(Failure::null("out"));
        }
        Ok(OutOption(is_set, place))
    }
}

impl<K: Kind> Out<K> {
    /// Gives the caller a new handle around `value`.
    pub(crate) fn give(self, value: K::Value) {
        // SAFETY: `Argument::read` was promised a place for a pointer, and it is not NULL.
        unsafe { self.0.write(handle::new::<K>(value)) };
    }
}

impl Out<jobsem_buf> {
    pub(crate) fn give_text(self, text: String) {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        self.give(bytes);
    }

    pub(crate) fn give_json(self, value: &Value) {
        self.give_text(value.to_string());
    }
}

impl<K> OutOrNull<K> {
    /// The place, if the caller has one.
    pub(crate) fn wanted(self) -> Option<Out<K>> {
        Some(self.0).filter(|out| !out.0.is_null())
    }
}

impl<T> OutValue<T> {
    pub(crate) fn put(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: `Argument::read` was promised NULL or a place for a `T`.
            unsafe { self.0.write(value) };
        }
    }
}

impl<T> OutOption<T> {
    pub(crate) fn put(self, value: Option<T>) {
        // SAFETY: `Argument::read` was promised places for both, and neither is NULL.
        unsafe {
            self.0.write(i32::from(value.is_some()));
            if let Some(value) = value {
                self.1.write(value);
            }
        }
    }
}
