//! [`CronJobController`]: starts Jobs on schedule and enforces history limits.
//!
//! Rules: CRON-01 to CRON-03, CRON-10, CRON-11, WQ-1 to WQ-4 (upstream:
//! `pkg/controller/cronjob/cronjob_controllerv2.go`). `cron` implements one sync. Deliberately
//! absent: metrics, and adoption of Jobs, which Kubernetes does not do either (CRON-28).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::mailbox::Mailbox;
use super::places::Places;
use super::queue::{WorkQueue, shared_retries};
use super::watch::{Object, WatchEvent, forward};
use crate::api::{CronJob, Job, OwnerReference, Text};
use crate::cron::messages::{self as say, Said};
use crate::cron::sync::{Context, CronSync, Ended, effective_schedule};
use crate::cron::zone::Zone;
use crate::cron::{DueRule, next_delay};
use crate::event::Event;
use crate::explain::{DatedNote, Notes};
use crate::key::Key;
use crate::request::{Request, RequestId, Response};
use crate::wake::{WakeReason, Wakeup};
use crate::{Error, ErrorKind, Semantics, Time};

/// The CronJob controller.
///
/// Its contract is that of [`JobController`](crate::JobController#contract).
///
/// ```
/// use jobsem::{CronJobController, Semantics, WatchEvent, api::CronJob};
///
/// let cronjob: CronJob = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "hourly", "uid": "u1",
///                  "creationTimestamp": "2000-01-01T00:10:00Z"},
///     "spec": {"schedule": "0 * * * *"}}"#)?;
/// let mut controller = CronJobController::new(Semantics::default());
/// let now = "2000-01-01T00:10:00Z".parse()?;
/// controller.handle_watch(now, WatchEvent::Added(cronjob.into()))?;
/// let wakeup = controller.poll_timeout().unwrap();
/// assert_eq!(wakeup.at.to_micro(), "2000-01-01T01:00:00.100000Z");
/// controller.handle_timeout(wakeup.at)?;
/// let request = controller.poll_request().unwrap();
/// assert_eq!(request.call.verb(), "create");
/// assert_eq!(request.call.name(), "hourly-15778140");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CronJobController {
    sem: Semantics,
    now: Time,
    workers: usize,
    local: Option<Zone>,
    cronjobs: BTreeMap<Key, Arc<CronJob>>,
    jobs: BTreeMap<Key, Arc<Job>>,
    /// Keys of Jobs by the name of their owner (CRON-10).
    children: BTreeMap<String, Places<Key>>,
    queue: WorkQueue<Key>,
    syncs: BTreeMap<Key, CronSync>,
    mail: Mailbox<Key>,
    events: VecDeque<Event>,
    explain: bool,
    notes: VecDeque<DatedNote>,
}

impl CronJobController {
    /// A controller with empty caches and one worker.
    pub fn new(sem: Semantics) -> CronJobController {
        CronJobController {
            sem,
            now: Time::from_unix(i64::MIN),
            workers: 1,
            local: None,
            cronjobs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            children: BTreeMap::new(),
            queue: shared_retries(),
            syncs: BTreeMap::new(),
            mail: Mailbox::new(),
            events: VecDeque::new(),
            explain: false,
            notes: VecDeque::new(),
        }
    }

    /// Records a note on every decision; see [`CronJobController::poll_note`].
    #[must_use]
    pub fn with_notes(mut self) -> CronJobController {
        self.explain = true;
        self
    }

    /// Sets the number of CronJobs synced at once; Kubernetes' default is 5 (CRON-01).
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> CronJobController {
        self.workers = workers.max(1);
        self
    }

    /// Sets the zone for schedules without one. The default is UTC, as in a controller's container
    /// (CRON-41).
    ///
    /// # Errors
    ///
    /// `Unsupported` if there is no such zone.
    pub fn with_local_zone(mut self, name: &str) -> Result<CronJobController, Error> {
        self.local = Zone::named(name).map_err(|why| Error::new(ErrorKind::Unsupported, why))?;
        Ok(self)
    }

