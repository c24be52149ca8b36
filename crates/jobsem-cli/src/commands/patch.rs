//! `jobsem patch`.

use std::process::ExitCode;

use clap::Args;
use jobsem::decode::decode_documents;
use jobsem_run::control::Command;

use crate::exit;
use crate::target::{Target, print_warnings};

/// Patch a running Job with a strategic merge patch.
#[derive(Args)]
#[command(after_help = "Example:\n  jobsem patch pi -p '{\"spec\": {\"parallelism\": 3}}'")]
pub struct Patch {
    #[command(flatten)]
    target: Target,

    /// The patch, in JSON or YAML.
    #[arg(short, long)]
    patch: String,
}

impl Patch {
    pub fn run(self) -> ExitCode {
        let patch = match decode_documents(self.patch.as_bytes()) {
            Ok(documents) => match <[_; 1]>::try_from(documents) {
                Ok([patch]) if patch.is_object() => patch,
                _ => return exit::fail(exit::USAGE, "--patch: expected one object"),
            },
            Err(error) => return exit::fail_in("--patch", &self.patch, &error),
        };
        match self.target.ask(&Command::Patch(patch)) {
            Ok(answer) => {
                print_warnings(&answer);
                out!("job.batch/{} patched\n", self.target.name());
                ExitCode::SUCCESS
            }
            Err(code) => code,
        }
    }
}
