//! [`LabelMap`]: labels and annotations.
//!
//! Objects have few labels, and nearly all versions of an object have the same ones, most of them
//! from the template. So a map is one list in key order, and its texts are shared. Deliberately
//! absent: which texts are legal (`admission`).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Shared, Text};

/// A map of texts, such as labels or annotations, in byte order of the keys.
///
/// ```
/// use jobsem::api::LabelMap;
///
/// let before = LabelMap::from([("app", "x")]);
/// let mut after = before.clone();
/// after.insert("tier", "y");
/// assert_eq!((before.len(), after.len()), (1, 2));
/// assert_eq!(after.get("tier").unwrap(), "y");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LabelMap(Shared<Vec<(Text, Text)>>);

impl LabelMap {
    /// An empty map.
    pub fn new() -> LabelMap {
        LabelMap::default()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Text> {
        // OK because maps are small, and texts that differ mostly differ in length.
        self.0.iter().find(|(other, _)| *other == *key).map(|(_, value)| value)
    }

    /// Whether the map has the key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets the value of a key and returns the previous one.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Text>) -> Option<Text> {
        let (key, value) = (key.into(), value.into());
        match self.at(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.put(at, key, value);
                None
            }
        }
    }

    /// Sets the value of a key unless the map has the key.
    pub fn insert_if_absent(&mut self, key: impl Into<Text>, value: impl Into<Text>) {
        let key = key.into();
        if let Err(at) = self.at(&key) {
            self.put(at, key, value.into());
        }
    }

    /// Removes a key and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Text> {
        let at = self.at(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, mutably.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Text> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Inserts a new entry. The list is mostly a shared one, which is copied here.
    fn put(&mut self, at: usize, key: Text, value: Text) {
        let (before, after) = self.0.split_at(at);
        let mut list = Vec::with_capacity(self.0.len() + 1);
        list.extend_from_slice(before);
        list.push((key, value));
        list.extend_from_slice(after);
        self.0 = list.into();
    }

    /// The position of the key, or the position to insert it at.
    fn at(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(key))
    }
}

impl fmt::Debug for LabelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<Text>, V: Into<Text>> FromIterator<(K, V)> for LabelMap {
    /// The last value of a repeated key wins.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> LabelMap {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into()));
        let mut list: Vec<(Text, Text)> = entries.collect();
        if !list.is_sorted_by(|(a, _), (b, _)| a < b) {
            list.reverse();
            list.sort_by(|(a, _), (b, _)| a.cmp(b));
            list.dedup_by(|(a, _), (b, _)| a == b);
        }
        LabelMap(list.into())
    }
}

impl<K: Into<Text>, V: Into<Text>, const N: usize> From<[(K, V); N]> for LabelMap {
    fn from(entries: [(K, V); N]) -> LabelMap {
        LabelMap::from_iter(entries)
    }
}

impl<K: Into<Text>, V: Into<Text>> Extend<(K, V)> for LabelMap {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a> IntoIterator for &'a LabelMap {
    type Item = (&'a Text, &'a Text);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (Text, Text)>,
        fn(&'a (Text, Text)) -> (&'a Text, &'a Text),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl IntoIterator for LabelMap {
    type Item = (Text, Text);
    type IntoIter = std::vec::IntoIter<(Text, Text)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for LabelMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for LabelMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LabelMap, D::Error> {
        struct Entries;

        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = LabelMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A>(self, mut map: A) -> Result<LabelMap, A::Error>
            where
                A: serde::de::MapAccess<'de>,
            {
                let mut list: Vec<(Text, Text)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    list.push(entry);
                }
                Ok(list.into_iter().collect())
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for LabelMap {
    fn inline_schema() -> bool {
        BTreeMap::<String, String>::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        BTreeMap::<String, String>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, String>::json_schema(generator)
    }
}

impl From<BTreeMap<String, String>> for LabelMap {
    fn from(map: BTreeMap<String, String>) -> LabelMap {
        map.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_in_the_order_of_their_keys_whatever_order_they_came_in() {
        let mut map = LabelMap::from([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(map, LabelMap::from([("a", "2"), ("b", "3")]));
        assert_eq!(map.insert("c", "4"), None);
        assert_eq!(map.insert("a", "5"), Some("2".into()));
        assert_eq!(map.remove("b"), Some("3".into()));
        assert_eq!((map.remove("b"), map.contains_key("b")), (None, false));
        assert_eq!(format!("{map:?}"), r#"{"a": "5", "c": "4"}"#);
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn it_reads_and_writes_as_a_map_of_which_the_last_of_a_key_counts() {
        let map: LabelMap = serde_json::from_str(r#"{"b": "1", "a": "2", "b": "3"}"#).unwrap();
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"a":"2","b":"3"}"#);
        assert!(serde_json::from_str::<LabelMap>(r#"{"a": 1}"#).is_err());
        assert!(serde_json::from_str::<LabelMap>("[]").is_err());
    }
}
