//! Where things are, and what every command needs: processes, threads, the built `jobsem`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wait4::Wait4 as _;

/// The file of the command.
const COMMAND: &str = if cfg!(windows) { "jobsem.exe" } else { "jobsem" };

/// Commands that take longer print what they took.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// The root of the repository.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Cargo's target directory: this program is in it.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program.ancestors().nth(2).context("not in a target directory")?.to_path_buf())
}

/// The command that plays scenarios: the given one, or `jobsem`, which is built first.
pub fn replay_command(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        ensure!(path.exists(), "there is no {}", path.display());
        return Ok(path.to_path_buf());
    }
    build_products()?;
    Ok(products()?.join(COMMAND))
}

/// Builds the command and the C library for tests, with the features that users get. Both at once:
/// alone, each would compile the core with features of its own.
///
/// They are copied to `products`, since cargo replaces those in its directory by the ones of
/// `cargo test`, which have the features of all packages.
pub fn build_products() -> Result<()> {
    run(&mut cargo(&["build", "--quiet", "--package", "jobsem-cli", "--package", "jobsem-ffi"]))?;
    let (built, products) = (target()?.join("debug"), products()?);
    fs::create_dir_all(&products)?;
    for name in [COMMAND, "libjobsem_ffi.so", "libjobsem_ffi.a"] {
        replace(&built.join(name), &products.join(name))?;
    }
    Ok(())
}

/// Where `build_products` leaves what it builds.
pub fn products() -> Result<PathBuf> {
    Ok(target()?.join("products"))
}

/// Copies a file; a process that runs the old one keeps it.
pub fn replace(from: &Path, to: &Path) -> Result<()> {
    let _ = fs::remove_file(to);
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// The cargo that started this program.
pub fn cargo_path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Cargo with arguments.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(cargo_path());
    cargo.args(arguments);
    cargo
}

/// Runs a command in the root of the repository.
pub fn run(command: &mut Command) -> Result<()> {
    run_in(root(), command)
}

/// Runs a command in a directory; if it takes long, prints its time.
pub fn run_in(directory: &Path, command: &mut Command) -> Result<()> {
    let begun = Instant::now();
    let child = command.current_dir(directory).spawn();
    let mut child = child.with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let ended = child.wait4()?;
    ensure!(ended.status.success(), "{command:?} ended with {}", ended.status);
    let (took, cpu) = (begun.elapsed(), ended.rusage.utime + ended.rusage.stime);
    if took >= WORTH_A_LINE {
        eprintln!("   {:.0} s, {:.0} s of CPU: {}", seconds(took), seconds(cpu), words(command));
    }
    Ok(())
}

/// What a command prints, in the root of the repository.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .current_dir(root())
        .output()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let Output { status, stdout, stderr } = output;
    let errors = String::from_utf8_lossy(&stderr);
    ensure!(status.success(), "{command:?} ended with {status}:\n{errors}");
    Ok(String::from_utf8_lossy(&stdout).into_owned() + &errors)
}

/// Whether a tool runs, asked with an argument such as `--version`.
pub fn runs(tool: impl AsRef<OsStr>, argument: &str) -> bool {
    let mut probe = Command::new(tool);
    probe.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Does `work` for every item on `jobs` threads; results keep the order of the items. The first
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

/// The program's name and its first arguments.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    let text: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    let root = format!("{}/", root().display());
    let mut text = text.join(" ").replace(&root, "");
    if let Some((end, _)) = text.char_indices().nth(70) {
        text.truncate(end);
        text += "…";
    }
    text
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
