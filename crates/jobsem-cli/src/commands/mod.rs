//! The commands, one file each.

mod create;
mod cron;
mod delete;
mod diff;
mod explain;
mod get;
mod lint;
mod logs;
mod patch;
mod replay;
mod resume;
mod run;
mod schema;
mod simulate;
mod suspend;
pub mod validate;
mod version;

use std::process::ExitCode;

use clap::Subcommand;

/// The commands by name.
#[derive(Subcommand)]
pub enum Command {
    Run(run::Run),
    Logs(logs::Logs),
    Get(get::Get),
    Suspend(suspend::Suspend),
    Resume(resume::Resume),
    Patch(patch::Patch),
    Delete(delete::Delete),
    Simulate(simulate::Simulate),
    Explain(explain::Explain),
    Cron(cron::Cron),
    Diff(diff::Diff),
    Replay(replay::Replay),
    Validate(validate::Validate),
    Lint(lint::Lint),
    Create(create::Create),
    Schema(schema::Schema),
    Version(version::Version),
}

impl Command {
    /// Runs the command and returns its exit code.
    pub fn run(self) -> ExitCode {
        match self {
            Command::Run(command) => command.run(),
            Command::Logs(command) => command.run(),
            Command::Get(command) => command.run(),
            Command::Suspend(command) => command.run(),
            Command::Resume(command) => command.run(),
            Command::Patch(command) => command.run(),
            Command::Delete(command) => command.run(),
            Command::Simulate(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Cron(command) => command.run(),
            Command::Diff(command) => command.run(),
            Command::Replay(command) => command.run(),
            Command::Validate(command) => command.run(),
            Command::Lint(command) => command.run(),
            Command::Create(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Version(command) => command.run(),
        }
    }
}
