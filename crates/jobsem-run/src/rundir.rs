//! The directory of a run: its manifest, its state and its logs.
//!
//! ```text
//! <state dir>/runs/pi-1/          manifest.yaml   run.json     events.jsonl control.sock
//!                                 job.json (of a CronJob: cronjob.json, jobs.json), pods.json
//!                                 logs/<pod>/<container>.log, .1.log after the first restart, …
//!                                 shared/         a directory that all pods of the run may use
//!                                 hosts           the addresses of pods that have names
//! <state dir>/runs/pi.latest      the name of the Job's latest run
//! ```
//!
//! The state directory is `$XDG_STATE_HOME/jobsem`, or `~/.local/state/jobsem`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A socket's path must fit into 108 bytes.
const SOCKET_PATH_BYTES: usize = 100;

/// A run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
}

/// The default state directory.
pub fn default_state_dir() -> PathBuf {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
        .join("jobsem")
}

impl RunDir {
    /// Creates a directory for a new run of the Job, with the first free number.
    ///
    /// # Errors
    ///
    /// If the state directory cannot be written.
    pub fn create(state_dir: &Path, job: &str) -> io::Result<RunDir> {
        // Containers get these paths, and may have another working directory.
        let runs = std::path::absolute(state_dir)?.join("runs");
        fs::create_dir_all(&runs)?;
        let mut number = 1 + latest_number(&runs, job);
        let path = loop {
            let path = runs.join(format!("{job}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        for dir in ["logs", "shared"] {
            fs::create_dir(path.join(dir))?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        write_whole(&runs.join(format!("{job}.latest")), name.as_bytes())?;
        Ok(RunDir { path })
    }

    /// The latest run of the Job with that name.
    ///
    /// # Errors
    ///
    /// If there is no run, or the directory cannot be read.
    pub fn latest(state_dir: &Path, job: &str) -> io::Result<RunDir> {
        let runs = state_dir.join("runs");
        let no_run = || {
            let text = format!("no run of job \"{job}\" in {}", runs.display());
            io::Error::new(io::ErrorKind::NotFound, text)
        };
        if job.contains(['/', '\0']) || job.is_empty() {
            return Err(no_run());
        }
        let name = fs::read_to_string(runs.join(format!("{job}.latest"))).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound { no_run() } else { error }
        })?;
        let path = runs.join(name.trim());
        if path.is_dir() { Ok(RunDir { path }) } else { Err(no_run()) }
    }

    /// All runs of the Job of that name, oldest first.
    pub fn all(state_dir: &Path, job: &str) -> Vec<RunDir> {
        let entries = fs::read_dir(state_dir.join("runs")).into_iter().flatten().flatten();
        let mut runs: Vec<(u64, PathBuf)> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let number = name.strip_prefix(job)?.strip_prefix('-')?.parse().ok()?;
                Some((number, entry.path())).filter(|(_, path)| path.is_dir())
            })
            .collect();
        runs.sort();
        runs.into_iter().map(|(_, path)| RunDir { path }).collect()
    }

    /// The names of all Jobs that were run.
    pub fn job_names(state_dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(state_dir.join("runs")).into_iter().flatten().flatten();
        let names = entries.filter_map(|e| e.file_name().into_string().ok());
        let mut names: Vec<_> =
            names.filter_map(|n| n.strip_suffix(".latest").map(str::to_owned)).collect();
        names.sort();
        names
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that all pods of the run share.
    pub fn shared(&self) -> PathBuf {
        self.path.join("shared")
    }

    /// The file with the addresses of named pods.
    pub fn hosts(&self) -> PathBuf {
        self.path.join("hosts")
    }

    /// Writes the file with the addresses of pods.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_hosts(&self, text: &str) -> io::Result<()> {
        write_whole(&self.hosts(), text.as_bytes())
    }

    /// The log of the `restart`-th restart of a container (0: the first start).
    pub fn log(&self, pod: &str, container: &str, restart: i32) -> PathBuf {
        let file = match restart {
            0 => format!("{container}.log"),
            n => format!("{container}.{n}.log"),
        };
        self.path.join("logs").join(pod).join(file)
    }

    /// The file for a container's termination message (PODPHASE-71).
    pub fn termination_log(&self, pod: &str, container: &str, restart: i32) -> PathBuf {
        self.log(pod, container, restart).with_extension("termination")
    }

    /// The socket on which the run listens for commands.
    pub fn socket(&self) -> PathBuf {
        let path = self.path.join("control.sock");
        if path.as_os_str().len() < SOCKET_PATH_BYTES {
            return path;
        }
        let run = self.path.file_name().unwrap_or_default().to_string_lossy();
        let cut: String = run.chars().take(20).collect();
        std::env::temp_dir().join(format!("jobsem-{}-{cut}.sock", std::process::id()))
    }

    /// Writes a JSON document; readers see the old one or the new one.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_json(&self, file: &str, value: &Value) -> io::Result<()> {
        write_whole(&self.path.join(file), format!("{value:#}\n").as_bytes())
    }

    /// Reads a JSON document.
    ///
    /// # Errors
    ///
    /// If it does not exist, or is not JSON.
    pub fn read_json(&self, file: &str) -> io::Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.path.join(file))?)?)
    }

    /// Writes the text of the manifest.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_manifest(&self, text: &[u8]) -> io::Result<()> {
        write_whole(&self.path.join("manifest.yaml"), text)
    }

    /// Records the process that runs it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_run(&self, kind: &str, kube: &str, started: &str) -> io::Result<()> {
        let socket = self.socket();
        let value = json!({
            "pid": std::process::id(),
            "kind": kind,
            "kube": kube,
            "started": started,
            "socket": socket.to_string_lossy(),
        });
        self.write_json("run.json", &value)
    }

    /// Adds a line of JSON to a file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn append_json(&self, file: &str, value: &Value) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path.join(file))?;
        file.write_all(format!("{value}\n").as_bytes())
    }

    /// The pods that have logs, by name, each with its log files: container, restart, path.
    pub fn logs(&self) -> Vec<(String, Vec<LogFile>)> {
        let mut pods: Vec<_> = dir_names(&self.path.join("logs"))
            .into_iter()
            .map(|pod| {
                let files = dir_names(&self.path.join("logs").join(&pod));
                let mut logs: Vec<_> =
                    files.iter().filter_map(|f| LogFile::parse(&self.path, &pod, f)).collect();
                logs.sort_by(|a, b| (&a.container, a.restart).cmp(&(&b.container, b.restart)));
                (pod, logs)
            })
            .collect();
        pods.sort();
        pods
    }
}

