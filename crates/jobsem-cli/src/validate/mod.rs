//! How `jobsem validate` reads files, and the forms in which it tells what it found.

pub mod entry;
pub mod files;
mod machine;
mod sarif;
mod text;

use std::io;

use crate::commands::validate::Format;
use entry::{Entry, Summary};

/// Where findings go.
pub trait Sink {
    /// Whether an entry leaves a trace.
    fn has_something_to_say(&self, entry: &Entry<'_>) -> bool;

    /// A document that was looked at.
    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()>;

    /// All of them were.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// The sink for a format.
pub fn sink(format: Format, verbose: bool) -> Box<dyn Sink> {
    match format {
        Format::Text => Box::new(text::Text::new(verbose)),
        Format::Json => Box::new(machine::Json::default()),
        Format::Github => Box::new(machine::Github),
        Format::Sarif => Box::new(sarif::Sarif::default()),
    }
}
