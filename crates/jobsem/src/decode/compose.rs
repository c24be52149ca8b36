//! Composes a document from parser events: its value and the positions of its parts.
//!
//! Enforces the bounds that keep hostile input cheap: depth, and the number of parts, where an
//! alias counts as everything it repeats.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::places::{Entry, Index, Kind, Places, Span};

/// The maximum nesting of lists and maps.
pub(super) const MAX_DEPTH: usize = 100;

/// A composed document.
pub(super) struct Composed {
    pub(super) value: Value,
    pub(super) places: Places,
    pub(super) duplicates: Vec<Duplicate>,
}

/// How a key comes into a map twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// Both are written there.
    Written,
    /// A written key replaces one that `<<` brought: the use of merge keys.
    Overrides,
    /// `<<` brings a key that is written before it, and replaces it.
    Overridden,
    /// Two maps that are merged have it.
    Merged,
}

/// A key that stands twice in a map.
#[derive(Clone, Debug)]
pub(super) struct Duplicate {
    pub(super) clash: Clash,
    /// The member's path, with dots only.
    pub(super) path: String,
    pub(super) key: String,
    pub(super) first: Span,
    pub(super) again: Span,
    /// The position of the second value.
    pub(super) value: Span,
}

/// Why a document cannot be composed.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: Span,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, at: Span) -> Fault {
        Fault { message: message.into(), at }
    }
}

/// A finished part and the cost of repeating it.
#[derive(Clone)]
pub(super) struct Part {
    value: Value,
    places: Places,
    parts: usize,
    depth: usize,
}

impl Part {
    pub(super) fn scalar(value: Value, span: Span) -> Part {
        let parts = cost(&value);
        Part { value, places: Places { span, kind: Kind::Scalar }, parts, depth: 0 }
    }
}

/// A long text counts as several parts, since aliases may repeat it.
fn cost(value: &Value) -> usize {
    1 + value.as_str().map_or(0, str::len) / 64
}

/// Collects the parts of documents, one document after another.
pub(super) struct Composer {
    open: Vec<Open>,
    root: Option<Part>,
    duplicates: Vec<Duplicate>,
    /// The remaining number of parts.
    left: usize,
}

struct Open {
    start: u32,
    /// As in [`Part`], so far.
    parts: usize,
    depth: usize,
    kind: OpenKind,
}

enum OpenKind {
    List {
        values: Vec<Value>,
        places: Vec<Places>,
    },
    Map {
        values: Map<String, Value>,
        places: Vec<Entry>,
        key: Option<Key>,
        seen: Index,
        /// Which of `places` come from `<<`.
        merged: BTreeSet<usize>,
    },
}

struct Key {
    text: String,
    at: Span,
    /// The key is `<<`: its value is merged into the map.
    merges: bool,
}

/// Up to this size a linear search is cheaper.
const FEW: usize = 16;

impl Composer {
    pub(super) fn new(max_parts: usize) -> Composer {
        Composer { open: Vec::new(), root: None, duplicates: Vec::new(), left: max_parts }
    }

    /// Drops an unfinished document.
    pub(super) fn abandon(&mut self) {
        self.open.clear();
        self.root = None;
        self.duplicates.clear();
    }

    /// The finished document, unless it was empty.
    pub(super) fn finish(&mut self) -> Option<Composed> {
        let duplicates = std::mem::take(&mut self.duplicates);
        let root = self.root.take()?;
        Some(Composed { value: root.value, places: root.places, duplicates })
    }

    /// Whether the next scalar is a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    pub(super) fn key(&mut self, text: String, at: Span, merges: bool) -> Result<(), Fault> {
        self.spend(1 + text.len() / 64, at)?;
        if let Some(Open { kind: OpenKind::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(Key { text, at, merges });
        }
        Ok(())
    }

    pub(super) fn scalar(&mut self, value: Value, span: Span) -> Result<(), Fault> {
        let part = Part::scalar(value, span);
        self.spend(part.parts, span)?;
        self.place(part)
    }

    pub(super) fn open_list(&mut self, at: Span) -> Result<(), Fault> {
        self.start(at, OpenKind::List { values: Vec::new(), places: Vec::new() })
    }

    pub(super) fn open_map(&mut self, at: Span) -> Result<(), Fault> {
        let (values, places) = (Map::new(), Vec::new());
        let (seen, merged) = (Index::new(), BTreeSet::new());
        self.start(at, OpenKind::Map { values, places, key: None, seen, merged })
    }

