//! [`Document`]: one document of a text.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::compose::{Clash, Duplicate};
use super::places::{Kind, Places, Span};
use super::source::{Content, Format, Source};
use crate::admission::{Decoded, Undecodable, examine_cronjob, examine_job};
use crate::api::{CronJob, Job};
use crate::quote::go_quoted;
use crate::{Error, Location, Semantics};

/// A document of a text, with the positions of its parts.
#[derive(Clone, Debug)]
pub struct Document {
    content: Content,
    source: Arc<Source>,
}

/// What is done about members that are not known, or stand twice (DECODE-6).
///
/// `Ignore`, `Warn` and `Strict` are what the API server does with the text itself. In YAML a
/// member that `<<` brings and that is also written counts as standing twice there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Ignore them.
    Ignore,
    /// Warn the client: the API server's default.
    #[default]
    Warn,
    /// The object is refused.
    Strict,
    /// What comes of `kubectl create`, whose default is `Strict`: kubectl sends JSON that it makes
    /// of the text, in which of members that stand twice the last one is left. Unknown members are
    /// refused. The warnings name members that are lost because they are written twice, or stand
    /// before a `<<` that has them; kubectl has no word for these.
    Kubectl,
}

/// An unknown or duplicate member (DECODE-6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The member's path.
    pub path: String,
    /// Whether it is a duplicate; otherwise it is unknown.
    pub duplicate: bool,
    /// Whether one of the two comes from a map that `<<` merges.
    pub merged: bool,
    /// Where its name stands, the second time if there are two.
    pub bytes: Range<usize>,
    /// The position of the first one, for a duplicate.
    pub first: Option<Range<usize>>,
    /// The line in the API server's message, for a duplicate in YAML; otherwise 0.
    line: usize,
    key: String,
}

/// The position in the text that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The bytes to show: a scalar value, or the name of a member whose value is a list, a map or
    /// empty.
    pub bytes: Range<usize>,
    /// The length of the existing part of the path; the rest is missing.
    pub matched: usize,
}

impl Document {
    pub(super) fn new(content: Content, source: Arc<Source>) -> Document {
        Document { content, source }
    }

    /// The document, if it fits into a request. Lists are sent object by object.
    pub(super) fn bounded(self) -> Result<Document, Error> {
        let (bytes, most) = (json_bytes(self.value()), self.source.largest_object);
        if bytes <= most || self.is_list() {
            return Ok(self);
        }
        let at = self.location(self.start());
        let human = match most % (1 << 20) {
            0 => format!("{most} ({} MiB)", most >> 20),
            _ => most.to_string(),
        };
        let message = format!(
            "the object has {bytes} bytes as JSON; the API server takes at most {human} in a \
             request"
        );
        Err(Error::decode(message).with_location(at.line, at.column))
    }

    fn is_list(&self) -> bool {
        self.kind().is_some_and(|kind| kind.ends_with("List"))
            && self.value().get("items").is_some_and(Value::is_array)
    }

    /// The document as JSON.
    pub fn value(&self) -> &Value {
        &self.content.value
    }

    /// The document as JSON.
    pub fn into_value(self) -> Value {
        self.content.value
    }

    /// The whole text that contains the document, without a byte order mark.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Whether the text is JSON, not YAML.
    pub fn is_json(&self) -> bool {
        self.content.format == Format::Json
    }

    /// Its `kind`.
    pub fn kind(&self) -> Option<&str> {
        self.content.value.get("kind")?.as_str()
    }

    /// Its `apiVersion`.
    pub fn api_version(&self) -> Option<&str> {
        self.content.value.get("apiVersion")?.as_str()
    }

    /// Line and column of a byte of the text.
    pub fn location(&self, byte: usize) -> Location {
        self.source.location(byte)
    }

    /// The position of the document's start.
    pub fn start(&self) -> usize {
        self.content.places.span.start as usize
    }

    /// The position of the value at `path`, or of its nearest existing parent.
    ///
    /// ```
    /// let text = "metadata:\n  labels: {a.b/c: x}\n";
    /// let all = jobsem::decode::documents(text.as_bytes())?;
    /// let at = |path| &text[all[0].place(path).bytes];
    /// assert_eq!(at("metadata.labels[a.b/c]"), "x");
    /// assert_eq!(at("metadata.name"), "metadata");
    /// # Ok::<(), jobsem::Error>(())
    /// ```
    pub fn place(&self, path: &str) -> Place {
        let found = self.content.places.find(path);
        let span = match (&found.places.kind, found.key) {
            (Kind::Scalar, None) => found.places.span,
            (Kind::Scalar, Some(_)) if !found.places.span.is_empty() => found.places.span,
            (_, Some(key)) => key,
            (_, None) => found.places.span,
        };
        Place { bytes: self.first_line(span), matched: found.matched }
    }

