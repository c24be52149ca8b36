//! [`Schedule`]: runs steps as processes, some of them at the same time.
//!
//! Each step is this program again, in a process group of its own, so that a signal or the failure
//! of another step ends all that it has started. The output of steps that run beside others goes
//! to `target/test/<step>.log` and is printed when the step ends.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, process};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use wait4::Wait4 as _;

use super::steps::{SETUP, Step};
use crate::setup::Tool;
use crate::table::table;
use crate::workspace::{replace, target};

/// How long processes may take to end after they are asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A run of steps.
pub struct Schedule {
    waiting: Vec<&'static Step>,
    running: Vec<Running>,
    ended: Vec<Ended>,
    jobs: usize,
    keep_going: bool,
    /// Whether steps print at once, since no other one prints at the same time.
    live: bool,
    tools: Vec<Tool>,
    begun: Instant,
    /// Where the logs are, and this program.
    directory: PathBuf,
    program: PathBuf,
}

struct Running {
    step: &'static Step,
    group: Pid,
    begun: Instant,
    log: PathBuf,
}

struct Ended {
    step: &'static Step,
    outcome: Outcome,
    wall: Duration,
    cpu: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// Ended by a signal, or since another step failed.
    Stopped,
}

enum Event {
    Ended { name: &'static str, status: io::Result<(ExitStatus, Duration)> },
    Signal(i32),
}

impl Schedule {
    pub fn new(steps: Vec<&'static Step>, jobs: usize, keep_going: bool) -> Result<Schedule> {
        let mut tools = Vec::new();
        for tool in steps.iter().flat_map(|step| step.tools) {
            if !tools.contains(tool) {
                tools.push(*tool);
            }
        }
        let directory = target()?.join("test");
        fs::create_dir_all(&directory)?;
        // A copy, since a step may build this program anew.
        let program = directory.join("xtask");
        replace(&env::current_exe()?, &program)?;
        Ok(Schedule {
            live: jobs == 1 || steps.len() == 1,
            waiting: steps,
            running: Vec::new(),
            ended: Vec::new(),
            jobs,
            keep_going,
            tools,
            begun: Instant::now(),
            directory,
            program,
        })
    }

    /// Runs all steps; false if one fails.
    pub fn run(mut self) -> Result<bool> {
        let (sender, events) = mpsc::channel();
        watch_signals(sender.clone())?;
        let mut goes_on = true;
        loop {
            while goes_on && let Some(step) = self.next() {
                self.start(step, &sender)?;
            }
            if self.running.is_empty() {
                break;
            }
            match events.recv()? {
                Event::Ended { name, status } => {
                    let outcome = self.end(name, status, Outcome::Failed)?;
                    if outcome == Outcome::Failed && !self.keep_going {
                        goes_on = false;
                        self.stop(&events)?;
                    }
                }
                Event::Signal(signal) => {
                    self.stop(&events)?;
                    self.print_summary();
                    eprintln!("interrupted");
                    process::exit(128 + signal);
                }
            }
        }
        self.print_summary();
        Ok(self.all_passed())
    }

    /// The first step that can start now.
    fn next(&mut self) -> Option<&'static Step> {
        let is_open = |name: &str| {
            self.waiting
                .iter()
                .chain(self.running.iter().map(|running| &running.step))
                .any(|step| step.name == name)
        };
        let failed = |name: &str| {
            self.ended
                .iter()
                .any(|ended| ended.step.name == name && ended.outcome != Outcome::Passed)
        };
        // What installs mostly waits for a network and takes no place.
        let busy = self.running.iter().filter(|running| running.step.name != SETUP).count();
        let can_start = |step: &&Step| {
            (busy < self.jobs || (step.name == SETUP && !self.live))
                && (!self.live || self.running.is_empty())
                && !step.needs().any(|name| is_open(name) || failed(name))
                && !self.running.iter().any(|other| excludes(other.step, step))
        };
        let place = self.waiting.iter().position(can_start)?;
        Some(self.waiting.remove(place))
    }

