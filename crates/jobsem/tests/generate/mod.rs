//! Random scenarios for the property tests, as JSON in the vectors' form.
//!
//! [`scenario`] draws what users might write: a Job that admission accepts more often than not,
//! pods that succeed, fail, hang or are evicted, users who patch and delete, an API that fails
//! for a time. [`stored`] draws what no user writes: a Job and pods as they might lie in a store,
//! with a status that contradicts itself, pods without their finalizer or with another owner,
//! indexes that are no numbers.
//!
//! Members that do not fit together are dropped when the document is put together, so that
//! strategies stay independent of each other and shrink well.

use std::fmt;

use proptest::collection::{btree_map, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const TRACKING: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// A scenario that was drawn. Shown as the line of JSON that `jobsem replay` and the oracle read.
#[derive(Clone)]
pub struct Drawn(pub Value);

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Which parts a scenario has besides a Job and the fates of its pods.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// Users patch the Job, and delete its pods.
    pub steps: bool,
    /// API calls fail for a time.
    pub faults: bool,
    /// The user deletes the Job at some time.
    pub deletion: bool,
}

/// A scenario that starts with a user's create.
pub fn scenario(parts: Parts) -> impl Strategy<Value = Drawn> {
    let steps = vec(step(), 0..if parts.steps { 5 } else { 1 });
    let faults = vec(fault(), 0..if parts.faults { 4 } else { 1 });
    let deletion = (0u32..60_000, select(vec!["Background", "Foreground", "Orphan"]));
    let deletion =
        weighted(0.3, deletion).prop_map(move |deletion| deletion.filter(|_| parts.deletion));
    let until = select(vec![60, 200, 900]);
    (spec(), scripts(), steps, faults, deletion, until).prop_map(
        |(spec, scripts, steps, faults, deletion, until)| {
            let mut all = steps_of(&spec, steps);
            if let Some((at, propagation)) = deletion {
                all.push(json!({"at": seconds(at), "op": "deleteJob", "name": "j",
                    "propagation": propagation}));
            }
            Drawn(json!({
                "job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
                        "spec": spec},
                "scripts": scripts, "steps": all, "faults": faults, "until": until,
            }))
        },
    )
}

/// A scenario that starts from objects as they lie in a store.
pub fn stored() -> impl Strategy<Value = Drawn> {
    let steps = vec(step(), 0..3);
    let pods = vec(pod(), 0..9);
    let until = select(vec![0.5, 5.0, 30.0, 120.0]);
    (spec(), status(), pods, scripts(), steps, until, any::<[bool; 4]>()).prop_map(
        |(spec, status, pods, scripts, steps, until, odd)| {
            let steps = steps_of(&spec, steps);
            let job = stored_job(spec, status, odd.iter().all(|odd| *odd));
            let pods: Vec<Value> =
                pods.into_iter().enumerate().map(|(n, pod)| pod.build(n, &job)).collect();
            Drawn(json!({"rawJobs": [job], "pods": pods, "scripts": scripts, "steps": steps,
                         "until": until}))
        },
    )
}

/// A Job whose end does not depend on the times at which its pods are created: one pod at a time,
/// or indexes that each have their own fates and their own limit.
pub fn timeless() -> impl Strategy<Value = Drawn> {
    let limits = (0i32..4, 1i32..5, 1i32..4, any::<bool>());
    (limits, scripts_of(prop_oneof![3 => Just(End::Succeed), 4 => failure()].boxed())).prop_map(
        |((limit, completions, parallelism, indexed), scripts)| {
            let mut spec = json!({"completions": completions, "template": template(false)});
            if indexed {
                spec["completionMode"] = "Indexed".into();
                spec["parallelism"] = parallelism.into();
                spec["backoffLimitPerIndex"] = limit.into();
            } else {
                spec["parallelism"] = 1.into();
                spec["backoffLimit"] = limit.into();
            }
            Drawn(json!({
                "job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
                        "spec": spec},
                "scripts": scripts, "until": 20_000,
            }))
        },
    )
}

// ---- the Job ----

