//! Handles: what is behind an opaque pointer, and whether it may be touched now.
//!
//! A handle is a small shell around a value: the mark of its kind, a lock, and whether a call on it
//! panicked. A handle of the wrong kind, a call while another thread is in one, and a use after the
//! free each return a status. For the last one the shell outlives its value: it waits in quarantine
//! until 255 more handles are freed, and only then gives its memory back. A use later than that,
//! and a pointer that never was a handle, cannot be detected.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::argument::{Argument, Call};
use super::status::{Failure, JOBSEM_E_BUSY, JOBSEM_E_HANDLE, JOBSEM_E_POISONED};

/// A kind of handle: the type that C knows by name only.
///
/// # Safety
///
/// `MAGIC` is no other kind's. (A pointer to the type is one to a [`Shell`].)
pub(crate) unsafe trait Kind {
    /// What a handle of this kind holds.
    type Value: Send + Sync;
    /// The mark of the kind.
    const MAGIC: u64;
    /// What it is called in errors.
    const NAME: &'static str;
}

/// Declares a type that C knows by name only to be a kind of handle.
macro_rules! kind {
    ($name:ident holds $value:ty, marked $magic:literal) => {
        // SAFETY: that marks differ is tested.
        unsafe impl $crate::boundary::handle::Kind for $name {
            type Value = $value;
            const MAGIC: u64 = u64::from_le_bytes(*$magic);
            const NAME: &'static str = stringify!($name);
        }
    };
}
pub(crate) use kind;

/// What a pointer to a handle points to, whatever it holds.
#[derive(Debug)]
pub(crate) struct Shell {
    magic: AtomicU64,
    /// How many calls read; or one of the two below.
    lock: AtomicU32,
    poisoned: AtomicBool,
    /// A `Box` of the kind's value, unless the lock says `FREED`.
    value: UnsafeCell<*mut ()>,
}

const WRITING: u32 = u32::MAX;
const FREED: u32 = u32::MAX - 1;

// SAFETY: the value is only touched under the lock, and is Send and Sync (`Kind`).
unsafe impl Send for Shell {}
// SAFETY: as above.
unsafe impl Sync for Shell {}

/// A new handle, which the caller owns.
pub(crate) fn new<K: Kind>(value: K::Value) -> *mut K {
    let shell = Shell {
        magic: AtomicU64::new(K::MAGIC),
        lock: AtomicU32::new(0),
        poisoned: AtomicBool::new(false),
        value: UnsafeCell::new(Box::into_raw(Box::new(value)).cast()),
    };
    Box::into_raw(Box::new(shell)).cast()
}

/// Frees a handle; NULL is fine.
///
/// # Safety
///
/// `handle` is NULL or what [`new`] gave, and if it was freed, not too long ago.
pub(crate) unsafe fn free<K: Kind>(handle: *mut K) -> Result<(), Failure> {
    if handle.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's.
    let shell = unsafe { shell::<K>(handle) }?;
    shell.acquire::<K>(FREED)?;
    // SAFETY: FREED is final, so this is the only one to take the value, which `new` has boxed.
    drop(unsafe { Box::from_raw((*shell.value.get()).cast::<K::Value>()) });
    quarantine(handle.cast());
    Ok(())
}

/// The shell behind a pointer, if its mark says that it is of this kind.
///
/// # Safety
///
/// As for [`free`].
unsafe fn shell<'a, K: Kind>(handle: *const K) -> Result<&'a Shell, Failure> {
    if handle.is_null() {
        return Err(Failure::null(K::NAME));
    }
    if !handle.cast::<Shell>().is_aligned() {
        return Err(no_handle::<K>());
    }
    // SAFETY: the caller promises a handle, of whatever kind, whose shell is still there.
    let shell = unsafe { &*handle.cast::<Shell>() };
    match shell.magic.load(Ordering::Relaxed) == K::MAGIC {
        true => Ok(shell),
        false => Err(no_handle::<K>()),
    }
}

fn no_handle<K: Kind>() -> Failure {
    Failure::new(JOBSEM_E_HANDLE, format!("not a {}, or one that was freed", K::NAME))
}

impl Shell {
    /// Takes the lock if it is free.
    fn acquire<K: Kind>(&self, how: u32) -> Result<(), Failure> {
        match self.lock.compare_exchange(0, how, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(FREED) => Err(no_handle::<K>()),
            Err(_) => Err(busy::<K>()),
        }
    }

    /// Takes the lock together with other readers.
    fn acquire_shared<K: Kind>(&self) -> Result<(), Failure> {
        let more = |lock: u32| (lock < FREED - 1).then(|| lock + 1);
        match self.lock.fetch_update(Ordering::Acquire, Ordering::Relaxed, more) {
            Ok(_) => Ok(()),
            Err(FREED) => Err(no_handle::<K>()),
            Err(_) => Err(busy::<K>()),
        }
    }

