//! `jobsem logs`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jobsem_run::control::{AskError, Command};
use jobsem_run::{LogFile, RunDir};
use serde_json::Value;

use crate::exit;
use crate::tail::{Tail, pass_on, to_stdout};
use crate::target::{Target, ask_dir};

const PAUSE: Duration = Duration::from_millis(100);

/// Print the output of a Job's containers, during the run or after it.
///
/// The default is the latest start of the first container with a log, in the latest pod.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  jobsem logs pi\n  jobsem logs pi -f\n  jobsem logs pi --all\n  \
                        jobsem logs pi --pod pi-x7k2d -c main --previous"
)]
pub struct Logs {
    #[command(flatten)]
    target: Target,

    /// The pod's name.
    #[arg(long)]
    pod: Option<String>,

    /// The container's name.
    #[arg(short, long)]
    container: Option<String>,

    /// Follow the output until the run ends.
    #[arg(short, long)]
    follow: bool,

    /// Print all pods, containers and restarts, each line with its origin.
    #[arg(long)]
    all: bool,

    /// Print the start before the latest.
    #[arg(short, long, conflicts_with = "follow")]
    previous: bool,
}

impl Logs {
    pub fn run(self) -> ExitCode {
        let dir = match self.target.dir() {
            Ok(dir) => dir,
            Err(code) => return code,
        };
        let chosen = match self.choose(&dir) {
            Ok(chosen) => chosen,
            Err(text) => return exit::fail(exit::USAGE, text),
        };
        let mut tails: BTreeMap<_, Tail> = BTreeMap::new();
        loop {
            // Asked first, so that what was written before the end is not missed.
            let running = self.follow && is_running(&dir);
            let now = if self.all { self.choose(&dir).unwrap_or_default() } else { chosen.clone() };
            let now = if self.all { now } else { self.later_starts(&dir, now) };
            for (pod, log) in now {
                let prefix = self.prefix(&pod, &log);
                let tail = Tail::new(log.path.clone(), prefix);
                let new = tails.entry((pod, log)).or_insert(tail).read();
                // Nothing comes of following the logs any longer.
                if pass_on(&new).is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
                    return ExitCode::SUCCESS;
                }
            }
            if !running {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        for tail in tails.values_mut() {
            to_stdout(&tail.finish());
        }
        ExitCode::SUCCESS
    }

    fn prefix(&self, pod: &str, log: &LogFile) -> String {
        match log.restart {
            _ if !self.all => String::new(),
            0 => format!("[{pod}/{}] ", log.container),
            n => format!("[{pod}/{}.{n}] ", log.container),
        }
    }

    /// While a container is followed, its later starts come too.
    fn later_starts(&self, dir: &RunDir, chosen: Vec<(String, LogFile)>) -> Vec<(String, LogFile)> {
        let Some((pod, first)) = chosen.first().filter(|_| self.follow) else { return chosen };
        let logs = dir.logs().into_iter().find(|(name, _)| name == pod);
        let logs = logs.into_iter().flat_map(|(_, logs)| logs);
        let later = logs.filter(|l| l.container == first.container && l.restart >= first.restart);
        later.map(|log| (pod.clone(), log)).collect()
    }

    fn choose(&self, dir: &RunDir) -> Result<Vec<(String, LogFile)>, String> {
        let mut pods = dir.logs();
        if let Some(pod) = &self.pod {
            pods.retain(|(name, _)| name == pod);
            if pods.is_empty() {
                return Err(format!("pod \"{pod}\" has no logs in {}", dir.path().display()));
            }
        }
        if self.all {
            let all = pods
                .into_iter()
                .flat_map(|(pod, logs)| logs.into_iter().map(move |log| (pod.clone(), log)));
            return Ok(all.filter(|(_, log)| self.is_wanted(log)).collect());
        }
        let no_logs = || format!("job \"{}\" has no logs yet", self.target.name());
        let (count, latest) = (pods.len(), latest_pod(dir, &pods));
        let (pod, logs) = pods.into_iter().nth(latest).ok_or_else(no_logs)?;
        if count > 1 {
            say!("Found {count} pods, using pod/{pod} (--all for all, --pod for another)");
        }
        let container = match &self.container {
            Some(container) => container.clone(),
            None => logs.first().ok_or_else(no_logs)?.container.clone(),
        };
        let mut starts: Vec<_> = logs.into_iter().filter(|l| l.container == container).collect();
        if self.previous {
            starts.pop();
        }
        let none = || {
            let which = if self.previous { "previous " } else { "" };
            format!("{which}container \"{container}\" in pod \"{pod}\" has no log")
        };
        let log = starts.pop().ok_or_else(none)?;
        Ok(vec![(pod, log)])
    }

    fn is_wanted(&self, log: &LogFile) -> bool {
        self.container.as_ref().is_none_or(|container| *container == log.container)
    }
}

/// The place of the pod that was created last.
fn latest_pod(dir: &RunDir, pods: &[(String, Vec<LogFile>)]) -> usize {
    let known = dir.read_json("pods.json").unwrap_or_default();
    let created = |name: &str| {
        known.as_array().into_iter().flatten().find_map(|pod| {
            let meta = pod.get("metadata")?;
            (meta.get("name")?.as_str()? == name)
                .then(|| meta.get("creationTimestamp")?.as_str().map(str::to_owned))?
        })
    };
    let places = (0..pods.len()).max_by_key(|i| created(&pods[*i].0));
    places.unwrap_or(0)
}

fn is_running(dir: &RunDir) -> bool {
    let not = |answer: &Result<Value, AskError>| {
        matches!(answer, Err(AskError::NotRunning | AskError::Io(_)))
    };
    !not(&ask_dir(dir, &Command::Get))
}
