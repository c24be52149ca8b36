//! Showing a run: lines that stay, and on a terminal lines that are redrawn below them.
//!
//! Everything that jobsem says goes to standard error; standard output has what the containers
//! wrote and nothing else.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jobsem::api::{ContainerStatus, JobStatus, Pod};
use jobsem::print::human_duration;
use jobsem::{Event, SECOND, Time, WakeReason, Wakeup};
use jobsem_run::{LogFile, Observer, View};

use crate::tail::{Tail, pass_on};

/// At most so many pods have a line of their own on a terminal.
const MOST_POD_LINES: usize = 12;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Nothing while it runs.
    Nothing,
    /// A line for each thing that happens.
    Lines,
    /// The same, and below a line for each pod that is redrawn.
    Live,
}

/// Which of the containers' output is shown while the Job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// None.
    Nothing,
    /// As it is written.
    Plain,
    /// As it is written, with pod and container before each line.
    Prefixed,
}

pub struct Progress {
    show: Show,
    output: Output,
    start: Time,
    multi: MultiProgress,
    pod_lines: BTreeMap<String, ProgressBar>,
    wait_line: Option<ProgressBar>,
    tails: BTreeMap<(String, String), Tail>,
    phases: BTreeMap<String, String>,
    told_wait: Option<(Time, String)>,
    /// Whether anything was written to standard output that does not end a line.
    open_line: bool,
}

impl Progress {
    pub fn new(quiet: bool, live: bool, output: Output, start: Time) -> Progress {
        let show = match (quiet, live && std::io::stderr().is_terminal()) {
            (true, _) => Show::Nothing,
            (false, true) => Show::Live,
            (false, false) => Show::Lines,
        };
        let target = match show {
            Show::Live => ProgressDrawTarget::stderr(),
            _ => ProgressDrawTarget::hidden(),
        };
        Progress {
            show,
            output,
            start,
            multi: MultiProgress::with_draw_target(target),
            pod_lines: BTreeMap::new(),
            wait_line: None,
            tails: BTreeMap::new(),
            phases: BTreeMap::new(),
            told_wait: None,
            open_line: false,
        }
    }

    /// Says something that stays.
    pub fn say(&self, now: Time, text: &str) {
        if self.show == Show::Nothing {
            return;
        }
        // An event is stamped with whole seconds, which may lie before the start.
        let seconds = now.since(self.start).max(0) as f64 / SECOND as f64;
        let line = format!("[{seconds:7.1}s] {text}");
        self.multi.suspend(|| say!("{line}"));
    }

    /// Takes the redrawn lines away, and reads the logs to their ends.
    pub fn finish(mut self) {
        let _ = self.multi.clear();
        let mut tails = std::mem::take(&mut self.tails);
        for tail in tails.values_mut() {
            let bytes = tail.finish();
            self.write_out(&bytes);
        }
        if self.open_line {
            // OK because a Job goes on without a reader: the log files have its output, too.
            let _ = pass_on(b"\n");
        }
    }

