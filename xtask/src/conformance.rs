//! `conformance`: the vectors of `tests/conformance` through `jobsem replay`.
//!
//! Differences that are listed in `expected-differences.txt` beside the directory are expected:
//! they are counted apart, and one that does not differ is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::kube::KubeVersion;
use crate::oracle::ask::{Answers, Replay};
use crate::oracle::canonical::comparable;
use crate::oracle::show;
use crate::table::table;
use crate::workspace;

#[derive(Args)]
pub struct Conformance {
    /// Versions: `all`, or a list such as `1.37,1.34`.
    #[arg(long, default_value = "all")]
    kube: String,
    /// Families [default: all files of the directory].
    #[arg(long, value_delimiter = ',')]
    families: Vec<String>,
    /// The directory of the vectors.
    #[arg(long, default_value_os_t = workspace::root().join("tests/conformance/vectors"))]
    dir: PathBuf,
    /// The command to test, called as `PATH replay --kube V -` [default: jobsem, built first].
    #[arg(long)]
    replay: Option<PathBuf>,
    /// Play only every Nth vector of a family.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// The number of families and versions to run in parallel.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Show the first failures of each family and version, with both traces side by side.
    #[arg(short, long)]
    verbose: bool,
    /// The number of failures to show.
    #[arg(long, default_value_t = 2)]
    show: usize,
}

struct Vector {
    id: String,
    scenario: String,
    expect: Vec<Value>,
}

impl Vector {
    /// What Kubernetes answered; none where it did not answer the same each time.
    fn expected(&self, version: KubeVersion) -> Option<&Value> {
        let version = version.to_string();
        let named = |group: &&Value| {
            group["versions"].as_array().is_some_and(|v| v.iter().any(|v| *v == *version))
        };
        self.expect.iter().find(named).map(|group| &group["result"])
    }
}

#[derive(Default)]
struct Cell {
    passed: usize,
    total: usize,
    /// Differences that are listed.
    expected: usize,
    /// Listed differences that are none.
    unexpectedly_equal: Vec<String>,
    failures: Vec<String>,
}

type Files = BTreeMap<String, PathBuf>;
type Cells = BTreeMap<(String, KubeVersion), Cell>;

impl Conformance {
    /// One family at all versions, played by `replay`.
    pub fn of(family: &str, replay: &Path) -> Conformance {
        Conformance {
            kube: "all".to_owned(),
            families: vec![family.to_owned()],
            dir: workspace::root().join("tests/conformance/vectors"),
            replay: Some(replay.to_path_buf()),
            every: 1,
            jobs: 2,
            verbose: false,
            show: 0,
        }
    }

    /// Every so manieth vector of all families at all versions, played by `replay`.
    pub fn sample(every: usize, replay: &Path) -> Conformance {
        Conformance { families: Vec::new(), every, ..Conformance::of("", replay) }
    }

    /// All families at all versions, played by `replay`.
    pub fn all(replay: &Path) -> Conformance {
        Conformance { families: Vec::new(), show: 2, ..Conformance::of("", replay) }
    }

    /// Whether every vector is answered as it should be, listed differences apart.
    pub fn run_quietly(&self) -> Result<bool> {
        let (_, cells) = self.cells()?;
        let wrong = |c: &Cell| c.total != c.passed + c.expected || !c.unexpectedly_equal.is_empty();
        Ok(!cells.values().any(wrong))
    }

    pub fn run(&self) -> Result<bool> {
        let versions = KubeVersion::list(&self.kube)?;
        let (files, cells) = self.cells()?;
        if self.verbose {
            for ((family, version), cell) in &cells {
                for failure in &cell.failures {
                    println!("{family} {version}: {failure}");
                }
            }
        }
        print!("{}", summary(&files, &versions, &cells));
        let total: usize = cells.values().map(|c| c.total).sum();
        let passed: usize = cells.values().map(|c| c.passed).sum();
        let expected: usize = cells.values().map(|c| c.expected).sum();
        ensure!(total > 0, "there was nothing to compare");
        let stale: Vec<&String> = cells.values().flat_map(|c| &c.unexpectedly_equal).collect();
        for vector in &stale {
            println!("{vector} is listed as a difference and is none");
        }
        let failed = total - passed - expected + stale.len();
        println!("{expected} listed differences");
        println!("{passed} passed, {failed} failed");
        Ok(failed == 0)
    }

