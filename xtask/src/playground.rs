//! `cargo xtask playground`: the page of `examples/playground` as one file, and its tests in a real
//! browser, together with those of the Node package's `browser` export.
//!
//! The step `playground` of `cargo xtask test` wants Node, the library of WebAssembly and a
//! Chromium; Debian's package is installed where that can be done. What is not to be had is said,
//! and the step does nothing.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;

use crate::node;
use crate::workspace::root;

/// Write the playground to target/playground/index.html.
#[derive(Args)]
pub struct Playground {}

impl Playground {
    pub fn run(self) -> Result<bool> {
        Ok(built()?.is_some())
    }
}

/// What has to hold before a change lands.
pub fn test() -> Result<()> {
    let Some(page) = built()? else { return Ok(()) };
    let Some(chromium) = chromium() else {
        eprintln!("skipped: there is no Chromium, and no `apt-get install chromium`");
        return Ok(());
    };
    let mut tests = node::node(&["--test", "tests/browser.test.mjs", "tests/playground.test.mjs"]);
    tests.env("PLAYGROUND", &page).env("CHROMIUM", chromium);
    node::go(tests.env("SHOTS", page.with_file_name("shots")))
}

/// The page, if there is what makes it.
fn built() -> Result<Option<PathBuf>> {
    if !node::has_node()? {
        return Ok(None);
    }
    node::tools()?;
    if !node::browser()? {
        return Ok(None);
    }
    let page = root().join("target/playground/index.html");
    node::go(node::node(&["scripts/playground.mjs"]).arg(&page))?;
    Ok(Some(page))
}

/// A Chromium: the one that `CHROMIUM` names, one on the path, or Debian's, installed now.
fn chromium() -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        let said = Command::new(path).arg("--version").stderr(Stdio::null()).output();
        said.is_ok_and(|said| said.status.success())
    };
    let found = || {
        let named = env::var_os("CHROMIUM").map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let places: Vec<_> = env::split_paths(&path).collect();
        let known = ["chromium", "chromium-browser", "google-chrome"];
        let known = known.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
        named.into_iter().chain(known).find(|path| path.exists() && runs(path))
    };
    found().or_else(|| {
        for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", "chromium"]] {
            let apt = Command::new("apt-get").args(arguments).stdout(Stdio::null()).status();
            if !apt.is_ok_and(|status| status.success()) {
                return None;
            }
        }
        found()
    })
}
