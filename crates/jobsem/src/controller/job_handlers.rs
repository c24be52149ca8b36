//! Handles watch events: updates caches, counts and expectations, and enqueues Jobs.
//!
//! Rules: QUEUE-21, QUEUE-30 to QUEUE-43, QUEUE-60, API-04, DEADLINE-04. QUEUE-40 (a metric) is
//! absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::job::JobController;
use super::orphan_key::OrphanKey;
use super::roster::JobEntry;
use super::stale::Resource;
use super::watch::{Object, WatchEvent};
use crate::Semantics;
use crate::api::well_known::TRACKING_FINALIZER;
use crate::api::{Job, OwnerReference, Pod, Selector};
use crate::job::claim::is_owner;
use crate::job::record::PodRecord;
use crate::job::rules::Rules;
use crate::job::tally::Tally;
use crate::job::{SYNC_BATCH, until_deadline};
use crate::key::{Key, Named};
use crate::slab::Place;
use crate::wake::WakeReason;

impl JobController {
    pub(super) fn observe(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Added(Object::Job(job)) | WatchEvent::Modified(Object::Job(job)) => {
                self.seen.note(Resource::Jobs, &job.metadata.resource_version);
                let place = self.roster.place_for(&job.metadata.namespace, &job.metadata.name);
                match self.cache_job(place, &job) {
                    Some(old) => self.job_updated(place, &old, &job),
                    None => self.queue.add(&place),
                }
            }
            WatchEvent::Deleted(Object::Job(job)) => {
                self.seen.note(Resource::Jobs, &job.metadata.resource_version);
                self.job_deleted(&job);
            }
            WatchEvent::Added(Object::Pod(pod)) | WatchEvent::Modified(Object::Pod(pod)) => {
                self.seen.note(Resource::Pods, &pod.metadata.resource_version);
                match self.cache_pod(&pod) {
                    Some(old) => self.pod_updated(&old, &pod),
                    None => self.pod_added(&pod),
                }
            }
            WatchEvent::Deleted(Object::Pod(pod)) => {
                self.seen.note(Resource::Pods, &pod.metadata.resource_version);
                self.uncache_pod(&pod);
                self.pod_deleted(&pod, true);
            }
            WatchEvent::Added(Object::CronJob(_))
            | WatchEvent::Modified(Object::CronJob(_))
            | WatchEvent::Deleted(Object::CronJob(_)) => {}
        }
    }

    /// QUEUE-31.
    fn job_updated(&mut self, place: Place, old: &Job, new: &Job) {
        let finished = new.is_finished();
        if finished && self.sem.finished_update_skips_sync() {
            return self.enqueue_orphans_of(new);
        }
        if old.metadata.generation == new.metadata.generation {
            self.enqueue_batched(place);
        } else {
            self.queue.add(&place);
        }
        if finished {
            self.enqueue_orphans_of(new);
        }
        // DEADLINE-04.
        if let (Some(start), Some(deadline)) =
            (new.status.start_time, new.spec.active_deadline_seconds)
            && old.spec.active_deadline_seconds != Some(deadline)
        {
            let left = until_deadline(deadline, start, self.now);
            self.queue.add_after(&place, self.now, left, WakeReason::Deadline);
        }
    }

    /// QUEUE-32.
    fn job_deleted(&mut self, job: &Job) {
        let uid = &job.metadata.uid;
        let place = self.roster.place_for(&job.metadata.namespace, &job.metadata.name);
        if let Some(member) = self.roster.get_mut(place) {
            member.entry = None;
            member.forget_writes_for(uid);
            if let Some(memory) = &mut member.memory {
                if self.sem.delete_drops_expectations() {
                    memory.expectations = None;
                }
                if self.sem.delete_drops_backoff() {
                    memory.backoff = Default::default();
                }
            }
        }
        self.queue.add(&place);
        self.finished.remove(uid);
        self.enqueue_orphans_of(job);
    }

    /// QUEUE-41.
    fn pod_added(&mut self, pod: &Pod) {
        let meta = &pod.metadata;
        if meta.deletion_timestamp.is_some() {
            return self.pod_deleted(pod, false);
        }
        if let Some(owner) = meta.controller_ref() {
            let Some((place, _)) = self.resolve(&meta.namespace, owner) else { return };
            if let Some(memory) = self.roster.memory_mut(place) {
                memory.observe_creations(1);
            }
            return self.enqueue_batched(place);
        }
        self.enqueue_if_tracked(pod);
        self.enqueue_matching_jobs(pod);
    }

    /// QUEUE-42.
    fn pod_updated(&mut self, old: &Pod, new: &Pod) {
        let (before, meta) = (&old.metadata, &new.metadata);
        if before.resource_version == meta.resource_version {
            return;
        }
        if meta.deletion_timestamp.is_some() {
            return self.pod_deleted(new, false);
        }
        let lost_finalizer = !meta.has_finalizer(TRACKING_FINALIZER);
        let (old_owner, owner) = (before.controller_ref(), meta.controller_ref());
        let owner_changed = before.owner_references != meta.owner_references && old_owner != owner;
        if owner_changed && let Some(old_owner) = old_owner {
            self.pod_changed_for(&before.namespace, old_owner, &meta.uid, lost_finalizer);
        }
        if let Some(owner) = owner {
            return self.pod_changed_for(&meta.namespace, owner, &meta.uid, lost_finalizer);
        }
        self.enqueue_if_tracked(new);
        if owner_changed || before.labels != meta.labels {
            self.enqueue_matching_jobs(new);
        }
    }

    fn pod_changed_for(
        &mut self,
        namespace: &str,
        owner: &OwnerReference,
        uid: &str,
        lost_finalizer: bool,
    ) {
        let Some((place, _)) = self.resolve(namespace, owner) else { return };
        if lost_finalizer && let Some(memory) = self.roster.memory_mut(place) {
            memory.removing.remove(uid);
        }
        self.enqueue_batched(place);
    }

    /// QUEUE-43; `gone` is false for a pod in deletion.
    fn pod_deleted(&mut self, pod: &Pod, gone: bool) {
        let meta = &pod.metadata;
        let job = meta.controller_ref().and_then(|owner| self.resolve(&meta.namespace, owner));
        let Some((place, _)) = job.filter(|(_, entry)| !entry.job.is_finished()) else {
            return self.enqueue_if_tracked(pod);
        };
        if let Some(memory) = self.roster.memory_mut(place) {
            memory.observe_deletion();
            if gone || !meta.has_finalizer(TRACKING_FINALIZER) {
                memory.removing.remove(meta.uid.as_str());
            }
        }
        self.enqueue_batched(place);
    }

    fn enqueue_batched(&mut self, place: Place) {
        self.queue.add_after(&place, self.now, SYNC_BATCH, WakeReason::Batch);
    }

    fn enqueue_if_tracked(&mut self, pod: &Pod) {
        if pod.metadata.has_finalizer(TRACKING_FINALIZER) {
            self.orphans.add(&OrphanKey::Pod(Key::of(&pod.metadata)));
        }
    }

    fn enqueue_matching_jobs(&mut self, pod: &Pod) {
        if pod.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
            return;
        }
        let matching = self.roster.sorted(|entry| {
            let selector = entry.tally.rules().selector.as_ref();
            entry.job.metadata.namespace == pod.metadata.namespace
                && selector.is_ok_and(|s| s.matches(pod.metadata.labels.as_ref()))
        });
        for place in matching {
            self.enqueue_batched(place);
        }
    }

    /// The cached Job that a reference names, by kind, name and UID.
    pub(super) fn resolve(
        &self,
        namespace: &str,
        owner: &OwnerReference,
    ) -> Option<(Place, &JobEntry)> {
        if owner.kind != "Job" {
            return None;
        }
        let place = self.roster.place_of(Named { namespace, name: &owner.name })?;
        let entry = self.roster.entry(place)?;
        (entry.job.metadata.uid == owner.uid).then_some((place, entry))
    }

    /// Caches the Job and returns the previous one.
    fn cache_job(&mut self, place: Place, job: &Arc<Job>) -> Option<Arc<Job>> {
        let same_job = |entry: &&mut JobEntry| entry.job.metadata.uid == job.metadata.uid;
        let mut rules = None;
        if let Some(entry) = self.roster.entry_mut(place).filter(same_job) {
            if Arc::ptr_eq(&entry.tally.rules().spec, &job.spec) {
                return Some(std::mem::replace(&mut entry.job, Arc::clone(job)));
            }
            let new = Arc::new(Rules::new(job, &self.sem));
            if entry.tally.rules().classifies_like(&new) {
                entry.tally.set_rules(new);
                return Some(std::mem::replace(&mut entry.job, Arc::clone(job)));
            }
            rules = Some(new);
        }
        let rules = rules.unwrap_or_else(|| Arc::new(Rules::new(job, &self.sem)));
        let mut entry =
            JobEntry { job: Arc::clone(job), tally: Tally::new(rules), misfits: BTreeSet::new() };
        for pod in self.pods.owned_by(&job.metadata.uid) {
            entry.count(pod, None, &self.sem);
        }
        let old = self.roster.get_mut(place)?.entry.replace(entry);
        old.map(|old| old.job)
    }

    /// Caches and counts the pod, and returns the previous one.
    fn cache_pod(&mut self, pod: &Arc<Pod>) -> Option<Arc<Pod>> {
        let before = self.pods.insert(pod);
        if let Some(old) = &before.pod
            && !before.same_owners
        {
            self.uncount_pod(old);
        }
        if let Some(owner) = pod.metadata.controller_ref()
            && let Some(place) = self.resolve_owner_uid(&pod.metadata.namespace, owner)
            && let Some(entry) = self.roster.entry_mut(place)
        {
            let known = before.record.map(|at| (at, before.same_owners && before.same_labels));
            let record = entry.count(pod, known, &self.sem);
            self.pods.recorded(before.place, record);
        }
        before.pod
    }

    fn uncache_pod(&mut self, pod: &Pod) {
        if let Some(old) = self.pods.remove(Named::of(&pod.metadata)) {
            self.uncount_pod(&old);
        }
    }

    /// Removes the pod from the counts that `old` was in.
    fn uncount_pod(&mut self, old: &Pod) {
        let meta = &old.metadata;
        if let Some(owner) = meta.controller_ref()
            && let Some(place) = self.resolve_owner_uid(&meta.namespace, owner)
            && let Some(entry) = self.roster.entry_mut(place)
        {
            entry.tally.remove(&meta.uid);
            if !entry.misfits.is_empty() {
                entry.misfits.remove(&Key::of(meta));
            }
        }
    }

    /// The place of the cached Job with the owner's UID, whatever name the reference has.
    fn resolve_owner_uid(&self, namespace: &str, owner: &OwnerReference) -> Option<Place> {
        if let Some((place, _)) = self.resolve(namespace, owner) {
            return Some(place);
        }
        if self.sem.owner_index() {
            return None;
        }
        // Up to 1.33 only the UID of a reference counts (CLAIM-02).
        let named = self.roster.sorted(|entry| entry.job.metadata.uid == owner.uid);
        named.first().copied()
    }
}

