use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::check::{self, check_create};
use crate::{Semantics, Time};

/// All rules but `no-deadline`, which most of the objects here would trip beside their own.
fn at(kube: &str) -> Config {
    let now: Time = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut config = Config::new(Semantics::kube(kube.parse().unwrap()), now);
    config.allow.insert(Rule::NoDeadline);
    config
}

/// RFC 7386: what is null is removed.
fn merge(into: &mut Value, patch: &Value) {
    match patch {
        Value::Object(members) => {
            if !into.is_object() {
                *into = json!({});
            }
            for (key, value) in members {
                if value.is_null() {
                    into.as_object_mut().unwrap().remove(key);
                } else {
                    merge(&mut into[key.as_str()], value);
                }
            }
        }
        other => *into = other.clone(),
    }
}

fn clean_spec() -> Value {
    json!({"ttlSecondsAfterFinished": 600, "template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "main", "image": "perl", "command": ["perl"]}]}}})
}

fn job_of(patch: &Value) -> Value {
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"},
        "spec": clean_spec()});
    merge(&mut job, patch);
    job
}

fn cronjob_of(patch: &Value) -> Value {
    let mut cronjob = json!({"apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "x"},
        "spec": {"schedule": "0 4 * * *", "jobTemplate": {"spec": clean_spec()}}});
    cronjob["spec"]["jobTemplate"]["spec"]["ttlSecondsAfterFinished"].take();
    merge(&mut cronjob, patch);
    cronjob
}

/// The findings in a document that the API server accepts: `rule field: message`.
fn found(document: &Value, options: &Config) -> Vec<String> {
    let text = document.to_string();
    let document = crate::decode::documents(text.as_bytes()).unwrap().remove(0);
    let created = check_create(&document, &check::Options::default(), &options.semantics).unwrap();
    assert!(created.answer.is_none(), "{text}: {:?}", created.findings);
    let report = check::check_lint(&document, &check::Options::default(), options).unwrap();
    report.findings.iter().map(|f| format!("{} {}", f.code, f.text())).collect()
}

/// The rules found, without those that nearly every OnFailure Job has.
fn rules(document: &Value, options: &Config) -> String {
    let names = found(document, options).into_iter();
    let names = names.map(|text| text.split(' ').next().unwrap().to_owned());
    names.filter(|name| name != "on-failure-loses-logs").collect::<Vec<_>>().join(" ")
}

fn container(patch: Value) -> Value {
    let mut container = json!({"name": "main", "image": "perl", "command": ["perl"]});
    merge(&mut container, &patch);
    json!({"spec": {"template": {"spec": {"containers": [container]}}}})
}

fn beside(helper: Value) -> Value {
    let main = json!({"name": "main", "image": "perl"});
    json!({"spec": {"template": {"spec": {"containers": [main, helper]}}}})
}

fn policy(rules: Value) -> Value {
    json!({"spec": {"activeDeadlineSeconds": 60, "podFailurePolicy": {"rules": rules}}})
}

fn codes(action: &str, operator: &str, values: &[i32]) -> Value {
    json!({"action": action, "onExitCodes": {"operator": operator, "values": values}})
}

fn success(rules: Value) -> Value {
    json!({"spec": {"completions": 10, "completionMode": "Indexed",
        "successPolicy": {"rules": rules}}})
}

