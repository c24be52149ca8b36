//! `jobsem diff`: one scenario at several Kubernetes versions, and where they part.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::scenario::scripts;
use jobsem::scenario::{Scenario, play};
use jobsem::wire::Change;
use jobsem::{KubeVersion, Semantics};
use serde_json::{Value, json};

use crate::exit;
use crate::input::{Input, plain};
use crate::manifests::Reading;
use crate::playable::Playable;

/// Play one scenario at several Kubernetes versions and show where they differ.
///
/// FILE is a scenario in the format of the conformance vectors, or the manifest of a Job, whose
/// pods then succeed after five seconds.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Diff {
    /// The scenario or manifest; `-` is standard input.
    file: PathBuf,

    /// A version, 1.29 to 1.37; repeat it for each version to compare with the first.
    #[arg(long, required = true, num_args = 1, value_name = "VERSION")]
    kube: Vec<KubeVersion>,

    #[command(flatten)]
    reading: Reading,

    /// Show everything from the first difference on, not only three moments.
    #[arg(long)]
    all: bool,
}

const HELP: &str = "\
Example:
  jobsem diff examples/deadline.yaml --kube 1.30 --kube 1.31

Exit codes:
  0    all versions behave the same
  1    they differ
  2    the file or an option cannot be used";

/// A manifest says nothing of how long to play it.
const UNTIL: f64 = 3_600.0;

/// Differing moments that are shown.
const MOMENTS: usize = 3;

impl Diff {
    pub fn run(self) -> ExitCode {
        match self.diff() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(1),
            Err(failure) => failure,
        }
    }

    fn diff(&self) -> Result<bool, ExitCode> {
        let [first, others @ ..] = &self.kube[..] else { return Ok(true) };
        if others.is_empty() {
            return Err(exit::fail(exit::USAGE, "give --kube at least twice"));
        }
        let input = Input::read(&self.file)?;
        // A manifest is to be one of the newest of the versions; older ones drop what they lack.
        let newest = self.kube.iter().max().copied().unwrap_or(*first);
        let scenario = scenario(&input, &self.reading, &Semantics::kube(newest))?;
        let play = |kube: KubeVersion| -> Result<Value, ExitCode> {
            play(&scenario, kube).map_err(|error| input.tell(&error))
        };
        let base = play(*first)?;
        let mut all_equal = true;
        for other in others {
            let result = play(*other)?;
            match differences(&base, &result, if self.all { usize::MAX } else { MOMENTS }) {
                None => out!("{first} and {other}: no difference\n"),
                Some(text) => {
                    all_equal = false;
                    out!("--- {first}\n+++ {other}\n{text}\n");
                }
            }
        }
        Ok(all_equal)
    }
}

/// The scenario that the file holds, or one made from a manifest.
fn scenario(input: &Input, reading: &Reading, sem: &Semantics) -> Result<Scenario, ExitCode> {
    let Playable { mut scenario, job, is_manifest } = Playable::read(input, reading, sem)?;
    if let Some(job) = job.filter(|_| is_manifest) {
        scenario.scripts = scripts(&job, &json!({"*": {}})).map_err(|e| input.tell(&e))?;
        scenario.until = UNTIL;
    }
    Ok(scenario)
}

/// What differs between two results, from the first differing moment on; `None` if nothing does.
fn differences(before: &Value, after: &Value, moments: usize) -> Option<String> {
    if before == after {
        return None;
    }
    let mut out = String::new();
    let (a, b) = (by_moment(before), by_moment(after));
    let times: Vec<&Moment> = a.keys().chain(b.keys().filter(|t| !a.contains_key(*t))).collect();
    let mut times: Vec<&Moment> = times.into_iter().filter(|t| a.get(*t) != b.get(*t)).collect();
    times.sort();
    let none = Vec::new();
    for time in times.iter().take(moments) {
        let (x, y) = (a.get(*time).unwrap_or(&none), b.get(*time).unwrap_or(&none));
        let _ = writeln!(out, "at {}s", time.text);
        show_moment(x, y, &mut out);
    }
    if times.len() > moments {
        let _ = writeln!(out, "and {} later moments (--all shows them)", times.len() - moments);
    }
    for part in ["final", "status", "warnings"] {
        for change in Change::all(&before[part], &after[part]) {
            show_change(part, &change, &mut out);
        }
    }
    Some(out)
}

