//! [`List`]: a list that is written even if it is empty.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list that the API writes even if it is empty: `null` if it is absent, `[]` if it is given
/// empty. No rule distinguishes the two (MODEL-2), and they compare equal.
///
/// It derefs to a `Vec`.
///
/// ```
/// use jobsem::api::PodFailurePolicy;
///
/// let policy: PodFailurePolicy = serde_json::from_str("{}")?;
/// assert_eq!(serde_json::to_string(&policy)?, r#"{"rules":null}"#);
/// assert!(policy.rules.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct List<T> {
    items: Vec<T>,
    given: bool,
}

impl<T> List<T> {
    /// Whether it is `null` on the wire: empty and not given.
    pub fn is_null(&self) -> bool {
        !self.given && self.items.is_empty()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new(), given: false }
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        List { items, given: true }
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<T> Deref for List<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_null() { serializer.serialize_none() } else { self.items.serialize(serializer) }
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<Vec<T>>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<Vec<T>>::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Vec<T>>::deserialize(deserializer)?.map_or_else(List::default, List::from))
    }
}
