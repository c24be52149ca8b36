//! The table of pods, as kubectl shows it.
//!
//! Rules: PRINT-9.

use super::{Columns, age, table};
use crate::Time;
use crate::api::{ConditionStatus, Container, ContainerStatus, Pod};

/// The table of pods.
pub fn pod_table<'a>(
    pods: impl IntoIterator<Item = &'a Pod>,
    columns: Columns,
    now: Time,
) -> String {
    let mut header = vec!["NAME", "READY", "STATUS", "RESTARTS", "AGE"];
    if columns == Columns::Wide {
        header.extend(["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]);
    }
    table(&header, pods.into_iter().map(|pod| cells(pod, columns, now)).collect())
}

fn cells(pod: &Pod, columns: Columns, now: Time) -> Vec<String> {
    let seen = Seen::of(pod);
    let restarts = match seen.last_restart {
        Some(last) if seen.restarts != 0 => {
            format!("{} ({} ago)", seen.restarts, age(Some(last), now))
        }
        _ => seen.restarts.to_string(),
    };
    let mut cells = vec![
        pod.metadata.name.to_string(),
        format!("{}/{}", seen.ready, seen.total),
        seen.status,
        restarts,
        age(pod.metadata.creation_timestamp, now),
    ];
    if columns == Columns::Wide {
        let none = |text: &str| if text.is_empty() { "<none>" } else { text }.to_owned();
        let ip = pod.status.extra.get("podIP").and_then(|ip| ip.as_str()).unwrap_or_default();
        cells.extend([none(ip), none(&pod.spec.node_name), none(""), none("")]);
    }
    cells
}

/// The summary of the container statuses.
struct Seen {
    ready: usize,
    total: usize,
    status: String,
    restarts: i32,
    last_restart: Option<Time>,
}

impl Seen {
    fn of(pod: &Pod) -> Seen {
        let status = &pod.status;
        let phase = if status.reason.is_empty() { status.phase.as_str() } else { &status.reason };
        let sidecars = pod.spec.init_containers.iter().filter(|c| is_sidecar(c)).count();
        let mut seen = Seen {
            ready: 0,
            total: pod.spec.containers.len() + sidecars,
            status: phase.to_owned(),
            restarts: 0,
            last_restart: None,
        };
        let initializing = seen.init_containers(pod);
        if !initializing || condition(pod, "Initialized") {
            seen.containers(pod);
        }
        let unreachable = status.reason == "NodeLost";
        match pod.metadata.deletion_timestamp {
            Some(_) if unreachable => seen.status = "Unknown".to_owned(),
            Some(_) if !pod.is_terminal() => seen.status = "Terminating".to_owned(),
            _ => {}
        }
        seen
    }

    /// Reads init containers in order, up to the first unfinished one. Returns whether there is
    /// one.
    fn init_containers(&mut self, pod: &Pod) -> bool {
        for (place, status) in pod.status.init_container_statuses.iter().enumerate() {
            self.count(status);
            let sidecar =
                pod.spec.init_containers.iter().any(|c| c.name == status.name && is_sidecar(c));
            let ended = status.state.terminated.as_ref();
            if ended.is_some_and(|ended| ended.exit_code == 0) {
                continue;
            }
            if sidecar && status.started == Some(true) {
                self.ready += usize::from(status.ready);
                continue;
            }
            let waiting = status.state.waiting.as_ref().map(|waiting| waiting.reason.as_str());
            self.status = match (ended, waiting) {
                (Some(ended), _) if ended.reason.is_empty() => {
                    format!("Init:ExitCode:{}", ended.exit_code)
                }
                (Some(ended), _) => format!("Init:{}", ended.reason),
                (None, Some(reason)) if !matches!(reason, "" | "PodInitializing") => {
                    format!("Init:{reason}")
                }
                _ => format!("Init:{place}/{}", pod.spec.init_containers.len()),
            };
            return true;
        }
        false
    }

    fn containers(&mut self, pod: &Pod) {
        // Restarts of finished init containers no longer count; those of sidecars do.
        (self.restarts, self.last_restart) = (0, None);
        for status in &pod.status.init_container_statuses {
            if pod.spec.init_containers.iter().any(|c| c.name == status.name && is_sidecar(c)) {
                self.count(status);
            }
        }
        let mut running = false;
        // The first container overrides the others.
        for status in pod.status.container_statuses.iter().rev() {
            self.count(status);
            let state = &status.state;
            match (&state.waiting, &state.terminated) {
                (Some(waiting), _) if !waiting.reason.is_empty() => {
                    waiting.reason.as_str().clone_into(&mut self.status);
                }
                (_, Some(ended)) if ended.reason.is_empty() => {
                    self.status = format!("ExitCode:{}", ended.exit_code);
                }
                (_, Some(ended)) => ended.reason.as_str().clone_into(&mut self.status),
                _ if status.ready && state.running.is_some() => {
                    running = true;
                    self.ready += 1;
                }
                _ => {}
            }
        }
        if self.status == "Completed" && running {
            let ready = condition(pod, "Ready");
            self.status = if ready { "Running" } else { "NotReady" }.to_owned();
        }
    }

    fn count(&mut self, status: &ContainerStatus) {
        self.restarts += status.restart_count;
        let ended = status.last_state.terminated.as_ref().and_then(|ended| ended.finished_at);
        self.last_restart = self.last_restart.max(ended);
    }
}

fn is_sidecar(container: &Container) -> bool {
    container.is_sidecar()
}

fn condition(pod: &Pod, name: &str) -> bool {
    let mut conditions = pod.status.conditions.iter();
    conditions.any(|c| c.type_ == name && c.status == ConditionStatus::True)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SECOND;
    use serde_json::{Value, json};

    const NOW: Time = Time::from_unix(1_000);

    fn row(mut pod: Value) -> String {
        pod["metadata"]["name"] = "p".into();
        pod["metadata"]["creationTimestamp"] = NOW.plus_nanos(-90 * SECOND).to_string().into();
        if pod["spec"].is_null() {
            pod["spec"] = json!({"containers": [{"name": "a"}, {"name": "b"}]});
        }
        let pod: Pod = serde_json::from_value(pod).unwrap();
        cells(&pod, Columns::Narrow, NOW).join(" ")
    }

    fn running(name: &str) -> Value {
        json!({"name": name, "ready": true, "state": {"running": {}}})
    }

    fn ended(name: &str, code: i32, reason: &str) -> Value {
        json!({"name": name, "state": {"terminated": {"exitCode": code, "reason": reason}}})
    }

    #[test]
    fn pods_are_shown_as_kubectl_shows_them() {
        let waiting = json!({"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "restartCount": 2, "lastState": {"terminated": {"exitCode": 1,
            "finishedAt": NOW.plus_nanos(-30 * SECOND).to_string()}}});
        let init = json!({"initContainers": [{"name": "i"}, {"name": "j"}],
                          "containers": [{"name": "a"}]});
        let sidecar = json!({"initContainers": [{"name": "i", "restartPolicy": "Always"}],
                             "containers": [{"name": "a"}]});
        let started = json!({"name": "i", "ready": true, "started": true, "restartCount": 1,
                             "state": {"running": {}}});
        let ready = json!([{"type": "Ready", "status": "True"}]);
        for (pod, expected) in [
            (json!({"status": {"phase": "Pending"}}), "p 0/2 Pending 0 90s"),
            (
                json!({"status": {"phase": "Running",
                    "containerStatuses": [running("a"), running("b")]}}),
                "p 2/2 Running 0 90s",
            ),
            (
                json!({"status": {"phase": "Succeeded", "containerStatuses": [
                    ended("a", 0, "Completed"), ended("b", 0, "Completed")]}}),
                "p 0/2 Completed 0 90s",
            ),
            (
                json!({"status": {"phase": "Failed",
                    "containerStatuses": [ended("a", 1, ""), ended("b", 0, "Completed")]}}),
                "p 0/2 ExitCode:1 0 90s",
            ),
            (json!({"status": {"phase": "Failed", "reason": "Evicted"}}), "p 0/2 Evicted 0 90s"),
            (
                json!({"status": {"phase": "Running",
                    "containerStatuses": [waiting, running("b")]}}),
                "p 1/2 CrashLoopBackOff 2 (30s ago) 90s",
            ),
            (
                json!({"status": {"phase": "Running", "conditions": ready,
                    "containerStatuses": [ended("a", 0, "Completed"), running("b")]}}),
                "p 1/2 Running 0 90s",
            ),
            (
                json!({"status": {"phase": "Running",
                    "containerStatuses": [ended("a", 0, "Completed"), running("b")]}}),
                "p 1/2 NotReady 0 90s",
            ),
            (
                json!({"metadata": {"deletionTimestamp": NOW.to_string()},
                    "status": {"phase": "Running", "containerStatuses": [running("a")]}}),
                "p 1/2 Terminating 0 90s",
            ),
            (
                json!({"spec": init, "status": {"phase": "Pending",
                    "initContainerStatuses": [ended("i", 0, "Completed"), running("j")]}}),
                "p 0/1 Init:1/2 0 90s",
            ),
            (
                json!({"spec": init, "status": {"phase": "Pending",
                    "initContainerStatuses": [ended("i", 3, "Error")]}}),
                "p 0/1 Init:Error 0 90s",
            ),
            (
                json!({"spec": sidecar, "status": {"phase": "Running",
                    "initContainerStatuses": [started], "containerStatuses": [running("a")]}}),
                "p 2/2 Running 1 90s",
            ),
        ] {
            assert_eq!(row(pod), expected);
        }
    }

    #[test]
    fn the_wide_table_tells_the_node() {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "creationTimestamp": NOW.to_string()},
            "spec": {"nodeName": "local", "containers": [{"name": "a"}]},
            "status": {"phase": "Pending"},
        }))
        .unwrap();
        let expected = "\
NAME   READY   STATUS    RESTARTS   AGE   IP       NODE    NOMINATED NODE   READINESS GATES
p      0/1     Pending   0          0s    <none>   local   <none>           <none>
";
        assert_eq!(pod_table([&pod], Columns::Wide, NOW), expected);
    }
}
