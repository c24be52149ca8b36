//! A container as a local process: it has its own process group, writes its output to a file, and
//! takes everything it started with it when it ends.
//!
//! A container that ends takes all its processes with it, as the kernel does when the first
//! process of a pid namespace ends. Here that is the process group, and, on Linux, whatever
//! carries the container's cookie in its environment, so that a process that left the group (with
//! `setsid`) goes too. Deliberately absent: namespaces, cgroups and limits. A process that leaves
//! the group and also clears its environment escapes. If this process is killed with SIGKILL, its
//! containers keep running.
//!
//! `std` creates the group (`CommandExt::process_group`), so that no code runs between fork and
//! exec. The waiter kills the group before it reaps the leader: until then the leader's number
//! cannot be reused by another group.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use jobsem::kubelet::ContainerExit;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The variable that identifies the processes of a container.
pub const COOKIE: &str = "JOBSEM_CONTAINER";

/// What to start.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// The working directory, if not this process's own.
    pub working_dir: Option<PathBuf>,
    /// The file that its output is appended to.
    pub log: PathBuf,
    /// The value that identifies its processes; unique among all containers.
    pub cookie: String,
}

/// A started container.
#[derive(Clone, Debug)]
pub struct Process {
    group: Pid,
    cookie: Arc<str>,
    /// Whether the group's number may be reused by now.
    reaped: Arc<Mutex<bool>>,
}

impl Process {
    /// Starts `launch`. Calls `on_end` once, from another thread, when all its processes have
    /// ended.
    ///
    /// # Errors
    ///
    /// If the program cannot be executed, the directory does not exist, or the log cannot be
    /// written; [`start_error`] words it.
    pub fn start(
        launch: &Launch,
        on_end: impl FnOnce(ContainerExit) + Send + 'static,
    ) -> io::Result<Process> {
        let log = open_log(&launch.log)?;
        let mut command = Command::new(&launch.argv[0]);
        command
            .args(&launch.argv[1..])
            .env_clear()
            .envs(launch.env.iter().map(|(k, v)| (k, v)))
            .env(COOKIE, &launch.cookie)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some(dir) = &launch.working_dir {
            command.current_dir(dir);
        }
        let child = command.spawn()?;
        let Some(group) = Pid::from_raw(child.id().cast_signed()) else {
            return Err(io::Error::other("the process has no number"));
        };
        let process = Process {
            group,
            cookie: launch.cookie.as_str().into(),
            reaped: Arc::new(Mutex::new(false)),
        };
        let waiter = process.clone();
        thread::Builder::new()
            .name(format!("wait {group}"))
            .spawn(move || on_end(waiter.wait(child)))
            .inspect_err(|_| process.kill())?;
        Ok(process)
    }

    /// Asks it to stop: sends SIGTERM to the group.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills it and everything it started.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        sweep(&self.cookie);
    }

    fn signal(&self, signal: Signal) {
        let reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        if !*reaped {
            // A group that is already gone needs no signal.
            let _ = kill_process_group(self.group, signal);
        }
    }

    fn wait(&self, mut child: Child) -> ContainerExit {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(self.group), ended) {}
        self.kill();
        let mut reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        *reaped = true;
        let status = child.wait();
        drop(reaped);
        status.map_or_else(
            |error| ContainerExit {
                code: 255,
                reason: "Unknown".to_owned(),
                message: error.to_string(),
            },
            exit_of,
        )
    }
}

/// PODPHASE-70: the exit code, or 128 + the number of the signal.
fn exit_of(status: ExitStatus) -> ContainerExit {
    match (status.code(), status.signal()) {
        (Some(code), _) => ContainerExit::code(code),
        (None, Some(number)) => ContainerExit::signal(number),
        (None, None) => {
            ContainerExit { code: 255, reason: "Unknown".to_owned(), message: String::new() }
        }
    }
}

fn open_log(path: &PathBuf) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Why a container could not be started, for people (PODPHASE-90).
pub fn start_error(launch: &Launch, error: &io::Error) -> String {
    let program = &launch.argv[0];
    if let Some(dir) = launch.working_dir.as_ref().filter(|dir| !dir.is_dir()) {
        return format!("working directory {}: no such directory", dir.display());
    }
    match error.kind() {
        io::ErrorKind::NotFound if program.contains('/') => {
            format!("exec: \"{program}\": no such file or directory")
        }
        io::ErrorKind::NotFound => {
            format!("exec: \"{program}\": executable file not found in $PATH")
        }
        io::ErrorKind::PermissionDenied => format!("exec: \"{program}\": permission denied"),
        _ => format!("exec: \"{program}\": {error}"),
    }
}

