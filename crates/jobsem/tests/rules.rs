//! Every rule has an id, a page and a file, and the three agree.
//!
//! A rule is *defined* by an anchor on a page of `docs/semantics`, and *cited* wherever its id
//! stands: in comments, messages, tests, other pages. Each page ends with tables that name the
//! file of each of its rules. They are generated: `JOBSEM_UPDATE=1 cargo test -p jobsem --test
//! rules` writes them, and without it the test compares.
//!
//! Citations may be ranges and lists: `SYNC-12 to SYNC-19`, `PRED-02 to -05`, `COND-05/06`,
//! `VALID-21, -23`. A range means the rules between its ends that are defined.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Begins the generated part of a page.
const TABLES: &str = "\n## Rules and files\n";

/// Words that have the form of an id and are none: an encoding, and signals by number.
const NO_RULES: [&str; 2] = ["UTF", "SIGRTMAX"];

/// The files in which ids may stand.
const TEXTS: [&str; 18] = [
    "rs", "md", "py", "pyi", "mjs", "cjs", "mts", "cts", "ts", "js", "json", "snap", "h", "c",
    "yaml", "txt", "html", "go",
];

/// What others made, what is built, and the vectors, which name no rules.
const NOT_OURS: [&str; 8] = [
    "target",
    "node_modules",
    "package-lock.json",
    "dist",
    "bin",
    "corpus",
    "artifacts",
    "vectors",
];

/// An id: area and number. `CC-100` follows `CC-99`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    area: String,
    number: u32,
    text: String,
}

impl Id {
    fn new(area: &str, digits: &str) -> Id {
        let number = digits.parse().unwrap();
        Id { area: area.to_owned(), number, text: format!("{area}-{digits}") }
    }

    /// `SYNC-15a` and `SYNC-15` are the same rule.
    fn read(word: &str) -> Option<Id> {
        let (area, number) = word.rsplit_once('-')?;
        let letters = |c: char| c.is_ascii_uppercase() || c == '-';
        let is_area = area.len() > 1 && area.starts_with(|c: char| c.is_ascii_uppercase());
        if !is_area || !area.chars().all(letters) || NO_RULES.contains(&area) {
            return None;
        }
        Some(Id::new(area, digits(number)?))
    }
}

fn digits(word: &str) -> Option<&str> {
    let digits = word.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(word);
    let all = !digits.is_empty() && digits.len() < 5 && digits.chars().all(|c| c.is_ascii_digit());
    all.then_some(digits)
}

enum Citation {
    One(Id),
    Range(Id, Id),
}

