//! Findings in a document, and forecasts of a schedule.

use serde_json::{Value, json};

use crate::check::{Report, Severity};
use crate::cron::{ClockChange, Coming, CronSchedule, Fate, Forecast, ParseError};
use crate::decode::{Document, FieldValidation, Manifest, documents, only_manifest};
use crate::{Error, Semantics, Time};

/// The check of a document: `kind`, `name`, `namespace`, `result` (`valid` or `invalid`),
/// `findings`, `omitted`, and for a refusal the `status`; as `jobsem validate` prints it.
pub fn report(document: &Document, report: &Report) -> Value {
    let refused = report.findings.iter().any(|f| f.severity == Severity::Error);
    let findings = report.findings.iter().map(|finding| {
        let from = document.location(finding.bytes.start);
        let to = document.location(finding.bytes.end);
        json!({
            "severity": match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "code": finding.code,
            "field": finding.field,
            "message": finding.text(),
            "line": from.line,
            "column": from.column,
            "endLine": to.line,
            "endColumn": to.column,
            "hint": finding.hint,
        })
    });
    let mut out = json!({
        "kind": report.kind.name(),
        "name": report.name,
        "namespace": report.namespace,
        "result": if refused || report.answer.is_some() { "invalid" } else { "valid" },
        "findings": findings.collect::<Value>(),
        "omitted": report.omitted,
    });
    if let Some(answer) = &report.answer {
        out["status"] = answer.status();
    }
    out
}

/// The forecast of a CronJob, given as its manifest, or of a bare cron expression.
///
/// # Errors
///
/// `Decode` if it is neither.
pub fn read_forecast(
    text: &str,
    from: Time,
    validation: FieldValidation,
    sem: &Semantics,
) -> Result<Forecast, Error> {
    let unreadable = |error: ParseError| Error::decode(error.to_string());
    match CronSchedule::parse(text.trim()) {
        Ok(schedule) => return Ok(Forecast::of_schedule(schedule, from)),
        // A text of one line that is no manifest is an expression.
        Err(error) if !text.contains(['\n', '{']) => return Err(unreadable(error)),
        Err(_) => {}
    }
    let all = documents(text.as_bytes())?;
    match Manifest::read_as(only_manifest(&all)?, validation, sem)? {
        (Manifest::CronJob(cronjob), _) => Forecast::of_cronjob(*cronjob, from).map_err(unreadable),
        (Manifest::Job(_), _) => Err(Error::decode("neither a CronJob nor a schedule")),
    }
}

/// The forecast of a schedule: `coming` (`at`, `local`, `fate`, `starts`, for a delayed start
/// `until`), and the relevant `clockChanges` in that time; as `jobsem cron next` prints it.
pub fn forecast(coming: &[Coming], changes: &[ClockChange]) -> Value {
    let coming = coming.iter().map(|coming| {
        let mut out = json!({
            "at": coming.at.to_string(),
            "local": coming.local,
            "fate": coming.fate.as_str(),
            "starts": coming.fate.starts(),
        });
        if let Fate::Delayed(until) = coming.fate {
            out["until"] = until.to_string().into();
        }
        out
    });
    let changes = changes.iter().filter(|change| change.matters()).map(clock_change);
    json!({"coming": coming.collect::<Value>(), "clockChanges": changes.collect::<Value>()})
}

/// A clock change: `at`, the local times `before` and `after`, `forwardSeconds`, and the times that
/// are `skipped`, `doubled` or `moved`.
pub fn clock_change(change: &ClockChange) -> Value {
    json!({
        "at": change.at.to_string(),
        "before": change.local.0,
        "after": change.local.1,
        "forwardSeconds": change.forward,
        "skipped": change.skipped,
        "doubled": change.doubled,
        "moved": change.moved,
    })
}
