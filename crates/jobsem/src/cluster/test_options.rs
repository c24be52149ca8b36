//! [`TestOptions`]: what a test asks of a cluster that no host asks: lost answers, late watches,
//! failing calls, limits.
//!
//! All of it is off in a new cluster.

use std::collections::BTreeSet;

use super::fault::Fault;
use crate::request::{ApiError, Call};
use crate::{Error, ErrorKind, Time};

/// What a cluster does for a test or a scenario, beside what an API server does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TestOptions {
    /// A pod that a controller creates takes the place of a stored one of its generated name. An
    /// API server looks for a free name or refuses the create.
    // QUIRK: the API server of the conformance harness does this.
    pub overwrite_pods: bool,
    /// How many requests of controllers and Events there may be. A cluster that reaches the limit
    /// stops, and every later call with a time is an error of kind
    /// [`Limit`](ErrorKind::Limit). Reads do not count.
    pub limit: Option<usize>,
    /// Resources whose watch events are held back, as by a watch that lags.
    pub held: BTreeSet<Resource>,
    /// Calls that fail.
    pub faults: Vec<Fault>,
    /// The time from which those of `faults` count.
    pub start: Time,
    /// The Job controller crashes when it has sent so many more requests: the last one is carried
    /// out, its answer is lost, and all controllers start over. `None` again after the crash.
    pub crash_after: Option<usize>,
}

/// A resource that controllers watch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Resource {
    /// `batch/v1` Jobs.
    Jobs,
    /// Pods.
    Pods,
    /// `batch/v1` CronJobs.
    CronJobs,
}

impl Resource {
    /// The resource's name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Resource::Jobs => "jobs",
            Resource::Pods => "pods",
            Resource::CronJobs => "cronjobs",
        }
    }
}

impl Default for TestOptions {
    fn default() -> TestOptions {
        TestOptions {
            overwrite_pods: false,
            limit: None,
            held: BTreeSet::new(),
            faults: Vec::new(),
            start: Time::from_unix(0),
            crash_after: None,
        }
    }
}

impl TestOptions {
    /// The error that `call` gets at `now`, if a fault hits it.
    pub(super) fn fault(&self, call: &Call, now: Time) -> Option<ApiError> {
        let (verb, resource) = (call.verb(), call.resource());
        let elapsed = || now.since(self.start);
        let fault = self.faults.iter().find(|fault| fault.hits(verb, resource, elapsed()))?;
        Some(fault.error(resource, &call.name()))
    }

    pub(super) fn holds(&self, resource: &str) -> bool {
        self.held.iter().any(|held| held.as_str() == resource)
    }

    /// Whether the controllers crash with the answer that they wait for now.
    pub(super) fn crashes_now(&mut self) -> bool {
        match &mut self.crash_after {
            Some(0) => {
                self.crash_after = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}

/// Counts towards [`TestOptions::limit`].
#[derive(Debug, Default)]
pub(super) struct Count(usize);

impl Count {
    pub(super) fn call(&mut self, call: &Call) {
        self.0 += usize::from(call.verb() != "get");
    }

    pub(super) fn event(&mut self) {
        self.0 += 1;
    }

    /// An error once there were more than the limit.
    pub(super) fn within(&self, limit: Option<usize>) -> Result<(), Error> {
        match limit.filter(|limit| self.0 > *limit) {
            None => Ok(()),
            Some(limit) => {
                let text = format!("stopped at the limit of {limit} requests and Events");
                Err(Error::new(ErrorKind::Limit, text))
            }
        }
    }
}
