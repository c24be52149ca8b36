//! The worker against the rules, one scenario per test.

use serde_json::{Value, json};

use super::*;
use crate::api::{ContainerStatus, Pod, PodStatus};
use crate::{KubeVersion, Semantics, Time, WakeReason};

/// A worker whose host reports at once, with a short log of its requests and their times.
struct Node {
    worker: PodWorker,
    log: Vec<String>,
}

const T0: i64 = 1_000;

fn pod(policy: &str, init: Value, containers: Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "p", "namespace": "ns", "uid": "u"},
        "spec": {"restartPolicy": policy, "initContainers": init, "containers": containers,
            "terminationGracePeriodSeconds": 30},
    }))
    .unwrap()
}

fn at(seconds: i64) -> Time {
    Time::from_unix(T0 + seconds)
}

fn state(status: &ContainerStatus) -> String {
    if status.state.running.is_some() {
        return "run".to_owned();
    }
    if let Some(end) = &status.state.terminated {
        return format!("exit {}", end.exit_code);
    }
    let reason = status.state.waiting.as_ref().map_or("", |w| w.reason.as_str());
    match &status.last_state.terminated {
        Some(end) => format!("{reason} after {}", end.exit_code),
        None => reason.to_owned(),
    }
}

impl Node {
    fn new(pod: &Pod) -> Node {
        Node::of(PodWorker::new(pod, &Semantics::default(), at(0)))
    }

    fn of(worker: PodWorker) -> Node {
        let mut node = Node { worker, log: Vec::new() };
        node.drain(0);
        node
    }

    fn drain(&mut self, t: i64) {
        while let Some(action) = self.worker.poll_action() {
            let line = match action {
                Action::Start { container, restart_count } => {
                    self.worker.container_started(at(t), &container).unwrap();
                    format!("{t} start {container}#{restart_count}")
                }
                Action::Stop { container, grace_seconds } => {
                    format!("{t} stop {container} {grace_seconds}s")
                }
                Action::Status(status) => {
                    let all = status.init_container_statuses.iter();
                    let all = all.chain(&status.container_statuses);
                    let all: Vec<String> =
                        all.map(|s| format!("{}={}", s.name, state(s))).collect();
                    format!("{t} {} [{}]", status.phase, all.join(", "))
                }
                Action::Event { reason, .. } => format!("{t} event {reason}"),
                Action::Finished => format!("{t} finished"),
            };
            self.log.push(line);
        }
    }

    fn exit(&mut self, t: i64, container: &str, code: i32) -> &mut Node {
        self.worker.container_exited(at(t), container, ContainerExit::code(code)).unwrap();
        self.drain(t);
        self
    }

    fn timeout(&mut self, t: i64) -> &mut Node {
        self.worker.handle_timeout(at(t));
        self.drain(t);
        self
    }

    fn stop(&mut self, t: i64, grace: i64) -> &mut Node {
        self.worker.stop(at(t), grace);
        self.drain(t);
        self
    }

    fn wake(&self) -> Option<(i64, WakeReason)> {
        self.worker.poll_timeout().map(|w| (w.at.unix() - T0, w.reason))
    }

    fn status(&self) -> &PodStatus {
        self.worker.status()
    }
}

fn one() -> Value {
    json!([{"name": "a"}])
}

fn two() -> Value {
    json!([{"name": "a"}, {"name": "b"}])
}

fn sidecars(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name, "restartPolicy": "Always"})).collect()
}

#[test]
fn a_pod_that_succeeds_podphase_30_80_82() {
    let mut node = Node::new(&pod("Never", json!([]), one()));
    node.exit(5, "a", 0);
    assert_eq!(
        node.log,
        [
            "0 Pending [a=ContainerCreating]",
            "0 start a#0",
            "0 Running [a=run]",
            "5 Succeeded [a=exit 0]",
            "5 finished",
        ]
    );
    let status = node.status();
    assert_eq!(status.start_time, Some(at(0)));
    let end = status.container_statuses[0].state.terminated.as_ref().unwrap();
    assert_eq!(
        (end.reason.as_str(), end.started_at, end.finished_at),
        ("Completed", Some(at(0)), Some(at(5)))
    );
    assert_eq!(status.condition("Ready").unwrap().reason, "PodCompleted");
    assert_eq!(status.condition("PodReadyToStartContainers").unwrap().status.as_str(), "False");
    assert_eq!(node.wake(), None);
}

