//! Security contexts of pods and containers, and what a pod shares with its node.
//!
//! Rules: PODVALID-15 to PODVALID-18. Deliberately absent: a cluster that allows no privileged
//! containers; they are taken to be allowed.

use std::collections::BTreeSet;

use super::super::json::{self, Object};
use super::super::path::{Errors, LengthWords, Path, composite, text, typed};
use super::common::{local_path, validate_id, validate_number};
use super::windows;
use super::{PodContext, each_container, is_true};
use crate::api::{Container, PodSpec};
use crate::refusal::BadValue;

const PROFILE_TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];
/// Longest path of an AppArmor profile, in bytes.
const PROFILE_LIMIT: usize = 4095;
/// Longest name of a sysctl, in bytes.
const SYSCTL_LIMIT: usize = 253;
/// Sysctls of a pod's own IPC namespace; those of its network begin with `net.`.
const IPC_SYSCTLS: [&str; 10] = [
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
    "kernel.shm",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.msg",
];

/// The pod's own context.
pub(in super::super) fn validate_pod(spec: &PodSpec, pod_path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = pod_path.child("securityContext");
    let shared = json::bool_at(&spec.extra, "shareProcessNamespace") == Some(true)
        && is_true(spec, "hostPID");
    let share = |path: &Path<'_>, errors: &mut Errors<'_>| {
        if shared {
            let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
            errors.invalid(&path.child("shareProcessNamespace"), BadValue::Bool(true), detail);
        }
    };
    let late = errors.sem.shares_processes_at_the_pod();
    if let Some(context) = json::object(&spec.extra, "securityContext") {
        for member in ["fsGroup", "runAsUser", "runAsGroup"] {
            validate_id(context, member, &path, errors);
        }
        let groups = path.child("supplementalGroups");
        for (i, group) in json::list(context, "supplementalGroups").iter().enumerate() {
            validate_number(group.as_i64().unwrap_or_default(), &groups.index(i), errors);
        }
        if !late {
            share(&path, errors);
        }
        validate_sysctls(context, spec, &path.child("sysctls"), errors);
        choice(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], &path, errors);
        validate_seccomp(context, &path, errors);
        windows::validate_options(context, &path, errors);
        validate_app_armor(context, &path, errors);
        choice(context, "supplementalGroupsPolicy", &["Merge", "Strict"], &path, errors);
        if let Some(policy) = json::text_at(context, "seLinuxChangePolicy") {
            let known: &[&str] = match errors.allowed.only_recursive_relabelling {
                true => &["Recursive"],
                false => &["MountOption", "Recursive"],
            };
            if !known.contains(&policy) {
                errors.not_supported(&path.child("seLinuxChangePolicy"), typed(policy), known);
            }
        }
    }
    if late {
        share(pod_path, errors);
    }
}

