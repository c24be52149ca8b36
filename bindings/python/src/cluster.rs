//! `Cluster`: controllers and an in-memory API server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jobsem::cluster::{PodReport, SeededIdentity, Work};
use jobsem::decode::Manifest;
use jobsem::{Error, Time};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::classes::make;
use crate::controller::poisoned;
use crate::errors::guard;
use crate::objects::{CronJob, Job, Pod};
use crate::values;
use crate::{convert, manifests, times};

#[pyclass(frozen, module = "jobsem")]
pub struct Cluster(Mutex<jobsem::Cluster>);

impl Cluster {
    fn with<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut jobsem::Cluster) -> Result<T, Error>,
    ) -> PyResult<T> {
        guard(py, || work(&mut *self.0.lock().map_err(poisoned)?))
    }
}

impl Cluster {
    /// The namespace and name of a pod, which may be given by its name alone.
    fn key_of(
        &self,
        py: Python<'_>,
        pod: &Bound<'_, PyAny>,
        namespace: Option<&str>,
    ) -> PyResult<(String, String)> {
        if let Ok(pod) = pod.cast::<Pod>() {
            let metadata = &pod.get().0.metadata;
            return Ok((metadata.namespace.to_string(), metadata.name.to_string()));
        }
        let name: String = pod.extract()?;
        let namespace = match namespace {
            Some(namespace) => namespace.to_owned(),
            None => self.with(py, |c| c.namespace_of_pod(&name).map(str::to_owned))?,
        };
        Ok((namespace, name))
    }
}

/// A cluster as it was asked for.
pub fn made(
    py: Python<'_>,
    kube: Option<&str>,
    gates: Option<&Bound<'_, PyDict>>,
    seed: Option<u64>,
    explain: bool,
) -> PyResult<jobsem::Cluster> {
    let sem = convert::semantics(py, kube, gates)?;
    let cluster = match seed {
        Some(seed) => jobsem::Cluster::with_identity(sem, Box::new(SeededIdentity::new(seed))),
        None => jobsem::Cluster::new(sem),
    };
    Ok(if explain { cluster.with_notes() } else { cluster })
}

/// Creates what the manifest says.
pub fn create<'py>(
    py: Python<'py>,
    now: Time,
    manifest: Manifest,
    with: impl FnOnce(
        &mut dyn FnMut(&mut jobsem::Cluster) -> Result<jobsem::cluster::Created, Error>,
    ) -> PyResult<jobsem::cluster::Created>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut manifest = Some(manifest);
    let created = with(&mut |cluster| match manifest.take() {
        Some(Manifest::Job(job)) => cluster.create_job(now, *job),
        Some(Manifest::CronJob(cronjob)) => cluster.create_cronjob(now, *cronjob),
        None => Err(Error::new(jobsem::ErrorKind::State, "created already")),
    })?;
    let warnings = values::tuple(py, &created.warnings, |text| {
        Ok(pyo3::types::PyString::new(py, text).into_any())
    })?;
    make(py, "Created", (&created.name, &created.namespace, warnings))
}

#[pymethods]
impl Cluster {
    #[new]
    #[pyo3(signature = (*, kube=None, gates=None, seed=None, explain=false))]
    fn new(
        py: Python<'_>,
        kube: Option<&str>,
        gates: Option<&Bound<'_, PyDict>>,
        seed: Option<u64>,
        explain: bool,
    ) -> PyResult<Cluster> {
        Ok(Cluster(Mutex::new(made(py, kube, gates, seed, explain)?)))
    }

