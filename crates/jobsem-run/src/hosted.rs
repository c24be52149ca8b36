//! One pod on this machine: its worker, its processes, and what the worker asks for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use jobsem::api::{Container, Pod, PodStatus};
use jobsem::kubelet::{
    Action, ContainerExit, Node, PodWorker, TerminationMessage, hostname, invocation,
    termination_message,
};
use jobsem::{Semantics, Time};

use crate::process::{Launch, Process, start_error};
use crate::rundir::{LogFile, RunDir};
use crate::runner::Input;

/// The variable with the file for a termination message (PODPHASE-71).
pub const TERMINATION_LOG: &str = "JOBSEM_TERMINATION_LOG";
/// The variable with the directory that all pods of a run may use.
pub const SHARED_DIR: &str = "JOBSEM_SHARED_DIR";
/// The variable with the file that has the addresses of pods with names (PATTERN-45).
pub const HOSTS_FILE: &str = "JOBSEM_HOSTS_FILE";

/// What of this process's environment containers get unless they get all of it.
const INHERITED: [&str; 8] = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "USER", "TERM"];
/// As much of a log as a termination message may need.
const LOG_TAIL_BYTES: u64 = 8 * 1024;

/// What all pods of a run have in common.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub dir: RunDir,
    pub node: Node,
    pub inherit_env: bool,
    pub inputs: Sender<Input>,
}

/// What a pod asks the run to pass on.
#[derive(Debug)]
pub(crate) enum Told {
    Status(Box<PodStatus>),
    Event {
        warning: bool,
        reason: &'static str,
        message: String,
    },
    /// A container was started (or could not be) and has this log.
    Log(LogFile),
}

#[derive(Debug)]
pub(crate) struct Hosted {
    pub pod: Arc<Pod>,
    pub worker: PodWorker,
    running: BTreeMap<String, Running>,
    /// Whether the cluster was told that a deleted pod is gone.
    pub released: bool,
    /// The address of its own that goes with its name, if it has one.
    pub address: Option<String>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    restart: i32,
    kill_at: Option<Time>,
}

impl Hosted {
    pub fn new(pod: Arc<Pod>, sem: &Semantics, now: Time) -> Hosted {
        let worker = PodWorker::new(&pod, sem, now);
        Hosted { pod, worker, running: BTreeMap::new(), released: false, address: None }
    }

    /// Whether anything of it may still run.
    pub fn is_alive(&self) -> bool {
        !self.worker.is_finished() || !self.running.is_empty()
    }

    /// When a container is to be killed.
    pub fn next_kill(&self) -> Option<Time> {
        self.running.values().filter_map(|running| running.kill_at).min()
    }

    /// Kills the containers whose grace period is over.
    pub fn kill_overdue(&mut self, now: Time) {
        for running in self.running.values_mut() {
            if running.kill_at.take_if(|at| *at <= now).is_some() {
                running.process.kill();
            }
        }
    }

    /// Kills everything at once.
    pub fn kill_all(&mut self) {
        for running in self.running.values_mut() {
            running.kill_at = None;
            running.process.kill();
        }
    }

    /// A container's processes are gone.
    pub fn ended(&mut self, container: &str, mut exit: ContainerExit, now: Time, dir: &RunDir) {
        let Some(running) = self.running.remove(container) else { return };
        if exit.message.is_empty() {
            exit.message = self.message(container, running.restart, exit.code, dir);
        }
        // OK because the worker was told that this container runs.
        let _ = self.worker.container_exited(now, container, exit);
    }

    fn message(&self, container: &str, restart: i32, exit_code: i32, dir: &RunDir) -> String {
        let Some(definition) = self.worker.container(container) else { return String::new() };
        let name = &self.pod.metadata.name;
        let file = std::fs::read(dir.termination_log(name, container, restart)).unwrap_or_default();
        let log = tail(&dir.log(name, container, restart)).unwrap_or_default();
        let from = TerminationMessage { file: &file, log: &log, exit_code };
        termination_message(self.worker.spec(), definition, from)
    }

