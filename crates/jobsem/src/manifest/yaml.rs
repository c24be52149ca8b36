//! YAML as kubectl prints it: block style, keys in order, lists not indented, long lines folded.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::admission::Node;

use super::quoting::{Styles, is_break, is_printable, reads_as_text};

/// A text may be folded at the first space beyond this column.
const WIDTH: usize = 80;
const STEP: usize = 2;

/// The text of `node`.
pub(super) fn print(node: &Node) -> String {
    let mut yaml = Yaml { out: String::new(), column: 0 };
    match node {
        Node::Object(members) if !members.is_empty() => yaml.members(members, 0),
        Node::List(items) if !items.is_empty() => yaml.items(items, 0),
        other => yaml.inline(other, 0),
    }
    yaml.out
}

struct Yaml {
    out: String,
    /// Characters since the start of the line.
    column: usize,
}

impl Yaml {
    /// Writes the members of an object; the first one continues a started line.
    fn members(&mut self, members: &[(String, Node)], indent: usize) {
        for (name, node) in sorted(members) {
            self.indent(indent);
            self.text(name, indent, true);
            self.put(":");
            match node {
                Node::Object(members) if !members.is_empty() => {
                    self.line_break();
                    self.members(members, indent + STEP);
                }
                Node::List(items) if !items.is_empty() => {
                    self.line_break();
                    self.items(items, indent);
                }
                other => {
                    self.put(" ");
                    self.inline(other, indent);
                }
            }
        }
    }

    fn items(&mut self, items: &[Node], indent: usize) {
        for item in items {
            self.indent(indent);
            self.put("- ");
            match item {
                Node::Object(members) if !members.is_empty() => {
                    self.members(members, indent + STEP);
                }
                Node::List(items) if !items.is_empty() => self.items(items, indent + STEP),
                other => self.inline(other, indent),
            }
        }
    }

    /// Writes what fits on one line, or starts there.
    fn inline(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Text(text) => self.text(text, indent, false),
            Node::Scalar(value) => self.put(&value.to_string()),
            Node::List(_) => self.put("[]"),
            Node::Object(_) => self.put("{}"),
        }
        if !self.out.ends_with('\n') {
            self.line_break();
        }
    }

    fn text(&mut self, text: &str, indent: usize, key: bool) {
        let indent = indent + STEP;
        let styles = if text.is_empty() { None } else { Some(Styles::of(text)) };
        let multiline = text.contains(is_break);
        match styles {
            Some(styles) if text.contains('\n') && styles.literal && !key => {
                self.literal(text, indent);
            }
            Some(styles) if !text.contains('\n') && reads_as_text(text) => {
                if styles.plain && !(key && multiline) {
                    self.plain(text, indent, key);
                } else if styles.single && !(key && multiline) {
                    self.single(text, indent, key);
                } else {
                    self.double(text, indent, key);
                }
            }
            _ => self.double(text, indent, key),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, key: bool) {
        self.folding(text, indent, key, |yaml, c| yaml.push(c));
    }

    fn single(&mut self, text: &str, indent: usize, key: bool) {
        self.put("'");
        self.folding(text, indent, key, |yaml, c| match c {
            '\'' => yaml.put("''"),
            c => yaml.push(c),
        });
        self.put("'");
    }

    /// Writes a text whose single spaces may become line breaks once the line is full.
    fn folding(
        &mut self,
        text: &str,
        indent: usize,
        key: bool,
        mut put: impl FnMut(&mut Yaml, char),
    ) {
        let mut after_space = false;
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(c) = characters.next() {
            let alone = !after_space && characters.peek().is_some_and(|next| *next != ' ');
            after_space = c == ' ';
            if c == ' ' && alone && !first && !key && self.column > WIDTH {
                self.line_break();
                self.indent(indent);
            } else {
                put(self, c);
            }
            first = false;
        }
    }

    fn double(&mut self, text: &str, indent: usize, key: bool) {
        self.put("\"");
        let mut after_space = false;
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(c) = characters.next() {
            let next = characters.peek().copied();
            if c == ' ' && !after_space && !first && !key && next.is_some() && self.column > WIDTH {
                self.line_break();
                self.indent(indent);
                if next == Some(' ') {
                    self.put("\\");
                }
            } else if !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escape(c);
            } else {
                self.push(c);
            }
            after_space = c == ' ';
            first = false;
        }
        self.put("\"");
    }

    fn escape(&mut self, c: char) {
        let code = u32::from(c);
        let mut text = String::from("\\");
        // OK because writing to a text cannot fail.
        let _ = match c {
            '\0' => write!(text, "0"),
            '\u{7}' => write!(text, "a"),
            '\u{8}' => write!(text, "b"),
            '\t' => write!(text, "t"),
            '\n' => write!(text, "n"),
            '\u{b}' => write!(text, "v"),
            '\u{c}' => write!(text, "f"),
            '\r' => write!(text, "r"),
            '\u{1b}' => write!(text, "e"),
            '"' | '\\' => write!(text, "{c}"),
            '\u{85}' => write!(text, "N"),
            '\u{2028}' => write!(text, "L"),
            '\u{2029}' => write!(text, "P"),
            _ if code <= 0xff => write!(text, "x{code:02X}"),
            _ if code <= 0xffff => write!(text, "u{code:04X}"),
            _ => write!(text, "U{code:08X}"),
        };
        self.put(&text);
    }

    /// `|`: every line of the text on a line of its own.
    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put("2");
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.put("-"),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.put("+"),
            Some(_) => {}
        }
        self.line_break();
        for line in body.unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.put(line);
            }
            self.line_break();
        }
    }

    /// Pads the line to `column`, if it is shorter.
    fn indent(&mut self, column: usize) {
        while self.column < column {
            self.push(' ');
        }
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }
}

/// The members in the order of their keys.
///
/// GO: this order is not transitive (`a10`, `a1b`, `a2`), so the result depends on the sort
/// algorithm, and the standard library's sort may panic. Keys arrive nearly sorted.
fn sorted(members: &[(String, Node)]) -> Vec<&(String, Node)> {
    let mut out: Vec<&(String, Node)> = Vec::with_capacity(members.len());
    for member in members {
        let behind = out.iter().rposition(|(key, _)| in_order(key, &member.0).is_le());
        out.insert(behind.map_or(0, |at| at + 1), member);
    }
    out
}

/// The order of keys: letters after everything else, numbers by their value.
fn in_order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    let (x, y) = (a[at], b[at]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => x.cmp(&y),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // A zero counts as a digit only after others; in front it is padding.
            let mut before = a[..at].iter().rev().take_while(|c| c.is_ascii_digit());
            let inside = (x == '0' || y == '0') && before.any(|c| *c != '0');
            let number = |text: &[char]| {
                let digits = text[at..].iter().map_while(|c| c.to_digit(10));
                digits.fold((u64::from(inside), 0), |(n, length), digit| {
                    (n.saturating_mul(10).saturating_add(u64::from(digit)), length + 1)
                })
            };
            number(&a).cmp(&number(&b)).then(x.cmp(&y))
        }
    }
}
