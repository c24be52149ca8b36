//! A host for benchmarks: it grants every request at once, and the benchmark drives its pods.
//!
//! Its cost is part of every figure, so it does as little as a host can: it keeps the pods that the
//! controller has seen, and writes new versions of them.
#![allow(clippy::unwrap_used, reason = "in benchmarks a panic is the report")]
#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::collections::VecDeque;
use std::sync::Arc;

use jobsem::api::{
    ContainerState, ContainerStateTerminated, ContainerStatus, Job, Pod, PodPhase, Text,
};
use jobsem::{Call, JobController, Object, Response, Semantics, Time, WatchEvent};

/// A controller, its Jobs and their running pods.
pub struct Host {
    pub controller: JobController,
    pub now: Time,
    version: u64,
    jobs: Vec<Arc<Job>>,
    /// Measures the controller's share of the work, if set.
    pub meter: Option<Meter>,
    /// What it has measured.
    pub metered: u64,
    /// Running pods, the oldest first.
    pub running: VecDeque<Arc<Pod>>,
}

/// Runs something, and says what it cost.
pub type Meter = fn(&mut dyn FnMut()) -> u64;

/// The Job that the benchmarks are about.
pub struct Shape {
    pub completions: i32,
    pub parallelism: i32,
    pub indexed: bool,
}

impl Host {
    pub fn new() -> Host {
        Host {
            controller: JobController::new(Semantics::default()),
            now: Time::from_unix(946_684_801),
            version: 1,
            jobs: Vec::new(),
            meter: None,
            metered: 0,
            running: VecDeque::new(),
        }
    }

    /// A host with one Job whose pods all run, and that never ends.
    pub fn filled(pods: i32, indexed: bool) -> Host {
        let mut host = Host::new();
        host.add_job(&Shape { completions: i32::MAX, parallelism: pods, indexed });
        host.fill(pods as usize);
        host
    }

    /// Lets time pass until so many pods run and the controller is at rest.
    pub fn fill(&mut self, pods: usize) {
        while self.running.len() < pods {
            self.wait();
        }
        self.wait();
    }

    pub fn add_job(&mut self, shape: &Shape) {
        self.add_worn_job(shape, "");
    }

