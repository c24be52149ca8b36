//! `jobsem lint`: Jobs and CronJobs that the API server takes and that will still disappoint.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::check::{Options, check_lint};
use jobsem::lint::{self, ALLOW_ANNOTATION, Rule};
use jobsem::{KubeVersion, Semantics, Time};
use jobsem_run::clock::wall_clock;

use crate::exit;
use crate::manifests::{FieldsOption, Select};
use crate::validate::entry::Summary;
use crate::validate::sink::{Format, Sink};
use crate::validate::{each_document, sink_for};

/// Find Jobs and CronJobs that are valid and still dangerous.
///
/// Each rule has a name and a reason (--explain). Silence it with --allow, or with the annotation
/// jobsem.dev/lint-allow of the object: rule names, separated by commas. Manifests that the API
/// server would reject are reported as by `jobsem validate`, and not linted.
///
/// FILE holds one or more documents in YAML or JSON, or the `List` that `kubectl get -o yaml`
/// prints. A directory stands for all its *.yaml, *.yml and *.json files, at any depth.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Lint {
    /// Files and directories; `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["list", "explain"])]
    files: Vec<PathBuf>,

    /// The Kubernetes version the manifests target, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST, value_name = "VERSION")]
    kube: KubeVersion,

    /// The oldest version to support: reports fields that it would drop.
    #[arg(long, value_name = "VERSION")]
    min_kube: Option<KubeVersion>,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Silence a rule; repeatable, or with names separated by commas.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    allow: Vec<Rule>,

    /// Check clock changes in the year after this time, such as 2026-01-01T00:00:00Z [default:
    /// now].
    #[arg(long, value_name = "TIME")]
    at: Option<Time>,

    /// Look only at the objects of this name, or of this kind and name, such as `cronjob/nightly`.
    #[arg(long, value_name = "[KIND/]NAME")]
    name: Option<Select>,

    #[command(flatten)]
    fields: FieldsOption,

    /// List documents without findings and skipped documents, too.
    #[arg(short, long)]
    verbose: bool,

    /// Omit the summary and the progress bar.
    #[arg(short, long)]
    quiet: bool,

    /// List the rules.
    #[arg(long, exclusive = true)]
    list: bool,

    /// Explain a rule and what to do instead.
    #[arg(long, value_name = "RULE", exclusive = true)]
    explain: Option<Rule>,
}

const HELP: &str = "\
Examples:
  jobsem lint job.yaml
  jobsem lint --min-kube 1.30 --allow no-ttl manifests/
  jobsem lint --explain sidecar-keeps-running
  helm template chart | jobsem lint --format sarif - > lint.sarif

Exit codes:
  0    no findings
  1    findings, or the API server would reject a manifest
  2    a file or an option cannot be used, or there is no document at all";

impl Lint {
    pub fn run(self) -> ExitCode {
        if self.list {
            let widest = Rule::all().map(|rule| rule.name().len()).max().unwrap_or_default();
            let line = |rule: Rule| format!("{rule:widest$}  {}\n", rule.summary());
            crate::tail::to_stdout(Rule::all().map(line).collect::<String>().as_bytes());
            return ExitCode::SUCCESS;
        }
        if let Some(rule) = self.explain {
            crate::tail::to_stdout(explained(rule).as_bytes());
            return ExitCode::SUCCESS;
        }
        if let Some(problem) = self.contradiction() {
            return exit::fail(exit::USAGE, problem);
        }
        let mut sink = sink_for(self.format, self.verbose);
        match self.lint(&mut *sink) {
            Ok(summary) => ExitCode::from(self.close(&summary)),
            // The reader has gone: nobody is left to tell.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => exit::fail(exit::TROUBLE, error),
        }
    }

    /// Why the options do not go together.
    fn contradiction(&self) -> Option<String> {
        let min = self.min_kube.filter(|min| *min > self.kube)?;
        Some(format!("--min-kube {min} is newer than --kube {}", self.kube))
    }

    fn lint(&self, sink: &mut dyn Sink) -> std::io::Result<Summary> {
        let now = self.at.unwrap_or_else(wall_clock);
        let mut options = lint::Config::new(Semantics::kube(self.kube), now);
        options.min_kube = self.min_kube.unwrap_or(self.kube);
        options.allow = self.allow.iter().copied().collect();
        let mut check_options = Options::default();
        check_options.field_validation = self.fields.how.into();
        each_document(&self.files, self.name.as_ref(), self.quiet, sink, |document| {
            check_lint(document, &check_options, &options)
        })
    }

    /// Says what came of it; returns the exit code.
    fn close(&self, summary: &Summary) -> u8 {
        if summary.documents == 0 && summary.unusable == 0 {
            say!("error: there is no document in what was given");
        } else if !self.quiet {
            say!("{summary}");
        }
        if summary.unusable > 0 || summary.documents == 0 {
            exit::USAGE
        } else if summary.errors + summary.warnings > 0 {
            exit::FAILED
        } else {
            0
        }
    }
}

/// A rule for people, in lines of at most 80 characters.
fn explained(rule: Rule) -> String {
    let mut out = format!("{rule}: {}\n\n", rule.summary());
    let mut column = 0;
    for word in rule.reason().split(' ') {
        let width = word.chars().count();
        if column > 0 {
            let full = column + 1 + width > 80;
            out.push(if full { '\n' } else { ' ' });
            column = if full { 0 } else { column + 1 };
        }
        out.push_str(word);
        column += width;
    }
    out.push_str("\n\nFor example:\n");
    for line in rule.example().lines() {
        out.push_str(&format!("  {line}\n"));
    }
    if let Some(thread) = rule.thread() {
        out.push_str(&format!("\nA report of it: {thread}\n"));
    }
    out.push_str(&format!(
        "\nTo silence it: --allow {rule}, or in the manifest\n  metadata:\n    annotations:\n      \
         {ALLOW_ANNOTATION}: {rule}\n"
    ));
    out
}
