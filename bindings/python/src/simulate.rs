//! `simulate` and `play`: a Job in virtual time.

use std::sync::Arc;

use jobsem::scenario::{Scenario, play as play_scenario};
use jobsem::scenario::{Simulation, SimulationPlan};
use jobsem::{KubeVersion, Time, outcome};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};

use crate::classes::make;
use crate::errors::guard_detached;
use crate::objects::{self, to_python};
use crate::values;
use crate::{convert, manifests, times};

#[pyfunction]
#[pyo3(signature = (
    manifest, /, *, pods=None, kube=None, gates=None, until=None, steps=None, faults=None
))]
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
    let job = manifests::job(manifest, &sem)?;
    let plan = json!({
        "pods": part(pods)?, "until": until, "steps": part(steps)?, "faults": part(faults)?,
    });
    let kube = sem.version().to_string();
    let simulation =
        guard_detached(py, || Simulation::run(job, SimulationPlan::from_value(plan)?, sem))?;
    timeline(py, simulation, kube)
}

fn part(given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Value>> {
    given.map(convert::value).transpose()
}

fn timeline<'py>(
    py: Python<'py>,
    simulation: Simulation,
    kube: String,
) -> PyResult<Bound<'py, PyAny>> {
    let text = &simulation.timeline;
    let seconds = |at: Time| at.since(simulation.start) as f64 / 1e9;
    let maybe = |at: Option<Time>| at.map(seconds);
    let lines = values::tuple(py, text.lines(), |(at, line)| {
        make(py, "Line", (at as f64 / 1e9, &line.who, &line.what, line.rule))
    })?;
    let lanes = &simulation.lanes;
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
    let events = values::tuple(py, &simulation.events, |event| values::event(py, event))?;
    let warnings = values::tuple(py, &simulation.warnings, |text| {
        Ok(pyo3::types::PyString::new(py, text).into_any())
    })?;
    let verdict = values::outcome(py, &outcome(&simulation.job))?;
    let end = seconds(simulation.end);
    let start = times::datetime(py, simulation.start)?;
    let rest = (pods, conditions, waits, events, warnings);
    let (pods, conditions, waits, events, warnings) = rest;
    let job = objects::Job(Arc::clone(&simulation.job));
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
        play_scenario(&Scenario::from_value(scenario)?, version)
    })?;
    to_python(py, &result)
}
