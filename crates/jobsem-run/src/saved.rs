//! [`Saved`]: the state of a run in its directory, written when it has changed.

use std::io;
use std::sync::Arc;

use jobsem::api::{Job, Pod};

use crate::rundir::RunDir;
use crate::subject::Subject;

/// What the run's directory has of the state.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    /// Whether the subject is written as it is.
    subject: bool,
    jobs: Vec<Arc<Job>>,
    pods: Vec<Arc<Pod>>,
}

impl Saved {
    /// The subject has changed.
    pub fn outdate_subject(&mut self) {
        self.subject = false;
    }

    /// Writes what differs from what is written. `jobs` are those of a CronJob.
    pub fn write(
        &mut self,
        dir: &RunDir,
        subject: &Subject,
        jobs: &[Arc<Job>],
        pods: &[Arc<Pod>],
    ) -> io::Result<()> {
        if !self.subject {
            dir.write_json(subject.file(), &subject.to_value()?)?;
            self.subject = true;
        }
        if subject.as_job().is_none() && !same(&self.jobs, jobs) {
            dir.write_json("jobs.json", &serde_json::to_value(jobs)?)?;
            self.jobs = jobs.to_vec();
        }
        if !same(&self.pods, pods) {
            dir.write_json("pods.json", &serde_json::to_value(pods)?)?;
            self.pods = pods.to_vec();
        }
        Ok(())
    }
}

fn same<T>(old: &[Arc<T>], new: &[Arc<T>]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| Arc::ptr_eq(a, b))
}
