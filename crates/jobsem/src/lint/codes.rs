//! [`Codes`]: sets of exit codes, finite or all but finitely many.

use std::collections::BTreeSet;

use crate::api::{ExitCodeOperator, ExitCodesRequirement};

/// Exit codes of failures; never contains 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Codes {
    These(BTreeSet<i32>),
    AllBut(BTreeSet<i32>),
}

impl Codes {
    pub(super) fn of(requirement: &ExitCodesRequirement) -> Codes {
        Codes::new(&requirement.operator, requirement.values.iter().copied())
    }

    pub(super) fn new(operator: &ExitCodeOperator, values: impl Iterator<Item = i32>) -> Codes {
        let mut values: BTreeSet<i32> = values.collect();
        match operator {
            ExitCodeOperator::In => {
                values.remove(&0);
                Codes::These(values)
            }
            ExitCodeOperator::NotIn => {
                values.insert(0);
                Codes::AllBut(values)
            }
            ExitCodeOperator::Other(_) => Codes::These(BTreeSet::new()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Codes::These(codes) if codes.is_empty())
    }

    /// The codes that are not in `other`.
    pub(super) fn without(&self, other: &Codes) -> Codes {
        match (self, other) {
            (Codes::These(a), Codes::These(b)) => Codes::These(a - b),
            (Codes::These(a), Codes::AllBut(b)) => Codes::These(a & b),
            (Codes::AllBut(a), Codes::These(b)) => Codes::AllBut(a | b),
            (Codes::AllBut(a), Codes::AllBut(b)) => Codes::These(b - a),
        }
    }

    /// The codes that fit into a byte.
    pub(super) fn of_bytes(&self) -> Codes {
        match self {
            Codes::These(codes) => {
                Codes::These(codes.iter().copied().filter(|c| (1..=255).contains(c)).collect())
            }
            Codes::AllBut(codes) => {
                Codes::These((1..=255).filter(|code| !codes.contains(code)).collect())
            }
        }
    }
}
