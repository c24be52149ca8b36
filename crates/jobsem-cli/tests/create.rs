//! `jobsem create` as a user would call it, and beside the real kubectl where there is one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output};

use jobsem::decode::documents;
use serde_json::{Value, json};

fn jobsem(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jobsem")).arg("create").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What it prints; it has to go well.
fn printed(args: &[&str]) -> String {
    let output = jobsem(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What it complains of, and the exit code.
fn refused(args: &[&str]) -> (String, i32) {
    let output = jobsem(args);
    assert_eq!(text(&output.stdout), "", "{args:?}");
    (text(&output.stderr), output.status.code().unwrap())
}

#[test]
fn mistakes_are_told_in_kubectls_words() {
    let got = |n: u8, what: &str| {
        format!(
            "error: exactly one NAME is required, got {n}\n\
             See 'jobsem create {what} -h' for help and examples\n"
        )
    };
    let plain = |text: &str| format!("error: {text}\n");
    let either = plain("either --image or --from must be specified");
    for (args, want) in [
        (&["job"][..], got(0, "job")),
        (&["job", "a", "b", "--image=x"], got(2, "job")),
        (&["job", "--", "a"], got(0, "job")),
        (&["job", "a"], either.clone()),
        (&["job", "a", "--image="], either.clone()),
        (&["job", "a", "--image=x", "--from=cronjob/x"], either),
        (&["job", "a", "--from=cronjob/x", "--", "b"], plain("cannot specify --from and command")),
        (
            &["job", "a", "--image=x", "--dry-run=foo"],
            plain("Invalid dry-run value (foo). Must be \"none\", \"server\", or \"client\"."),
        ),
        (
            &["job", "a", "--image=x", "-o", "foo", "--dry-run=client"],
            plain(
                "unable to match a printer suitable for the output format \"foo\", \
                 allowed formats are: json,name,yaml",
            ),
        ),
        (&["cronjob", "a"], plain("required flag(s) \"image\", \"schedule\" not set")),
        (&["cronjob", "a", "--image=x"], plain("required flag(s) \"schedule\" not set")),
        (&["cronjob", "--image=x", "--schedule=y"], got(0, "cronjob")),
        // What kubectl has no words for.
        (&["job", "a", "--image=x", "-f", "y"], plain("-f goes with --from")),
        (&["job", "a", "--from=cronjob/x"], plain("--from needs -f FILE, the CronJob's manifest")),
        (
            &["job", "a", "--image=x", "-o", "yaml"],
            plain("-o goes with --dry-run=client; without it the object runs here"),
        ),
        (
            &["job", "a", "--image=x", "--dry-run=server"],
            plain("--dry-run=server needs a cluster; there is --dry-run=client"),
        ),
    ] {
        assert_eq!(refused(args), (want, 2), "{args:?}");
    }
}

#[test]
fn without_a_format_the_result_is_said_in_one_line() {
    let args = ["job", "pi", "--image=perl", "--dry-run=client"];
    assert_eq!(printed(&args), "job.batch/pi created (dry run)\n");
    let output = jobsem(&["job", "pi", "--image=perl", "--dry-run"]);
    assert_eq!(text(&output.stdout), "job.batch/pi created (dry run)\n");
    assert!(text(&output.stderr).contains("--dry-run is deprecated"));
    let args = ["cj", "pi", "--image=perl", "--schedule=x", "--dry-run=client", "-o", "name"];
    assert_eq!(printed(&args), "cronjob.batch/pi\n");
}

/// A file with more than is wanted, and a list of the same.
const NIGHTLY: &str = "\
apiVersion: v1
kind: Service
metadata: {name: nightly}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: other}
spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {containers: []}}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: team, uid: 0d0c5d06-4e36-4c5a-8c0b-6ad1b1ee9a0f}
spec:
  schedule: 0 3 * * *
  concurrencyPolicy: Forbid
  jobTemplate:
    metadata:
      labels: {app: report}
      annotations: {owner: team}
    spec:
      backoffLimit: 2
      template:
        metadata: {labels: {app: report}}
        spec:
          restartPolicy: Never
          containers:
          - name: report
            image: registry.example/report:1
            command: [report, --daily, 'yes', '1']
            env:
            - {name: A, value: 'x: y'}
            - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            resources: {requests: {cpu: 100m, memory: 1Gi}}
            volumeMounts: [{name: tmp, mountPath: /tmp}]
          volumes: [{name: tmp, emptyDir: {}}]
          tolerations: [{key: batch, operator: Exists}]
";

fn nightly() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nightly.yaml");
    std::fs::write(&file, NIGHTLY).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (dir, file)
}

