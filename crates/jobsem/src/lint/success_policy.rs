//! Rules of a success policy that change nothing.

use super::linter::Lint;
use super::rules::Rule;
use crate::api::SuccessPolicyRule;
use crate::job::Intervals;

/// A requirement: this many of these indexes must succeed.
struct Wanted {
    indexes: Intervals,
    count: i32,
}

pub(super) fn rules(lint: &mut Lint<'_>) {
    let spec = lint.spec;
    let (Some(policy), Some(completions)) = (&spec.success_policy, spec.completions) else {
        return;
    };
    let rules: Vec<Wanted> = policy.rules.iter().map(|rule| wanted(rule, completions)).collect();
    for (i, rule) in rules.iter().enumerate() {
        let member = format!("successPolicy.rules[{i}]");
        // Of two equal rules, the first one counts.
        let idle = |(j, other): &(usize, &Wanted)| {
            *j != i && follows(rule, other) && !(*j > i && follows(other, rule))
        };
        if rule.count >= completions {
            lint.find(
                Rule::SuccessRuleAddsNothing,
                &member,
                format!("it wants all {completions} indexes, and then the Job is complete anyway"),
                "ask for fewer with `succeededCount`",
            );
        } else if let Some((j, _)) = rules.iter().enumerate().find(idle) {
            lint.find(
                Rule::SuccessRuleAddsNothing,
                &member,
                format!("whenever it is met, rules[{j}] is met already"),
                "remove it, or ask for something else",
            );
        }
    }
}

fn wanted(rule: &SuccessPolicyRule, completions: i32) -> Wanted {
    let indexes = match &rule.succeeded_indexes {
        Some(text) => Intervals::parse(text, completions),
        None => Intervals::parse(&format!("0-{}", completions.saturating_sub(1)), completions),
    };
    let count = rule.succeeded_count.unwrap_or_else(|| indexes.total());
    Wanted { indexes, count }
}

/// Whether every state that meets `rule` meets `other`.
///
/// The worst case: as many as possible of the indexes that `rule` counts are not in `other`.
fn follows(rule: &Wanted, other: &Wanted) -> bool {
    let elsewhere = rule.indexes.total() - rule.indexes.count_in(&other.indexes);
    rule.count - elsewhere >= other.count
}