/// The citations of a text, in order.
fn citations(text: &str) -> Vec<Citation> {
    let mut out = Vec::new();
    let mut last: Option<Id> = None;
    let mut range = false;
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let Some(start) = start else { return out };
        let between = &rest[..start];
        let end = rest[start..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let end = end.map_or(rest.len(), |end| start + end);
        let word = &rest[start..end];
        rest = &rest[end..];
        if ["…", "–", ".."].iter().any(|mark| between.contains(mark)) {
            range = true;
        } else if !between.chars().all(|c| " ,/\n!#*`".contains(c)) {
            (last, range) = (None, false);
        }
        if last.is_some() && matches!(word, "to" | "and") {
            range |= word == "to";
            continue;
        }
        let short = word.strip_prefix('-').or((between == "/" || range).then_some(word));
        let id = match (Id::read(word.trim_matches('-')), &last) {
            (Some(id), _) => Some(id),
            (None, Some(last)) => short.and_then(digits).map(|digits| Id::new(&last.area, digits)),
            (None, None) => None,
        };
        match (&id, last.take().filter(|_| range)) {
            (Some(id), Some(from)) if from.area == id.area => {
                out.push(Citation::Range(from, id.clone()));
            }
            (Some(id), _) => out.push(Citation::One(id.clone())),
            (None, _) => {}
        }
        (last, range) = (id, false);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The repository's own texts by path from its root, without hidden directories.
fn texts() -> BTreeMap<String, String> {
    fn walk(root: &Path, dir: &Path, out: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let foreign = name.starts_with('.') || NOT_OURS.contains(&name);
            if foreign {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, out);
            } else if path.extension().is_some_and(|e| TEXTS.contains(&e.to_str().unwrap())) {
                let at = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                out.insert(at, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(&root(), &root(), &mut out);
    out
}

fn is_page(path: &str) -> bool {
    path.starts_with("docs/semantics/") && path.ends_with(".md")
}

/// A page without its generated tables.
fn prose(page: &str) -> &str {
    page.split_once(TABLES).map_or(page, |(prose, _)| prose)
}

struct Rule {
    page: String,
    short: String,
}

/// What is defined, in the order of the pages.
struct Definitions {
    rules: BTreeMap<Id, Rule>,
    /// Areas and their ids, in the order of their page.
    order: BTreeMap<String, Vec<(String, Vec<Id>)>>,
    /// Why a rule has no file, and whether the page says so of this very rule: ranges may have
    /// exceptions.
    reasons: BTreeMap<Id, (String, bool)>,
}

impl Definitions {
    fn read(texts: &BTreeMap<String, String>) -> Definitions {
        let (rules, order, reasons) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut all = Definitions { rules, order, reasons };
        let pages = || texts.iter().filter(|(path, _)| is_page(path));
        for (path, text) in pages() {
            all.read_page(path, prose(text));
        }
        for (path, text) in pages() {
            all.read_reasons(path, prose(text));
        }
        all
    }

    fn read_page(&mut self, path: &str, text: &str) {
        let mut areas: Vec<(String, Vec<Id>)> = Vec::new();
        let mut columns = "";
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.starts_with('|') && lines.peek().is_some_and(|next| next.starts_with("|-")) {
                columns = line;
            }
            let Some(at) = line.find("<a id=\"") else { continue };
            assert_eq!(line.matches("<a id=").count(), 1, "{path}: one rule a line: {line}");
            let (anchor, rest) = line[at + 7..].split_once("\"></a>").unwrap();
            let id = Id::read(&anchor.to_ascii_uppercase());
            let id = id.unwrap_or_else(|| panic!("{path}: the anchor {anchor} is no id"));
            let rest = rest.trim_start_matches("**").strip_prefix(&id.text);
            let rest = rest.unwrap_or_else(|| panic!("{path}: {anchor} stands before another id"));
            let short = if line.starts_with('|') {
                row_in_short(rest, columns)
            } else {
                let mut paragraph = rest.trim_start_matches("**").trim().to_owned();
                let goes_on = |line: &&str| {
                    !line.is_empty() && !["|", "*", "`", "<a "].iter().any(|m| line.starts_with(m))
                };
                while let Some(line) = lines.next_if(goes_on) {
                    paragraph = format!("{paragraph} {}", line.trim());
                }
                sentence(&paragraph).to_owned()
            };
            assert!(!short.is_empty(), "{path}: {} says nothing", id.text);
            match areas.iter_mut().find(|(area, _)| *area == id.area) {
                Some((_, ids)) => ids.push(id.clone()),
                None => areas.push((id.area.clone(), vec![id.clone()])),
            }
            let rule = Rule { page: path.to_owned(), short };
            let twice = self.rules.insert(id, rule);
            assert!(twice.is_none(), "{path}: {anchor} is defined twice");
        }
        if !areas.is_empty() {
            self.order.insert(path.to_owned(), areas);
        }
    }

    /// `**No file** (ids): why.`
    fn read_reasons(&mut self, path: &str, text: &str) {
        for line in text.lines() {
            let Some((ids, why)) =
                line.strip_prefix("**No file** (").and_then(|rest| rest.split_once("): "))
            else {
                continue;
            };
            let why = why.trim_end_matches('.');
            for citation in citations(ids) {
                let named = matches!(citation, Citation::One(_));
                for id in self.meant(citation) {
                    let known = self.rules.get(&id);
                    let known = known.unwrap_or_else(|| panic!("{path}: no rule {}", id.text));
                    assert_eq!(known.page, path, "{} belongs to another page", id.text);
                    self.reasons.insert(id, (why.to_owned(), named));
                }
            }
        }
    }

    fn meant(&self, citation: Citation) -> Vec<Id> {
        match citation {
            Citation::One(id) => vec![id],
            Citation::Range(from, to) => {
                let between = self.rules.keys().filter(|id| **id >= from && **id <= to);
                between.cloned().chain([from.clone(), to.clone()]).collect()
            }
        }
    }

    /// The ids of a text, ranges written out.
    fn resolve(&self, text: &str) -> BTreeSet<Id> {
        citations(text).into_iter().flat_map(|citation| self.meant(citation)).collect()
    }
}

/// The first sentence of a paragraph.
fn sentence(text: &str) -> &str {
    let mut ticks = false;
    let bytes = text.as_bytes();
    for (i, c) in text.char_indices() {
        match c {
            '`' => ticks = !ticks,
            '.' if !ticks => {
                let after = &text[i + 1..];
                let ends = after.is_empty()
                    || after.starts_with(' ')
                        && after[1..].starts_with(|c: char| !c.is_lowercase());
                // `e.g. X`, `i.e. X`
                let short_for = i > 1 && bytes[i - 2] == b'.';
                if ends && !short_for {
                    return &text[..=i];
                }
            }
            _ => {}
        }
    }
    text.trim_end_matches(':')
}

/// What a row says: its first cell after the id, and the next unless that is a version's.
fn row_in_short(rest: &str, columns: &str) -> String {
    let cells: Vec<&str> = rest.split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
    let columns: Vec<&str> = columns.trim_matches('|').split('|').map(str::trim).collect();
    let of_version = columns.get(2).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit()));
    match cells[1..] {
        [first, second, ..] if !of_version && !second.is_empty() => {
            format!("{first}: {}", sentence(second))
        }
        [first, ..] => sentence(first).to_owned(),
        [] => String::new(),
    }
}

/// The files that cite each rule, outside the pages.
fn cited(definitions: &Definitions, texts: &BTreeMap<String, String>) -> BTreeMap<Id, Vec<String>> {
    let mut out: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for (path, text) in texts.iter().filter(|(path, _)| !is_page(path)) {
        for id in definitions.resolve(&joined(text)) {
            out.entry(id).or_default().push(path.clone());
        }
    }
    out
}

/// Lists and ranges may go on in the next line of a comment.
fn joined(text: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let mark = ["//!", "///", "//", "#", "*"].iter().find_map(|mark| line.strip_prefix(mark));
        mark.unwrap_or(line).trim().to_owned()
    };
    text.lines().map(comment).collect::<Vec<_>>().join(" ")
}

