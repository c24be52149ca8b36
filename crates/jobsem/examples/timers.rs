//! A million armed TTLs: what they take in memory and time.
//!
//! `cargo run --release -p jobsem --example timers`

use std::time::Instant;

use jobsem::Time;
use jobsem::cleanup::CleanupScheduler;

const JOBS: u64 = 1_000_000;

/// Numbers that look random, the same in every run.
fn mixed(n: u64) -> u64 {
    let z = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn timed(what: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    println!("{what:34} {:5} ns each", start.elapsed().as_nanos() / u128::from(JOBS));
}

fn main() {
    let start = Time::from_unix(1_700_000_000);
    type Way = (&'static str, fn(u64) -> i32);
    let ways: [Way; 3] = [
        ("one limit for all", |_| 3_600),
        ("limits of up to a day", |job| (mixed(job) % 86_400) as i32),
        ("limits of the whole range", |job| (mixed(job) % (1 << 31)) as i32),
    ];
    for (name, ttl) in ways {
        println!("{name}");
        let mut due = CleanupScheduler::new();
        let finished = |job: u64| start.plus_seconds((job / 1_000) as i64);
        timed("  arm", || {
            for job in 0..JOBS {
                due.add(job, finished(job), ttl(job));
            }
        });
        println!("  {:32} {:5.1} bytes each", "memory", due.memory() as f64 / JOBS as f64);
        timed("  change", || {
            for job in 0..JOBS {
                due.add(mixed(job) % JOBS, finished(job), ttl(job) / 2);
            }
        });
        println!("  {:32} {:5.1} bytes each", "memory then", due.memory() as f64 / JOBS as f64);
        let mut again = due.clone();
        timed("  cancel, in any order", || {
            for job in 0..JOBS {
                // An odd factor and a prime: every job once.
                again.remove(job.wrapping_mul(7_919) % JOBS);
            }
        });
        assert!(again.is_empty());
        timed("  one expires, a new one is armed", || {
            for job in JOBS..2 * JOBS {
                let now = due.poll_timeout().unwrap_or(start);
                assert!(due.poll_due(now).is_some());
                due.add(job, now, ttl(job));
            }
        });
        timed("  expire", || while due.poll_due(Time::from_unix(i64::MAX)).is_some() {});
    }
}