    fn start(&mut self, at: Span, kind: OpenKind) -> Result<(), Fault> {
        if self.wants_key() {
            return Err(Fault::new("a key must be a text, not a list or a map", at));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.spend(1, at)?;
        self.open.push(Open { start: at.start, parts: 1, depth: 1, kind });
        Ok(())
    }

    /// Ends the innermost list or map. Returns a copy if `keep` is set, for aliases.
    pub(super) fn close(&mut self, end: u32, keep: bool) -> Result<Option<Part>, Fault> {
        let Some(open) = self.open.pop() else { return Ok(None) };
        let (value, kind) = match open.kind {
            OpenKind::List { values, places } => (Value::Array(values), Kind::List(places)),
            OpenKind::Map { values, places, seen, .. } => {
                (Value::Object(values), Kind::Map(places, seen))
            }
        };
        let places = Places { span: Span { start: open.start, end: end.max(open.start) }, kind };
        let part = Part { value, places, parts: open.parts, depth: open.depth };
        let copy = self.copy(&part, keep)?;
        self.place(part)?;
        Ok(copy)
    }

    /// Copies a part that has an anchor. The copy counts against the limit, since it takes memory.
    fn copy(&mut self, part: &Part, keep: bool) -> Result<Option<Part>, Fault> {
        if !keep {
            return Ok(None);
        }
        self.spend(part.parts, part.places.span)?;
        Ok(Some(part.clone()))
    }

    /// Repeats a part at the place of an alias.
    pub(super) fn repeat(&mut self, part: &Part, at: Span) -> Result<(), Fault> {
        if self.wants_key() {
            return match &part.value {
                Value::String(text) => self.key(text.clone(), at, false),
                _ => Err(Fault::new("a key must be a text", at)),
            };
        }
        if self.open.len() + part.depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.spend(part.parts, at)?;
        let mut part = part.clone();
        part.places.span = at;
        self.place(part)
    }

    fn spend(&mut self, parts: usize, at: Span) -> Result<(), Fault> {
        match self.left.checked_sub(parts) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                Err(Fault::new("the text has too many parts, or its aliases repeat too much", at))
            }
        }
    }

    fn place(&mut self, part: Part) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(part);
            return Ok(());
        };
        open.parts += part.parts;
        open.depth = open.depth.max(part.depth + 1);
        match &mut open.kind {
            OpenKind::List { values, places } => {
                values.push(part.value);
                places.push(part.places);
                Ok(())
            }
            OpenKind::Map { key, .. } => match key.take() {
                Some(key) if key.merges => self.merge(part, key.at),
                Some(key) => self.member(key.text, key.at, part.value, part.places, false),
                // OK because parsers tell keys before values.
                None => Ok(()),
            },
        }
    }

    /// A member of the innermost map; `merges` says that `<<` brings it. The last one counts, as in
    /// the YAML reader of kubectl and the API server, wherever the `<<` stands.
    fn member(
        &mut self,
        text: String,
        at: Span,
        value: Value,
        place: Places,
        merges: bool,
    ) -> Result<(), Fault> {
        let Some(Open { kind: OpenKind::Map { values, places, seen, merged, .. }, .. }) =
            self.open.last_mut()
        else {
            return Ok(());
        };
        let value_at = place.span;
        let old = match places.len() {
            0..FEW => places.iter().position(|entry| entry.key == text),
            FEW => {
                seen.extend(places.iter().enumerate().map(|(i, entry)| (entry.key.clone(), i)));
                seen.get(&text).copied()
            }
            _ => seen.get(&text).copied(),
        };
        values.insert(text.clone(), value);
        match old {
            None => {
                if places.len() >= FEW {
                    seen.insert(text.clone(), places.len());
                }
                if merges {
                    merged.insert(places.len());
                }
                places.push(Entry { key: text, at, value: place });
            }
            Some(old) => {
                let first = places[old].at;
                let was_merged = if merges { !merged.insert(old) } else { merged.remove(&old) };
                let clash = match (was_merged, merges) {
                    (false, false) => Clash::Written,
                    (true, false) => Clash::Overrides,
                    (false, true) => Clash::Overridden,
                    (true, true) => Clash::Merged,
                };
                places[old] = Entry { key: text.clone(), at, value: place };
                let path = self.path(&text);
                self.spend(1 + path.len() / 64, at)?;
                self.duplicates.push(Duplicate {
                    clash,
                    path,
                    key: text,
                    first,
                    again: at,
                    value: value_at,
                });
            }
        }
        Ok(())
    }

    /// Merges the maps of `<<`: of a list the first one counts.
    fn merge(&mut self, part: Part, at: Span) -> Result<(), Fault> {
        let wrong = || Fault::new("map merge requires map or sequence of maps as the value", at);
        let maps: Vec<(Value, Places)> = match (part.value, part.places.kind) {
            (value @ Value::Object(_), kind) => {
                vec![(value, Places { span: part.places.span, kind })]
            }
            (Value::Array(values), Kind::List(places)) => {
                values.into_iter().zip(places).rev().collect()
            }
            _ => return Err(wrong()),
        };
        for (value, places) in maps {
            let (Value::Object(mut values), Kind::Map(entries, _)) = (value, places.kind) else {
                return Err(wrong());
            };
            for entry in entries {
                if let Some(value) = values.remove(&entry.key) {
                    self.member(entry.key, entry.at, value, entry.value, true)?;
                }
            }
        }
        Ok(())
    }

    /// The path of a member of the innermost map.
    fn path(&self, key: &str) -> String {
        let mut path = String::new();
        for open in &self.open[..self.open.len() - 1] {
            match &open.kind {
                OpenKind::List { values, .. } => path.push_str(&format!("[{}]", values.len())),
                OpenKind::Map { key: Some(key), .. } => step(&mut path, &key.text),
                OpenKind::Map { key: None, .. } => {}
            }
        }
        step(&mut path, key);
        path
    }
}

fn step(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

fn too_deep(at: Span) -> Fault {
    Fault::new(format!("lists and maps lie more than {MAX_DEPTH} deep in each other"), at)
}
