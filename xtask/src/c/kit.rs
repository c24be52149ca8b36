//! [`Kit`]: the library as C programs get it, and a compiler for them.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::{build_products, cargo, products, replace, root, run, runs, target};

/// A directory with the library under its own name, and the programs that use it.
pub struct Kit {
    /// Everything that is made goes here.
    pub dir: PathBuf,
}

/// What every C program is compiled with.
pub const STRICT: [&str; 5] = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-g"];

impl Kit {
    /// The library as it is built for tests.
    pub fn debug() -> Result<Kit> {
        build_products()?;
        // Of the whole workspace, so that it shares the core with the tests.
        run(&mut cargo(&["build", "--quiet", "--workspace", "--example", "layout"]))?;
        replace(&target()?.join("debug/examples/layout"), &products()?.join("layout"))?;
        Kit::built()
    }

    /// The library as `debug` has built it before.
    pub fn built() -> Result<Kit> {
        Kit::gather(&products()?, "debug")
    }

    /// The library as it is shipped.
    pub fn dist() -> Result<Kit> {
        run(&mut cargo(&["build", "--quiet", "--package", "jobsem-ffi", "--profile", "dist"]))?;
        Kit::gather(&target()?.join("dist"), "dist")
    }

    /// The library with AddressSanitizer in its Rust code, which nightly can do.
    pub fn sanitized() -> Result<Kit> {
        let target = target()?.join("c/asan-build");
        let triple = format!("{}-unknown-linux-gnu", env::consts::ARCH);
        let mut build = nightly(&["build", "--quiet", "--package", "jobsem-ffi"]);
        build.args(["--target", &triple]).arg("--target-dir").arg(&target);
        run(build.env("RUSTFLAGS", "-Zsanitizer=address"))?;
        Kit::gather(&target.join(triple).join("debug"), "asan")
    }

    fn gather(built: &Path, name: &str) -> Result<Kit> {
        let dir = target()?.join("c").join(name);
        let lib = dir.join("lib");
        fs::create_dir_all(&lib)?;
        fs::copy(built.join("libjobsem_ffi.so"), lib.join("libjobsem.so.1"))
            .context("there is no shared library")?;
        fs::copy(built.join("libjobsem_ffi.a"), lib.join("libjobsem.a"))?;
        let link = lib.join("libjobsem.so");
        let _ = fs::remove_file(&link);
        symlink("libjobsem.so.1", link)?;
        Ok(Kit { dir })
    }

    /// Where the library is.
    pub fn lib(&self) -> PathBuf {
        self.dir.join("lib")
    }

    /// The shared library.
    pub fn shared(&self) -> PathBuf {
        self.lib().join("libjobsem.so.1")
    }

    /// A test program in C, linked with the shared library.
    pub fn compile(&self, name: &str, options: &[&str]) -> Result<PathBuf> {
        let source = root().join("crates/jobsem-ffi/tests/c").join(name).with_extension("c");
        self.compile_source(name, &source, options)
    }

    /// Any program in C, linked with the shared library.
    pub fn compile_source(&self, name: &str, source: &Path, options: &[&str]) -> Result<PathBuf> {
        let out = self.dir.join(name);
        let mut cc = self.cc("cc", source, &out);
        cc.arg("-std=c11").args(options).arg("-L").arg(self.lib()).arg("-ljobsem");
        run(cc.arg(format!("-Wl,-rpath,{}", self.lib().display())))?;
        Ok(out)
    }

    /// A test program in C with the library inside; sanitizers see what it allocates.
    pub fn compile_static(&self, name: &str, options: &[&str]) -> Result<PathBuf> {
        let source = root().join("crates/jobsem-ffi/tests/c").join(name).with_extension("c");
        let out = self.dir.join(format!("{name}-static"));
        let mut cc = self.cc("cc", &source, &out);
        cc.arg("-std=c11").args(options).arg(self.lib().join("libjobsem.a"));
        run(cc.args(["-lpthread", "-ldl", "-lm", "-lrt", "-lgcc_s"]))?;
        Ok(out)
    }

    /// A compiler that knows where the header is.
    pub fn cc(&self, compiler: &str, source: &Path, out: &Path) -> Command {
        let mut cc = Command::new(compiler);
        cc.args(STRICT).arg("-I").arg(root().join("include")).arg("-I").arg(&self.dir);
        cc.arg(source).arg("-o").arg(out);
        cc
    }
}

/// The nightly toolchain's cargo: what this program was started with must not be in its way.
pub fn nightly(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg("+nightly").args(arguments);
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Whether a tool is there; says so if it is not.
pub fn is_there(tool: impl AsRef<OsStr>, argument: &str) -> bool {
    let tool = tool.as_ref();
    let there = runs(tool, argument);
    if !there {
        eprintln!("   no {}: left out", tool.to_string_lossy());
    }
    there
}
