//! The API server's answer to a document, for people: every mistake with its position and a hint.
//!
//! [`check_create`] and [`check_update`] read a document, admit it and collect the errors as
//! [`Finding`]s. The server stops at the first kind of mistake: it does not validate what it cannot
//! decode. The check continues, so that one pass shows every mistake, and [`Report::answer`] has
//! the server's own answer. Deliberately absent: the rules (see `admission`), files, and rendering.

mod finding;
mod hint;
mod lint;
mod refusal;
mod subject;
mod update;

use std::ops::Range;

use serde_json::Value;

use crate::admission::{self, CreateContext, Decoded, Invalid, Lookup, Undecodable};
use crate::api::{CronJob, Job, Kind};
use crate::decode::{Document, FieldValidation, Violation};
use crate::{Error, Semantics, Time};

pub use hint::TEMPLATE as TEMPLATE_HINT;
pub use hint::{syntax as syntax_hint, template as template_hint};
pub use lint::check_lint;
pub use refusal::Refusal;
pub use subject::{Subject, subject};
pub use update::{check_update, identity, is_same_object};

/// The result of checking a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The kind of the object.
    pub kind: Kind,
    /// Its name, or its `generateName`.
    pub name: String,
    /// Its namespace, if it names one.
    pub namespace: String,
    /// The findings: errors in the server's order, then warnings.
    pub findings: Vec<Finding>,
    /// The number of further findings, beyond the limit.
    pub omitted: usize,
    /// The server's refusal; `None` if it would accept the object.
    pub answer: Option<Refusal>,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The object is refused.
    Error,
    /// The object is accepted with a warning.
    Warning,
}

/// Something that the API server reports, or would report once other mistakes are fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The kind of mistake: one of the server's reasons such as `FieldValueInvalid`,
    /// `UnknownField`, `DuplicateField`, `WrongType`, `WrongKind`, `Internal` or `Warning`.
    pub code: &'static str,
    /// The field, if it concerns one.
    pub field: String,
    /// The server's message, without the field.
    pub message: String,
    /// The position in the text.
    pub bytes: Range<usize>,
    /// A label for the position, if it is not the field itself.
    pub label: String,
    /// A related position and its label.
    pub related: Option<(Range<usize>, String)>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// The field and the message, as the server joins them.
    pub fn text(&self) -> String {
        if self.field.is_empty() || self.code == "Warning" {
            return self.message.clone();
        }
        format!("{}: {}", self.field, self.message)
    }
}

/// Maximum findings per category: wrong types, unknown members, refused values.
const MOST: usize = 200;

/// The options of a check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How to treat unknown and duplicate members.
    pub field_validation: FieldValidation,
    /// The namespace of objects that name none.
    pub namespace: String,
}

impl Default for Options {
    /// As kubectl has it, in the namespace `default`.
    fn default() -> Options {
        Options { field_validation: FieldValidation::Kubectl, namespace: "default".to_owned() }
    }
}

/// Checks the creation of a document.
///
/// ```
/// use jobsem::check::{Options, check_create};
///
/// let text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {paralelism: 2}\n";
/// let document = jobsem::decode::documents(text.as_bytes())?.remove(0);
/// let report = check_create(&document, &Options::default(), &Default::default()).unwrap();
/// let finding = &report.findings[0];
/// assert_eq!(finding.text(), "unknown field \"spec.paralelism\"");
/// assert_eq!(finding.hint.as_deref(), Some("did you mean `parallelism`?"));
/// assert_eq!(&text[finding.bytes.clone()], "paralelism");
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// The subject, if the document is an object of another kind or not an object.
pub fn check_create(
    document: &Document,
    options: &Options,
    sem: &Semantics,
) -> Result<Report, Subject> {
    check(document, options, sem, Admission { job: create_job, cronjob: create_cronjob })
}

/// Admits a decoded object and returns the warnings.
struct Admission<J, C> {
    job: J,
    cronjob: C,
}

