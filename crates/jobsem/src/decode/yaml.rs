//! YAML: the parser's events, composed.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};

use super::compose::{Composer, Fault, Part};
use super::places::Span;
use super::scalar::{self, Tag};
use super::source::{Content, Format, Source};
use crate::Error;

/// The maximum number of faulty documents reported.
const MAX_FAULTS: usize = 100;

/// Reads all documents, and continues after a faulty one.
pub(super) fn read(source: &Source, max_parts: usize, out: &mut Vec<Result<Content, Error>>) {
    let options = granit_parser::options! {
        block_scalar_eof_without_line_feed: true,
        emit_comments: false,
    };
    let mut parser = Parser::new_from_str_with_options(source.text(), options);
    let mut reader: Reader<'_> = Reader {
        composer: Composer::new(max_parts),
        anchors: BTreeMap::new(),
        open_anchors: Vec::new(),
        tabs: Tabs::new(source.text()),
    };
    let mut faults = 0;
    while faults < MAX_FAULTS {
        match reader.document(&mut parser) {
            Ok(None) => return,
            Ok(Some(None)) => {}
            Ok(Some(Some(content))) => out.push(Ok(content)),
            Err(fault) => {
                let at = source.location(fault.at.start as usize);
                out.push(Err(Error::decode(fault.message).with_location(at.line, at.column)));
                faults += 1;
                reader.composer.abandon();
                reader.tabs.resume();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    return;
                }
            }
        }
    }
}

struct Reader<'a> {
    tabs: Tabs<'a>,
    composer: Composer,
    /// The finished parts with anchors, by the parser's number for them.
    anchors: BTreeMap<usize, Part>,
    /// The anchors of the open lists and maps; 0 means no anchor.
    open_anchors: Vec<usize>,
}

impl Reader<'_> {
    /// The next document; `Some(None)` is an empty one.
    fn document<'a>(
        &mut self,
        parser: &mut Parser<'a, StrInput<'a>>,
    ) -> Result<Option<Option<Content>>, Fault> {
        self.anchors.clear();
        self.open_anchors.clear();
        for next in parser.by_ref() {
            let (event, span) = next.map_err(|error| of_parser(&error))?;
            let at = match span.byte_range() {
                Some(range) => Span::new(range.start, range.end),
                None => Span::default(),
            };
            self.tabs.check(&event, at)?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(_, Some(version))
                    if (version.major, version.minor) != (1, 1) =>
                {
                    return Err(Fault::new("found incompatible YAML document", at));
                }
                Event::DocumentEnd => {
                    let composed = self.composer.finish();
                    return Ok(Some(composed.map(|c| Content::new(c, Format::Yaml))));
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let tag = tag.map_or(Tag::None, |tag| tag_of(tag.core_suffix()));
                    self.scalar(&text, style == ScalarStyle::Plain, tag, anchor, at)?;
                }
                Event::SequenceStart(_, anchor, _) => {
                    self.open_anchors.push(anchor);
                    self.composer.open_list(at)?;
                }
                Event::MappingStart(_, anchor, _) => {
                    self.open_anchors.push(anchor);
                    self.composer.open_map(at)?;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let anchor = self.open_anchors.pop().unwrap_or(0);
                    let part = self.composer.close(at.end, anchor != 0)?;
                    self.remember(anchor, part);
                }
                Event::Alias(id) => match self.anchors.get(&id) {
                    Some(part) => self.composer.repeat(part, at)?,
                    None => return Err(Fault::new("an anchor's value contains itself", at)),
                },
                _ => {}
            }
        }
        Ok(None)
    }

    fn scalar(
        &mut self,
        text: &str,
        plain: bool,
        tag: Tag,
        anchor: usize,
        at: Span,
    ) -> Result<(), Fault> {
        let fault = |message: String| Fault::new(message, at);
        if self.composer.wants_key() {
            let merges = plain && text == "<<" && tag == Tag::None;
            let key = scalar::key(text, plain, tag).map_err(fault)?;
            if anchor != 0 {
                let part = Part::scalar(key.clone().into(), at);
                self.anchors.insert(anchor, part);
            }
            return self.composer.key(key, at, merges);
        }
        let value = scalar::value(text, plain, tag).map_err(fault)?;
        if anchor != 0 {
            self.anchors.insert(anchor, Part::scalar(value.clone(), at));
        }
        self.composer.scalar(value, at)
    }

    fn remember(&mut self, anchor: usize, part: Option<Part>) {
        if let Some(part) = part {
            self.anchors.insert(anchor, part);
        }
    }
}

