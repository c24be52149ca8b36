//! `cargo xtask test`: everything that has to hold before a change lands.
//!
//! It stops at the first step that fails and says which. What a step needs beyond Rust it gets
//! itself. Deliberately absent: fresh runs against the real controllers (`cargo xtask oracle`)
//! and benchmarks (`cargo xtask bench`), which take longer.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workspace::root;
use crate::{bench, node, playground, python};

/// Format, lints, dependencies, tests, docs, and the vectors through the command.
#[derive(Args)]
pub struct Test {
    /// Run only the steps of these names (see the output of a run).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// The release that deny.toml was written for.
const CARGO_DENY: &str = "0.20.2";

type Step = fn() -> Result<()>;

const STEPS: &[(&str, Step)] = &[
    ("format", || cargo(&["fmt", "--all", "--check"])),
    ("lints", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
    }),
    ("tools", tools),
    ("tests", || cargo(&["test", "--workspace", "--no-fail-fast"])),
    ("docs", docs),
    ("command", || cargo(&["xtask", "conformance"])),
    ("c", || cargo(&["xtask", "c"])),
    ("speed", speed),
    ("dependencies", dependencies),
    ("python", python::test),
    ("node", node::test),
    ("playground", playground::test),
];

impl Test {
    pub fn run(self) -> Result<bool> {
        for name in &self.only {
            let known: Vec<_> = STEPS.iter().map(|(name, _)| *name).collect();
            ensure!(known.contains(&name.as_str()), "no step `{name}`; there are {known:?}");
        }
        let start = Instant::now();
        for (name, step) in STEPS {
            if !self.only.is_empty() && !self.only.iter().any(|only| only == name) {
                continue;
            }
            eprintln!("\n== {name} ({:.0} s)", start.elapsed().as_secs_f64());
            step().with_context(|| format!("step `{name}` failed"))?;
        }
        eprintln!("\nall well after {:.0} s", start.elapsed().as_secs_f64());
        Ok(true)
    }
}

/// What the examples need: a Perl with its standard modules.
fn tools() -> Result<()> {
    let perl = || {
        let mut perl = Command::new("perl");
        perl.args(["-MMath::BigFloat", "-e", "1"]).stderr(Stdio::null());
        perl.status().is_ok_and(|status| status.success())
    };
    if !perl() {
        eprintln!("installing Debian's perl, which the pi example runs");
        run(Command::new("apt-get").args(["install", "--yes", "--quiet", "perl"]))?;
        ensure!(perl(), "there is still no perl with Math::BigFloat");
    }
    Ok(())
}

/// Counts of instructions, which have a baseline; wall time has none.
fn speed() -> Result<()> {
    ensure!(bench::guard(false)?, "more instructions than before: see crates/jobsem/benches");
    Ok(())
}

fn docs() -> Result<()> {
    let mut command = Command::new(cargo_path());
    command.args(["doc", "--workspace", "--no-deps", "--quiet"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Licences, sources and bans; advisories need a network that a test must not depend on.
fn dependencies() -> Result<()> {
    let deny = deny_path()?;
    let checks = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    run(Command::new(deny).arg("--all-features").args(checks))
}

/// `cargo-deny` as installed, or installed into `target/tools` first.
fn deny_path() -> Result<PathBuf> {
    let works = |path: &PathBuf| {
        let mut version = Command::new(path);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    let installed = PathBuf::from("cargo-deny");
    if works(&installed) {
        return Ok(installed);
    }
    let tools = root().join("target/tools");
    let local = tools.join("bin").join("cargo-deny");
    if !works(&local) {
        eprintln!("installing cargo-deny {CARGO_DENY} into target/tools, once");
        let mut install = Command::new(cargo_path());
        install.args(["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY]);
        run(install.arg("--root").arg(&tools))?;
    }
    Ok(local)
}

fn cargo(arguments: &[&str]) -> Result<()> {
    run(Command::new(cargo_path()).args(arguments))
}

pub(crate) fn cargo_path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    run_in(root(), command)
}

/// Runs a command in a directory.
pub(crate) fn run_in(directory: &Path, command: &mut Command) -> Result<()> {
    let status = command
        .current_dir(directory)
        .status()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
