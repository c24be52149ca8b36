//! What the API server stores of a document: `{"object", "warnings"}`.

use serde_json::{Value, json};

use super::object;
use crate::admission::{self, CreateContext, Invalid};
use crate::api::ObjectMeta;
use crate::cluster::Identity;
use crate::decode::{Document, FieldValidation, Manifest};
use crate::{Error, Semantics, Time};

/// What the server stores if a Job or CronJob is created at `now`. Without a namespace it is
/// created in `default`.
///
/// # Errors
///
/// `Decode`, with the place, and `Invalid` if the server refuses the object.
pub fn admit_create(
    document: &Document,
    validation: FieldValidation,
    identity: &mut dyn Identity,
    now: Time,
    sem: &Semantics,
) -> Result<Value, Error> {
    let (manifest, warnings) = Manifest::read_as(document, validation, sem)?;
    let suffix = identity.name("");
    let mut uid = |kind: &str, metadata: &ObjectMeta| match &*metadata.name {
        "" => identity.uid(kind, &format!("{}{suffix}", metadata.generate_name)),
        name => identity.uid(kind, name),
    };
    let context = CreateContext { namespace: "default", uid: "", now, name_suffix: &suffix };
    match manifest {
        Manifest::Job(mut job) => {
            let (uid, namespace) = (uid("Job", &job.metadata), settle(&mut job.metadata));
            let context = CreateContext { namespace: &namespace, uid: &uid, ..context };
            let admitted = admission::create_job(*job, &context, sem).map_err(refused)?;
            Ok(admitted_value("Job", &admitted.object, warnings, admitted.warnings))
        }
        Manifest::CronJob(mut cronjob) => {
            let uid = uid("CronJob", &cronjob.metadata);
            let namespace = settle(&mut cronjob.metadata);
            let context = CreateContext { namespace: &namespace, uid: &uid, ..context };
            let admitted = admission::create_cronjob(*cronjob, &context, sem).map_err(refused)?;
            Ok(admitted_value("CronJob", &admitted.object, warnings, admitted.warnings))
        }
    }
}

/// What the server stores if `updated` is written over `stored`. Two objects without a
/// `resourceVersion` have the same one.
///
/// # Errors
///
/// As [`admit_create`].
pub fn admit_update(
    stored: &Document,
    updated: &Document,
    validation: FieldValidation,
    sem: &Semantics,
) -> Result<Value, Error> {
    let locate = |error| stored.locate(error);
    match Manifest::read_as(updated, validation, sem)? {
        (Manifest::Job(mut new), warnings) => {
            let old = admission::decode_job(stored.value().clone(), sem).map_err(locate)?;
            let mut old = old.object;
            same_version(&mut old.metadata, &mut new.metadata);
            let admitted = admission::update_job(&old, *new, sem).map_err(refused)?;
            Ok(admitted_value("Job", &admitted.object, warnings, admitted.warnings))
        }
        (Manifest::CronJob(mut new), warnings) => {
            let old = admission::decode_cronjob(stored.value().clone(), sem).map_err(locate)?;
            let mut old = old.object;
            same_version(&mut old.metadata, &mut new.metadata);
            let admitted = admission::update_cronjob(&old, *new, sem).map_err(refused)?;
            Ok(admitted_value("CronJob", &admitted.object, warnings, admitted.warnings))
        }
    }
}

/// What the server stores if the status of `updated`, a Job, is written over that of `stored`.
///
/// # Errors
///
/// As [`admit_create`].
pub fn admit_status(
    stored: &Document,
    updated: &Document,
    validation: FieldValidation,
    sem: &Semantics,
) -> Result<Value, Error> {
    let (Manifest::Job(mut new), warnings) = Manifest::read_as(updated, validation, sem)? else {
        return Err(Error::decode("only the status of a Job is validated"));
    };
    let old = admission::decode_job(stored.value().clone(), sem);
    let mut old = old.map_err(|error| stored.locate(error))?.object;
    same_version(&mut old.metadata, &mut new.metadata);
    let object = admission::update_job_status(&old, *new, sem).map_err(refused)?;
    Ok(admitted_value("Job", &object, warnings, Vec::new()))
}

fn refused(invalid: Invalid) -> Error {
    Error::from(invalid)
}

/// The namespace of a new object: `default` unless it names one.
fn settle(metadata: &mut ObjectMeta) -> String {
    if metadata.namespace.is_empty() {
        metadata.namespace = "default".into();
    }
    metadata.namespace.to_string()
}

/// Objects that were never stored have no version: give both the same one.
fn same_version(old: &mut ObjectMeta, new: &mut ObjectMeta) {
    if old.resource_version.is_empty() && new.resource_version.is_empty() {
        old.resource_version = "1".into();
        new.resource_version = "1".into();
    }
}

fn admitted_value(
    kind: &str,
    stored: &impl serde::Serialize,
    mut warnings: Vec<String>,
    more: Vec<String>,
) -> Value {
    warnings.extend(more);
    json!({"object": object("batch/v1", kind, stored), "warnings": warnings})
}
