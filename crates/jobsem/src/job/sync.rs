//! [`JobSync`]: one sync of one Job, as a state machine.
//!
//! The decision is made once ([`Decision`]). The sync then sends requests in order and processes
//! the responses: claims pods, creates or deletes pods, writes the status, removes finalizers,
//! writes the status again, and records the end.
//!
//! Rules: SYNC-08 to SYNC-22, STATUS-01 to STATUS-03, TERM-01, TERM-05, MANAGE-11 to MANAGE-13,
//! MANAGE-40, MANAGE-41, SUSPEND-01 to SUSPEND-04 (upstream: `syncJob`, `manageJob`,
//! `deleteJobPods` @v1.37.2). `track.rs` tracks finished pods.

use std::collections::VecDeque;
use std::sync::Arc;

use super::claim::{Claim, Claims};
use super::conditions::{ensure, holds};
use super::context::{Context, SyncError, Tag};
use super::decide::{Action, Decision, Inputs, Target};
use super::memory::Expectations;
use super::messages::{self, Words};
use super::tracking::Tracking;
use crate::Semantics;
use crate::api::{ConditionStatus, Job, JobConditionType, JobStatus, Text};
use crate::event::{Event, EventMessage, EventType};
use crate::request::{ApiError, Call, PodPatch, Response};
use crate::request::{NewIndex, NewPod, PodShape};

/// One sync in progress.
#[derive(Debug)]
pub(crate) struct JobSync {
    /// The current Job: the cached one, or after a status write the returned one.
    pub(super) job: Arc<Job>,
    /// Its status as it will be written.
    pub(super) status: JobStatus,
    satisfied: bool,
    claims: Claims,
    phase: Phase,
    outstanding: usize,
    pub(super) decision: Option<Box<Decision>>,
    /// SYNC-18/19: the results of managing pods, with the first error.
    active: i32,
    ready: i32,
    pub(super) terminating: i32,
    managed: bool,
    manage_error: Option<SyncError>,
    pub(super) tracking: Tracking,
    /// Whether a terminal condition was written.
    pub(crate) finished: bool,
}

#[derive(Debug)]
enum Phase {
    Claiming,
    Deleting(Deleting),
    Creating(Creating),
    Track,
    Done,
}

#[derive(Debug)]
struct Deleting {
    targets: Vec<Target>,
    /// Finishing keeps the finalizers (MANAGE-40); managing removes them first (MANAGE-41).
    finishing: bool,
    deleted: i32,
    deleted_ready: i32,
}

#[derive(Debug)]
struct Creating {
    waiting: VecDeque<Option<NewIndex>>,
    batch: usize,
    failed_in_batch: bool,
    active: i32,
    /// The common parts of the pods, if there are several.
    shape: Option<Arc<PodShape>>,
}

impl JobSync {
    /// Starts a sync of `job`, with the pods to adopt or release first.
    pub(crate) fn start(job: Arc<Job>, claims: Vec<Claim>, cx: &mut Context<'_>) -> Box<JobSync> {
        let mut sync = Box::new(JobSync {
            status: job.status.clone(),
            // SYNC-09: read before the pods are listed.
            satisfied: cx.memory.satisfied(cx.now),
            claims: Claims::new(claims),
            phase: Phase::Claiming,
            outstanding: 0,
            decision: None,
            active: 0,
            ready: 0,
            terminating: 0,
            managed: false,
            manage_error: None,
            tracking: Tracking::default(),
            finished: false,
            job,
        });
        sync.proceed(cx);
        sync
    }

    /// Processes the response to the request `tag`.
    pub(crate) fn answer(&mut self, tag: Tag, response: Response, cx: &mut Context<'_>) {
        self.outstanding -= 1;
        match tag {
            Tag::Claim => self.claims.answer(&self.job, response, cx),
            Tag::Strip(i) => self.stripped(i, response, cx),
            Tag::Delete(i) => self.deleted(i, response, cx),
            Tag::Create => self.created(response, cx),
            Tag::Finalizer(_) | Tag::Status => self.track_answer(tag, response, cx),
        }
        if self.outstanding == 0 {
            self.proceed(cx);
        }
    }

