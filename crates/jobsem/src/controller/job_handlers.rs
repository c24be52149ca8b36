//! What watch events do: caches, counts, expectations, and who is looked at when.
//!
//! Rules: QUEUE-21, QUEUE-30 to QUEUE-43, QUEUE-60, DEADLINE-04. QUEUE-40 (a metric) is absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::job::{JobController, JobEntry};
use super::orphans::OrphanKey;
use super::stale::Resource;
use super::{Object, WatchEvent};
use crate::api::{Job, OwnerReference, Pod};
use crate::job::record::PodRecord;
use crate::job::rules::Rules;
use crate::job::sync::Names;
use crate::job::tally::Tally;
use crate::job::{SYNC_BATCH, TRACKING_FINALIZER, WakeReason};
use crate::key::{Key, Named};
use crate::{SECOND, Semantics};

impl JobController {
    pub(super) fn observe(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Added(Object::Job(job)) | WatchEvent::Modified(Object::Job(job)) => {
                self.writes.seen(Resource::Jobs, &job.metadata.resource_version);
                match self.cache_job(&job) {
                    Some(old) => self.job_updated(&old, &job),
                    None => self.queue.add(&Key::of(&job.metadata)),
                }
            }
            WatchEvent::Deleted(Object::Job(job)) => {
                self.writes.seen(Resource::Jobs, &job.metadata.resource_version);
                self.jobs.remove(&Named::of(&job.metadata));
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
                self.uncache_pod(&pod);
                self.pod_deleted(&pod, true);
            }
            WatchEvent::Added(Object::CronJob(_))
            | WatchEvent::Modified(Object::CronJob(_))
            | WatchEvent::Deleted(Object::CronJob(_)) => {}
        }
    }

    /// QUEUE-31.
    fn job_updated(&mut self, old: &Job, new: &Job) {
        let key = self.job_key(new);
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
        let key = Key::of(&job.metadata);
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
        let key = key.clone();
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
            self.orphans.add(&OrphanKey::Pod(Key::of(&pod.metadata)));
        }
    }

    fn enqueue_matching_jobs(&mut self, pod: &Pod) {
        if pod.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
            return;
        }
        let mut matching: Vec<Key> = self
            .jobs
            .iter()
            .filter(|(_, entry)| entry.job.metadata.namespace == pod.metadata.namespace)
            .filter(|(_, entry)| {
                let selector = entry.tally.rules().selector.as_ref();
                selector.is_ok_and(|s| s.matches(pod.metadata.labels.as_ref()))
            })
            .map(|(key, _)| key.clone())
            .collect();
        matching.sort_unstable();
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
        let (key, entry) = self.jobs.get_key_value(&Named { namespace, name: &owner.name })?;
        (entry.job.metadata.uid == owner.uid).then_some((key, &entry.job))
    }

    fn resolve_key(&self, namespace: &str, owner: &OwnerReference) -> Option<Key> {
        self.resolve(namespace, owner).map(|(key, _)| key.clone())
    }

    fn job_key(&self, job: &Job) -> Key {
        let named = Named::of(&job.metadata);
        self.jobs.get_key_value(&named).map_or_else(|| named.to_key(), |(key, _)| key.clone())
    }

    /// Puts the Job into the cache; what was there before is returned.
    fn cache_job(&mut self, job: &Arc<Job>) -> Option<Arc<Job>> {
        let named = Named::of(&job.metadata);
        let same_job = |entry: &&mut JobEntry| entry.job.metadata.uid == job.metadata.uid;
        let mut rules = None;
        if let Some(entry) = self.jobs.get_mut(&named).filter(same_job) {
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
        let mut entry = JobEntry {
            job: Arc::clone(job),
            names: Names::of(job),
            tally: Tally::new(rules),
            misfits: BTreeSet::new(),
        };
        for pod in self.pods.owned_by(&job.metadata.uid) {
            if self.is_candidate(pod, job) {
                entry.count(pod, &self.sem);
            }
        }
        self.jobs.insert(named.to_key(), entry).map(|old| old.job)
    }

    /// Puts the pod into the cache and the counts; what was there before is returned.
    fn cache_pod(&mut self, pod: &Arc<Pod>) -> Option<Arc<Pod>> {
        let old = self.pods.insert(pod);
        if let Some(old) = &old
            && old.metadata.owner_references != pod.metadata.owner_references
        {
            self.uncount_pod(old);
        }
        if let Some(owner) = pod.metadata.controller_ref()
            && let Some(job) = self.resolve_owner_uid(&pod.metadata.namespace, owner)
            && let Some(entry) = self.jobs.get(&job)
            && self.is_candidate(pod, &entry.job)
            && let Some(entry) = self.jobs.get_mut(&job)
        {
            entry.count(pod, &self.sem);
        }
        old
    }

    fn uncache_pod(&mut self, pod: &Pod) {
        if let Some(old) = self.pods.remove(Named::of(&pod.metadata)) {
            self.uncount_pod(&old);
        }
    }

    /// Takes the pod out of the counts in which `old` stood.
    fn uncount_pod(&mut self, old: &Pod) {
        let meta = &old.metadata;
        if let Some(owner) = meta.controller_ref()
            && let Some(job) = self.resolve_owner_uid(&meta.namespace, owner)
            && let Some(entry) = self.jobs.get_mut(&job)
        {
            entry.tally.remove(&meta.uid);
            if !entry.misfits.is_empty() {
                entry.misfits.remove(&Key::of(meta));
            }
        }
    }

    /// The key of the cached Job with the owner's UID, whatever the reference calls it.
    fn resolve_owner_uid(&self, namespace: &str, owner: &OwnerReference) -> Option<Key> {
        if let Some(key) = self.resolve_key(namespace, owner) {
            return Some(key);
        }
        if self.sem.owner_index() {
            return None;
        }
        // Up to 1.33 only the UID of a reference counts (CLAIM-02).
        let jobs = self.jobs.iter().filter(|(_, entry)| entry.job.metadata.uid == owner.uid);
        jobs.map(|(key, _)| key).min().cloned()
    }
}

impl JobEntry {
    /// Counts an owned pod as the Job's if the selector matches it, else notes it for release.
    fn count(&mut self, pod: &Arc<Pod>, sem: &Semantics) {
        let rules = self.tally.rules();
        let selector = rules.selector.as_ref();
        if selector.is_ok_and(|selector| selector.matches(pod.metadata.labels.as_ref())) {
            let record = PodRecord::new(Arc::clone(pod), rules, sem);
            self.tally.insert(record);
            if !self.misfits.is_empty() {
                self.misfits.remove(&Key::of(&pod.metadata));
            }
        } else {
            self.tally.remove(&pod.metadata.uid);
            self.misfits.insert(Key::of(&pod.metadata));
        }
    }
}
