//! `cargo xtask node`: the package of `bindings/node`, as users get it. Without a name it does what
//! the step `node` of `cargo xtask test` does.
//!
//! npm gets the tools that package-lock.json names; napi's command builds the addon and its loader
//! beside the package. Then: the tests, the types, the test runners, the packed package in projects
//! of its own, a sample of the vectors, and the same face over WebAssembly where its target is to
//! be had. Without Node 20 or newer the step says so and does nothing.
//! Deliberately absent: other platforms than this one.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::conformance::Conformance;
use crate::test::{cargo_path, run_in};
use crate::workspace::root;

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

const WASM: &str = "wasm32-unknown-unknown";

/// The Node package: its tests, all vectors, what calls cost, whether memory is kept.
#[derive(Args)]
pub struct Node {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// The conformance vectors through the package, all of them.
    Vectors,
    /// What calls and workers cost, beside p-retry and p-limit, with an optimised addon.
    Overhead,
    /// Two million calls: heap and resident memory stay where they are in the second half.
    Leaks,
}

impl Node {
    pub fn run(self) -> Result<bool> {
        let Some(what) = self.what else {
            test()?;
            return Ok(true);
        };
        ensure!(has_node()?, "Node 20 or newer is needed");
        tools()?;
        match what {
            What::Vectors => {
                addon(FOR_TESTS)?;
                vectors(1)?;
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

/// What has to hold before a change lands.
pub fn test() -> Result<()> {
    if !has_node()? {
        return Ok(());
    }
    go(Command::new(cargo_path()).args(["fmt", "--all", "--check"]))?;
    go(cargo(&["clippy"]).args(["--", "-D", "warnings"]))?;
    tools()?;
    go(&mut tool("prettier/bin/prettier.cjs", &FORMATTED))?;
    addon(FOR_TESTS)?;
    if browser()? {
        let module = package().join("jobsem.wasm");
        go(node(&["--test", "tests/wasm.test.mjs"]).env("JOBSEM_WASM", module))?;
    }
    go(&mut node(&["scripts/types.mjs", "--check"]))?;
    for project in ["tests/tsconfig.json", "tests/tsconfig.matchers.json"] {
        go(&mut tool("typescript/bin/tsc", &["-p", project]))?;
    }
    let names = ["face", "run", "testing", "pack", "pages"];
    let tests = names.map(|name| format!("tests/{name}.test.mjs"));
    go(node(&["--test"]).args(tests))?;
    go(&mut tool("vitest/vitest.mjs", &["run", "--root", "tests/runners", "--silent"]))?;
    let jest = ["--rootDir", "tests/runners", "--testMatch", "**/*.jest.cjs", "--silent"];
    go(&mut tool("jest/bin/jest.js", &jest))?;
    leaks(50_000)?;
    vectors(if env::var_os("JOBSEM_ALL_VECTORS").is_some() { 1 } else { EVERY })
}

/// One thread collects, young objects have little room, and the allocator gives back what is free:
/// otherwise resident memory takes steps of ten megabytes that hide what a leak would add.
fn leaks(calls: usize) -> Result<()> {
    let flags = ["--expose-gc", "--single-threaded", "--max-semi-space-size=1"];
    let mut script = node(&flags);
    script.env("MALLOC_ARENA_MAX", "1").env("MALLOC_TRIM_THRESHOLD_", "131072");
    go(script.args(["tests/leak.mjs", &calls.to_string()]))
}

fn vectors(every: usize) -> Result<()> {
    let replay = package().join("tests/replay.mjs");
    let all_well = Conformance::sample(every, &replay).run().context("asking the package")?;
    ensure!(all_well, "the package answers otherwise than Kubernetes");
    Ok(())
}

/// What the tests need from the registry, as the lock file has it.
pub fn tools() -> Result<()> {
    let (lock, there) = (package().join("package-lock.json"), package().join("node_modules"));
    let stamp = there.join(".package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    if modified(&stamp).is_some_and(|installed| Some(installed) >= modified(&lock)) {
        return Ok(());
    }
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

/// Whether there is a Node that is new enough.
pub fn has_node() -> Result<bool> {
    let script = "process.stdout.write(process.versions.node.split('.')[0])";
    let said = Command::new("node").args(["-e", script]).output();
    let said = said.ok().filter(|said| said.status.success());
    let major = said.map(|said| String::from_utf8(said.stdout)).transpose()?;
    let there = major.is_some_and(|major| major.parse::<u32>().is_ok_and(|major| major >= 20));
    if !there {
        eprintln!("skipped: there is no Node 20 or newer");
    }
    Ok(there)
}

/// Whether there is a standard library for WebAssembly; rustup is asked for one, once.
fn has_wasm() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    let there = || {
        let said =
            Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
        said.is_ok_and(|said| {
            said.status.success()
                && Path::new(String::from_utf8_lossy(&said.stdout).trim()).exists()
        })
    };
    *THERE.get_or_init(|| {
        if there() {
            return true;
        }
        let _ = Command::new("rustup").args(["target", "add", WASM]).status();
        let now = there();
        if !now {
            eprintln!("   WebAssembly is not tested: `rustup target add {WASM}` gets its library");
        }
        now
    })
}
