//! What is checked of the library itself.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::kit::{Kit, is_there, nightly};
use crate::setup::{self, Tool};
use crate::workspace::{cargo, output, products, root, run, target};

const SANITIZERS: [&str; 3] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

fn generate(to: &PathBuf) -> Result<()> {
    let cbindgen = setup::needed(Tool::Cbindgen, setup::cbindgen)?;
    let mut command = Command::new(cbindgen);
    command.args(["--quiet", "--config", "crates/jobsem-ffi/cbindgen.toml", "--output"]);
    run(command.arg(to).arg("crates/jobsem-ffi"))
}

/// Writes include/jobsem.h.
pub fn write_header() -> Result<()> {
    generate(&root().join("include/jobsem.h"))
}

/// The committed header is what cbindgen makes.
pub fn header_is_current() -> Result<()> {
    let made = target()?.join("jobsem.h");
    generate(&made)?;
    let committed = fs::read_to_string(root().join("include/jobsem.h"))?;
    ensure!(
        committed == fs::read_to_string(made)?,
        "include/jobsem.h is not what cbindgen makes: run `cargo xtask c header`"
    );
    let macro_ = format!("#define JOBSEM_VERSION \"{}\"", env!("CARGO_PKG_VERSION"));
    ensure!(committed.contains(&macro_), "the header lacks `{macro_}` (cbindgen.toml)");
    eprintln!("   the header is current");
    Ok(())
}

/// The header in every language that it is for, twice, with the layout that the library has.
pub fn header_compiles(kit: &Kit) -> Result<()> {
    let asserts = output(&mut Command::new(products()?.join("layout")))?;
    let count = asserts.matches("JOBSEM_ASSERT(").count();
    ensure!(count > 80, "only {count} assertions on the layout");
    fs::write(kit.dir.join("layout.h"), asserts)?;
    let source = root().join("crates/jobsem-ffi/tests/c/header.c");
    for (compiler, language, standard) in
        [("cc", "c", "c11"), ("cc", "c", "c2x"), ("c++", "c++", "c++17"), ("c++", "c++", "c++20")]
    {
        let out = kit.dir.join(format!("header-{standard}"));
        let mut cc = Command::new(compiler);
        cc.args(["-x", language]).arg(format!("-std={standard}"));
        cc.args(super::kit::STRICT).arg("-I").arg(root().join("include")).arg("-I").arg(&kit.dir);
        cc.arg(&source).args(["-x", "none", "-L"]).arg(kit.lib()).arg("-ljobsem");
        cc.arg(format!("-Wl,-rpath,{}", kit.lib().display()));
        run(cc.arg("-o").arg(&out))?;
        run(&mut Command::new(out))?;
    }
    eprintln!("   the header is C11, C23, C++17 and C++20; {count} assertions on the layout hold");
    Ok(())
}

/// Only our names are exported, each function of the header is, and the SONAME is ours.
pub fn symbols(kit: &Kit) -> Result<()> {
    let listed = output(Command::new("nm").args(["-D", "--defined-only"]).arg(kit.shared()))?;
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    let foreign: Vec<&&str> = names.iter().filter(|name| !name.starts_with("jobsem_")).collect();
    ensure!(foreign.is_empty(), "the library exports {foreign:?}");
    let header = fs::read_to_string(root().join("include/jobsem.h"))?;
    let declared = header.lines().filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        (!line.starts_with([' ', '#']) && name.starts_with("jobsem_")).then_some(name)
    });
    let mut count = 0;
    for name in declared {
        ensure!(names.contains(&name), "`{name}` is declared and not exported");
        count += 1;
    }
    ensure!(count == names.len(), "{} exports, {count} declarations", names.len());
    let dynamic = output(Command::new("readelf").arg("-d").arg(kit.shared()))?;
    ensure!(dynamic.contains("soname: [libjobsem.so.1]"), "the SONAME is not libjobsem.so.1");
    eprintln!("   {count} exports, all of them `jobsem_*`; SONAME libjobsem.so.1");
    Ok(())
}

