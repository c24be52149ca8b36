//! [`JobController`]: the Job controller for many Jobs, without I/O.
//!
//! Queue, caches, expectations, retries and the orphan pass around the sync of `job`.
//!
//! Rules: SYNC-01 to SYNC-07, QUEUE-20, MEM-01 to MEM-08 (upstream:
//! `pkg/controller/job/job_controller.go` @v1.37.2). What watch events do stands in
//! `job_handlers.rs`, the orphan pass in `orphans.rs`. Deliberately absent: metrics, leader
//! election, and the alpha objects Workload and PodGroup (WL-01).

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::mailbox::Mailbox;
use super::orphan_key::{OrphanKey, Pass};
use super::pods::PodCache;
use super::queue::WorkQueue;
use super::roster::Roster;
use super::stale::{Resource, Seen, Written};
use super::watch::{Object, WatchEvent, forward};
use crate::api::{Job, Pod, Text};
use crate::event::{Event, EventType};
use crate::explain::{DatedNote, Note, Notes};
use crate::job::claim::Claim;
use crate::job::context::{Context, Outbox, Tag};
use crate::job::rules::Rules;
use crate::job::skip::{Skipped, skipped};
use crate::job::sync::JobSync;
use crate::job::tally::Tally;
use crate::job::{EVENT_UNKNOWN_MODE, Memory, SYNC_RETRY};
use crate::key::{Key, Named};
use crate::request::{Call, PodPatch, Request, RequestId, Response};
use crate::slab::Place;
use crate::wake::{WakeReason, Wakeup};
use crate::{Error, Semantics, Time};

/// The Job controller: watch events and API responses in, requests and a wake-up out.
///
/// # Contract
///
/// After every `handle_*` call:
///
/// 1. Call [`poll_request`](JobController::poll_request) until it returns `None`. The order of the
///    requests is the order in which they are sent.
/// 2. Pass the response to each request to [`handle_result`](JobController::handle_result), at once
///    or later. A Job whose request is open is not synced again until the response is there.
/// 3. Read [`poll_timeout`](JobController::poll_timeout): call
///    [`handle_timeout`](JobController::handle_timeout) at that time if nothing happens before.
///
/// An early or repeated `handle_timeout` does nothing. A time before an earlier one is an error of
/// kind [`TimeWentBack`](crate::ErrorKind::TimeWentBack). Everything that the controller writes has
/// to come back as a watch event, as it does from a real API server; until then the controller
/// waits (expectations).
///
/// The crate's front page has a host that follows the contract. [`TtlController`] and
/// [`CronJobController`] have the same one.
///
/// [`TtlController`]: crate::TtlController
/// [`CronJobController`]: crate::CronJobController
///
/// ```
/// use jobsem::{JobController, Response, Semantics, Time, WatchEvent, api::Job};
///
/// let job: Job = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
///     "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 4,
///              "template": {"spec": {"containers": [{"name": "c"}]}}}}"#)?;
/// let now = Time::from_unix(946_684_801);
/// let mut controller = JobController::new(Semantics::default());
/// controller.handle_watch(now, WatchEvent::Added(job.into()))?;
/// let request = controller.poll_request().unwrap();
/// assert_eq!(request.call.verb(), "create");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JobController {
    pub(super) sem: Semantics,
    pub(super) now: Time,
    workers: usize,
    explain: bool,
    pub(super) roster: Roster,
    pub(super) pods: PodCache,
    /// MEM-04.
    pub(super) finished: HashSet<Text>,
    pub(super) seen: Seen,
    pub(super) queue: WorkQueue<Place>,
    pub(super) orphans: WorkQueue<OrphanKey>,
    pub(super) orphan_passes: HashMap<OrphanKey, Pass>,
    mail: Mailbox<Asked>,
    /// The output of a sync's step; kept to reuse its memory.
    out: Outbox,
    events: VecDeque<Event>,
    notes: VecDeque<DatedNote>,
}

#[derive(Clone, Debug)]
enum Asked {
    Sync(Place, Tag),
    Orphan(OrphanKey, Key),
}

impl JobController {
    /// A controller with empty caches and one worker.
    pub fn new(sem: Semantics) -> JobController {
        JobController {
            sem,
            now: Time::from_unix(i64::MIN),
            workers: 1,
            explain: false,
            roster: Roster::default(),
            pods: PodCache::default(),
            finished: HashSet::default(),
            seen: Seen::default(),
            queue: WorkQueue::new(SYNC_RETRY),
            orphans: WorkQueue::new(SYNC_RETRY),
            orphan_passes: HashMap::default(),
            mail: Mailbox::new(),
            out: Outbox::default(),
            events: VecDeque::new(),
            notes: VecDeque::new(),
        }
    }