#[test]
fn jobs_that_trip_a_rule_and_neighbours_that_do_not() {
    let on_failure = json!({"template": {"spec": {"restartPolicy": "OnFailure"}}});
    let with = |mut spec: Value| {
        merge(&mut spec, &on_failure);
        json!({"spec": spec})
    };
    let spec = |spec: Value| json!({"spec": spec});
    let named = |container: &str| {
        json!({"action": "Count",
            "onExitCodes": {"containerName": container, "operator": "In", "values": [1]}})
    };
    let condition = |action: &str, types: &[&str]| {
        let patterns: Vec<Value> =
            types.iter().map(|t| json!({"type": t, "status": "True"})).collect();
        json!({"action": action, "onPodConditions": patterns})
    };
    let two = |rules: Value| {
        let mut job = policy(rules);
        let container = |name: &str| json!({"name": name, "image": "x"});
        job["spec"]["template"] = json!({"spec": {"containers": [container("a"), container("b")]}});
        job
    };
    let annotated =
        |annotations: Value| spec(json!({"template": {"metadata": {"annotations": annotations}}}));
    for (patch, want) in [
        (json!({}), ""),
        // no-ttl
        (spec(json!({"ttlSecondsAfterFinished": null})), "no-ttl"),
        (spec(json!({"ttlSecondsAfterFinished": 0})), ""),
        (
            json!({"metadata": {"ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob",
                "name": "c", "uid": "u", "controller": true}]},
                "spec": {"ttlSecondsAfterFinished": null}}),
            "",
        ),
        // deadline-only-in-template
        (
            spec(json!({"template": {"spec": {"activeDeadlineSeconds": 60}}})),
            "deadline-only-in-template",
        ),
        (
            spec(json!({"activeDeadlineSeconds": 600,
                "template": {"spec": {"activeDeadlineSeconds": 60}}})),
            "",
        ),
        (spec(json!({"backoffLimit": 0, "template": {"spec": {"activeDeadlineSeconds": 60}}})), ""),
        // deadline-before-first-retry
        (spec(json!({"activeDeadlineSeconds": 10})), "deadline-before-first-retry"),
        (spec(json!({"activeDeadlineSeconds": 11})), ""),
        (spec(json!({"activeDeadlineSeconds": 10, "backoffLimit": 0})), ""),
        (with(json!({"activeDeadlineSeconds": 10})), ""),
        // backoff-limit-below-parallelism
        (spec(json!({"parallelism": 7})), "backoff-limit-below-parallelism"),
        (spec(json!({"parallelism": 6})), ""),
        (
            spec(json!({"parallelism": 3, "completions": 9, "backoffLimit": 2})),
            "backoff-limit-below-parallelism",
        ),
        (spec(json!({"parallelism": 3, "completions": 2, "backoffLimit": 2})), ""),
        (spec(json!({"parallelism": 3, "backoffLimit": 0})), ""),
        (
            spec(json!({"parallelism": 9, "completions": 9, "completionMode": "Indexed",
                "backoffLimitPerIndex": 1})),
            "",
        ),
        // on-failure-hides-failures
        (with(json!({"backoffLimit": 0})), "on-failure-hides-failures"),
        (with(json!({"backoffLimit": 1})), ""),
        (spec(json!({"backoffLimit": 0})), ""),
        (
            with(json!({"completions": 2, "completionMode": "Indexed", "backoffLimitPerIndex": 1})),
            "on-failure-hides-failures",
        ),
        (
            spec(json!({"completions": 2, "completionMode": "Indexed", "backoffLimitPerIndex": 1})),
            "",
        ),
        // sidecar-keeps-running
        (beside(json!({"name": "cloud-sql-proxy", "image": "x"})), "sidecar-keeps-running"),
        (
            beside(json!({"name": "db", "image": "gcr.io/x/cloud-sql-proxy:2.1@sha256:0"})),
            "sidecar-keeps-running",
        ),
        (beside(json!({"name": "istio-proxy", "image": "x"})), "sidecar-keeps-running"),
        (beside(json!({"name": "logs", "image": "fluent/fluent-bit"})), "sidecar-keeps-running"),
        (beside(json!({"name": "logs", "image": "fluent/fluent-bit-tests"})), ""),
        (beside(json!({"name": "vault-agent", "image": "x", "args": ["-exit-after-auth"]})), ""),
        (
            beside(json!({"name": "istio-proxy", "image": "x",
                "command": ["/bin/sh", "-c", "pilot-agent & wait-for-main"]})),
            "",
        ),
        (container(json!({"name": "fluent-bit", "image": "fluent/fluent-bit"})), ""),
        (
            spec(json!({"template": {"spec": {"initContainers":
                [{"name": "istio-proxy", "image": "x", "restartPolicy": "Always"}]}}})),
            "",
        ),
        (annotated(json!({"vault.hashicorp.com/agent-inject": "true"})), "sidecar-keeps-running"),
        (
            annotated(json!({"vault.hashicorp.com/agent-inject": "true",
                "vault.hashicorp.com/agent-pre-populate-only": "true"})),
            "",
        ),
        (annotated(json!({"linkerd.io/inject": "enabled"})), "sidecar-keeps-running"),
        (annotated(json!({"linkerd.io/inject": "disabled"})), ""),
        // failure-rule-never-matches
        (policy(json!([codes("FailJob", "In", &[1, 2]), codes("Count", "In", &[2, 3])])), ""),
        (
            policy(json!([codes("FailJob", "In", &[1, 2]), codes("Count", "In", &[2])])),
            "failure-rule-never-matches",
        ),
        (
            policy(json!([
                codes("FailJob", "In", &[1]),
                codes("Count", "In", &[2]),
                codes("Ignore", "In", &[1, 2])
            ])),
            "failure-rule-never-matches",
        ),
        (
            policy(json!([codes("FailJob", "NotIn", &[1, 2]), codes("Count", "In", &[3])])),
            "failure-rule-never-matches",
        ),
        (policy(json!([codes("FailJob", "NotIn", &[1, 2]), codes("Count", "In", &[2])])), ""),
        (
            policy(json!([codes("FailJob", "NotIn", &[0]), codes("Count", "NotIn", &[7])])),
            "failure-rule-never-matches",
        ),
        (policy(json!([codes("FailJob", "NotIn", &[1]), codes("Count", "NotIn", &[2])])), ""),
        (
            policy(json!([
                codes("FailJob", "NotIn", &[1]),
                codes("FailJob", "In", &[1]),
                codes("Count", "NotIn", &[2])
            ])),
            "failure-rule-never-matches",
        ),
        (policy(json!([codes("FailJob", "In", &[256])])), "failure-rule-never-matches"),
        (policy(json!([codes("FailJob", "In", &[255, 256])])), ""),
        (
            {
                let mut job = policy(json!([codes("FailJob", "In", &[256])]));
                job["spec"]["template"] = json!({"spec": {"os": {"name": "windows"}}});
                job
            },
            "",
        ),
        (policy(json!([named("main"), codes("Count", "In", &[1])])), "failure-rule-never-matches"),
        (two(json!([named("a"), codes("Count", "In", &[1])])), ""),
        (two(json!([named("a"), named("b")])), ""),
        (two(json!([named("a"), named("a")])), "failure-rule-never-matches"),
        (two(json!([codes("Count", "In", &[1]), named("a")])), "failure-rule-never-matches"),
        (
            policy(json!([
                condition("Ignore", &["DisruptionTarget", "A"]),
                condition("FailJob", &["A"])
            ])),
            "failure-rule-never-matches",
        ),
        (
            policy(json!([
                condition("Ignore", &["DisruptionTarget"]),
                condition("FailJob", &["A", "DisruptionTarget"])
            ])),
            "",
        ),
        (policy(json!([condition("Ignore", &["A"]), codes("FailJob", "In", &[1])])), ""),
        (
            {
                let mut job = policy(json!([codes("FailJob", "In", &[42])]));
                merge(
                    &mut job,
                    &container(json!({"restartPolicy": "Never", "restartPolicyRules":
                    [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]})),
                );
                job
            },
            "failure-rule-never-matches",
        ),
        (
            {
                let mut job = policy(json!([codes("FailJob", "In", &[42])]));
                merge(
                    &mut job,
                    &container(json!({"restartPolicy": "Never", "restartPolicyRules":
                    [{"action": "Restart", "exitCodes": {"operator": "In", "values": [43]}}]})),
                );
                job
            },
            "",
        ),
        // ignored-failures-without-end
        (
            spec(json!({"podFailurePolicy": {"rules": [codes("Ignore", "In", &[1])]}})),
            "ignored-failures-without-end",
        ),
        (policy(json!([codes("Ignore", "In", &[1])])), ""),
        (spec(json!({"podFailurePolicy": {"rules": [codes("Count", "In", &[1])]}})), ""),
        (
            spec(json!({"podFailurePolicy":
                {"rules": [condition("Ignore", &["DisruptionTarget"])]}})),
            "",
        ),
        // success-rule-adds-nothing
        (success(json!([{"succeededIndexes": "0-9"}])), "success-rule-adds-nothing"),
        (success(json!([{"succeededCount": 10}])), "success-rule-adds-nothing"),
        (success(json!([{"succeededIndexes": "0-8"}])), ""),
        (success(json!([{"succeededIndexes": "0-9", "succeededCount": 9}])), ""),
        (
            success(json!([{"succeededIndexes": "0-1"}, {"succeededIndexes": "0-3"}])),
            "success-rule-adds-nothing",
        ),
        (
            success(json!([{"succeededIndexes": "0-3"}, {"succeededIndexes": "0-1"}])),
            "success-rule-adds-nothing",
        ),
        (success(json!([{"succeededIndexes": "0-1"}, {"succeededIndexes": "1-2"}])), ""),
        (
            success(json!([{"succeededCount": 3}, {"succeededCount": 3}])),
            "success-rule-adds-nothing",
        ),
        (
            success(
                json!([{"succeededCount": 2}, {"succeededIndexes": "0-4", "succeededCount": 2}]),
            ),
            "success-rule-adds-nothing",
        ),
        (
            success(
                json!([{"succeededCount": 3}, {"succeededIndexes": "0-4", "succeededCount": 2}]),
            ),
            "",
        ),
    ] {
        assert_eq!(rules(&job_of(&patch), &at("1.37")), want, "{patch}");
    }
}

