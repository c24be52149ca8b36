//! The project's own commands: `cargo xtask test`, `bench`, `c`, `conformance`, `dist`, `fuzz`,
//! `mutate`, `oracle` and `python`.
//!
//! Deliberately absent: what plain cargo does already (build, test, clippy, fmt).

mod bench;
mod c;
mod conformance;
mod dist;
mod fuzz;
mod mutate;
mod node;
mod oracle;
mod playground;
mod python;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that CI checks.
    Test(test::Test),
    /// The real controllers: build them, compare with them, ask them for vectors.
    #[command(subcommand)]
    Oracle(oracle::Command),
    /// Play the conformance vectors and compare with what Kubernetes answered.
    Conformance(conformance::Conformance),
    /// Measure what docs/PERFORMANCE.md shows.
    Bench(bench::Bench),
    /// The C ABI: header, programs, checkers.
    C(c::C),
    /// Make release archives.
    #[command(subcommand)]
    Dist(dist::Dist),
    /// The Python package: its tests, all vectors, what calls cost.
    Python(python::Python),
    /// The Node package: its tests, all vectors, what calls cost, whether memory is kept.
    Node(node::Node),
    /// Write the playground to target/playground/index.html.
    Playground(playground::Playground),
    /// Run the fuzz targets, each for some time.
    Fuzz(fuzz::Fuzz),
    /// Break rules on purpose, one at a time: the vectors have to notice each.
    Mutate(mutate::Mutate),
}

fn main() -> ExitCode {
    let all_equal = match Arguments::parse().command {
        Command::Test(command) => command.run(),
        Command::Oracle(command) => command.run(),
        Command::Conformance(command) => command.run(),
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
