//! `cargo xtask playground`: the page of `examples/playground` as one file, and its tests in a real
//! browser, together with those of the Node package's `browser` export.
//!
//! The step `playground` of `cargo xtask test` wants Node, the wasm32 target and a Chromium. If one
//! is missing, the step says so and does nothing.

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::node;
use crate::workspace::{root, runs};

/// Write the playground to target/playground/index.html.
#[derive(Args)]
pub struct Playground {}

impl Playground {
    pub fn run(self) -> Result<bool> {
        if node::is_skipped() {
            return Ok(false);
        }
        node::packages()?;
        let possible = node::browser()?;
        if possible {
            page()?;
        }
        Ok(possible)
    }
}

/// The page and the package's bundle in a browser, with the module that the step `node-build` made.
pub fn test() -> Result<()> {
    if node::is_skipped() {
        return Ok(());
    }
    if !node::has_wasm() {
        eprintln!("skipped: there is no WebAssembly target (`cargo xtask setup wasm`)");
        return Ok(());
    }
    let page = page()?;
    let Some(chromium) = chromium() else {
        eprintln!("skipped: there is no Chromium (`cargo xtask setup chromium`)");
        return Ok(());
    };
    let mut tests = node::node(&["--test", "tests/browser.test.mjs", "tests/playground.test.mjs"]);
    tests.env("PLAYGROUND", &page).env("CHROMIUM", chromium);
    node::go(tests.env("SHOTS", page.with_file_name("shots")))
}

/// Writes the page.
fn page() -> Result<PathBuf> {
    let page = root().join("target/playground/index.html");
    node::go(node::node(&["scripts/playground.mjs"]).arg(&page))?;
    Ok(page)
}

/// A Chromium: the one that `CHROMIUM` names, or one on the path.
pub fn chromium() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let places: Vec<_> = env::split_paths(&path).collect();
    let known = ["chromium", "chromium-browser", "google-chrome"];
    let known = known.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
    named.into_iter().chain(known).find(|path| path.exists() && runs(path, "--version"))
}
