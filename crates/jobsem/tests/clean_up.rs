//! Cleaning up in a [`Cluster`], as a host sees it: limits of time, pods that are bound to a node,
//! and Jobs that go while their pods have not begun.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use jobsem::Propagation;
use jobsem::api::{CronJob, Job};
use jobsem::cluster::{PodReport, Work};
use jobsem::{Cluster, Semantics, Time};
use serde_json::json;

const START: Time = Time::from_unix(1_700_000_000);

fn job(ttl: Option<i32>) -> Job {
    let mut job = json!({"metadata": {"name": "j"}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "main", "image": "perl"}],
    }}}});
    if let Some(ttl) = ttl {
        job["spec"]["ttlSecondsAfterFinished"] = ttl.into();
    }
    serde_json::from_value(job).unwrap()
}

/// A cluster with a Job and the name of its pod, which the host has taken.
fn started(ttl: Option<i32>, cluster: Cluster) -> (Cluster, String) {
    let mut cluster = cluster;
    cluster.create_job(START, job(ttl)).unwrap();
    let Some(Work::Start(pod)) = cluster.poll_work() else { panic!("no pod") };
    (cluster, pod.metadata.name.to_string())
}

fn bound(ttl: Option<i32>) -> (Cluster, String) {
    started(ttl, Cluster::new(Semantics::default()))
}

/// Lets the pod succeed, and time pass; how long after its end the Job was gone, in seconds.
fn gone_after(ttl: Option<i32>, patience: i64) -> Option<i64> {
    let (mut cluster, pod) = bound(ttl);
    let end = START.plus_seconds(1);
    cluster.report(end, "default", &pod, PodReport::exited("main", 0)).unwrap();
    let mut finished = None;
    let mut now = end;
    let until = end.plus_seconds(patience);
    while let Some(wakeup) = cluster.poll_timeout().filter(|wakeup| wakeup.at <= until) {
        now = now.max(wakeup.at);
        cluster.handle_timeout(now).unwrap();
        if finished.is_none() && !cluster.jobs().any(|job| !job.is_finished()) {
            finished = Some(now);
        }
        if cluster.jobs().next().is_none() {
            assert_eq!(cluster.pods().count(), 0, "its pods go with it");
            return Some(now.truncated().since(finished.unwrap().truncated()) / 1_000_000_000);
        }
    }
    assert_eq!((cluster.jobs().count(), cluster.pods().count()), (1, 1));
    None
}

#[test]
fn a_limit_of_time_counts_from_the_end_zero_is_at_once_and_unset_is_never() {
    assert_eq!(gone_after(Some(100), 10_000), Some(100));
    assert_eq!(gone_after(Some(1), 10_000), Some(1));
    assert_eq!(gone_after(Some(0), 10_000), Some(0));
    assert_eq!(gone_after(Some(100), 99), None);
    assert_eq!(gone_after(None, 1_000_000), None);
}

#[test]
fn a_pod_that_the_host_has_taken_goes_when_the_host_says_so() {
    let (mut cluster, name) = bound(None);
    let pod = cluster.pod("default", &name).unwrap();
    assert_eq!(pod.spec.node_name, "local");
    cluster.delete_job(START.plus_seconds(1), "default", "j", Propagation::Background).unwrap();
    let pod = cluster.pod("default", &name).unwrap();
    let deleted_at = START.plus_seconds(1 + 30);
    assert_eq!(pod.metadata.deletion_timestamp, Some(deleted_at), "the default grace period");
    let Some(Work::Stop { grace_seconds, .. }) = cluster.poll_work() else { panic!("no work") };
    assert_eq!(grace_seconds, 30);
    let later = START.plus_seconds(2);
    cluster.report(later, "default", &name, PodReport::Removed).unwrap();
    while let Some(wakeup) = cluster.poll_timeout() {
        cluster.handle_timeout(wakeup.at).unwrap();
    }
    assert_eq!(cluster.pods().count(), 0);
}

