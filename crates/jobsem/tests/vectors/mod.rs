//! Reads vectors, asks the crate, and compares as `tests/conformance/README.md` says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;

use jobsem::admission::{self, Admitted, BadValue, CauseType, CreateContext, Invalid};
use jobsem::api::{CronJob, Job};
use jobsem::{KubeVersion, Semantics, Time};
use serde_json::{Value, json};

/// As long as the uids that the real server makes; the vectors have `uid-<name>` in its place.
const UID: &str = "9f0a3c1e-5b7d-4e2f-8a6c-0123456789ab";

pub struct Vector {
    scenario: Value,
    expect: Vec<(Vec<String>, Value)>,
}

impl Vector {
    pub fn read_all(path: &str) -> Vec<Vector> {
        let mut text = String::new();
        let file = std::fs::File::open(path).unwrap();
        if path.ends_with(".gz") {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
        }
        text.lines().map(|line| Vector::parse(&serde_json::from_str(line).unwrap())).collect()
    }

    fn parse(line: &Value) -> Vector {
        let groups = line["expect"].as_array().unwrap();
        let expect = groups.iter().map(|group| {
            let versions = group["versions"].as_array().unwrap();
            let versions = versions.iter().map(|v| v.as_str().unwrap().to_owned()).collect();
            (versions, group["result"].clone())
        });
        Vector { scenario: line["scenario"].clone(), expect: expect.collect() }
    }
}

/// Compares every vector at every version it has an answer for, and fails with what differs.
pub fn compare_all(family: &str, vectors: &[Vector]) {
    let mut tally: BTreeMap<KubeVersion, (usize, usize)> = BTreeMap::new();
    let mut report = String::new();
    let mut shown = 0;
    for vector in vectors {
        let mut reported = false;
        for (versions, want) in &vector.expect {
            for version in versions {
                let version: KubeVersion = version.parse().unwrap();
                let got = answer(&vector.scenario, version);
                let entry = tally.entry(version).or_default();
                entry.1 += 1;
                match difference(want, &got) {
                    None => entry.0 += 1,
                    // One version is enough to see what differs.
                    Some(text) if shown < 40 && !reported => {
                        shown += 1;
                        reported = true;
                        let id = vector.scenario["id"].as_str().unwrap();
                        writeln!(report, "{id} at {version}:\n{text}").unwrap();
                    }
                    Some(_) => {}
                }
            }
        }
    }
    let mut failed = false;
    for (version, (good, all)) in &tally {
        println!("{family} {version}: {good}/{all}");
        failed |= good != all;
    }
    assert!(!failed, "{family}:\n{report}");
}

fn difference(want: &Value, got: &Value) -> Option<String> {
    // A refusal without a Status could not be decoded: only that it is refused is compared.
    if want.get("errors").is_some() && want.get("status").is_none() {
        let refused = got.get("undecodable").is_some_and(|said| {
            // What is said differs in wording where Go's libraries do; compared on request.
            std::env::var_os("JOBSEM_DECODE_TEXTS").is_none() || want["errors"][0] == *said
        });
        return (!refused).then(|| format!("  wanted a refusal to decode: {want}\n  got {got}"));
    }
    let mut want = want.clone();
    if let Some(Value::Array(causes)) = want.pointer_mut("/status/details/causes") {
        causes.sort_by_key(Value::to_string);
    }
    if want == *got {
        return None;
    }
    let mut text = String::new();
    first_differences("", &want, got, &mut text);
    Some(text)
}

fn first_differences(path: &str, want: &Value, got: &Value, out: &mut String) {
    match (want, got) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let null = Value::Null;
                let (x, y) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                if x != y {
                    first_differences(&format!("{path}.{key}"), x, y, out);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut rest = b.clone();
            for item in a {
                match rest.iter().position(|other| other == item) {
                    Some(i) => drop(rest.remove(i)),
                    None => writeln!(out, "  {path} lacks {item}").unwrap(),
                }
            }
            for item in rest {
                writeln!(out, "  {path} has too much {item}").unwrap();
            }
            if a.len() != b.len() {
                writeln!(out, "  {path} should have {} items, has {}", a.len(), b.len()).unwrap();
            }
        }
        _ => writeln!(out, "  {path}: wanted {want}, got {got}").unwrap(),
    }
}