    /// Sets the number of Jobs synced at once; Kubernetes' default is 5 (DATA-17).
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> JobController {
        self.workers = workers.max(1);
        self
    }

    /// Records a note on every decision; see [`JobController::poll_note`].
    #[must_use]
    pub fn with_notes(mut self) -> JobController {
        self.explain = true;
        self
    }

    /// Handles a watch event.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_watch(&mut self, now: Time, event: WatchEvent) -> Result<(), Error> {
        self.advance(now)?;
        self.observe(event);
        self.work();
        Ok(())
    }

    /// Handles an initial list: all of it is in the caches before any sync starts (QUEUE-60).
    /// `version` is the list's resource version, empty if unknown; the controller compares its
    /// later writes with it (STALE-03).
    ///
    /// Use it to start a controller over existing objects. If they were passed one by one, the
    /// controller would create pods that exist but are still to come.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_list(
        &mut self,
        now: Time,
        objects: impl IntoIterator<Item = Object>,
        version: &str,
    ) -> Result<(), Error> {
        self.advance(now)?;
        let version = Text::from(version);
        self.seen.note(Resource::Jobs, &version);
        self.seen.note(Resource::Pods, &version);
        let is_job = |object: &Object| matches!(object, Object::Job(_));
        // Jobs first: a pod has no owner in the caches until its Job is known.
        let (jobs, pods): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_job);
        for object in jobs.into_iter().chain(pods) {
            self.observe(WatchEvent::Added(object));
        }
        self.work();
        Ok(())
    }

    /// Forgets everything but its options and the time, as a crash does. Responses to open requests
    /// are errors afterwards.
    ///
    /// The workers start at `begin`; earlier events only fill the caches and queues.
    pub fn restart(&mut self, begin: Time) {
        *self = JobController {
            explain: self.explain,
            workers: self.workers,
            now: self.now,
            mail: self.mail.emptied(),
            queue: WorkQueue::new(SYNC_RETRY).with_opening(begin),
            orphans: WorkQueue::new(SYNC_RETRY).with_opening(begin),
            ..JobController::new(self.sem.clone())
        };
    }

    /// Handles the response to a request.
    ///
    /// # Errors
    ///
    /// `State` if no such request is open, `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_result(
        &mut self,
        now: Time,
        id: RequestId,
        response: Response,
    ) -> Result<(), Error> {
        self.advance(now)?;
        match self.mail.answered(id)? {
            Asked::Sync(place, tag) => {
                self.remember_write(place, &response);
                self.answer_sync(place, tag, response);
            }
            Asked::Orphan(orphan, pod) => self.answer_orphan(&orphan, &pod, response),
        }
        self.work();
        Ok(())
    }

    /// Advances to `now` and does what is due.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        self.advance(now)?;
        self.work();
        Ok(())
    }

    /// Returns the next request to send; pass its response to [`JobController::handle_result`].
    pub fn poll_request(&mut self) -> Option<Request> {
        self.mail.poll()
    }

    /// Returns the next event to record.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next note: why a sync decided as it did.
    pub fn poll_note(&mut self) -> Option<DatedNote> {
        self.notes.pop_front()
    }

    /// Returns when to call [`JobController::handle_timeout`] if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        match (self.queue.next(), self.orphans.next()) {
            (Some(jobs), Some(orphans)) if orphans.0 < jobs.0 => self.orphans.wakeup(),
            (Some((at, reason, place)), _) => Some(self.wakeup(at, reason, *place)),
            (None, _) => self.orphans.wakeup(),
        }
    }

    /// Returns when a Job is synced again, and why.
    pub fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        let place = self.roster.place_of(Named { namespace, name })?;
        let (at, reason) = self.queue.timer(&place)?;
        Some(self.wakeup(at, reason, place))
    }

    /// Returns what is remembered of a Job between its syncs.
    pub fn memory_of(&self, namespace: &str, name: &str) -> Option<&Memory> {
        self.roster.find(Named { namespace, name })?.memory.as_ref()
    }

    fn wakeup(&self, at: Time, reason: WakeReason, place: Place) -> Wakeup {
        let key = self.roster.get(place).map(|member| Text::from(&member.key));
        Wakeup::new(at, reason, key.unwrap_or_default())
    }

    fn advance(&mut self, now: Time) -> Result<(), Error> {
        forward(&mut self.now, now)?;
        self.queue.expire(now);
        self.orphans.expire(now);
        Ok(())
    }

    /// Starts every sync that may start.
    fn work(&mut self) {
        while self.roster.syncs() < self.workers
            && let Some(place) = self.queue.get()
        {
            self.start_sync(place);
        }
        while self.orphan_passes.len() < self.workers
            && let Some(key) = self.orphans.get()
        {
            self.start_orphan_pass(key);
        }
    }

    /// SYNC-01 to SYNC-07, and the claims.
    fn start_sync(&mut self, place: Place) {
        match self.may_sync(place) {
            Err(error) => self.end_sync(place, Err(error)),
            Ok(None) => self.end_sync(place, Ok(())),
            Ok(Some(job)) => {
                let claims = match self.claims(place, &job) {
                    Ok(claims) => claims,
                    Err(error) => return self.end_sync(place, Err(error)),
                };
                let sync = self.with_context(place, |_, cx| JobSync::start(job, claims, cx));
                if let Some(sync) = sync {
                    self.roster.begin(place, sync);
                    self.after_step(place);
                }
            }
        }
    }

    fn may_sync(&mut self, place: Place) -> Result<Option<Arc<Job>>, String> {
        let Some(member) = self.roster.get_mut(place) else { return Ok(None) };
        let Named { namespace, name } = member.key.parts();
        if namespace.is_empty() || name.is_empty() {
            let key = &member.key;
            return Err(format!("invalid job key \"{key}\": either namespace or name is missing"));
        }
        if self.sem.stale_check()
            && let Some(written) = &member.written
        {
            written.check(&self.seen)?;
            member.written = None;
        }
        let Some(entry) = &member.entry else {
            member.memory = None;
            member.written = None;
            return Ok(None);
        };
        let job = Arc::clone(&entry.job);
        match skipped(&job, &self.sem) {
            Some(Skipped::ManagedBy) => return Ok(None),
            Some(Skipped::Finished) => {
                if let Some(memory) = &mut member.memory {
                    memory.backoff = Default::default();
                }
                member.forget_writes_for(&job.metadata.uid);
                self.finished.remove(&job.metadata.uid);
                return Ok(None);
            }
            // SYNC-06: its last status write has ended it, and the cache does not show that yet.
            _ if self.sem.finished_set() && self.finished.contains(&job.metadata.uid) => {
                return Ok(None);
            }
            Some(Skipped::UnknownCompletionMode) => {
                self.events.push_back(Event {
                    time: self.now,
                    kind: "Job",
                    namespace: job.metadata.namespace.clone(),
                    name: job.metadata.name.clone(),
                    type_: EventType::Warning,
                    reason: Text::of(EVENT_UNKNOWN_MODE.0),
                    message: Text::of(EVENT_UNKNOWN_MODE.1).into(),
                });
                return Ok(None);
            }
            None => {}
        }
        Ok(Some(job))
    }

    /// CLAIM-01 to CLAIM-03: the pods to adopt and to release.
    fn claims(&self, place: Place, job: &Job) -> Result<Vec<Claim>, String> {
        let Some(entry) = self.roster.entry(place) else { return Ok(Vec::new()) };
        let rules = entry.tally.rules();
        let selector = rules.selector()?;
        if job.metadata.deletion_timestamp.is_some() {
            return Ok(Vec::new());
        }
        let misfits = entry.misfits.iter().filter_map(|key| self.pods.get(key.parts()));
        let release = misfits.map(|pod| Claim::Release(Arc::clone(pod)));
        let orphans = self.pods.ownerless(&job.metadata.namespace).into_iter();
        let adopt = orphans
            .filter(|pod| pod.metadata.deletion_timestamp.is_none())
            .filter(|pod| selector.matches(pod.metadata.labels.as_ref()))
            .map(|pod| Claim::Adopt(Arc::clone(pod)));
        Ok(release.chain(adopt).collect())
    }

    fn answer_sync(&mut self, place: Place, tag: Tag, response: Response) {
        self.with_context(place, |sync, cx| {
            if let Some(sync) = sync {
                sync.answer(tag, response, cx);
            }
        });
        self.after_step(place);
    }

    /// Runs a step of a Job's sync, if one is in progress, in the context of its Job.
    fn with_context<T>(
        &mut self,
        place: Place,
        step: impl FnOnce(Option<&mut JobSync>, &mut Context<'_>) -> T,
    ) -> Option<T> {
        if self.explain {
            self.out.notes = Notes::on();
        }
        let (now, sem, out) = (self.now, &self.sem, &mut self.out);
        let (sync, tally, memory) = self.roster.get_mut(place)?.parts();
        // The Job may have left the cache while requests were open: the sync still ends properly,
        // without counting anything.
        let mut gone;
        let tally = match tally {
            Some(tally) => tally,
            None => {
                gone = Tally::new(Arc::new(Rules::new(&Job::default(), sem)));
                &mut gone
            }
        };
        Some(step(sync, &mut Context { now, sem, tally, memory, out }))
    }

    /// Passes on the output of a step, and ends the sync after the last.
    fn after_step(&mut self, place: Place) {
        for (tag, call) in self.out.calls.drain(..) {
            self.mail.ask(Asked::Sync(place, tag), call);
        }
        self.events.extend(self.out.events.drain(..));
        for delay in self.out.wake.drain(..) {
            self.queue.add_after(&place, self.now, delay.nanos, delay.reason);
        }
        for note in self.out.notes.take() {
            let key = self.roster.key(place).to_owned();
            self.notes.push_back(DatedNote { at: self.now, key, note });
        }
        let Some(result) = self.roster.sync(place).and_then(JobSync::result) else { return };
        let Some(sync) = self.roster.end(place) else { return };
        if sync.finished {
            let uid = self.roster.entry(place).map(|entry| &entry.job.metadata.uid);
            if let Some(uid) = uid.filter(|_| self.sem.finished_set()) {
                self.finished.insert(uid.clone());
            }
        }
        for uid in sync.adopted() {
            self.refresh_pod(place, uid);
        }
        self.end_sync(place, result.map_err(|error| error.0));
    }

    /// An adopted pod counts as the Job's only in the sync that adopted it; afterwards the cache
    /// decides.
    fn refresh_pod(&mut self, place: Place, uid: &str) {
        let Some(entry) = self.roster.entry_mut(place) else { return };
        let owned = self.pods.owned_by(&entry.job.metadata.uid);
        if !owned.iter().any(|pod| pod.metadata.uid == *uid) {
            entry.tally.remove(uid);
        }
    }

    fn end_sync(&mut self, place: Place, result: Result<(), String>) {
        match result {
            Ok(()) => self.queue.forget(&place),
            Err(error) => {
                if self.explain {
                    let text = format!("the sync failed and is tried again: {error}");
                    let note = Note { rule: "QUEUE-20", text };
                    let key = self.roster.key(place).to_owned();
                    self.notes.push_back(DatedNote { at: self.now, key, note });
                }
                self.queue.add_rate_limited(&place, self.now);
            }
        }
        self.queue.done(&place);
        // INVARIANT: a place is freed only if no queue knows it; requests are open only during a
        // sync.
        if self.roster.entry(place).is_none() && !self.queue.knows(&place) {
            self.roster.give_up(place);
        }
    }

    /// STALE-01.
    fn remember_write(&mut self, place: Place, response: &Response) {
        if !self.sem.stale_check() {
            return;
        }
        let (place, uid, resource, version) = match response {
            Response::Job(job) if !job.metadata.resource_version.is_empty() => {
                let meta = &job.metadata;
                (place, &meta.uid, Resource::Jobs, &meta.resource_version)
            }
            Response::Pod(pod) => {
                let meta = &pod.metadata;
                let Some(owner) = meta.controller_ref() else { return };
                let place = self.roster.place_for(&meta.namespace, &owner.name);
                (place, &owner.uid, Resource::Pods, &meta.resource_version)
            }
            _ => return,
        };
        if let Some(member) = self.roster.get_mut(place) {
            let written = member.written.get_or_insert_with(|| Written::new(uid));
            written.wrote(uid, resource, version);
        }
    }

    pub(super) fn ask_orphan(&mut self, key: &OrphanKey, pod: &Arc<Pod>) {
        let asked = Asked::Orphan(key.clone(), Key::of(&pod.metadata));
        let call = Call::PatchPod { pod: Arc::clone(pod), patch: PodPatch::RemoveFinalizer };
        self.mail.ask(asked, call);
    }
}
