//! What was found in a document, whatever it was, in a form that all formats read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use jobsem::check::{
    Finding, Refusal, Report, Severity, Subject, TEMPLATE_HINT, syntax_hint, template_hint,
};
use jobsem::decode::Document;
use jobsem::{Error, Location};

use super::files::Input;

/// A document, and what was found.
pub struct Entry<'a> {
    pub file: &'a str,
    pub text: Cow<'a, str>,
    pub start: Location,
    /// `Job`, `CronJob`, or what else it says it is.
    pub kind: String,
    /// `job.batch/pi`; empty if it has no name.
    pub object: String,
    pub name: String,
    pub namespace: String,
    pub outcome: Outcome,
    pub findings: Vec<Shown>,
    /// How many more there are.
    pub omitted: usize,
    pub answer: Option<Refusal>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Valid,
    Invalid,
    Skipped,
    /// Not YAML, not JSON.
    Unreadable,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Valid => "valid",
            Outcome::Invalid => "invalid",
            Outcome::Skipped => "skipped",
            Outcome::Unreadable => "unreadable",
        }
    }
}

/// A finding, and where it is in the file.
pub struct Shown {
    pub severity: Severity,
    pub code: &'static str,
    pub field: String,
    pub text: String,
    pub bytes: Range<usize>,
    pub from: Location,
    pub to: Location,
    pub label: String,
    pub related: Option<(Range<usize>, String)>,
    pub hint: Option<String>,
}

impl<'a> Entry<'a> {
    /// A document that was read.
    pub fn checked(
        input: &'a Input,
        document: &'a Document,
        report: Result<Report, Subject>,
    ) -> Entry<'a> {
        let mut entry = Entry {
            file: &input.name,
            text: Cow::Borrowed(document.text()),
            start: document.location(document.start()),
            kind: document.kind().unwrap_or_default().to_owned(),
            object: String::new(),
            name: String::new(),
            namespace: String::new(),
            outcome: Outcome::Skipped,
            findings: Vec::new(),
            omitted: 0,
            answer: None,
        };
        match report {
            Ok(report) => entry.take(document, report),
            Err(Subject::Unrecognized { field, message, hint, .. }) => {
                let place = document.place(field);
                let shown = Shown::new(document, Severity::Error, "WrongKind", place.bytes);
                let text = message;
                entry.findings.push(Shown { field: field.into(), text, hint: Some(hint), ..shown });
                entry.outcome = Outcome::Invalid;
            }
            Err(Subject::Other { .. }) => {}
            Err(_) => "no Kubernetes object".clone_into(&mut entry.kind),
        }
        entry
    }

    fn take(&mut self, document: &Document, report: Report) {
        self.kind = report.kind.name().to_owned();
        self.object = format!("{}/{}", report.kind.resource(), report.name);
        self.name = report.name;
        self.namespace = report.namespace;
        self.findings = report.findings.into_iter().map(|f| Shown::of(document, f)).collect();
        // A refused value that is an action of a template would be another one once rendered.
        let is_template = |finding: &Shown| {
            finding.severity == Severity::Error
                && document.text().get(finding.bytes.clone()).is_some_and(|t| t.contains("{{"))
        };
        if let Some(first) = self.findings.iter_mut().find(|finding| is_template(finding)) {
            first.hint = Some(TEMPLATE_HINT.to_owned());
        }
        let refused = self.findings.iter().any(|f| f.severity == Severity::Error);
        self.outcome = match refused || report.answer.is_some() {
            true => Outcome::Invalid,
            false => Outcome::Valid,
        };
        self.omitted = report.omitted;
        self.answer = report.answer;
    }

    /// A document that is neither YAML nor JSON.
    pub fn unreadable(input: &'a Input, error: &Error) -> Entry<'a> {
        let text = input.text();
        let at = error.location().unwrap_or(Location { line: 1, column: 1 });
        let start: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
        let line = text[start..].lines().next().unwrap_or_default();
        let column = line.char_indices().nth(at.column - 1).map_or(line.len(), |(i, _)| i);
        let rest = line[column..].trim_end();
        let end = start + column + rest.len();
        let to = Location { line: at.line, column: at.column + rest.chars().count() };
        let finding = Shown {
            severity: Severity::Error,
            code: if is_size(error.message()) { "TooLarge" } else { "Syntax" },
            field: String::new(),
            text: error.message().to_owned(),
            bytes: start + column..end,
            from: at,
            to,
            label: String::new(),
            related: None,
            hint: template_hint(&text, error).or(syntax_hint(error.message())).map(str::to_owned),
        };
        Entry {
            file: &input.name,
            text: Cow::Owned(text),
            start: at,
            kind: String::new(),
            object: String::new(),
            name: String::new(),
            namespace: String::new(),
            outcome: Outcome::Unreadable,
            findings: vec![finding],
            omitted: 0,
            answer: None,
        }
    }
}

/// Whether a text is right and only too large.
fn is_size(message: &str) -> bool {
    message.starts_with("the object has ") || message.starts_with("the text has ")
}

impl Shown {
    fn new(
        document: &Document,
        severity: Severity,
        code: &'static str,
        bytes: Range<usize>,
    ) -> Self {
        Shown {
            severity,
            code,
            field: String::new(),
            text: String::new(),
            from: document.location(bytes.start),
            to: document.location(bytes.end),
            bytes,
            label: String::new(),
            related: None,
            hint: None,
        }
    }

    fn of(document: &Document, finding: Finding) -> Shown {
        let text = finding.text();
        let shown = Shown::new(document, finding.severity, finding.code, finding.bytes);
        Shown {
            field: finding.field,
            text,
            label: finding.label,
            related: finding.related,
            hint: finding.hint,
            ..shown
        }
    }
}

/// What came of it all.
#[derive(Default)]
pub struct Summary {
    pub files: usize,
    pub documents: usize,
    pub valid: usize,
    pub invalid: usize,
    pub skipped: BTreeMap<String, usize>,
    pub errors: usize,
    pub warnings: usize,
    /// Files that could not be read.
    pub unusable: usize,
}

impl Summary {
    pub fn count(&mut self, entry: &Entry<'_>) {
        self.documents += 1;
        match entry.outcome {
            Outcome::Valid => self.valid += 1,
            Outcome::Invalid | Outcome::Unreadable => self.invalid += 1,
            Outcome::Skipped => *self.skipped.entry(entry.kind.clone()).or_default() += 1,
        }
        let errors = entry.findings.iter().filter(|f| f.severity == Severity::Error).count();
        self.errors += errors;
        self.warnings += entry.findings.len() - errors;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        write!(f, "{}", plural(self.documents, "document"))?;
        if self.files > 1 {
            write!(f, " in {}", plural(self.files, "file"))?;
        }
        write!(f, ": {} valid, {} invalid", self.valid, self.invalid)?;
        if !self.skipped.is_empty() {
            let all: usize = self.skipped.values().sum();
            write!(f, ", {all} skipped ({})", by_kind(&self.skipped))?;
        }
        if self.errors + self.warnings > 0 {
            let errors = plural(self.errors, "error");
            write!(f, "; {errors}, {}", plural(self.warnings, "warning"))?;
        }
        if self.unusable > 0 {
            write!(f, "; {} could not be read", plural(self.unusable, "file"))?;
        }
        Ok(())
    }
}

/// Counts of something, most frequent first: `2 Service, 1 ConfigMap`.
fn by_kind(counts: &BTreeMap<String, usize>) -> String {
    let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