/// Where a tab stands between tokens that only blanks may stand between: in block context, before
/// what begins a line, and after `-` and `?`. The parser is more generous than the one of kubectl
/// and the API server.
struct Tabs<'a> {
    text: &'a str,
    /// All before it is looked at; `None` until a document begins after a fault.
    seen: Option<usize>,
    /// How many flow collections are open.
    flow: usize,
    /// Whether `seen` is the end of a block scalar, whose last empty lines belong to it.
    after_block_scalar: bool,
}

impl<'a> Tabs<'a> {
    fn new(text: &'a str) -> Tabs<'a> {
        Tabs { text, seen: Some(0), flow: 0, after_block_scalar: false }
    }

    fn resume(&mut self) {
        (self.seen, self.flow, self.after_block_scalar) = (None, 0, false);
    }

    fn check(&mut self, event: &Event<'_>, at: Span) -> Result<(), Fault> {
        let (start, end) = (at.start as usize, at.end as usize);
        let (upto, seen) = match event {
            Event::SequenceStart(StructureStyle::Flow, ..)
            | Event::MappingStart(StructureStyle::Flow, ..) => {
                self.flow += 1;
                if self.flow > 1 {
                    return Ok(());
                }
                (start, end)
            }
            Event::SequenceEnd | Event::MappingEnd if self.flow > 0 => {
                self.flow -= 1;
                self.after_block_scalar = false;
                self.seen = Some(end);
                return Ok(());
            }
            _ if self.flow > 0 => return Ok(()),
            Event::SequenceStart(..) | Event::MappingStart(..) => (start, start),
            Event::Scalar(..) | Event::Alias(..) | Event::DocumentStart(..) => (start, end),
            Event::StreamEnd => (self.text.len(), self.text.len()),
            _ => return Ok(()),
        };
        let from = self.seen.unwrap_or(start);
        let tab = self.tab_in(from, upto);
        self.seen = Some(seen.max(from));
        self.after_block_scalar = match event {
            Event::Scalar(_, style, ..) => {
                matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
            }
            _ => self.after_block_scalar && seen <= from,
        };
        match tab {
            Some(tab) => {
                let message = "found character that cannot start any token: a tab";
                Err(Fault::new(message, Span::new(tab, tab + 1)))
            }
            None => Ok(()),
        }
    }

    /// The first tab between two tokens that may not stand there.
    fn tab_in(&self, mut from: usize, upto: usize) -> Option<usize> {
        let gap = self.text.get(from..upto)?;
        if !gap.contains('\t') {
            return None;
        }
        if self.after_block_scalar {
            let empty = gap.split_inclusive('\n').take_while(|line| line.trim().is_empty());
            from += empty.map(str::len).sum::<usize>();
        }
        let bytes = self.text.as_bytes();
        let mut begins = from == 0 || bytes[from - 1] == b'\n';
        let mut at = from;
        while at < upto {
            match bytes[at] {
                b'\n' => begins = true,
                b' ' | b'\r' => {}
                b'\t' if begins => return Some(at),
                b'\t' => {}
                b'#' => {
                    at += self.text[at..upto].find('\n').unwrap_or(upto - at);
                    continue;
                }
                b'-' | b'?' => {
                    begins = begins
                        && matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b'\n' | b'\r'));
                }
                _ => begins = false,
            }
            at += 1;
        }
        None
    }
}

fn of_parser(error: &ScanError) -> Fault {
    let start = error.marker().byte_offset().unwrap_or(0);
    // Messages are single lines.
    let message = error.info();
    let message = message.lines().next().unwrap_or("not YAML");
    Fault::new(message, Span::new(start, start))
}

/// The tag of a scalar by its name in YAML's own schema.
fn tag_of(name: Option<&str>) -> Tag {
    match name {
        Some("str") => Tag::Str,
        Some("binary") => Tag::Binary,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("null") => Tag::Null,
        _ => Tag::Other,
    }
}
