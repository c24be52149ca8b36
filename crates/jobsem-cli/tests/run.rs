//! `jobsem run` and its companions on the examples, as a user would call them.
//!
//! Back-off is real time here, so the tests run beside each other; none needs more than half a
//! minute on an idle machine.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A state directory of its own, whose path is in the environment of every container.
struct State(tempfile::TempDir);

/// What a command left behind.
struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

impl State {
    fn new() -> State {
        State(tempfile::tempdir().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobsem"));
        command.args(args).arg("--state-dir").arg(self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn jobsem(&self, args: &[&str]) -> Done {
        self.command(args).output().unwrap().into()
    }

    fn run(&self, file: &Path, more: &[&str]) -> Done {
        let done = self.jobsem(&[&["run", file.to_str().unwrap()], more].concat());
        assert_eq!(self.left_over(), Vec::<String>::new(), "{}", done.err);
        done
    }

    fn example(&self, name: &str) -> Done {
        self.run(&example(name), &[])
    }

    fn write(&self, text: &str) -> PathBuf {
        let path = self.0.path().join("job.yaml");
        fs::write(&path, text).unwrap();
        path
    }

    /// A Job with one container that runs a shell script.
    fn script(&self, pod: &str, script: &str) -> PathBuf {
        self.write(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: x\nspec:\n  template:\n    \
             spec: {{restartPolicy: Never, {pod} containers: [{{name: main, image: busybox, \
             command: [sh, -c, {}]}}]}}\n",
            Value::from(script)
        ))
    }

    fn read(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.0.path().join("runs").join(file)).unwrap()).unwrap()
    }

    /// The processes that still run on behalf of this state directory.
    fn left_over(&self) -> Vec<String> {
        let marker = self.0.path().to_str().unwrap().as_bytes().to_vec();
        let carries = |pid: &Path| {
            fs::read(pid.join("environ"))
                .is_ok_and(|env| env.windows(marker.len()).any(|w| w == marker))
        };
        let look = || -> Vec<String> {
            let pids = fs::read_dir("/proc").unwrap().filter_map(|e| Some(e.ok()?.path()));
            pids.filter(|pid| carries(pid))
                .map(|pid| fs::read_to_string(pid.join("cmdline")).unwrap_or_default())
                .collect()
        };
        // A killed process is still listed for a moment.
        let start = Instant::now();
        while !look().is_empty() && start.elapsed() < Duration::from_secs(3) {
            sleep(Duration::from_millis(20));
        }
        look()
    }
}

/// A run that goes on while the test does something else.
struct Live(Child);

impl Live {
    fn start(state: &State, file: &Path, more: &[&str]) -> Live {
        let args = [&["run", file.to_str().unwrap()], more].concat();
        Live(state.command(&args).spawn().unwrap())
    }

    fn interrupt(&self) {
        let pid = Pid::from_raw(self.0.id().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
    }

    fn end(self) -> Done {
        self.0.wait_with_output().unwrap().into()
    }
}

fn eventually(what: &str, mut test: impl FnMut() -> bool) {
    let start = Instant::now();
    while !test() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(50));
    }
}