    /// The same with indexes that have succeeded before.
    pub fn add_worn_job(&mut self, shape: &Shape, completed: &str) {
        let number = self.jobs.len();
        let mode = if shape.indexed { "Indexed" } else { "NonIndexed" };
        let labels = format!(r#"{{"batch.kubernetes.io/controller-uid": "u-{number}"}}"#);
        let job = format!(
            r#"{{"metadata": {{"namespace": "default", "name": "j-{number}", "uid": "u-{number}",
                  "generation": 1, "resourceVersion": "1"}},
                "spec": {{"parallelism": {}, "completions": {}, "backoffLimit": 6,
                  "completionMode": "{mode}",
                  "selector": {{"matchLabels": {labels}}},
                  "template": {{
                    "metadata": {{"labels": {labels}}},
                    "spec": {{"containers": [{{"name": "main"}}], "restartPolicy": "Never"}}}}}},
                "status": {{"completedIndexes": "{completed}"}}}}"#,
            shape.parallelism, shape.completions,
        );
        let job: Arc<Job> = Arc::new(serde_json::from_str(&job).unwrap());
        self.jobs.push(Arc::clone(&job));
        self.tell(WatchEvent::Added(job.into()));
    }

    pub fn job(&self, number: usize) -> &Arc<Job> {
        &self.jobs[number]
    }

    /// One pod's life, from success to the replacement that runs.
    pub fn pod_life(&mut self) {
        let pod = self.running.pop_front().unwrap();
        self.succeed(&pod);
        self.wait();
        self.wait();
    }

    /// Changes a pod's status to success, and passes the event to the controller.
    pub fn succeed(&mut self, pod: &Arc<Pod>) {
        let event = self.success(pod);
        self.tell(event);
    }

    /// The event of a pod's success.
    pub fn success(&mut self, pod: &Pod) -> WatchEvent {
        let mut done = Pod::clone(pod);
        done.status.phase = PodPhase::Succeeded;
        done.status.container_statuses = vec![ended(self.now)].into();
        self.changed(done)
    }

    /// The event of a change that means nothing to the Job: a running pod says so again.
    pub fn heartbeat(&mut self, pod: &Pod) -> WatchEvent {
        self.changed(Pod::clone(pod))
    }

    fn changed(&mut self, mut pod: Pod) -> WatchEvent {
        self.version += 1;
        pod.metadata.resource_version = self.version.to_string().into();
        WatchEvent::Modified(Object::Pod(Arc::new(pod)))
    }

    /// Lets all pods succeed as soon as they run, until nothing is left to wait for.
    pub fn run_to_the_end(&mut self) {
        loop {
            while let Some(pod) = self.running.pop_front() {
                self.succeed(&pod);
            }
            if !self.wait() {
                return;
            }
        }
    }

    /// Lets the time of the next wake-up come.
    pub fn wait(&mut self) -> bool {
        let Some(wakeup) = self.call(|controller, _| controller.poll_timeout()) else {
            return false;
        };
        self.now = self.now.max(wakeup.at);
        self.call(|controller, now| controller.handle_timeout(now).unwrap());
        self.grant();
        true
    }

    pub fn tell(&mut self, event: WatchEvent) {
        self.call(|controller, now| controller.handle_watch(now, event).unwrap());
        self.grant();
    }

    /// The controller's part.
    fn call<T>(&mut self, call: impl FnOnce(&mut JobController, Time) -> T) -> T {
        let (controller, now) = (&mut self.controller, self.now);
        let Some(meter) = self.meter else { return call(controller, now) };
        let (mut call, mut answer) = (Some(call), None);
        self.metered += meter(&mut || answer = Some(call.take().unwrap()(controller, now)));
        answer.unwrap()
    }

    /// Answers all requests, and shows what came of them.
    pub fn grant(&mut self) {
        let mut seen = Vec::new();
        while let Some(request) = self.call(|controller, _| controller.poll_request()) {
            let response = self.answer(request.call, &mut seen);
            self.call(|controller, now| {
                controller.handle_result(now, request.id, response).unwrap();
                while controller.poll_event().is_some() {}
            });
        }
        for event in seen {
            self.tell(event);
        }
    }

    fn answer(&mut self, call: Call, seen: &mut Vec<WatchEvent>) -> Response {
        self.version += 1;
        match call {
            Call::CreatePod { pod: new } => {
                let mut pod = new.to_pod();
                let version = Text::from(self.version.to_string());
                pod.metadata.namespace = new.namespace().into();
                pod.metadata.name = [&*pod.metadata.generate_name, &version].concat().into();
                pod.metadata.uid = pod.metadata.name.clone();
                pod.metadata.creation_timestamp = Some(self.now);
                pod.metadata.resource_version = version;
                pod.status.phase = PodPhase::Running;
                let pod = Arc::new(pod);
                self.running.push_back(Arc::clone(&pod));
                seen.push(WatchEvent::Added(Object::Pod(Arc::clone(&pod))));
                Response::Pod(pod)
            }
            Call::PatchPod { pod, .. } => {
                // The patch takes the finalizer off a finished pod, and the pod goes with it.
                seen.push(WatchEvent::Deleted(Object::Pod(Arc::clone(&pod))));
                Response::Pod(pod)
            }
            call @ Call::UpdateJobStatus { .. } => {
                let mut job = call.job_to_write().unwrap();
                job.metadata.resource_version = self.version.to_string().into();
                let number: usize = job.metadata.name["j-".len()..].parse().unwrap();
                let job = Arc::new(job);
                self.jobs[number] = Arc::clone(&job);
                seen.push(WatchEvent::Modified(Object::Job(Arc::clone(&job))));
                Response::Job(job)
            }
            _ => Response::Done,
        }
    }
}

fn ended(now: Time) -> ContainerStatus {
    let mut terminated = ContainerStateTerminated::default();
    terminated.finished_at = Some(now);
    let mut state = ContainerState::default();
    state.terminated = Some(terminated);
    let mut status = ContainerStatus::default();
    status.name = "main".into();
    status.state = state;
    status
}