    fn start(&mut self, step: &'static Step, events: &Sender<Event>) -> Result<()> {
        let log = self.directory.join(step.name).with_extension("log");
        let mut command = Command::new(&self.program);
        if step.name == SETUP {
            let tools: Vec<_> = self.tools.iter().map(|tool| tool.name()).collect();
            command.args(["test", "--install", &tools.join(",")]);
        } else {
            command.args(["test", "--step", step.name]);
            // A step whose tests wait for timers goes before those beside it.
            command.args((!step.is_timed && !self.live).then_some("--nice"));
        }
        command.stdin(Stdio::null()).process_group(0);
        if self.live {
            eprintln!("\n== {}: {}", step.name, step.about);
        } else {
            eprintln!("-- {} starts ({})", step.name, minutes(self.begun.elapsed()));
            let file = File::create(&log)?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        let mut child = command.spawn().context("cannot run this program again")?;
        let group = Pid::from_child(&child);
        self.running.push(Running { step, group, begun: Instant::now(), log });
        let (name, events) = (step.name, events.clone());
        thread::spawn(move || {
            let status = child.wait4();
            let status = status.map(|end| (end.status, end.rusage.utime + end.rusage.stime));
            // Without a receiver the run is over.
            let _ = events.send(Event::Ended { name, status });
        });
        Ok(())
    }

    /// Notes that a step has ended, and prints what it said.
    fn end(
        &mut self,
        name: &str,
        status: io::Result<(ExitStatus, Duration)>,
        otherwise: Outcome,
    ) -> Result<Outcome> {
        let place = self.running.iter().position(|running| running.step.name == name);
        let running = self.running.remove(place.context("a step ends that does not run")?);
        let (status, cpu) = status?;
        let outcome = if status.success() { Outcome::Passed } else { otherwise };
        let (step, wall) = (running.step, running.begun.elapsed());
        if !self.live {
            let word = outcome.word();
            eprintln!("\n== {name} {word} in {}, {} of CPU", minutes(wall), minutes(cpu));
            io::copy(&mut File::open(&running.log)?, &mut io::stderr().lock())?;
            eprintln!();
        }
        self.ended.push(Ended { step, outcome, wall, cpu });
        Ok(outcome)
    }

    /// Ends all that runs: with a request, and after a while without.
    fn stop(&mut self, events: &Receiver<Event>) -> Result<()> {
        let mut signal = Signal::TERM;
        let mut until = Instant::now() + PATIENCE;
        self.signal(signal);
        while !self.running.is_empty() {
            match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::Ended { name, status }) => {
                    self.end(name, status, Outcome::Stopped)?;
                }
                Ok(Event::Signal(_)) | Err(_) => {
                    signal = Signal::KILL;
                    until = Instant::now() + PATIENCE;
                    self.signal(signal);
                }
            }
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        for running in &self.running {
            // The group may have ended just now.
            let _ = kill_process_group(running.group, signal);
        }
    }

    fn all_passed(&self) -> bool {
        self.waiting.is_empty() && self.ended.iter().all(|end| end.outcome == Outcome::Passed)
    }

    fn print_summary(&mut self) {
        self.ended.sort_by_key(|ended| std::cmp::Reverse(ended.cpu));
        let row = |ended: &Ended| {
            let outcome = ended.outcome.word().to_owned();
            vec![ended.step.name.to_owned(), outcome, minutes(ended.wall), minutes(ended.cpu)]
        };
        let mut rows: Vec<_> = self.ended.iter().map(row).collect();
        let cpu = self.ended.iter().map(|ended| ended.cpu).sum();
        rows.push(vec!["all".into(), String::new(), minutes(self.begun.elapsed()), minutes(cpu)]);
        eprint!("\n{}", table(&["step", "", "wall", "CPU"], &rows, 2));
        if !self.waiting.is_empty() {
            let names: Vec<_> = self.waiting.iter().map(|step| step.name).collect();
            eprintln!("not run: {}", names.join(", "));
        }
        for ended in self.ended.iter().filter(|ended| ended.outcome == Outcome::Failed) {
            eprintln!("step `{}` failed", ended.step.name);
        }
        if self.all_passed() {
            eprintln!("all steps passed");
        }
    }
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Stopped => "stopped",
        }
    }
}

/// Whether two steps must not run at the same time.
fn excludes(one: &Step, other: &Step) -> bool {
    (one.place.is_some() && one.place == other.place) || (one.is_timed && other.is_timed)
}

fn watch_signals(events: Sender<Event>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                break;
            }
        }
    });
    Ok(())
}

fn minutes(duration: Duration) -> String {
    format!("{:.0} s", duration.as_secs_f64())
}
