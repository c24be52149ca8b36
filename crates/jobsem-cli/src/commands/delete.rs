//! `jobsem delete`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jobsem_run::control::Command;

use crate::target::Target;

/// Delete a running Job, or one of its pods.
///
/// The files of the run stay.
#[derive(Args)]
#[command(after_help = "Examples:\n  jobsem delete pi\n  jobsem delete pi --cascade orphan\n  \
                        jobsem delete pi --pod pi-x7k2d --grace-period 5")]
pub struct Delete {
    #[command(flatten)]
    target: Target,

    /// What happens to the Job's pods.
    #[arg(long, value_enum, default_value_t = Cascade::Background)]
    cascade: Cascade,

    /// Delete this pod instead of the Job.
    #[arg(long)]
    pod: Option<String>,

    /// With --pod, the grace period in whole seconds [default: the pod's own].
    #[arg(long, requires = "pod", value_name = "SECONDS")]
    grace_period: Option<i64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cascade {
    /// Delete them after the Job.
    Background,
    /// Delete them before the Job.
    Foreground,
    /// Keep them, without an owner.
    Orphan,
}

impl Delete {
    pub fn run(self) -> ExitCode {
        let cascade = match self.cascade {
            Cascade::Background => "background",
            Cascade::Foreground => "foreground",
            Cascade::Orphan => "orphan",
        };
        let (command, what) = match self.pod {
            Some(pod) => {
                let what = format!("pod \"{pod}\"");
                (Command::DeletePod(pod, self.grace_period), what)
            }
            None => {
                let what = format!("job.batch \"{}\"", self.target.name());
                (Command::Delete(cascade.to_owned()), what)
            }
        };
        match self.target.ask(&command) {
            Ok(_) => {
                out!("{what} deleted\n");
                ExitCode::SUCCESS
            }
            Err(code) => code,
        }
    }
}
