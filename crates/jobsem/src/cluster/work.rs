//! What a [`Cluster`](super::Cluster) asks of its host, and what the host reports back.

use std::sync::Arc;

use crate::api::{
    ConditionStatus, Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod,
    PodCondition, PodPhase, PodStatus, Text,
};
use crate::{Error, ErrorKind, Time};

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
        /// The container's name; the pod's first container if it is empty.
        container: String,
        /// Its exit code, 0 to 255; 0 is success. A negative number is minus the signal that
        /// ended the process, as process libraries report it: -9 counts as 137.
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
    pub(super) fn status(&self, pod: &Pod, now: Time) -> Result<Option<PodStatus>, Error> {
        let now = now.truncated();
        let mut status = pod.status.clone();
        match self {
            PodReport::Status(status) => return Ok(Some(PodStatus::clone(status))),
            PodReport::Removed => return Ok(None),
            PodReport::Running => {
                status.phase = PodPhase::Running;
                status.start_time.get_or_insert(now);
                set_ready(&mut status, ConditionStatus::True, now);
            }
            PodReport::Exited { container, code } => {
                let (container, code) = (&named(pod, container)?.name, exit_code(*code)?);
                status.phase = if code == 0 { PodPhase::Succeeded } else { PodPhase::Failed };
                set_ready(&mut status, ConditionStatus::False, now);
                let ended = |name: &Text| {
                    let exit_code = if name == container { code } else { 0 };
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
        Ok(Some(status))
    }
}

/// The container that a report names. One that the pod does not have would leave its exit code
/// out of the status, and the pod would fail without a reason.
pub(super) fn named<'a>(pod: &'a Pod, name: &str) -> Result<&'a Container, Error> {
    pod.container(name).ok_or_else(|| {
        let names: Vec<&str> = pod.spec.containers.iter().map(|c| c.name.as_str()).collect();
        let text = format!("the pod has no container `{name}`; it has `{}`", names.join("`, `"));
        Error::new(ErrorKind::NotFound, text)
    })
}

/// The exit code of a process that ended like that.
fn exit_code(code: i32) -> Result<i32, Error> {
    match code {
        0..=255 => Ok(code),
        // What a shell and a container runtime make of a signal.
        -127..=-1 => Ok(128 - code),
        _ => Err(Error::decode(format!(
            "no exit code is {code}: it is 0 to 255, or minus the number of a signal"
        ))),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Pod {
        let text = r#"{"spec": {"containers": [{"name": "main"}, {"name": "side"}]}}"#;
        serde_json::from_str(text).unwrap()
    }

    fn codes(report: PodReport) -> Result<Vec<i32>, Error> {
        let status = report.status(&pod(), Time::from_unix(946_684_801))?.unwrap();
        let ended = |c: &ContainerStatus| c.state.terminated.as_ref().unwrap().exit_code;
        Ok(status.container_statuses.iter().map(ended).collect())
    }

    #[test]
    fn an_exit_without_a_container_is_that_of_the_first_and_an_unknown_one_is_refused() {
        assert_eq!(codes(PodReport::exited("", 3)).unwrap(), [3, 0]);
        assert_eq!(codes(PodReport::exited("side", 3)).unwrap(), [0, 3]);
        let error = codes(PodReport::exited("sude", 3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.message(), "the pod has no container `sude`; it has `main`, `side`");
    }

    #[test]
    fn a_negative_exit_code_is_a_signal_and_one_beyond_255_is_refused() {
        assert_eq!(codes(PodReport::exited("", -9)).unwrap(), [137, 0]);
        assert_eq!(codes(PodReport::exited("", 255)).unwrap(), [255, 0]);
        for code in [256, -128, i32::MIN, i32::MAX] {
            assert_eq!(codes(PodReport::exited("", code)).unwrap_err().kind(), ErrorKind::Decode);
        }
    }
}
