//! What every command that reads manifests has in common: which object is meant, how strictly it
//! is read, and how a mistake is shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use support::{Done, answer, jobsem};

const TWO_JOBS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: x, command: ["true"]}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: b}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: x, command: ["true"]}]}}
"#;

const CRONJOB: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    metadata: {labels: {app: nightly}}
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: c, image: busybox, command: ["true"]}]
"#;

/// A merge key whose name is overridden.
const MERGE: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: anch}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - &c
        name: c
        image: x
        command: ["true"]
      - <<: *c
        name: d
"#;

const MERGE_CRON: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: anch}
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - &c {name: c, image: x, command: ["true"]}
          - {<<: *c, name: d}
"#;

const TWICE: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: twice}
spec:
  completions: 1
  completions: 2
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: x, command: ["true"]}]}}
"#;

fn run(words: &str, input: &str) -> Done {
    answer(jobsem().args(words.split(' ')), input)
}

/// A state directory for `run`.
fn run_here(words: &str, input: &str) -> Done {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().to_str().unwrap();
    answer(jobsem().args(words.split(' ')).args(["--state-dir", state]), input)
}

#[test]
fn several_jobs_are_listed_and_one_is_chosen_by_name() {
    for words in ["simulate -", "diff - --kube 1.30 --kube 1.37", "run -"] {
        let done = run(words, TWO_JOBS);
        assert_eq!(done.code, 2, "{words}: {}", done.err);
        assert_eq!(
            done.err,
            "error: standard input: 2 objects in it: job/a, job/b\n\
             help: choose one with --name, such as `--name job/a`\n",
            "{words}"
        );
    }
    for name in ["b", "job/b", "jobs/b", "job.batch/b"] {
        let done = run(&format!("simulate - --name {name}"), TWO_JOBS);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(
            done.out.ends_with(
                "job/b succeeded (CompletionsReached: Reached expected number of succeeded pods)\n"
            ),
            "{}",
            done.out
        );
    }
    assert_eq!(run("diff - --kube 1.31 --kube 1.32 --name b", TWO_JOBS).code, 0);
    let done = run_here("run - --name job/b", TWO_JOBS);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("job.batch/b created"), "{}", done.err);
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let there = "error: standard input: there is no `job/c` in it, only job/a, job/b\n";
    for words in ["simulate - --name job/c", "run - --name job/c"] {
        let done = run(words, TWO_JOBS);
        assert_eq!((done.code, done.err.as_str()), (2, there), "{words}");
    }
    let done = run("explain - --name c", TWO_JOBS);
    assert_eq!(done.err, "error: standard input: there is no Job `c` in it\n");
    let done = run("simulate - --name pod/a", TWO_JOBS);
    assert!(done.err.contains("`pod` is neither job nor cronjob"), "{}", done.err);
    let done = run("cron next - --name job/a", CRONJOB);
    assert!(done.err.contains("only cronjob/nightly"), "{}", done.err);
}

#[test]
fn a_name_narrows_what_is_explained_validated_and_linted() {
    let done = run("explain - --name a", TWO_JOBS);
    assert_eq!(done.out.matches("\njob ").count() + 1, 1, "{}", done.out);
    assert!(done.out.starts_with("job default/a at "), "{}", done.out);
    for words in ["validate - --verbose --name job/b", "lint - --verbose --name b"] {
        let done = run(words, TWO_JOBS);
        assert!(done.err.starts_with("1 document: 1 valid"), "{words}: {}", done.err);
    }
}

#[test]
fn lists_are_opened_by_every_command() {
    let indented = |text: &str| text.trim().replace('\n', "\n  ");
    let job = TWO_JOBS.split("---").next().unwrap();
    for list in [
        format!("kind: List\napiVersion: v1\nitems:\n- {}\n", indented(job)),
        format!("kind: JobList\napiVersion: batch/v1\nitems:\n- {}\n", indented(job)),
    ] {
        for words in [
            "simulate -",
            "diff - --kube 1.31 --kube 1.32",
            "explain -",
            "validate -",
            "lint - --allow no-ttl,no-deadline",
        ] {
            let done = run(words, &list);
            assert_eq!(done.code, 0, "{words}: {}{}", done.out, done.err);
        }
        assert_eq!(run_here("run -", &list).code, 0);
    }
    let list =
        format!("kind: CronJobList\napiVersion: batch/v1\nitems:\n- {}\n", indented(CRONJOB));
    for words in ["cron next -", "cron simulate - --days 1", "simulate -", "validate -"] {
        let done = run(words, &list);
        assert_eq!(done.code, 0, "{words}: {}", done.err);
    }
}

