//! Validation of a container's limits and requests.
//!
//! Rules: VALID-66. Deliberately absent: resource claims.

use std::cmp::Ordering;

use serde_json::Value;

use super::field::BadValue;
use super::json::{self, Object};
use super::names;
use super::path::{Errors, NON_NEGATIVE, Path, text};
use super::quantity::Quantity;

/// Resources that any container may ask for.
const FOR_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// What the name of a huge page resource starts with; the page size follows.
const HUGE_PAGES: &str = "hugepages-";

/// Names without a prefix that Kubernetes knows, other than huge pages (appendix B).
const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

/// Resources that are counted in whole numbers, other than extended ones.
const WHOLE: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// The rules on `resources` of a container.
pub(super) fn validate(resources: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let limits = json::object(resources, "limits");
    let requests = json::object(resources, "requests");
    let (limits_path, requests_path) = (path.child("limits"), path.child("requests"));
    let mut compute = false;
    let mut huge_pages = false;
    for (list, list_path, is_request) in
        [(limits, &limits_path, false), (requests, &requests_path, true)]
    {
        for (name, value) in list.into_iter().flatten() {
            let Some(quantity) = quantity(value) else { continue };
            let path = list_path.key(name);
            validate_name(name, &path, errors);
            validate_amount(name, &quantity, &path, errors);
            if is_request {
                let limit = limits.and_then(|limits| quantity_of(limits, name));
                validate_request(name, &quantity, limit.as_ref(), list_path, &limits_path, errors);
            }
            if name.starts_with(HUGE_PAGES) {
                huge_pages = true;
                if !errors.allowed.indivisible_huge_pages && !is_divisible(name, &quantity) {
                    let detail = format!("{quantity} is not positive integer multiple of {name}");
                    errors.invalid(&path, text(&quantity.to_string()), detail);
                }
            }
            compute |= matches!(name.as_str(), "cpu" | "memory");
        }
    }
    if huge_pages && !compute {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
}

/// Whether an amount of huge pages is a whole number of them.
fn is_divisible(name: &str, quantity: &Quantity) -> bool {
    name.strip_prefix(HUGE_PAGES)
        .and_then(|size| Quantity::parse(size).ok())
        .is_some_and(|size| !size.is_negative() && quantity.is_multiple_of(&size))
}

/// Whether stored limits or requests break the rule above; they may then stay.
pub(super) fn has_indivisible_huge_pages(resources: &Object) -> bool {
    let lists = ["limits", "requests"].into_iter().filter_map(|list| json::object(resources, list));
    let mut entries = lists.flatten().filter(|(name, _)| name.starts_with(HUGE_PAGES));
    entries.any(|(name, value)| quantity(value).is_some_and(|q| !is_divisible(name, &q)))
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::parse(value.as_str()?).ok()
}

fn quantity_of(list: &Object, name: &str) -> Option<Quantity> {
    quantity(list.get(name)?)
}

fn validate_name(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    let before = errors.list.len();
    names::label_key(name, sem, |detail| errors.invalid(path, resource(name), detail));
    let huge = name.starts_with(HUGE_PAGES);
    if !name.contains('/') {
        let standard = huge || STANDARD.contains(&name) || name.starts_with("requests.hugepages-");
        if errors.list.len() == before && !standard {
            let detail = "must be a standard resource type or fully qualified";
            errors.invalid(path, resource(name), detail);
        }
        if !huge && !FOR_CONTAINERS.contains(&name) {
            errors.invalid(path, resource(name), "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name, errors) {
        let detail = "doesn't follow extended resource name standard";
        errors.invalid(path, resource(name), detail);
    }
}

fn resource(name: &str) -> BadValue {
    BadValue::ResourceName(name.to_owned())
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str, errors: &Errors<'_>) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::is_label_key(&format!("requests.{name}"), errors.sem)
}

fn validate_amount(name: &str, quantity: &Quantity, path: &Path<'_>, errors: &mut Errors<'_>) {
    if quantity.is_negative() {
        errors.invalid(path, text(&quantity.to_string()), NON_NEGATIVE);
    }
    if (WHOLE.contains(&name) || is_extended(name, errors)) && !quantity.is_whole() {
        let value = BadValue::Quantity(quantity.to_string());
        errors.invalid(path, value, "must be an integer");
    }
}

fn validate_request(
    name: &str,
    quantity: &Quantity,
    limit: Option<&Quantity>,
    path: &Path<'_>,
    limits: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let overcommit = is_native(name) && !name.starts_with(HUGE_PAGES);
    let Some(limit) = limit else {
        if !overcommit {
            errors.required(limits, "Limit must be set for non overcommitable resources");
        }
        return;
    };
    let relation = match quantity.compare(limit) {
        Ordering::Equal => return,
        _ if !overcommit => "equal to",
        Ordering::Greater => "less than or equal to",
        Ordering::Less => return,
    };
    let detail = format!("must be {relation} {name} limit of {limit}");
    errors.invalid(path, text(&quantity.to_string()), detail);
}
