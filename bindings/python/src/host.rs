//! `Host`: a cluster whose containers `jobsem.run` runs. Not part of the public face.
//!
//! One call a turn: what ended goes in, what is to start and to stop comes out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jobsem::cluster::{Controllers, Host as CoreHost, Task, Ticket};
use jobsem::decode::Manifest;
use jobsem::kubelet::{ContainerExit, Eviction, Node, hostname, invocation};
use jobsem::{Error, ErrorKind, outcome};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::controller::poisoned;
use crate::errors::{guard, guard_detached};
use crate::objects::{Job, Pod};
use crate::{cluster, convert, times, values};

#[pyclass(frozen, module = "jobsem._core")]
pub struct Host(Mutex<Inner>);

struct Inner {
    host: CoreHost,
    /// The Job's namespace and name.
    key: (String, String),
    /// The Job as it was last.
    job: Option<Arc<jobsem::api::Job>>,
}

impl Inner {
    fn look(&mut self) {
        if let Some(job) = self.host.cluster().job(&self.key.0, &self.key.1) {
            self.job = Some(Arc::clone(job));
        }
    }
}

/// How a container ended: ticket, exit code, reason, message, message of a disruption.
type Ended = (u64, i32, String, String, Option<String>);
/// Ticket, pod, container, restarts, completion index.
type Started = (u64, Pod, String, i32, Option<i64>);
/// What one turn brought: starts, stops, the next time to be called, whether the Job is over.
type Turn = (Vec<Started>, Vec<(u64, i64)>, Option<i64>, bool);

impl Host {
    fn with<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut CoreHost) -> Result<T, Error>,
    ) -> PyResult<T> {
        self.with_all(py, |inner| work(&mut inner.host))
    }

    fn with_all<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Inner) -> Result<T, Error>,
    ) -> PyResult<T> {
        guard(py, || work(&mut *self.0.lock().map_err(poisoned)?))
    }
}

#[pymethods]
impl Host {
    #[new]
    #[pyo3(signature = (*, kube=None, gates=None, seed=None, explain=false))]
    fn new(
        py: Python<'_>,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
        seed: Option<u64>,
        explain: bool,
    ) -> PyResult<Host> {
        let cluster = cluster::made(py, kube, gates, seed, explain)?;
        // The run is over when its Job is: nothing waits for the time when it is deleted.
        let running = Controllers { job: true, ttl: false, cron_job: false };
        let host = CoreHost::new(cluster.with_controllers(running));
        Ok(Host(Mutex::new(Inner { host, key: Default::default(), job: None })))
    }

