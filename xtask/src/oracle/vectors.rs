//! `oracle vectors`: writes the answers of every version as conformance vectors.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::ask::{self, Answers, BATCH, Oracle};
use super::canonical::canonical;
use crate::kube::KubeVersion;
use crate::workspace;

/// How often each scenario is asked; nondeterministic answers are left out.
const TIMES: usize = 4;

#[derive(Args)]
pub struct Vectors {
    /// The family of scenarios.
    #[arg(long)]
    family: String,
    #[arg(long)]
    seed: u64,
    /// The number of scenarios.
    #[arg(long)]
    count: usize,
    /// The directory to write `<family>.jsonl.gz` to.
    #[arg(long, default_value_os_t = workspace::root().join("tests/conformance/vectors"))]
    out: PathBuf,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
    /// The directory of the binaries of `oracle build`.
    #[arg(long, default_value_os_t = ask::default_dir())]
    oracle: PathBuf,
    /// The number of batches to run in parallel.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

impl Vectors {
    pub fn run(&self) -> Result<()> {
        let path = self.out.join(format!("{}.jsonl.gz", self.family));
        ensure!(self.force || !path.exists(), "{} exists (--force replaces it)", path.display());
        let scenarios = ask::generate(&self.family, self.seed, self.count)?;
        let mut items = Vec::new();
        for version in KubeVersion::all() {
            let oracle = Oracle::new(&self.oracle, version)?;
            items.push((version, oracle));
        }
        let work: Vec<(&(KubeVersion, Oracle), &[String])> = items
            .iter()
            .flat_map(|item| scenarios.chunks(BATCH).map(move |chunk| (item, chunk)))
            .collect();
        let answers = workspace::parallel(self.jobs, &work, |((version, oracle), chunk)| {
            let mut answers = Vec::new();
            for _ in 0..TIMES {
                answers.push(oracle.ask(chunk)?.into_iter().map(canonical).collect::<Vec<_>>());
            }
            eprintln!("{version}: {} scenarios asked", chunk.len());
            Ok((version.to_string(), answers))
        })?;

        let mut expect: Vec<Vec<(Value, Vec<String>)>> = vec![Vec::new(); scenarios.len()];
        let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        for (version, answers) in answers {
            let from = asked.entry(version.clone()).or_default();
            for k in 0..answers[0].len() {
                let first = &answers[0][k];
                let why = if first.get("unsupported").is_some() {
                    "unsupported"
                } else if answers.iter().any(|a| a[k] != *first) {
                    "not the same each time"
                } else if first.get("crash").is_some() {
                    "crashed"
                } else {
                    let groups = &mut expect[*from + k];
                    match groups.iter_mut().find(|(result, _)| result == first) {
                        Some((_, versions)) => versions.push(version.clone()),
                        None => groups.push((first.clone(), vec![version.clone()])),
                    }
                    continue;
                };
                *left_out.entry(why).or_default() += 1;
            }
            *from += answers[0].len();
        }

        fs::create_dir_all(&self.out)?;
        // No time in the header, so that the same vectors give the same bytes.
        let file = File::create(&path)?;
        let mut file = GzBuilder::new().mtime(0).write(file, Compression::best());
        let mut written = 0;
        for (scenario, groups) in scenarios.iter().zip(&expect).filter(|(_, g)| !g.is_empty()) {
            let groups: Vec<Value> = groups
                .iter()
                .map(|(result, versions)| json!({"versions": versions, "result": result}))
                .collect();
            // The scenario is stored as it was asked, byte for byte.
            writeln!(file, r#"{{"scenario": {scenario}, "expect": {}}}"#, json!(groups))?;
            written += 1;
        }
        file.finish()?;
        println!("{}: {written} vectors", path.display());
        for (why, count) in left_out {
            println!("  {count} answers left out: {why}");
        }
        Ok(())
    }
}