    fn write_out(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.open_line = *last != b'\n';
            // OK because a Job goes on without a reader: the log files have its output, too.
            let _ = self.multi.suspend(|| pass_on(bytes));
        }
    }

    fn read_tails(&mut self) {
        let mut tails = std::mem::take(&mut self.tails);
        for tail in tails.values_mut() {
            let bytes = tail.read();
            self.write_out(&bytes);
        }
        self.tails = tails;
    }

    fn tell_phases(&mut self, view: &View<'_>) {
        for pod in view.pods {
            let text = describe(pod);
            let old = self.phases.insert(pod.metadata.name.to_string(), text.clone());
            if old.as_ref() != Some(&text) {
                self.say(view.now, &format!("pod/{} {text}", pod.metadata.name));
            }
        }
    }

    fn tell_wait(&mut self, view: &View<'_>) {
        let wait = view.waits.iter().find_map(|wait| Some((wait.at, reason(wait, view)?)));
        let Some((at, reason)) = wait else { return };
        if self.told_wait.as_ref().is_some_and(|told| told.0 == at && told.1 == reason) {
            return;
        }
        if self.show == Show::Lines {
            self.say(view.now, &sentence(at, &reason, view.now));
        }
        self.told_wait = Some((at, reason));
    }

    fn draw(&mut self, view: &View<'_>) {
        // OK because a template without fields that could be wrong always parses.
        let plain = || ProgressStyle::with_template("{msg}").ok();
        let line = || {
            let bar = ProgressBar::new_spinner();
            match plain() {
                Some(style) => bar.with_style(style),
                None => bar,
            }
        };
        let alive = |pod: &&Arc<Pod>| !pod.is_terminal();
        let shown: Vec<_> = view.pods.iter().filter(alive).take(MOST_POD_LINES).collect();
        self.pod_lines.retain(|name, bar| {
            let stays = shown.iter().any(|pod| pod.metadata.name == *name);
            if !stays {
                bar.finish_and_clear();
                self.multi.remove(bar);
            }
            stays
        });
        let width = shown.iter().map(|pod| pod.metadata.name.len()).max().unwrap_or(0);
        for pod in &shown {
            let name = &pod.metadata.name;
            let multi = &self.multi;
            let bar =
                self.pod_lines.entry(name.to_string()).or_insert_with(|| multi.insert(0, line()));
            let age = jobsem::print::age(pod.metadata.creation_timestamp, view.now);
            let restarts: i32 = statuses(pod).map(|s| s.restart_count).sum();
            let text =
                format!("  {name:width$}   {:<28}   restarts {restarts}   {age}", describe(pod));
            set_message(bar, text);
        }
        let text = self.status_line(view);
        let bar = self.wait_line.get_or_insert_with(|| self.multi.add(line()));
        set_message(bar, text);
    }

    fn status_line(&self, view: &View<'_>) -> String {
        let count =
            |of: fn(&JobStatus) -> i32| view.jobs.iter().map(|job| of(&job.status)).sum::<i32>();
        let hidden = view.pods.iter().filter(|pod| !pod.is_terminal()).count();
        let mut text = format!(
            "  {} active, {} succeeded, {} failed",
            count(|status| status.active),
            count(|status| status.succeeded),
            count(|status| status.failed)
        );
        if hidden > MOST_POD_LINES {
            text.push_str(&format!(" ({} pods not shown)", hidden - MOST_POD_LINES));
        }
        if view.ending {
            text.push_str("; stopping, Ctrl-C again to kill");
        }
        if let Some(wait) =
            view.waits.iter().find_map(|w| Some(sentence(w.at, &reason(w, view)?, view.now)))
        {
            text.push_str("; ");
            text.push_str(&wait);
        }
        text
    }
}

impl Observer for Progress {
    fn view(&mut self, view: &View<'_>) {
        self.read_tails();
        if self.show == Show::Nothing {
            return;
        }
        self.tell_phases(view);
        self.tell_wait(view);
        if self.show == Show::Live {
            self.draw(view);
        }
    }

    fn event(&mut self, event: &Event) {
        let Event { kind, name, type_, reason, message, .. } = event;
        let object = format!("{}/{name}", kind.to_lowercase());
        self.say(event.time, &format!("{object} {} {reason}: {message}", type_.as_str()));
    }

    fn log(&mut self, pod: &str, log: &LogFile) {
        let prefix = match self.output {
            Output::Nothing => return,
            Output::Plain => String::new(),
            Output::Prefixed => format!("[{pod}/{}] ", log.container),
        };
        let key = (pod.to_owned(), log.container.clone());
        // The container's previous start has ended: its log is read to the end and left.
        if let Some(mut old) = self.tails.insert(key, Tail::new(log.path.clone(), prefix)) {
            let bytes = old.finish();
            self.write_out(&bytes);
        }
    }
}

/// Redraws a line only if it says something else.
fn set_message(bar: &ProgressBar, text: String) {
    if bar.message() != text {
        bar.set_message(text);
    }
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses)
}

