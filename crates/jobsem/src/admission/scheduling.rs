//! Validation of `scheduling`: how a Job's pods are scheduled together.
//!
//! The member exists since 1.37 and is dropped unless its gate is on or the stored object has it.
//! Rules: VALID-47 to VALID-49, UPDATE-40, UPDATE-41.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{self, Object};
use super::path::{Errors, IMMUTABLE, Path, composite, text};
use crate::api::JobSpec;
use crate::names;
use crate::refusal::BadValue;

const TOPOLOGY_LIMIT: usize = 1;
const CLAIMS_LIMIT: usize = 4;

fn scheduling(spec: &JobSpec) -> Option<&Object> {
    json::object(&spec.extra, "scheduling")
}

/// What has to hold between it and the rest of the spec (VALID-47).
pub(super) fn validate(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(config) = scheduling(spec) else { return };
    let path = path.child("scheduling");
    let policy = json::object(config, "schedulingPolicy");
    let gang = policy.and_then(|policy| json::object(policy, "gang"));
    let parallelism = spec.parallelism.unwrap_or(1);
    if let Some(count) = gang.and_then(|gang| json::number_at(gang, "minCount"))
        && count > i64::from(parallelism)
    {
        let policy = path.child("schedulingPolicy");
        let gang = policy.child("gang");
        let detail = format!("must not be greater than parallelism ({parallelism})");
        errors.invalid(&gang.child("minCount"), BadValue::Number(count), detail);
    }
    // Basic is what is meant unless a gang is asked for. Of two modes `single` is taken.
    let basic = gang.is_none() || policy.is_some_and(|policy| json::is_set(policy, "basic"));
    let all = json::object(config, "disruptionMode")
        .is_some_and(|mode| json::is_set(mode, "all") && !json::is_set(mode, "single"));
    if basic && all {
        let detail = "the disruptionMode `all` is not supported with the Basic scheduling policy";
        errors.invalid(&path.child("disruptionMode"), text(""), detail);
    }
}

/// A Job is scheduled in one way for ever (UPDATE-41).
pub(super) fn validate_update(new: &JobSpec, old: &JobSpec, errors: &mut Errors<'_>) {
    fn policy(spec: &JobSpec) -> Option<&Object> {
        json::object(scheduling(spec)?, "schedulingPolicy")
    }
    if let (Some(new), Some(old)) = (policy(new), policy(old))
        && json::is_set(new, "basic") != json::is_set(old, "basic")
    {
        let root = Path::root("spec");
        let scheduling = root.child("scheduling");
        let detail = "the basic/gang policy variant is immutable after creation; only \
                      schedulingPolicy.gang.minCount may be updated";
        errors.invalid(&scheduling.child("schedulingPolicy"), BadValue::Nil, detail);
    }
}

/// What the declarative step appends (VALID-48, UPDATE-40). `old` is the stored spec of an update.
pub(super) fn declarative(
    spec: &JobSpec,
    old: Option<&JobSpec>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let new = scheduling(spec);
    let stored = old.and_then(scheduling);
    if old.is_some() && new == stored {
        return;
    }
    let path = path.child("scheduling");
    let gated = new.is_some() && errors.sem.drops_scheduling();
    if gated {
        errors.forbidden(&path, "");
    }
    let moved = old.is_some() && came_or_went(new.is_some(), stored.is_some(), &path, errors);
    let Some(new) = new.filter(|_| !gated && !moved) else { return };
    let config = Change { new, old: stored };
    validate_policy(&config, &path.child("schedulingPolicy"), errors);
    let constraints = path.child("schedulingConstraints");
    if let Some(new) = config.unchangeable("schedulingConstraints", &constraints, errors) {
        validate_constraints(new, &constraints, errors);
    }
    let mode = path.child("disruptionMode");
    if let Some(Value::Object(new)) = config.unchangeable("disruptionMode", &mode, errors) {
        validate_union(new, None, &["single", "all"], &mode, errors);
    }
    let claims = path.child("resourceClaims");
    if let Some(new) = config.unchangeable("resourceClaims", &claims, errors) {
        validate_claims(new, &claims, errors);
    }
}

/// An object and what it was before, in an update.
struct Change<'a> {
    new: &'a Object,
    old: Option<&'a Object>,
}

