//! `jobsem resume`.

use std::process::ExitCode;

use clap::Args;

use super::suspend::set_suspend;
use crate::target::Target;

/// Resume a suspended Job.
#[derive(Args)]
#[command(after_help = "Example:\n  jobsem resume pi")]
pub struct Resume {
    #[command(flatten)]
    target: Target,
}

impl Resume {
    pub fn run(self) -> ExitCode {
        set_suspend(&self.target, false, "resumed")
    }
}
