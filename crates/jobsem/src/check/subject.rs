//! Selects the documents to check.

use crate::decode::Document;

use crate::api::Kind;
use crate::nearest::nearest;

/// The subject of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A `batch/v1` Job or CronJob.
    Ours(Kind),
    /// An object of another kind, which is skipped.
    Other {
        /// Its version, such as `apps/v1`.
        api_version: String,
        /// Its kind.
        kind: String,
    },
    /// Not a Kubernetes object: it has neither version nor kind.
    NoObject,
    /// Meant as a Job or CronJob, but the API server does not know the kind.
    Unrecognized {
        /// The member that is wrong or missing.
        field: &'static str,
        /// kubectl's message.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// Returns the subject of a document.
pub fn subject(document: &Document) -> Subject {
    let value = document.value();
    let member = |name: &str| value.get(name);
    if !value.is_object() || (member("apiVersion").is_none() && member("kind").is_none()) {
        return Subject::NoObject;
    }
    let api_version = document.api_version().unwrap_or_default();
    let kind = document.kind().unwrap_or_default();
    let unrecognized = |field, message: String, hint: &str| Subject::Unrecognized {
        field,
        message,
        hint: hint.to_owned(),
    };
    match (api_version, kind) {
        ("batch/v1", "Job") => return Subject::Ours(Kind::Job),
        ("batch/v1", "CronJob") => return Subject::Ours(Kind::CronJob),
        (_, "") => {
            let message = "Object 'Kind' is missing".to_owned();
            return unrecognized("kind", message, "add `kind: Job` or `kind: CronJob`");
        }
        ("", _) => {
            let message = "Object 'apiVersion' is missing".to_owned();
            let hint =
                if ours(kind) { "add `apiVersion: batch/v1`" } else { "add an `apiVersion`" };
            return unrecognized("apiVersion", message, hint);
        }
        _ => {}
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let no_match = || format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
    let misplaced = matches!(group, "" | "batch" | "extensions" | "apps" | "jobs");
    if ours(kind) && misplaced {
        return unrecognized("apiVersion", no_match(), "use `apiVersion: batch/v1`");
    }
    if group == "batch"
        && let Some(name) = nearest(kind, &["Job", "CronJob"])
    {
        return unrecognized("kind", no_match(), &format!("did you mean `{name}`?"));
    }
    Subject::Other { api_version: api_version.to_owned(), kind: kind.to_owned() }
}

fn ours(kind: &str) -> bool {
    matches!(kind, "Job" | "CronJob")
}
