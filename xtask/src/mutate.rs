//! `mutate`: breaks rules on purpose, one at a time; the vectors must notice each.
//!
//! Works on a copy of the sources and keeps its target directory for the next run. Deliberately
//! absent: generated mutations. These are mistakes that people make in such rules (off by one, the
//! wrong order, a rounder constant), each in a different rule.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::conformance::Conformance;
use crate::table::table;
use crate::workspace;

#[derive(Args)]
pub struct Mutate {
    /// Run only mutations of these rules.
    #[arg(long, value_delimiter = ',')]
    rules: Vec<String>,
    /// The directory for the copy and its target directory.
    #[arg(long, default_value_os_t = workspace::root().join("target/mutations"))]
    dir: PathBuf,
}

struct Mutation {
    rule: &'static str,
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The families to play, the likeliest first. A mutation that passes all of them has survived.
    families: &'static [&'static str],
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        rule: "BACKOFF-11",
        what: "the wait doubles one failure too late",
        file: "job/backoff.rs",
        from: "for _ in 1..failures {",
        to: "for _ in 2..failures {",
        families: &["run", "policy"],
    },
    Mutation {
        rule: "DATA-03",
        what: "back-off ends at 10 s more",
        file: "job/constants.rs",
        from: "(10 * SECOND, 600 * SECOND)",
        to: "(10 * SECOND, 610 * SECOND)",
        families: &["run", "indexed", "policy"],
    },
    Mutation {
        rule: "DATA-05",
        what: "501 pods are created by one sync",
        file: "job/constants.rs",
        from: "MAX_PODS_PER_SYNC: usize = 500",
        to: "MAX_PODS_PER_SYNC: usize = 501",
        families: &["caps", "state"],
    },
    Mutation {
        rule: "BACKOFF-21",
        what: "backoffLimit failures are too many already",
        file: "job/decide.rs",
        from: "if failed > limit {",
        to: "if failed >= limit {",
        families: &["run", "policy"],
    },
    Mutation {
        rule: "BACKOFF-20",
        what: "restarts may reach the limit",
        file: "job/decide.rs",
        from: "restarts >= i64::from(limit)",
        to: "restarts > i64::from(limit)",
        families: &["run", "steps", "state"],
    },
    Mutation {
        rule: "COND-01",
        what: "new conditions come first in the list",
        file: "job/conditions.rs",
        from: "conditions.push(wanted);",
        to: "conditions.insert(0, wanted);",
        families: &["run", "steps"],
    },
    Mutation {
        rule: "SYNC-17",
        what: "maxFailedIndexes failed indexes are too many already",
        file: "job/decide.rs",
        from: "&& failures > limit",
        to: "&& failures >= limit",
        families: &["indexed", "policy"],
    },
    Mutation {
        rule: "INDEX-02",
        what: "two neighbours are printed as an interval",
        file: "job/intervals.rs",
        from: "1 => ',',",
        to: "1 => '-',",
        families: &["indexed"],
    },
    Mutation {
        rule: "SUCC-01",
        what: "a success policy's last matching rule is named",
        file: "job/success_policy.rs",
        from: "policy.rules.iter().position(",
        to: "policy.rules.iter().rposition(",
        families: &["indexed", "state"],
    },
    Mutation {
        rule: "PFP-03",
        what: "exit code 0 can match",
        file: "job/failure_policy.rs",
        from: "if ended.exit_code != 0 && satisfied {",
        to: "if satisfied {",
        families: &["policy", "sidecars"],
    },
    Mutation {
        rule: "QUEUE-21",
        what: "changes of pods are looked at half a second late",
        file: "job/constants.rs",
        from: "SYNC_BATCH: i64 = SECOND;",
        to: "SYNC_BATCH: i64 = SECOND * 3 / 2;",
        families: &["run"],
    },
    Mutation {
        rule: "TTL-05",
        what: "a second more has to pass",
        file: "cleanup/ttl.rs",
        from: "let nanos = until.since(now);",
        to: "let nanos = until.since(now) + SECOND;",
        families: &["ttl", "seconds"],
    },
    Mutation {
        rule: "COND-06",
        what: "the terminal condition does not wait for terminating pods",
        file: "job/track.rs",
        from: "counted && (terminating == 0 || !cx.sem.interim_conditions())",
        to: "counted && (terminating >= 0 || !cx.sem.interim_conditions())",
        families: &["delete", "steps", "policy"],
    },
];

impl Mutate {
    pub fn run(&self) -> Result<bool> {
        let chosen: Vec<&Mutation> = MUTATIONS
            .iter()
            .filter(|m| self.rules.is_empty() || self.rules.iter().any(|rule| rule == m.rule))
            .collect();
        ensure!(!chosen.is_empty(), "there is no such mutation");
        let tree = self.dir.join("tree");
        copy_sources(&tree)?;
        let mut rows = Vec::new();
        let mut survived = 0;
        for (n, mutation) in chosen.iter().enumerate() {
            eprintln!("[{}/{}] {}: {}", n + 1, chosen.len(), mutation.rule, mutation.what);
            let caught = self.try_out(mutation, &tree)?;
            survived += usize::from(caught.is_none());
            let caught = caught.unwrap_or("SURVIVED").to_owned();
            rows.push(vec![mutation.rule.to_owned(), mutation.what.to_owned(), caught]);
        }
        print!("{}", table(&["rule", "mutation", "caught by"], &rows, 3));
        println!("{} of {} mutations caught", chosen.len() - survived, chosen.len());
        Ok(survived == 0)
    }

    /// Returns the family whose vectors notice the mutation.
    fn try_out(&self, mutation: &Mutation, tree: &Path) -> Result<Option<&'static str>> {
        let path = tree.join("crates/jobsem/src").join(mutation.file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let found = text.matches(mutation.from).count();
        ensure!(found == 1, "{}: {:?} is there {found} times", mutation.file, mutation.from);
        fs::write(&path, text.replace(mutation.from, mutation.to))?;
        let caught = self.build(tree).and_then(|replay| {
            for family in mutation.families {
                if !Conformance::of(family, &replay).run_quietly()? {
                    return Ok(Some(*family));
                }
            }
            Ok(None)
        });
        fs::write(&path, text)?;
        caught
    }

    fn build(&self, tree: &Path) -> Result<PathBuf> {
        let target = self.dir.join("target");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--package", "jobsem-cli"])
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(tree)
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "the mutation does not build");
        Ok(target.join(format!("debug/jobsem{}", std::env::consts::EXE_SUFFIX)))
    }
}

/// Copies the files that git tracks, as they are in the working tree.
fn copy_sources(to: &Path) -> Result<()> {
    let known = Command::new("git")
        .args(["ls-files", "-z", "--", "Cargo.toml", "Cargo.lock", "crates", "xtask"])
        .current_dir(workspace::root())
        .output()
        .context("cannot run git")?;
    ensure!(known.status.success(), "git does not list the sources");
    let names = String::from_utf8(known.stdout)?;
    for name in names.split_terminator('\0') {
        let (from, to) = (workspace::root().join(name), to.join(name));
        let new = fs::read(&from).with_context(|| from.display().to_string())?;
        // Unchanged files keep their time, so that they are not rebuilt.
        if fs::read(&to).is_ok_and(|old| old == new) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&to, new)?;
    }
    Ok(())
}
