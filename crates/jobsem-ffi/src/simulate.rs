//! `jobsem_simulate`: a scenario in virtual time.

use std::ffi::c_char;

use jobsem::scenario::{Mode, Player, Scenario, play};
use jobsem::wire;

use crate::call::plain;
use crate::error::jobsem_error;
use crate::options::{Options, jobsem_options};
use crate::status::jobsem_status;
use crate::text::{Out, jobsem_buf, text, value};

/// Plays a scenario to its end: a Job, what becomes of its pods, what users do.
///
/// `scenario` is one of the conformance vectors' format, or a vector, of which the scenario is
/// taken. `out` gets the result in their format. `out_timeline` (may be NULL) gets what happened
/// and why: `{"lines": [{"t", "who", "what", "rule"}]}`.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_simulate(
    options: *const jobsem_options,
    scenario: *const c_char,
    scenario_len: usize,
    out: *mut *mut jobsem_buf,
    out_timeline: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    plain("jobsem_simulate", err, || {
        // SAFETY: as everywhere.
        let (options, scenario, out, out_timeline) = unsafe {
            (
                Options::read(options)?,
                text(scenario, scenario_len, "scenario")?,
                Out::new(out, "out")?,
                Out::or_none(out_timeline),
            )
        };
        let mut scenario = Scenario::from_value(value(scenario)?)?;
        for (gate, on) in &options.gates {
            scenario.gates.entry(gate.clone()).or_insert(*on);
        }
        let result = play(&scenario, options.sem.version())?;
        let mut timeline = None;
        if out_timeline.is_wanted() && scenario.mode == Mode::Timeline {
            let sem = options.sem.clone().with_gates(&scenario.gates)?;
            let mut player = Player::explained(&scenario, sem)?;
            player.run()?;
            timeline = Some(wire::timeline(&player.timeline()));
        }
        out.give_json(&result);
        if let Some(timeline) = timeline {
            out_timeline.give_json(&timeline);
        }
        Ok(())
    })
}