#[test]
fn a_pod_fails_only_when_all_have_stopped_cc_65() {
    let mut node = Node::new(&pod("Never", json!([]), two()));
    node.exit(1, "a", 7).exit(3_600, "b", 0);
    assert_eq!(
        node.log[4..],
        [
            "0 Running [a=run, b=run]",
            "1 Running [a=exit 7, b=run]",
            "3600 Failed [a=exit 7, b=exit 0]",
            "3600 finished"
        ]
    );
    assert_eq!(node.status().condition("Ready").unwrap().reason, "PodFailed");
}

#[test]
fn on_failure_restarts_with_back_off_podphase_40_42_cc_66() {
    let mut node = Node::new(&pod("OnFailure", json!([]), one()));
    node.exit(1, "a", 1);
    assert_eq!(node.log[3..], ["1 Running [a=exit 1]", "1 start a#1", "1 Running [a=run]"]);
    assert_eq!(node.status().container_statuses[0].restart_count, 1);
    node.log.clear();
    node.exit(2, "a", 1);
    assert_eq!(
        node.log,
        ["2 Running [a=exit 1]", "2 event BackOff", "2 Running [a=CrashLoopBackOff after 1]"]
    );
    let waiting = node.status().container_statuses[0].state.waiting.clone().unwrap();
    assert_eq!(waiting.message, "back-off 10s restarting failed container=a pod=p_ns(u)");
    assert_eq!(node.wake(), Some((12, WakeReason::CrashLoopBackOff { delay_seconds: 10 })));
    let wakeup = node.worker.poll_timeout().unwrap();
    assert_eq!((&*wakeup.key, wakeup.container.as_deref()), ("ns/p", Some("a")));
    node.log.clear();
    // Early and repeated wake-ups change nothing.
    node.timeout(5).timeout(5).timeout(11);
    assert!(node.log.is_empty(), "{:?}", node.log);
    node.timeout(12).exit(13, "a", 0);
    assert_eq!(
        node.log,
        ["12 start a#2", "12 Running [a=run]", "13 Succeeded [a=exit 0]", "13 finished"]
    );
    assert_eq!(node.status().container_statuses[0].restart_count, 2);
    assert_eq!(
        node.status().container_statuses[0].last_state.terminated.as_ref().unwrap().exit_code,
        1
    );
}

#[test]
fn init_containers_run_in_order_podphase_31_32() {
    let init = json!([{"name": "i"}, {"name": "j"}]);
    let mut node = Node::new(&pod("OnFailure", init.clone(), two()));
    node.exit(1, "i", 3).exit(2, "i", 0).exit(3, "j", 0);
    assert_eq!(
        node.log,
        [
            "0 Pending [i=PodInitializing, j=PodInitializing, a=PodInitializing, \
             b=PodInitializing]",
            "0 start i#0",
            "0 Pending [i=run, j=PodInitializing, a=PodInitializing, b=PodInitializing]",
            "1 Pending [i=exit 3, j=PodInitializing, a=PodInitializing, b=PodInitializing]",
            "1 start i#1",
            "1 Pending [i=run, j=PodInitializing, a=PodInitializing, b=PodInitializing]",
            "2 start j#0",
            "2 Pending [i=exit 0, j=PodInitializing, a=PodInitializing, b=PodInitializing]",
            "2 Pending [i=exit 0, j=run, a=PodInitializing, b=PodInitializing]",
            "3 start a#0",
            "3 start b#0",
            "3 Pending [i=exit 0, j=exit 0, a=PodInitializing, b=PodInitializing]",
            "3 Pending [i=exit 0, j=exit 0, a=run, b=PodInitializing]",
            "3 Running [i=exit 0, j=exit 0, a=run, b=run]",
        ]
    );
    let mut node = Node::new(&pod("Never", init, one()));
    node.exit(1, "i", 3);
    assert_eq!(
        node.log[3..],
        ["1 Failed [i=exit 3, j=PodInitializing, a=PodInitializing]", "1 finished"]
    );
    assert_eq!(node.status().condition("Initialized").unwrap().reason, "ContainersNotInitialized");
}

