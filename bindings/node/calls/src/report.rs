//! A simulation as a document.

use jobsem::scenario::Simulation;
use jobsem::{Time, outcome, wire};
use serde_json::{Value, json};

use crate::answer::{object, outcome as told};

/// What happened: `outcome`, `start` (RFC 3339), `end` and all other times in seconds since then,
/// `lines`, `pods`, `conditions`, `waits`, `events`, `warnings`, and all of it as `text`.
pub fn simulation(simulation: &Simulation) -> Value {
    let seconds = |at: Time| at.since(simulation.start) as f64 / 1e9;
    let maybe = |at: Option<Time>| at.map(seconds);
    let lines = simulation.timeline.lines().map(|(at, line)| {
        object([
            ("at", (at as f64 / 1e9).into()),
            ("who", (&*line.who).into()),
            ("what", (&*line.what).into()),
            ("rule", line.rule.into()),
        ])
    });
    let pods = simulation.lanes.pods.iter().map(|lane| {
        object([
            ("name", (&*lane.name).into()),
            ("index", lane.index.into()),
            ("created", seconds(lane.created).into()),
            ("running", maybe(lane.running).into()),
            ("deleted", maybe(lane.deleted).into()),
            ("ended", maybe(lane.ended).into()),
            ("gone", maybe(lane.gone).into()),
            ("phase", lane.phase.to_string().into()),
            ("exitCode", lane.exit_code.into()),
            ("disrupted", lane.disrupted.into()),
        ])
    });
    let conditions = simulation.lanes.conditions.iter().map(|mark| {
        json!({"at": seconds(mark.at), "type": mark.type_, "status": mark.status,
               "reason": mark.reason})
    });
    let waits = simulation.lanes.waits.iter();
    let waits = waits.map(|wait| json!({"from": seconds(wait.from), "until": seconds(wait.until)}));
    json!({
        "outcome": told(&outcome(&simulation.job)),
        "start": simulation.start.to_string(),
        "end": seconds(simulation.end),
        "lines": lines.collect::<Value>(),
        "pods": pods.collect::<Value>(),
        "conditions": conditions.collect::<Value>(),
        "waits": waits.collect::<Value>(),
        "events": simulation.events.iter().map(wire::event).collect::<Value>(),
        "warnings": simulation.warnings,
        "text": simulation.timeline.to_string(),
    })
}