#[test]
fn of_a_cronjob_one_run_is_played() {
    let done = run("simulate -", CRONJOB);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("job/nightly succeeded"), "{}", done.out);
    assert_eq!(
        done.err,
        "note: one Job of the CronJob is played; `jobsem cron simulate` plays its schedule\n"
    );
    let mixed = format!("{CRONJOB}---{TWO_JOBS}");
    let done = run("simulate - --name cronjob/nightly", &mixed);
    assert!(done.out.contains("job/nightly succeeded"), "{}{}", done.out, done.err);
}

/// kubectl 1.35 sends two containers `c` and `d`.
#[test]
fn merge_keys_with_an_override_are_taken_by_every_command() {
    for (words, text) in [
        ("simulate -", MERGE),
        ("diff - --kube 1.31 --kube 1.32", MERGE),
        ("explain -", MERGE),
        ("validate - --verbose", MERGE),
        ("lint - --allow no-ttl,no-deadline", MERGE),
        ("cron next -", MERGE_CRON),
        ("cron simulate - --days 1", MERGE_CRON),
        ("create job x --from=cronjob/anch -f - --dry-run=client", MERGE_CRON),
    ] {
        let done = run(words, text);
        assert_eq!(done.code, 0, "{words}: {}{}", done.out, done.err);
        assert!(!done.err.contains("duplicate"), "{words}: {}", done.err);
    }
    let done = run_here("run - --logs none", MERGE);
    assert_eq!(done.code, 0, "{}", done.err);
    let done = run("validate - --field-validation strict", MERGE);
    assert!(done.out.contains("key \"name\" already set in map"), "the server's: {}", done.out);
}

#[test]
fn members_that_stand_twice_are_read_as_field_validation_says() {
    for (how, code, warned) in [
        ("", 0, "Warning: duplicate field \"spec.completions\": the last one counts"),
        (" --field-validation kubectl", 0, "Warning: duplicate field \"spec.completions\""),
        (" --field-validation warn", 0, "already set in map"),
        (" --field-validation ignore", 0, ""),
        (" --field-validation strict", 2, "already set in map"),
    ] {
        let done = run(&format!("simulate -{how}"), TWICE);
        assert_eq!(done.code, code, "{how}: {}", done.err);
        assert!(done.err.contains(warned), "{how}: {}", done.err);
        assert_eq!(done.err.is_empty(), warned.is_empty(), "{how}: {}", done.err);
        if code == 0 {
            assert!(done.out.contains("2/2"), "the last one counts: {}", done.out);
        }
        let done = run(&format!("validate -{how}"), TWICE);
        assert_eq!(done.code, i32::from(code != 0), "{how}: {}", done.out);
    }
}

#[test]
fn unknown_fields_are_read_as_field_validation_says() {
    let text = TWICE.replacen("completions: 1", "paralelism: 1", 1);
    for (how, code) in [("", 2), ("kubectl", 2), ("strict", 2), ("warn", 0), ("ignore", 0)] {
        let option =
            if how.is_empty() { String::new() } else { format!(" --field-validation {how}") };
        for words in ["simulate -", "diff - --kube 1.31 --kube 1.32"] {
            let done = run(&format!("{words}{option}"), &text);
            assert_eq!(done.code, code, "{words} {how}: {}", done.err);
        }
        assert_eq!(run_here(&format!("run - --logs none{option}"), &text).code, code, "run {how}");
    }
    // A dump may be of another version.
    assert_eq!(run("explain -", &text).code, 0);
    let done = run("explain - --field-validation strict", &text);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("unknown field \"spec.paralelism\""), "{}", done.err);
}

#[test]
fn mistakes_are_shown_with_their_place_by_every_command() {
    let wrong = TWICE.replacen("completions: 1\n  completions: 2", "completions: two", 1);
    for words in ["explain -", "simulate -", "run -", "diff - --kube 1.31 --kube 1.32"] {
        let done = run(words, &wrong);
        assert_eq!(done.code, 2, "{words}: {}", done.err);
        assert!(done.err.contains("standard input:6:16"), "{words}: {}", done.err);
        assert!(done.err.contains("type int32"), "{words}: {}", done.err);
    }
    insta::assert_snapshot!("mistake-in-a-manifest", run("explain -", &wrong).err);
    let dump = "kind: PodList\napiVersion: v1\nitems:\n- metadata: {name: p}\n  status:\n    \
                containerStatuses: [{name: c, restartCount: many}]\n";
    insta::assert_snapshot!("mistake-in-a-dump", run("explain -", dump).err);
    let scenario = "job: {}\nuntil: soon\n";
    insta::assert_snapshot!("mistake-in-a-scenario", run("simulate -", scenario).err);
}

