//! Jobs, CronJobs and pods as `kubectl get` shows them.
//!
//! Deliberately absent: `kubectl describe`, and terminal colours.
//!
//! Rules: PRINT-1 to PRINT-9 (`docs/semantics`).

mod pods;

pub use pods::pod_table;

use crate::api::{ConditionStatus, CronJob, Job, JobConditionType, PodTemplateSpec, Selector};
use crate::{SECOND, Semantics, Time};

/// The columns of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// The columns of `kubectl get`.
    #[default]
    Narrow,
    /// The columns of `kubectl get -o wide`.
    Wide,
}

/// The table of Jobs: headers in upper case, columns separated by three spaces (PRINT-1).
pub fn job_table<'a>(
    jobs: impl IntoIterator<Item = &'a Job>,
    columns: Columns,
    now: Time,
    sem: &Semantics,
) -> String {
    let mut header = vec!["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"];
    if !sem.prints_job_status() {
        header.remove(1);
    }
    if columns == Columns::Wide {
        header.extend(["CONTAINERS", "IMAGES", "SELECTOR"]);
    }
    let rows = jobs.into_iter().map(|job| job_cells(job, columns, now, sem)).collect();
    table(&header, rows)
}

/// One Job's cells, in the order of the headers (PRINT-1).
pub fn job_cells(job: &Job, columns: Columns, now: Time, sem: &Semantics) -> Vec<String> {
    let mut cells = vec![job.metadata.name.to_string()];
    if sem.prints_job_status() {
        cells.push(job_status(job, sem).to_owned());
    }
    cells.extend([job_completions(job), job_duration(job, now), age(job_created(job), now)]);
    if columns == Columns::Wide {
        cells.extend(template_cells(&job.spec.template));
        cells.push(selector_cell(job.spec.selector.as_ref()));
    }
    cells
}

