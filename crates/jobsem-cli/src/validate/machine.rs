//! For programs: JSON, and the annotations of GitHub Actions.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::entry::{Entry, Shown, Summary};
use super::sink::{Sink, severity};

/// One JSON object at the end.
#[derive(Default)]
pub struct Json {
    documents: Vec<Value>,
}

impl Sink for Json {
    fn has_something_to_say(&self, _: &Entry<'_>) -> bool {
        true
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let findings: Vec<Value> = entry.findings.iter().map(finding).collect();
        let mut document = json!({
            "file": entry.file,
            "line": entry.start.line,
            "kind": entry.kind,
            "name": entry.name,
            "namespace": entry.namespace,
            "result": entry.outcome.name(),
            "findings": findings,
            "omitted": entry.omitted,
        });
        if let Some(answer) = &entry.answer {
            document["status"] = answer.status();
        }
        self.documents.push(document);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let skipped: usize = summary.skipped.values().sum();
        let all = json!({
            "documents": self.documents,
            "summary": {
                "files": summary.files,
                "documents": summary.documents,
                "valid": summary.valid,
                "invalid": summary.invalid,
                "skipped": skipped,
                "errors": summary.errors,
                "warnings": summary.warnings,
                "unusableFiles": summary.unusable,
            },
        });
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)
    }
}

fn finding(finding: &Shown) -> Value {
    json!({
        "severity": severity(finding.severity),
        "code": finding.code,
        "field": finding.field,
        "message": finding.text,
        "line": finding.from.line,
        "column": finding.from.column,
        "endLine": finding.to.line,
        "endColumn": finding.to.column,
        "hint": finding.hint,
    })
}

/// Workflow commands: `::error file=…,line=…::message`.
pub struct Github;

impl Sink for Github {
    fn has_something_to_say(&self, entry: &Entry<'_>) -> bool {
        !entry.findings.is_empty()
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for finding in &entry.findings {
            let mut message = finding.text.clone();
            if let Some(hint) = &finding.hint {
                message.push_str(&format!("\n{hint}"));
            }
            let title = if entry.object.is_empty() { "manifest" } else { &entry.object };
            writeln!(
                out,
                "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}",
                severity(finding.severity),
                property(entry.file),
                finding.from.line,
                finding.from.column,
                finding.to.line,
                finding.to.column,
                property(title),
                data(&message),
            )?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// A message as workflow commands have it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property as workflow commands have it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
