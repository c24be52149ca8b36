//! `jobsem get`.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jobsem::api::{CronJob, Job, Pod};
use jobsem::print::{Columns, cronjob_table, job_table, pod_table};
use jobsem::{KubeVersion, Semantics};
use jobsem_run::RunDir;
use jobsem_run::clock::wall_clock;
use jobsem_run::control::Command;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit;
use crate::tail::to_stdout;
use crate::target::{Namespaces, StateDir, ask_dir};

/// Show the Jobs, CronJobs and pods of current and past runs, as kubectl shows them.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Get {
    /// What to show, as in kubectl: `pods`, `jobs` or `cronjobs`, and the name of a Job or CronJob,
    /// as in `pods pi`, `job/pi` or `pi`; a name selects its latest run [default: everything].
    #[arg(value_name = "TYPE|NAME", num_args = 0..=2)]
    what: Vec<String>,

    /// The output format.
    #[arg(short, long, value_enum)]
    output: Option<Output>,

    #[command(flatten)]
    namespaces: Namespaces,

    #[command(flatten)]
    state: StateDir,
}

const HELP: &str = "\
Examples:
  jobsem get
  jobsem get pi -o wide
  jobsem get pods pi
  jobsem get pi -o yaml";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Wide,
    Yaml,
    Json,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Any,
    Jobs,
    CronJobs,
    Pods,
}

impl Type {
    /// The words of kubectl.
    fn parse(word: &str) -> Option<Type> {
        Some(match word {
            "job" | "jobs" | "job.batch" | "jobs.batch" => Type::Jobs,
            "cronjob" | "cronjobs" | "cj" | "cronjob.batch" | "cronjobs.batch" => Type::CronJobs,
            "pod" | "pods" | "po" => Type::Pods,
            _ => return None,
        })
    }
}

/// What a run has, as it is or as it was when the run ended.
struct Found {
    jobs: Vec<Value>,
    cronjob: Option<Value>,
    pods: Vec<Value>,
    sem: Semantics,
}

impl Get {
    pub fn run(self) -> ExitCode {
        self.try_run().unwrap_or_else(|code| code)
    }

