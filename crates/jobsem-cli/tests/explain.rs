//! `jobsem explain` and `jobsem diff` on what people have: dumps of a cluster, and manifests.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn dump(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dumps").join(name)
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

fn jobsem(command: &str, file: &Path, more: &[&str]) -> Output {
    let mut jobsem = Command::new(env!("CARGO_BIN_EXE_jobsem"));
    jobsem.arg(command).arg(file).args(more).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const NOW: [&str; 2] = ["--now", "2026-03-01T12:05:00Z"];

#[test]
fn a_dump_is_explained() {
    let done = jobsem("explain", &dump("indexed.yaml"), &NOW);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    insta::assert_snapshot!("explain-indexed", text(&done.stdout));
}

#[test]
fn the_same_dump_means_something_else_to_an_older_version() {
    let done = jobsem("explain", &dump("indexed.yaml"), &[&NOW[..], &["--kube", "1.29"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(
        text(&done.stdout).starts_with("job team/train at 2026-03-01T12:05:00Z (Kubernetes 1.29)")
    );
}

#[test]
fn the_explanation_is_data_too() {
    let done =
        jobsem("explain", &dump("indexed.yaml"), &[&NOW[..], &["--format", "json"]].concat());
    let jobs: Value = serde_json::from_slice(&done.stdout).unwrap();
    let job = &jobs[0];
    assert_eq!(job["job"], "team/train");
    assert_eq!(job["outcome"]["verdict"], "running");
    assert_eq!(job["wakeup"]["reason"], "backoff");
    let rules: Vec<&str> =
        job["notes"].as_array().unwrap().iter().map(|n| n["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"INDEX-31"), "{rules:?}");
    assert_eq!(job["pods"][0]["standing"], "fails-index");
    assert_eq!(job["pods"][1]["standing"], "awaits-replacement");
}

#[test]
fn a_file_without_a_job_is_an_error_that_says_so() {
    let done = jobsem("explain", &example("README.md"), &[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(!done.stderr.is_empty());
}

#[test]
fn versions_that_part_are_shown_from_the_first_moment_on() {
    let versions = ["--kube", "1.30", "--kube", "1.31"];
    let done = jobsem("diff", &example("deadline.yaml"), &versions);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    insta::assert_snapshot!("diff-deadline", text(&done.stdout));
}

#[test]
fn versions_that_do_the_same_are_said_to() {
    let versions = ["--kube", "1.31", "--kube", "1.32"];
    let done = jobsem("diff", &example("deadline.yaml"), &versions);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    insta::assert_snapshot!("diff-same", text(&done.stdout));
}

/// A server of 1.33 refuses more ready pods than active ones, which the controller writes while a
/// back-off runs.
#[test]
fn a_status_write_that_the_server_refuses_is_shown_with_its_message_and_its_end() {
    let at = ["--now", "2026-06-01T10:00:32Z", "--kube"];
    let dump = dump("refused-status-dump.yaml");
    let done = jobsem("explain", &dump, &[&at[..], &["1.33"]].concat());
    insta::assert_snapshot!("explain-refused-status", text(&done.stdout));
    let done = jobsem("explain", &dump, &[&at[..], &["1.33", "--format", "json"]].concat());
    let jobs: Value = serde_json::from_slice(&done.stdout).unwrap();
    let refused = &jobs[0]["refused"];
    assert_eq!(refused["until"], "2026-06-01T10:00:40Z");
    assert_eq!(refused["reason"], "backoff");
    assert_eq!(jobs[0]["wakeup"]["reason"], "retry");
    assert_eq!(jobs[0]["changes"], serde_json::json!([]), "nothing is stored");
    // Older servers do not look.
    let done = jobsem("explain", &dump, &[&at[..], &["1.29", "--format", "json"]].concat());
    let jobs: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(jobs[0]["refused"], Value::Null);
}

#[test]
fn without_the_pods_of_a_running_job_nothing_is_planned() {
    let done = jobsem("explain", &dump("job-without-pods.yaml"), &NOW);
    assert_eq!(done.status.code(), Some(0));
    insta::assert_snapshot!("explain-without-pods", text(&done.stdout));
}

#[test]
fn restarts_count_and_a_waiting_container_says_why() {
    let at = ["--now", "2025-05-20T07:08:30Z"];
    let done = jobsem("explain", &dump("crash-loop-dump.yaml"), &at);
    insta::assert_snapshot!("explain-crash-loop", text(&done.stdout));
}
