//! Objects that a host hands in as a cluster stored them: whether each is what the host takes it
//! for.
//!
//! Such objects are not validated, and unknown members are kept. So the status of a Job, a Pod, a
//! list, or a Job with the member names of another language all read as a Job without a status,
//! which is pending. These functions refuse them and say what they expect.
//!
//! Deliberately absent: admission, which judges what users write.

use crate::Error;
use crate::api::{CronJob, Extra, Job, ObjectMeta, Pod};

/// Members of a Job's status, which a whole Job has below `status`.
const JOB_STATUS: [&str; 11] = [
    "active",
    "completedIndexes",
    "completionTime",
    "conditions",
    "failed",
    "failedIndexes",
    "ready",
    "startTime",
    "succeeded",
    "terminating",
    "uncountedTerminatedPods",
];

/// Members of a pod's status.
const POD_STATUS: [&str; 5] = ["conditions", "containerStatuses", "hostIP", "phase", "podIP"];

/// Refuses what is no Job.
///
/// ```
/// use jobsem::api::Job;
/// use jobsem::decode::stored_job;
///
/// let status: Job = serde_json::from_str(r#"{"active": 1}"#)?;
/// let error = stored_job(&status).unwrap_err();
/// assert_eq!(error.message(), "expected a Job, found the status of one: pass the whole Job");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// `Decode`, with what was found.
pub fn stored_job(job: &Job) -> Result<(), Error> {
    let (spec, status) = (&job.spec.extra, &job.status.extra);
    of_kind(job.kind.as_deref(), "Job", &job.extra)?;
    api_names(&job.metadata, &[("", &job.extra), ("spec", spec), ("status", status)])?;
    if has(&job.extra, &JOB_STATUS) {
        return Err(Error::decode("expected a Job, found the status of one: pass the whole Job"));
    }
    if has(spec, &["jobTemplate"]) {
        return Err(Error::decode("expected a Job, found a CronJob"));
    }
    if has(spec, &["containers"]) || has(status, &POD_STATUS) {
        return Err(Error::decode("expected a Job, found a Pod"));
    }
    let is_empty = empty(&job.metadata) && empty(&*job.spec) && empty(&job.status);
    something("Job", is_empty && job.kind.is_none(), &job.extra)
}

/// Refuses what is no pod.
///
/// # Errors
///
/// `Decode`, with what was found.
pub fn stored_pod(pod: &Pod) -> Result<(), Error> {
    let (spec, status) = (&pod.spec.extra, &pod.status.extra);
    of_kind(pod.kind.as_deref(), "Pod", &pod.extra)?;
    api_names(&pod.metadata, &[("", &pod.extra), ("spec", spec), ("status", status)])?;
    if has(&pod.extra, &POD_STATUS) {
        return Err(Error::decode("expected a Pod, found the status of one: pass the whole Pod"));
    }
    if has(spec, &["template", "jobTemplate"]) {
        return Err(Error::decode("expected a Pod, found a Job or CronJob"));
    }
    let is_empty = empty(&pod.metadata) && empty(&*pod.spec) && empty(&pod.status);
    something("Pod", is_empty && pod.kind.is_none(), &pod.extra)
}

/// Refuses what is no CronJob.
///
/// # Errors
///
/// `Decode`, with what was found.
pub fn stored_cronjob(cronjob: &CronJob) -> Result<(), Error> {
    let (spec, status) = (&cronjob.spec.extra, &cronjob.status.extra);
    of_kind(cronjob.kind.as_deref(), "CronJob", &cronjob.extra)?;
    api_names(&cronjob.metadata, &[("", &cronjob.extra), ("spec", spec), ("status", status)])?;
    if has(spec, &["template", "containers"]) {
        return Err(Error::decode("expected a CronJob, found a Job or Pod"));
    }
    let is_empty = empty(&cronjob.metadata) && empty(&cronjob.spec) && empty(&cronjob.status);
    something("CronJob", is_empty && cronjob.kind.is_none(), &cronjob.extra)
}