#[test]
fn an_init_container_out_of_memory_does_not_let_the_next_start_podphase_31() {
    let mut node = Node::new(&pod("OnFailure", json!([{"name": "i"}]), one()));
    let exit = ContainerExit { code: 0, reason: "OOMKilled".into(), message: String::new() };
    node.worker.container_exited(at(1), "i", exit).unwrap();
    node.drain(1);
    assert!(node.log.iter().any(|l| l == "1 start i#1"), "{:?}", node.log);
    assert!(!node.log.iter().any(|l| l.contains("start a")));
}

#[test]
fn sidecars_start_first_restart_and_stop_last_podphase_31_50_62_cc_67() {
    let mut node = Node::new(&pod("Never", sidecars(&["s", "t"]), one()));
    assert_eq!(
        node.log[1..4],
        ["0 start s#0", "0 Pending [s=run, t=PodInitializing, a=PodInitializing]", "0 start t#0"]
    );
    node.log.clear();
    node.exit(1, "s", 1);
    assert_eq!(
        node.log,
        ["1 Running [s=exit 1, t=run, a=run]", "1 start s#1", "1 Running [s=run, t=run, a=run]"]
    );
    node.log.clear();
    node.exit(10, "a", 0);
    assert_eq!(node.log, ["10 stop t 30s", "10 Running [s=run, t=run, a=exit 0]"]);
    node.log.clear();
    node.exit(15, "t", 143).exit(16, "s", 137);
    assert_eq!(
        node.log,
        [
            "15 stop s 25s",
            "15 Running [s=run, t=exit 143, a=exit 0]",
            "16 Succeeded [s=exit 137, t=exit 143, a=exit 0]",
            "16 finished",
        ]
    );
}

#[test]
fn a_sidecar_waits_no_longer_than_the_grace_podphase_62_cc_68() {
    let mut node = Node::new(&pod("Never", sidecars(&["s"]), one()));
    node.log.clear();
    node.stop(10, 5);
    assert_eq!(node.log, ["10 stop a 5s"]);
    assert_eq!(node.wake(), Some((15, WakeReason::SidecarTurn)));
    node.log.clear();
    node.timeout(15);
    assert_eq!(node.log, ["15 stop s 2s"]);
    assert_eq!(node.wake(), None);
}

#[test]
fn a_deleted_pod_stops_and_ends_poddel_10_podphase_60_61() {
    let mut node = Node::new(&pod("OnFailure", json!([]), two()));
    node.log.clear();
    node.stop(2, 30).stop(4, 60).stop(5, 10).stop(6, 10);
    assert_eq!(node.log, ["2 stop a 30s", "2 stop b 30s", "5 stop a 10s", "5 stop b 10s"]);
    node.log.clear();
    node.exit(7, "a", 143).exit(8, "b", 0);
    assert_eq!(
        node.log,
        ["7 Running [a=exit 143, b=run]", "8 Failed [a=exit 143, b=exit 0]", "8 finished"]
    );
    // A kill never comes sooner than after two seconds, and exit codes 0 make a success (CC-71).
    let mut node = Node::new(&pod("OnFailure", json!([]), one()));
    node.log.clear();
    node.stop(1, 0).exit(2, "a", 0);
    assert_eq!(node.log, ["1 stop a 2s", "2 Succeeded [a=exit 0]", "2 finished"]);
}

