//! The files that are meant, and what is in them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jobsem::Error;
use jobsem::decode::{Document, Limits, read};
use walkdir::WalkDir;

/// The largest file that is read.
const MAX_BYTES: usize = 64 << 20;

/// Files as they are, directories as the manifests in them, at any depth, by name.
pub fn expand(paths: &[PathBuf], mut problem: impl FnMut(String)) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let before = out.len();
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if is_manifest(entry.path()) => out.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => problem(error.to_string()),
            }
        }
        if out.len() == before {
            problem(format!("{}: no *.yaml, *.yml or *.json in it", path.display()));
        }
    }
    out
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json"))
}

/// A file that was read.
pub struct Input {
    /// What to call it.
    pub name: String,
    bytes: Vec<u8>,
}

impl Input {
    /// Reads a file; `-` is standard input.
    pub fn read(path: &Path) -> Result<Input, String> {
        let (name, result) = if path.as_os_str() == "-" {
            ("standard input".to_owned(), limited(io::stdin().lock()))
        } else {
            (path.display().to_string(), File::open(path).and_then(limited))
        };
        match result {
            Ok(bytes) => Ok(Input { name, bytes }),
            Err(error) => Err(format!("{name}: {error}")),
        }
    }

    /// Its text, for showing.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
    }

    /// Its documents; those of a list one by one.
    pub fn documents(&self) -> Vec<Result<Document, Error>> {
        let mut out = Vec::new();
        for document in read(&self.bytes, &Limits::of_bytes(MAX_BYTES)) {
            match document.map(Document::into_objects) {
                Ok(objects) => out.extend(objects),
                Err(error) => out.push(Err(error)),
            }
        }
        out
    }
}

/// All of a file, but no more than a little over the limit, which is then told.
fn limited(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
