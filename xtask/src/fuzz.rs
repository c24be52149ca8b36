//! `cargo xtask fuzz`: runs the fuzz targets.
//!
//! The seeds are the manifests of the repository; libFuzzer keeps interesting inputs in
//! `fuzz/corpus`. Needs a nightly compiler and cargo-fuzz, and reports if they are missing.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::root;

/// Run the fuzz targets. The exit code is 1 if one of them finds something.
#[derive(Args)]
pub struct Fuzz {
    /// How many seconds each target runs.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u32,

    /// Run only these targets.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    target: Vec<String>,
}

const TARGETS: [&str; 6] =
    ["yaml", "json", "create_job", "create_cronjob", "update_job", "update_status"];

impl Fuzz {
    pub fn run(self) -> Result<bool> {
        if let Some(name) = self.target.iter().find(|name| !TARGETS.contains(&name.as_str())) {
            bail!("no target `{name}`; there are {TARGETS:?}");
        }
        seed()?;
        let wanted =
            |name: &&&str| self.target.is_empty() || self.target.contains(&(**name).into());
        let mut all_clean = true;
        for name in TARGETS.iter().filter(wanted) {
            let seconds = format!("-max_total_time={}", self.seconds);
            let status = Command::new("cargo")
                // There is no `unsafe` to check, and it runs several times faster without a
                // sanitizer.
                .args(["+nightly", "fuzz", "run", "--sanitizer", "none", name, "--"])
                .args([seconds.as_str(), "-timeout=20", "-max_len=8192"])
                .current_dir(root())
                .status()
                .context("cannot run cargo (rustup toolchain install nightly)")?;
            // Cargo's exit code for an unknown command.
            if status.code() == Some(101) {
                bail!("there is no cargo-fuzz (cargo install cargo-fuzz)");
            }
            all_clean &= status.success();
        }
        Ok(all_clean)
    }
}

/// Copies the manifests of the repository into the corpora of the targets that read text.
fn seed() -> Result<()> {
    for dir in ["examples", "crates/jobsem-cli/tests/broken"] {
        for entry in fs::read_dir(root().join(dir))? {
            let file = entry?.path();
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("yaml") => copy(&file, "yaml", 0)?,
                // The target adds the first brace itself.
                Some("json") => copy(&file, "json", 1)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn copy(file: &Path, target: &str, skip: usize) -> Result<()> {
    let corpus = root().join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus)?;
    let text = fs::read(file)?;
    let name = file.file_name().context("a file has a name")?;
    fs::write(corpus.join(name), &text[skip.min(text.len())..])?;
    Ok(())
}
