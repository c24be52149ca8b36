//! The documents between a controller and the API: watch events and responses in, requests out.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::object;
use crate::{ApiError, Call, DatedNote, Error, Event, Object, Request, Response, WatchEvent};

/// A request: its `id` and the members of [`call`].
pub fn request(request: &Request) -> Value {
    let mut out = call(&request.call);
    out["id"] = request.id.get().into();
    out
}

/// An API call: `verb`, `resource`, `namespace`, `name`; for writes the `object`, for status writes
/// `subresource`, for patches the strategic merge `patch`, for deletions the `options`.
///
/// ```
/// use std::sync::Arc;
/// use jobsem::{Call, wire};
///
/// let pod = r#"{"metadata": {"namespace": "default", "name": "pi-x"}}"#;
/// let call = Call::DeletePod { pod: Arc::new(serde_json::from_str(pod)?) };
/// assert_eq!(wire::call(&call).to_string(),
///     r#"{"name":"pi-x","namespace":"default","options":{},"resource":"pods","verb":"delete"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn call(call: &Call) -> Value {
    let (verb, resource) = (call.verb(), call.resource());
    let mut out = json!({"verb": verb, "resource": resource, "name": call.name()});
    let namespace: &str = match call {
        Call::GetJob { namespace, .. } | Call::GetCronJob { namespace, .. } => namespace,
        Call::CreatePod { pod } => {
            out["object"] = object("v1", "Pod", &pod.to_pod());
            pod.namespace()
        }
        Call::CreateJob { namespace, job } => {
            out["object"] = object("batch/v1", "Job", job);
            namespace
        }
        Call::DeletePod { pod } => {
            out["options"] = json!({});
            &pod.metadata.namespace
        }
        Call::DeleteJob { namespace, propagation, uid, .. } => {
            out["options"] = json!({"propagationPolicy": propagation.as_str()});
            if let Some(uid) = uid {
                out["options"]["preconditions"] = json!({"uid": uid});
            }
            namespace
        }
        Call::PatchPod { pod, patch } => {
            out["patch"] = patch.to_value();
            &pod.metadata.namespace
        }
        Call::UpdateJobStatus { job, .. } => {
            out["subresource"] = "status".into();
            out["object"] = object("batch/v1", "Job", &call.job_to_write());
            &job.metadata.namespace
        }
        Call::UpdateCronJobStatus { cronjob } => {
            out["subresource"] = "status".into();
            out["object"] = object("batch/v1", "CronJob", cronjob);
            &cronjob.metadata.namespace
        }
    };
    out["namespace"] = namespace.into();
    out
}

/// Reads the body of an API response: the object, or a Status. A body that is not a Job, a pod, a
/// CronJob or a failure is [`Response::Done`], as is `null`.
///
/// # Errors
///
/// `Decode` if it cannot be read.
pub fn response(body: Value) -> Result<Response, Error> {
    let decode = |error: serde_json::Error| Error::decode(error.to_string());
    Ok(match body["kind"].as_str() {
        Some("Pod") => Response::Pod(Arc::new(Deserialize::deserialize(&body).map_err(decode)?)),
        Some("Job") => Response::Job(Arc::new(Deserialize::deserialize(&body).map_err(decode)?)),
        Some("CronJob") => {
            Response::CronJob(Arc::new(Deserialize::deserialize(&body).map_err(decode)?))
        }
        Some("Status") if body["status"] == "Failure" => Response::Error(failure(&body)?),
        None if !body.is_null() => return Err(no_kind()),
        _ => Response::Done,
    })
}

fn failure(status: &Value) -> Result<ApiError, Error> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let code = status["code"].as_u64().and_then(|code| u16::try_from(code).ok());
    let code = code.ok_or_else(|| {
        Error::decode("a Status of a failure has an HTTP status code").with_path("code")
    })?;
    let mut error = ApiError::new(code, text(&status["reason"]), text(&status["message"]));
    let causes = status["details"]["causes"].as_array();
    error.causes = causes.into_iter().flatten().map(|cause| text(&cause["reason"])).collect();
    Ok(error)
}

/// Reads a line of a watch: `type` (`ADDED`, `MODIFIED`, `DELETED`) and `object`. `None` for a
/// `BOOKMARK` and for other kinds.
///
/// # Errors
///
/// `Decode` if it cannot be read, `State` for an `ERROR`, after which the host lists again.
pub fn watch_event(line: Value) -> Result<Option<WatchEvent>, Error> {
    let Value::Object(mut line) = line else {
        return Err(Error::decode("a watch event is an object"));
    };
    let content = line.remove("object").unwrap_or_default();
    let make = match line.get("type").and_then(Value::as_str) {
        Some("ADDED") => WatchEvent::Added,
        Some("MODIFIED") => WatchEvent::Modified,
        Some("DELETED") => WatchEvent::Deleted,
        Some("BOOKMARK") => return Ok(None),
        Some("ERROR") => {
            let why = content["message"].as_str().unwrap_or_default();
            return Err(Error::state(format!("the watch has ended: {why}")));
        }
        _ => return Err(Error::decode("no type of a watch event").with_path("type")),
    };
    Ok(watched(content)?.map(make))
}