#[test]
fn mistakes_in_what_pods_do_are_shown_with_their_place_and_in_plain_words() {
    let job = TWO_JOBS.split("---").next().unwrap();
    let mut all = String::new();
    for pods in [
        "{attempt 1: {run: }}",
        "{attempt 1: {exit: one}}",
        "{attempt 1: {exits: 1}}",
        "{attempt one: {exit: 1}}",
        "[1]",
        "{attempt 1: {disrupted: 1, exit: 2}}",
        "{'*': {exit: 1}, '*': {exit: 2}}",
        "{'*': {exit: 1}",
    ] {
        let done = answer(jobsem().args(["simulate", "-", "--pods", pods]), job);
        assert_eq!(done.code, 2, "{pods}");
        for word in ["invalid type", "f64", "i32", "u32", "struct", "unit"] {
            assert!(!done.err.contains(word), "{pods}: {}", done.err);
        }
        all.push_str(&format!("{pods}\n{}\n", done.err));
    }
    insta::assert_snapshot!("mistakes-in-pods", all);
}

#[test]
fn templates_that_were_not_rendered_are_recognised() {
    let unquoted =
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-migrate\n";
    let block = "{{- if .Values.enabled }}\napiVersion: batch/v1\nkind: Job\n{{- end }}\n";
    let quoted =
        TWICE.replacen("completions: 1\n  completions: 2", "completions: \"{{ .Values.n }}\"", 1);
    for text in [unquoted, block, quoted.as_str()] {
        for words in ["simulate -", "explain -", "run -", "diff - --kube 1.31 --kube 1.32"] {
            let done = run(words, text);
            assert_eq!(done.code, 2, "{words}: {}", done.err);
            assert!(
                done.err.contains("render it first (helm template … | jobsem"),
                "{words}: {}",
                done.err
            );
        }
    }
    let name = TWICE.replacen("{name: twice}", "{name: \"{{ .Release.Name }}\"}", 1);
    let done = run("validate -", &name);
    assert!(done.out.contains("render it first (helm template"), "{}", done.out);
    let done = run("validate -", unquoted);
    assert!(done.out.contains("render it first (helm template"), "{}", done.out);
    // An error elsewhere is not the template's.
    let other = TWICE.replacen("command: [\"true\"]", "command: [echo, \"{{ x }}\"]", 1).replacen(
        "completions: 1\n  completions: 2",
        "completions: two",
        1,
    );
    let done = run("simulate -", &other);
    assert!(!done.err.contains("render it"), "{}", done.err);
}

#[test]
fn other_kinds_say_what_was_expected_and_near_misses_what_to_write() {
    let done = run("simulate -", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n");
    assert!(done.err.contains("expected a `batch/v1` `Job`, found `Deployment`"), "{}", done.err);
    let done = run("simulate -", "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: d}\n");
    assert!(done.err.contains("help: use `apiVersion: batch/v1`"), "{}", done.err);
    let done = run("run -", "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Secret\n");
    assert_eq!(done.err, "error: standard input: there is no Job or CronJob in it\n");
}

#[test]
fn a_job_is_made_from_a_cronjob_that_no_cluster_has_seen() {
    let words = "create job x --from=cronjob/nightly -f -";
    let done = run(&format!("{words} --dry-run=client -o yaml"), CRONJOB);
    assert_eq!(done.code, 0, "{}", done.err);
    let checked = run("validate - --verbose", &done.out);
    assert_eq!(checked.code, 0, "{}", checked.out);
    assert_eq!(
        run(&format!("{words} --dry-run=client -o yaml"), CRONJOB).out,
        done.out,
        "the same again"
    );
    assert!(done.out.contains("kind: CronJob"), "{}", done.out);
    let done = run_here(words, CRONJOB);
    assert_eq!(done.code, 0, "{}", done.err);
    let refused = CRONJOB.replace("0 * * * *", "0 * * *");
    let done = run(words, &refused);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("The CronJob \"nightly\" is invalid: spec.schedule"), "{}", done.err);
}