    fn sound<K: Kind>(&self) -> Result<(), Failure> {
        if self.poisoned.load(Ordering::Relaxed) {
            let text = format!("a call with this {} has panicked; free it", K::NAME);
            return Err(Failure::new(JOBSEM_E_POISONED, text));
        }
        Ok(())
    }
}

fn busy<K: Kind>() -> Failure {
    Failure::new(JOBSEM_E_BUSY, format!("another thread is in a call with this {}", K::NAME))
}

/// A value that no other call touches.
pub(crate) struct Exclusive<'a, K: Kind> {
    value: &'a mut K::Value,
    held: Held<'a>,
}

/// A value that other calls may read at the same time.
pub(crate) struct Shared<'a, K: Kind> {
    value: &'a K::Value,
    held: Held<'a>,
}

/// Borrows a handle's value for a call that changes it.
///
/// # Safety
///
/// As for [`free`].
pub(crate) unsafe fn exclusive<'a, K: Kind>(handle: *mut K) -> Result<Exclusive<'a, K>, Failure> {
    // SAFETY: the caller's.
    let shell = unsafe { shell::<K>(handle) }?;
    shell.acquire::<K>(WRITING)?;
    let held = Held { shell, how: WRITING };
    shell.sound::<K>()?;
    // SAFETY: the lock is held for writing, and the mark says what is in the box.
    let value = unsafe { &mut *(*shell.value.get()).cast::<K::Value>() };
    Ok(Exclusive { value, held })
}

/// Borrows a handle's value for a call that reads it.
///
/// # Safety
///
/// As for [`free`].
pub(crate) unsafe fn shared<'a, K: Kind>(handle: *const K) -> Result<Shared<'a, K>, Failure> {
    // SAFETY: the caller's.
    let shell = unsafe { shell::<K>(handle) }?;
    shell.acquire_shared::<K>()?;
    let held = Held { shell, how: 1 };
    shell.sound::<K>()?;
    // SAFETY: the lock is held for reading, and the mark says what is in the box.
    let value = unsafe { &*(*shell.value.get()).cast::<K::Value>() };
    Ok(Shared { value, held })
}

impl<'call, K: Kind> Argument<'call, *mut K> for Exclusive<'call, K> {
    unsafe fn read(handle: *mut K, _: &'static str, _: &'call Call) -> Result<Self, Failure> {
        // SAFETY: the caller's.
        unsafe { exclusive(handle) }
    }
}

impl<'call, K: Kind> Argument<'call, *const K> for Shared<'call, K> {
    unsafe fn read(handle: *const K, _: &'static str, _: &'call Call) -> Result<Self, Failure> {
        // SAFETY: the caller's.
        unsafe { shared(handle) }
    }
}

impl<K: Kind> Deref for Exclusive<'_, K> {
    type Target = K::Value;

    fn deref(&self) -> &K::Value {
        let _ = &self.held;
        self.value
    }
}

impl<K: Kind> DerefMut for Exclusive<'_, K> {
    fn deref_mut(&mut self) -> &mut K::Value {
        self.value
    }
}

impl<'a, K: Kind> Shared<'a, K> {
    /// The value beyond this guard. What a getter returns points into it, and lives as long as the
    /// handle by the caller's promise.
    pub(crate) fn borrowed(&self) -> &'a K::Value {
        let _ = &self.held;
        self.value
    }
}

impl<K: Kind> Deref for Shared<'_, K> {
    type Target = K::Value;

    fn deref(&self) -> &K::Value {
        self.value
    }
}

/// The lock, until the call is over.
struct Held<'a> {
    shell: &'a Shell,
    how: u32,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shell.poisoned.store(true, Ordering::Relaxed);
        }
        match self.how {
            WRITING => self.shell.lock.store(0, Ordering::Release),
            _ => _ = self.shell.lock.fetch_sub(1, Ordering::Release),
        }
    }
}

/// Keeps the shell of a freed handle for some time, and gives back one that was kept long enough.
fn quarantine(shell: *mut Shell) {
    static KEPT: [AtomicPtr<Shell>; 256] = [const { AtomicPtr::new(ptr::null_mut()) }; 256];
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let place = NEXT.fetch_add(1, Ordering::Relaxed) % KEPT.len();
    let oldest = KEPT[place].swap(shell, Ordering::AcqRel);
    if !oldest.is_null() {
        // SAFETY: `new` has boxed it, and the swap has taken it out of the only place it was in.
        drop(unsafe { Box::from_raw(oldest) });
    }
}
