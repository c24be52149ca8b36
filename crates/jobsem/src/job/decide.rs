//! The decision of one sync, before its first request: counts, the end of the Job, and which pods
//! to create or remove.
//!
//! Everything is computed once, from the pods at the start of the sync, and stays fixed whatever
//! the sync itself changes.
//!
//! Rules: SYNC-12 to SYNC-19, MANAGE-01 to MANAGE-10, DEADLINE-01 to DEADLINE-03, BACKOFF-20,
//! BACKOFF-21 (upstream: `syncJob` and `manageJob`, `pkg/controller/job/job_controller.go`
//! @v1.37.2).

use std::sync::Arc;

use super::backoff::BackoffRecord;
use super::conditions::holds;
use super::constants::MAX_PODS_PER_SYNC;
use super::indexes::{self, Indexes};
use super::memory::{Memory, UidSet};
use super::messages;
use super::rank;
use super::record::{Phase, PodRecord};
use super::rules::Rules;
use super::success_policy;
use super::tally::Tally;
use super::wake::{Delay, until_deadline};
use crate::api::{ConditionStatus, Job, JobCondition, JobConditionType, JobStatus, Pod, Text};
use crate::explain::Notes;
use crate::request::NewIndex;
use crate::wake::WakeReason;
use crate::{SECOND, Semantics, Time};

/// The decision of a sync.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) rules: Arc<Rules>,
    /// The condition that ends the Job, if it ends (`fin` in the rules).
    pub(crate) finish: Option<JobCondition>,
    pub(crate) active: i32,
    pub(crate) ready: i32,
    pub(crate) terminating: i32,
    /// Succeeded pods, or indexes of an Indexed Job, including new ones.
    pub(crate) succeeded: i32,
    pub(crate) backoff: BackoffRecord,
    pub(crate) indexes: Option<Indexes>,
    /// `status.uncountedTerminatedPods` as read.
    pub(crate) uncounted_succeeded: UidSet,
    pub(crate) uncounted_failed: UidSet,
    pub(crate) action: Action,
    /// The pods that the tracking step may process, in its order.
    pub(crate) snapshot: Vec<Tracked>,
    /// UIDs of uncounted pods that still carry the finalizer (TRACK-02).
    pub(crate) with_finalizer: UidSet,
}

/// What the sync does with pods.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The Job ends: delete every active pod, leaving the finalizers (SYNC-18).
    Finish(Vec<Target>),
    /// No action on pods: expectations are open, or the Job is being deleted.
    Leave,
    /// The number of pods is right, or back-off is running.
    Stay { backing_off: bool },
    /// Remove these pods (MANAGE-02, MANAGE-05).
    Remove(Vec<Target>),
    /// Create one pod for each entry (MANAGE-10).
    Create(Vec<Option<NewIndex>>),
}

/// A pod to delete.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) pod: Arc<Pod>,
    pub(crate) ready: bool,
    pub(crate) has_finalizer: bool,
}

/// A pod with the finalizer, as the tracking step sees it.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) pod: Arc<Pod>,
    pub(crate) index: i32,
    pub(crate) succeeded: bool,
    pub(crate) failed: bool,
    /// Whether the policy counts the failure.
    pub(crate) counts: bool,
    /// Whether the pod keeps its finalizer for its replacement.
    pub(crate) delayed: bool,
}

impl Tracked {
    /// The pod's UID, shared with lists and sets.
    pub(crate) fn uid(&self) -> &Text {
        &self.pod.metadata.uid
    }
}

/// The inputs of a decision.
pub(crate) struct Inputs<'a> {
    pub(crate) job: &'a Job,
    pub(crate) tally: &'a Tally,
    pub(crate) memory: &'a Memory,
    pub(crate) satisfied: bool,
    pub(crate) now: Time,
    pub(crate) sem: &'a Semantics,
}

