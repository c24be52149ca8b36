//! [`TtlController`]: deletes finished Jobs whose `ttlSecondsAfterFinished` has passed.
//!
//! Rules: TTL-01 to TTL-11, WQ-1 to WQ-4 (upstream: `pkg/controller/ttlafterfinished`).
//! `cleanup/ttl.rs` decides when a Job expires. Deliberately absent: metrics, and the deletion
//! itself, which the API server does in the foreground.

use std::collections::VecDeque;
use std::sync::Arc;

use super::mailbox::Mailbox;
use super::queue::{WorkQueue, shared_retries};
use super::watch::{Object, WatchEvent, forward};
use crate::api::Job;
use crate::cleanup::ttl::{Ttl, evaluate, needs_cleanup};
use crate::explain::{DatedNote, Note};
use crate::key::{Key, KeyMap, Named};
use crate::request::{Call, Propagation, Request, RequestId, Response};
use crate::wake::{WakeReason, Wakeup};
use crate::{Error, Time};

/// The TTL-after-finished controller.
///
/// Its contract is that of [`JobController`](crate::JobController#contract).
///
/// ```
/// use jobsem::{Response, Time, TtlController, WatchEvent, api::Job};
///
/// let job: Job = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
///     "spec": {"ttlSecondsAfterFinished": 60},
///     "status": {"conditions": [{"type": "Complete", "status": "True",
///                                "lastTransitionTime": "2000-01-01T00:00:00Z"}]}}"#)?;
/// let mut controller = TtlController::new();
/// let finished: Time = "2000-01-01T00:00:00Z".parse()?;
/// controller.handle_watch(finished, WatchEvent::Added(job.clone().into()))?;
/// let wakeup = controller.poll_timeout().unwrap();
/// assert_eq!(wakeup.at, finished.plus_seconds(60));
///
/// controller.handle_timeout(wakeup.at)?;
/// let read = controller.poll_request().unwrap();
/// assert_eq!(read.call.verb(), "get");
/// controller.handle_result(wakeup.at, read.id, Response::Job(job.into()))?;
/// assert_eq!(controller.poll_request().unwrap().call.verb(), "delete");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TtlController {
    now: Time,
    workers: usize,
    jobs: KeyMap<Arc<Job>>,
    queue: WorkQueue<Key>,
    /// Keys in work.
    busy: usize,
    mail: Mailbox<(Key, Asked)>,
    explain: bool,
    notes: VecDeque<DatedNote>,
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    Read,
    Delete,
}

impl Default for TtlController {
    fn default() -> Self {
        TtlController::new()
    }
}

impl TtlController {
    /// A controller with an empty cache and one worker. Its rules are the same in every version.
    pub fn new() -> TtlController {
        TtlController {
            now: Time::from_unix(i64::MIN),
            workers: 1,
            jobs: KeyMap::default(),
            queue: shared_retries(),
            busy: 0,
            mail: Mailbox::new(),
            explain: false,
            notes: VecDeque::new(),
        }
    }

    /// Records a note on every decision; see [`TtlController::poll_note`].
    #[must_use]
    pub fn with_notes(mut self) -> TtlController {
        self.explain = true;
        self
    }

    /// Sets the number of Jobs processed at once; Kubernetes' default is 5 (TTL-01).
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> TtlController {
        self.workers = workers.max(1);
        self
    }

    /// Forgets everything but its options and the time, as a crash does. The workers start at
    /// `begin`.
    pub fn restart(&mut self, begin: Time) {
        *self = TtlController {
            now: self.now,
            workers: self.workers,
            mail: self.mail.emptied(),
            queue: shared_retries().with_opening(begin),
            explain: self.explain,
            ..TtlController::new()
        };
    }

