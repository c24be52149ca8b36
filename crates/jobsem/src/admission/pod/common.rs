//! Checks that several parts of a pod spec share: relative paths, user and group numbers.

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text};
use crate::refusal::BadValue;

pub(super) fn steps_back(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

/// A path without `..`.
pub(in super::super) fn no_backsteps(place: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if steps_back(place) {
        errors.invalid(path, text(place), "must not contain '..'");
    }
}

/// A relative path without `..`.
pub(in super::super) fn local_path(place: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if place.starts_with('/') {
        errors.invalid(path, text(place), "must be a relative path");
    }
    no_backsteps(place, path, errors);
}

/// A user or group.
pub(super) fn validate_id(object: &Object, member: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(id) = json::number_at(object, member) {
        validate_number(id, &path.child(member), errors);
    }
}

pub(super) fn validate_number(id: i64, path: &Path<'_>, errors: &mut Errors<'_>) {
    if !(0..=i64::from(i32::MAX)).contains(&id) {
        errors.invalid(path, BadValue::Number(id), "must be between 0 and 2147483647, inclusive");
    }
}