#[test]
fn cronjobs_that_trip_a_rule_and_neighbours_that_do_not() {
    for (patch, want) in [
        (json!({}), ""),
        (json!({"spec": {"schedule": "30 2 * * *"}}), ""),
        (json!({"spec": {"schedule": "30 2 * * *", "timeZone": "Europe/Berlin"}}), "clock-change"),
        (json!({"spec": {"schedule": "30 4 * * *", "timeZone": "Europe/Berlin"}}), ""),
        (json!({"spec": {"schedule": "30 * * * *", "timeZone": "Europe/Berlin"}}), ""),
        (json!({"spec": {"schedule": "30 2 * * *", "timeZone": "Etc/UTC"}}), ""),
        (json!({"spec": {"startingDeadlineSeconds": 9}}), "starting-deadline-too-short"),
        (json!({"spec": {"startingDeadlineSeconds": 10}}), ""),
        (
            json!({"spec": {"jobTemplate": {"spec": {"activeDeadlineSeconds": 9}}}}),
            "deadline-before-first-retry",
        ),
    ] {
        assert_eq!(rules(&cronjob_of(&patch), &at("1.37")), want, "{patch}");
    }
}

#[test]
fn jobs_without_a_deadline_are_found_with_what_follows() {
    let mut options = at("1.37");
    options.allow.clear();
    let text = |document: &Value| {
        let all = found(document, &options);
        all.into_iter().find(|text| text.starts_with("no-deadline")).unwrap_or_default()
    };
    let waits = "if a pod cannot start, the Job is active for ever";
    assert_eq!(
        text(&job_of(&json!({}))),
        format!("no-deadline spec.activeDeadlineSeconds: {waits}")
    );
    for (policy, follows) in [
        ("Forbid", ", and concurrencyPolicy Forbid starts no other one"),
        ("Allow", ", and each start adds one more"),
        ("Replace", ", until the next start replaces it"),
    ] {
        let told = text(&cronjob_of(&json!({"spec": {"concurrencyPolicy": policy}})));
        assert_eq!(
            told,
            format!("no-deadline spec.jobTemplate.spec.activeDeadlineSeconds: {waits}{follows}")
        );
    }
    for bounded in [
        json!({"spec": {"activeDeadlineSeconds": 60}}),
        json!({"spec": {"template": {"spec": {"activeDeadlineSeconds": 60}}}}),
        json!({"metadata": {"ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob",
            "name": "c", "uid": "u", "controller": true}]}}),
    ] {
        assert_eq!(text(&job_of(&bounded)), "", "{bounded}");
    }
}

