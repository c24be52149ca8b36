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
pub use timeline::{Line, Timeline};
pub(crate) use trace::seconds_text;
pub use trace::{Trace, TraceEntry, TraceKind};

use crate::cluster::Fault;
use crate::{Error, ErrorKind, KubeVersion, Semantics, Time};

/// 2000-01-01T00:00:01Z, the start of every scenario.
pub const START: Time = Time::from_unix(946_684_801);

/// What is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Scenario {
    /// Absent or `timeline`; `create`, `update`, `updateStatus`, `updateCron` and `schedule` ask
    /// for one answer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Names the scenario.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Feature gates that differ from the version's defaults.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<String, bool>,
    /// The controllers that run; only the Job controller if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controllers: Vec<String>,
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

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Scenario {
    /// A scenario in which a user creates `job` (a document), and nothing else is said yet.
    pub fn of_job(job: Value) -> Scenario {
        Scenario { job: Some(job), ..Scenario::default() }
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

/// One thing that a user does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Step {
    /// Seconds after the start, to the millisecond.
    pub at: f64,
    /// `patchJob`, `deleteJob`, `patchCronJob`, `createPod`, `patchPod`, `podStatus`,
    /// `deletePod`, `removePod`, `holdEvents`, `releaseEvents` or `restartController`.
    pub op: String,
    /// The object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Value>,
    /// The new pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    /// `Background`, `Foreground` or `Orphan`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub propagation: String,
    /// Of `holdEvents` and `releaseEvents`: `jobs`, `pods` or `cronjobs`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// The grace period in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<i64>,
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
    let sem = Semantics::kube(kube).with_gates(&scenario.gates)?;
    match scenario.mode.as_str() {
        "" | "timeline" => {
            let mut player = Player::new(scenario, sem)?;
            player.run()?;
            player.into_answer(&scenario.id)
        }
        "schedule" => answers::times(scenario).map(Answer::from),
        mode => admit::answer(scenario, &sem).map(Answer::from).ok_or_else(|| {
            let text = format!("scenarios of mode `{mode}` cannot be played");
            Error::new(ErrorKind::Unsupported, text)
        }),
    }
}