    /// Forgets everything but its options and the time, as a crash does. The workers start at
    /// `begin`.
    pub fn restart(&mut self, begin: Time) {
        *self = CronJobController {
            now: self.now,
            workers: self.workers,
            local: self.local.take(),
            mail: self.mail.emptied(),
            queue: shared_retries().with_opening(begin),
            explain: self.explain,
            ..CronJobController::new(self.sem.clone())
        };
    }

    /// Handles a watch event. Only CronJobs and Jobs matter.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_watch(&mut self, now: Time, event: WatchEvent) -> Result<(), Error> {
        self.advance(now)?;
        match event {
            WatchEvent::Added(Object::CronJob(cronjob))
            | WatchEvent::Modified(Object::CronJob(cronjob)) => self.cronjob_shown(cronjob),
            WatchEvent::Deleted(Object::CronJob(cronjob)) => {
                let key = cronjob_key(&cronjob);
                self.cronjobs.remove(&key);
                self.queue.add(&key);
            }
            WatchEvent::Added(Object::Job(job)) | WatchEvent::Modified(Object::Job(job)) => {
                self.job_shown(job);
            }
            WatchEvent::Deleted(Object::Job(job)) => {
                let key: Key = job.key().into();
                let old = self.jobs.remove(&key);
                self.index_job(&key, old.as_deref(), None);
                self.wake_owner(&job);
            }
            _ => {}
        }
        self.work();
        Ok(())
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
        let key = self.mail.answered(id)?;
        if let Some(sync) = self.syncs.remove(&key) {
            self.run(key, sync, Some(response));
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

    /// Returns the next request to send; pass its response to [`CronJobController::handle_result`].
    pub fn poll_request(&mut self) -> Option<Request> {
        self.mail.poll()
    }

    /// Returns the next event to record.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns the next note: the time, the CronJob, and why it starts a Job or none.
    pub fn poll_note(&mut self) -> Option<DatedNote> {
        self.notes.pop_front()
    }

    /// Returns when to call [`CronJobController::handle_timeout`] if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        self.queue.wakeup()
    }

