//! `jobsem lint` as a user would call it: what is shown, in each format, and the exit codes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Done, answer, jobsem};

mod support;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint")
}

fn lint(args: &[&str], input: &str) -> Done {
    answer(jobsem().current_dir(tests()).arg("lint").args(args), input)
}

/// A time to judge clock changes from.
const AT: [&str; 2] = ["--at", "2026-01-01T00:00:00Z"];

const GOOD: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: good}
spec:
  ttlSecondsAfterFinished: 600
  activeDeadlineSeconds: 600
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: perl}]
";

#[test]
fn findings_are_shown_with_their_place() {
    let done = lint(&[&AT[..], &["--min-kube", "1.29", "dangerous.yaml"]].concat(), "");
    insta::assert_snapshot!(format!("{}{}exit code {}\n", done.out, done.err, done.code));
}

#[test]
fn every_format_names_rule_and_place() {
    let run = |format: &str| {
        let args = [&AT[..], &["--format", format, "dangerous.yaml"]].concat();
        lint(&args, "").out
    };
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let findings: Vec<&Value> = json["documents"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|document| document["findings"].as_array().unwrap())
        .collect();
    assert!(findings.len() > 5);
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(&findings) {
        assert_eq!(result["ruleId"], finding["code"]);
        assert_eq!(result["level"], "warning");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], finding["line"]);
    }
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let ttl = rules.iter().find(|rule| rule["id"] == "no-ttl").unwrap();
    assert_eq!(ttl["shortDescription"]["text"], "A Job that nothing will ever delete");
    assert!(ttl["fullDescription"]["text"].as_str().unwrap().contains("history limits"));
    let github = run("github");
    assert_eq!(github.lines().count(), findings.len());
    assert!(github.starts_with("::warning file=dangerous.yaml,line="), "{github}");
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    let no_ttl = GOOD.replace("  ttlSecondsAfterFinished: 600\n", "");
    let silenced =
        no_ttl.replace("{name: good}", "{name: x, annotations: {jobsem.dev/lint-allow: no-ttl}}");
    let refused = GOOD.replace("Never", "Always");
    for (args, input, code) in [
        (&["-"][..], GOOD, 0),
        (&["-"], &no_ttl, 1),
        (&["-", "--allow", "no-ttl"], &no_ttl, 0),
        (&["-", "--allow", "clock-change,no-ttl"], &no_ttl, 0),
        (&["-"], &silenced, 0),
        (&["-"], &refused, 1),
        (&["-", "--allow", "no-tll"], &no_ttl, 2),
        (&["-", "--kube", "1.30", "--min-kube", "1.31"], GOOD, 2),
        (&["-", "--at", "yesterday"], GOOD, 2),
        (&["no-such-file.yaml"], "", 2),
        (&["-"], "", 2),
        (&[], "", 2),
        (&["--list"], "", 0),
        (&["--explain", "no-ttl"], "", 0),
        (&["--explain", "none"], "", 2),
    ] {
        let done = lint(args, input);
        assert_eq!(done.code, code, "{args:?} {input} {}{}", done.out, done.err);
    }
    let misspelt = lint(&["-", "--allow", "no-tll"], GOOD);
    assert!(misspelt.err.contains("did you mean `no-ttl`?"), "{}", misspelt.err);
}

#[test]
fn what_the_server_refuses_is_told_as_validate_does() {
    let refused = GOOD.replace("Never", "Always");
    let done = lint(&["-"], &refused);
    assert!(done.out.contains("kubectl shows"), "{}", done.out);
    assert!(!done.out.contains("warning["), "{}", done.out);
}

#[test]
fn rules_are_listed_and_explained() {
    insta::assert_snapshot!(lint(&["--list"], "").out);
    insta::assert_snapshot!(lint(&["--explain", "failure-rule-never-matches"], "").out);
    insta::assert_snapshot!(lint(&["--explain", "day-of-month-or-week"], "").out);
}

/// A hook's delete policy removes it; a TTL would take it away while its tool waits.
#[test]
fn hooks_need_no_time_to_live() {
    let hook = GOOD.replace(
        "{name: good}",
        "{name: migrate, annotations: {helm.sh/hook: \"pre-install,pre-upgrade\", \
         helm.sh/hook-delete-policy: \"before-hook-creation,hook-succeeded\", \
         argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: HookSucceeded}}",
    );
    let done = lint(&["-"], &hook.replace("  ttlSecondsAfterFinished: 600\n", ""));
    assert_eq!(done.code, 0, "{}", done.out);
    let done = lint(&["-"], &hook.replace("Finished: 600", "Finished: 0"));
    assert!(done.out.contains("warning[ttl-zero-with-waiter]"), "{}", done.out);
}

/// The page has every rule, with the words of the command.
#[test]
fn the_documentation_has_every_rule() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint.md");
    let page = std::fs::read_to_string(page).unwrap();
    let list = lint(&["--list"], "").out;
    assert!(list.lines().count() >= 14);
    for line in list.lines() {
        let (rule, summary) = line.split_once(' ').unwrap();
        let heading = format!("| `{rule}` | {} |", summary.trim());
        assert!(page.contains(&heading), "docs/lint.md lacks: {heading}");
    }
}

/// The manifests of the repository are what their comments say; nothing else is found in them.
#[test]
fn examples_trip_only_what_they_show() {
    let args = [
        "--format",
        "json",
        "--allow",
        "no-ttl,no-deadline,on-failure-loses-logs",
        "../../../../examples",
    ];
    let json: Value = serde_json::from_str(&lint(&args, "").out).unwrap();
    let mut found = Vec::new();
    for document in json["documents"].as_array().unwrap() {
        for finding in document["findings"].as_array().unwrap() {
            // This one is a template: a word in it is replaced before it is used.
            if document["file"].as_str().unwrap().ends_with("patterns/one-job-per-item.yaml") {
                continue;
            }
            let file = document["file"].as_str().unwrap().rsplit('/').next().unwrap();
            found.push(format!("{file}: {}", finding["code"].as_str().unwrap()));
        }
    }
    let shown = ["deadline.yaml: deadline-before-first-retry", "nightly.yaml: clock-change"];
    assert_eq!(found, shown);
}
