//! The success policy: when an Indexed Job succeeds before all of its indexes have.
//!
//! Rules: SUCC-01, SUCC-02 (upstream: `pkg/controller/job/success_policy.go` @v1.37.2).

use super::Intervals;
use crate::api::SuccessPolicy;

/// The index of the first rule that the succeeded indexes satisfy.
pub(crate) fn matched_rule(
    policy: &SuccessPolicy,
    completions: i32,
    succeeded: &Intervals,
) -> Option<usize> {
    if succeeded.is_empty() {
        return None;
    }
    policy.rules.iter().position(|rule| match (&rule.succeeded_indexes, rule.succeeded_count) {
        (Some(text), count) => {
            let wanted = Intervals::parse(text, completions);
            if wanted.is_empty() {
                // QUIRK: the rule is skipped as a whole, its count included (SUCC-01).
                return false;
            }
            let common = wanted.count_in(succeeded);
            common == wanted.total() || count.is_some_and(|count| common >= count)
        }
        (None, Some(count)) => succeeded.total() >= count,
        (None, None) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_wants_all_its_indexes_or_its_count_of_them() {
        for (rules, succeeded, matched) in [
            (r#"[{"succeededIndexes":"0-2"}]"#, "0,1", None),
            (r#"[{"succeededIndexes":"0-2"}]"#, "0-2", Some(0)),
            (r#"[{"succeededIndexes":"0-2","succeededCount":2}]"#, "0,1", Some(0)),
            (r#"[{"succeededIndexes":"0-2","succeededCount":2}]"#, "0,7", None),
            (r#"[{"succeededIndexes":"","succeededCount":1}]"#, "0", None),
            (r#"[{"succeededCount":3},{"succeededCount":2}]"#, "5,6", Some(1)),
            (r#"[{"succeededCount":0}]"#, "", None),
        ] {
            let policy = serde_json::from_str(&format!(r#"{{"rules":{rules}}}"#)).unwrap();
            let succeeded = Intervals::parse(succeeded, 10);
            assert_eq!(matched_rule(&policy, 10, &succeeded), matched, "{rules}");
        }
    }
}
