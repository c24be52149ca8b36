//! `bench`: measures the figures of `docs/PERFORMANCE.md`, and guards instruction counts in the
//! test run.
//!
//! Wall time comes from benchmarks only and is never asserted. The test run compares instruction
//! counts with `crates/jobsem/benches/instructions.json`, which do not depend on the load of the
//! machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use crate::conformance;
use crate::kube::KubeVersion;
use crate::oracle::ask::{self, Answers, Oracle, Replay};
use crate::table::table;
use crate::workspace::{cargo, root, run, runs, target};

/// Measure the figures of docs/PERFORMANCE.md: without an option, criterion's benchmarks and the
/// large ones.
#[derive(Args)]
pub struct Bench {
    /// Only count instructions, and compare them with the baseline.
    #[arg(long)]
    guard: bool,
    /// With --guard: store the counts as the new baseline.
    #[arg(long, requires = "guard")]
    update: bool,
    /// Only run the same scenarios through the real controllers, and compare times.
    #[arg(long, conflicts_with = "guard")]
    against_oracle: bool,
    /// With --against-oracle: the Kubernetes version.
    #[arg(long, default_value = "1.37")]
    kube: KubeVersion,
    /// Run the large benchmarks at a hundredth of their size.
    #[arg(long)]
    small: bool,
}

/// How far a count may lie from the baseline: the hashes of a run have a seed of its own.
const TOLERANCE: f64 = 0.05;

/// What is counted, and two numbers of repetitions.
const COUNTED: [(&str, u64, u64); 4] =
    [("P1", 1_000, 3_000), ("P2", 200, 600), ("P3", 1_000, 3_000), ("P3 Indexed", 1_000, 3_000)];

impl Bench {
    pub fn run(self) -> Result<bool> {
        if self.guard {
            return guard(self.update);
        }
        if self.against_oracle {
            return against_oracle(self.kube);
        }
        bench(&["--bench", "sync"])?;
        let small: &[&str] = if self.small { &["--", "--small"] } else { &[] };
        bench(&[&["--bench", "scale"], small].concat())?;
        bench(&[&["--bench", "memory"], small].concat())?;
        Ok(true)
    }
}

fn bench(arguments: &[&str]) -> Result<()> {
    let status = cargo(&["bench", "-p", "jobsem"]).args(arguments).current_dir(root()).status()?;
    ensure!(status.success(), "cargo bench {arguments:?} failed");
    Ok(())
}

fn baseline() -> PathBuf {
    root().join("crates/jobsem/benches/instructions.json")
}

/// Whether the counts are those of the baseline; true with a note where there is no valgrind.
pub fn guard(update: bool) -> Result<bool> {
    if !runs("valgrind", "--version") {
        eprintln!("note: there is no valgrind, so instructions are not counted");
        return Ok(true);
    }
    let binary = guard_binary()?;
    let mut counted = BTreeMap::new();
    for (what, few, many) in COUNTED {
        let more =
            instructions(&binary, what, many)?.saturating_sub(instructions(&binary, what, few)?);
        counted.insert(what, more / (many - few));
    }
    if update {
        fs::write(baseline(), format!("{:#}\n", json!(counted)))?;
    }
    let text = fs::read_to_string(baseline()).context("there is no baseline: --update makes it")?;
    let stored: BTreeMap<String, u64> = serde_json::from_str(&text)?;
    let mut well = true;
    for (what, now) in counted {
        let before = *stored.get(what).with_context(|| format!("no baseline of {what}"))?;
        let change = now as f64 / before as f64 - 1.0;
        let verdict = match change {
            c if c > TOLERANCE => "MORE than the baseline allows",
            c if c < -TOLERANCE => "less: `cargo xtask bench --guard --update` keeps it so",
            _ => "as before",
        };
        well &= change <= TOLERANCE;
        let percent = 100.0 * change;
        eprintln!("{what}: {now} instructions each, {before} before ({percent:+.1} %): {verdict}");
    }
    Ok(well)
}

fn guard_binary() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--release", "--quiet", "-p", "jobsem-guard"]))?;
    Ok(target()?.join("release/jobsem-guard"))
}

fn instructions(binary: &Path, what: &str, count: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args([what, &count.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "valgrind failed:\n{said}");
    let line = said.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, n)| n.trim().parse().ok()).with_context(|| format!("no count in:\n{said}"))
}

const HEADING: [&str; 5] = ["what", "scenarios", "Kubernetes", "jobsem", "times"];

/// The vectors' scenarios of `run`, and Jobs of many pods, through both sides.
fn against_oracle(version: KubeVersion) -> Result<bool> {
    run(&mut cargo(&["build", "--release", "--quiet", "-p", "jobsem-cli"]))?;
    let oracle = Oracle::new(&ask::default_dir(), version)?;
    let replay = Replay { command: root().join("target/release/jobsem"), version };
    let mut rows = Vec::new();
    let run = conformance::scenarios("run")?;
    let named = [
        ("the family `run`", run),
        ("1,000 pods", vec![whole_job(1_000, "NonIndexed")]),
        ("1,000 pods, Indexed", vec![whole_job(1_000, "Indexed")]),
        ("2,000 pods", vec![whole_job(2_000, "NonIndexed")]),
        ("2,000 pods, Indexed", vec![whole_job(2_000, "Indexed")]),
    ];
    for (what, scenarios) in named {
        // A process of each that does nothing, so that what starting it costs is not counted.
        let nothing = [nothing()];
        let spent = |side: &dyn Answers, scenarios: &[String]| -> Result<Duration> {
            let mut best = Duration::MAX;
            for _ in 0..3 {
                let start = Instant::now();
                let answers = side.ask(scenarios)?;
                ensure!(answers.iter().all(|a| a.get("crash").is_none()), "{what}: a crash");
                best = best.min(start.elapsed());
            }
            Ok(best)
        };
        let go = spent(&oracle, &scenarios)?.saturating_sub(spent(&oracle, &nothing)?);
        let ours = spent(&replay, &scenarios)?.saturating_sub(spent(&replay, &nothing)?);
        let each =
            |time: Duration| format!("{:.3} ms", 1e3 * time.as_secs_f64() / scenarios.len() as f64);
        rows.push(vec![
            what.to_owned(),
            scenarios.len().to_string(),
            each(go),
            each(ours),
            format!("{:.0}", go.as_secs_f64() / ours.as_secs_f64()),
        ]);
        eprintln!("{}", rows.last().map(|row: &Vec<String>| row.join("  ")).unwrap_or_default());
    }
    println!("{}", table(&HEADING, &rows, 1));
    println!("milliseconds for each scenario, the best of three runs, one process each");
    Ok(true)
}

fn nothing() -> String {
    whole_job(1, "NonIndexed")
}

/// All pods succeed a second after they were created, two hundred at a time.
fn whole_job(pods: u32, mode: &str) -> String {
    json!({
        "id": format!("bench-{mode}-{pods}"),
        "job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {
            "completions": pods, "parallelism": pods.min(200), "completionMode": mode,
            "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "busybox"}],
            }},
        }},
        "scripts": {"*": {"onCreate": [{"after": 1.0, "status": {"phase": "Succeeded",
            "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 0}}}]}}]}},
        "until": 4 * pods + 60,
    })
    .to_string()
}
