//! Lint: finds Jobs and CronJobs that are valid and still dangerous.
//!
//! [`job`] and [`cronjob`] look at an object as its author wrote it and return [`Warning`]s: which
//! [`Rule`], at which field, why, and what may be done. Each rule can be silenced, by
//! [`Config::allow`] or by the annotation [`ALLOW_ANNOTATION`] on the object. Deliberately
//! absent: whatever the API server refuses (`admission` says it), and places in a text
//! ([`check_lint`](crate::check::check_lint) finds them).

mod calendar;
mod clock;
mod codes;
mod ends;
mod failure_policy;
mod linter;
mod pods;
mod rules;
mod success_policy;
mod versions;

use crate::api::{CronJob, Job};
use linter::Lint;

pub use linter::{ALLOW_ANNOTATION, Config, Warning};
pub use rules::Rule;

/// Lints a Job.
///
/// ```
/// use jobsem::lint::{self, Config, Rule};
/// use jobsem::{Semantics, Time, api::Job};
///
/// let job: Job = serde_json::from_str(r#"{"spec": {
///     "ttlSecondsAfterFinished": 600, "activeDeadlineSeconds": 5,
///     "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c"}]}}}}"#)?;
/// let found = lint::job(&job, &Config::new(Semantics::default(), Time::from_unix(0)));
/// assert_eq!(found[0].rule, Rule::DeadlineBeforeRetry);
/// assert_eq!(found[0].field, "spec.activeDeadlineSeconds");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn job(job: &Job, options: &Config) -> Vec<Warning> {
    let mut lint = Lint::new(options, &job.spec, "spec");
    lint.allow("metadata", &job.metadata);
    if job.metadata.controller_ref().is_none() {
        ends::time_to_live(&mut lint, &job.metadata);
        ends::no_deadline(&mut lint, None);
    }
    spec(&mut lint);
    versions::job(&mut lint, job);
    lint.findings
}

/// Lints a CronJob.
pub fn cronjob(cronjob: &CronJob, options: &Config) -> Vec<Warning> {
    let mut lint = Lint::new(options, &cronjob.spec.job_template.spec, "spec.jobTemplate.spec");
    lint.allow("metadata", &cronjob.metadata);
    lint.allow("spec.jobTemplate.metadata", &cronjob.spec.job_template.metadata);
    calendar::schedule(&mut lint, &cronjob.spec);
    clock::schedule(&mut lint, &cronjob.spec);
    ends::history(&mut lint, &cronjob.spec);
    ends::no_deadline(&mut lint, Some(&cronjob.spec));
    ends::starting_deadline(&mut lint, &cronjob.spec);
    spec(&mut lint);
    versions::cronjob(&mut lint, cronjob);
    lint.findings
}

/// The rules that apply to every Job spec.
fn spec(lint: &mut Lint<'_>) {
    ends::deadline_only_in_template(lint);
    ends::deadline_before_retry(lint);
    ends::backoff_below_parallelism(lint);
    pods::on_failure(lint);
    pods::sidecars(lint);
    failure_policy::rules(lint);
    success_policy::rules(lint);
}

#[cfg(test)]
mod tests;