/// Times, random names and paths are masked, so that the rest can be compared.
fn masked(text: &str, state: &State) -> String {
    let text = text.replace(state.0.path().to_str().unwrap(), "STATE");
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix('[').and_then(|l| l.split_once("s] ")) {
            Some((time, rest)) if time.trim().parse::<f64>().is_ok() => format!("[TIME] {rest}"),
            _ => line.to_owned(),
        };
        let words: Vec<String> = line.split(' ').map(mask_word).collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

fn mask_word(word: &str) -> String {
    let letters = b"bcdfghjklmnpqrstvwxz2456789";
    let random = |tail: &str| tail.len() == 5 && tail.bytes().all(|b| letters.contains(&b));
    let number = |text: &str| text.parse::<u32>().is_ok();
    match (word.rsplit_once('-'), word.strip_suffix('s')) {
        (Some((head, tail)), _) if random(tail) => format!("{head}-RANDOM"),
        (_, Some(seconds)) if number(seconds) => "AGE".to_owned(),
        _ => word.to_owned(),
    }
}

/// The table's columns are as wide as the ages in them; here that does not count.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.collect::<Vec<_>>().join(" | ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn pi() {
    let state = State::new();
    let done = state.example("pi.yaml");
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.starts_with("3.14159265358979323846"), "{}", done.out);
    assert_eq!(done.out.trim_end().len(), 2_001);
    insta::assert_snapshot!("pi", squeezed(&masked(&done.err, &state)));
    // Afterwards the log and the Job are still there.
    assert_eq!(state.jobsem(&["logs", "pi"]).out, done.out);
    let table = state.jobsem(&["get", "pi"]).out;
    let start = "NAME   STATUS     COMPLETIONS   DURATION   AGE\npi     Complete   1/1";
    assert!(table.starts_with(start), "{table}");
    let yaml = state.jobsem(&["get", "job/pi", "-o", "yaml"]).out;
    assert!(yaml.contains("succeeded: 1") && yaml.contains("kind: Job"), "{yaml}");
    let late = state.jobsem(&["suspend", "pi"]);
    assert_eq!(late.code, Some(2));
    assert_eq!(late.err, "error: job \"pi\" is not running: its latest run has ended\n");
}

#[test]
fn retry_waits_ten_and_twenty_seconds() {
    let state = State::new();
    let start = Instant::now();
    let done = state.example("retry.yaml");
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(start.elapsed() >= Duration::from_secs(30), "10 s and 20 s of back-off");
    assert_eq!(done.out, "try 1\ntry 2\ntry 3\n");
    for text in ["back-off after 1 failure (BACKOFF-11)", "back-off after 2 failures (BACKOFF-11)"]
    {
        assert!(done.err.contains(text), "{}", done.err);
    }
    let logs = state.jobsem(&["logs", "retry", "--all"]).out;
    assert_eq!(logs.lines().count(), 3, "{logs}");
    assert!(logs.lines().all(|line| line.starts_with("[retry-")), "{logs}");
    let latest = state.jobsem(&["logs", "retry"]);
    assert_eq!(latest.out, "try 3\n", "{}", latest.err);
    assert!(latest.err.starts_with("Found 3 pods, using pod/retry-"), "{}", latest.err);
}

#[test]
fn each_index_has_its_own_back_off() {
    let state = State::new();
    let done = state.example("indexed-backoff-per-index.yaml");
    assert_eq!(done.code, Some(1), "{}", done.err);
    let job = state.read("indexed-backoff-per-index-1/job.json");
    assert_eq!(job["status"]["completedIndexes"], "0,2,3");
    assert_eq!(job["status"]["failedIndexes"], "1");
    assert!(done.err.contains("FailedIndexes"), "{}", done.err);
    let mut lines: Vec<_> =
        done.out.lines().map(|l| l.rsplit_once("] ").unwrap().1.to_owned()).collect();
    lines.sort();
    assert_eq!(lines, ["index 0", "index 1", "index 1", "index 2", "index 3"]);
}

#[test]
fn a_failure_policy_ends_the_job_at_once() {
    let state = State::new();
    let done = state.example("pod-failure-policy.yaml");
    assert_eq!((done.code, done.out.as_str()), (Some(1), "the input is broken\n"));
    insta::assert_snapshot!("pod-failure-policy", squeezed(&masked(&done.err, &state)));
}

#[test]
fn a_suspended_job_waits_for_its_resume() {
    let state = State::new();
    let live = Live::start(&state, &example("suspended.yaml"), &[]);
    eventually("it is suspended", || {
        state.jobsem(&["get", "suspended"]).out.contains("suspended   Suspended")
    });
    let patch = r#"{"metadata": {"labels": {"a": "b"}}}"#;
    let patched = state.jobsem(&["patch", "suspended", "-p", patch]);
    assert_eq!((patched.code, patched.out.as_str()), (Some(0), "job.batch/suspended patched\n"));
    let refused = state.jobsem(&["patch", "suspended", "-p", "a: ["]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    let resumed = state.jobsem(&["resume", "suspended"]);
    assert_eq!((resumed.code, resumed.out.as_str()), (Some(0), "job.batch/suspended resumed\n"));
    eventually("it works", || state.jobsem(&["logs", "suspended"]).out.contains("working"));
    let followed = state.jobsem(&["logs", "suspended", "-f"]);
    assert_eq!(followed.out, "working\ndone\n");
    let done = live.end();
    assert_eq!((done.code, done.out.as_str()), (Some(0), "working\ndone\n"), "{}", done.err);
    assert_eq!(state.read("suspended-1/job.json")["metadata"]["labels"]["a"], "b");
}

#[test]
fn a_deadline_stops_the_pods() {
    let state = State::new();
    let done = state.example("deadline.yaml");
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.out.contains("working\n") && done.out.contains("goodbye\n"), "{}", done.out);
    assert!(done.err.contains("DeadlineExceeded"), "{}", done.err);
}

