//! `jobsem validate` as a user would call it: what is shown, in each format, and the exit codes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Done, answer, jobsem};

mod support;

fn parsed(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {}", done.out))
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn validate_in(dir: &Path, args: &[&str], input: &str) -> Done {
    answer(jobsem().current_dir(dir).arg("validate").args(args), input)
}

fn validate(args: &[&str], input: &str) -> Done {
    validate_in(&tests(), args, input)
}

const GOOD: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: good
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: perl
";

/// Every file of `broken`, with the options that its first line names, as a user sees it.
#[test]
fn broken_manifests_are_told_with_their_place() {
    let dir = tests().join("broken");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    assert!(files.len() >= 40, "{} manifests", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/broken");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let options = text.lines().next().and_then(|line| line.strip_prefix("# --"));
        let options = options.map(|options| format!("--{options}")).unwrap_or_default();
        let name = file.file_name().unwrap().to_str().unwrap();
        let mut args: Vec<&str> = options.split_whitespace().collect();
        args.push(name);
        let done = validate_in(&dir, &args, "");
        assert!(done.code == 1 || done.out.starts_with("warning: "), "{name} {}", done.err);
        let shown = format!("{}{}exit code {}\n", done.out, done.err, done.code);
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }
}

#[test]
fn an_object_that_is_too_large_is_told_among_others() {
    let large = format!("{GOOD}        env: [{{name: A, value: {}}}]\n", "x".repeat(3 << 20));
    let list = "apiVersion: v1\nkind: List\nitems:\n".to_owned()
        + &[GOOD, &large, GOOD]
            .map(|job| format!("- {}\n", job.trim_end().replace('\n', "\n  ")))
            .concat();
    for input in [format!("{GOOD}---\n{large}---\n{GOOD}"), list] {
        let done = validate(&["-", "--format", "github"], &input);
        assert_eq!(done.code, 1);
        assert_eq!(done.out.lines().count(), 1, "{}", done.out);
        let line =
            1 + input.lines().take_while(|line| line.len() < 1000).count() - GOOD.lines().count();
        assert!(done.out.contains(&format!("line={line},")), "{line} {}", done.out);
        let words = "bytes as JSON; the API server takes at most 3145728 (3 MiB) in a request";
        assert!(done.out.contains(words), "{}", done.out);
        let done = validate(&["-"], &input);
        assert!(done.out.len() < 2000, "the value itself is not shown");
    }
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    let bad = GOOD.replace("Never", "Always");
    let warned = format!("{GOOD}        env: [{{name: A, value: a}}, {{name: A, value: b}}]\n");
    let other = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n";
    let unknown = GOOD.replace("spec:\n  template", "spec:\n  x: 1\n  template");
    for (args, input, code) in [
        (&["-"][..], GOOD, 0),
        (&["-"], &bad, 1),
        (&["-"], "a: [", 1),
        (&["-"], other, 0),
        (&["-"], &format!("{other}---\n{bad}"), 1),
        (&["-"], "", 2),
        (&["-"], "# nothing\n---\n", 2),
        (&["-"], &warned, 0),
        (&["--warnings-as-errors", "-"], &warned, 1),
        (&["-"], &unknown, 1),
        (&["--field-validation", "warn", "-"], &unknown, 0),
        (&["--field-validation", "warn", "--warnings-as-errors", "-"], &unknown, 1),
        (&["--field-validation", "ignore", "--warnings-as-errors", "-"], &unknown, 0),
        (&["no-such-file.yaml"], "", 2),
        (&["-", "no-such-file.yaml"], &bad, 2),
        (&["--kube", "1.28", "-"], GOOD, 2),
        (&["--format", "xml", "-"], GOOD, 2),
        (&["--update-from", "no-such-file.yaml", "-"], GOOD, 2),
        (&[], "", 2),
    ] {
        let done = validate(args, input);
        assert_eq!(done.code, code, "{args:?} {input} {}{}", done.out, done.err);
    }
}

#[test]
fn the_examples_are_valid_at_every_version() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    // This one is a template: a word in it is replaced before it is used.
    let template = "one-job-per-item.yaml";
    let text = fs::read_to_string(format!("{examples}/patterns/{template}")).unwrap();
    for minor in 29..=37 {
        let kube = format!("1.{minor}");
        let json = parsed(&validate(&["--format", "json", "--kube", &kube, examples], ""));
        let documents = json["documents"].as_array().unwrap();
        assert!(documents.len() > 10);
        for document in documents {
            let is_template = document["file"].as_str().unwrap().ends_with(template);
            assert!(is_template || document["result"] != "invalid", "{kube}: {document:#}");
        }
        let done = validate(&["--kube", &kube, "-"], &text.replace("ITEM", "apple"));
        assert_eq!(done.code, 0, "{kube}: {}{}", done.out, done.err);
    }
}