fn choice(
    context: &Object,
    member: &str,
    known: &[&str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let Some(value) = json::text_at(context, member)
        && !known.contains(&value)
    {
        let value = BadValue::TextPointer(value.to_owned());
        errors.not_supported(&path.child(member), value, known);
    }
}

fn validate_sysctls(context: &Object, spec: &PodSpec, list: &Path<'_>, errors: &mut Errors<'_>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (i, sysctl) in json::objects(context, "sysctls") {
        let entry = list.index(i);
        let path = entry.child("name");
        let name = json::text(sysctl, "name");
        if name.is_empty() {
            errors.required(&path, "");
        } else if !is_sysctl(name) {
            let detail = format!(
                "must have at most {SYSCTL_LIMIT} characters and match regex \
                 ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            );
            errors.invalid(&path, text(name), detail);
        } else if seen.contains(name) {
            errors.duplicate(&path, text(name));
        }
        if !errors.allowed.sysctls_of_the_host
            && let Some(member) = clash(name, spec)
        {
            let detail = format!("may not be specified when '{member}' is true");
            errors.invalid(&path, text(name), detail);
        }
        seen.insert(name);
    }
}

fn is_sysctl(name: &str) -> bool {
    let end = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= SYSCTL_LIMIT
        && name.as_bytes().split(|b| matches!(b, b'.' | b'/')).all(|part| {
            part.first().is_some_and(end)
                && part.last().is_some_and(end)
                && part.iter().all(|b| end(b) || matches!(b, b'-' | b'_'))
        })
}

/// The namespace that the sysctl is of, if the pod shares it with the host.
fn clash(name: &str, spec: &PodSpec) -> Option<&'static str> {
    // A name may have slashes for dots; the first of either decides.
    let swapped: String;
    let mut name = name;
    if name.find(['.', '/']).is_some_and(|at| name[at..].starts_with('/')) {
        let swap = |c| match c {
            '.' => '/',
            '/' => '.',
            c => c,
        };
        swapped = name.chars().map(swap).collect();
        name = &swapped;
    }
    let name = name.split('*').next().unwrap_or_default();
    if is_true(spec, "hostNetwork") && name.starts_with("net.") {
        Some("hostNetwork")
    } else if is_true(spec, "hostIPC")
        && (IPC_SYSCTLS.contains(&name) || name.starts_with("fs.mqueue."))
    {
        Some("hostIPC")
    } else {
        None
    }
}

/// Whether a stored template has a sysctl of a namespace that it shares with the host.
pub(in super::super) fn host_sysctls_clash(spec: &PodSpec) -> bool {
    let context = json::object(&spec.extra, "securityContext");
    context
        .into_iter()
        .flat_map(|context| json::objects(context, "sysctls"))
        .any(|(_, sysctl)| clash(json::text(sysctl, "name"), spec).is_some())
}

fn validate_seccomp(context: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(profile) = json::object(context, "seccompProfile") else { return };
    let path = path.child("seccompProfile");
    let (kind, local) = (json::text(profile, "type"), json::text_at(profile, "localhostProfile"));
    if kind.is_empty() {
        errors.required(&path.child("type"), "type is required when seccompProfile is set");
    } else if !PROFILE_TYPES.contains(&kind) {
        errors.not_supported(&path.child("type"), typed(kind), &PROFILE_TYPES);
    }
    let local_profile = path.child("localhostProfile");
    match (kind, local) {
        ("Localhost", None) => {
            errors.required(&local_profile, "must be set when seccomp type is Localhost");
        }
        ("Localhost", Some(local)) => local_path(local, &local_profile, errors),
        (_, Some(_)) => {
            let detail = "can only be set when seccomp type is Localhost";
            errors.invalid(&local_profile, composite(profile), detail);
        }
        (_, None) => {}
    }
}

fn validate_app_armor(context: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(profile) = json::object(context, "appArmorProfile") else { return };
    let path = path.child("appArmorProfile");
    let local_path = path.child("localhostProfile");
    let must = "must be set when AppArmor type is Localhost";
    match (json::text(profile, "type"), json::text_at(profile, "localhostProfile")) {
        ("Localhost", None) => errors.required(&local_path, must),
        ("Localhost", Some(local)) => {
            if local.trim() != local {
                errors.invalid(&local_path, text(local), "must not be padded with whitespace");
            } else if local.is_empty() {
                errors.required(&local_path, must);
            }
            if local.len() > PROFILE_LIMIT {
                errors.too_long(&local_path, PROFILE_LIMIT, LengthWords::Name);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(local)) => {
            let detail = "can only be set when AppArmor type is Localhost";
            errors.invalid(&local_path, BadValue::TextPointer(local.to_owned()), detail);
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => {
            let detail = "type is required when appArmorProfile is set";
            errors.required(&path.child("type"), detail);
        }
        (other, _) => errors.not_supported(&path.child("type"), typed(other), &PROFILE_TYPES),
    }
}

/// A container's context.
pub(in super::super) fn validate_container(
    container: &Container,
    pod: &PodContext<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(context) = json::object(&container.extra, "securityContext") else { return };
    for member in ["runAsUser", "runAsGroup"] {
        validate_id(context, member, path, errors);
    }
    if let Some(mount) = json::text_at(context, "procMount") {
        let path = path.child("procMount");
        if !matches!(mount, "Default" | "Unmasked") {
            errors.not_supported(&path, typed(mount), &["Default", "Unmasked"]);
        }
        if mount == "Unmasked" && !pod.has_own_users() && errors.sem.unmasked_needs_own_users() {
            let detail = "`hostUsers` must be false to use `Unmasked`";
            errors.invalid(&path, BadValue::TextPointer(mount.to_owned()), detail);
        }
    }
    validate_seccomp(context, path, errors);
    if json::bool_at(context, "allowPrivilegeEscalation") == Some(false) {
        if json::bool_at(context, "privileged") == Some(true) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(path, composite(context), detail);
        }
        let mut added = capabilities(context);
        if !errors.allowed.sys_admin {
            for _ in added.by_ref().filter(|capability| *capability == SYS_ADMIN) {
                let detail = "cannot set `allowPrivilegeEscalation` to false and \
                              `capabilities.Add` CAP_SYS_ADMIN";
                errors.invalid(path, composite(context), detail);
            }
        }
    }
    windows::validate_options(context, path, errors);
    validate_app_armor(context, path, errors);
}

const SYS_ADMIN: &str = "CAP_SYS_ADMIN";

fn capabilities(context: &Object) -> impl Iterator<Item = &str> {
    json::object(context, "capabilities")
        .into_iter()
        .flat_map(|capabilities| super::texts(capabilities, "add"))
        .map(|(_, capability)| capability)
}

/// Whether a stored container adds a capability that a new one could not.
pub(in super::super) fn adds_sys_admin(container: &Container) -> bool {
    json::object(&container.extra, "securityContext").is_some_and(|context| {
        json::bool_at(context, "allowPrivilegeEscalation") != Some(true)
            && capabilities(context).any(|capability| capability == SYS_ADMIN)
    })
}

/// What a pod with users of its own may not have.
pub(in super::super) fn validate_host_users(
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if json::bool_at(&spec.extra, "hostUsers") != Some(false) {
        return;
    }
    let detail = match errors.sem.short_host_users_text() {
        true => "when `hostUsers` is false",
        false => "when `pod.Spec.HostUsers` is false",
    };
    // GO: the error paths of two members start with a capital.
    for (member, told) in
        [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
    {
        let allowed = member == "hostNetwork" && errors.allowed.own_users_in_host_network;
        if is_true(spec, member) && !allowed {
            errors.forbidden(&path.child(told), detail);
        }
    }
    if errors.sem.own_users_need_file_systems() && !errors.allowed.own_users_with_devices {
        each_container(spec, path, |container, path| {
            if !json::list(&container.extra, "volumeDevices").is_empty() {
                errors.forbidden(&path.child("volumeDevices"), detail);
            }
        });
    }
}