type Counts = (Option<i32>, Option<i32>, Option<i32>, Option<i32>, Option<i32>);
type Switches = (bool, bool, Option<&'static str>, Option<i64>, Option<bool>);
/// The rules of the failure policy, and of the success policy.
type Policies = (Option<Vec<Value>>, Option<Vec<Value>>);

fn spec() -> impl Strategy<Value = Value> {
    let small = |high: i32| 0..high;
    let counts = (
        weighted(0.8, small(7)),
        weighted(0.85, small(6)),
        weighted(0.6, small(4)),
        weighted(0.5, small(3)),
        weighted(0.4, small(3)),
    );
    let switches = (
        any::<bool>(),
        weighted(0.25, Just(())).prop_map(|on| on.is_some()),
        weighted(0.35, select(vec!["Failed", "TerminatingOrFailed"])),
        weighted(0.2, select(vec![0i64, 1, 3, 10, 45])),
        weighted(0.15, any::<bool>()),
    );
    let policies = (weighted(0.3, vec(failure_rule(), 1..3)), weighted(0.3, success_rules()));
    (counts, switches, policies).prop_map(build_spec)
}

fn build_spec((counts, switches, policies): (Counts, Switches, Policies)) -> Value {
    let (completions, parallelism, backoff, per_index, max_failed) = counts;
    let (indexed, on_failure, replacement, deadline, suspend) = switches;
    let (failure, success) = policies;
    let mut spec = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        spec.extend(value.map(|value| (key.to_owned(), value)));
    };
    let completions = if indexed { Some(completions.unwrap_or(3)) } else { completions };
    put("template", Some(template(on_failure)));
    put("completions", completions.map(Value::from));
    put("parallelism", parallelism.map(Value::from));
    put("backoffLimit", backoff.map(Value::from));
    put("activeDeadlineSeconds", deadline.map(Value::from));
    put("suspend", suspend.map(Value::from));
    let per_index = per_index.filter(|_| indexed && !on_failure);
    put("backoffLimitPerIndex", per_index.map(Value::from));
    if per_index.is_some() {
        put("maxFailedIndexes", max_failed.filter(|n| Some(*n) <= completions).map(Value::from));
    }
    if indexed {
        put("completionMode", Some("Indexed".into()));
        let success = success.filter(|_| completions.is_some_and(|n| n > 2));
        put("successPolicy", success.map(|rules| json!({"rules": rules})));
    }
    let failure = failure.filter(|_| !on_failure).map(|mut rules| {
        if per_index.is_none() {
            rules.retain(|rule| rule["action"] != "FailIndex");
        }
        rules
    });
    let failure = failure.filter(|rules| !rules.is_empty());
    let replacement = replacement.filter(|policy| failure.is_none() || *policy == "Failed");
    put("podReplacementPolicy", replacement.map(Value::from));
    put("podFailurePolicy", failure.map(|rules| json!({"rules": rules})));
    Value::Object(spec)
}

fn template(on_failure: bool) -> Value {
    let restart = if on_failure { "OnFailure" } else { "Never" };
    json!({"spec": {"containers": [{"name": "main", "image": "busybox"}],
                    "restartPolicy": restart, "terminationGracePeriodSeconds": 5}})
}

