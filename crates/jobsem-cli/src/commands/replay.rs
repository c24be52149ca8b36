//! `jobsem replay`: scenario lines in, result lines out.
//!
//! The contract of every differential check: one line of JSON in, one line out, in the same
//! order, in the vectors' result form (`tests/conformance/README.md`).

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jobsem::KubeVersion;
use jobsem::cluster::scenario::{Scenario, play};
use serde_json::{Value, json};

/// Play scenarios, one line of JSON each, and write one line of results for each.
///
/// A line is a scenario, or a conformance vector, of which the scenario is taken. A line that
/// cannot be played gives a line with `crash`; the others go on, and the exit code is 1.
#[derive(Args)]
#[command(
    after_help = "Example:\n  zcat run.jsonl.gz | jobsem replay --kube 1.34 - > results.jsonl"
)]
pub struct Replay {
    /// The Kubernetes version to emulate, 1.29 to 1.37.
    #[arg(long, default_value_t = KubeVersion::LATEST)]
    kube: KubeVersion,

    /// Files of scenarios; `-` is standard input.
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
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn replay_all(&self) -> io::Result<bool> {
        let mut all_played = true;
        let mut out = io::stdout().lock();
        for file in &self.files {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", file.display()))
            };
            let lines: Box<dyn BufRead> = if file.as_os_str() == "-" {
                Box::new(io::stdin().lock())
            } else {
                Box::new(BufReader::new(File::open(file).map_err(named)?))
            };
            for line in lines.split(b'\n') {
                let line = line.map_err(named)?;
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let result = replay(&line, self.kube);
                all_played &= result.get("crash").is_none();
                serde_json::to_writer(&mut out, &result)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
        }
        Ok(all_played)
    }
}

/// The result line of one scenario line.
fn replay(line: &[u8], kube: KubeVersion) -> Value {
    let mut value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return json!({"crash": format!("not a line of JSON: {error}")}),
    };
    if let Some(scenario) = value.get_mut("scenario") {
        value = scenario.take();
    }
    let id = value.get("id").cloned();
    let played = panic::catch_unwind(AssertUnwindSafe(|| {
        let scenario: Scenario =
            serde_json::from_value(value).map_err(|error| format!("not a scenario: {error}"))?;
        play(&scenario, kube).map_err(|error| error.to_string())
    }));
    let crash = match played {
        Ok(Ok(result)) => return result,
        Ok(Err(error)) => error,
        Err(panic) => format!("panic: {}", panic_text(&*panic)),
    };
    match id {
        Some(id) => json!({"id": id, "crash": crash}),
        None => json!({"crash": crash}),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
