//! `cargo xtask node`: the package of `bindings/node`, as users get it. Without a name it does what
//! the steps `node-…` of `cargo xtask test` do.
//!
//! npm gets the tools that package-lock.json names; napi's command builds the addon and its loader
//! beside the package. Then: the tests, the types, the test runners, the packed package in projects
//! of its own, a sample of the vectors, and the same face over WebAssembly where its target is to
//! be had. Without Node 20 or newer the steps say so and do nothing.
//! Deliberately absent: other platforms than this one.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::conformance::Conformance;
use crate::workspace::{cargo_path, root, run_in};

/// All vectors take minutes; every so manieth of each family is asked at all versions. With
/// `JOBSEM_ALL_VECTORS=1` all are.
const EVERY: usize = 25;

/// How the addon is built for tests: in a third of the time, fast enough for the vectors.
const FOR_TESTS: &str = "test-build";

/// What `npm run format` would write, only compared.
const FORMATTED: [&str; 7] = [
    "--config",
    ".prettierrc.json",
    "--log-level=warn",
    "--check",
    ".",
    "../../examples/node",
    "../../examples/playground",
];

/// The target of the WebAssembly module.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Test the Node package, play all vectors with it, measure its calls, check for leaks.
#[derive(Args)]
pub struct Node {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Play all conformance vectors through the package.
    Vectors,
    /// Measure calls and workers, compared with p-retry and p-limit, with an optimised addon.
    Overhead,
    /// Make two million calls; heap and resident memory must stay constant in the second half.
    Leaks,
}

impl Node {
    pub fn run(self) -> Result<bool> {
        let Some(what) = self.what else {
            test()?;
            return Ok(true);
        };
        ensure!(has_node(), "Node 20 or newer is needed");
        packages()?;
        match what {
            What::Vectors => {
                addon(FOR_TESTS)?;
                replay(1)?;
            }
            What::Overhead => {
                addon("release")?;
                go(node(&[]).arg("tests/overhead.mjs"))?;
            }
            What::Leaks => {
                addon("release")?;
                leaks(2_000_000)?;
            }
        }
        Ok(true)
    }
}

/// Everything that the steps `node-…` of `cargo xtask test` check.
fn test() -> Result<()> {
    for step in [lints, build, types, tests, runners, memory, vectors] {
        step()?;
    }
    Ok(())
}

/// Clippy.
pub fn lints() -> Result<()> {
    if is_skipped() {
        return Ok(());
    }
    go(cargo(&["clippy"]).args(["--", "-D", "warnings"]))
}

/// Builds the addon and the WebAssembly module.
pub fn build() -> Result<()> {
    if is_skipped() {
        return Ok(());
    }
    packages()?;
    addon(FOR_TESTS)?;
    browser().map(drop)
}

/// JavaScript's format, the types that scripts write, and what the type checker says.
pub fn types() -> Result<()> {
    if is_skipped() {
        return Ok(());
    }
    go(&mut tool("prettier/bin/prettier.cjs", &FORMATTED))?;
    go(&mut node(&["scripts/types.mjs", "--check"]))?;
    for project in ["tests/tsconfig.json", "tests/tsconfig.matchers.json"] {
        go(&mut tool("typescript/bin/tsc", &["-p", project]))?;
    }
    Ok(())
}

/// The tests of the package and of the WebAssembly module.
pub fn tests() -> Result<()> {
    if is_skipped() {
        return Ok(());
    }
    if has_wasm() {
        let module = package().join("jobsem.wasm");
        go(node(&["--test", "tests/wasm.test.mjs"]).env("JOBSEM_WASM", module))?;
    }
    let names = ["face", "run", "testing", "pack", "pages"];
    let tests = names.map(|name| format!("tests/{name}.test.mjs"));
    go(node(&["--test"]).args(tests))
}

/// The matchers in vitest and jest.
pub fn runners() -> Result<()> {
    if is_skipped() {
        return Ok(());
    }
    go(&mut tool("vitest/vitest.mjs", &["run", "--root", "tests/runners", "--silent"]))?;
    let jest = ["--rootDir", "tests/runners", "--testMatch", "**/*.jest.cjs", "--silent"];
    go(&mut tool("jest/bin/jest.js", &jest))
}

