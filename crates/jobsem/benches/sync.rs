//! What one event, one sync and one pod cost, and that they do not grow with the Job.
//!
//! P1, P2, P3 and P6 of `docs/PERFORMANCE.md`, and `reconcile` for each pod that is brought.
#![allow(clippy::unwrap_used, reason = "in benchmarks a panic is the report")]

mod support;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jobsem::api::{Job, Pod};
use jobsem::job::{Intervals, Memory};
use jobsem::{Semantics, reconcile};
use support::{Host, Shape};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// P2: one of the running pods succeeds, is counted, loses its finalizer and is replaced.
fn one_change(c: &mut Criterion) {
    let mut group = c.benchmark_group("one_change");
    for indexed in [false, true] {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        for pods in [10, 1_000, 100_000] {
            let mut host = Host::filled(pods, indexed);
            group.bench_function(BenchmarkId::new(mode, pods), |b| {
                b.iter(|| black_box(&mut host).pod_life());
            });
        }
    }
    group.finish();
}

/// P2: a sync that finds one pod changed in what does not matter, and asks for nothing.
fn no_change(c: &mut Criterion) {
    let mut group = c.benchmark_group("no_change");
    for indexed in [false, true] {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        for pods in [1_000, 100_000] {
            let mut host = Host::filled(pods, indexed);
            let pod = host.running.pop_front().unwrap();
            group.bench_function(BenchmarkId::new(mode, pods), |b| {
                b.iter_batched(
                    || (),
                    |()| {
                        let event = host.heartbeat(&pod);
                        host.tell(event);
                        host.wait()
                    },
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

/// P3: a whole Job, for each of its pods.
fn whole_job(c: &mut Criterion) {
    let mut group = c.benchmark_group("whole_job");
    group.sample_size(10);
    for indexed in [false, true] {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        let pods = 10_000;
        group.throughput(Throughput::Elements(pods));
        group.bench_function(BenchmarkId::new(mode, pods), |b| {
            b.iter(|| {
                let mut host = Host::new();
                let completions = pods as i32;
                host.add_job(&Shape { completions, parallelism: 1_000, indexed });
                host.run_to_the_end();
                assert!(host.job(0).is_finished());
            });
        });
    }
    group.finish();
}

/// P6: the text of 50,000 intervals, and a pod's life where one index more comes to them.
fn indexes(c: &mut Criterion) {
    let worst = Intervals::from_sorted((0..100_000).step_by(2));
    let text = worst.to_string();
    let mut host = Host::new();
    host.add_worn_job(&Shape { completions: 1_000_000, parallelism: 1_000, indexed: true }, &text);
    host.fill(1_000);
    let mut group = c.benchmark_group("indexes");
    group.bench_function("pod_life_beside_50000", |b| {
        b.iter(|| black_box(&mut host).pod_life());
    });
    group.bench_function("parse_merge_print", |b| {
        let one = Intervals::from_sorted([50_001]);
        b.iter(|| Intervals::parse(black_box(&text), 100_000).merge(&one).to_string());
    });
    group.finish();
}

/// A caller that brings all pods, for each of them.
fn bring_all(c: &mut Criterion) {
    let mut group = c.benchmark_group("reconcile");
    for indexed in [false, true] {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        for count in [1_000, 10_000] {
            let host = Host::filled(count, indexed);
            let pods: Vec<Arc<Pod>> = host.running.iter().cloned().collect();
            let job: &Job = host.job(0);
            let (sem, now) = (Semantics::default(), host.now);
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(mode, count), |b| {
                b.iter(|| reconcile(job, &pods, now, &mut Memory::default(), &sem));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, one_change, no_change, whole_job, indexes, bring_all);
criterion_main!(benches);
