//! Tracking: counts each ended pod exactly once, whatever happens in between.
//!
//! First the UIDs are listed in `uncountedTerminatedPods`, then the finalizers are removed, then
//! the counters increase. Each step is stored before the next one starts.
//!
//! Rules: TRACK-01 to TRACK-43, STATUS-04 to STATUS-11, BACKOFF-13, COND-05, COND-06, TERM-04,
//! EVENT-10 to EVENT-12 (upstream: `trackJobStatusAndRemoveFinalizers` @v1.37.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::conditions::enact_finished;
use super::constants::MAX_UNCOUNTED;
use super::context::{Context, SyncError, Tag};
use super::decide::Decision;
use super::grown::Grown;
use super::memory::UidSet;
use super::messages;
use super::sync::{JobSync, failed, status_write};
use super::tracking::{Step, Tracking};
use crate::api::{ConditionStatus, JobCondition, JobConditionType, JobStatus, Text};
use crate::event::EventType;
use crate::request::{Call, PodPatch, Response};

impl JobSync {
    /// Runs one step. Returns false at the end.
    pub(super) fn track(&mut self, cx: &mut Context<'_>) -> bool {
        match self.tracking.step {
            Step::Count => self.count(cx),
            Step::FirstWrite => self.remove_finalizers(cx),
            Step::Finalizers => self.settle_and_finish(cx),
            Step::PartialWrite | Step::LastWrite => self.tracking.step = Step::End,
            Step::End => return false,
        }
        true
    }

    pub(super) fn track_answer(&mut self, tag: Tag, response: Response, cx: &mut Context<'_>) {
        match tag {
            Tag::Status => self.status_written(response, cx),
            Tag::Finalizer(i) => self.finalizer_removed(i, response, cx),
            _ => {}
        }
    }

    /// TRACK-01 to TRACK-20: lists ended pods in the status, and writes the status.
    fn count(&mut self, cx: &mut Context<'_>) {
        let Some(mut decision) = self.decision.take() else {
            self.tracking.step = Step::End;
            return;
        };
        let tracking = &mut self.tracking;
        tracking.with_finalizer = std::mem::take(&mut decision.with_finalizer);
        tracking.write |= settle(&mut self.status, &tracking.with_finalizer);
        let deleting = self.job.metadata.deletion_timestamp.is_some();
        let before = uncounted(&self.status);
        let newly_succeeded = walk(&mut self.status, tracking, &decision, deleting);
        note_counted(tracking, before, &self.status, &newly_succeeded, cx);
        self.write_indexes(&mut decision, newly_succeeded, cx);
        if let Some(finish) = decision.finish.take() {
            decision.finish = Some(self.announce(finish, cx));
        }
        self.decision = Some(decision);
        self.tracking.step = Step::FirstWrite;
        if self.tracking.write {
            let call = status_write(&self.job, &self.status);
            self.ask(Tag::Status, call, cx);
        }
    }

    /// TRACK-15.
    fn write_indexes(
        &mut self,
        decision: &mut Decision,
        newly_succeeded: BTreeSet<i32>,
        cx: &mut Context<'_>,
    ) {
        let Some(indexes) = &mut decision.indexes else { return };
        let mut succeeded = std::mem::take(&mut indexes.succeeded);
        succeeded.extend(newly_succeeded);
        self.status.succeeded = succeeded.total();
        let (text, completed) = succeeded.into_stored();
        if self.status.completed_indexes != text {
            self.status.completed_indexes = text;
            self.tracking.write = true;
        }
        let failed = std::mem::take(&mut indexes.failed).map(Grown::into_stored);
        let (text, failed) = failed.unzip();
        if self.status.failed_indexes != text {
            self.status.failed_indexes = text;
            self.tracking.write = true;
        }
        cx.tally.keep_indexes(completed, failed);
    }

    /// TRACK-16: sets the interim condition, and returns the terminal one still to set.
    fn announce(&mut self, finish: JobCondition, cx: &mut Context<'_>) -> JobCondition {
        let terminal = match finish.type_ {
            JobConditionType::FailureTarget => JobConditionType::Failed,
            JobConditionType::SuccessCriteriaMet => JobConditionType::Complete,
            _ => return finish,
        };
        // QUIRK: only the first condition of the type counts, and FailureTarget is added without a
        // check (TRACK-16, CC-92).
        let met = self.status.condition(&JobConditionType::SuccessCriteriaMet);
        let announced = finish.type_ == JobConditionType::SuccessCriteriaMet
            && met.is_some_and(|met| met.status == ConditionStatus::True);
        if !announced {
            self.status.conditions.push(finish.clone());
            self.tracking.write = true;
        }
        JobCondition::new(terminal, finish.status, finish.reason, finish.message, cx.now)
    }

