//! Which object of a file a command is about, and how strictly it is read.

use std::fmt;
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use jobsem::api::{CronJob, Job, Kind};
use jobsem::check::{self, Subject};
use jobsem::decode::{Document, FieldValidation};
use jobsem::{Error, Semantics};

use crate::exit;
use crate::input::Input;

/// Options of every command that reads manifests.
#[derive(Args, Default)]
pub struct Reading {
    /// The object to take, if there are several: its name, or kind and name, such as
    /// `cronjob/nightly`.
    #[arg(long, value_name = "[KIND/]NAME")]
    pub name: Option<Select>,

    #[command(flatten)]
    pub fields: FieldsOption,
}

/// How strictly manifests are read.
#[derive(Args, Clone, Copy, Default)]
pub struct FieldsOption {
    /// What to do with fields that are unknown or stand twice.
    #[arg(
        long = "field-validation",
        value_enum,
        default_value_t = Fields::Kubectl,
        value_name = "HOW"
    )]
    pub how: Fields,
}

/// [`FieldValidation`], as an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Fields {
    /// As `kubectl create` has it: unknown fields are refused; of fields that stand twice the last
    /// one counts, with a warning.
    #[default]
    Kubectl,
    /// As the API server does with the text itself if it is asked to be strict: both are refused,
    /// also fields that replace one of a YAML merge key.
    Strict,
    /// As the API server does with the text itself by default: both are warned of.
    Warn,
    /// Neither matters.
    Ignore,
}

impl From<Fields> for FieldValidation {
    fn from(fields: Fields) -> FieldValidation {
        match fields {
            Fields::Kubectl => FieldValidation::Kubectl,
            Fields::Strict => FieldValidation::Strict,
            Fields::Warn => FieldValidation::Warn,
            Fields::Ignore => FieldValidation::Ignore,
        }
    }
}

/// A name, perhaps with a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    kind: Option<Kind>,
    name: String,
}

impl FromStr for Select {
    type Err = String;

    fn from_str(text: &str) -> Result<Select, String> {
        let (kind, name) = match text.split_once('/') {
            None => (None, text),
            Some((kind, name)) => {
                let known = kind_named(kind);
                let unknown = || format!("`{kind}` is neither job nor cronjob");
                (Some(known.ok_or_else(unknown)?), name)
            }
        };
        if name.is_empty() {
            return Err("the name is empty".to_owned());
        }
        Ok(Select { kind, name: name.to_owned() })
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{}/{}", kind.word(), self.name),
            None => self.name.fmt(f),
        }
    }
}

/// The kind that a word of kubectl means, in the singular, the plural or short, with or without
/// the group.
pub fn kind_named(word: &str) -> Option<Kind> {
    let word = word.to_ascii_lowercase();
    let word = word.strip_suffix(".batch").or(word.strip_suffix(".v1.batch")).unwrap_or(&word);
    match word {
        "job" | "jobs" => Some(Kind::Job),
        "cronjob" | "cronjobs" | "cj" => Some(Kind::CronJob),
        _ => None,
    }
}

impl Select {
    /// Whether a document is meant.
    pub fn is(&self, document: &Document) -> bool {
        let kind = kind_of(document);
        kind.is_some_and(|kind| self.kind.is_none_or(|wanted| wanted == kind))
            && name_of(document) == self.name
    }
}

/// A kind in kubectl's word.
trait Word {
    fn word(self) -> &'static str;
}

impl Word for Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Job => "job",
            Kind::CronJob => "cronjob",
        }
    }
}

fn kind_of(document: &Document) -> Option<Kind> {
    match document.kind() {
        Some("Job") => Some(Kind::Job),
        Some("CronJob") => Some(Kind::CronJob),
        _ => None,
    }
}

/// The object's name; of one whose name the server generates, the beginning.
fn name_of(document: &Document) -> &str {
    let text = |path| document.value_at(path).and_then(|value| value.as_str());
    text("metadata.name").or_else(|| text("metadata.generateName")).unwrap_or_default()
}

