//! The parts of a pod's status beside the phase: conditions and termination messages.
//!
//! Deliberately absent: addresses such as `podIP`, which belong to the host and stay unchanged, and
//! the conditions of probes, readiness gates and resizing.
//!
//! Rules: PODPHASE-25, PODPHASE-71, PODPHASE-73 (`docs/semantics`).

use crate::Time;
use crate::api::{
    ConditionStatus, Container, ContainerStatus, PodCondition, PodPhase, PodSpec, PodStatus, Text,
};

pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";
pub(super) const RESTARTING_ALL_MESSAGE: &str =
    "The container is removed because RestartAllContainers in place";
pub(super) const STATUS_UNKNOWN: &str = "ContainerStatusUnknown";
pub(super) const NOT_LOCATED_TERMINATED: &str =
    "The container could not be located when the pod was terminated";
pub(super) const NOT_LOCATED_RUNNING: &str = "The container could not be located when the pod was \
     deleted.  The container used to be Running";
pub(super) const CRASH_LOOP: &str = "CrashLoopBackOff";
pub(super) const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";
pub(super) const DEADLINE_MESSAGE: &str =
    "Pod was active on the node longer than the specified deadline";

const DISRUPTION_TARGET: &str = "DisruptionTarget";
const READY_TO_START: &str = "PodReadyToStartContainers";
const INITIALIZED: &str = "Initialized";
const READY: &str = "Ready";
const CONTAINERS_READY: &str = "ContainersReady";
const POD_SCHEDULED: &str = "PodScheduled";
const ALL_RESTARTING: &str = "AllContainersRestarting";

const MESSAGE_BYTES: usize = 4_096;
const MESSAGE_BYTES_OF_POD: usize = 12_288;
const LOG_BYTES: usize = 2_048;
const LOG_LINES: usize = 80;

/// The inputs of the conditions beside the containers.
pub(super) struct Circumstances<'a> {
    /// Whether the pod's sandbox is up.
    pub sandbox: bool,
    /// The message of a disruption by the node.
    pub disruption: Option<&'a str>,
    /// Whether all containers are restarting; `None` if that never happened.
    pub restarting_all: Option<bool>,
}

/// The conditions of a pod with `status` (phase and container statuses filled in), given the
/// previous ones (PODPHASE-73).
pub(super) fn conditions(
    spec: &PodSpec,
    status: &PodStatus,
    before: &[PodCondition],
    around: &Circumstances<'_>,
    now: Time,
) -> Vec<PodCondition> {
    let mut out: Vec<PodCondition> =
        before.iter().filter(|c| !is_kubelets_own(&c.type_)).cloned().collect();
    if let Some(message) = around.disruption {
        out.retain(|c| c.type_ != DISRUPTION_TARGET);
        let told = Told(true, "TerminationByKubelet", message.into());
        out.push(told.into_condition(DISRUPTION_TARGET, before, now));
    }
    let mut add =
        |type_: &'static str, told: Told| out.push(told.into_condition(type_, before, now));
    add(READY_TO_START, Told(around.sandbox, "", Text::EMPTY));
    add(INITIALIZED, initialized(spec, status));
    add(READY, ready(spec, status));
    add(CONTAINERS_READY, ready(spec, status));
    add(POD_SCHEDULED, Told(true, "", Text::EMPTY));
    if let Some(on) = around.restarting_all {
        let (reason, message) = if on {
            ("RestartAllContainersStarted", "container exited with restart policy rule")
        } else {
            ("", "")
        };
        add(ALL_RESTARTING, Told(on, reason, Text::of(message)));
    }
    out
}

pub(super) fn is_kubelets_own(type_: &str) -> bool {
    matches!(
        type_,
        READY_TO_START | INITIALIZED | READY | CONTAINERS_READY | POD_SCHEDULED | ALL_RESTARTING
    )
}