#[test]
fn a_deleted_pod_starts_nothing_podphase_11() {
    let mut deleted = pod("Never", json!([]), one());
    deleted.metadata.deletion_timestamp = Some(at(30));
    deleted.metadata.deletion_grace_period_seconds = Some(30);
    let node = Node::new(&deleted);
    assert_eq!(node.log, ["0 Failed [a=exit 137]", "0 finished"]);
    let end = node.status().container_statuses[0].state.terminated.clone().unwrap();
    assert_eq!(end.reason, "ContainerStatusUnknown");
    assert_eq!(end.message, "The container could not be located when the pod was terminated");
    assert_eq!((end.started_at, end.finished_at), (None, None));
}

#[test]
fn a_container_in_back_off_has_ended_once_the_pod_is_deleted_podphase_22() {
    let mut node = Node::new(&pod("OnFailure", json!([]), one()));
    node.exit(1, "a", 1).exit(2, "a", 4);
    node.log.clear();
    node.stop(3, 30);
    assert_eq!(node.log, ["3 Failed [a=exit 4]", "3 finished"]);
}

#[test]
fn init_statuses_up_to_the_last_one_started_end_too_podphase_63() {
    let init = json!([{"name": "i"}, {"name": "j"}, {"name": "k"}]);
    let mut node = Node::new(&pod("OnFailure", init, one()));
    node.exit(1, "i", 0).exit(2, "j", 1).exit(3, "j", 1);
    node.log.clear();
    node.stop(4, 30);
    assert_eq!(
        node.log,
        ["4 Failed [i=exit 0, j=exit 1, k=PodInitializing, a=PodInitializing]", "4 finished"]
    );
    // No container started: the first one is marked.
    let mut deleted = pod("Never", json!([{"name": "i"}, {"name": "j"}]), one());
    deleted.metadata.deletion_timestamp = Some(at(0));
    let node = Node::new(&deleted);
    assert_eq!(node.log[0], "0 Failed [i=exit 137, j=PodInitializing, a=PodInitializing]");
}

#[test]
fn the_deadline_of_the_pod_podphase_51_cc_69() {
    let mut late = pod("Never", json!([]), one());
    std::sync::Arc::make_mut(&mut late.spec).active_deadline_seconds = Some(10);
    let mut node = Node::new(&late);
    assert_eq!(node.wake(), Some((10, WakeReason::PodDeadline)));
    node.log.clear();
    node.timeout(9);
    assert!(node.log.is_empty());
    node.timeout(10);
    assert_eq!(node.log, ["10 event DeadlineExceeded", "10 stop a 30s"]);
    node.log.clear();
    node.exit(12, "a", 0);
    assert_eq!(node.log, ["12 Failed [a=exit 0]", "12 finished"]);
    assert_eq!(node.status().reason, "DeadlineExceeded");
    assert_eq!(
        node.status().message,
        "Pod was active on the node longer than the specified deadline"
    );
}

#[test]
fn a_success_before_the_deadline_is_overridden_while_sidecars_stop_podphase_51() {
    let mut late = pod("Never", sidecars(&["s"]), one());
    std::sync::Arc::make_mut(&mut late.spec).active_deadline_seconds = Some(10);
    let mut node = Node::new(&late);
    node.exit(8, "a", 0).timeout(10).exit(11, "s", 143);
    assert_eq!(node.log[node.log.len() - 2], "11 Failed [s=exit 143, a=exit 0]");
}

