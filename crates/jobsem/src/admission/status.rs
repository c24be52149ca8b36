//! Validation of a Job's status update.
//!
//! Rules: STATUS-UPDATE-1 to STATUS-UPDATE-52, in the order of that table. A rule about a member
//! is read only if the member changed, so that a stored status that breaks it can still be
//! updated elsewhere. Nothing is allocated as long as nothing is wrong.

use std::collections::BTreeSet;

use serde::Serialize;

use super::indexes;
use super::metadata::timestamp;
use super::path::{Errors, IMMUTABLE, Path, composite, text, typed};
use crate::Semantics;
use crate::api::{
    ConditionStatus, Job, JobCondition, JobConditionType, JobSpec, JobStatus, Text,
    UncountedTerminatedPods,
};
use crate::refusal::BadValue;

const STATUS: Path<'static> = Path::root("status");

/// What is True of a status, whatever the position of the condition (STATUS-UPDATE-1).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Facts {
    complete: bool,
    failed: bool,
    failure_target: bool,
    success_criteria_met: bool,
}

impl Facts {
    fn of(status: &JobStatus) -> Facts {
        let is = |type_| status.is_true(&type_);
        Facts {
            complete: is(JobConditionType::Complete),
            failed: is(JobConditionType::Failed),
            failure_target: is(JobConditionType::FailureTarget),
            success_criteria_met: is(JobConditionType::SuccessCriteriaMet),
        }
    }

    const fn finished(self) -> bool {
        self.complete || self.failed
    }
}

/// An update of a status: both sides, and what changed (STATUS-UPDATE-2).
struct Update<'a> {
    spec: &'a JobSpec,
    indexed: bool,
    new: &'a JobStatus,
    old: &'a JobStatus,
    now: Facts,
    then: Facts,
}

/// The status rules on `new`, whose spec is the stored one.
pub(super) fn validate(new: &Job, old: &Job, errors: &mut Errors<'_>) {
    let update = Update {
        spec: &new.spec,
        indexed: new.is_indexed(),
        new: &new.status,
        old: &old.status,
        now: Facts::of(&new.status),
        then: Facts::of(&old.status),
    };
    update.counts(errors);
    let sem = errors.sem;
    if !sem.validates_status_transitions() {
        return;
    }
    if sem.managed_by() {
        update.completion(errors);
        update.finished(errors);
        update.index_texts(errors);
        update.late_counts(errors);
    }
    update.success_criteria(errors);
    if sem.managed_by() {
        update.transitions(errors);
    }
    update.success_criteria_transitions(errors);
}

