//! Decides whether and when an ended container restarts, and how long it may take to stop.
//!
//! Deliberately absent: the gate `ReduceDefaultCrashLoopBackOffDecay` (alpha) and the node setting
//! that lowers the cap of five minutes.
//!
//! Rules: PODPHASE-10, PODPHASE-40, PODPHASE-60 (`docs/semantics`).

use serde::Deserialize;

use crate::api::{Container, PodSpec, RestartPolicy};
use crate::{SECOND, Semantics, Time};

/// The grace period of a pod whose spec has none (the API server writes it into every spec).
pub const DEFAULT_GRACE_SECONDS: i64 = 30;

const FIRST_DELAY: i64 = 10 * SECOND;
const LONGEST_DELAY: i64 = 300 * SECOND;
const FORGET_AFTER: i64 = 2 * LONGEST_DELAY;

/// The role of a container in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ContainerRole {
    /// An init container that must end before the next one starts.
    Init,
    /// An init container with restart policy Always, which keeps running beside the others.
    Sidecar,
    /// One of `spec.containers`.
    Regular,
}

impl ContainerRole {
    /// The role of an entry of `spec.initContainers`.
    pub fn of_init(container: &Container) -> ContainerRole {
        if container.is_sidecar() { ContainerRole::Sidecar } else { ContainerRole::Init }
    }
}

/// The consequence of a container's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestartDecision {
    /// It does not restart.
    No,
    /// It restarts, with back-off.
    Restart,
    /// Every container of the pod restarts (PODPHASE-44).
    RestartAllContainers,
}

/// Whether `container` restarts after `exit_code` (PODPHASE-10).
pub fn restart_decision(
    spec: &PodSpec,
    container: &Container,
    role: ContainerRole,
    exit_code: i32,
    sem: &Semantics,
) -> RestartDecision {
    if role == ContainerRole::Sidecar {
        return RestartDecision::Restart;
    }
    let own = container.restart_policy.as_ref().filter(|_| sem.container_restart_rules());
    if own.is_some() {
        for rule in rules(container).iter().filter(|rule| rule.matches(exit_code)) {
            match rule.action.as_str() {
                "Restart" => return RestartDecision::Restart,
                "RestartAllContainers" if sem.restart_all_containers() => {
                    return RestartDecision::RestartAllContainers;
                }
                _ => {}
            }
        }
    }
    let again = match own.or(spec.restart_policy.as_ref()) {
        Some(RestartPolicy::Never) => false,
        Some(RestartPolicy::OnFailure) => exit_code != 0,
        // A succeeded init container does not run again, whatever the policy.
        _ => role == ContainerRole::Regular || exit_code != 0,
    };
    if again { RestartDecision::Restart } else { RestartDecision::No }
}

/// The deciding members of an entry of `restartPolicyRules`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    action: String,
    #[serde(default)]
    exit_codes: Option<ExitCodes>,
}

#[derive(Deserialize)]
struct ExitCodes {
    #[serde(default)]
    operator: String,
    #[serde(default)]
    values: Vec<i32>,
}

impl Rule {
    fn matches(&self, exit_code: i32) -> bool {
        self.exit_codes.as_ref().is_some_and(|codes| {
            let listed = codes.values.contains(&exit_code);
            match codes.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                _ => false,
            }
        })
    }
}

/// Ill-formed rules are ignored: admission refuses them before a pod exists.
fn rules(container: &Container) -> Vec<Rule> {
    let rules = container.extra.get("restartPolicyRules");
    rules.and_then(|rules| Vec::deserialize(rules).ok()).unwrap_or_default()
}

/// The restart back-off of one container of one pod (PODPHASE-40).
///
/// ```
/// use jobsem::Time;
/// use jobsem::kubelet::{Attempt, BackOff};
///
/// let mut back_off = BackOff::default();
/// let t = Time::from_unix(100);
/// assert_eq!(back_off.attempt(Some(t), t), Attempt::Start, "the first restart is immediate");
/// let Attempt::Wait { until, delay_seconds } = back_off.attempt(Some(t), t) else { panic!() };
/// assert_eq!((until, delay_seconds), (t.plus_seconds(10), 10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    delay: i64,
    last_update: Option<Time>,
}

/// The result of an attempt to start a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempt {
    /// Start it now.
    Start,
    /// Wait until `until`.
    Wait {
        /// The earliest time of the next attempt.
        until: Time,
        /// The current back-off, in whole seconds.
        delay_seconds: i64,
    },
}