fn answer(scenario: &Value, version: KubeVersion) -> Value {
    let gates = serde_json::from_value(scenario["gates"].clone()).unwrap_or_default();
    let sem = Semantics::kube(version).with_gates(&gates).unwrap();
    let mode = scenario["mode"].as_str().unwrap();
    match mode {
        "create" => create(scenario, &sem),
        "update" | "updateStatus" => {
            let pair =
                read(scenario, "old", &sem).and_then(|old| Ok((old, read(scenario, "job", &sem)?)));
            let (old, new) = match pair {
                Ok(pair) => pair,
                Err(error) => return json!({"undecodable": error.message()}),
            };
            if mode == "update" {
                return admitted(admission::update_job(&old, new, &sem), version);
            }
            match admission::update_job_status(&old, new, &sem) {
                Ok(job) => json!({"object": stored(&job)}),
                Err(invalid) => refusal(&invalid, version),
            }
        }
        "updateCron" => {
            match (cronjob(scenario, "old", &sem), cronjob(scenario, "cronJob", &sem)) {
                (Ok(old), Ok(new)) => admitted(admission::update_cronjob(&old, new, &sem), version),
                (Err(error), _) | (_, Err(error)) => json!({"undecodable": error.message()}),
            }
        }
        _ => panic!("no answer for mode {mode}"),
    }
}

fn read(scenario: &Value, name: &str, sem: &Semantics) -> Result<Job, jobsem::Error> {
    let mut job = admission::decode_job(scenario[name].clone(), sem)?.object;
    // The harness makes up a version where the stored object has none.
    if scenario["old"]["metadata"]["resourceVersion"].is_null() {
        job.metadata.resource_version = "1".into();
    }
    Ok(job)
}

fn cronjob(scenario: &Value, name: &str, sem: &Semantics) -> Result<CronJob, jobsem::Error> {
    let mut cronjob = admission::decode_cronjob(scenario[name].clone(), sem)?.object;
    if scenario["old"]["metadata"]["resourceVersion"].is_null() {
        cronjob.metadata.resource_version = "1".into();
    }
    Ok(cronjob)
}

fn create(scenario: &Value, sem: &Semantics) -> Value {
    let now = Time::from_unix(946_684_800);
    let ctx = CreateContext { namespace: "default", uid: UID, now, name_suffix: "00000" };
    let (document, mut answer) = if scenario["cronJob"].is_null() {
        let document = &scenario["job"];
        let decoded = match admission::decode_job(document.clone(), sem) {
            Ok(decoded) => decoded,
            Err(error) => return json!({"undecodable": error.message()}),
        };
        (document, admitted(admission::create_job(decoded.object, &ctx, sem), sem.version()))
    } else {
        let document = &scenario["cronJob"];
        let decoded = match admission::decode_cronjob(document.clone(), sem) {
            Ok(decoded) => decoded,
            Err(error) => return json!({"undecodable": error.message()}),
        };
        (document, admitted(admission::create_cronjob(decoded.object, &ctx, sem), sem.version()))
    };
    let uid = format!("uid-{}", document["metadata"]["name"].as_str().unwrap_or_default());
    replace(&mut answer, &uid);
    answer
}

/// Puts the uid of the vectors in the place of the one that was given.
fn replace(value: &mut Value, uid: &str) {
    match value {
        Value::String(text) if text.contains(UID) => *text = text.replace(UID, uid),
        Value::Object(map) => map.values_mut().for_each(|v| replace(v, uid)),
        Value::Array(list) => list.iter_mut().for_each(|v| replace(v, uid)),
        _ => {}
    }
}

fn admitted<T: serde::Serialize>(
    result: Result<Admitted<T>, Invalid>,
    version: KubeVersion,
) -> Value {
    match result {
        Ok(admitted) => {
            let mut answer = json!({"object": stored(&admitted.object)});
            if !admitted.warnings.is_empty() {
                answer["warnings"] = admitted.warnings.into();
            }
            answer
        }
        Err(invalid) => refusal(&invalid, version),
    }
}

fn stored(object: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(object).unwrap();
    for key in ["apiVersion", "kind"] {
        value.as_object_mut().unwrap().remove(key);
    }
    strip(&mut value);
    value
}

/// Takes out nulls, as the vectors do.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

fn refusal(invalid: &Invalid, version: KubeVersion) -> Value {
    // Lists of numbers are dumped as JSON, which the vectors leave out.
    let json = version >= KubeVersion::V1_34;
    if let Some(why) = invalid.internal_error() {
        return json!({"internal": why});
    }
    let status = invalid.status();
    let causes = invalid.errors.iter().map(|error| {
        let hidden = match &error.value {
            // A quantity is a string in JSON and a struct in Go's dump.
            BadValue::Quantity(_) => !json,
            BadValue::Composite(_) | BadValue::Nil | BadValue::Labels(Some(_)) => true,
            BadValue::Integers(_) | BadValue::Texts(_) | BadValue::Labels(None) => json,
            _ => false,
        };
        let message = if hidden && error.cause == CauseType::Invalid && !error.detail.is_empty() {
            format!("{}: …: {}", error.cause.text(), error.detail)
        } else {
            error.body()
        };
        json!({"reason": error.cause.reason(), "field": error.field, "message": message})
    });
    let mut causes: Vec<Value> = causes.collect();
    causes.sort_by_key(Value::to_string);
    json!({"status": {
        "code": status["code"], "reason": status["reason"],
        "details": {
            "name": invalid.name, "group": invalid.group, "kind": invalid.kind, "causes": causes,
        },
    }})
}
