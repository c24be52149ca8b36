//! JSON, with the positions of its parts.
//!
//! serde_json decides what is JSON; a second pass then finds the parts of a valid text.

use serde_json::{Number, Value};

use super::compose::{Composer, Fault};
use super::places::Span;
use super::source::{Content, Format, Source};
use crate::{Error, ErrorKind};

/// Reads all documents, up to the first fault.
pub(super) fn read(source: &Source, max_parts: usize, out: &mut Vec<Result<Content, Error>>) {
    let mut composer = Composer::new(max_parts);
    // serde_json bounds the depth.
    let mut values = serde_json::Deserializer::from_str(source.text()).into_iter::<Value>();
    let mut start = 0;
    while let Some(value) = values.next() {
        if let Err(error) = value {
            out.push(Err(of_serde(&error)));
            return;
        }
        let end = values.byte_offset();
        let mut walk = Walk { text: source.text(), at: start, composer: &mut composer };
        match walk.value() {
            Ok(()) => {
                let composed = walk.composer.finish();
                out.extend(composed.map(|composed| Ok(Content::new(composed, Format::Json))));
            }
            Err(fault) => {
                let at = source.location(fault.at.start as usize);
                out.push(Err(Error::decode(fault.message).with_location(at.line, at.column)));
                return;
            }
        }
        start = end;
    }
}

fn of_serde(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    // serde_json appends the position, which the error carries separately.
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let out = Error::new(ErrorKind::Decode, message);
    if error.line() > 0 { out.with_location(error.line(), error.column().max(1)) } else { out }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    composer: &'a mut Composer,
}

impl Walk<'_> {
    /// The next byte after whitespace and punctuation between values.
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\t' | b'\r' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(b'}')
    }

    fn value(&mut self) -> Result<(), Fault> {
        let first = self.peek();
        let start = self.at;
        match first {
            b'{' => {
                self.at += 1;
                self.composer.open_map(Span::new(start, self.at))?;
                while self.peek() != b'}' {
                    let (key, span) = self.string();
                    self.composer.key(key, span, false)?;
                    self.value()?;
                }
                self.close()
            }
            b'[' => {
                self.at += 1;
                self.composer.open_list(Span::new(start, self.at))?;
                while self.peek() != b']' {
                    self.value()?;
                }
                self.close()
            }
            b'"' => {
                let (text, span) = self.string();
                self.composer.scalar(Value::String(text), span)
            }
            _ => {
                let rest = &self.text[start..];
                let ends = |c: char| matches!(c, ',' | ']' | '}' | ' ' | '\n' | '\t' | '\r');
                let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
                self.at += word.len().max(1);
                let value = match word {
                    "null" => Value::Null,
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    number => {
                        serde_json::from_str::<Number>(number).map_or(Value::Null, Value::from)
                    }
                };
                self.composer.scalar(value, Span::new(start, start + word.len()))
            }
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.composer.close(Span::new(self.at, self.at).end, false)?;
        Ok(())
    }

    fn string(&mut self) -> (String, Span) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut escaped = false;
        while let Some(&b) = bytes.get(end) {
            match b {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    end += 2;
                }
                _ => end += 1,
            }
        }
        let end = (end + 1).min(bytes.len());
        self.at = end;
        let literal = self.text.get(start..end).unwrap_or_default();
        let text = if escaped {
            serde_json::from_str(literal).unwrap_or_default()
        } else {
            literal.trim_matches('"').to_owned()
        };
        (text, Span::new(start, end))
    }
}
