//! Windows' part of security contexts, and what a pod's operating system rules out.
//!
//! Rules: PODVALID-19 to PODVALID-21.

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text, typed};
use super::{each_container, is_true};
use crate::api::PodSpec;
use crate::names;
use crate::refusal::BadValue;

/// Largest credential specification, in KiB.
const CREDENTIALS_LIMIT: usize = 64;
const DOMAIN_LIMIT: usize = 256;
const USER_LIMIT: usize = 104;

/// `windowsOptions` of a security context.
pub(super) fn validate_options(context: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(options) = json::object(context, "windowsOptions") else { return };
    let path = path.child("windowsOptions");
    let pointer = |text: &str| BadValue::TextPointer(text.to_owned());
    if let Some(name) = json::text_at(options, "gmsaCredentialSpecName") {
        let path = path.child("gmsaCredentialSpecName");
        names::dns_subdomain(name, |detail| errors.invalid(&path, pointer(name), detail));
    }
    if let Some(spec) = json::text_at(options, "gmsaCredentialSpec") {
        let path = path.child("gmsaCredentialSpec");
        if spec.is_empty() {
            let detail = "gmsaCredentialSpec cannot be an empty string";
            errors.invalid(&path, pointer(spec), detail);
        } else if spec.len() > CREDENTIALS_LIMIT * 1024 {
            let detail = format!("gmsaCredentialSpec size must be under {CREDENTIALS_LIMIT} KiB");
            errors.invalid(&path, pointer(spec), detail);
        }
    }
    if let Some(name) = json::text_at(options, "runAsUserName") {
        let path = path.child("runAsUserName");
        check_user(name, |detail| errors.invalid(&path, pointer(name), detail));
    }
}

fn check_user(name: &str, mut say: impl FnMut(&str)) {
    if name.is_empty() {
        return say("runAsUserName cannot be an empty string");
    }
    if name.bytes().any(|b| b.is_ascii_control()) {
        return say("runAsUserName cannot contain control characters");
    }
    let (domain, user) = match name.split_once('\\') {
        Some((_, user)) if user.contains('\\') => {
            return say("runAsUserName cannot contain more than one backslash");
        }
        Some((domain, user)) => (Some(domain), user),
        None => (None, name),
    };
    if domain.is_some_and(|domain| domain.len() >= DOMAIN_LIMIT) {
        say(&format!("runAsUserName's Domain length must be under {DOMAIN_LIMIT} characters"));
    }
    if domain.is_some_and(|domain| !is_net_bios_name(domain) && !is_dns_name(domain)) {
        say("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    if user.is_empty() {
        say("runAsUserName's User cannot be empty");
    } else if user.len() > USER_LIMIT {
        say(&format!(
            "runAsUserName's User length must not be longer than {USER_LIMIT} characters"
        ));
    }
    if !user.is_empty() && user.chars().all(|c| matches!(c, '.' | ' ')) {
        say("runAsUserName's User cannot contain only periods or spaces");
    }
    let illegal = "\"/\\:;|=,+*?<>@[]";
    if user.contains(|c| illegal.contains(c)) {
        say("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
    }
}

fn is_net_bios_name(domain: &str) -> bool {
    let illegal = |c: char| "\\/:*?\"<>|".contains(c);
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(illegal)
}

fn is_dns_name(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let label = label.as_bytes();
        (1..=63).contains(&label.len())
            && label.first().is_some_and(u8::is_ascii_alphanumeric)
            && label.last().is_some_and(u8::is_ascii_alphanumeric)
            && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    })
}

