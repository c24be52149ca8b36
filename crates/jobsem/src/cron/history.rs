//! Selects the finished Jobs of a CronJob beyond its history limits.
//!
//! Deliberately absent: deleting them (`sync`).
//!
//! Rules: HIST-02 to HIST-05.

use std::sync::Arc;

use crate::api::{CronJobSpec, Job, JobConditionType};
use crate::cleanup::history;

/// How a Job finished, by its first Complete or Failed condition that is True (TTL-04, HIST-03).
pub(crate) fn finished_as(job: &Job) -> Option<&JobConditionType> {
    let ends = [JobConditionType::Complete, JobConditionType::Failed];
    let ended = |c: &&crate::api::JobCondition| {
        c.status == crate::api::ConditionStatus::True && ends.contains(&c.type_)
    };
    job.status.conditions.iter().find(ended).map(|c| &c.type_)
}

/// The Jobs to delete, in order: succeeded ones first, each class from the oldest on.
pub(crate) fn excess(spec: &CronJobSpec, children: &[Arc<Job>]) -> Vec<Arc<Job>> {
    let classes = [
        (JobConditionType::Complete, spec.successful_jobs_history_limit),
        (JobConditionType::Failed, spec.failed_jobs_history_limit),
    ];
    let mut out = Vec::new();
    for (class, limit) in classes {
        let Some(limit) = limit else { continue };
        let of_class: Vec<&Arc<Job>> =
            children.iter().filter(|job| finished_as(job) == Some(&class)).collect();
        let keyed = of_class.iter().map(|job| (job.status.start_time, job.metadata.name.as_str()));
        let chosen = history::excess(limit.into(), keyed);
        out.extend(chosen.into_iter().map(|at| Arc::clone(of_class[at])));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, condition: &str, start: Option<&str>) -> Arc<Job> {
        let mut status = serde_json::json!({"conditions": [
            {"type": "Suspended", "status": "True"},
            {"type": condition, "status": "True"},
        ]});
        if let Some(start) = start {
            status["startTime"] = start.into();
        }
        let metadata = serde_json::json!({"name": name});
        let job = serde_json::json!({"metadata": metadata, "spec": {}, "status": status});
        Arc::new(serde_json::from_value(job).unwrap())
    }

    fn names(spec: serde_json::Value, jobs: &[Arc<Job>]) -> Vec<String> {
        let spec: CronJobSpec = serde_json::from_value(spec).unwrap();
        excess(&spec, jobs).iter().map(|job| job.metadata.name.to_string()).collect()
    }

    #[test]
    fn the_oldest_starts_go_first_and_unstarted_jobs_last() {
        // CC-14.
        let jobs = [
            job("a", "Complete", None),
            job("b", "Complete", Some("2000-01-01T00:00:00Z")),
            job("z", "Complete", None),
            job("f", "Failed", None),
            job("r", "Suspended", None),
        ];
        let limits = serde_json::json!({"successfulJobsHistoryLimit": 1});
        assert_eq!(names(limits, &jobs), ["b", "a"]);
        let limits =
            serde_json::json!({"successfulJobsHistoryLimit": 2, "failedJobsHistoryLimit": 0});
        assert_eq!(names(limits, &jobs), ["b", "f"]);
        assert!(names(serde_json::json!({}), &jobs).is_empty());
    }
}