impl Decision {
    /// Decides. `status` is the working copy, in which `startTime` may be set.
    pub(crate) fn new(
        inputs: &Inputs<'_>,
        status: &mut JobStatus,
        wake: &mut Vec<Delay>,
        notes: &mut Notes,
    ) -> Decision {
        let Inputs { job, tally, memory, now, .. } = *inputs;
        let rules = Arc::clone(tally.rules());
        let uncounted = status.uncounted_terminated_pods.get_or_insert_default();
        let uncounted_succeeded = uid_set(&uncounted.succeeded);
        let uncounted_failed = uid_set(&uncounted.failed);

        let eligible = |pod: &PodRecord, counted: &UidSet| {
            !counted.contains(pod.uid())
                && !memory.removing.contains(pod.uid())
                && (!rules.indexed || rules.valid_index(pod.index))
        };
        let (mut succeeded_at, mut failed_at) = (Vec::new(), Vec::new());
        let mut failures_counted = 0usize;
        for pod in tally.ended() {
            if pod.phase == Phase::Succeeded {
                if eligible(pod, &uncounted_succeeded) {
                    succeeded_at.push(pod.finished);
                }
            } else if eligible(pod, &uncounted_failed) {
                failed_at.push(pod.finished);
                failures_counted += usize::from(pod.verdict.counts());
            }
        }
        let mut succeeded = plus(status.succeeded, succeeded_at.len() + uncounted_succeeded.len());
        let failed = plus(status.failed, failures_counted + uncounted_failed.len());
        let backoff = memory.backoff.next(&succeeded_at, &failed_at);
        notes.detail("SYNC-12", || {
            format!(
                "{} active, {} of them ready, {} terminating; {} newly succeeded, {} newly failed",
                tally.active(),
                tally.ready(),
                tally.terminating(),
                succeeded_at.len(),
                failed_at.len()
            )
        });
        notes.detail("BACKOFF-21", || {
            format!("{failed} failed in all; backoffLimit is {}", rules.backoff_limit)
        });
        if rules.restarts_on_failure {
            notes.detail("BACKOFF-20", || {
                let (restarts, limit) = (tally.restarts(), rules.backoff_limit);
                format!(
                    "{restarts} restarts of containers; they count towards backoffLimit {limit}"
                )
            });
        }
        if let Some(last) = backoff.last_failure {
            notes.detail("BACKOFF-01", || {
                format!("{} failures since the last success, the last at {last}", backoff.failures)
            });
        }
        if status.start_time.is_none() && !job.is_suspended() {
            status.start_time = Some(now);
        }

        let mut finish = first_reason_to_finish(inputs, status, failed, notes);
        if finish.is_none() {
            schedule_deadline(inputs, status, wake, notes);
        }
        let mut indexes = None;
        if rules.indexed {
            let found = Indexes::new(tally, status, &memory.removing);
            succeeded = found.succeeded.total();
            note_indexes(&found, rules.completions, notes);
            finish = finish.or_else(|| finish_by_indexes(inputs, &found, notes));
            indexes = Some(found);
        }

        let mut decision = Decision {
            active: tally.active() as i32,
            ready: tally.ready() as i32,
            terminating: if rules.counts_terminating { tally.terminating() as i32 } else { 0 },
            rules,
            finish,
            succeeded,
            backoff,
            indexes,
            with_finalizer: UidSet::default(),
            uncounted_succeeded,
            uncounted_failed,
            action: Action::Leave,
            snapshot: Vec::new(),
        };
        decision.action = decision.act(inputs, wake, notes);
        decision.snapshot = decision.track(inputs);
        decision.with_finalizer = decision
            .uncounted_succeeded
            .union(&decision.uncounted_failed)
            .filter(|uid| !memory.removing.contains(*uid))
            .filter(|uid| tally.get(uid).is_some_and(|pod| pod.has_finalizer))
            .cloned()
            .collect();
        decision
    }

    /// Whether enough pods have succeeded. The Job completes once no pod is active (SYNC-19).
    pub(crate) fn enough_succeeded(&self) -> bool {
        match self.rules.completions {
            None => self.succeeded > 0,
            Some(completions) => self.succeeded >= completions,
        }
    }

    fn act(&self, inputs: &Inputs<'_>, wake: &mut Vec<Delay>, notes: &mut Notes) -> Action {
        if self.finish.is_some() {
            notes.detail("SYNC-18", || format!("the {} active pods go", self.active));
            return Action::Finish(
                inputs.tally.active_records().into_iter().map(Target::new).collect(),
            );
        }
        if !inputs.satisfied {
            notes.add("EXP-04", || "waits to see the pods it created or deleted".to_owned());
            return Action::Leave;
        }
        if inputs.job.metadata.deletion_timestamp.is_some() {
            notes.add("SYNC-19", || "the Job is being deleted: no pod is managed".to_owned());
            return Action::Leave;
        }
        self.manage(inputs, wake, notes)
    }