#[test]
fn a_job_of_a_cronjob_is_what_kubectl_makes_of_it() {
    let (_dir, file) = nightly();
    let args = |format| {
        ["job", "now", "--from=cronjob/nightly", "-f", &file, "--dry-run=client", "-o", format]
            .map(str::to_owned)
    };
    for format in ["yaml", "json"] {
        let args = args(format);
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.extend(["--kube", "1.32"]);
        insta::assert_snapshot!(format!("from_cronjob_{format}"), printed(&args));
    }
    for from in ["cronjobs/nightly", "cj/nightly", "cronjob.batch/nightly", "CronJobs/nightly"] {
        let from = format!("--from={from}");
        printed(&["job", "now", &from, "-f", &file, "--dry-run=client", "-o", "yaml"]);
    }
}

#[test]
fn a_list_holds_cronjobs_too() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list.yaml");
    let item = NIGHTLY.rsplit("---\n").next().unwrap().replace('\n', "\n  ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}\n", item.trim_end());
    std::fs::write(&file, list).unwrap();
    let file = file.to_str().unwrap();
    let (_dir, single) = nightly();
    let of = |file: &str| {
        printed(&["job", "x", "--from=cj/nightly", "-f", file, "--dry-run=client", "-o", "yaml"])
    };
    assert_eq!(of(file), of(&single));
}

#[test]
fn what_from_cannot_find_is_named() {
    let (_dir, file) = nightly();
    let dry = "--dry-run=client";
    let (error, code) = refused(&["job", "x", "--from=cronjob/none", "-f", &file, dry]);
    assert_eq!(code, 2);
    assert!(
        error.ends_with(
            "there is no `cronjob/none` in it, only cronjob/other, cronjob/nightly in namespace \
             team\n"
        ),
        "{error}"
    );
    for from in ["--from=nightly", "--from=job/nightly", "--from=service/nightly"] {
        let (error, code) = refused(&["job", "x", from, "-f", &file, dry]);
        assert_eq!(
            (error, code),
            (format!("error: {from}: from must be an existing cronjob\n"), 2)
        );
    }
    let elsewhere = ["job", "x", "--from=cj/nightly", "-f", &file, dry, "-n", "mine"];
    let (error, _) = refused(&elsewhere);
    assert!(
        error.ends_with("there is no `cronjob/nightly` in it, only cronjob/other\n"),
        "{error}"
    );
}

#[test]
fn without_dry_run_the_job_runs_here() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().to_str().unwrap();
    let run = |name: &str, command: &[&str]| {
        let mut args =
            vec!["job", name, "--image=any", "--state-dir", state, "--no-progress", "--"];
        args.extend(command);
        jobsem(&args)
    };
    let done = run("hello", &["sh", "-c", "echo hello from $HOSTNAME"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stdout).starts_with("hello from hello-"), "{}", text(&done.stdout));
    assert!(text(&done.stderr).contains("Complete"), "{}", text(&done.stderr));
    let refused = run("Hello", &["true"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("metadata.name"), "{}", text(&refused.stderr));
}

#[test]
fn without_dry_run_a_cronjob_runs_here() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().to_str().unwrap();
    let options = ["--image=any", "--state-dir", state, "--timeout", "1s", "--no-progress"];
    let run = |schedule: &str| {
        let args = ["cronjob", "tick", "--schedule", schedule];
        jobsem(&[&args[..], &options, &["--", "true"]].concat())
    };
    // The first of January: whenever this is run, it hardly starts a Job within a second.
    let done = run("0 0 1 1 *");
    assert_eq!(done.status.code(), Some(124), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("cronjob.batch/tick created"), "{}", text(&done.stderr));
    let refused = run("x");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("spec.schedule"), "{}", text(&refused.stderr));
}

/// kubectl's version, if it is there: `1.32`.
fn kubectl_version() -> Option<String> {
    let args = ["version", "--client", "-o", "json"];
    let output = Command::new("kubectl").args(args).output().ok()?;
    let version: Value = serde_json::from_slice(&output.stdout).ok()?;
    let part = |name: &str| version["clientVersion"][name].as_str().map(str::to_owned);
    let minor = part("minor")?.trim_end_matches('+').to_owned();
    Some(format!("{}.{minor}", part("major")?))
}