fn empty<T: Default + PartialEq>(part: &T) -> bool {
    *part == T::default()
}

fn has(extra: &Extra, names: &[&str]) -> bool {
    names.iter().any(|name| extra.contains_key(*name))
}

fn of_kind(found: Option<&str>, kind: &str, extra: &Extra) -> Result<(), Error> {
    match found {
        Some(found) if found != kind => {
            Err(Error::decode(format!("expected a `{kind}`, found `{found}`")).with_path("kind"))
        }
        None if has(extra, &["items"]) => {
            Err(Error::decode(format!("expected a `{kind}`, found a list: pass each of its items")))
        }
        _ => Ok(()),
    }
}

/// Refuses the member names of client libraries, such as `backoff_limit`.
fn api_names(metadata: &ObjectMeta, parts: &[(&str, &Extra)]) -> Result<(), Error> {
    for (part, extra) in parts.iter().chain([&("metadata", &metadata.extra)]) {
        let Some(name) = extra.keys().find(|name| name.contains('_')) else { continue };
        let text = format!(
            "`{name}` is no name of the API, which writes `{}`: pass the object of the client \
             library itself, or serialize it with the library first",
            camel_case(name)
        );
        let path = if part.is_empty() { name.clone() } else { format!("{part}.{name}") };
        return Err(Error::decode(text).with_path(path));
    }
    Ok(())
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// Refuses an object that has nothing of its kind.
fn something(kind: &str, is_empty: bool, extra: &Extra) -> Result<(), Error> {
    if !is_empty {
        return Ok(());
    }
    let found = match extra.keys().next() {
        Some(name) => format!("found an object with `{name}`"),
        None => "found an empty one".to_owned(),
    };
    Err(Error::decode(format!(
        "expected a {kind}, an object with `metadata`, `spec` or `status`; {found}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(document: serde_json::Value) -> String {
        let job: Job = serde_json::from_value(document).unwrap();
        stored_job(&job).map_err(|error| error.to_string()).err().unwrap_or_default()
    }

    #[test]
    fn what_is_no_job_is_refused_with_what_was_found() {
        use serde_json::json;
        let cases = [
            (json!({"metadata": {"name": "pi"}}), ""),
            (json!({"kind": "Job", "status": {"active": 1}}), ""),
            (json!({"status": {"newerMember": 1}}), ""),
            (json!({"active": 1}), "the status of one"),
            (json!({"conditions": []}), "the status of one"),
            (json!({}), "found an empty one"),
            (json!({"x": 1}), "found an object with `x`"),
            (json!({"items": []}), "found a list"),
            (json!({"kind": "JobList", "items": []}), "expected a `Job`, found `JobList`"),
            (json!({"spec": {"containers": []}}), "found a Pod"),
            (json!({"metadata": {"name": "x"}, "status": {"phase": "Failed"}}), "found a Pod"),
            (json!({"spec": {"jobTemplate": {}}}), "found a CronJob"),
            (json!({"api_version": null, "metadata": {"name": "x"}}), "which writes `apiVersion`"),
            (json!({"status": {"completion_time": "x"}}), "status.completion_time: "),
            (json!({"spec": {"backoff_limit": 3}}), "which writes `backoffLimit`"),
        ];
        for (document, expected) in cases {
            let text = refused(document.clone());
            assert_eq!(text.is_empty(), expected.is_empty(), "{document}: {text}");
            assert!(text.contains(expected), "{document}: {text}");
        }
    }

    #[test]
    fn what_is_no_pod_is_refused() {
        let pod = |text: &str| stored_pod(&serde_json::from_str(text).unwrap());
        assert!(pod(r#"{"metadata": {"name": "p"}, "status": {"phase": "Running"}}"#).is_ok());
        for text in [r#"{"phase": "Running"}"#, "{}", r#"{"spec": {"template": {}}}"#] {
            assert!(pod(text).is_err(), "{text}");
        }
    }
}
