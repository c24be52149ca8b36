//! [`Lint`]: what the rules look at, and where their findings go.

use std::collections::BTreeSet;

use super::rules::Rule;
use crate::api::{JobSpec, ObjectMeta, RestartPolicy};
use crate::{KubeVersion, Semantics, Time};

/// The annotation that silences rules for one object. Its value lists their names, separated by
/// commas.
pub const ALLOW_ANNOTATION: &str = "jobsem.dev/lint-allow";

/// What is linted for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The Kubernetes version the object targets.
    pub semantics: Semantics,
    /// The oldest version to support, if older.
    pub min_kube: KubeVersion,
    /// Clock changes are checked in the year after this time.
    pub now: Time,
    /// The silenced rules.
    pub allow: BTreeSet<Rule>,
}

impl Config {
    /// All rules, for one version.
    pub fn new(semantics: Semantics, now: Time) -> Config {
        let min_kube = semantics.version();
        Config { semantics, min_kube, now, allow: BTreeSet::new() }
    }
}

/// Something that is valid and still dangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The rule.
    pub rule: Rule,
    /// The field to change, which may be absent.
    pub field: String,
    /// What will happen.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// An object under lint, and the findings so far.
pub(super) struct Lint<'a> {
    pub(super) options: &'a Config,
    pub(super) allowed: BTreeSet<Rule>,
    pub(super) spec: &'a JobSpec,
    /// The path of the Job's spec.
    pub(super) path: &'static str,
    pub(super) findings: Vec<Warning>,
}

impl<'a> Lint<'a> {
    pub(super) fn new(options: &'a Config, spec: &'a JobSpec, path: &'static str) -> Lint<'a> {
        Lint { options, allowed: options.allow.clone(), spec, path, findings: Vec::new() }
    }

    /// Adds the rules that an object's annotation silences.
    pub(super) fn allow(&mut self, path: &str, meta: &ObjectMeta) {
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
    pub(super) fn find(
        &mut self,
        rule: Rule,
        member: &str,
        message: impl Into<String>,
        hint: &str,
    ) {
        let hint = Some(hint).filter(|hint| !hint.is_empty()).map(str::to_owned);
        self.push(rule, format!("{}.{member}", self.path), message.into(), hint);
    }

    pub(super) fn push(
        &mut self,
        rule: Rule,
        field: String,
        message: String,
        hint: Option<String>,
    ) {
        if !self.allowed.contains(&rule) {
            self.findings.push(Warning { rule, field, message, hint });
        }
    }

    /// Whether failed containers restart in their pods.
    pub(super) fn restarts_in_place(&self) -> bool {
        self.spec.template.spec.restart_policy == Some(RestartPolicy::OnFailure)
    }

    /// How many failures the Job tolerates, with the server's default (API-01).
    pub(super) fn backoff_limit(&self) -> i32 {
        let default = if self.spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
        self.spec.backoff_limit.unwrap_or(default)
    }
}