impl Update<'_> {
    /// Rows 10 and 11.
    fn counts(&self, errors: &mut Errors<'_>) {
        let new = self.new;
        errors.non_negative(&STATUS.child("active"), new.active.into());
        errors.non_negative(&STATUS.child("succeeded"), new.succeeded.into());
        errors.non_negative(&STATUS.child("failed"), new.failed.into());
        errors.non_negative(&STATUS.child("ready"), new.ready.unwrap_or(0).into());
        errors.non_negative(&STATUS.child("terminating"), new.terminating.unwrap_or(0).into());
        if let Some(uncounted) = &new.uncounted_terminated_pods {
            uncounted_pods(uncounted, errors);
        }
    }

    /// Rows 12 to 18.
    fn completion(&self, errors: &mut Errors<'_>) {
        let (new, old, now, then) = (self.new, self.old, self.now, self.then);
        let complete = now.complete != then.complete;
        let failed = now.failed != then.failed;
        let completion_time = new.completion_time != old.completion_time;
        if (complete || failed) && now.complete && now.failed {
            conditions(errors, "cannot set Complete=True and Failed=true conditions");
        }
        let target = now.failure_target != then.failure_target;
        if (complete || target) && now.complete && now.failure_target {
            conditions(errors, "cannot set Complete=True and FailureTarget=true conditions");
        }
        let path = STATUS.child("completionTime");
        if complete || completion_time {
            match new.completion_time {
                Some(_) if !now.complete => {
                    let detail = "cannot set completionTime when there is no Complete=True \
                                  condition";
                    errors.invalid(&path, timestamp(new.completion_time), detail);
                }
                None if now.complete => {
                    errors.required(&path, "completionTime is required for Complete jobs");
                }
                _ => {}
            }
        }
        if (completion_time || new.start_time != old.start_time)
            && let (Some(start), Some(end)) = (new.start_time, new.completion_time)
            && end < start
        {
            let detail = if errors.sem.new_status_texts() {
                "must be equal to or after `startTime`"
            } else {
                "completionTime cannot be set before startTime"
            };
            errors.invalid(&path, timestamp(new.completion_time), detail);
        }
        if !errors.sem.validates_interim_conditions() {
            return;
        }
        let indexes = new.failed_indexes != old.failed_indexes;
        if (failed || indexes) && now.failed && !now.failure_target {
            let detail = "cannot set Failed=True condition without the FailureTarget=true \
                          condition";
            conditions(errors, detail);
        }
        let criteria = now.success_criteria_met != then.success_criteria_met;
        if (complete || criteria) && now.complete && !now.success_criteria_met {
            let detail = "cannot set Complete=True condition without the \
                          SuccessCriteriaMet=true condition";
            conditions(errors, detail);
        }
    }

    /// Rows 19 to 21.
    fn finished(&self, errors: &mut Errors<'_>) {
        if !self.now.finished() {
            return;
        }
        let (new, old) = (self.new, self.old);
        let finished = !self.then.finished();
        if (finished || new.active != old.active) && new.active > 0 {
            let detail = "active>0 is invalid for finished job";
            errors.invalid(&STATUS.child("active"), number(new.active), detail);
        }
        let nothing_to_run = errors.sem.suspended_jobs_may_complete_unstarted()
            && self.spec.suspend == Some(true)
            && self.spec.completions == Some(0);
        if (finished || new.start_time != old.start_time)
            && !nothing_to_run
            && new.start_time.is_none()
        {
            errors.required(&STATUS.child("startTime"), "startTime is required for finished job");
        }
        let changed = new.uncounted_terminated_pods != old.uncounted_terminated_pods;
        if let Some(uncounted) = &new.uncounted_terminated_pods
            && (finished || changed)
            && !uncounted.is_empty()
        {
            let detail = if errors.sem.new_status_texts() {
                "must be empty for finished job"
            } else {
                "uncountedTerminatedPods needs to be empty for finished job"
            };
            let path = STATUS.child("uncountedTerminatedPods");
            errors.invalid(&path, uncounted_value(uncounted), detail);
        }
    }

    /// Rows 22 to 26.
    fn index_texts(&self, errors: &mut Errors<'_>) {
        let (new, old, spec) = (self.new, self.old, self.spec);
        let completed = new.completed_indexes != old.completed_indexes;
        let failed = new.failed_indexes != old.failed_indexes;
        let completed_path = STATUS.child("completedIndexes");
        let failed_path = STATUS.child("failedIndexes");
        if let Some(completions) = spec.completions
            && completed
            && let Err(why) = indexes::parse(&new.completed_indexes, completions)
        {
            let detail = format!("error parsing completedIndexes: {why}");
            errors.invalid(&completed_path, text(&new.completed_indexes), detail);
        }
        if let (Some(completions), Some(_), Some(indexes)) =
            (spec.completions, spec.backoff_limit_per_index, &new.failed_indexes)
            && failed
            && let Err(why) = indexes::parse(indexes, completions)
        {
            let value = BadValue::TextPointer(indexes.to_string());
            errors.invalid(&failed_path, value, format!("error parsing failedIndexes: {why}"));
        }
        if completed && !new.completed_indexes.is_empty() && !self.indexed {
            let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
            errors.invalid(&completed_path, text(&new.completed_indexes), detail);
        }
        let Some(indexes) = &new.failed_indexes else { return };
        if failed && spec.backoff_limit_per_index.is_none() {
            let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
            errors.invalid(&failed_path, text(indexes), detail);
        }
        if let Some(completions) = spec.completions
            && (failed || completed)
            && let Some(index) = indexes::overlap(&new.completed_indexes, indexes, completions)
        {
            let detail = format!("failedIndexes and completedIndexes overlap at index: {index}");
            errors.invalid(&failed_path, text(indexes), detail);
        }
    }

    /// Rows 27 and 28.
    fn late_counts(&self, errors: &mut Errors<'_>) {
        if !errors.sem.validates_interim_conditions() {
            return;
        }
        let (new, old) = (self.new, self.old);
        let finished = self.now.finished();
        if let Some(terminating) = new.terminating
            && (finished != self.then.finished() || new.terminating != old.terminating)
            && terminating > 0
            && finished
        {
            let detail = "terminating>0 is invalid for finished job";
            errors.invalid(&STATUS.child("terminating"), number(terminating), detail);
        }
        if let Some(ready) = new.ready
            && (new.ready != old.ready || new.active != old.active)
            && ready > new.active
        {
            let detail = "cannot set more ready pods than active";
            errors.invalid(&STATUS.child("ready"), number(ready), detail);
        }
    }

    /// Rows 29 to 33.
    fn success_criteria(&self, errors: &mut Errors<'_>) {
        let now = self.now;
        let only_policy = errors.sem.success_criteria_need_policy(self.then.success_criteria_met);
        if only_policy && now.success_criteria_met && !self.indexed {
            conditions(errors, "cannot set SuccessCriteriaMet to NonIndexed Job");
        }
        if now.success_criteria_met && now.failed {
            conditions(errors, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
        }
        if now.success_criteria_met && now.failure_target {
            let detail = "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions";
            conditions(errors, detail);
        }
        let policy = self.spec.success_policy.is_some();
        if only_policy && now.success_criteria_met && !policy {
            let detail = "cannot set SuccessCriteriaMet=True for Job without SuccessPolicy";
            conditions(errors, detail);
        }
        if policy && now.complete && !now.success_criteria_met {
            let detail = "cannot set Complete=True for Job with SuccessPolicy unless \
                          SuccessCriteriaMet=True";
            conditions(errors, detail);
        }
    }

    /// Rows 34 to 38.
    fn transitions(&self, errors: &mut Errors<'_>) {
        let (new, old, now, then) = (self.new, self.old, self.now, self.then);
        for (name, was, is) in [
            ("Failed", then.failed, now.failed),
            ("Complete", then.complete, now.complete),
            ("FailureTarget", then.failure_target, now.failure_target),
        ] {
            if was && !is {
                conditions(errors, &format!("cannot disable the terminal {name}=True condition"));
            }
        }
        if new.failed < old.failed {
            let detail = "cannot decrease the failed counter";
            errors.invalid(&STATUS.child("failed"), number(new.failed), detail);
        }
        let elastic = self.indexed && self.spec.completions == self.spec.parallelism;
        if !elastic && new.succeeded < old.succeeded {
            let detail = "cannot decrease the succeeded counter";
            errors.invalid(&STATUS.child("succeeded"), number(new.succeeded), detail);
        }
        if let (Some(a), Some(b)) = (new.completion_time, old.completion_time)
            && a != b
        {
            let detail = if errors.sem.new_status_texts() {
                IMMUTABLE
            } else {
                "completionTime cannot be mutated"
            };
            let path = STATUS.child("completionTime");
            errors.invalid(&path, timestamp(new.completion_time), detail);
        }
        let resuming = errors.sem.resuming_may_change_start_time()
            && old.is_true(&JobConditionType::Suspended)
            && new.conditions.iter().any(is_suspended_false);
        if old.start_time.is_some()
            && old.start_time != new.start_time
            && !resuming
            && self.spec.suspend != Some(true)
        {
            let path = STATUS.child("startTime");
            if errors.sem.start_time_is_immutable() {
                let detail = "field is immutable for unsuspended job once set";
                errors.invalid(&path, timestamp(new.start_time), detail);
            } else {
                let detail = "startTime cannot be removed for unsuspended job";
                errors.required(&path, detail);
            }
        }
    }

    /// Rows 39 and 40.
    fn success_criteria_transitions(&self, errors: &mut Errors<'_>) {
        let (now, then) = (self.now, self.then);
        if then.success_criteria_met && !now.success_criteria_met {
            conditions(errors, "cannot disable the SuccessCriteriaMet=True condition");
        }
        if then.complete && !then.success_criteria_met && now.success_criteria_met {
            let detail = "cannot set SuccessCriteriaMet=True for Job already has Complete=true \
                          conditions";
            conditions(errors, detail);
        }
    }
}