    /// MANAGE-01 to MANAGE-10.
    fn manage(&self, inputs: &Inputs<'_>, wake: &mut Vec<Delay>, notes: &mut Notes) -> Action {
        let Inputs { job, tally, now, sem, .. } = *inputs;
        if job.is_suspended() {
            notes.add("MANAGE-02", || format!("suspended: {} active pods go", self.active));
            return Action::Remove(tally.active_records().into_iter().map(Target::new).collect());
        }
        let wanted = self.wanted();
        let surplus = (self.active - wanted).max(0) as usize;
        let removals = self.removals(tally, surplus, sem);
        if !removals.is_empty() {
            notes.add("MANAGE-05", || {
                format!("{} active, {wanted} wanted: {} go", self.active, removals.len())
            });
            notes.detail("MANAGE-04", || {
                let names: Vec<_> =
                    removals.iter().map(|target| &*target.pod.metadata.name).collect();
                format!("the first to go: {}", names.join(", "))
            });
            return Action::Remove(removals);
        }
        // MANAGE-06: with `Failed`, a terminating pod keeps its place until it is gone.
        let mut room = wanted - self.active;
        if self.rules.only_replace_failed {
            if tally.terminating() > 0 {
                notes.detail("TERM-02", || {
                    format!("{} terminating pods keep their places", tally.terminating())
                });
            }
            room -= if self.rules.counts_terminating {
                self.terminating
            } else {
                tally.terminating() as i32
            };
        }
        if room <= 0 {
            notes.add("MANAGE-06", || format!("{} active, {wanted} wanted", self.active));
            return Action::Stay { backing_off: false };
        }
        let room = (room as usize).min(MAX_PODS_PER_SYNC);
        if !self.rules.per_index() {
            let wait = self.backoff.remaining(now);
            if wait > 0 {
                notes.add("MANAGE-07", || {
                    let failures = match self.backoff.failures {
                        1 => "1 failure".to_owned(),
                        n => format!("{n} failures"),
                    };
                    let wait = seconds(wait);
                    format!("waits {wait} before the next pod: back-off after {failures}")
                });
                wake.push(Delay::backoff(wait));
                return Action::Stay { backing_off: true };
            }
        }
        let Some(indexes) = &self.indexes else {
            notes.add("MANAGE-10", || {
                format!("{} active, {wanted} wanted: {room} created", self.active)
            });
            return Action::Create(vec![None; room]);
        };
        let mut pending = indexes.pending(tally, room);
        if self.rules.per_index() {
            pending = match indexes.ready_now(pending, now) {
                Ok(pending) => pending,
                Err(wait) => {
                    notes.add("INDEX-31", || {
                        format!("every pending index waits; the first for {}", seconds(wait))
                    });
                    wake.push(Delay::backoff(wait));
                    return Action::Stay { backing_off: true };
                }
            };
        }
        notes.add("MANAGE-10", || {
            format!("{} active, {wanted} wanted: indexes {pending:?} created", self.active)
        });
        let new = |index| {
            let counts = self.rules.per_index().then(|| indexes.inherited_counts(index));
            Some(NewIndex { index, counts })
        };
        Action::Create(pending.into_iter().map(new).collect())
    }

    /// MANAGE-03: how many pods should be active.
    fn wanted(&self) -> i32 {
        match self.rules.completions {
            None if self.succeeded > 0 => self.active,
            None => self.rules.parallelism,
            Some(completions) => {
                completions.wrapping_sub(self.succeeded).min(self.rules.parallelism).max(0)
            }
        }
    }

    /// MANAGE-04: the pods to remove, misplaced ones first.
    fn removals(&self, tally: &Tally, surplus: usize, sem: &Semantics) -> Vec<Target> {
        let misplaced = self.rules.indexed && tally.has_misplaced();
        if surplus == 0 && !misplaced {
            return Vec::new();
        }
        let (mut removed, mut left) = if misplaced {
            indexes::misplaced(tally, sem)
        } else {
            (Vec::new(), tally.active_records())
        };
        if removed.len() < surplus {
            rank::sort(&mut left, sem);
            removed.extend(left.into_iter().take(surplus - removed.len()));
        }
        removed.truncate(MAX_PODS_PER_SYNC);
        removed.into_iter().map(Target::new).collect()
    }

