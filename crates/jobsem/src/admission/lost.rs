//! Which fields of an object a version does away with, without refusing it.
//!
//! Rules: DECODE-6, DECODE-11, PREPARE-2 to PREPARE-4, PREPARE-6.

use serde::Serialize;
use serde_json::Value;

use super::prepare;
use super::schema::{CRON_JOB, JOB, Object, conform};
use crate::Semantics;
use crate::api::{CronJob, Job};

/// The paths of what is lost.
pub(crate) struct Lost {
    /// Members that the version does not know.
    pub(crate) unknown: Vec<String>,
    /// Members that it knows and takes off.
    pub(crate) dropped: Vec<String>,
}

/// What a new Job loses.
pub(crate) fn lost_by_job(job: &Job, sem: &Semantics) -> Lost {
    lost(job, &JOB, sem, |job| prepare::new_job(job, false, sem))
}

/// What a new CronJob loses, and what its Jobs lose when they are created.
pub(crate) fn lost_by_cronjob(cronjob: &CronJob, sem: &Semantics) -> Lost {
    let mut out = lost(cronjob, &CRON_JOB, sem, |cronjob| prepare::new_cronjob(cronjob, sem));
    let job = Job { spec: cronjob.spec.job_template.spec.clone(), ..Job::default() };
    for field in lost_by_job(&job, sem).dropped {
        let field = format!("spec.jobTemplate.{field}");
        if !out.dropped.contains(&field) {
            out.dropped.push(field);
        }
    }
    out
}

fn lost<T: Serialize + serde::de::DeserializeOwned>(
    object: &T,
    shape: &'static Object,
    sem: &Semantics,
    prepare: impl FnOnce(&mut T),
) -> Lost {
    let mut lost = Lost { unknown: Vec::new(), dropped: Vec::new() };
    let mut known = serde_json::to_value(object).unwrap_or_default();
    // OK because what misfits was refused before.
    let _ = conform(&mut known, shape, sem, &mut lost.unknown);
    let Ok(mut object) = T::deserialize(&known) else { return lost };
    let spec = |object: &T| {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        value.get_mut("spec").map(Value::take).unwrap_or_default()
    };
    let before = spec(&object);
    prepare(&mut object);
    missing(&before, &spec(&object), "spec", &mut lost.dropped);
    lost
}

/// The members of `before` that are missing in `after`; only the outermost of nested ones.
fn missing(before: &Value, after: &Value, path: &str, out: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let path = member(path, name);
                match after.get(name) {
                    Some(after) => missing(value, after, &path, out),
                    None if value.is_null() => {}
                    None => out.push(path),
                }
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (i, (before, after)) in before.iter().zip(after).enumerate() {
                missing(before, after, &format!("{path}[{i}]"), out);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            let mut kept = after.iter().peekable();
            for (i, item) in before.iter().enumerate() {
                if kept.next_if(|kept| *kept == item).is_none() {
                    out.push(format!("{path}[{i}]"));
                }
            }
        }
        _ => {}
    }
}

fn member(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path if name.contains(['.', '/']) => format!("{path}[{name}]"),
        path => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_of_a_shortened_list_are_named_one_by_one() {
        let mut lost = Vec::new();
        missing(&json!({"a": [1, 2, 3], "b.c/d": 1}), &json!({"a": [1, 3]}), "spec", &mut lost);
        assert_eq!(lost, ["spec.a[1]", "spec[b.c/d]"]);
    }
}