#[test]
fn in_the_foreground_the_job_waits_for_a_pod_that_has_not_begun() {
    let (mut cluster, name) = bound(None);
    cluster.delete_job(START, "default", "j", Propagation::Foreground).unwrap();
    assert_eq!(cluster.jobs().count(), 1);
    cluster.report(START.plus_seconds(1), "default", &name, PodReport::Removed).unwrap();
    while let Some(wakeup) = cluster.poll_timeout() {
        cluster.handle_timeout(wakeup.at).unwrap();
    }
    assert_eq!((cluster.jobs().count(), cluster.pods().count()), (0, 0));
}

#[test]
fn a_pod_that_nobody_has_taken_goes_at_once() {
    let (mut cluster, _) = started(None, Cluster::new(Semantics::default()).with_node(None));
    cluster.delete_job(START, "default", "j", Propagation::Background).unwrap();
    while let Some(wakeup) = cluster.poll_timeout() {
        cluster.handle_timeout(wakeup.at).unwrap();
    }
    assert_eq!(cluster.pods().count(), 0);
}

/// The rules of the notes on an object, each once, and the last text.
fn notes(cluster: &mut Cluster, about: &str) -> (Vec<&'static str>, String) {
    let (mut rules, mut last) = (Vec::new(), String::new());
    while let Some(jobsem::DatedNote { key: whom, note, .. }) = cluster.poll_note() {
        if whom == about {
            rules.push(note.rule);
            last = note.text;
        }
    }
    rules.dedup();
    (rules, last)
}

#[test]
fn notes_say_why_a_job_is_not_deleted_yet() {
    let cluster = Cluster::new(Semantics::default()).with_notes();
    let (mut cluster, pod) = started(Some(60), cluster);
    cluster.report(START, "default", &pod, PodReport::exited("main", 0)).unwrap();
    cluster.handle_timeout(START.plus_seconds(1)).unwrap();
    let (rules, text) = notes(&mut cluster, "default/j");
    assert_eq!(rules.last(), Some(&"TTL-07"), "{rules:?}");
    assert_eq!(text, "kept until 2023-11-14T22:14:21Z, 60s after its end");
    cluster.handle_timeout(START.plus_seconds(61)).unwrap();
    let (rules, text) = notes(&mut cluster, "default/j");
    assert_eq!((rules[0], text.as_str()), ("TTL-08", "60s after its end are over"));
}

#[test]
fn notes_say_why_a_start_is_skipped() {
    let start: Time = "2024-06-01T00:00:30Z".parse().unwrap();
    let noted = |more: serde_json::Value| {
        let mut cronjob = json!({"metadata": {"name": "c"}, "spec": {"schedule": "* * * * *",
            "jobTemplate": {"spec": job(None).spec}}});
        for (key, value) in more.as_object().unwrap() {
            cronjob["spec"][key] = value.clone();
        }
        let cronjob: CronJob = serde_json::from_value(cronjob).unwrap();
        let mut cluster = Cluster::new(Semantics::default()).with_notes();
        cluster.create_cronjob(start, cronjob).unwrap();
        for seconds in [31, 91] {
            cluster.handle_timeout(start.plus_seconds(seconds)).unwrap();
        }
        notes(&mut cluster, "cronjob/default/c")
    };
    let (rules, text) = noted(json!({"suspend": true}));
    assert_eq!((rules[0], text.as_str()), ("CRON-17", "no start: suspend is true"));
    let (rules, text) = noted(json!({"concurrencyPolicy": "Forbid"}));
    assert!(rules.contains(&"CRON-24") && rules.contains(&"CRON-22"), "{rules:?}");
    let why = "no start for 2024-06-01T00:02:00Z yet: c-28620001 runs, and the policy is Forbid";
    assert_eq!(text, why);
    let (_, text) = noted(json!({"startingDeadlineSeconds": 0}));
    let why = "no start: 2024-06-01T00:02:00Z is more than 0s ago, next 2024-06-01T00:03:00Z";
    assert_eq!(text, why);
}
