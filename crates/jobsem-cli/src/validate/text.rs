//! For people: the lines that are wrong, a hint, and kubectl's own words.

use std::io::{self, IsTerminal, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use jobsem::check::Severity;
use jobsem::lint::Rule;

use super::entry::{Entry, Outcome, Shown, Summary};
use super::sink::Sink;

/// The sink.
pub struct Text {
    renderer: Renderer,
    verbose: bool,
}

impl Text {
    pub fn new(verbose: bool) -> Text {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        Text { renderer: renderer.decor_style(DecorStyle::Ascii), verbose }
    }

    fn finding(&self, entry: &Entry<'_>, finding: &Shown) -> String {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Only the lines that are shown: a file may be long.
        let text = entry.text.as_ref();
        let related = finding.related.as_ref();
        let first = related.map_or(finding.bytes.start, |(r, _)| r.start.min(finding.bytes.start));
        let last = related.map_or(finding.bytes.end, |(r, _)| r.end.max(finding.bytes.end));
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        let line = finding.from.line - text[start..finding.bytes.start].matches('\n').count();
        let inside = |range: &std::ops::Range<usize>| range.start - start..range.end - start;
        let label = Some(finding.label.as_str()).filter(|label| !label.is_empty());
        let mut snippet = Snippet::source(&text[start..end])
            .path(entry.file)
            .line_start(line)
            .annotation(AnnotationKind::Primary.span(inside(&finding.bytes)).label(label));
        if let Some((range, label)) = related {
            let span = AnnotationKind::Context.span(inside(range));
            snippet = snippet.annotation(span.label(label.as_str()));
        }
        let mut title = level.primary_title(finding.text.as_str());
        if finding.code.parse::<Rule>().is_ok() {
            title = title.id(finding.code);
        }
        let mut group = title.element(snippet);
        if let Some(hint) = &finding.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        self.renderer.render(&[group])
    }
}

impl Sink for Text {
    fn has_something_to_say(&self, entry: &Entry<'_>) -> bool {
        self.verbose || !entry.findings.is_empty()
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for finding in &entry.findings {
            writeln!(out, "{}\n", self.finding(entry, finding))?;
        }
        if entry.omitted > 0 {
            writeln!(out, "and {} more\n", entry.omitted)?;
        }
        if let Some(answer) = &entry.answer {
            let source = if entry.file == "standard input" { "STDIN" } else { entry.file };
            writeln!(
                out,
                "The API server refuses it, as kubectl shows:\n{}\n",
                answer.kubectl(source)
            )?;
        }
        let place = || format!("{}:{}", entry.file, entry.start.line);
        match entry.outcome {
            Outcome::Valid if self.verbose => {
                writeln!(out, "{}: {} is valid", place(), entry.object)?;
            }
            Outcome::Skipped if self.verbose => {
                writeln!(out, "{}: skipped: {}", place(), entry.kind)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