#[test]
fn hooks_are_deleted_by_their_tool() {
    let hook = |annotation: &str, policy: Option<(&str, &str)>, ttl: Value| {
        let mut annotations = json!({annotation: "PreSync"});
        if let Some((name, value)) = policy {
            annotations[name] = value.into();
        }
        job_of(&json!({"metadata": {"annotations": annotations},
            "spec": {"ttlSecondsAfterFinished": ttl}}))
    };
    let (helm, argo) = ("helm.sh/hook", "argocd.argoproj.io/hook");
    let succeeded = Some(("helm.sh/hook-delete-policy", "before-hook-creation,hook-succeeded"));
    for (annotation, policy) in [
        (helm, succeeded),
        (helm, None),
        (argo, Some(("argocd.argoproj.io/hook-delete-policy", "HookSucceeded"))),
        (argo, None),
    ] {
        assert_eq!(rules(&hook(annotation, policy, Value::Null), &at("1.37")), "");
        assert_eq!(rules(&hook(annotation, policy, json!(0)), &at("1.37")), "ttl-zero-with-waiter");
        assert_eq!(rules(&hook(annotation, policy, json!(600)), &at("1.37")), "");
    }
    let labelled = |ttl: Value| {
        job_of(&json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
            "spec": {"ttlSecondsAfterFinished": ttl}}))
    };
    assert_eq!(rules(&labelled(json!(0)), &at("1.37")), "ttl-zero-with-waiter");
    assert_eq!(rules(&labelled(Value::Null), &at("1.37")), "no-ttl");
    let alone = job_of(&json!({"spec": {"ttlSecondsAfterFinished": 0}}));
    assert_eq!(rules(&alone, &at("1.37")), "", "nothing waits, as far as the manifest says");
}

