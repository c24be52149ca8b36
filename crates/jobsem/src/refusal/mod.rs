//! [`Invalid`]: the refusal of an object, and the field errors that it is made of.
//!
//! Deliberately absent: what is refused (`admission` has the rules).
//!
//! Rules: RENDER-8, RENDER-9, MODEL-6, VALID-91.

mod field;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub use field::{BadValue, CauseType, FieldError};

/// Why the API server refuses an object: one or more field errors, in its order.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub struct Invalid {
    /// The object's kind, such as `Job`.
    pub kind: String,
    /// The API group of the kind.
    pub group: String,
    /// The object's name.
    pub name: String,
    /// What is wrong; empty if the request failed internally.
    pub errors: Vec<FieldError>,
    internal: Option<Box<str>>,
}

/// One entry of `details.causes` of a Status (RENDER-8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// The kind of error, such as `FieldValueInvalid`.
    pub reason: &'static str,
    /// What is said, without the field.
    pub message: String,
    /// Where.
    pub field: String,
}

impl Invalid {
    pub(crate) fn new(kind: &str, name: &str, errors: Vec<FieldError>) -> Self {
        Invalid {
            kind: kind.to_owned(),
            group: "batch".to_owned(),
            name: name.to_owned(),
            errors,
            internal: None,
        }
    }

    /// A request in which Kubernetes itself fails: it answers with an internal error (MODEL-6).
    pub(crate) fn internal(kind: &str, name: &str, why: &str) -> Self {
        let mut invalid = Invalid::new(kind, name, Vec::new());
        invalid.internal = Some(why.into());
        invalid
    }

