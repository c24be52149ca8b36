//! `jobsem version`.

use std::process::ExitCode;

use clap::Args;
use jobsem::KubeVersion;

/// Print the version, and which Kubernetes versions are emulated.
#[derive(Args)]
pub struct Version {}

impl Version {
    pub fn run(self) -> ExitCode {
        let [oldest, .., newest] = KubeVersion::ALL;
        println!("jobsem {}", env!("CARGO_PKG_VERSION"));
        println!("Kubernetes {oldest} to {newest}");
        ExitCode::SUCCESS
    }
}
