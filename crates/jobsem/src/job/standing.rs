//! [`explain_pods`]: for each pod, whether and how its Job counts it, and why.
//!
//! The answers come from the counts and the decision that a sync would use now; nothing is decided
//! here. Standings and rule ids are part of the contract, the texts are not.
//!
//! Rules: CLAIM-03, PRED-03 to PRED-13, TRACK-03, TRACK-10 to TRACK-14, TRACK-43, ORPHAN-06.

use std::fmt;
use std::sync::Arc;

use super::Memory;
use super::claim::{fold, is_owner};
use super::decide::{Action, Decision, Inputs};
use super::failure_policy::{self, Verdict};
use super::indexes::Indexes;
use super::record::{Phase, PodRecord};
use super::rules::Rules;
use super::skip::managed_externally;
use super::tally::Tally;
use crate::api::well_known::TRACKING_FINALIZER;
use crate::api::{ConditionStatus, Job, JobConditionType, Pod, Selector};
use crate::explain::Notes;
use crate::{Semantics, Time};

/// How a Job counts one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PodNote {
    /// The pod's name.
    pub name: String,
    /// Its completion index, if it has a readable one.
    pub index: Option<i32>,
    /// The standing.
    pub standing: Standing,
    /// The rule that decides.
    pub rule: &'static str,
    /// The reason, for people.
    pub text: String,
}

/// The ways in which a Job may count a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// It has another owner.
    NotOurs,
    /// It has no owner and will be adopted.
    Adopted,
    /// It no longer matches the selector and will be released.
    Released,
    /// The Job has ended; the pod no longer matters.
    Over,
    /// It is active.
    Active,
    /// It is active and will be deleted, or counts as failed with the Job.
    Leaving,
    /// It is being deleted and has not ended.
    Terminating,
    /// It succeeded and is counted next.
    Succeeded,
    /// It failed and is counted next.
    Failed,
    /// It failed and fails its index.
    FailsIndex,
    /// It failed and fails the Job.
    FailsJob,
    /// It failed, and the failure policy ignores the failure.
    Ignored,
    /// It failed and is counted once its replacement exists.
    AwaitsReplacement,
    /// It is listed in the status and is counted once its finalizer is removed.
    Listed,
    /// It ended and has no finalizer: it was counted, or never will be.
    Settled,
    /// It ended without a valid index and is not counted.
    NoIndex,
}

impl Standing {
    /// The standing's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::NotOurs => "not-ours",
            Standing::Adopted => "adopted",
            Standing::Released => "released",
            Standing::Over => "over",
            Standing::Active => "active",
            Standing::Leaving => "leaving",
            Standing::Terminating => "terminating",
            Standing::Succeeded => "succeeded",
            Standing::Failed => "failed",
            Standing::FailsIndex => "fails-index",
            Standing::FailsJob => "fails-job",
            Standing::Ignored => "ignored",
            Standing::AwaitsReplacement => "awaits-replacement",
            Standing::Listed => "listed",
            Standing::Settled => "settled",
            Standing::NoIndex => "no-index",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the Job counts each of its pods now, in the order given.
///
/// `pods` and `memory` are as for [`reconcile`](crate::reconcile()). Unrelated pods are left out.
///
/// ```
/// use jobsem::{Semantics, Standing, Time, api::{Job, Pod}, explain_pods, job::Memory};
///
/// let job: Job = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
///     "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 4,
///              "selector": {"matchLabels": {"job": "pi"}}}}"#)?;
/// let pod: Pod = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi-x", "uid": "p1", "labels": {"job": "pi"},
///         "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "pi",
///                              "uid": "u1", "controller": true}]},
///     "status": {"phase": "Succeeded"}}"#)?;
/// let sem = Semantics::default();
/// let notes = explain_pods(&job, &[pod.into()], Time::from_unix(0), &Memory::default(), &sem);
/// assert_eq!(notes[0].standing, Standing::Settled, "without the finalizer it does not count");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn explain_pods(
    job: &Job,
    pods: &[Arc<Pod>],
    now: Time,
    memory: &Memory,
    sem: &Semantics,
) -> Vec<PodNote> {
    let rules = Arc::new(Rules::new(job, sem));
    let Ok(selector) = rules.selector.clone() else { return Vec::new() };
    let mut tally = Tally::new(rules);
    fold(job, pods, &mut tally, sem);
    let memory = Memory { expectations: None, removing: Default::default(), ..memory.clone() };
    let mut status = job.status.clone();
    let over = job.is_finished() || managed_externally(job, sem);
    let decision = (!over).then(|| {
        let (tally, memory) = (&tally, &memory);
        let inputs = Inputs { job, tally, memory, satisfied: true, now, sem };
        Decision::new(&inputs, &mut status, &mut Vec::new(), &mut Notes::default())
    });
    let view = View { job, sem, tally: &tally, selector: &selector, decision: decision.as_ref() };
    let in_namespace = |pod: &&Arc<Pod>| pod.metadata.namespace == job.metadata.namespace;
    pods.iter().filter(in_namespace).filter_map(|pod| view.note(pod, now)).collect()
}

