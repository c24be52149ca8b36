//! `oracle diff`: plays random scenarios on both sides and reports differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::{self, Answers, BATCH, Oracle, Replay};
use super::canonical::comparable;
use super::minimise::{self, Judge};
use super::show;
use crate::kube::KubeVersion;
use crate::table::table;
use crate::workspace;

/// How often the oracle is asked before a difference counts: the order of a small Go map can give
/// the same answer nine times of ten.
const MANY: usize = 200;

#[derive(Args)]
pub struct Diff {
    /// Versions: `all`, or a list such as `1.37,1.34`.
    #[arg(long, default_value = "all")]
    kube: String,
    /// Families of scenarios [default: all].
    #[arg(long, value_delimiter = ',')]
    families: Vec<String>,
    /// Seeds; each gives different scenarios.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    /// The number of scenarios per family and seed.
    #[arg(long, default_value_t = BATCH)]
    count: usize,
    /// The directory of the binaries of `oracle build`.
    #[arg(long, default_value_os_t = ask::default_dir())]
    oracle: PathBuf,
    /// The number of batches to run in parallel.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// The number of scenarios per process. A large number saves start-up time with quick ones
    /// (schedules, manifests).
    #[arg(long, default_value_t = BATCH)]
    batch: usize,
    /// The command to compare, called as `PATH replay --kube V -` [default: jobsem, built first].
    #[arg(long)]
    replay: Option<PathBuf>,
    /// The number of kinds of differences to minimise and show; all are counted.
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Write the table and the differences to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One batch of one version.
struct Item<'a> {
    family: &'a str,
    version: KubeVersion,
    scenarios: &'a [String],
}

/// The results of one family in one version. Every scenario counts in one of the last five.
#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    scenarios: usize,
    equal: usize,
    different: usize,
    /// The oracle's answers vary.
    aside: usize,
    /// A feature gate does not exist in the version, or is locked.
    unsupported: usize,
    /// The oracle crashed, or ran away.
    crashed: usize,
}

type Table = BTreeMap<(String, KubeVersion), Counts>;

struct Difference {
    family: String,
    version: KubeVersion,
    scenario: String,
    signature: String,
}

impl Diff {
    pub fn run(&self) -> Result<bool> {
        let versions = KubeVersion::list(&self.kube)?;
        let known = ask::families()?;
        let families = if self.families.is_empty() { &known } else { &self.families };
        for family in families {
            ensure!(known.contains(family), "there is no family {family} ({})", known.join(", "));
        }
        for version in &versions {
            Oracle::new(&self.oracle, *version)?;
        }
        let command = workspace::replay_command(self.replay.as_deref())?;
        let mut scenarios = BTreeMap::new();
        for family in families {
            let all: &mut Vec<String> = scenarios.entry(family.as_str()).or_default();
            for seed in &self.seeds {
                all.extend(ask::generate(family, *seed, self.count)?);
            }
        }
        let mut items = Vec::new();
        for family in families {
            for version in &versions {
                for chunk in scenarios[family.as_str()].chunks(self.batch.max(1)) {
                    items.push(Item { family, version: *version, scenarios: chunk });
                }
            }
        }
        let done = AtomicUsize::new(0);
        let answers = workspace::parallel(self.jobs, &items, |item| {
            let sides = self.sides(item.version, &command)?;
            let answer = sides.compare(item)?;
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            let Counts { equal, different, .. } = answer.0;
            eprintln!(
                "[{n}/{}] {} {}: {equal} equal, {different} different",
                items.len(),
                item.family,
                item.version
            );
            Ok(answer)
        })?;

        let mut counts: Table = BTreeMap::new();
        let mut differences = Vec::new();
        for (item, (more, found)) in items.iter().zip(answers) {
            counts.entry((item.family.to_owned(), item.version)).or_default().add(more);
            differences.extend(found);
        }
        let differences = self.settle(differences, &mut counts, &command)?;
        let shown = self.show_differences(&differences, &command)?;
        print!("{}", summary(&counts));
        if let Some(path) = &self.json {
            let report = report(&counts, &differences, shown);
            fs::write(path, format!("{report:#}\n"))
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(differences.is_empty())
    }

    fn sides(&self, version: KubeVersion, command: &Path) -> Result<Sides> {
        Ok(Sides {
            oracle: Oracle::new(&self.oracle, version)?,
            replay: Replay { command: command.to_path_buf(), version },
        })
    }

    /// Sets aside differences that the oracle does not confirm when asked many times. Asks until it
    /// confirms one of each kind; the rest of the kind then counts without asking.
    fn settle(
        &self,
        differences: Vec<Difference>,
        counts: &mut Table,
        command: &Path,
    ) -> Result<Vec<Difference>> {
        let mut held = BTreeSet::new();
        let mut kept = Vec::new();
        for difference in differences {
            let Difference { family, version, scenario, signature } = &difference;
            if !held.contains(signature) {
                let asked = vec![scenario.clone(); MANY];
                let answers = self.sides(*version, command)?.again(&asked)?;
                if answers.iter().any(|a| *a != answers[0]) {
                    eprintln!("set aside: {} in {version}", id(scenario));
                    if let Some(counts) = counts.get_mut(&(family.clone(), *version)) {
                        counts.different -= 1;
                        counts.aside += 1;
                    }
                    continue;
                }
                held.insert(signature.clone());
            }
            kept.push(difference);
        }
        Ok(kept)
    }

    /// Minimises and prints one difference of each kind.
    fn show_differences(&self, differences: &[Difference], command: &Path) -> Result<Vec<Value>> {
        let mut kinds: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
        for difference in differences {
            kinds.entry(&difference.signature).or_default().push(difference);
        }
        let mut shown = Vec::new();
        for (signature, found) in kinds.iter().take(self.show) {
            let first = found[0];
            eprintln!("minimising {} ({signature})", id(&first.scenario));
            let sides = self.sides(first.version, command)?;
            let small =
                minimise::minimise(serde_json::from_str(&first.scenario)?, signature, &sides)?;
            let line = small.to_string();
            let [real, ours] = sides.both(std::slice::from_ref(&line))?;
            println!(
                "{} in {} ({signature}; {} of this kind)\n{line}\n{}",
                id(&first.scenario),
                first.version,
                found.len(),
                show::side_by_side(&real[0], &ours[0])
            );
            shown.push(json!({
                "family": first.family,
                "version": first.version.to_string(),
                "signature": signature,
                "count": found.len(),
                "scenario": small,
                "kubernetes": real[0],
                "jobsem": ours[0],
            }));
        }
        if kinds.len() > shown.len() {
            println!("{} more kinds of differences (see --show)", kinds.len() - shown.len());
        }
        Ok(shown)
    }
}

/// The two sides of the comparison, in one version.
struct Sides {
    oracle: Oracle,
    replay: Replay,
}

impl Sides {
    /// The results of both sides in comparable form.
    fn both(&self, scenarios: &[String]) -> Result<[Vec<Value>; 2]> {
        let form = |results: Vec<Value>| results.into_iter().map(comparable).collect();
        Ok([form(self.oracle.ask(scenarios)?), form(self.replay.ask(scenarios)?)])
    }

