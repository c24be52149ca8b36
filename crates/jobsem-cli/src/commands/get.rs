//! `jobsem get`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jobsem::api::Job;
use jobsem::print::{Columns, job_table};
use jobsem::{KubeVersion, Semantics, Time};
use jobsem_run::RunDir;
use jobsem_run::clock::wall_clock;
use jobsem_run::control::Command;
use serde_json::Value;

use crate::exit;
use crate::tail::to_stdout;
use crate::target::{StateDir, ask_dir};

/// Show Jobs that are being run or were run, as kubectl shows them.
#[derive(Args)]
#[command(after_help = "Examples:\n  jobsem get\n  jobsem get pi -o wide\n  jobsem get pi -o yaml")]
pub struct Get {
    /// The Job's name; every Job if it is left out. The latest run is meant.
    job: Option<String>,

    /// How to show it.
    #[arg(short, long, value_enum)]
    output: Option<Output>,

    #[command(flatten)]
    state: StateDir,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Wide,
    Yaml,
    Json,
}

/// A Job, its time and its version.
struct Found {
    job: Job,
    value: Value,
    now: Time,
    sem: Semantics,
}

impl Get {
    pub fn run(self) -> ExitCode {
        let state = self.state.path();
        let names = match &self.job {
            Some(name) => vec![name.strip_prefix("job/").unwrap_or(name).to_owned()],
            None => RunDir::job_names(&state),
        };
        let mut found = Vec::new();
        for name in names {
            match RunDir::latest(&state, &name).and_then(|dir| find(&dir)) {
                Ok(one) => found.push(one),
                // One broken run does not hide the others.
                Err(error) if self.job.is_none() => say!("warning: {name}: {error}"),
                Err(error) => return exit::fail(exit::USAGE, error),
            }
        }
        match self.output {
            Some(Output::Json) => print_values(&found, |value| format!("{value:#}\n")),
            Some(Output::Yaml) => print_values(&found, |value| {
                serde_saphyr::to_string(value).unwrap_or_else(|_| format!("{value:#}\n"))
            }),
            _ if found.is_empty() => say!("No resources found"),
            wide => {
                let columns = if wide.is_some() { Columns::Wide } else { Columns::Narrow };
                // Columns differ between versions; the first run's are shown.
                let (now, sem) = (found[0].now, found[0].sem.clone());
                to_stdout(job_table(found.iter().map(|f| &f.job), columns, now, &sem).as_bytes());
            }
        }
        ExitCode::SUCCESS
    }
}

fn print_values(found: &[Found], text: impl Fn(&Value) -> String) {
    for (i, one) in found.iter().enumerate() {
        if i > 0 {
            to_stdout(b"---\n");
        }
        to_stdout(text(&one.value).as_bytes());
    }
}

/// The Job as the run has it, or as it was when the run ended.
fn find(dir: &RunDir) -> std::io::Result<Found> {
    let run = dir.read_json("run.json")?;
    let kube = run.get("kube").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let asked = ask_dir(dir, &Command::Get).ok();
    let live = asked.as_ref().and_then(|answer| answer.get("job")).filter(|job| !job.is_null());
    let value = match live {
        Some(job) => job.clone(),
        None => dir.read_json("job.json")?,
    };
    let sem = Semantics::kube(kube.unwrap_or(KubeVersion::LATEST));
    let job = serde_json::from_value(value.clone())?;
    Ok(Found { job, value, now: wall_clock(), sem })
}
