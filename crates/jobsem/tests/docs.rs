//! The documentation keeps its promises: every link leads somewhere, and the scenarios show the
//! differences that they are there for. The ids of rules are checked in `rules.rs`.
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

/// Whether a page has the anchor, or a heading that makes one.
fn has_anchor(page: &str, anchor: &str) -> bool {
    let slug = |heading: &str| -> String {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let mut headings = page.lines().filter(|line| line.starts_with('#'));
    page.contains(&format!("<a id=\"{anchor}\">")) || headings.any(|line| slug(line) == anchor)
}

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    let mut all = files(&root().join("docs"), "md");
    all.push(root().join("DIVERGENCES.md"));
    all.push(root().join("tests/conformance/README.md"));
    for page in all {
        let text = fs::read_to_string(&page).unwrap();
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(path.exists(), "{} links to {target}", page.display());
            if !anchor.is_empty() {
                let text = fs::read_to_string(&path).unwrap();
                assert!(has_anchor(&text, anchor), "{} links to {target}", page.display());
            }
            links += 1;
        }
    }
    assert!(links > 500, "{links} links");
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
