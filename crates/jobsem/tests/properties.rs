//! Properties that hold for every scenario, at every version.
//!
//! The vectors say what Kubernetes answers in particular cases; these tests say what must never
//! happen in any. Each runs a fixed set of random scenarios; `JOBSEM_SEED=n` draws another one
//! and `JOBSEM_CASES=n` multiplies their number (2 by default). Each also counts the cases that
//! exercised its property, and fails if there were none.
//!
//! What needs private state (counts from scratch, `reconcile` against the controller, a crash in
//! the middle of a sync) stands in `src/properties.rs`.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

mod generate;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use generate::{Drawn, Parts};
use jobsem::api::Text;
use jobsem::scenario::TraceEntry;
use jobsem::scenario::TraceKind;
use jobsem::scenario::{Player, Scenario};
use jobsem::{KubeVersion, Semantics, Time, Verdict, outcome};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;

const EVERYTHING: Parts = Parts { steps: true, faults: true, deletion: true };
const QUIET: Parts = Parts { steps: false, faults: false, deletion: false };

/// More steps than this in one scenario mean that it never ends.
const STEP_LIMIT: usize = 20_000;

/// How often something came up.
type Seen = BTreeMap<&'static str, usize>;

/// Runs `property` over `cases` scenarios, and checks that each thing of `wanted` came up at
/// least that often.
fn for_all(
    cases: u32,
    scenarios: impl Strategy<Value = Drawn>,
    wanted: &[(&'static str, usize)],
    property: impl Fn(&Scenario, KubeVersion, &mut Seen) -> Result<(), TestCaseError>,
) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let mut seed = [7u8; 32];
    seed[..4].copy_from_slice(&number("JOBSEM_SEED").unwrap_or(0u32).to_le_bytes());
    let cases = cases * number("JOBSEM_CASES").unwrap_or(2);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let seen = RefCell::new(Seen::new());
    let inputs = (scenarios, select(KubeVersion::ALL.to_vec()));
    let result = TestRunner::new_with_rng(config, rng).run(&inputs, |(Drawn(scenario), kube)| {
        let scenario = serde_json::from_value(scenario).unwrap();
        property(&scenario, kube, &mut seen.borrow_mut())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    println!("{cases} scenarios: {seen:?}");
    for (what, times) in wanted {
        let found = seen.get(what).copied().unwrap_or(0);
        assert!(found >= *times, "`{what}` came up {found} times, wanted {times}: {seen:?}");
    }
}

fn player(scenario: &Scenario, kube: KubeVersion) -> Player {
    Player::explained(scenario, Semantics::kube(kube)).unwrap()
}

/// Plays to the end; `watch` is called at the start and after everything that happens.
fn play(
    scenario: &Scenario,
    kube: KubeVersion,
    mut watch: impl FnMut(&mut Player) -> Result<(), TestCaseError>,
) -> Result<Player, TestCaseError> {
    let mut player = player(scenario, kube);
    watch(&mut player)?;
    for _ in 0..STEP_LIMIT {
        if !player.step().unwrap() {
            return Ok(player);
        }
        watch(&mut player)?;
    }
    Err(TestCaseError::fail("the scenario never ends"))
}

/// Everything that can be seen of a played scenario, as text.
fn everything(player: &mut Player) -> String {
    let mut out = String::new();
    let cluster = player.cluster();
    for entry in player.trace().entries() {
        out += &format!("{} {}\n", entry.at, entry.to_value());
    }
    for job in cluster.jobs() {
        out += &serde_json::to_string(job).unwrap();
    }
    for pod in cluster.pods() {
        out += &serde_json::to_string(pod).unwrap();
    }
    out += &format!("\n{:?}\n", cluster.poll_timeout());
    while let Some(jobsem::DatedNote { at, key: job, note, .. }) = player.cluster_mut().poll_note()
    {
        out += &format!("{at} {job} {note}\n");
    }
    out
}

/// How the Job stands at the end, for the counts of what came up.
fn standing(player: &Player) -> &'static str {
    match player.cluster().job("default", "j") {
        None if player.refusal().is_some() => "refused",
        None => "gone",
        Some(job) => outcome(job).verdict.as_str(),
    }
}

/// The stored status writes of the Job, oldest first.
fn writes(player: &Player) -> impl Iterator<Item = (&TraceEntry, Value)> {
    let entries = player.trace().entries().iter();
    entries
        .filter(|entry| entry.kind == TraceKind::JobStatus)
        .filter_map(|entry| Some((entry, entry.object()?)))
}

fn number(status: &Value, field: &str) -> i64 {
    status[field].as_i64().unwrap_or(0)
}

fn uncounted(status: &Value, field: &str) -> BTreeSet<String> {
    let uids = status["uncountedTerminatedPods"][field].as_array();
    uids.into_iter().flatten().filter_map(|uid| uid.as_str().map(str::to_owned)).collect()
}

fn has_ended(status: &Value) -> bool {
    let conditions = status["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        (condition["type"] == "Complete" || condition["type"] == "Failed")
            && condition["status"] == "True"
    })
}

/// The reason of the event that announces the end (EVENT-11, EVENT-12).
fn end_event(status: &Value) -> String {
    let conditions = status["conditions"].as_array().unwrap();
    let true_one =
        |type_: &str| conditions.iter().find(|c| c["type"] == type_ && c["status"] == "True");
    match true_one("Complete") {
        Some(_) => "Completed".to_owned(),
        None => true_one("Failed").unwrap()["reason"].as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let scenarios = prop_oneof![generate::scenario(EVERYTHING).boxed(), generate::stored().boxed()];
    let wanted = [("succeeded", 20), ("failed", 40), ("running", 20), ("suspended", 5)];
    for_all(350, scenarios, &wanted, |scenario, kube, seen| {
        let mut first = play(scenario, kube, |_| Ok(()))?;
        let mut second = play(scenario, kube, |_| Ok(()))?;
        *seen.entry(standing(&first)).or_default() += 1;
        prop_assert_eq!(everything(&mut first), everything(&mut second));
        Ok(())
    });
}

#[test]
fn early_and_repeated_wake_ups_change_nothing() {
    let scenarios = prop_oneof![
        2 => generate::scenario(EVERYTHING).boxed(),
        1 => generate::stored().boxed(),
    ];
    for_all(250, scenarios, &[("early", 2_000), ("repeated", 2_000)], |scenario, kube, seen| {
        let mut undisturbed = play(scenario, kube, |_| Ok(()))?;
        let mut disturbed = play(scenario, kube, |player| {
            let (now, next) = (player.now(), player.next_at());
            let cluster = player.cluster_mut();
            cluster.handle_timeout(now).unwrap();
            cluster.handle_timeout(now).unwrap();
            *seen.entry("repeated").or_default() += 1;
            let gap = next.map_or(0, |next| next.since(now));
            for early in [gap / 2, gap - 1] {
                if early > 0 {
                    cluster.handle_timeout(now.plus_nanos(early)).unwrap();
                    *seen.entry("early").or_default() += 1;
                }
            }
            Ok(())
        })?;
        prop_assert_eq!(everything(&mut undisturbed), everything(&mut disturbed));
        Ok(())
    });
}

#[test]
fn being_watched_changes_nothing() {
    for_all(80, generate::scenario(EVERYTHING), &[("notes", 500)], |scenario, kube, seen| {
        let mut watched = play(scenario, kube, |_| Ok(()))?;
        let mut unwatched = Player::new(scenario, Semantics::kube(kube)).unwrap();
        unwatched.run().unwrap();
        while watched.cluster_mut().poll_note().is_some() {
            *seen.entry("notes").or_default() += 1;
        }
        prop_assert_eq!(everything(&mut watched), everything(&mut unwatched));
        Ok(())
    });
}

#[test]
fn time_that_goes_back_is_refused_and_changes_nothing() {
    for_all(40, generate::scenario(EVERYTHING), &[("refused", 200)], |scenario, kube, seen| {
        let mut undisturbed = play(scenario, kube, |_| Ok(()))?;
        let mut disturbed = play(scenario, kube, |player| {
            let before = player.now().plus_nanos(-1);
            let error = player.cluster_mut().handle_timeout(before).unwrap_err();
            prop_assert_eq!(error.kind(), jobsem::ErrorKind::TimeWentBack);
            *seen.entry("refused").or_default() += 1;
            Ok(())
        })?;
        prop_assert_eq!(everything(&mut undisturbed), everything(&mut disturbed));
        Ok(())
    });
}

#[test]
fn counters_never_go_back() {
    let wanted = [("failed rose", 100), ("succeeded rose", 100), ("indexed", 50)];
    for_all(350, generate::scenario(EVERYTHING), &wanted, |scenario, kube, seen| {
        let player = play(scenario, kube, |_| Ok(()))?;
        let spec = scenario.job.as_ref().map(|job| &job["spec"]).unwrap();
        let indexed = spec["completionMode"] == "Indexed";
        // An elastic Indexed Job may lose indexes that it had (CC-62).
        let elastic = scenario.steps.iter().any(|step| {
            step.patch.as_ref().is_some_and(|patch| patch["spec"].get("completions").is_some())
        });
        *seen.entry(if indexed { "indexed" } else { "plain" }).or_default() += 1;
        let (mut failed, mut succeeded) = (0, 0);
        for (_, status) in writes(&player) {
            let now = (number(&status, "failed"), number(&status, "succeeded"));
            prop_assert!(now.0 >= failed, "failed went from {} to {}", failed, now.0);
            prop_assert!(
                now.1 >= succeeded || indexed && elastic,
                "succeeded went from {} to {}",
                succeeded,
                now.1
            );
            *seen.entry("failed rose").or_default() += usize::from(now.0 > failed);
            *seen.entry("succeeded rose").or_default() += usize::from(now.1 > succeeded);
            (failed, succeeded) = now;
        }
        Ok(())
    });
}

#[test]
fn every_counted_pod_is_counted_once() {
    let wanted = [("failed", 150), ("succeeded", 60), ("waited for its finalizer", 10)];
    for_all(350, generate::scenario(EVERYTHING), &wanted, |scenario, kube, seen| {
        let player = play(scenario, kube, |_| Ok(()))?;
        let spec = scenario.job.as_ref().map(|job| &job["spec"]).unwrap();
        let indexed = spec["completionMode"] == "Indexed";
        for field in ["failed", "succeeded"] {
            if indexed && field == "succeeded" {
                continue;
            }
            let (mut before, mut total) = (BTreeSet::new(), 0);
            let mut settled = BTreeSet::new();
            for (_, status) in writes(&player) {
                let now = uncounted(&status, field);
                // What leaves the list is what the number grows by, and it never comes back.
                let left: Vec<_> = before.difference(&now).cloned().collect();
                let grown = number(&status, field) - total;
                prop_assert_eq!(grown, left.len() as i64, "{} and {:?}", field, left);
                *seen.entry(field).or_default() += left.len();
                settled.extend(left);
                prop_assert!(settled.is_disjoint(&now), "{:?} is back in {}", now, field);
                let stayed = before.intersection(&now).next().is_some();
                *seen.entry("waited for its finalizer").or_default() += usize::from(stayed);
                (before, total) = (now, number(&status, field));
            }
            let other = if field == "failed" { "succeeded" } else { "failed" };
            for (_, status) in writes(&player) {
                prop_assert!(settled.is_disjoint(&uncounted(&status, other)), "counted as both");
            }
        }
        Ok(())
    });
}

#[test]
fn nothing_happens_to_a_job_that_has_ended() {
    let scenarios = prop_oneof![
        3 => generate::scenario(EVERYTHING).boxed(),
        1 => generate::stored().boxed(),
    ];
    let wanted = [("ended", 100), ("happened after the end", 300)];
    for_all(350, scenarios, &wanted, |scenario, kube, seen| {
        let player = play(scenario, kube, |player| {
            let job = player.cluster().job("default", "j");
            let ended = job.is_some_and(|job| job.is_finished());
            *seen.entry("happened after the end").or_default() += usize::from(ended);
            Ok(())
        })?;
        let entries = player.trace().entries();
        let end = entries.iter().position(|entry| {
            entry.kind == TraceKind::JobStatus
                && entry.object().is_some_and(|object| has_ended(&object))
        });
        let Some(end) = end else { return Ok(()) };
        *seen.entry("ended").or_default() += 1;
        let reason = end_event(&entries[end].object().unwrap());
        let mut announced = 0;
        for entry in &entries[end + 1..] {
            let allowed = match entry.kind {
                // The events of the last sync, one of which announces the end, and no later ones.
                TraceKind::Event if entry.at == entries[end].at => {
                    announced += usize::from(entry.reason.as_deref() == Some(&reason));
                    true
                }
                // Finalizers of pods that are left come off.
                TraceKind::PatchPod | TraceKind::Rejected => true,
                TraceKind::Fault => entry.name.starts_with("patch/pods"),
                _ => false,
            };
            prop_assert!(allowed, "after the end: {}", entry.to_value());
        }
        prop_assert_eq!(announced, 1, "an end is announced once");
        Ok(())
    });
}

#[test]
fn never_more_active_pods_than_parallelism_ever_allowed() {
    let wanted = [("at the limit", 500), ("raised", 5)];
    for_all(350, generate::scenario(EVERYTHING), &wanted, |scenario, kube, seen| {
        let mut most = None;
        play(scenario, kube, |player| {
            let Some(job) = player.cluster().job("default", "j") else { return Ok(()) };
            let allowed = job.spec.parallelism.unwrap();
            if most.is_some_and(|most| most < allowed) {
                *seen.entry("raised").or_default() += 1;
            }
            let limit = *most.insert(most.unwrap_or(0).max(allowed));
            let active = player
                .cluster()
                .pods()
                .filter(|pod| !pod.is_terminal() && pod.metadata.deletion_timestamp.is_none());
            let active = active.count() as i32;
            prop_assert!(active <= limit, "{} active, at most {} allowed", active, limit);
            *seen.entry("at the limit").or_default() += usize::from(active == limit && limit > 0);
            prop_assert!(job.status.active <= limit, "the status says {}", job.status.active);
            Ok(())
        })?;
        Ok(())
    });
}

/// What must not depend on when the controllers were restarted.
fn verdict(player: &Player) -> (Verdict, String, i32, i32, Text, Option<Text>) {
    let job = player.cluster().job("default", "j").unwrap();
    let outcome = outcome(job);
    let status = job.status.clone();
    let counts = (status.succeeded, status.failed, status.completed_indexes, status.failed_indexes);
    (outcome.verdict, outcome.reason, counts.0, counts.1, counts.2, counts.3)
}

#[test]
fn restarts_change_neither_the_verdict_nor_the_counts() {
    let wanted = [("restarts", 1_000), ("succeeded", 20), ("failed", 20)];
    for_all(160, generate::timeless(), &wanted, |scenario, kube, seen| {
        let undisturbed = play(scenario, kube, |_| Ok(()))?;
        *seen.entry(standing(&undisturbed)).or_default() += 1;
        prop_assert!(verdict(&undisturbed).0.is_final());
        let mut restarts = 0;
        // Every other step, so that what was remembered matters in between, too.
        let restarted = play(scenario, kube, |player| {
            restarts += 1;
            if restarts % 2 == 0 {
                player.restart_controllers().unwrap();
            }
            Ok(())
        })?;
        *seen.entry("restarts").or_default() += restarts / 2;
        prop_assert_eq!(verdict(&undisturbed), verdict(&restarted));
        Ok(())
    });
}

#[test]
fn stored_objects_survive_their_documents() {
    let scenarios = prop_oneof![generate::scenario(EVERYTHING).boxed(), generate::stored().boxed()];
    for_all(80, scenarios, &[("jobs", 40), ("pods", 100)], |scenario, kube, seen| {
        let player = play(scenario, kube, |_| Ok(()))?;
        for job in player.cluster().jobs() {
            let text = serde_json::to_string(job).unwrap();
            let again: jobsem::api::Job = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(text, serde_json::to_string(&again).unwrap());
            *seen.entry("jobs").or_default() += 1;
        }
        for pod in player.cluster().pods() {
            let text = serde_json::to_string(pod).unwrap();
            let again: jobsem::api::Pod = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(text, serde_json::to_string(&again).unwrap());
            *seen.entry("pods").or_default() += 1;
        }
        Ok(())
    });
}

#[test]
fn a_job_that_is_left_alone_ends_or_waits_for_a_pod() {
    // No livelock: where nothing fails but pods, every wait has an end.
    for_all(
        200,
        generate::scenario(QUIET),
        &[("succeeded", 30), ("failed", 50)],
        |scenario, kube, seen| {
            let player = play(scenario, kube, |_| Ok(()))?;
            *seen.entry(standing(&player)).or_default() += 1;
            let Some(job) = player.cluster().job("default", "j") else { return Ok(()) };
            if outcome(job).verdict.is_final() || job.is_suspended() {
                return Ok(());
            }
            let unfinished = player.cluster().pods().any(|pod| !pod.is_terminal());
            let waits =
                player.cluster().poll_timeout().is_some_and(|wake| wake.at > Time::UNIX_EPOCH);
            let nothing_to_do = job.spec.parallelism == Some(0);
            prop_assert!(unfinished || waits || nothing_to_do, "stuck: {:?}", job.status);
            Ok(())
        },
    );
}