fn failure_rule() -> impl Strategy<Value = Value> {
    let action = select(vec!["FailJob", "Ignore", "Count", "FailIndex"]);
    let codes = (select(vec!["In", "NotIn"]), select(vec![vec![1], vec![42], vec![1, 2, 137]]));
    let matcher = prop_oneof![
        2 => codes.prop_map(|(operator, values)| {
            json!({"onExitCodes": {"operator": operator, "values": values}})
        }),
        1 => Just(json!({"onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]})),
    ];
    (action, matcher).prop_map(|(action, mut rule)| {
        rule["action"] = action.into();
        rule
    })
}

fn success_rules() -> impl Strategy<Value = Vec<Value>> {
    vec(
        prop_oneof![
            Just(json!({"succeededIndexes": "0"})),
            Just(json!({"succeededIndexes": "0,2", "succeededCount": 1})),
            Just(json!({"succeededIndexes": "1,2"})),
            (1i32..3).prop_map(|count| json!({"succeededCount": count})),
        ],
        1..3,
    )
}

// ---- what becomes of pods ----

#[derive(Clone, Debug)]
enum End {
    Succeed,
    Fail { code: i32, condition: Option<&'static str> },
    RunOn,
    NeverStart,
    Evicted,
}

fn failure() -> impl Strategy<Value = End> {
    let condition = weighted(0.3, select(vec!["True", "False"]));
    (select(vec![1, 2, 42, 137]), condition)
        .prop_map(|(code, condition)| End::Fail { code, condition })
}

fn scripts() -> impl Strategy<Value = Value> {
    let end = prop_oneof![
        6 => Just(End::Succeed),
        6 => failure(),
        1 => Just(End::RunOn),
        1 => Just(End::NeverStart),
        1 => Just(End::Evicted),
    ];
    scripts_of(end.boxed())
}

fn scripts_of(end: BoxedStrategy<End>) -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        (0u32..8).prop_map(|n| format!("j-{n:05}")),
        (0u32..4, 0u32..3).prop_map(|(index, n)| format!("j-{index}-{n:05}")),
        (0u32..5).prop_map(|index| format!("index:{index}")),
    ];
    let fate = move || fate(end.clone());
    (fate(), btree_map(names, fate(), 0..6)).prop_map(|(any, mut named)| {
        named.insert("*".to_owned(), any);
        json!(named)
    })
}

fn fate(end: BoxedStrategy<End>) -> impl Strategy<Value = Value> {
    let times = (200u32..3_000, prop_oneof![4 => 100u32..20_000, 1 => 1u32..900]);
    let restarts = prop_oneof![3 => Just(0u32), 1 => 1u32..4];
    let deletion = (100u32..12_000, weighted(0.7, select(vec![0, 137, 42])));
    (times, end, any::<bool>(), restarts, deletion).prop_map(
        |((start, run), end, ready, restarts, deletion)| {
            let container =
                |state: Value| json!([{"name": "main", "restartCount": restarts, "state": state}]);
            let ended = |code: i32| {
                container(json!({"terminated": {"exitCode": code,
                                                                   "finishedAt": "$NOW"}}))
            };
            let ready_is = |status: &str| {
                json!({"type": "Ready", "status": status,
                                                 "lastTransitionTime": "$NOW"})
            };
            let running = json!({"after": seconds(start), "status": {"phase": "Running",
                "conditions": [ready_is(if ready { "True" } else { "False" })],
                "containerStatuses": container(json!({"running": {"startedAt": "$NOW"}}))}});
            let after = seconds(start + run);
            let on_create = match end {
                End::NeverStart => vec![],
                End::RunOn => vec![running],
                End::Evicted => vec![json!({"after": seconds(start),
                    "status": {"phase": "Failed", "reason": "Evicted"}})],
                End::Succeed => vec![
                    running,
                    json!({"after": after, "status": {
                    "phase": "Succeeded", "conditions": [ready_is("False")],
                    "containerStatuses": ended(0)}}),
                ],
                End::Fail { code, condition } => {
                    let mut conditions = vec![ready_is("False")];
                    conditions.extend(
                        condition
                            .map(|status| json!({"type": "DisruptionTarget", "status": status})),
                    );
                    vec![
                        running,
                        json!({"after": after, "status": {
                        "phase": "Failed", "conditions": conditions,
                        "containerStatuses": ended(code)}}),
                    ]
                }
            };
            let (gone, code) = deletion;
            let mut on_delete: Vec<Value> = code
                .into_iter()
                .map(|code| {
                    let phase = if code == 0 { "Succeeded" } else { "Failed" };
                    json!({"after": seconds(gone),
                       "status": {"phase": phase, "containerStatuses": ended(code)}})
                })
                .collect();
            on_delete.push(json!({"after": seconds(gone + 500), "remove": true}));
            json!({"onCreate": on_create, "onDelete": on_delete})
        },
    )
}

// ---- what users do, and what fails ----

#[derive(Clone, Debug)]
enum Do {
    Patch(Value),
    Completions(i32),
    Pod(&'static str, u32, u32),
}

fn step() -> impl Strategy<Value = (u32, Do)> {
    let patch = prop_oneof![
        any::<bool>().prop_map(|on| json!({"suspend": on})),
        (0i32..6).prop_map(|n| json!({"parallelism": n})),
        (0i32..4).prop_map(|n| json!({"backoffLimit": n})),
        weighted(0.8, select(vec![1, 5, 30])).prop_map(|n| json!({"activeDeadlineSeconds": n})),
    ];
    let doing = prop_oneof![
        4 => patch.prop_map(Do::Patch),
        1 => (0i32..7).prop_map(Do::Completions),
        3 => (select(vec!["deletePod", "removePod", "podStatus"]), 0u32..5, 0u32..2)
            .prop_map(|(op, index, n)| Do::Pod(op, index, n)),
    ];
    (300u32..25_000, doing)
}

fn steps_of(spec: &Value, steps: Vec<(u32, Do)>) -> Vec<Value> {
    let mut at = 0;
    let indexed = spec["completionMode"] == "Indexed";
    let steps = steps.into_iter().map(|(delay, doing)| {
        at += delay;
        let mut step = match doing {
            Do::Patch(patch) => json!({"op": "patchJob", "name": "j", "patch": {"spec": patch}}),
            Do::Completions(n) => json!({"op": "patchJob", "name": "j",
                "patch": {"spec": {"completions": n, "parallelism": n}}}),
            Do::Pod(op, index, n) => {
                let name =
                    if indexed { format!("j-{index}-{n:05}") } else { format!("j-{index:05}") };
                let mut step = json!({"op": op, "name": name});
                if op == "podStatus" {
                    step["patch"] = json!({"phase": if n == 0 { "Failed" } else { "Succeeded" }});
                }
                step
            }
        };
        step["at"] = seconds(at);
        step
    });
    steps.collect()
}

/// A fault never answers 404: an API that says so of a pod that exists makes Kubernetes itself
/// count the pod twice (TRACK-30).
fn fault() -> impl Strategy<Value = Value> {
    let call = select(vec![
        ("create", "pods"),
        ("delete", "pods"),
        ("patch", "pods"),
        ("patch", "pods"),
        ("update", "jobs"),
        ("get", "jobs"),
    ]);
    let code = select(vec![500, 403, 409, 422, 429, 504]);
    (call, 0u32..15_000, 100u32..12_000, code).prop_map(|((verb, resource), from, len, code)| {
        json!({"verb": verb, "resource": resource, "from": seconds(from),
               "to": seconds(from + len), "code": code})
    })
}

// ---- stored objects ----

fn status() -> impl Strategy<Value = Value> {
    let number = || weighted(0.5, 0i32..4);
    let indexes = || {
        let text = vec!["", "0", "0,1", "1-3", "0,x,2", "5-3", "9,1", "2,1", "0-9"];
        weighted(0.4, select(text))
    };
    let condition = (
        select(vec![
            ("FailureTarget", "BackoffLimitExceeded"),
            ("FailureTarget", "PodFailurePolicy"),
            ("SuccessCriteriaMet", "SuccessPolicy"),
            ("Suspended", "JobSuspended"),
            ("Failed", "BackoffLimitExceeded"),
            ("Complete", ""),
        ]),
        select(vec!["True", "True", "False", "Unknown"]),
    );
    let uncounted = weighted(0.5, (vec(0u32..9, 0..3), vec(0u32..9, 0..3)));
    let numbers = (number(), number(), number(), number(), number());
    let start = weighted(0.8, select(vec!["2000-01-01T00:00:01Z", "1999-12-31T23:59:51Z"]));
    (numbers, indexes(), indexes(), vec(condition, 0..3), uncounted, start).prop_map(
        |(
            (active, ready, terminating, succeeded, failed),
            done,
            lost,
            conditions,
            uncounted,
            start,
        )| {
            let mut status = Map::new();
            let mut put = |key: &str, value: Option<Value>| {
                status.extend(value.map(|value| (key.to_owned(), value)));
            };
            put("active", active.map(Value::from));
            put("ready", ready.map(Value::from));
            put("terminating", terminating.map(Value::from));
            put("succeeded", succeeded.map(Value::from));
            put("failed", failed.map(Value::from));
            put("completedIndexes", done.map(Value::from));
            put("failedIndexes", lost.map(Value::from));
            put("startTime", start.map(Value::from));
            let conditions: Vec<Value> = conditions
                .into_iter()
                .map(|((type_, reason), status)| {
                    json!({"type": type_, "status": status, "reason": reason, "message": "m",
                       "lastTransitionTime": "1999-12-31T23:59:56Z"})
                })
                .collect();
            put("conditions", Some(conditions.into()));
            let uids = |numbers: Vec<u32>| -> Vec<String> {
                let numbers = std::collections::BTreeSet::from_iter(numbers);
                numbers.into_iter().map(|n| format!("uid-p{n}")).collect()
            };
            put("uncountedTerminatedPods", uncounted.map(|(succeeded, failed)| {
                json!({"succeeded": uids(succeeded), "failed": uids(failed)})
            }));
            Value::Object(status)
        },
    )
}

fn stored_job(mut spec: Value, status: Value, deleting: bool) -> Value {
    let labels = json!({"batch.kubernetes.io/controller-uid": "uid-j"});
    spec["selector"] = json!({"matchLabels": labels});
    spec["template"]["metadata"] = json!({"labels": labels});
    let mut metadata = json!({"name": "j", "namespace": "default", "uid": "uid-j",
        "generation": 1, "creationTimestamp": "1999-12-31T23:50:00Z"});
    if deleting {
        metadata["deletionTimestamp"] = "1999-12-31T23:59:58Z".into();
        metadata["finalizers"] = json!(["foregroundDeletion"]);
    }
    json!({"metadata": metadata, "spec": spec, "status": status})
}

#[derive(Clone, Debug)]
struct StoredPod {
    phase: &'static str,
    index: Option<&'static str>,
    failures: Option<&'static str>,
    code: i32,
    ago: u32,
    owner: Option<&'static str>,
    labelled: bool,
    finalizer: bool,
    deleting: bool,
    ready: bool,
    scheduled: bool,
}

fn pod() -> impl Strategy<Value = StoredPod> {
    let mostly = |p: f64| weighted(p, Just(())).prop_map(|on| on.is_some());
    let phase = select(vec!["Pending", "Running", "Running", "Succeeded", "Failed", "Unknown", ""]);
    let index = weighted(0.9, select(vec!["0", "1", "2", "3", "4", "+1", "007", "-1", "zz"]));
    let failures = weighted(0.6, select(vec!["0", "1", "2", "x"]));
    let owner = weighted(0.92, select(vec!["uid-j", "uid-j", "uid-j", "uid-j", "uid-other"]));
    let facts = (mostly(0.95), mostly(0.8), mostly(0.2), mostly(0.5), mostly(0.8));
    (phase, index, failures, select(vec![0, 1, 42]), 0u32..60, owner, facts).prop_map(
        |(phase, index, failures, code, ago, owner, facts)| {
            let (labelled, finalizer, deleting, ready, scheduled) = facts;
            StoredPod {
                phase,
                index,
                failures,
                code,
                ago,
                owner,
                labelled,
                finalizer,
                deleting,
                ready,
                scheduled,
            }
        },
    )
}

impl StoredPod {
    fn build(self, number: usize, job: &Value) -> Value {
        let at = format!("1999-12-31T23:59:{:02}Z", 59 - self.ago);
        let mut annotations = Map::new();
        if job["spec"]["completionMode"] == "Indexed" {
            annotations.extend(self.index.map(|index| (INDEX.to_owned(), index.into())));
            let key = "batch.kubernetes.io/job-index-failure-count";
            annotations.extend(self.failures.map(|count| (key.to_owned(), count.into())));
        }
        let label = if self.labelled { "uid-j" } else { "uid-else" };
        let mut metadata = json!({
            "name": format!("p{number}"), "namespace": "default", "uid": format!("uid-p{number}"),
            "labels": {"batch.kubernetes.io/controller-uid": label},
            "annotations": annotations, "creationTimestamp": at,
        });
        if let Some(uid) = self.owner {
            metadata["ownerReferences"] = json!([{"apiVersion": "batch/v1", "kind": "Job",
                "name": "j", "uid": uid, "controller": true}]);
        }
        let mut finalizers = Vec::new();
        if self.finalizer {
            finalizers.push(TRACKING);
        }
        if self.deleting {
            metadata["deletionTimestamp"] = at.clone().into();
            metadata["deletionGracePeriodSeconds"] = 5.into();
            if finalizers.is_empty() {
                finalizers.push("example.com/other");
            }
        }
        metadata["finalizers"] = json!(finalizers);
        let state = match self.phase {
            "Succeeded" => json!({"terminated": {"exitCode": 0, "finishedAt": at}}),
            "Failed" => json!({"terminated": {"exitCode": self.code, "finishedAt": at}}),
            _ => json!({"running": {}}),
        };
        let ready = if self.ready && self.phase == "Running" { "True" } else { "False" };
        json!({
            "metadata": metadata,
            "spec": {"containers": [{"name": "main"}],
                     "nodeName": if self.scheduled { "n" } else { "" }},
            "status": {"phase": self.phase,
                "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": at}],
                "containerStatuses": [{"name": "main", "restartCount": self.code % 2,
                                       "state": state}]},
        })
    }
}

/// Milliseconds as the seconds of a scenario.
fn seconds(millis: u32) -> Value {
    json!(f64::from(millis) / 1e3)
}
