//! The phase of a pod, from its containers.
//!
//! Deliberately absent: the time before (a pod without a node is Pending) and what overrides the
//! containers (deadline, eviction, deletion of a pod that never started); [`super::PodWorker`] has
//! those.
//!
//! Rules: PODPHASE-20, PODPHASE-21, PODPHASE-22 (`docs/semantics`).

use super::restart::{ContainerRole, RestartDecision, restart_decision};
use crate::Semantics;
use crate::api::{Container, ContainerStateTerminated, ContainerStatus, PodPhase, PodSpec};

/// The inputs of the phase.
#[derive(Clone, Copy, Debug)]
pub struct PhaseInput<'a> {
    /// The pod's spec.
    pub spec: &'a PodSpec,
    /// The statuses of its init containers, in any order.
    pub init: &'a [ContainerStatus],
    /// The statuses of its regular containers, in any order.
    pub regular: &'a [ContainerStatus],
    /// Whether all containers are stopped for good.
    pub terminal: bool,
    /// Whether some regular container was created since the pod was last set up.
    pub initialized: bool,
}

#[derive(Default)]
struct Counts {
    init_dead: usize,
    init_failed: usize,
    pending_init: usize,
    pending_sidecar: usize,
    unknown: usize,
    waiting: usize,
    running: usize,
    stopped: usize,
    last: usize,
    succeeded: usize,
}

/// The phase that follows from the containers (PODPHASE-20, PODPHASE-21).
pub fn phase(input: &PhaseInput<'_>, sem: &Semantics) -> PodPhase {
    let n = count(input, sem);
    let rules = sem.container_restart_rules();
    let never = input.spec.restart_policy == Some(crate::api::RestartPolicy::Never);
    let initialized = if sem.initialized_by_records() {
        input.initialized
    } else {
        input.regular.iter().any(|s| s.state.running.is_some() || s.state.terminated.is_some())
    };
    if if rules { n.init_dead > 0 } else { n.init_failed > 0 && never } {
        return PodPhase::Failed;
    }
    let pending = if sem.init_pending_after_initialized() {
        n.pending_init > 0 || n.pending_sidecar > 0 && !initialized
    } else {
        n.pending_init + n.pending_sidecar > 0 && !initialized
    };
    if pending || n.waiting > 0 {
        return PodPhase::Pending;
    }
    if n.running > 0 && n.unknown == 0 {
        return PodPhase::Running;
    }
    if n.running == 0 && n.stopped > 0 && n.unknown == 0 {
        let all_well = n.stopped == n.succeeded;
        let over = if input.terminal {
            true
        } else if rules {
            n.stopped == n.last
        } else {
            all_well || never
        };
        return match (over, all_well) {
            (false, _) => PodPhase::Running,
            (true, true) => PodPhase::Succeeded,
            (true, false) => PodPhase::Failed,
        };
    }
    PodPhase::Pending
}

fn count(input: &PhaseInput<'_>, sem: &Semantics) -> Counts {
    let mut n = Counts::default();
    for container in &input.spec.init_containers {
        let status = find(input.init, &container.name);
        match ContainerRole::of_init(container) {
            ContainerRole::Sidecar => n.sidecar(status),
            _ => n.init(input.spec, container, status, sem),
        }
    }
    for container in &input.spec.containers {
        n.regular(input.spec, container, find(input.regular, &container.name), sem);
    }
    n
}

impl Counts {
    fn init(
        &mut self,
        spec: &PodSpec,
        container: &Container,
        status: Option<&ContainerStatus>,
        sem: &Semantics,
    ) {
        match status.and_then(ended) {
            Some(ended) if ended.exit_code != 0 => {
                self.init_failed += 1;
                if !restartable(spec, container, ContainerRole::Init, ended, sem) {
                    self.init_dead += 1;
                }
            }
            Some(_) => {}
            None => self.pending_init += 1,
        }
    }

    fn sidecar(&mut self, status: Option<&ContainerStatus>) {
        match status {
            None => self.unknown += 1,
            Some(status) if status.state.running.is_some() => {
                self.running += 1;
                self.pending_sidecar += usize::from(status.started != Some(true));
            }
            Some(status) if ended(status).is_some() => {}
            Some(_) => {
                self.pending_sidecar += 1;
                self.waiting += 1;
            }
        }
    }

