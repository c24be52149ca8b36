//! `tests/capabilities.json` names the commands that there are.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{answer, jobsem};

/// The commands that a help text lists.
fn commands(help: &str) -> BTreeSet<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // Descriptions that go on in the next line are indented deeper.
    let named = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let words = named.filter_map(|line| line.split_whitespace().next());
    words.filter(|word| *word != "help").map(str::to_owned).collect()
}

#[test]
fn the_list_of_capabilities_names_the_commands_and_no_others() {
    let help = |name: Option<&str>| {
        let done = answer(jobsem().args(name).arg("--help"), "");
        assert_eq!(done.code, 0, "{}", done.err);
        commands(&done.out)
    };
    let mut there = BTreeSet::new();
    for command in help(None) {
        let below = help(Some(&command));
        there.extend(below.iter().map(|name| format!("{command} {name}")));
        if below.is_empty() {
            there.insert(command);
        }
    }
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/capabilities.json")).unwrap();
    let all = all["capabilities"].as_array().unwrap();
    let named = all.iter().flat_map(|one| one["cli"].as_array().into_iter().flatten());
    let named: BTreeSet<String> = named.map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(named, there);
}
