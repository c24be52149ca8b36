//! `cargo xtask python`: the package of `bindings/python`, as users get it. Without a name it does
//! what the step `python` of `cargo xtask test` does.
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
use crate::test::{cargo_path, run};
use crate::workspace::root;

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

/// The Python package: its tests, all vectors, what calls cost.
#[derive(Args)]
pub struct Python {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// The conformance vectors through the package, all of them.
    Vectors,
    /// What calls cost beside the same in plain Python, with an optimised wheel.
    Overhead,
}

impl Python {
    pub fn run(self) -> Result<bool> {
        match self.what {
            None => test()?,
            Some(What::Vectors) => vectors(&installed(FOR_TESTS)?, 1)?,
            Some(What::Overhead) => {
                let script = package().join("tests/overhead.py");
                run(Command::new(installed("release")?).arg(script))?;
            }
        }
        Ok(true)
    }
}

/// What has to hold before a change lands.
pub fn test() -> Result<()> {
    let (package, target) = (package(), target()?);
    let manifest = package.join("Cargo.toml");
    run(Command::new(cargo_path()).args(["fmt", "--check", "--manifest-path"]).arg(&manifest))?;
    let mut clippy = Command::new(cargo_path());
    clippy.args(["clippy", "--quiet", "--locked", "--manifest-path"]).arg(&manifest);
    clippy.arg("--target-dir").arg(target.join("build")).args(["--", "-D", "warnings"]);
    run(&mut clippy)?;
    let python = installed(FOR_TESTS)?;
    checks(&python, &package)?;
    free_threaded::test(&python, &target)?;
    vectors(&python, if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY })
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
    let python = environment(&target)?;
    let wheel = wheel(&python, profile, &target.join("wheels"))?;
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    run(Command::new(&python).args(install).arg(&wheel))?;
    Ok(python)
}

/// An environment with the tools, made once.
fn environment(target: &Path) -> Result<PathBuf> {
    let home = target.join("venv");
    let python = python_in(&home);
    let stamp = home.join("jobsem-tools");
    let wanted = TOOLS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    let old = "import sys; sys.exit(sys.version_info < (3, 11))";
    let is_new = Command::new(system()).args(["-c", old]).status();
    ensure!(
        is_new.is_ok_and(|status| status.success()),
        "the package is tested with Python 3.11 or newer; name one in PYTHON"
    );
    eprintln!("installing the tools of the Python tests into {}, once", home.display());
    run(Command::new(system()).args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(TOOLS))?;
    fs::write(&stamp, wanted)?;
    Ok(python)
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

/// What Python's own tools say: stubs, types, tests, docs.
fn checks(python: &Path, package: &Path) -> Result<()> {
    let examples = root().join("examples/python");
    let at = |arguments: &[&str]| {
        let mut command = Command::new(python);
        command.arg("-m").args(arguments);
        command
    };
    run(at(&["mypy.stubtest", "jobsem._core"]).arg("--concise"))?;
    let config = package.join("pyproject.toml");
    run(at(&["mypy", "--strict", "-p", "jobsem", "--config-file"]).arg(&config))?;
    run(at(&["mypy", "--strict", "--config-file"]).arg(&config).arg(&examples))?;
    let mut pyright = at(&["pyright", "--pythonpath"]);
    pyright.arg(python).arg("--project").arg(package.join("pyproject.toml"));
    run(&mut pyright)?;
    run(at(&["pytest", "--config-file"]).arg(&config).arg(package.join("tests")))?;
    let docs = root().join("target/python/docs");
    run(Command::new(python).arg(package.join("docs.py")).arg(docs))
}

/// Every so manieth vector through the package.
fn vectors(python: &Path, every: usize) -> Result<()> {
    let replay = target()?.join("replay");
    let script = package().join("tests/replay.py");
    let text = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", python.display(), script.display());
    fs::write(&replay, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&replay, fs::Permissions::from_mode(0o755))?;
    }
    let all_well = Conformance::sample(every, &replay).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}