/// A time of a trace: ordered by its milliseconds, shown as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    millis: i64,
    text: String,
}

fn by_moment(result: &Value) -> BTreeMap<Moment, Vec<&Value>> {
    let mut out: BTreeMap<Moment, Vec<&Value>> = BTreeMap::new();
    for entry in result["trace"].as_array().into_iter().flatten() {
        let text = entry["t"].as_str().unwrap_or_default().to_owned();
        let seconds: f64 = text.parse().unwrap_or(0.0);
        let moment = Moment { millis: (seconds * 1e3).round() as i64, text };
        out.entry(moment).or_default().push(entry);
    }
    out
}

/// What only one side did; a status that both wrote is shown by what differs in it.
fn show_moment(before: &[&Value], after: &[&Value], out: &mut String) {
    let mut left: Vec<&Value> = before.iter().filter(|x| !after.contains(x)).copied().collect();
    let mut right: Vec<&Value> = after.iter().filter(|x| !before.contains(x)).copied().collect();
    let is_status = |entry: &&Value| entry["kind"] == "jobStatus";
    while let (Some(i), Some(j)) =
        (left.iter().position(is_status), right.iter().position(is_status))
    {
        let (a, b) = (left.remove(i), right.remove(j));
        let _ = writeln!(out, "    jobStatus {}", plain(a.get("name")));
        for change in Change::all(&a["object"], &b["object"]) {
            show_change("  ", &change, out);
        }
    }
    for (sign, entries) in [("-", left), ("+", right)] {
        for entry in entries {
            let _ = writeln!(out, "  {sign} {}", entry_text(entry));
        }
    }
}

fn show_change(of: &str, change: &Change<'_>, out: &mut String) {
    let lists = (change.before.and_then(Value::as_array), change.after.and_then(Value::as_array));
    let of = if of.trim().is_empty() { format!("  {of}") } else { format!("  {of}.") };
    if let (Some(a), Some(b)) = lists {
        let _ = writeln!(out, "{of}{}", change.path);
        for (sign, list, other) in [("-", a, b), ("+", b, a)] {
            for item in list.iter().filter(|item| !other.contains(item)) {
                let _ = writeln!(out, "  {sign}   {item}");
            }
        }
        return;
    }
    let (before, after) = (plain(change.before), plain(change.after));
    let _ = writeln!(out, "{of}{}: {before} -> {after}", change.path);
}

fn entry_text(entry: &Value) -> String {
    let text = |key: &str| plain(entry.get(key));
    match entry["kind"].as_str() {
        Some("event") => {
            format!("event {} {}: {}", text("type"), text("reason"), text("message"))
        }
        Some(kind @ ("jobStatus" | "patchPod")) => {
            format!("{kind} {} {}", text("name"), text("object"))
        }
        Some(kind) => {
            let message = entry.get("message").map(|message| plain(Some(message)));
            let message = message.map_or(String::new(), |message| format!(": {message}"));
            format!("{kind} {}{message}", text("name"))
        }
        None => entry.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differing(scenario: Value, a: KubeVersion, b: KubeVersion) -> Option<String> {
        let scenario: Scenario = serde_json::from_value(scenario).unwrap();
        let (a, b) = (play(&scenario, a).unwrap(), play(&scenario, b).unwrap());
        differences(&a, &b, MOMENTS)
    }

    fn deadline() -> Value {
        json!({
            "job": {"metadata": {"name": "j"}, "spec": {"activeDeadlineSeconds": 10,
                "template": {"spec": {"restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "busybox"}]}}}},
            "scripts": {"*": {
                "onCreate": [{"after": 1, "status": {"phase": "Running", "conditions":
                    [{"type": "Ready", "status": "True", "lastTransitionTime": "$NOW"}]}}],
                "onDelete": [{"after": 3, "remove": true}]}},
            "until": 60,
        })
    }

    #[test]
    fn the_deadline_fails_a_job_in_two_steps_since_1_31() {
        let text = differing(deadline(), KubeVersion::V1_30, KubeVersion::V1_31).unwrap();
        assert!(text.starts_with("at 10s\n"), "{text}");
        assert!(text.contains("FailureTarget"), "{text}");
    }

    #[test]
    fn versions_that_do_the_same_have_no_differences() {
        assert_eq!(differing(deadline(), KubeVersion::V1_32, KubeVersion::V1_33), None);
    }
}
