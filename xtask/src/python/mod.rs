//! `cargo xtask python`: the package of `bindings/python`, as users get it. Without a name it does
//! what the steps `python-…` of `cargo xtask test` do.
//!
//! The wheel is built and installed into a virtual environment below `target/python`; what tests
//! need comes from the package index into another one, so that the first holds nothing else.
//! Deliberately absent: other interpreters than the one called `python3` (or `PYTHON`), but for a
//! free-threaded one if it is there.

pub mod dist;
mod free_threaded;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};

use crate::conformance::Conformance;
use crate::workspace::{cargo, root, run};

/// What the tests need from the index.
const TOOLS: &[&str] = &[
    "maturin==1.16.0",
    "pytest==9.2.0",
    "mypy==2.4.1",
    "pyright[nodejs]==1.1.414",
    "pdoc==16.0.0",
    "kubernetes==37.0.2",
    "pandas==3.1.1",
    "pyyaml",
    "tenacity==9.2.1",
    "distributed==2026.8.0",
];

/// All vectors take minutes; every so manieth of each family is asked at all versions. With
/// `JOBSEM_ALL_VECTORS=1` all are.
const EVERY: usize = 25;

/// How wheels for tests are built: in a third of the time, fast enough for the vectors.
const FOR_TESTS: &str = "test-wheel";

/// Test the Python package, play all vectors with it, measure its calls.
#[derive(Args)]
pub struct Python {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Play all conformance vectors through the package.
    Vectors,
    /// Measure calls, compared with plain Python, with an optimised wheel.
    Overhead,
}

impl Python {
    pub fn run(self) -> Result<bool> {
        match self.what {
            None => test()?,
            Some(What::Vectors) => replay(&installed(FOR_TESTS)?, 1)?,
            Some(What::Overhead) => {
                let script = package().join("tests/overhead.py");
                run(Command::new(installed("release")?).arg(script))?;
            }
        }
        Ok(true)
    }
}

/// Everything that the steps `python-…` of `cargo xtask test` check.
fn test() -> Result<()> {
    for step in [lints, build_wheel, types, tests, vectors] {
        step()?;
    }
    Ok(())
}

/// Clippy.
pub fn lints() -> Result<()> {
    let target = target()?;
    let mut clippy = cargo(&["clippy", "--quiet", "--locked", "--manifest-path"]);
    clippy.arg(package().join("Cargo.toml"));
    run(clippy.arg("--target-dir").arg(target.join("build")).args(["--", "-D", "warnings"]))
}

/// Builds the wheel and installs it.
pub fn build_wheel() -> Result<()> {
    installed(FOR_TESTS).map(drop)
}

/// Stubs, types and documentation.
pub fn types() -> Result<()> {
    let python = environment()?;
    let config = package().join("pyproject.toml");
    let examples = root().join("examples/python");
    run(module(&python, &["mypy.stubtest", "jobsem._core"]).arg("--concise"))?;
    let strict = ["mypy", "--strict", "--config-file"];
    run(module(&python, &strict).arg(&config).args(["-p", "jobsem"]))?;
    run(module(&python, &strict).arg(&config).arg(&examples))?;
    let mut pyright = module(&python, &["pyright", "--pythonpath"]);
    run(pyright.arg(&python).arg("--project").arg(&config))?;
    let docs = root().join("target/python/docs");
    run(Command::new(&python).arg(package().join("docs.py")).arg(docs))
}

/// pytest, on a free-threaded interpreter, too.
pub fn tests() -> Result<()> {
    let python = environment()?;
    let mut pytest = module(&python, &["pytest", "--config-file"]);
    run(pytest.arg(package().join("pyproject.toml")).arg(package().join("tests")))?;
    free_threaded::test(&python, &target()?)
}

/// A sample of the conformance vectors through the installed package.
pub fn vectors() -> Result<()> {
    let every = if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY };
    replay(&environment()?, every)
}

/// Whether there is an environment with the packages of the tests.
pub fn has_packages() -> bool {
    stamp().is_ok_and(|stamp| fs::read_to_string(stamp).is_ok_and(|made| made == TOOLS.join("\n")))
}

/// Makes the environment with the packages of the tests.
pub fn install_packages() -> Result<()> {
    let old = "import sys; sys.exit(sys.version_info < (3, 11))";
    let is_new = Command::new(system()).args(["-c", old]).status();
    ensure!(
        is_new.is_ok_and(|status| status.success()),
        "the package is tested with Python 3.11 or newer; name one in PYTHON"
    );
    let home = home()?;
    run(Command::new(system()).args(["-m", "venv", "--clear"]).arg(&home))?;
    let install = ["pip", "install", "--quiet", "--disable-pip-version-check"];
    run(module(&python_in(&home), &install).args(TOOLS))?;
    fs::write(stamp()?, TOOLS.join("\n"))?;
    Ok(())
}

fn module(python: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.arg("-m").args(arguments);
    command
}

fn home() -> Result<PathBuf> {
    Ok(target()?.join("venv"))
}

/// The file of the environment that lists what is in it.
fn stamp() -> Result<PathBuf> {
    Ok(home()?.join("jobsem-tools"))
}

fn package() -> PathBuf {
    root().join("bindings/python")
}

/// Where everything is made.
fn target() -> Result<PathBuf> {
    let target = root().join("target/python");
    fs::create_dir_all(&target)?;
    Ok(target)
}

/// The interpreter of the environment with the tools, with a wheel of that profile in it.
fn installed(profile: &str) -> Result<PathBuf> {
    let target = target()?;
    let python = environment()?;
    let wheel = wheel(&python, profile, &target.join("wheels"))?;
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    run(Command::new(&python).args(install).arg(&wheel))?;
    Ok(python)
}

/// The interpreter of the environment with the tools, which is made if it is missing.
fn environment() -> Result<PathBuf> {
    if !has_packages() {
        install_packages()?;
    }
    Ok(python_in(&home()?))
}

/// The interpreter that environments are made with.
fn system() -> OsString {
    env::var_os("PYTHON").unwrap_or_else(|| "python3".into())
}

/// The interpreter of an environment.
fn python_in(home: &Path) -> PathBuf {
    home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// Builds the one wheel of `out`.
fn wheel(python: &Path, profile: &str, out: &Path) -> Result<PathBuf> {
    build(python, profile, out, &[])
}

/// The same, with more arguments for maturin.
fn build(python: &Path, profile: &str, out: &Path, more: &[OsString]) -> Result<PathBuf> {
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    let mut maturin = Command::new(python);
    maturin.args(["-m", "maturin", "build", "--quiet", "--locked", "--profile", profile]);
    maturin.arg("--manifest-path").arg(package().join("Cargo.toml")).arg("--out").arg(out);
    maturin.args(more).env("CARGO_TARGET_DIR", target()?.join("build"));
    run(&mut maturin)?;
    only_file(out)
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(directory)?.filter_map(|entry| Some(entry.ok()?.path()));
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file),
        _ => bail!("expected one file in {}", directory.display()),
    }
}

/// Every so manieth vector through the package.
fn replay(python: &Path, every: usize) -> Result<()> {
    let command = target()?.join("replay");
    let script = package().join("tests/replay.py");
    let text = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", python.display(), script.display());
    fs::write(&command, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755))?;
    }
    let all_well = Conformance::sample(every, &command).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}
