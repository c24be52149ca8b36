//! `cargo xtask test`: everything that has to hold before a change lands.
//!
//! `steps.rs` lists the steps; `schedule.rs` runs them, some beside others, and prints the output
//! of each in one piece, and what each took. The run ends at the first step that fails and names
//! it. Deliberately absent: fresh runs against the real controllers (`cargo xtask oracle`) and
//! benchmarks (`cargo xtask bench`), which take longer.

mod schedule;
mod steps;

use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::setup::{self, Tool};
use crate::table::table;
use schedule::Schedule;
use steps::{STEPS, Step};

/// Format, lints, tests, docs, dependencies, vectors, the C ABI, the packages, the playground.
#[derive(Args)]
pub struct Test {
    /// Run only these steps and those that they need; `node` means every `node-…`.
    #[arg(long, value_delimiter = ',', value_name = "STEP")]
    only: Vec<String>,
    /// Leave out these steps.
    #[arg(long, value_delimiter = ',', value_name = "STEP")]
    skip: Vec<String>,
    /// List the steps and do nothing.
    #[arg(long)]
    list: bool,
    /// How many steps run at the same time; the output of a single one appears at once.
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    /// After a failure go on with the steps that do not need the failed one.
    #[arg(long)]
    keep_going: bool,
    /// Run this step in this process.
    #[arg(long, hide = true)]
    step: Option<String>,
    /// With --step: other processes go first.
    #[arg(long, hide = true, requires = "step")]
    nice: bool,
    /// Install these tools in this process.
    #[arg(long, hide = true, exclusive = true, value_delimiter = ',')]
    install: Vec<Tool>,
}

impl Test {
    pub fn run(self) -> Result<bool> {
        if !self.install.is_empty() {
            return setup::install(&self.install).map(|()| true);
        }
        if let Some(name) = &self.step {
            let step = STEPS.iter().find(|step| step.name == name);
            let step = step.with_context(|| format!("no step `{name}`"))?;
            if self.nice {
                rustix::process::nice(10)?;
            }
            return (step.run)().map(|()| true);
        }
        let chosen = self.chosen()?;
        if self.list {
            print!("{}", list(&chosen));
            return Ok(true);
        }
        let jobs = self.jobs.unwrap_or_else(|| {
            // Two steps keep two cores busy; more would only need more memory.
            thread::available_parallelism().map_or(1, |cores| cores.get().min(2))
        });
        Schedule::new(chosen, jobs.max(1), self.keep_going)?.run()
    }

    /// The steps that `--only` and `--skip` leave, in their order.
    fn chosen(&self) -> Result<Vec<&'static Step>> {
        for name in self.only.iter().chain(&self.skip) {
            if !STEPS.iter().any(|step| step.is_called(name)) {
                let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
                bail!("no step `{name}`; there are {}", known.join(", "));
            }
        }
        let mut wanted: Vec<&Step> = if self.only.is_empty() {
            STEPS.iter().collect()
        } else {
            let named = |step: &&Step| self.only.iter().any(|name| step.is_called(name));
            STEPS.iter().filter(named).collect()
        };
        let mut next = 0;
        while next < wanted.len() {
            for needed in wanted[next].needs() {
                if !wanted.iter().any(|step| step.name == needed) {
                    wanted.extend(STEPS.iter().filter(|step| step.name == needed));
                }
            }
            next += 1;
        }
        let is_skipped = |step: &Step| self.skip.iter().any(|name| step.is_called(name));
        let is_wanted = |step: &&Step| wanted.iter().any(|other| other.name == step.name);
        Ok(STEPS.iter().filter(is_wanted).filter(|step| !is_skipped(step)).collect())
    }
}

fn list(steps: &[&Step]) -> String {
    let rows = steps.iter().map(|step| {
        let needs: Vec<_> = step.needs().collect();
        vec![step.name.to_owned(), step.about.to_owned(), needs.join(", ")]
    });
    table(&["step", "checks", "after"], &rows.collect::<Vec<_>>(), 3)
}

#[cfg(test)]
mod tests {
    use super::steps::SETUP;
    use super::*;

    fn names(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (only, skip) = (owned(only), owned(skip));
        let (list, jobs, keep_going) = (false, None, false);
        let (step, nice, install) = (None, false, Vec::new());
        let test = Test { only, skip, list, jobs, keep_going, step, nice, install };
        test.chosen().unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_step_brings_what_it_needs() {
        assert_eq!(names(&["format"], &[]), ["format"]);
        assert_eq!(names(&["tests"], &[]), [SETUP, "build", "tests"]);
        assert_eq!(names(&["tests"], &["setup"]), ["build", "tests"]);
    }

    #[test]
    fn the_name_of_a_group_means_all_its_steps() {
        assert!(names(&["node"], &[]).contains(&"node-tests"));
        assert!(!names(&[], &["node"]).iter().any(|name| name.starts_with("node")));
    }

    #[test]
    fn each_step_comes_after_those_that_it_needs() {
        for (place, step) in STEPS.iter().enumerate() {
            for needed in step.needs() {
                let before = STEPS.iter().position(|other| other.name == needed);
                assert!(before.is_some_and(|before| before < place), "{} {needed}", step.name);
            }
        }
    }
}
