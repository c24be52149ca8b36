//! `Host`: a cluster whose containers `jobsem.run` runs. Not part of the public face.
//!
//! One call a turn: what workers did goes in, what is to be done comes out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jobsem::Error;
use jobsem::cluster::{ContainerReport, Controllers, Host as CoreHost, Ticket};
use jobsem::decode::Manifest;
use jobsem::kubelet::{ContainerExit, Invocation as CoreInvocation, Node};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::controller::poisoned;
use crate::errors::{guard, guard_detached};
use crate::objects::{Job, Pod};
use crate::{cluster, convert, manifests, times, values};

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
    fn refresh(&mut self) {
        if let Some(job) = self.host.cluster().job(&self.key.0, &self.key.1) {
            self.job = Some(Arc::clone(job));
        }
    }
}

/// How a container ended: ticket, exit code, reason, message, message of a disruption.
type Ended = (u64, i32, String, String, Option<String>);
/// Ticket, pod, container, restarts, completion index.
type Started = (u64, Pod, String, i32, Option<i64>);
/// What one turn brought: starts, stops, kills, the next time to be called, whether all is over.
type Turn = (Vec<Started>, Vec<u64>, Vec<u64>, Option<i64>, bool);

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
    #[pyo3(signature = (*, kube=None, gates=None, seed=None, explain=false, starts_at_once=true))]
    fn new(
        py: Python<'_>,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
        seed: Option<u64>,
        explain: bool,
        starts_at_once: bool,
    ) -> PyResult<Host> {
        let cluster = cluster::made(py, kube, gates, seed, explain)?;
        // The run is over when its Job is: nothing waits for the time when it is deleted.
        let running = Controllers { job: true, ttl: false, cron_job: false };
        let mut host = CoreHost::new(cluster.with_controllers(running));
        if starts_at_once {
            host = host.with_starts_at_once();
        }
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
        let job = manifests::job(manifest, &sem)?;
        let manifest = Manifest::Job(Box::new(job));
        cluster::create(py, now, manifest, |work| {
            self.with_all(py, |inner| {
                let created = work(inner.host.cluster_mut())?;
                inner.key = (created.namespace.clone(), created.name.clone());
                inner.refresh();
                Ok(created)
            })
        })
    }

    /// Takes what started and what ended, and does what is due at `now`.
    #[pyo3(signature = (now, started, ended, /))]
    fn turn(
        &self,
        py: Python<'_>,
        now: i64,
        started: Vec<u64>,
        ended: Vec<Ended>,
    ) -> PyResult<Turn> {
        let now = jobsem::Time::from_unix_nanos(now);
        let started =
            started.into_iter().map(|ticket| ContainerReport::started(Ticket::of(ticket)));
        let ended = ended.into_iter().map(|(ticket, code, reason, message, disruption)| {
            let (ticket, exit) = (Ticket::of(ticket), ContainerExit { code, reason, message });
            match disruption {
                None => ContainerReport::ended(ticket, exit),
                Some(text) => ContainerReport::disrupted(ticket, exit, text),
            }
        });
        // Workers in threads go on while hundreds of pods are looked at.
        guard_detached(py, || {
            let inner = &mut *self.0.lock().map_err(poisoned)?;
            let turn = inner.host.turn(now, started.chain(ended))?;
            inner.refresh();
            let starts = turn.starts.into_iter().map(|start| {
                let pod = Pod(start.pod);
                let (index, container) = (pod.index(), start.container.to_string());
                (start.ticket.number(), pod, container, start.restart_count, index)
            });
            let stops = turn.stops.iter().map(|stop| stop.ticket.number()).collect();
            let kills = turn.kills.iter().map(|ticket| ticket.number()).collect();
            let next = turn.wakeup.map(|wakeup| wakeup.at.unix_nanos());
            Ok((starts.collect(), stops, kills, next, turn.over))
        })
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
            let made = CoreInvocation::of(&pod, container, &Node::default())?;
            let directory = Some(made.working_dir).filter(|directory| !directory.is_empty());
            Ok((made.command, made.args, made.env.into_iter().collect(), directory))
        })
    }
}

type Invocation = (Vec<String>, Vec<String>, BTreeMap<String, String>, Option<String>);
