//! [`Scenario`]: a Job, what becomes of its pods, and what users do, played in virtual time.
//!
//! The format is that of the conformance vectors (`tests/conformance/README.md`): a scenario that
//! jobsem plays can be played by the real controllers too, and the results compared.

mod admit;
mod answers;
mod behaviour;
mod coming;
mod describe;
mod lanes;
mod player;
mod rehearsal;
mod simulation;
mod status_patch;
mod step;
mod timeline;
pub(crate) mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use answers::Answer;
pub use behaviour::{Seconds, scripts};
pub use lanes::{Lane, Lanes, Mark, Wait};
pub use player::Player;
pub use rehearsal::{Deleted, Missed, Occasion, Rehearsal, RehearsalPlan, Start, rehearse};
pub use simulation::{Simulation, SimulationPlan};
pub use status_patch::StatusPatch;
pub use step::{Op, Step};
pub use timeline::{Line, Timeline};
pub(crate) use trace::seconds_text;
pub use trace::{Trace, TraceEntry, TraceKind};

use crate::cluster::Fault;
use crate::decode::read_value;
use crate::{Error, KubeVersion, Semantics, Time};

/// 2000-01-01T00:00:01Z, the start of every scenario.
pub const START: Time = Time::from_unix(946_684_801);

/// What is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Scenario {
    /// What is asked; a timeline if absent.
    #[serde(skip_serializing_if = "Mode::is_timeline")]
    pub mode: Mode,
    /// Names the scenario.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Feature gates that differ from the version's defaults.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<String, bool>,
    /// The controllers that run; only the Job controller if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controllers: Vec<Controller>,
    /// A Job that a user creates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Value>,
    /// More Jobs that users create, after `job`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Value>,
    /// The Job before an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// A CronJob that a user creates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_job: Option<Value>,
    /// Jobs that are stored as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raw_jobs: Vec<Value>,
    /// Pods that are stored as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Value>,
    /// What becomes of a pod, by its name, by `index:N`, or `*`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scripts: BTreeMap<String, Arc<Script>>,
    /// What becomes of a Job that a CronJob started, by `nth:N` or `*`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub job_scripts: BTreeMap<String, Vec<Timed>>,
    /// What users do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// API calls that fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Seconds to play; what happens at exactly that time still counts.
    pub until: f64,
    /// In mode `schedule`, the expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// In mode `schedule`, the zone; UTC if empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// In mode `schedule`, the time to begin after.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// In mode `schedule`, how many times are wanted.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: usize,
}

/// What a [`Scenario`] asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Mode {
    /// What happens, moment by moment.
    #[default]
    Timeline,
    /// What admission makes of a new object.
    Create,
    /// What admission makes of a changed Job.
    Update,
    /// What admission makes of a Job's changed status.
    UpdateStatus,
    /// What admission makes of a changed CronJob.
    UpdateCron,
    /// The next times of a schedule.
    Schedule,
}

impl Mode {
    fn is_timeline(&self) -> bool {
        *self == Mode::Timeline
    }
}

/// A controller that runs in a [`Scenario`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Controller {
    /// The Job controller.
    Job,
    /// The controller of `ttlSecondsAfterFinished`.
    Ttl,
    /// The CronJob controller.
    CronJob,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Scenario {
    /// A scenario in which a user creates `job` (a document), and nothing else is said yet.
    pub fn of_job(job: Value) -> Scenario {
        Scenario { job: Some(job), ..Scenario::default() }
    }

    /// Reads a scenario, or a conformance vector, of which the scenario is taken.
    ///
    /// ```
    /// use jobsem::scenario::Scenario;
    /// use serde_json::json;
    ///
    /// let error = Scenario::from_value(json!({"steps": [{"op": "evict"}]})).unwrap_err();
    /// assert_eq!(error.path(), Some("steps[0].op"));
    /// assert!(error.message().contains("`deletePod`"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// `Decode` with the path of the member that cannot be read.
    pub fn from_value(mut value: Value) -> Result<Scenario, Error> {
        if let Some(inner) = value.get_mut("scenario") {
            value = inner.take();
        }
        read_value(&value)
    }
}

/// What becomes of a pod after its creation, and after its deletion was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Script {
    /// Counted from the creation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_create: Vec<Timed>,
    /// Counted from the deletion; if empty, the pod goes at the end of its grace period.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_delete: Vec<Timed>,
}

/// One thing that happens to a pod, or to a Job that a CronJob started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Timed {
    /// Seconds, to the millisecond.
    pub after: f64,
    /// Merged into the pod's status; `$NOW` stands for the current time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Value>"))]
    pub status: Option<StatusPatch>,
    /// The kubelet lets go of the pod; of a Job, it is deleted in the background.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remove: bool,
}

/// Plays the scenario to its end, and returns the result in the vectors' form.
///
/// # Errors
///
/// If the scenario cannot be understood, or asks for what jobsem does not have yet.
pub fn play(scenario: &Scenario, kube: KubeVersion) -> Result<Value, Error> {
    Ok(answer(scenario, kube)?.to_value())
}

/// As [`play`], with a result that can be written down without being taken apart.
///
/// # Errors
///
/// As [`play`].
pub fn answer(scenario: &Scenario, kube: KubeVersion) -> Result<Answer, Error> {
    answer_with(scenario, kube, None)
}

/// As [`answer`], with a limit of requests and Events for scenarios that run in circles.
///
/// # Errors
///
/// As [`play`], and `Limit` where the limit is reached.
pub fn answer_within(
    scenario: &Scenario,
    kube: KubeVersion,
    limit: usize,
) -> Result<Answer, Error> {
    answer_with(scenario, kube, Some(limit))
}

fn answer_with(
    scenario: &Scenario,
    kube: KubeVersion,
    limit: Option<usize>,
) -> Result<Answer, Error> {
    let sem = Semantics::kube(kube).with_gates(&scenario.gates)?;
    Ok(match scenario.mode {
        Mode::Timeline => {
            let mut player = match limit {
                Some(limit) => Player::limited(scenario, sem, limit)?,
                None => Player::new(scenario, sem)?,
            };
            player.run()?;
            player.into_answer(&scenario.id)
        }
        Mode::Schedule => answers::times(scenario)?.into(),
        Mode::Create => admit::create(scenario, &sem).into(),
        Mode::Update => admit::update(scenario, false, &sem).into(),
        Mode::UpdateStatus => admit::update(scenario, true, &sem).into(),
        Mode::UpdateCron => admit::update_cron(scenario, &sem).into(),
    })
}