/// Many calls keep no memory.
pub fn memory() -> Result<()> {
    if is_skipped() { Ok(()) } else { leaks(50_000) }
}

/// A sample of the conformance vectors through the package.
pub fn vectors() -> Result<()> {
    let every = if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY };
    if is_skipped() { Ok(()) } else { replay(every) }
}

/// One thread collects, young objects have little room, and the allocator gives back what is free:
/// otherwise resident memory takes steps of ten megabytes that hide what a leak would add.
fn leaks(calls: usize) -> Result<()> {
    let flags = ["--expose-gc", "--single-threaded", "--max-semi-space-size=1"];
    let mut script = node(&flags);
    script.env("MALLOC_ARENA_MAX", "1").env("MALLOC_TRIM_THRESHOLD_", "131072");
    go(script.args(["tests/leak.mjs", &calls.to_string()]))
}

fn replay(every: usize) -> Result<()> {
    let replay = package().join("tests/replay.mjs");
    let all_well = Conformance::sample(every, &replay).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}

/// Installs the packages of the lock file if they are missing.
pub fn packages() -> Result<()> {
    if has_packages() { Ok(()) } else { install_packages() }
}

/// Whether the packages are installed as the lock file has them.
pub fn has_packages() -> bool {
    let (lock, there) = (package().join("package-lock.json"), package().join("node_modules"));
    let stamp = there.join(".package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    modified(&stamp).is_some_and(|installed| Some(installed) >= modified(&lock))
}

pub fn install_packages() -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut install = Command::new(npm);
    go(install.args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]))
}

/// Builds the addon and its loader into `lib`.
fn addon(profile: &str) -> Result<()> {
    let mut napi = tool("@napi-rs/cli/dist/cli.js", &["build", "--platform", "--no-dts-cache"]);
    napi.args(["--package", "jobsem-node", "--profile", profile, "--manifest-path"]);
    napi.args(["native/Cargo.toml", "--package-json-path", "package.json", "--output-dir", "lib"]);
    napi.args(["--js", "generated.cjs", "--dts", "generated.d.ts", "--target-dir"]).arg(target());
    napi.args(["--", "--locked", "--quiet"]).env("CARGO", cargo_path());
    // It says at length which commands come next.
    go(napi.stdout(Stdio::null()))
}

/// The half for browsers: `jobsem.wasm` and `browser.mjs`, and whether they could be made.
pub fn browser() -> Result<bool> {
    let mut script = node(&["scripts/browser.mjs"]);
    if !has_wasm() {
        eprintln!("   WebAssembly is not tested: `rustup target add {WASM}` gets its library");
        go(&mut script)?;
        return Ok(false);
    }
    let wanted = ["--target", WASM, "--package", "jobsem-wasm", "--profile", "wasm"];
    go(cargo(&["build"]).args(wanted))?;
    let module = target().join(WASM).join("wasm").join("jobsem_wasm.wasm");
    go(script.arg(&module))?;
    Ok(true)
}

pub fn package() -> PathBuf {
    root().join("bindings/node")
}

fn target() -> PathBuf {
    root().join("target/node/build")
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_path());
    command.args(arguments).args(["--quiet", "--locked", "--target-dir"]).arg(target());
    command
}

/// Runs something in the package's directory.
pub fn go(command: &mut Command) -> Result<()> {
    run_in(&package(), command)
}

/// Node with arguments.
pub fn node(arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.args(arguments);
    command
}

/// A tool from npm.
fn tool(script: &str, arguments: &[&str]) -> Command {
    let mut command = node(&[]);
    command.arg(format!("node_modules/{script}")).args(arguments);
    command
}

/// Whether there is no Node that is new enough; says so.
pub fn is_skipped() -> bool {
    let there = has_node();
    if !there {
        eprintln!("skipped: there is no Node 20 or newer");
    }
    !there
}

/// Whether there is a Node that is new enough.
pub fn has_node() -> bool {
    let script = "process.exit(process.versions.node.split('.')[0] >= 20 ? 0 : 1)";
    Command::new("node").args(["-e", script]).status().is_ok_and(|status| status.success())
}

/// Whether there is a standard library for WebAssembly.
pub fn has_wasm() -> bool {
    let said = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    said.is_ok_and(|said| {
        said.status.success() && Path::new(String::from_utf8_lossy(&said.stdout).trim()).exists()
    })
}
