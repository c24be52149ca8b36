//! What P1, P2 and P3 of `docs/PERFORMANCE.md` do, a given number of times and nothing else.
//!
//! For counting instructions: `cargo xtask bench --guard` runs this under valgrind with two
//! numbers, so that what does not grow with them cancels out, and compares with
//! `crates/jobsem/benches/instructions.json`.
#![allow(clippy::unwrap_used, reason = "in benchmarks a panic is the report")]

#[path = "../../../crates/jobsem/benches/support/mod.rs"]
mod support;

use support::{Host, Shape};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Small, so that counting takes seconds.
const PODS: i32 = 1_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(Ok(count))) = (arguments.next(), arguments.next().map(|n| n.parse()))
    else {
        return println!("usage: jobsem-guard P1|P2|P3|'P3 Indexed' COUNT");
    };
    let mut host = Host::filled(PODS, false);
    match what.as_str() {
        "P1" => status_events(&mut host, count),
        "P2" => (0..count).for_each(|_| host.pod_life()),
        "P3" => whole_job(count as i32, false),
        "P3 Indexed" => whole_job(count as i32, true),
        other => panic!("there is no {other}"),
    }
}

fn status_events(host: &mut Host, count: usize) {
    for i in 0..count {
        let pod = host.running[i * 7 % PODS as usize].clone();
        let event = host.heartbeat(&pod);
        host.tell(event);
    }
}

fn whole_job(completions: i32, indexed: bool) {
    let mut host = Host::new();
    host.add_job(&Shape { completions, parallelism: PODS, indexed });
    host.run_to_the_end();
    assert!(host.job(0).is_finished());
}