    fn compare(&self, item: &Item<'_>) -> Result<(Counts, Vec<Difference>)> {
        let mut counts = Counts { scenarios: item.scenarios.len(), ..Counts::default() };
        let [real, ours] = self.both(item.scenarios)?;
        let mut suspects = Vec::new();
        for (i, (real, ours)) in real.iter().zip(&ours).enumerate() {
            if real.get("unsupported").is_some() {
                counts.unsupported += 1;
            } else if real.get("crash").is_some() {
                counts.crashed += 1;
            } else if real == ours {
                counts.equal += 1;
            } else {
                suspects.push(i);
            }
        }
        let again: Vec<String> = suspects.iter().map(|i| item.scenarios[*i].clone()).collect();
        let mut steady = vec![true; again.len()];
        for _ in 0..2 {
            for (k, answer) in self.again(&again)?.into_iter().enumerate() {
                steady[k] &= answer == real[suspects[k]];
            }
        }
        counts.aside = steady.iter().filter(|s| !**s).count();
        let mut steady = steady.into_iter();
        suspects.retain(|_| steady.next() == Some(true));
        counts.different = suspects.len();
        let differences = suspects
            .into_iter()
            .map(|i| Difference {
                family: item.family.to_owned(),
                version: item.version,
                scenario: item.scenarios[i].clone(),
                signature: show::signature(&real[i], &ours[i]).unwrap_or_default(),
            })
            .collect();
        Ok((counts, differences))
    }

    fn again(&self, scenarios: &[String]) -> Result<Vec<Value>> {
        Ok(self.oracle.ask(scenarios)?.into_iter().map(comparable).collect())
    }
}

impl Judge for Sides {
    fn differences(&self, scenarios: &[Value]) -> Result<Vec<Option<String>>> {
        let lines: Vec<String> = scenarios.iter().map(Value::to_string).collect();
        let [real, ours] = self.both(&lines)?;
        let answered = |r: &Value| r.get("crash").is_none() && r.get("unsupported").is_none();
        let pairs = real.iter().zip(&ours);
        Ok(pairs.map(|(r, o)| show::signature(r, o).filter(|_| answered(r))).collect())
    }

    fn is_stable(&self, scenario: &Value) -> Result<bool> {
        let answers = self.again(&vec![scenario.to_string(); 3])?;
        Ok(answers.iter().all(|a| *a == answers[0]))
    }
}

impl Counts {
    fn add(&mut self, more: Counts) {
        self.scenarios += more.scenarios;
        self.equal += more.equal;
        self.different += more.different;
        self.aside += more.aside;
        self.unsupported += more.unsupported;
        self.crashed += more.crashed;
    }

    fn cells(self) -> impl Iterator<Item = String> {
        [self.scenarios, self.equal, self.different, self.aside, self.unsupported, self.crashed]
            .into_iter()
            .map(|n| n.to_string())
    }
}

fn id(scenario: &str) -> String {
    let scenario: Value = serde_json::from_str(scenario).unwrap_or_default();
    scenario["id"].as_str().unwrap_or("a scenario").to_owned()
}

fn summary(counts: &Table) -> String {
    let mut total = Counts::default();
    let mut rows = Vec::new();
    for ((family, version), c) in counts {
        total.add(*c);
        rows.push(
            [(*family).to_owned(), version.to_string()].into_iter().chain(c.cells()).collect(),
        );
    }
    rows.push(["all".to_owned(), String::new()].into_iter().chain(total.cells()).collect());
    table(
        &["family", "kube", "scenarios", "equal", "different", "aside", "unsupported", "crashed"],
        &rows,
        2,
    )
}

fn report(counts: &Table, differences: &[Difference], shown: Vec<Value>) -> Value {
    let rows: Vec<Value> = counts
        .iter()
        .map(|((family, version), c)| {
            json!({"family": family, "version": version.to_string(), "counts": c})
        })
        .collect();
    let all: Vec<Value> = differences
        .iter()
        .map(|d| {
            json!({
                "id": id(&d.scenario),
                "version": d.version.to_string(),
                "signature": d.signature,
            })
        })
        .collect();
    json!({"table": rows, "differences": all, "minimised": shown})
}
