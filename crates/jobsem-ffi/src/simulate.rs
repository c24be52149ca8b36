//! `jobsem_simulate`: a scenario in virtual time.

use std::ffi::c_char;

use jobsem::scenario::{Mode, Player, Scenario, play};
use jobsem::wire;

use crate::boundary::error::jobsem_error;
use crate::boundary::out::jobsem_buf;
use crate::boundary::{Out, OutOrNull, Text, call, jobsem_status};
use crate::documents::value;
use crate::options::{Options, jobsem_options};

/// Plays a scenario to its end: a Job, what happens to its pods, what users do.
///
/// `scenario` has the format of the conformance vectors, or is a vector that contains one. `out`
/// gets the result in the vectors' format. `out_timeline` (may be NULL) gets what happened and why:
/// `{"lines": [{"t", "who", "what", "rule"}]}`.
///
/// The caller frees `*out` and `*out_timeline` with `jobsem_buf_free`. Threads: any.
///
/// # Safety
///
/// `options` and `scenario` are readable; `out` is writable; `out_timeline` and `err` are writable
/// or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jobsem_simulate(
    options: *const jobsem_options,
    scenario: *const c_char,
    scenario_len: usize,
    out: *mut *mut jobsem_buf,
    out_timeline: *mut *mut jobsem_buf,
    err: *mut *mut jobsem_error,
) -> jobsem_status {
    call!(
        err,
        [Options(options), Text(scenario, scenario_len), Out(out), OutOrNull(out_timeline)],
        |options, scenario, out, out_timeline| {
            let mut scenario = Scenario::from_value(value(&scenario)?)?;
            for (gate, on) in &options.gates {
                scenario.gates.entry(gate.clone()).or_insert(*on);
            }
            let result = play(&scenario, options.sem.version())?;
            let has_timeline = scenario.mode == Mode::Timeline;
            if let Some(out) = out_timeline.wanted().filter(|_| has_timeline) {
                let sem = options.sem.clone().with_gates(&scenario.gates)?;
                let mut player = Player::explained(&scenario, sem)?;
                player.run()?;
                out.give_json(&wire::timeline(&player.timeline()));
            }
            out.give_json(&result);
        }
    )
}
