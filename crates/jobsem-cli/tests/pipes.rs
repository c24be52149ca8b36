//! Every command ends as Unix programs do when the reader of its output has gone: quietly.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::Path;
use std::process::{Command, Stdio};

/// `jobsem` at the root of the repository; a `~` is a blank inside a word.
fn command(line: &str) -> Command {
    let mut jobsem = Command::new(env!("CARGO_BIN_EXE_jobsem"));
    jobsem.args(line.split(' ').map(|word| word.replace('~', " "))).stdin(Stdio::null());
    jobsem.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    jobsem
}

/// Commands that print, and their exit codes while they are read and when they are not: `validate`
/// and `lint` stop at the first text that cannot be written.
const COMMANDS: [(&str, i32, i32); 22] = [
    ("explain crates/jobsem-cli/tests/dumps/indexed.yaml", 0, 0),
    ("explain crates/jobsem-cli/tests/dumps/indexed.yaml --format json", 0, 0),
    ("simulate examples/pi.yaml", 0, 0),
    ("simulate examples/deadline.yaml --pods {'*':{run:~2h}}", 1, 1),
    ("simulate examples/pi.yaml --json", 0, 0),
    ("diff examples/deadline.yaml --kube 1.30 --kube 1.31", 1, 1),
    ("diff examples/deadline.yaml --kube 1.31 --kube 1.32", 0, 0),
    ("cron next 0,30~5~*~*~*", 0, 0),
    ("cron next examples/nightly.yaml --json", 0, 0),
    ("cron simulate examples/nightly.yaml --days 2", 0, 0),
    ("cron simulate examples/nightly.yaml --days 2 --json", 0, 0),
    ("validate --verbose examples/pi.yaml", 0, 0),
    ("validate crates/jobsem-cli/tests/broken", 1, 0),
    ("validate --format json examples/pi.yaml", 0, 0),
    ("validate --format github crates/jobsem-cli/tests/broken", 1, 0),
    ("validate --format sarif crates/jobsem-cli/tests/broken", 1, 0),
    ("lint crates/jobsem-cli/tests/lint", 1, 0),
    ("lint --list", 0, 0),
    ("lint --explain no-ttl", 0, 0),
    ("create job x --image=i --dry-run=client -o yaml", 0, 0),
    ("schema", 0, 0),
    ("version", 0, 0),
];

#[test]
fn commands_end_quietly_when_standard_output_is_closed() {
    for (line, read, unread) in COMMANDS {
        let done = command(line).output().unwrap();
        assert_eq!(done.status.code(), Some(read), "{line}: {done:?}");
        assert!(!done.stdout.is_empty(), "{line} prints");
        let mut child =
            command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        assert!(!err.contains("panic"), "{line}: {err}");
        assert!(!err.contains("Broken pipe"), "{line}: {err}");
        assert_eq!(done.status.code(), Some(unread), "{line}: {err}");
    }
}

#[test]
fn commands_end_as_ever_when_standard_error_is_closed() {
    let refused = "crates/jobsem-cli/tests/broken/backoff-limit-negative.yaml";
    for (line, code) in [
        (format!("simulate {refused}"), 2),
        (format!("run {refused}"), 2),
        (format!("validate {refused}"), 1),
        ("simulate missing.yaml".to_owned(), 2),
        ("replay missing.jsonl".to_owned(), 2),
        ("get missing".to_owned(), 2),
        ("--no-such-option".to_owned(), 2),
    ] {
        let mut child = command(&line);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(code), "{line}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_trouble_and_says_why() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let done = command("version").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(done.status.code(), Some(3));
    let err = String::from_utf8(done.stderr).unwrap();
    assert!(err.starts_with("error: standard output: "), "{err}");
}
