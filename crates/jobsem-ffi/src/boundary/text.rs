//! Texts that come in, as pointer and length.

use std::ffi::c_char;
use std::ops::Deref;

use super::argument::{Argument, Call};
use super::status::{Failure, JOBSEM_E_UTF8};

/// A text of the caller's, for the length of a call. NULL with length 0 is the empty text.
pub(crate) struct Text<'call>(&'call str);

impl<'call> Argument<'call, (*const c_char, usize)> for Text<'call> {
    unsafe fn read(
        (data, len): (*const c_char, usize),
        name: &'static str,
        _: &'call Call,
    ) -> Result<Text<'call>, Failure> {
        if len == 0 {
            return Ok(Text(""));
        }
        if data.is_null() {
            return Err(Failure::null(name));
        }
        if len > isize::MAX as usize {
            return Err(Failure::out_of_range(format!("`{name}` is longer than memory")));
        }
        // SAFETY: the caller promises `len` bytes at `data`, which do not change during the call.
        let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) };
        std::str::from_utf8(bytes).map(Text).map_err(|error| {
            let at = error.valid_up_to();
            Failure::new(JOBSEM_E_UTF8, format!("`{name}` is not UTF-8 from byte {at} on"))
        })
    }
}

impl<'call> Text<'call> {
    pub(crate) fn as_str(&self) -> &'call str {
        self.0
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}
