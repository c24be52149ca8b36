//! [`Roster`]: everything the Job controller keeps per Job, in one slot each.
//!
//! A Job has a number, its place, as long as anything is kept of it or waits for it. Queues, timers
//! and open requests hold the number; the name is looked up once per event. The controller decides
//! when to free a place (`JobController::end_sync`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use super::stale::Written;
use crate::api::{Job, Text};
use crate::job::Memory;
use crate::job::sync::JobSync;
use crate::job::tally::Tally;
use crate::key::{Key, Named};
use crate::slab::{Keyed, Place, Slab};

/// The Jobs of a controller, by place and by name.
#[derive(Debug, Default)]
pub(super) struct Roster {
    members: Slab<Box<Member>>,
    /// The last lookup: an event looks its Job up more than once, and events of one Job come in a
    /// row.
    last: AtomicU32,
    /// The number of syncs in progress.
    syncs: usize,
}

/// Everything kept of one Job.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    /// The parts of the key, shared with the Job's object and its pods.
    namespace: Text,
    name: Text,
    /// The cached Job, if there is one.
    pub(super) entry: Option<JobEntry>,
    /// MEM-01 to MEM-03; outlives the Job where the rules require it.
    pub(super) memory: Option<Memory>,
    pub(super) written: Option<Written>,
    sync: Option<Box<JobSync>>,
}

/// A cached Job with the counts of its pods.
#[derive(Debug)]
pub(super) struct JobEntry {
    pub(super) job: Arc<Job>,
    pub(super) tally: Tally,
    /// Owned pods that the selector no longer matches, to be released.
    pub(super) misfits: BTreeSet<Key>,
}

impl Keyed for Box<Member> {
    type Key<'a> = Named<'a>;

    fn key(&self) -> Named<'_> {
        Named { namespace: &self.namespace, name: &self.name }
    }

    fn has(&self, named: Named<'_>) -> bool {
        self.name == *named.name && self.namespace == *named.namespace
    }
}

impl Roster {
    pub(super) fn place_of(&self, named: Named<'_>) -> Option<Place> {
        let last = self.last.load(Relaxed);
        if self.members.at(last).is_some_and(|member| member.value.has(named)) {
            return Some(last);
        }
        let place = self.members.place_of(named)?;
        self.last.store(place, Relaxed);
        Some(place)
    }

    /// The place of a Job, allocated if it has none.
    pub(super) fn place_for(&mut self, namespace: &Text, name: &Text) -> Place {
        let named = Named { namespace, name };
        if let Some(place) = self.place_of(named) {
            return place;
        }
        let member = Member {
            key: named.to_key(),
            namespace: namespace.clone(),
            name: name.clone(),
            entry: None,
            memory: None,
            written: None,
            sync: None,
        };
        self.members.insert(Box::new(member)).0.place
    }

    pub(super) fn get(&self, place: Place) -> Option<&Member> {
        self.members.at(place).map(|kept| &*kept.value)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Member> {
        self.members.at_mut(place).map(|member| &mut **member)
    }

    pub(super) fn find(&self, named: Named<'_>) -> Option<&Member> {
        self.get(self.place_of(named)?)
    }

    pub(super) fn entry(&self, place: Place) -> Option<&JobEntry> {
        self.get(place)?.entry.as_ref()
    }

    pub(super) fn entry_mut(&mut self, place: Place) -> Option<&mut JobEntry> {
        self.get_mut(place)?.entry.as_mut()
    }

    pub(super) fn memory_mut(&mut self, place: Place) -> Option<&mut Memory> {
        self.get_mut(place)?.memory.as_mut()
    }

    /// The Job's key as shown; empty for an unused place.
    pub(super) fn key(&self, place: Place) -> &str {
        self.get(place).map_or("", |member| &member.key)
    }

    /// All Jobs with kept state, in unspecified order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, &Member)> {
        self.members.with_places().map(|(place, member)| (place, &**member))
    }

    /// The wanted cached Jobs, by name.
    pub(super) fn sorted(&self, wanted: impl Fn(&JobEntry) -> bool) -> Vec<Place> {
        let entries = self.iter().filter(|(_, member)| member.entry.as_ref().is_some_and(&wanted));
        let mut found: Vec<(&Key, Place)> =
            entries.map(|(place, member)| (&member.key, place)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, place)| place).collect()
    }

    /// Frees the place if nothing is kept of the Job.
    pub(super) fn give_up(&mut self, place: Place) {
        let Some(member) = self.get(place) else { return };
        let kept = member.entry.is_some()
            || member.memory.is_some()
            || member.written.is_some()
            || member.sync.is_some();
        if !kept {
            let (namespace, name) = (member.namespace.clone(), member.name.clone());
            self.members.remove(Named { namespace: &namespace, name: &name });
        }
    }

    /// The number of syncs in progress.
    pub(super) fn syncs(&self) -> usize {
        self.syncs
    }

    /// Stores a started sync of the Job.
    pub(super) fn begin(&mut self, place: Place, sync: Box<JobSync>) {
        if let Some(member) = self.get_mut(place)
            && member.sync.replace(sync).is_none()
        {
            self.syncs += 1;
        }
    }

    /// The sync in progress, if there is one.
    pub(super) fn sync(&self, place: Place) -> Option<&JobSync> {
        self.get(place)?.sync.as_deref()
    }

    /// Takes the ended sync of the Job.
    pub(super) fn end(&mut self, place: Place) -> Option<Box<JobSync>> {
        let sync = self.get_mut(place)?.sync.take()?;
        self.syncs -= 1;
        Some(sync)
    }
}

impl Member {
    /// Forgets the writes for the Job with this UID.
    pub(super) fn forget_writes_for(&mut self, uid: &str) {
        self.written.take_if(|written| written.is_of(uid));
    }

    /// The parts that a step of the sync needs, and the sync itself if it has started.
    pub(super) fn parts(&mut self) -> (Option<&mut JobSync>, Option<&mut Tally>, &mut Memory) {
        let tally = self.entry.as_mut().map(|entry| &mut entry.tally);
        (self.sync.as_deref_mut(), tally, self.memory.get_or_insert_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_for_as_long_as_anything_is_kept_of_the_job() {
        let named = |name| Named { namespace: "ns", name };
        let place_for =
            |roster: &mut Roster, name: &str| roster.place_for(&"ns".into(), &name.into());
        let mut roster = Roster::default();
        let place = place_for(&mut roster, "a");
        assert_eq!((place_for(&mut roster, "a"), roster.key(place)), (place, "ns/a"));
        roster.get_mut(place).unwrap().parts();
        roster.give_up(place);
        assert_eq!(roster.place_of(named("a")), Some(place), "its memory is kept");
        roster.get_mut(place).unwrap().memory = None;
        roster.give_up(place);
        assert_eq!((roster.place_of(named("a")), roster.key(place)), (None, ""));
        assert_eq!(place_for(&mut roster, "b"), place, "another Job gets it then");
    }
}
