//! `simulate` and `play`: a Job in virtual time.

use std::sync::Arc;

use jobsem::api::Job;
use jobsem::cluster::scenario::{Player, START, Scenario, play as play_scenario};
use jobsem::cluster::{Lanes, scripts};
use jobsem::{Error, ErrorKind, KubeVersion, Semantics, Time, outcome};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};

use crate::errors::{decode, guard_detached};
use crate::objects::{self, to_python};
use crate::values::{self, make};
use crate::{convert, times};

/// A day: longer than any back-off, and a Job that runs for ever has to stop somewhere.
const DEFAULT_UNTIL: f64 = 86_400.0;

/// What was played.
struct Played {
    player: Player,
    lanes: Lanes,
    events: Vec<jobsem::Event>,
    job: Option<Arc<Job>>,
}

#[pyfunction]
#[pyo3(signature = (manifest, /, *, pods=None, kube=None, gates=None, until=None, steps=None, faults=None))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn simulate<'py>(
    py: Python<'py>,
    manifest: &Bound<'py, PyAny>,
    pods: Option<&Bound<'py, PyAny>>,
    kube: Option<&str>,
    gates: Option<&Bound<'py, PyDict>>,
    until: Option<f64>,
    steps: Option<&Bound<'py, PyAny>>,
    faults: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let sem = convert::semantics(py, kube, gates)?;
    let job = convert::job_manifest(manifest, &sem)?;
    let mut behaviour = match pods {
        Some(pods) => convert::value(pods)?,
        None => json!({}),
    };
    if let Value::Object(behaviour) = &mut behaviour {
        behaviour.entry("*").or_insert_with(|| json!({}));
    }
    let parts = json!({
        "job": job,
        "until": until.unwrap_or(DEFAULT_UNTIL),
        "controllers": if job.spec.ttl_seconds_after_finished.is_some() { &["job", "ttl"][..] }
            else { &["job"][..] },
        "steps": part(steps)?,
        "faults": part(faults)?,
    });
    let played = guard_detached(py, || {
        let mut scenario: Scenario = serde_json::from_value(parts)
            .map_err(|error| Error::new(ErrorKind::Decode, error.to_string()))?;
        scenario.scripts = scripts(&job, &behaviour)?;
        run(&scenario, sem.clone(), until.is_none())
    })?;
    timeline(py, played, &sem)
}

fn part(given: Option<&Bound<'_, PyAny>>) -> PyResult<Value> {
    given.map_or(Ok(json!([])), convert::value)
}

fn run(scenario: &Scenario, sem: Semantics, stops_early: bool) -> Result<Played, Error> {
    let player = Player::explained(scenario, sem)?;
    if let Some(refusal) = player.refusal() {
        return Err(Error::from(refusal.clone()));
    }
    let mut played = Played { player, lanes: Lanes::default(), events: Vec::new(), job: None };
    played.lanes.observe(played.player.now(), played.player.cluster());
    loop {
        let player = &mut played.player;
        let more = player.step()?;
        played.lanes.observe(player.now(), player.cluster());
        played.events.extend(std::iter::from_fn(|| player.cluster_mut().poll_event()));
        if let Some(job) = player.cluster().jobs().next() {
            played.job = Some(Arc::clone(job));
        }
        let waits_for_nothing =
            |job: &Job| job.is_finished() && job.spec.ttl_seconds_after_finished.is_none();
        let over = player.cluster().jobs().all(|job| waits_for_nothing(job));
        if !more || (stops_early && over) {
            return Ok(played);
        }
    }
}

fn timeline<'py>(
    py: Python<'py>,
    mut played: Played,
    sem: &Semantics,
) -> PyResult<Bound<'py, PyAny>> {
    let text = played.player.timeline();
    let seconds = |at: Time| at.since(START) as f64 / 1e9;
    let maybe = |at: Option<Time>| at.map(seconds);
    let lines = values::tuple(py, text.lines(), |(at, line)| {
        make(py, "Line", (at as f64 / 1e9, &line.who, &line.what, line.rule))
    })?;
    let lanes = &played.lanes;
    let pods = values::tuple(py, &lanes.pods, |lane| {
        let phase = lane.phase.to_string();
        let span = (seconds(lane.created), maybe(lane.running), maybe(lane.deleted));
        let (created, running, deleted) = span;
        let end = (maybe(lane.ended), maybe(lane.gone));
        let how = (lane.exit_code, lane.disrupted);
        make(
            py,
            "PodLane",
            (&lane.name, lane.index, created, running, deleted, end.0, end.1, phase, how.0, how.1),
        )
    })?;
    let conditions = values::tuple(py, &lanes.conditions, |mark| {
        make(py, "ConditionMark", (seconds(mark.at), &mark.type_, &mark.status, &mark.reason))
    })?;
    let waits = values::tuple(py, &lanes.waits, |wait| {
        make(py, "WaitSpan", (seconds(wait.from), seconds(wait.until)))
    })?;
    let events = values::tuple(py, &played.events, |event| values::event(py, event))?;
    let warnings = values::tuple(py, played.player.warnings(), |text| {
        Ok(pyo3::types::PyString::new(py, text).into_any())
    })?;
    let Some(job) = played.job else {
        return Err(decode(py, "the Job was never there", None));
    };
    let verdict = values::outcome(py, &outcome(&job))?;
    let end = seconds(played.player.now());
    let kube = sem.version().to_string();
    let start = times::datetime(py, START)?;
    let rest = (pods, conditions, waits, events, warnings);
    let (pods, conditions, waits, events, warnings) = rest;
    let job = objects::Job(job);
    let text = text.to_string();
    make(
        py,
        "Timeline",
        (job, verdict, kube, start, end, lines, pods, conditions, waits, events, warnings, text),
    )
}

#[pyfunction]
#[pyo3(signature = (scenario, /, *, kube=None))]
pub fn play<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyAny>,
    kube: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let scenario = convert::value(scenario)?;
    let result = guard_detached(py, || {
        let version = kube.map_or(Ok(KubeVersion::LATEST), str::parse)?;
        let scenario: Scenario = serde_json::from_value(scenario)
            .map_err(|error| Error::new(ErrorKind::Decode, format!("not a scenario: {error}")))?;
        play_scenario(&scenario, version)
    })?;
    to_python(py, &result)
}
