//! `jobsem create`: creates Jobs and CronJobs from a command line, as `kubectl create` does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jobsem::admission::{CreateContext, Invalid};
use jobsem::api::{CronJob, Kind};
use jobsem::cluster::{Identity as _, SeededIdentity};
use jobsem::manifest::{Printer, job_from_cronjob, new_cronjob, new_job};
use jobsem::{Semantics, admission};
use jobsem_run::clock::wall_clock;

use super::run::RunOptions;
use crate::exit;
use crate::input::Input;
use crate::manifests::{FieldsOption, Reading, Select, kind_named};

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
    fields: FieldsOption,

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
            job_from_cronjob(name, &cronjob_in(file, &self.from, &self.run, self.fields, &sem)?)
        };
        job.metadata.namespace = self.run.namespace.clone().unwrap_or_default().into();
        let manifest = Printer::job(&job, &sem);
        if dry_run {
            return self.output.print(&manifest);
        }
        self.output.expect_none()?;
        let made = Input { name: "the new Job".to_owned(), text: manifest.to_yaml() };
        self.run.run(&made, &Reading::default())
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
        let made = Input { name: "the new CronJob".to_owned(), text: manifest.to_yaml() };
        self.run.run(&made, &Reading::default())
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

/// The CronJob that `from` names, in a file, as a cluster would have it.
fn cronjob_in(
    file: &Path,
    from: &str,
    run: &RunOptions,
    fields: FieldsOption,
    sem: &Semantics,
) -> Result<CronJob, ExitCode> {
    let named = from.parse().ok().filter(|_| {
        from.split_once('/').is_some_and(|(kind, _)| kind_named(kind) == Some(Kind::CronJob))
    });
    let name: Select =
        named.ok_or_else(|| wrong(&format!("--from={from}: from must be an existing cronjob")))?;
    let input = Input::read(file)?;
    let mut all = input.objects()?;
    if let Some(wanted) = &run.namespace {
        all.retain(|document| {
            let own = document.value_at("metadata.namespace").and_then(|value| value.as_str());
            own.is_none_or(|own| own.is_empty() || own == wanted)
        });
    }
    let reading = Reading { name: Some(name), fields };
    let document = reading.pick(&input, &all, &[Kind::CronJob])?;
    let cronjob = reading.cronjob(&input, document, sem)?;
    if !cronjob.metadata.uid.is_empty() {
        return Ok(cronjob);
    }
    created(cronjob, run, sem).map_err(|invalid| {
        say!("{}", invalid.kubectl());
        ExitCode::from(exit::USAGE)
    })
}

/// A CronJob as the server has it once it is created. The UID follows from the name, so that the
/// same command prints the same Job.
fn created(cronjob: CronJob, run: &RunOptions, sem: &Semantics) -> Result<CronJob, Invalid> {
    let namespace = match cronjob.metadata.namespace.as_str() {
        "" => run.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        own => own.to_owned(),
    };
    let key = format!("{namespace}/{}", cronjob.metadata.name);
    // A seed from the name, by the hash of Fowler, Noll and Vo.
    let seed = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let uid = SeededIdentity::new(seed).uid("CronJob", &cronjob.metadata.name);
    let context =
        CreateContext { namespace: &namespace, uid: &uid, now: wall_clock(), name_suffix: "xxxxx" };
    Ok(admission::create_cronjob(cronjob, &context, sem)?.object)
}