impl BackOff {
    /// Tries to start the container whose latest instance ended at `finished_at`. A first start,
    /// without an ended instance, never waits and leaves the back-off unchanged.
    pub fn attempt(&mut self, finished_at: Option<Time>, now: Time) -> Attempt {
        let Some(finished_at) = finished_at else { return Attempt::Start };
        match self.last_update {
            Some(last) if finished_at.since(last) <= FORGET_AFTER => {
                if now.since(finished_at) < self.delay {
                    return Attempt::Wait {
                        until: finished_at.plus_nanos(self.delay),
                        delay_seconds: self.delay / SECOND,
                    };
                }
                self.delay = (self.delay * 2).min(LONGEST_DELAY);
            }
            _ => self.delay = FIRST_DELAY,
        }
        self.last_update = Some(now);
        Attempt::Start
    }
}

/// The message of a container that waits with reason `CrashLoopBackOff` (PODPHASE-40).
pub fn back_off_message(delay_seconds: i64, container: &str, pod: &str) -> String {
    let delay = go_duration(delay_seconds);
    format!("back-off {delay} restarting failed container={container} pod={pod}")
}

/// The message of the Warning event `BackOff` (PODPHASE-40).
pub fn back_off_event(container: &str, pod: &str) -> String {
    format!("Back-off restarting failed container {container} in pod {pod}")
}