    /// Why the request fails inside Kubernetes, if that is what happens (MODEL-6): the object is
    /// not judged then.
    pub fn internal_error(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// The API server's message: `Job.batch "j" is invalid: …` (RENDER-8).
    pub fn message(&self) -> String {
        self.message_with(FieldError::to_string)
    }

    /// The message with every object or list among the refused values as `…`, and with `[*]` for
    /// the index of an uncounted pod: what does not depend on how values are dumped.
    pub fn canonical_message(&self) -> String {
        self.message_with(|error| {
            let mut error = error.clone();
            // Go's dump of a map of labels does not depend on anything but the map.
            let opaque = match error.value {
                BadValue::Composite(_) => true,
                BadValue::Labels(Some(_)) => error.json,
                _ => false,
            };
            if opaque && error.cause == CauseType::Invalid {
                let detail = match error.detail.as_str() {
                    "" => String::new(),
                    detail => format!(": {detail}"),
                };
                return format!("{}: {}: …{detail}", error.field, error.cause.text());
            }
            for list in ["succeeded", "failed"] {
                let prefix = format!("status.uncountedTerminatedPods.{list}[");
                if error.field.starts_with(&prefix) {
                    error.field = format!("{prefix}*]");
                }
            }
            error.to_string()
        })
    }

    fn message_with(&self, render: impl Fn(&FieldError) -> String) -> String {
        if let Some(why) = &self.internal {
            return format!("Internal error occurred: {why}");
        }
        // Texts are compared before values are left out.
        let mut seen = BTreeSet::new();
        let new = self.errors.iter().filter(|error| seen.insert(error.to_string()));
        let texts: Vec<String> = new.map(render).collect();
        let list = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        format!("{}.{} \"{}\" is invalid: {list}", self.kind, self.group, self.name)
    }

    /// The causes with every object, list or nil among the refused values as `…`, where a detail
    /// follows: the vectors' form.
    pub fn canonical_causes(&self) -> Vec<Cause> {
        let hidden = |error: &FieldError| match &error.value {
            // A quantity is a string in JSON and a struct in Go's dump.
            BadValue::Quantity(_) => !error.json,
            BadValue::Composite(_) | BadValue::Nil | BadValue::Labels(Some(_)) => true,
            BadValue::Integers(_) | BadValue::Texts(_) | BadValue::Labels(None) => error.json,
            _ => false,
        };
        let mut causes = self.causes();
        for (cause, error) in causes.iter_mut().zip(&self.errors) {
            let text = error.cause.text();
            if text.ends_with(" value") && hidden(error) && !error.detail.is_empty() {
                cause.message = format!("{text}: …: {}", error.detail);
            }
        }
        causes
    }

    /// `details.causes` of the Status: one per error (RENDER-8).
    pub fn causes(&self) -> Vec<Cause> {
        let cause = |e: &FieldError| Cause {
            reason: e.cause.reason(),
            message: e.body(),
            field: e.field.clone(),
        };
        self.errors.iter().map(cause).collect()
    }

    /// The Status object that the API server sends (RENDER-8).
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message(),
            "reason": "Invalid",
            "code": 422,
        });
        if self.internal.is_some() {
            status["reason"] = "InternalError".into();
            status["code"] = 500.into();
            return status;
        }
        let causes: Vec<Value> = self
            .causes()
            .into_iter()
            .map(|c| json!({"reason": c.reason, "message": c.message, "field": c.field}))
            .collect();
        status["details"] = json!({
            "name": self.name, "group": self.group, "kind": self.kind, "causes": causes,
        });
        if self.name.is_empty()
            && let Some(details) = status["details"].as_object_mut()
        {
            details.remove("name");
        }
        status
    }

    /// What `kubectl` prints on its error stream (RENDER-9).
    pub fn kubectl(&self) -> String {
        if self.internal.is_some() {
            return format!("Error from server (InternalError): {}", self.message());
        }
        let mut seen = BTreeSet::new();
        let lines: Vec<String> = self
            .errors
            .iter()
            .map(FieldError::to_string)
            .filter(|l| seen.insert(l.clone()))
            .collect();
        let head = format!("The {} \"{}\" is invalid", self.kind, self.name);
        match lines.as_slice() {
            [] => head,
            [one] => format!("{head}: {one}"),
            many => format!("{head}: \n* {}", many.join("\n* ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::{CreateContext, create_job, decode_job, update_job_status};
    use crate::api::Job;
    use crate::{Error, ErrorKind, KubeVersion, Semantics};

    fn refusal(document: Value, version: KubeVersion) -> Invalid {
        let sem = Semantics::kube(version);
        let job = decode_job(document, &sem).unwrap().object;
        let ctx = CreateContext {
            namespace: "default",
            uid: "uid-x",
            now: crate::Time::UNIX_EPOCH,
            name_suffix: "00000",
        };
        create_job(job, &ctx, &sem).unwrap_err()
    }

    fn document(spec: Value) -> Value {
        let mut document = json!({
            "metadata": {"name": "x"},
            "spec": {"template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "c", "image": "i"}],
            }}},
        });
        for (key, value) in spec.as_object().unwrap() {
            document["spec"][key] = value.clone();
        }
        document
    }

    #[test]
    fn one_error_stands_alone() {
        let invalid = refusal(document(json!({"completions": -1})), KubeVersion::V1_37);
        let message = "spec.completions: Invalid value: -1: must be greater than or equal to 0";
        assert_eq!(invalid.message(), format!("Job.batch \"x\" is invalid: {message}"));
        assert_eq!(invalid.kubectl(), format!("The Job \"x\" is invalid: {message}"));
        assert_eq!(invalid.status()["details"]["causes"][0]["field"], "spec.completions");
        let error: Error = invalid.into();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Invalid, Some("spec.completions")));
    }

    #[test]
    fn several_errors_are_a_list() {
        let spec = json!({
            "template": {}, "completionMode": "<bad>", "selector": {"matchLabels": {"a": "b"}},
            "managedBy": "",
        });
        insta::assert_snapshot!(refusal(document(spec), KubeVersion::V1_37).kubectl(), @r#"
        The Job "x" is invalid: 
        * spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"uid-x"}}: `selector` not auto-generated
        * spec.managedBy: Required value
        * spec.completionMode: Unsupported value: "\u003cbad\u003e": supported values: "NonIndexed", "Indexed"
        * spec.template.spec.containers: Required value
        * spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"
        * spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"uid-x","batch.kubernetes.io/job-name":"x","controller-uid":"uid-x","job-name":"x"}: `selector` does not match template `labels`
        "#);
    }

    #[test]
    fn repeated_errors_are_said_once() {
        let mut document = document(json!({}));
        document["metadata"]["name"] = "a".repeat(64).into();
        let invalid = refusal(document.clone(), KubeVersion::V1_36);
        assert_eq!(invalid.causes().len(), 2);
        assert!(!invalid.message().contains('['), "{invalid}");
        assert_eq!(refusal(document, KubeVersion::V1_37).causes().len(), 1);
    }

    #[test]
    fn a_panic_of_kubernetes_is_told_apart() {
        let spec = json!({
            "completionMode": "Indexed", "parallelism": 2,
            "successPolicy": {"rules": [{"succeededCount": 1}]},
        });
        let invalid = refusal(document(spec), KubeVersion::V1_37);
        assert!(invalid.internal_error().is_some() && invalid.errors.is_empty());
        assert_eq!(invalid.status()["code"], 500);
        assert_eq!(Error::from(invalid).kind(), ErrorKind::Internal);
    }

    #[test]
    fn the_canonical_message_leaves_dumps_out() {
        let sem = Semantics::default();
        let old: Job = serde_json::from_value(json!({
            "metadata": {"name": "x", "namespace": "default", "uid": "u", "resourceVersion": "1"},
        }))
        .unwrap();
        let mut new = old.clone();
        new.status = serde_json::from_value(json!({
            "conditions": [
                {"type": "Failed", "status": "True"}, {"type": "FailureTarget", "status": "True"},
            ],
            "startTime": "2000-01-01T00:00:00Z",
            "uncountedTerminatedPods": {"failed": ["a", "a"]},
        }))
        .unwrap();
        let invalid = update_job_status(&old, new, &sem).unwrap_err();
        insta::assert_snapshot!(invalid.canonical_message(), @r#"Job.batch "x" is invalid: [status.uncountedTerminatedPods.failed[*]: Duplicate value: "a", status.uncountedTerminatedPods: Invalid value: …: must be empty for finished job]"#);
        insta::assert_snapshot!(invalid.message(), @r#"Job.batch "x" is invalid: [status.uncountedTerminatedPods.failed[1]: Duplicate value: "a", status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a","a"]}: must be empty for finished job]"#);
    }
}