    fn status_written(&mut self, response: Response, cx: &mut Context<'_>) {
        let step = self.tracking.step;
        let job = match response {
            Response::Job(job) => job,
            Response::Error(error) => {
                let doing = match step {
                    Step::FirstWrite => "adding uncounted pods to status",
                    _ => "removing uncounted pods from status",
                };
                self.tracking.error = Some(failed(&error, doing));
                self.tracking.step = Step::End;
                return;
            }
            Response::Pod(_) | Response::CronJob(_) | Response::Done => {
                let text = "no Job in the answer to a status write".to_owned();
                self.tracking.error = Some(SyncError(text));
                self.tracking.step = Step::End;
                return;
            }
        };
        if step == Step::LastWrite && self.tracking.done {
            self.record_end(cx);
            self.finished = true;
        }
        self.status = job.status.clone();
        self.job = job;
        if step == Step::FirstWrite {
            self.tracking.write = false;
            // TRACK-22: the failures are remembered only now.
            if let Some(decision) = &self.decision {
                cx.memory.backoff = decision.backoff;
            }
        }
    }

    /// TRACK-30.
    fn remove_finalizers(&mut self, cx: &mut Context<'_>) {
        self.tracking.step = Step::Finalizers;
        let to_remove = std::mem::take(&mut self.tracking.to_remove);
        for pod in &to_remove {
            cx.memory.removing.insert(pod.uid().clone());
        }
        for (i, pod) in to_remove.iter().enumerate() {
            let patch = PodPatch::RemoveFinalizer;
            let call = Call::PatchPod { pod: Arc::clone(&pod.pod), patch };
            self.ask(Tag::Finalizer(i), call, cx);
        }
        self.tracking.to_remove = to_remove;
    }

    fn finalizer_removed(&mut self, i: usize, response: Response, cx: &mut Context<'_>) {
        let uid = self.tracking.to_remove[i].uid();
        if let Response::Error(error) = &response {
            cx.memory.removing.remove(uid);
            if !error.is_not_found() {
                let text = format!("removing finalizer: {}", error.message);
                self.tracking.patch_error.get_or_insert(SyncError(text));
                return;
            }
        }
        self.tracking.with_finalizer.remove(uid);
    }

    /// TRACK-31 to TRACK-41.
    fn settle_and_finish(&mut self, cx: &mut Context<'_>) {
        let tracking = &mut self.tracking;
        tracking.write |= settle(&mut self.status, &tracking.with_finalizer);
        if let Some(error) = tracking.patch_error.take() {
            tracking.error = Some(error);
            tracking.step = Step::PartialWrite;
        } else {
            tracking.step = Step::LastWrite;
            let finish = self.decision.as_mut().and_then(|decision| decision.finish.take());
            if let Some(finish) = finish {
                if !tracking.capped && may_finish(&self.status, self.terminating, cx) {
                    enact_finished(&mut self.status, finish);
                    tracking.done = true;
                    tracking.write = true;
                } else {
                    let terminating = self.terminating;
                    cx.out.notes.detail("COND-06", || {
                        format!(
                            "{} waits: {terminating} pods are terminating, {} are not counted yet",
                            finish.type_,
                            uncounted(&self.status).0 + uncounted(&self.status).1
                        )
                    });
                }
            }
        }
        if self.tracking.write {
            let call = status_write(&self.job, &self.status);
            self.ask(Tag::Status, call, cx);
        }
    }

    /// EVENT-10 to EVENT-12.
    fn record_end(&mut self, cx: &mut Context<'_>) {
        let completed = self.status.is_true(&JobConditionType::Complete);
        if !completed {
            let failed = self.status.condition(&JobConditionType::Failed);
            if let Some(failed) = failed {
                let words = (failed.reason.clone(), failed.message.clone().into());
                self.record(EventType::Warning, words, cx);
            }
            return;
        }
        if self.job.spec.completions.is_some_and(|wanted| self.status.succeeded > wanted) {
            self.record_words(EventType::Warning, messages::EVENT_TOO_MANY_SUCCEEDED, cx);
        }
        self.record_words(EventType::Normal, messages::EVENT_COMPLETED, cx);
    }
}

