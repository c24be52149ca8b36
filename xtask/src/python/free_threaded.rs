//! The package on a free-threaded interpreter, where there is one: a wheel of its own, the same
//! tests, and the proof that the extension leaves the GIL off. Where there is none, that the
//! extension compiles for one.
//!
//! Deliberately absent: types, docs and vectors, which say the same on every interpreter, and the
//! tests that need packages of others.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, iter};

use anyhow::Result;

use super::{FOR_TESTS, TOOLS, build, package, python_in};
use crate::workspace::{cargo_path, run};

/// How such interpreters are called, the newest first. PyO3 takes none before 3.14.
const NAMES: &[&str] = &["python3.15t", "python3.14t"];

/// The name of an interpreter that is called otherwise.
const VARIABLE: &str = "PYTHON_FREE_THREADED";

/// What PyO3 would have found out of one.
const DESCRIBED: &str = "\
implementation=CPython
version=3.14
shared=true
target_abi=CPython-free_threaded-3.14
pointer_width=64
";

/// Builds, installs and tests, if the machine has such an interpreter.
pub fn test(python: &Path, target: &Path) -> Result<()> {
    let Some(interpreter) = found() else {
        eprintln!(
            "no free-threaded interpreter here ({}, or {VARIABLE}): its build is only checked",
            NAMES.join(", ")
        );
        return check(target);
    };
    let more = ["--interpreter".into(), interpreter.clone()];
    let wheel = build(python, FOR_TESTS, &target.join("free-threaded"), &more)?;
    let python = environment(&interpreter, target)?;
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    run(Command::new(&python).args(install).arg(&wheel))?;
    let off = "import sys, jobsem, jobsem._core; sys.exit(sys._is_gil_enabled())";
    run(Command::new(&python).args(["-W", "error", "-c", off]))?;
    let pytest = ["-m", "pytest", "--config-file"];
    let config = package().join("pyproject.toml");
    run(Command::new(&python).args(pytest).arg(config).arg(package().join("tests")))
}

/// Compiles for 3.14t, which needs no interpreter as long as nothing is linked.
fn check(target: &Path) -> Result<()> {
    let described = target.join("free-threaded.txt");
    fs::write(&described, DESCRIBED)?;
    let mut check = Command::new(cargo_path());
    check.args(["check", "--quiet", "--locked", "--manifest-path"]);
    check.arg(package().join("Cargo.toml")).arg("--target-dir").arg(target.join("build"));
    run(check.env("PYO3_CONFIG_FILE", described))
}

/// The first that runs and is what its name says.
fn found() -> Option<OsString> {
    let named = env::var_os(VARIABLE).into_iter();
    let is_one = |name: &OsString| {
        let code = "import sys; sys.exit(getattr(sys, '_is_gil_enabled', lambda: True)())";
        let mut command = Command::new(name);
        command.args(["-c", code]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    named.chain(NAMES.iter().map(OsString::from)).find(is_one)
}

/// An environment with pytest, made once.
fn environment(interpreter: &OsString, target: &Path) -> Result<PathBuf> {
    let home = target.join("venv-free-threaded");
    let python = python_in(&home);
    let pytest = TOOLS.iter().filter(|tool| tool.starts_with("pytest"));
    let wanted: Vec<_> = iter::once(interpreter.to_string_lossy().into_owned())
        .chain(pytest.map(|tool| (*tool).to_owned()))
        .collect();
    let stamp = home.join("jobsem-tools");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted.join("\n")) {
        return Ok(python);
    }
    run(Command::new(interpreter).args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(&wanted[1..]))?;
    fs::write(&stamp, wanted.join("\n"))?;
    Ok(python)
}
