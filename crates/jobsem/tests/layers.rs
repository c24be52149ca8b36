//! A module of the crate imports only modules that ARCHITECTURE.md lists before it.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The first name of `a::b`, or of each path in `{a, b::c}`.
fn heads(path: &str) -> impl Iterator<Item = &str> {
    let group = path.split(';').next().unwrap().strip_prefix('{');
    let paths = group.map_or(vec![path], |group| group.split(['{', ',', '}']).collect());
    let head = |path: &'_ str| -> usize {
        path.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(path.len())
    };
    paths.into_iter().map(str::trim_start).map(move |path| &path[..head(path)])
}

#[test]
fn every_module_imports_only_modules_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("../../ARCHITECTURE.md")).unwrap();
    let table = map.split("\n## Layers of the core\n").nth(1).unwrap().split("\n## ").next();
    let rows = table.unwrap().lines().filter(|line| line.starts_with('|'));
    let order: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let lib = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let reexports = lib.split("\npub use ").skip(1).map(|item| item.split(';').next().unwrap());
    let homes: HashMap<&str, &str> = reexports
        .map(|item| item.split_once("::").unwrap())
        .flat_map(|(module, names)| heads(names).map(move |name| (name, module)))
        .collect();
    let (mut modules, mut upwards) = (BTreeSet::new(), Vec::new());
    for file in files(&root.join("src")) {
        let path = file.strip_prefix(root.join("src")).unwrap();
        let module =
            path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" || path.ends_with("tests.rs") || path.ends_with("properties.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().lines();
        let code: String = code.filter(|line| !line.trim().starts_with("//")).collect();
        let place = |name: &str| order.iter().position(|listed| *listed == name);
        for head in code.split("crate::").skip(1).flat_map(heads) {
            let from = *homes.get(head).unwrap_or(&head);
            if from != module && place(from) >= place(&module) {
                upwards.push(format!("{} imports {from}", path.display()));
            }
        }
        modules.insert(module);
    }
    assert_eq!(
        modules,
        order.iter().map(|module| (*module).to_owned()).collect(),
        "the modules as listed"
    );
    assert!(upwards.is_empty(), "{upwards:#?}");
}
