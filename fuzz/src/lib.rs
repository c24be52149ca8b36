//! What the fuzz targets do with their bytes, as plain functions.
//!
//! `yaml` and `json` read the bytes as a text and check what came of it. The others take an object
//! of the conformance vectors, change it as the bytes say, and have it admitted: nothing may
//! panic, and what is admitted must hold.

mod mutate;

use jobsem::api::Job;
use jobsem::check::{Options, check_create, check_update, is_same_object};
use jobsem::decode::{Document, Limits, read};
use jobsem::{KubeVersion, Semantics, Time, admission};
use mutate::Objects;
use serde_json::Value;

/// A text that need not be anything.
pub fn yaml(data: &[u8]) {
    text(data);
}

/// A text that begins like JSON.
pub fn json(data: &[u8]) {
    let mut text_of = vec![b'{'];
    text_of.extend_from_slice(data);
    text(&text_of);
    // What is JSON is read as that: serde_json is the judge.
    let documents = read(&text_of, &Limits::default());
    if let (Ok(value), [one]) = (serde_json::from_slice::<Value>(&text_of), documents.as_slice()) {
        match one {
            Ok(document) => assert_eq!(*document.value(), value),
            // OK because only the bounds are narrower.
            Err(error) => assert!(error.message().contains("deep"), "{error}"),
        }
    }
}

fn text(data: &[u8]) {
    let (version, data) = match data.split_last() {
        Some((last, rest)) => (version(*last), rest),
        None => return,
    };
    let sem = Semantics::kube(version);
    let options = Options::default();
    let lines = data.iter().filter(|b| **b == b'\n').count() + 1;
    let mut documents: Vec<Document> = Vec::new();
    for document in read(data, &Limits::default()) {
        match document {
            Err(error) => {
                if let Some(at) = error.location() {
                    assert!(at.line >= 1 && at.column >= 1 && at.line <= lines + 1, "{error}");
                }
                assert!(!error.message().contains('\n'), "{error}");
            }
            Ok(document) => documents.extend(document.into_objects().into_iter().flatten()),
        }
    }
    for document in documents.iter().take(16) {
        assert!(depth(document.value()) <= 101);
        let mut left = 2_000;
        paths(document.value(), &mut String::new(), &mut left, &mut |path| {
            shows(document, document.place(path).bytes);
            shows(document, document.name_place(path).bytes);
        });
        if let Ok(report) = check_create(document, &options, &sem) {
            for finding in report.findings {
                shows(document, finding.bytes);
                if let Some((bytes, _)) = finding.related {
                    shows(document, bytes);
                }
            }
        }
        if let Some(old) = documents.iter().find(|old| is_same_object(document, old, &options)) {
            let _ = check_update(document, old, &options, &sem);
        }
    }
}

/// A place is a piece of the text.
fn shows(document: &Document, bytes: std::ops::Range<usize>) {
    let piece = document.text().get(bytes);
    assert!(piece.is_some_and(|piece| !piece.contains('\n')));
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn paths(value: &Value, path: &mut String, left: &mut usize, visit: &mut impl FnMut(&str)) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    visit(path);
    let length = path.len();
    match value {
        Value::Array(list) => {
            for (i, item) in list.iter().enumerate() {
                path.push_str(&format!("[{i}]"));
                paths(item, path, left, visit);
                path.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                path.push_str(&format!("[{key}]"));
                paths(item, path, left, visit);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn version(byte: u8) -> KubeVersion {
    KubeVersion::ALL[usize::from(byte) % KubeVersion::ALL.len()]
}

fn context() -> admission::CreateContext<'static> {
    admission::CreateContext {
        namespace: "default",
        uid: "9f0a3c1e-5b7d-4e2f-8a6c-0123456789ab",
        now: Time::from_unix(946_684_800),
        name_suffix: "abcde",
    }
}

/// A new Job.
pub fn create_job(data: &[u8]) {
    let Some((objects, sem)) = objects(data, mutate::Family::Create) else { return };
    let Ok(decoded) = admission::decode_job(objects.new, &sem) else { return };
    match admission::create_job(decoded.object, &context(), &sem) {
        Ok(admitted) => {
            holds(&admitted.object, &sem);
            assert_eq!(admission::validate_create(&admitted.object, &sem), []);
        }
        Err(invalid) => told(&invalid),
    }
}

/// A new CronJob.
pub fn create_cronjob(data: &[u8]) {
    let Some((objects, sem)) = objects(data, mutate::Family::CreateCron) else { return };
    let Ok(decoded) = admission::decode_cronjob(objects.new, &sem) else { return };
    match admission::create_cronjob(decoded.object, &context(), &sem) {
        Ok(admitted) => {
            let mut again = admitted.object.clone();
            admission::default_cronjob(&mut again, &sem);
            assert_eq!(again, admitted.object, "defaults are there");
        }
        Err(invalid) => told(&invalid),
    }
}

/// A Job that is changed.
pub fn update_job(data: &[u8]) {
    let Some((old, new, sem)) = pair(data, mutate::Family::Update) else { return };
    match admission::update_job(&old, new, &sem) {
        Ok(admitted) => holds(&admitted.object, &sem),
        Err(invalid) => told(&invalid),
    }
}

/// A Job whose status is changed.
pub fn update_status(data: &[u8]) {
    let Some((old, new, sem)) = pair(data, mutate::Family::UpdateStatus) else { return };
    match admission::update_job_status(&old, new, &sem) {
        Ok(object) => holds(&object, &sem),
        Err(invalid) => told(&invalid),
    }
}

fn objects(data: &[u8], family: mutate::Family) -> Option<(Objects, Semantics)> {
    let (last, data) = data.split_last()?;
    Some((Objects::new(data, family)?, Semantics::kube(version(*last))))
}

fn pair(data: &[u8], family: mutate::Family) -> Option<(Job, Job, Semantics)> {
    let (objects, sem) = objects(data, family)?;
    let old = admission::decode_job(objects.old, &sem).ok()?.object;
    let new = admission::decode_job(objects.new, &sem).ok()?.object;
    Some((old, new, sem))
}

/// What was admitted survives being stored: written, read and defaulted it is the same.
fn holds(job: &Job, sem: &Semantics) {
    let mut again = job.clone();
    admission::default_job(&mut again, sem);
    let value = serde_json::to_value(&again).expect("a Job is JSON");
    let read = admission::decode_job(value.clone(), sem).expect("what was written can be read");
    // As it is written: a map that is empty, or not there, reads the same.
    assert_eq!(serde_json::to_value(&read.object).expect("a Job is JSON"), value);
}

/// Renders a refusal in every form.
fn told(invalid: &admission::Invalid) {
    assert!(invalid.internal_error().is_some() || !invalid.errors.is_empty());
    let _ = (invalid.kubectl(), invalid.status(), invalid.canonical_causes());
}
