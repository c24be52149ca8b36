//! The conformance vectors of the controllers and of schedules, through the Rust API.
//!
//! The format stands in `tests/conformance/README.md`. Nothing is skipped: a vector that is not
//! equal fails the test and is listed, unless it stands in `tests/conformance/expected.txt`, and
//! one that stands there must differ.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use jobsem::KubeVersion;
use jobsem::cluster::scenario::{Scenario, play};
use serde_json::Value;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let verbose = std::env::var_os("VERBOSE").is_some();
    let families: Vec<&str> = if args.is_empty() {
        vec![
            "run", "indexed", "policy", "steps", "delete", "state", "orphans", "faults", "ttl",
            "cron", "schedule",
        ]
    } else {
        args.iter().map(String::as_str).collect()
    };
    let mut table: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let expected = expected();
    let (mut shown, mut wrong) = (0, 0);
    for family in families {
        for line in lines(family) {
            let vector: Value = serde_json::from_str(&line).unwrap();
            let scenario: Scenario = serde_json::from_value(vector["scenario"].clone()).unwrap();
            for expect in vector["expect"].as_array().unwrap() {
                for version in expect["versions"].as_array().unwrap() {
                    let version = version.as_str().unwrap();
                    let kube: KubeVersion = version.parse().unwrap();
                    let mut got = play(&scenario, kube)
                        .unwrap_or_else(|error| serde_json::json!({"crash": error.to_string()}));
                    got.as_object_mut().unwrap().remove("id");
                    let cell = table.entry((family.to_owned(), version.to_owned())).or_default();
                    cell.1 += 1;
                    let differs = !same(&expect["result"], &got);
                    let listed = expected.contains(&(scenario.id.clone(), version.to_owned()));
                    if listed && !differs {
                        println!("--- {} at {version} is listed and does not differ", scenario.id);
                    }
                    wrong += usize::from(listed != differs);
                    if !differs {
                        cell.0 += 1;
                    } else if listed {
                        println!("--- {} at {version} is expected to differ", scenario.id);
                    } else if shown < 8 && (verbose || version == "1.37") {
                        shown += 1;
                        println!("--- {} at {version}", scenario.id);
                        difference(&expect["result"], &got);
                    }
                }
            }
        }
    }
    let mut family = String::new();
    for ((name, version), (passed, total)) in table {
        if name != family {
            print!("\n{name:10}");
            family = name;
        }
        print!(" {version}:{passed}/{total}");
    }
    println!();
    if wrong > 0 {
        println!("{wrong} vectors are not as they should be");
        std::process::exit(1);
    }
}

/// The vectors that are expected to differ, with their versions.
fn expected() -> BTreeSet<(String, String)> {
    let text = include_str!("../../../tests/conformance/expected.txt");
    let mut out = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (Some(id), Some(versions)) = (words.next(), words.next()) else { continue };
        out.extend(versions.split(',').map(|version| (id.to_owned(), version.to_owned())));
    }
    out
}

/// Of an expression that cannot be read, only the refusal is compared.
fn same(expected: &Value, got: &Value) -> bool {
    if expected.get("errors").is_some() && expected.get("status").is_none() {
        return got.get("errors").is_some();
    }
    expected == got
}

fn difference(expected: &Value, got: &Value) {
    let list = |v: &Value| v["trace"].as_array().cloned().unwrap_or_default();
    let (a, b) = (list(expected), list(got));
    for i in 0..a.len().max(b.len()) {
        if a.get(i) != b.get(i) {
            for k in i..(i + 3) {
                println!("  expected {}", a.get(k).unwrap_or(&Value::Null));
                println!("  got      {}", b.get(k).unwrap_or(&Value::Null));
            }
            return;
        }
    }
    println!("  expected {}\n  got      {}", expected["final"], got["final"]);
    if got["final"].is_null() || expected["final"].is_null() {
        println!("  expected {expected}\n  got      {got}");
    }
}

fn lines(family: &str) -> Vec<String> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/vectors");
    let file = std::fs::File::open(format!("{dir}/{family}.jsonl.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}