#[test]
fn directories_are_read_at_any_depth_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("b/c")).unwrap();
    let bad = |name: &str| GOOD.replace("good", name);
    for (file, text) in [
        ("z.yml", bad("Z")),
        ("a.yaml", bad("A")),
        ("b/c/m.json", r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"M"}}"#.into()),
        ("b/values.txt", "not: [yaml".to_owned()),
        ("b/service.yaml", "apiVersion: v1\nkind: Service\n---\nsome: values\n".to_owned()),
    ] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    let done = validate_in(dir.path(), &["--format", "json", "."], "");
    let json = parsed(&done);
    let files: Vec<&str> =
        json["documents"].as_array().unwrap().iter().map(|d| d["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        ["./a.yaml", "./b/c/m.json", "./b/service.yaml", "./b/service.yaml", "./z.yml"]
    );
    assert_eq!(json["summary"]["skipped"], 2);
    assert_eq!(
        done.err,
        "5 documents in 4 files: 0 valid, 3 invalid, 2 skipped (1 Service, 1 no Kubernetes \
         object); 5 errors, 0 warnings\n"
    );
    fs::create_dir(dir.path().join("empty")).unwrap();
    let done = validate_in(dir.path(), &["empty"], "");
    assert_eq!((done.code, done.err.contains("no *.yaml")), (2, true), "{}", done.err);
}

#[test]
fn lists_are_checked_item_by_item() {
    let item = |name: &str| {
        let text = GOOD.replace("good", name);
        let mut lines = text.lines();
        format!("- {}\n", lines.next().unwrap())
            + &lines.map(|line| format!("  {line}\n")).collect::<String>()
    };
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n{}{}- {{apiVersion: v1, kind: Pod}}\n",
        item("fine"),
        item("Not_Fine")
    );
    let done = validate(&["--format", "json", "-"], &list);
    let json = parsed(&done);
    let results: Vec<&Value> =
        json["documents"].as_array().unwrap().iter().map(|d| &d["result"]).collect();
    assert_eq!(results, ["valid", "invalid", "skipped"]);
    let finding = &json["documents"][1]["findings"][0];
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(18), Some(11)));
    // The items of a typed list may leave their kind to it.
    let typed =
        "{\"apiVersion\": \"batch/v1\", \"kind\": \"JobList\", \"items\": [{\"spec\": {}}]}";
    let json = parsed(&validate(&["--format", "json", "-"], typed));
    assert_eq!(json["documents"][0]["kind"], "Job");
    assert_eq!(json["documents"][0]["result"], "invalid");
}

#[test]
fn a_fault_in_one_document_leaves_the_others_to_be_checked() {
    let text = format!("{GOOD}---\nkind: [\n---\n{}", GOOD.replace("good", "Bad"));
    let json = parsed(&validate(&["--format", "json", "-"], &text));
    let results: Vec<&Value> =
        json["documents"].as_array().unwrap().iter().map(|d| &d["result"]).collect();
    assert_eq!(results, ["valid", "unreadable", "invalid"]);
}

#[test]
fn json_has_the_status_object_of_the_server() {
    let text = GOOD.replace("spec:\n  template", "spec:\n  backoffLimit: -1\n  template");
    let json = parsed(&validate(&["--format", "json", "--kube", "1.31", "-"], &text));
    insta::assert_json_snapshot!(json);
}

#[test]
fn github_annotations_are_escaped() {
    let text = GOOD.replace("name: good", "name: \"go%od,\\nx\"");
    let done = validate(&["--format", "github", "-"], &text);
    let line = done.out.lines().next().unwrap();
    assert!(
        line.starts_with(
            "::error file=standard input,line=4,col=9,endLine=4,endColumn=20,title=job.batch/\
             go%25od%2C%0Ax::metadata.name: Invalid value: \"go%25od,\\nx\": a lowercase RFC 1123"
        ),
        "{line}"
    );
    assert!(line.ends_with("%0Afor example `go-od-x`"), "{line}");
    assert!(done.out.lines().all(|line| line.starts_with("::error file=")), "{}", done.out);
}

