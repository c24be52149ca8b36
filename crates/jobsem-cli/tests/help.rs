//! The help of every command, as users read it. A changed text shows up as a changed snapshot.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod support;

use support::{answer, jobsem};

fn help(of: &[&str]) -> String {
    let done = answer(jobsem().args(of).arg("--help"), "");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{of:?}");
    let long = done.out.lines().filter(|line| line.chars().count() > 100).collect::<Vec<_>>();
    assert!(long.is_empty(), "{of:?}: {long:?}");
    done.out
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let listed = listed.split("\n\n").next().unwrap_or_default();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|name| *name != "help")
        .collect()
}

#[test]
fn every_command_has_a_help_that_fits_100_columns() {
    let top = help(&[]);
    insta::assert_snapshot!("jobsem", top);
    let names = commands(&top);
    assert!(names.len() >= 17, "{names:?}");
    for name in names {
        let text = help(&[name]);
        for inner in commands(&text) {
            insta::assert_snapshot!(format!("{name}-{inner}"), help(&[name, inner]));
        }
        insta::assert_snapshot!(name, text);
    }
}
