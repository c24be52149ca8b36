//! [`Error`]: the one error type of the crate.
//!
//! A host's bad input is an error with a kind, and a path where it came from a document. What
//! happens to a Job (it failed, its pod could not be created) is data, never an `Error`.

use std::fmt;

use crate::refusal::{FieldError, Invalid};

/// What went wrong, in one of a few kinds with stable names.
///
/// ```
/// let error = "not a time".parse::<jobsem::Time>().unwrap_err();
/// assert_eq!(error.kind().slug(), "decode");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<String>,
    location: Option<Location>,
    refusal: Option<Invalid>,
}

/// A place in a document, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document is no JSON or YAML, or not of the expected shape.
    Decode,
    /// A document was understood and is refused by the API rules; see [`Error::fields`].
    Invalid,
    /// The named object does not exist.
    NotFound,
    /// An object of that name exists already.
    AlreadyExists,
    /// A call came at the wrong moment, or with a handle that is not known.
    State,
    /// A time lies before one that was passed in earlier.
    TimeWentBack,
    /// A value is outside what is supported, such as a Kubernetes version.
    Unsupported,
    /// Kubernetes itself fails on the request and answers with an internal error (MODEL-6).
    Internal,
    /// A limit that the caller has set was reached; the message names it.
    Limit,
}

impl ErrorKind {
    /// The kind's stable name.
    pub const fn slug(self) -> &'static str {
        match self {
            ErrorKind::Decode => "decode",
            ErrorKind::Invalid => "invalid",
            ErrorKind::NotFound => "not-found",
            ErrorKind::AlreadyExists => "already-exists",
            ErrorKind::State => "state",
            ErrorKind::TimeWentBack => "time-went-back",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Internal => "internal",
            ErrorKind::Limit => "limit",
        }
    }
}

impl Error {
    /// An error of `kind` with `message`: lower case, no full stop, user input in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            location: None,
            refusal: None,
        }))
    }

    /// An error of kind `Decode`.
    pub fn decode(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Decode, message)
    }

    /// An error of kind `State`.
    pub fn state(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::State, message)
    }

    /// The same error, said of the field at `path`.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Error {
        self.0.path = Some(path.into());
        self
    }

    /// The same error, said of a place in the document.
    #[must_use]
    pub fn with_location(mut self, line: usize, column: usize) -> Error {
        self.0.location = Some(Location { line, column });
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The field it is about, such as `spec.backoffLimit`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Where in the document it is, if known.
    pub fn location(&self) -> Option<Location> {
        self.0.location
    }

    /// The refused fields, in the API server's order; empty unless the kind is `Invalid`.
    pub fn fields(&self) -> &[FieldError] {
        self.refusal().map_or(&[], |refusal| &refusal.errors)
    }

    /// What the API server would answer, if it is an object that it would refuse.
    pub fn refusal(&self) -> Option<&Invalid> {
        self.0.refusal.as_ref()
    }

    /// The message without path and place.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl From<Invalid> for Error {
    /// The refusal of an object by the API rules.
    fn from(refusal: Invalid) -> Error {
        let kind = match refusal.internal_error() {
            Some(_) => ErrorKind::Internal,
            None => ErrorKind::Invalid,
        };
        let mut error = Error::new(kind, refusal.message());
        error.0.path = refusal.errors.first().map(|f| f.field.clone());
        error.0.refusal = Some(refusal);
        error
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.location {
            write!(f, "line {}, column {}: ", at.line, at.column)?;
        }
        match &self.path {
            // A refusal's message names its fields itself.
            Some(path) if self.refusal.as_ref().is_none_or(|of| of.errors.is_empty()) => {
                write!(f, "{path}: {}", self.message)
            }
            _ => f.write_str(&self.message),
        }
    }
}
