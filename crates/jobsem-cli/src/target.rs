//! Selects the run that a command acts on.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jobsem_run::control::{AskError, Command, ask};
use jobsem_run::{RunDir, default_state_dir};
use serde_json::Value;

use crate::exit;

/// The run that a command acts on.
#[derive(Args)]
pub struct Target {
    /// The name of the Job; selects its latest run.
    pub job: String,

    #[command(flatten)]
    pub namespaces: Namespaces,

    #[command(flatten)]
    pub state: StateDir,
}

/// The namespaces whose runs are meant.
#[derive(Args, Default)]
pub struct Namespaces {
    /// Only runs in this namespace.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Runs in all namespaces; the default.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
}

impl Namespaces {
    /// The latest run of a Job or CronJob in one of the namespaces.
    pub fn latest(&self, state: &Path, job: &str) -> io::Result<RunDir> {
        let latest = RunDir::latest(state, job)?;
        let Some(wanted) = &self.namespace else { return Ok(latest) };
        if namespace_of(&latest).as_deref() == Some(wanted) {
            return Ok(latest);
        }
        let mut earlier = RunDir::all(state, job).into_iter().rev();
        earlier.find(|dir| namespace_of(dir).as_deref() == Some(wanted)).ok_or_else(|| {
            let text = format!("no run of job \"{job}\" in namespace \"{wanted}\"");
            io::Error::new(io::ErrorKind::NotFound, text)
        })
    }
}

/// The namespace of a run.
fn namespace_of(dir: &RunDir) -> Option<String> {
    let object = dir.read_json("job.json").or_else(|_| dir.read_json("cronjob.json")).ok()?;
    Some(object["metadata"]["namespace"].as_str().unwrap_or("default").to_owned())
}

/// Where runs are kept.
#[derive(Args)]
pub struct StateDir {
    /// The directory of runs [default: $XDG_STATE_HOME/jobsem, else ~/.local/state/jobsem].
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

impl StateDir {
    pub fn path(&self) -> PathBuf {
        self.state_dir.clone().unwrap_or_else(default_state_dir)
    }
}

impl Target {
    /// The directory of the latest run.
    pub fn dir(&self) -> Result<RunDir, ExitCode> {
        let name = self.name();
        self.namespaces
            .latest(&self.state.path(), name)
            .map_err(|error| exit::fail(exit::USAGE, error))
    }

    /// The name, also if it was given as `job/pi`, as kubectl takes it.
    pub fn name(&self) -> &str {
        let name = self.job.as_str();
        ["job/", "jobs/", "job.batch/"].iter().find_map(|p| name.strip_prefix(p)).unwrap_or(name)
    }

    /// Sends the run a command. A run that has ended is an error.
    pub fn ask(&self, command: &Command) -> Result<Value, ExitCode> {
        match ask_dir(&self.dir()?, command) {
            Ok(answer) => Ok(answer),
            Err(AskError::NotRunning) => {
                let text =
                    format!("job \"{}\" is not running: its latest run has ended", self.name());
                Err(exit::fail(exit::USAGE, text))
            }
            Err(AskError::Refused(text)) => Err(exit::fail(exit::USAGE, text)),
            Err(AskError::Io(error)) => Err(exit::fail(exit::TROUBLE, error)),
        }
    }
}

/// Asks the run in `dir` something.
pub fn ask_dir(dir: &RunDir, command: &Command) -> Result<Value, AskError> {
    let run = dir.read_json("run.json").map_err(AskError::Io)?;
    let socket = run.get("socket").and_then(Value::as_str).unwrap_or_default();
    ask(socket.as_ref(), command)
}

/// Prints what the API server warned of.
pub fn print_warnings(answer: &Value) {
    let warnings = answer.get("warnings").and_then(Value::as_array).into_iter().flatten();
    for warning in warnings.filter_map(Value::as_str) {
        say!("Warning: {warning}");
    }
}