    /// The position of the member's name at `path`, or of the value if it has none.
    pub fn name_place(&self, path: &str) -> Place {
        let found = self.content.places.find(path);
        let bytes = self.first_line(found.key.unwrap_or(found.places.span));
        Place { bytes, matched: found.matched }
    }

    /// The place of a key, or of a value, in the map at `path`.
    pub fn entry_place(&self, path: &str, text: &str) -> Option<Place> {
        let found = self.content.places.find(path);
        let Kind::Map(entries, _) = &found.places.kind else { return None };
        if found.matched < path.len() {
            return None;
        }
        let map = self.content.value_at(path)?.as_object()?;
        let key = entries.iter().find(|entry| entry.key == text).map(|entry| entry.at);
        let value = || {
            let holds = |key: &str| map.get(key).and_then(Value::as_str) == Some(text);
            entries.iter().find(|entry| holds(&entry.key)).map(|entry| entry.value.span)
        };
        let span = key.or_else(value)?;
        Some(Place { bytes: self.first_line(span), matched: path.len() })
    }

    /// The source text of the value at `path`.
    pub fn written(&self, path: &str) -> Option<&str> {
        let found = self.content.places.find(path);
        let span = found.places.span;
        let whole = found.matched == path.len() && matches!(found.places.kind, Kind::Scalar);
        if whole { self.text().get(span.start as usize..span.end as usize) } else { None }
    }

    /// The value at `path`.
    pub fn value_at(&self, path: &str) -> Option<&Value> {
        self.content.value_at(path)
    }

    fn first_line(&self, span: Span) -> Range<usize> {
        let (start, end) = (span.start as usize, span.end as usize);
        let text = self.text().get(start..end).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        start..start + line.len()
    }

    /// The objects of a `List`, such as `kubectl get -o yaml` prints, each as a document; an object
    /// without a kind gets the list's. A document that is not a list is returned alone. An object
    /// too large for a request is an error, as in [`read`](super::read).
    pub fn into_objects(mut self) -> Vec<Result<Document, Error>> {
        if !self.is_list() {
            return vec![Ok(self)];
        }
        let item_kind = self.kind().and_then(|kind| kind.strip_suffix("List"));
        let item_kind = item_kind.unwrap_or_default().to_owned();
        let api_version = self.api_version().map(str::to_owned);
        let items = self.content.value.get_mut("items").map(Value::take);
        let Some(Value::Array(values)) = items else { return Vec::new() };
        let places = self.content.places.take_items("items");
        let format = self.content.format;
        let duplicates = std::mem::take(&mut self.content.duplicates);
        let mut own: BTreeMap<usize, Vec<Duplicate>> = BTreeMap::new();
        for duplicate in duplicates {
            let rest = duplicate.path.strip_prefix("items[").and_then(|r| r.split_once("]."));
            let Some((index, path)) = rest else { continue };
            let (Ok(index), path) = (index.parse(), path.to_owned()) else { continue };
            own.entry(index).or_default().push(Duplicate { path, ..duplicate });
        }
        let items = values.into_iter().zip(places).enumerate().map(|(i, (mut value, places))| {
            if let Value::Object(item) = &mut value
                && !item_kind.is_empty()
            {
                item.entry("kind").or_insert_with(|| item_kind.as_str().into());
                if let Some(version) = &api_version {
                    item.entry("apiVersion").or_insert_with(|| version.as_str().into());
                }
            }
            let duplicates = own.remove(&i).unwrap_or_default();
            let content = Content { value, places, duplicates, format };
            Document::new(content, Arc::clone(&self.source)).bounded()
        });
        items.collect()
    }

