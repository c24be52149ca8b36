//! SARIF 2.1.0, which code scanning services read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jobsem::check::Severity;
use serde_json::{Value, json};

use super::entry::{Entry, Shown, Summary};
use super::sink::{Sink, severity};

/// One log at the end.
#[derive(Default)]
pub struct Sarif {
    results: Vec<Value>,
    /// The kinds of mistakes that were found, and whether they are errors.
    rules: BTreeMap<&'static str, Severity>,
}

impl Sink for Sarif {
    fn has_something_to_say(&self, entry: &Entry<'_>) -> bool {
        !entry.findings.is_empty()
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        for finding in &entry.findings {
            self.rules.entry(finding.code).or_insert(finding.severity);
            self.results.push(result(entry, finding));
        }
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|(code, level)| {
                let mut rule = json!({
                    "id": code,
                    "shortDescription": {"text": describe(code)},
                    "defaultConfiguration": {"level": severity(*level)},
                });
                if let Ok(lint) = code.parse::<jobsem::lint::Rule>() {
                    rule["fullDescription"] = json!({"text": lint.reason()});
                }
                rule
            })
            .collect();
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "jobsem",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                }},
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        });
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &log)?;
        writeln!(out)
    }
}

fn result(entry: &Entry<'_>, finding: &Shown) -> Value {
    let message = match &finding.hint {
        Some(hint) => format!("{}\n{hint}", finding.text),
        None => finding.text.clone(),
    };
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(entry.file)},
            "region": {
                "startLine": finding.from.line,
                "startColumn": finding.from.column,
                "endLine": finding.to.line,
                "endColumn": finding.to.column,
            },
        },
    });
    if !finding.field.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": finding.field}]);
    }
    json!({
        "ruleId": finding.code,
        "level": severity(finding.severity),
        "message": {"text": message},
        "locations": [location],
    })
}

/// What a kind of mistake is.
fn describe(code: &str) -> &'static str {
    match code {
        "Syntax" => "The text is neither YAML nor JSON",
        "TooLarge" => "The API server takes no request of that size",
        "WrongKind" => "The API server knows no such kind of object",
        "WrongType" => "A field has a value of another type",
        "UnknownField" => "The API server knows no such field",
        "DuplicateField" => "A field stands twice",
        "Warning" => "The API server takes the object and warns",
        "FieldValueRequired" => "A field that must be there is not",
        "FieldValueDuplicate" => "A value that must be unique is there twice",
        "FieldValueNotSupported" => "A value is none of those that are supported",
        "FieldValueForbidden" => "A field must not be set here, or must not change",
        code => code
            .parse()
            .map_or("The API server refuses a value", |rule: jobsem::lint::Rule| rule.summary()),
    }
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_references() {
        assert_eq!(uri("./a b/c.yaml"), "a%20b/c.yaml");
        assert_eq!(uri("standard input"), "standard%20input");
    }
}