fn is_suspended_false(condition: &JobCondition) -> bool {
    condition.type_ == JobConditionType::Suspended && condition.status == ConditionStatus::False
}

fn conditions(errors: &mut Errors<'_>, detail: &str) {
    errors.invalid(&STATUS.child("conditions"), BadValue::Omitted, detail);
}

fn number(number: i32) -> BadValue {
    BadValue::Number(number.into())
}

/// Lists longer than this are looked through with a set.
const SHORT_LIST: usize = 16;

/// Row 11: no uid is empty or stands twice in the two lists.
fn uncounted_pods(uncounted: &UncountedTerminatedPods, errors: &mut Errors<'_>) {
    let root = STATUS.child("uncountedTerminatedPods");
    let lists = [("succeeded", &uncounted.succeeded), ("failed", &uncounted.failed)];
    let mut set = (uncounted.succeeded.len() + uncounted.failed.len() > SHORT_LIST)
        .then(BTreeSet::<&str>::new);
    for (which, (name, list)) in lists.into_iter().enumerate() {
        let path = root.child(name);
        for (i, uid) in list.iter().enumerate() {
            if uid.is_empty() {
                errors.invalid(&path.index(i), typed(""), "must not be empty");
                continue;
            }
            let seen = match &mut set {
                Some(set) => !set.insert(uid),
                None => list[..i].contains(uid) || which == 1 && uncounted.succeeded.contains(uid),
            };
            if seen {
                errors.duplicate(&path.index(i), typed(uid));
            }
        }
    }
}

/// The server's internal form, whose lists are null if they are empty (RENDER-5).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalUncounted<'a> {
    succeeded: Option<&'a [Text]>,
    failed: Option<&'a [Text]>,
}

fn uncounted_value(uncounted: &UncountedTerminatedPods) -> BadValue {
    let list = |list: &'_ [Text]| !list.is_empty();
    composite(&InternalUncounted {
        succeeded: Some(&uncounted.succeeded[..]).filter(|l| list(l)),
        failed: Some(&uncounted.failed[..]).filter(|l| list(l)),
    })
}

impl Semantics {
    /// SuccessCriteriaMet is refused unless a success policy explains it (STATUS-UPDATE-29, -32).
    fn success_criteria_need_policy(&self, had_it: bool) -> bool {
        match self.success_criteria_rule() {
            crate::semantics::SuccessCriteriaRule::Always => true,
            crate::semantics::SuccessCriteriaRule::OldGates => {
                !self.managed_by() && !self.pod_replacement_policy() && !had_it
            }
            crate::semantics::SuccessCriteriaRule::Never => false,
        }
    }
}