    /// Handles a watch event. Only Jobs matter.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_watch(&mut self, now: Time, event: WatchEvent) -> Result<(), Error> {
        self.advance(now)?;
        match event {
            WatchEvent::Added(Object::Job(job)) | WatchEvent::Modified(Object::Job(job)) => {
                self.observe(job);
            }
            // TTL-03: nothing is enqueued.
            WatchEvent::Deleted(Object::Job(job)) => {
                self.jobs.remove(&Named::of(&job.metadata));
            }
            _ => {}
        }
        self.work();
        Ok(())
    }

    /// Handles the response to a request.
    ///
    /// # Errors
    ///
    /// `State` if no such request is open, `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_result(
        &mut self,
        now: Time,
        id: RequestId,
        response: Response,
    ) -> Result<(), Error> {
        self.advance(now)?;
        let (key, asked) = self.mail.answered(id)?;
        match (asked, response) {
            (Asked::Read, Response::Job(job)) => self.judge(&key, &job, true),
            (Asked::Read, Response::Error(error)) if error.is_not_found() => {
                self.finish(&key, true);
            }
            (_, Response::Error(_)) | (Asked::Read, _) => self.finish(&key, false),
            (Asked::Delete, _) => self.finish(&key, true),
        }
        self.work();
        Ok(())
    }

    /// Advances to `now` and does what is due.
    ///
    /// # Errors
    ///
    /// `TimeWentBack` if `now` is before an earlier time.
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), Error> {
        self.advance(now)?;
        self.work();
        Ok(())
    }

    /// Returns the next request to send; pass its response to [`TtlController::handle_result`].
    pub fn poll_request(&mut self) -> Option<Request> {
        self.mail.poll()
    }

    /// Returns the next note: the time, the Job, and why it is deleted or not yet.
    pub fn poll_note(&mut self) -> Option<DatedNote> {
        self.notes.pop_front()
    }

    /// Returns when to call [`TtlController::handle_timeout`] if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Wakeup> {
        self.queue.wakeup()
    }

    /// Returns when a Job is synced again, and why.
    pub fn wakeup_of(&self, namespace: &str, name: &str) -> Option<Wakeup> {
        self.queue.wakeup_of(&format!("{namespace}/{name}").into())
    }

    fn advance(&mut self, now: Time) -> Result<(), Error> {
        forward(&mut self.now, now)?;
        self.queue.expire(now);
        Ok(())
    }

    /// TTL-03.
    fn observe(&mut self, job: Arc<Job>) {
        // Other Jobs are not kept, since the controller never acts on them.
        if !needs_cleanup(&job) {
            self.jobs.remove(&Named::of(&job.metadata));
            return;
        }
        let key = Key::of(&job.metadata);
        if job.metadata.deletion_timestamp.is_none() {
            self.queue.add(&key);
        }
        self.jobs.insert(key, job);
    }

    fn work(&mut self) {
        while self.busy < self.workers
            && let Some(key) = self.queue.get()
        {
            self.busy += 1;
            match self.jobs.get(&key).map(Arc::clone) {
                Some(job) => self.judge(&key, &job, false),
                None => self.finish(&key, true),
            }
        }
    }

    /// TTL-08, steps 3 to 6: first with the cached Job, then with the live one.
    fn judge(&mut self, key: &Key, job: &Job, live: bool) {
        let meta = &job.metadata;
        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
        let evaluated = evaluate(job, self.now);
        self.explain(key, job, &evaluated);
        match evaluated {
            Err(_) => self.finish(key, false),
            Ok(Ttl::Nothing) => self.finish(key, true),
            Ok(Ttl::Wait { nanos, .. }) => {
                self.queue.add_after(key, self.now, nanos, WakeReason::Ttl);
                self.finish(key, true);
            }
            Ok(Ttl::Delete) if live => {
                let (uid, propagation) = (Some(meta.uid.to_string()), Propagation::Foreground);
                let call = Call::DeleteJob {
                    namespace: namespace.to_string(),
                    name: name.to_string(),
                    propagation,
                    uid,
                };
                self.mail.ask((key.clone(), Asked::Delete), call);
            }
            Ok(Ttl::Delete) => {
                self.mail.ask(
                    (key.clone(), Asked::Read),
                    Call::GetJob { namespace: namespace.to_string(), name: name.to_string() },
                );
            }
        }
    }

    fn explain(&mut self, key: &Key, job: &Job, evaluated: &Result<Ttl, String>) {
        if !self.explain {
            return;
        }
        let ttl = job.spec.ttl_seconds_after_finished.unwrap_or_default();
        let note = match evaluated {
            Err(why) => Note { rule: "TTL-04", text: why.clone() },
            Ok(Ttl::Nothing) => return,
            Ok(Ttl::Wait { until, .. }) => {
                Note { rule: "TTL-07", text: format!("kept until {until}, {ttl}s after its end") }
            }
            Ok(Ttl::Delete) => {
                Note { rule: "TTL-08", text: format!("{ttl}s after its end are over") }
            }
        };
        let said = |last: &DatedNote| **key == *last.key && last.note == note;
        let said = self.notes.back().is_some_and(said);
        // The cached and the live Job are mostly equal.
        if !said {
            self.notes.push_back(DatedNote { at: self.now, key: key.to_string(), note });
        }
    }

    /// TTL-09.
    fn finish(&mut self, key: &Key, well: bool) {
        if well {
            self.queue.forget(key);
        } else {
            self.queue.add_rate_limited(key, self.now);
        }
        self.queue.done(key);
        self.busy -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiError;

    const START: Time = Time::from_unix(1_000);

    fn job(ttl: i32, finished: Option<i64>) -> Job {
        let mut job = serde_json::json!({
            "metadata": {"namespace": "n", "name": "j", "uid": "u"},
            "spec": {"ttlSecondsAfterFinished": ttl},
        });
        if let Some(at) = finished {
            let at = Time::from_unix(at).to_string();
            job["status"] = serde_json::json!({"conditions": [
                {"type": "Complete", "status": "True", "lastTransitionTime": at},
            ]});
        }
        serde_json::from_value(job).unwrap()
    }

    fn show(c: &mut TtlController, now: Time, job: Job) {
        c.handle_watch(now, WatchEvent::Modified(job.into())).unwrap();
    }

    /// The times of deletion attempts, up to the first success.
    fn deletions(c: &mut TtlController, live: &Job, fails_until: Time) -> Vec<i64> {
        let mut out = Vec::new();
        while let Some(wakeup) = c.poll_timeout() {
            let now = wakeup.at;
            c.handle_timeout(now).unwrap();
            while let Some(request) = c.poll_request() {
                let response = match &request.call {
                    Call::DeleteJob { uid, propagation, .. } => {
                        assert_eq!(uid.as_deref(), Some("u"));
                        assert_eq!(*propagation, Propagation::Foreground);
                        out.push(now.since(START) / 1_000_000);
                        if now < fails_until {
                            Response::Error(ApiError::new(500, "InternalError", "injected"))
                        } else {
                            Response::Done
                        }
                    }
                    _ => Response::Job(live.clone().into()),
                };
                c.handle_result(now, request.id, response).unwrap();
            }
        }
        out
    }

    #[test]
    fn limits_that_change_after_the_end() {
        // CC-06, CC-07, CC-08, TTL-10.
        let (long, short) = (job(60, Some(1_000)), job(10, Some(1_000)));
        let mut c = TtlController::new();
        show(&mut c, START, short.clone());
        show(&mut c, START.plus_seconds(5), long.clone());
        assert_eq!(deletions(&mut c, &long, START), [60_000]);
        let mut c = TtlController::new();
        show(&mut c, START, long.clone());
        show(&mut c, START.plus_seconds(5), short.clone());
        assert_eq!(deletions(&mut c, &short, START), [10_000]);
        let mut c = TtlController::new();
        show(&mut c, START, short.clone());
        let mut none = short;
        Arc::make_mut(&mut none.spec).ttl_seconds_after_finished = None;
        show(&mut c, START.plus_seconds(5), none.clone());
        assert!(deletions(&mut c, &none, START).is_empty());
    }

    #[test]
    fn a_deletion_that_fails_is_tried_again() {
        // CC-11: after 5, 10, 20, 40 and 80 milliseconds more.
        let job = job(1, Some(1_000));
        let mut c = TtlController::new();
        show(&mut c, START, job.clone());
        let fails_until = START.plus_nanos(1_100_000_000);
        assert_eq!(
            deletions(&mut c, &job, fails_until),
            [1_000, 1_005, 1_015, 1_035, 1_075, 1_155],
        );
    }

    #[test]
    fn another_job_of_that_name_is_left_alone() {
        // CC-09, CC-13.
        let mut c = TtlController::new();
        show(&mut c, START, job(1, Some(1_000)));
        assert!(deletions(&mut c, &job(1, None), START).is_empty());
        let mut going = job(0, Some(1_000));
        going.metadata.deletion_timestamp = Some(START);
        let mut c = TtlController::new();
        show(&mut c, START, going);
        assert_eq!((c.poll_request(), c.poll_timeout()), (None, None));
    }
}
