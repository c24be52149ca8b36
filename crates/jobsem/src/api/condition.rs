//! [`ConditionStatus`]: whether a condition of an object holds.

use super::open_enum;

open_enum! {
    /// The status of a condition.
    ConditionStatus {
        /// It holds.
        True = "True",
        /// It does not hold.
        False = "False",
        /// The controller cannot tell.
        Unknown = "Unknown",
    }
}

impl ConditionStatus {
    pub(crate) fn absent() -> Self {
        ConditionStatus::Other(String::new())
    }
}

impl Default for ConditionStatus {
    fn default() -> Self {
        ConditionStatus::absent()
    }
}
