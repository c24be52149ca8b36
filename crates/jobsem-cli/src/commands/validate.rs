//! `jobsem validate`: what the API server would say of manifests.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::api::Kind;
use jobsem::check::{Options, check_create, check_update, identity};
use jobsem::decode::Document;
use jobsem::{KubeVersion, Semantics};

use crate::exit;
use crate::manifests::{FieldsOption, Select};
use crate::validate::entry::Summary;
use crate::validate::files::{self, Input};
use crate::validate::sink::{Format, Sink};
use crate::validate::{each_document, sink_for};

/// Check Jobs and CronJobs as the API server would, with positions in the file and hints.
///
/// Each manifest is decoded, defaulted and validated by the rules of the Kubernetes version in
/// --kube, as on create; with --update-from, as on apply over an existing object. No server is
/// contacted. Objects of other kinds are skipped and counted.
///
/// FILE holds one or more documents in YAML or JSON, or the `List` that `kubectl get -o yaml`
/// prints. A directory stands for all its *.yaml, *.yml and *.json files, at any depth.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Validate {
    /// Files and directories; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST, value_name = "VERSION")]
    kube: KubeVersion,

    /// The existing objects: manifests, or the output of `kubectl get -o yaml`.
    ///
    /// A manifest is checked as an update of the object with the same kind, namespace and name.
    /// Objects that OLD does not contain are checked as new.
    #[arg(long, value_name = "OLD")]
    update_from: Vec<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Check only the objects of this name, or of this kind and name, such as `cronjob/nightly`.
    #[arg(long, value_name = "[KIND/]NAME")]
    name: Option<Select>,

    #[command(flatten)]
    fields: FieldsOption,

    /// The namespace of objects that name none.
    #[arg(short, long, default_value = "default")]
    namespace: String,

    /// Exit with 1 on warnings, too.
    #[arg(long)]
    warnings_as_errors: bool,

    /// List valid and skipped documents, too.
    #[arg(short, long)]
    verbose: bool,

    /// Omit the summary and the progress bar.
    #[arg(short, long)]
    quiet: bool,
}

const HELP: &str = "\
Examples:
  jobsem validate job.yaml
  jobsem validate --kube 1.31 manifests/
  kubectl get job pi -o yaml | jobsem validate changed.yaml --update-from -
  helm template chart | jobsem validate --format github -

Exit codes:
  0    the API server would accept every Job and CronJob
  1    it would reject at least one, or a file is neither YAML nor JSON
       (with --warnings-as-errors: or it would warn)
  2    a file or an option cannot be used, or there is no document at all";

/// Objects by kind, namespace and name.
type Old = HashMap<(Kind, String, String), Document>;

impl Validate {
    pub fn run(self) -> ExitCode {
        let mut sink = sink_for(self.format, self.verbose);
        let result = self.validate(&mut *sink);
        match result {
            Ok(code) => code,
            // The reader has gone: nobody is left to tell.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => exit::fail(exit::TROUBLE, error),
        }
    }

    fn validate(&self, sink: &mut dyn Sink) -> std::io::Result<ExitCode> {
        let sem = Semantics::kube(self.kube);
        let mut options = Options::default();
        options.namespace.clone_from(&self.namespace);
        options.field_validation = self.fields.how.into();
        let old = match self.old(&options) {
            Ok(old) => old,
            Err(code) => return Ok(code),
        };
        let summary =
            each_document(&self.files, self.name.as_ref(), self.quiet, sink, |document| {
                let old = identity(document, &options).and_then(|id| old.get(&id));
                match old {
                    Some(old) => check_update(document, old, &options, &sem),
                    None => check_create(document, &options, &sem),
                }
            })?;
        if summary.documents == 0 && summary.unusable == 0 {
            say!("error: there is no document in what was given");
        } else if !self.quiet {
            say!("{summary}");
        }
        Ok(ExitCode::from(self.code(&summary)))
    }

    fn code(&self, summary: &Summary) -> u8 {
        let refused = summary.invalid > 0;
        let warned = self.warnings_as_errors && summary.warnings > 0;
        match (summary.unusable > 0 || summary.documents == 0, refused || warned) {
            (true, _) => exit::USAGE,
            (false, true) => exit::FAILED,
            (false, false) => 0,
        }
    }

    /// What is there already.
    fn old(&self, options: &Options) -> Result<Old, ExitCode> {
        let mut out = Old::new();
        let mut problem = None;
        let paths = files::expand(&self.update_from, |text| problem = Some(text));
        if let Some(problem) = problem {
            return Err(exit::fail(exit::USAGE, problem));
        }
        for path in &paths {
            let input = Input::read(path).map_err(|problem| exit::fail(exit::USAGE, problem))?;
            for document in input.documents() {
                match document {
                    Ok(document) => {
                        out.extend(identity(&document, options).map(|id| (id, document)));
                    }
                    Err(error) => {
                        return Err(exit::fail_in(&input.name, &input.text(), &error));
                    }
                }
            }
        }
        Ok(out)
    }
}
