//! Semantic equality of specs: what an update has to change to count as one.
//!
//! Rules: MODEL-2, UPDATE-10, PREPARE-5.

use serde::Serialize;

use super::schema::{self, Object};
use crate::Semantics;

/// Whether two values say the same: absent and empty lists and maps are equal, quantities are
/// compared by number.
pub(super) fn equal<T: Serialize + PartialEq>(
    a: &T,
    b: &T,
    shape: &'static Object,
    sem: &Semantics,
) -> bool {
    a == b || schema::comparable(a, shape, sem) == schema::comparable(b, shape, sem)
}
