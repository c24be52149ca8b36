//! Where things are, and small things that every command needs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail, ensure};
use jobsem::KubeVersion;

/// The root of the repository.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Reads `all`, or a list as `1.37,1.34`.
pub fn versions(text: &str) -> Result<Vec<KubeVersion>> {
    if text == "all" {
        return Ok(KubeVersion::ALL.to_vec());
    }
    text.split(',').map(|v| Ok(v.trim().parse()?)).collect()
}

/// The command that plays scenarios: the given one, or `jobsem`, which is built first.
pub fn replay_command(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        ensure!(path.exists(), "there is no {}", path.display());
        return Ok(path.to_path_buf());
    }
    eprintln!("building jobsem");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "jobsem-cli"])
        .current_dir(root())
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "jobsem does not build");
    // Beside this program: both are built into the same directory.
    let mut path = std::env::current_exe()?;
    path.set_file_name(format!("jobsem{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        bail!("there is no {} (give one with --replay)", path.display());
    }
    Ok(path)
}

/// Does `work` for every item on so many threads; the results come in the items' order. The first
/// error ends it.
pub fn parallel<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = Mutex::new(0..items.len());
    let done = Mutex::new(Vec::new());
    let locked = "no thread panics while it holds the lock";
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let Some(i) = next.lock().expect(locked).next() else { break };
                    let result = work(&items[i]);
                    if result.is_err() {
                        *next.lock().expect(locked) = 0..0;
                    }
                    done.lock().expect(locked).push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect(locked);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}