    /// Returns when a CronJob is synced again, and why.
    pub fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        self.queue.wakeup_of(&format!("{namespace}/{name}").into())
    }

    fn advance(&mut self, now: Time) -> Result<(), Error> {
        forward(&mut self.now, now)?;
        self.queue.expire(now);
        Ok(())
    }

    /// CRON-02.
    fn cronjob_shown(&mut self, cronjob: Arc<CronJob>) {
        let key = cronjob_key(&cronjob);
        let old = self.cronjobs.insert(key.clone(), Arc::clone(&cronjob));
        let moved = old.is_some_and(|old| {
            let (old, new) = (&old.spec, &cronjob.spec);
            old.schedule != new.schedule || old.time_zone != new.time_zone
        });
        if !moved {
            return self.queue.add(&key);
        }
        match effective_schedule(&cronjob, self.local.as_ref()) {
            Ok(schedule) => {
                let delay = next_delay(&DueRule::of(&cronjob, &schedule), self.now);
                self.queue.add_after(&key, self.now, delay, WakeReason::Schedule);
            }
            Err(_) => self.record(&key, say::unparseable_update(&cronjob.spec.schedule)),
        }
    }

    /// CRON-03.
    fn job_shown(&mut self, job: Arc<Job>) {
        let key: Key = job.key().into();
        let old = self.jobs.insert(key.clone(), Arc::clone(&job));
        self.index_job(&key, old.as_deref(), Some(&job));
        if let Some(old) = old {
            if old.metadata.resource_version == job.metadata.resource_version {
                return;
            }
            if old.metadata.controller_ref() != job.metadata.controller_ref() {
                self.wake_owner(&old);
            }
        }
        self.wake_owner(&job);
    }

    /// Indexes a Job by its owner.
    fn index_job(&mut self, key: &Key, old: Option<&Job>, new: Option<&Job>) {
        let before = old.and_then(|job| self.owner_name(job));
        let after = new.and_then(|job| self.owner_name(job));
        if before == after {
            return;
        }
        if let Some(owner) = before
            && let Some(children) = self.children.get_mut(&owner)
        {
            children.remove(key);
            if children.is_empty() {
                self.children.remove(&owner);
            }
        }
        if let Some(owner) = after {
            self.children.entry(owner).or_default().insert(key);
        }
    }

    fn wake_owner(&mut self, job: &Job) {
        let meta = &job.metadata;
        let Some(OwnerReference { kind, name, uid, .. }) = meta.controller_ref() else { return };
        let key: Key = format!("{}/{name}", meta.namespace).into();
        let known = self.cronjobs.get(&key).is_some_and(|c| c.metadata.uid == *uid);
        if kind == "CronJob" && known {
            self.queue.add(&key);
        }
    }

    /// CRON-10: the name that makes a Job a child.
    fn owner_name(&self, job: &Job) -> Option<String> {
        let owner = job.metadata.controller_ref()?;
        Some(self.child_index(&job.metadata.namespace, &owner.name, &owner.uid))
    }

    fn child_index(&self, namespace: &str, name: &str, uid: &str) -> String {
        if self.sem.cron_children_by_uid() { uid.to_owned() } else { format!("{namespace}/{name}") }
    }

    fn work(&mut self) {
        while self.syncs.len() < self.workers
            && let Some(key) = self.queue.get()
        {
            let Some(cronjob) = self.cronjobs.get(&key).map(Arc::clone) else {
                self.finish(&key, Ended::Idle);
                continue;
            };
            let meta = &cronjob.metadata;
            let index = self.child_index(&meta.namespace, &meta.name, &meta.uid);
            let children = self.children.get(&index).into_iter().flat_map(Places::iter);
            let children = children.filter_map(|key| self.jobs.get(key)).map(Arc::clone).collect();
            self.run(key, CronSync::new(&cronjob, children), None);
        }
    }

    fn run(&mut self, key: Key, mut sync: CronSync, answer: Option<Response>) {
        let mut said = Vec::new();
        let mut notes = if self.explain { Notes::on() } else { Notes::default() };
        let call = sync.run(
            answer,
            &mut Context {
                now: self.now,
                sem: &self.sem,
                local: self.local.as_ref(),
                events: &mut said,
                notes: &mut notes,
            },
        );
        for note in notes.take() {
            self.notes.push_back(DatedNote { at: self.now, key: key.to_string(), note });
        }
        for said in said {
            self.record(&key, said);
        }
        match call {
            Some(call) => {
                self.mail.ask(key.clone(), call);
                self.syncs.insert(key, sync);
            }
            None => self.finish(&key, sync.into_result()),
        }
    }

    /// CRON-11, the last step.
    fn finish(&mut self, key: &Key, ended: Ended) {
        match ended {
            Ended::Failed(_) => self.queue.add_rate_limited(key, self.now),
            Ended::Again(nanos) => {
                self.queue.forget(key);
                self.queue.add_after(key, self.now, nanos, WakeReason::Schedule);
            }
            Ended::Idle if self.sem.cron_forgets_when_idle() => self.queue.forget(key),
            Ended::Idle => {}
        }
        self.queue.done(key);
    }

    fn record(&mut self, key: &Key, Said(type_, reason, message): Said) {
        let (namespace, name) = key.split_once('/').unwrap_or(("", key));
        self.events.push_back(Event {
            time: self.now,
            kind: "CronJob",
            namespace: namespace.into(),
            name: name.into(),
            type_,
            reason: Text::of(reason),
            message: message.into(),
        });
    }
}

fn cronjob_key(cronjob: &CronJob) -> Key {
    format!("{}/{}", cronjob.metadata.namespace, cronjob.metadata.name).into()
}
