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
        out!("jobsem {}\n", env!("CARGO_PKG_VERSION"));
        out!("Kubernetes {oldest} to {newest}\n");
        out!("time zones {}\n", jobsem::cron::tzdb_version());
        ExitCode::SUCCESS
    }
}