#[test]
fn schedules_that_mean_something_else_are_found() {
    for (schedule, want) in [
        ("0 0 30 2 *", "schedule-never-due"),
        ("0 0 31 4,6,9,11 *", "schedule-never-due"),
        ("0 0 29 2 *", ""),
        ("0 18 1-7,15-21 * TUE", "day-of-month-or-week"),
        ("0 0 13 * 5", "day-of-month-or-week"),
        ("0 0 */2 * 1", "uneven-step day-of-month-or-week"),
        ("0 0 * * 5", ""),
        ("0 0 13 * ?", ""),
        ("0 0 13 * */1", ""),
        ("*/45 * * * *", "uneven-step"),
        ("0/7 * * * *", "uneven-step"),
        ("*/90 * * * *", "uneven-step"),
        ("0 */5 * * *", "uneven-step"),
        ("0 0 1 */5 *", "uneven-step"),
        ("0 0 */3 * *", "uneven-step"),
        ("*/15 * * * *", ""),
        ("0 */6 * * *", ""),
        ("0 0 1 */3 *", ""),
        ("10-40/7 * * * *", ""),
        ("@daily", ""),
        ("@every 45m", ""),
    ] {
        let told = rules(&cronjob_of(&json!({"spec": {"schedule": schedule}})), &at("1.30"));
        let mut told: Vec<&str> = told.split(' ').collect();
        let mut want: Vec<&str> = want.split(' ').collect();
        told.sort_unstable();
        want.sort_unstable();
        assert_eq!(told, want, "{schedule}");
    }
    let told = found(&cronjob_of(&json!({"spec": {"schedule": "*/45 * * * *"}})), &at("1.37"));
    assert_eq!(
        told,
        ["uneven-step spec.schedule: every 45 begins anew with each hour, so that the last \
          interval of the hour is 15 minutes"]
    );
}

