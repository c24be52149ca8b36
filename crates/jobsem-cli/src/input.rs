//! Reading files, and telling what is wrong with them; and what differs between two documents.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use jobsem::api::CronJob;
use jobsem::decode::{Document, documents};
use jobsem::{Error, ErrorKind, Semantics, admission};
use serde_json::Value;

use crate::exit;

/// A file that was read, with the name to call it by.
pub struct Input {
    pub name: String,
    pub text: String,
}

impl Input {
    /// Reads a file; `-` is standard input.
    pub fn read(path: &Path) -> Result<Input, ExitCode> {
        let mut text = String::new();
        let (name, result) = if path.as_os_str() == "-" {
            let read = std::io::stdin().read_to_string(&mut text);
            ("standard input".to_owned(), read.map(|_| text))
        } else {
            (path.display().to_string(), fs::read_to_string(path))
        };
        match result {
            Ok(text) => Ok(Input { name, text }),
            Err(error) => Err(exit::fail(exit::USAGE, format!("{name}: {error}"))),
        }
    }

    /// Its documents.
    pub fn documents(&self) -> Result<Vec<Document>, ExitCode> {
        documents(self.text.as_bytes()).map_err(|error| self.tell(&error))
    }

    /// Tells what is wrong with it.
    pub fn tell(&self, error: &Error) -> ExitCode {
        exit::fail_in(&self.name, &self.text, error)
    }
}

/// Reads a document as a CronJob, strictly, as kubectl has it done (DECODE-6).
pub fn decode_cronjob(document: &Document, sem: &Semantics) -> Result<CronJob, Error> {
    let decoded = admission::decode_cronjob(document.value().clone(), sem)
        .map_err(|error| document.locate(error))?;
    let Some(first) = decoded.unknown.first() else { return Ok(decoded.object) };
    let all: Vec<_> =
        decoded.unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    let error = Error::new(ErrorKind::Decode, format!("strict decoding error: {}", all.join(", ")));
    // The message names the field; the path serves to find its place.
    let at =
        document.locate(Error::new(ErrorKind::Decode, "").with_path(first.as_str())).location();
    Err(at.map_or(error.clone(), |at| error.with_location(at.line, at.column)))
}

/// A value for people: text without quotes, nothing as `-`.
pub fn plain(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        // An empty text would look like nothing at all.
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(value) => value.to_string(),
    }
}
