//! `Host`: a cluster whose containers `run` runs. Not part of the public face.
//!
//! One call a turn: what ended goes in, what is to start and to stop comes out. Pods stay here
//! until somebody asks for one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jobsem::api::{Job, Pod};
use jobsem::cluster::{Controllers, Host as CoreHost, Task, Ticket};
use jobsem::kubelet::{ContainerExit, Eviction, Node, hostname, invocation};
use jobsem::{Error, ErrorKind, outcome, wire};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{nanos, notes, object, outcome as told, present, wakeup};
use crate::cluster::{Create, create};
use crate::input::{At, Document, Options, arguments};
use crate::unknown;

pub struct Host {
    inner: CoreHost,
    /// The Job's namespace and name.
    key: (String, String),
    /// The Job as it was last.
    job: Option<Arc<Job>>,
    /// The pods of the containers that run.
    pods: BTreeMap<u64, Arc<Pod>>,
}

#[derive(Deserialize)]
struct Turn {
    now: At,
    /// Ticket, exit code, reason, message, message of a disruption.
    #[serde(default)]
    ended: Vec<(u64, i32, String, String, Option<String>)>,
    /// Whether what starts counts as running at once.
    #[serde(default)]
    ack: bool,
}

#[derive(Deserialize)]
struct Started {
    now: At,
    ticket: u64,
}

#[derive(Deserialize)]
struct Patch {
    now: At,
    patch: Document,
}

#[derive(Deserialize)]
struct Container {
    ticket: u64,
    #[serde(default)]
    container: String,
}

impl Host {
    pub fn new(text: &str) -> Result<Host, Error> {
        let cluster = arguments::<Options>(text)?.cluster()?;
        // The run is over when its Job is: nothing waits for the time when it is deleted.
        let running = Controllers { job: true, ttl: false, cron_job: false };
        let inner = CoreHost::new(cluster.with_controllers(running));
        Ok(Host { inner, key: Default::default(), job: None, pods: BTreeMap::new() })
    }

    pub fn call(&mut self, name: &str, text: &str) -> Result<Value, Error> {
        match name {
            "turn" => return self.turn(arguments(text)?),
            "create" => {
                let Create { now, manifest } = arguments(text)?;
                let created = create(self.inner.cluster_mut(), now.0, manifest)?;
                self.key = (created.namespace.clone(), created.name.clone());
                self.look();
                if self.job.is_none() {
                    let text = "expected a `batch/v1` `Job`, found `CronJob`";
                    return Err(Error::decode(text).with_path("kind"));
                }
                return Ok(wire::created(&created));
            }
            "started" => {
                let Started { now, ticket } = arguments(text)?;
                self.inner.started(now.0, Ticket::of(ticket))?;
            }
            "patchJob" => {
                let Patch { now, patch } = arguments(text)?;
                let (namespace, name) = &self.key;
                let cluster = self.inner.cluster_mut();
                return Ok(cluster.patch_job(now.0, namespace, name, &patch.value()?)?.into());
            }
            "events" => {
                let cluster = self.inner.cluster_mut();
                let all = std::iter::from_fn(|| cluster.poll_event());
                return Ok(all.map(|event| wire::event(&event)).collect());
            }
            "notes" => {
                let cluster = self.inner.cluster_mut();
                return Ok(notes(std::iter::from_fn(|| cluster.poll_note())));
            }
            "job" => {
                let job = self.job.as_ref();
                return Ok(job.map(|job| wire::object("batch/v1", "Job", &**job)).into());
            }
            "state" => return Ok(self.state()),
            "indexes" => return Ok(self.indexes()),
            "pods" => {
                let pods = self.inner.cluster().pods();
                return Ok(pods.map(|pod| wire::object("v1", "Pod", &**pod)).collect());
            }
            "pod" => {
                let pod = self.pod(arguments::<Container>(text)?.ticket)?;
                return Ok(wire::object("v1", "Pod", &**pod));
            }
            "invocation" => return self.invocation(&arguments(text)?),
            _ => return Err(unknown("method", name)),
        }
        Ok(json!(null))
    }

    fn look(&mut self) {
        if let Some(job) = self.inner.cluster().job(&self.key.0, &self.key.1) {
            self.job = Some(Arc::clone(job));
        }
    }

