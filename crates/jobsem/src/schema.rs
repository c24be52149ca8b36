//! JSON Schemas of what jobsem reads and writes; with the feature `schema`.
//!
//! [`job`] and [`cronjob`] have every member that the newest emulated version has, and refuse all
//! others, as strict decoding does; members that are newer than the oldest version say so.
//! [`pod`] has what jobsem looks at.
//! [`scenario`] is what `jobsem simulate` and `replay` read, [`trace`] what they answer, [`plan`]
//! what `jobsem explain --format json` prints, one for each Job.
//!
//! Deliberately absent: validation (`admission`): a document that fits a schema may still be
//! refused.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::admission;
use crate::api::{CronJob, Job, JobStatus, Pod};
use crate::scenario::Scenario;

/// The schema of a Job.
///
/// ```
/// let schema = jobsem::schema::job();
/// assert_eq!(schema["properties"]["kind"]["const"], "Job");
/// assert_eq!(schema["$defs"]["JobSpec"]["additionalProperties"], false);
/// ```
pub fn job() -> Value {
    admission::export_job(&of::<Job>())
}

/// The schema of a CronJob.
pub fn cronjob() -> Value {
    admission::export_cronjob(&of::<CronJob>())
}

/// The schema of a pod, as far as jobsem looks into one: other members may be there.
pub fn pod() -> Value {
    of::<Pod>()
}

/// The schema of a scenario.
pub fn scenario() -> Value {
    of::<Scenario>()
}

/// The schema of a plan, as `jobsem explain --format json` prints it.
pub fn plan() -> Value {
    of::<Plan>()
}

/// The schema of what comes of a scenario: a trace, or the answer of admission or a schedule.
pub fn trace() -> Value {
    of::<Trace>()
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12();
    SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value()
}

/// How a Job stands, and what one sync of it would do.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Plan {
    /// The Job's namespace and name.
    job: String,
    /// The time of the sync.
    at: String,
    /// The emulated version, such as `1.34`.
    kube: String,
    /// How the Job stands.
    outcome: Outcome,
    /// Why nothing was looked at, if so.
    skipped: Option<String>,
    /// What went wrong before anything was decided.
    error: Option<String>,
    /// The requests, in the order in which they would be sent.
    requests: Vec<Request>,
    /// The events, in order.
    events: Vec<Event>,
    /// What would change in the status, member by member.
    changes: Vec<Change>,
    /// When the Job would be looked at again if nothing happens before.
    wakeup: Option<Wakeup>,
    /// Why the sync decided as it did.
    notes: Vec<Note>,
    /// The pods, one by one.
    pods: Vec<PodStanding>,
}

/// The verdict on a Job.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Outcome {
    /// The verdict, in one word.
    verdict: String,
    /// The reason of the condition that decided.
    reason: String,
    /// The message of the condition that decided.
    message: String,
    /// Since when.
    since: Option<crate::Time>,
}

/// A request to the API server.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Request {
    /// `create`, `patch`, `update` or `delete`.
    verb: String,
    /// `pods` or `jobs`.
    resource: String,
    /// The object; of a pod to be created, the start of its name.
    name: String,
    /// The patch of a pod.
    #[serde(default)]
    patch: Option<Value>,
    /// The new status of the Job.
    #[serde(default)]
    status: Option<Value>,
}

/// A Kubernetes Event.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Event {
    /// `Normal` or `Warning`.
    r#type: String,
    /// Why, in one word.
    reason: String,
    /// What happened, for people.
    message: String,
}

/// A member of the status that would change.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Change {
    /// The member.
    path: String,
    /// What it is; null if it is absent.
    before: Value,
    /// What it would be; null if it would be absent.
    after: Value,
}

/// The next time to look at a Job.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Wakeup {
    /// When.
    at: crate::Time,
    /// Why, in one word.
    reason: String,
}

/// A rule that decided.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Note {
    /// Its id.
    rule: String,
    /// What it saw and decided.
    text: String,
}

/// How a pod of the Job stands.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct PodStanding {
    /// The pod.
    name: String,
    /// Its completion index, if it has one.
    index: Option<i32>,
    /// How it stands, in one word.
    standing: String,
    /// The rule that says so.
    rule: String,
    /// Why, for people.
    text: String,
}

/// What comes of a scenario.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Trace {
    /// The scenario's name.
    #[serde(default)]
    id: Option<String>,
    /// What the client is warned of.
    #[serde(default)]
    warnings: Vec<String>,
    /// What the controllers asked for: by time, kind and name.
    #[serde(default)]
    trace: Vec<Entry>,
    /// What is there at the end.
    #[serde(default)]
    r#final: Option<Final>,
    /// Of admission: what would be stored.
    #[serde(default)]
    object: Option<Value>,
    /// Why the document, or the schedule, was refused.
    #[serde(default)]
    errors: Vec<String>,
    /// The refusal, as a Kubernetes Status object.
    #[serde(default)]
    status: Option<Value>,
    /// Of a schedule: its next times, `never` after the last.
    #[serde(default)]
    times: Vec<String>,
    /// Why there is no answer.
    #[serde(default)]
    crash: Option<String>,
}

/// Something that a controller asked for, or that was recorded.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Entry {
    /// Seconds since the start, without trailing zeros.
    #[schemars(regex(pattern = r"^-?[0-9]+(\.[0-9]*[1-9])?$"))]
    t: String,
    /// What was asked for.
    kind: Kind,
    /// The object.
    #[serde(default)]
    name: Option<String>,
    /// What was sent, or stored.
    #[serde(default)]
    object: Option<Value>,
    /// Of an event, its type.
    #[serde(default)]
    r#type: Option<String>,
    /// Of an event, its reason; of a fault, its code.
    #[serde(default)]
    reason: Option<String>,
    /// Of an event or a refusal, its message.
    #[serde(default)]
    message: Option<String>,
}

/// The kinds of entries.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "read by schemars only")]
enum Kind {
    CreatePod,
    PatchPod,
    DeletePod,
    JobStatus,
    JobStatusRejected,
    CreateJob,
    PatchJob,
    DeleteJob,
    CronJobStatus,
    UpdateCronJob,
    Conflict,
    Event,
    Fault,
    Rejected,
}

/// What is there at the end.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Final {
    /// The pods.
    #[serde(default)]
    pods: Vec<FinalPod>,
    /// The Jobs.
    #[serde(default)]
    jobs: Vec<FinalJob>,
}

/// A pod at the end.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct FinalPod {
    /// Its name.
    name: String,
    /// Its phase.
    #[serde(default)]
    phase: Option<String>,
    /// Whether its deletion was asked for.
    deleting: bool,
    /// Its finalizers.
    #[serde(default)]
    finalizers: Vec<String>,
}

/// A Job at the end.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct FinalJob {
    /// Its name.
    name: String,
    /// Its status.
    status: JobStatus,
    /// Whether its deletion was asked for.
    deleting: bool,
}
