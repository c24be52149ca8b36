//! `jobsem schema`: JSON Schemas, for editors and validators.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jobsem::schema;

/// Print the JSON Schema of a Job, CronJob, pod, scenario, plan or trace.
///
/// The schemas of Job and CronJob have every field of the newest supported Kubernetes version and
/// allow no others. A document that matches may still be invalid: `jobsem validate` applies the API
/// server's rules.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Schema {
    /// What to describe.
    #[arg(value_enum, default_value_t = Of::Job)]
    of: Of,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// A `batch/v1` Job.
    Job,
    /// A `batch/v1` CronJob.
    Cronjob,
    /// The fields of a pod that jobsem reads.
    Pod,
    /// The input of `jobsem simulate` and `jobsem replay`.
    Scenario,
    /// An element of the output of `jobsem explain --format json`.
    Plan,
    /// The output of `jobsem simulate --json` and `jobsem replay`.
    Trace,
}

const HELP: &str = "\
In a manifest, for editors with a YAML language server:
  # yaml-language-server: $schema=job.schema.json";

impl Schema {
    pub fn run(self) -> ExitCode {
        let schema = match self.of {
            Of::Job => schema::job(),
            Of::Pod => schema::pod(),
            Of::Cronjob => schema::cronjob(),
            Of::Scenario => schema::scenario(),
            Of::Plan => schema::plan(),
            Of::Trace => schema::trace(),
        };
        crate::tail::to_stdout(format!("{schema:#}\n").as_bytes());
        ExitCode::SUCCESS
    }
}
