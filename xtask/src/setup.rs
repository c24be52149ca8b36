//! `cargo xtask setup`: installs what the test run needs beyond Rust, Python, Node and a C
//! compiler.
//!
//! It prints one line for each tool. A tool that is already there stays as it is. Without Perl,
//! Python's packages, cargo-deny or cbindgen the run cannot pass, so setup fails; without another
//! tool the steps that want it print what they leave out.
//! Deliberately absent: toolchains, and what only other commands need (nightly, cargo-c, Go).

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};

use crate::workspace::{cargo, output, parallel, root, run, runs};
use crate::{node, playground, python};

/// Install what the test run needs: all of it, or the tools named.
#[derive(Args)]
pub struct Setup {
    #[arg(value_enum)]
    tools: Vec<Tool>,
}

/// What can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    /// Debian's Perl, which the pi example runs.
    Perl,
    /// Debian's valgrind, for the C programs and the counts of instructions.
    Valgrind,
    /// Debian's Chromium, for the playground.
    Chromium,
    /// The standard library for wasm32-unknown-unknown, from rustup.
    Wasm,
    /// The packages of bindings/node/package-lock.json.
    Npm,
    /// A virtual environment with the packages of the Python tests.
    Python,
    /// cargo-deny, built from source.
    CargoDeny,
    /// cbindgen, built from source.
    Cbindgen,
}

/// Tools in different rows come from different places and install at the same time.
const ROWS: [&[Tool]; 4] = [
    &[Tool::Perl, Tool::Valgrind, Tool::Chromium],
    &[Tool::Wasm, Tool::Npm],
    &[Tool::Python],
    &[Tool::CargoDeny, Tool::Cbindgen],
];

/// The release that deny.toml was written for.
const CARGO_DENY: &str = "0.20.2";

/// The release that include/jobsem.h is made with: each one words headers a little differently.
const CBINDGEN: &str = "0.29.4";

impl Setup {
    pub fn run(self) -> Result<bool> {
        let all = Tool::value_variants();
        install(if self.tools.is_empty() { all } else { &self.tools })?;
        Ok(true)
    }
}

/// Installs those of the tools that are missing.
pub fn install(tools: &[Tool]) -> Result<()> {
    parallel(ROWS.len(), &ROWS, |row| {
        for tool in row.iter().filter(|tool| tools.contains(tool)) {
            tool.provide()?;
        }
        Ok(())
    })?;
    Ok(())
}

impl Tool {
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn provide(self) -> Result<()> {
        let name = self.name();
        if self.is_there() {
            eprintln!("   {name}: there");
            return Ok(());
        }
        let begun = Instant::now();
        let installed = self.install().and_then(|()| {
            ensure!(self.is_there(), "it does not work after the installation");
            Ok(())
        });
        match installed {
            Ok(()) => eprintln!("   {name}: installed in {:.0} s", begun.elapsed().as_secs_f64()),
            Err(error) if self.is_optional() => eprintln!("   {name}: missing ({error:#})"),
            Err(error) => return Err(error.context(format!("cannot install {name}"))),
        }
        Ok(())
    }

    fn is_optional(self) -> bool {
        matches!(self, Tool::Valgrind | Tool::Chromium | Tool::Wasm)
            || (self == Tool::Npm && !node::has_node())
    }

    fn is_there(self) -> bool {
        match self {
            Tool::Perl => {
                output(Command::new("perl").args(["-MMath::BigFloat", "-e", "1"])).is_ok()
            }
            Tool::Valgrind => runs("valgrind", "--version"),
            Tool::Chromium => playground::chromium().is_some(),
            Tool::Wasm => node::has_wasm(),
            Tool::Npm => node::has_node() && node::has_packages(),
            Tool::Python => python::has_packages(),
            Tool::CargoDeny => cargo_deny().is_some(),
            Tool::Cbindgen => cbindgen().is_some(),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Tool::Perl => debian("perl"),
            Tool::Valgrind => debian("valgrind"),
            Tool::Chromium => debian("chromium"),
            Tool::Wasm => {
                output(Command::new("rustup").args(["target", "add", node::WASM])).map(drop)
            }
            Tool::Npm => node::install_packages(),
            Tool::Python => python::install_packages(),
            Tool::CargoDeny => build("cargo-deny", CARGO_DENY),
            Tool::Cbindgen => build("cbindgen", CBINDGEN),
        }
    }
}

/// cargo-deny as installed on the machine, or the pinned release as `setup` installs it.
pub fn cargo_deny() -> Option<PathBuf> {
    if runs("cargo-deny", "--version") {
        return Some("cargo-deny".into());
    }
    let path = built("cargo-deny");
    let said = output(Command::new(&path).arg("--version"));
    said.is_ok_and(|said| said.contains(CARGO_DENY)).then_some(path)
}

/// The pinned cbindgen.
pub fn cbindgen() -> Option<PathBuf> {
    let path = built("cbindgen");
    let said = output(Command::new(&path).arg("--version"));
    said.is_ok_and(|said| said.trim() == format!("cbindgen {CBINDGEN}")).then_some(path)
}

/// The program of a tool, which is installed if it is missing.
pub fn needed(tool: Tool, find: fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = find() {
        return Ok(path);
    }
    tool.provide()?;
    find().with_context(|| format!("there is no {}", tool.name()))
}

/// Installs a package of Debian.
fn debian(package: &str) -> Result<()> {
    if !runs("apt-get", "--version") {
        bail!("there is no apt-get");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("`apt-get install {package}` needs root");
    }
    // Lists of packages that are a little old often do, and `install` says if they do not.
    let _ = output(Command::new("apt-get").args(["update", "-qq"]));
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    output(install.args(["install", "--yes", "-qq", package])).map(drop)
}

fn built(name: &str) -> PathBuf {
    root().join("target/tools/bin").join(name)
}

/// Builds a program into target/tools. It runs once or twice, so it is not optimised.
fn build(name: &str, version: &str) -> Result<()> {
    let mut install = cargo(&["install", "--quiet", "--locked", "--force", name]);
    install.args(["--version", version, "--root"]).arg(root().join("target/tools"));
    let profile = [("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "16"), ("LTO", "off"), ("DEBUG", "0")];
    for (name, value) in profile {
        install.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    // Otherwise the build would wait for those of the repository.
    run(install.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null()))
}
