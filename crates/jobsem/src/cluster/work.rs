//! What a [`Cluster`](super::Cluster) asks of its host, and what the host reports back.

use std::sync::Arc;

use crate::Time;
use crate::api::{
    ConditionStatus, ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodCondition,
    PodPhase, PodStatus, Text,
};

/// Something for the host to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Work {
    /// Run this pod.
    Start(Arc<Pod>),
    /// Stop this pod: ask its containers to end, kill them after the grace period, then report
    /// what became of it and that it is gone ([`PodReport::Removed`]).
    Stop {
        /// The pod as it is now.
        pod: Arc<Pod>,
        /// Whole seconds between asking and killing; 0: kill at once.
        grace_seconds: i64,
    },
}

impl Work {
    pub(super) fn stop(pod: &Arc<Pod>, grace_seconds: i64) -> Option<Work> {
        (!pod.is_terminal()).then(|| Work::Stop { pod: Arc::clone(pod), grace_seconds })
    }
}

/// What a host says of a pod.
///
/// ```
/// use jobsem::cluster::PodReport;
///
/// let failed = PodReport::exited("main", 42);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PodReport {
    /// The pod's status, as a whole. Ignored once the pod has ended.
    Status(Box<PodStatus>),
    /// All containers run and are ready.
    Running,
    /// The pod ended, with the exit code of one container; the others count as ended well.
    Exited {
        /// The container's name.
        container: String,
        /// Its exit code; 0 is success.
        code: i32,
    },
    /// The host has let go of a pod that was to be deleted: nothing of it runs any more.
    Removed,
}

impl PodReport {
    /// The pod ended when the container did, with this exit code.
    pub fn exited(container: impl Into<String>, code: i32) -> PodReport {
        PodReport::Exited { container: container.into(), code }
    }

    /// The status that the report gives the pod; `None` for [`PodReport::Removed`].
    pub(super) fn status(&self, pod: &Pod, now: Time) -> Option<PodStatus> {
        let now = now.truncated();
        let mut status = pod.status.clone();
        match self {
            PodReport::Status(status) => return Some(PodStatus::clone(status)),
            PodReport::Removed => return None,
            PodReport::Running => {
                status.phase = PodPhase::Running;
                status.start_time.get_or_insert(now);
                set_ready(&mut status, ConditionStatus::True, now);
            }
            PodReport::Exited { container, code } => {
                status.phase = if *code == 0 { PodPhase::Succeeded } else { PodPhase::Failed };
                set_ready(&mut status, ConditionStatus::False, now);
                let ended = |name: &Text| {
                    let exit_code = if *name == *container { *code } else { 0 };
                    let terminated = ContainerStateTerminated {
                        exit_code,
                        reason: Text::of(if exit_code == 0 { "Completed" } else { "Error" }),
                        finished_at: Some(now),
                        ..ContainerStateTerminated::default()
                    };
                    ContainerStatus {
                        name: name.clone(),
                        state: ContainerState {
                            terminated: Some(terminated),
                            ..ContainerState::default()
                        },
                        ..ContainerStatus::default()
                    }
                };
                status.container_statuses =
                    pod.spec.containers.iter().map(|c| ended(&c.name)).collect();
            }
        }
        Some(status)
    }
}

fn set_ready(status: &mut PodStatus, value: ConditionStatus, now: Time) {
    let wanted = PodCondition {
        type_: Text::of("Ready"),
        status: value,
        last_transition_time: Some(now),
        ..PodCondition::default()
    };
    match status.conditions.iter_mut().find(|c| c.type_ == "Ready") {
        Some(old) if old.status == wanted.status => {}
        Some(old) => *old = wanted,
        None => status.conditions.push(wanted),
    }
}

/// DATA-15: how much of a `generateName` stays before the suffix.
pub(super) fn generated_base(name: &str) -> &str {
    let mut end = name.len().min(58);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
