//! [`PodCache`]: the pods that a controller has seen, found by name, by owner, and by arrival.
//!
//! A million of them are ordinary: the objects are shared with the host, and what is kept beside
//! each is a few words. Deliberately absent: what a pod counts for (`job::tally`).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::admission::CONTROLLER_UID;
use crate::api::{Pod, Selector};
use crate::key::Named;

/// Where a pod is kept.
type Place = u32;

#[derive(Debug, Default)]
pub(super) struct PodCache {
    places: Vec<Option<Cached>>,
    free: Vec<Place>,
    /// Places by the hash of namespace and name.
    by_name: HashTable<Place>,
    hasher: DefaultHashBuilder,
    arrivals: u64,
    /// Pods by the UID of their controller.
    owned: HashMap<Arc<str>, BTreeSet<Place>>,
    /// Pods without a controller, by namespace.
    ownerless: BTreeMap<Arc<str>, BTreeSet<Place>>,
    /// Pods whose label says that they are another Job's than their controller is.
    strays: BTreeSet<Place>,
}

#[derive(Debug)]
struct Cached {
    pod: Arc<Pod>,
    /// When the pod came up first, counted through.
    arrival: u64,
}

impl PodCache {
    pub(super) fn get(&self, named: Named<'_>) -> Option<&Arc<Pod>> {
        self.places[self.find(named)? as usize].as_ref().map(|cached| &cached.pod)
    }

    /// Puts a pod in; what was there under its name comes back.
    pub(super) fn insert(&mut self, pod: &Arc<Pod>) -> Option<Arc<Pod>> {
        let named = Named::of(&pod.metadata);
        if let Some(place) = self.find(named)
            && let Some(cached) = &mut self.places[place as usize]
        {
            let old = std::mem::replace(&mut cached.pod, Arc::clone(pod));
            let (before, after) = (&old.metadata, &pod.metadata);
            if before.owner_references != after.owner_references || before.labels != after.labels {
                self.unindex(place, &old);
                self.index(place, pod);
            }
            return Some(old);
        }
        self.arrivals += 1;
        let cached = Some(Cached { pod: Arc::clone(pod), arrival: self.arrivals });
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = cached;
                place
            }
            None => {
                self.places.push(cached);
                // OK because four billion pods do not fit into memory.
                (self.places.len() - 1) as Place
            }
        };
        let (places, hasher) = (&self.places, &self.hasher);
        let hash = hasher.hash_one(named);
        let rehash = |place: &Place| hasher.hash_one(named_at(places, *place));
        self.by_name.insert_unique(hash, place, rehash);
        self.index(place, pod);
        None
    }

    pub(super) fn remove(&mut self, named: Named<'_>) -> Option<Arc<Pod>> {
        let hash = self.hasher.hash_one(named);
        let places = &self.places;
        let found = self.by_name.find_entry(hash, |place| same(places, *place, named)).ok()?;
        let (place, _) = found.remove();
        let cached = self.places[place as usize].take()?;
        self.free.push(place);
        self.unindex(place, &cached.pod);
        Some(cached.pod)
    }

    /// The pods whose controller has the UID, in the order of their arrival.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<&Arc<Pod>> {
        let mut owned: Vec<&Cached> = self.at(self.owned.get(uid)).collect();
        owned.sort_unstable_by_key(|cached| cached.arrival);
        owned.into_iter().map(|cached| &cached.pod).collect()
    }

    /// The pods of a namespace that have no controller, in the order of their names.
    pub(super) fn ownerless(&self, namespace: &str) -> Vec<&Arc<Pod>> {
        let mut pods: Vec<_> =
            self.at(self.ownerless.get(namespace)).map(|cached| &cached.pod).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// The pods of a namespace that a selector matches, in the order of their names.
    ///
    /// A Job's own selector names its UID, by which its pods are found; another one is compared
    /// with every pod.
    pub(super) fn matching(&self, namespace: &str, selector: &Selector) -> Vec<&Arc<Pod>> {
        let wanted = |cached: &&Cached| {
            let meta = &cached.pod.metadata;
            meta.namespace == namespace && selector.matches(meta.labels.as_ref())
        };
        let found: Vec<&Cached> = match selector.exact(CONTROLLER_UID) {
            Some(uid) => {
                let owned = self.at(self.owned.get(uid));
                let strays = self.at(Some(&self.strays));
                let strays = strays.filter(|cached| owner_uid(&cached.pod) != Some(uid));
                owned.chain(strays).filter(wanted).collect()
            }
            None => self.places.iter().flatten().filter(wanted).collect(),
        };
        let mut pods: Vec<_> = found.into_iter().map(|cached| &cached.pod).collect();
        pods.sort_unstable_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// All pods, in the order of their arrival.
    #[cfg(test)]
    pub(super) fn by_arrival(&self) -> Vec<&Arc<Pod>> {
        let mut all: Vec<&Cached> = self.places.iter().flatten().collect();
        all.sort_unstable_by_key(|cached| cached.arrival);
        all.into_iter().map(|cached| &cached.pod).collect()
    }

    fn at<'a>(&'a self, places: Option<&'a BTreeSet<Place>>) -> impl Iterator<Item = &'a Cached> {
        let places = places.into_iter().flatten();
        places.filter_map(|place| self.places[*place as usize].as_ref())
    }

    fn find(&self, named: Named<'_>) -> Option<Place> {
        let hash = self.hasher.hash_one(named);
        self.by_name.find(hash, |place| same(&self.places, *place, named)).copied()
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

fn same(places: &[Option<Cached>], place: Place, named: Named<'_>) -> bool {
    let at = named_at(places, place);
    at.name == named.name && at.namespace == named.namespace
}

/// INVARIANT: every place in the table is taken.
fn named_at(places: &[Option<Cached>], place: Place) -> Named<'_> {
    places[place as usize]
        .as_ref()
        .map_or(Named { namespace: "", name: "" }, |cached| Named::of(&cached.pod.metadata))
}