#[test]
fn history_limits_of_zero_are_found() {
    for (patch, want) in [
        (json!({"failedJobsHistoryLimit": 0}), "no-history"),
        (json!({"successfulJobsHistoryLimit": 0}), "no-history"),
        (
            json!({"successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0}),
            "no-history no-history",
        ),
        (json!({"successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 1}), ""),
    ] {
        assert_eq!(rules(&cronjob_of(&json!({"spec": patch})), &at("1.37")), want);
    }
}

#[test]
fn clock_changes_are_told_with_their_runs_and_a_way_out() {
    for (schedule, zone, runs, way_out) in [
        (
            "30 2 * * *",
            "Europe/Berlin",
            "the run at 02:30 is left out on 2026-03-29, and the run at 02:30 comes twice on \
             2026-10-25",
            "02:00 and 03:00",
        ),
        (
            "*/20 2 * * *",
            "America/New_York",
            "the 3 runs from 02:00 to 02:40 are left out on 2026-03-08",
            "02:00 and 03:00",
        ),
        (
            "0,30 1 * * 0",
            "America/New_York",
            "the runs at 01:00 and 01:30 come twice on 2026-11-01",
            "01:00 and 02:00",
        ),
        (
            "30 23 * * *",
            "Asia/Beirut",
            "the run at 23:30 comes twice on 2026-10-24",
            "23:00 and 24:00",
        ),
    ] {
        let cronjob = cronjob_of(&json!({"spec": {"schedule": schedule, "timeZone": zone}}));
        let cronjob: CronJob = serde_json::from_value(cronjob).unwrap();
        let all = super::cronjob(&cronjob, &at("1.37"));
        assert_eq!(all.len(), 1, "{schedule}: {all:?}");
        assert_eq!(all[0].message, format!("clocks change in {zone}: {runs}"));
        let hint = format!("take a time that is not between {way_out}, or `timeZone: Etc/UTC`");
        assert_eq!(all[0].hint, Some(hint));
    }
}

#[test]
fn on_failure_jobs_are_told_that_logs_go() {
    let on_failure = json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}});
    let all = found(&job_of(&on_failure), &at("1.37"));
    assert_eq!(all.len(), 1);
    assert!(all[0].starts_with("on-failure-loses-logs spec.template.spec.restartPolicy: "));
}

#[test]
fn fields_are_dropped_or_unknown_in_older_versions() {
    let since = |kube: &str, min: &str| {
        let mut options = at(kube);
        options.min_kube = min.parse().unwrap();
        options
    };
    let indexed = |spec: Value| {
        let mut all = json!({"completions": 3, "completionMode": "Indexed"});
        merge(&mut all, &spec);
        json!({"spec": all})
    };
    let success = indexed(json!({"successPolicy": {"rules": [{"succeededCount": 1}]}}));
    let managed = json!({"spec": {"managedBy": "example.com/x"}});
    let scheduling = json!({"spec": {"scheduling": {}}});
    let per_index = indexed(json!({"backoffLimitPerIndex": 1}));
    let hostname = json!({"spec": {"template": {"spec": {"hostnameOverride": "x"}}}});
    let unknown =
        |v: &str| format!("Kubernetes {v} not know this field, and only strict clients are told");
    let dropped = |v: &str| format!("Kubernetes {v} this field without a word");
    for (patch, kube, min, want) in [
        (&success, "1.37", "1.31", vec![]),
        (&success, "1.37", "1.30", vec![format!("spec.successPolicy: {}", dropped("1.30 drops"))]),
        (
            &success,
            "1.37",
            "1.29",
            vec![format!(
                "spec.successPolicy: {}; {}",
                unknown("1.29 does"),
                dropped("1.30 drops")
            )],
        ),
        (
            &managed,
            "1.37",
            "1.30",
            vec![format!("spec.managedBy: {}", dropped("1.30 to 1.31 drop"))],
        ),
        (&per_index, "1.37", "1.29", vec![]),
        (
            &hostname,
            "1.37",
            "1.30",
            vec![format!(
                "spec.template.spec.hostnameOverride: {}; {}",
                unknown("1.30 to 1.33 do"),
                dropped("1.34 drops")
            )],
        ),
        (&scheduling, "1.37", "1.37", vec![format!("spec.scheduling: {}", dropped("1.37 drops"))]),
    ] {
        let want: Vec<String> =
            want.into_iter().map(|text| format!("dropped-by-old-version {text}")).collect();
        assert_eq!(found(&job_of(patch), &since(kube, min)), want, "{patch} {kube} {min}");
    }
    let template = json!({"spec": {"jobTemplate": {"spec": managed["spec"]}}});
    // The CronJob keeps the field, and its Jobs lose it.
    let field = "dropped-by-old-version spec.jobTemplate.spec.managedBy";
    assert_eq!(
        found(&cronjob_of(&template), &since("1.37", "1.29")),
        [format!("{field}: {}; {}", unknown("1.29 does"), dropped("1.30 to 1.31 drop"))]
    );
}

#[test]
fn rules_are_silenced_by_option_and_annotation() {
    let spec = json!({"ttlSecondsAfterFinished": null, "activeDeadlineSeconds": 5});
    let bad = job_of(&json!({"spec": spec}));
    assert_eq!(rules(&bad, &at("1.37")), "no-ttl deadline-before-first-retry");
    let mut options = at("1.37");
    options.allow.insert(Rule::NoTtl);
    assert_eq!(rules(&bad, &options), "deadline-before-first-retry");
    let annotated = |list: &str| {
        let mut job = bad.clone();
        merge(&mut job, &json!({"metadata": {"annotations": {ALLOW_ANNOTATION: list}}}));
        job
    };
    let both = " no-ttl, deadline-before-first-retry,";
    assert_eq!(rules(&annotated(both), &at("1.37")), "");
    let misspelt = found(&annotated("no-tll,deadline-before-first-retry"), &at("1.37"));
    assert_eq!(misspelt.len(), 2);
    let field = "metadata.annotations[jobsem.dev/lint-allow]";
    let told = format!("unknown-lint-rule {field}: there is no rule `no-tll` to silence");
    assert!(misspelt.contains(&told), "{misspelt:?}");
    let cronjob = cronjob_of(&json!({"spec": {"startingDeadlineSeconds": 1, "jobTemplate":
        {"metadata": {"annotations": {ALLOW_ANNOTATION: "starting-deadline-too-short"}}}}}));
    assert_eq!(rules(&cronjob, &at("1.37")), "");
}

#[test]
fn what_the_server_refuses_is_not_linted() {
    let bad = job_of(&json!({"spec": {"ttlSecondsAfterFinished": null, "parallelism": -1}}));
    let document = crate::decode::documents(bad.to_string().as_bytes()).unwrap().remove(0);
    let report = check::check_lint(&document, &check::Options::default(), &at("1.37")).unwrap();
    let codes: Vec<&str> = report.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["FieldValueInvalid"]);
    assert!(report.answer.is_some());
}

/// Every rule's example fixes, or at least does not trigger, its rule.
#[test]
fn examples_do_not_trip_their_rule() {
    let mut told: BTreeMap<Rule, String> = BTreeMap::new();
    for rule in Rule::all() {
        let Some(spec) = rule.example().strip_prefix("spec:") else { continue };
        let text = format!("spec:{spec}");
        let patch = crate::decode::documents(text.as_bytes()).unwrap().remove(0).into_value();
        let document = match rule {
            Rule::ClockChange
            | Rule::StartingDeadlineTooShort
            | Rule::ScheduleNeverDue
            | Rule::DayOfMonthOrWeek
            | Rule::UnevenStep
            | Rule::NoHistory => cronjob_of(&patch),
            _ => job_of(&patch),
        };
        let mut options = at("1.37");
        options.allow.clear();
        told.insert(rule, found(&document, &options).join("\n"));
    }
    assert!(told.len() >= 7);
    for (rule, findings) in told {
        assert!(!findings.contains(rule.name()), "{rule}: {findings}");
    }
}
