//! `jobsem explain`: how a Job stands, what its controller would do now, and why.
//!
//! Everything that is said comes from the core: `outcome`, `reconcile_explained`, `explain_pods`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use jobsem::api::Job;
use jobsem::decode::{Document, FieldValidation};
use jobsem::wire::{Change, Explanation, Objects};
use jobsem::{Call, KubeVersion, Semantics, Time};
use serde_json::Value;

use crate::exit;
use crate::input::{Input, plain};
use crate::manifests::{Fields, Select};

/// Explain a Job: its verdict, what its controller would do now, how each pod counts, and why.
///
/// FILE holds Jobs and pods in YAML or JSON: documents, or the List that `kubectl get -o yaml`
/// prints. The command reads only; it changes nothing.
///
/// A dump does not contain what the controller remembers: a running back-off shows only through
/// pods that are not counted yet.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The Jobs and pods; `-` is standard input.
    file: PathBuf,

    /// A separate file with the pods.
    #[arg(long, value_name = "FILE")]
    pods: Option<PathBuf>,

    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Explain only the Jobs of this name.
    #[arg(long, value_name = "[KIND/]NAME")]
    name: Option<Select>,

    /// What to do with fields that are unknown or stand twice [default: ignore].
    #[arg(long = "field-validation", value_enum, value_name = "HOW")]
    fields: Option<Fields>,

    /// The time of the explanation, such as `2026-03-01T12:00:00Z` [default: now].
    #[arg(long, value_name = "RFC3339")]
    now: Option<Time>,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

const HELP: &str = "\
Examples:
  kubectl get job,pods -n team -o yaml | jobsem explain -
  jobsem explain job.yaml --pods pods.yaml --now 2026-03-01T12:00:00Z --kube 1.31

JSON (--format json) is one object per Job, in a list:
  job        namespace/name
  at, kube   the time and the version it is explained for
  outcome    verdict (pending, running, suspended, will-succeed, will-fail, succeeded, failed),
             reason, message, since
  skipped    why the controller leaves the Job alone, if it does
  error      what keeps it from deciding, if something does
  requests   what one sync would ask the API for: verb, resource, name, and patch or status
  events     type, reason, message
  changes    of the status: path, before, after
  refused    the status write that the API server refuses, if it does: message, until, reason
  wakeup     when the Job is looked at next if nothing happens before: at, reason
  notes      why: rule (docs/semantics) and text
  pods       name, index, standing, rule, text

Exit codes:
  0    explained
  2    a file cannot be used, or has no Job in it";

impl Explain {
    pub fn run(self) -> ExitCode {
        match self.explain() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure,
        }
    }

    fn explain(&self) -> Result<(), ExitCode> {
        let mut objects = Objects::default();
        for path in std::iter::once(&self.file).chain(&self.pods) {
            let input = Input::read(path)?;
            for document in input.objects()? {
                let is_left =
                    |select: &Select| document.kind() == Some("Job") && !select.is(&document);
                if self.name.as_ref().is_some_and(is_left) {
                    continue;
                }
                self.take(&mut objects, &input, &document)?;
            }
        }
        if objects.jobs.is_empty() {
            let name = match self.file.as_os_str() == "-" {
                true => "standard input".to_owned(),
                false => self.file.display().to_string(),
            };
            let text = match &self.name {
                Some(name_wanted) => format!("{name}: there is no Job `{name_wanted}` in it"),
                None => format!("{name}: there is no Job in it"),
            };
            return Err(exit::fail(exit::USAGE, text));
        }
        let now = match self.now {
            Some(now) => now,
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Time::from_unix(since.as_secs().try_into().unwrap_or(i64::MAX))
            }
        };
        let explained: Vec<_> =
            objects.jobs.iter().map(|job| self.explain_job(job, &objects, now)).collect();
        match self.format {
            Format::Text => {
                for (n, job) in explained.iter().enumerate() {
                    out!("{}{}", if n > 0 { "\n" } else { "" }, Shown(job).to_text());
                }
            }
            Format::Json => {
                let all: Value = explained.iter().map(Explanation::to_value).collect();
                out!("{all:#}\n");
            }
        }
        Ok(())
    }

    /// Takes an object of a dump. Its fields may be those of another version, so that unknown ones
    /// matter only if the user says so.
    fn take(
        &self,
        objects: &mut Objects,
        input: &Input,
        document: &Document,
    ) -> Result<(), ExitCode> {
        if document.kind() == Some("Job") && document.api_version().is_some() {
            let sem = Semantics::kube(self.kube);
            let how = match self.fields {
                Some(fields) => fields.into(),
                None => FieldValidation::Ignore,
            };
            let read = document.read_job(how, &sem);
            let (_, warnings) = read.map_err(|error| input.tell_at(document, error))?;
            for warning in warnings {
                say!("Warning: {warning}");
            }
        }
        objects.take(document.value().clone()).map_err(|error| input.tell_at(document, error))
    }

    fn explain_job(&self, job: &Job, objects: &Objects, now: Time) -> Explanation {
        Explanation::of_dump(job, objects, now, &Semantics::kube(self.kube))
    }
}

/// An explanation, for people.
struct Shown<'a>(&'a Explanation);

