//! JSON as kubectl prints it: members as they come, four spaces, `<`, `>` and `&` escaped.

use std::fmt::Write as _;

use crate::admission::Node;

/// The text of `node`, with a line break at its end.
pub(super) fn print(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, node: &Node, depth: usize) {
    match node {
        Node::Text(text) => quote(out, text),
        Node::Scalar(value) => out.push_str(&value.to_string()),
        Node::List(items) => {
            let items = items.iter().map(|item| (None, item));
            block(out, ('[', ']'), items, depth);
        }
        Node::Object(members) => {
            let members = members.iter().map(|(name, node)| (Some(name.as_str()), node));
            block(out, ('{', '}'), members, depth);
        }
    }
}

fn block<'a>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Node)>,
    depth: usize,
) {
    out.push(open);
    let empty = items.len() == 0;
    for (i, (name, node)) in items.enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(&"    ".repeat(depth + 1));
        if let Some(name) = name {
            quote(out, name);
            out.push_str(": ");
        }
        write(out, node, depth + 1);
    }
    if !empty {
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
    }
    out.push(close);
}

/// GO: also escapes what would end a script in a web page, or a line in JavaScript.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // OK because writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
