//! Decides which pods belong to the Job: adopts orphans, releases pods that no longer match.
//!
//! Rules: CLAIM-02 to CLAIM-09 (upstream: `controller.PodControllerRefManager`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::context::{Context, SyncError};
use super::record::PodRecord;
use super::tally::Tally;
use crate::Semantics;
use crate::api::well_known::JOB_KIND;
use crate::api::{Job, OwnerReference, Pod, Text};
use crate::explain::Notes;
use crate::request::{ApiError, Call, PodPatch, Response};

/// A pod whose owner changes.
#[derive(Clone, Debug)]
pub(crate) enum Claim {
    /// The pod matches and has no controller.
    Adopt(Arc<Pod>),
    /// The pod is owned and no longer matches.
    Release(Arc<Pod>),
}

/// The claims of one sync, made one after another.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    waiting: VecDeque<Claim>,
    asked: Option<Asked>,
    /// CLAIM-04: the result of the live read, kept for the rest of the sync.
    checked: Option<Result<(), String>>,
    adopted: Vec<Text>,
    errors: Vec<String>,
}

#[derive(Debug)]
enum Asked {
    LiveJob,
    Patch(Claim),
}

impl Claims {
    pub(crate) fn new(claims: Vec<Claim>) -> Claims {
        Claims { waiting: claims.into(), ..Claims::default() }
    }

    /// The next request, if one is left.
    pub(crate) fn next(&mut self, job: &Job, notes: &mut Notes) -> Option<Call> {
        loop {
            let claim = self.waiting.front()?;
            if let Claim::Adopt(_) = claim {
                match &self.checked {
                    None => {
                        self.asked = Some(Asked::LiveJob);
                        return Some(Call::GetJob {
                            namespace: job.metadata.namespace.to_string(),
                            name: job.metadata.name.to_string(),
                        });
                    }
                    Some(Err(error)) => {
                        self.errors.push(error.clone());
                        self.waiting.pop_front();
                        continue;
                    }
                    Some(Ok(())) => {}
                }
            }
            let claim = self.waiting.pop_front()?;
            let call = claim.call(job);
            notes.add("CLAIM-03", || claim.describe());
            self.asked = Some(Asked::Patch(claim));
            return Some(call);
        }
    }

    pub(crate) fn answer(&mut self, job: &Job, response: Response, cx: &mut Context<'_>) {
        match (self.asked.take(), response) {
            (Some(Asked::LiveJob), response) => self.checked = Some(may_adopt(job, response)),
            (Some(Asked::Patch(Claim::Adopt(_))), Response::Error(error)) => {
                if !error.is_not_found() {
                    self.errors.push(error.message);
                }
            }
            (Some(Asked::Patch(Claim::Adopt(pod))), _) => {
                // CLAIM-08: the cached pod has no finalizer yet; this sync treats it as if it had.
                let mut record = PodRecord::new(pod, cx.tally.rules(), cx.sem);
                record.has_finalizer = true;
                self.adopted.push(record.pod.metadata.uid.clone());
                cx.tally.insert(record);
            }
            (Some(Asked::Patch(Claim::Release(_))), Response::Error(error)) => {
                if !benign_on_release(&error) {
                    self.errors.push(error.message);
                }
            }
            (Some(Asked::Patch(Claim::Release(_))) | None, _) => {}
        }
    }

    /// UIDs of the adopted pods.
    pub(crate) fn adopted(&self) -> &[Text] {
        &self.adopted
    }

    /// All errors joined, if there are any (CLAIM-07).
    pub(crate) fn error(&self) -> Option<SyncError> {
        match &self.errors[..] {
            [] => None,
            [one] => Some(SyncError(one.clone())),
            several => Some(SyncError(format!("[{}]", several.join(", ")))),
        }
    }
}

impl Claim {
    fn describe(&self) -> String {
        match self {
            Claim::Adopt(pod) => format!(
                "pod {} matches the selector and has no controller: adopted",
                pod.metadata.name
            ),
            Claim::Release(pod) => {
                format!("pod {} matches the selector no longer: released", pod.metadata.name)
            }
        }
    }

    fn call(&self, job: &Job) -> Call {
        let (Claim::Adopt(pod) | Claim::Release(pod)) = self;
        let pod_uid = pod.metadata.uid.clone();
        let job_uid = job.metadata.uid.clone();
        let patch = match self {
            Claim::Adopt(_) => PodPatch::Adopt {
                job: job.metadata.name.to_string(),
                job_uid: job_uid.to_string(),
                pod_uid: pod_uid.to_string(),
            },
            Claim::Release(_) => {
                PodPatch::Release { job_uid: job_uid.to_string(), pod_uid: pod_uid.to_string() }
            }
        };
        Call::PatchPod { pod: Arc::clone(pod), patch }
    }
}

/// CLAIM-02: whether a pod with this controller is a candidate when the Job lists its pods. Up to
/// 1.33 only the UID of the reference counts.
pub(crate) fn is_owner(job: &Job, owner: &OwnerReference, sem: &Semantics) -> bool {
    owner.uid == job.metadata.uid
        && (!sem.owner_index() || owner.kind == JOB_KIND && owner.name == job.metadata.name)
}

/// Counts the Job's pods, and says which to adopt and which to release (CLAIM-03).
pub(crate) fn fold(job: &Job, pods: &[Arc<Pod>], tally: &mut Tally, sem: &Semantics) -> Vec<Claim> {
    let deleting = job.metadata.deletion_timestamp.is_some();
    let rules = Arc::clone(tally.rules());
    let Ok(selector) = &rules.selector else { return Vec::new() };
    let mut claims = VecDeque::new();
    tally.reserve(pods.len());
    for pod in pods {
        if pod.metadata.namespace != job.metadata.namespace {
            continue;
        }
        let matches = selector.matches(pod.metadata.labels.as_ref());
        match pod.metadata.controller_ref() {
            Some(owner) if !is_owner(job, owner, sem) => {}
            Some(_) if matches => tally.insert(PodRecord::new(Arc::clone(pod), &rules, sem)),
            Some(_) if !deleting => claims.push_front(Claim::Release(Arc::clone(pod))),
            None if matches && !deleting && pod.metadata.deletion_timestamp.is_none() => {
                claims.push_back(Claim::Adopt(Arc::clone(pod)));
            }
            Some(_) | None => {}
        }
    }
    claims.into()
}

/// CLAIM-04: the live Job must have the same UID and must not be in deletion.
fn may_adopt(job: &Job, response: Response) -> Result<(), String> {
    let meta = &job.metadata;
    match response {
        Response::Job(live) if live.metadata.uid != meta.uid => Err(format!(
            "original Job {}/{} is gone: got uid {}, wanted {}",
            meta.namespace, meta.name, live.metadata.uid, meta.uid
        )),
        Response::Job(live) => match live.metadata.deletion_timestamp {
            Some(at) => {
                Err(format!("{}/{} has just been deleted at {at}", meta.namespace, meta.name))
            }
            None => Ok(()),
        },
        Response::Error(error) => Err(error.message),
        Response::Pod(_) | Response::CronJob(_) | Response::Done => {
            Err("no Job in the answer".to_owned())
        }
    }
}

/// CLAIM-03: the pod is gone, or has another owner by now.
fn benign_on_release(error: &ApiError) -> bool {
    error.is_not_found() || error.is_invalid()
}
