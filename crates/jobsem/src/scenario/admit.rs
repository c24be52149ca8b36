//! Scenarios that ask what admission answers: `create`, `update`, `updateStatus` and `updateCron`.
//!
//! A new object gets a UID as long as a real one, since its length matters where it becomes a
//! label; in the answer it reads `uid-<name>`, as in the conformance vectors.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Scenario;
use super::trace::without_nulls;
use crate::admission::{self, Admitted, CreateContext, Invalid};
use crate::api::{CronJob, Job, LabelMap};
use crate::cluster::counted_uid;
use crate::{Error, Semantics, Time};

/// 2000-01-01T00:00:00Z, when the objects of these scenarios are created.
const NOW: Time = Time::from_unix(946_684_800);
const UID: &str = "9f0a3c1e-5b7d-4e2f-8a6c-0123456789ab";

/// The answer with the scenario's name in it.
fn named(scenario: &Scenario, mut answer: Map<String, Value>) -> Value {
    if !scenario.id.is_empty() {
        answer.insert("id".to_owned(), Value::from(scenario.id.as_str()));
    }
    Value::Object(answer)
}

/// A Job that a user creates, as the vectors' server would store it.
///
/// Its UID follows from the name that it got, and fits into a label: the status updates to come
/// judge the labels again.
pub(super) fn create_job(
    job: &Value,
    now: Time,
    sem: &Semantics,
) -> Result<Admitted<Job>, Refusal> {
    let job = admission::decode_job(job.clone(), sem)?.object;
    let mut admitted = admission::create_job(job, &context(now), sem)?;
    let uid = counted_uid("Job", &admitted.object.metadata.name);
    vectors_uid(&mut admitted.object, &uid);
    Ok(admitted)
}

/// The answer to a new Job, whose UID reads `uid-` and the name that the request gives.
fn answer_job(job: &Value, name: &str, sem: &Semantics) -> Result<Admitted<Job>, Refusal> {
    let job = admission::decode_job(job.clone(), sem)?.object;
    let mut admitted = admission::create_job(job, &context(NOW), sem)?;
    vectors_uid(&mut admitted.object, &format!("uid-{name}"));
    Ok(admitted)
}

/// A CronJob that a user creates, as the vectors' server would store it.
pub(super) fn create_cronjob(
    cronjob: &Value,
    now: Time,
    sem: &Semantics,
) -> Result<Admitted<CronJob>, Refusal> {
    let cronjob = admission::decode_cronjob(cronjob.clone(), sem)?.object;
    let name = cronjob.metadata.name.clone();
    let mut admitted = admission::create_cronjob(cronjob, &context(now), sem)?;
    admitted.object.metadata.uid = format!("uid-{name}").into();
    Ok(admitted)
}

/// Why an object was not admitted.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It could not be decoded.
    Undecodable(Error),
    /// It was refused.
    Invalid(Box<Invalid>),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Undecodable(error)
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Refusal {
        Refusal::Invalid(Box::new(invalid))
    }
}

impl Refusal {
    /// The refusal in the vectors' form; `name` is the object's.
    pub(super) fn to_value(&self, name: &str) -> Map<String, Value> {
        match self {
            Refusal::Undecodable(error) => members(json!({"errors": [error.to_string()]})),
            Refusal::Invalid(invalid) => refusal(invalid, name),
        }
    }
}

/// What becomes of a new object, in the vectors' form.
pub(super) fn create(scenario: &Scenario, sem: &Semantics) -> Value {
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let answer = match (&scenario.cron_job, &scenario.job) {
        (Some(cronjob), _) => admitted(create_cronjob(cronjob, NOW, sem), &name(cronjob)),
        (None, Some(job)) => admitted(answer_job(job, &name(job), sem), &name(job)),
        (None, None) => members(json!({"errors": ["there is nothing to create"]})),
    };
    named(scenario, answer)
}

/// What becomes of a changed Job, or of its changed status.
pub(super) fn update(scenario: &Scenario, status: bool, sem: &Semantics) -> Value {
    let updated = || -> Result<Admitted<Job>, Refusal> {
        let nothing = Value::Null;
        let old = scenario.old.as_ref().unwrap_or(&nothing);
        let stored = old["metadata"]["resourceVersion"].is_string();
        let read = |document: &Value| -> Result<Job, Refusal> {
            let mut job = admission::decode_job(document.clone(), sem)?.object;
            if !stored {
                // An object that was never stored has no version; any will do for both.
                job.metadata.resource_version = "1".into();
            }
            Ok(job)
        };
        let (old, new) = (read(old)?, read(scenario.job.as_ref().unwrap_or(&nothing))?);
        if status {
            let object = admission::update_job_status(&old, new, sem)?;
            return Ok(Admitted { object, warnings: Vec::new() });
        }
        Ok(admission::update_job(&old, new, sem)?)
    };
    named(scenario, admitted(updated(), ""))
}

