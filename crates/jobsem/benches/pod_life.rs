//! One pod's life in a Job of 10, 1,000 and 100,000 pods, through the [`JobController`].
//!
//! A Job is filled with running pods; then, over and over, one of them succeeds, is counted, loses
//! its finalizer and is replaced. The time per life must not grow with the Job.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jobsem::api::{ContainerState, ContainerStateTerminated, ContainerStatus, Job, Pod, PodPhase};
use jobsem::{Call, JobController, Object, Response, Semantics, Time, WatchEvent};

/// A controller with a host that grants everything at once.
struct Host {
    controller: JobController,
    now: Time,
    version: u64,
    job: Arc<Job>,
    /// Running pods, the oldest first.
    running: std::collections::VecDeque<Arc<Pod>>,
}

impl Host {
    fn new(pods: i32, indexed: bool) -> Host {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        let job = format!(
            r#"{{"metadata": {{"namespace": "default", "name": "j", "uid": "u", "generation": 1}},
                "spec": {{"parallelism": {pods}, "completions": {}, "backoffLimit": 6,
                  "completionMode": "{mode}",
                  "selector": {{"matchLabels": {{"batch.kubernetes.io/controller-uid": "u"}}}},
                  "template": {{"metadata": {{"labels": {{"batch.kubernetes.io/controller-uid": "u"}}}},
                    "spec": {{"containers": [{{"name": "main"}}], "restartPolicy": "Never"}}}}}}}}"#,
            i32::MAX,
        );
        let job: Arc<Job> = Arc::new(serde_json::from_str(&job).unwrap());
        let mut host = Host {
            controller: JobController::new(Semantics::default()),
            now: Time::from_unix(946_684_801),
            version: 1,
            running: Default::default(),
            job: Arc::clone(&job),
        };
        host.tell(WatchEvent::Added(job.into()));
        while host.running.len() < pods as usize {
            host.wait();
        }
        host.wait();
        host
    }

    /// One pod's life, from success to the replacement that runs.
    fn pod_life(&mut self) {
        let pod = self.running.pop_front().unwrap();
        let mut done = Pod::clone(&pod);
        done.status.phase = PodPhase::Succeeded;
        done.status.container_statuses = vec![ended(self.now)];
        self.store(done);
        self.wait();
        self.wait();
    }

    /// Lets the time of the next wake-up come.
    fn wait(&mut self) {
        if let Some(wakeup) = self.controller.poll_timeout() {
            self.now = self.now.max(wakeup.at);
            self.controller.handle_timeout(self.now).unwrap();
            self.grant();
        }
    }

    fn tell(&mut self, event: WatchEvent) {
        self.controller.handle_watch(self.now, event).unwrap();
        self.grant();
    }

    fn store(&mut self, mut pod: Pod) -> Arc<Pod> {
        self.version += 1;
        pod.metadata.resource_version = self.version.to_string();
        let pod = Arc::new(pod);
        self.tell(WatchEvent::Modified(Object::Pod(Arc::clone(&pod))));
        pod
    }

    fn grant(&mut self) {
        let mut seen = Vec::new();
        while let Some(request) = self.controller.poll_request() {
            self.version += 1;
            let response = match request.call {
                Call::CreatePod { mut pod, namespace } => {
                    pod.metadata.namespace = namespace;
                    pod.metadata.name = format!("{}{}", pod.metadata.generate_name, self.version);
                    pod.metadata.uid = pod.metadata.name.clone();
                    pod.metadata.creation_timestamp = Some(self.now);
                    pod.metadata.resource_version = self.version.to_string();
                    pod.status.phase = PodPhase::Running;
                    let pod = Arc::new(*pod);
                    self.running.push_back(Arc::clone(&pod));
                    seen.push(WatchEvent::Added(Object::Pod(Arc::clone(&pod))));
                    Response::Pod(pod)
                }
                Call::PatchPod { name, namespace, .. } => {
                    // The patch takes the finalizer off a finished pod, and the pod goes with it.
                    let mut pod = Pod::default();
                    pod.metadata.name = name.clone();
                    pod.metadata.uid = name;
                    pod.metadata.namespace = namespace;
                    pod.metadata.owner_references = vec![owner(&self.job)];
                    let pod = Arc::new(pod);
                    seen.push(WatchEvent::Deleted(Object::Pod(Arc::clone(&pod))));
                    Response::Pod(pod)
                }
                Call::UpdateJobStatus { job } => {
                    let mut job = Job::clone(&job);
                    job.metadata.resource_version = self.version.to_string();
                    let job = Arc::new(job);
                    self.job = Arc::clone(&job);
                    seen.push(WatchEvent::Modified(Object::Job(Arc::clone(&job))));
                    Response::Job(job)
                }
                _ => Response::Done,
            };
            self.controller.handle_result(self.now, request.id, response).unwrap();
            while self.controller.poll_event().is_some() {}
        }
        for event in seen {
            self.tell(event);
        }
    }
}

fn owner(job: &Job) -> jobsem::api::OwnerReference {
    let meta = &job.metadata;
    jobsem::api::OwnerReference::controller_of("batch/v1", "Job", &meta.name, &meta.uid)
}

fn ended(now: Time) -> ContainerStatus {
    let mut terminated = ContainerStateTerminated::default();
    terminated.finished_at = Some(now);
    let mut state = ContainerState::default();
    state.terminated = Some(terminated);
    let mut status = ContainerStatus::default();
    status.name = "main".to_owned();
    status.state = state;
    status
}

fn pod_life(c: &mut Criterion) {
    let mut group = c.benchmark_group("pod_life");
    for indexed in [false, true] {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        for pods in [10, 1_000, 100_000] {
            let mut host = Host::new(pods, indexed);
            group.bench_function(BenchmarkId::new(mode, pods), |b| {
                b.iter(|| black_box(&mut host).pod_life());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, pod_life);
criterion_main!(benches);
