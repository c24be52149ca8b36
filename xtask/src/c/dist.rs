//! `cargo xtask dist c`: the release archive of the C library.
//!
//! The pkg-config file is written here, since it has to work from wherever the archive is unpacked;
//! `cargo cinstall` (`install.rs`) writes its own. The CMake files serve both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::kit::{Kit, is_there};
use crate::workspace::{output, root, run, target};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The goal for the stripped shared library.
const LARGEST: u64 = 5 << 20;

/// Makes the archive and uses it from elsewhere.
pub fn ship() -> Result<()> {
    let archive = archive()?;
    use_outside(&archive)?;
    println!("{}", archive.display());
    Ok(())
}

fn archive() -> Result<PathBuf> {
    let kit = Kit::dist()?;
    let name = format!("jobsem-c-{VERSION}-{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let dist = target()?.join("dist-c");
    let dir = dist.join(&name);
    let _ = fs::remove_dir_all(&dir);
    let (include, lib) = (dir.join("include"), dir.join("lib"));
    for part in
        [&include, &lib.join("pkgconfig"), &lib.join("cmake/jobsem"), &dir.join("share/doc")]
    {
        fs::create_dir_all(part)?;
    }
    fs::copy(root().join("include/jobsem.h"), include.join("jobsem.h"))?;
    fs::copy(kit.lib().join("libjobsem.a"), lib.join("libjobsem.a"))?;
    // ABI 1, library VERSION: the loader asks for the first, people see the second.
    let file = format!("libjobsem.so.1.{VERSION}");
    fs::copy(kit.shared(), lib.join(&file))?;
    std::os::unix::fs::symlink(&file, lib.join("libjobsem.so.1"))?;
    std::os::unix::fs::symlink("libjobsem.so.1", lib.join("libjobsem.so"))?;
    fs::write(lib.join("pkgconfig/jobsem.pc"), pkg_config())?;
    for file in ["jobsem-config.cmake", "jobsem-config-version.cmake"] {
        let text = fs::read_to_string(root().join("crates/jobsem-ffi/cmake").join(file))?;
        let version = format!("PACKAGE_VERSION \"{VERSION}\"");
        let is_right = !file.contains("version") || text.contains(&version);
        ensure!(is_right, "{file} is not of version {VERSION}");
        fs::write(lib.join("cmake/jobsem").join(file), text)?;
    }
    fs::copy(root().join("LICENSE"), dir.join("LICENSE"))?;
    fs::copy(root().join("docs/ABI.md"), dir.join("share/doc/ABI.md"))?;
    let size = fs::metadata(lib.join(&file))?.len();
    ensure!(size <= LARGEST, "the shared library has {size} bytes, more than {LARGEST}");
    println!("the stripped shared library has {:.2} MB", size as f64 / 1e6);
    let archive = dist.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    // The same input gives the same archive.
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@946684801"]);
    run(tar.arg("-C").arg(&dist).arg("-czf").arg(&archive).arg(&name))?;
    Ok(archive)
}

/// What the static library needs of the system.
const SYSTEM: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

fn pkg_config() -> String {
    format!(
        "prefix=${{pcfiledir}}/../..\nincludedir=${{prefix}}/include\nlibdir=${{prefix}}/lib\n\n\
         Name: jobsem\nDescription: Kubernetes' batch/v1 Job as an embeddable library\n\
         URL: https://github.com/jobsem/jobsem\nVersion: {VERSION}\n\
         Cflags: -I${{includedir}}\nLibs: -L${{libdir}} -ljobsem\nLibs.private: {SYSTEM}\n"
    )
}

/// Unpacks the archive outside of the repository and uses it there.
fn use_outside(archive: &Path) -> Result<()> {
    let place = tempfile::tempdir()?;
    run(Command::new("tar").arg("-C").arg(place.path()).arg("-xzf").arg(archive))?;
    let name = archive.file_name().and_then(|n| n.to_str()).context("no name")?;
    let prefix = place.path().join(name.trim_end_matches(".tar.gz"));
    use_prefix(place.path(), &prefix, &prefix.join("lib"))
}

/// A program in `outside` finds the library with pkg-config and with CMake.
pub fn use_prefix(outside: &Path, prefix: &Path, lib: &Path) -> Result<()> {
    fs::copy(root().join("crates/jobsem-ffi/tests/c/abi.c"), outside.join("abi.c"))?;
    if is_there("pkg-config", "--version") {
        let shared = "$(pkg-config --cflags --libs jobsem)";
        let inside =
            "$(pkg-config --cflags --libs --static jobsem | sed s/-ljobsem/-l:libjobsem.a/)";
        for (kind, flags) in [("shared", shared), ("static", inside)] {
            let script = format!("cc -std=c11 -o {kind} abi.c {flags}");
            let mut sh = Command::new("sh");
            sh.args(["-c", &format!("cd '{}' && {script} && ./{kind}", outside.display())]);
            sh.env("PKG_CONFIG_PATH", lib.join("pkgconfig"));
            run(sh.env("LD_LIBRARY_PATH", lib))?;
        }
        eprintln!("   used with pkg-config");
    }
    if is_there("cmake", "--version") {
        fs::write(
            outside.join("CMakeLists.txt"),
            "cmake_minimum_required(VERSION 3.16)\nproject(outside C)\nset(CMAKE_C_STANDARD 11)\n\
             find_package(jobsem 0.1 REQUIRED)\nadd_executable(shared abi.c)\n\
             target_link_libraries(shared jobsem::jobsem)\nadd_executable(static abi.c)\n\
             target_link_libraries(static jobsem::jobsem-static)\n",
        )?;
        let build = outside.join("build");
        let mut cmake = Command::new("cmake");
        cmake.arg("-S").arg(outside).arg("-B").arg(&build);
        output(cmake.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display())))?;
        output(Command::new("cmake").arg("--build").arg(&build))?;
        for program in ["shared", "static"] {
            run(&mut Command::new(build.join(program)))?;
        }
        eprintln!("   used with CMake");
    }
    Ok(())
}
