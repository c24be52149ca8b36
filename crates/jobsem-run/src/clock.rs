//! The clock of a run: wall-clock time that never goes back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jobsem::Time;

/// A clock that is set once and then advances by itself, whatever happens to the machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    set_to: Time,
    at: Instant,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { set_to: wall_clock(), at: Instant::now() }
    }
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Time {
        self.set_to.plus_nanos(nanos(self.at.elapsed()))
    }

    /// The duration until `time`; zero if it has passed.
    pub fn until(&self, time: Time) -> Duration {
        Duration::from_nanos(u64::try_from(time.since(self.now())).unwrap_or(0))
    }
}

/// The machine's time.
pub fn wall_clock() -> Time {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Time::UNIX_EPOCH.plus_nanos(nanos(since)),
        Err(before) => Time::UNIX_EPOCH.plus_nanos(-nanos(before.duration())),
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
