//! `jobsem cron`, as a user would call it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What it prints, and what it says if it fails.
fn jobsem(args: &[&str]) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobsem"));
    let output = command.args(args).current_dir(root).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&jobsem(args).unwrap()).unwrap()
}

const NIGHTLY: &str = "examples/nightly.yaml";

#[test]
fn next_tells_of_a_time_that_does_not_exist() {
    let from = ["--from", "2024-03-29T00:00:00Z", "-n", "4"];
    insta::assert_snapshot!(jobsem(&[&["cron", "next", NIGHTLY][..], &from].concat()).unwrap());
    let json = json(&[&["cron", "next", NIGHTLY, "--json"][..], &from].concat());
    assert_eq!(json["coming"].as_array().unwrap().len(), 4);
    assert_eq!(json["clockChanges"][0]["skipped"][0], "2024-03-31 02:30");
}

#[test]
fn next_tells_of_a_time_that_comes_twice() {
    let args = ["30 2 * * *", "--zone", "Europe/Berlin", "--from", "2024-10-26T00:00:00Z"];
    let text = jobsem(&[&["cron", "next", "-n", "3"][..], &args].concat()).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn next_tells_what_jobs_that_take_long_are_in_the_way_of() {
    let cronjob = |policy: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/nightly.yaml"),
        );
        let text = text.unwrap().replace("Policy: Forbid", &format!("Policy: {policy}"));
        let text = text.replace("startingDeadlineSeconds: 3600", "suspend: false");
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap();
        let args = ["--from", "2024-06-01T00:00:00Z", "-n", "4", "--takes", "30h"];
        jobsem(&[&["cron", "next", path][..], &args].concat()).unwrap()
    };
    insta::assert_snapshot!("forbid", cronjob("Forbid"));
    insta::assert_snapshot!("replace", cronjob("Replace"));
    insta::assert_snapshot!("allow", cronjob("Allow"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let error = jobsem(&["cron", "next", "61 * * * *"]).unwrap_err();
    let text = "error: `61 * * * *` is neither a file nor a schedule: end of range (61) above \
                maximum (59): 61\n";
    assert_eq!(error, text);
    let error = jobsem(&["cron", "next", "0 * * * *", "--zone", "Nowhere"]).unwrap_err();
    assert_eq!(error, "error: --zone: unknown time zone Nowhere\n");
    let error = jobsem(&["cron", "simulate", "examples/pi.yaml"]).unwrap_err();
    assert!(error.contains("expected a `batch/v1` `CronJob`, found `Job`"), "{error}");
    assert!(error.contains("examples/pi.yaml:7:7"), "{error}");
    let never = jobsem(&["cron", "next", "30 2 31 2 *"]).unwrap();
    assert_eq!(never, "The schedule has no time within the next five years.\n");
}

#[test]
fn a_month_is_played_with_a_clock_change_a_failure_a_long_job_and_an_outage() {
    let args = [
        "cron",
        "simulate",
        NIGHTLY,
        "--from",
        "2024-03-15T00:00:00Z",
        "--pods",
        "{start 5: {exit: 1}, start 9: {run: 49h}}",
        "--down",
        "2024-04-05T00:00:00Z/2024-04-07T01:00:00Z",
    ];
    insta::assert_snapshot!(jobsem(&args).unwrap());
    let json = json(&[&args[..], &["--json"]].concat());
    assert_eq!(json["jobsLeft"].as_array().unwrap().len(), 4, "three completed and one failed");
    let started = |one: &&Value| one.get("job").is_some();
    let occasions = json["occasions"].as_array().unwrap();
    assert_eq!((occasions.len(), occasions.iter().filter(started).count()), (29, 25));
}

#[test]
fn every_version_plays_it() {
    for minor in 29..=37 {
        let kube = format!("1.{minor}");
        let from = ["--from", "2024-03-15T00:00:00Z", "--days", "10", "--kube", &kube];
        let text = jobsem(&[&["cron", "simulate", NIGHTLY][..], &from].concat()).unwrap();
        assert!(text.contains("10 times: 10 started, 0 without a Job."), "{kube}: {text}");
    }
}

#[test]
fn a_limit_of_time_deletes_the_job_in_time_at_once_or_never() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ttl.yaml");
    let text = std::fs::read_to_string(example).unwrap();
    let played = |limit: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text.replace("ttlSecondsAfterFinished: 100", limit)).unwrap();
        jobsem(&["simulate", file.path().to_str().unwrap()]).unwrap()
    };
    insta::assert_snapshot!("ttl-100", played("ttlSecondsAfterFinished: 100"));
    let at_once = played("ttlSecondsAfterFinished: 0");
    assert!(at_once.ends_with("After 7s of virtual time:\n\njob/ttl succeeded, and was deleted\n"));
    let never = played("suspend: false");
    assert!(never.contains("ttl    Complete   1/1") && !never.contains("deletion"), "{never}");
}
