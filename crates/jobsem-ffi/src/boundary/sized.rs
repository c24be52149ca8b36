//! Structs that start with their size, so that they can grow.
//!
//! A program says how large the struct is that it was compiled with. A smaller one than ours comes
//! from an older header: what it lacks is zero. A larger one comes from a newer header: what we do
//! not know must be zero, or we would silently not do what is asked for.

use std::mem::{MaybeUninit, size_of};
use std::ptr;

use super::argument::{Argument, Call};
use super::status::{Failure, JOBSEM_E_STRUCT_SIZE, JOBSEM_E_UNKNOWN_FIELD};

/// A struct that starts with its size.
///
/// # Safety
///
/// `repr(C)`, begins with a `u32`, has no padding that matters, and all zeros is a value of it.
pub(crate) unsafe trait SizedStruct: Copy {
    /// Its size at its first release, which never changes.
    const FIRST_SIZE: usize;
    /// Its name in C.
    const NAME: &'static str;
}

/// No struct will ever be so large: a size beyond it was never set.
const LARGEST: usize = 4096;

/// Reads a struct of whatever size.
///
/// # Safety
///
/// `place` is NULL, or points to as many bytes as it says.
pub(crate) unsafe fn read<T: SizedStruct>(place: *const T) -> Result<T, Failure> {
    // SAFETY: the caller's.
    let size = unsafe { size_at(place) }?;
    let known = size.min(size_of::<T>());
    let bytes = place.cast::<u8>();
    // SAFETY: there are `size` bytes.
    let tail = unsafe { std::slice::from_raw_parts(bytes.add(known), size - known) };
    if tail.iter().any(|byte| *byte != 0) {
        let text = format!("`{}` has a member that is not known here and not zero", T::NAME);
        return Err(Failure::new(JOBSEM_E_UNKNOWN_FIELD, text));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both have `known` bytes; every member may be zero or what the caller has set.
    unsafe {
        ptr::copy_nonoverlapping(bytes, value.as_mut_ptr().cast::<u8>(), known);
        Ok(value.assume_init())
    }
}

/// A place for a struct that a call fills in.
pub(crate) struct OutStruct<T> {
    place: *mut T,
    size: usize,
}

impl<'call, T: SizedStruct> Argument<'call, *mut T> for OutStruct<T> {
    /// Of the caller's struct only the size is read.
    unsafe fn read(place: *mut T, _: &'static str, _: &'call Call) -> Result<Self, Failure> {
        // SAFETY: the caller's.
        let size = unsafe { size_at(place) }?;
        Ok(OutStruct { place, size })
    }
}

impl<T: SizedStruct> OutStruct<T> {
    /// Fills it in, as far as it goes; what is not known here becomes zero. The size stays.
    pub(crate) fn put(self, value: &T) {
        let known = self.size.min(size_of::<T>());
        let (from, to) = (ptr::from_ref(value).cast::<u8>(), self.place.cast::<u8>());
        let head = size_of::<u32>();
        // SAFETY: `Argument::read` was promised a place of that size; the value has at least
        // `known` bytes.
        unsafe {
            ptr::copy_nonoverlapping(from.add(head), to.add(head), known - head);
            ptr::write_bytes(to.add(known), 0, self.size - known);
        }
    }
}

/// The size that a struct says it has.
///
/// # Safety
///
/// As for [`read`].
unsafe fn size_at<T: SizedStruct>(place: *const T) -> Result<usize, Failure> {
    if place.is_null() {
        return Err(Failure::null(T::NAME));
    }
    // SAFETY: the caller's; no alignment is asked for.
    let size = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if !(T::FIRST_SIZE..=LARGEST).contains(&size) {
        let text = format!(
            "the struct_size of `{}` is {size}; {} is the least (see its _INIT)",
            T::NAME,
            T::FIRST_SIZE,
        );
        return Err(Failure::new(JOBSEM_E_STRUCT_SIZE, text));
    }
    Ok(size)
}

/// A size at the first release, on targets with pointers of 64 and of 32 bits.
pub(crate) const fn first_size(on_64: usize, on_32: usize) -> usize {
    if cfg!(target_pointer_width = "64") { on_64 } else { on_32 }
}
