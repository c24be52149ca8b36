//! Statuses: what every call returns, and [`Failure`], from which one is made.

use std::ffi::CStr;

use jobsem::{Error, ErrorKind, Location};

/// What a call returns: `JOBSEM_OK` or one of `JOBSEM_E_*`. A newer library may return numbers that
/// a program does not know; everything but zero is a failure.
pub type jobsem_status = i32;

// Numbers are never given a new meaning. Those of calls are 1xx, of documents 2xx, of the state of
// things 3xx, of the library itself 9xx.

/// Done.
pub const JOBSEM_OK: i32 = 0;
/// A pointer that must not be NULL is NULL.
pub const JOBSEM_E_NULL: i32 = 101;
/// A text is not UTF-8.
pub const JOBSEM_E_UTF8: i32 = 102;
/// The `struct_size` of a struct is none that it ever had.
pub const JOBSEM_E_STRUCT_SIZE: i32 = 103;
/// A struct has a member that this library does not know, and it is not zero.
pub const JOBSEM_E_UNKNOWN_FIELD: i32 = 104;
/// A flag that this library does not know is set.
pub const JOBSEM_E_UNKNOWN_FLAG: i32 = 105;
/// A number, a length or a constant is outside of what is allowed.
pub const JOBSEM_E_OUT_OF_RANGE: i32 = 106;
/// A handle is not of the kind that is expected, or was freed before.
pub const JOBSEM_E_HANDLE: i32 = 107;
/// A document cannot be read, or is not of the expected shape.
pub const JOBSEM_E_DECODE: i32 = 201;
/// A document was understood, and the API server would refuse it: see the error's Status.
pub const JOBSEM_E_INVALID: i32 = 202;
/// A version, a feature gate, a time zone that is not supported.
pub const JOBSEM_E_UNSUPPORTED: i32 = 203;
/// Kubernetes itself fails on the request, and answers with an internal error.
pub const JOBSEM_E_KUBE_INTERNAL: i32 = 204;
/// There is no such object.
pub const JOBSEM_E_NOT_FOUND: i32 = 301;
/// There is an object of that name already.
pub const JOBSEM_E_ALREADY_EXISTS: i32 = 302;
/// The call came at the wrong moment, or with a request that is not open.
pub const JOBSEM_E_STATE: i32 = 303;
/// The time lies before one that was passed in earlier.
pub const JOBSEM_E_TIME_WENT_BACK: i32 = 304;
/// Another thread is in a call with this handle.
pub const JOBSEM_E_BUSY: i32 = 305;
/// Something that a newer core reports and this library has no number for.
pub const JOBSEM_E_OTHER: i32 = 399;
/// The library has failed: a bug in jobsem. The handle of the call is poisoned.
pub const JOBSEM_E_PANIC: i32 = 900;
/// An earlier call with this handle has failed with `JOBSEM_E_PANIC`: it can only be freed.
pub const JOBSEM_E_POISONED: i32 = 901;

/// Statuses with the stable names of the kinds of errors.
const NAMES: &[(i32, &CStr)] = &[
    (JOBSEM_OK, c"ok"),
    (JOBSEM_E_NULL, c"null"),
    (JOBSEM_E_UTF8, c"utf8"),
    (JOBSEM_E_STRUCT_SIZE, c"struct-size"),
    (JOBSEM_E_UNKNOWN_FIELD, c"unknown-field"),
    (JOBSEM_E_UNKNOWN_FLAG, c"unknown-flag"),
    (JOBSEM_E_OUT_OF_RANGE, c"out-of-range"),
    (JOBSEM_E_HANDLE, c"handle"),
    (JOBSEM_E_DECODE, c"decode"),
    (JOBSEM_E_INVALID, c"invalid"),
    (JOBSEM_E_UNSUPPORTED, c"unsupported"),
    (JOBSEM_E_KUBE_INTERNAL, c"internal"),
    (JOBSEM_E_NOT_FOUND, c"not-found"),
    (JOBSEM_E_ALREADY_EXISTS, c"already-exists"),
    (JOBSEM_E_STATE, c"state"),
    (JOBSEM_E_TIME_WENT_BACK, c"time-went-back"),
    (JOBSEM_E_BUSY, c"busy"),
    (JOBSEM_E_OTHER, c"other"),
    (JOBSEM_E_PANIC, c"panic"),
    (JOBSEM_E_POISONED, c"poisoned"),
];

/// The stable name of a status; `unknown` for a number that is none.
pub(crate) fn name(status: i32) -> &'static CStr {
    NAMES.iter().find(|(number, _)| *number == status).map_or(c"unknown", |(_, name)| name)
}

/// Why a call fails.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: i32,
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    pub(crate) location: Option<Location>,
    /// The Status object that the API server would answer with.
    pub(crate) refusal: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: i32, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into(), path: None, location: None, refusal: None }
    }

    pub(crate) fn null(what: &str) -> Failure {
        Failure::new(JOBSEM_E_NULL, format!("`{what}` is NULL"))
    }

    pub(crate) fn out_of_range(message: impl Into<String>) -> Failure {
        Failure::new(JOBSEM_E_OUT_OF_RANGE, message)
    }

    /// A number that is none of the constants for `what`.
    pub(crate) fn no_constant(what: &str, number: i32) -> Failure {
        Failure::out_of_range(format!("no {what} is {number}"))
    }

    pub(crate) fn decode(message: impl Into<String>) -> Failure {
        Failure::new(JOBSEM_E_DECODE, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Failure {
        Failure::new(JOBSEM_E_NOT_FOUND, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let status = match error.kind() {
            ErrorKind::Decode => JOBSEM_E_DECODE,
            ErrorKind::Invalid => JOBSEM_E_INVALID,
            ErrorKind::NotFound => JOBSEM_E_NOT_FOUND,
            ErrorKind::AlreadyExists => JOBSEM_E_ALREADY_EXISTS,
            ErrorKind::State => JOBSEM_E_STATE,
            ErrorKind::TimeWentBack => JOBSEM_E_TIME_WENT_BACK,
            ErrorKind::Unsupported => JOBSEM_E_UNSUPPORTED,
            ErrorKind::Internal => JOBSEM_E_KUBE_INTERNAL,
            _ => JOBSEM_E_OTHER,
        };
        Failure {
            status,
            message: error.message().to_owned(),
            path: error.path().map(str::to_owned),
            location: error.location(),
            refusal: error.refusal().map(|refusal| refusal.status().to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::decode(error.to_string())
    }
}
