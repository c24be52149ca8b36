//! `jobsem simulate`: a Job in virtual time, with scripted pods.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::api::Job;
use jobsem::decode::Document;
use jobsem::print::{Columns, job_table};
use jobsem::scenario::{Controller, Player, START, Scenario, Seconds, scripts};
use jobsem::{Error, KubeVersion, Semantics, Verdict, outcome};
use serde_json::{Value, json};

use crate::exit;
use crate::input::Input;
use crate::manifests::Reading;
use crate::playable::Playable;

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

    #[command(flatten)]
    reading: Reading,

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
        let input = Input::read(&self.file)?;
        let scenario = self.scenario(&input)?;
        let sem = Semantics::kube(self.kube)
            .with_gates(&scenario.gates)
            .map_err(|error| exit::fail(exit::USAGE, error))?;
        let tell = |error: Error| input.tell(&error);
        let player = if self.json { Player::new } else { Player::explained };
        let mut player = player(&scenario, sem).map_err(tell)?;
        if let Some(refusal) = player.refusal() {
            say!("{}", refusal.kubectl());
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
            out!("{:#}\n", answer.to_value());
        } else {
            show(&mut player, &last);
        }
        // A Job that its limit of time has deleted counts as it was last.
        let all = last.values().all(|verdict| *verdict == Verdict::Succeeded);
        Ok(ExitCode::from(if all { 0 } else { exit::FAILED }))
    }

    /// The scenario to play: as it stands in the file, or made from a manifest.
    fn scenario(&self, input: &Input) -> Result<Scenario, ExitCode> {
        let sem = Semantics::kube(self.kube);
        let Playable { mut scenario, job, is_manifest } =
            Playable::read(input, &self.reading, &sem)?;
        if let Some(job) = &job {
            if is_manifest && job.spec.ttl_seconds_after_finished.is_some() {
                scenario.controllers = vec![Controller::Job, Controller::Ttl];
            }
            if let Some((pods, given)) = self.pods(!scenario.scripts.is_empty())? {
                let scripts = scripts(job, &pods).map_err(|error| tell_pods(&given, error))?;
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

    /// What `--pods` says, and where; pods without scripts of their own succeed.
    fn pods(&self, scripted: bool) -> Result<Option<(Value, Option<Given>)>, ExitCode> {
        let Some(given) = &self.pods else {
            return Ok((!scripted).then(|| (json!({"*": {}}), None)));
        };
        let input = Input::option("--pods", given)?;
        let document = input.only_value()?;
        let mut pods = document.as_ref().map(|d| d.value().clone()).unwrap_or_default();
        let mut under = "";
        if let Some(inner) = pods.get_mut("pods") {
            pods = inner.take();
            under = "pods.";
        }
        if let Value::Object(pods) = &mut pods {
            pods.entry("*").or_insert_with(|| json!({}));
        }
        Ok(Some((pods, document.map(|document| Given { input, document, under }))))
    }
}

/// What `--pods` gives.
struct Given {
    input: Input,
    document: Document,
    /// The member that holds it, if any.
    under: &'static str,
}

/// Says what is wrong with `--pods`, with its place.
fn tell_pods(given: &Option<Given>, error: Error) -> ExitCode {
    let Some(Given { input, document, under }) = given else {
        return exit::fail(exit::USAGE, error);
    };
    let path = error.path().and_then(|path| path.strip_prefix("pods."));
    let path = path.map(|path| format!("{under}{path}"));
    match path {
        Some(path) => input.tell_at(document, error.with_path(path)),
        None => input.tell(&error),
    }
}

fn show(player: &mut Player, last: &BTreeMap<String, Verdict>) {
    for warning in player.warnings() {
        say!("Warning: {warning}");
    }
    out!("{}", player.timeline());
    let seconds = player.now().since(START) as f64 / 1e9;
    out!("\nAfter {seconds}s of virtual time:\n\n");
    let cluster = player.cluster();
    let jobs: Vec<_> = cluster.jobs().map(|job| &**job).collect();
    if !jobs.is_empty() {
        let shown = jobs.iter().copied();
        out!("{}", job_table(shown, Columns::Narrow, player.now(), cluster.semantics()));
    }
    for (name, verdict) in last {
        if jobs.iter().all(|job| job.metadata.name != *name) {
            out!("job/{name} {verdict}, and was deleted\n");
        }
    }
    for job in jobs {
        let outcome = outcome(job);
        let why = [outcome.reason, outcome.message];
        let why: Vec<_> = why.iter().filter(|text| !text.is_empty()).map(String::as_str).collect();
        let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(": ")) };
        out!("\njob/{} {}{why}\n", job.metadata.name, outcome.verdict);
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    Seconds::parse(text).map(|seconds| seconds.0).map_err(|error| error.message().to_owned())
}

fn parse_gate(text: &str) -> Result<(String, bool), String> {
    let (name, on) = text.split_once('=').ok_or("expected NAME=true or NAME=false")?;
    let on = on.parse().map_err(|_| format!("`{on}` is neither true nor false"))?;
    Ok((name.to_owned(), on))
}
