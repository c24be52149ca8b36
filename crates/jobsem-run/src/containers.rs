//! [`Containers`]: the containers of a run as processes: their start, environment and end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use jobsem::Error;
use jobsem::api::{Pod, Text};
use jobsem::cluster::{ContainerReport, ContainerStart, Host, Ticket};
use jobsem::kubelet::{ContainerExit, Node, TerminationMessage, termination_message};

use crate::input::Input;
use crate::names::Names;
use crate::process::{Launch, Process, start_error};
use crate::rundir::{LogFile, RunDir};

/// The variable with the file for a termination message (PODPHASE-71).
pub const TERMINATION_LOG: &str = "JOBSEM_TERMINATION_LOG";
/// The variable with the directory that all pods of a run share.
pub const SHARED_DIR: &str = "JOBSEM_SHARED_DIR";
/// The variable with the file of the addresses of named pods (PATTERN-45).
pub const HOSTS_FILE: &str = "JOBSEM_HOSTS_FILE";

/// The variables of this process's environment that containers get by default.
const INHERITED: [&str; 8] = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "USER", "TERM"];
/// The part of a log that a termination message may need.
const LOG_TAIL_BYTES: u64 = 8 * 1024;

/// The containers of a run. Running containers are killed on drop.
#[derive(Debug)]
pub(crate) struct Containers {
    dir: RunDir,
    inherit_env: bool,
    inputs: Sender<Input>,
    names: Names,
    running: BTreeMap<Ticket, Running>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    pod: Arc<Pod>,
    container: Text,
    restart: i32,
}

impl Containers {
    /// Containers with files in `dir`; ends are sent to `inputs`.
    pub fn new(dir: RunDir, inherit_env: bool, inputs: Sender<Input>) -> Containers {
        Containers { dir, inherit_env, inputs, names: Names::default(), running: BTreeMap::new() }
    }

    /// Writes the file with the addresses of all pods, before the containers of `starts` read it.
    pub fn write_hosts(&mut self, starts: &[ContainerStart], host: &Host) {
        for start in starts {
            self.names.address(&start.pod);
        }
        if let Some(text) = self.names.hosts(host.cluster().pods()) {
            // A pod that finds no names reports that itself.
            let _ = self.dir.write_hosts(text);
        }
    }

    /// Starts a container. Returns the report on the start, and the log.
    pub fn start(&mut self, host: &Host, start: &ContainerStart) -> (ContainerReport, LogFile) {
        let log = self.log(start);
        let ticket = start.ticket;
        let launch = match self.launch(host, start, &log) {
            Ok(launch) => launch,
            Err(error) => {
                let reason = "CreateContainerConfigError";
                return (ContainerReport::start_failed(ticket, reason, error.message()), log);
            }
        };
        let inputs = self.inputs.clone();
        let on_end = move |exit| {
            // A run that is over does not need it.
            let _ = inputs.send(Input::Ended { ticket, exit });
        };
        let prepared = prepare(&self.termination_log(&start.pod, &start.container, log.restart));
        let report = match prepared.and_then(|()| Process::start(&launch, on_end)) {
            Ok(process) => {
                let running = Running {
                    process,
                    pod: Arc::clone(&start.pod),
                    container: start.container.clone(),
                    restart: start.restart_count,
                };
                self.running.insert(ticket, running);
                ContainerReport::started(ticket)
            }
            Err(error) => {
                let exit = ContainerExit::start_error(start_error(&launch, &error));
                ContainerReport::ended(ticket, exit)
            }
        };
        (report, log)
    }

    /// Asks a container to stop.
    pub fn stop(&self, ticket: Ticket) {
        if let Some(running) = self.running.get(&ticket) {
            running.process.terminate();
        }
    }

    /// Kills a container and everything it started.
    pub fn kill(&self, ticket: Ticket) {
        if let Some(running) = self.running.get(&ticket) {
            running.process.kill();
        }
    }

    /// Completes the report on a container's end with its termination message.
    pub fn ended(&mut self, ticket: Ticket, mut exit: ContainerExit) -> ContainerReport {
        if let Some(running) = self.running.remove(&ticket)
            && exit.message.is_empty()
        {
            exit.message = self.message(&running, exit.code);
        }
        ContainerReport::ended(ticket, exit)
    }

    fn message(&self, running: &Running, exit_code: i32) -> String {
        let Running { pod, container, restart, .. } = running;
        let Some(definition) = pod.spec.container(container) else { return String::new() };
        let file = std::fs::read(self.termination_log(pod, container, *restart));
        let log = tail(&self.dir.log(&pod.metadata.name, container, *restart));
        let (file, log) = (file.unwrap_or_default(), log.unwrap_or_default());
        let from = TerminationMessage { file: &file, log: &log, exit_code };
        termination_message(&pod.spec, definition, from)
    }

    fn log(&self, start: &ContainerStart) -> LogFile {
        let (container, restart) = (start.container.to_string(), start.restart_count);
        let path = self.dir.log(&start.pod.metadata.name, &container, restart);
        LogFile { container, restart, path }
    }

    fn termination_log(&self, pod: &Pod, container: &str, restart: i32) -> std::path::PathBuf {
        self.dir.termination_log(&pod.metadata.name, container, restart)
    }

    fn launch(
        &mut self,
        host: &Host,
        start: &ContainerStart,
        log: &LogFile,
    ) -> Result<Launch, Error> {
        let ContainerStart { pod, container, ticket, .. } = start;
        let mut node = Node::default();
        let address = self.names.address(pod);
        if let Some(address) = &address {
            node.pod_ip.clone_from(address);
        }
        let made = host.invocation(*ticket, &node)?;
        if made.command.is_empty() {
            return Err(Error::state("command: must be set to run locally"));
        }
        let inherited = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let mut env: BTreeMap<String, String> = inherited
            .filter(|(key, _)| self.inherit_env || INHERITED.contains(&key.as_str()))
            .collect();
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let termination = self.termination_log(pod, container, log.restart);
        env.insert(TERMINATION_LOG.to_owned(), path(&termination));
        if address.is_some() {
            env.insert(HOSTS_FILE.to_owned(), path(&self.dir.hosts()));
        }
        env.insert(SHARED_DIR.to_owned(), path(&self.dir.shared()));
        env.extend(made.env.iter().cloned());
        let dir = Some(&made.working_dir).filter(|dir| !dir.is_empty());
        Ok(Launch {
            working_dir: dir.map(Into::into),
            argv: made.into_argv(),
            env: env.into_iter().collect(),
            log: log.path.clone(),
            cookie: format!("{}/{container}/{}", pod.metadata.uid, log.restart),
        })
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.process.kill();
        }
    }
}

/// Creates an empty file for the termination message.
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
