//! Lint: finds Jobs and CronJobs that are valid and still dangerous.
//!
//! [`job`] and [`cronjob`] check an object as its author wrote it and return [`Finding`]s: the
//! [`Rule`], the field, the reason, and a hint. [`Options::allow`] and the annotation
//! [`ALLOW_ANNOTATION`] silence rules. Deliberately absent: what the API server refuses (see
//! `admission`), and positions in a text (see [`check_lint`](crate::check::check_lint)).

mod clock;
mod codes;
mod ends;
mod failure_policy;
mod pods;
mod rules;
mod success_policy;
mod versions;

use std::collections::BTreeSet;

use crate::api::{CronJob, Job, JobSpec, ObjectMeta, RestartPolicy};
use crate::{KubeVersion, Semantics, Time};

pub use rules::Rule;
pub(crate) use versions::missing;

/// The annotation that silences rules for one object. Its value lists their names, separated by
/// commas.
pub const ALLOW_ANNOTATION: &str = "jobsem.dev/lint-allow";

/// The options of lint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The Kubernetes version the object targets.
    pub semantics: Semantics,
    /// The oldest version to support, if older.
    pub min_kube: KubeVersion,
    /// Clock changes are checked in the year after this time.
    pub now: Time,
    /// The silenced rules.
    pub allow: BTreeSet<Rule>,
}

impl Options {
    /// All rules, for one version.
    pub fn new(semantics: Semantics, now: Time) -> Options {
        let min_kube = semantics.version();
        Options { semantics, min_kube, now, allow: BTreeSet::new() }
    }
}

/// Something that is valid and still dangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The field to change, which may be absent.
    pub field: String,
    /// What happens.
    pub message: String,
    /// What to do instead.
    pub hint: Option<String>,
}

/// Lints a Job.
///
/// ```
/// use jobsem::lint::{self, Options, Rule};
/// use jobsem::{Semantics, Time, api::Job};
///
/// let job: Job = serde_json::from_str(r#"{"spec": {
///     "ttlSecondsAfterFinished": 600, "activeDeadlineSeconds": 5,
///     "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c"}]}}}}"#)?;
/// let found = lint::job(&job, &Options::new(Semantics::default(), Time::from_unix(0)));
/// assert_eq!(found[0].rule, Rule::DeadlineBeforeRetry);
/// assert_eq!(found[0].field, "spec.activeDeadlineSeconds");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn job(job: &Job, options: &Options) -> Vec<Finding> {
    let mut lint = Lint::new(options, &job.spec, "spec");
    lint.allow("metadata", &job.metadata);
    if job.metadata.controller_ref().is_none() {
        ends::time_to_live(&mut lint);
    }
    lint.spec();
    versions::job(&mut lint, job);
    lint.findings
}

/// Lints a CronJob.
pub fn cronjob(cronjob: &CronJob, options: &Options) -> Vec<Finding> {
    let mut lint = Lint::new(options, &cronjob.spec.job_template.spec, "spec.jobTemplate.spec");
    lint.allow("metadata", &cronjob.metadata);
    lint.allow("spec.jobTemplate.metadata", &cronjob.spec.job_template.metadata);
    clock::schedule(&mut lint, &cronjob.spec);
    ends::starting_deadline(&mut lint, &cronjob.spec);
    lint.spec();
    versions::cronjob(&mut lint, cronjob);
    lint.findings
}

/// An object under lint, and the findings so far.
struct Lint<'a> {
    options: &'a Options,
    allowed: BTreeSet<Rule>,
    spec: &'a JobSpec,
    /// The path of the Job's spec.
    path: &'static str,
    findings: Vec<Finding>,
}

impl<'a> Lint<'a> {
    fn new(options: &'a Options, spec: &'a JobSpec, path: &'static str) -> Lint<'a> {
        Lint { options, allowed: options.allow.clone(), spec, path, findings: Vec::new() }
    }

    /// The rules that apply to every Job spec.
    fn spec(&mut self) {
        ends::deadline_only_in_template(self);
        ends::deadline_before_retry(self);
        ends::backoff_below_parallelism(self);
        pods::on_failure(self);
        pods::sidecars(self);
        failure_policy::rules(self);
        success_policy::rules(self);
    }

    /// Adds the rules that an object's annotation silences.
    fn allow(&mut self, path: &str, meta: &ObjectMeta) {
        let Some(list) = meta.annotation(ALLOW_ANNOTATION) else { return };
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name.parse() {
                Ok(rule) => {
                    self.allowed.insert(rule);
                }
                Err(_) => {
                    let field = format!("{path}.annotations[{ALLOW_ANNOTATION}]");
                    let message = format!("there is no rule `{name}` to silence");
                    let hint = Rule::nearest(name).map(|rule| format!("did you mean `{rule}`?"));
                    self.push(Rule::UnknownRule, field, message, hint);
                }
            }
        }
    }

    /// Adds a finding at a member of the Job's spec.
    fn find(&mut self, rule: Rule, member: &str, message: impl Into<String>, hint: &str) {
        let hint = Some(hint).filter(|hint| !hint.is_empty()).map(str::to_owned);
        self.push(rule, format!("{}.{member}", self.path), message.into(), hint);
    }

    fn push(&mut self, rule: Rule, field: String, message: String, hint: Option<String>) {
        if !self.allowed.contains(&rule) {
            self.findings.push(Finding { rule, field, message, hint });
        }
    }

    /// Whether failed containers restart in their pods.
    fn restarts_in_place(&self) -> bool {
        self.spec.template.spec.restart_policy == Some(RestartPolicy::OnFailure)
    }

    /// How many failures the Job tolerates, with the server's default (API-01).
    fn backoff_limit(&self) -> i32 {
        let default = if self.spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
        self.spec.backoff_limit.unwrap_or(default)
    }
}

#[cfg(test)]
mod tests;