    /// Adds to `error` the position of the field at its path, or of its nearest existing parent.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        let Some(path) = error.path().filter(|_| error.location().is_none()) else { return error };
        let at = self.location(self.place(path).bytes.start);
        error.with_location(at.line, at.column)
    }

    /// The first member that is written twice in a map, as an error, for documents that are no
    /// Kubernetes objects. A member that replaces one of a `<<` is written once.
    pub fn repeated_member(&self) -> Option<Error> {
        let all = &self.content.duplicates;
        let first = all.iter().find(|duplicate| duplicate.clash == Clash::Written)?;
        let at = self.location(first.again.start as usize);
        let message = format!("duplicate field \"{}\"", first.path);
        Some(Error::decode(message).with_location(at.line, at.column))
    }

    /// Reads the document as a Job, as `kubectl create` has it read ([`FieldValidation::Kubectl`]).
    ///
    /// # Errors
    ///
    /// `Decode` if it is no Job, or some member has the wrong type or is not known.
    pub fn decode_job(&self, sem: &Semantics) -> Result<Job, Error> {
        Ok(self.read_job(FieldValidation::Kubectl, sem)?.0)
    }

    /// Reads the document as a Job, and returns the warnings for the client.
    ///
    /// ```
    /// use jobsem::decode::{FieldValidation, documents};
    ///
    /// let all = documents(b"apiVersion: batch/v1\nkind: Job\nspec: {paralelism: 2}")?;
    /// let (job, warnings) = all[0].read_job(FieldValidation::Warn, &Default::default())?;
    /// assert_eq!(job.spec.parallelism, None);
    /// assert_eq!(warnings, ["unknown field \"spec.paralelism\""]);
    /// # Ok::<(), jobsem::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Document::decode_job`], subject to `validation`.
    pub fn read_job(
        &self,
        validation: FieldValidation,
        sem: &Semantics,
    ) -> Result<(Job, Vec<String>), Error> {
        self.expect("Job")?;
        match examine_job(self.value().clone(), sem) {
            Ok(decoded) => self.judged(decoded, validation),
            Err(undecodable) => Err(self.first_told(*undecodable)),
        }
    }

    /// Reads the document as a CronJob, and returns the warnings for the client.
    ///
    /// # Errors
    ///
    /// As [`Document::read_job`].
    pub fn read_cronjob(
        &self,
        validation: FieldValidation,
        sem: &Semantics,
    ) -> Result<(CronJob, Vec<String>), Error> {
        self.expect("CronJob")?;
        match examine_cronjob(self.value().clone(), sem) {
            Ok(decoded) => self.judged(decoded, validation),
            Err(undecodable) => Err(self.first_told(*undecodable)),
        }
    }

    fn expect(&self, kind: &str) -> Result<(), Error> {
        if !self.value().is_object() {
            return Err(Error::decode("the document is no object"));
        }
        let (api_version, found) =
            (self.api_version().unwrap_or_default(), self.kind().unwrap_or_default());
        if (api_version, found) == ("batch/v1", kind) {
            return Ok(());
        }
        let (path, found) =
            if found == kind { ("apiVersion", api_version) } else { ("kind", found) };
        let message = format!("expected a `batch/v1` `{kind}`, found `{found}`");
        Err(self.locate(Error::decode(message).with_path(path)))
    }

    /// The server's error for an undecodable document.
    fn first_told(&self, undecodable: Undecodable) -> Error {
        let mut all = vec![undecodable.error];
        all.extend(undecodable.further);
        self.in_order(&mut all);
        self.told(all.remove(0))
    }

    /// Sorts type errors into the server's order, which for JSON is that of the text (DECODE-3).
    ///
    /// An unreadable time or quantity always comes first.
    pub(crate) fn in_order(&self, errors: &mut [Error]) {
        if self.is_json() {
            errors.sort_by_key(|error| {
                match error.message().starts_with("json: cannot unmarshal") {
                    false => (0, 0),
                    true => (1, error.path().map_or(0, |path| self.place(path).bytes.start)),
                }
            });
        }
    }

    /// A decoding error with its position, and with the number as written (DECODE-3).
    pub(crate) fn told(&self, error: Error) -> Error {
        let literal = error.path().filter(|_| self.is_json()).and_then(|path| self.written(path));
        let error = match (literal, error.message().strip_prefix("json: cannot unmarshal number "))
        {
            (Some(literal), Some(rest)) => match rest.split_once(" into Go struct field ") {
                Some((_, rest)) => {
                    let path = error.path().unwrap_or_default().to_owned();
                    let message = format!(
                        "json: cannot unmarshal number {literal} into Go struct field {rest}"
                    );
                    Error::decode(message).with_path(path)
                }
                None => error,
            },
            _ => error,
        };
        self.locate(error)
    }

    fn judged<T>(
        &self,
        decoded: Decoded<T>,
        validation: FieldValidation,
    ) -> Result<(T, Vec<String>), Error> {
        let violations = self.violations(&decoded.unknown);
        let refused: Vec<Violation> = match validation {
            FieldValidation::Ignore => return Ok((decoded.object, Vec::new())),
            FieldValidation::Warn => return Ok((decoded.object, texts(&violations))),
            FieldValidation::Strict => violations,
            FieldValidation::Kubectl => violations.into_iter().filter(|v| !v.duplicate).collect(),
        };
        let Some(first) = refused.first() else {
            let lost = self.lost();
            return Ok((decoded.object, lost.iter().map(Violation::warning).collect()));
        };
        let at = self.location(first.bytes.start);
        let message = format!("strict decoding error: {}", texts(&refused).join(", "));
        Err(Error::decode(message).with_location(at.line, at.column))
    }

    /// The members that are lost on the way through kubectl ([`FieldValidation::Kubectl`]).
    pub fn lost(&self) -> Vec<Violation> {
        let is_lost = |d: &&Duplicate| matches!(d.clash, Clash::Written | Clash::Overridden);
        let lost = |duplicate: &Duplicate| Violation {
            path: duplicate.path.clone(),
            duplicate: true,
            merged: duplicate.clash == Clash::Overridden,
            bytes: self.first_line(duplicate.again),
            first: Some(self.first_line(duplicate.first)),
            line: 0,
            key: duplicate.key.clone(),
        };
        self.content.duplicates.iter().filter(is_lost).map(lost).collect()
    }

    /// What strict decoding refuses, in the API server's order: duplicate members, and members at
    /// the paths in `unknown`.
    ///
    /// In YAML they come in this order; in JSON in text order.
    pub fn violations(&self, unknown: &[String]) -> Vec<Violation> {
        let bytes = |span: Span| self.first_line(span);
        let mut all: Vec<Violation> = Vec::new();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let unread: BTreeSet<&str> = unknown.iter().map(String::as_str).collect();
        for duplicate in &self.content.duplicates {
            let json = self.is_json();
            // The server does not look into unknown members, and converts YAML first.
            if json && (!told.insert(&duplicate.path) || is_opaque(&duplicate.path, &unread)) {
                continue;
            }
            let value = self.location(duplicate.value.start as usize);
            all.push(Violation {
                path: duplicate.path.clone(),
                duplicate: true,
                merged: duplicate.clash != Clash::Written,
                bytes: bytes(duplicate.again),
                first: Some(bytes(duplicate.first)),
                line: if json { 0 } else { value.line },
                key: duplicate.key.clone(),
            });
        }
        all.extend(unknown.iter().map(|path| Violation {
            path: path.clone(),
            duplicate: false,
            merged: false,
            bytes: self.name_place(path).bytes,
            first: None,
            line: 0,
            key: String::new(),
        }));
        if self.is_json() {
            all.sort_by_key(|violation| violation.bytes.start);
        }
        all
    }
}

