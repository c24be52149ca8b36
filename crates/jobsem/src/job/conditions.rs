//! Conditions: how they are set, and when a Job may end.
//!
//! Rules: COND-01 to COND-03, COND-05 to COND-07.

use super::messages::Words;
use crate::Time;
use crate::api::{ConditionStatus, JobCondition, JobConditionType, JobStatus, Text};

/// A condition that is True (COND-01).
pub(crate) fn holds(type_: JobConditionType, words: Words, now: Time) -> JobCondition {
    JobCondition::new(type_, ConditionStatus::True, Text::of(words.0), Text::of(words.1), now)
}

/// Sets the condition with these texts. Returns whether that changed anything (COND-02).
pub(crate) fn ensure(conditions: &mut Vec<JobCondition>, wanted: JobCondition) -> bool {
    match conditions.iter_mut().find(|c| c.type_ == wanted.type_) {
        Some(old) => {
            let same = old.status == wanted.status
                && old.reason == wanted.reason
                && old.message == wanted.message;
            if !same {
                *old = wanted;
            }
            !same
        }
        None if wanted.status == ConditionStatus::False => false,
        None => {
            conditions.push(wanted);
            true
        }
    }
}

/// Sets the terminal condition in the status (COND-07).
pub(crate) fn enact_finished(status: &mut JobStatus, finish: JobCondition) {
    if finish.type_ == JobConditionType::Complete {
        status.completion_time = finish.last_transition_time;
    }
    ensure(&mut status.conditions, finish);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::messages::{RESUMED, SUSPENDED};

    #[test]
    fn a_false_condition_is_never_added_and_an_equal_one_keeps_its_times() {
        let mut conditions = Vec::new();
        let mut off = holds(JobConditionType::Suspended, RESUMED, Time::from_unix(1));
        off.status = ConditionStatus::False;
        assert!(!ensure(&mut conditions, off.clone()));
        let on = |at| holds(JobConditionType::Suspended, SUSPENDED, Time::from_unix(at));
        assert!(ensure(&mut conditions, on(1)));
        assert!(!ensure(&mut conditions, on(2)));
        assert_eq!(conditions, [on(1)]);
        assert!(ensure(&mut conditions, off.clone()));
        assert_eq!(conditions, [off]);
    }
}
