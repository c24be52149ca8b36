//! What each face offers: `tests/capabilities.json` names it, and this test holds the names of the
//! Rust face against the public API and writes `docs/capabilities.md`.
//!
//! The other faces hold their names against what they export: C in `jobsem-ffi`'s `exports.rs`,
//! the command in `jobsem-cli`'s `capabilities.rs`, Python in `test_capabilities.py`, Node in
//! `capabilities.test.mjs`. Each of them fails for an export that the list does not name.
//!
//! `JOBSEM_UPDATE=1 cargo test -p jobsem --test capabilities` writes the page.
#![allow(clippy::unwrap_used, reason = "in tests and benchmarks a panic is the report")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The faces, with the titles of their columns.
const FACES: [(&str, &str); 5] =
    [("rust", "Rust"), ("c", "C"), ("python", "Python"), ("node", "Node"), ("cli", "command")];

/// Names of the public API. That this compiles shows that they are there.
macro_rules! api {
    ([$($item:path),+ $(,)?], [$($function:path),+ $(,)?]) => {{
        mod items {
            $(#[allow(unused_imports, reason = "importing is the test")] pub use $item as _;)+
        }
        $(let _ = $function;)+
        [$(stringify!($item),)+ $(stringify!($function),)+]
            .map(|path| path.replace(' ', "").replace("::<u64>", ""))
    }};
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn capabilities() -> Vec<Value> {
    let text = fs::read_to_string(root().join("tests/capabilities.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all["capabilities"].as_array().unwrap().clone()
}

#[test]
fn every_name_of_the_rust_face_is_public() {
    let public = api!(
        [
            jobsem::ErrorKind,
            jobsem::KubeVersion,
            jobsem::cleanup::excess,
            jobsem::cluster::Host,
            jobsem::job::Memory,
            jobsem::manifest,
        ],
        [
            jobsem::AnyController::handle_list,
            jobsem::AnyController::handle_result,
            jobsem::AnyController::handle_timeout,
            jobsem::AnyController::handle_watch,
            jobsem::AnyController::named,
            jobsem::AnyController::poll_event,
            jobsem::AnyController::poll_note,
            jobsem::AnyController::poll_request,
            jobsem::AnyController::poll_timeout,
            jobsem::AnyController::restart,
            jobsem::AnyController::wakeup_of,
            jobsem::Cluster::create_cronjob,
            jobsem::Cluster::create_job,
            jobsem::Cluster::cronjob,
            jobsem::Cluster::cronjobs,
            jobsem::Cluster::delete_cronjob,
            jobsem::Cluster::delete_job,
            jobsem::Cluster::delete_pod,
            jobsem::Cluster::handle_timeout,
            jobsem::Cluster::invocation,
            jobsem::Cluster::job,
            jobsem::Cluster::jobs,
            jobsem::Cluster::new,
            jobsem::Cluster::patch_cronjob,
            jobsem::Cluster::patch_job,
            jobsem::Cluster::pod,
            jobsem::Cluster::pods,
            jobsem::Cluster::poll_event,
            jobsem::Cluster::poll_note,
            jobsem::Cluster::poll_timeout,
            jobsem::Cluster::poll_work,
            jobsem::Cluster::report,
            jobsem::Cluster::restart_controllers,
            jobsem::Cluster::wakeup_of,
            jobsem::Cluster::wakeup_of_cronjob,
            jobsem::Cluster::with_identity,
            jobsem::CronJobController::new,
            jobsem::Error::kind,
            jobsem::JobController::new,
            jobsem::TtlController::new,
            jobsem::check::check_create,
            jobsem::check::check_update,
            jobsem::cleanup::CleanupScheduler::add,
            jobsem::cleanup::CleanupScheduler::add_at,
            jobsem::cleanup::CleanupScheduler::due,
            jobsem::cleanup::CleanupScheduler::len,
            jobsem::cleanup::CleanupScheduler::new,
            jobsem::cleanup::CleanupScheduler::poll_due,
            jobsem::cleanup::CleanupScheduler::poll_timeout,
            jobsem::cleanup::CleanupScheduler::remove,
            jobsem::cleanup::DeletionPlan::<u64>::new,
            jobsem::cleanup::expiry,
            jobsem::cluster::Host::invocation,
            jobsem::cluster::Host::kill_all,
            jobsem::cluster::Host::new,
            jobsem::cluster::Host::pod,
            jobsem::cluster::Host::shut_down,
            jobsem::cron::CronSchedule::in_zone,
            jobsem::cron::CronSchedule::is_interval,
            jobsem::cron::CronSchedule::next,
            jobsem::cron::CronSchedule::parse,
            jobsem::cron::Forecast::of_cronjob,
            jobsem::cron::tzdb_version,
            jobsem::explain_pods,
            jobsem::lint::cronjob,
            jobsem::lint::job,
            jobsem::outcome,
            jobsem::reconcile,
            jobsem::reconcile_explained,
            jobsem::scenario::Simulation::run,
            jobsem::scenario::play,
            jobsem::scenario::rehearse,
            jobsem::wire::Explanation::new,
            jobsem::wire::admit_create,
            jobsem::wire::admit_status,
            jobsem::wire::admit_update,
            jobsem::wire::deletion_plan,
            jobsem::wire::excess,
            jobsem::wire::forecast,
        ]
    );
    let public: BTreeSet<String> = public.into_iter().collect();
    let all = capabilities();
    let named = all.iter().flat_map(|one| one["rust"].as_array().into_iter().flatten());
    let named: BTreeSet<String> = named.map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(named, public);
}

#[test]
fn each_capability_has_a_name_or_a_reason_in_each_face() {
    let mut titles = BTreeSet::new();
    for one in capabilities() {
        let title = one["capability"].as_str().unwrap();
        assert!(titles.insert(title.to_owned()), "{title} stands twice");
        for (face, _) in FACES {
            match &one[face] {
                Value::Array(names) => assert!(!names.is_empty(), "{title}: {face}"),
                entry => assert!(entry["absent"].is_string(), "{title}: {face}: {entry}"),
            }
        }
        assert_eq!(one.as_object().unwrap().len(), 1 + FACES.len(), "{title}");
    }
}

#[test]
fn the_page_shows_the_list() {
    let mut page = String::from(
        "# What each face offers\n\nThe library has five faces: Rust, C, Python, Node and the \
         command. This table names what each of them calls a capability, or says why it does not \
         have it. It is generated from [tests/capabilities.json](../tests/capabilities.json), \
         which the tests of each face compare with what the face exports.\n\n",
    );
    let titles = FACES.map(|(_, title)| title).join(" | ");
    writeln!(page, "| capability | {titles} |\n|---|---|---|---|---|---|").unwrap();
    for one in capabilities() {
        let cells = FACES.map(|(face, _)| match &one[face] {
            Value::Array(names) => {
                let names = names.iter().map(|name| format!("`{}`", name.as_str().unwrap()));
                names.collect::<Vec<_>>().join(", ").replace("`jobsem::", "`")
            }
            entry => format!("– {}", entry["absent"].as_str().unwrap()),
        });
        let title = one["capability"].as_str().unwrap();
        writeln!(page, "| {title} | {} |", cells.join(" | ")).unwrap();
    }
    let path = root().join("docs/capabilities.md");
    if std::env::var_os("JOBSEM_UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let stored = fs::read_to_string(path).unwrap();
    assert!(stored == page, "JOBSEM_UPDATE=1 cargo test -p jobsem --test capabilities");
}