    fn try_run(self) -> Result<ExitCode, ExitCode> {
        let state = self.state.path();
        let (type_, name) = self.asked()?;
        let names = match &name {
            Some(name) => vec![name.clone()],
            None => RunDir::job_names(&state),
        };
        let mut found = Vec::new();
        for one in names {
            match self.namespaces.latest(&state, &one).and_then(|dir| find(&dir)) {
                Ok(one) => found.push(one),
                Err(error) if name.is_none() && error.kind() == ErrorKind::NotFound => {}
                // One broken run does not hide the others.
                Err(error) if name.is_none() => say!("warning: {one}: {error}"),
                Err(error) => return Err(exit::fail(exit::USAGE, error)),
            }
        }
        let wants = |kind: Type| type_ == kind || type_ == Type::Any && kind != Type::Pods;
        let of = |kind: Type, values: fn(&Found) -> Vec<Value>| -> Vec<Value> {
            if wants(kind) { found.iter().flat_map(values).collect() } else { Vec::new() }
        };
        let jobs = of(Type::Jobs, |found| found.jobs.clone());
        let cronjobs = of(Type::CronJobs, |found| found.cronjob.clone().into_iter().collect());
        let pods = of(Type::Pods, |found| found.pods.clone());
        let all: Vec<&Value> = cronjobs.iter().chain(&jobs).chain(&pods).collect();
        match self.output {
            Some(Output::Json) => print_values(&all, |value| format!("{value:#}\n")),
            Some(Output::Yaml) => print_values(&all, |value| {
                serde_saphyr::to_string(value).unwrap_or_else(|_| format!("{value:#}\n"))
            }),
            _ if all.is_empty() => say!("No resources found"),
            wide => {
                let columns = if wide.is_some() { Columns::Wide } else { Columns::Narrow };
                let now = wall_clock();
                // Columns differ between versions; the first run's are shown.
                let sem = &found[0].sem;
                let [cronjob_places, job_places, pod_places] =
                    [&cronjobs, &jobs, &pods].map(|values| namespaces(values));
                let cronjobs: Vec<CronJob> = read(&cronjobs)?;
                let jobs: Vec<Job> = read(&jobs)?;
                let pods: Vec<Pod> = read(&pods)?;
                let tables = [
                    (!cronjobs.is_empty()).then(|| cronjob_table(&cronjobs, columns, now, sem)),
                    (!jobs.is_empty()).then(|| job_table(&jobs, columns, now, sem)),
                    (!pods.is_empty()).then(|| pod_table(&pods, columns, now)),
                ];
                let tables = tables.into_iter().zip([&cronjob_places, &job_places, &pod_places]);
                let tables: Vec<_> = tables
                    .filter_map(|(table, places)| match self.namespaces.all_namespaces {
                        true => table.map(|table| with_namespaces(&table, places)),
                        false => table,
                    })
                    .collect();
                to_stdout(tables.join("\n").as_bytes());
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The type and the name that are meant.
    fn asked(&self) -> Result<(Type, Option<String>), ExitCode> {
        let usage = |text: String| exit::fail(exit::USAGE, text);
        match self.what.as_slice() {
            [] => Ok((Type::Any, None)),
            [one] => match (Type::parse(one), one.split_once('/')) {
                (Some(type_), _) => Ok((type_, None)),
                (None, Some((type_, name))) => {
                    let known = Type::parse(type_).filter(|type_| *type_ != Type::Pods);
                    let text = || usage(format!("`{type_}` is neither job nor cronjob"));
                    Ok((known.ok_or_else(text)?, Some(name.to_owned())))
                }
                (None, None) => Ok((Type::Any, Some(one.clone()))),
            },
            [type_, name, ..] => {
                let known = Type::parse(type_);
                let text = || usage(format!("`{type_}` is none of pods, jobs and cronjobs"));
                Ok((known.ok_or_else(text)?, Some(name.clone())))
            }
        }
    }
}

fn read<T: DeserializeOwned>(values: &[Value]) -> Result<Vec<T>, ExitCode> {
    let read = |value: &Value| T::deserialize(value);
    values.iter().map(read).collect::<Result<_, _>>().map_err(|e| exit::fail(exit::TROUBLE, e))
}

fn namespaces(values: &[Value]) -> Vec<String> {
    let of =
        |value: &Value| value["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
    values.iter().map(of).collect()
}

/// A table with the namespace of each row in front, as `kubectl get -A` has it.
fn with_namespaces(table: &str, namespaces: &[String]) -> String {
    let first = || std::iter::once("NAMESPACE").chain(namespaces.iter().map(String::as_str));
    let width = first().map(str::len).max().unwrap_or_default();
    let rows = first().zip(table.lines());
    rows.map(|(namespace, row)| format!("{namespace:width$}   {row}\n")).collect()
}

fn print_values(values: &[&Value], text: impl Fn(&Value) -> String) {
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            to_stdout(b"---\n");
        }
        to_stdout(text(value).as_bytes());
    }
}

/// Everything as the run has it, or as it was when the run ended.
fn find(dir: &RunDir) -> std::io::Result<Found> {
    let run = dir.read_json("run.json")?;
    let kube = run.get("kube").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let live = ask_dir(dir, &Command::Get).ok();
    let live = |key: &str| live.as_ref()?.get(key).filter(|value| !value.is_null()).cloned();
    let stored = |file: &str, key: &str| live(key).map_or_else(|| dir.read_json(file), Ok);
    let list = |value: Value| match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let is_cron = run.get("kind").and_then(Value::as_str) == Some("CronJob");
    let (jobs, cronjob) = if is_cron {
        let jobs = stored("jobs.json", "jobs").map(list).unwrap_or_default();
        (jobs, Some(stored("cronjob.json", "cronJob")?))
    } else {
        (vec![stored("job.json", "job")?], None)
    };
    let pods = stored("pods.json", "pods").map(list).unwrap_or_default();
    Ok(Found { jobs, cronjob, pods, sem: Semantics::kube(kube.unwrap_or(KubeVersion::LATEST)) })
}