    /// Does what the worker asks for; returns what concerns others.
    pub fn carry_out(&mut self, now: Time, around: &Surroundings) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(action) = self.worker.poll_action() {
            match action {
                Action::Start { container, restart_count } => {
                    told.push(self.start(&container, restart_count, now, around));
                }
                Action::Stop { container, grace_seconds } => {
                    if let Some(running) = self.running.get_mut(container.as_str()) {
                        running.process.terminate();
                        running.kill_at = Some(now.plus_seconds(grace_seconds));
                    }
                }
                Action::Status(status) => told.push(Told::Status(status)),
                Action::Event { warning, reason, message } => {
                    told.push(Told::Event { warning, reason, message });
                }
                _ => {}
            }
        }
        told
    }

    fn start(&mut self, name: &str, restart: i32, now: Time, around: &Surroundings) -> Told {
        let dir = &around.dir;
        let pod = &self.pod.metadata.name;
        let path = dir.log(pod, name, restart);
        let log = LogFile { container: name.to_owned(), restart, path };
        let told = Told::Log(log.clone());
        let Some(container) = self.worker.container(name) else { return told };
        let launch = match self.launch(container, &log, around) {
            Ok(launch) => launch,
            Err(message) => {
                let reason = "CreateContainerConfigError";
                // OK because the worker awaits an answer for this container.
                let _ = self.worker.container_start_failed(now, name, reason, message);
                return told;
            }
        };
        let ended = {
            let inputs = around.inputs.clone();
            let (uid, container) = (self.pod.metadata.uid.to_string(), name.to_owned());
            move |exit| {
                // A run that is over hears no more.
                let _ = inputs.send(Input::Ended { uid, container, exit });
            }
        };
        let prepared = prepare(&dir.termination_log(pod, name, restart));
        match prepared.and_then(|()| Process::start(&launch, ended)) {
            Ok(process) => {
                self.running.insert(name.to_owned(), Running { process, restart, kill_at: None });
                let _ = self.worker.container_started(now, name);
            }
            Err(error) => {
                let exit = ContainerExit::start_error(start_error(&launch, &error));
                let _ = self.worker.container_exited(now, name, exit);
            }
        }
        told
    }

    fn launch(
        &self,
        container: &Container,
        log: &LogFile,
        around: &Surroundings,
    ) -> Result<Launch, String> {
        let mut node = around.node.clone();
        if let Some(address) = &self.address {
            node.pod_ip.clone_from(address);
        }
        let made = invocation(&self.pod, container, &node).map_err(|missing| {
            missing
                .iter()
                .map(|m| format!("{}: {}", m.field, m.message))
                .collect::<Vec<_>>()
                .join("; ")
        })?;
        if made.command.is_empty() {
            return Err("command: must be set to run locally".to_owned());
        }
        let meta = &self.pod.metadata;
        let inherited = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let mut env: BTreeMap<String, String> = inherited
            .filter(|(key, _)| around.inherit_env || INHERITED.contains(&key.as_str()))
            .collect();
        let termination = around.dir.termination_log(&meta.name, &container.name, log.restart);
        env.insert("HOSTNAME".to_owned(), hostname(&self.pod).to_owned());
        env.insert(TERMINATION_LOG.to_owned(), termination.to_string_lossy().into_owned());
        if self.address.is_some() {
            env.insert(HOSTS_FILE.to_owned(), around.dir.hosts().to_string_lossy().into_owned());
        }
        env.insert(SHARED_DIR.to_owned(), around.dir.shared().to_string_lossy().into_owned());
        env.extend(made.env);
        let dir = Some(&container.working_dir).filter(|dir| !dir.is_empty());
        Ok(Launch {
            argv: made.command.into_iter().chain(made.args).collect(),
            env: env.into_iter().collect(),
            working_dir: dir.map(Into::into),
            log: log.path.clone(),
            cookie: format!("{}/{}/{}", meta.uid, container.name, log.restart),
        })
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.kill_all();
    }
}

/// Makes the file for the termination message, empty.
fn prepare(file: &Path) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    File::create(file).map(drop)
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
