//! Checks updates: the API server's answer to a changed object.

use serde_json::{Map, Value};

use super::{Admission, Examined, Options, Report, Subject, check, context, in_namespace, subject};
use crate::Semantics;
use crate::admission::{self, Lookup};
use crate::api::{Kind, ObjectMeta};
use crate::decode::Document;

/// The annotation in which `kubectl apply` stores the last applied manifest.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Checks the application of `document` over `old`.
///
/// `old` is what a cluster has stored (`kubectl get -o yaml`), or a manifest, which is then taken
/// as created before. A `document` that a cluster wrote replaces the old object, as in `kubectl
/// edit` and `kubectl replace`; a manifest is merged into it, as `kubectl apply` does: members that
/// were applied last and are gone now are removed, others that the server has set stay. Lists are
/// replaced as a whole, which makes no difference for what is judged here, since the server's
/// defaults of their items come back.
///
/// # Errors
///
/// The subject, if the document is none of ours.
///
/// ```
/// use jobsem::check::{Options, check_update};
///
/// let job = |image, n| format!("
/// apiVersion: batch/v1
/// kind: Job
/// metadata: {{name: x}}
/// spec:
///   parallelism: {n}
///   template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: {image}}}]}}}}
/// ");
/// let read = |text: &str| jobsem::decode::documents(text.as_bytes()).unwrap().remove(0);
/// let (old, options, sem) = (read(&job("a", 1)), Options::default(), Default::default());
/// let report = check_update(&read(&job("a", 2)), &old, &options, &sem).unwrap();
/// assert!(report.findings.is_empty(), "the parallelism may change");
/// let report = check_update(&read(&job("b", 1)), &old, &options, &sem).unwrap();
/// assert_eq!(report.findings[0].field, "spec.template");
/// ```
pub fn check_update(
    document: &Document,
    old: &Document,
    options: &Options,
    sem: &Semantics,
) -> Result<Report, Subject> {
    let manifest = old.value();
    let is_stored =
        |value: &Value| ["uid", "resourceVersion"].iter().any(|m| value["metadata"][m].is_string());
    let changed = document.value();
    let merged = |mut stored: Value| -> Value {
        if is_stored(changed) {
            return changed.clone();
        }
        let last = stored["metadata"]["annotations"][LAST_APPLIED].as_str();
        let last = last.and_then(|text| serde_json::from_str(text).ok());
        let before = last.or_else(|| (!is_stored(manifest)).then(|| manifest.clone()));
        apply(&mut stored, &before.unwrap_or_default(), changed);
        stored
    };
    let to_value = |object: &dyn Fn() -> serde_json::Result<Value>| object().unwrap_or_default();
    let update_job = |new: crate::api::Job, options: &Options, sem: &Semantics| {
        let Ok(decoded) = admission::decode_job(manifest.clone(), sem) else {
            return admission::create_job(new, &context("default"), sem).map(|a| a.warnings);
        };
        let mut old = decoded.object;
        if !is_stored(manifest) {
            let namespace = in_namespace(&old.metadata.namespace, options);
            // What would not have been stored is at least completed.
            match admission::create_job(old.clone(), &context(&namespace), sem) {
                Ok(admitted) => old = admitted.object,
                Err(_) => admission::default_job(&mut old, sem),
            }
        }
        complete(&mut old.metadata, options);
        let value = merged(to_value(&|| serde_json::to_value(&old)));
        let mut new = admission::decode_job(value, sem).map_or(new, |decoded| decoded.object);
        identify(&mut new.metadata, &old.metadata);
        admission::update_job(&old, new, sem).map(|admitted| admitted.warnings)
    };
    let update_cronjob = |new: crate::api::CronJob, options: &Options, sem: &Semantics| {
        let Ok(decoded) = admission::decode_cronjob(manifest.clone(), sem) else {
            return admission::create_cronjob(new, &context("default"), sem).map(|a| a.warnings);
        };
        let mut old = decoded.object;
        if !is_stored(manifest) {
            let namespace = in_namespace(&old.metadata.namespace, options);
            match admission::create_cronjob(old.clone(), &context(&namespace), sem) {
                Ok(admitted) => old = admitted.object,
                Err(_) => admission::default_cronjob(&mut old, sem),
            }
        }
        complete(&mut old.metadata, options);
        let value = merged(to_value(&|| serde_json::to_value(&old)));
        let mut new = admission::decode_cronjob(value, sem).map_or(new, |decoded| decoded.object);
        identify(&mut new.metadata, &old.metadata);
        admission::update_cronjob(&old, new, sem).map(|admitted| admitted.warnings)
    };
    let admission = Admission { job: update_job, cronjob: update_cronjob };
    let mut report = check(document, options, sem, admission)?;
    let lookup = match report.kind {
        Kind::Job => Lookup::job(sem),
        Kind::CronJob => Lookup::cronjob(sem),
    };
    let examined = Examined { document, lookup, kind: report.kind, sem };
    for finding in &mut report.findings {
        if finding.message.ends_with("field is immutable")
            && let Some(old) = old.value_at(&finding.field)
        {
            examined.show_change(finding, old);
        }
    }
    Ok(report)
}

/// Whether `document` is a later state of the object of `old`: same kind, namespace and name.
pub fn is_same_object(document: &Document, old: &Document, options: &Options) -> bool {
    let id = identity(document, options);
    id.is_some() && id == identity(old, options)
}

/// What tells an object of ours from others: kind, namespace and name.
pub fn identity(document: &Document, options: &Options) -> Option<(Kind, String, String)> {
    let Subject::Ours(kind) = subject(document) else { return None };
    let text = |member: &str| {
        let value = &document.value()["metadata"][member];
        value.as_str().unwrap_or_default().to_owned()
    };
    Some((kind, in_namespace(&text("namespace"), options), text("name")))
}

/// A stored object has an identity; a manifest that was never stored gets one.
fn complete(metadata: &mut ObjectMeta, options: &Options) {
    if metadata.namespace.is_empty() {
        metadata.namespace = options.namespace.as_str().into();
    }
    if metadata.uid.is_empty() {
        metadata.uid = context("").uid.into();
    }
    if metadata.resource_version.is_empty() {
        metadata.resource_version = "1".into();
    }
}

/// An update that names no version is one of whatever is stored, and so with the rest (RENDER-10).
fn identify(new: &mut ObjectMeta, old: &ObjectMeta) {
    for (new, old) in [
        (&mut new.namespace, &old.namespace),
        (&mut new.uid, &old.uid),
        (&mut new.resource_version, &old.resource_version),
    ] {
        if new.is_empty() {
            old.clone_into(new);
        }
    }
}

/// Brings `live` to what `after` says; what `before` said and `after` does not is removed.
fn apply(live: &mut Value, before: &Value, after: &Value) {
    let Value::Object(after) = after else {
        *live = after.clone();
        return;
    };
    if !live.is_object() {
        *live = Value::Object(Map::new());
    }
    let Value::Object(live) = live else { return };
    for (key, _) in before.as_object().into_iter().flatten() {
        if !after.contains_key(key) {
            live.remove(key);
        }
    }
    for (key, value) in after {
        let nothing = Value::Null;
        let before = before.get(key).unwrap_or(&nothing);
        apply(live.entry(key).or_insert(Value::Null), before, value);
    }
}
