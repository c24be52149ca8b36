//! [`PodCache`]: the pods that a controller has seen, found by name, by owner, and by arrival.
//!
//! A million of them are ordinary: the objects are shared with the host, and what is kept beside
//! each is a few words. Deliberately absent: what a pod counts for (`job::tally`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;

use crate::admission::CONTROLLER_UID;
use crate::api::{Pod, Selector};
use crate::key::Named;
use crate::slab::{Kept, Keyed, Place, Slab};

#[derive(Debug, Default)]
pub(super) struct PodCache {
    pods: Slab<Arc<Pod>>,
    /// Pods by the UID of their controller.
    owned: HashMap<Arc<str>, BTreeSet<Place>>,
    /// Pods without a controller, by namespace.
    ownerless: BTreeMap<Arc<str>, BTreeSet<Place>>,
    /// Pods whose label says that they are another Job's than their controller is.
    strays: BTreeSet<Place>,
}

impl Keyed for Arc<Pod> {
    type Key<'a> = Named<'a>;

    fn key(&self) -> Named<'_> {
        Named::of(&self.metadata)
    }

    fn has(&self, named: Named<'_>) -> bool {
        self.metadata.name == named.name && self.metadata.namespace == named.namespace
    }
}

impl PodCache {
    pub(super) fn get(&self, named: Named<'_>) -> Option<&Arc<Pod>> {
        self.pods.get(named)
    }

    /// Puts a pod in; what was there under its name comes back.
    pub(super) fn insert(&mut self, pod: &Arc<Pod>) -> Option<Arc<Pod>> {
        let (slot, old) = self.pods.insert(Arc::clone(pod));
        let Some(old) = old else {
            self.index(slot.place, pod);
            return None;
        };
        let (before, after) = (&old.metadata, &pod.metadata);
        if before.owner_references != after.owner_references || before.labels != after.labels {
            self.unindex(slot.place, &old);
            self.index(slot.place, pod);
        }
        Some(old)
    }

    pub(super) fn remove(&mut self, named: Named<'_>) -> Option<Arc<Pod>> {
        let (slot, pod) = self.pods.remove(named)?;
        self.unindex(slot.place, &pod);
        Some(pod)
    }

    /// The pods whose controller has the UID, in the order of their arrival.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<&Arc<Pod>> {
        let mut owned: Vec<&Kept<_>> = self.at(self.owned.get(uid)).collect();
        owned.sort_unstable_by_key(|cached| cached.arrival);
        owned.into_iter().map(|cached| &cached.value).collect()
    }

    /// The pods of a namespace that have no controller, in the order of their names.
    pub(super) fn ownerless(&self, namespace: &str) -> Vec<&Arc<Pod>> {
        let mut pods: Vec<_> =
            self.at(self.ownerless.get(namespace)).map(|cached| &cached.value).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// The pods of a namespace that a selector matches, in the order of their names.
    ///
    /// A Job's own selector names its UID, by which its pods are found; another one is compared
    /// with every pod.
    pub(super) fn matching(&self, namespace: &str, selector: &Selector) -> Vec<&Arc<Pod>> {
        let wanted = |cached: &&Kept<Arc<Pod>>| {
            let meta = &cached.value.metadata;
            meta.namespace == namespace && selector.matches(meta.labels.as_ref())
        };
        let found: Vec<&Kept<_>> = match selector.exact(CONTROLLER_UID) {
            Some(uid) => {
                let owned = self.at(self.owned.get(uid));
                let strays = self.at(Some(&self.strays));
                let strays = strays.filter(|cached| owner_uid(&cached.value) != Some(uid));
                owned.chain(strays).filter(wanted).collect()
            }
            None => self.pods.iter().filter(wanted).collect(),
        };
        let mut pods: Vec<_> = found.into_iter().map(|cached| &cached.value).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// All pods, in the order of their arrival.
    #[cfg(test)]
    pub(super) fn by_arrival(&self) -> Vec<&Arc<Pod>> {
        let mut all: Vec<&Kept<_>> = self.pods.iter().collect();
        all.sort_unstable_by_key(|cached| cached.arrival);
        all.into_iter().map(|cached| &cached.value).collect()
    }

    fn at<'a>(
        &'a self,
        places: Option<&'a BTreeSet<Place>>,
    ) -> impl Iterator<Item = &'a Kept<Arc<Pod>>> {
        places.into_iter().flatten().filter_map(|place| self.pods.at(*place))
    }

    fn index(&mut self, place: Place, pod: &Pod) {
        if is_stray(pod) {
            self.strays.insert(place);
        }
        match pod.metadata.controller_ref() {
            Some(owner) => match self.owned.get_mut(owner.uid.as_str()) {
                Some(pods) => {
                    pods.insert(place);
                }
                None => {
                    self.owned.insert(owner.uid.as_str().into(), BTreeSet::from([place]));
                }
            },
            None => {
                let pods = self.ownerless.entry(pod.metadata.namespace.as_str().into());
                pods.or_default().insert(place);
            }
        }
    }

    fn unindex(&mut self, place: Place, pod: &Pod) {
        if is_stray(pod) {
            self.strays.remove(&place);
        }
        match pod.metadata.controller_ref() {
            Some(owner) => {
                if let Some(pods) = self.owned.get_mut(owner.uid.as_str()) {
                    pods.remove(&place);
                    if pods.is_empty() {
                        self.owned.remove(owner.uid.as_str());
                    }
                }
            }
            None => {
                let namespace = pod.metadata.namespace.as_str();
                if let Some(pods) = self.ownerless.get_mut(namespace) {
                    pods.remove(&place);
                    if pods.is_empty() {
                        self.ownerless.remove(namespace);
                    }
                }
            }
        }
    }
}

fn owner_uid(pod: &Pod) -> Option<&str> {
    pod.metadata.controller_ref().map(|owner| owner.uid.as_str())
}

fn is_stray(pod: &Pod) -> bool {
    let named = pod.metadata.label(CONTROLLER_UID);
    named.is_some() && named != owner_uid(pod)
}