    fn turn(&mut self, given: Turn) -> Result<Value, Error> {
        let (now, host) = (given.now.0, &mut self.inner);
        for (number, code, reason, message, disruption) in given.ended {
            let (ticket, exit) = (Ticket::of(number), ContainerExit { code, reason, message });
            self.pods.remove(&number);
            match disruption {
                None => host.exited(now, ticket, exit)?,
                Some(text) => host.evicted(now, ticket, Eviction::disruption(text), exit)?,
            }
        }
        host.handle_timeout(now)?;
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        while let Some(task) = host.poll_task() {
            match task {
                Task::Start { ticket, pod, container, restart_count } => {
                    if given.ack {
                        host.started(now, ticket)?;
                    }
                    let (number, name) = (ticket.number(), &*pod.metadata.name);
                    let index = jobsem::job::completion_index_of(&pod);
                    starts.push(json!([number, name, container, restart_count, index]));
                    self.pods.insert(number, pod);
                }
                Task::Stop { ticket, grace_seconds } => {
                    stops.push(json!([ticket.number(), grace_seconds]));
                }
                _ => {}
            }
        }
        let next = host.poll_timeout();
        self.look();
        let over = self.job.as_ref().is_none_or(|job| outcome(job).verdict.is_final());
        let deadline = self.job.as_ref().filter(|_| !starts.is_empty());
        let deadline = deadline.and_then(|job| jobsem::job::deadline(job));
        Ok(object([
            ("starts", starts.into()),
            ("stops", stops.into()),
            ("next", next.map(nanos).into()),
            ("deadline", deadline.map(nanos).into()),
            ("over", over.into()),
        ]))
    }

    /// What progress shows.
    fn state(&self) -> Value {
        let Some(job) = &self.job else { return Value::Null };
        let wait = self.inner.cluster().wakeup_of(&self.key.0, &self.key.1);
        let status = &job.status;
        object([
            ("outcome", told(&outcome(job))),
            ("active", status.active.into()),
            ("ready", status.ready.into()),
            ("succeeded", status.succeeded.into()),
            ("failed", status.failed.into()),
            ("completions", job.spec.completions.into()),
            ("parallelism", job.spec.parallelism.into()),
            ("wakeup", wait.as_ref().map(wakeup).into()),
        ])
    }

    /// Which indexes have succeeded and failed; nothing unless the Job is Indexed.
    fn indexes(&self) -> Value {
        let Some(job) = self.job.as_ref().filter(|job| job.is_indexed()) else {
            return Value::Null;
        };
        let completions = job.spec.completions.unwrap_or(0);
        let list = |text: &str| -> Vec<i32> {
            jobsem::job::Intervals::parse(text, completions).iter().collect()
        };
        let failed = job.status.failed_indexes.as_deref().unwrap_or_default();
        json!({
            "completions": completions,
            "completed": list(&job.status.completed_indexes), "failed": list(failed),
        })
    }

    fn pod(&self, ticket: u64) -> Result<&Arc<Pod>, Error> {
        let pod = self.pods.get(&ticket);
        pod.ok_or_else(|| Error::state(format!("no container runs under ticket {ticket}")))
    }

    /// The command, the arguments, the environment and the directory of a container.
    fn invocation(&self, of: &Container) -> Result<Value, Error> {
        let pod = self.pod(of.ticket)?;
        let mut all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
        let found = all.find(|container| container.name == of.container).ok_or_else(|| {
            let text = format!("the pod has no container `{}`", of.container);
            Error::new(ErrorKind::NotFound, text)
        })?;
        let made = invocation(pod, found, &Node::default()).map_err(|missing| {
            let texts: Vec<_> =
                missing.iter().map(|m| format!("{}: {}", m.field, m.message)).collect();
            Error::new(ErrorKind::Unsupported, texts.join("; "))
        })?;
        let mut env = BTreeMap::from([("HOSTNAME".to_owned(), hostname(pod).to_owned())]);
        env.extend(made.env);
        let directory = Some(&found.working_dir).filter(|directory| !directory.is_empty());
        Ok(present(json!({
            "command": made.command, "args": made.args, "env": env, "directory": directory,
        })))
    }
}
