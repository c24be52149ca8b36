//! The scenarios of the pages show the differences that they are there for. Ids of rules are
//! checked in `rules.rs`, links and paths in `tidy.rs`.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::fs;
use std::path::{Path, PathBuf};

use jobsem::KubeVersion;
use jobsem::decode::decode_documents;
use jobsem::scenario::{Scenario, play};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            out.push(path);
        }
    }
    out.sort();
    out
}

#[test]
fn the_examples_show_the_differences_that_they_are_there_for() {
    let dir = root().join("docs/semantics/examples");
    let about = fs::read_to_string(root().join("docs/semantics/versions.md")).unwrap();
    let examples = files(&dir, "yaml");
    assert!(examples.len() >= 8);
    for path in examples {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(about.contains(&format!("examples/{name}")), "{name} is not on the page");
        let text = fs::read_to_string(&path).unwrap();
        let command = text.lines().next().unwrap();
        assert!(command.starts_with(&format!("# jobsem diff {name} ")), "{command}");
        let versions: Vec<KubeVersion> =
            command.split("--kube ").skip(1).map(|v| v.trim().parse().unwrap()).collect();
        let document = decode_documents(text.as_bytes()).unwrap().remove(0);
        let scenario: Scenario = serde_json::from_value(document).unwrap();
        let at = |kube: KubeVersion| play(&scenario, kube).unwrap();
        let (old, new) = (versions[0], versions[1]);
        let all = KubeVersion::ALL;
        let next = all[all.iter().position(|v| *v == old).unwrap() + 1];
        assert_eq!(next, new, "{name} is about one step");
        assert_ne!(at(old), at(new), "{name} shows nothing");
    }
}
