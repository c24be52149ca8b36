//! `manifests`: every command of `jobsem` that reads manifests, on a directory of them.
//!
//! For manifests of other projects, which stay outside the repository. A panic, a signal, an exit
//! code that no command has, or no end within the time is a fault. Refusals are listed by message,
//! for a person to judge. `run` is left out: it would execute what the manifests say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::table::table;
use crate::workspace;

#[derive(Args)]
pub struct Manifests {
    /// The directory; files named *.yaml, *.yml and *.json are taken, at any depth.
    dir: PathBuf,
    /// The command to test [default: jobsem, built first].
    #[arg(long)]
    jobsem: Option<PathBuf>,
    /// The number of files to test in parallel.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// The time for one command, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The number of files to name for each refusal.
    #[arg(long, default_value_t = 2)]
    show: usize,
}

/// The commands: the words before the file, and those after it.
const COMMANDS: [(&str, &[&str], &[&str]); 8] = [
    ("validate", &["validate"], &[]),
    ("lint", &["lint", "--at", "2026-01-01T00:00:00Z"], &[]),
    ("explain", &["explain"], &["--now", "2026-01-01T00:00:00Z"]),
    ("simulate", &["simulate"], &[]),
    ("simulate --json", &["simulate"], &["--json"]),
    ("diff", &["diff"], &["--kube", "1.29", "--kube", "1.37"]),
    ("cron next", &["cron", "next"], &["--from", "2026-01-01T00:00:00Z"]),
    ("cron simulate", &["cron", "simulate"], &["--days", "2", "--from", "2026-01-01T00:00:00Z"]),
];

/// What came of one command on one file.
enum Outcome {
    Answered,
    Refused(String),
    Fault(String),
}

impl Manifests {
    pub fn run(self) -> Result<bool> {
        let jobsem = workspace::replay_command(self.jobsem.as_deref())?;
        let mut files = Vec::new();
        collect(&self.dir, &mut files)?;
        ensure!(!files.is_empty(), "{}: there is no manifest in it", self.dir.display());
        files.sort();
        let limit = Duration::from_secs(self.seconds);
        let played = workspace::parallel(self.jobs, &files, |file| {
            COMMANDS
                .iter()
                .map(|(_, before, after)| {
                    let mut command = Command::new(&jobsem);
                    command.args(*before).arg(file).args(*after);
                    outcome(&mut command, limit)
                })
                .collect::<Result<Vec<Outcome>>>()
        })?;
        let mut rows = Vec::new();
        let mut refusals: BTreeMap<(&str, String), Vec<&Path>> = BTreeMap::new();
        let mut faults = Vec::new();
        for (i, (name, ..)) in COMMANDS.iter().enumerate() {
            let (mut answered, mut refused, mut faulty) = (0, 0, 0);
            for (file, outcomes) in files.iter().zip(&played) {
                match &outcomes[i] {
                    Outcome::Answered => answered += 1,
                    Outcome::Refused(why) => {
                        refused += 1;
                        refusals.entry((name, why.clone())).or_default().push(file);
                    }
                    Outcome::Fault(why) => {
                        faulty += 1;
                        faults.push(format!("{name} {}: {why}", file.display()));
                    }
                }
            }
            rows.push(
                [name.to_string()]
                    .into_iter()
                    .chain([answered, refused, faulty].map(|n: usize| n.to_string()))
                    .collect(),
            );
        }
        println!("{} files", files.len());
        print!("{}", table(&["command", "answered", "refused", "faults"], &rows, 1));
        if !refusals.is_empty() {
            println!("\nRefusals:");
        }
        for ((name, why), files) in &refusals {
            println!("  {:4}  {name}: {why}", files.len());
            for file in files.iter().take(self.show) {
                println!("          {}", file.display());
            }
        }
        for fault in &faults {
            println!("FAULT: {fault}");
        }
        Ok(faults.is_empty())
    }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            collect(&path, files)?;
        } else if matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(path);
        }
    }
    Ok(())
}

fn outcome(command: &mut Command, limit: Duration) -> Result<Outcome> {
    let dir = tempfile::tempdir()?;
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    command.stdin(Stdio::null()).stdout(fs::File::create(&out)?).stderr(fs::File::create(&err)?);
    let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
    let Some(code) = wait(&mut child, limit)? else {
        return Ok(Outcome::Fault(format!("no end within {} s", limit.as_secs())));
    };
    let read = |path: &Path| fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
    let (out, err) = (read(&out)?, read(&err)?);
    let first = |text: &str| {
        let line = text.lines().find(|line| line.contains("error") || line.contains("invalid:"));
        line.or(text.lines().next()).unwrap_or_default().to_owned()
    };
    Ok(match code {
        _ if err.contains("panicked at") => Outcome::Fault(first(&err)),
        // `validate` and `lint` print refusals, others the errors that keep them from playing.
        Some(0 | 1) if out.starts_with("error") || out.contains("\nerror") => {
            Outcome::Refused(general(&first(&out)))
        }
        Some(0 | 1) => Outcome::Answered,
        Some(2) if !err.is_empty() => Outcome::Refused(general(&first(&err))),
        Some(code) => Outcome::Fault(format!("exit code {code}: {}", first(&err))),
        None => Outcome::Fault("ended by a signal".to_owned()),
    })
}

/// The exit code, if it ends in time; none for a signal.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<Option<i32>>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code()));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(2));
    }
}

/// A message without what is the file's own: quoted words, numbers, paths.
fn general(message: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for word in message.split(' ') {
        if word.contains('/') && (word.ends_with(':') || word.contains(".y")) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            match (c, quote) {
                ('"' | '`', None) => {
                    quote = Some(c);
                    out.push_str("`…`");
                }
                (c, Some(open)) if c == open => quote = None,
                (_, Some(_)) => {}
                (c, None) if c.is_ascii_digit() => {
                    if !out.ends_with('N') {
                        out.push('N');
                    }
                }
                (c, None) => out.push(c),
            }
        }
    }
    out
}
