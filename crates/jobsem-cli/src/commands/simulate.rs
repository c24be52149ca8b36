//! `jobsem simulate`: a Job in virtual time, with scripted pods.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jobsem::api::Job;
use jobsem::decode::documents;
use jobsem::print::{Columns, job_table};
use jobsem::scenario::{Controller, Player, START, Scenario, Seconds, scripts};
use jobsem::{Error, ErrorKind, KubeVersion, Semantics, Verdict, outcome};
use serde_json::{Value, json};

use crate::exit;

/// Play a Job in virtual time and show what a cluster would do, and why.
///
/// FILE is the manifest of a Job, or a scenario in the format of the conformance vectors (with
/// `scripts`, `steps`, `faults`), in YAML or JSON. No process starts: pods behave as --pods
/// describes, by default they succeed after five seconds. Hours pass in milliseconds.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Simulate {
    /// The manifest or scenario; `-` is standard input.
    file: PathBuf,

    /// The behaviour of pods: a file, or inline YAML.
    #[arg(long, value_name = "FILE|YAML")]
    pods: Option<String>,

    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Stop this long after the start, such as `90s` or `2h` [default: at the end of the Job, at
    /// most a day].
    #[arg(long, value_name = "DURATION", value_parser = parse_seconds)]
    until: Option<f64>,

    /// Set a feature gate, such as `JobManagedBy=false`; repeatable.
    #[arg(long = "gate", value_name = "NAME=BOOL", value_parser = parse_gate)]
    gates: Vec<(String, bool)>,

    /// Print the trace as JSON, in the format of the conformance vectors.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Behaviour of pods (--pods), by `*`, `attempt N`, `index N`, `index N attempt M` or pod name:
  '*': {start: 1s, run: 5s, exit: 0}     # the default for every pod
  attempt 1: {run: 2s, exit: 1}          # the first pod, or the first of each index, fails
  index 3: {exit: 42, disrupted: true}
  attempt 2: {run: forever, onDelete: {after: 2s, exit: 143}}

Examples:
  jobsem simulate examples/pi.yaml --pods '{attempt 1: {exit: 1}, attempt 2: {exit: 1}}'
  jobsem simulate examples/indexed-backoff-per-index.yaml --pods '{index 1: {exit: 1}}' --kube 1.30

Exit codes:
  0    the Job is Complete
  1    the Job is Failed, or has not finished
  2    a file or an option cannot be used";

/// A day: longer than any back-off, and a Job that runs for ever has to stop somewhere.
const DEFAULT_UNTIL: f64 = 86_400.0;

impl Simulate {
    pub fn run(self) -> ExitCode {
        match self.simulate() {
            Ok(code) => code,
            Err(failure) => failure,
        }
    }

    fn simulate(&self) -> Result<ExitCode, ExitCode> {
        let (name, text) = read(&self.file)?;
        let scenario = self.scenario(&name, &text)?;
        let sem = Semantics::kube(self.kube)
            .with_gates(&scenario.gates)
            .map_err(|error| exit::fail(exit::USAGE, error))?;
        let tell = |error: Error| tell(&name, &text, &error);
        let player = if self.json { Player::new } else { Player::explained };
        let mut player = player(&scenario, sem).map_err(tell)?;
        if let Some(refusal) = player.refusal() {
            eprintln!("{}", refusal.kubectl());
            return Err(ExitCode::from(exit::USAGE));
        }
        let stops_early = self.until.is_none() && scenario.until == DEFAULT_UNTIL;
        let mut last = BTreeMap::new();
        while player.step().map_err(tell)? {
            for job in player.cluster().jobs() {
                last.insert(job.metadata.name.to_string(), outcome(job).verdict);
            }
            // A limit of zero leaves no moment in which the Job is seen to be Complete.
            while let Some(event) = player.cluster_mut().poll_event() {
                if event.kind == "Job" && event.reason == "Completed" {
                    last.insert(event.name.to_string(), Verdict::Succeeded);
                }
            }
            let waits_for_nothing =
                |job: &Job| job.is_finished() && job.spec.ttl_seconds_after_finished.is_none();
            if stops_early && player.cluster().jobs().all(|job| waits_for_nothing(job)) {
                break;
            }
        }
        if self.json {
            let answer = player.into_answer(&scenario.id);
            println!("{:#}", answer.to_value());
        } else {
            show(&mut player, &last);
        }
        // A Job that its limit of time has deleted counts as it was last.
        let all = last.values().all(|verdict| *verdict == Verdict::Succeeded);
        Ok(ExitCode::from(if all { 0 } else { exit::FAILED }))
    }

    /// The scenario to play: as it stands in the file, or made from a manifest.
    fn scenario(&self, name: &str, text: &str) -> Result<Scenario, ExitCode> {
        let fail = |error: Error| tell(name, text, &error);
        let documents = documents(text.as_bytes()).map_err(fail)?;
        let is_job = |kind: Option<&str>| kind == Some("Job");
        let document = match documents.iter().find(|document| is_job(document.kind())) {
            Some(job) => job,
            None => documents.first().ok_or_else(|| {
                exit::fail(exit::USAGE, format!("{name}: there is nothing in it"))
            })?,
        };
        let mut scenario = if is_job(document.kind()) {
            Scenario::of_job(document.value().clone())
        } else {
            let value = document.value().clone();
            let scenario = Scenario::from_value(value).map_err(fail)?;
            if scenario.job.is_none() && scenario.raw_jobs.is_empty() {
                let text = format!("{name}: neither a Job nor a scenario with a Job");
                return Err(exit::fail(exit::USAGE, text));
            }
            scenario
        };
        if let Some(Value::Object(_)) = &scenario.job {
            let sem = Semantics::kube(self.kube);
            let decoded = if is_job(document.kind()) {
                document.decode_job(&sem).map_err(|error| fail(document.locate(error)))?
            } else {
                serde_json::from_value(scenario.job.clone().unwrap_or_default())
                    .map_err(|error| fail(Error::new(ErrorKind::Decode, error.to_string())))?
            };
            if is_job(document.kind()) && decoded.spec.ttl_seconds_after_finished.is_some() {
                scenario.controllers = vec![Controller::Job, Controller::Ttl];
            }
            let pods = self.pods(!scenario.scripts.is_empty())?;
            if let Some(pods) = pods {
                let scripts = scripts(&decoded, &pods)
                    .map_err(|error| exit::fail(exit::USAGE, format!("--pods: {error}")))?;
                scenario.scripts.extend(scripts);
            }
        }
        scenario.gates.extend(self.gates.iter().cloned());
        match self.until {
            Some(until) => scenario.until = until,
            None if scenario.until == 0.0 => scenario.until = DEFAULT_UNTIL,
            None => {}
        }
        Ok(scenario)
    }

    /// What `--pods` says; pods without scripts of their own succeed.
    fn pods(&self, scripted: bool) -> Result<Option<Value>, ExitCode> {
        let Some(given) = &self.pods else {
            return Ok((!scripted).then(|| json!({"*": {}})));
        };
        let path = Path::new(given);
        let (name, text) = if path.exists() {
            read(path)?
        } else {
            // A document that starts with a brace would be taken for JSON.
            ("--pods".to_owned(), format!("---\n{given}"))
        };
        let documents = documents(text.as_bytes()).map_err(|error| tell(&name, &text, &error))?;
        let mut pods = documents.into_iter().next().map(|d| d.into_value()).unwrap_or_default();
        if let Some(inner) = pods.get_mut("pods") {
            pods = inner.take();
        }
        if let Value::Object(pods) = &mut pods {
            pods.entry("*").or_insert_with(|| json!({}));
        }
        Ok(Some(pods))
    }
}

fn show(player: &mut Player, last: &BTreeMap<String, Verdict>) {
    for warning in player.warnings() {
        eprintln!("Warning: {warning}");
    }
    print!("{}", player.timeline());
    let seconds = player.now().since(START) as f64 / 1e9;
    println!("\nAfter {seconds}s of virtual time:\n");
    let cluster = player.cluster();
    let jobs: Vec<_> = cluster.jobs().map(|job| &**job).collect();
    if !jobs.is_empty() {
        let shown = jobs.iter().copied();
        print!("{}", job_table(shown, Columns::Narrow, player.now(), cluster.semantics()));
    }
    for (name, verdict) in last {
        if jobs.iter().all(|job| job.metadata.name != *name) {
            println!("job/{name} {verdict}, and was deleted");
        }
    }
    for job in jobs {
        let outcome = outcome(job);
        let why = [outcome.reason, outcome.message];
        let why: Vec<_> = why.iter().filter(|text| !text.is_empty()).map(String::as_str).collect();
        let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(": ")) };
        println!("\njob/{} {}{why}", job.metadata.name, outcome.verdict);
    }
}

fn read(path: &Path) -> Result<(String, String), ExitCode> {
    let name = if path.as_os_str() == "-" {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut text = String::new();
    let result = if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    match result {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(exit::fail(exit::USAGE, format!("{name}: {error}"))),
    }
}

fn tell(name: &str, text: &str, error: &Error) -> ExitCode {
    exit::fail_in(name, text, error)
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    Seconds::parse(text).map(|seconds| seconds.0).map_err(|error| error.message().to_owned())
}

fn parse_gate(text: &str) -> Result<(String, bool), String> {
    let (name, on) = text.split_once('=').ok_or("expected NAME=true or NAME=false")?;
    let on = on.parse().map_err(|_| format!("`{on}` is neither true nor false"))?;
    Ok((name.to_owned(), on))
}