    fn regular(
        &mut self,
        spec: &PodSpec,
        container: &Container,
        status: Option<&ContainerStatus>,
        sem: &Semantics,
    ) {
        let Some(status) = status else {
            self.unknown += 1;
            return;
        };
        if status.state.running.is_some() {
            self.running += 1;
        } else if let Some(ended) = ended(status) {
            self.stopped += 1;
            if !restartable(spec, container, ContainerRole::Regular, ended, sem) {
                self.last += 1;
            }
            // A container that waits for a restart has not succeeded, whatever its last exit code.
            if status.state.terminated.is_some() && ended.exit_code == 0 {
                self.succeeded += 1;
            }
        } else {
            self.waiting += 1;
        }
    }
}

fn find<'a>(statuses: &'a [ContainerStatus], name: &str) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == name)
}

/// The termination that counts: the current one, or the last one of a container that does not run.
fn ended(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    if status.state.running.is_some() {
        return None;
    }
    status.state.terminated.as_ref().or(status.last_state.terminated.as_ref())
}

fn restartable(
    spec: &PodSpec,
    container: &Container,
    role: ContainerRole,
    ended: &ContainerStateTerminated,
    sem: &Semantics,
) -> bool {
    if sem.restart_all_containers() && ended.reason == super::status::RESTARTING_ALL {
        return true;
    }
    restart_decision(spec, container, role, ended.exit_code, sem) != RestartDecision::No
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KubeVersion;

    /// A status in short: `run`, `new` (waiting, never ran), `exit N`, `back N` (waiting, last
    /// exit N), `starting` (running, not started), `all N` (restarting all, last exit N).
    fn status(name: &str, text: &str) -> ContainerStatus {
        let (word, code) = text.split_once(' ').unwrap_or((text, "0"));
        let ended = format!(r#"{{"terminated":{{"exitCode":{code}}}}}"#);
        let json = match word {
            "run" => r#"{"state":{"running":{}},"started":true}"#.to_owned(),
            "starting" => r#"{"state":{"running":{}},"started":false}"#.to_owned(),
            "new" => r#"{"state":{"waiting":{"reason":"ErrImagePull"}}}"#.to_owned(),
            "exit" => format!(r#"{{"state":{ended}}}"#),
            "back" => format!(r#"{{"state":{{"waiting":{{}}}},"lastState":{ended}}}"#),
            "all" => format!(
                r#"{{"state":{{"waiting":{{}}}},"lastState":{{"terminated":{{"exitCode":{code},
                "reason":"RestartingAllContainers"}}}}}}"#
            ),
            other => panic!("{other}"),
        };
        let status: ContainerStatus = serde_json::from_str(&json).unwrap();
        ContainerStatus { name: name.into(), ..status }
    }

    /// Containers as `name=status` words joined by `, `; `-` for none. Sidecars start with `s`.
    fn of(
        policy: &str,
        init: &str,
        regular: &str,
        terminal: bool,
        version: KubeVersion,
    ) -> PodPhase {
        let parse = |text: &str| -> (Vec<Container>, Vec<ContainerStatus>) {
            let mut out = (Vec::new(), Vec::new());
            for entry in text.split(", ").filter(|e| !e.is_empty()) {
                let (name, state) = entry.split_once('=').unwrap();
                let sidecar = name.starts_with('s').then_some(crate::api::RestartPolicy::Always);
                out.0.push(Container {
                    name: name.into(),
                    restart_policy: sidecar,
                    ..Container::default()
                });
                if state != "-" {
                    out.1.push(status(name, state));
                }
            }
            out
        };
        let ((init_containers, init), (containers, regular)) = (parse(init), parse(regular));
        let spec = PodSpec {
            init_containers: init_containers.into(),
            containers: containers.into(),
            restart_policy: Some(policy.into()),
            ..PodSpec::default()
        };
        let initialized = regular.iter().any(|s| ended(s).is_some() || s.state.running.is_some());
        let (init, regular) = (&init[..], &regular[..]);
        let input = PhaseInput { spec: &spec, init, regular, terminal, initialized };
        phase(&input, &Semantics::kube(version))
    }

    #[test]
    fn the_table_podphase_22() {
        for (policy, init, regular, terminal, expected) in [
            ("Never", "", "a=exit 0, b=exit 0", false, "Succeeded"),
            ("Never", "", "a=exit 0, b=exit 1", false, "Failed"),
            ("Never", "", "a=exit 1, b=run", false, "Running"),
            ("OnFailure", "", "a=exit 1", false, "Running"),
            ("OnFailure", "", "a=exit 0, b=back 1", false, "Running"),
            ("OnFailure", "", "a=exit 1", true, "Failed"),
            ("Never", "s=run", "a=exit 0", false, "Running"),
            ("OnFailure", "s=run", "a=exit 0", false, "Running"),
            ("Never", "s=exit 137", "a=exit 0", false, "Succeeded"),
            ("OnFailure", "s=exit 137", "a=exit 0", false, "Succeeded"),
            ("Never", "", "a=new, b=run", false, "Pending"),
            ("OnFailure", "", "a=new, b=run", false, "Pending"),
            ("OnFailure", "i=back 1", "a=new", false, "Pending"),
            ("OnFailure", "i=exit 1", "a=new", false, "Pending"),
            ("Never", "i=exit 1", "a=new", false, "Failed"),
        ] {
            for version in KubeVersion::ALL {
                let found = of(policy, init, regular, terminal, version);
                assert_eq!(found.as_str(), expected, "{version} {policy} [{init}] [{regular}]");
            }
        }
    }

    #[test]
    fn further_rows_podphase_20() {
        for (policy, init, regular, terminal, expected) in [
            ("Never", "i=run", "a=new", false, "Pending"),
            ("Never", "i=exit 0", "a=run", false, "Running"),
            ("Never", "i=back 0", "a=run", false, "Running"),
            ("Never", "i=-", "a=-", false, "Pending"),
            ("Never", "", "a=-", false, "Pending"),
            ("Never", "", "a=run, b=-", false, "Pending"),
            ("Never", "s=starting", "a=new", false, "Pending"),
            ("Never", "s=starting", "a=run", false, "Running"),
            ("Never", "s=back 1", "a=run", false, "Running"),
            ("Never", "s=back 1", "a=exit 0", true, "Succeeded"),
            ("OnFailure", "", "a=exit 0, b=exit 1", true, "Failed"),
            // Waiting for a restart is never a success, even after exit 0.
            ("OnFailure", "", "a=back 0", true, "Failed"),
        ] {
            for version in KubeVersion::ALL {
                let found = of(policy, init, regular, terminal, version);
                assert_eq!(found.as_str(), expected, "{version} {policy} [{init}] [{regular}]");
            }
        }
    }

    #[test]
    fn what_the_versions_disagree_on_podphase_21() {
        use KubeVersion::{V1_31, V1_32, V1_33};
        // An init container without a status beside running containers (a new sandbox).
        for (version, expected) in [(V1_31, "Running"), (V1_32, "Pending"), (V1_33, "Pending")] {
            assert_eq!(of("Never", "i=-", "a=run", false, version).as_str(), expected, "{version}");
        }
        // A sidecar that restarts while the only container waits for its own restart.
        for (version, expected) in [(V1_32, "Pending"), (V1_33, "Running")] {
            let found = of("OnFailure", "s=starting", "a=back 1", false, version);
            assert_eq!(found.as_str(), expected, "{version}");
        }
    }

    #[test]
    fn restarting_all_containers_is_no_end_podphase_20() {
        let (v35, v36) = (KubeVersion::V1_35, KubeVersion::V1_36);
        assert_eq!(of("Never", "", "a=all 137", false, v36), PodPhase::Running);
        assert_eq!(of("Never", "", "a=all 137", false, v35), PodPhase::Failed);
        assert_eq!(of("Never", "i=all 137", "a=all 137", false, v36), PodPhase::Running);
    }
}
