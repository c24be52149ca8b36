//! Warnings about volumes: kinds that no longer work, and files that get into each other's way.
//!
//! Rules: WARN-13, WARN-14.

use std::collections::BTreeMap;

use super::super::json::{self, Object};
use super::super::path::Path;
use super::super::quantity::Quantity;
use crate::Semantics;
use crate::api::PodSpec;
use crate::quote::go_quoted;

/// Kinds that cause a warning, with the name and text in it. The order includes the claim of an
/// ephemeral volume.
const OLD_KINDS: [(&str, &str, &str); 10] = [
    (
        "photonPersistentDisk",
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    ("gitRepo", "gitRepo", "deprecated in v1.11"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("ephemeral", "", ""),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// `path` is the pod spec's.
pub(in super::super) fn warnings_for_volumes(
    spec: &PodSpec,
    path: &Path<'_>,
    sem: &Semantics,
    out: &mut Vec<String>,
) {
    let list = path.child("volumes");
    for (i, volume) in json::objects(&spec.extra, "volumes") {
        let path = list.index(i);
        for (kind, told, text) in OLD_KINDS {
            let Some(source) = json::object(volume, kind) else { continue };
            match kind {
                "ephemeral" => claim(source, &path.child(kind), out),
                "gitRepo" if sem.disables_git_volumes() => {
                    out.push(format!(
                        "{}: {text}, and disabled by default in v1.33+",
                        path.child(told)
                    ));
                }
                _ => out.push(format!("{}: {text}", path.child(told))),
            }
        }
    }
    if sem.warns_of_overlapping_files() {
        for (_, volume) in json::objects(&spec.extra, "volumes") {
            overlaps(volume, sem, out);
        }
    }
}

fn claim(source: &Object, path: &Path<'_>, out: &mut Vec<String>) {
    let Some(template) = json::object(source, "volumeClaimTemplate") else { return };
    let template_path = path.child("volumeClaimTemplate");
    let spec_path = template_path.child("spec");
    let resources = json::object(template, "spec").and_then(|s| json::object(s, "resources"));
    for list in ["requests", "limits"] {
        let text = resources
            .and_then(|resources| json::object(resources, list))
            .and_then(|list| json::text_at(list, "storage"));
        if let Some(text) = text
            && Quantity::parse(text).is_ok_and(|quantity| !quantity.is_whole())
        {
            let path = spec_path.child("resources");
            out.push(format!(
                "{}[storage]: fractional byte value \"{text}\" is invalid, must be an integer",
                path.child(list),
            ));
        }
    }
}

/// A file of a volume and what it comes from.
#[derive(Clone)]
struct File {
    path: String,
    source: String,
}

impl std::fmt::Display for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&go_quoted(&self.path))?;
        if self.source.is_empty() { Ok(()) } else { write!(f, " ({})", self.source) }
    }
}

fn files(source: &Object, name: &str) -> Vec<File> {
    let items = json::objects(source, "items");
    items
        .map(|(_, item)| File {
            path: json::text(item, "path").to_owned(),
            source: name.to_owned(),
        })
        .collect()
}

/// Maximum overlaps reported per volume.
///
/// OK because the API server truncates the warnings of a response to 4,096 characters. Without a
/// limit, a manifest of three megabytes has billions of overlaps.
const OVERLAPS_LIMIT: usize = 1_000;

/// The files of a volume so far, as a tree of the parts of their paths.
#[derive(Default)]
struct Files {
    files: Vec<File>,
    /// The files that end at each directory or file of the tree; the root is the first.
    ends: Vec<Vec<usize>>,
    children: BTreeMap<(usize, String), usize>,
    told: usize,
}

impl Files {
    /// Adds files, and tells each that is, or is below or above, an earlier one.
    fn add(&mut self, files: &[File], mut say: impl FnMut(String)) {
        for file in files {
            if self.told == OVERLAPS_LIMIT {
                return;
            }
            let path = file.path.trim_end_matches('/').to_owned();
            if path.is_empty() {
                continue;
            }
            let mut others = Vec::new();
            let at = self.walk(&path, &mut others);
            let mut below = vec![at];
            while let Some(directory) = below.pop() {
                others.extend_from_slice(&self.ends[directory]);
                let children = (directory, String::new())..(directory + 1, String::new());
                below.extend(self.children.range(children).map(|(_, child)| *child));
            }
            others.sort_unstable();
            let file = File { path, source: file.source.clone() };
            for other in others.into_iter().take(OVERLAPS_LIMIT - self.told) {
                say(format!("{file} with {}", self.files[other]));
                self.told += 1;
            }
            self.ends[at].push(self.files.len());
            self.files.push(file);
        }
    }