/// Containers that run on the host itself: all of them or none.
pub(in super::super) fn validate_host_process(
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let setting = |holder: &Object| {
        let context = json::object(holder, "securityContext")?;
        json::bool_at(json::object(context, "windowsOptions")?, "hostProcess")
    };
    let of_pod = setting(&spec.extra);
    let (mut all, mut on_host) = (0, 0);
    each_container(spec, path, |container, path| {
        all += 1;
        let own = setting(&container.extra);
        if let (Some(of_pod), Some(own)) = (of_pod, own)
            && of_pod != own
        {
            let detail = format!(
                "pod hostProcess value must be identical if both are specified, was {of_pod}"
            );
            let context = path.child("securityContext");
            let path = context.child("windowsOptions");
            errors.invalid(&path.child("hostProcess"), BadValue::Bool(own), detail);
        }
        on_host += usize::from(own.or(of_pod) == Some(true));
    });
    if on_host == 0 {
        return;
    }
    if on_host != all {
        let detail = "If pod contains any hostProcess containers then all containers must be \
                      HostProcess containers";
        errors.invalid(path, text(""), detail);
    }
    if !is_true(spec, "hostNetwork") {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&path.child("hostNetwork"), BadValue::Bool(false), detail);
    }
}

/// Members of a pod's security context that Windows does not have, in the order before and after
/// those of the pod itself.
const POD_BEFORE: [&str; 2] = ["appArmorProfile", "seLinuxOptions"];
const POD_AFTER: [&str; 6] =
    ["seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup"];
const POD_LAST: [&str; 3] =
    ["supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"];
/// The same for containers.
const CONTAINER: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// The operating system, and what it rules out.
pub(in super::super) fn validate_os(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(name) = super::os(spec) else { return };
    let os = path.child("os");
    match name {
        "" => {
            let detail = if errors.sem.os_name_may_be_bare() { "" } else { "cannot be empty" };
            errors.required(&os.child("name"), detail);
        }
        "linux" => validate_linux(spec, path, errors),
        "windows" => validate_windows(spec, path, errors),
        other => errors.not_supported(&os, typed(other), &["linux", "windows"]),
    }
}

fn validate_linux(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let detail = "windows options cannot be set for a linux pod";
    let has = |holder: &Object| {
        json::object(holder, "securityContext")
            .is_some_and(|context| json::is_set(context, "windowsOptions"))
    };
    if has(&spec.extra) {
        errors.forbidden(&path.child("securityContext").child("windowsOptions"), detail);
    }
    each_container(spec, path, |container, path| {
        if has(&container.extra) {
            errors.forbidden(&path.child("securityContext").child("windowsOptions"), detail);
        }
    });
}

fn validate_windows(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let detail = "cannot be set for a windows pod";
    let empty = Object::new();
    let context = json::object(&spec.extra, "securityContext").unwrap_or(&empty);
    let context_path = path.child("securityContext");
    let of_context = |members: &[&str], errors: &mut Errors<'_>| {
        for member in members {
            if json::is_set(context, member) {
                errors.forbidden(&context_path.child(member), detail);
            }
        }
    };
    let host_members = |errors: &mut Errors<'_>| {
        for member in ["hostUsers", "hostPID", "hostIPC"] {
            let set = match member {
                "hostUsers" => json::is_set(&spec.extra, member),
                _ => is_true(spec, member),
            };
            if set {
                errors.forbidden(&path.child(member), detail);
            }
        }
    };
    let share = |errors: &mut Errors<'_>| {
        if json::is_set(&spec.extra, "shareProcessNamespace") {
            errors.forbidden(&path.child("shareProcessNamespace"), detail);
        }
    };
    let late = errors.sem.shares_processes_at_the_pod();
    of_context(&POD_BEFORE, errors);
    if !late {
        host_members(errors);
    }
    let [first @ .., user, group] = &POD_AFTER;
    of_context(first, errors);
    if !late {
        share(errors);
    }
    of_context(&[user, group], errors);
    of_context(&POD_LAST, errors);
    if late {
        host_members(errors);
        share(errors);
    }
    each_container(spec, path, |container, path| {
        let Some(context) = json::object(&container.extra, "securityContext") else { return };
        let path = path.child("securityContext");
        for member in CONTAINER {
            if json::is_set(context, member) {
                errors.forbidden(&path.child(member), detail);
            }
        }
    });
}
