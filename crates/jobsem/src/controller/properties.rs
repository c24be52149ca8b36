//! Properties that need private state: incremental counts against counts from scratch, `reconcile`
//! against the controller's next sync, and crashes within a sync.
//!
//! `tests/properties.rs` has the other properties, `tests/generate` the scenarios.

#[path = "../../tests/generate/mod.rs"]
mod generate;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::job::JobController;
use crate::api::{Job, JobStatus, Pod};
use crate::job::Memory;
use crate::job::claim::fold;
use crate::job::rules::Rules;
use crate::job::tally::Tally;
use crate::key::Key;
use crate::request::Call;
use crate::scenario::{Player, Scenario};
use crate::scenario::{TraceEntry, TraceKind};
use crate::{KubeVersion, Plan, Semantics, Time, outcome, reconcile, reconcile_explained};
use generate::{Drawn, Parts};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

const EVERYTHING: Parts = Parts { steps: true, faults: true, deletion: true };
const NO_FAULTS: Parts = Parts { steps: true, faults: false, deletion: true };
const STEP_LIMIT: usize = 20_000;

type Seen = BTreeMap<&'static str, usize>;

/// As in `tests/properties.rs`.
fn for_all<T: std::fmt::Debug>(
    cases: u32,
    inputs: impl Strategy<Value = T>,
    wanted: &[(&'static str, usize)],
    property: impl Fn(T, &mut Seen) -> Result<(), TestCaseError>,
) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let mut seed = [11u8; 32];
    seed[..4].copy_from_slice(&number("JOBSEM_SEED").unwrap_or(0u32).to_le_bytes());
    let cases = cases * number("JOBSEM_CASES").unwrap_or(2);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let seen = RefCell::new(Seen::new());
    let result = TestRunner::new_with_rng(config, rng)
        .run(&inputs, |input| property(input, &mut seen.borrow_mut()));
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

fn versions() -> impl Strategy<Value = KubeVersion> {
    select(KubeVersion::ALL.to_vec())
}

fn player(Drawn(scenario): Drawn, kube: KubeVersion) -> Player {
    let scenario: Scenario = serde_json::from_value(scenario).unwrap();
    Player::new(&scenario, Semantics::kube(kube)).unwrap()
}

fn entries(player: &Player) -> &[TraceEntry] {
    player.trace().entries()
}

/// The cached pods in the controller's order, which is an input of a sync (ND-01).
fn pods_in_order(controller: &JobController, tally: &Tally) -> Vec<Arc<Pod>> {
    let records = tally.records();
    let place = |pod: &Pod| records.iter().position(|record| record.uid() == pod.metadata.uid);
    let mut pods = controller.pods.by_arrival();
    pods.sort_by_key(|pod| place(pod).unwrap_or(usize::MAX));
    pods.into_iter().cloned().collect()
}

fn from_scratch(controller: &JobController, job: &Job, tally: &Tally) -> Tally {
    let mut fresh = Tally::new(Arc::new(Rules::new(job, &controller.sem)));
    fold(job, &pods_in_order(controller, tally), &mut fresh, &controller.sem);
    fresh
}

#[test]
fn incremental_counts_equal_counts_from_scratch() {
    let scenarios = prop_oneof![
        2 => generate::scenario(EVERYTHING).boxed(),
        1 => generate::stored().boxed(),
    ];
    let inputs = (scenarios, versions());
    let wanted = [("compared", 2_000), ("with pods", 1_500)];
    for_all(250, inputs, &wanted, |(scenario, kube), seen| {
        let mut player = player(scenario, kube);
        for _ in 0..STEP_LIMIT {
            let controller = player.cluster().job_controller();
            for entry in controller.roster.iter().filter_map(|(_, member)| member.entry.as_ref()) {
                let fresh = from_scratch(controller, &entry.job, &entry.tally);
                prop_assert_eq!(entry.tally.view(), fresh.view());
                *seen.entry("compared").or_default() += 1;
                *seen.entry("with pods").or_default() += usize::from(!fresh.records().is_empty());
            }
            if !player.step().unwrap() {
                return Ok(());
            }
        }
        Err(TestCaseError::fail("the scenario never ends"))
    });
}

/// The plan of `reconcile` for the stored objects at the controller's next sync, if that sync comes
/// next and no events are outstanding.
fn plan_ahead(player: &Player, key: &Key) -> Option<(Plan, Memory, Time)> {
    let at = player.next_at()?;
    let cluster = player.cluster();
    let wakeup = cluster.poll_timeout().filter(|wakeup| wakeup.at == at && *wakeup.key == **key)?;
    let controller = cluster.job_controller();
    let member = controller.roster.find(key.parts())?;
    let mut memory = member.memory.clone().unwrap_or_default();
    let job = cluster.job("default", "j")?;
    let nothing_open = memory.satisfied(at) && memory.removing.is_empty();
    if !nothing_open || controller.finished.contains(&job.metadata.uid) {
        return None;
    }
    let pods = pods_in_order(controller, &member.entry.as_ref()?.tally);
    let sem = cluster.semantics();
    let plan = reconcile(job, &pods, wakeup.at, &mut memory, sem);
    Some((plan, memory, at))
}

fn sorted(mut status: JobStatus) -> JobStatus {
    if let Some(uncounted) = &mut status.uncounted_terminated_pods {
        uncounted.succeeded.sort();
        uncounted.failed.sort();
    }
    status.truncate_times();
    status
}

fn check_call(call: &Call, entry: &TraceEntry) -> Result<(), TestCaseError> {
    let object = entry.object().unwrap_or_default();
    match (call, entry.kind) {
        (Call::CreatePod { pod, .. }, TraceKind::CreatePod) => {
            prop_assert_eq!(serde_json::to_value(pod.to_pod()).unwrap(), object);
        }
        (Call::DeletePod { pod }, TraceKind::DeletePod) => {
            prop_assert_eq!(&pod.metadata.name, &entry.name);
        }
        (Call::PatchPod { pod, patch }, TraceKind::PatchPod) => {
            prop_assert_eq!(
                (pod.metadata.name.as_str(), patch.to_value()),
                (entry.name.as_str(), object)
            );
        }
        (Call::UpdateJobStatus { status, .. }, TraceKind::JobStatus) => {
            let stored: JobStatus = serde_json::from_value(object).unwrap();
            prop_assert_eq!(sorted(JobStatus::clone(status)), sorted(stored));
        }
        _ => prop_assert!(false, "planned {:?}, asked for {}", call.verb(), entry.to_value()),
    }
    Ok(())
}

/// Whether this is the first patch of a pod. A pod that is removed in the sync that ends the Job is
/// patched twice, and may be gone by then (CC-89), so only the first patch is compared.
fn first_of_its_kind<'a>(seen: &mut BTreeSet<&'a str>, name: Option<&'a str>) -> bool {
    name.is_none_or(|name| seen.insert(name))
}

fn check_plan(
    plan: &Plan,
    memory: &Memory,
    played: &Player,
    from: usize,
) -> Result<(), TestCaseError> {
    let (events, mut calls): (Vec<_>, Vec<_>) =
        entries(played)[from..].iter().partition(|entry| entry.kind == TraceKind::Event);
    let mut patched = BTreeSet::new();
    calls.retain(|entry| {
        let patch = (entry.kind == TraceKind::PatchPod).then_some(entry.name.as_str());
        first_of_its_kind(&mut patched, patch)
    });
    let mut patched = BTreeSet::new();
    let requests: Vec<&Call> = plan
        .requests
        .iter()
        .filter(|call| {
            let patch = match call {
                Call::PatchPod { pod, .. } => Some(pod.metadata.name.as_str()),
                _ => None,
            };
            first_of_its_kind(&mut patched, patch)
        })
        .collect();
    prop_assert!(calls.len() >= requests.len(), "planned {:?}", requests);
    for (call, entry) in requests.iter().zip(&calls) {
        check_call(call, entry)?;
    }
    // After the end of the Job, remaining pods lose their finalizers.
    let job = played.cluster().job("default", "j");
    for entry in &calls[requests.len()..] {
        let ended = job.is_some_and(|job| job.is_finished());
        prop_assert!(ended && entry.kind == TraceKind::PatchPod, "not planned: {entry:?}");
    }
    prop_assert_eq!(plan.events.len(), events.len());
    for (planned, entry) in plan.events.iter().zip(events) {
        prop_assert_eq!(Some(&*planned.reason), entry.reason.as_deref());
        // Planned pods have no name yet.
        let message = entry.message.as_deref().unwrap_or_default();
        prop_assert!(
            message.starts_with(&*planned.message.text()),
            "{} {}",
            planned.message,
            message
        );
    }
    if let Some(job) = job {
        prop_assert_eq!(sorted(plan.status.clone()), sorted(job.status.clone()));
    }
    let controller = played.cluster().job_controller();
    if let Some(kept) = controller.memory_of("default", "j") {
        prop_assert_eq!(memory.backoff(), kept.backoff());
    }
    if let Some(next) = &plan.wakeup {
        let wakeup = controller.wakeup_of("default", "j");
        prop_assert!(wakeup.is_some_and(|wakeup| wakeup.at <= next.at), "no {next:?}");
    }
    Ok(())
}

#[test]
fn reconcile_does_what_the_controller_does_next() {
    let scenarios = prop_oneof![
        3 => generate::scenario(NO_FAULTS).boxed(),
        1 => generate::stored().boxed(),
    ];
    let wanted =
        [("compared", 800), ("requests", 1_000), ("events", 200), ("wake-ups", 50), ("ends", 60)];
    for_all(300, (scenarios, versions()), &wanted, |(scenario, kube), seen| {
        let mut player = player(scenario, kube);
        let key = Key::from("default/j".to_owned());
        for _ in 0..STEP_LIMIT {
            let ahead = plan_ahead(&player, &key);
            let from = entries(&player).len();
            if !player.step().unwrap() {
                return Ok(());
            }
            let Some((plan, memory, _)) = ahead else { continue };
            // A refused status write ends a sync early, which `reconcile` cannot foresee.
            let refused = |entry: &TraceEntry| entry.kind == TraceKind::JobStatusRejected;
            if entries(&player)[from..].iter().any(refused) {
                *seen.entry("refused").or_default() += 1;
                continue;
            }
            // Nor that a Job in deletion goes with the last finalizer.
            if player.cluster().job("default", "j").is_none() {
                *seen.entry("gone").or_default() += 1;
                continue;
            }
            check_plan(&plan, &memory, &player, from)?;
            let mut count = |what, n| *seen.entry(what).or_default() += n;
            count("compared", 1);
            count("requests", plan.requests.len());
            count("events", plan.events.len());
            count("wake-ups", usize::from(plan.wakeup.is_some()));
            count(
                "ends",
                usize::from(
                    plan.skipped.is_none() && {
                        let ended = Job { status: plan.status.clone(), ..Job::default() };
                        ended.is_finished()
                    },
                ),
            );
        }
        Err(TestCaseError::fail("the scenario never ends"))
    });
}

#[test]
fn notes_never_change_a_decision() {
    let inputs = (generate::stored(), versions());
    let wanted = [("with notes", 200), ("with requests", 200)];
    for_all(400, inputs, &wanted, |(Drawn(scenario), kube), seen| {
        let sem = Semantics::kube(kube);
        let job: Job = serde_json::from_value(scenario["rawJobs"][0].clone()).unwrap();
        let pods: Vec<Arc<Pod>> = serde_json::from_value(scenario["pods"].clone()).unwrap();
        let now = crate::scenario::START;
        let (mut silent, mut noted) = (Memory::default(), Memory::default());
        let without = reconcile(&job, &pods, now, &mut silent, &sem);
        let with = reconcile_explained(&job, &pods, now, &mut noted, &sem);
        let bare = |plan: &Plan| {
            let parts = (&plan.requests, &plan.events, &plan.status, &plan.wakeup, plan.skipped);
            format!("{parts:?} {:?}", plan.error)
        };
        prop_assert_eq!(bare(&without), bare(&with));
        prop_assert_eq!(silent, noted);
        prop_assert!(without.explain().is_empty());
        *seen.entry("with notes").or_default() += usize::from(!with.explain().is_empty());
        *seen.entry("with requests").or_default() += usize::from(!with.requests.is_empty());
        Ok(())
    });
}

#[test]
fn a_crash_in_the_middle_of_a_sync_changes_neither_verdict_nor_counts() {
    let inputs = (generate::timeless(), versions(), 0usize..16);
    let wanted = [("crashed", 60), ("succeeded", 15), ("failed", 15)];
    for_all(120, inputs, &wanted, |(scenario, kube, requests), seen| {
        let mut ends = Vec::new();
        let mut crashed = false;
        for crash_after in [None, Some(requests)] {
            let mut player = player(scenario.clone(), kube);
            player.cluster_mut().test_options_mut().crash_after = crash_after;
            let mut steps = 0;
            while player.step().unwrap() {
                steps += 1;
                prop_assert!(steps < STEP_LIMIT, "the scenario never ends");
            }
            crashed =
                player.cluster().test_options().crash_after.is_none() && crash_after.is_some();
            let job = player.cluster().job("default", "j").unwrap();
            let verdict = outcome(job);
            prop_assert!(verdict.verdict.is_final(), "{:?}", job.status);
            let status = &job.status;
            *seen.entry(verdict.verdict.as_str()).or_default() += 1;
            ends.push((
                (verdict.verdict, verdict.reason),
                (status.succeeded, status.failed),
                (status.completed_indexes.clone(), status.failed_indexes.clone()),
            ));
        }
        *seen.entry("crashed").or_default() += usize::from(crashed);
        prop_assert_eq!(&ends[0], &ends[1]);
        Ok(())
    });
}
