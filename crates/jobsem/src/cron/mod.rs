//! Cron schedules and the rules of CronJobs.
//!
//! [`CronSchedule`] reads an expression and computes its times, [`Forecast`] predicts starts and
//! the effects of clock changes. The rest is one sync of one CronJob, step by step, for
//! [`CronJobController`](crate::CronJobController). Deliberately absent: queues and caches
//! (`controller`).
//!
//! Rules: the areas CRONEXPR, CRON and HIST; each file names its own.

mod due;
mod duration;
mod forecast;
pub(crate) mod history;
pub(crate) mod messages;
mod next;
mod schedule;
pub(crate) mod sync;
mod template;
pub(crate) mod zone;

pub(crate) use due::{DueRule, next_delay};
pub(crate) use forecast::zone_of;
pub use forecast::{ClockChange, Coming, Fate, Forecast, clock_changes};
pub use schedule::{CronSchedule, ParseError};
pub use template::SCHEDULED_TIMESTAMP;
pub use zone::tzdb_version;
