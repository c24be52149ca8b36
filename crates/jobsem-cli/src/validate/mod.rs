//! How `jobsem validate` and `jobsem lint` read files, and the forms in which they tell what they
//! found.

pub mod entry;
pub mod files;
mod machine;
mod sarif;
pub mod sink;
mod text;

use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jobsem::check::{Report, Subject};
use jobsem::decode::Document;

use crate::manifests::Select;
use entry::{Entry, Summary};
use files::Input;
use sink::{Format, Sink};

/// The sink for a format.
pub fn sink_for(format: Format, verbose: bool) -> Box<dyn Sink> {
    match format {
        Format::Text => Box::new(text::Text::new(verbose)),
        Format::Json => Box::new(machine::Json::default()),
        Format::Github => Box::new(machine::Github),
        Format::Sarif => Box::new(sarif::Sarif::default()),
    }
}

/// From here on a bar shows how far it is.
const MANY: usize = 200;

/// Looks at every document of files and directories, and tells what was found.
pub fn each_document(
    paths: &[PathBuf],
    select: Option<&Select>,
    quiet: bool,
    sink: &mut dyn Sink,
    look: impl Fn(&Document) -> Result<Report, Subject>,
) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let paths = files::expand(paths, |problem| {
        summary.unusable += 1;
        say!("error: {problem}");
    });
    let bar = bar(paths.len(), quiet);
    for path in &paths {
        let input = match Input::read(path) {
            Ok(input) => input,
            Err(problem) => {
                summary.unusable += 1;
                bar.suspend(|| say!("error: {problem}"));
                continue;
            }
        };
        summary.files += 1;
        for document in input.documents() {
            let entry = match &document {
                Err(error) => Entry::unreadable(&input, error),
                Ok(document) if select.is_some_and(|select| !select.is(document)) => continue,
                Ok(document) => Entry::checked(&input, document, look(document)),
            };
            summary.count(&entry);
            if sink.has_something_to_say(&entry) {
                bar.suspend(|| sink.entry(&entry))?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    sink.finish(&summary)?;
    io::stdout().flush()?;
    Ok(summary)
}

fn bar(files: usize, quiet: bool) -> ProgressBar {
    if files < MANY || quiet || !io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(files as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
