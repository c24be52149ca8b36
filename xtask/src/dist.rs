//! `cargo xtask dist`: what is shipped, each made and then used from outside the repository.

use anyhow::Result;
use clap::Subcommand;

use crate::{c, python};

/// What can be shipped.
#[derive(Subcommand)]
pub enum Dist {
    /// The C library: shared, static, header, pkg-config and CMake files, licence.
    C,
    /// What `cargo cinstall` installs, into a prefix that is gone afterwards.
    Cinstall,
    /// The Python package: a wheel, and a source distribution that builds by itself.
    Python,
}

impl Dist {
    pub fn run(self) -> Result<bool> {
        match self {
            Dist::C => c::dist::ship()?,
            Dist::Cinstall => c::install::check()?,
            Dist::Python => python::dist::ship()?,
        }
        Ok(true)
    }
}