    fn cells(&self) -> Result<(Files, Cells)> {
        let versions = KubeVersion::list(&self.kube)?;
        let files = self.files()?;
        let command = workspace::replay_command(self.replay.as_deref())?;
        let listed = expected_differences(&self.dir.join("../expected-differences.txt"))?;
        let mut cells: Cells = BTreeMap::new();
        for (family, path) in &files {
            let vectors = read(path).with_context(|| format!("reading {}", path.display()))?;
            let vectors: Vec<_> = vectors.into_iter().step_by(self.every.max(1)).collect();
            let found = workspace::parallel(self.jobs, &versions, |version| {
                let replay = Replay { command: command.clone(), version: *version };
                self.check(&vectors, &replay, &listed)
            })?;
            for (version, cell) in versions.iter().zip(found) {
                eprintln!("{family} {version}: {}/{}", cell.passed, cell.total);
                cells.insert((family.clone(), *version), cell);
            }
        }
        Ok((files, cells))
    }

    fn files(&self) -> Result<Files> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.dir).with_context(|| self.dir.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if let Some(family) = name.strip_suffix(".jsonl.gz") {
                files.insert(family.to_owned(), path.clone());
            }
        }
        if !self.families.is_empty() {
            for family in &self.families {
                ensure!(
                    files.contains_key(family),
                    "no vectors of {family} in {}",
                    self.dir.display()
                );
            }
            files.retain(|family, _| self.families.contains(family));
        }
        Ok(files)
    }

    fn check(
        &self,
        vectors: &[Vector],
        replay: &Replay,
        listed: &BTreeSet<String>,
    ) -> Result<Cell> {
        let asked: Vec<(&Vector, &Value)> = vectors
            .iter()
            .filter_map(|v| v.expected(replay.version).map(|result| (v, result)))
            .collect();
        let scenarios: Vec<String> = asked.iter().map(|(v, _)| v.scenario.clone()).collect();
        let mut cell = Cell { total: asked.len(), ..Cell::default() };
        for ((vector, expected), got) in asked.iter().zip(replay.ask(&scenarios)?) {
            let (expected, got) = (comparable((*expected).clone()), comparable(got));
            let name = format!("{} {}", vector.id, replay.version);
            if expected == got {
                cell.passed += 1;
                cell.unexpectedly_equal.extend(listed.contains(&name).then_some(name));
            } else if listed.contains(&name) {
                cell.expected += 1;
            } else if cell.failures.len() < self.show {
                let both = show::side_by_side(&expected, &got);
                cell.failures.push(format!("{}\n{both}", vector.scenario));
            }
        }
        Ok(cell)
    }
}

/// The scenarios of a family, one line each.
pub fn scenarios(family: &str) -> Result<Vec<String>> {
    let path = workspace::root().join(format!("tests/conformance/vectors/{family}.jsonl.gz"));
    Ok(read(&path)?.into_iter().map(|vector| vector.scenario).collect())
}

fn read(path: &Path) -> Result<Vec<Vector>> {
    let mut vectors = Vec::new();
    for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
        let mut line: Value = serde_json::from_str(&line?)?;
        let expect = match line["expect"].take() {
            Value::Array(groups) => groups,
            _ => Vec::new(),
        };
        let id = line["scenario"]["id"].as_str().unwrap_or_default().to_owned();
        vectors.push(Vector { id, scenario: line["scenario"].to_string(), expect });
    }
    Ok(vectors)
}

/// `<scenario id> <version>` of each line of the list; none if there is no list.
fn expected_differences(path: &Path) -> Result<BTreeSet<String>> {
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    entries
        .map(|line| match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            [id, version, _reason] => Ok(format!("{id} {version}")),
            _ => anyhow::bail!("{}: a line without a reason: {line}", path.display()),
        })
        .collect()
}

fn summary(files: &Files, versions: &[KubeVersion], cells: &Cells) -> String {
    let names: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let heading: Vec<&str> =
        std::iter::once("family").chain(names.iter().map(String::as_str)).collect();
    let families: BTreeSet<&String> = files.keys().collect();
    let rows: Vec<Vec<String>> = families
        .into_iter()
        .map(|family| {
            let counts =
                versions.iter().map(|version| match cells.get(&(family.clone(), *version)) {
                    Some(cell) => format!("{}/{}", cell.passed, cell.total),
                    None => "-".to_owned(),
                });
            std::iter::once(family.clone()).chain(counts).collect()
        })
        .collect();
    table(&heading, &rows, 1)
}
