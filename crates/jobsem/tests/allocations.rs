//! How often the controller asks for memory in a pod's whole life.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../benches/support/mod.rs"]
mod support;

use support::{Host, Shape};

/// Allocations of the controller itself, without its host's, in a Job of 10,000 pods: for each.
fn allocations_of_a_life(indexed: bool) -> f64 {
    const PODS: i32 = 10_000;
    let mut host = Host::new();
    host.meter = Some(|work| allocation_counter::measure(work).count_total);
    host.add_job(&Shape { completions: PODS, parallelism: 1_000, indexed });
    host.run_to_the_end();
    assert!(host.job(0).is_finished());
    assert_eq!(host.job(0).status.succeeded, PODS);
    host.metered as f64 / f64::from(PODS)
}

#[test]
fn a_pods_life_takes_less_than_one_allocation() {
    let (plain, indexed) = (allocations_of_a_life(false), allocations_of_a_life(true));
    eprintln!("allocations in a pod's life: {plain:.2} NonIndexed, {indexed:.2} Indexed");
    assert!(plain <= 1.0, "{plain}");
    assert!(indexed <= 1.0, "{indexed}");
}
