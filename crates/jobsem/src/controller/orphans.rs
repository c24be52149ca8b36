//! The orphan pass: removes the tracking finalizer from pods that no Job will count.
//!
//! Rules: ORPHAN-01 to ORPHAN-06, MANAGEDBY-02.

use std::sync::Arc;

use super::job::JobController;
use super::orphan_key::{OrphanKey, Pass, Selected};
use crate::api::well_known::TRACKING_FINALIZER;
use crate::api::{Job, Pod, Selector};
use crate::job::skip::managed_externally;
use crate::key::Key;
use crate::request::Response;

impl JobController {
    /// Enqueues the pods of a finished or deleted Job (ORPHAN-02, ORPHAN-03).
    pub(super) fn enqueue_orphans_of(&mut self, job: &Job) {
        let Ok(selector) = Selector::new(job.spec.selector.as_ref()) else { return };
        if self.sem.orphans_by_selector() {
            // QUIRK: an absent selector has the empty text, which parses as the selector of
            // everything.
            let text = selector.to_string();
            let selector = if text.is_empty() { Selector::everything() } else { selector };
            let namespace = job.metadata.namespace.clone();
            let selected = Selected { namespace, text, selector };
            return self.orphans.add(&OrphanKey::Selector(selected.into()));
        }
        let owned = self.pods.owned_by(&job.metadata.uid).into_iter();
        let mut orphans: Vec<Key> = owned
            .filter(|pod| {
                pod.metadata.namespace == job.metadata.namespace
                    && pod.metadata.has_finalizer(TRACKING_FINALIZER)
                    && selector.matches(pod.metadata.labels.as_ref())
            })
            .map(|pod| Key::of(&pod.metadata))
            .collect();
        orphans.sort_unstable();
        for key in orphans {
            self.orphans.add(&OrphanKey::Pod(key));
        }
    }

    pub(super) fn start_orphan_pass(&mut self, key: OrphanKey) {
        let pods: Vec<Arc<Pod>> = match &key {
            OrphanKey::Pod(pod) => self.pods.get(pod.parts()).into_iter().cloned().collect(),
            OrphanKey::Selector(of) => {
                self.pods.matching(&of.namespace, &of.selector).into_iter().cloned().collect()
            }
        };
        let mut pass = Pass::default();
        for pod in pods {
            if self.is_orphan(&pod) {
                pass.open.insert(Key::of(&pod.metadata));
                self.ask_orphan(&key, &pod);
            }
        }
        if pass.open.is_empty() {
            return self.end_orphan_pass(&key, false);
        }
        self.orphan_passes.insert(key, pass);
    }

    /// ORPHAN-06.
    fn is_orphan(&self, pod: &Pod) -> bool {
        if !pod.metadata.has_finalizer(TRACKING_FINALIZER) {
            return false;
        }
        let Some(owner) = pod.metadata.controller_ref() else { return true };
        let is_job = owner.kind == "Job" && owner.api_version == "batch/v1";
        if self.sem.orphan_checks_owner_kind() && !is_job {
            return false;
        }
        match self.resolve(&pod.metadata.namespace, owner) {
            Some((_, entry)) => {
                let job = &entry.job;
                job.is_finished() && !managed_externally(job, &self.sem)
            }
            None => true,
        }
    }

    pub(super) fn answer_orphan(&mut self, key: &OrphanKey, pod: &Key, response: Response) {
        let failed = matches!(&response, Response::Error(error) if !error.is_not_found());
        let Some(pass) = self.orphan_passes.get_mut(key) else { return };
        pass.open.remove(pod);
        pass.failed |= failed;
        let (over, any_failed) = (pass.open.is_empty(), pass.failed);
        if failed && matches!(key, OrphanKey::Selector(..)) && self.sem.orphan_retry_by_name() {
            self.orphans.add_rate_limited(&OrphanKey::Pod(pod.clone()), self.now);
        }
        if over {
            self.orphan_passes.remove(key);
            self.end_orphan_pass(key, any_failed);
        }
    }

    fn end_orphan_pass(&mut self, key: &OrphanKey, failed: bool) {
        // ORPHAN-05: a selector key always succeeds.
        if failed && matches!(key, OrphanKey::Pod(_)) {
            self.orphans.add_rate_limited(key, self.now);
        } else {
            self.orphans.forget(key);
        }
        self.orphans.done(key);
    }
}
