//! What a pod's worker does at one instant: starts containers, stops them in order, and publishes
//! the status.
//!
//! Rules: PODPHASE-23 to -25, -31, -32, -44, -50, -51, -60 to -63 (`docs/semantics`).

use super::phase::{PhaseInput, phase};
use super::restart::{
    Attempt, ContainerRole, RestartDecision, back_off_event, back_off_message,
    effective_grace_seconds, restart_decision,
};
use super::slot::{Life, Slot};
use super::status::{self, Circumstances};
use super::worker::{Action, Decree, PodWorker, Stopping};
use crate::SECOND;
use crate::api::{
    ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, PodPhase,
    PodSpec, PodStatus, Text,
};

/// The minimum time between the request to stop and the kill (PODPHASE-60).
const LEAST_STOP_SECONDS: i64 = 2;

impl PodWorker {
    /// Does everything that follows from the state at `now`.
    pub(super) fn advance(&mut self) {
        if self.finished {
            return;
        }
        self.check_deadline();
        if self.stopping.is_none() && (self.deleted || self.decree.is_some()) {
            self.begin_stop();
        }
        if self.stopping.is_none() {
            self.run();
        }
        if self.stopping.is_some() {
            self.go_on_stopping();
        }
        self.publish();
        if self.finished {
            self.actions.push_back(Action::Finished);
        }
    }

    fn check_deadline(&mut self) {
        if self.decree.is_some() || self.deadline().is_none_or(|at| self.now < at) {
            return;
        }
        self.decree = Some(Decree {
            reason: status::DEADLINE_EXCEEDED.to_owned(),
            message: status::DEADLINE_MESSAGE.to_owned(),
            disruption: None,
            grace: None,
            spares_success: false,
        });
        self.actions.push_back(Action::Event {
            warning: false,
            reason: status::DEADLINE_EXCEEDED,
            message: status::DEADLINE_MESSAGE.to_owned(),
        });
    }

    /// Starts containers; begins to stop when nothing is left to run (PODPHASE-50).
    fn run(&mut self) {
        if self.restarting_all == Some(true) && !self.remove_all() {
            return;
        }
        if self.render(false).0.is_terminal() {
            return self.begin_stop();
        }
        let inits = self.spec.init_containers.len();
        let was_initialized = self.slots[inits..].iter().any(Slot::has_record);
        if !was_initialized && !self.initialize(inits) {
            return;
        }
        let lives = |worker: &PodWorker, i: usize| {
            let slot = &worker.slots[i];
            match (&slot.last, slot.life) {
                (Some(last), Life::Exited) => worker.decides(slot, last.exit_code),
                _ => true,
            }
        };
        if !(inits..self.slots.len()).any(|i| lives(self, i)) {
            return self.begin_stop();
        }
        for i in 0..inits {
            if self.slots[i].role == ContainerRole::Sidecar {
                self.try_start(i);
            }
        }
        for i in inits..self.slots.len() {
            if lives(self, i) {
                self.try_start(i);
            }
        }
    }

    fn decides(&self, slot: &Slot, code: i32) -> bool {
        let container = slot.container(&self.spec);
        let decision = restart_decision(&self.spec, container, slot.role, code, &self.sem);
        decision != RestartDecision::No
    }

    /// One step of the init sequence (PODPHASE-31). The last init container with a record marks the
    /// progress; sidecars before it keep running. Returns whether the sequence is over.
    fn initialize(&mut self, inits: usize) -> bool {
        let next = match self.slots[..inits].iter().rposition(Slot::has_record_or_starts) {
            None => 0,
            Some(last) => {
                for i in 0..last {
                    if self.slots[i].role == ContainerRole::Sidecar {
                        self.try_start(i);
                    }
                }
                let slot = &self.slots[last];
                let done = match (slot.role, slot.life, &slot.last) {
                    (ContainerRole::Sidecar, Life::Running(_), _) => true,
                    (ContainerRole::Init, Life::Exited, Some(end)) => {
                        end.exit_code == 0 && end.reason != "OOMKilled"
                    }
                    _ => false,
                };
                if !done {
                    // A failed init container that must not restart has made the phase Failed.
                    self.try_start(last);
                    return false;
                }
                last + 1
            }
        };
        if next < inits {
            self.try_start(next);
        }
        next == inits
    }

