//! `cargo xtask api`: the public API of the crate `jobsem`, item by item, compared with the listing
//! that is in the repository. `cargo xtask semver`: what a release would break.
//!
//! A change of the listing shows in review what a change of the code does to users. rustdoc's JSON
//! is unstable, so the listing depends on the compiler and on the release of `public-api`.
//! Deliberately absent from the listing: derived and blanket implementations.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::workspace::{cargo, root, run, runs, target};

/// The listing.
const LISTING: &str = "crates/jobsem/public-api.txt";

/// The release of cargo-semver-checks that reads the JSON of this compiler.
const SEMVER_CHECKS: &str = "0.51.0";

/// Compare the public API with its listing.
#[derive(Args)]
pub struct Api {
    /// Write the listing.
    #[arg(long)]
    update: bool,
}

impl Api {
    pub fn run(self) -> Result<bool> {
        let listing = root().join(LISTING);
        let now = list()?;
        if self.update {
            fs::write(&listing, now)?;
            return Ok(true);
        }
        let before = fs::read_to_string(&listing).with_context(|| LISTING.to_owned())?;
        let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
            (before.lines().collect(), now.lines().collect());
        old.difference(&new).for_each(|item| println!("- {item}"));
        new.difference(&old).for_each(|item| println!("+ {item}"));
        if old != new {
            eprintln!(
                "the public API differs from {LISTING}; `cargo xtask api --update` writes it"
            );
        }
        Ok(old == new)
    }
}

/// The step of the test run.
pub fn test() -> Result<()> {
    ensure!(Api { update: false }.run()?, "the public API is not as listed");
    Ok(())
}

/// Every public item on a line of its own.
fn list() -> Result<String> {
    let json = rustdoc_json()?;
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .context("cannot read the JSON of rustdoc; does `public-api` fit the compiler?")?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Makes rustdoc write its JSON. Only rustdoc sees the switch for unstable options: cargo would
/// build every dependency again.
fn rustdoc_json() -> Result<PathBuf> {
    let target = target()?;
    let rustdoc = target.join("rustdoc-json.sh");
    fs::write(&rustdoc, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    ensure!(Command::new("chmod").arg("+x").arg(&rustdoc).status()?.success(), "chmod fails");
    let mut docs = cargo(&["rustdoc", "--quiet", "--package", "jobsem", "--lib", "--all-features"]);
    docs.args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]);
    run(docs.env("RUSTDOC", &rustdoc))?;
    Ok(target.join("doc/jobsem.json"))
}

/// Check what a release would break, compared with an earlier commit or tag.
#[derive(Args)]
pub struct Semver {
    /// The commit or tag to compare with; the newest tag `v*` by default.
    #[arg(long, value_name = "COMMIT")]
    baseline: Option<String>,
}

impl Semver {
    pub fn run(self) -> Result<bool> {
        let baseline = match self.baseline {
            Some(commit) => commit,
            None => newest_tag()?,
        };
        let mut check = Command::new(semver_checks()?);
        check.args(["semver-checks", "--package", "jobsem", "--baseline-rev", &baseline]);
        Ok(check.current_dir(root()).status()?.success())
    }
}

fn newest_tag() -> Result<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v*"]).stderr(Stdio::null());
    let output = git.current_dir(root()).output().context("cannot run git")?;
    let tag = String::from_utf8(output.stdout)?.trim().to_owned();
    if tag.is_empty() {
        bail!("there is no release yet; name a commit with --baseline");
    }
    Ok(tag)
}

/// `cargo-semver-checks` as installed, or installed into `target/tools` first.
fn semver_checks() -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-semver-checks");
    if runs(&installed, "--version") {
        return Ok(installed);
    }
    let tools = target()?.join("tools");
    let local = tools.join("bin/cargo-semver-checks");
    if !runs(&local, "--version") {
        eprintln!("installing cargo-semver-checks {SEMVER_CHECKS} into target/tools, once");
        let mut install = cargo(&["install", "--quiet", "--locked", "cargo-semver-checks"]);
        run(install.args(["--version", SEMVER_CHECKS, "--root"]).arg(&tools))?;
    }
    Ok(local)
}
