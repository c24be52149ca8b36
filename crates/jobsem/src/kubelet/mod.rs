//! The node's side of one pod: computes the pod's status from the states of its containers.
//!
//! [`PodWorker`] covers a pod's whole life: a host that runs containers (as processes, sandboxes or
//! scripted steps) reports their events and carries out the actions that come back. The parts are
//! usable alone: [`phase()`] (containers → phase), [`restart_decision`] and [`BackOff`] (whether
//! and when a container starts again), [`termination_message`].
//!
//! Deliberately absent: probes (a container is ready once it runs), `preStop` and `postStart`
//! hooks, images, volumes, resources, node admission, ephemeral and static pods, and the
//! granularity of real kubelets (PODPHASE-41): retries come at the exact instant.
//!
//! Rules: the area PODPHASE (`docs/semantics`); each file names its own.

mod engine;
mod env;
mod exit;
mod phase;
mod restart;
mod slot;
mod status;
#[cfg(test)]
mod tests;
mod worker;

pub use env::{Invocation, Node, Unresolved, expand, field_value, hostname, invocation};
pub use exit::ContainerExit;
pub use phase::{PhaseInput, phase};
pub use restart::{
    Attempt, BackOff, ContainerRole, DEFAULT_GRACE_SECONDS, RestartDecision, back_off_event,
    back_off_message, effective_grace_seconds, restart_decision,
};
pub use status::{TerminationMessage, termination_message};
pub use worker::{Action, Eviction, PodWorker};
