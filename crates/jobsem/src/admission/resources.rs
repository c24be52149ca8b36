//! Validation of a container's limits and requests.
//!
//! Rules: VALID-66. Deliberately absent: resource claims.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::{self, Object};
use super::path::{Errors, NON_NEGATIVE, Path, text};
use super::pod::{self, PodContext};
use super::quantity::Quantity;
use crate::names;
use crate::refusal::BadValue;

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

/// Whose resources they are, which decides about their names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Container,
    Pod,
}

/// The rules on `resources` of a container.
pub(super) fn validate(
    resources: &Object,
    claims: &BTreeSet<&str>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    validate_amounts(resources, Holder::Container, path, errors);
    validate_claims(resources, claims, &path.child("claims"), errors);
}

/// The rules on what a pod needs beyond its containers.
pub(super) fn validate_overhead(extra: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(overhead) = extra.get("overhead") {
        let mut resources = Object::new();
        resources.insert("limits".to_owned(), overhead.clone());
        validate_amounts(&resources, Holder::Container, path, errors);
    }
}

/// The rules on `resources` of the pod as a whole (PODVALID-38).
pub(super) fn validate_pod(pod: &PodContext<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(resources) = json::object(&pod.spec.extra, "resources") else { return };
    let path = path.child("resources");
    if pod::os(pod.spec) == Some("windows") {
        return errors.forbidden(&path, "may not be set for a windows pod");
    }
    let claims = path.child("claims");
    if json::is_set(resources, "claims") {
        errors.forbidden(&claims, "claims may not be set for Resources at pod-level");
    }
    validate_amounts(resources, Holder::Pod, &path, errors);
    validate_claims(resources, &pod.claims, &claims, errors);
    validate_consistency(resources, pod, &path, errors);
}

/// The pod has room for its containers.
fn validate_consistency(
    resources: &Object,
    pod: &PodContext<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    for (list, what) in [("requests", "requests"), ("limits", "limits")] {
        let Some(own) = json::object(resources, list) else { continue };
        let list_path = path.child(list);
        for (name, sum) in of_all_containers(pod, list) {
            if list == "limits" && !name.starts_with(HUGE_PAGES) {
                continue;
            }
            let Some(quantity) = quantity_of(own, name) else { continue };
            if sum.compare(&quantity).is_gt() {
                let detail =
                    format!("must be greater than or equal to aggregate container {what} of {sum}");
                errors.invalid(&list_path.key(name), text(&quantity.to_string()), detail);
            }
        }
    }
    let Some(own) = json::object(resources, "limits") else { return };
    let containers = path.child("containers");
    for (i, container) in pod.spec.containers.iter().enumerate() {
        let entry = containers.index(i);
        for (name, value) in json::object(&container.resources, "limits").into_iter().flatten() {
            let (Some(limit), Some(most)) = (quantity(value), quantity_of(own, name)) else {
                continue;
            };
            if limit.compare(&most).is_gt() {
                let detail = format!("must be less than or equal to pod limits of {most}");
                let path = entry.key(name);
                errors.invalid(&path.child("limits"), text(&limit.to_string()), detail);
            }
        }
    }
}

type Amounts<'a> = BTreeMap<&'a str, Quantity>;

/// What all containers need at the same time: sidecars stay, other init containers run alone.
fn of_all_containers<'a>(pod: &PodContext<'a>, list: &str) -> Amounts<'a> {
    fn add<'a>(to: &mut Amounts<'a>, from: &Amounts<'a>) {
        for (name, quantity) in from {
            to.entry(name)
                .and_modify(|sum| *sum = sum.plus(quantity))
                .or_insert_with(|| quantity.clone());
        }
    }
    fn raise<'a>(to: &mut Amounts<'a>, least: &Amounts<'a>) {
        for (name, quantity) in least {
            if to.get(name).is_none_or(|have| quantity.compare(have).is_gt()) {
                to.insert(name, quantity.clone());
            }
        }
    }
    let spec = pod.spec;
    let of = |container: &'a crate::api::Container| -> Amounts<'a> {
        let list = json::object(&container.resources, list).into_iter().flatten();
        list.filter_map(|(name, value)| Some((name.as_str(), quantity(value)?))).collect()
    };
    let (mut all, mut sidecars, mut most) = (Amounts::new(), Amounts::new(), Amounts::new());
    for container in &spec.containers {
        add(&mut all, &of(container));
    }
    for container in &spec.init_containers {
        let mut amounts = of(container);
        if container.is_sidecar() {
            add(&mut all, &amounts);
            add(&mut sidecars, &amounts);
            amounts.clone_from(&sidecars);
        } else {
            add(&mut amounts, &sidecars);
        }
        raise(&mut most, &amounts);
    }
    raise(&mut all, &most);
    all
}

/// Claims of the pod that a container uses (PODVALID-39).
fn validate_claims(
    resources: &Object,
    known: &BTreeSet<&str>,
    list: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (i, claim) in json::objects(resources, "claims") {
        let path = list.index(i);
        let name = json::text(claim, "name");
        if name.is_empty() {
            errors.required(&path, "");
            continue;
        }
        if seen.contains(name) {
            errors.duplicate(&path, text(name));
        } else {
            let request = json::text(claim, "request");
            let mut key = name.to_owned();
            if !request.is_empty() {
                let path = path.child("request");
                names::dns_label(request, |d| errors.invalid(&path, text(request), d));
                key = format!("{name}/{request}");
            }
            if seen.contains(&key) {
                errors.duplicate(&path, text(&key));
            } else if request.is_empty() {
                let parts = |key: &&String| key.split_once('/').is_some_and(|(n, _)| n == name);
                for _ in seen.iter().filter(parts) {
                    errors.duplicate(&path, text(name));
                }
            }
            seen.insert(key);
        }
        if !known.contains(name) {
            let list: Vec<&str> = known.iter().copied().collect();
            let rest = match list.is_empty() {
                true => " which is empty".to_owned(),
                false => format!(": {}", list.join(", ")),
            };
            let detail = format!("must be one of the names in pod.spec.resourceClaims{rest}");
            errors.not_found(&path, text(name), detail);
        }
    }
}

fn validate_amounts(resources: &Object, holder: Holder, path: &Path<'_>, errors: &mut Errors<'_>) {
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
            validate_name(name, holder, &path, errors);
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

/// The same for a stored pod's overhead.
pub(super) fn has_indivisible_overhead(extra: &Object) -> bool {
    let mut entries = json::object(extra, "overhead").into_iter().flatten();
    entries.any(|(name, value)| {
        name.starts_with(HUGE_PAGES) && quantity(value).is_some_and(|q| !is_divisible(name, &q))
    })
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::parse(value.as_str()?).ok()
}

fn quantity_of(list: &Object, name: &str) -> Option<Quantity> {
    quantity(list.get(name)?)
}

fn validate_name(name: &str, holder: Holder, path: &Path<'_>, errors: &mut Errors<'_>) {
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
        if holder == Holder::Container && !huge && !FOR_CONTAINERS.contains(&name) {
            errors.invalid(path, resource(name), "must be a standard resource for containers");
        }
    } else if holder == Holder::Container && !is_native(name) && !is_extended(name, errors) {
        let detail = "doesn't follow extended resource name standard";
        errors.invalid(path, resource(name), detail);
    }
    if holder == Holder::Pod
        && errors.list.len() == before
        && !huge
        && !matches!(name, "cpu" | "memory")
    {
        errors.not_supported(path, resource(name), &["cpu", "hugepages-", "memory"]);
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