/// Whole seconds as Go prints a duration: `40s`, `1m20s`, `5m0s`.
fn go_duration(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

/// The grace period of a pod's containers in whole seconds: the smallest requested one, else the
/// pod's own; at least 1 (PODPHASE-60).
pub fn effective_grace_seconds(
    spec: &PodSpec,
    deletion: Option<i64>,
    eviction: Option<i64>,
    sem: &Semantics,
) -> i64 {
    let own = spec.termination_grace_period_seconds.unwrap_or(DEFAULT_GRACE_SECONDS);
    let asked = deletion.into_iter().chain(eviction).min();
    let asked = asked.filter(|grace| *grace != 0 || !sem.zero_grace_falls_back());
    asked.unwrap_or(own).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gate, KubeVersion};

    fn decide(version: KubeVersion, pod: &str, container: &str, code: i32) -> RestartDecision {
        let spec = PodSpec { restart_policy: Some(pod.into()), ..PodSpec::default() };
        let container: Container = serde_json::from_str(container).unwrap();
        let sem = Semantics::kube(version);
        restart_decision(&spec, &container, ContainerRole::Regular, code, &sem)
    }

    #[test]
    fn the_pod_policy_decides_podphase_10() {
        use RestartDecision::{No, Restart};
        for (policy, code, expected) in
            [("Never", 0, No), ("Never", 1, No), ("OnFailure", 0, No), ("OnFailure", 1, Restart)]
        {
            for version in KubeVersion::ALL {
                assert_eq!(decide(version, policy, "{}", code), expected, "{policy} {code}");
            }
        }
    }

    #[test]
    fn container_rules_decide_from_1_35_podphase_10() {
        use RestartDecision::{No, Restart, RestartAllContainers};
        let not_in = r#"{"restartPolicy":"Never","restartPolicyRules":[
            {"action":"Restart","exitCodes":{"operator":"NotIn","values":[0]}}]}"#;
        let zero = r#"{"restartPolicy":"OnFailure","restartPolicyRules":[
            {"action":"Restart","exitCodes":{"operator":"In","values":[0]}}]}"#;
        let all = r#"{"restartPolicy":"Never","restartPolicyRules":[
            {"action":"RestartAllContainers","exitCodes":{"operator":"In","values":[3]}},
            {"action":"Restart","exitCodes":{"operator":"In","values":[3,4]}}]}"#;
        let (v34, v35, v37) = (KubeVersion::V1_34, KubeVersion::V1_35, KubeVersion::V1_37);
        for (version, policy, container, code, expected) in [
            (v37, "Never", not_in, 7, Restart),
            (v37, "Never", not_in, 0, No),
            (v34, "Never", not_in, 7, No),
            (v37, "OnFailure", zero, 0, Restart),
            (v37, "Never", all, 3, RestartAllContainers),
            // The gate is off: the rule is ignored and the next one decides.
            (v35, "Never", all, 3, Restart),
            (v37, "Never", all, 5, No),
            (v37, "Never", r#"{"restartPolicy":"OnFailure"}"#, 1, Restart),
            (v37, "OnFailure", r#"{"restartPolicy":"Never"}"#, 1, No),
            (v34, "OnFailure", r#"{"restartPolicy":"Never"}"#, 1, Restart),
        ] {
            assert_eq!(decide(version, policy, container, code), expected, "{version} {code}");
        }
    }

    #[test]
    fn sidecars_always_restart_and_done_init_containers_never_podphase_10() {
        let spec = PodSpec { restart_policy: Some(RestartPolicy::Never), ..PodSpec::default() };
        let sidecar =
            Container { restart_policy: Some(RestartPolicy::Always), ..Container::default() };
        for version in KubeVersion::ALL {
            let sem = Semantics::kube(version);
            let role = ContainerRole::of_init(&sidecar);
            assert_eq!(restart_decision(&spec, &sidecar, role, 0, &sem), RestartDecision::Restart);
        }
        let always = PodSpec::default();
        let sem = Semantics::default();
        let init = Container::default();
        let role = ContainerRole::Init;
        assert_eq!(restart_decision(&always, &init, role, 0, &sem), RestartDecision::No);
        assert_eq!(restart_decision(&always, &init, role, 1, &sem), RestartDecision::Restart);
    }

    #[test]
    fn waits_double_up_to_five_minutes_podphase_40() {
        let mut back_off = BackOff::default();
        let mut starts = vec![0];
        for _ in 0..8 {
            let finished = Time::from_unix(starts[starts.len() - 1] + 1);
            let at = match back_off.attempt(Some(finished), finished) {
                Attempt::Start => finished,
                Attempt::Wait { until, .. } => {
                    assert_eq!(back_off.attempt(Some(finished), until), Attempt::Start);
                    until
                }
            };
            starts.push(at.unix());
        }
        assert_eq!(starts, [0, 1, 12, 33, 74, 155, 316, 617, 918]);
    }

    #[test]
    fn a_long_run_resets_the_back_off_podphase_40() {
        let mut back_off = BackOff::default();
        for k in 0..5 {
            let finished = Time::from_unix(660 * k);
            assert_eq!(back_off.attempt(Some(finished), finished), Attempt::Start);
        }
        // Exactly ten minutes do not reset the back-off yet.
        let mut back_off = BackOff::default();
        let t = Time::from_unix(0);
        back_off.attempt(Some(t), t);
        let t = Time::from_unix(600);
        assert!(matches!(back_off.attempt(Some(t), t), Attempt::Wait { delay_seconds: 10, .. }));
    }

    #[test]
    fn a_first_start_never_waits_podphase_40() {
        let mut back_off = BackOff::default();
        assert_eq!(back_off.attempt(None, Time::UNIX_EPOCH), Attempt::Start);
        assert_eq!(back_off, BackOff::default());
    }

    #[test]
    fn delays_are_worded_as_go_does_podphase_40() {
        for (seconds, text) in [
            (10, "10s"),
            (40, "40s"),
            (80, "1m20s"),
            (160, "2m40s"),
            (300, "5m0s"),
            (3600, "1h0m0s"),
        ] {
            assert_eq!(go_duration(seconds), text);
        }
        assert_eq!(
            back_off_message(10, "c", "p_ns(u)"),
            "back-off 10s restarting failed container=c pod=p_ns(u)"
        );
        assert_eq!(
            back_off_event("c", "p_ns(u)"),
            "Back-off restarting failed container c in pod p_ns(u)"
        );
    }

    #[test]
    fn the_grace_is_the_smallest_asked_for_podphase_60() {
        let spec = PodSpec { termination_grace_period_seconds: Some(20), ..PodSpec::default() };
        let (v30, v31) = (Semantics::kube(KubeVersion::V1_30), Semantics::kube(KubeVersion::V1_31));
        for (deletion, eviction, old, new) in [
            (None, None, 20, 20),
            (Some(5), None, 5, 5),
            (Some(60), None, 60, 60),
            (Some(5), Some(3), 3, 3),
            (None, Some(0), 20, 1),
            (Some(0), None, 20, 1),
            (Some(-1), None, 1, 1),
        ] {
            assert_eq!(effective_grace_seconds(&spec, deletion, eviction, &v30), old);
            assert_eq!(effective_grace_seconds(&spec, deletion, eviction, &v31), new);
        }
        let sem = Semantics::default();
        assert_eq!(effective_grace_seconds(&PodSpec::default(), None, None, &sem), 30);
    }

    #[test]
    fn the_rules_have_gates() {
        let sem = Semantics::kube(KubeVersion::V1_35);
        assert!(sem.container_restart_rules() && !sem.restart_all_containers());
        let sem = sem.with_gate(Gate::RestartAllContainersOnContainerExits, true).unwrap();
        assert!(sem.restart_all_containers());
    }
}
