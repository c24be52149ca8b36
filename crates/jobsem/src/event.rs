//! [`Event`]: a Kubernetes Event that a controller records on an object.
//!
//! Deliberately absent: the source, which is always the same (DATA-14), how an event is sent, and
//! that recorders count and drop repeated ones (ND-07).

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::Time;
use crate::api::Text;

/// A Kubernetes Event that a controller records on an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When it is recorded.
    pub time: Time,
    /// The object's kind.
    pub kind: &'static str,
    /// The object's namespace.
    pub namespace: Text,
    /// The object's name.
    pub name: Text,
    /// `Normal` or `Warning`.
    pub type_: EventType,
    /// The reason, in one word.
    pub reason: Text,
    /// The message, for people.
    pub message: EventMessage,
}

/// The type of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Kubernetes' own names")]
pub enum EventType {
    Normal,
    Warning,
}

impl EventType {
    /// The type's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// The text of an [`Event`], formatted on reading.
///
/// A busy controller records an event per pod, and most are never read.
///
/// ```
/// use jobsem::EventMessage;
///
/// let message = EventMessage::from("Job completed");
/// assert_eq!(message, "Job completed");
/// assert_eq!(message.to_string().len(), 13);
/// ```
#[derive(Clone, Debug)]
pub struct EventMessage {
    start: &'static str,
    rest: Text,
}

impl EventMessage {
    /// A constant text and its argument.
    pub(crate) const fn about(start: &'static str, rest: Text) -> EventMessage {
        EventMessage { start, rest }
    }

    /// The text; copied only if it has two parts.
    pub fn text(&self) -> Cow<'_, str> {
        match self.start {
            "" => Cow::Borrowed(&self.rest),
            start => Cow::Owned([start, &self.rest].concat()),
        }
    }

    fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.start.bytes().chain(self.rest.bytes())
    }
}

impl fmt::Display for EventMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl PartialEq for EventMessage {
    fn eq(&self, other: &EventMessage) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for EventMessage {}

impl PartialEq<str> for EventMessage {
    fn eq(&self, other: &str) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl PartialEq<&str> for EventMessage {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl<T: Into<Text>> From<T> for EventMessage {
    fn from(text: T) -> EventMessage {
        EventMessage::about("", text.into())
    }
}

impl From<EventMessage> for String {
    fn from(message: EventMessage) -> String {
        message.text().into_owned()
    }
}

impl Serialize for EventMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_text_however_it_is_kept() {
        let apart = EventMessage::about("Created pod: ", Text::from("j-1"));
        let whole = EventMessage::from("Created pod: j-1");
        assert_eq!(apart, whole);
        assert_eq!(apart, "Created pod: j-1");
        assert_ne!(apart, EventMessage::from("Created pod: j-2"));
        assert_ne!(apart, "Created pod: j");
        assert_eq!(apart.to_string(), String::from(whole));
        assert_eq!(serde_json::to_string(&apart).unwrap(), "\"Created pod: j-1\"");
        assert_eq!(format!("{apart:>18}|"), "  Created pod: j-1|");
    }
}
