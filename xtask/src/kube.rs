//! [`KubeVersion`]: the minor versions of Kubernetes that have vectors.
//!
//! The core has a type of this name. This one stands alone, so that `cargo xtask` starts without
//! compiling the core; a test compares the two.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, Result};

/// The patch releases that the vectors come from, oldest minor first.
const RELEASES: [&str; 9] =
    ["1.29.6", "1.30.14", "1.31.14", "1.32.13", "1.33.13", "1.34.4", "1.35.4", "1.36.3", "1.37.2"];

/// A minor version, by its place in `RELEASES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubeVersion(usize);

impl KubeVersion {
    pub const V1_36: KubeVersion = KubeVersion(7);

    pub fn all() -> impl Iterator<Item = KubeVersion> {
        (0..RELEASES.len()).map(KubeVersion)
    }

    /// Reads `all`, or a list as `1.37,1.34`.
    pub fn list(text: &str) -> Result<Vec<KubeVersion>> {
        if text == "all" {
            return Ok(KubeVersion::all().collect());
        }
        text.split(',').map(|version| version.trim().parse()).collect()
    }

    /// The patch release that the vectors of this version come from.
    pub fn release(self) -> &'static str {
        RELEASES[self.0]
    }

    fn minor(self) -> &'static str {
        self.release().rsplit_once('.').map_or(self.release(), |(minor, _)| minor)
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.minor())
    }
}

impl FromStr for KubeVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wanted = text.strip_prefix('v').unwrap_or(text);
        KubeVersion::all().find(|version| version.minor() == wanted).with_context(|| {
            let known: Vec<_> = KubeVersion::all().map(KubeVersion::minor).collect();
            format!("no vectors of Kubernetes {text}; there are {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_core() {
        let core = jobsem::KubeVersion::ALL.map(|version| version.to_string());
        assert!(KubeVersion::all().map(|version| version.to_string()).eq(core));
        assert_eq!(KubeVersion::V1_36.to_string(), "1.36");
    }
}