/// Where code lies, as opposed to tests and texts; the core before what surrounds it.
fn holders(paths: &[String]) -> Vec<&str> {
    let code = |path: &&String| {
        let of_tests = path.contains("/tests/") || path.ends_with("tests.rs");
        path.contains("/src/") && !of_tests && path.ends_with(".rs") && !path.starts_with("xtask/")
    };
    let code: Vec<&str> = paths.iter().filter(code).map(String::as_str).collect();
    let core: Vec<&str> =
        code.iter().copied().filter(|path| path.starts_with("crates/jobsem/")).collect();
    if core.is_empty() { code } else { core }
}

/// The generated part of a page.
fn tables(
    areas: &[(String, Vec<Id>)],
    definitions: &Definitions,
    cited: &BTreeMap<Id, Vec<String>>,
) -> String {
    let mut out = format!(
        "{TABLES}\n<!-- Generated: JOBSEM_UPDATE=1 cargo test -p jobsem --test rules -->\n"
    );
    for (area, ids) in areas {
        write!(out, "\n### {area}\n\n| Rule | In short | File |\n|---|---|---|\n").unwrap();
        for id in ids {
            let link = format!("[{}](#{})", id.text, id.text.to_ascii_lowercase());
            let short = definitions.rules[id].short.replace('|', "\\|");
            let files = holders(cited.get(id).map_or(&[], Vec::as_slice));
            let files: Vec<String> = files.iter().map(|file| file_link(file)).collect();
            let files = match definitions.reasons.get(id) {
                Some((why, _)) if files.is_empty() => format!("none: {why}"),
                _ => files.join(", "),
            };
            writeln!(out, "| {link} | {short} | {files} |").unwrap();
        }
    }
    out
}

fn file_link(path: &str) -> String {
    let shown = path.strip_prefix("crates/jobsem/src/").unwrap_or(path);
    format!("[{shown}](../../{path})")
}

