//! The `jobsem` command.

fn main() {}
