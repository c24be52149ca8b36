//! [`Manifest`]: the Job or CronJob of a text.

use super::{Document, FieldValidation};
use crate::api::{CronJob, Job};
use crate::{Error, Semantics};

/// A Job or CronJob as users write it.
#[derive(Clone, Debug)]
pub enum Manifest {
    /// A Job.
    Job(Box<Job>),
    /// A CronJob.
    CronJob(Box<CronJob>),
}

impl Manifest {
    /// Decodes a document as `kubectl create` has it done ([`FieldValidation::Kubectl`]).
    ///
    /// # Errors
    ///
    /// `Decode`, with the position.
    pub fn read(document: &Document, sem: &Semantics) -> Result<Manifest, Error> {
        Manifest::read_as(document, FieldValidation::Kubectl, sem).map(|(manifest, _)| manifest)
    }

    /// Decodes a document, as strictly as a client asks for; with the warnings that it gets.
    ///
    /// # Errors
    ///
    /// `Decode`, with the place.
    pub fn read_as(
        document: &Document,
        validation: FieldValidation,
        sem: &Semantics,
    ) -> Result<(Manifest, Vec<String>), Error> {
        let locate = |error| document.locate(error);
        if document.kind() == Some("CronJob") {
            let (cronjob, warnings) = document.read_cronjob(validation, sem).map_err(locate)?;
            return Ok((Manifest::CronJob(Box::new(cronjob)), warnings));
        }
        let (job, warnings) = document.read_job(validation, sem).map_err(locate)?;
        Ok((Manifest::Job(Box::new(job)), warnings))
    }

    /// The Job.
    ///
    /// # Errors
    ///
    /// `Decode` if it is a CronJob.
    pub fn into_job(self) -> Result<Job, Error> {
        match self {
            Manifest::Job(job) => Ok(*job),
            Manifest::CronJob(_) => {
                let text = "expected a `batch/v1` `Job`, found `CronJob`";
                Err(Error::decode(text).with_path("kind"))
            }
        }
    }
}

/// The only Job or CronJob among documents. Without one it returns the first document, whose
/// decoding then reports the problem.
///
/// # Errors
///
/// `Decode` if there is no document, or more than one Job or CronJob.
pub fn only_manifest(all: &[Document]) -> Result<&Document, Error> {
    let ours = |document: &&Document| matches!(document.kind(), Some("Job" | "CronJob"));
    match all.iter().filter(ours).collect::<Vec<_>>()[..] {
        [one] => Ok(one),
        [] => all.first().ok_or_else(|| Error::decode("the text holds no document")),
        ref many => {
            Err(Error::decode(format!("expected one Job or CronJob, found {}", many.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::documents;

    #[test]
    fn the_manifest_is_found_among_other_objects_and_must_be_one() {
        let only = |text: &str| {
            let all = documents(text.as_bytes()).unwrap();
            only_manifest(&all).map(|d| d.kind().unwrap_or_default().to_owned())
        };
        assert_eq!(only("kind: ConfigMap\n---\nkind: Job\n").unwrap(), "Job");
        assert_eq!(only("kind: ConfigMap\n").unwrap(), "ConfigMap");
        let both = only("kind: Job\n---\nkind: CronJob\n").unwrap_err();
        assert_eq!(both.message(), "expected one Job or CronJob, found 2");
        assert_eq!(only("# nothing\n").unwrap_err().message(), "the text holds no document");
    }
}
