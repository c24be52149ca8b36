//! `cargo xtask c`: the C ABI as C compilers, linkers and checkers see it.
//!
//! Without a name all steps run, in a few minutes: what `cargo xtask test` does. `header` writes
//! include/jobsem.h again; `vectors`, `random`, `asan`, `miri` and `overhead` take longer or
//! measure.

mod checks;
pub mod dist;
pub mod install;
mod kit;
mod languages;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use crate::conformance::Conformance;
use kit::Kit;

/// Check the C ABI: header, symbols, programs in C and other languages, sanitizers.
#[derive(Args)]
pub struct C {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Write include/jobsem.h again.
    Header,
    /// Play all conformance vectors through a C program.
    Vectors,
    /// Run a random sequence of calls under AddressSanitizer and UBSan.
    Random {
        /// The number of calls.
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
        /// The seed of the sequence.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Run the test programs with AddressSanitizer in the Rust code, too; needs a nightly
    /// toolchain.
    Asan {
        /// The number of random calls.
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
    },
    /// Run the unit tests of the C ABI under Miri; needs a nightly toolchain.
    Miri,
    /// Measure the cost of a call, compared with Rust.
    Overhead,
    /// Compare the ABI with the recorded one, by abidiff.
    Abi {
        /// Record the current ABI instead.
        #[arg(long)]
        record: bool,
    },
}

impl C {
    pub fn run(self) -> Result<bool> {
        match self.what {
            None => all(&Kit::debug()?).map(|()| true),
            Some(What::Header) => checks::write_header().map(|()| true),
            Some(What::Vectors) => vectors(),
            Some(What::Random { calls, seed }) => {
                checks::random(&Kit::debug()?, calls, seed).map(|()| true)
            }
            Some(What::Asan { calls }) => checks::asan(calls).map(|()| true),
            Some(What::Miri) => checks::miri().map(|()| true),
            Some(What::Overhead) => checks::overhead().map(|()| true),
            Some(What::Abi { record }) => checks::abi(&Kit::dist()?, record).map(|()| true),
        }
    }
}

/// Builds what `test` checks.
pub fn build() -> Result<()> {
    Kit::debug().map(drop)
}

/// Runs the checks of the test run, whose step `build` has built the library.
pub fn test() -> Result<()> {
    all(&Kit::built()?)
}

fn all(kit: &Kit) -> Result<()> {
    checks::header_is_current()?;
    checks::header_compiles(kit)?;
    checks::symbols(kit)?;
    checks::abi(kit, false)?;
    checks::program(kit)?;
    checks::valgrind(kit)?;
    checks::sanitizers(kit)?;
    checks::random(kit, 20_000, 1)?;
    languages::all(kit)?;
    ensure!(sample(kit)?, "some vectors are not answered alike through C");
    Ok(())
}

/// Plays vectors of every kind of scenario.
fn sample(kit: &Kit) -> Result<bool> {
    let adapter = kit.compile("vectors", &[])?;
    let families = ["indexed", "schedule", "create", "updatestatus", "cron"];
    for family in families {
        if !Conformance::of(family, &adapter).run_quietly()? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn vectors() -> Result<bool> {
    Conformance::all(&Kit::dist()?.compile("vectors", &[])?).run()
}
