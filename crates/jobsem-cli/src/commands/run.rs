//! `jobsem run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jobsem::api::{CronJob, Job, JobCondition, Kind, ObjectMeta, Text};
use jobsem::decode::Document;
use jobsem::kubelet::Node;
use jobsem::print::{Columns, cronjob_table, job_table, table};
use jobsem::{Error, ErrorKind, KubeVersion, Semantics, Time};
use jobsem_run::clock::wall_clock;
use jobsem_run::{
    Ending, Finding, Input as Request, Options, Outcome, RunDir, Runner, StartError, preflight,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit;
use crate::input::Input;
use crate::manifests::Reading;
use crate::progress::{Output, Progress, parse_duration};
use crate::tail::to_stdout;
use crate::target::StateDir;

const TICK: Duration = Duration::from_millis(100);
/// How many lines of each container `--logs tail` shows.
const TAIL_LINES: usize = 20;

/// Run a Job or CronJob, its containers as processes on this machine.
///
/// The rules of the Kubernetes version in --kube admit, retry and end the Job. A CronJob starts
/// Jobs on its schedule until you interrupt it. Images are not pulled: each container needs a
/// command that exists here. Container output goes to standard output and to files that `jobsem
/// logs` shows; everything else goes to standard error.
#[derive(Args)]
#[command(after_help = help())]
pub struct Run {
    /// The manifest with one Job or CronJob, in YAML or JSON; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    options: RunOptions,
}

/// The options of `run`, and of `create` where it runs what it creates.
#[derive(Args)]
pub struct RunOptions {
    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST, value_name = "VERSION")]
    pub kube: KubeVersion,

    /// The namespace if the manifest names none [default: default].
    #[arg(short, long)]
    pub namespace: Option<String>,

    #[command(flatten)]
    state: StateDir,

    /// How much container output to show.
    #[arg(long, value_enum, default_value_t = Logs::Stream)]
    logs: Logs,

    /// Interrupt the run after this time, such as `90s`, `5m` or `1h30m`.
    #[arg(long, value_parser = parse_duration, value_name = "DURATION")]
    timeout: Option<Duration>,

    /// Pass the whole environment to containers, not only PATH, HOME and similar.
    #[arg(long)]
    inherit_env: bool,

    /// Print only errors and container output.
    #[arg(short, long)]
    quiet: bool,

    /// Never redraw lines, not even on a terminal.
    #[arg(long)]
    no_progress: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Logs {
    /// All output, as containers write it.
    Stream,
    /// The last lines of each container, at the end of the run.
    Tail,
    /// No output; the log files have it.
    None,
}

fn help() -> String {
    format!("{EXAMPLES}\n\n{}", exit::HELP)
}

const EXAMPLES: &str = "\
Examples:
  jobsem run examples/pi.yaml
  jobsem run --kube 1.30 --logs none job.yaml
  generate-job | jobsem run -
  jobsem run examples/every-minute.yaml --timeout 5m

During the run, from another terminal:
  jobsem get pi
  jobsem suspend pi
  jobsem patch pi -p '{\"spec\": {\"parallelism\": 3}}'
  jobsem logs pi -f

The environment of containers, besides what the manifest sets:
  HOSTNAME                the pod's host name
  JOBSEM_TERMINATION_LOG  the file for the termination message, in place of /dev/termination-log
  JOBSEM_SHARED_DIR       a directory that all pods of the run share
  JOBSEM_HOSTS_FILE       addresses of pods with hostname and subdomain, in the form of /etc/hosts";

impl Run {
    pub fn run(self) -> ExitCode {
        let done =
            Input::read(&self.file).and_then(|input| self.options.run(&input, &self.reading));
        done.unwrap_or_else(|code| code)
    }
}