/// The pod's phase, and what says more than the phase.
fn describe(pod: &Pod) -> String {
    let phase = pod.status.phase.as_str();
    let phase = if phase.is_empty() { "Pending" } else { phase };
    let mut text = phase.to_owned();
    if pod.metadata.deletion_timestamp.is_some() && !pod.is_terminal() {
        text.push_str(" (Terminating)");
    }
    if !pod.status.reason.is_empty() {
        text.push_str(&format!(" ({})", pod.status.reason));
    }
    for status in statuses(pod) {
        let name = &status.name;
        if let Some(end) = &status.state.terminated {
            if end.exit_code != 0 {
                text.push_str(&format!(", {name} {} (exit code {})", end.reason, end.exit_code));
                // The first line says what could not be executed.
                if end.reason == "StartError" {
                    text.push_str(&format!(": {}", end.message));
                }
            }
        } else if let Some(waiting) = &status.state.waiting
            && !matches!(waiting.reason.as_str(), "ContainerCreating" | "PodInitializing")
        {
            text.push_str(&format!(", {name} {}", waiting.reason));
        }
    }
    text
}

/// Why something waits, if that is worth a line.
fn reason(wait: &Wakeup, view: &View<'_>) -> Option<String> {
    let failed: i32 = view.jobs.iter().map(|job| job.status.failed).sum();
    let failures = if failed == 1 { "failure" } else { "failures" };
    let container = wait.container.as_deref().unwrap_or_default();
    let pod = wait.name();
    Some(match wait.reason {
        WakeReason::Backoff
            if view.jobs.iter().any(|job| job.spec.backoff_limit_per_index.is_some()) =>
        {
            format!("next retry|back-off of an index after {failed} {failures} (BACKOFF-12)")
        }
        WakeReason::Backoff => {
            format!("next retry|back-off after {failed} {failures} (BACKOFF-11)")
        }
        WakeReason::Deadline => {
            "the Job fails|its activeDeadlineSeconds are over then (DEADLINE-03)".to_owned()
        }
        WakeReason::Retry => "next attempt|the last sync failed (QUEUE-20)".to_owned(),
        WakeReason::Schedule => "next start|the schedule (CRON-50)".to_owned(),
        WakeReason::Ttl => {
            "the Job is deleted|its ttlSecondsAfterFinished are over then (TTL-07)".to_owned()
        }
        WakeReason::CrashLoopBackOff { delay_seconds } => {
            let why = format!("back-off {delay_seconds}s (PODPHASE-40)");
            format!("container {container} of pod/{pod} restarts|{why}")
        }
        WakeReason::StartRetry => {
            let why = "it could not be started (PODPHASE-33)";
            format!("container {container} of pod/{pod} is tried again|{why}")
        }
        WakeReason::PodDeadline => {
            format!("pod/{pod} fails|its activeDeadlineSeconds are over then (PODPHASE-51)")
        }
        WakeReason::Kill => format!("pod/{pod} is killed|it was asked to stop (PODPHASE-60)"),
        _ => return None,
    })
}

/// `next retry in 12s: back-off after 2 failures (BACKOFF-11)`.
fn sentence(at: Time, reason: &str, now: Time) -> String {
    let (what, why) = reason.split_once('|').unwrap_or((reason, ""));
    // Rounded up: it does not come earlier than said.
    let left = at.since(now).max(0).saturating_add(SECOND - 1);
    format!("{what} in {}: {why}", human_duration(left))
}

/// A text such as `90`, `90s`, `5m`, `1h30m` as a duration.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write `90s`, `5m` or `1h30m`");
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut total = 0u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let (unit, after) = match &rest[digits..] {
            r if r.starts_with('h') => (3_600, &r[1..]),
            r if r.starts_with('m') => (60, &r[1..]),
            r if r.starts_with('s') => (1, &r[1..]),
            _ => return Err(wrong()),
        };
        total = number.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_secs(total)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5_400), ("0s", 0)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "5x", "1h30", "-5s", "99999999999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn waits_are_rounded_up() {
        let at = Time::from_unix(12);
        let text = sentence(at, "next retry|back-off", Time::from_unix(0).plus_nanos(1));
        assert_eq!(text, "next retry in 12s: back-off");
        assert_eq!(sentence(at, "x|y", Time::from_unix(20)), "x in 0s: y");
    }
}
