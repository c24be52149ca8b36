//! `jobsem create`: creates Jobs and CronJobs from a command line, as `kubectl create` does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jobsem::Semantics;
use jobsem::api::CronJob;
use jobsem::decode::{Document, FieldValidation};
use jobsem::manifest::{Printer, job_from_cronjob, new_cronjob, new_job};

use super::run::{Manifest as ToRun, RunOptions};
use crate::exit;
use crate::validate::files::Input;

/// Create a Job or CronJob from a command line, in kubectl's syntax.
#[derive(Args)]
pub struct Create {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Job(CreateJob),
    #[command(name = "cronjob", visible_alias = "cj")]
    CronJob(CreateCronJob),
}

/// Create a Job and run it here; with --dry-run=client, print it.
///
/// With --dry-run=client the output is kubectl's, byte for byte. Otherwise the Job runs on this
/// machine as with `jobsem run`.
#[derive(Args)]
#[command(after_help = job_help())]
#[command(override_usage = JOB_USAGE)]
struct CreateJob {
    /// The name of the Job.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The image to run.
    #[arg(long, default_value = "", hide_default_value = true)]
    image: String,

    /// Create the Job from the template of a CronJob, `cronjob/NAME`, in the file of -f.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "cronjob/NAME")]
    from: String,

    /// The file with the CronJob of --from, in YAML or JSON: documents or a List; `-` is standard
    /// input.
    #[arg(short, long, value_name = "FILE")]
    filename: Option<PathBuf>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    run: RunOptions,

    /// The command and its arguments.
    #[arg(last = true)]
    command: Vec<String>,
}

/// Create a CronJob and run it here; with --dry-run=client, print it.
///
/// With --dry-run=client the output is kubectl's, byte for byte. Otherwise the CronJob starts its
/// Jobs on this machine as with `jobsem run`, until you interrupt it.
#[derive(Args)]
#[command(after_help = cronjob_help())]
#[command(override_usage = "jobsem create cronjob NAME --image=IMAGE --schedule='0/5 * * * ?' \
                            [OPTIONS] -- [COMMAND]...")]
struct CreateCronJob {
    /// The name of the CronJob.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The image to run.
    #[arg(long)]
    image: Option<String>,

    /// The schedule, in the cron format.
    #[arg(long)]
    schedule: Option<String>,

    /// The restart policy of the pods: OnFailure or Never.
    #[arg(long, default_value = "", hide_default_value = true)]
    restart: String,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    run: RunOptions,

    /// The command and its arguments.
    #[arg(last = true)]
    command: Vec<String>,
}

#[derive(Args)]
struct Output {
    /// The output format, with --dry-run=client: `yaml`, `json` or `name`.
    #[arg(short, long, default_value = "", hide_default_value = true, value_name = "FORMAT")]
    output: String,

    /// `client` prints the object and does not run it.
    #[arg(
        long,
        num_args = 0..=1,
        require_equals = true,
        default_value = "none",
        default_missing_value = "unchanged",
        value_name = "none|client"
    )]
    dry_run: String,
}

const JOB_USAGE: &str = "\
jobsem create job NAME --image=IMAGE [OPTIONS] -- [COMMAND]...
       jobsem create job NAME --from=cronjob/NAME -f FILE [OPTIONS]";

fn job_help() -> String {
    format!(
        "Examples:\n  jobsem create job hello --image=busybox -- echo hello\n  \
         jobsem create job pi --image=perl --dry-run=client -o yaml -- perl -e 'print 1'\n  \
         jobsem create job test --from=cronjob/nightly -f nightly.yaml --dry-run=client -o yaml\n\n\
         With --dry-run=client the exit code is 0, or 2 if an option or file cannot be used. \
         Otherwise:\n\n{}",
        exit::HELP
    )
}

fn cronjob_help() -> String {
    format!(
        "Examples:\n  jobsem create cronjob nightly --image=busybox --schedule='0 3 * * *' \
         --dry-run=client -o yaml\n  jobsem create cronjob tick --image=busybox \
         --schedule='*/1 * * * *' --restart=Never -- date\n\n\
         With --dry-run=client the exit code is 0, or 2 if an option cannot be used. \
         Otherwise:\n\n{}",
        exit::HELP
    )
}

impl Create {
    pub fn run(self) -> ExitCode {
        let done = match self.what {
            What::Job(job) => job.create(),
            What::CronJob(cronjob) => cronjob.create(),
        };
        done.unwrap_or_else(|code| code)
    }
}

impl CreateJob {
    fn create(self) -> Result<ExitCode, ExitCode> {
        let name = one_name(&self.names, "job")?;
        let dry_run = self.output.dry_run()?;
        if self.image.is_empty() == self.from.is_empty() {
            return Err(wrong("either --image or --from must be specified"));
        }
        if !self.from.is_empty() && !self.command.is_empty() {
            return Err(wrong("cannot specify --from and command"));
        }
        let sem = Semantics::kube(self.run.kube);
        let mut job = if self.from.is_empty() {
            if self.filename.is_some() {
                return Err(wrong("-f goes with --from"));
            }
            new_job(name, &self.image, self.command)
        } else {
            let file = self.filename.as_deref();
            let file = file.ok_or_else(|| wrong("--from needs -f FILE, the CronJob's manifest"))?;
            job_from_cronjob(name, &cronjob_in(file, &self.from, &self.run.namespace, &sem)?)
        };
        job.metadata.namespace = self.run.namespace.clone().unwrap_or_default().into();
        let manifest = Printer::job(&job, &sem);
        if dry_run {
            return self.output.print(&manifest);
        }
        self.output.expect_none()?;
        self.run.run(ToRun::made("the new Job", manifest.to_yaml()))
    }
}