/// TRACK-10: walks the pods and returns the newly succeeded indexes.
fn walk(
    status: &mut JobStatus,
    tracking: &mut Tracking,
    decision: &Decision,
    deleting: bool,
) -> BTreeSet<i32> {
    let rules = &decision.rules;
    let uncounted = status.uncounted_terminated_pods.get_or_insert_default();
    let failing = decision
        .finish
        .as_ref()
        .is_some_and(|finish| finish.type_ != JobConditionType::SuccessCriteriaMet);
    let mut newly_succeeded = BTreeSet::new();
    // Repeated indexes count against the limit, too.
    let mut index_count = 0;
    for pod in &decision.snapshot {
        let removable =
            deleting || decision.finish.is_some() || pod.succeeded || pod.failed && !pod.delayed;
        if !removable {
            continue;
        }
        tracking.to_remove.push(pod.clone());
        tracking.with_finalizer.insert(pod.uid().clone());
        let counted_failed = decision.uncounted_failed.contains(pod.uid());
        if pod.succeeded && !counted_failed {
            let before = decision.indexes.as_ref().map(|indexes| &indexes.before);
            if let Some(before) = before {
                if rules.valid_index(pod.index) && !before.has(pod.index) {
                    newly_succeeded.insert(pod.index);
                    index_count += 1;
                    tracking.write = true;
                }
            } else if !decision.uncounted_succeeded.contains(pod.uid()) {
                uncounted.succeeded.push(pod.uid().clone());
                tracking.write = true;
            }
        } else if (pod.failed || failing)
            && !counted_failed
            && (!rules.indexed || rules.valid_index(pod.index))
            && pod.counts
        {
            uncounted.failed.push(pod.uid().clone());
            tracking.write = true;
        }
        if index_count + uncounted.succeeded.len() + uncounted.failed.len() >= MAX_UNCOUNTED {
            tracking.capped = true;
            break;
        }
    }
    newly_succeeded
}

/// The number of pods listed as succeeded and as failed.
fn uncounted(status: &JobStatus) -> (usize, usize) {
    let uncounted = status.uncounted_terminated_pods.as_ref();
    uncounted.map_or((0, 0), |u| (u.succeeded.len(), u.failed.len()))
}

fn note_counted(
    tracking: &Tracking,
    before: (usize, usize),
    status: &JobStatus,
    newly_succeeded: &BTreeSet<i32>,
    cx: &mut Context<'_>,
) {
    if tracking.to_remove.is_empty() {
        return;
    }
    cx.out.notes.detail("TRACK-10", || {
        let (succeeded, failed) = uncounted(status);
        format!(
            "{} finalizers come off; {} pods count as succeeded, {} as failed",
            tracking.to_remove.len(),
            succeeded - before.0 + newly_succeeded.len(),
            failed - before.1
        )
    });
    if tracking.capped {
        cx.out.notes.add("TRACK-11", || {
            format!("no more than {MAX_UNCOUNTED} pods are counted at a time: the rest comes later")
        });
    }
}

/// TRACK-03: counts and unlists UIDs whose pods have lost the finalizer. Returns whether there were
/// any.
fn settle(status: &mut JobStatus, with_finalizer: &UidSet) -> bool {
    let Some(uncounted) = &mut status.uncounted_terminated_pods else { return false };
    let drop = |uids: &mut Vec<Text>| {
        let before = uids.len();
        uids.retain(|uid| with_finalizer.contains(uid));
        (before - uids.len()) as i32
    };
    let (succeeded, failed) = (drop(&mut uncounted.succeeded), drop(&mut uncounted.failed));
    status.succeeded = status.succeeded.wrapping_add(succeeded);
    status.failed = status.failed.wrapping_add(failed);
    succeeded != 0 || failed != 0
}

/// COND-06.
fn may_finish(status: &JobStatus, terminating: i32, cx: &Context<'_>) -> bool {
    let counted = status.uncounted_terminated_pods.as_ref().is_none_or(|u| u.is_empty());
    counted && (terminating == 0 || !cx.sem.interim_conditions())
}
