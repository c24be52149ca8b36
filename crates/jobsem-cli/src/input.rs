//! Reading files and showing what is wrong with them; and what differs between two documents.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use jobsem::Error;
use jobsem::decode::{Document, Limits, read};
use serde_json::Value;

use crate::exit;

/// The largest file that is read.
const MAX_BYTES: usize = 64 << 20;

/// A file that was read, with the name to call it by.
pub struct Input {
    pub name: String,
    pub text: String,
}

impl Input {
    /// Reads a file; `-` is standard input.
    pub fn read(path: &Path) -> Result<Input, ExitCode> {
        let (name, result) = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            ("standard input".to_owned(), read.map(|_| bytes))
        } else {
            (path.display().to_string(), fs::read(path))
        };
        let bytes = result.map_err(|error| exit::fail(exit::USAGE, format!("{name}: {error}")))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Input { name, text }),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let input = Input { name, text };
                // The decoder words it, with the place.
                let all = read(error.as_bytes(), &Limits::of_bytes(MAX_BYTES));
                let error = all.into_iter().find_map(Result::err);
                Err(input.tell(&error.unwrap_or_else(|| Error::decode("the text is not UTF-8"))))
            }
        }
    }

    /// The content of an option: a file of that name, or the text itself.
    pub fn option(option: &str, given: &str) -> Result<Input, ExitCode> {
        let path = Path::new(given);
        if path.exists() {
            return Input::read(path);
        }
        // A document that starts with a brace would be taken for JSON.
        Ok(Input { name: option.to_owned(), text: format!("---\n{given}") })
    }

    /// Its documents.
    pub fn documents(&self) -> Result<Vec<Document>, ExitCode> {
        let all = read(self.text.as_bytes(), &Limits::of_bytes(MAX_BYTES));
        all.into_iter().collect::<Result<_, _>>().map_err(|error| self.tell(&error))
    }

    /// Its documents; the objects of a list one by one.
    pub fn objects(&self) -> Result<Vec<Document>, ExitCode> {
        let all = self.documents()?.into_iter().flat_map(Document::into_objects);
        all.collect::<Result<_, _>>().map_err(|error| self.tell(&error))
    }

    /// Its one document, which is no Kubernetes object; nothing may be written twice in it.
    pub fn only_value(&self) -> Result<Option<Document>, ExitCode> {
        let mut all = self.documents()?;
        if let Some(error) = all.iter().find_map(Document::repeated_member) {
            return Err(self.tell(&error));
        }
        match all.len() {
            0 | 1 => Ok(all.pop()),
            n => {
                let text = format!("{}: expected one document, found {n}", self.name);
                Err(exit::fail(exit::USAGE, text))
            }
        }
    }

    /// Says what is wrong with it, with its place.
    pub fn tell(&self, error: &Error) -> ExitCode {
        exit::fail_in(&self.name, &self.text, error)
    }

    /// As [`Input::tell`], for an error in a document of it.
    pub fn tell_at(&self, document: &Document, error: Error) -> ExitCode {
        self.tell(&document.locate(error))
    }
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