#[test]
fn evictions_fail_the_pod_and_say_so_disrupt_14_15_cc_70() {
    let eviction = |reason: &str| Eviction {
        reason: reason.to_owned(),
        message: "low".to_owned(),
        disruption: Some("low".to_owned()),
        grace_seconds: Some(1),
    };
    for (reason, phase) in [("Evicted", "Failed"), ("Terminated", "Succeeded")] {
        let mut node = Node::new(&pod("Never", json!([]), one()));
        node.log.clear();
        node.worker.evict(at(1), eviction(reason));
        node.drain(1);
        assert_eq!(node.log, ["1 stop a 2s"]);
        assert!(node.status().condition("DisruptionTarget").is_none(), "held back (PODPHASE-24)");
        node.exit(3, "a", 0);
        assert_eq!(node.status().phase.as_str(), phase);
    }
    let mut node = Node::new(&pod("Never", json!([]), one()));
    node.worker.evict(at(1), eviction("Evicted"));
    node.exit(3, "a", 137);
    let condition = node.status().condition("DisruptionTarget").unwrap();
    assert_eq!(condition.reason, "TerminationByKubelet");
    assert_eq!(condition.last_transition_time, Some(at(3)));
    assert_eq!(node.status().reason, "Evicted");
}

#[test]
fn an_entry_point_that_cannot_run_is_an_exit_podphase_33_90() {
    let mut worker = PodWorker::new(&pod("Never", json!([]), one()), &Semantics::default(), at(0));
    worker.container_exited(at(0), "a", ContainerExit::start_error("no such file")).unwrap();
    let end = worker.status().container_statuses[0].state.terminated.clone().unwrap();
    assert_eq!((end.exit_code, end.reason.as_str(), end.started_at), (128, "StartError", None));
    assert_eq!(worker.status().phase.as_str(), "Failed");
}

#[test]
fn a_container_that_cannot_be_created_is_tried_for_ever_podphase_33_cc_75() {
    let mut worker = PodWorker::new(&pod("Never", json!([]), one()), &Semantics::default(), at(0));
    for t in [0, 10, 20] {
        worker.handle_timeout(at(t));
        let starts = std::iter::from_fn(|| worker.poll_action())
            .filter(|a| matches!(a, Action::Start { restart_count: 0, .. }))
            .count();
        assert_eq!(starts, 1, "{t}");
        worker.container_start_failed(at(t), "a", "ErrImagePull", "no").unwrap();
        assert_eq!(worker.status().phase.as_str(), "Pending");
        assert_eq!(state(&worker.status().container_statuses[0]), "ErrImagePull");
        let wake = worker.poll_timeout().unwrap();
        assert_eq!((wake.at, wake.reason), (at(t + 10), WakeReason::StartRetry));
    }
}

#[test]
fn what_ran_on_a_lost_node_was_killed_podphase_64_92() {
    let mut node = Node::new(&pod("Never", json!([]), one()));
    node.drain(0);
    for (policy, expected) in [
        ("Never", vec!["0 Running [a= after 137]", "0 Failed [a=exit 137]", "0 finished"]),
        ("OnFailure", vec!["0 Running [a= after 137]", "0 start a#1", "0 Running [a=run]"]),
    ] {
        let mut lost = pod(policy, json!([]), one());
        lost.status = node.status().clone();
        let found = Node::of(PodWorker::recover(&lost, &Semantics::default(), at(0)));
        assert_eq!(found.log, expected, "{policy}");
        let status = &found.status().container_statuses[0];
        assert_eq!(status.restart_count, 1);
        let last = status.last_state.terminated.as_ref().unwrap();
        assert_eq!(
            last.message,
            "The container could not be located when the pod was deleted.  \
             The container used to be Running"
        );
    }
}