    /// The result, once nothing is left to do.
    pub(crate) fn result(&self) -> Option<Result<(), SyncError>> {
        match &self.phase {
            Phase::Done => Some(match self.tracking.error.clone().or(self.manage_error.clone()) {
                Some(error) => Err(error),
                None => Ok(()),
            }),
            _ => None,
        }
    }

    /// Adopted pods whose update is still to be seen (CLAIM-08).
    pub(crate) fn adopted(&self) -> &[Text] {
        self.claims.adopted()
    }

    pub(super) fn ask(&mut self, tag: Tag, call: Call, cx: &mut Context<'_>) {
        self.outstanding += 1;
        cx.out.calls.push_back((tag, call));
    }

    pub(super) fn waits(&self) -> bool {
        self.outstanding > 0
    }

    pub(super) fn record(
        &self,
        type_: EventType,
        (reason, message): (Text, EventMessage),
        cx: &mut Context<'_>,
    ) {
        cx.out.events.push(Event {
            time: cx.now,
            kind: "Job",
            namespace: self.job.metadata.namespace.clone(),
            name: self.job.metadata.name.clone(),
            type_,
            reason,
            message,
        });
    }

    pub(super) fn record_words(&self, type_: EventType, words: Words, cx: &mut Context<'_>) {
        self.record(type_, (Text::of(words.0), Text::of(words.1).into()), cx);
    }

    /// Continues until a response is needed, or to the end.
    fn proceed(&mut self, cx: &mut Context<'_>) {
        while !self.waits() {
            match &mut self.phase {
                Phase::Claiming => match self.claims.next(&self.job, &mut cx.out.notes) {
                    Some(call) => self.ask(Tag::Claim, call, cx),
                    None => self.decide(cx),
                },
                Phase::Deleting(_) => self.deletions_done(cx),
                Phase::Creating(_) => self.create_batch(cx),
                Phase::Track => {
                    if !self.track(cx) {
                        self.phase = Phase::Done;
                    }
                }
                Phase::Done => return,
            }
        }
    }

    fn decide(&mut self, cx: &mut Context<'_>) {
        if let Some(error) = self.claims.error() {
            // SYNC-10: this sync does not touch the status.
            self.tracking.error = Some(error);
            self.phase = Phase::Done;
            return;
        }
        let inputs = Inputs {
            job: &self.job,
            tally: cx.tally,
            memory: cx.memory,
            satisfied: self.satisfied,
            now: cx.now,
            sem: cx.sem,
        };
        let (wake, notes) = (&mut cx.out.wake, &mut cx.out.notes);
        let mut decision = Decision::new(&inputs, &mut self.status, wake, notes);
        (self.active, self.ready) = (decision.active, decision.ready);
        self.terminating = decision.terminating;
        let action = std::mem::replace(&mut decision.action, Action::Leave);
        self.decision = Some(Box::new(decision));
        match action {
            Action::Finish(targets) => self.start_deleting(targets, true, cx),
            Action::Leave => self.end_managing(cx),
            Action::Stay { backing_off } => {
                self.managed = true;
                if backing_off && !cx.sem.active_while_backing_off() {
                    // QUIRK: up to 1.35 the status says 0 during back-off (CC-77).
                    self.active = 0;
                }
                self.end_managing(cx);
            }
            Action::Remove(targets) => {
                self.managed = true;
                let expected = Expectations::deletions(targets.len(), cx.now);
                cx.memory.expectations = Some(expected);
                self.start_deleting(targets, false, cx);
            }
            Action::Create(pods) => {
                self.managed = true;
                cx.memory.expectations = Some(Expectations::creations(pods.len(), cx.now));
                self.phase = Phase::Creating(Creating {
                    active: self.active + pods.len() as i32,
                    batch: super::constants::SLOW_START.min(pods.len()),
                    shape: cx.tally.rules().shape(pods.len(), &self.job, cx.sem),
                    waiting: pods.into(),
                    failed_in_batch: false,
                });
            }
        }
    }