    /// Starts a container that should run and does not, unless it is in back-off (PODPHASE-40).
    fn try_start(&mut self, i: usize) {
        let now = self.now;
        let slot = &mut self.slots[i];
        if matches!(slot.life, Life::Starting | Life::Running(_)) {
            return;
        }
        if slot.retry.is_some_and(|(at, _)| now < at) {
            return;
        }
        let container = slot.container(&self.spec).name.clone();
        let finished_at = slot.finished_at.filter(|_| slot.life == Life::Exited);
        match slot.back_off.attempt(finished_at, now) {
            Attempt::Start => {
                slot.life = Life::Starting;
                slot.retry = None;
                let restart_count = slot.next_count;
                self.actions.push_back(Action::Start { container, restart_count });
            }
            Attempt::Wait { until, delay_seconds } => {
                slot.retry = Some((until, delay_seconds));
                slot.waiting = Some(ContainerStateWaiting {
                    reason: Text::of(status::CRASH_LOOP),
                    message: back_off_message(delay_seconds, &container, &self.pod).into(),
                });
                self.actions.push_back(Action::Event {
                    warning: true,
                    reason: "BackOff",
                    message: back_off_event(&container, &self.pod),
                });
            }
        }
    }

    /// Stops and removes every container for a restart of all (PODPHASE-44). Returns whether that
    /// is done.
    fn remove_all(&mut self) -> bool {
        let grace = effective_grace_seconds(&self.spec, None, None, &self.sem);
        for i in 0..self.slots.len() {
            self.ask_to_stop(i, grace.max(LEAST_STOP_SECONDS));
        }
        if self.slots.iter().any(Slot::is_running) {
            return false;
        }
        for slot in &mut self.slots {
            slot.remove();
        }
        self.publish();
        self.restarting_all = Some(false);
        true
    }

    fn begin_stop(&mut self) {
        let grace = self.grace();
        self.stopping = Some(Stopping { since: self.now, grace });
        for slot in &mut self.slots {
            slot.retry = None;
            slot.kill_at = None;
        }
    }

    fn grace(&self) -> i64 {
        let eviction = self.decree.as_ref().and_then(|decree| decree.grace);
        effective_grace_seconds(&self.spec, self.deletion_grace, eviction, &self.sem)
    }

    /// Asks containers to stop in their order (PODPHASE-60 to PODPHASE-62), and ends the pod after
    /// the last.
    fn go_on_stopping(&mut self) {
        let Some(mut stopping) = self.stopping else { return };
        let shorter = self.grace();
        if shorter < stopping.grace {
            // A shorter grace period counts from its request.
            stopping = Stopping { since: self.now, grace: shorter };
            self.stopping = Some(stopping);
        }
        let waited = self.now.since(stopping.since) / SECOND;
        let left = (stopping.grace - waited).max(LEAST_STOP_SECONDS);
        let inits = self.spec.init_containers.len();
        for i in 0..self.slots.len() {
            if self.slots[i].role != ContainerRole::Sidecar {
                self.ask_to_stop(i, left);
            }
        }
        let mut turn = !self.slots[inits..].iter().any(Slot::is_running);
        for i in (0..inits).rev() {
            if self.slots[i].role != ContainerRole::Sidecar {
                continue;
            }
            if turn || waited >= stopping.grace {
                self.ask_to_stop(i, left);
            }
            turn = turn && !self.slots[i].is_running();
        }
        self.finished = !self.slots.iter().any(Slot::is_running);
    }

    fn ask_to_stop(&mut self, i: usize, grace_seconds: i64) {
        let kill_at = self.now.plus_seconds(grace_seconds);
        let slot = &mut self.slots[i];
        // A starting container is asked once the host reports that it runs. A stopping one is asked
        // again only if the kill comes sooner.
        if !matches!(slot.life, Life::Running(_)) || slot.kill_at.is_some_and(|at| at <= kill_at) {
            return;
        }
        slot.kill_at = Some(kill_at);
        let container = slot.container(&self.spec).name.clone();
        self.actions.push_back(Action::Stop { container, grace_seconds });
    }

