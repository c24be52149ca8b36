//! The `jobsem` command: Kubernetes Jobs without a cluster.
//!
//! A thin dispatcher: each command has a file of its own in `commands`, and none holds a Job rule.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these panic on a closed pipe; `out!` and `say!` do not"
)]

/// Writes text to standard output, as `tail::to_stdout` does.
macro_rules! out {
    ($($text:tt)*) => { crate::tail::to_stdout(format!($($text)*).as_bytes()) };
}

/// Writes a line to standard error; a closed standard error is no reason to stop.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod calendar;
mod commands;
mod exit;
mod input;
mod manifests;
mod playable;
mod progress;
mod tail;
mod target;
mod validate;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A scenario allocates thousands of small objects that live for microseconds.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Kubernetes Jobs without a cluster: run, simulate, explain, validate and lint them.
#[derive(Parser)]
#[command(name = "jobsem", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    Cli::parse().command.run()
}
