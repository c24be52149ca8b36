//! `jobsem suspend`.

use std::process::ExitCode;

use clap::Args;
use jobsem_run::control::Command;
use serde_json::json;

use crate::target::{Target, print_warnings};

/// Suspend a running Job: stop its pods until it is resumed.
#[derive(Args)]
#[command(after_help = "Example:\n  jobsem suspend pi")]
pub struct Suspend {
    #[command(flatten)]
    target: Target,
}

impl Suspend {
    pub fn run(self) -> ExitCode {
        set_suspend(&self.target, true, "suspended")
    }
}

/// Sets `spec.suspend`.
pub fn set_suspend(target: &Target, suspend: bool, done: &str) -> ExitCode {
    let patch = json!({"spec": {"suspend": suspend}});
    match target.ask(&Command::Patch(patch)) {
        Ok(answer) => {
            print_warnings(&answer);
            out!("job.batch/{} {done}\n", target.name());
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}
