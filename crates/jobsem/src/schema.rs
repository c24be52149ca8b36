//! JSON Schemas of what jobsem reads and writes; with the feature `schema`.
//!
//! [`job`] and [`cronjob`] have every member of the newest supported version and refuse all others,
//! as strict decoding does; newer members name their version. [`pod`] has the members that jobsem
//! reads. `jobsem simulate` and `replay` read a [`scenario`] and print a [`trace`]; `jobsem explain
//! --format json` prints a [`plan`] per Job.
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

/// The schema of a pod, with the members that jobsem reads; others are allowed.
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

/// The schema of the result of a scenario: a trace, or the answer of admission or a schedule.
pub fn trace() -> Value {
    of::<Trace>()
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12();
    SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value()
}

/// The verdict on a Job, and what one sync of it would do.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Plan {
    /// The Job's namespace and name.
    job: String,
    /// The time of the sync.
    at: String,
    /// The Kubernetes version, such as `1.34`.
    kube: String,
    /// The verdict on the Job.
    outcome: Outcome,
    /// Why the controller ignores the Job, if it does.
    skipped: Option<String>,
    /// The error that prevented a decision.
    error: Option<String>,
    /// The requests, in sending order.
    requests: Vec<Request>,
    /// The events, in order.
    events: Vec<Event>,
    /// The changes of the status, by member.
    changes: Vec<Change>,
    /// The status write that the API server refuses, with which the sync ends.
    refused: Option<Refused>,
    /// When the Job is synced again if nothing happens before.
    wakeup: Option<Wakeup>,
    /// The rules that decided.
    notes: Vec<Note>,
    /// The pods, one by one.
    pods: Vec<PodStanding>,
}

/// A status write that the API server refuses, and that is tried again and again.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Refused {
    /// The server's message.
    message: String,
    /// When the passing of time alone makes a write that the server takes; absent or null if it is
    /// refused until the Job or its pods change.
    until: Option<crate::Time>,
    /// What is due then.
    reason: Option<String>,
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

/// The limits of a request to the API server.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Request {
    /// `create`, `patch`, `update` or `delete`.
    verb: String,
    /// `pods` or `jobs`.
    resource: String,
    /// The object's name; for a new pod, the prefix of its name.
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
    /// The reason, in one word.
    reason: String,
    /// The message, for people.
    message: String,
}

/// A member of the status that would change.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Change {
    /// The member.
    path: String,
    /// The value now; null if it is absent.
    before: Value,
    /// The value after the sync; null if it is absent.
    after: Value,
}

/// The next sync of a Job.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Wakeup {
    /// The time.
    at: crate::Time,
    /// The reason, in one word.
    reason: String,
}

/// A rule that decided.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Note {
    /// Its id.
    rule: String,
    /// What the rule saw and decided.
    text: String,
}

/// How the Job counts a pod.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct PodStanding {
    /// The pod.
    name: String,
    /// Its completion index, if it has one.
    index: Option<i32>,
    /// The standing, in one word.
    standing: String,
    /// The rule that decides.
    rule: String,
    /// The reason, for people.
    text: String,
}

/// The result of a scenario.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Trace {
    /// The scenario's name.
    #[serde(default)]
    id: Option<String>,
    /// The warnings for the client.
    #[serde(default)]
    warnings: Vec<String>,
    /// The requests of the controllers, by time, kind and name.
    #[serde(default)]
    trace: Vec<Entry>,
    /// The objects at the end.
    #[serde(default)]
    r#final: Option<Final>,
    /// For admission: the object to store.
    #[serde(default)]
    object: Option<Value>,
    /// Why the document, or the schedule, was refused.
    #[serde(default)]
    errors: Vec<String>,
    /// The refusal, as a Kubernetes Status object.
    #[serde(default)]
    status: Option<Value>,
    /// For a schedule: its next times, `never` after the last.
    #[serde(default)]
    times: Vec<String>,
    /// Why there is no answer.
    #[serde(default)]
    crash: Option<String>,
}

/// A request of a controller, or a recorded event.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by schemars only")]
struct Entry {
    /// Seconds since the start, without trailing zeros.
    #[schemars(regex(pattern = r"^-?[0-9]+(\.[0-9]*[1-9])?$"))]
    t: String,
    /// The kind of entry.
    kind: Kind,
    /// The object.
    #[serde(default)]
    name: Option<String>,
    /// The document that was sent or stored.
    #[serde(default)]
    object: Option<Value>,
    /// The type of an event.
    #[serde(default)]
    r#type: Option<String>,
    /// The reason of an event, or the code of a fault.
    #[serde(default)]
    reason: Option<String>,
    /// The message of an event or a refusal.
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

/// The objects at the end.
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
    /// Whether its deletion is requested.
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
    /// Whether its deletion is requested.
    deleting: bool,
}
