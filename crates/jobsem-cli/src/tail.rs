//! Following log files that are being written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::exit;

/// A log file and how far it was read.
pub struct Tail {
    /// What to write before each line; nothing at all is added if it is empty.
    prefix: String,
    path: PathBuf,
    file: Option<File>,
    /// The start of a line whose end has not come yet.
    rest: Vec<u8>,
}

impl Tail {
    pub fn new(path: PathBuf, prefix: String) -> Tail {
        Tail { prefix, path, file: None, rest: Vec::new() }
    }

    /// Reads on; whole lines, each with the prefix, or everything as it is if there is none.
    pub fn read(&mut self) -> Vec<u8> {
        if self.file.is_none() {
            // The file comes with the container.
            self.file = File::open(&self.path).ok();
        }
        let mut new = Vec::new();
        if let Some(file) = &mut self.file {
            // What cannot be read now may be read later.
            let _ = file.read_to_end(&mut new);
        }
        if self.prefix.is_empty() {
            return new;
        }
        self.rest.append(&mut new);
        let whole = self.rest.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let rest = self.rest.split_off(whole);
        let lines = std::mem::replace(&mut self.rest, rest);
        self.prefixed(&lines)
    }

    /// Reads to the end, and ends the last line if it has no end.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut out = self.read();
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            out.extend(self.prefixed(&rest));
            out.push(b'\n');
        }
        out
    }

    fn prefixed(&self, lines: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in lines.split_inclusive(|b| *b == b'\n') {
            out.extend_from_slice(self.prefix.as_bytes());
            out.extend_from_slice(line);
        }
        out
    }
}

/// Writes a command's answer to standard output.
///
/// A closed pipe is no error: `jobsem explain | head` reads as much as it wants, and the exit code
/// stays the answer's. If the text cannot be written for another reason, such as a full disk, the
/// command ends with [`exit::TROUBLE`].
pub fn to_stdout(bytes: &[u8]) {
    if let Err(error) = pass_on(bytes)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        say!("error: standard output: {error}");
        std::process::exit(exit::TROUBLE.into());
    }
}

/// Writes what containers wrote to standard output.
pub fn pass_on(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_prefixed_once_they_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let mut tail = Tail::new(path.clone(), "[p] ".to_owned());
        assert!(tail.read().is_empty(), "no file yet");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"a\nb").unwrap();
        assert_eq!(tail.read(), b"[p] a\n");
        file.write_all(b"c\n\nd").unwrap();
        assert_eq!(tail.read(), b"[p] bc\n[p] \n");
        assert_eq!(tail.finish(), b"[p] d\n");
        assert!(tail.finish().is_empty());
        assert_eq!(Tail::new(path, String::new()).read(), b"a\nbc\n\nd");
    }
}
