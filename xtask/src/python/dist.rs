//! `cargo xtask dist python`: the wheel and the source distribution, each installed into a clean
//! environment outside the repository and used there, as a new user would.
//!
//! The source distribution is built by what it names itself: maturin from the index, the crates
//! of its lock files, nothing of this repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{environment, only_file, package, python_in, system, target, wheel};
use crate::workspace::{root, run};

/// The goal for the wheel.
const LARGEST: u64 = 5 << 20;

/// Makes both and uses both.
pub fn ship() -> Result<()> {
    let dist = target()?.join("dist");
    let python = environment()?;
    let wheel = wheel(&python, "release", &dist.join("wheel"))?;
    let size = fs::metadata(&wheel)?.len();
    println!("the wheel has {:.2} MB", size as f64 / 1e6);
    ensure!(size <= LARGEST, "that is more than {LARGEST} bytes");
    use_outside(&wheel)?;

    let out = dist.join("source");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut sdist = Command::new(&python);
    sdist.args(["-m", "maturin", "sdist", "--manifest-path"]);
    run(sdist.arg(package().join("Cargo.toml")).arg("--out").arg(&out))?;
    let source = only_file(&out)?;
    println!("the source distribution has {:.2} MB", fs::metadata(&source)?.len() as f64 / 1e6);
    use_outside(&source)?;
    println!("{}\n{}", wheel.display(), source.display());
    Ok(())
}

/// Installs a file into an environment that has nothing else, and runs examples with it.
fn use_outside(file: &Path) -> Result<()> {
    let place = tempfile::tempdir()?;
    let (outside, home) = (place.path(), place.path().join("venv"));
    run(Command::new(system()).args(["-m", "venv"]).arg(&home))?;
    let python = python_in(&home);
    let at = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        // Nothing of the repository is seen, its settings of cargo neither.
        command.args(arguments).current_dir(outside).env_remove("CARGO_TARGET_DIR");
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        command
    };
    let done = |mut command: Command| {
        let status = command.status().context("there is no interpreter")?;
        ensure!(status.success(), "{command:?} ended with {status}");
        Ok(())
    };
    let mut install = at(&["-m", "pip", "install", "--quiet", "--no-deps"]);
    install.arg(file);
    done(install)?;
    let version = format!("import jobsem; assert jobsem.__version__ == {:?}", version());
    done(at(&["-c", &version]))?;
    fs::create_dir(outside.join("python"))?;
    fs::copy(root().join("examples/pi.yaml"), outside.join("pi.yaml"))?;
    for example in ["host.py", "thousand_items.py"] {
        let copy = outside.join("python").join(example);
        fs::copy(root().join("examples/python").join(example), &copy)?;
        let mut command = at(&["-W", "error"]);
        command.arg(copy);
        done(command)?;
    }
    eprintln!("   {} used outside the repository", file.display());
    Ok(())
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
