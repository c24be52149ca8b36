//! Runs the generator, the oracle's processes and replay's: scenarios in, results out.
//!
//! A process that dies or hangs loses only its current scenario, whose result is a `crash`; a new
//! process answers the next ones.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::kube::KubeVersion;
use crate::workspace;

/// The number of scenarios per process: the oracle keeps the goroutines of each until it exits.
pub const BATCH: usize = 250;

/// The time limit for one scenario of replay, or one batch of the oracle.
const PATIENCE: Duration = Duration::from_secs(120);
const ORACLE_PATIENCE: &str = "10m";

/// The families, as the generator lists them.
pub fn families() -> Result<Vec<String>> {
    let list = generator(&[])?;
    Ok(list.lines().filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect())
}

/// `count` scenarios of a family, one line each.
pub fn generate(family: &str, seed: u64, count: usize) -> Result<Vec<String>> {
    let lines = generator(&[family.into(), seed.to_string().into(), count.to_string().into()])?;
    Ok(lines.lines().map(str::to_owned).collect())
}

fn generator(arguments: &[OsString]) -> Result<String> {
    let script = workspace::root().join("tests/oracle/generate.py");
    let output = Command::new("python3")
        .arg(&script)
        .args(arguments)
        .output()
        .context("cannot run python3 (the generator needs 3.11 or newer)")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the generator failed:\n{errors}");
    Ok(String::from_utf8(output.stdout)?)
}

/// A side of the comparison.
pub trait Answers: Sync {
    /// One result for each scenario, in their order.
    fn ask(&self, scenarios: &[String]) -> Result<Vec<Value>>;
}

/// The real controllers of one version.
pub struct Oracle {
    binary: PathBuf,
}

impl Oracle {
    pub fn new(directory: &Path, version: KubeVersion) -> Result<Oracle> {
        let binary = directory.join(format!("oracle-{version}"));
        if !binary.exists() {
            bail!(
                "there is no {}: run `cargo xtask oracle build --kube {version}`",
                binary.display()
            );
        }
        Ok(Oracle { binary: binary.canonicalize()? })
    }

    /// The results up to the scenario at which the process died, and its last output.
    fn batch(&self, scenarios: &[String]) -> Result<(Vec<Value>, String)> {
        let directory = tempfile::tempdir()?;
        let (input, output) = (directory.path().join("in"), directory.path().join("out"));
        fs::write(&input, scenarios.join("\n") + "\n")?;
        let run = Command::new(&self.binary)
            // Batches run in parallel; a second thread within one only costs. These two settings
            // halve the time of a scenario.
            .envs([("GOMAXPROCS", "1"), ("GOGC", "400")])
            .args(["-test.run", "^TestOracle$", "-test.timeout", ORACLE_PATIENCE])
            .arg("-in")
            .arg(&input)
            .arg("-out")
            .arg(&output)
            .output()
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        let written = fs::read_to_string(&output).unwrap_or_default();
        // An incomplete line was being written when the process died.
        let complete = written.rfind('\n').map_or("", |end| &written[..end]);
        let results = complete.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let said = String::from_utf8_lossy(&run.stderr) + String::from_utf8_lossy(&run.stdout);
        Ok((results, summary(&said)))
    }
}

/// The line that says why a Go process died.
fn summary(said: &str) -> String {
    let telling = |l: &&str| l.starts_with("panic:") || l.starts_with("fatal error:");
    said.lines().find(telling).or(said.lines().last()).unwrap_or("no word").to_owned()
}

impl Answers for Oracle {
    fn ask(&self, scenarios: &[String]) -> Result<Vec<Value>> {
        let mut results: Vec<Value> = Vec::new();
        while results.len() < scenarios.len() {
            let batch = &scenarios[results.len()..];
            let (answers, said) = self.batch(batch)?;
            let died = answers.len() < batch.len();
            results.extend(answers);
            if died {
                results.push(json!({"crash": format!("the process died: {said}")}));
            }
        }
        Ok(results)
    }
}

/// The default directory of the oracle's binaries.
pub fn default_dir() -> PathBuf {
    workspace::root().join("tests/oracle/bin")
}

/// `jobsem replay`, or a stand-in.
pub struct Replay {
    pub command: PathBuf,
    pub version: KubeVersion,
}

impl Replay {
    /// The results up to the scenario at which the process died or hangs.
    fn batch(&self, scenarios: &[String]) -> Result<(Vec<Value>, String)> {
        let mut child = Command::new(&self.command)
            .args(["replay", "--kube", &self.version.to_string(), "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", self.command.display()))?;
        let (mut stdin, stdout, mut stderr) =
            match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
                (Some(i), Some(o), Some(e)) => (i, o, e),
                _ => bail!("no pipes to {}", self.command.display()),
            };
        let input = scenarios.join("\n") + "\n";
        // It may exit before it has read everything, which shows as missing results.
        std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let said = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut results = Vec::new();
        let mut why = String::new();
        while results.len() < scenarios.len() {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => results.push(
                    serde_json::from_str(&line)
                        .with_context(|| format!("not a result of replay: {line}"))?,
                ),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    why = format!("no answer within {PATIENCE:?}");
                    break;
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        let _ = child.kill();
        child.wait()?;
        if why.is_empty() {
            why = said.join().unwrap_or_default().lines().last().unwrap_or("no word").to_owned();
        }
        Ok((results, why))
    }
}

impl Answers for Replay {
    fn ask(&self, scenarios: &[String]) -> Result<Vec<Value>> {
        let mut results = Vec::new();
        while results.len() < scenarios.len() {
            let batch = &scenarios[results.len()..];
            let (answers, said) = self.batch(batch)?;
            let died = answers.len() < batch.len();
            results.extend(answers);
            if died {
                results.push(json!({"crash": format!("replay died: {said}")}));
            }
        }
        Ok(results)
    }
}
