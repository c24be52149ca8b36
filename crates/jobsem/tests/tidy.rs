//! The repository is in order: line lengths, links, paths, versions, words, packages.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file of the repository with one of the extensions, without what builds leave behind.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut rooms = vec![root()];
    while let Some(room) = rooms.pop() {
        for entry in fs::read_dir(room).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                let built = ["target", "node_modules", "dist", "__pycache__", ".git", ".venv"];
                if !built.contains(&name) && !name.ends_with("_cache") {
                    rooms.push(path);
                }
            } else if name.rsplit_once('.').is_some_and(|(_, found)| extensions.contains(&found)) {
                out.push(path);
            }
        }
    }
    out.sort();
    assert!(!out.is_empty());
    out
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Fails with all complaints at once.
fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The text of a page without its fenced blocks.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

/// What stands in backticks in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The anchor that GitHub gives a heading.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

/// The anchors of a page: those of its headings, and explicit ones.
fn anchors(page: &str) -> BTreeSet<String> {
    let explicit = page.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut out: BTreeSet<String> = explicit.map(str::to_owned).collect();
    for line in prose(page).lines().filter(|line| line.starts_with('#')) {
        let (plain, mut count) = (slug(line.trim_start_matches('#')), 1);
        let mut name = plain.clone();
        while !out.insert(name) {
            name = format!("{plain}-{count}");
            count += 1;
        }
    }
    out
}

#[test]
fn no_line_of_rust_is_longer_than_100_columns() {
    let mut complaints = Vec::new();
    for path in files(&["rs"]) {
        // Inline snapshots show texts as users see them, unbroken.
        let mut in_snapshot = false;
        for (at, line) in read(&path).lines().enumerate() {
            let text = line.split_once("@r").map(|(_, text)| text);
            in_snapshot |= text.is_some();
            let columns = line.chars().count();
            if columns > 100 && !in_snapshot {
                complaints.push(format!("{}:{}: {columns} columns", shown(&path), at + 1));
            }
            let text = text.unwrap_or(line).trim_end();
            in_snapshot &= !text.contains("\"#") && !text.ends_with("\");");
        }
    }
    report(&complaints);
}

#[test]
fn every_relative_link_of_every_page_leads_somewhere() {
    let (mut links, mut complaints) = (0, Vec::new());
    for page in files(&["md"]) {
        let text = prose(&read(&page));
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            let found =
                path.exists() && (anchor.is_empty() || anchors(&read(&path)).contains(anchor));
            if !found {
                complaints.push(format!("{} links to {target}", shown(&page)));
            }
        }
    }
    assert!(links > 700, "{links} links");
    report(&complaints);
}

/// Whether a quoted word is meant as a path of this repository: its first part is a directory of
/// the repository or of the core, or it names a Rust file. Paths of Kubernetes' source are not.
fn is_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let Some((first, rest)) = word.split_once('/') else { return word.ends_with(".rs") };
    let rooms = ["", "crates/jobsem", "crates/jobsem/src"];
    word.chars().all(plain)
        && !["", "target"].contains(&first)
        && !rest.starts_with('/')
        && rooms.iter().any(|room| root().join(room).join(first).is_dir())
}

#[test]
fn every_path_that_a_page_names_exists() {
    let names: BTreeSet<String> = files(&["rs"])
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let (mut paths, mut complaints) = (0, Vec::new());
    for page in files(&["md"]) {
        let text = prose(&read(&page));
        for word in quoted(&text).filter(|word| is_path(word)) {
            paths += 1;
            let near = page.parent().unwrap();
            let rooms =
                [near, &root(), &root().join("crates/jobsem"), &root().join("crates/jobsem/src")]
                    .map(|room| room.join(word));
            let found =
                rooms.iter().any(|path| path.exists() || path.with_extension("rs").exists())
                    || names.contains(word);
            if !found {
                complaints.push(format!("{} names `{word}`", shown(&page)));
            }
        }
    }
    assert!(paths > 100, "{paths} paths");
    report(&complaints);
}

/// Words that hide who acts.
const VAGUE: [&str; 8] = [
    "as everywhere",
    "nobody",
    "somebody",
    "is told",
    "are told",
    "was told",
    "were told",
    "such a one",
];

/// Where comments are still to be put into plain sentences.
const TO_DO: [&str; 4] = [
    "bindings/",
    "crates/jobsem-cli/src/commands/",
    "crates/jobsem/src/cluster/",
    "crates/jobsem/src/scenario/",
];

