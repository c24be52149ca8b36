//! [`Shared`]: parts of objects that rarely change, shared between an object's versions.
//!
//! Every change of an object makes a new version, whose owners and containers nearly always equal
//! those of the previous one. Reads go through `Deref`; the first write to a shared part copies it.
//! Deliberately absent: any way to see who shares what.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A list or map that is copied on the first write to it, not when its object is cloned.
///
/// ```
/// use jobsem::api::Shared;
///
/// let before = Shared::from(vec!["x"]);
/// let mut after = before.clone();
/// after.push("y");
/// assert_eq!((before.len(), after.len()), (1, 2));
/// ```
#[derive(Clone)]
pub struct Shared<T>(Option<Arc<T>>);

/// The value that an empty [`Shared`] derefs to.
pub trait Empty: Clone + Default + 'static {
    /// The empty value.
    fn nothing() -> &'static Self;

    /// Whether it is empty.
    fn is_nothing(&self) -> bool;
}

impl<T: Clone + 'static> Empty for Vec<T> {
    fn nothing() -> &'static Self {
        const { &Vec::new() }
    }

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Empty for Map<String, Value> {
    fn nothing() -> &'static Self {
        static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        &NOTHING
    }

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Empty> Shared<T> {
    /// An empty list or map.
    pub fn new() -> Self {
        Self(None)
    }

    /// Whether both share one value. Equal values may be stored separately.
    pub(crate) fn same(a: &Self, b: &Self) -> bool {
        match (&a.0, &b.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// The value itself; a copy if it is shared.
    pub fn into_inner(self) -> T {
        self.0.map(Arc::unwrap_or_clone).unwrap_or_default()
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Empty> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Some(value) => value,
            None => T::nothing(),
        }
    }
}

impl<T: Empty> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl<T: Empty + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Self::same(self, other) || **self == **other
    }
}

impl<T: Empty + Eq> Eq for Shared<T> {}

impl<T: Empty + std::fmt::Debug> std::fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Empty> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self((!value.is_nothing()).then(|| Arc::new(value)))
    }
}

impl<T: Empty + FromIterator<I>, I> FromIterator<I> for Shared<T> {
    fn from_iter<It: IntoIterator<Item = I>>(items: It) -> Self {
        T::from_iter(items).into()
    }
}

impl<T: Empty + IntoIterator> IntoIterator for Shared<T> {
    type Item = T::Item;
    type IntoIter = T::IntoIter;

    fn into_iter(self) -> T::IntoIter {
        self.into_inner().into_iter()
    }
}

impl<'a, T: Empty> IntoIterator for &'a Shared<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<'a, T: Empty> IntoIterator for &'a mut Shared<T>
where
    &'a mut T: IntoIterator,
{
    type Item = <&'a mut T as IntoIterator>::Item;
    type IntoIter = <&'a mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<T: Empty + Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Empty + Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Shared<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_seen_by_nobody_else() {
        let before: Shared<Vec<i32>> = vec![1].into();
        let mut after = before.clone();
        assert!(std::ptr::eq(&*before, &*after), "nothing is copied before it is written to");
        after.push(2);
        assert_eq!((before.into_inner(), after.into_inner()), (vec![1], vec![1, 2]));
    }

    #[test]
    fn nothing_equals_an_empty_list_and_reads_as_one() {
        let nothing = Shared::<Vec<i32>>::new();
        assert_eq!(nothing, Shared::from(Vec::new()));
        assert_ne!(nothing, Shared::from(vec![1]));
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "[]");
    }
}
