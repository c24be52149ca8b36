//! [`Store`]: the objects of one kind, by namespace and name.

use std::sync::Arc;

use crate::key::{Key, KeyMap, Named};

#[derive(Debug)]
pub(super) struct Store<T>(KeyMap<Arc<T>>);

impl<T> Default for Store<T> {
    fn default() -> Store<T> {
        Store(KeyMap::default())
    }
}

impl<T> Store<T> {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<T>> {
        self.0.get(&Named { namespace, name })
    }

    /// Where the object is, if it is there: a key that is shared with the store.
    pub(super) fn key(&self, named: Named<'_>) -> Option<Key> {
        self.0.get_key_value(&named).map(|(key, _)| key.clone())
    }

    pub(super) fn insert(&mut self, key: Key, object: Arc<T>) {
        self.0.insert(key, object);
    }

    pub(super) fn remove(&mut self, named: Named<'_>) -> Option<(Key, Arc<T>)> {
        self.0.remove_entry(&named)
    }

    /// All objects, by namespace and name.
    pub(super) fn in_order(&self) -> Vec<&Arc<T>> {
        let mut all: Vec<_> = self.0.iter().map(|(key, object)| (key.parts(), object)).collect();
        all.sort_unstable_by_key(|(key, _)| (key.namespace, key.name));
        all.into_iter().map(|(_, object)| object).collect()
    }
}
