//! The documentation keeps its promises: every rule id that the code names is explained, every
//! link leads somewhere, and the scenarios show the differences that they are there for.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::BTreeSet;
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

/// The rule ids of a text: capitals and dashes, a dash, digits. A letter may follow (`SYNC-15a`).
fn ids(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let word = word.trim_matches('-').trim_end_matches(|c: char| c.is_ascii_lowercase());
        let Some((area, number)) = word.rsplit_once('-') else { continue };
        let is_area = area.len() > 1
            && area.starts_with(|c: char| c.is_ascii_uppercase())
            && area.chars().all(|c| c.is_ascii_uppercase() || c == '-');
        if is_area && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) {
            out.insert(word.to_owned());
        }
    }
    out
}

fn pages() -> Vec<PathBuf> {
    let pages = files(&root().join("docs/semantics"), "md");
    assert!(pages.len() > 15, "where are the pages?");
    pages
}

/// The ids that some page defines: the anchors.
fn defined() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for page in pages() {
        for piece in fs::read_to_string(page).unwrap().split("<a id=\"").skip(1) {
            out.insert(piece.split('"').next().unwrap().to_ascii_uppercase());
        }
    }
    out
}

/// Areas of rules that have no pages yet, and words that only look like ids (UTF-8).
fn has_no_page(id: &str) -> bool {
    let areas = [
        "PREPARE",
        "VALID",
        "DEFAULT",
        "DECODE",
        "UPDATE",
        "STATUS-UPDATE",
        "RENDER",
        "MODEL",
        "FIELD",
        "PODDEL",
        "CND",
        "PATTERN",
        "PURE",
        "CRONVALID",
        "DEL",
        "GC",
        "PODPHASE",
        "UTF",
        "DNS",
        "FNV",
    ];
    areas.contains(&id.rsplit_once('-').unwrap().0)
}

#[test]
fn every_rule_id_in_the_code_has_its_place_in_the_semantics() {
    let defined = defined();
    assert!(defined.len() > 350, "{} ids", defined.len());
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files_seen = 0;
    for room in ["job", "controller", "cron", "cleanup"] {
        for file in files(&src.join(room), "rs") {
            files_seen += 1;
            let text = fs::read_to_string(&file).unwrap();
            for id in ids(&text).into_iter().filter(|id| !has_no_page(id)) {
                assert!(defined.contains(&id), "{id} of {} is not documented", file.display());
            }
        }
    }
    assert!(files_seen > 20);
}

#[test]
fn every_id_that_a_page_mentions_is_defined() {
    let defined = defined();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for id in ids(&text).into_iter().filter(|id| !has_no_page(id)) {
            assert!(defined.contains(&id), "{id} in {} is not defined", page.display());
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    let mut all = pages();
    all.push(root().join("DIVERGENCES.md"));
    all.push(root().join("docs/cron.md"));
    all.extend(files(&root().join("docs/patterns"), "md"));
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
                let defined = text.contains(&format!("<a id=\"{anchor}\">"));
                assert!(defined, "{} links to {target}", page.display());
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
