//! The examples in C and in other languages, where their toolchains are.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::kit::{Kit, is_there};
use crate::workspace::{output, root};

pub fn all(kit: &Kit) -> Result<()> {
    readme(kit)?;
    scheduler(kit)?;
    go(kit)?;
    python(kit)
}

/// The example of README.md, which says in a comment what it prints.
fn readme(kit: &Kit) -> Result<()> {
    let page = fs::read_to_string(root().join("README.md"))?;
    let block = page.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    let source = kit.dir.join("readme.c");
    fs::write(&source, block.context("README.md has no example in C")?)?;
    let said = output(&mut Command::new(kit.compile_source("readme", &source, &[])?))?;
    ensure!(said == "will fail\n", "the example of README.md said:\n{said}");
    Ok(())
}

/// A scheduler in C, which runs pods as processes.
fn scheduler(kit: &Kit) -> Result<()> {
    let source = root().join("examples/c/scheduler.c");
    let scheduler = kit.compile_source("scheduler", &source, &[])?;
    let said = output(Command::new(&scheduler).arg("examples/pi.yaml"))?;
    ensure!(said.contains("3.14159265358979323846"), "no pi:\n{said}");
    ensure!(said.contains("pi: Complete"), "the pi Job is not complete:\n{said}");
    let said = output(Command::new(&scheduler).arg("examples/c/retries.yaml"))?;
    ensure!(said.contains("retries: Complete"), "the Indexed Job is not complete:\n{said}");
    ensure!(said.contains("3 succeeded, 2 failed"), "two pods fail first:\n{said}");
    eprintln!("   C: the pi Job, and an Indexed Job with retries");
    Ok(())
}

fn go(kit: &Kit) -> Result<()> {
    if !is_there("go", "version") {
        return Ok(());
    }
    let mut go = Command::new("go");
    go.args(["run", "."]).current_dir(root().join("examples/go"));
    go.env("CGO_CFLAGS", format!("-I{}", root().join("include").display()));
    let lib = kit.lib();
    go.env("CGO_LDFLAGS", format!("-L{0} -ljobsem -Wl,-rpath,{0}", lib.display()));
    let done = go.output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    ensure!(done.status.success(), "go: {}", String::from_utf8_lossy(&done.stderr));
    ensure!(said.contains("train succeeded after 1 failure"), "go said:\n{said}");
    eprintln!("   Go: {}", said.trim().lines().last().unwrap_or_default());
    Ok(())
}

fn python(kit: &Kit) -> Result<()> {
    if !is_there("python3", "--version") {
        return Ok(());
    }
    let mut python = Command::new("python3");
    python.arg("examples/ctypes/pi.py").env("JOBSEM_LIBRARY", kit.shared());
    let said = output(&mut python)?;
    ensure!(said.contains("pi succeeded after 1 failure"), "python3 said:\n{said}");
    eprintln!("   Python (ctypes): {}", said.trim().lines().last().unwrap_or_default());
    Ok(())
}