/// Reads the list that a watch starts from: its objects and its resource version.
///
/// # Errors
///
/// `Decode` if it is not a list, or one of its objects cannot be read.
pub fn list(list: Value) -> Result<(Vec<Object>, String), Error> {
    let kind = list["kind"].as_str().and_then(|kind| kind.strip_suffix("List"));
    let kind = kind.map(str::to_owned);
    let Value::Object(mut list) = list else { return Err(Error::decode("a list is an object")) };
    let version = list.get("metadata").map(|m| &m["resourceVersion"]);
    let version = version.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (Some(kind), Some(Value::Array(items))) = (kind, list.remove("items")) else {
        return Err(Error::decode("no list: it has a `kind` that ends in `List`, and `items`"));
    };
    let mut objects = Vec::with_capacity(items.len());
    for mut item in items {
        // Items of a JobList or PodList have no kind.
        if let (false, true, true) = (kind.is_empty(), item.is_object(), item["kind"].is_null()) {
            item["kind"] = kind.as_str().into();
        }
        objects.extend(watched(item)?);
    }
    Ok((objects, version))
}

fn watched(object: Value) -> Result<Option<Object>, Error> {
    let decode = |error: serde_json::Error| Error::decode(error.to_string()).with_path("object");
    Ok(Some(match object["kind"].as_str() {
        Some("Job") => Object::Job(Arc::new(Deserialize::deserialize(&object).map_err(decode)?)),
        Some("Pod") => Object::Pod(Arc::new(Deserialize::deserialize(&object).map_err(decode)?)),
        Some("CronJob") => {
            Object::CronJob(Arc::new(Deserialize::deserialize(&object).map_err(decode)?))
        }
        Some(_) => return Ok(None),
        None => return Err(no_kind()),
    }))
}

fn no_kind() -> Error {
    Error::decode("the object does not say its kind").with_path("kind")
}

/// A Kubernetes Event: `time`, `kind`, `namespace`, `name`, `type`, `reason`, `message`.
pub fn event(event: &Event) -> Value {
    json!({
        "time": event.time.to_string(),
        "kind": event.kind,
        "namespace": event.namespace,
        "name": event.name,
        "type": event.type_.as_str(),
        "reason": event.reason,
        "message": event.message,
    })
}

/// A note on a decision: `time`, `about`, `rule`, `text`.
pub fn note(dated: &DatedNote) -> Value {
    let (time, note) = (dated.at.to_string(), &dated.note);
    json!({"time": time, "about": dated.key, "rule": note.rule, "text": note.text})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_body_of_the_response() {
        let pod = json!({"kind": "Pod", "metadata": {"name": "p"}});
        assert!(matches!(response(pod), Ok(Response::Pod(pod)) if pod.metadata.name == "p"));
        for done in [json!(null), json!({"kind": "Status", "status": "Success"})] {
            assert_eq!(response(done), Ok(Response::Done));
        }
        let status = json!({"kind": "Status", "status": "Failure", "code": 403,
            "reason": "Forbidden", "message": "no", "details": {"causes":
                [{"reason": "NamespaceTerminating", "message": "it goes"}]}});
        let Ok(Response::Error(error)) = response(status) else { panic!("no error") };
        assert!(error.is_namespace_terminating(), "{error:?}");
        assert!(response(json!({"kind": "Status", "status": "Failure"})).is_err());
        assert!(response(json!({"metadata": {}})).is_err());
    }

    #[test]
    fn watch_lines_are_kubernetes_own() {
        let line = |type_: &str| json!({"type": type_, "object": {"kind": "Job"}});
        assert!(matches!(watch_event(line("ADDED")), Ok(Some(WatchEvent::Added(Object::Job(_))))));
        assert_eq!(watch_event(line("BOOKMARK")), Ok(None));
        assert!(watch_event(line("ERROR")).is_err());
        assert!(watch_event(line("added")).is_err());
        let other = json!({"type": "ADDED", "object": {"kind": "Node"}});
        assert_eq!(watch_event(other), Ok(None));
    }

    #[test]
    fn items_of_a_typed_list_are_of_its_type() {
        let pods = json!({"kind": "PodList", "metadata": {"resourceVersion": "7"},
            "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]});
        let (objects, version) = list(pods).unwrap();
        assert_eq!((objects.len(), version.as_str()), (2, "7"));
        assert!(list(json!({"kind": "Pod"})).is_err());
    }
}