/// The log of one instance of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogFile {
    /// The container's name.
    pub container: String,
    /// The number of earlier restarts.
    pub restart: i32,
    /// The file.
    pub path: PathBuf,
}

impl LogFile {
    fn parse(run: &Path, pod: &str, file: &str) -> Option<LogFile> {
        let stem = file.strip_suffix(".log")?;
        // Names of containers have no dots.
        let (container, restart) = match stem.split_once('.') {
            None => (stem, 0),
            Some((container, restart)) => (container, restart.parse().ok()?),
        };
        let path = run.join("logs").join(pod).join(file);
        Some(LogFile { container: container.to_owned(), restart, path })
    }
}

fn dir_names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|e| e.file_name().into_string().ok()).collect()
}

fn latest_number(runs: &Path, job: &str) -> u64 {
    let latest = fs::read_to_string(runs.join(format!("{job}.latest"))).unwrap_or_default();
    let number = latest.trim().strip_prefix(job).and_then(|n| n.strip_prefix('-')?.parse().ok());
    number.unwrap_or(0)
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    File::create(&new)?.write_all(bytes)?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_numbered_and_the_latest_is_found() {
        let dir = tempfile::tempdir().unwrap();
        assert!(RunDir::latest(dir.path(), "pi").is_err());
        let first = RunDir::create(dir.path(), "pi").unwrap();
        let other = RunDir::create(dir.path(), "pi-1").unwrap();
        let second = RunDir::create(dir.path(), "pi").unwrap();
        assert!(first.path().ends_with("runs/pi-1") && other.path().ends_with("runs/pi-1-1"));
        assert_eq!(RunDir::latest(dir.path(), "pi").unwrap(), second);
        assert_eq!(RunDir::job_names(dir.path()), ["pi", "pi-1"]);
        assert!(RunDir::latest(dir.path(), "../x").is_err());
    }

    #[test]
    fn logs_are_listed_by_pod_container_and_restart() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir::create(dir.path(), "pi").unwrap();
        for (pod, container, restart) in
            [("b", "c", 10), ("b", "c", 2), ("b", "c", 0), ("a", "c", 0)]
        {
            let log = run.log(pod, container, restart);
            fs::create_dir_all(log.parent().unwrap()).unwrap();
            fs::write(log, "").unwrap();
            fs::write(run.termination_log(pod, container, restart), "").unwrap();
        }
        let found: Vec<_> = run
            .logs()
            .into_iter()
            .map(|(pod, logs)| (pod, logs.iter().map(|l| l.restart).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, [("a".to_owned(), vec![0]), ("b".to_owned(), vec![0, 2, 10])]);
    }

    #[test]
    fn a_long_path_moves_the_socket() {
        let long = RunDir { path: PathBuf::from(format!("/{}", "x".repeat(120))) };
        assert!(long.socket().as_os_str().len() < SOCKET_PATH_BYTES);
    }
}