/// What becomes of a changed CronJob.
pub(super) fn update_cron(scenario: &Scenario, sem: &Semantics) -> Value {
    let updated = || -> Result<Admitted<CronJob>, Refusal> {
        let nothing = Value::Null;
        let old = scenario.old.as_ref().unwrap_or(&nothing);
        let stored = old["metadata"]["resourceVersion"].is_string();
        let read = |document: &Value| -> Result<CronJob, Refusal> {
            let mut cronjob = admission::decode_cronjob(document.clone(), sem)?.object;
            if !stored {
                cronjob.metadata.resource_version = "1".into();
            }
            Ok(cronjob)
        };
        let (old, new) = (read(old)?, read(scenario.cron_job.as_ref().unwrap_or(&nothing))?);
        Ok(admission::update_cronjob(&old, new, sem)?)
    };
    named(scenario, admitted(updated(), ""))
}

fn context(now: Time) -> CreateContext<'static> {
    CreateContext { namespace: "default", uid: UID, now, name_suffix: "00000" }
}

fn admitted<T: Serialize>(result: Result<Admitted<T>, Refusal>, name: &str) -> Map<String, Value> {
    match result {
        Err(refusal) => refusal.to_value(name),
        Ok(admitted) => {
            let mut object = serde_json::to_value(&admitted.object).unwrap_or_default();
            if let Value::Object(object) = &mut object {
                object.remove("apiVersion");
                object.remove("kind");
            }
            let mut answer = members(json!({"object": without_nulls(object)}));
            if !admitted.warnings.is_empty() {
                answer.insert("warnings".to_owned(), json!(admitted.warnings));
            }
            answer
        }
    }
}

/// A refusal in the vectors' form: a value that is an object or a list reads `…`.
pub(super) fn refusal(invalid: &Invalid, name: &str) -> Map<String, Value> {
    if let Some(why) = invalid.internal_error() {
        return members(json!({"crash": why}));
    }
    let status = invalid.status();
    let details = &status["details"];
    let causes: Vec<Value> = invalid
        .canonical_causes()
        .into_iter()
        .map(
            |cause| json!({"reason": cause.reason, "field": cause.field, "message": cause.message}),
        )
        .collect();
    let text = |key: &str| details[key].as_str().unwrap_or("").to_owned();
    let mut out = json!({"status": {
        "code": status["code"],
        "reason": status["reason"],
        "details": {
            "name": text("name"), "group": text("group"), "kind": text("kind"), "causes": causes,
        },
    }});
    replace(&mut out, &format!("uid-{name}"));
    members(out)
}

/// Puts the UID of the vectors in all places that the given one went to: the generated labels and
/// the selector have it, too.
fn vectors_uid(job: &mut Job, uid: &str) {
    job.metadata.uid = uid.into();
    let given = |map: &LabelMap| map.values().any(|value| value == UID);
    let put = |map: &mut Option<LabelMap>| {
        if let Some(map) = map.as_mut().filter(|map| given(map)) {
            map.values_mut().filter(|value| *value == UID).for_each(|value| *value = uid.into());
        }
    };
    put(&mut job.metadata.labels);
    let spec = Arc::make_mut(&mut job.spec);
    if let Some(selector) = &mut spec.selector {
        put(&mut selector.match_labels);
    }
    put(&mut spec.template.metadata.labels);
}

/// Puts the UID of the vectors in the place of the one that was given.
fn replace(value: &mut Value, uid: &str) {
    match value {
        Value::String(text) if text.contains(UID) => *text = text.replace(UID, uid),
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, uid)),
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, uid)),
        _ => {}
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KubeVersion;
    use crate::scenario::Player;

    /// The Job that a scenario with this metadata ends with.
    fn played(metadata: &Value) -> Job {
        let scenario = json!({
            "job": {"metadata": metadata, "spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}],
            }}}},
            "until": 10,
        });
        let scenario: Scenario = serde_json::from_value(scenario).unwrap();
        let mut player = Player::new(&scenario, Semantics::kube(KubeVersion::LATEST)).unwrap();
        player.run().unwrap();
        Job::clone(player.cluster().jobs().next().unwrap())
    }

    #[test]
    fn the_uid_of_a_job_with_a_generated_name_follows_from_that_name() {
        let job = played(&json!({"generateName": "made-"}));
        assert_eq!(job.metadata.uid, "uid-made-00000");
        assert_eq!(job.status.active, 1);
    }

    #[test]
    fn the_uid_of_a_job_with_a_long_name_fits_into_a_label() {
        let job = played(&json!({"name": format!("{}-end", "a".repeat(59))}));
        assert_eq!(job.metadata.uid, format!("uid-{}-end", "a".repeat(55)));
        assert_eq!(job.status.active, 1);
    }
}
