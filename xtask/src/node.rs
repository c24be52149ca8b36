//! The step `node` of `cargo xtask test`: the package of `bindings/node`.
//!
//! The addon is built and put beside the package; its tests and a sample of the vectors go through
//! `import`, and the same face over WebAssembly where its target is installed. Without Node 20 or
//! newer the step says so and does nothing.
//! Deliberately absent: packing, other platforms.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::conformance::Conformance;
use crate::test::{cargo_path, run};
use crate::workspace::root;

/// All vectors take minutes; every so manieth of each family is asked at all versions. With
/// `JOBSEM_ALL_VECTORS=1` all are.
const EVERY: usize = 25;

/// How the addon is built for tests: in a third of the time, fast enough for the vectors.
const FOR_TESTS: &str = "test-build";

const WASM: &str = "wasm32-unknown-unknown";

/// What has to hold before a change lands.
pub fn test() -> Result<()> {
    let Some(triple) = platform()? else { return Ok(()) };
    let package = root().join("bindings/node");
    let manifest = package.join("Cargo.toml");
    let target = root().join("target/node/build");
    run(Command::new(cargo_path())
        .args(["fmt", "--all", "--check", "--manifest-path"])
        .arg(&manifest))?;
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(cargo_path());
        command.args(arguments).arg("--manifest-path").arg(&manifest);
        command.args(["--quiet", "--locked", "--target-dir"]).arg(&target);
        command
    };
    run(cargo(&["clippy"]).args(["--", "-D", "warnings"]))?;
    run(&mut cargo(&["build", "--package", "jobsem-node", "--profile", FOR_TESTS]))?;
    let addon = package.join(format!("jobsem.{triple}.node"));
    let built = target.join(FOR_TESTS).join(library());
    fs::copy(&built, &addon).with_context(|| format!("no addon at {}", built.display()))?;
    let tests = ["face", "run"].map(|name| package.join(format!("tests/{name}.test.mjs")));
    run(Command::new("node").arg("--test").args(tests))?;
    if has_wasm() {
        let wasm = ["--target", WASM, "--package", "jobsem-wasm", "--profile", FOR_TESTS];
        run(cargo(&["build"]).args(wasm))?;
        let module = target.join(WASM).join(FOR_TESTS).join("jobsem_wasm.wasm");
        let mut tests = Command::new("node");
        tests.arg("--test").arg(package.join("tests/wasm.test.mjs"));
        run(tests.env("JOBSEM_WASM", module))?;
    }
    let every = if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY };
    let replay = package.join("tests/replay.mjs");
    let all_well = Conformance::sample(every, &replay).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}

/// The platform as Node calls it, if there is a Node that is new enough.
fn platform() -> Result<Option<String>> {
    let script = "console.log(process.versions.node.split('.')[0], \
                  `${process.platform}-${process.arch}`)";
    let said = Command::new("node").args(["-e", script]).output();
    let said = said.ok().filter(|said| said.status.success());
    let said = said.map(|said| String::from_utf8(said.stdout)).transpose()?.unwrap_or_default();
    match said.trim().split_once(' ') {
        Some((major, triple)) if major.parse::<u32>()? >= 20 => Ok(Some(triple.to_owned())),
        _ => {
            eprintln!("skipped: there is no Node 20 or newer");
            Ok(None)
        }
    }
}

/// Whether there is a standard library for WebAssembly; `rustup target add` gets it.
fn has_wasm() -> bool {
    let said = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    let there = said.is_ok_and(|said| {
        said.status.success() && Path::new(String::from_utf8_lossy(&said.stdout).trim()).exists()
    });
    if !there {
        eprintln!("   WebAssembly is not tested: `rustup target add {WASM}`");
    }
    there
}

/// What cargo calls the addon.
fn library() -> PathBuf {
    format!("{}jobsem_node{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX).into()
}
