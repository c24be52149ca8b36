//! Objects of the conformance vectors, changed as some bytes say.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// Which vectors are taken.
#[derive(Clone, Copy)]
pub enum Family {
    Create,
    CreateCron,
    Update,
    UpdateStatus,
}

/// An object, and what was stored before.
pub struct Objects {
    pub old: Value,
    pub new: Value,
}

impl Objects {
    pub fn new(data: &[u8], family: Family) -> Option<Objects> {
        let mut bytes = Unstructured::new(data);
        let (old, new) = bytes.choose(seeds(family)).ok()?.clone();
        let mut objects = Objects { old, new };
        // Bytes that run out end the changes, not the run.
        let _ = objects.change(&mut bytes);
        Some(objects)
    }

    fn change(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..bytes.int_in_range(1..=6)? {
            // Mostly the new object; what is stored may be odd too.
            let target = if bytes.ratio(1, 8)? { &mut self.old } else { &mut self.new };
            change(target, bytes)?;
        }
        Ok(())
    }
}

/// Walks down to some part, and changes it there.
fn change(value: &mut Value, bytes: &mut Unstructured<'_>) -> Result<()> {
    let down = bytes.ratio(6, 7)?;
    match value {
        Value::Object(map) if down && !map.is_empty() => {
            let index = bytes.choose_index(map.len())?;
            if bytes.ratio(1, 12)? {
                let key = map.keys().nth(index).cloned().unwrap_or_default();
                map.remove(&key);
                return Ok(());
            }
            match map.values_mut().nth(index) {
                Some(inner) => change(inner, bytes),
                None => Ok(()),
            }
        }
        Value::Array(list) if down && !list.is_empty() => {
            let index = bytes.choose_index(list.len())?;
            if bytes.ratio(1, 8)? {
                let copy = list[index].clone();
                list.push(copy);
                return Ok(());
            }
            change(&mut list[index], bytes)
        }
        Value::Object(map) => {
            let key = *bytes.choose(KEYS)?;
            map.insert(key.to_owned(), scalar(bytes)?);
            Ok(())
        }
        Value::Array(list) => {
            list.push(scalar(bytes)?);
            Ok(())
        }
        Value::Number(n) if bytes.ratio(1, 2)? => {
            let by = *bytes.choose(&[1, -1, 2, 1000])?;
            *value = n.as_i64().unwrap_or(0).wrapping_add(by).into();
            Ok(())
        }
        other => {
            *other = scalar(bytes)?;
            Ok(())
        }
    }
}

fn scalar(bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => bytes.arbitrary::<i64>()?.into(),
        1 => Value::from(*bytes.choose(NUMBERS)?),
        2 | 3 => Value::from(*bytes.choose(TEXTS)?),
        4 => bytes.arbitrary::<bool>()?.into(),
        5 => Value::from(bytes.arbitrary::<String>()?),
        6 => "x".repeat(bytes.int_in_range(1..=300)?).into(),
        _ => {
            bytes.choose(&[Value::Null, json!([]), json!({}), json!([{}]), json!([1, 2])])?.clone()
        }
    })
}

const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    20,
    63,
    64,
    100,
    255,
    256,
    10_000,
    100_000,
    100_001,
    2_147_483_647,
    2_147_483_648,
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "a.b",
    "A",
    "-",
    "a-",
    "ä",
    "日本",
    "Never",
    "OnFailure",
    "Always",
    "Indexed",
    "NonIndexed",
    "FailJob",
    "FailIndex",
    "Ignore",
    "Count",
    "In",
    "NotIn",
    "Exists",
    "True",
    "False",
    "Unknown",
    "Complete",
    "Failed",
    "Suspended",
    "FailureTarget",
    "SuccessCriteriaMet",
    "0-9",
    "0,2-4",
    "1,1",
    "3-1",
    "0 3 * * *",
    "@daily",
    "TZ=UTC * * * * *",
    "*/0 * * * *",
    "Europe/Berlin",
    "Allow",
    "Forbid",
    "Replace",
    "1Gi",
    "1e3",
    "0.5m",
    "-1",
    "99999999999999999999E",
    "2000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "kubernetes.io/job-controller",
    "example.com/x",
    "a/b/c",
    "batch.kubernetes.io/controller-uid",
];

const KEYS: &[&str] = &[
    "name",
    "generateName",
    "labels",
    "annotations",
    "finalizers",
    "uid",
    "parallelism",
    "completions",
    "completionMode",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
    "suspend",
    "selector",
    "manualSelector",
    "podFailurePolicy",
    "successPolicy",
    "podReplacementPolicy",
    "managedBy",
    "schedule",
    "timeZone",
    "startTime",
    "completionTime",
    "active",
    "ready",
    "terminating",
    "succeeded",
    "failed",
    "completedIndexes",
    "failedIndexes",
    "conditions",
    "uncountedTerminatedPods",
    "containers",
    "initContainers",
    "restartPolicy",
    "image",
    "env",
    "resources",
    "limits",
    "requests",
    "ports",
    "volumes",
    "nodeSelector",
    "schedulingGates",
    "matchLabels",
    "values",
    "batch.kubernetes.io/job-name",
    "controller-uid",
];

type Pair = (Value, Value);

fn seeds(family: Family) -> &'static [Pair] {
    static CREATE: OnceLock<Vec<Pair>> = OnceLock::new();
    static CREATE_CRON: OnceLock<Vec<Pair>> = OnceLock::new();
    static UPDATE: OnceLock<Vec<Pair>> = OnceLock::new();
    static UPDATE_STATUS: OnceLock<Vec<Pair>> = OnceLock::new();
    match family {
        Family::Create => CREATE.get_or_init(|| load("create", "job")),
        Family::CreateCron => CREATE_CRON.get_or_init(|| load("createcron", "cronJob")),
        Family::Update => UPDATE.get_or_init(|| load("update", "job")),
        Family::UpdateStatus => UPDATE_STATUS.get_or_init(|| load("updatestatus", "job")),
    }
}

fn load(family: &str, member: &str) -> Vec<Pair> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/vectors");
    let file = File::open(format!("{dir}/{family}.jsonl.gz")).expect("the vectors are there");
    let lines = BufReader::new(GzDecoder::new(file)).lines().map_while(std::io::Result::ok);
    let pairs = lines.filter_map(|line| {
        let mut vector: Value = serde_json::from_str(&line).ok()?;
        let scenario = vector.get_mut("scenario")?;
        Some((scenario["old"].take(), scenario[member].take()))
    });
    let pairs: Vec<Pair> = pairs.filter(|(_, new)| new.is_object()).collect();
    assert!(!pairs.is_empty(), "{family} has no {member}");
    pairs
}
