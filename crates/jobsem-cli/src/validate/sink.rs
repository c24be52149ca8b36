//! [`Sink`]: where findings go, and the formats that there are.

use std::io;

use clap::ValueEnum;
use jobsem::check::Severity;

use super::entry::{Entry, Summary};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the lines in question, hints, and kubectl's message.
    Text,
    /// One JSON object: each document with its findings and the server's Status object.
    Json,
    /// Workflow commands that GitHub Actions shows on a pull request.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// Where findings go.
pub trait Sink {
    /// Whether an entry leaves a trace.
    fn has_something_to_say(&self, entry: &Entry<'_>) -> bool;

    /// A document that was looked at.
    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()>;

    /// All of them were.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// The word for it that every format has.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
