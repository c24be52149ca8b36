//! `jobsem cron`: what a schedule is going to do, and a CronJob played through days.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jobsem::api::{CronJob, Kind};
use jobsem::cron::{ClockChange, Coming, CronSchedule, Fate, Forecast};
use jobsem::decode::Document;
use jobsem::print::{human_duration, table};
use jobsem::scenario::{RehearsalPlan, Seconds, rehearse};
use jobsem::{KubeVersion, SECOND, Semantics, Time, wire};
use jobsem_run::clock::wall_clock;
use serde_json::{Value, json};

use crate::calendar;
use crate::exit;
use crate::input::Input;
use crate::manifests::Reading;
use crate::tail::to_stdout;

/// Show the coming starts of a schedule, or play a CronJob through days of virtual time.
#[derive(Args)]
pub struct Cron {
    #[command(subcommand)]
    command: CronCommand,
}

#[derive(Subcommand)]
enum CronCommand {
    Next(Next),
    Simulate(Simulate),
}

impl Cron {
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            CronCommand::Next(next) => next.run(),
            CronCommand::Simulate(simulate) => simulate.run(),
        };
        result.unwrap_or_else(|code| code)
    }
}

/// Show the coming starts of a schedule, and which are skipped, doubled or forbidden, and why.
///
/// The argument is the manifest of a CronJob, whose time zone, suspension, starting deadline and
/// concurrency policy apply, or an expression such as `30 2 * * mon-fri`.
#[derive(Args)]
#[command(after_help = NEXT_HELP)]
struct Next {
    /// The manifest (`-` is standard input), or a cron expression.
    #[arg(value_name = "FILE|EXPR")]
    what: String,

    #[command(flatten)]
    reading: Reading,

    /// The time zone if neither the CronJob nor the expression names one [default: UTC].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,

    /// The number of starts to show.
    #[arg(short = 'n', long, default_value_t = 10)]
    count: usize,

    /// Show starts after this time, such as `2024-03-30T00:00:00Z` [default: now].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Time>,

    /// The assumed run time of a Job, such as `90s` or `2h` [default: its activeDeadlineSeconds,
    /// else runs never overlap].
    #[arg(long, value_name = "DURATION", value_parser = parse_seconds)]
    takes: Option<i64>,

    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const NEXT_HELP: &str = "\
Examples:
  jobsem cron next '30 2 * * *' --zone Europe/Berlin --from 2024-03-29T00:00:00Z
  jobsem cron next cronjob.yaml --count 5 --takes 20m";

/// Play a CronJob through days of virtual time and print a calendar.
///
/// The controllers follow the Kubernetes version in --kube; only time and pods are simulated. Pods
/// behave as --pods describes, by default they succeed after five seconds.
#[derive(Args)]
#[command(after_help = SIMULATE_HELP)]
struct Simulate {
    /// The manifest of the CronJob; `-` is standard input.
    file: PathBuf,

    #[command(flatten)]
    reading: Reading,

    /// The number of days to play.
    #[arg(long, default_value_t = 30)]
    days: u32,

    /// The creation time of the CronJob, such as `2024-03-15T00:00:00Z` [default: now].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Time>,

    /// The behaviour of pods: a file, or inline YAML.
    #[arg(long, value_name = "FILE|YAML")]
    pods: Option<String>,