/// Whether an owned pod is among those that the Job lists.
fn is_candidate(pod: &Pod, job: &Job, sem: &Semantics) -> bool {
    pod.metadata.namespace == job.metadata.namespace
        && pod.metadata.controller_ref().is_some_and(|owner| is_owner(job, owner, sem))
}

impl JobEntry {
    /// Counts an owned pod if the selector matches it, otherwise marks it for release. Returns the
    /// place of its record. `known` is its previous place, and whether owners and labels are
    /// unchanged, which saves the match.
    fn count(
        &mut self,
        pod: &Arc<Pod>,
        known: Option<(Place, bool)>,
        sem: &Semantics,
    ) -> Option<Place> {
        let matched = known.is_some_and(|(at, same)| {
            same && self.tally.at(at).is_some_and(|old| old.uid() == &*pod.metadata.uid)
        });
        if !matched && !is_candidate(pod, &self.job, sem) {
            return None;
        }
        let rules = self.tally.rules();
        let matches = |selector: &Selector| selector.matches(pod.metadata.labels.as_ref());
        let known = known.map(|(at, _)| at);
        if matched || rules.selector.as_ref().is_ok_and(matches) {
            let record = PodRecord::new(Arc::clone(pod), rules, sem);
            let place = self.tally.insert_at(known, record);
            if !self.misfits.is_empty() {
                self.misfits.remove(&Key::of(&pod.metadata));
            }
            Some(place)
        } else {
            self.tally.remove(&pod.metadata.uid);
            self.misfits.insert(Key::of(&pod.metadata));
            None
        }
    }
}