    /// The pods with the finalizer that TRACK-10 may process.
    fn track(&self, inputs: &Inputs<'_>) -> Vec<Tracked> {
        let Inputs { job, tally, memory, .. } = *inputs;
        let leaving = match &self.action {
            Action::Remove(targets) => targets.len(),
            _ => 0,
        };
        let may_complete = self.enough_succeeded() && self.active - leaving as i32 <= 0;
        let all =
            self.finish.is_some() || may_complete || job.metadata.deletion_timestamp.is_some();
        let tracked = |pod: &PodRecord| Tracked {
            pod: Arc::clone(&pod.pod),
            index: pod.index,
            succeeded: pod.phase == Phase::Succeeded,
            failed: pod.is_failed(&self.rules),
            counts: pod.verdict.counts(),
            delayed: self.indexes.as_ref().is_some_and(|indexes| indexes.is_delayed(pod)),
        };
        let relevant = |pod: &&PodRecord| pod.has_finalizer && !memory.removing.contains(pod.uid());
        let mut snapshot: Vec<Tracked> = if all {
            tally.records().into_iter().filter(relevant).map(tracked).collect()
        } else {
            tally.ended().filter(relevant).map(tracked).collect()
        };
        if self.rules.indexed {
            snapshot.sort_by_key(|pod| pod.index);
        }
        snapshot
    }
}

impl Target {
    fn new(pod: &PodRecord) -> Target {
        Target { pod: Arc::clone(&pod.pod), ready: pod.ready, has_finalizer: pod.has_finalizer }
    }
}

/// SYNC-15: the first reason that does not depend on indexes.
fn first_reason_to_finish(
    inputs: &Inputs<'_>,
    status: &JobStatus,
    failed: i32,
    notes: &mut Notes,
) -> Option<JobCondition> {
    let Inputs { job, tally, now, sem, .. } = *inputs;
    let rules = tally.rules();
    if sem.reads_success_criteria_met()
        && let Some(met) = status.condition(&JobConditionType::SuccessCriteriaMet)
        && met.status == ConditionStatus::True
    {
        notes.add("SYNC-15", || "SuccessCriteriaMet is set: the Job will succeed".to_owned());
        return Some(met.clone());
    }
    if sem.reads_failure_target() {
        // QUIRK: only the first condition of the type counts (SYNC-15b, CC-92).
        let target = status.condition(&JobConditionType::FailureTarget).filter(|target| {
            target.status == ConditionStatus::True || sem.failure_target_any_status()
        });
        if let Some(target) = target {
            notes.add("SYNC-15", || "FailureTarget is set: the Job will fail".to_owned());
            let (reason, message) = (target.reason.clone(), target.message.clone());
            let (type_, status) = (JobConditionType::Failed, ConditionStatus::True);
            return Some(JobCondition::new(type_, status, reason, message, now));
        }
    }
    if let Some(message) = tally.fail_job_message() {
        notes.add("PFP-05", || message.to_string());
        return Some(JobCondition::new(
            JobConditionType::FailureTarget,
            ConditionStatus::True,
            Text::of(messages::POD_FAILURE_POLICY),
            &**message,
            now,
        ));
    }
    let limit = rules.backoff_limit;
    if failed > limit {
        notes.add("BACKOFF-21", || format!("{failed} failed, more than backoffLimit {limit}"));
        return Some(holds(failure_type(sem), messages::BACKOFF_LIMIT, now));
    }
    if rules.restarts_on_failure && past_restart_limit(tally.restarts(), limit) {
        notes.add("BACKOFF-20", || {
            format!("{} restarts reach backoffLimit {limit}", tally.restarts())
        });
        return Some(holds(failure_type(sem), messages::BACKOFF_LIMIT, now));
    }
    if let Some(left) = left_of_deadline(job, status, now)
        && left <= 0
    {
        notes.add("DEADLINE-01", || "activeDeadlineSeconds have passed".to_owned());
        return Some(holds(failure_type(sem), messages::DEADLINE, now));
    }
    None
}

