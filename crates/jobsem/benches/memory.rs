//! What a controller keeps, in bytes: P5 of `docs/PERFORMANCE.md`.
//!
//! A process of its own, because the allocator that counts is not the one that the other
//! benchmarks and the command use. `--small` runs it on a hundredth of its size.
#![allow(clippy::unwrap_used, reason = "in benchmarks a panic is the report")]

mod support;

use std::sync::Arc;

use allocation_counter::measure;
use jobsem::api::Job;
use jobsem::{JobController, Semantics, Time};
use serde_json::{Value, json};
use support::{Host, Shape};

fn main() {
    let small = std::env::args().any(|argument| argument == "--small");
    memory(if small { 1_000 } else { 100_000 });
}

fn print(what: &str, figures: Value) {
    println!("{}", json!({ "what": what, "figures": figures }));
}

/// P5: what a controller keeps beside the objects that it shares with its host: what is freed
/// when it goes and the host keeps the objects.
fn memory(pods: usize) {
    for indexed in [false, true] {
        let mut host = Host::new();
        let shape = Shape { completions: i32::MAX, parallelism: pods as i32, indexed };
        host.add_job(&shape);
        host.fill(pods);
        let each = kept(&mut host) / pods as f64;
        assert_eq!(host.running.len(), pods);
        print("P5 tracked pod", json!({"indexed": indexed, "bytes": each}));
    }
    let jobs = pods;
    let mut host = Host::new();
    for _ in 0..jobs {
        host.add_job(&Shape { completions: 1, parallelism: 0, indexed: false });
    }
    print("P5 live Job", json!({"bytes": kept(&mut host) / jobs as f64}));

    let mut ttl = jobsem::TtlController::new();
    let finished: Vec<Arc<Job>> = (0..jobs).map(|i| Arc::new(finished(host.job(i)))).collect();
    let kept = measure(|| {
        for job in &finished {
            let event = jobsem::WatchEvent::Added(Arc::clone(job).into());
            ttl.handle_watch(Time::from_unix(946_684_801), event).unwrap();
        }
    });
    assert!(ttl.poll_timeout().is_some());
    let bytes = kept.bytes_current as f64 / jobs as f64;
    print("P5 finished Job", json!({"bytes": bytes}));
}

/// The bytes that only the host's controller holds.
fn kept(host: &mut Host) -> f64 {
    let empty = JobController::new(Semantics::default());
    let controller = std::mem::replace(&mut host.controller, empty);
    -measure(|| drop(controller)).bytes_current as f64
}

fn finished(job: &Job) -> Job {
    let mut value = serde_json::to_value(job).unwrap();
    value["spec"]["ttlSecondsAfterFinished"] = json!(3600);
    value["status"] = json!({"conditions": [{"type": "Complete", "status": "True",
        "lastTransitionTime": "2000-01-01T00:00:00Z"}]});
    serde_json::from_value(value).unwrap()
}