impl Violation {
    /// What to warn of where kubectl loses the member.
    pub fn warning(&self) -> String {
        match self.merged {
            false => format!("duplicate field \"{}\": the last one counts", self.path),
            true => format!("field \"{}\" is replaced by the one of a later `<<`", self.path),
        }
    }
}

impl Content {
    fn value_at(&self, path: &str) -> Option<&Value> {
        // Keys may contain dots, so the recorded positions decide where each step ends.
        fn walk<'a>(value: &'a Value, places: &Places, path: &str) -> Option<&'a Value> {
            if path.is_empty() {
                return Some(value);
            }
            match (&places.kind, value) {
                (Kind::Map(entries, _), Value::Object(map)) => entries.iter().rev().find_map(|e| {
                    let rest = path.len() - e.value_path(path)?;
                    walk(map.get(&e.key)?, &e.value, &path[path.len() - rest..])
                }),
                (Kind::List(items), Value::Array(values)) => {
                    let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                    let index: usize = index.parse().ok()?;
                    walk(values.get(index)?, items.get(index)?, rest)
                }
                _ => None,
            }
        }
        walk(&self.value, &self.places, path)
    }
}

/// The length of a value as compact JSON.
fn json_bytes(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // OK because neither a `Value` nor the counter can fail.
    serde_json::to_writer(&mut count, value).ok();
    count.0
}

/// Whether a path is inside a part that the server does not read.
fn is_opaque(path: &str, unknown: &BTreeSet<&str>) -> bool {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(i, _)| i);
    ends.chain([path.len()]).any(|end| unknown.contains(&path[..end]))
        || (path.starts_with("metadata.managedFields[") && path.contains("].fieldsV1."))
}

/// The server's texts; all findings of its YAML reader form one of them.
pub(crate) fn texts(violations: &[Violation]) -> Vec<String> {
    let mut out = Vec::new();
    let mut yaml = String::new();
    for violation in violations {
        match violation {
            Violation { duplicate: true, line: line @ 1.., key, .. } => {
                let key = if is_number_or_bool(key) { key.clone() } else { go_quoted(key) };
                yaml.push_str(&format!("\n  line {line}: key {key} already set in map"));
            }
            Violation { duplicate: true, path, .. } => {
                out.push(format!("duplicate field \"{path}\""));
            }
            Violation { path, .. } => out.push(format!("unknown field \"{path}\"")),
        }
    }
    if !yaml.is_empty() {
        out.insert(0, format!("yaml: unmarshal errors:{yaml}"));
    }
    out
}

/// A key that is not a string is shown without quotes.
fn is_number_or_bool(key: &str) -> bool {
    key == "true" || key == "false" || key.parse::<f64>().is_ok()
}
