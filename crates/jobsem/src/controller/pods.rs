//! [`PodCache`]: the pods that a controller has seen, by name, by owner, and in arrival order.
//!
//! Built for a million pods: the objects are shared with the host, and each costs a few words
//! beside. Deliberately absent: counting (`job::tally`).

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::api::well_known::CONTROLLER_UID;
use crate::api::{Pod, Selector, Text};
use crate::key::Named;
use crate::slab::{Kept, Keyed, Place, PlaceSet, Slab};

#[derive(Debug, Default)]
pub(super) struct PodCache {
    pods: Slab<Cached>,
    /// Pods by the UID of their controller.
    owned: HashMap<Text, PlaceSet>,
    /// Pods without a controller, by namespace.
    ownerless: BTreeMap<Text, PlaceSet>,
    /// Pods whose label names another Job than their controller.
    strays: PlaceSet,
}

/// A pod, and the last place of its record in the counts of its Job.
#[derive(Clone, Debug)]
struct Cached {
    pod: Arc<Pod>,
    record: Option<Place>,
}

impl Keyed for Cached {
    type Key<'a> = Named<'a>;

    fn key(&self) -> Named<'_> {
        self.pod.key()
    }

    fn has(&self, named: Named<'_>) -> bool {
        self.pod.has(named)
    }
}

/// The previous cache entry of a pod's name, and the place of the pod now.
pub(super) struct Before {
    pub(super) place: Place,
    pub(super) pod: Option<Arc<Pod>>,
    /// The likely place of that pod's record.
    pub(super) record: Option<Place>,
    pub(super) same_owners: bool,
    pub(super) same_labels: bool,
}

impl PodCache {
    pub(super) fn get(&self, named: Named<'_>) -> Option<&Arc<Pod>> {
        self.pods.get(named).map(|cached| &cached.pod)
    }

    /// Inserts a pod and returns the previous entry of its name.
    pub(super) fn insert(&mut self, pod: &Arc<Pod>) -> Before {
        let (slot, old) = self.pods.insert(Cached { pod: Arc::clone(pod), record: None });
        let place = slot.place;
        let Some(Cached { pod: old, record }) = old else {
            self.index(place, pod);
            return Before {
                place,
                pod: None,
                record: None,
                same_owners: false,
                same_labels: false,
            };
        };
        let (before, after) = (&old.metadata, &pod.metadata);
        let same_owners = before.owner_references == after.owner_references;
        let same_labels = before.labels == after.labels;
        if !(same_owners && same_labels) {
            self.unindex(place, &old);
            self.index(place, pod);
        }
        Before { place, pod: Some(old), record, same_owners, same_labels }
    }

    /// Remembers the place of a pod's record.
    pub(super) fn recorded(&mut self, place: Place, record: Option<Place>) {
        if let Some(cached) = self.pods.at_mut(place) {
            cached.record = record;
        }
    }

    pub(super) fn remove(&mut self, named: Named<'_>) -> Option<Arc<Pod>> {
        let (slot, Cached { pod, .. }) = self.pods.remove(named)?;
        self.unindex(slot.place, &pod);
        Some(pod)
    }

    /// The pods whose controller has the UID, in arrival order.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<&Arc<Pod>> {
        let mut owned: Vec<&Kept<Cached>> = self.at(self.owned.get(uid)).collect();
        owned.sort_unstable_by_key(|cached| cached.arrival);
        owned.into_iter().map(|cached| &cached.value.pod).collect()
    }

    /// The pods of a namespace without a controller, by name.
    pub(super) fn ownerless(&self, namespace: &str) -> Vec<&Arc<Pod>> {
        let mut pods: Vec<_> =
            self.at(self.ownerless.get(namespace)).map(|cached| &cached.value.pod).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// The pods of a namespace that a selector matches, by name.
    ///
    /// A Job's generated selector names its UID, which finds its pods; any other selector is
    /// matched with every pod.
    pub(super) fn matching(&self, namespace: &str, selector: &Selector) -> Vec<&Arc<Pod>> {
        let wanted = |cached: &&Kept<Cached>| {
            let meta = &cached.value.pod.metadata;
            meta.namespace == namespace && selector.matches(meta.labels.as_ref())
        };
        let found: Vec<&Kept<_>> = match selector.exact(CONTROLLER_UID) {
            Some(uid) => {
                let owned = self.at(self.owned.get(uid));
                let strays = self.at(Some(&self.strays));
                let strays = strays.filter(|cached| owner_uid(&cached.value.pod) != Some(uid));
                owned.chain(strays).filter(wanted).collect()
            }
            None => self.pods.iter().filter(wanted).collect(),
        };
        let mut pods: Vec<_> = found.into_iter().map(|cached| &cached.value.pod).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// All pods, in arrival order.
    #[cfg(test)]
    pub(super) fn by_arrival(&self) -> Vec<&Arc<Pod>> {
        let mut all: Vec<&Kept<_>> = self.pods.iter().collect();
        all.sort_unstable_by_key(|cached| cached.arrival);
        all.into_iter().map(|cached| &cached.value.pod).collect()
    }

    fn at<'a>(&'a self, places: Option<&'a PlaceSet>) -> impl Iterator<Item = &'a Kept<Cached>> {
        places.into_iter().flat_map(PlaceSet::iter).filter_map(|place| self.pods.at(place))
    }

    fn index(&mut self, place: Place, pod: &Pod) {
        if is_stray(pod) {
            self.strays.insert(place);
        }
        match pod.metadata.controller_ref() {
            Some(owner) => self.owned.entry(owner.uid.clone()).or_default().insert(place),
            None => {
                let pods = self.ownerless.entry(pod.metadata.namespace.clone());
                pods.or_default().insert(place);
            }
        }
    }

    fn unindex(&mut self, place: Place, pod: &Pod) {
        if is_stray(pod) {
            self.strays.remove(place);
        }
        match pod.metadata.controller_ref() {
            Some(owner) => {
                if let Some(pods) = self.owned.get_mut(&owner.uid) {
                    pods.remove(place);
                    if pods.is_empty() {
                        self.owned.remove(&owner.uid);
                    }
                }
            }
            None => {
                let namespace = pod.metadata.namespace.as_str();
                if let Some(pods) = self.ownerless.get_mut(namespace) {
                    pods.remove(place);
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