/// A condition's status, reason and message.
struct Told(bool, &'static str, Text);

impl Told {
    /// The transition time changes only with the status.
    fn into_condition(
        self,
        type_: &'static str,
        before: &[PodCondition],
        now: Time,
    ) -> PodCondition {
        let status = if self.0 { ConditionStatus::True } else { ConditionStatus::False };
        let old = before.iter().find(|c| c.type_ == type_);
        let since = old.filter(|c| c.status == status).and_then(|c| c.last_transition_time);
        PodCondition {
            type_: Text::of(type_),
            status,
            last_transition_time: Some(since.unwrap_or(now.truncated())),
            reason: Text::of(self.1),
            message: self.2,
            extra: old.map(|c| c.extra.clone()).unwrap_or_default(),
        }
    }
}

fn initialized(spec: &PodSpec, status: &PodStatus) -> Told {
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in &spec.init_containers {
        match find(&status.init_container_statuses, container) {
            None => unknown.push(container.name.as_str()),
            Some(s) if container.is_sidecar() && s.started != Some(true) => {
                incomplete.push(container.name.as_str());
            }
            Some(s) if !container.is_sidecar() && !s.ready => {
                incomplete.push(container.name.as_str());
            }
            Some(_) => {}
        }
    }
    if status.phase == PodPhase::Succeeded && unknown.is_empty() {
        return Told(true, "PodCompleted", Text::EMPTY);
    }
    let any_started = status
        .container_statuses
        .iter()
        .any(|s| s.state.running.is_some() || s.state.terminated.is_some());
    if any_started || unknown.is_empty() && incomplete.is_empty() {
        return Told(true, "", Text::EMPTY);
    }
    let message = container_lists(&unknown, "incomplete", &incomplete);
    Told(false, "ContainersNotInitialized", message.into())
}

fn ready(spec: &PodSpec, status: &PodStatus) -> Told {
    match status.phase {
        PodPhase::Succeeded => return Told(false, "PodCompleted", Text::EMPTY),
        PodPhase::Failed => return Told(false, "PodFailed", Text::EMPTY),
        _ => {}
    }
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    let sidecars = spec.init_containers.iter().filter(|c| c.is_sidecar());
    let sidecars = sidecars.map(|c| (c, find(&status.init_container_statuses, c)));
    let regular = spec.containers.iter().map(|c| (c, find(&status.container_statuses, c)));
    for (container, found) in sidecars.chain(regular) {
        match found {
            None => unknown.push(container.name.as_str()),
            Some(s) if !s.ready => unready.push(container.name.as_str()),
            Some(_) => {}
        }
    }
    if unknown.is_empty() && unready.is_empty() {
        return Told(true, "", Text::EMPTY);
    }
    Told(false, "ContainersNotReady", container_lists(&unknown, "unready", &unready).into())
}

fn find<'a>(statuses: &'a [ContainerStatus], container: &Container) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == container.name)
}

fn container_lists(unknown: &[&str], word: &str, listed: &[&str]) -> String {
    let mut parts = Vec::new();
    for (word, names) in [("unknown", unknown), (word, listed)] {
        if !names.is_empty() {
            parts.push(format!("containers with {word} status: [{}]", names.join(" ")));
        }
    }
    parts.join(", ")
}

/// The sources of a container's termination message (PODPHASE-71).
#[derive(Clone, Copy, Debug)]
pub struct TerminationMessage<'a> {
    /// The content of the file at `terminationMessagePath`.
    pub file: &'a [u8],
    /// The end of the container's log: its last 2048 bytes, or more.
    pub log: &'a [u8],
    /// The exit code.
    pub exit_code: i32,
}

/// The termination message of a container (PODPHASE-71): the first 4096 bytes of the file, or, with
/// policy `FallbackToLogsOnError`, the end of the log of a container that failed without a message.
/// It is limited to the container's share of the 12288 bytes for all messages of a pod.
///
/// The text is cut at the byte; invalid UTF-8 is then replaced.
pub fn termination_message(
    spec: &PodSpec,
    container: &Container,
    from: TerminationMessage<'_>,
) -> String {
    let mut bytes = &from.file[..from.file.len().min(MESSAGE_BYTES)];
    let policy = container.extra.get("terminationMessagePolicy").and_then(|p| p.as_str());
    if bytes.is_empty() && from.exit_code != 0 && policy == Some("FallbackToLogsOnError") {
        bytes = tail(from.log);
    }
    let containers = (spec.containers.len() + spec.init_containers.len()).max(1);
    let share = MESSAGE_BYTES_OF_POD / containers;
    String::from_utf8_lossy(&bytes[..bytes.len().min(share)]).into_owned()
}