/// Command lines, each printed in every format by both.
const LINES: &[&[&str]] = &[
    &["job", "pi", "--image=perl", "--", "perl", "-e", "1"],
    &["job", "pi", "--image=perl:5.34.0"],
    &["job", "Pi", "--image=A&<B>", "-n", "team"],
    &["cronjob", "pi", "--image=a", "--schedule=*/5 * * * *"],
    &["cronjob", "pi", "--image=a", "--schedule=x", "--restart=Never", "--", "date", "-u"],
    &["cj", "pi", "--image=a", "--schedule=", "--restart=Foo", "-n", "x"],
    &[
        "job",
        "long",
        "--image=x",
        "--",
        "sh",
        "-c",
        "echo hello world this is a long line that goes on and on, and on and on, until it is far \
         beyond eighty columns wide, twice: it has more  than one  such   place, has it not, then",
        " quoted since it begins with a space, and goes on for rather longer than is good for it, \
         it's so",
        "set -e\nfor i in 1 2 3; do\n  echo $i\ndone\n",
        "a tab\tneeds double quotes, and those fold in a way of their own, with a backslash where \
         two  spaces   are, as far as there are any left that is",
    ],
    &[
        "job",
        "odd",
        "--image=x",
        "--",
        "",
        " lead",
        "trail ",
        "yes",
        "No",
        "1e3",
        "0777",
        "0x1f",
        "~",
        "null",
        "true",
        "- x",
        ": a",
        "a: b",
        "a #b",
        "#c",
        "*",
        "&a",
        "!x",
        "%p",
        "@at",
        "`t",
        "{",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "it's",
        "é",
        "😀",
        "tab\there",
        "1:30",
        "1.5",
        ".5",
        "2020-01-01",
        "2020-1-1 1:2:3",
        "2020-01-01T00:00:00Z",
        "2020-02-30",
        "<<",
        "=",
        "y",
        "on",
        "-",
        "--",
        "---",
        "?",
        "? x",
        "|",
        ">",
        "a:",
        "-1",
        "+1",
        "1_000",
        "0b1",
        "0o7",
        ".inf",
        "NaN",
        ".nan",
        "multi\nline",
        "multi\nline\n",
        "a\n b",
        " a\nb",
        "a\n\nb\n\n",
        "x\r\ny",
        "a \nb",
        "\n",
        "\na",
        "\ta",
        "a\nb #c",
        "a\nb ",
        "back\\slash",
        "1e400",
        "08",
        "0x_1",
        "_1",
        "1_",
        "...",
        "...x",
        "190:20:30.15",
        "a,b",
        "http://x",
        "-e",
        "OFF",
        "oN",
    ],
];

#[test]
fn every_line_is_printed_as_the_real_kubectl_prints_it() {
    let Some(version) = kubectl_version() else {
        println!("skipped: there is no kubectl on the PATH");
        return;
    };
    for line in LINES {
        for format in ["yaml", "json", "name", ""] {
            let at = line.iter().position(|arg| *arg == "--").unwrap_or(line.len());
            let (options, command) = line.split_at(at);
            let mut args = options.to_vec();
            args.push("--dry-run=client");
            if !format.is_empty() {
                args.extend(["-o", format]);
            }
            let kubectl =
                Command::new("kubectl").arg("create").args(&args).args(command).output().unwrap();
            assert!(kubectl.status.success(), "{}", text(&kubectl.stderr));
            args.extend(["--kube", &version]);
            args.extend(command);
            assert_eq!(printed(&args), text(&kubectl.stdout), "{line:?} {format}");
        }
    }
}

/// As much of an API server as kubectl asks for one CronJob; it answers until the test ends.
fn api_server(cronjob: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let version = json!({"groupVersion": "batch/v1", "version": "v1"});
    let resource = |name: &str, kind: &str| {
        json!({"name": name, "singularName": kind.to_lowercase(), "kind": kind,
            "namespaced": true, "verbs": ["get", "list", "create"]})
    };
    let resources = json!([resource("cronjobs", "CronJob"), resource("jobs", "Job")]);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while !lines.next().unwrap().unwrap().is_empty() {}
            let path = request.split([' ', '?']).nth(1).unwrap();
            let (code, answer) = match path {
                "/api" => (200, json!({"kind": "APIVersions", "versions": ["v1"]})),
                "/apis" => (
                    200,
                    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups":
                    [{"name": "batch", "versions": [version], "preferredVersion": version}]}),
                ),
                "/api/v1" => (
                    200,
                    json!({"kind": "APIResourceList", "groupVersion": "v1",
                    "resources": []}),
                ),
                "/apis/batch/v1" => (
                    200,
                    json!({"kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": "batch/v1", "resources": resources}),
                ),
                path if path.ends_with("/cronjobs/nightly") => (200, cronjob.clone()),
                _ => (404, json!({"kind": "Status", "apiVersion": "v1", "code": 404})),
            };
            let body = answer.to_string();
            let head = format!(
                "HTTP/1.1 {code} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                body.len()
            );
            // kubectl may have enough of it.
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}

#[test]
fn a_job_of_a_cronjob_is_printed_as_the_real_kubectl_prints_it() {
    let Some(version) = kubectl_version() else {
        println!("skipped: there is no kubectl on the PATH");
        return;
    };
    let cronjob = documents(NIGHTLY.as_bytes()).unwrap().pop().unwrap().into_value();
    let address = api_server(cronjob);
    // kubectl keeps what it has learnt of servers there.
    let home = tempfile::tempdir().unwrap();
    let (_dir, file) = nightly();
    for format in ["yaml", "json"] {
        let args = ["job", "now", "--from=cronjob/nightly", "--dry-run=client", "-o", format];
        let kubectl = Command::new("kubectl")
            .env("HOME", home.path())
            .env_remove("KUBECONFIG")
            .args(["--server", &address, "create"])
            .args(args)
            .output()
            .unwrap();
        assert!(kubectl.status.success(), "{}", text(&kubectl.stderr));
        let args = [&args[..], &["-f", &file, "--kube", &version]].concat();
        assert_eq!(printed(&args), text(&kubectl.stdout), "{format}");
    }
}