#[test]
fn pages_and_documentation_name_who_acts() {
    let mut complaints = Vec::new();
    for path in files(&["md", "rs"]) {
        let name = shown(&path);
        let page = name.ends_with(".md");
        if !page && (name.ends_with("tidy.rs") || TO_DO.iter().any(|room| name.starts_with(room))) {
            continue;
        }
        let text = read(&path);
        // Without line breaks and comment marks, so that a phrase may span lines.
        let kept = text.lines().map(str::trim).filter(|line| page || line.starts_with("//"));
        let marks = |line: &str| line.trim_start_matches(['/', '!']).trim().to_lowercase();
        let text = kept.map(marks).collect::<Vec<_>>().join(" ");
        for phrase in VAGUE {
            let bounded = |(at, _): &(usize, &str)| {
                let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                !letter(text[..*at].chars().next_back())
                    && !letter(text[at + phrase.len()..].chars().next())
            };
            for (at, _) in text.match_indices(phrase).filter(bounded) {
                let end =
                    at + text[at..].char_indices().nth(60).map_or(text.len() - at, |(end, _)| end);
                complaints.push(format!("{name}: {}", &text[at..end]));
            }
        }
    }
    report(&complaints);
}

#[test]
fn every_artefact_has_the_version_of_this_crate() {
    let version = env!("CARGO_PKG_VERSION");
    let toml = format!("\nversion = \"{version}\"");
    let dependency = |name: &str, path: &str| {
        format!("\n{name} = {{ path = \"{path}\", version = \"{version}\" }}")
    };
    let macro_ = format!("\n#define JOBSEM_VERSION \"{version}\"");
    for (file, wanted) in [
        ("Cargo.toml", toml.clone()),
        ("Cargo.toml", dependency("jobsem", "crates/jobsem")),
        ("Cargo.toml", dependency("jobsem-run", "crates/jobsem-run")),
        ("bindings/python/Cargo.toml", toml.clone()),
        ("bindings/python/Cargo.toml", dependency("jobsem", "../../crates/jobsem")),
        ("bindings/node/Cargo.toml", toml),
        ("bindings/node/Cargo.toml", dependency("jobsem", "../../crates/jobsem")),
        ("bindings/node/package.json", format!("\n  \"version\": \"{version}\"")),
        ("bindings/node/package-lock.json", format!("\n  \"version\": \"{version}\"")),
        ("bindings/node/package-lock.json", format!("\n      \"version\": \"{version}\"")),
        ("crates/jobsem-ffi/cbindgen.toml", macro_.clone()),
        ("include/jobsem.h", macro_),
        (
            "crates/jobsem-ffi/cmake/jobsem-config-version.cmake",
            format!("\nset(PACKAGE_VERSION \"{version}\")"),
        ),
        ("CHANGELOG.md", format!("\n## {version} ")),
    ] {
        assert!(read(file).contains(&wanted), "{file} does not have {wanted:?}");
    }
    let changelog = read("CHANGELOG.md");
    let newest = changelog.split("\n## ").nth(1).unwrap();
    assert!(newest.starts_with(version), "the newest entry of CHANGELOG.md is another version's");
}

#[test]
fn packages_hold_their_source_readme_and_licence_and_nothing_else() {
    for krate in ["jobsem", "jobsem-run", "jobsem-cli"] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["package", "--list", "--allow-dirty", "--offline", "--package", krate]);
        let done = cargo.current_dir(root()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let listed = String::from_utf8(done.stdout).unwrap();
        let listed: BTreeSet<&str> = listed.lines().collect();
        for wanted in ["README.md", "LICENSE", "Cargo.toml"] {
            assert!(listed.contains(wanted), "{krate} is packaged without {wanted}");
        }
        let own = ["README.md", "LICENSE", "Cargo.toml", "Cargo.toml.orig", "Cargo.lock"];
        for file in listed {
            let expected = (file.starts_with("src/") && file.ends_with(".rs"))
                || own.contains(&file)
                || file == ".cargo_vcs_info.json";
            assert!(expected, "{krate} is packaged with {file}");
        }
    }
}

#[test]
fn every_package_has_the_licence_and_the_readme_of_the_crate_the_front_pages_example() {
    let licence = read("LICENSE");
    for directory in [
        "crates/jobsem",
        "crates/jobsem-cli",
        "crates/jobsem-ffi",
        "crates/jobsem-run",
        "bindings/node",
        "bindings/python",
    ] {
        assert_eq!(read(Path::new(directory).join("LICENSE")), licence, "{directory}");
    }
    let example = |page: &str| {
        let text = read(page);
        text.split("```rust,no_run\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
    };
    assert_eq!(example("README.md"), example("crates/jobsem/README.md"));
}