    /// An outage: no controller runs between these times; repeatable.
    #[arg(long, value_name = "TIME/TIME", value_parser = parse_span)]
    down: Vec<(Time, Time)>,

    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const SIMULATE_HELP: &str = "\
Behaviour of pods (--pods), as in `jobsem simulate`, and by `start N` for the N-th Job alone:
  '*': {run: 20m}            # every pod
  attempt 1: {exit: 1}       # the first pod of each Job fails
  start 3: {run: 26h}        # the third Job takes longer than a day

Examples:
  jobsem cron simulate examples/nightly.yaml --from 2024-03-15T00:00:00Z
  jobsem cron simulate cronjob.yaml --days 7 --pods '{start 2: {exit: 1}}'
  jobsem cron simulate cronjob.yaml --down 2024-03-20T00:00:00Z/2024-03-22T12:00:00Z";

impl Next {
    fn run(self) -> Result<ExitCode, ExitCode> {
        let from = self.from.unwrap_or_else(wall_clock);
        let usage = |text: String| exit::fail(exit::USAGE, text);
        let is_file = self.what == "-" || Path::new(&self.what).is_file();
        let (mut forecast, cronjob) = if is_file {
            let sem = Semantics::kube(self.kube);
            let (input, _, cronjob) = read_cronjob(Path::new(&self.what), &self.reading, &sem)?;
            let schedule = CronSchedule::parse(&cronjob.spec.schedule);
            schedule.map_err(|error| usage(format!("{}: spec.schedule: {error}", input.name)))?;
            let forecast = Forecast::of_cronjob(cronjob.clone(), from)
                .map_err(|error| usage(format!("{}: spec.schedule: {error}", input.name)))?;
            (forecast, Some(cronjob))
        } else {
            let schedule = CronSchedule::parse(&self.what).map_err(|error| {
                usage(format!("`{}` is neither a file nor a schedule: {error}", self.what))
            })?;
            (Forecast::of_schedule(schedule, from), None)
        };
        if let Some(zone) = &self.zone {
            forecast = forecast.in_zone(zone).map_err(|error| usage(format!("--zone: {error}")))?;
        }
        let longest =
            cronjob.as_ref().and_then(|c| c.spec.job_template.spec.active_deadline_seconds);
        if let Some(takes) = self.takes.or(longest) {
            forecast = forecast.taking(takes);
        }
        let coming: Vec<Coming> = forecast.by_ref().take(self.count).collect();
        let changes: Vec<_> = forecast.changes().into_iter().filter(ClockChange::matters).collect();
        if self.json {
            let mut out = wire::forecast(&coming, &changes);
            for (n, why) in coming.iter().map(why).enumerate() {
                if let Some(why) = why {
                    out["coming"][n]["why"] = why.into();
                }
            }
            to_stdout(format!("{out:#}\n").as_bytes());
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = next_text(&coming, &changes, from);
        if let (None, Some(longest)) = (self.takes, longest) {
            let long = human_duration(longest.saturating_mul(SECOND));
            if coming.iter().any(|coming| coming.fate != Fate::Starts) {
                text.push_str(&format!(
                    "\nEach Job may run for {long} (its activeDeadlineSeconds); --takes says how \
                     long it really does.\n"
                ));
            }
        }
        to_stdout(text.as_bytes());
        Ok(ExitCode::SUCCESS)
    }
}

/// Why a time does not simply start a Job.
fn why(coming: &Coming) -> Option<String> {
    Some(match coming.fate {
        Fate::Starts => return None,
        Fate::Replaces => "the Job before still runs and is deleted: concurrencyPolicy Replace \
                           (CRON-23)"
            .to_owned(),
        Fate::Overlaps => "the Job before still runs: concurrencyPolicy Allow (CRON-22)".to_owned(),
        Fate::Suspended => "suspend is true (CRON-17)".to_owned(),
        Fate::TooLate => {
            "startingDeadlineSeconds are over when it could start (CRON-45)".to_owned()
        }
        Fate::Delayed(until) => format!(
            "starts {} late, when the Job before has ended: concurrencyPolicy Forbid (CRON-22)",
            human_duration(until.since(coming.at))
        ),
        Fate::Forbidden => "the Job before still runs, until the next time: concurrencyPolicy \
                            Forbid (CRON-22)"
            .to_owned(),
        _ => return None,
    })
}

fn next_text(coming: &[Coming], changes: &[ClockChange], from: Time) -> String {
    if coming.is_empty() {
        return "The schedule has no time within the next five years.\n".to_owned();
    }
    let mut rows: Vec<(Time, Vec<String>)> = coming
        .iter()
        .map(|coming| {
            let left = human_duration(coming.at.since(from));
            let doubled = changes.iter().any(|change| {
                change
                    .doubled
                    .iter()
                    .any(|minute| coming.local.starts_with(&minute.replace(' ', "T")))
            });
            let mut why = why(coming).unwrap_or_default();
            if doubled {
                why =
                    [why.as_str(), "clocks go back: this time comes twice (CRONEXPR-22)"].join(" ");
            }
            let what = coming.fate.as_str().to_owned();
            let row = vec![coming.local.clone(), coming.at.to_string(), left, what, why];
            (coming.at, row.into_iter().map(|cell| cell.trim().to_owned()).collect())
        })
        .collect();
    for change in changes {
        for line in calendar::skipped_rows(change) {
            rows.push((change.at, line));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    table(&["LOCAL", "UTC", "IN", "WHAT", "WHY"], rows)
}

impl Simulate {
    fn run(self) -> Result<ExitCode, ExitCode> {
        let sem = Semantics::kube(self.kube);
        let (input, document, cronjob) = read_cronjob(&self.file, &self.reading, &sem)?;
        let from = self.from.unwrap_or_else(wall_clock).truncated();
        let plan = RehearsalPlan {
            from,
            to: from.plus_seconds(i64::from(self.days) * 86_400),
            pods: self.pods()?,
            down: self.down.clone(),
        };
        let played =
            rehearse(cronjob, &sem, &plan).map_err(|error| input.tell(&document.locate(error)))?;
        for warning in &played.warnings {
            say!("Warning: {warning}");
        }
        let text = if self.json {
            format!("{:#}\n", calendar::to_json(&played))
        } else {
            calendar::to_text(&played, &plan)
        };
        to_stdout(text.as_bytes());
        Ok(ExitCode::SUCCESS)
    }

    fn pods(&self) -> Result<Value, ExitCode> {
        let Some(given) = &self.pods else { return Ok(json!({})) };
        let input = Input::option("--pods", given)?;
        Ok(input.only_value()?.map(Document::into_value).unwrap_or_default())
    }
}

/// The CronJob that is meant.
fn read_cronjob(
    path: &Path,
    reading: &Reading,
    sem: &Semantics,
) -> Result<(Input, Document, CronJob), ExitCode> {
    let input = Input::read(path)?;
    let all = input.objects()?;
    let document = reading.pick(&input, &all, &[Kind::CronJob])?.clone();
    let cronjob = reading.cronjob(&input, &document, sem)?;
    Ok((input, document, cronjob))
}

fn parse_time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("`{text}` is no time such as 2024-03-30T00:00:00Z"))
}

fn parse_span(text: &str) -> Result<(Time, Time), String> {
    let (from, to) = text.split_once('/').ok_or("expected TIME/TIME")?;
    let (from, to) = (parse_time(from)?, parse_time(to)?);
    if from < to { Ok((from, to)) } else { Err("it ends before it begins".to_owned()) }
}

fn parse_seconds(text: &str) -> Result<i64, String> {
    let seconds = Seconds::parse(text).map_err(|error| error.message().to_owned())?;
    Ok(seconds.0.round() as i64)
}