impl RunOptions {
    /// Runs what is in a manifest to its end.
    pub fn run(self, input: &Input, reading: &Reading) -> Result<ExitCode, ExitCode> {
        let sem = Semantics::kube(self.kube);
        let Input { name: file, text } = input;
        let (document, object) = self.object(input, reading, &sem)?;
        let template = object.template();
        let findings = RunOptions::findings(&template)?;
        let options = Options {
            semantics: sem.clone(),
            timeout: self.timeout,
            inherit_env: self.inherit_env,
            tick: TICK,
            seed: wall_clock().unix_nanos().cast_unsigned() ^ u64::from(std::process::id()),
        };
        let is_cron = matches!(object, Object::CronJob(_));
        let several = is_cron
            || template.spec.parallelism.unwrap_or(1) > 1
            || template.spec.template.spec.containers.len() > 1
            || !template.spec.template.spec.init_containers.is_empty();
        let state = self.state.path();
        let runner = match object {
            Object::Job(job) => Runner::new(*job, &state, options),
            Object::CronJob(cronjob) => Runner::cron(*cronjob, &state, options),
        };
        let mut runner = runner.map_err(|error| match error {
            StartError::Job(error) if error.kind() == ErrorKind::Invalid => {
                refused(file, text, &document, &error)
            }
            StartError::Job(error) => exit::fail(exit::USAGE, format!("{file}: {error}")),
            StartError::Io(error) => exit::fail(exit::TROUBLE, error),
        })?;
        if !self.quiet {
            say!("note: images are not pulled; commands run as processes on this machine");
            for finding in findings {
                say!("warning: {finding}");
            }
        }
        for warning in runner.warnings() {
            say!("Warning: {warning}");
        }
        let trouble = |error| exit::fail(exit::TROUBLE, error);
        let dir = runner.dir().clone();
        dir.write_manifest(text.as_bytes()).map_err(trouble)?;
        runner.listen().map_err(trouble)?;
        catch_signals(&runner).map_err(trouble)?;

        let start = wall_clock();
        let name = runner.name().to_owned();
        let kind = if is_cron { "cronjob" } else { "job" };
        let output = match (self.logs, several) {
            (Logs::Stream, false) => Output::Plain,
            (Logs::Stream, true) => Output::Prefixed,
            _ => Output::Nothing,
        };
        let mut progress = Progress::new(self.quiet, !self.no_progress, output, start);
        progress.say(start, &format!("{kind}.batch/{name} created (Kubernetes {})", self.kube));
        let outcome = runner.run(&mut progress);
        progress.finish();
        let outcome = outcome.map_err(trouble)?;
        if self.logs == Logs::Tail {
            print_tails(&dir);
        }
        if !self.quiet {
            self.summarise(&outcome, &dir, &name, wall_clock(), &sem);
        }
        Ok(ExitCode::from(match outcome.ending {
            Ending::Complete => 0,
            Ending::Failed => exit::FAILED,
            Ending::Deleted => exit::DELETED,
            Ending::TimedOut => exit::TIMED_OUT,
            Ending::Interrupted => exit::INTERRUPTED,
        }))
    }

    /// What is to be run, and where it stands.
    fn object(
        &self,
        input: &Input,
        reading: &Reading,
        sem: &Semantics,
    ) -> Result<(Document, Object), ExitCode> {
        let file = &input.name;
        let all = input.objects()?;
        let can_run = |document: &&Document| matches!(document.kind(), Some("Job" | "CronJob"));
        let document = reading.pick(input, &all, &[Kind::Job, Kind::CronJob])?;
        // A headless Service gives pods their names, which they have here anyway.
        let is_left =
            |document: &&Document| !can_run(document) && document.kind() != Some("Service");
        for other in all.iter().filter(is_left).filter(|_| all.len() > 1) {
            let kind = other.kind().unwrap_or("without a kind");
            say!("warning: {file}: the document {kind} is left aside");
        }
        let mut object = if document.kind() == Some("CronJob") {
            Object::CronJob(Box::new(reading.cronjob(input, document, sem)?))
        } else {
            Object::Job(Box::new(reading.job(input, document, sem)?))
        };
        let kind = object.kind();
        let own = &mut object.metadata().namespace;
        match self.namespace.as_deref() {
            Some(wanted) if !own.is_empty() && own != wanted => {
                let text = format!(
                    "{file}: metadata.namespace: the {kind} is of namespace `{own}`, not of the \
                     `{wanted}` given by --namespace"
                );
                return Err(exit::fail(exit::USAGE, text));
            }
            Some(wanted) => *own = wanted.into(),
            None if own.is_empty() => *own = Text::of("default"),
            None => {}
        }
        Ok((document.clone(), object))
    }

    /// What cannot be done here ends the run; the rest is to be said once the Job is admitted.
    fn findings(job: &Job) -> Result<Vec<Finding>, ExitCode> {
        let (fatal, rest): (Vec<_>, Vec<_>) =
            preflight(job, &Node::default()).into_iter().partition(|finding| finding.fatal);
        if !fatal.is_empty() {
            for finding in fatal {
                say!("error: {finding}");
            }
            return Err(ExitCode::from(exit::USAGE));
        }
        Ok(rest)
    }