/// The STATUS cell (PRINT-2). Only the first condition of a type counts.
pub fn job_status(job: &Job, sem: &Semantics) -> &'static str {
    let holds = |type_: &JobConditionType| {
        job.status.condition(type_).is_some_and(|c| c.status == ConditionStatus::True)
    };
    if holds(&JobConditionType::Complete) {
        "Complete"
    } else if holds(&JobConditionType::Failed) {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if holds(&JobConditionType::Suspended) {
        "Suspended"
    } else if holds(&JobConditionType::FailureTarget) {
        "FailureTarget"
    } else if sem.prints_success_criteria_met() && holds(&JobConditionType::SuccessCriteriaMet) {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

/// The COMPLETIONS cell (PRINT-3).
pub fn job_completions(job: &Job) -> String {
    let succeeded = job.status.succeeded;
    match (job.spec.completions, job.spec.parallelism) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, Some(parallelism)) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

/// The DURATION cell; empty before the start (PRINT-4).
pub fn job_duration(job: &Job, now: Time) -> String {
    job.status.start_time.map_or(String::new(), |start| {
        human_duration(job.status.completion_time.unwrap_or(now).since(start))
    })
}

/// The AGE cell of an object created at `created` (PRINT-5).
pub fn age(created: Option<Time>, now: Time) -> String {
    created.map_or_else(|| "<unknown>".to_owned(), |created| human_duration(now.since(created)))
}

/// The table of CronJobs (PRINT-8).
pub fn cronjob_table<'a>(
    cronjobs: impl IntoIterator<Item = &'a CronJob>,
    columns: Columns,
    now: Time,
    sem: &Semantics,
) -> String {
    let mut header =
        vec!["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"];
    if !sem.prints_job_status() {
        header.remove(2);
    }
    if columns == Columns::Wide {
        header.extend(["CONTAINERS", "IMAGES", "SELECTOR"]);
    }
    let rows = cronjobs.into_iter().map(|c| cronjob_cells(c, columns, now, sem)).collect();
    table(&header, rows)
}

fn cronjob_cells(c: &CronJob, columns: Columns, now: Time, sem: &Semantics) -> Vec<String> {
    let mut cells = vec![c.metadata.name.to_string(), c.spec.schedule.clone()];
    if sem.prints_job_status() {
        cells.push(c.spec.time_zone.clone().unwrap_or_else(|| "<none>".to_owned()));
    }
    let suspend = match c.spec.suspend {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    };
    let last = c.status.last_schedule_time;
    cells.extend([
        suspend.to_owned(),
        c.status.active.len().to_string(),
        last.map_or_else(|| "<none>".to_owned(), |last| age(Some(last), now)),
        age(c.metadata.creation_timestamp, now),
    ]);
    if columns == Columns::Wide {
        cells.extend(template_cells(&c.spec.job_template.spec.template));
        cells.push(selector_cell(c.spec.job_template.spec.selector.as_ref()));
    }
    cells
}

fn job_created(job: &Job) -> Option<Time> {
    job.metadata.creation_timestamp
}

/// Names and images of the regular containers (PRINT-6).
fn template_cells(template: &PodTemplateSpec) -> [String; 2] {
    let joined = |of: fn(&crate::api::Container) -> &str| {
        template.spec.containers.iter().map(of).collect::<Vec<_>>().join(",")
    };
    [joined(|c| &c.name), joined(|c| &c.image)]
}

fn selector_cell(selector: Option<&crate::api::LabelSelector>) -> String {
    match Selector::new(selector) {
        Err(_) => "<error>".to_owned(),
        Ok(_) if selector.is_none() => "<none>".to_owned(),
        Ok(selector) if selector.matches_everything() => "<none>".to_owned(),
        Ok(selector) => selector.to_string(),
    }
}

/// Formats nanoseconds in a few characters, truncated to whole units (PRINT-7).
///
/// ```
/// use jobsem::{SECOND, print::human_duration};
///
/// assert_eq!(human_duration(119 * SECOND), "119s");
/// assert_eq!(human_duration(185 * SECOND), "3m5s");
/// ```
pub fn human_duration(nanos: i64) -> String {
    // Division truncates toward zero, as Go's does.
    let seconds = nanos / SECOND;
    let two = |big: i64, b: &str, small: i64, s: &str| match small {
        0 => format!("{big}{b}"),
        small => format!("{big}{b}{small}{s}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let days = hours / 24;
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, "d", hours % 24, "h"),
        _ if days < 2 * 365 => format!("{days}d"),
        _ if days < 8 * 365 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

/// Rows below a header; columns are as wide as their widest cell plus three spaces (PRINT-1).
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = header.iter().map(|h| width(h)).collect();
    for row in &rows {
        for (w, cell) in widths.iter_mut().zip(row) {
            *w = (*w).max(width(cell));
        }
    }
    let mut out = String::new();
    let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    for row in std::iter::once(&header).chain(&rows) {
        for (i, (cell, w)) in row.iter().zip(&widths).enumerate() {
            out.push_str(cell);
            // The last column is not padded.
            if i + 1 < row.len() {
                out.extend(std::iter::repeat_n(' ', w - width(cell) + 3));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KubeVersion;
    use serde_json::{Value, json};

    fn job(value: Value) -> Job {
        serde_json::from_value(value).unwrap()
    }

    fn now() -> Time {
        "2000-01-01T01:00:00Z".parse().unwrap()
    }

    #[test]
    fn durations_print_7() {
        const H: i64 = 3_600;
        const D: i64 = 24 * H;
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (180 * 60 - 1, "179m"),
            (3 * H, "3h"),
            (3 * H + 60, "3h1m"),
            (8 * H - 1, "7h59m"),
            (8 * H, "8h"),
            (48 * H - 1, "47h"),
            (48 * H, "2d"),
            (49 * H, "2d1h"),
            (192 * H - 1, "7d23h"),
            (192 * H, "8d"),
            (730 * D - 1, "729d"),
            (730 * D, "2y"),
            (731 * D, "2y1d"),
            (8 * 365 * D - 1, "7y364d"),
            (8 * 365 * D, "8y"),
        ] {
            assert_eq!(human_duration(seconds * SECOND), text, "{seconds}");
        }
        assert_eq!(human_duration(-SECOND / 2), "0s", "toward zero");
        assert_eq!(human_duration(-3 * SECOND / 2), "0s");
        assert_eq!(human_duration(i64::MAX), "292y");
    }

    #[test]
    fn the_status_is_the_first_that_holds_print_2() {
        let deleted = json!({"name": "x", "deletionTimestamp": "2000-01-01T00:00:00Z"});
        for (conditions, meta, old, new) in [
            ("", json!({}), "Running", "Running"),
            ("Suspended", json!({}), "Suspended", "Suspended"),
            ("Suspended", deleted.clone(), "Terminating", "Terminating"),
            ("FailureTarget", json!({}), "FailureTarget", "FailureTarget"),
            ("FailureTarget Failed", deleted.clone(), "Failed", "Failed"),
            ("SuccessCriteriaMet", json!({}), "Running", "SuccessCriteriaMet"),
            ("SuccessCriteriaMet Complete", json!({}), "Complete", "Complete"),
            ("-Complete Complete", json!({}), "Running", "Running"),
        ] {
            let list: Vec<Value> = conditions
                .split_whitespace()
                .map(|c| {
                    let status = if c.starts_with('-') { "False" } else { "True" };
                    json!({"type": c.trim_start_matches('-'), "status": status})
                })
                .collect();
            let job = job(json!({"metadata": meta, "status": {"conditions": list}}));
            assert_eq!(job_status(&job, &Semantics::kube(KubeVersion::V1_33)), old, "{conditions}");
            assert_eq!(job_status(&job, &Semantics::kube(KubeVersion::V1_34)), new, "{conditions}");
        }
    }

    #[test]
    fn completions_print_3() {
        for (spec, text) in [
            (json!({"completions": 5}), "2/5"),
            (json!({"completions": 0, "parallelism": 4}), "2/0"),
            (json!({"parallelism": 4}), "2/1 of 4"),
            (json!({"parallelism": 1}), "2/1"),
            (json!({}), "2/1"),
        ] {
            assert_eq!(
                job_completions(&job(json!({"spec": spec, "status": {"succeeded": 2}}))),
                text
            );
        }
    }

    #[test]
    fn durations_and_ages_of_jobs_print_4_5() {
        let running = job(json!({"status": {"startTime": "2000-01-01T00:59:00Z"}}));
        assert_eq!(job_duration(&running, now()), "60s");
        let done = job(json!({"status": {"startTime": "2000-01-01T00:00:00Z",
            "completionTime": "2000-01-01T00:00:07Z"}}));
        assert_eq!(job_duration(&done, now()), "7s");
        assert_eq!(job_duration(&job(json!({})), now()), "");
        assert_eq!(age(None, now()), "<unknown>");
    }

    #[test]
    fn the_table_print_1_6() {
        let jobs = [
            job(json!({"metadata": {"name": "pi", "creationTimestamp": "2000-01-01T00:00:00Z"},
                "spec": {"completions": 1, "selector": {"matchLabels": {"b": "1", "a": "2"}},
                    "template": {"spec": {"initContainers": [{"name": "i"}], "containers": [
                        {"name": "a", "image": "x:1"}, {"name": "b", "image": "y"}]}}},
                "status": {"succeeded": 1, "startTime": "2000-01-01T00:00:00Z",
                    "completionTime": "2000-01-01T00:00:05Z",
                    "conditions": [{"type": "Complete", "status": "True"}]}})),
            job(json!({"metadata": {"name": "waiting"}, "spec": {"selector": {}}})),
        ];
        let sem = Semantics::default();
        assert_eq!(
            job_table(&jobs, Columns::Narrow, now(), &sem),
            "NAME      STATUS     COMPLETIONS   DURATION   AGE\n\
             pi        Complete   1/1           5s         60m\n\
             waiting   Running    0/1                      <unknown>\n"
        );
        insta::assert_snapshot!(job_table(&jobs, Columns::Wide, now(), &sem), @r"
        NAME      STATUS     COMPLETIONS   DURATION   AGE         CONTAINERS   IMAGES   SELECTOR
        pi        Complete   1/1           5s         60m         a,b          x:1,y    a=2,b=1
        waiting   Running    0/1                      <unknown>                         <none>
        ");
        let old =
            job_table(&jobs[..1], Columns::Narrow, now(), &Semantics::kube(KubeVersion::V1_29));
        assert_eq!(
            old,
            "NAME   COMPLETIONS   DURATION   AGE\npi     1/1           5s         60m\n"
        );
        let broken = job(
            json!({"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "x"}]}}}),
        );
        assert_eq!(job_cells(&broken, Columns::Wide, now(), &sem)[7], "<error>");
    }

    #[test]
    fn cronjobs_print_8() {
        let cronjob: CronJob = serde_json::from_value(json!({
            "metadata": {"name": "c", "creationTimestamp": "2000-01-01T00:00:00Z"},
            "spec": {"schedule": "* * * * *", "suspend": false},
            "status": {"active": [{"name": "x"}], "lastScheduleTime": "2000-01-01T00:59:00Z"}}))
        .unwrap();
        let all = [cronjob];
        assert_eq!(
            cronjob_table(&all, Columns::Narrow, now(), &Semantics::default()),
            "NAME   SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n\
             c      * * * * *   <none>     False     1        60s             60m\n"
        );
        let old = Semantics::kube(KubeVersion::V1_29);
        assert!(!cronjob_table(&all, Columns::Narrow, now(), &old).contains("TIMEZONE"));
    }
}
