//! [`Rules`]: a Job's spec as the rules of one Kubernetes version read it.
//!
//! Derived once per spec, so that a sync reads plain values. Equal `Rules` classify every pod
//! alike.
//!
//! Rules: PRED-06 to PRED-09, DATA-25 to DATA-28, and what gates switch off.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::Semantics;
use crate::api::{Job, JobSpec, PodReplacementPolicy, RestartPolicy, Selector, SelectorError};
use crate::request::PodShape;

#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) indexed: bool,
    /// `completions`, which may be absent unless the Job is Indexed.
    pub(crate) completions: Option<i32>,
    pub(crate) parallelism: i32,
    pub(crate) backoff_limit: i32,
    /// PRED-08: `backoffLimitPerIndex`, where the gate allows it.
    pub(crate) backoff_limit_per_index: Option<i32>,
    /// PRED-09: pods are replaced only once they have failed.
    pub(crate) only_replace_failed: bool,
    pub(crate) failure_policy: bool,
    pub(crate) counts_terminating: bool,
    pub(crate) restarts_on_failure: bool,
    pub(crate) selector: Result<Selector, SelectorError>,
    shape: KeptShape,
}

/// The common parts of new pods, built when there is more than one.
#[derive(Clone, Default)]
struct KeptShape(OnceLock<Arc<PodShape>>);

impl fmt::Debug for KeptShape {
    /// Omitted, since it follows from the Job.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PodShape")
    }
}

impl Rules {
    pub(crate) fn new(job: &Job, sem: &Semantics) -> Rules {
        let spec = &job.spec;
        let failure_policy = sem.pod_failure_policy() && spec.pod_failure_policy.is_some();
        let per_index = sem.backoff_limit_per_index().then_some(spec.backoff_limit_per_index);
        let per_index = per_index.flatten();
        let replace_failed = sem.pod_replacement_policy()
            && spec.pod_replacement_policy == Some(PodReplacementPolicy::Failed);
        Rules {
            indexed: job.is_indexed(),
            completions: spec.completions,
            // DATA-25: the API server sets both. The real controller panics without them; jobsem
            // uses the API server's defaults.
            parallelism: spec.parallelism.unwrap_or(1),
            backoff_limit: spec.backoff_limit.unwrap_or(if per_index.is_some() {
                i32::MAX
            } else {
                6
            }),
            backoff_limit_per_index: per_index,
            only_replace_failed: replace_failed
                || failure_policy && sem.failure_policy_implies_replace_failed(),
            failure_policy,
            counts_terminating: sem.counts_terminating(failure_policy),
            restarts_on_failure: spec.template.spec.restart_policy
                == Some(RestartPolicy::OnFailure),
            selector: Selector::new(spec.selector.as_ref()),
            shape: KeptShape::default(),
            spec: Arc::clone(spec),
        }
    }

    /// The common parts of `count` new pods of the Job, and of all later ones; `None` if `count` is
    /// one.
    pub(crate) fn shape(&self, count: usize, job: &Job, sem: &Semantics) -> Option<Arc<PodShape>> {
        let several = count > 1 || self.parallelism > 1 || self.completions.is_some_and(|n| n > 1);
        several.then(|| Arc::clone(self.shape.0.get_or_init(|| PodShape::new(job, sem).into())))
    }

    /// The selector, or the error that a sync ends with if the Job's is ill-formed.
    pub(crate) fn selector(&self) -> Result<&Selector, String> {
        let words = |error: &SelectorError| format!("couldn't convert Job selector: {error}");
        self.selector.as_ref().map_err(words)
    }

    /// PRED-08.
    pub(crate) fn per_index(&self) -> bool {
        self.backoff_limit_per_index.is_some()
    }

    /// PRED-13: the index is in the Job's range.
    pub(crate) fn valid_index(&self, index: i32) -> bool {
        index >= 0 && index < self.completions.unwrap_or(0)
    }

    /// Whether pods are classified as under `other`.
    pub(crate) fn classifies_like(&self, other: &Rules) -> bool {
        Arc::ptr_eq(&self.spec, &other.spec)
            || self.indexed == other.indexed
                && self.completions == other.completions
                && self.backoff_limit_per_index == other.backoff_limit_per_index
                && self.only_replace_failed == other.only_replace_failed
                && self.spec.pod_failure_policy == other.spec.pod_failure_policy
                && self.selector == other.selector
    }
}
