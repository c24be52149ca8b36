//! Lint findings, with their positions in the text.

use crate::Semantics;
use crate::admission::{self, Lookup};
use crate::api::Kind;
use crate::decode::Document;
use crate::lint;

use super::{Examined, Finding, Options, Report, Severity, Subject, check_create, read};

/// Lints a document: each finding is a warning with the rule's name as code.
///
/// A document that the API server would refuse is not linted; it gets the report of
/// [`check_create`].
///
/// # Errors
///
/// As [`check_create`].
pub fn check_lint(
    document: &Document,
    options: &Options,
    lint: &lint::Config,
) -> Result<Report, Subject> {
    let sem = &lint.semantics;
    let mut report = check_create(document, options, sem)?;
    if report.answer.is_some() {
        return Ok(report);
    }
    let found = linted(document, report.kind, sem, lint);
    let lookup = match report.kind {
        Kind::Job => Lookup::job(sem),
        Kind::CronJob => Lookup::cronjob(sem),
    };
    let examined = Examined { document, lookup, kind: report.kind, sem };
    report.findings = found
        .into_iter()
        .map(|found| {
            let place = document.place(&found.field);
            Finding {
                severity: Severity::Warning,
                code: found.rule.name(),
                message: found.message,
                hint: found.hint,
                ..examined.at(found.field, place)
            }
        })
        .collect();
    report.omitted = 0;
    report.findings.sort_by_key(|finding| finding.bytes.start);
    Ok(report)
}

fn linted(
    document: &Document,
    kind: Kind,
    sem: &Semantics,
    options: &lint::Config,
) -> Vec<lint::Warning> {
    let value = document.value();
    match kind {
        Kind::Job => {
            let job = read(value, |value| admission::examine_job(value, sem)).object;
            job.map(|job| lint::job(&job, options)).unwrap_or_default()
        }
        Kind::CronJob => {
            let cronjob = read(value, |value| admission::examine_cronjob(value, sem)).object;
            cronjob.map(|cronjob| lint::cronjob(&cronjob, options)).unwrap_or_default()
        }
    }
}
