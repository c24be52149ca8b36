//! The five patterns of Job use: each example runs here, and is played in virtual time.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use support::{Done, answer, jobsem};

mod support;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/patterns").join(name)
}

/// What containers wrote, without the pods' names, in order.
fn lines(done: &Done) -> Vec<&str> {
    let text = |line| str::rsplit_once(line, "] ").map_or(line, |(_, text)| text);
    let mut lines: Vec<&str> = done.out.lines().map(text).collect();
    lines.sort_unstable();
    lines
}

/// Runs jobsem; `manifest` is its standard input.
fn ask(args: &[&str], manifest: &str, env: &[(&str, &str)]) -> Done {
    let mut command = jobsem();
    answer(command.args(args).env_remove("REDIS_URL").envs(env.iter().copied()), manifest)
}

fn run_with(manifest: &str, more: &[&str], env: &[(&str, &str)]) -> Done {
    let state = tempfile::tempdir().unwrap();
    let args = ["run", "-", "--state-dir", state.path().to_str().unwrap()];
    let done = ask(&[&args[..], more].concat(), manifest, env);
    assert!(done.code == 0, "{}", done.err);
    assert!(!done.err.contains("warning: standard input"), "{}", done.err);
    done
}

fn run(name: &str) -> Done {
    run_with(&std::fs::read_to_string(example(name)).unwrap(), &[], &[])
}

/// Plays it; whether it is Complete, and what happened.
fn simulate(manifest: &str, pods: &str) -> String {
    let done = ask(&["simulate", "-", "--pods", pods], manifest, &[]);
    assert!(done.code == 0 && done.out.contains("Complete"), "{}{}", done.out, done.err);
    done.out
}

fn play(name: &str, pods: &str) -> String {
    simulate(&std::fs::read_to_string(example(name)).unwrap(), pods)
}

#[test]
fn one_job_for_each_item() {
    let template = std::fs::read_to_string(example("one-job-per-item.yaml")).unwrap();
    for item in ["apple", "banana", "cherry"] {
        let manifest = template.replace("ITEM", item);
        let done = run_with(&manifest, &[], &[]);
        assert_eq!(done.out, format!("processing {item}\n"));
        assert!(done.err.contains(&format!("process-{item}   Complete   1/1")), "{}", done.err);
        let played = simulate(&manifest, "{attempt 1: {exit: 1}}");
        assert!(played.contains("failed 0→1"), "it has retries of its own: {played}");
    }
}

#[test]
fn one_job_for_all_items() {
    let done = run("one-job-for-all.yaml");
    assert_eq!(done.out, "processing apple\nprocessing banana\nprocessing cherry\n");
    play("one-job-for-all.yaml", "{'*': {restarts: 2, run: 3s}}");
}

#[test]
fn each_pod_takes_one_item() {
    let done = run("one-item-per-pod.yaml");
    let fruit = ["apple", "banana", "cherry", "damson", "elder"];
    let expected: Vec<String> = fruit
        .iter()
        .enumerate()
        .map(|(i, item)| format!("processing {item} (index {i})"))
        .collect();
    assert_eq!(lines(&done), expected);
    assert!(done.err.contains("one-item-per-pod   Complete   5/5"), "{}", done.err);
    let played = play("one-item-per-pod.yaml", "{index 2 attempt 1: {exit: 1}}");
    assert!(played.contains("one-item-per-pod-2-00001"), "index 2 is tried again: {played}");
}

fn items() -> Vec<String> {
    (0..12).map(|n| format!("processing item-{n:02}")).collect()
}

#[test]
fn each_pod_takes_many_items_from_a_queue() {
    let done = run("many-items-per-pod.yaml");
    assert_eq!(lines(&done), items());
    assert!(done.err.contains("many-items-per-pod   Complete   3/1 of 3"), "{}", done.err);
    // The pod that fails after the first success is not replaced.
    let pods = "{'*': {run: 3s}, attempt 2: {run: 9s, exit: 1}}";
    let played = play("many-items-per-pod.yaml", pods);
    assert!(!played.contains("many-items-per-pod-00003"), "{played}");
}

#[test]
fn the_queue_may_be_redis() {
    let url = format!("redis://127.0.0.1:{}", serve_lists());
    let manifest = std::fs::read_to_string(example("many-items-per-pod.yaml")).unwrap();
    let done = run_with(&manifest, &["--inherit-env"], &[("REDIS_URL", &url)]);
    assert_eq!(lines(&done), items());
}

/// As much of Redis as the example uses; the port.
fn serve_lists() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let lists: Arc<Mutex<BTreeMap<String, Vec<String>>>> = Arc::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lists = Arc::clone(&lists);
            thread::spawn(move || serve(&stream, &lists));
        }
    });
    port
}

fn serve(stream: &TcpStream, lists: &Mutex<BTreeMap<String, Vec<String>>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let number = |reader: &mut BufReader<&TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        line.get(1..)?.trim().parse::<usize>().ok()
    };
    loop {
        let mut words = Vec::new();
        for _ in 0..number(&mut reader)? {
            let mut bytes = vec![0; number(&mut reader)? + 2];
            reader.read_exact(&mut bytes).ok()?;
            words.push(String::from_utf8(bytes).ok()?.trim_end().to_owned());
        }
        let mut lists = lists.lock().unwrap();
        let [command, key, values @ ..] = words.as_slice() else { return None };
        let new = !lists.contains_key(key);
        let list = lists.entry(key.clone()).or_default();
        let answer = match command.as_str() {
            "SETNX" => format!(":{}\r\n", u8::from(new)),
            "RPUSH" => {
                list.extend_from_slice(values);
                format!(":{}\r\n", list.len())
            }
            _ if list.is_empty() => "$-1\r\n".to_owned(),
            _ => {
                let item = list.remove(0);
                format!("${}\r\n{item}\r\n", item.len())
            }
        };
        let mut stream = stream;
        stream.write_all(answer.as_bytes()).ok()?;
    }
}

#[test]
fn pods_find_each_other_by_name() {
    let done = run("collaborating-pods.yaml");
    assert_eq!(lines(&done), ["sent 10", "sent 20", "the sum is 30"]);
    play("collaborating-pods.yaml", "{index 0: {run: 8s}}");
}