fn check(
    document: &Document,
    options: &Options,
    sem: &Semantics,
    admit: Admission<
        impl FnOnce(Job, &Options, &Semantics) -> Result<Vec<String>, Invalid>,
        impl FnOnce(CronJob, &Options, &Semantics) -> Result<Vec<String>, Invalid>,
    >,
) -> Result<Report, Subject> {
    let (kind, lookup) = match subject(document) {
        Subject::Ours(Kind::Job) => (Kind::Job, Lookup::job(sem)),
        Subject::Ours(Kind::CronJob) => (Kind::CronJob, Lookup::cronjob(sem)),
        other => return Err(other),
    };
    let value = document.value();
    let (unknown, misfits, result) = match kind {
        Kind::Job => {
            let read = read(value, |value| admission::examine_job(value, sem));
            let admit = |job| (admit.job)(job, options, sem);
            (read.unknown, read.misfits, read.object.map(admit))
        }
        Kind::CronJob => {
            let read = read(value, |value| admission::examine_cronjob(value, sem));
            let admit = |cronjob| (admit.cronjob)(cronjob, options, sem);
            (read.unknown, read.misfits, read.object.map(admit))
        }
    };
    let violations = match options.field_validation {
        FieldValidation::Ignore => Vec::new(),
        FieldValidation::Warn | FieldValidation::Strict => document.violations(&unknown),
        FieldValidation::Kubectl => {
            let mut all = document.violations(&unknown);
            all.retain(|violation| !violation.duplicate);
            all.extend(document.lost());
            all
        }
    };
    let examined = Examined { document, lookup, kind, sem };
    Ok(examined.report(&violations, &misfits, result, options))
}

fn create_job(job: Job, options: &Options, sem: &Semantics) -> Result<Vec<String>, Invalid> {
    let namespace = in_namespace(&job.metadata.namespace, options);
    Ok(admission::create_job(job, &context(&namespace), sem)?.warnings)
}

fn create_cronjob(
    cronjob: CronJob,
    options: &Options,
    sem: &Semantics,
) -> Result<Vec<String>, Invalid> {
    let namespace = in_namespace(&cronjob.metadata.namespace, options);
    Ok(admission::create_cronjob(cronjob, &context(&namespace), sem)?.warnings)
}

/// The readable part of a document.
struct Read<T> {
    /// `None` if nothing is readable.
    object: Option<T>,
    unknown: Vec<String>,
    /// The type errors, starting with the one the server reports.
    misfits: Vec<Error>,
}

/// Reads a document without its members of the wrong type, so that the rest can be checked.
fn read<T>(
    document: &Value,
    examine: impl Fn(Value) -> Result<Decoded<T>, Box<Undecodable>>,
) -> Read<T> {
    /// An unreadable time or quantity ends decoding, so each takes a round.
    const ROUNDS: usize = 20;
    let mut out = Read { object: None, unknown: Vec::new(), misfits: Vec::new() };
    let mut value = document.clone();
    for _ in 0..ROUNDS {
        let undecodable = match examine(value.clone()) {
            Ok(decoded) => {
                out.object = Some(decoded.object);
                out.unknown = decoded.unknown;
                return out;
            }
            Err(undecodable) => *undecodable,
        };
        out.unknown = undecodable.unknown;
        for error in [undecodable.error].into_iter().chain(undecodable.further) {
            match error.path() {
                Some(path) => crate::decode::remove(&mut value, path),
                None => value = Value::Null,
            }
            out.misfits.push(error);
        }
        if value.is_null() {
            break;
        }
    }
    out
}

/// The namespace of a client's request.
fn in_namespace(own: &str, options: &Options) -> String {
    if own.is_empty() { options.namespace.clone() } else { own.to_owned() }
}

/// A request whose UID and name have realistic lengths, since they become labels and names.
fn context(namespace: &str) -> CreateContext<'_> {
    CreateContext {
        namespace,
        uid: "00000000-0000-4000-8000-000000000000",
        // 2000-01-01: no answer depends on it.
        now: Time::from_unix(946_684_800),
        name_suffix: "xxxxx",
    }
}

