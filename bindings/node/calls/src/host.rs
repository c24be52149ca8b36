//! `Host`: a cluster whose containers `run` runs. Not part of the public face.
//!
//! One call a turn: what workers did goes in, what is to be done comes out. Pods stay here until
//! a worker reads one.

use std::sync::Arc;

use jobsem::api::Job;
use jobsem::cluster::{ContainerReport, Controllers, Host as CoreHost, Ticket};
use jobsem::kubelet::{ContainerExit, Node};
use jobsem::{Error, outcome, wire};
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
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HostOptions {
    /// Whether workers count as running once they are handed out.
    #[serde(default)]
    starts_at_once: bool,
}

#[derive(Deserialize)]
struct Turn {
    now: At,
    /// Tickets.
    #[serde(default)]
    started: Vec<u64>,
    /// Ticket, exit code, reason, message, message of a disruption.
    #[serde(default)]
    ended: Vec<(u64, i32, String, String, Option<String>)>,
}

#[derive(Deserialize)]
struct Patch {
    now: At,
    patch: Document,
}

#[derive(Deserialize)]
struct Container {
    ticket: u64,
}

impl Host {
    pub fn new(text: &str) -> Result<Host, Error> {
        let cluster = arguments::<Options>(text)?.cluster()?;
        // The run is over when its Job is: nothing waits for the time when it is deleted.
        let running = Controllers { job: true, ttl: false, cron_job: false };
        let mut inner = CoreHost::new(cluster.with_controllers(running));
        if arguments::<HostOptions>(text)?.starts_at_once {
            inner = inner.with_starts_at_once();
        }
        Ok(Host { inner, key: Default::default(), job: None })
    }

    pub fn call(&mut self, name: &str, text: &str) -> Result<Value, Error> {
        match name {
            "turn" => self.turn(arguments(text)?),
            "create" => {
                let Create { now, manifest } = arguments(text)?;
                let created = create(self.inner.cluster_mut(), now.0, manifest)?;
                self.key = (created.namespace.clone(), created.name.clone());
                self.refresh();
                if self.job.is_none() {
                    let text = "expected a `batch/v1` `Job`, found `CronJob`";
                    return Err(Error::decode(text).with_path("kind"));
                }
                Ok(wire::created(&created))
            }
            "patchJob" => {
                let Patch { now, patch } = arguments(text)?;
                let (namespace, name) = &self.key;
                let cluster = self.inner.cluster_mut();
                Ok(cluster.patch_job(now.0, namespace, name, &patch.value()?)?.into())
            }
            "events" => {
                let cluster = self.inner.cluster_mut();
                let all = std::iter::from_fn(|| cluster.poll_event());
                Ok(all.map(|event| wire::event(&event)).collect())
            }
            "notes" => {
                let cluster = self.inner.cluster_mut();
                Ok(notes(std::iter::from_fn(|| cluster.poll_note())))
            }
            "job" => {
                let job = self.job.as_ref();
                Ok(job.map(|job| wire::object("batch/v1", "Job", &**job)).into())
            }
            "state" => Ok(self.state()),
            "indexes" => Ok(self.indexes()),
            "pods" => {
                let pods = self.inner.cluster().pods();
                Ok(pods.map(|pod| wire::object("v1", "Pod", &**pod)).collect())
            }
            "pod" => {
                let ticket = arguments::<Container>(text)?.ticket;
                let pod = self.inner.pod(Ticket::of(ticket))?;
                Ok(wire::object("v1", "Pod", &**pod))
            }
            "invocation" => self.invocation(&arguments(text)?),
            _ => Err(unknown("method", name)),
        }
    }

    fn refresh(&mut self) {
        if let Some(job) = self.inner.cluster().job(&self.key.0, &self.key.1) {
            self.job = Some(Arc::clone(job));
        }
    }

    fn turn(&mut self, given: Turn) -> Result<Value, Error> {
        let started = given.started.into_iter().map(Ticket::of).map(ContainerReport::started);
        let ended = given.ended.into_iter().map(|(ticket, code, reason, message, disruption)| {
            let (ticket, exit) = (Ticket::of(ticket), ContainerExit { code, reason, message });
            match disruption {
                None => ContainerReport::ended(ticket, exit),
                Some(text) => ContainerReport::disrupted(ticket, exit, text),
            }
        });
        let turn = self.inner.turn(given.now.0, started.chain(ended))?;
        self.refresh();
        let starts = turn.starts.iter().map(|start| {
            let index = jobsem::job::completion_index_of(&start.pod);
            let name = &*start.pod.metadata.name;
            json!([start.ticket.number(), name, start.container, start.restart_count, index])
        });
        let starts: Vec<_> = starts.collect();
        let stops: Vec<_> = turn.stops.iter().map(|stop| stop.ticket.number()).collect();
        let kills: Vec<_> = turn.kills.iter().map(|ticket| ticket.number()).collect();
        let deadline = self.job.as_ref().filter(|_| !starts.is_empty());
        let deadline = deadline.and_then(|job| jobsem::job::deadline(job));
        Ok(object([
            ("starts", starts.into()),
            ("stops", stops.into()),
            ("kills", kills.into()),
            ("next", turn.wakeup.map(|wakeup| nanos(wakeup.at)).into()),
            ("deadline", deadline.map(nanos).into()),
            ("over", turn.over.into()),
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

    /// The command, the arguments, the environment and the directory of a container.
    fn invocation(&self, of: &Container) -> Result<Value, Error> {
        let made = self.inner.invocation(Ticket::of(of.ticket), &Node::default())?;
        let env: serde_json::Map<_, _> =
            made.env.into_iter().map(|(name, value)| (name, value.into())).collect();
        let directory = Some(made.working_dir).filter(|directory| !directory.is_empty());
        Ok(present(json!({
            "command": made.command, "args": made.args, "env": env, "directory": directory,
        })))
    }
}
