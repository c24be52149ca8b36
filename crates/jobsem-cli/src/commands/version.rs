//! `jobsem version`.

use std::process::ExitCode;

use clap::Args;
use jobsem::KubeVersion;

/// Print the version, the supported Kubernetes versions, and the release of the time zone data.
#[derive(Args)]
pub struct Version {}

impl Version {
    pub fn run(self) -> ExitCode {
        let [oldest, .., newest] = KubeVersion::ALL;
        println!("jobsem {}", env!("CARGO_PKG_VERSION"));
        println!("Kubernetes {oldest} to {newest}");
        println!("time zones {}", jobsem::cron::tzdb_version());
        ExitCode::SUCCESS
    }
}
