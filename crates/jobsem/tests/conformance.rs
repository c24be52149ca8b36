//! The conformance vectors of the controllers and of schedules, through the Rust API.
//!
//! The format stands in `tests/conformance/README.md`. Nothing is skipped: a vector that is not
//! equal fails the test, unless it stands in `tests/conformance/expected-differences.txt` with
//! its reason; one that stands there has to differ. The families of admission have a test of
//! their own, `admission_vectors.rs`.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;

use jobsem::KubeVersion;
use jobsem::scenario::{Scenario, play};
use serde_json::{Value, json};

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance");

/// One test for each family, so that they run side by side and fail by name.
macro_rules! families {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })+

        #[test]
        fn every_family_has_a_test() {
            let tested = [$(stringify!($name)),+];
            let elsewhere = [
                "create", "createcron", "update", "updatestatus", "createwide", "cronwide",
                "updatewide", "updatecron", "statuswide", "gang",
            ];
            for entry in std::fs::read_dir(format!("{DIR}/vectors")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let family = name.trim_end_matches(".jsonl.gz");
                assert!(tested.contains(&family) || elsewhere.contains(&family), "{family}");
            }
        }
    };
}

families!(
    run, indexed, policy, steps, delete, state, orphans, faults, ttl, cron, schedule, manyjobs,
    caps, gates, sidecars, userpods, seconds, restart, stale, midway,
);

fn check(family: &str) {
    let expected_to_differ = expected_differences();
    let (mut equal, mut expected, mut report) = (0, 0, String::new());
    for line in lines(family) {
        let vector: Value = serde_json::from_str(&line).unwrap();
        let scenario: Scenario = serde_json::from_value(vector["scenario"].clone()).unwrap();
        for group in vector["expect"].as_array().unwrap() {
            for version in group["versions"].as_array().unwrap() {
                let kube: KubeVersion = version.as_str().unwrap().parse().unwrap();
                let mut got = play(&scenario, kube)
                    .unwrap_or_else(|error| json!({"crash": error.to_string()}));
                got.as_object_mut().unwrap().remove("id");
                let may_differ = expected_to_differ.contains(&format!("{} {kube}", scenario.id));
                match (same(&group["result"], &got), may_differ) {
                    (true, false) => equal += 1,
                    (false, true) => expected += 1,
                    (true, true) => {
                        let text = "is equal now: take it off the list of expected differences";
                        writeln!(report, "--- {} at {kube} {text}", scenario.id).unwrap();
                    }
                    (false, false) => {
                        writeln!(report, "--- {} at {kube}", scenario.id).unwrap();
                        difference(&group["result"], &got, &mut report);
                    }
                }
            }
        }
    }
    println!("{family}: {equal} equal, {expected} expected to differ");
    assert!(equal > 0, "{family}: no vectors");
    assert!(report.is_empty(), "{family}:\n{report}");
}

/// `<scenario id> <version>` of each line; what follows is the reason.
fn expected_differences() -> BTreeSet<String> {
    let text = std::fs::read_to_string(format!("{DIR}/expected-differences.txt")).unwrap();
    let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    entries
        .map(|line| {
            let words: Vec<&str> = line.splitn(3, ' ').collect();
            assert_eq!(words.len(), 3, "an expected difference without a reason: {line}");
            format!("{} {}", words[0], words[1])
        })
        .collect()
}

/// Of an expression that cannot be read, only the refusal is compared.
fn same(expected: &Value, got: &Value) -> bool {
    if expected.get("errors").is_some() && expected.get("status").is_none() {
        return got.get("errors").is_some();
    }
    expected == got
}

fn difference(expected: &Value, got: &Value, report: &mut String) {
    let list = |v: &Value| v["trace"].as_array().cloned().unwrap_or_default();
    let (a, b) = (list(expected), list(got));
    let first = (0..a.len().max(b.len())).find(|i| a.get(*i) != b.get(*i));
    let (a, b) = match first {
        Some(i) => (a.get(i).cloned(), b.get(i).cloned()),
        None => (Some(expected.clone()), Some(got.clone())),
    };
    writeln!(report, "  expected {}", a.unwrap_or_default()).unwrap();
    writeln!(report, "  got      {}", b.unwrap_or_default()).unwrap();
}

fn lines(family: &str) -> Vec<String> {
    let file = std::fs::File::open(format!("{DIR}/vectors/{family}.jsonl.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}
