//! [`Simulation`]: a Job in virtual time, from its creation to its end.
//!
//! What `simulate` of the Python and the Node package returns; scenarios with several objects, and
//! results in the vectors' form, are `scenario`'s.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Controller, Lanes, Player, START, Scenario, Step, Timeline, scripts};
use crate::api::Job;
use crate::cluster::Fault;
use crate::decode::read_value;
use crate::{Error, Event, Semantics, Time};

/// A day: longer than any back-off, and a Job that runs for ever has to stop somewhere.
const DEFAULT_UNTIL: f64 = 86_400.0;

/// What is to happen to a Job.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SimulationPlan {
    /// What its pods do, as [`scripts`] reads it. What is not said succeeds after five seconds.
    pub pods: Value,
    /// When to stop, in seconds; without it, when the Job has ended, or after a day.
    pub until: Option<f64>,
    /// What users do.
    pub steps: Vec<Step>,
    /// Calls that fail.
    pub faults: Vec<Fault>,
}

impl Default for SimulationPlan {
    fn default() -> SimulationPlan {
        SimulationPlan { pods: json!({}), until: None, steps: Vec::new(), faults: Vec::new() }
    }
}

impl SimulationPlan {
    /// Reads a plan, whose members are those of the type; what is absent or `null` is the default.
    ///
    /// ```
    /// use jobsem::scenario::SimulationPlan;
    /// use serde_json::json;
    ///
    /// let steps = json!([{"at": 5, "op": "deleteJob", "propagation": "Now"}]);
    /// let error = SimulationPlan::from_value(json!({"steps": steps})).unwrap_err();
    /// assert_eq!(error.path(), Some("steps[0].propagation"));
    /// # Ok::<(), jobsem::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Decode` with the path of the member that cannot be read.
    pub fn from_value(mut value: Value) -> Result<SimulationPlan, Error> {
        if let Value::Object(members) = &mut value {
            members.retain(|_, member| !member.is_null());
        }
        read_value(&value)
    }
}

/// What became of a Job.
#[derive(Debug)]
#[non_exhaustive]
pub struct Simulation {
    /// The Job as it was last.
    pub job: Arc<Job>,
    /// When it was created.
    pub start: Time,
    /// When the simulation stopped.
    pub end: Time,
    /// What happened, and by which rules.
    pub timeline: Timeline,
    /// What can be drawn.
    pub lanes: Lanes,
    /// The Events.
    pub events: Vec<Event>,
    /// What the API server would warn of.
    pub warnings: Vec<String>,
}

impl Simulation {
    /// Plays `job` as `plan` has it.
    ///
    /// ```
    /// use jobsem::scenario::{Simulation, SimulationPlan};
    /// use jobsem::{Semantics, Verdict, outcome};
    /// use serde_json::json;
    ///
    /// let job = serde_json::from_value(json!({"metadata": {"name": "pi"}, "spec": {"template": {
    ///     "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "i"}]}
    /// }}}))?;
    /// let mut plan = SimulationPlan::default();
    /// plan.pods = json!({"attempt 1": {"exit": 1}});
    /// let simulation = Simulation::run(job, plan, Semantics::default())?;
    /// assert_eq!(outcome(&simulation.job).verdict, Verdict::Succeeded);
    /// assert_eq!(simulation.lanes.pods.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Invalid` if the API server would refuse the Job, `Decode` for a plan that cannot be read.
    pub fn run(job: Job, plan: SimulationPlan, sem: Semantics) -> Result<Simulation, Error> {
        let SimulationPlan { mut pods, until, steps, faults } = plan;
        if let Value::Object(pods) = &mut pods {
            pods.entry("*").or_insert_with(|| json!({}));
        }
        let has_ttl = job.spec.ttl_seconds_after_finished.is_some();
        let document = serde_json::to_value(&job);
        let document = document.map_err(|error| Error::decode(error.to_string()))?;
        let mut scenario = Scenario::of_job(document);
        scenario.until = until.unwrap_or(DEFAULT_UNTIL);
        scenario.controllers = vec![Controller::Job];
        scenario.controllers.extend(has_ttl.then_some(Controller::Ttl));
        scenario.steps = steps;
        scenario.faults = faults;
        scenario.scripts = scripts(&job, &pods)?;
        let mut player = Player::explained(&scenario, sem)?;
        if let Some(refusal) = player.refusal() {
            return Err(Error::from(refusal.clone()));
        }
        let (mut lanes, mut events, mut last) = (Lanes::default(), Vec::new(), None);
        lanes.observe(player.now(), player.cluster());
        let end = loop {
            let more = player.step()?;
            lanes.observe(player.now(), player.cluster());
            events.extend(std::iter::from_fn(|| player.cluster_mut().poll_event()));
            if let Some(job) = player.cluster().jobs().next() {
                last = Some(Arc::clone(job));
            }
            let waits_for_nothing =
                |job: &Job| job.is_finished() && job.spec.ttl_seconds_after_finished.is_none();
            let over = player.cluster().jobs().all(|job| waits_for_nothing(job));
            if over && (!more || until.is_none()) {
                break player.now();
            }
            if !more {
                // Somebody still waits, for all of the time.
                break player.end();
            }
        };
        let job = last.ok_or_else(|| Error::decode("the Job was never there"))?;
        let timeline = player.timeline();
        let warnings = player.warnings().to_vec();
        Ok(Simulation { job, start: START, end, timeline, lanes, events, warnings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(suspend: bool, until: Option<f64>) -> (Time, Time) {
        let job = serde_json::from_value(json!({"metadata": {"name": "pi"}, "spec": {
            "suspend": suspend, "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "i"}]}}}}));
        let plan = SimulationPlan { until, ..SimulationPlan::default() };
        let played = Simulation::run(job.unwrap(), plan, Semantics::default()).unwrap();
        (played.start, played.end)
    }

    #[test]
    fn a_job_that_waits_is_played_to_the_end_of_the_time_and_a_finished_one_to_its_own() {
        let (start, end) = played(true, Some(90.0));
        assert_eq!(end, start.plus_seconds(90));
        for until in [None, Some(90.0)] {
            let (start, end) = played(false, until);
            assert!(end < start.plus_seconds(30), "{until:?}");
        }
    }
}