/// The test program.
pub fn program(kit: &Kit) -> Result<()> {
    run(&mut Command::new(kit.compile("abi", &[])?))
}

/// The test program without an error and without a leak.
pub fn valgrind(kit: &Kit) -> Result<()> {
    if !is_there("valgrind", "--version") {
        return Ok(());
    }
    let program = kit.compile("abi", &[])?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
    valgrind.arg("--errors-for-leak-kinds=definite,indirect,possible");
    run(valgrind.arg(program))?;
    eprintln!("   valgrind: no error, no leak");
    Ok(())
}

/// The test program under AddressSanitizer (with its leak check) and UBSan, which are really in.
pub fn sanitizers(kit: &Kit) -> Result<()> {
    let program = kit.compile_static("abi", &SANITIZERS)?;
    let listed = output(Command::new("nm").arg(&program))?;
    for symbol in ["__asan_init", "__ubsan_handle"] {
        ensure!(listed.contains(symbol), "{symbol} is not in: the sanitizers are not on");
    }
    run(Command::new(program).env("ASAN_OPTIONS", "detect_leaks=1"))?;
    eprintln!("   AddressSanitizer and UBSan: nothing to tell");
    Ok(())
}

/// A random sequence of calls under the sanitizers.
pub fn random(kit: &Kit, calls: u64, seed: u64) -> Result<()> {
    let program = kit.compile_static("random", &[&SANITIZERS[..], &["-O1"]].concat())?;
    let start = Instant::now();
    let mut random = Command::new(program);
    run(random.args([calls.to_string(), seed.to_string()]).env("ASAN_OPTIONS", "detect_leaks=1"))?;
    eprintln!("   {calls} random calls in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The test programs with AddressSanitizer in the Rust code, too.
pub fn asan(calls: u64) -> Result<()> {
    let kit = Kit::sanitized()?;
    let overread = kit.compile_static("overread", &SANITIZERS)?;
    let told = Command::new(overread).output()?;
    let errors = String::from_utf8_lossy(&told.stderr);
    ensure!(
        errors.contains("heap-buffer-overflow") && errors.contains("in jobsem_cron_new"),
        "a read beyond a text is not noticed: the sanitizer is not in the Rust code\n{errors}"
    );
    sanitizers(&kit)?;
    random(&kit, calls, 1)
}

/// The unit tests under Miri.
pub fn miri() -> Result<()> {
    if !output(&mut nightly(&["miri", "--version"])).is_ok_and(|s| s.contains("miri")) {
        bail!("there is no Miri: rustup +nightly component add miri rust-src");
    }
    let mut miri = nightly(&["miri", "test", "--package", "jobsem-ffi", "--lib"]);
    run(miri.env("MIRIFLAGS", "-Zmiri-disable-isolation"))
}

/// A call from C beside the same in Rust, both optimised.
pub fn overhead() -> Result<()> {
    let kit = Kit::dist()?;
    run(&mut Command::new(kit.compile("overhead", &["-O2"])?))?;
    run(&mut cargo(&[
        "run",
        "--quiet",
        "--profile",
        "dist",
        "--package",
        "jobsem-ffi",
        "--example",
        "overhead",
    ]))
}

/// The ABI, compared with what is recorded.
pub fn abi(kit: &Kit, record: bool) -> Result<()> {
    if !is_there("abidw", "--version") || !is_there("abidiff", "--version") {
        return Ok(());
    }
    let recorded = root().join("crates/jobsem-ffi/abi/libjobsem.abi");
    let program = kit.shared();
    if record {
        fs::create_dir_all(recorded.parent().context("no parent")?)?;
        return run(Command::new("abidw")
            .args(["--no-corpus-path", "--out-file"])
            .arg(recorded)
            .arg(program));
    }
    run(Command::new("abidiff").arg(recorded).arg(program))?;
    eprintln!("   abidiff: nothing that was recorded has changed");
    Ok(())
}