/// Kills every process that carries the cookie in its environment.
#[cfg(target_os = "linux")]
fn sweep(cookie: &str) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

    let wanted = format!("{COOKIE}={cookie}");
    let carries = |pid: i32| {
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|env| env.split(|b| *b == 0).any(|var| var == wanted.as_bytes()))
    };
    // Killed processes may have started others meanwhile; a few rounds find them all.
    for _ in 0..8 {
        let Ok(entries) = std::fs::read_dir("/proc") else { return };
        let pids = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok());
        let mut found = false;
        for pid in pids.filter(|pid| carries(*pid)) {
            let Some(process) = Pid::from_raw(pid) else { continue };
            let Ok(handle) = pidfd_open(process, PidfdFlags::empty()) else { continue };
            // Checks again, now that the number cannot be reused.
            if carries(pid) {
                found |= pidfd_send_signal(&handle, Signal::KILL).is_ok();
            }
        }
        if !found {
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn sweep(_cookie: &str) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    struct Run {
        dir: tempfile::TempDir,
        process: Process,
        end: mpsc::Receiver<ContainerExit>,
    }

    fn launch(dir: &std::path::Path, argv: &[&str]) -> Launch {
        let path = std::env::var("PATH").unwrap_or_default();
        Launch {
            argv: argv.iter().map(|a| (*a).to_owned()).collect(),
            env: vec![("PATH".to_owned(), path), ("A".to_owned(), "1".to_owned())],
            working_dir: None,
            log: dir.join("logs/x.log"),
            cookie: dir.display().to_string(),
        }
    }

    fn run(script: &str) -> Run {
        let dir = tempfile::tempdir().unwrap();
        let (tx, end) = mpsc::channel();
        let launch = launch(dir.path(), &["sh", "-c", script]);
        let process = Process::start(&launch, move |exit| drop(tx.send(exit))).unwrap();
        Run { dir, process, end }
    }

    impl Run {
        fn end(&self) -> ContainerExit {
            self.end.recv_timeout(Duration::from_secs(20)).unwrap()
        }

        fn log(&self) -> String {
            std::fs::read_to_string(self.dir.path().join("logs/x.log")).unwrap()
        }

        fn await_log(&self, text: &str) {
            let start = Instant::now();
            while !self.log().contains(text) {
                assert!(start.elapsed() < Duration::from_secs(10), "{}", self.log());
                thread::sleep(Duration::from_millis(10));
            }
        }

        fn left_over(&self) -> usize {
            let wanted = format!("{COOKIE}={}", self.dir.path().display());
            std::fs::read_dir("/proc")
                .unwrap()
                .filter_map(|e| std::fs::read(e.ok()?.path().join("environ")).ok())
                .filter(|env| env.split(|b| *b == 0).any(|var| var == wanted.as_bytes()))
                .count()
        }
    }

    #[test]
    fn codes_and_signals_podphase_70() {
        for (script, code) in
            [("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)]
        {
            assert_eq!(run(script).end().code, code, "{script}");
        }
    }

    #[test]
    fn output_goes_to_the_log_and_the_environment_is_clean() {
        let run =
            run("echo out; echo err >&2; env | sort | grep -v -e PWD -e SHLVL -e ^_= -e PATH");
        run.end();
        let dir = run.dir.path().display();
        assert_eq!(run.log(), format!("out\nerr\nA=1\n{COOKIE}={dir}\n"));
    }

    #[test]
    fn a_process_that_ignores_term_is_killed() {
        let run = run("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        run.await_log("ready");
        run.process.terminate();
        assert!(run.end.recv_timeout(Duration::from_millis(300)).is_err(), "it ignores the signal");
        run.process.kill();
        assert_eq!(run.end().code, 137);
        assert_eq!(run.left_over(), 0);
    }

    #[test]
    fn nothing_outlives_the_container() {
        // One inside the group, and one outside in its own session.
        let run = run("(sleep 60 & ) ; setsid sh -c 'sleep 60 & sleep 60' & sleep 0.3; exit 3");
        assert_eq!(run.end().code, 3);
        let start = Instant::now();
        while run.left_over() > 0 {
            assert!(start.elapsed() < Duration::from_secs(5));
            thread::sleep(Duration::from_millis(10));
        }
        // Signals after the end have no effect.
        run.process.terminate();
        run.process.kill();
    }

    #[test]
    fn what_cannot_be_executed_says_why_podphase_90() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("plain");
        std::fs::write(&file, "x").unwrap();
        let plain = file.to_str().unwrap();
        for (argv, text) in [
            ("no-such-program", "executable file not found in $PATH".to_owned()),
            ("/no/such/program", "no such file or directory".to_owned()),
            (plain, "permission denied".to_owned()),
        ] {
            let launch = launch(dir.path(), &[argv]);
            let error = Process::start(&launch, |_| {}).unwrap_err();
            assert_eq!(start_error(&launch, &error), format!("exec: \"{argv}\": {text}"));
        }
        let mut launch = launch(dir.path(), &["true"]);
        launch.working_dir = Some("/no/such/dir".into());
        let error = Process::start(&launch, |_| {}).unwrap_err();
        assert_eq!(
            start_error(&launch, &error),
            "working directory /no/such/dir: no such directory"
        );
    }
}
