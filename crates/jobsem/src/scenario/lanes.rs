//! [`Lanes`]: what can be drawn of a Job's course: a lane for each pod, conditions, waits.
//!
//! It looks at a cluster after each thing that happened and keeps what has changed since. It
//! decides nothing. Deliberately absent: pictures, which the faces draw.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Pod, PodPhase};
use crate::cluster::Cluster;
use crate::{Time, WakeReason};

/// What was seen, for a picture.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Lanes {
    /// The pods, in the order in which they were first seen.
    pub pods: Vec<Lane>,
    /// The Jobs' conditions: when one was first seen to hold or not to hold.
    pub conditions: Vec<Mark>,
    /// The times in which Jobs waited for a retry.
    pub waits: Vec<Wait>,
    known: BTreeMap<String, usize>,
    marked: BTreeMap<(String, String), (String, String)>,
}

/// One pod.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Its completion index.
    pub index: Option<i32>,
    /// When it was created.
    pub created: Time,
    /// When it was first seen to run.
    pub running: Option<Time>,
    /// When it was asked to go.
    pub deleted: Option<Time>,
    /// When it had ended.
    pub ended: Option<Time>,
    /// When it was no longer there.
    pub gone: Option<Time>,
    /// Its last phase.
    pub phase: PodPhase,
    /// The exit code that a container ended with which was not 0.
    pub exit_code: Option<i32>,
    /// Whether it was disrupted.
    pub disrupted: bool,
}

/// A condition of a Job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// When.
    pub at: Time,
    /// The Job's name.
    pub job: String,
    /// The condition's type.
    pub type_: String,
    /// Its status.
    pub status: String,
    /// Its reason.
    pub reason: String,
}

/// A time in which a Job waited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The Job's name.
    pub job: String,
    /// From when.
    pub from: Time,
    /// Until when, as it was planned.
    pub until: Time,
}

impl Lanes {
    /// Takes what has changed.
    pub fn observe(&mut self, now: Time, cluster: &Cluster) {
        let mut there = vec![false; self.pods.len()];
        for pod in cluster.pods() {
            let at = *self.known.entry(pod.metadata.uid.to_string()).or_insert_with(|| {
                self.pods.push(Lane::new(pod, now));
                there.push(true);
                self.pods.len() - 1
            });
            there[at] = true;
            self.pods[at].observe(pod, now);
        }
        for (lane, there) in self.pods.iter_mut().zip(there) {
            if !there {
                lane.gone.get_or_insert(now);
            }
        }
        for job in cluster.jobs() {
            let name = &job.metadata.name;
            for condition in &job.status.conditions {
                let key = (name.to_string(), condition.type_.to_string());
                let seen = (condition.status.to_string(), condition.reason.to_string());
                if self.marked.get(&key) != Some(&seen) {
                    let (type_, (status, reason)) = (key.1.clone(), seen.clone());
                    self.conditions.push(Mark {
                        at: now,
                        job: key.0.clone(),
                        type_,
                        status,
                        reason,
                    });
                    self.marked.insert(key, seen);
                }
            }
            let wakeup = cluster.wakeup_of(&job.metadata.namespace, name);
            if let Some(wakeup) = wakeup.filter(|w| w.reason == WakeReason::Backoff && w.at > now) {
                let known = self.waits.iter_mut().rev().find(|w| w.job == *name);
                match known.filter(|w| w.until >= now) {
                    Some(wait) => wait.until = wakeup.at,
                    None => {
                        let wait = Wait { job: name.to_string(), from: now, until: wakeup.at };
                        self.waits.push(wait);
                    }
                }
            }
        }
    }
}

impl Lane {
    fn new(pod: &Arc<Pod>, now: Time) -> Lane {
        Lane {
            name: pod.metadata.name.to_string(),
            index: pod
                .metadata
                .annotation(crate::api::well_known::COMPLETION_INDEX)
                .and_then(|text| text.parse().ok()),
            created: now,
            running: None,
            deleted: None,
            ended: None,
            gone: None,
            phase: pod.status.phase.clone(),
            exit_code: None,
            disrupted: false,
        }
    }

    fn observe(&mut self, pod: &Pod, now: Time) {
        let status = &pod.status;
        self.phase = status.phase.clone();
        if status.phase == PodPhase::Running {
            self.running.get_or_insert(now);
        }
        if pod.metadata.deletion_timestamp.is_some() {
            self.deleted.get_or_insert(now);
        }
        if pod.is_terminal() && self.ended.is_none() {
            self.ended = Some(now);
            let codes =
                status.container_statuses.iter().filter_map(|c| c.state.terminated.as_ref());
            self.exit_code = codes.map(|ended| ended.exit_code).find(|code| *code != 0);
            self.disrupted = status.condition("DisruptionTarget").is_some();
        }
    }
}
