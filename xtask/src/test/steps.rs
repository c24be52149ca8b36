//! The steps of the test run.
//!
//! To add one: put it after the steps that it needs, name the tools that it wants of `setup`, and
//! name the directory whose lock it holds if others use it too.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::conformance::Conformance;
use crate::setup::{self, Tool};
use crate::workspace::{self, cargo, root, run, target};
use crate::{api, bench, c, node, playground, python};

/// The step that installs the tools of the others.
pub const SETUP: &str = "setup";

/// A part of the test run with a name of its own; it runs in a process of its own.
pub struct Step {
    pub name: &'static str,
    pub about: &'static str,
    /// The steps that come before, apart from `setup`.
    after: &'static [&'static str],
    pub tools: &'static [Tool],
    /// Two steps with the same place do not run at the same time.
    pub place: Option<Place>,
    /// Its tests wait for processes and timers, so it goes before the others that share a core.
    pub is_timed: bool,
    pub run: fn() -> Result<()>,
}

/// What only one step at a time can use: a build directory that cargo locks, a package's directory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Workspace,
    Bindings,
    NodePackage,
}

impl Step {
    const fn new(name: &'static str, about: &'static str, run: fn() -> Result<()>) -> Step {
        Step { name, about, after: &[], tools: &[], place: None, is_timed: false, run }
    }

    const fn after(self, after: &'static [&'static str]) -> Step {
        Step { after, ..self }
    }

    const fn with(self, tools: &'static [Tool]) -> Step {
        Step { tools, ..self }
    }

    const fn at(self, place: Place) -> Step {
        Step { place: Some(place), ..self }
    }

    const fn timed(self) -> Step {
        Step { is_timed: true, ..self }
    }

    /// The steps that have to pass before.
    pub fn needs(&self) -> impl Iterator<Item = &'static str> {
        (!self.tools.is_empty()).then_some(SETUP).into_iter().chain(self.after.iter().copied())
    }

    /// Whether `name` is the step's, or its group's.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
    }
}

/// All steps, those that others wait for first.
pub const STEPS: &[Step] = &[
    // The schedule runs it with the tools of the chosen steps.
    Step::new(SETUP, "installs the tools that are missing", || Ok(())),
    Step::new("format", "rustfmt in every workspace", format),
    Step::new("build", "all tests and programs compile", || {
        c::build()?;
        run(&mut cargo(&["test", "--workspace", "--no-run", "--quiet"]))
    })
    .at(Place::Workspace),
    Step::new("node-build", "the addon and the WebAssembly module compile", node::build)
        .with(&[Tool::Npm, Tool::Wasm])
        .at(Place::NodePackage),
    Step::new("python-build", "the wheel compiles and installs", python::build_wheel)
        .with(&[Tool::Python])
        .at(Place::Bindings),
    Step::new("tests", "unit, integration and documentation tests", || {
        run(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))
    })
    .after(&["build"])
    .with(&[Tool::Perl])
    .timed(),
    Step::new("lints", "clippy without a warning", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        run(&mut cargo(&lints))
    })
    .after(&["build"])
    .at(Place::Workspace),
    Step::new("c", "the C ABI: header, symbols, programs, checkers", c::test)
        .after(&["build"])
        .with(&[Tool::Cbindgen, Tool::Valgrind, Tool::Perl]),
    Step::new("command", "all conformance vectors through `jobsem replay`", command)
        .after(&["build"]),
    Step::new("docs", "rustdoc without a warning", docs).after(&["lints"]).at(Place::Workspace),
    Step::new("api", "the public API is as listed", api::test)
        .after(&["docs"])
        .at(Place::Workspace),
    Step::new("speed", "instructions stay within the baseline", speed).with(&[Tool::Valgrind]),
    Step::new("dependencies", "licences, sources and bans", dependencies).with(&[Tool::CargoDeny]),
    Step::new("node-lints", "clippy without a warning", node::lints).at(Place::NodePackage),
    Step::new("node-types", "prettier, generated types, TypeScript", node::types)
        .after(&["node-build"])
        .at(Place::NodePackage),
    Step::new("node-tests", "the package, as built and as packed", node::tests)
        .after(&["node-build"])
        .at(Place::NodePackage)
        .with(&[Tool::Perl])
        .timed(),
    Step::new("node-runners", "the matchers in vitest and jest", node::runners)
        .after(&["node-build"])
        .at(Place::NodePackage)
        .timed(),
    Step::new("node-memory", "many calls keep no memory", node::memory).after(&["node-build"]),
    Step::new("node-vectors", "a sample of the vectors through Node", node::vectors)
        .after(&["node-build"]),
    Step::new("playground", "the page and the bundle in Chromium", playground::test)
        .after(&["node-build"])
        .with(&[Tool::Chromium])
        .at(Place::NodePackage)
        .timed(),
    Step::new("python-lints", "clippy without a warning", python::lints).at(Place::Bindings),
    Step::new("python-types", "stubs, mypy, pyright, documentation", python::types)
        .after(&["python-build"]),
    Step::new("python-tests", "pytest, the free-threaded build", python::tests)
        .after(&["python-build"])
        .at(Place::Bindings)
        .with(&[Tool::Perl])
        .timed(),
    Step::new("python-vectors", "a sample of the vectors through Python", python::vectors)
        .after(&["python-build"]),
];

fn format() -> Result<()> {
    for workspace in [".", "bindings/python", "bindings/node"] {
        let manifest = root().join(workspace).join("Cargo.toml");
        run(cargo(&["fmt", "--all", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(())
}

/// The documentation builds without a warning, and its front page is the library's: the command has
/// the same name and must not take its place.
fn docs() -> Result<()> {
    let mut docs = cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    run(docs.env("RUSTDOCFLAGS", "-D warnings"))?;
    let page = target()?.join("doc/jobsem/index.html");
    let text = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let is_library = text.contains("struct.JobController.html");
    ensure!(is_library, "{} does not document the library", page.display());
    Ok(())
}

fn command() -> Result<()> {
    let jobsem = workspace::replay_command(Some(&workspace::products()?.join("jobsem")))?;
    ensure!(Conformance::all(&jobsem).run()?, "`jobsem replay` answers otherwise than Kubernetes");
    Ok(())
}

/// Counts of instructions, which have a baseline; wall time has none.
fn speed() -> Result<()> {
    ensure!(bench::guard(false)?, "more instructions than before: see crates/jobsem/benches");
    Ok(())
}

/// Licences, sources and bans; advisories need a network that a test must not depend on.
fn dependencies() -> Result<()> {
    let deny = setup::needed(Tool::CargoDeny, setup::cargo_deny)?;
    let checks = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    run(Command::new(deny).arg("--all-features").args(checks))
}
