//! [`Store`]: the objects of one kind, by namespace and name; and what storing makes of them.

use std::sync::Arc;

use crate::Time;
use crate::api::{Job, ObjectMeta, Pod};
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

/// Whether a write changes nothing: what changes most is looked at first, and a spec that both
/// share not at all.
macro_rules! same {
    ($a:ident, $b:ident) => {
        $a.status == $b.status
            && $a.metadata == $b.metadata
            && ($a.api_version == $b.api_version && $a.kind == $b.kind)
            && (Arc::ptr_eq(&$a.spec, &$b.spec) || $a.spec == $b.spec)
            && $a.extra == $b.extra
    };
}

pub(super) fn same_pod(a: &Pod, b: &Pod) -> bool {
    same!(a, b)
}

pub(super) fn same_job(a: &Job, b: &Job) -> bool {
    same!(a, b)
}

/// What storage makes of metadata: whole seconds, and no difference between empty and absent.
pub(super) fn as_stored(meta: &mut ObjectMeta) {
    for time in [&mut meta.creation_timestamp, &mut meta.deletion_timestamp] {
        *time = time.map(Time::truncated);
    }
    for map in [&mut meta.labels, &mut meta.annotations] {
        if map.as_ref().is_some_and(|map| map.is_empty()) {
            *map = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_makes_no_difference_between_empty_and_absent_labels_and_annotations() {
        let stored = Pod::default();
        let mut written = stored.clone();
        written.metadata.annotations = Some(Default::default());
        written.metadata.labels = Some(Default::default());
        assert!(!same_pod(&stored, &written));
        as_stored(&mut written.metadata);
        assert!(same_pod(&stored, &written));
    }
}
