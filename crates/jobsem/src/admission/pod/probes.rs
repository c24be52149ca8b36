//! Probes and lifecycle hooks.
//!
//! Rules: PODVALID-12 to PODVALID-14.

use serde_json::Value;

use super::super::json::{self, Object};
use super::super::path::{Errors, Path, text, typed};
use super::os;
use crate::api::{Container, PodSpec};
use crate::names;
use crate::refusal::BadValue;

/// What can be done, in the order in which it is looked at. Probes have no `sleep`, hooks no
/// `grpc`.
const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// Signals that stop a container on Linux, in the order in which they are listed.
const LINUX_SIGNALS: [&str; 65] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMAX-1",
    "SIGRTMAX-10",
    "SIGRTMAX-11",
    "SIGRTMAX-12",
    "SIGRTMAX-13",
    "SIGRTMAX-14",
    "SIGRTMAX-2",
    "SIGRTMAX-3",
    "SIGRTMAX-4",
    "SIGRTMAX-5",
    "SIGRTMAX-6",
    "SIGRTMAX-7",
    "SIGRTMAX-8",
    "SIGRTMAX-9",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];
const WINDOWS_SIGNALS: [&str; 2] = ["SIGKILL", "SIGTERM"];

/// All three probes of a container.
pub(in super::super) fn validate_probes(
    container: &Container,
    pod: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = json::object(&container.extra, name) else { continue };
        let path = path.child(name);
        validate_handler(probe, &["sleep"], pod, &path, errors);
        for member in [
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold",
        ] {
            errors.non_negative(&path.child(member), json::number(probe, member));
        }
        let grace = json::number_at(probe, "terminationGracePeriodSeconds");
        let grace_path = path.child("terminationGracePeriodSeconds");
        if let Some(seconds) = grace.filter(|seconds| *seconds <= 0) {
            errors.invalid(&grace_path, BadValue::Number(seconds), "must be greater than 0");
        }
        let successes = json::number(probe, "successThreshold");
        if name == "readinessProbe" {
            if let Some(seconds) = grace {
                let detail = "must not be set for readinessProbes";
                errors.invalid(&grace_path, BadValue::Number(seconds), detail);
            }
        } else if successes != 1 {
            let path = path.child("successThreshold");
            errors.invalid(&path, BadValue::Number(successes), "must be 1");
        }
    }
}

/// What runs after a container's start and before its stop, and the signal that stops it.
pub(in super::super) fn validate_lifecycle(
    container: &Container,
    pod: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(lifecycle) = json::object(&container.extra, "lifecycle") else { return };
    for hook in ["postStart", "preStop"] {
        if let Some(handler) = json::object(lifecycle, hook) {
            validate_handler(handler, &["grpc"], pod, &path.child(hook), errors);
        }
    }
    let Some(signal) = json::text_at(lifecycle, "stopSignal") else { return };
    let path = path.child("stopSignal");
    let known: &[&str] = match os(pod) {
        None => {
            let detail = "may not be set for containers with empty `spec.os.name`";
            return errors.forbidden(&path, detail);
        }
        Some("windows") => &WINDOWS_SIGNALS,
        Some("linux") => &LINUX_SIGNALS,
        Some(_) => return,
    };
    if !known.contains(&signal) {
        errors.not_supported(&path, BadValue::TextPointer(signal.to_owned()), known);
    }
}

fn validate_handler(
    handler: &Object,
    without: &[&str],
    pod: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let mut found = false;
    for kind in HANDLERS.into_iter().filter(|kind| !without.contains(kind)) {
        let Some(action) = json::object(handler, kind) else { continue };
        let path = path.child(kind);
        if found {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match kind {
            "exec" => {
                if json::list(action, "command").is_empty() {
                    errors.required(&path.child("command"), "");
                }
            }
            "httpGet" => validate_http(action, &path, errors),
            "sleep" => validate_sleep(action, pod, &path, errors),
            _ => {
                validate_port(action.get("port"), &path.child("port"), errors);
                if let Some(mode) = json::text_at(action, "mode")
                    && kind == "grpc"
                    && !matches!(mode, "Plaintext" | "TLS")
                {
                    errors.not_supported(&path.child("mode"), typed(mode), &["Plaintext", "TLS"]);
                }
            }
        }
    }
    if !found {
        errors.required(path, "must specify a handler type");
    }
}

fn validate_http(action: &Object, path: &Path<'_>, errors: &mut Errors<'_>) {
    if json::text(action, "path").is_empty() {
        errors.required(&path.child("path"), "");
    }
    validate_port(action.get("port"), &path.child("port"), errors);
    let scheme = json::text(action, "scheme");
    if !matches!(scheme, "HTTP" | "HTTPS") {
        errors.not_supported(&path.child("scheme"), typed(scheme), &["HTTP", "HTTPS"]);
    }
    let headers = path.child("httpHeaders");
    for (_, header) in json::objects(action, "httpHeaders") {
        let name = json::text(header, "name");
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let detail = "a valid HTTP header must consist of alphanumeric characters or '-' \
                          (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
            errors.invalid(&headers, text(name), detail);
        }
    }
    let Some(protocol) = json::text_at(action, "protocol") else { return };
    let protocol_path = path.child("protocol");
    let host = json::text(action, "host");
    if !matches!(protocol, "HTTP1" | "HTTP2") {
        errors.not_supported(&protocol_path, typed(protocol), &["HTTP1", "HTTP2"]);
    } else if protocol == "HTTP2" && scheme != "HTTP" {
        errors.invalid(&protocol_path, typed(protocol), "is only supported with HTTP (H2C)");
    } else if protocol == "HTTP2" && !host.is_empty() {
        let detail = "must be empty when `protocol` is \"HTTP2\"";
        errors.invalid(&path.child("host"), text(host), detail);
    }
}

/// A port's number or name.
fn validate_port(port: Option<&Value>, path: &Path<'_>, errors: &mut Errors<'_>) {
    match port {
        Some(Value::String(name)) => {
            names::port_name(name, |detail| errors.invalid(path, text(name), detail));
        }
        other => {
            let number = other.and_then(Value::as_i64).unwrap_or_default();
            if !(1..=65_535).contains(&number) {
                let detail = "must be between 1 and 65535, inclusive";
                errors.invalid(path, BadValue::Number(number), detail);
            }
        }
    }
}

fn validate_sleep(action: &Object, pod: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let seconds = json::number(action, "seconds");
    let sem = errors.sem;
    let grace = pod.termination_grace_period_seconds.unwrap_or_default();
    let zero = errors.allowed.zero_sleep;
    if seconds <= grace && (seconds > 0 || zero && seconds == 0) {
        return;
    }
    let detail = if zero {
        format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})")
    } else {
        let hint = match sem.hints_at_zero_sleep() {
            true => ". Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.",
            false => "",
        };
        format!(
            "must be greater than 0 and less than terminationGracePeriodSeconds ({grace}){hint}"
        )
    };
    errors.invalid(path, BadValue::Number(seconds), detail);
}

/// Whether a stored container sleeps for no time at all.
pub(in super::super) fn sleeps_zero_seconds(container: &Container) -> bool {
    json::object(&container.extra, "lifecycle").is_some_and(|lifecycle| {
        ["preStop", "postStart"].iter().any(|hook| {
            json::object(lifecycle, hook)
                .and_then(|handler| json::object(handler, "sleep"))
                .is_some_and(|sleep| json::number(sleep, "seconds") == 0)
        })
    })
}