#[test]
fn a_rule_restarts_all_containers_podphase_44() {
    let containers = json!([
        {"name": "a", "restartPolicy": "Never", "restartPolicyRules": [
            {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}]},
        {"name": "b"}]);
    let mut node = Node::new(&pod("Never", json!([{"name": "i"}]), containers.clone()));
    node.exit(1, "i", 0);
    node.log.clear();
    node.exit(5, "a", 88);
    assert_eq!(node.log, ["5 Running [i=exit 0, a=exit 88, b=run]", "5 stop b 30s"]);
    let condition = node.status().condition("AllContainersRestarting").unwrap();
    assert_eq!(
        (condition.status.as_str(), condition.reason.as_str(), condition.message.as_str()),
        ("True", "RestartAllContainersStarted", "container exited with restart policy rule")
    );
    node.log.clear();
    node.exit(6, "b", 143);
    assert_eq!(
        node.log[..2],
        [
            "6 Pending [i=RestartingAllContainers after 137, a=RestartingAllContainers after 137, \
             b=RestartingAllContainers after 137]",
            "6 start i#1",
        ]
        .map(|l| l.replace("Pending", "Running"))
    );
    assert_eq!(
        node.status().condition("AllContainersRestarting").unwrap().status.as_str(),
        "False"
    );
    node.exit(7, "i", 0).exit(9, "a", 0).exit(9, "b", 0);
    assert_eq!(node.log[node.log.len() - 2], "9 Succeeded [i=exit 0, a=exit 0, b=exit 0]");
    assert_eq!(node.status().container_statuses[1].restart_count, 1);

    let sem = Semantics::kube(KubeVersion::V1_34);
    let old = PodWorker::new(&pod("Never", json!([]), containers), &sem, at(0));
    let mut node = Node::of(old);
    node.exit(1, "a", 88).exit(2, "b", 0);
    assert_eq!(node.status().phase.as_str(), "Failed", "before 1.35 rules are unknown");
}

#[test]
fn a_container_with_a_rule_restarts_in_a_never_pod_cc_76() {
    let containers = json!([{"name": "a", "restartPolicy": "Never", "restartPolicyRules": [
        {"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [0]}}]}]);
    let mut node = Node::new(&pod("Never", json!([]), containers));
    node.exit(1, "a", 1);
    assert_eq!(node.status().phase.as_str(), "Running");
    assert_eq!(node.status().container_statuses[0].restart_count, 1);
}

#[test]
fn statuses_are_sorted_and_foreign_conditions_kept_podphase_74() {
    let mut unsorted = pod("Never", json!([]), json!([{"name": "b"}, {"name": "a"}]));
    let mut node = Node::new(&unsorted);
    let names: Vec<_> = node.status().container_statuses.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    unsorted.status.conditions = serde_json::from_value(json!([
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}]))
    .unwrap();
    node.worker.observe(&unsorted);
    node.stop(1, 30).exit(2, "a", 0).exit(3, "b", 0);
    assert_eq!(node.status().conditions[0].reason, "EvictionByEvictionAPI");
    assert_eq!(node.status().conditions.len(), 6);
}

#[test]
fn terminal_pods_stay_as_they_are_podphase_23() {
    let mut over = pod("Never", json!([]), one());
    over.status = serde_json::from_value(json!({"phase": "Succeeded"})).unwrap();
    let mut node = Node::new(&over);
    node.timeout(1).stop(2, 30);
    assert_eq!(node.log, ["0 finished"]);
    assert_eq!(*node.status(), over.status);
}

#[test]
fn wrong_calls_are_errors() {
    let mut node = Node::new(&pod("Never", json!([]), one()));
    let worker = &mut node.worker;
    assert!(worker.container_started(at(1), "a").is_err(), "it runs already");
    assert!(worker.container_started(at(1), "x").is_err(), "no such container");
    assert!(worker.container_start_failed(at(1), "a", "", "").is_err());
    worker.container_exited(at(1), "a", ContainerExit::signal(9)).unwrap();
    assert!(worker.container_exited(at(1), "a", ContainerExit::signal(9)).is_err());
    assert_eq!(
        worker.status().container_statuses[0].state.terminated.as_ref().unwrap().exit_code,
        137
    );
}

#[test]
fn a_stop_that_meets_a_start_waits_for_its_answer_podphase_60() {
    let mut worker = PodWorker::new(&pod("Never", json!([]), one()), &Semantics::default(), at(0));
    worker.stop(at(1), 30);
    assert!(!worker.is_finished());
    while worker.poll_action().is_some() {}
    worker.container_started(at(2), "a").unwrap();
    let stop =
        std::iter::from_fn(|| worker.poll_action()).find(|a| matches!(a, Action::Stop { .. }));
    assert_eq!(stop, Some(Action::Stop { container: "a".into(), grace_seconds: 29 }));
}
