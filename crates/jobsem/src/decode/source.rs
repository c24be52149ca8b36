//! A text that is read: what it may cost, and where its lines begin.

use std::sync::OnceLock;

use serde_json::Value;

use super::compose::{Composed, Duplicate};
use super::places::Places;
use crate::{Error, Location};

/// The maximum size of a request to the API server in bytes, and so of an object.
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Limits on what reading a text may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest text.
    pub bytes: usize,
    /// The maximum size of an object as the compact JSON that a client sends, by default
    /// [`MAX_BYTES`]. Each item of a list is an object.
    pub object: usize,
    /// The maximum number of parts in all documents: members, items and values, counted again where
    /// an alias repeats them. A part takes about 100 bytes of memory.
    pub parts: usize,
}

impl Limits {
    /// Limits for a text that holds many objects.
    ///
    /// ```
    /// let limits = jobsem::decode::Limits::of_bytes(64 << 20);
    /// assert_eq!(limits.parts, 8 << 20);
    /// ```
    #[must_use]
    pub const fn of_bytes(bytes: usize) -> Limits {
        Limits { bytes, object: MAX_BYTES, parts: bytes / 8 }
    }
}

impl Default for Limits {
    /// The limits of a request to the API server.
    fn default() -> Limits {
        Limits::of_bytes(MAX_BYTES)
    }
}

/// The format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
}

/// A parsed document, not yet checked.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) value: Value,
    pub(super) places: Places,
    pub(super) duplicates: Vec<Duplicate>,
    pub(super) format: Format,
}

impl Content {
    pub(super) fn new(composed: Composed, format: Format) -> Content {
        let Composed { value, places, duplicates } = composed;
        Content { value, places, duplicates, format }
    }
}

/// A text and the positions of its lines.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: Box<str>,
    /// [`Limits::object`].
    pub(super) largest_object: usize,
    pub(super) lines: OnceLock<Vec<usize>>,
}

impl Source {
    pub(super) fn new(text: &[u8], limits: &Limits) -> Result<Source, Error> {
        let most = limits.bytes.min(u32::MAX as usize - 1);
        if text.len() > most {
            let message = format!("the text has {} bytes; at most {most} are read", text.len());
            return Err(Error::decode(message));
        }
        let text = std::str::from_utf8(text).map_err(|error| {
            let good = String::from_utf8_lossy(&text[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            Error::decode("the text is not UTF-8").with_location(line, column)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let largest_object = limits.object;
        Ok(Source { text: text.into(), largest_object, lines: OnceLock::new() })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte.
    pub(super) fn location(&self, byte: usize) -> Location {
        let lines = self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(breaks.map(|(i, _)| i + 1)).collect()
        });
        let byte = byte.min(self.text.len());
        let line = lines.partition_point(|start| *start <= byte);
        let start = lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..byte).unwrap_or_default();
        Location { line, column: before.chars().count() + 1 }
    }
}