    /// Goes down to a path, making what is not there, and collects the files above it.
    fn walk(&mut self, path: &str, above: &mut Vec<usize>) -> usize {
        if self.ends.is_empty() {
            self.ends.push(Vec::new());
        }
        let mut at = 0;
        for part in path.split('/') {
            above.extend_from_slice(&self.ends[at]);
            let next = self.ends.len();
            at = *self.children.entry((at, part.to_owned())).or_insert(next);
            if at == next {
                self.ends.push(Vec::new());
            }
        }
        above.truncate(OVERLAPS_LIMIT);
        at
    }
}

fn overlaps(volume: &Object, sem: &Semantics, out: &mut Vec<String>) {
    let name = go_quoted(json::text(volume, "name"));
    let mut say = |what: &str, body: &str| {
        out.push(format!("volume {name} ({what}): overlapping paths: {body}"));
    };
    for (kind, words, member) in [
        ("configMap", "ConfigMap", "name"),
        ("secret", "Secret", "secretName"),
        ("downwardAPI", "DownwardAPI", ""),
    ] {
        let Some(source) = json::object(volume, kind) else { continue };
        let what = match member {
            "" => words.to_owned(),
            member => format!("{words} {}", go_quoted(json::text(source, member))),
        };
        Files::default().add(&files(source, ""), |body| say(&what, &body));
    }
    let Some(projected) = json::object(volume, "projected") else { return };
    let (mut all, mut found) = (Files::default(), Vec::new());
    for (_, source) in json::objects(projected, "sources") {
        if source.values().all(serde_json::Value::is_null) {
            out.push(format!("volume {name} (Projected) has no sources provided"));
            continue;
        }
        // GO: older versions look at the files before once more if a source has none.
        if sem.forgets_files_of_other_sources() {
            found.clear();
        }
        if let Some(files) = projected_files(source, sem) {
            found = files;
        }
        let mut say = |body: String| {
            out.push(format!("volume {name} (Projected): overlapping paths: {body}"));
        };
        all.add(&found, &mut say);
    }
}

fn projected_files(source: &Object, sem: &Semantics) -> Option<Vec<File>> {
    let with_items = |kind: &str| {
        json::object(source, kind).filter(|inner| !json::list(inner, "items").is_empty())
    };
    let named = |inner: &Object, kind: &str| {
        files(inner, &format!("{kind} {}", go_quoted(json::text(inner, "name"))))
    };
    if let Some(inner) = with_items("configMap") {
        return Some(named(inner, "ConfigMap"));
    }
    if let Some(inner) = with_items("secret") {
        return Some(named(inner, "Secret"));
    }
    if let Some(inner) = with_items("downwardAPI") {
        return Some(files(inner, "DownwardAPI"));
    }
    let file = |inner: &Object, member: &str, source: String| File {
        path: json::text(inner, member).to_owned(),
        source,
    };
    if let Some(inner) = json::object(source, "serviceAccountToken") {
        return Some(vec![file(inner, "path", "ServiceAccountToken".to_owned())]);
    }
    if let Some(inner) = json::object(source, "clusterTrustBundle") {
        let name = json::text_at(inner, "name").or_else(|| json::text_at(inner, "signerName"));
        let name = go_quoted(name.unwrap_or_default());
        return Some(vec![file(inner, "path", format!("ClusterTrustBundle {name}"))]);
    }
    let inner = json::object(source, "podCertificate")?;
    if !sem.forgets_files_of_other_sources() {
        return None;
    }
    let parts = [
        ("certificateChainPath", "chain"),
        ("keyPath", "key"),
        ("credentialBundlePath", "credential bundle"),
    ];
    let given = parts.iter().filter(|(member, _)| !json::text(inner, member).is_empty());
    Some(given.map(|(m, what)| file(inner, m, format!("PodCertificate {what}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(paths: &[&str]) -> Vec<String> {
        let file = |path: &&str| File { path: (*path).to_owned(), source: String::new() };
        let mut told = Vec::new();
        let files: Vec<File> = paths.iter().map(file).collect();
        Files::default().add(&files, |body| told.push(body));
        told
    }

    #[test]
    fn a_file_overlaps_those_above_and_below_it_in_their_order() {
        assert_eq!(told(&["a/b", "a/bc", "x", ""]), [] as [&str; 0]);
        assert_eq!(
            told(&["a/b/c", "a", "a/b/d/", "a/b"]),
            [
                r#""a" with "a/b/c""#,
                r#""a/b/d" with "a""#,
                r#""a/b" with "a/b/c""#,
                r#""a/b" with "a""#,
                r#""a/b" with "a/b/d""#,
            ]
        );
        assert_eq!(told(&["/a", "a", "/a//b"]), [r#""/a//b" with "/a""#]);
    }

    #[test]
    fn a_hundred_thousand_overlaps_end() {
        assert_eq!(told(&vec!["same"; 100_000]).len(), OVERLAPS_LIMIT);
        let deep = "a/".repeat(100_000);
        assert_eq!(told(&[&deep, &deep]).len(), 1);
    }
}