/// A document under check, with the context for its findings.
struct Examined<'a> {
    document: &'a Document,
    lookup: Lookup<'a>,
    kind: Kind,
    sem: &'a Semantics,
}

impl Examined<'_> {
    fn report(
        &self,
        violations: &[Violation],
        misfits: &[Error],
        result: Option<Result<Vec<String>, Invalid>>,
        options: &Options,
    ) -> Report {
        let refuses = |violation: &Violation| match options.field_validation {
            FieldValidation::Ignore | FieldValidation::Warn => false,
            FieldValidation::Strict => true,
            FieldValidation::Kubectl => !violation.duplicate,
        };
        let metadata = |member: &str| self.text(&format!("metadata.{member}"));
        let name = match (metadata("name"), metadata("generateName")) {
            (name, prefix) if name.is_empty() && !prefix.is_empty() => format!("{prefix}*"),
            (name, _) => name,
        };
        let mut findings: Vec<Finding> = Vec::new();
        let mut answer = None;
        let mut misfits: Vec<Error> = misfits.to_vec();
        self.document.in_order(&mut misfits);
        let misfits: Vec<Error> = misfits.into_iter().map(|e| self.document.told(e)).collect();
        if let Some(first) = misfits.first() {
            answer = Some(Refusal::undecodable(self.kind, first.message()));
        }
        let mut omitted = misfits.len().saturating_sub(MOST);
        findings.extend(misfits.iter().take(MOST).map(|error| self.wrong_type(error)));
        let severity = |violation: &Violation| match refuses(violation) {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let shown = &violations[..violations.len().min(MOST)];
        omitted += violations.len() - shown.len();
        let told: Vec<Finding> = shown.iter().map(|v| self.violation(v, severity(v))).collect();
        let refused: Vec<Violation> = violations.iter().filter(|v| refuses(v)).cloned().collect();
        if !refused.is_empty() && answer.is_none() {
            let texts = crate::decode::texts(&refused).join(", ");
            let message = format!("strict decoding error: {texts}");
            answer = Some(Refusal::undecodable(self.kind, &message));
        }
        findings.extend(told);
        match result {
            None => {}
            Some(Err(invalid)) => {
                if invalid.internal_error().is_some() {
                    findings.push(self.internal(&invalid));
                }
                omitted += invalid.errors.len().saturating_sub(MOST);
                for error in invalid.errors.iter().take(MOST) {
                    let finding = self.field_error(error);
                    // VALID-90: older servers report some errors twice, others more narrowly.
                    let same = |f: &Finding| {
                        (f.code, &f.field, &f.bytes)
                            == (finding.code, &finding.field, &finding.bytes)
                            && (f.message == finding.message || f.code == "FieldValueNotSupported")
                    };
                    findings.retain(|earlier| !same(earlier));
                    let mistyped = misfits.iter().filter_map(Error::path);
                    let follows = || mistyped.clone().any(|p| finding.field.starts_with(p));
                    if !follows() && !self.is_elsewhere(&finding, shown) {
                        findings.push(finding);
                    }
                }
                answer = answer.or(Some(Refusal::Invalid(Box::new(invalid))));
            }
            Some(Ok(warnings)) => {
                omitted += warnings.len().saturating_sub(MOST);
                findings.extend(warnings.iter().take(MOST).map(|text| self.warning(text)));
            }
        }
        findings.sort_by_key(|finding| finding.severity);
        // Each hint is shown once.
        let mut given: Vec<String> = Vec::new();
        for finding in &mut findings {
            match finding.hint.take() {
                Some(hint) if !given.contains(&hint) => {
                    given.push(hint.clone());
                    finding.hint = Some(hint);
                }
                _ => {}
            }
        }
        Report {
            kind: self.kind,
            name,
            namespace: metadata("namespace"),
            findings,
            omitted,
            answer,
        }
    }

    fn value(&self, path: &str) -> Option<&Value> {
        self.document.value_at(path)
    }

    /// The text at a path without special keys.
    fn text(&self, path: &str) -> String {
        self.value(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests;
