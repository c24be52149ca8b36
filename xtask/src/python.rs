//! The step `python` of `cargo xtask test`: the package of `bindings/python`, as users get it.
//!
//! The wheel is built and installed into a virtual environment below `target/python`; what tests
//! need comes from the package index into another one, so that the first holds nothing else.
//! Deliberately absent: other interpreters than the one called `python3` (or `PYTHON`).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

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
];

/// All vectors take minutes; every so manieth of each family is asked at all versions. With
/// `JOBSEM_ALL_VECTORS=1` all are.
const EVERY: usize = 25;

pub fn test() -> Result<()> {
    let package = root().join("bindings/python");
    let target = root().join("target/python");
    fs::create_dir_all(&target)?;
    let manifest = package.join("Cargo.toml");
    run(Command::new(cargo_path()).args(["fmt", "--check", "--manifest-path"]).arg(&manifest))?;
    let mut clippy = Command::new(cargo_path());
    clippy.args(["clippy", "--quiet", "--locked", "--manifest-path"]).arg(&manifest);
    clippy.arg("--target-dir").arg(target.join("build")).args(["--", "-D", "warnings"]);
    run(&mut clippy)?;
    let python = environment(&target)?;
    let wheel = wheel(&python, &package, &target)?;
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    run(Command::new(&python).args(install).arg(&wheel))?;
    checks(&python, &package)?;
    vectors(&python, &package, &target)
}

/// An environment with the tools, made once.
fn environment(target: &Path) -> Result<PathBuf> {
    let home = target.join("venv");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = home.join("jobsem-tools");
    let wanted = TOOLS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    let system = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let old = "import sys; sys.exit(sys.version_info < (3, 11))";
    let is_new = Command::new(&system).args(["-c", old]).status();
    ensure!(
        is_new.is_ok_and(|status| status.success()),
        "the package is tested with Python 3.11 or newer; name one in PYTHON"
    );
    eprintln!("installing the tools of the Python tests into {}, once", home.display());
    run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(TOOLS))?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}

fn wheel(python: &Path, package: &Path, target: &Path) -> Result<PathBuf> {
    let out = target.join("wheels");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut maturin = Command::new(python);
    maturin.args(["-m", "maturin", "build", "--quiet", "--profile", "test-wheel", "--locked"]);
    maturin.arg("--manifest-path").arg(package.join("Cargo.toml")).arg("--out").arg(&out);
    maturin.env("CARGO_TARGET_DIR", target.join("build"));
    run(&mut maturin)?;
    let mut wheels = fs::read_dir(&out)?.filter_map(|entry| Some(entry.ok()?.path()));
    match (wheels.next(), wheels.next()) {
        (Some(wheel), None) => Ok(wheel),
        _ => bail!("expected one wheel in {}", out.display()),
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

/// The conformance vectors through `jobsem.play`.
fn vectors(python: &Path, package: &Path, target: &Path) -> Result<()> {
    let replay = target.join("replay");
    let script = package.join("tests/replay.py");
    let text = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", python.display(), script.display());
    fs::write(&replay, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&replay, fs::Permissions::from_mode(0o755))?;
    }
    let every = if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY };
    let all_well = Conformance::sample(every, &replay).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}
