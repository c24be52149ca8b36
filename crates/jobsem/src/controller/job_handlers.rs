//! What watch events do: caches, counts, expectations, and who is looked at when.
//!
//! Rules: QUEUE-21, QUEUE-30 to QUEUE-43, QUEUE-60, DEADLINE-04. QUEUE-40 (a metric) is absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::job::{JobController, JobEntry, Key, pod_key};
use super::orphans::OrphanKey;
use super::stale::Resource;
use super::{Object, WatchEvent};
use crate::SECOND;
use crate::api::{Job, OwnerReference, Pod};
use crate::job::record::PodRecord;
use crate::job::rules::Rules;
use crate::job::tally::Tally;
use crate::job::{SYNC_BATCH, TRACKING_FINALIZER, WakeReason};

impl JobController {
    pub(super) fn observe(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Added(Object::Job(job)) | WatchEvent::Modified(Object::Job(job)) => {
                self.writes.seen(Resource::Jobs, &job.metadata.resource_version);
                match self.cache_job(&job) {
                    Some(old) => self.job_updated(&old, &job),
                    None => self.queue.add(&job_key(&job)),
                }
            }
            WatchEvent::Deleted(Object::Job(job)) => {
                self.writes.seen(Resource::Jobs, &job.metadata.resource_version);
                self.jobs.remove(&job_key(&job));
                self.job_deleted(&job);
            }
            WatchEvent::Added(Object::Pod(pod)) | WatchEvent::Modified(Object::Pod(pod)) => {
                self.writes.seen(Resource::Pods, &pod.metadata.resource_version);
                match self.cache_pod(&pod) {
                    Some(old) => self.pod_updated(&old, &pod),
                    None => self.pod_added(&pod),
                }
            }
            WatchEvent::Deleted(Object::Pod(pod)) => {
                self.writes.seen(Resource::Pods, &pod.metadata.resource_version);
                self.uncache_pod(&pod_key(&pod));
                self.pod_deleted(&pod, true);
            }
            WatchEvent::Added(Object::CronJob(_))
            | WatchEvent::Modified(Object::CronJob(_))
            | WatchEvent::Deleted(Object::CronJob(_)) => {}
        }
    }

    /// QUEUE-31.
    fn job_updated(&mut self, old: &Job, new: &Job) {
        let key = job_key(new);
        let finished = new.is_finished();
        if finished && self.sem.finished_update_skips_sync() {
            return self.enqueue_orphans_of(new);
        }
        if old.metadata.generation == new.metadata.generation {
            self.enqueue_batched(&key);
        } else {
            self.queue.add(&key);
        }
        if finished {
            self.enqueue_orphans_of(new);
        }
        // DEADLINE-04.
        if let (Some(start), Some(deadline)) =
            (new.status.start_time, new.spec.active_deadline_seconds)
            && old.spec.active_deadline_seconds != Some(deadline)
        {
            let left = deadline.wrapping_mul(SECOND).wrapping_sub(self.now.since(start));
            self.queue.add_after(&key, self.now, left, WakeReason::Deadline);
        }
    }

    /// QUEUE-32.
    fn job_deleted(&mut self, job: &Job) {
        let key = job_key(job);
        self.queue.add(&key);
        self.writes.forget(&key, Some(&job.metadata.uid));
        self.finished.remove(job.metadata.uid.as_str());
        self.enqueue_orphans_of(job);
        if let Some(memory) = self.memory.get_mut(&key) {
            if self.sem.delete_drops_expectations() {
                memory.expectations = None;
            }
            if self.sem.delete_drops_backoff() {
                memory.backoff = Default::default();
            }
        }
    }

    /// QUEUE-41.
    fn pod_added(&mut self, pod: &Pod) {
        let meta = &pod.metadata;
        if meta.deletion_timestamp.is_some() {
            return self.pod_deleted(pod, false);
        }
        if let Some(owner) = meta.controller_ref() {
            let Some(key) = self.resolve_key(&meta.namespace, owner) else { return };
            if let Some(memory) = self.memory.get_mut(&key) {
                memory.observe_creations(1);
            }
            return self.enqueue_batched(&key);
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
        let owner_changed = old_owner != owner;
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
        let Some(key) = self.resolve_key(namespace, owner) else { return };
        if lost_finalizer && let Some(memory) = self.memory.get_mut(&key) {
            memory.removing.remove(uid);
        }
        self.enqueue_batched(&key);
    }

    /// QUEUE-43; `gone` is false for a pod that is only being deleted.
    fn pod_deleted(&mut self, pod: &Pod, gone: bool) {
        let meta = &pod.metadata;
        let job = meta.controller_ref().and_then(|owner| self.resolve(&meta.namespace, owner));
        let Some((key, _)) = job.filter(|(_, job)| !job.is_finished()) else {
            return self.enqueue_if_tracked(pod);
        };
        let key = Arc::clone(key);
        if let Some(memory) = self.memory.get_mut(&key) {
            memory.observe_deletion();
            if gone || !meta.has_finalizer(TRACKING_FINALIZER) {
                memory.removing.remove(meta.uid.as_str());
            }
        }
        self.enqueue_batched(&key);
    }

    fn enqueue_batched(&mut self, key: &Key) {
        self.queue.add_after(key, self.now, SYNC_BATCH, WakeReason::Batch);
    }

    fn enqueue_if_tracked(&mut self, pod: &Pod) {
        if pod.metadata.has_finalizer(TRACKING_FINALIZER) {
            self.orphans.add(&OrphanKey::Pod(pod_key(pod)));
        }
    }

    fn enqueue_matching_jobs(&mut self, pod: &Pod) {
        if pod.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
            return;
        }
        let matching: Vec<Key> = self
            .jobs
            .iter()
            .filter(|(_, entry)| entry.job.metadata.namespace == pod.metadata.namespace)
            .filter(|(_, entry)| {
                let selector = entry.tally.rules().selector.as_ref();
                selector.is_ok_and(|s| s.matches(pod.metadata.labels.as_ref()))
            })
            .map(|(key, _)| Arc::clone(key))
            .collect();
        for key in matching {
            self.enqueue_batched(&key);
        }
    }

    /// The cached Job that a reference names, by kind, name and UID.
    pub(super) fn resolve(
        &self,
        namespace: &str,
        owner: &OwnerReference,
    ) -> Option<(&Key, &Arc<Job>)> {
        if owner.kind != "Job" {
            return None;
        }
        let key = format!("{namespace}/{}", owner.name);
        let (key, entry) = self.jobs.get_key_value(key.as_str())?;
        (entry.job.metadata.uid == owner.uid).then_some((key, &entry.job))
    }

    fn resolve_key(&self, namespace: &str, owner: &OwnerReference) -> Option<Key> {
        self.resolve(namespace, owner).map(|(key, _)| Arc::clone(key))
    }

    /// Puts the Job into the cache; what was there before is returned.
    fn cache_job(&mut self, job: &Arc<Job>) -> Option<Arc<Job>> {
        let key = job_key(job);
        let rules = Rules::new(job, &self.sem);
        let same_job = |entry: &&mut JobEntry| entry.job.metadata.uid == job.metadata.uid;
        if let Some(entry) = self.jobs.get_mut(&key).filter(same_job)
            && entry.tally.rules().classifies_like(&rules)
        {
            entry.tally.set_rules(rules);
            return Some(std::mem::replace(&mut entry.job, Arc::clone(job)));
        }
        let tally = Tally::new(rules);
        let mut entry = JobEntry { job: Arc::clone(job), tally, misfits: BTreeSet::new() };
        let owned = self.owned.get(job.metadata.uid.as_str()).into_iter().flatten();
        let mut owned: Vec<&Key> = owned.collect();
        owned.sort_by_key(|pod| self.arrivals.get(*pod));
        for (pod_key, pod) in owned.into_iter().filter_map(|pod| self.pods.get_key_value(pod)) {
            if self.is_candidate(pod, job) {
                entry.count(pod_key, pod, &self.sem);
            }
        }
        self.jobs.insert(key, entry).map(|old| old.job)
    }

    /// Puts the pod into the cache and the counts; what was there before is returned.
    fn cache_pod(&mut self, pod: &Arc<Pod>) -> Option<Arc<Pod>> {
        let key = pod_key(pod);
        let old = self.pods.insert(Arc::clone(&key), Arc::clone(pod));
        if old.is_none() {
            self.next_arrival += 1;
            self.arrivals.insert(Arc::clone(&key), self.next_arrival);
        }
        if let Some(old) = &old
            && old.metadata.owner_references != pod.metadata.owner_references
        {
            self.unindex_pod(&key, old);
        }
        match pod.metadata.controller_ref() {
            None => {
                let pods = self.ownerless.entry(pod.metadata.namespace.as_str().into());
                pods.or_default().insert(key);
            }
            Some(owner) => {
                if let Some(job) = self.resolve_owner_uid(&pod.metadata.namespace, owner)
                    && let Some(entry) = self.jobs.get(&job)
                    && self.is_candidate(pod, &entry.job)
                    && let Some(entry) = self.jobs.get_mut(&job)
                {
                    entry.count(&key, pod, &self.sem);
                }
                let pods = self.owned.entry(owner.uid.as_str().into());
                pods.or_default().insert(key);
            }
        }
        old
    }

    fn uncache_pod(&mut self, key: &Key) {
        self.arrivals.remove(key);
        if let Some(old) = self.pods.remove(key) {
            self.unindex_pod(key, &old);
        }
    }

    /// Takes the pod out of the indexes and counts in which `old` stood.
    fn unindex_pod(&mut self, key: &Key, old: &Pod) {
        let meta = &old.metadata;
        let Some(owner) = meta.controller_ref() else {
            if let Some(pods) = self.ownerless.get_mut(meta.namespace.as_str()) {
                pods.remove(key);
            }
            return;
        };
        if let Some(job) = self.resolve_owner_uid(&meta.namespace, owner)
            && let Some(entry) = self.jobs.get_mut(&job)
        {
            entry.tally.remove(&meta.uid);
            entry.misfits.remove(key);
        }
        if let Some(pods) = self.owned.get_mut(owner.uid.as_str()) {
            pods.remove(key);
            if pods.is_empty() {
                self.owned.remove(owner.uid.as_str());
            }
        }
    }

    /// The key of the cached Job with the owner's UID, whatever the reference calls it.
    fn resolve_owner_uid(&self, namespace: &str, owner: &OwnerReference) -> Option<Key> {
        if let Some(key) = self.resolve_key(namespace, owner) {
            return Some(key);
        }
        // Up to 1.33 only the UID of a reference counts (CLAIM-02).
        let mut jobs = self.jobs.iter().filter(|_| !self.sem.owner_index());
        jobs.find(|(_, entry)| entry.job.metadata.uid == owner.uid).map(|(key, _)| Arc::clone(key))
    }
}

impl JobEntry {
    /// Counts an owned pod as the Job's if the selector matches it, else notes it for release.
    fn count(&mut self, key: &Key, pod: &Pod, sem: &crate::Semantics) {
        let rules = self.tally.rules();
        let selector = rules.selector.as_ref();
        if selector.is_ok_and(|selector| selector.matches(pod.metadata.labels.as_ref())) {
            let record = PodRecord::new(pod, rules, sem);
            self.tally.insert(record);
            self.misfits.remove(key);
        } else {
            self.tally.remove(&pod.metadata.uid);
            self.misfits.insert(Arc::clone(key));
        }
    }
}

fn job_key(job: &Job) -> Key {
    job.key().into()
}