    #[pyo3(signature = (now, manifest, /))]
    fn create<'py>(
        &self,
        py: Python<'py>,
        now: &Bound<'py, PyAny>,
        manifest: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = times::time(now)?;
        let sem = self.with(py, |cluster| Ok(cluster.semantics().clone()))?;
        let manifest = manifests::one(manifest, &sem)?;
        create(py, now, manifest, |work| self.with(py, work))
    }

    #[pyo3(signature = (now, name, patch, /, *, namespace="default"))]
    fn patch_job(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        name: &str,
        patch: &Bound<'_, PyAny>,
        namespace: &str,
    ) -> PyResult<Vec<String>> {
        let (now, patch) = (times::time(now)?, convert::value(patch)?);
        self.with(py, |cluster| cluster.patch_job(now, namespace, name, &patch))
    }

    #[pyo3(signature = (now, name, /, *, namespace="default", propagation="Background"))]
    fn delete_job(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        name: &str,
        namespace: &str,
        propagation: &str,
    ) -> PyResult<()> {
        let (now, propagation) = (times::time(now)?, values::propagation(propagation)?);
        self.with(py, |cluster| cluster.delete_job(now, namespace, name, propagation))
    }

    #[pyo3(signature = (now, name, patch, /, *, namespace="default"))]
    fn patch_cronjob(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        name: &str,
        patch: &Bound<'_, PyAny>,
        namespace: &str,
    ) -> PyResult<Vec<String>> {
        let (now, patch) = (times::time(now)?, convert::value(patch)?);
        self.with(py, |cluster| cluster.patch_cronjob(now, namespace, name, &patch))
    }

    #[pyo3(signature = (now, name, /, *, namespace="default", propagation="Background"))]
    fn delete_cronjob(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        name: &str,
        namespace: &str,
        propagation: &str,
    ) -> PyResult<()> {
        let (now, propagation) = (times::time(now)?, values::propagation(propagation)?);
        self.with(py, |cluster| cluster.delete_cronjob(now, namespace, name, propagation))
    }

    #[pyo3(signature = (now, name, /, *, namespace="default", grace_seconds=None))]
    fn delete_pod(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        name: &str,
        namespace: &str,
        grace_seconds: Option<i64>,
    ) -> PyResult<()> {
        let now = times::time(now)?;
        self.with(py, |cluster| cluster.delete_pod(now, namespace, name, grace_seconds))
    }

    #[pyo3(signature = (
        now, pod, /, *, namespace=None, running=false, exited=None, container=None,
        status=None, removed=false
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn report(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        pod: &Bound<'_, PyAny>,
        namespace: Option<&str>,
        running: bool,
        exited: Option<i32>,
        container: Option<&str>,
        status: Option<&Bound<'_, PyAny>>,
        removed: bool,
    ) -> PyResult<()> {
        let now = times::time(now)?;
        let (namespace, name) = self.key_of(py, pod, namespace)?;
        let report = match (running, exited, status, removed) {
            (true, None, None, false) => PodReport::Running,
            (false, Some(code), None, false) => {
                PodReport::exited(container.unwrap_or_default(), code)
            }
            (false, None, Some(status), false) => {
                let status = convert::value(status)?;
                let read = serde_json::from_value(status);
                let wrong = |error: serde_json::Error| {
                    crate::errors::decode(py, &error.to_string(), Some("status"))
                };
                PodReport::Status(Box::new(read.map_err(wrong)?))
            }
            (false, None, None, true) => PodReport::Removed,
            _ => {
                let text = "one of running=True, exited=CODE, status={…}, removed=True is reported";
                return Err(PyTypeError::new_err(text));
            }
        };
        self.with(py, |cluster| cluster.report(now, &namespace, &name, report))
    }

    #[pyo3(signature = (now, /))]
    fn handle_timeout(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<()> {
        let now = times::time(now)?;
        self.with(py, |cluster| cluster.handle_timeout(now))
    }

    #[pyo3(signature = (now, /, *, pause_seconds=0.0))]
    fn restart_controllers(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        pause_seconds: f64,
    ) -> PyResult<()> {
        let (now, pause) = (times::time(now)?, times::nanos_of(pause_seconds));
        self.with(py, |cluster| cluster.restart_controllers(now, pause))
    }

    fn work<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |cluster| {
            Ok(std::iter::from_fn(|| cluster.poll_work()).collect::<Vec<_>>())
        })?;
        let one = |work| match work {
            Work::Start(pod) => make(py, "Start", (Pod(pod),)),
            Work::Stop { pod, grace_seconds } => make(py, "Stop", (Pod(pod), grace_seconds)),
            other => Err(crate::errors::internal(py, &format!("unknown work {other:?}"))),
        };
        Ok(values::list(py, all, one)?.into_any())
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |cluster| {
            Ok(std::iter::from_fn(|| cluster.poll_event()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |event| values::event(py, event))?.into_any())
    }

    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.with(py, |cluster| {
            Ok(std::iter::from_fn(|| cluster.poll_note()).collect::<Vec<_>>())
        })?;
        Ok(values::list(py, &all, |note| values::dated_note(py, note))?.into_any())
    }

    fn next_wakeup<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self.with(py, |cluster| Ok(cluster.poll_timeout()))?;
        let make = |w: jobsem::Wakeup| values::wakeup(py, w.at, w.reason.as_str(), &w.key);
        wakeup.map(make).transpose()
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn wakeup_of<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        namespace: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self.with(py, |cluster| Ok(cluster.wakeup_of(namespace, name)))?;
        wakeup.map(|w| values::wakeup(py, w.at, w.reason.as_str(), &w.key)).transpose()
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn wakeup_of_cronjob<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        namespace: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wakeup = self.with(py, |cluster| Ok(cluster.wakeup_of_cronjob(namespace, name)))?;
        wakeup.map(|w| values::wakeup(py, w.at, w.reason.as_str(), &w.key)).transpose()
    }

    #[pyo3(signature = (pod, /, *, namespace=None, container=None))]
    fn invocation<'py>(
        &self,
        py: Python<'py>,
        pod: &Bound<'py, PyAny>,
        namespace: Option<&str>,
        container: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (namespace, name) = self.key_of(py, pod, namespace)?;
        let made = self.with(py, |cluster| {
            cluster.invocation(&namespace, &name, container.unwrap_or_default())
        })?;
        let text = |text: &String| Ok(pyo3::types::PyString::new(py, text).into_any());
        let command = values::tuple(py, &made.command, text)?;
        let args = values::tuple(py, &made.args, text)?;
        let env: BTreeMap<String, String> = made.env.into_iter().collect();
        make(py, "Invocation", (command, args, env))
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn cronjob(&self, py: Python<'_>, name: &str, namespace: &str) -> PyResult<Option<CronJob>> {
        self.with(py, |cluster| Ok(cluster.cronjob(namespace, name).cloned().map(CronJob)))
    }

    fn cronjobs(&self, py: Python<'_>) -> PyResult<Vec<CronJob>> {
        self.with(py, |cluster| Ok(cluster.cronjobs().cloned().map(CronJob).collect()))
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn job(&self, py: Python<'_>, name: &str, namespace: &str) -> PyResult<Option<Job>> {
        self.with(py, |cluster| Ok(cluster.job(namespace, name).cloned().map(Job)))
    }

    fn jobs(&self, py: Python<'_>) -> PyResult<Vec<Job>> {
        self.with(py, |cluster| Ok(cluster.jobs().cloned().map(Job).collect()))
    }

    #[pyo3(signature = (name, /, *, namespace="default"))]
    fn pod(&self, py: Python<'_>, name: &str, namespace: &str) -> PyResult<Option<Pod>> {
        self.with(py, |cluster| Ok(cluster.pod(namespace, name).map(Arc::clone).map(Pod)))
    }

    fn pods(&self, py: Python<'_>) -> PyResult<Vec<Pod>> {
        self.with(py, |cluster| Ok(cluster.pods().cloned().map(Pod).collect()))
    }
}
