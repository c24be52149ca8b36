use super::*;
use crate::api::{Job, PodPhase};
use crate::kubelet::ContainerExit;
use crate::request::Propagation;
use crate::{ErrorKind, Semantics, outcome};

const START: Time = Time::from_unix(946_684_801);

const ONE: &str = r#""template": {"spec": {"restartPolicy": "Never",
    "terminationGracePeriodSeconds": 7, "containers": [{"name": "m", "image": "i"}]}}"#;

fn job(name: &str, spec: &str) -> Job {
    serde_json::from_str(&format!(r#"{{"metadata": {{"name": "{name}"}}, "spec": {spec}}}"#))
        .unwrap()
}

fn host(spec: &str) -> Host {
    let mut host = Host::new(Cluster::new(Semantics::default()));
    host.cluster_mut().create_job(START, job("j", spec)).unwrap();
    host
}

fn turn(host: &mut Host, now: Time) -> Turn {
    host.turn(now, []).unwrap()
}

/// Starts the one container that is to be started, at the start.
fn start(host: &mut Host) -> Ticket {
    let ticket = turn(host, START).starts[0].ticket;
    assert!(host.turn(START, [ContainerReport::started(ticket)]).unwrap().is_idle());
    ticket
}

/// Turns at each wake-up until there is something to do, or nothing will ever be.
fn next(host: &mut Host, mut now: Time) -> (Time, Turn) {
    loop {
        let turn = turn(host, now);
        match &turn.wakeup {
            Some(wakeup) if turn.is_idle() && !turn.over => now = wakeup.at,
            _ => return (now, turn),
        }
    }
}

fn ended(ticket: Ticket, exit: ContainerExit) -> [ContainerReport; 1] {
    [ContainerReport::ended(ticket, exit)]
}

fn seconds(time: Time) -> i64 {
    time.since(START) / crate::SECOND
}

#[test]
fn a_disruption_is_a_condition_of_the_pod() {
    let mut host = host(&format!("{{{ONE}}}"));
    let ticket = start(&mut host);
    let report = ContainerReport::disrupted(ticket, ContainerExit::signal(15), "gone");
    host.turn(START.plus_seconds(1), [report]).unwrap();
    let pod = host.cluster().pods().next().unwrap();
    assert_eq!(pod.status.phase, PodPhase::Failed);
    assert_eq!(pod.status.condition("DisruptionTarget").unwrap().message, "gone");
    assert_eq!(host.pod(ticket).unwrap_err().kind(), ErrorKind::State);
}

#[test]
fn a_deadline_stops_what_runs_then_kills_it_and_the_job_waits_for_its_end() {
    let mut host = host(&format!(r#"{{"activeDeadlineSeconds": 5, {ONE}}}"#));
    let ticket = start(&mut host);
    let (stopped, turn) = next(&mut host, START);
    assert_eq!(seconds(stopped), 5);
    assert_eq!(turn.stops, [ContainerStop { ticket, grace_seconds: 7 }]);
    assert!(turn.kills.is_empty());
    assert!(!outcome(host.cluster().job("default", "j").unwrap()).verdict.is_final());
    let kill = host.wakeups().into_iter().find(|w| w.reason == WakeReason::Kill).unwrap();
    assert_eq!((seconds(kill.at), kill.container.as_deref()), (12, Some("m")));
    let (killed, turn) = next(&mut host, stopped);
    assert_eq!((seconds(killed), turn.kills), (12, vec![ticket]));
    assert!(!turn.over);
    let (_, turn) = next(&mut host, killed);
    assert!(turn.is_idle() && turn.wakeup.is_none(), "a container is killed once");
    let turn = host.turn(killed, ended(ticket, ContainerExit::signal(9))).unwrap();
    let [gone] = turn.gone.as_slice() else { panic!("{:?}", turn.gone) };
    assert_eq!(gone.status.phase, PodPhase::Failed);
    assert_eq!(host.cluster().pods().count(), 0, "a deleted pod goes when it has ended");
    // What is said of it later changes nothing.
    host.turn(killed, ended(ticket, ContainerExit::code(0))).unwrap();
    let (_, turn) = next(&mut host, killed);
    assert!(turn.over && host.cluster().job("default", "j").unwrap().is_finished());
}

#[test]
fn a_shorter_grace_brings_the_kill_forward_and_a_longer_one_does_not() {
    let mut host = host(&format!("{{{ONE}}}"));
    let ticket = start(&mut host);
    let pod = host.pod(ticket).unwrap().metadata.name.clone();
    host.cluster_mut().delete_pod(START, "default", &pod, Some(40)).unwrap();
    assert_eq!(turn(&mut host, START).stops[0].grace_seconds, 40);
    host.shut_down(START.plus_seconds(1)).unwrap();
    let (_, turn) = next(&mut host, START.plus_seconds(1));
    assert_eq!(turn.stops, [ContainerStop { ticket, grace_seconds: 7 }]);
    let (killed, turn) = next(&mut host, START.plus_seconds(1));
    assert_eq!((seconds(killed), turn.kills), (8, vec![ticket]));
}

#[test]
fn a_back_off_is_waited_for_by_name() {
    let spec = r#"{"template": {"spec": {"restartPolicy": "OnFailure",
        "containers": [{"name": "m", "image": "i"}]}}}"#;
    let mut host = host(spec);
    let mut reports = Vec::new();
    let mut now = START;
    let mut starts = Vec::new();
    while starts.len() < 3 {
        let turn = host.turn(now, reports.drain(..)).unwrap();
        for start in &turn.starts {
            starts.push((seconds(now), start.restart_count));
            reports.push(ContainerReport::started(start.ticket));
            reports.push(ContainerReport::ended(start.ticket, ContainerExit::code(1)));
        }
        if turn.is_idle() {
            now = turn.wakeup.unwrap().at;
        }
    }
    assert_eq!(starts, [(0, 0), (0, 1), (10, 2)]);
    let turn = host.turn(now, reports).unwrap();
    assert_eq!(turn.events.last().unwrap().reason, "BackOff");
    let reason = WakeReason::CrashLoopBackOff { delay_seconds: 20 };
    let wakeup = host.wakeups().into_iter().find(|wakeup| wakeup.reason == reason).unwrap();
    assert_eq!(seconds(wakeup.at), 30);
    assert!(wakeup.name().starts_with("j-") && wakeup.reason.is_of_pod());
}

#[test]
fn what_could_not_be_made_is_started_again_under_a_new_ticket() {
    let mut host = host(&format!("{{{ONE}}}"));
    let first = turn(&mut host, START).starts[0].ticket;
    let report = ContainerReport::start_failed(first, "CreateContainerConfigError", "no such");
    assert!(host.turn(START, [report]).unwrap().is_idle());
    let pod = host.cluster().pods().next().unwrap();
    let waiting = pod.status.container_statuses[0].state.waiting.as_ref().unwrap();
    assert_eq!((&*waiting.reason, &*waiting.message), ("CreateContainerConfigError", "no such"));
    let (again, turn) = next(&mut host, START);
    assert_eq!(seconds(again), 10);
    assert!(turn.starts[0].ticket != first && turn.starts[0].restart_count == 0);
}

#[test]
fn a_pod_that_is_removed_by_force_stops_although_it_is_stored_no_more() {
    let mut host = host(&format!("{{{ONE}}}"));
    let ticket = start(&mut host);
    let pod = Arc::clone(host.pod(ticket).unwrap());
    let name = &pod.metadata.name;
    host.cluster_mut().delete_job(START, "default", "j", Propagation::Orphan).unwrap();
    // Once a finalizer holds it no more, a grace period of 0 removes a pod at once.
    host.turn(START.plus_seconds(1), []).unwrap();
    host.cluster_mut().delete_pod(START.plus_seconds(1), "default", name, Some(0)).unwrap();
    let turn = turn(&mut host, START.plus_seconds(2));
    assert_eq!(turn.stops, [ContainerStop { ticket, grace_seconds: 2 }]);
    assert!(host.cluster().pod("default", name).is_none() && !turn.over);
    let now = START.plus_seconds(3);
    let turn = host.turn(now, ended(ticket, ContainerExit::signal(15))).unwrap();
    assert_eq!(turn.gone[0].metadata.uid, pod.metadata.uid);
    assert!(turn.gone[0].is_terminal() && turn.over);
}

#[test]
fn a_shutdown_starts_nothing_more_and_is_over_when_all_has_ended() {
    let mut host = host(&format!(r#"{{"completions": 2, "parallelism": 1, {ONE}}}"#));
    let ticket = start(&mut host);
    let now = START.plus_seconds(1);
    host.shut_down(now).unwrap();
    let turn = host.turn(now, []).unwrap();
    assert_eq!(turn.stops, [ContainerStop { ticket, grace_seconds: 7 }]);
    assert!(!turn.over);
    host.kill_all();
    host.kill_all();
    assert_eq!(host.turn(now, []).unwrap().kills, [ticket]);
    let turn = host.turn(now, ended(ticket, ContainerExit::signal(9))).unwrap();
    assert!(turn.over && turn.starts.is_empty());
    let (_, turn) = next(&mut host, now);
    assert!(turn.over && turn.starts.is_empty());
}

#[test]
fn a_host_is_over_when_all_its_jobs_are() {
    let mut host = Host::new(Cluster::new(Semantics::default()));
    assert!(turn(&mut host, START).over);
    for name in ["a", "b"] {
        host.cluster_mut().create_job(START, job(name, &format!("{{{ONE}}}"))).unwrap();
    }
    let tickets: Vec<_> = turn(&mut host, START).starts.iter().map(|s| s.ticket).collect();
    let mut now = START;
    for (ticket, over) in tickets.into_iter().zip([false, true]) {
        assert!(!turn(&mut host, now).over);
        let reports = [
            ContainerReport::started(ticket),
            ContainerReport::ended(ticket, ContainerExit::code(0)),
        ];
        host.turn(now, reports).unwrap();
        let end = next(&mut host, now);
        now = end.0;
        assert_eq!(end.1.over, over);
    }
}

#[test]
fn a_ticket_that_was_never_handed_out_is_an_error_and_what_was_reported_before_it_counts() {
    let mut host = host(&format!("{{{ONE}}}"));
    let ticket = turn(&mut host, START).starts[0].ticket;
    let reports =
        [ContainerReport::started(ticket), ContainerReport::started(Ticket::of(ticket.0 + 1))];
    let error = host.turn(START, reports).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert_eq!(error.message(), "no container runs under ticket 1");
    assert_eq!(host.cluster().pods().next().unwrap().status.phase, PodPhase::Running);
    let twice = host.turn(START, [ContainerReport::started(ticket)]).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::State);
    let early = host.turn(START.plus_nanos(-1), ended(ticket, ContainerExit::code(0)));
    assert_eq!(early.unwrap_err().kind(), ErrorKind::TimeWentBack);
    assert!(host.pod(ticket).is_ok(), "nothing has changed");
}

#[test]
fn an_invocation_has_the_command_line_the_environment_and_the_addresses() {
    let spec = r#"{"completionMode": "Indexed", "completions": 1, "template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "m", "image": "i",
        "command": ["echo", "$(IP)"], "args": ["$(JOB_COMPLETION_INDEX)"], "workingDir": "/tmp",
        "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]}]}}}"#;
    let mut host = host(spec);
    let ticket = turn(&mut host, START).starts[0].ticket;
    let node = Node { pod_ip: "127.64.0.1".to_owned(), ..Node::default() };
    let made = host.invocation(ticket, &node).unwrap();
    let env: Vec<_> = made.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["HOSTNAME=j-0", "IP=127.64.0.1", "JOB_COMPLETION_INDEX=0"]);
    assert_eq!(made.working_dir, "/tmp");
    assert_eq!(made.into_argv(), ["echo", "127.64.0.1", "0"]);
    let wrong = host.invocation(Ticket::of(9), &node).unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::State);
}

#[test]
fn a_container_that_starts_at_once_needs_no_report_of_it() {
    let spec = format!("{{{ONE}}}");
    let mut host = Host::new(Cluster::new(Semantics::default())).with_starts_at_once();
    host.cluster_mut().create_job(START, job("j", &spec)).unwrap();
    let turn = turn(&mut host, START);
    assert_eq!(turn.starts.len(), 1);
    assert_eq!(host.cluster().pods().next().unwrap().status.phase, PodPhase::Running);
}
