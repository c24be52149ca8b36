//! What a [`Scenario`] asks for, and what comes of it, in the vectors' form.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::trace::{SortedStatus, Trace, without_nulls};
use super::{Controller, Scenario};
use crate::api::{Job, Pod, PodPhase, Text};
use crate::cluster::{Cluster, Controllers};
use crate::cron::CronSchedule;
use crate::{Error, Time};

/// What came of a scenario, in the vectors' form.
///
/// ```
/// use jobsem::KubeVersion;
/// use jobsem::scenario::{Scenario, answer};
///
/// let scenario: Scenario = serde_json::from_str(r#"{"mode": "schedule", "schedule": "0 * * * *",
///     "from": "2000-01-01T00:00:00Z", "count": 1}"#)?;
/// let answer = answer(&scenario, KubeVersion::V1_37)?;
/// assert_eq!(answer.to_json(), r#"{"times":["2000-01-01T01:00:00Z"]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Answer(Kind);

#[derive(Debug)]
enum Kind {
    Value(Value),
    Played(Box<Played>),
}

/// A scenario that was played to its end.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) id: String,
    pub(super) warnings: Vec<String>,
    pub(super) cluster: Cluster,
    pub(super) trace: Trace,
}

impl Answer {
    /// Whether the API server crashed over it.
    pub fn is_crash(&self) -> bool {
        matches!(&self.0, Kind::Value(value) if value.get("crash").is_some())
    }

    /// The result, without `null` members and elements.
    pub fn to_value(&self) -> Value {
        match &self.0 {
            Kind::Value(value) => value.clone(),
            Kind::Played(played) => {
                without_nulls(serde_json::to_value(&**played).unwrap_or_default())
            }
        }
    }

    /// The same as text.
    pub fn to_json(&self) -> String {
        if let Kind::Played(played) = &self.0 {
            let text = serde_json::to_string(&**played).unwrap_or_default();
            // A `null` can only come from a template; only then is the result taken apart.
            if !text.contains("null") {
                return text;
            }
        }
        self.to_value().to_string()
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Answer {
        Answer(Kind::Value(value))
    }
}

impl From<Played> for Answer {
    fn from(played: Played) -> Answer {
        Answer(Kind::Played(Box::new(played)))
    }
}

impl Serialize for Played {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            #[serde(skip_serializing_if = "str::is_empty")]
            id: &'a str,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            warnings: &'a [String],
            #[serde(skip_serializing_if = "Vec::is_empty")]
            trace: Vec<&'a super::TraceEntry>,
            #[serde(rename = "final")]
            last: Last<'a>,
        }
        #[derive(Serialize)]
        struct Last<'a> {
            pods: Vec<LastPod<'a>>,
            jobs: Vec<LastJob<'a>>,
        }
        let trace = self.trace.sorted();
        let pods = self.cluster.pods().map(|pod| LastPod::of(pod)).collect();
        let jobs = self.cluster.jobs().map(|job| LastJob::of(job)).collect();
        let last = Last { pods, jobs };
        Whole { id: &self.id, warnings: &self.warnings, trace, last }.serialize(serializer)
    }
}

/// A pod at the end.
#[derive(Serialize)]
struct LastPod<'a> {
    name: &'a str,
    phase: &'a PodPhase,
    deleting: bool,
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    finalizers: &'a [Text],
}

impl LastPod<'_> {
    fn of(pod: &Pod) -> LastPod<'_> {
        LastPod {
            name: &pod.metadata.name,
            phase: &pod.status.phase,
            deleting: pod.metadata.deletion_timestamp.is_some(),
            finalizers: &pod.metadata.finalizers,
        }
    }
}

/// A Job at the end.
#[derive(Serialize)]
struct LastJob<'a> {
    name: &'a str,
    status: SortedStatus<'a>,
    deleting: bool,
}

impl LastJob<'_> {
    fn of(job: &Job) -> LastJob<'_> {
        LastJob {
            name: &job.metadata.name,
            status: SortedStatus(&job.status),
            deleting: job.metadata.deletion_timestamp.is_some(),
        }
    }
}

/// The controllers of a scenario: only the Job controller if it names none.
pub(super) fn controllers(names: &[Controller]) -> Controllers {
    let runs = |controller| names.contains(&controller);
    Controllers {
        job: names.is_empty() || runs(Controller::Job),
        ttl: runs(Controller::Ttl),
        cron_job: runs(Controller::CronJob),
    }
}

/// Mode `schedule`: the next times of an expression, or why it is none.
pub(super) fn times(scenario: &Scenario) -> Result<Value, Error> {
    let mut text = scenario.schedule.clone().unwrap_or_default();
    if !scenario.time_zone.is_empty() {
        text = format!("TZ={} {text}", scenario.time_zone);
    }
    let mut out = match CronSchedule::parse(&text) {
        Err(error) => json!({"errors": [error.to_string()]}),
        Ok(schedule) => {
            let mut at: Time = scenario.from.parse()?;
            let mut times = Vec::new();
            for _ in 0..scenario.count {
                match schedule.next(at) {
                    Some(next) => {
                        times.push(next.to_string());
                        at = next;
                    }
                    None => {
                        times.push("never".to_owned());
                        break;
                    }
                }
            }
            json!({"times": times})
        }
    };
    if !scenario.id.is_empty() {
        out["id"] = scenario.id.as_str().into();
    }
    Ok(out)
}
