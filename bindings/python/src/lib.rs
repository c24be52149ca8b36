//! `jobsem._core`: what the Python package is made of.
//!
//! Python objects become values of the core, values of the core become Python objects, and
//! nothing else happens here: no rule of Jobs, no clock, no callback. Classes that hold state are
//! frozen around a mutex that is held in Rust only, never while Python runs.

mod classes;
mod cleanup;
mod cluster;
mod controller;
mod convert;
mod cron;
mod errors;
mod host;
mod manifests;
mod objects;
mod reader;
mod rules;
mod simulate;
mod times;
mod values;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The compiled half of `jobsem`.
#[pymodule(gil_used = false)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::keep_panics_quiet();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("KUBE_VERSIONS", rules::kube_versions(module.py())?)?;
    module.add("TZDB_VERSION", jobsem::cron::tzdb_version())?;
    module.add_class::<objects::Job>()?;
    module.add_class::<objects::Pod>()?;
    module.add_class::<objects::CronJob>()?;
    module.add_class::<cleanup::CleanupScheduler>()?;
    module.add_class::<cluster::Cluster>()?;
    module.add_class::<controller::Controller>()?;
    module.add_class::<cron::CronSchedule>()?;
    module.add_class::<host::Host>()?;
    module.add_function(wrap_pyfunction!(cleanup::expiry, module)?)?;
    module.add_function(wrap_pyfunction!(cleanup::excess, module)?)?;
    module.add_function(wrap_pyfunction!(cleanup::deletion_plan, module)?)?;
    module.add_function(wrap_pyfunction!(cron::forecast, module)?)?;
    module.add_function(wrap_pyfunction!(rules::admit, module)?)?;
    module.add_function(wrap_pyfunction!(rules::lint, module)?)?;
    module.add_function(wrap_pyfunction!(rules::outcome, module)?)?;
    module.add_function(wrap_pyfunction!(rules::validate, module)?)?;
    module.add_function(wrap_pyfunction!(rules::reconcile, module)?)?;
    module.add_function(wrap_pyfunction!(rules::explain, module)?)?;
    module.add_function(wrap_pyfunction!(simulate::simulate, module)?)?;
    module.add_function(wrap_pyfunction!(simulate::play, module)?)?;
    module.add_function(wrap_pyfunction!(errors::panic_for_tests, module)?)?;
    Ok(())
}