struct View<'a> {
    job: &'a Job,
    sem: &'a Semantics,
    tally: &'a Tally,
    selector: &'a Selector,
    /// `None` for a Job that this controller ignores.
    decision: Option<&'a Decision>,
}

type Told = (Standing, &'static str, String);

/// What keeps an active pod from running: it is not scheduled, or a container waits and says why.
fn hindrances(pod: &Pod) -> Vec<String> {
    let described = |reason: &str, message: &str| match message {
        "" => reason.to_owned(),
        message => format!("{reason}: {message}"),
    };
    let mut out = Vec::new();
    let unscheduled = pod.status.conditions.iter().find(|condition| {
        condition.type_ == "PodScheduled" && condition.status == ConditionStatus::False
    });
    if let Some(condition) = unscheduled {
        out.push(format!("not scheduled: {}", described(&condition.reason, &condition.message)));
    }
    let statuses =
        pod.status.init_container_statuses.iter().chain(pod.status.container_statuses.iter());
    for status in statuses {
        let waiting = &status.state.waiting;
        let Some(waiting) = waiting else { continue };
        // A container that has not begun, or whose init containers run, hinders nothing.
        if matches!(waiting.reason.as_str(), "" | "ContainerCreating" | "PodInitializing") {
            continue;
        }
        let restarts = match status.restart_count {
            0 => String::new(),
            1 => " after 1 restart".to_owned(),
            n => format!(" after {n} restarts"),
        };
        let why = described(&waiting.reason, &waiting.message);
        out.push(format!("container {} waits{restarts}: {why}", status.name));
    }
    out
}

fn told(standing: Standing, rule: &'static str, text: impl Into<String>) -> Option<Told> {
    Some((standing, rule, text.into()))
}

impl View<'_> {
    fn note(&self, pod: &Arc<Pod>, now: Time) -> Option<PodNote> {
        let record = PodRecord::new(Arc::clone(pod), self.tally.rules(), self.sem);
        let (standing, rule, text) =
            self.ownership(pod).unwrap_or_else(|| Some(self.ours(pod, &record, now)))?;
        let index = (self.job.is_indexed() && record.index >= 0).then_some(record.index);
        Some(PodNote { name: pod.metadata.name.to_string(), index, standing, rule, text })
    }

    /// The ownership of a pod: `None` if it is the Job's, `Some(None)` if it is unrelated
    /// (CLAIM-03).
    fn ownership(&self, pod: &Pod) -> Option<Option<Told>> {
        let matches = self.selector.matches(pod.metadata.labels.as_ref());
        let meta = &self.job.metadata;
        match pod.metadata.controller_ref() {
            Some(owner) if !is_owner(self.job, owner, self.sem) => {
                let namesake = owner.kind == "Job" && owner.name == meta.name;
                Some(if namesake {
                    let text = format!("belongs to an earlier Job of that name ({})", owner.uid);
                    told(Standing::NotOurs, "CLAIM-03", text)
                } else if matches {
                    let text = format!("belongs to {} {}", owner.kind, owner.name);
                    told(Standing::NotOurs, "CLAIM-03", text)
                } else {
                    None
                })
            }
            Some(_) if matches => None,
            Some(_) if meta.deletion_timestamp.is_some() => Some(told(
                Standing::NotOurs,
                "CLAIM-03",
                "the selector does not match it, and the Job is being deleted",
            )),
            Some(_) => Some(told(
                Standing::Released,
                "CLAIM-03",
                "the selector does not match it any more: it is let go, and its result is lost",
            )),
            None if !matches => Some(None),
            None if pod.metadata.deletion_timestamp.is_some()
                || meta.deletion_timestamp.is_some() =>
            {
                Some(told(
                    Standing::NotOurs,
                    "CLAIM-03",
                    "has no controller, and nothing that is being deleted is taken over",
                ))
            }
            None => Some(told(
                Standing::Adopted,
                "CLAIM-03",
                "the selector matches and it has no controller: it is taken over, and counts",
            )),
        }
    }

    fn ours(&self, pod: &Pod, record: &PodRecord, now: Time) -> Told {
        let Some(decision) = self.decision else {
            let text = match pod.metadata.has_finalizer(TRACKING_FINALIZER) {
                true if self.job.is_finished() => {
                    "the Job has ended: it is not counted any more, its finalizer comes off"
                }
                _ if self.job.is_finished() => "the Job has ended",
                _ => "another controller is in charge of the Job",
            };
            return (Standing::Over, "ORPHAN-06", text.to_owned());
        };
        if record.is_active() {
            return self.active(pod, record, decision);
        }
        if !record.has_finalizer {
            return unfinalized(record);
        }
        for (listed, word) in
            [(&decision.uncounted_succeeded, "succeeded"), (&decision.uncounted_failed, "failed")]
        {
            if listed.contains(record.uid()) {
                let text = format!(
                    "listed in uncountedTerminatedPods.{word}: becomes a number once its \
                     finalizer is off"
                );
                return (Standing::Listed, "TRACK-03", text);
            }
        }
        if record.phase == Phase::Succeeded {
            return self.succeeded(record, decision);
        }
        if record.is_failed(self.tally.rules()) {
            return self.failed(pod, record, decision, now);
        }
        let text = match failing(decision) {
            true => "being deleted; it counts as failed, as the Job fails",
            false => "being deleted; replaced, and counted, only once it has ended",
        };
        (Standing::Terminating, "TERM-02", text.to_owned())
    }

    fn active(&self, pod: &Pod, record: &PodRecord, decision: &Decision) -> Told {
        let leaves = match &decision.action {
            Action::Finish(_) => true,
            Action::Remove(targets) => {
                targets.iter().any(|target| target.pod.metadata.name == record.name())
            }
            _ => false,
        };
        if failing(decision) && record.has_finalizer {
            let text = "the Job fails: it is deleted, and counts as failed";
            return (Standing::Leaving, "TRACK-13", text.to_owned());
        }
        if decision.finish.is_some() {
            let text = "the Job ends: it is deleted, and does not count";
            return (Standing::Leaving, "SYNC-18", text.to_owned());
        }
        if leaves {
            let text = "there are more pods than wanted: it is removed, and does not count";
            return (Standing::Leaving, "MANAGE-04", text.to_owned());
        }
        if !record.has_finalizer {
            let text = "active, but without the tracking finalizer: its result will not count";
            return (Standing::Active, "TRACK-43", text.to_owned());
        }
        let mut text = if record.ready { "active, ready" } else { "active" }.to_owned();
        for part in hindrances(pod) {
            text.push_str("; ");
            text.push_str(&part);
        }
        (Standing::Active, "PRED-03", text)
    }

    fn succeeded(&self, record: &PodRecord, decision: &Decision) -> Told {
        let rules = self.tally.rules();
        if rules.indexed && !rules.valid_index(record.index) {
            return no_index();
        }
        let before = decision.indexes.as_ref().map(|indexes| &indexes.before);
        if before.is_some_and(|before| before.has(record.index)) {
            let text = format!("index {} has succeeded before: nothing to count", record.index);
            return (Standing::Settled, "TRACK-10", text);
        }
        (Standing::Succeeded, "TRACK-10", "succeeded: counted next".to_owned())
    }

    fn failed(&self, pod: &Pod, record: &PodRecord, decision: &Decision, now: Time) -> Told {
        let rules = self.tally.rules();
        let how = if record.deleting && record.phase != Phase::Failed {
            "was asked to go, which counts as failed"
        } else {
            "failed"
        };
        let policy = rules.spec.pod_failure_policy.as_ref().filter(|_| rules.failure_policy);
        let rule = policy.and_then(|policy| failure_policy::deciding_rule(policy, pod, self.sem));
        let by_rule = rule.map_or(String::new(), |n| format!(" (rule {n} of podFailurePolicy)"));
        if let Verdict::FailJob(message) = &record.verdict {
            return (Standing::FailsJob, "PFP-05", message.to_string());
        }
        if rules.indexed && !rules.valid_index(record.index) {
            return no_index();
        }
        if record.fails_index(rules) {
            let why = match record.verdict {
                Verdict::FailIndex => by_rule,
                _ => format!(
                    ": {} failures before it reach backoffLimitPerIndex {}",
                    record.failure_count(),
                    rules.backoff_limit_per_index.unwrap_or(0)
                ),
            };
            let text = format!("{how}, and index {} fails with it{why}", record.index);
            return (Standing::FailsIndex, "INDEX-13", text);
        }
        let indexes = decision.indexes.as_ref();
        if let Some(indexes) = indexes.filter(|indexes| indexes.is_delayed(record)) {
            return (
                Standing::AwaitsReplacement,
                "INDEX-20",
                self.awaits_replacement(how, record, indexes, now),
            );
        }
        if record.verdict == Verdict::Ignore {
            let text = format!("{how}, which is not counted{by_rule}");
            return (Standing::Ignored, "PFP-01", text);
        }
        (Standing::Failed, "TRACK-10", format!("{how}: counted next{by_rule}"))
    }

    fn awaits_replacement(
        &self,
        how: &str,
        record: &PodRecord,
        indexes: &Indexes,
        now: Time,
    ) -> String {
        let wait = indexes.remaining(record.index, now);
        let when = match wait {
            0 => "no longer has to wait".to_owned(),
            wait => format!("may be made at {}", now.plus_nanos(wait)),
        };
        let (failures, ignored) = indexes.inherited_counts(record.index);
        format!(
            "{how}; it keeps its finalizer until the next pod of index {} is there, which {when} \
             and inherits {failures} failures and {ignored} ignored ones",
            record.index
        )
    }
}