    #[pyo3(signature = (now, manifest, /))]
    fn create<'py>(
        &self,
        py: Python<'py>,
        now: &Bound<'py, PyAny>,
        manifest: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = times::time(now)?;
        let sem = self.with(py, |host| Ok(host.cluster().semantics().clone()))?;
        let job = convert::job_manifest(manifest, &sem)?;
        let manifest = Manifest::Job(Box::new(job));
        cluster::create(py, now, manifest, |work| {
            self.with_all(py, |inner| {
                let created = work(inner.host.cluster_mut())?;
                inner.key = (created.namespace.clone(), created.name.clone());
                inner.look();
                Ok(created)
            })
        })
    }

    /// Takes what ended, does what is due at `now`; starts count as running at once if `ack`.
    #[pyo3(signature = (now, ended, /, *, ack))]
    fn turn(&self, py: Python<'_>, now: i64, ended: Vec<Ended>, ack: bool) -> PyResult<Turn> {
        let now = jobsem::Time::from_unix_nanos(now);
        // Workers in threads go on while hundreds of pods are looked at.
        guard_detached(py, || {
            let inner = &mut *self.0.lock().map_err(poisoned)?;
            let host = &mut inner.host;
            for (ticket, code, reason, message, disruption) in ended {
                let ticket = Ticket::of(ticket);
                let exit = ContainerExit { code, reason, message };
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
                        if ack {
                            host.started(now, ticket)?;
                        }
                        let pod = Pod(pod);
                        let index = pod.index();
                        let container = container.to_string();
                        starts.push((ticket.number(), pod, container, restart_count, index));
                    }
                    Task::Stop { ticket, grace_seconds } => {
                        stops.push((ticket.number(), grace_seconds));
                    }
                    _ => {}
                }
            }
            let next = host.poll_timeout().map(|at| at.unix_nanos());
            inner.look();
            let over = inner.job.as_ref().is_none_or(|job| outcome(job).verdict.is_final());
            Ok((starts, stops, next, over))
        })
    }

    #[pyo3(signature = (now, ticket, /))]
    fn started(&self, py: Python<'_>, now: i64, ticket: u64) -> PyResult<()> {
        let now = jobsem::Time::from_unix_nanos(now);
        self.with(py, |host| host.started(now, Ticket::of(ticket)))
    }

    #[pyo3(signature = (now, patch, /))]
    fn patch_job(
        &self,
        py: Python<'_>,
        now: i64,
        patch: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<String>> {
        let (now, patch) = (jobsem::Time::from_unix_nanos(now), convert::value(patch)?);
        self.with_all(py, |inner| {
            let (namespace, name) = &inner.key;
            inner.host.cluster_mut().patch_job(now, namespace, name, &patch)
        })
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |host| {
            let cluster = host.cluster_mut();
            Ok(std::iter::from_fn(|| cluster.poll_event()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |event| values::event(py, event))?.into_any())
    }

    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |host| {
            let cluster = host.cluster_mut();
            Ok(std::iter::from_fn(|| cluster.poll_note()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |note| values::dated_note(py, note))?.into_any())
    }

    /// The Job as it was last.
    fn job(&self, py: Python<'_>) -> PyResult<Option<Job>> {
        self.with_all(py, |inner| Ok(inner.job.clone().map(Job)))
    }

    fn pods(&self, py: Python<'_>) -> PyResult<Vec<Pod>> {
        self.with(py, |host| Ok(host.cluster().pods().map(Arc::clone).map(Pod).collect()))
    }

    /// What the Job waits for.
    fn wakeup<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self
            .with_all(py, |inner| Ok(inner.host.cluster().wakeup_of(&inner.key.0, &inner.key.1)))?;
        let make = |w: jobsem::Wakeup| values::wakeup(py, w.at, w.reason.as_str(), &w.key);
        wakeup.map(make).transpose()
    }

    /// When the Job's `activeDeadlineSeconds` will have passed.
    fn deadline<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let job = self.with_all(py, |inner| Ok(inner.job.clone()))?;
        let at = job.and_then(|job| jobsem::job::deadline(&job));
        at.map(|at| times::deadline(py, at)).transpose()
    }

    /// The command, the arguments, the environment and the directory of a container.
    #[staticmethod]
    #[pyo3(signature = (pod, container, /))]
    fn invocation(py: Python<'_>, pod: &Bound<'_, Pod>, container: &str) -> PyResult<Invocation> {
        let pod = Arc::clone(&pod.get().0);
        guard(py, || {
            let all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
            let found = all.into_iter().find(|c| c.name == container).ok_or_else(|| {
                let text = format!("the pod has no container `{container}`");
                Error::new(ErrorKind::NotFound, text)
            })?;
            let made = invocation(&pod, found, &Node::default()).map_err(|missing| {
                let texts: Vec<_> =
                    missing.iter().map(|m| format!("{}: {}", m.field, m.message)).collect();
                Error::new(ErrorKind::Unsupported, texts.join("; "))
            })?;
            let mut env = BTreeMap::from([("HOSTNAME".to_owned(), hostname(&pod).to_owned())]);
            env.extend(made.env);
            let directory = Some(&found.working_dir).filter(|dir| !dir.is_empty()).cloned();
            Ok((made.command, made.args, env, directory))
        })
    }
}

type Invocation = (Vec<String>, Vec<String>, BTreeMap<String, String>, Option<String>);