    /// Publishes the status if it changed.
    pub(super) fn publish(&mut self) {
        let (computed, mut status) = self.render(self.finished);
        if computed.is_terminal() && self.decree.is_none() {
            self.decided = Some(computed.clone());
        }
        // A terminal phase is published only when nothing runs any more (PODPHASE-24).
        status.phase = match computed.is_terminal() && !self.finished {
            true if self.published.phase == PodPhase::Absent => PodPhase::Pending,
            true => self.published.phase.clone(),
            false => computed,
        };
        let decree = self.decree.as_ref().filter(|_| status.phase == PodPhase::Failed);
        if let Some(decree) = decree {
            status.reason = decree.reason.as_str().into();
            status.message = decree.message.as_str().into();
        } else if status.phase != self.published.phase {
            status.reason.clear();
            status.message.clear();
        }
        let disruption = decree.and_then(|decree| decree.disruption.as_deref());
        let around = Circumstances {
            sandbox: !self.finished,
            disruption,
            restarting_all: self.restarting_all,
        };
        let before = &self.published.conditions;
        let conditions = status::conditions(&self.spec, &status, before, &around, self.now);
        if *status.conditions != conditions {
            status.conditions = conditions.into();
        }
        if status != self.published {
            self.published = status.clone();
            self.actions.push_back(Action::Status(Box::new(status)));
        }
    }

    /// The phase in memory, and a status with the current containers.
    fn render(&self, terminal: bool) -> (PodPhase, PodStatus) {
        let inits = self.spec.init_containers.len();
        let status_of = |slot: &Slot| slot.status(&self.spec, inits > 0, self.deleted);
        let mut init: Vec<_> = self.slots[..inits].iter().map(status_of).collect();
        let mut regular: Vec<_> = self.slots[inits..].iter().map(status_of).collect();
        regular.sort_by(|a, b| a.name.cmp(&b.name));
        let initialized = self.slots[inits..].iter().any(Slot::has_record);
        let input =
            PhaseInput { spec: &self.spec, init: &init, regular: &regular, terminal, initialized };
        let mut computed = self.decided.clone().unwrap_or_else(|| phase(&input, &self.sem));
        let spared = |d: &Decree| d.spares_success && computed == PodPhase::Succeeded;
        if self.decree.as_ref().is_some_and(|decree| !spared(decree)) {
            computed = PodPhase::Failed;
        }
        if terminal {
            if !computed.is_terminal() {
                computed = PodPhase::Failed;
            }
            if has_initialized(&self.spec, &init, &regular) {
                regular.iter_mut().for_each(not_located);
            }
            let evidence = |s: &ContainerStatus| {
                s.state.waiting.is_none() || s.last_state.terminated.is_some()
            };
            let reached = init.iter().rposition(evidence).map_or(1, |last| last + 1);
            init.iter_mut().take(reached).for_each(not_located);
        }
        let mut status = self.published.clone();
        if *status.init_container_statuses != init {
            status.init_container_statuses = init.into();
        }
        if *status.container_statuses != regular {
            status.container_statuses = regular.into();
        }
        (computed, status)
    }
}

/// Whether the init containers completed once (PODPHASE-63).
fn has_initialized(spec: &PodSpec, init: &[ContainerStatus], regular: &[ContainerStatus]) -> bool {
    let moved =
        |s: &ContainerStatus| s.state.waiting.is_none() || s.last_state.terminated.is_some();
    let (Some(container), Some(last)) = (spec.init_containers.last(), init.last()) else {
        return true;
    };
    let well = |state: &ContainerState| state.terminated.as_ref().is_some_and(|t| t.exit_code == 0);
    let last_done = if container.is_sidecar() {
        last.state.running.is_some() && last.started == Some(true)
    } else {
        well(&last.state) || well(&last.last_state)
    };
    regular.iter().any(moved) || last_done
}

/// Gives a container that has no end in a finished pod one without times (PODPHASE-63).
fn not_located(status: &mut ContainerStatus) {
    if status.state.terminated.is_none() {
        status.state = ContainerState {
            terminated: Some(ContainerStateTerminated {
                exit_code: 137,
                reason: Text::of(status::STATUS_UNKNOWN),
                message: Text::of(status::NOT_LOCATED_TERMINATED),
                ..ContainerStateTerminated::default()
            }),
            ..ContainerState::default()
        };
    }
}
