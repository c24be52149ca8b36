//! The project's own commands: `cargo xtask test` and those that it is made of.
//!
//! Deliberately absent: what plain cargo does already (build, test, clippy, fmt).

mod api;
mod bench;
mod c;
mod conformance;
mod dist;
mod fuzz;
mod kube;
mod manifests;
mod mutate;
mod node;
mod oracle;
mod playground;
mod python;
mod setup;
mod table;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands: tests, comparisons with Kubernetes, measurements, releases.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that CI checks.
    Test(test::Test),
    /// Install the tools that `test` needs and the machine lacks.
    Setup(setup::Setup),
    /// Build the real controllers, compare with them, and generate vectors.
    #[command(subcommand)]
    Oracle(oracle::Command),
    /// Play the conformance vectors and compare with Kubernetes' answers.
    Conformance(conformance::Conformance),
    /// Compare the public API of the core with its listing.
    Api(api::Api),
    /// Check what a release would break.
    Semver(api::Semver),
    /// Try every command that reads manifests on a directory of them.
    Manifests(manifests::Manifests),
    /// Measure the figures of docs/PERFORMANCE.md.
    Bench(bench::Bench),
    /// Check the C ABI: header, programs, sanitizers.
    C(c::C),
    /// Build release archives, and use each from outside the repository.
    #[command(subcommand)]
    Dist(dist::Dist),
    /// Test the Python package, play all vectors with it, measure its calls.
    Python(python::Python),
    /// Test the Node package, play all vectors with it, measure its calls, check for leaks.
    Node(node::Node),
    /// Write the playground to target/playground/index.html.
    Playground(playground::Playground),
    /// Run the fuzz targets.
    Fuzz(fuzz::Fuzz),
    /// Break rules on purpose, one at a time; the vectors must notice each.
    Mutate(mutate::Mutate),
}

fn main() -> ExitCode {
    let all_equal = match Arguments::parse().command {
        Command::Test(command) => command.run(),
        Command::Setup(command) => command.run(),
        Command::Oracle(command) => command.run(),
        Command::Conformance(command) => command.run(),
        Command::Api(command) => command.run(),
        Command::Semver(command) => command.run(),
        Command::Manifests(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::C(command) => command.run(),
        Command::Dist(command) => command.run(),
        Command::Python(command) => command.run(),
        Command::Node(command) => command.run(),
        Command::Playground(command) => command.run(),
        Command::Fuzz(command) => command.run(),
        Command::Mutate(command) => command.run(),
    };
    match all_equal {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
