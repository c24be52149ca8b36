//! The JSON Schemas: those in the repository are what the command prints, and what jobsem reads and
//! writes fits them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jobsem::decode::documents;
use jsonschema::Validator;
use serde_json::{Value, json};

const NAMES: [&str; 6] = ["job", "cronjob", "pod", "scenario", "plan", "trace"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_jobsem")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn validator(name: &str) -> Validator {
    let schema: Value = serde_json::from_str(&printed(&["schema", name])).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
    jsonschema::validator_for(&schema).unwrap()
}

fn problems(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect()
}

#[test]
fn the_schemas_of_the_repository_are_those_of_the_command() {
    for name in NAMES {
        let file = root().join(format!("schemas/{name}.json"));
        let printed = printed(&["schema", name]);
        // `JOBSEM_UPDATE_SCHEMAS=1 cargo test -p jobsem-cli --test schema` writes them.
        if std::env::var_os("JOBSEM_UPDATE_SCHEMAS").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &printed).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap();
        assert!(stored == printed, "schemas/{name}.json is not what `jobsem schema {name}` prints");
    }
}

/// The manifests of a directory, at any depth, by kind.
fn manifests(dir: &Path, out: &mut Vec<(String, Value)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            manifests(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            for document in documents(&fs::read(&path).unwrap()).unwrap() {
                out.push((path.display().to_string(), document.into_value()));
            }
        }
    }
}

#[test]
fn every_example_fits() {
    let (job, cronjob) = (validator("job"), validator("cronjob"));
    let mut all = Vec::new();
    manifests(&root().join("examples"), &mut all);
    let mut jobs = 0;
    for (file, value) in &all {
        let validator = match value["kind"].as_str().unwrap() {
            "Job" => &job,
            "CronJob" => &cronjob,
            _ => continue,
        };
        jobs += 1;
        assert_eq!(problems(validator, value), [""; 0], "{file}");
    }
    assert!(jobs >= 10, "{jobs}");
}

#[test]
fn what_jobsem_creates_fits() {
    let dry = ["--dry-run=client", "-o", "json", "--kube"];
    for kube in ["1.29", "1.37"] {
        let line = [&["create", "job", "x", "--image=y"][..], &dry, &[kube, "--", "a"]].concat();
        let made: Value = serde_json::from_str(&printed(&line)).unwrap();
        assert_eq!(problems(&validator("job"), &made), [""; 0]);
        let line =
            [&["create", "cronjob", "x", "--image=y", "--schedule=@daily"][..], &dry, &[kube]];
        let made: Value = serde_json::from_str(&printed(&line.concat())).unwrap();
        assert_eq!(problems(&validator("cronjob"), &made), [""; 0]);
    }
}

#[test]
fn what_strict_decoding_refuses_does_not_fit() {
    let schema = validator("job");
    let good = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"},
        "spec": {"parallelism": null, "template": {"metadata": {"creationTimestamp": null},
            "spec": {"restartPolicy": "Never", "volumes": [{"name": "v", "emptyDir": {}}],
                "containers": [{"name": "c", "ports": [{"containerPort": 80}],
                    "resources": {"limits": {"cpu": 1, "memory": "1Gi"}},
                    "livenessProbe": {"httpGet": {"port": "http"}}}]}}}});
    assert_eq!(problems(&schema, &good), [""; 0]);
    for (pointer, bad) in [
        ("/apiVersion", json!("batch/v2")),
        ("/kind", json!("Jobs")),
        ("/spec/parallelism", json!("1")),
        ("/spec/parallelism", json!(0.5)),
        ("/spec/parallelism", json!(3_000_000_000_i64)),
        ("/spec/template", json!(null)),
        ("/spec/template/spec/restartPolicy", json!("never")),
        ("/spec/template/spec/containers", json!([{"image": "no name"}])),
        ("/spec/template/spec/containers/0/ports/0", json!({"port": 80})),
        ("/spec/template/spec/containers/0/resources", json!({"limit": {}})),
        ("/spec/template/spec/volumes/0", json!({"name": "v", "emptyDirectory": {}})),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = bad;
        if pointer == "/spec/template" {
            // Null leaves a member unset, also one that has to be there: admission says so.
            assert_eq!(problems(&schema, &value), [""; 0]);
            continue;
        }
        assert!(!schema.is_valid(&value), "{value}");
    }
}

/// The lines of the vectors, with their families.
fn vectors() -> Vec<(String, Value)> {
    let dir = root().join("tests/conformance/vectors");
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let family = path.file_name().unwrap().to_str().unwrap().to_owned();
        let reader = flate2::read::GzDecoder::new(fs::File::open(&path).unwrap());
        let lines = std::io::BufRead::lines(std::io::BufReader::new(reader));
        for line in lines {
            out.push((family.clone(), serde_json::from_str(&line.unwrap()).unwrap()));
        }
    }
    out
}

#[test]
fn scenarios_and_traces_of_the_vectors_fit() {
    let (scenario, trace) = (validator("scenario"), validator("trace"));
    let mut results = 0;
    let vectors = vectors();
    assert!(vectors.len() > 5_000, "{}", vectors.len());
    for (family, vector) in &vectors {
        let asked = &vector["scenario"];
        assert_eq!(problems(&scenario, asked), [""; 0], "{family} {}", asked["id"]);
        for group in vector["expect"].as_array().unwrap() {
            results += 1;
            assert_eq!(problems(&trace, &group["result"]), [""; 0], "{family} {}", asked["id"]);
        }
    }
    assert!(results > vectors.len(), "{results}");
    for bad in [json!({"trace": [{"t": 1, "kind": "event"}]}), json!({"tracing": []})] {
        assert!(!trace.is_valid(&bad), "{bad}");
    }
    assert!(!scenario.is_valid(&json!({"untill": 5})));
}

#[test]
fn what_replay_and_explain_print_fits() {
    let dir = tempfile::tempdir().unwrap();
    let pi = root().join("examples/pi.yaml");
    let pi = pi.to_str().unwrap();
    let traced: Value = serde_json::from_str(&printed(&["simulate", "--json", pi])).unwrap();
    assert!(traced["trace"].as_array().unwrap().len() > 3);
    assert_eq!(problems(&validator("trace"), &traced), [""; 0]);
    // What a cluster has of it, as `kubectl get job,pods -o yaml` would show.
    let dump = dir.path().join("dump.json");
    let document = documents(&fs::read(pi).unwrap()).unwrap().remove(0).into_value();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pi-x",
        "namespace": "default"}, "status": {"phase": "Running"}});
    let mut job = document;
    job["metadata"]["uid"] = "u".into();
    job["metadata"]["namespace"] = "default".into();
    job["spec"]["selector"] = json!({"matchLabels": {"a": "b"}});
    fs::write(&dump, json!({"kind": "List", "items": [job, pod]}).to_string()).unwrap();
    let plans = printed(&["explain", "--format", "json", dump.to_str().unwrap()]);
    let plans: Value = serde_json::from_str(&plans).unwrap();
    let plan = validator("plan");
    let plans = plans.as_array().unwrap();
    assert_eq!(plans.len(), 1);
    assert!(!plans[0]["requests"].as_array().unwrap().is_empty());
    assert_eq!(problems(&plan, &plans[0]), [""; 0]);
    let mut wrong = plans[0].clone();
    wrong["request"] = json!([]);
    assert!(!plan.is_valid(&wrong));
}
