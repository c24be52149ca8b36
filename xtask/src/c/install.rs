//! `cargo xtask dist cinstall`: what `cargo cinstall` installs, used as the archive is.
//!
//! Into a prefix that is gone afterwards. cargo-c is taken as it is installed, or put into
//! `target/tools` first, which takes some minutes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::dist::use_prefix;
use crate::workspace::{output, root, run, target};

/// The newest release for the toolchain of this repository.
const CARGO_C: &str = "0.10.24+cargo-0.98.0";

/// Installs the library and uses it with pkg-config and CMake.
pub fn check() -> Result<()> {
    let place = tempfile::tempdir()?;
    let prefix = place.path().join("usr");
    let mut install = Command::new(cargo_cinstall()?);
    install.args(["cinstall", "--package", "jobsem-ffi", "--profile", "dist"]);
    install.arg("--prefix").arg(&prefix).arg("--target-dir").arg(target()?.join("c/capi"));
    run(&mut install)?;
    let lib = libraries(&prefix).context("no libjobsem.so.1 was installed")?;
    let pc = fs::read_to_string(lib.join("pkgconfig/jobsem.pc"))?;
    let version = concat!("Version: ", env!("CARGO_PKG_VERSION"));
    ensure!(pc.lines().any(|line| line == version), "jobsem.pc is not of this version:\n{pc}");
    use_prefix(place.path(), &prefix, &lib)?;
    println!("cargo cinstall: used with pkg-config and CMake");
    Ok(())
}

/// `lib`, or where Debian has libraries.
fn libraries(prefix: &Path) -> Option<PathBuf> {
    let debian = format!("lib/{}-linux-gnu", env::consts::ARCH);
    let all = ["lib", "lib64", &debian].map(|lib| prefix.join(lib));
    all.into_iter().find(|lib| lib.join("libjobsem.so.1").exists())
}

fn cargo_cinstall() -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-cinstall");
    let works = |path: &PathBuf| output(Command::new(path).args(["cinstall", "--version"])).is_ok();
    if works(&installed) {
        return Ok(installed);
    }
    let tools = root().join("target/tools");
    let local = tools.join("bin/cargo-cinstall");
    if !works(&local) {
        eprintln!("installing cargo-c {CARGO_C} into target/tools, once");
        let mut install = Command::new("cargo");
        install.args(["install", "--quiet", "--locked", "cargo-c", "--version", CARGO_C]);
        run(install.arg("--root").arg(&tools))?;
    }
    Ok(local)
}