impl Shown<'_> {
    fn to_text(&self) -> String {
        let Shown(explained) = self;
        let mut out =
            format!("job {} at {} (Kubernetes {})\n", explained.key, explained.now, explained.kube);
        out += &format!("  {}", explained.outcome.verdict);
        if let Some(since) = explained.outcome.since {
            out += &format!(" since {since}");
        }
        let why = [&explained.outcome.reason, &explained.outcome.message];
        let why: Vec<&str> =
            why.into_iter().map(String::as_str).filter(|t| !t.is_empty()).collect();
        if !why.is_empty() {
            out += &format!(": {}", why.join(": "));
        }
        out += "\n\nOne sync now:\n";
        let mut lines = Vec::new();
        lines.extend(
            explained
                .plan
                .skipped
                .map(|why| format!("nothing: {}", Explanation::skipped_text(why))),
        );
        lines.extend(explained.plan.error.as_ref().map(|error| {
            let word = if explained.lacks_pods { "not known" } else { "fails" };
            format!("{word}: {error}")
        }));
        lines.extend(explained.plan.requests.iter().map(request_text));
        if let Some(refused) = &explained.refused {
            if let Some(write) = lines.last_mut() {
                write.push_str(": the API server refuses it");
            }
            lines.push(format!("  {}", refused.message));
            let until = match refused.until {
                Some((at, reason)) => format!("until {at} ({reason})"),
                None => "for ever, unless the Job or its pods change".to_owned(),
            };
            lines.push(format!(
                "the sync ends here; the controller tries again after 1s, 2s, 4s and so on up to \
                 1m, and is refused {until} [STATUS-UPDATE-1, QUEUE-20]"
            ));
        }
        let event = |event: &jobsem::Event| {
            format!("event {} {}: {}", event.type_.as_str(), event.reason, event.message)
        };
        lines.extend(explained.plan.events.iter().map(event));
        for change in Change::all(&value(&explained.before), &value(&explained.plan.status)) {
            let (before, after) = (plain(change.before), plain(change.after));
            lines.push(format!("status.{}: {before} -> {after}", change.path));
        }
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        for line in &lines {
            out += &format!("  {line}\n");
        }
        if !explained.plan.explain().is_empty() {
            out += "\nWhy:\n";
            for note in explained.plan.explain() {
                out += &format!("  {note}\n");
            }
        }
        if let Some(next) = &explained.plan.wakeup {
            let (at, reason) = (next.at, next.reason);
            out += &format!("\nNext, if nothing happens before: {at} ({reason})\n");
        }
        if !explained.pods.is_empty() {
            out += "\nPods:\n";
            let width = explained.pods.iter().map(|pod| pod.name.len()).max().unwrap_or(0);
            for pod in &explained.pods {
                let (name, standing) = (&pod.name, pod.standing.as_str());
                out += &format!("  {name:width$}  {standing:18}  {} [{}]\n", pod.text, pod.rule);
            }
        }
        out
    }
}

fn value(status: &jobsem::api::JobStatus) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}

fn request_text(call: &Call) -> String {
    match call {
        Call::UpdateJobStatus { .. } => "write the status".to_owned(),
        Call::PatchPod { pod, patch } => {
            format!("patch pod {}: {}", pod.metadata.name, patch.to_value())
        }
        call => {
            let (verb, resource) = (call.verb(), call.resource());
            format!("{verb} {} {}", resource.trim_end_matches('s'), call.name())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job() -> Value {
        json!({"kind": "Job", "metadata": {"name": "j", "uid": "u"},
               "spec": {"completions": 1, "parallelism": 1, "backoffLimit": 0,
                        "selector": {"matchLabels": {"j": "j"}}}})
    }

    fn pod() -> Value {
        json!({"metadata": {"name": "p", "uid": "p", "labels": {"j": "j"},
                "finalizers": ["batch.kubernetes.io/job-tracking"],
                "ownerReferences": [{"kind": "Job", "name": "j", "uid": "u", "controller": true}]},
               "status": {"phase": "Failed"}})
    }

    #[test]
    fn lists_are_opened_and_other_kinds_passed_over() {
        let mut objects = Objects::default();
        objects.take(json!({"kind": "List", "items": [job(), {"kind": "Service"}]})).unwrap();
        objects.take(json!({"kind": "PodList", "items": [pod()]})).unwrap();
        let names = (&objects.jobs[0].metadata.namespace, &objects.pods[0].metadata.namespace);
        assert_eq!((objects.jobs.len(), objects.pods.len()), (1, 1));
        assert_eq!(names, (&"default".into(), &"default".into()));
    }

    #[test]
    fn both_forms_say_what_happens_and_why() {
        let mut objects = Objects::default();
        objects.take(job()).unwrap();
        objects.take(json!({"kind": "PodList", "items": [pod()]})).unwrap();
        let now: Time = "2026-03-01T12:00:00Z".parse().unwrap();
        let command = Explain {
            file: PathBuf::new(),
            pods: None,
            kube: KubeVersion::V1_37,
            now: Some(now),
            format: Format::Text,
            name: None,
            fields: None,
        };
        let explained = command.explain_job(&objects.jobs[0], &objects, now);
        let text = Shown(&explained).to_text();
        assert!(text.contains("1 failed, more than backoffLimit 0 [BACKOFF-21]"), "{text}");
        assert!(text.contains("event Warning BackoffLimitExceeded"), "{text}");
        assert!(text.contains("counted next [TRACK-10]"), "{text}");
        let value = explained.to_value();
        assert_eq!(value["pods"][0]["standing"], "failed");
        assert_eq!(value["outcome"]["verdict"], "pending");
        assert!(value["requests"].as_array().is_some_and(|all| all.len() == 3), "{value}");
    }
}