    /// MANAGE-40, MANAGE-41: all pods at once; for each, the finalizer before the deletion.
    fn start_deleting(&mut self, targets: Vec<Target>, finishing: bool, cx: &mut Context<'_>) {
        for (i, target) in targets.iter().enumerate() {
            let pod = Arc::clone(&target.pod);
            if !finishing && target.has_finalizer {
                let patch = PodPatch::RemoveFinalizer;
                self.ask(Tag::Strip(i), Call::PatchPod { pod, patch }, cx);
            } else {
                self.ask(Tag::Delete(i), Call::DeletePod { pod }, cx);
            }
        }
        let deleted = targets.len() as i32;
        self.phase = Phase::Deleting(Deleting { targets, finishing, deleted, deleted_ready: 0 });
    }

    fn stripped(&mut self, i: usize, response: Response, cx: &mut Context<'_>) {
        let Phase::Deleting(deleting) = &mut self.phase else { return };
        let Response::Error(error) = response else {
            let pod = Arc::clone(&deleting.targets[i].pod);
            return self.ask(Tag::Delete(i), Call::DeletePod { pod }, cx);
        };
        cx.memory.observe_deletion();
        if !error.is_not_found() {
            deleting.deleted -= 1;
            let text = format!("removing completion finalizer: {}", error.message);
            self.manage_error.get_or_insert(SyncError(text));
        }
    }

    fn deleted(&mut self, i: usize, response: Response, cx: &mut Context<'_>) {
        let Phase::Deleting(deleting) = &mut self.phase else { return };
        let target = &deleting.targets[i];
        // QUIRK: a ready pod counts as deleted even if its deletion failed (MANAGE-40, CC-44).
        deleting.deleted_ready += i32::from(target.ready);
        let finishing = deleting.finishing;
        let pod = Arc::clone(&target.pod);
        let Response::Error(error) = response else {
            let message = messages::deleted_pod(&pod.metadata.name);
            let words = (Text::of(messages::EVENT_DELETED), message);
            return self.record(EventType::Normal, words, cx);
        };
        if !finishing {
            cx.memory.observe_deletion();
        }
        if !error.is_not_found() {
            deleting.deleted -= 1;
            let message = messages::error_deleting(&error.message);
            let words = (Text::of(messages::EVENT_FAILED_DELETE), message);
            self.record(EventType::Warning, words, cx);
            let text = format!("unable to delete pods: {}", error.message);
            self.manage_error.get_or_insert(SyncError(text));
        }
    }

    fn deletions_done(&mut self, cx: &mut Context<'_>) {
        let Phase::Deleting(deleting) = &self.phase else { return };
        let (deleted, deleted_ready) = (deleting.deleted, deleting.deleted_ready);
        if deleting.finishing && (deleted != self.active || !self.satisfied) {
            // SYNC-18: the Job cannot finish yet; a later sync retries.
            if let Some(decision) = &mut self.decision {
                decision.finish = None;
            }
        }
        self.active -= deleted;
        if cx.sem.counts_deletions_at_once() {
            self.terminating += deleted;
            self.ready -= deleted_ready;
        }
        self.end_managing(cx);
    }

    /// MANAGE-11: 1, 2, 4, … pods at a time, as long as all creates succeed.
    fn create_batch(&mut self, cx: &mut Context<'_>) {
        let Phase::Creating(creating) = &mut self.phase else { return };
        if creating.failed_in_batch && !creating.waiting.is_empty() {
            let skipped = creating.waiting.len();
            creating.active -= skipped as i32;
            creating.waiting.clear();
            cx.memory.observe_creations(skipped);
        }
        if creating.waiting.is_empty() {
            self.active = creating.active;
            return self.end_managing(cx);
        }
        let mut batch: Vec<_> = creating.waiting.drain(..creating.batch).collect();
        creating.batch = (2 * creating.batch).min(creating.waiting.len());
        // Concurrent requests have no order; the real controller's last request is the likeliest to
        // arrive first.
        batch.rotate_right(1);
        let shape = creating.shape.clone();
        for index in batch {
            let pod = NewPod::new(&self.job, index, shape.clone(), cx.sem);
            self.ask(Tag::Create, Call::CreatePod { pod }, cx);
        }
    }

