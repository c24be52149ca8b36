//! What the calls of `tests/c/overhead.c` cost in Rust.

use std::hint::black_box;
use std::time::Instant;

use jobsem::api::Job;
use jobsem::cluster::{PodReport, Work};
use jobsem::{Cluster, Semantics, Time, outcome};

fn measure(what: &str, count: u32, mut call: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        for _ in 0..count {
            call();
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(count));
    }
    println!("Rust {what:28} {:8.1} ns", best * 1e9);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job: Job = serde_json::from_str(
        r#"{"metadata": {"name": "pi"}, "spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "perl"}]}}}}"#,
    )?;
    let now = Time::from_unix(946_684_801);
    let mut cluster = Cluster::new(Semantics::default());
    cluster.create_job(now, job)?;
    let Some(Work::Start(pod)) = cluster.poll_work() else { return Err("no pod".into()) };
    let name = pod.metadata.name.as_str();
    measure("an empty call (poll_work)", 1_000_000, || {
        black_box(cluster.poll_work());
    });
    measure("a Job's state, typed", 1_000_000, || {
        let job = black_box(&cluster).job("default", "pi");
        black_box(job.map(|job| (outcome(job).verdict, job.status.active)));
    });
    measure("a pod report", 200_000, || {
        // OK because the time does not move.
        let _ = black_box(cluster.report(now, "default", name, PodReport::Running));
    });
    measure("a status as JSON", 200_000, || {
        let job = black_box(&cluster).job("default", "pi");
        black_box(job.map(|job| serde_json::to_string(&job.status)));
    });
    Ok(())
}