/// What to call an object in a list.
fn shown(document: &Document) -> String {
    let kind = kind_of(document).map_or("", Kind::word);
    let namespace = document.value_at("metadata.namespace").and_then(|value| value.as_str());
    match namespace {
        Some(namespace) => format!("{kind}/{} in namespace {namespace}", name_of(document)),
        None => format!("{kind}/{}", name_of(document)),
    }
}

/// `Job`, `CronJob`, or both.
fn words(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ")
}

impl Reading {
    /// The one object of `kinds` that is meant. Without an object of these kinds the only document
    /// is taken, so that its mistake can be shown.
    pub fn pick<'a>(
        &self,
        input: &Input,
        all: &'a [Document],
        kinds: &[Kind],
    ) -> Result<&'a Document, ExitCode> {
        let of_kinds =
            |document: &&Document| kind_of(document).is_some_and(|kind| kinds.contains(&kind));
        let there: Vec<&Document> = all.iter().filter(of_kinds).collect();
        let usage = |text: String| exit::fail(exit::USAGE, format!("{}: {text}", input.name));
        let list = |all: &[&Document]| all.iter().map(|d| shown(d)).collect::<Vec<_>>().join(", ");
        if let Some(wanted) = &self.name {
            let meant: Vec<&Document> =
                there.iter().copied().filter(|document| wanted.is(document)).collect();
            return match meant[..] {
                [one] => Ok(one),
                [] if there.is_empty() => Err(usage(format!("there is no {} in it", words(kinds)))),
                [] => Err(usage(format!("there is no `{wanted}` in it, only {}", list(&there)))),
                ref several => Err(usage(format!("`{wanted}` is ambiguous: {}", list(several)))),
            };
        }
        match (&there[..], all) {
            ([one], _) => Ok(one),
            ([], [only]) => Ok(only),
            ([], []) => Err(usage("there is no document in it".to_owned())),
            ([], all) => {
                // One that is nearly of these kinds can say what is wrong with it.
                let nearly = |document: &&Document| {
                    matches!(check::subject(document), Subject::Unrecognized { .. })
                };
                all.iter()
                    .find(nearly)
                    .ok_or_else(|| usage(format!("there is no {} in it", words(kinds))))
            }
            (several, _) => {
                let code = usage(format!("{} objects in it: {}", several.len(), list(several)));
                say!("help: choose one with --name, such as `--name {}`", {
                    let first = several[0];
                    format!("{}/{}", kind_of(first).map_or("", Kind::word), name_of(first))
                });
                Err(code)
            }
        }
    }

    /// Reads a document as a Job, and prints what there is to warn of.
    pub fn job(
        &self,
        input: &Input,
        document: &Document,
        sem: &Semantics,
    ) -> Result<Job, ExitCode> {
        self.fields.job(input, document, sem)
    }

    /// Reads a document as a CronJob, and prints what there is to warn of.
    pub fn cronjob(
        &self,
        input: &Input,
        document: &Document,
        sem: &Semantics,
    ) -> Result<CronJob, ExitCode> {
        self.fields.cronjob(input, document, sem)
    }
}

impl FieldsOption {
    /// Reads a document as a Job, and prints what there is to warn of.
    pub fn job(self, input: &Input, document: &Document, sem: &Semantics) -> Result<Job, ExitCode> {
        warned(input, document, document.read_job(self.how.into(), sem))
    }

    /// Reads a document as a CronJob, and prints what there is to warn of.
    pub fn cronjob(
        self,
        input: &Input,
        document: &Document,
        sem: &Semantics,
    ) -> Result<CronJob, ExitCode> {
        warned(input, document, document.read_cronjob(self.how.into(), sem))
    }
}

fn warned<T>(
    input: &Input,
    document: &Document,
    read: Result<(T, Vec<String>), Error>,
) -> Result<T, ExitCode> {
    let (object, warnings) = read.map_err(|error| {
        let code = input.tell_at(document, error);
        if let Subject::Unrecognized { hint, .. } = check::subject(document) {
            say!("help: {hint}");
        }
        code
    })?;
    for warning in warnings {
        say!("Warning: {warning}");
    }
    Ok(object)
}
