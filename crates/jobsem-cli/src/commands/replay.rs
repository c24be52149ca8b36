//! `jobsem replay`: scenario lines in, result lines out.
//!
//! The contract of every differential check: one line of JSON in, one line out, in the same
//! order, in the vectors' result form (`tests/conformance/README.md`).

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::scenario::{Scenario, answer_within};
use jobsem::{ErrorKind, KubeVersion};
use serde::Deserialize;
use serde_json::{Value, json};

/// Play scenarios, one JSON line each, and print one result line each.
///
/// A line is a scenario, or a conformance vector, whose scenario is played. For a line that cannot
/// be played the result has `crash`; the other lines are still played, and the exit code is 1.
#[derive(Args)]
#[command(
    after_help = "Example:\n  zcat run.jsonl.gz | jobsem replay --kube 1.34 - > results.jsonl"
)]
pub struct Replay {
    /// The Kubernetes version whose rules apply, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Files with scenarios; `-` is standard input.
    #[arg(default_value = "-")]
    files: Vec<PathBuf>,
}

impl Replay {
    pub fn run(self) -> ExitCode {
        // A panic of one scenario is that scenario's result; its trace would only be noise.
        panic::set_hook(Box::new(|_| {}));
        match self.replay_all() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            // The reader has gone: nobody is left to tell.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                say!("error: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn replay_all(&self) -> io::Result<bool> {
        let mut all_played = true;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        for file in &self.files {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", file.display()))
            };
            let source: Box<dyn Read> = if file.as_os_str() == "-" {
                Box::new(io::stdin().lock())
            } else {
                Box::new(File::open(file).map_err(named)?)
            };
            let mut lines = BufReader::with_capacity(1 << 16, source);
            let mut line = Vec::new();
            loop {
                // Whoever waits for an answer before asking again has it before more is read.
                if lines.buffer().is_empty() {
                    out.flush()?;
                }
                line.clear();
                if lines.read_until(b'\n', &mut line).map_err(named)? == 0 {
                    break;
                }
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let (result, played) = replay(&line, self.kube);
                all_played &= played;
                out.write_all(result.as_bytes())?;
                out.write_all(b"\n")?;
            }
        }
        out.flush()?;
        Ok(all_played)
    }
}

/// With more requests and Events than this the harness takes a controller to run in circles.
const RUNAWAY: usize = 4_000;

/// A conformance vector, as far as it is played.
#[derive(Deserialize)]
struct Vector {
    scenario: Scenario,
}

/// The result line of one scenario line, and whether it was played.
fn replay(line: &[u8], kube: KubeVersion) -> (String, bool) {
    let played = panic::catch_unwind(AssertUnwindSafe(|| {
        let answer =
            answer_within(&scenario(line)?, kube, RUNAWAY).map_err(|error| match error.kind() {
                // The harness's word for it.
                ErrorKind::Limit => "runaway".to_owned(),
                _ => error.to_string(),
            })?;
        Ok((answer.to_json(), !answer.is_crash()))
    }));
    let crash = match played {
        Ok(Ok(result)) => return result,
        Ok(Err(error)) => error,
        Err(panic) => format!("panic: {}", panic_text(&*panic)),
    };
    let id = serde_json::from_slice(line).ok().and_then(|value: Value| {
        let scenario = value.get("scenario").unwrap_or(&value);
        scenario.get("id").cloned()
    });
    let result = match id {
        Some(id) => json!({"id": id, "crash": crash}),
        None => json!({"crash": crash}),
    };
    (result.to_string(), false)
}

fn scenario(line: &[u8]) -> Result<Scenario, String> {
    // Which of the two it is shows the member; a scenario has none of that name.
    let text = std::str::from_utf8(line).map_err(|error| format!("not a line of JSON: {error}"))?;
    if text.contains("\"scenario\"")
        && let Ok(Vector { scenario }) = serde_json::from_str(text)
    {
        return Ok(scenario);
    }
    if let Ok(scenario) = serde_json::from_str(text) {
        return Ok(scenario);
    }
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("not a line of JSON: {error}"))?;
    Scenario::from_value(value).map_err(|error| format!("not a scenario: {error}"))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
