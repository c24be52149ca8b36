//! The WebAssembly module: `jobsem_calls` for browsers and for whoever else can call functions with
//! numbers.
//!
//! It imports nothing. The host writes UTF-8 text to where [`jobsem_take`] says and calls; the
//! answer lies where the returned number says: its upper half is the length, its lower half the
//! place. The host reads it and gives it back with [`jobsem_give_back`]. Objects are numbers.
//!
//! A panic is a trap here: the host drops the instance and everything in it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jobsem_calls::Object;

thread_local! {
    /// The objects, by their numbers.
    static OBJECTS: RefCell<(u32, BTreeMap<u32, Object>)> = const {
        RefCell::new((0, BTreeMap::new()))
    };
}

/// Room for so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_take(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// Gives back what [`jobsem_take`] or an answer has handed out.
///
/// # Safety
///
/// Both numbers are those that were handed out, once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_give_back(place: *mut u8, length: usize) {
    // SAFETY: the host keeps the contract above.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(place, length)) });
}

/// Calls a function; the text is its name, a line break and its arguments.
///
/// # Safety
///
/// The text lies where [`jobsem_take`] has made room; it is given back here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_call(place: *mut u8, length: usize) -> u64 {
    // SAFETY: as above.
    let text = unsafe { text(place, length) };
    let (name, arguments) = parts(&text);
    answer(jobsem_calls::call(name, arguments))
}

/// Makes an object; the text is its class, a line break and the arguments.
///
/// # Safety
///
/// As [`jobsem_call`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_new(place: *mut u8, length: usize) -> u32 {
    // SAFETY: as above.
    let text = unsafe { text(place, length) };
    let (class, arguments) = parts(&text);
    let object = Object::new(class, arguments);
    OBJECTS.with_borrow_mut(|(last, objects)| {
        *last = last.wrapping_add(1);
        objects.insert(*last, object);
        *last
    })
}

/// Calls a method; the text is as for [`jobsem_call`].
///
/// # Safety
///
/// As [`jobsem_call`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_method(object: u32, place: *mut u8, length: usize) -> u64 {
    // SAFETY: as above.
    let text = unsafe { text(place, length) };
    let (name, arguments) = parts(&text);
    answer(OBJECTS.with_borrow(|(_, objects)| match objects.get(&object) {
        Some(object) => object.call(name, arguments),
        None => r#"{"error":{"code":"STATE","message":"the object is gone"}}"#.to_owned(),
    }))
}

/// The object is needed no more.
#[unsafe(no_mangle)]
pub extern "C" fn jobsem_drop(object: u32) {
    OBJECTS.with_borrow_mut(|(_, objects)| objects.remove(&object));
}

unsafe fn text(place: *mut u8, length: usize) -> String {
    // SAFETY: the caller's contract.
    let bytes = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(place, length)) };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parts(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, "{}"))
}

fn answer(text: String) -> u64 {
    let bytes = text.into_bytes().into_boxed_slice();
    let length = bytes.len() as u64;
    let place = Box::into_raw(bytes).cast::<u8>() as usize as u64;
    length << 32 | place
}