#[test]
fn on_failure_restarts_in_the_same_pod() {
    let state = State::new();
    let done = state.example("on-failure.yaml");
    let all = "start 1\nstart 2\nstart 3\n";
    assert_eq!((done.code, done.out.as_str()), (Some(0), all), "{}", done.err);
    let pods = state.read("on-failure-1/pods.json");
    assert_eq!(pods.as_array().map(Vec::len), Some(1));
    assert_eq!(pods[0]["status"]["containerStatuses"][0]["restartCount"], 2);
    assert_eq!(state.read("on-failure-1/job.json")["status"]["failed"], Value::Null);
    assert!(done.err.contains("main CrashLoopBackOff"), "{}", done.err);
    assert!(done.err.contains("restarts in 10s: back-off 10s (PODPHASE-40)"), "{}", done.err);
    assert_eq!(state.jobsem(&["logs", "on-failure"]).out, "start 3\n");
    assert_eq!(state.jobsem(&["logs", "on-failure", "--previous"]).out, "start 2\n");
}

#[test]
fn sidecars_end_after_the_main_container() {
    let state = State::new();
    let done = state.example("sidecar.yaml");
    assert_eq!(done.code, Some(0), "{}", done.err);
    let log = |container: &str| state.jobsem(&["logs", "sidecar", "-c", container]).out;
    assert_eq!(log("prepare"), "prepared\n");
    assert_eq!(log("main"), "main works\nmain is done\n");
    assert!(log("proxy").ends_with("proxy ends\n"), "{}", done.out);
    let status = &state.read("sidecar-1/pods.json")[0]["status"];
    let end = |list: &str, i: usize| {
        status[list][i]["state"]["terminated"]["finishedAt"].as_str().unwrap().to_owned()
    };
    assert!(end("containerStatuses", 0) <= end("initContainerStatuses", 1));
}

#[test]
fn workers_share_a_queue() {
    let state = State::new();
    let done = state.example("workqueue.yaml");
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("3/1 of 3"), "{}", done.err);
    let items = done.out.lines().filter_map(|l| l.rsplit_once("did item "));
    let mut items: Vec<_> = items.map(|(_, i)| i).collect();
    items.sort_unstable();
    assert_eq!(items, ["1", "2", "3", "4", "5", "6", "7", "8", "9"], "{}", done.out);
}

#[test]
fn bad_manifests_name_the_place_and_the_field() {
    let state = State::new();
    let head = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: x\n";
    let container = |c: &str| {
        format!(
            "{head}spec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
             containers:\n      - {c}\n"
        )
    };
    let mut seen = String::new();
    for text in [
        format!("{head}spec:\n  parallelism: two\n"),
        format!("{head}spec:\n  backofLimit: 2\n"),
        format!("{head}spec: [1, 2\n"),
        "kind: Pod\napiVersion: v1\n".to_owned(),
        String::new(),
        container("{name: a, image: x, command: [x]}").replace("Never", "Always"),
        container("{name: A, image: x, command: [x]}")
            .replace("spec:\n  t", "spec:\n  parallelism: -1\n  t"),
        container("{name: a, image: perl}"),
        container("{name: a, image: x, command: [x], envFrom: [{secretRef: {name: s}}]}"),
    ] {
        let done = state.run(&state.write(&text), &[]);
        assert_eq!(done.code, Some(2), "{text}{}", done.err);
        assert_eq!(done.out, "");
        seen.push_str(&masked(&done.err, &state));
        seen.push_str("----\n");
    }
    let missing = state.run(Path::new("/no/such/file.yaml"), &[]);
    assert_eq!(missing.code, Some(2));
    seen.push_str(&missing.err);
    insta::assert_snapshot!("bad-manifests", seen);
}

