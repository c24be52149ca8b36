//! Admission against what the real API strategies answered (`tests/conformance`).
//!
//! `JOBSEM_VECTORS=<file.jsonl[.gz]>…` compares other vector files instead.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

mod vectors;

use vectors::{Vector, compare_all};

fn family(name: &str) {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/vectors");
    let vectors = Vector::read_all(&format!("{dir}/{name}.jsonl.gz"));
    compare_all(name, &vectors);
}

#[test]
fn create() {
    family("create");
}

#[test]
fn createcron() {
    family("createcron");
}

#[test]
fn update() {
    family("update");
}

#[test]
fn updatestatus() {
    family("updatestatus");
}

#[test]
fn createwide() {
    family("createwide");
}

#[test]
fn cronwide() {
    family("cronwide");
}

#[test]
fn updatewide() {
    family("updatewide");
}

#[test]
fn updatecron() {
    family("updatecron");
}

#[test]
fn statuswide() {
    family("statuswide");
}

#[test]
fn gang() {
    family("gang");
}

#[test]
fn extra() {
    for file in std::env::var("JOBSEM_VECTORS").unwrap_or_default().split_whitespace() {
        compare_all(file, &Vector::read_all(file));
    }
}
