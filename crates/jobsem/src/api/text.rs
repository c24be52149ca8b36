//! [`Text`]: texts that recur in many objects, without a copy for each.
//!
//! Condition types and reasons are mostly the controllers' own constants. Short texts, such as most
//! names, are stored inline and need no second memory access. Longer ones are shared between the
//! versions of an object. Reads go through `Deref`; a text is replaced, never modified.
//! Deliberately absent: a table of all texts.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::de::of_str;

/// A piece of text that is cheap to copy.
///
/// ```
/// use jobsem::api::Text;
///
/// let reason = Text::of("BackoffLimitExceeded");
/// assert_eq!(reason, "BackoffLimitExceeded");
/// assert_eq!(Text::from("pod-".to_owned() + "1").clone().len(), 5);
/// ```
#[derive(Clone)]
pub struct Text(SmolStr);

impl Text {
    /// The empty text.
    pub const EMPTY: Text = Text::of("");

    /// A text from a constant. Allocates nothing.
    pub const fn of(text: &'static str) -> Text {
        Text(SmolStr::new_static(text))
    }

    /// Sets it to the empty text.
    pub fn clear(&mut self) {
        *self = Text::EMPTY;
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::EMPTY
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(SmolStr::new(text))
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Text {
        text.clone()
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Text {
        Text(SmolStr::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::from(&*text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        *self == *other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        let text = self.as_str();
        // Equal addresses and lengths mean equal texts, without comparing bytes.
        std::ptr::eq(text, other) || text == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, other: &Text) -> bool {
        other == self
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        other == self
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        other == self
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> std::cmp::Ordering {
        self.as_str().cmp(other)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        of_str(deserializer, |text| Ok(Text::from(text)))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_equals_and_orders_as_what_says_the_same() {
        let (constant, shared) = (Text::of("Ready"), Text::from("Ready"));
        assert_eq!(constant, shared);
        assert_eq!(constant.cmp(&shared), std::cmp::Ordering::Equal);
        assert!(constant < Text::of("Zzz") && shared != Text::EMPTY);
        assert_eq!(serde_json::to_string(&shared).unwrap(), "\"Ready\"");
        assert_eq!(serde_json::from_str::<Text>("\"Ready\"").unwrap(), "Ready");
        assert_eq!(format!("{shared:>6}|{shared:?}"), " Ready|\"Ready\"");
    }
}