#[test]
fn a_command_that_does_not_exist_is_a_start_error() {
    let state = State::new();
    let file = state.write(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec:\n  backoffLimit: 0\n  \
         template: {spec: {restartPolicy: Never, containers: [{name: a, image: i, \
         command: [no-such-command]}]}}\n",
    );
    let done = state.run(&file, &[]);
    assert_eq!(done.code, Some(1));
    let text = "exec: \"no-such-command\": executable file not found in $PATH";
    assert!(done.err.contains(text), "{}", done.err);
    let status = &state.read("x-1/pods.json")[0]["status"]["containerStatuses"][0];
    let end = &status["state"]["terminated"];
    assert_eq!((&end["exitCode"], &end["reason"]), (&Value::from(128), &Value::from("StartError")));
}

#[test]
fn termination_messages_and_the_environment_arrive() {
    let state = State::new();
    let file = state.script("", "echo -n why > $JOBSEM_TERMINATION_LOG; echo $HOSTNAME");
    let done = state.run(&file, &["--quiet"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{}", done.err);
    let pod = &state.read("x-1/pods.json")[0];
    assert_eq!(pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"], "why");
    assert_eq!(pod["metadata"]["name"], done.out.trim());
    let tail = state.run(&file, &["--quiet", "--logs", "tail"]);
    assert!(tail.out.starts_with("[x-") && tail.out.contains("/main] x-"), "{}", tail.out);
    assert_eq!(state.run(&file, &["--quiet", "--logs", "none"]).out, "");
}

/// A container that ignores SIGTERM, with children in its group and outside of it.
const STUBBORN: &str = "trap '' TERM; sleep 300 & setsid sleep 301 & \
    setsid sh -c 'trap \"\" TERM; sleep 302' & echo ready; while :; do sleep 0.1; done";

#[test]
fn ctrl_c_stops_everything() {
    let state = State::new();
    let file = state.script("terminationGracePeriodSeconds: 2,", STUBBORN);
    let live = Live::start(&state, &file, &[]);
    eventually("it runs", || state.jobsem(&["logs", "x"]).out.contains("ready"));
    live.interrupt();
    let done = live.end();
    assert_eq!(done.code, Some(130), "{}", done.err);
    assert_eq!(state.left_over(), Vec::<String>::new());
    assert!(done.err.contains("Interrupted; nothing of it is left running."), "{}", done.err);
}

#[test]
fn a_second_ctrl_c_kills_at_once() {
    let state = State::new();
    let file = state.script("", STUBBORN);
    let live = Live::start(&state, &file, &[]);
    eventually("it runs", || state.jobsem(&["logs", "x"]).out.contains("ready"));
    let start = Instant::now();
    live.interrupt();
    sleep(Duration::from_millis(700));
    live.interrupt();
    assert_eq!(live.end().code, Some(130));
    assert!(start.elapsed() < Duration::from_secs(10), "not the 30 s of grace");
    assert_eq!(state.left_over(), Vec::<String>::new());
}

#[test]
fn a_timeout_ends_the_run() {
    let state = State::new();
    let file = state.script("", "sleep 300");
    let done = state.run(&file, &["--timeout", "1s"]);
    assert_eq!(done.code, Some(124), "{}", done.err);
}

#[test]
fn a_job_can_be_deleted_from_elsewhere() {
    let state = State::new();
    let script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
    let file = state.script("terminationGracePeriodSeconds: 5,", script);
    let live = Live::start(&state, &file, &[]);
    eventually("it runs", || state.jobsem(&["logs", "x"]).out.contains("ready"));
    let deleted = state.jobsem(&["delete", "x", "--cascade", "foreground"]);
    assert_eq!((deleted.code, deleted.out.as_str()), (Some(0), "job.batch \"x\" deleted\n"));
    let done = live.end();
    assert_eq!(done.code, Some(4), "{}", done.err);
    assert!(done.out.contains("bye"), "{}", done.out);
    assert_eq!(state.left_over(), Vec::<String>::new());
}

#[test]
fn a_deleted_pod_is_replaced() {
    let state = State::new();
    let script = "if mkdir $JOBSEM_SHARED_DIR/x; then echo first; sleep 300; fi; echo second";
    let file = state.script("terminationGracePeriodSeconds: 1,", script);
    let live = Live::start(&state, &file, &[]);
    eventually("it runs", || state.jobsem(&["logs", "x"]).out.contains("first"));
    eventually("the Job knows", || {
        let json = state.jobsem(&["get", "x", "-o", "json"]).out;
        serde_json::from_str::<Value>(&json).unwrap()["status"]["active"] == 1
    });
    let pods = state.read("x-1/pods.json");
    let pod = pods[0]["metadata"]["name"].as_str().unwrap();
    assert_eq!(state.jobsem(&["delete", "x", "--pod", pod]).code, Some(0));
    let done = live.end();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("first") && done.out.contains("second"), "{}", done.out);
    assert_eq!(state.left_over(), Vec::<String>::new());
}

const EVERY_SECOND: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '@every 1s'
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: busybox, command: [sh, -c, 'echo tick; SECONDS_TO_SLEEP']}
";

#[test]
fn a_cronjob_starts_jobs_until_it_is_interrupted() {
    let state = State::new();
    let file = state.write(&EVERY_SECOND.replace("SECONDS_TO_SLEEP", "true"));
    let live = Live::start(&state, &file, &[]);
    let completed = || {
        let done = state.jobsem(&["get", "tick", "-o", "json"]).out;
        done.contains("\"lastSuccessfulTime\"")
    };
    eventually("the first Job completes", completed);
    let table = state.jobsem(&["get", "tick"]).out;
    assert!(table.starts_with("NAME   SCHEDULE    TIMEZONE"), "{table}");
    live.interrupt();
    let done = live.end();
    assert_eq!(done.code, Some(130), "{}", done.err);
    assert_eq!(state.left_over(), Vec::<String>::new());
    for text in [
        "cronjob.batch/tick created",
        "cronjob/tick Normal SuccessfulCreate: Created job tick-",
        "Normal Completed: Job completed",
        "Interrupted; nothing of it is left running.",
    ] {
        assert!(done.err.contains(text), "{text}: {}", done.err);
    }
    assert!(done.out.contains("tick\n"), "{}", done.out);
}

#[test]
fn an_interrupted_cronjob_leaves_no_running_job_behind() {
    let state = State::new();
    let file = state.write(&EVERY_SECOND.replace("SECONDS_TO_SLEEP", "sleep 600"));
    let live = Live::start(&state, &file, &[]);
    eventually("a pod runs", || state.jobsem(&["get", "pods"]).out.contains("1/1     Running"));
    live.interrupt();
    let done = live.end();
    assert_eq!(done.code, Some(130), "{}", done.err);
    assert_eq!(state.left_over(), Vec::<String>::new());
}

#[test]
fn runs_are_chosen_by_namespace() {
    let state = State::new();
    for namespace in ["a", "b"] {
        let done = state.run(&example("pi.yaml"), &["--logs", "none", "--namespace", namespace]);
        assert_eq!(done.code, Some(0), "{}", done.err);
    }
    let of = |args: &[&str]| state.jobsem(args).out;
    assert_eq!(
        of(&["get", "pi", "-n", "a", "-o", "json"]).matches("\"namespace\": \"a\"").count(),
        1
    );
    assert_eq!(of(&["get", "-n", "c"]), "");
    let all = of(&["get", "-A"]);
    assert!(all.starts_with("NAMESPACE   NAME "), "{all}");
    assert!(all.contains("\nb           pi "), "{all}");
    assert_eq!(state.jobsem(&["logs", "pi", "-n", "a"]).code, Some(0));
    let missing = state.jobsem(&["logs", "pi", "-n", "c"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("no run of job \"pi\" in namespace \"c\""), "{}", missing.err);
}
