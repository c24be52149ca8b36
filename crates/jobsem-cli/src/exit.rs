//! Exit codes and error output.

use std::fmt::Display;
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use jobsem::Error;
use jobsem::check::{syntax_hint, template_hint};

/// The Job failed.
pub const FAILED: u8 = 1;
/// A manifest, option or name cannot be used.
pub const USAGE: u8 = 2;
/// The machine fails: a directory cannot be written, a connection breaks.
pub const TROUBLE: u8 = 3;
/// The Job was deleted before it finished.
pub const DELETED: u8 = 4;
/// The time limit of `--timeout` passed.
pub const TIMED_OUT: u8 = 124;
/// The user interrupted the run.
pub const INTERRUPTED: u8 = 130;

/// The exit codes of `jobsem run`, for its help.
pub const HELP: &str = "\
Exit codes:
  0    the Job is Complete
  1    the Job is Failed
  2    the manifest or an option cannot be used
  3    a file or directory cannot be used
  4    the Job was deleted before it finished
  124  the time limit of --timeout passed
  130  interrupted (Ctrl-C asks all containers to stop, a second one kills them)";

/// Prints an error and returns `code`.
pub fn fail(code: u8, error: impl Display) -> ExitCode {
    say!("error: {error}");
    ExitCode::from(code)
}

/// Tells an error in a manifest, with the line where it is.
///
/// An error in a template that was not rendered says so.
pub fn fail_in(file: &str, text: &str, error: &Error) -> ExitCode {
    let Some(at) = error.location() else {
        let code = fail(USAGE, format!("{file}: {error}"));
        help_with(text, error);
        return code;
    };
    // The place is shown by the snippet; it stands first in the error's text.
    let message = error.to_string();
    let message = message.split_once(": ").map_or(message.as_str(), |(_, rest)| rest);
    let start: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let column = |n: usize| line.char_indices().nth(n).map_or(line.len(), |(i, _)| i);
    let from = column(at.column.saturating_sub(1));
    let word = line[from..].trim_end();
    let to = from + word.len().max(1);
    let snippet = Snippet::source(text).path(file).annotation(
        AnnotationKind::Primary.span(start + from..(start + to).min(text.len()).max(start + from)),
    );
    let report = [Level::ERROR.primary_title(message).element(snippet)];
    say!("{}", Renderer::plain().render(&report));
    help_with(text, error);
    ExitCode::from(USAGE)
}

fn help_with(text: &str, error: &Error) {
    if let Some(hint) = template_hint(text, error).or(syntax_hint(error.message())) {
        say!("help: {hint}");
    }
}
