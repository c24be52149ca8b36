//! DNS, host names and addresses.
//!
//! Rules: PODVALID-26 to PODVALID-28.

use std::net::{IpAddr, Ipv4Addr};

use super::super::json::{self, Object};
use super::super::path::{Errors, LengthWords, Path, text};
use super::{is_true, texts};
use crate::Semantics;
use crate::api::PodSpec;
use crate::names;
use crate::refusal::BadValue;

const NAMESERVERS_LIMIT: usize = 3;
const SEARCHES_LIMIT: usize = 32;
const SEARCHES_LENGTH_LIMIT: usize = 2048;
const HOST_NAME_LIMIT: usize = 64;

pub(in super::super) fn validate_dns(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let config = json::object(&spec.extra, "dnsConfig");
    let servers_path = path.child("nameservers");
    if json::text(&spec.extra, "dnsPolicy") == "None" {
        let Some(config) = config else {
            return errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        };
        if json::list(config, "nameservers").is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return errors.required(&servers_path, detail);
        }
    }
    let Some(config) = config else { return };
    let list = |member| texts(config, member).map(|(_, item)| item.to_owned()).collect::<Vec<_>>();
    let servers = list("nameservers");
    if servers.len() > NAMESERVERS_LIMIT {
        let detail = format!("must not have more than {NAMESERVERS_LIMIT} nameservers");
        errors.invalid(&servers_path, BadValue::Texts(servers.clone()), detail);
    }
    for (i, server) in servers.iter().enumerate() {
        validate_ip(server, &servers_path.index(i), "must be valid IP address", errors);
    }
    let searches = list("searches");
    let searches_path = path.child("searches");
    if searches.len() > SEARCHES_LIMIT {
        let detail = format!("must not have more than {SEARCHES_LIMIT} search paths");
        errors.invalid(&searches_path, BadValue::Texts(searches.clone()), detail);
    }
    if searches.join(" ").len() > SEARCHES_LENGTH_LIMIT {
        let detail = format!(
            "must not have more than {SEARCHES_LENGTH_LIMIT} characters (including spaces) in the \
             search list"
        );
        errors.invalid(&searches_path, BadValue::Texts(searches.clone()), detail);
    }
    let sem = errors.sem;
    for (i, search) in searches.iter().enumerate() {
        let path = searches_path.index(i);
        let relaxed = errors.allowed.relaxed_searches;
        if relaxed && search == "." {
            continue;
        }
        let search = search.strip_suffix('.').unwrap_or(search);
        let say = |detail: &str| errors.invalid(&path, text(search), detail);
        if relaxed {
            names::dns_subdomain_with_underscores(search, sem, say);
        } else {
            names::dns_subdomain(search, say);
        }
    }
    let options = path.child("options");
    for (i, option) in json::objects(config, "options") {
        if json::text(option, "name").is_empty() {
            errors.required(&options.index(i), "must not be empty");
        }
    }
}

/// Whether a stored template has search paths that only the relaxed rules accept.
pub(in super::super) fn uses_relaxed_searches(spec: &PodSpec) -> bool {
    json::object(&spec.extra, "dnsConfig").is_some_and(|config| {
        texts(config, "searches").any(|(_, search)| search == "." || search.contains('_'))
    })
}

pub(in super::super) fn validate_host_aliases(
    spec: &PodSpec,
    list: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let indexed = errors.sem.host_alias_paths_have_index();
    for (i, alias) in json::objects(&spec.extra, "hostAliases") {
        let entry = list.index(i);
        let entry = if indexed { &entry } else { list };
        let ip = json::text(alias, "ip");
        validate_ip(ip, &entry.child("ip"), "must be valid IP address", errors);
        let names_path = entry.child("hostnames");
        for (j, name) in texts(alias, "hostnames") {
            let path = names_path.index(j);
            let path = if indexed { &path } else { &names_path };
            names::dns_subdomain(name, |detail| errors.invalid(path, text(name), detail));
        }
    }
}

/// An address; `old` is what 1.29 said of one that is none.
fn validate_ip(ip: &str, path: &Path<'_>, old: &str, errors: &mut Errors<'_>) {
    let sem = errors.sem;
    if sloppy_ip(ip).is_none() {
        let new = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        let detail = if sem.host_alias_paths_have_index() { new } else { old };
        return errors.invalid(path, text(ip), detail);
    }
    if !sem.strict_addresses() {
        return;
    }
    match ip.parse::<IpAddr>() {
        Err(_) => errors.invalid(path, text(ip), "must not have leading 0s"),
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            errors.invalid(path, text(ip), "must not be an IPv4-mapped IPv6 address");
        }
        Ok(_) => {}
    }
}

/// An address as Go's older parser read it: numbers may begin with zeros.
fn sloppy_ip(ip: &str) -> Option<IpAddr> {
    if let Ok(ip) = ip.parse() {
        return Some(ip);
    }
    let part = |part: &str| {
        let legal = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        legal.then(|| part.parse::<u8>().ok()).flatten()
    };
    let v4 = |text: &str| {
        let mut parts = [0; 4];
        let mut given = text.split('.');
        for slot in &mut parts {
            *slot = part(given.next()?)?;
        }
        given.next().is_none().then(|| Ipv4Addr::from(parts))
    };
    // The end of an IPv6 address may be written as an IPv4 one.
    if let Some((head, tail)) = ip.rsplit_once(':').filter(|(_, tail)| tail.contains('.')) {
        return format!("{head}:{}", v4(tail)?).parse().ok();
    }
    v4(ip).map(IpAddr::V4)
}

/// What is said of an address that is accepted, but not in the usual form.
pub(in super::super) fn warnings_for_ip(
    ip: &str,
    path: &Path<'_>,
    sem: &Semantics,
    out: &mut Vec<String>,
) {
    let Some(meant) = sloppy_ip(ip) else { return };
    let shown = crate::quote::go_quoted(ip);
    let strict = ip.parse::<IpAddr>();
    let mapped = matches!(&strict, Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some());
    if strict.is_err() || mapped {
        let meant = match meant {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(meant, IpAddr::V4),
            IpAddr::V4(_) => meant,
        };
        let judged = match sem.strict_addresses() {
            true => "is invalid",
            false => "will be considered invalid in a future Kubernetes release",
        };
        out.push(format!("{path}: non-standard IP address {shown} {judged}: use \"{meant}\""));
    } else if meant.is_ipv6() && meant.to_string() != ip {
        out.push(format!(
            "{path}: IPv6 address {shown} should be in RFC 5952 canonical format (\"{meant}\")"
        ));
    }
}

/// `hostnameOverride`.
pub(in super::super) fn validate_host_name(
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let extra: &Object = &spec.extra;
    let Some(name) = json::text_at(extra, "hostnameOverride") else { return };
    let path = path.child("hostnameOverride");
    if is_true(spec, "setHostnameAsFQDN") {
        errors.forbidden(&path, "may not be specified when setHostnameAsFQDN is true");
    }
    if is_true(spec, "hostNetwork") {
        errors.forbidden(&path, "may not be specified when hostNetwork is true");
    }
    if name.len() > HOST_NAME_LIMIT {
        errors.too_long(&path, HOST_NAME_LIMIT, LengthWords::Value);
    }
    names::dns_subdomain(name, |detail| errors.invalid(&path, text(name), detail));
}