    /// MANAGE-12.
    fn created(&mut self, response: Response, cx: &mut Context<'_>) {
        let Phase::Creating(creating) = &mut self.phase else { return };
        match response {
            Response::Error(error) if error.is_namespace_terminating() => {}
            Response::Error(error) => {
                creating.failed_in_batch = true;
                creating.active -= 1;
                cx.memory.observe_creations(1);
                let message = messages::error_creating(&error.message);
                let words = (Text::of(messages::EVENT_FAILED_CREATE), message);
                self.record(EventType::Warning, words, cx);
                self.manage_error.get_or_insert(SyncError(error.message));
            }
            Response::Pod(pod) => {
                let message = messages::created_pod(&pod.metadata.name);
                let words = (Text::of(messages::EVENT_CREATED), message);
                self.record(EventType::Normal, words, cx);
            }
            Response::Job(_) | Response::CronJob(_) | Response::Done => {}
        }
    }

    /// The rest of SYNC-19, and SYNC-20.
    fn end_managing(&mut self, cx: &mut Context<'_>) {
        let mut suspension_changed = false;
        let finishing_failed = self.finishing_failed();
        if let Some(decision) = &mut self.decision {
            let finishing = decision.finish.is_some() || finishing_failed;
            if !finishing && decision.enough_succeeded() && self.active == 0 {
                let (type_, words) = completion(cx.sem);
                cx.out.notes.add("SYNC-19", || "enough pods succeeded, none is active".to_owned());
                decision.finish = Some(holds(type_, words, cx.now));
            } else if !finishing && self.managed {
                suspension_changed = self.settle_suspension(cx);
            }
        }
        let ready = Some(self.ready);
        let terminating = Some(self.terminating).filter(|_| cx.sem.writes_terminating());
        let write = suspension_changed
            || self.active != self.status.active
            || ready != self.status.ready
            || terminating != self.status.terminating;
        self.status.active = self.active;
        self.status.ready = ready;
        self.status.terminating = terminating;
        self.tracking.begin(write);
        self.phase = Phase::Track;
    }

    /// Whether the finishing branch failed.
    fn finishing_failed(&self) -> bool {
        matches!(&self.phase, Phase::Deleting(deleting) if deleting.finishing)
    }

    /// SUSPEND-01, SUSPEND-02.
    fn settle_suspension(&mut self, cx: &mut Context<'_>) -> bool {
        let suspended = self.job.is_suspended();
        let words = if suspended { messages::SUSPENDED } else { messages::RESUMED };
        let mut condition = holds(JobConditionType::Suspended, words, cx.now);
        if !suspended {
            condition.status = ConditionStatus::False;
        }
        if !ensure(&mut self.status.conditions, condition) {
            return false;
        }
        if suspended {
            cx.out.notes.detail("SUSPEND-01", || "the Job is suspended now".to_owned());
            self.record_words(EventType::Normal, messages::EVENT_SUSPENDED, cx);
            if cx.sem.suspend_clears_start_time() {
                self.status.start_time = None;
            }
        } else {
            cx.out.notes.detail("SUSPEND-02", || "resumed: the start time is now".to_owned());
            self.record_words(EventType::Normal, messages::EVENT_RESUMED, cx);
            self.status.start_time = Some(cx.now);
        }
        true
    }
}

/// SYNC-19: the condition of an ordinary completion.
fn completion(sem: &Semantics) -> (JobConditionType, Words) {
    let words = if sem.complete_reason() { messages::COMPLETIONS_REACHED } else { ("", "") };
    if sem.interim_conditions() {
        (JobConditionType::SuccessCriteriaMet, words)
    } else {
        (JobConditionType::Complete, words)
    }
}

/// Writes a Job's status (EFF-04).
pub(super) fn status_write(job: &Arc<Job>, status: &JobStatus) -> Call {
    Call::UpdateJobStatus { job: Arc::clone(job), status: Box::new(status.clone()) }
}

pub(super) fn failed(error: &ApiError, doing: &str) -> SyncError {
    SyncError(format!("tracking status: {doing}: {}", error.message))
}