    fn summarise(&self, outcome: &Outcome, dir: &RunDir, name: &str, now: Time, sem: &Semantics) {
        say!("");
        let jobs = outcome.jobs.iter().map(|job| &**job);
        match &outcome.cronjob {
            Some(cronjob) => {
                say!("{}", cronjob_table([&**cronjob], Columns::Narrow, now, sem).trim_end())
            }
            None => {
                say!("{}", job_table(jobs, Columns::Narrow, now, sem).trim_end());
                let conditions = outcome.jobs.first().map(|job| job.status.conditions.as_slice());
                if let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) {
                    say!("");
                    say!("{}", condition_table(conditions).trim_end());
                }
            }
        }
        say!("");
        match outcome.ending {
            Ending::Complete | Ending::Failed => {}
            Ending::Deleted if outcome.cronjob.is_some() => {
                say!("The CronJob was deleted; nothing of it is left running.");
            }
            Ending::Deleted => say!("The Job was deleted; nothing of it is left running."),
            Ending::Interrupted => say!("Interrupted; nothing of it is left running."),
            Ending::TimedOut => say!("The time was up; nothing of it is left running."),
        }
        let logs = dir.path().join("logs");
        // The default place needs no option to be found again.
        let option = match self.state.path() {
            path if path == jobsem_run::default_state_dir() => String::new(),
            path => format!(" --state-dir {}", path.display()),
        };
        say!("Logs: {} (jobsem logs {name}{option})", logs.display());
    }
}

/// What can be run.
enum Object {
    Job(Box<Job>),
    CronJob(Box<CronJob>),
}

impl Object {
    fn kind(&self) -> &'static str {
        if matches!(self, Object::Job(_)) { "Job" } else { "CronJob" }
    }

    fn metadata(&mut self) -> &mut ObjectMeta {
        match self {
            Object::Job(job) => &mut job.metadata,
            Object::CronJob(cronjob) => &mut cronjob.metadata,
        }
    }

    /// The Job, or what each Job of the CronJob will be like.
    fn template(&self) -> Job {
        match self {
            Object::Job(job) => Job::clone(job),
            Object::CronJob(cronjob) => {
                let mut job = Job::default();
                job.spec = cronjob.spec.job_template.spec.clone();
                job
            }
        }
    }
}

/// What the API server refuses, in its words, each field with its place in the manifest.
fn refused(file: &str, text: &str, document: &Document, error: &Error) -> ExitCode {
    let placed = |field: &str, words: String| {
        let at = document.locate(Error::new(ErrorKind::Invalid, "").with_path(field)).location();
        let error = Error::new(ErrorKind::Invalid, words);
        at.map_or(error.clone(), |at| error.with_location(at.line, at.column))
    };
    match error.fields() {
        [] => exit::fail(exit::USAGE, format!("{file}: {}", error.message())),
        [one] => exit::fail_in(file, text, &placed(&one.field, error.message().to_owned())),
        many => {
            // The API server's list of all fields is told below, one by one.
            let head = error.message().split(": [").next().unwrap_or_default();
            say!("error: {file}: {head}: {} fields", many.len());
            for field in many {
                exit::fail_in(file, text, &placed(&field.field, field.to_string()));
            }
            ExitCode::from(exit::USAGE)
        }
    }
}

fn condition_table(conditions: &[JobCondition]) -> String {
    let row = |c: &JobCondition| {
        [c.type_.as_str(), c.status.as_str(), &c.reason, &c.message].map(str::to_owned).to_vec()
    };
    table(&["CONDITION", "STATUS", "REASON", "MESSAGE"], conditions.iter().map(row).collect())
}

fn print_tails(dir: &RunDir) {
    for (pod, logs) in dir.logs() {
        for log in logs {
            let bytes = std::fs::read(&log.path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<_> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(TAIL_LINES)..] {
                to_stdout(format!("[{pod}/{}] {line}\n", log.container).as_bytes());
            }
        }
    }
}

/// Ctrl-C, a polite kill and a closed terminal end the run gracefully; a second one at once.
fn catch_signals(runner: &Runner) -> std::io::Result<()> {
    let inputs = runner.inputs();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            if inputs.send(Request::Interrupt).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}
