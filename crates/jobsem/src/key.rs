//! [`Key`]: the namespace and name of an object.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use hashbrown::Equivalent;

use crate::api::{CronJob, Job, ObjectMeta, Pod, Text};
use crate::slab::Keyed;

/// `namespace/name`, shared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    text: Arc<str>,
    /// The position of the slash; without one, all of the text is the namespace.
    slash: usize,
}

/// A map by key. Sorted before its order becomes visible.
pub(crate) type KeyMap<V> = hashbrown::HashMap<Key, V>;

impl Key {
    pub(crate) fn of(meta: &ObjectMeta) -> Key {
        Named::of(meta).to_key()
    }

    pub(crate) fn parts(&self) -> Named<'_> {
        let name = self.text.get(self.slash + 1..).unwrap_or("");
        Named { namespace: &self.text[..self.slash], name }
    }
}

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Key {
        Key { slash: text.find('/').unwrap_or(text.len()), text: text.into() }
    }
}

impl From<&Key> for Text {
    fn from(key: &Key) -> Text {
        Arc::clone(&key.text).into()
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// The two parts of a key, for lookups without an allocation.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Named<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Named<'a> {
    pub(crate) fn of(meta: &'a ObjectMeta) -> Named<'a> {
        Named { namespace: &meta.namespace, name: &meta.name }
    }

    pub(crate) fn to_key(self) -> Key {
        format!("{}/{}", self.namespace, self.name).into()
    }
}

impl Equivalent<Key> for Named<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        let text = key.text.as_bytes();
        text.len() == self.namespace.len() + 1 + self.name.len()
            && text.ends_with(self.name.as_bytes())
            && text.starts_with(self.namespace.as_bytes())
            && text[self.namespace.len()] == b'/'
    }
}

/// An object that is found by its namespace and name.
pub(crate) trait Object: 'static {
    fn meta(&self) -> &ObjectMeta;
}

macro_rules! objects {
    ($($object:ident),+) => {
        $(impl Object for $object {
            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }
        })+
    };
}

objects!(Job, Pod, CronJob);

impl<T: Object> Keyed for Arc<T> {
    type Key<'a> = Named<'a>;

    fn key(&self) -> Named<'_> {
        Named::of(self.meta())
    }

    fn has(&self, named: Named<'_>) -> bool {
        let meta = self.meta();
        meta.name == *named.name && meta.namespace == *named.namespace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_key_find_what_the_key_has_stored() {
        let mut map: KeyMap<u32> = KeyMap::default();
        map.insert(Key::from("ns/j".to_owned()), 1);
        map.insert(Key::from("/j".to_owned()), 2);
        let named = |namespace, name| Named { namespace, name };
        assert_eq!(map.get(&named("ns", "j")), Some(&1));
        assert_eq!(map.get(&named("", "j")), Some(&2));
        assert_eq!(map.get(&named("n", "s/j")), None);
        assert_eq!(map.get(&named("ns/j", "")), None);
        assert_eq!(map.get(&named("n", "j")), None);
    }
}
