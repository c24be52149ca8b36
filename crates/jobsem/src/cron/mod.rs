//! Cron schedules: reading them.
//!
//! Rules: CRONVALID-10 to CRONVALID-14.

mod duration;
mod schedule;
pub(crate) mod zone;

pub use schedule::{CronSchedule, ParseError};
