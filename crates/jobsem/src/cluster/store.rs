//! [`Store`]: the objects of one kind, by namespace and name, and by owner; and what storing
//! makes of them.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::Time;
use crate::api::{Job, ObjectMeta, Pod, Text};
use crate::key::{Named, Object};
use crate::slab::{Place, PlaceSet, Slab};

#[derive(Debug)]
pub(super) struct Store<T: Object> {
    objects: Slab<Arc<T>>,
    /// Objects by the UIDs of all their owners.
    owned: HashMap<Text, PlaceSet>,
}

impl<T: Object> Default for Store<T> {
    fn default() -> Store<T> {
        Store { objects: Slab::default(), owned: HashMap::default() }
    }
}

impl<T: Object> Store<T> {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<T>> {
        self.objects.get(Named { namespace, name })
    }

    /// Where the object of that name is.
    pub(super) fn place_of(&self, named: Named<'_>) -> Option<Place> {
        self.objects.place_of(named)
    }

    /// What is at a place.
    pub(super) fn at(&self, place: Place) -> Option<&Arc<T>> {
        self.objects.at(place).map(|kept| &kept.value)
    }

    /// Puts an object in; where one of its name is need not be looked up if the caller knows.
    pub(super) fn insert(&mut self, known: Option<Place>, object: &Arc<T>) {
        let replaced = known.and_then(|at| self.objects.replace(at, Arc::clone(object)).ok());
        let (slot, old) = match replaced {
            Some((slot, old)) => (slot, Some(old)),
            None => self.objects.insert(Arc::clone(object)),
        };
        let owners = &object.meta().owner_references;
        match old {
            Some(old) if old.meta().owner_references == *owners => {}
            old => {
                if let Some(old) = old {
                    self.unlink(slot.place, &old);
                }
                for owner in owners {
                    self.owned.entry(owner.uid.clone()).or_default().insert(slot.place);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, named: Named<'_>) -> Option<Arc<T>> {
        let (slot, object) = self.objects.remove(named)?;
        self.unlink(slot.place, &object);
        Some(object)
    }

    /// Whether all objects are so.
    pub(super) fn all(&self, is_so: impl Fn(&T) -> bool) -> bool {
        self.objects.iter().all(|kept| is_so(&kept.value))
    }

    /// All objects, by namespace and name.
    pub(super) fn in_order(&self) -> Vec<&Arc<T>> {
        sorted(self.objects.iter().map(|kept| &kept.value).collect())
    }

    /// The objects with a reference to the owner of that UID, by namespace and name.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<Arc<T>> {
        let places = self.owned.get(uid).into_iter().flat_map(PlaceSet::iter);
        let owned = places.filter_map(|place| self.objects.at(place)).map(|kept| &kept.value);
        sorted(owned.collect()).into_iter().cloned().collect()
    }

    pub(super) fn has_owned_by(&self, uid: &str) -> bool {
        self.owned.contains_key(uid)
    }

    fn unlink(&mut self, place: Place, object: &T) {
        for owner in &object.meta().owner_references {
            if let Some(places) = self.owned.get_mut(&owner.uid) {
                places.remove(place);
                if places.is_empty() {
                    self.owned.remove(&owner.uid);
                }
            }
        }
    }
}

fn sorted<T: Object>(mut objects: Vec<&Arc<T>>) -> Vec<&Arc<T>> {
    objects.sort_unstable_by(|a, b| {
        let (a, b) = (a.meta(), b.meta());
        a.namespace.cmp(&b.namespace).then_with(|| a.name.cmp(&b.name))
    });
    objects
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
