//! Calling the command as a user would, for the tests that give it something to read.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a command left behind.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// `jobsem`, with its arguments still to come.
pub fn jobsem() -> Command {
    Command::new(env!("CARGO_BIN_EXE_jobsem"))
}

/// Runs it to its end; `input` is its standard input.
pub fn answer(command: &mut Command, input: &str) -> Done {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // OK because options are refused before anything is read, so that the pipe may be closed.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
