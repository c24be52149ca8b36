//! `cargo xtask oracle`: the real Kubernetes controllers, and jobsem beside them.

pub mod ask;
mod build;
pub mod canonical;
mod diff;
mod minimise;
pub mod show;
mod vectors;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// Build the real controllers of one or all versions (needs Go and its module proxy).
    Build(build::Build),
    /// Play random scenarios on both sides, and compare.
    Diff(diff::Diff),
    /// Ask the real controllers four times, and keep deterministic answers as vectors.
    Vectors(vectors::Vectors),
}

impl Command {
    /// Returns whether everything compared is equal.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::Build(command) => command.run().map(|()| true),
            Command::Diff(command) => command.run(),
            Command::Vectors(command) => command.run().map(|()| true),
        }
    }
}
