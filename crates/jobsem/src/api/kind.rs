//! [`Kind`]: the kinds of objects that can be created.

/// A kind of object that users create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A Job.
    Job,
    /// A CronJob.
    CronJob,
}

impl Kind {
    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Job => "Job",
            Kind::CronJob => "CronJob",
        }
    }

    /// The name of the resource, as kubectl prints it before an object's name.
    pub const fn resource(self) -> &'static str {
        match self {
            Kind::Job => "job.batch",
            Kind::CronJob => "cronjob.batch",
        }
    }
}