impl<'a> Change<'a> {
    /// The member if it is to be looked at: neither absent, nor as it was, nor refused for having
    /// changed.
    fn unchangeable(
        &self,
        member: &str,
        path: &Path<'_>,
        errors: &mut Errors<'_>,
    ) -> Option<&'a Value> {
        let new = self.new.get(member);
        if let Some(old) = self.old {
            if old.get(member) != new {
                errors.invalid(path, BadValue::Nil, IMMUTABLE);
                // GO: a list that is too long is reported in any case.
                if let Some(list) = new.and_then(Value::as_array)
                    && list.len() > CLAIMS_LIMIT
                {
                    errors.too_many(path, list.len(), CLAIMS_LIMIT);
                }
            }
            return None;
        }
        new
    }
}

/// Refuses a member that came or went in an update.
fn came_or_went(new: bool, old: bool, path: &Path<'_>, errors: &mut Errors<'_>) -> bool {
    let detail = match (new, old) {
        (true, false) => "field cannot be set once created",
        (false, true) => "field cannot be cleared once set",
        _ => return false,
    };
    errors.invalid(path, BadValue::Nil, detail);
    true
}

fn validate_policy(config: &Change<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let new = json::object(config.new, "schedulingPolicy");
    let old = config.old.and_then(|old| json::object(old, "schedulingPolicy"));
    if config.old.is_some()
        && (new == old || came_or_went(new.is_some(), old.is_some(), path, errors))
    {
        return;
    }
    let Some(policy) = new else { return };
    validate_union(policy, old, &["basic", "gang"], path, errors);
    let count = |policy| json::number_at(json::object(policy, "gang")?, "minCount");
    if let Some(number) = count(policy).filter(|number| *number < 1)
        && old.and_then(count) != Some(number)
    {
        let gang = path.child("gang");
        let detail = "must be greater than or equal to 1";
        errors.invalid(&gang.child("minCount"), BadValue::Number(number), detail);
    }
}

/// Exactly one of the members, unless it was as wrong before.
fn validate_union(
    object: &Object,
    old: Option<&Object>,
    members: &[&str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let set = |object: &Object| -> Vec<String> {
        let given = members.iter().filter(|member| json::is_set(object, member));
        given.map(|member| (*member).to_owned()).collect()
    };
    let given = set(object);
    if old.is_some_and(|old| set(old) == given) {
        return;
    }
    let all: Vec<String> = members.iter().map(|member| format!("`{member}`")).collect();
    let all = all.join(", ");
    match given.len() {
        1 => {}
        0 => errors.invalid(path, text(""), format!("must specify one of: {all}")),
        _ => {
            let given = format!("{{{}}}", given.join(", "));
            errors.invalid(path, text(&given), format!("must specify exactly one of: {all}"));
        }
    }
}

fn validate_constraints(constraints: &Value, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(constraints) = constraints.as_object() else { return };
    let sem = errors.sem;
    let list = path.child("topology");
    let count = json::list(constraints, "topology").len();
    if count > TOPOLOGY_LIMIT {
        return errors.too_many(&list, count, TOPOLOGY_LIMIT);
    }
    for (i, topology) in json::objects(constraints, "topology") {
        let entry = list.index(i);
        let path = entry.child("key");
        let key = json::text(topology, "key");
        if key.is_empty() {
            errors.required(&path, "");
        } else {
            names::label_key(key, sem, |detail| errors.invalid(&path, text(key), detail));
        }
    }
}

fn validate_claims(claims: &Value, list: &Path<'_>, errors: &mut Errors<'_>) {
    let claims: Vec<&Object> =
        claims.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    if claims.len() > CLAIMS_LIMIT {
        return errors.too_many(list, claims.len(), CLAIMS_LIMIT);
    }
    let mut seen = BTreeSet::new();
    for (i, claim) in claims.iter().enumerate() {
        if !seen.insert(json::text(claim, "name")) {
            errors.duplicate(&list.index(i), composite(claim));
        }
    }
    let members = ["resourceClaimName", "resourceClaimTemplateName"];
    for (i, claim) in claims.iter().enumerate() {
        let path = list.index(i);
        validate_union(claim, None, &members, &path, errors);
        let name = json::text(claim, "name");
        let name_path = path.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else {
            names::dns_label(name, |why| errors.invalid(&name_path, text(name), in_bytes(why)));
        }
        for member in members {
            if let Some(name) = json::text_at(claim, member) {
                let path = path.child(member);
                names::dns_subdomain(name, |why| errors.invalid(&path, text(name), in_bytes(why)));
            }
        }
    }
}

/// The declarative step measures names in bytes, and says so.
fn in_bytes(why: &str) -> String {
    match why.strip_prefix("must be no more than") {
        Some(limit) => format!("must be no more than{}", limit.replace("characters", "bytes")),
        None => why.to_owned(),
    }
}