#[test]
fn sarif_has_what_the_standard_requires() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a b.yaml"), GOOD.replace("good", "Bad_1")).unwrap();
    fs::write(dir.path().join("c.yaml"), "a: [").unwrap();
    let warned = format!("{GOOD}        env: [{{name: A, value: a}}, {{name: A, value: b}}]\n");
    fs::write(dir.path().join("d.yaml"), warned).unwrap();
    let done = validate_in(dir.path(), &["--format", "sarif", "."], "");
    assert_eq!(done.code, 1);
    let log = parsed(&done);
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run: {log}") };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "jobsem");
    let rules: Vec<&str> =
        driver["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()), "{result}");
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()), "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(!place["artifactLocation"]["uri"].as_str().unwrap().contains(' '), "{result}");
        let region = &place["region"];
        let number = |name: &str| region[name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{result}");
        assert!(number("endLine") >= number("startLine"), "{result}");
    }
    let places: Vec<_> = results
        .iter()
        .map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone())
        .collect();
    assert_eq!(places, ["a%20b.yaml", "c.yaml", "d.yaml"]);
    let none = parsed(&validate(&["--format", "sarif", "-"], GOOD));
    assert_eq!(none["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn verbose_names_what_is_valid_or_skipped() {
    let text = format!("{GOOD}---\napiVersion: v1\nkind: Service\n");
    assert_eq!(validate(&["-"], &text).out, "");
    let done = validate(&["-v", "-"], &text);
    assert_eq!(
        done.out,
        "standard input:1: job.batch/good is valid\nstandard input:13: skipped: Service\n"
    );
    assert_eq!(done.err, "2 documents: 1 valid, 0 invalid, 1 skipped (1 Service)\n");
    assert_eq!(validate(&["-q", "-"], &text).err, "");
}

#[test]
fn an_update_is_judged_by_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.yaml");
    let old_name = old.to_str().unwrap();
    let with = |image: &str, parallelism: u8| {
        let text = GOOD.replace("image: perl", &format!("image: {image}"));
        text.replace(
            "spec:\n  template",
            &format!("spec:\n  parallelism: {parallelism}\n  template"),
        )
    };
    fs::write(&old, with("perl", 1)).unwrap();
    let update = |text: &str| validate(&["--update-from", old_name, "-"], text);
    assert_eq!(update(&with("perl", 3)).code, 0);
    let done = update(&with("ruby", 1));
    assert_eq!(done.code, 1);
    assert!(done.out.contains("spec.template: Invalid value: "), "{}", done.out);
    assert!(done.out.contains("field is immutable"), "{}", done.out);
    // Another name is another object, and so is another namespace.
    assert_eq!(update(&with("ruby", 1).replace("good", "other")).code, 0);
    let elsewhere = with("ruby", 1).replace("name: good", "name: good\n  namespace: b");
    assert_eq!(update(&elsewhere).code, 0);
    let done = validate(&["-n", "b", "--update-from", old_name, "-"], &elsewhere);
    assert_eq!(done.code, 1, "{}", done.out);
}

#[test]
fn a_dump_of_a_cluster_can_be_edited() {
    let labels = "batch.kubernetes.io/controller-uid: u-1\n        batch.kubernetes.io/job-name: \
                  good\n        controller-uid: u-1\n        job-name: good\n";
    let dump = GOOD
        .replace(
            "  name: good\n",
            "  name: good\n  namespace: default\n  uid: u-1\n  resourceVersion: \"7\"\n  \
             creationTimestamp: 2024-01-01T00:00:00Z\n  generation: 1\n",
        )
        .replace(
            "spec:\n  template:\n",
            &format!(
                "spec:\n  suspend: false\n  selector:\n    matchLabels:\n      \
                 batch.kubernetes.io/controller-uid: u-1\n  template:\n    metadata:\n      \
                 labels:\n        {labels}"
            ),
        );
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.yaml");
    fs::write(&old, &dump).unwrap();
    let update = |text: &str| validate(&["--update-from", old.to_str().unwrap(), "-"], text);
    // As edited, and as applied from the manifest that it came from.
    for good in [dump.replace("suspend: false", "suspend: true"), GOOD.to_owned()] {
        let done = update(&good);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    }
    let done = update(&dump.replace("suspend: false", "completions: 3"));
    assert_eq!(done.code, 1);
    assert!(done.out.contains("spec.completions: Invalid value: 3: field is immutable"));
}

#[test]
fn hostile_files_end_in_an_error() {
    let deep = "[".repeat(200_000);
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..12).map(|i| {
            let row = vec![format!("*a{}", i - 1); 9].join(", ");
            format!("a{i}: &a{i} [{row}]\n")
        }))
        .collect();
    let keys: String = (0..50_000).map(|i| format!("k{i}: 1\nk{i}: 2\n")).collect();
    for text in [deep.clone(), format!("a: {deep}"), "{\"a\":".repeat(100_000), bomb] {
        let done = validate(&["-"], &text);
        assert_eq!(done.code, 1, "{}", done.err);
        assert!(done.out.starts_with("error: "), "{}", &done.out[..200]);
    }
    assert_eq!(validate(&["-"], &keys).code, 0, "no object of ours");
}