/// The index of all areas, on the first page.
fn index(definitions: &Definitions) -> String {
    let mut areas: Vec<(&str, &str, usize)> = Vec::new();
    for (path, of_page) in &definitions.order {
        let page = path.rsplit_once('/').unwrap().1;
        areas.extend(of_page.iter().map(|(area, ids)| (area.as_str(), page, ids.len())));
    }
    areas.sort_unstable();
    let mut out = format!(
        "{TABLES}\n<!-- Generated: JOBSEM_UPDATE=1 cargo test -p jobsem --test rules -->\n\n\
         | Area | Rules | Page |\n|---|---|---|\n"
    );
    for (area, page, count) in areas {
        let anchor = area.to_ascii_lowercase();
        writeln!(out, "| {area} | {count} | [{page}]({page}#{anchor}) |").unwrap();
    }
    out
}

#[test]
fn every_cited_rule_has_a_page() {
    let texts = texts();
    let definitions = Definitions::read(&texts);
    assert!(definitions.rules.len() > 600, "{} rules", definitions.rules.len());
    for room in ["crates/jobsem/src", "crates/jobsem-cli/src", "bindings", "examples", "xtask"] {
        assert!(texts.keys().any(|path| path.starts_with(room)), "{room} was not read");
    }
    let mut unknown = Vec::new();
    for (path, text) in &texts {
        let text = if is_page(path) { prose(text) } else { text };
        for id in definitions.resolve(&joined(text)) {
            if !definitions.rules.contains_key(&id) {
                unknown.push(format!("{} in {path}", id.text));
            }
        }
    }
    assert!(unknown.is_empty(), "rules without a page:\n{}", unknown.join("\n"));
}

#[test]
fn every_rule_has_a_file_or_a_reason_to_have_none() {
    let texts = texts();
    let definitions = Definitions::read(&texts);
    let cited = cited(&definitions, &texts);
    let mut wrong = Vec::new();
    for (id, rule) in &definitions.rules {
        let files = holders(cited.get(id).map_or(&[], Vec::as_slice));
        match definitions.reasons.get(id) {
            None if files.is_empty() => {
                wrong.push(format!("{}: {} gives neither file nor reason", rule.page, id.text));
            }
            Some((_, true)) if !files.is_empty() => {
                wrong.push(format!("{}: {} has a file: {files:?}", rule.page, id.text));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_of_the_pages_are_up_to_date() {
    let texts = texts();
    let definitions = Definitions::read(&texts);
    let cited = cited(&definitions, &texts);
    let update = std::env::var_os("JOBSEM_UPDATE").is_some();
    let mut stale = Vec::new();
    for (path, text) in texts.iter().filter(|(path, _)| is_page(path)) {
        let generated = if path.ends_with("/README.md") {
            index(&definitions)
        } else {
            let areas = definitions.order.get(path);
            areas.map_or(String::new(), |areas| tables(areas, &definitions, &cited))
        };
        let wanted = format!("{}\n{generated}", prose(text).trim_end());
        if *text != wanted {
            if update {
                fs::write(root().join(path), wanted).unwrap();
            } else {
                stale.push(path.as_str());
            }
        }
    }
    assert!(
        stale.is_empty(),
        "JOBSEM_UPDATE=1 cargo test -p jobsem --test rules refreshes {stale:?}"
    );
}

#[test]
fn citations_are_read_as_people_write_them() {
    let read = |text: &str| -> Vec<String> {
        let word = |citation: &Citation| match citation {
            Citation::One(id) => id.text.clone(),
            Citation::Range(from, to) => format!("{}…{}", from.text, to.text),
        };
        citations(text).iter().map(word).collect()
    };
    for (text, expected) in [
        ("SYNC-15a, CC-100", vec!["SYNC-15", "CC-100"]),
        ("(PRED-02 to PRED-05)", vec!["PRED-02", "PRED-02…PRED-05"]),
        (
            "PODPHASE-23 to -25, -31 and -40",
            vec!["PODPHASE-23", "PODPHASE-23…PODPHASE-25", "PODPHASE-31", "PODPHASE-40"],
        ),
        ("COND-05/06 and COND-05..07", vec!["COND-05", "COND-06", "COND-05", "COND-05…COND-07"]),
        ("VALID-8 … VALID-10", vec!["VALID-8", "VALID-8…VALID-10"]),
        ("STATUS-UPDATE-29, -32", vec!["STATUS-UPDATE-29", "STATUS-UPDATE-32"]),
        ("TTL-05. Then -06", vec!["TTL-05"]),
        ("UTF-8, SIGRTMAX-1, x-1, A-1, STALE-*", vec![]),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}
