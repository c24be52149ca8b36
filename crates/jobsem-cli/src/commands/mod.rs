//! The commands, one file each.

mod replay;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    Replay(replay::Replay),
}

impl Command {
    /// Does it; the exit code is the command's.
    pub fn run(self) -> ExitCode {
        match self {
            Command::Replay(command) => command.run(),
        }
    }
}
