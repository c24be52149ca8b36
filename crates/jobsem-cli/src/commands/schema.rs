//! `jobsem schema`: JSON Schemas, for editors and validators.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jobsem::schema;

/// Print the JSON Schema of a Job, a CronJob, a pod, a scenario, a plan or a trace.
///
/// The schemas of Job and CronJob have every field of the newest Kubernetes version that jobsem
/// emulates and refuse all others. A document that fits may still be refused: `jobsem validate`
/// has the API server's rules.
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
    /// A pod, as far as jobsem looks into one.
    Pod,
    /// What `jobsem simulate` and `jobsem replay` play.
    Scenario,
    /// One of what `jobsem explain --format json` prints.
    Plan,
    /// What `jobsem simulate --json` and `jobsem replay` answer.
    Trace,
}

const HELP: &str = "\
Example, in a manifest, for editors with a YAML language server:
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