/// The last 80 lines, at most 2048 bytes.
fn tail(log: &[u8]) -> &[u8] {
    let body = log.strip_suffix(b"\n").unwrap_or(log);
    let newlines = body.iter().enumerate().rev().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1);
    let start = newlines.take(LOG_LINES).last().filter(|_| lines(body) > LOG_LINES).unwrap_or(0);
    let log = &log[start..];
    &log[log.len().saturating_sub(LOG_BYTES)..]
}

fn lines(body: &[u8]) -> usize {
    body.iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(value: serde_json::Value) -> PodSpec {
        serde_json::from_value(value).unwrap()
    }

    fn told(spec: &PodSpec, status: serde_json::Value) -> Vec<String> {
        let status: PodStatus = serde_json::from_value(status).unwrap();
        let around = Circumstances { sandbox: true, disruption: None, restarting_all: None };
        let made = conditions(spec, &status, &status.conditions, &around, Time::from_unix(9));
        made.iter()
            .map(|c| {
                format!("{}={} {} {}", c.type_, c.status, c.reason, c.message).trim().to_owned()
            })
            .collect()
    }

    #[test]
    fn conditions_by_situation_podphase_73() {
        let pod = spec(json!({"initContainers": [{"name": "i1"}, {"name": "i2"}],
            "containers": [{"name": "a"}, {"name": "b"}]}));
        let waiting = json!({"waiting": {}});
        let init = told(
            &pod,
            json!({"phase": "Pending", "initContainerStatuses": [
                {"name": "i1", "state": waiting}, {"name": "i2", "state": waiting}],
                "containerStatuses": [
                {"name": "a", "state": waiting}, {"name": "b", "state": waiting}]}),
        );
        assert_eq!(
            init,
            [
                "PodReadyToStartContainers=True",
                "Initialized=False ContainersNotInitialized containers with incomplete status: \
                 [i1 i2]",
                "Ready=False ContainersNotReady containers with unready status: [a b]",
                "ContainersReady=False ContainersNotReady containers with unready status: [a b]",
                "PodScheduled=True",
            ]
        );
        let done = json!([{"name": "i1", "ready": true}, {"name": "i2", "ready": true}]);
        let ended = json!({"terminated": {"exitCode": 0}});
        let running = json!({"name": "a", "ready": true, "state": {"running": {}}});
        for (phase, init, regular, initialized, ready) in [
            ("Running", &done, json!([running, {"name": "b", "ready": true}]), "True", "True"),
            (
                "Running",
                &done,
                json!([running]),
                "True",
                "False ContainersNotReady containers with unknown status: [b]",
            ),
            (
                "Running",
                &done,
                json!([{"name": "b", "state": ended}]),
                "True",
                "False ContainersNotReady containers with unknown status: [a], \
                 containers with unready status: [b]",
            ),
            (
                "Succeeded",
                &done,
                json!([{"name": "a", "state": ended}]),
                "True PodCompleted",
                "False PodCompleted",
            ),
            (
                "Failed",
                &json!([{"name": "i1"}, {"name": "i2"}]),
                json!([]),
                "False ContainersNotInitialized containers with incomplete status: [i1 i2]",
                "False PodFailed",
            ),
            (
                "Failed",
                &json!([]),
                json!([{"name": "a", "state": ended}]),
                "True",
                "False PodFailed",
            ),
        ] {
            let status = json!({"phase": phase, "initContainerStatuses": init,
                "containerStatuses": regular});
            let found = told(&pod, status);
            assert_eq!(found[1], format!("Initialized={initialized}"), "{phase}");
            assert_eq!(found[2], format!("Ready={ready}"), "{phase}");
            assert_eq!(found[3], format!("ContainersReady={ready}"), "{phase}");
        }
    }

    #[test]
    fn sidecars_count_for_both_conditions_podphase_73() {
        let pod = spec(json!({"initContainers": [{"name": "s", "restartPolicy": "Always"}],
            "containers": [{"name": "a"}]}));
        let found = told(
            &pod,
            json!({"phase": "Pending",
            "initContainerStatuses": [{"name": "s", "started": false, "ready": false}],
            "containerStatuses": [{"name": "a"}]}),
        );
        assert!(found[1].ends_with("containers with incomplete status: [s]"), "{found:?}");
        assert!(found[2].ends_with("containers with unready status: [s a]"), "{found:?}");
    }

    #[test]
    fn transition_times_move_with_the_status_and_foreign_conditions_stay_podphase_73() {
        let pod = spec(json!({"containers": [{"name": "a"}]}));
        let before: Vec<PodCondition> = serde_json::from_value(json!([
            {"type": "Ready", "status": "True", "lastTransitionTime": "1970-01-01T00:00:05Z"},
            {"type": "PodScheduled", "status": "True",
                "lastTransitionTime": "1970-01-01T00:00:05Z"},
            {"type": "example.com/x", "status": "True"},
            {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"},
        ]))
        .unwrap();
        let status = PodStatus { phase: PodPhase::Failed, ..PodStatus::default() };
        let now = Time::from_unix_nanos(9_900_000_000);
        let around = Circumstances { sandbox: false, disruption: None, restarting_all: Some(true) };
        let made = conditions(&pod, &status, &before, &around, now);
        let types: Vec<&str> = made.iter().map(|c| c.type_.as_str()).collect();
        assert_eq!(
            types,
            [
                "example.com/x",
                "DisruptionTarget",
                "PodReadyToStartContainers",
                "Initialized",
                "Ready",
                "ContainersReady",
                "PodScheduled",
                "AllContainersRestarting"
            ]
        );
        assert_eq!(made[4].last_transition_time, Some(Time::from_unix(9)), "cut to seconds");
        assert_eq!(made[6].last_transition_time, Some(Time::from_unix(5)), "unchanged");
        let around = Circumstances { disruption: Some("low"), ..around };
        let made = conditions(&pod, &status, &before, &around, now);
        assert_eq!(
            (made[1].reason.as_str(), made[1].message.as_str()),
            ("TerminationByKubelet", "low")
        );
    }

    #[test]
    fn termination_messages_are_cut_podphase_71() {
        let one = spec(json!({"containers": [{"name": "a"}]}));
        let many = spec(json!({"containers": vec![json!({"name": "a"}); 6]}));
        let plain = Container::default();
        let fallback: Container =
            serde_json::from_value(json!({"terminationMessagePolicy": "FallbackToLogsOnError"}))
                .unwrap();
        let long = vec![b'x'; 5_000];
        let from = |file, log, exit_code| TerminationMessage { file, log, exit_code };
        assert_eq!(termination_message(&one, &plain, from(&long, b"", 0)).len(), 4_096);
        assert_eq!(termination_message(&many, &plain, from(&long, b"", 0)).len(), 2_048);
        assert_eq!(termination_message(&one, &plain, from(b"", b"log\n", 1)), "");
        assert_eq!(termination_message(&one, &fallback, from(b"", b"log\n", 0)), "");
        assert_eq!(termination_message(&one, &fallback, from(b"f", b"log\n", 1)), "f");
        assert_eq!(termination_message(&one, &fallback, from(b"", b"log\n", 1)), "log\n");
        assert_eq!(termination_message(&one, &fallback, from(b"", &long, 1)).len(), 2_048);
        let lines: String = (0..100).map(|i| format!("{i}\n")).collect();
        let message = termination_message(&one, &fallback, from(b"", lines.as_bytes(), 1));
        assert_eq!((message.lines().next(), message.lines().count()), (Some("20"), 80));
        let exactly: String = (0..80).map(|i| format!("{i}\n")).collect();
        assert_eq!(termination_message(&one, &fallback, from(b"", exactly.as_bytes(), 1)), exactly);
    }
}
