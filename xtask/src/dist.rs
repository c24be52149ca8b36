//! `cargo xtask dist`: what is shipped, each made and then used from outside the repository.

use anyhow::Result;
use clap::Subcommand;

use crate::{c, python};

/// The artefacts.
#[derive(Subcommand)]
pub enum Dist {
    /// The C library: shared, static, header, pkg-config and CMake files, licence.
    C,
    /// The result of `cargo cinstall`, in a temporary prefix.
    Cinstall,
    /// The Python package: a wheel, and a self-contained source distribution.
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
