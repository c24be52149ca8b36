//! A million of everything: one process, one measurement each, printed as lines of JSON.
//!
//! P1, P4 and P8 of `docs/PERFORMANCE.md`. `cargo bench -p jobsem --bench scale -- P1 P4`
//! runs some of them; `--small` runs each on a hundredth of its size, to see that it works.
#![allow(clippy::unwrap_used, reason = "in benchmarks a panic is the report")]

mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobsem::api::{Job, OwnerReference, Pod, Text};
use jobsem::cluster::{PodReport, Work};
use jobsem::{Cluster, Semantics, Time};
use serde_json::{Value, json};
use support::{Host, Shape};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let small = arguments.iter().any(|argument| argument == "--small");
    let chosen: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let size = |whole: usize| if small { whole / 100 } else { whole };
    let wants = |name: &str| chosen.is_empty() || chosen.iter().any(|c| *c == name);
    if wants("P1") {
        for jobs in [1_000, 10] {
            status_events(jobs, size(1_000_000) / jobs);
        }
    }
    if wants("P4") {
        whole_cluster_job(size(100_000));
    }
    if wants("P8") {
        many_jobs(size(10_000));
        many_jobs(size(1_000_000));
    }
}

fn print(what: &str, figures: Value) {
    println!("{}", json!({ "what": what, "figures": figures }));
}

/// P1: a pod's status changes, and the controller says what it asks for.
fn status_events(jobs: usize, pods: usize) {
    const EVENTS: usize = 200_000;
    let mut host = Host::new();
    for _ in 0..jobs {
        host.add_job(&Shape { completions: i32::MAX, parallelism: pods as i32, indexed: false });
    }
    host.fill(jobs * pods);
    let names: Vec<String> = host.running.iter().map(|pod| pod.metadata.name.to_string()).collect();
    let job_of: Vec<usize> = host.running.iter().map(|pod| job_number(pod)).collect();
    let prototypes: Vec<Arc<Pod>> = (0..jobs)
        .map(|job| Arc::clone(&host.running[job_of.iter().position(|of| *of == job).unwrap()]))
        .collect();
    let mut times: Vec<u64> = Vec::with_capacity(EVENTS);
    let mut at = 0;
    for i in 0..EVENTS {
        // Pods from all over: what comes next is not what the processor has seen last.
        at = (at + 7_919 * 127) % names.len();
        // The new version is made here, as by a host that has just read it: it shares nothing with
        // the one that the controller knows.
        let prototype = &prototypes[job_of[at]];
        let new = decoded(prototype, &names[at]);
        let event = if i % 10 == 0 { host.success(&new) } else { host.heartbeat(&new) };
        drop(new);
        let start = Instant::now();
        host.controller.handle_watch(host.now, event).unwrap();
        let mut asked = 0;
        while black_box(host.controller.poll_request()).is_some() {
            asked += 1;
        }
        black_box(host.controller.poll_timeout());
        times.push(start.elapsed().as_nanos() as u64);
        // A Job's sync comes a second after the first event: nothing is asked for before.
        assert_eq!(asked, 0);
    }
    let mean = times.iter().sum::<u64>() / EVENTS as u64;
    times.sort_unstable();
    let at = |share: f64| times[(share * EVENTS as f64) as usize];
    print(
        "P1 status event",
        json!({"jobs": jobs, "pods": jobs * pods, "mean_ns": mean, "p50_ns": at(0.5),
            "p99_ns": at(0.99)}),
    );
}

fn job_number(pod: &Pod) -> usize {
    pod.metadata.owner_references[0].name["j-".len()..].parse().unwrap()
}

/// Another pod of the same Job, in memory of its own.
fn decoded(pod: &Pod, name: &str) -> Pod {
    let mut pod = pod.clone();
    let meta = &mut pod.metadata;
    meta.name = name.into();
    meta.uid = name.into();
    let fresh = |text: &Text| Text::from(text.as_str());
    let labels = meta.labels.take().unwrap_or_default();
    meta.labels = Some(labels.iter().map(|(key, value)| (fresh(key), fresh(value))).collect());
    let owners = meta.owner_references.iter();
    meta.owner_references = owners
        .map(|o| OwnerReference::controller_of(&*o.api_version, &*o.kind, &*o.name, &*o.uid))
        .collect();
    meta.finalizers = meta.finalizers.iter().map(fresh).collect();
    pod
}

fn job(name: &str, completions: usize, parallelism: usize, ttl: Option<i32>) -> Job {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "completions": completions,
            "parallelism": parallelism,
            "completionMode": if completions > 1 { "Indexed" } else { "NonIndexed" },
            "ttlSecondsAfterFinished": ttl,
            "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "perl"}],
            }},
        },
    }))
    .unwrap()
}

/// Does all work at once, and says how many pods ended.
fn work_off(cluster: &mut Cluster, now: Time) -> usize {
    let mut ended = 0;
    while let Some(work) = cluster.poll_work() {
        if let Work::Start(pod) = work {
            let meta = &pod.metadata;
            let (namespace, name) = (&meta.namespace, &meta.name);
            cluster.report(now, namespace, name, PodReport::Running).unwrap();
            cluster.report(now, namespace, name, PodReport::exited("main", 0)).unwrap();
            ended += 1;
        }
    }
    while cluster.poll_event().is_some() {}
    ended
}

/// P4: one Indexed Job to its end, in virtual time.
fn whole_cluster_job(pods: usize) {
    let start = Instant::now();
    let mut now = Time::from_unix(946_684_800);
    let mut cluster = Cluster::new(Semantics::default());
    cluster.create_job(now, job("j", pods, 1_000.min(pods), None)).unwrap();
    let mut ended = work_off(&mut cluster, now);
    while let Some(wakeup) = cluster.poll_timeout() {
        now = wakeup.at;
        cluster.handle_timeout(now).unwrap();
        ended += work_off(&mut cluster, now);
    }
    let job = cluster.job("default", "j").unwrap();
    assert!(job.is_finished() && job.status.succeeded == pods as i32 && ended == pods);
    let seconds = start.elapsed().as_secs_f64();
    print("P4 whole Job", json!({"pods": pods, "seconds": seconds}));
}

/// P8: Jobs of one pod each, all there at the same time.
fn many_jobs(jobs: usize) {
    let start = Instant::now();
    let mut lap = Instant::now();
    let mut laps = Vec::new();
    let mut split = |what: &str| {
        laps.push((what.to_owned(), lap.elapsed()));
        lap = Instant::now();
    };
    let mut now = Time::from_unix(946_684_800);
    let mut cluster = Cluster::new(Semantics::default());
    for i in 0..jobs {
        cluster.create_job(now, job(&format!("j-{i}"), 1, 1, Some(60))).unwrap();
    }
    split("create");
    let mut ended = work_off(&mut cluster, now);
    split("run");
    assert_eq!(cluster.jobs().count(), jobs);
    while let Some(wakeup) = cluster.poll_timeout() {
        now = wakeup.at;
        cluster.handle_timeout(now).unwrap();
        ended += work_off(&mut cluster, now);
    }
    split("finish and expire");
    assert_eq!((cluster.jobs().count(), cluster.pods().count(), ended), (0, 0, jobs));
    let each = |time: Duration| time.as_nanos() as f64 / 1e3 / jobs as f64;
    let parts: Value = laps.iter().map(|(what, time)| (what.clone(), json!(each(*time)))).collect();
    print(
        "P8 many Jobs",
        json!({"jobs": jobs, "us_each": each(start.elapsed()), "parts_us": parts}),
    );
}
