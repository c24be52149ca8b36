//! [`Journal`]: what happened in a cluster, in order: every call of a controller with its answer,
//! every object stored or removed, every Event.
//!
//! The journal observes. A cluster does the same with and without one. Deliberately absent: any
//! form in which it is shown; the traces of the conformance vectors are `scenario`'s.

use super::server::ServerError;
use crate::Time;
use crate::admission::Invalid;
use crate::controller::Object;
use crate::event::Event;
use crate::request::{ApiError, Call, Response};

/// One entry of a cluster's journal; see [`Cluster::record`](super::Cluster::record).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub what: Recorded,
}

/// What a [`Record`] is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Recorded {
    /// A controller called the API.
    Call {
        /// The call.
        call: Call,
        /// What came of it.
        answer: CallAnswer,
    },
    /// An object was stored, as new or in place of an older version.
    Stored(Object),
    /// An object was removed.
    Removed(Object),
    /// A controller recorded an Event.
    Event(Event),
    /// A client's change of a Job was refused.
    Refused {
        /// The Job's name.
        name: String,
        /// Why.
        why: Box<Invalid>,
    },
}

/// What came of a controller's call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallAnswer {
    /// The server carried it out.
    Done(Response),
    /// The server answered with an error.
    Failed(ApiError),
    /// The server refused the object.
    Invalid(Box<Invalid>),
    /// An injected fault made it fail; the server never saw it.
    Injected(ApiError),
}

impl CallAnswer {
    /// The answer as the controller gets it.
    pub fn response(&self) -> Response {
        match self {
            CallAnswer::Done(response) => response.clone(),
            CallAnswer::Failed(error) | CallAnswer::Injected(error) => {
                Response::Error(error.clone())
            }
            CallAnswer::Invalid(invalid) => {
                Response::Error(ApiError::new(422, "Invalid", invalid.message()))
            }
        }
    }
}

impl From<Result<Response, ServerError>> for CallAnswer {
    fn from(result: Result<Response, ServerError>) -> CallAnswer {
        match result {
            Ok(response) => CallAnswer::Done(response),
            Err(ServerError::Api(error)) => CallAnswer::Failed(error),
            Err(ServerError::Invalid(invalid)) => CallAnswer::Invalid(invalid),
        }
    }
}

/// The records since the last [`Journal::take`]; empty and silent until it is switched on.
#[derive(Debug, Default)]
pub(super) struct Journal {
    on: bool,
    records: Vec<Record>,
}

impl Journal {
    pub(super) fn switch_on(&mut self) {
        self.on = true;
    }

    pub(super) fn add(&mut self, at: Time, what: impl FnOnce() -> Recorded) {
        if self.on {
            self.records.push(Record { at, what: what() });
        }
    }

    pub(super) fn take(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }
}

#[cfg(test)]
mod tests {
    use crate::api::Job;
    use crate::cluster::{Cluster, PodReport, Work};
    use crate::{Error, ErrorKind, Semantics, Time};

    const START: Time = Time::from_unix(946_684_801);

    /// Plays a Job of many pods, each of which succeeds as soon as it is started.
    fn play(cluster: &mut Cluster) -> Result<(), Error> {
        let job: Job = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "many"},
            "spec": {"completions": 3_000, "parallelism": 1_000, "template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "main", "image": "i"}],
            }}},
        }))
        .unwrap();
        let mut now = START;
        cluster.create_job(now, job)?;
        loop {
            while let Some(work) = cluster.poll_work() {
                let Work::Start(pod) = work else { continue };
                let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
                cluster.report(now, namespace, name, PodReport::exited("main", 0))?;
            }
            let Some(wakeup) = cluster.poll_timeout() else { return Ok(()) };
            now = wakeup.at;
            cluster.handle_timeout(now)?;
        }
    }

    #[test]
    fn a_recorded_cluster_has_the_same_objects_as_a_silent_one() {
        let (mut silent, mut recorded) =
            (Cluster::new(Semantics::default()), Cluster::new(Semantics::default()));
        recorded.record();
        play(&mut silent).unwrap();
        play(&mut recorded).unwrap();
        assert_eq!(silent.job("default", "many").unwrap().status.succeeded, 3_000);
        assert!(recorded.take_records().len() > 9_000);
        assert!(silent.take_records().is_empty());
        assert!(silent.jobs().eq(recorded.jobs()));
        assert!(silent.pods().eq(recorded.pods()));
        assert!(
            std::iter::from_fn(|| silent.poll_event())
                .eq(std::iter::from_fn(|| recorded.poll_event()))
        );
        assert_eq!(silent.poll_timeout(), recorded.poll_timeout());
    }

    #[test]
    fn a_limit_that_is_reached_is_an_error_that_names_it_and_stays() {
        let mut cluster = Cluster::new(Semantics::default());
        cluster.test_options_mut().limit = Some(100);
        let error = play(&mut cluster).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.message(), "stopped at the limit of 100 requests and Events");
        assert_eq!(cluster.handle_timeout(START.plus_seconds(60)), Err(error));
    }
}