fn failing(decision: &Decision) -> bool {
    let finish = decision.finish.as_ref();
    finish.is_some_and(|finish| finish.type_ != JobConditionType::SuccessCriteriaMet)
}

fn unfinalized(record: &PodRecord) -> Told {
    if record.is_terminating() {
        let text = "being deleted, without the tracking finalizer: its result will not count";
        return (Standing::Terminating, "TRACK-43", text.to_owned());
    }
    let text = "ended and has no tracking finalizer: it was counted before, or never will be";
    (Standing::Settled, "TRACK-43", text.to_owned())
}

fn no_index() -> Told {
    let text = "has no completion index that counts: its finalizer comes off, and that is all";
    (Standing::NoIndex, "TRACK-10", text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn standings(spec: Value, status: Value, pods: &[Value]) -> Vec<(Standing, &'static str)> {
        let job: Job = serde_json::from_value(json!({
            "metadata": {"namespace": "ns", "name": "j", "uid": "u"},
            "spec": spec, "status": status,
        }))
        .unwrap();
        let pods: Vec<Arc<Pod>> =
            pods.iter().map(|pod| serde_json::from_value(pod.clone()).unwrap()).collect();
        let memory = Memory::default();
        let now = Time::from_unix(0);
        let notes = explain_pods(&job, &pods, now, &memory, &Semantics::default());
        notes.into_iter().map(|note| (note.standing, note.rule)).collect()
    }

    fn pod(name: &str, phase: &str, finalizer: bool) -> Value {
        let finalizers = if finalizer { vec![TRACKING_FINALIZER] } else { vec![] };
        json!({
            "metadata": {"namespace": "ns", "name": name, "uid": name, "labels": {"j": "j"},
                "finalizers": finalizers,
                "annotations": {"batch.kubernetes.io/job-completion-index": "1"},
                "ownerReferences": [{"kind": "Job", "name": "j", "uid": "u", "controller": true}]},
            "status": {"phase": phase},
        })
    }

    fn spec() -> Value {
        json!({"parallelism": 2, "completions": 3, "selector": {"matchLabels": {"j": "j"}}})
    }

    #[test]
    fn a_pod_counts_if_it_ended_with_the_finalizer() {
        let pods = [
            pod("a", "Succeeded", true),
            pod("b", "Succeeded", false),
            pod("c", "Failed", true),
            pod("d", "Failed", true),
            pod("e", "Running", true),
            pod("f", "Running", false),
        ];
        let status = json!({"uncountedTerminatedPods": {"failed": ["d"]}});
        assert_eq!(
            standings(spec(), status, &pods),
            [
                (Standing::Succeeded, "TRACK-10"),
                (Standing::Settled, "TRACK-43"),
                (Standing::Failed, "TRACK-10"),
                (Standing::Listed, "TRACK-03"),
                (Standing::Active, "PRED-03"),
                (Standing::Active, "TRACK-43"),
            ]
        );
    }

    #[test]
    fn ownership_comes_before_counting() {
        let mut orphan = pod("a", "Running", false);
        orphan["metadata"]["ownerReferences"] = json!([]);
        let mut stranger = pod("b", "Running", true);
        stranger["metadata"]["ownerReferences"][0]["uid"] = json!("old");
        let mut lost = pod("c", "Succeeded", true);
        lost["metadata"]["labels"] = json!({});
        assert_eq!(
            standings(spec(), json!({}), &[orphan, stranger, lost]),
            [
                (Standing::Adopted, "CLAIM-03"),
                (Standing::NotOurs, "CLAIM-03"),
                (Standing::Released, "CLAIM-03"),
            ]
        );
    }

    #[test]
    fn a_failed_pod_of_an_index_waits_for_its_replacement_or_fails_the_index() {
        let mut spec = spec();
        spec["completionMode"] = json!("Indexed");
        spec["backoffLimitPerIndex"] = json!(1);
        let mut first = pod("a", "Failed", true);
        let standing = standings(spec.clone(), json!({}), &[first.clone()]);
        assert_eq!(standing, [(Standing::AwaitsReplacement, "INDEX-20")]);
        let key = "batch.kubernetes.io/job-index-failure-count";
        first["metadata"]["annotations"][key] = json!("1");
        let standing = standings(spec.clone(), json!({}), &[first.clone()]);
        assert_eq!(standing, [(Standing::FailsIndex, "INDEX-13")]);
        first["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] = json!("9");
        let standing = standings(spec, json!({}), &[first]);
        assert_eq!(standing, [(Standing::NoIndex, "TRACK-10")]);
    }

    #[test]
    fn the_failure_policy_ignores_a_pod_or_fails_the_job_with_all_that_run() {
        let mut spec = spec();
        spec["podReplacementPolicy"] = json!("Failed");
        let rule = |action: &str, code: i32| {
            let codes = json!({"operator": "In", "values": [code]});
            json!({"action": action, "onExitCodes": codes})
        };
        spec["podFailurePolicy"] = json!({"rules": [rule("Ignore", 1), rule("FailJob", 2)]});
        let exited = |name: &str, code: i32| {
            let mut pod = pod(name, "Failed", true);
            let state = json!({"terminated": {"exitCode": code}});
            pod["status"]["containerStatuses"] = json!([{"name": "main", "state": state}]);
            pod
        };
        assert_eq!(
            standings(spec.clone(), json!({}), &[exited("a", 1)]),
            [(Standing::Ignored, "PFP-01")]
        );
        assert_eq!(
            standings(spec, json!({}), &[exited("a", 2), pod("b", "Running", true)]),
            [(Standing::FailsJob, "PFP-05"), (Standing::Leaving, "TRACK-13")]
        );
    }
}