impl CreateCronJob {
    fn create(self) -> Result<ExitCode, ExitCode> {
        let missing: Vec<&str> = [("image", &self.image), ("schedule", &self.schedule)]
            .into_iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name)
            .collect();
        if !missing.is_empty() {
            let names = missing.join("\", \"");
            return Err(wrong(&format!("required flag(s) \"{names}\" not set")));
        }
        let name = one_name(&self.names, "cronjob")?;
        let (image, schedule) = (self.image.unwrap_or_default(), self.schedule.unwrap_or_default());
        let dry_run = self.output.dry_run()?;
        let mut cronjob = new_cronjob(name, &image, &schedule, &self.restart, self.command);
        cronjob.metadata.namespace = self.run.namespace.clone().unwrap_or_default().into();
        let manifest = Printer::cronjob(&cronjob, &Semantics::kube(self.run.kube));
        if dry_run {
            return self.output.print(&manifest);
        }
        self.output.expect_none()?;
        self.run.run(ToRun::made("the new CronJob", manifest.to_yaml()))
    }
}

impl Output {
    /// Whether nothing is to be done but to print.
    fn dry_run(&self) -> Result<bool, ExitCode> {
        match self.dry_run.as_str() {
            "none" | "false" => Ok(false),
            "client" => Ok(true),
            "unchanged" | "true" => {
                say!("warning: --dry-run is deprecated and can be replaced with --dry-run=client.");
                Ok(true)
            }
            "server" => Err(wrong("--dry-run=server needs a cluster; there is --dry-run=client")),
            other => Err(wrong(&format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    fn print(&self, manifest: &Printer) -> Result<ExitCode, ExitCode> {
        let text = match self.output.as_str() {
            "" => format!("{} created (dry run)\n", manifest.resource_name()),
            "yaml" => manifest.to_yaml(),
            "json" => manifest.to_json(),
            "name" => format!("{}\n", manifest.resource_name()),
            other => {
                return Err(wrong(&format!(
                    "unable to match a printer suitable for the output format \"{other}\", \
                     allowed formats are: json,name,yaml"
                )));
            }
        };
        crate::tail::to_stdout(text.as_bytes());
        Ok(ExitCode::SUCCESS)
    }

    fn expect_none(&self) -> Result<(), ExitCode> {
        if self.output.is_empty() {
            return Ok(());
        }
        Err(wrong("-o goes with --dry-run=client; without it the object runs here"))
    }
}

fn wrong(message: &str) -> ExitCode {
    exit::fail(exit::USAGE, message)
}

fn one_name<'a>(names: &'a [String], what: &str) -> Result<&'a str, ExitCode> {
    match names {
        [one] => Ok(one),
        names => Err(wrong(&format!(
            "exactly one NAME is required, got {}\n\
             See 'jobsem create {what} -h' for help and examples",
            names.len()
        ))),
    }
}

/// The CronJob that `from` names, in a file.
fn cronjob_in(
    file: &Path,
    from: &str,
    namespace: &Option<String>,
    sem: &Semantics,
) -> Result<CronJob, ExitCode> {
    let name = from.split_once('/').and_then(|(resource, name)| {
        let kind = resource.split('.').next().unwrap_or_default().to_ascii_lowercase();
        matches!(kind.as_str(), "cronjob" | "cronjobs" | "cj").then_some(name)
    });
    let name =
        name.ok_or_else(|| wrong(&format!("--from={from}: from must be an existing cronjob")))?;
    let input = Input::read(file).map_err(|problem| exit::fail(exit::USAGE, problem))?;
    let mut found: Vec<Document> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for document in input.documents() {
        let document =
            document.map_err(|error| exit::fail_in(&input.name, &input.text(), &error))?;
        if document.kind() != Some("CronJob") {
            continue;
        }
        let text = |path| document.value_at(path).and_then(|v| v.as_str()).unwrap_or_default();
        let elsewhere = match (namespace, text("metadata.namespace")) {
            (Some(wanted), own) => !own.is_empty() && own != wanted,
            (None, _) => false,
        };
        match text("metadata.name") {
            own if own == name && !elsewhere => found.push(document),
            own => others.push(own.to_owned()),
        }
    }
    match found.as_slice() {
        [one] => match one.read_cronjob(FieldValidation::Strict, sem) {
            Ok((cronjob, _)) => Ok(cronjob),
            Err(error) => Err(exit::fail_in(&input.name, &input.text(), &one.locate(error))),
        },
        [] => {
            let there = match others.as_slice() {
                [] => "there is no CronJob in it".to_owned(),
                names => format!("it has {}", names.join(", ")),
            };
            let text = format!("{}: cronjobs.batch \"{name}\" not found: {there}", input.name);
            Err(exit::fail(exit::USAGE, text))
        }
        many => {
            let text = format!(
                "{}: {} CronJobs \"{name}\" in it; choose one with --namespace",
                input.name,
                many.len()
            );
            Err(exit::fail(exit::USAGE, text))
        }
    }
}