/// The condition type of a failing Job: the interim one where interim conditions exist (S-INTERIM).
fn failure_type(sem: &Semantics) -> JobConditionType {
    if sem.interim_conditions() {
        JobConditionType::FailureTarget
    } else {
        JobConditionType::Failed
    }
}

/// BACKOFF-20.
fn past_restart_limit(restarts: i64, limit: i32) -> bool {
    if limit == 0 { restarts > 0 } else { restarts >= i64::from(limit) }
}

/// Nanoseconds until the active deadline, if one is running (DEADLINE-01).
fn left_of_deadline(job: &Job, status: &JobStatus, now: Time) -> Option<i64> {
    let (seconds, start) = (job.spec.active_deadline_seconds?, status.start_time?);
    (!job.is_suspended()).then(|| until_deadline(seconds, start, now))
}

/// DEADLINE-03.
fn schedule_deadline(
    inputs: &Inputs<'_>,
    status: &JobStatus,
    wake: &mut Vec<Delay>,
    notes: &mut Notes,
) {
    if let Some(left) = left_of_deadline(inputs.job, status, inputs.now) {
        notes.detail("DEADLINE-03", || format!("{} until the active deadline", seconds(left)));
        wake.push(Delay { nanos: left, reason: WakeReason::Deadline });
    }
}

fn note_indexes(indexes: &Indexes, completions: Option<i32>, notes: &mut Notes) {
    notes.detail("INDEX-10", || {
        let of = completions.unwrap_or(0);
        let text = indexes.succeeded.to_string();
        let text = if text.is_empty() { "none".to_owned() } else { text };
        format!("succeeded indexes: {text} ({} of {of})", indexes.succeeded.total())
    });
    if let Some(failed) = indexes.failed.as_ref().filter(|failed| !failed.is_empty()) {
        notes.detail("INDEX-12", || format!("failed indexes: {failed}"));
    }
    if !indexes.delayed.is_empty() {
        notes.detail("INDEX-20", || {
            let waiting: Vec<_> = indexes.delayed.keys().map(i32::to_string).collect();
            format!("indexes that failed and are to be tried again: {}", waiting.join(", "))
        });
    }
}

/// SYNC-17: the reasons that depend on indexes, and the success policy.
fn finish_by_indexes(
    inputs: &Inputs<'_>,
    indexes: &Indexes,
    notes: &mut Notes,
) -> Option<JobCondition> {
    let Inputs { job, tally, now, sem, .. } = *inputs;
    let completions = tally.rules().completions.unwrap_or(0);
    if let Some(failed) = &indexes.failed {
        let failures = failed.total();
        if let Some(limit) = job.spec.max_failed_indexes
            && failures > limit
        {
            notes.add("SYNC-17", || {
                format!("{failures} failed indexes, more than maxFailedIndexes {limit}")
            });
            return Some(holds(failure_type(sem), messages::MAX_FAILED_INDEXES, now));
        }
        if failures > 0 && failures.wrapping_add(indexes.succeeded.total()) >= completions {
            notes.add("SYNC-17", || format!("all indexes have ended, {failures} of them failed"));
            return Some(holds(failure_type(sem), messages::FAILED_INDEXES, now));
        }
    }
    let policy = job.spec.success_policy.as_ref().filter(|_| sem.success_policy());
    let rule = success_policy::matched_rule(policy?, completions, &indexes.succeeded.all())?;
    notes.add("SUCC-01", || format!("indexes {} match rule {rule}", indexes.succeeded));
    Some(JobCondition::new(
        JobConditionType::SuccessCriteriaMet,
        ConditionStatus::True,
        Text::of(messages::SUCCESS_POLICY),
        messages::matched_rules(rule),
        now,
    ))
}

/// Seconds for people, with at most three decimals.
fn seconds(nanos: i64) -> String {
    let text = format!("{:.3}", nanos as f64 / SECOND as f64);
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

fn uid_set(uids: &[Text]) -> UidSet {
    uids.iter().cloned().collect()
}

/// Upstream adds in 32 bits and wraps.
fn plus(counter: i32, count: usize) -> i32 {
    counter.wrapping_add(count as i32)
}
