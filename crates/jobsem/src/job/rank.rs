//! Ranks active pods for removal.
//!
//! Rules: MANAGE-30 (upstream: `controller.ActivePods`). Deliberately absent, as upstream for
//! Jobs: deletion cost, co-location, ageing in powers of two.

use std::cmp::Ordering;

use super::record::{Phase, PodRecord};
use crate::api::{ConditionStatus, ContainerStatus, Pod};
use crate::{Semantics, Time};

/// Sorts pods into removal order.
pub(crate) fn sort(pods: &mut Vec<&PodRecord>, sem: &Semantics) {
    let mut ranked: Vec<_> = pods.drain(..).map(|pod| (Rank::new(pod, sem), pod)).collect();
    ranked.sort_by(|a, b| a.0.compare(&b.0));
    pods.extend(ranked.into_iter().map(|(_, pod)| pod));
}

/// The criteria of a pod's rank.
#[derive(Clone, Copy, Debug)]
struct Rank {
    scheduled: bool,
    phase: u8,
    ready: bool,
    ready_since: Option<Time>,
    restarts: i32,
    sidecar_restarts: i32,
    created: Option<Time>,
}

impl Rank {
    fn new(record: &PodRecord, sem: &Semantics) -> Rank {
        let pod = &record.pod;
        let ready = pod.status.condition("Ready").filter(|c| c.status == ConditionStatus::True);
        let sidecars = sem.sidecars_in_rank();
        Rank {
            scheduled: !pod.spec.node_name.is_empty(),
            phase: phase_order(record.phase),
            ready: record.ready,
            ready_since: ready.and_then(|c| c.last_transition_time),
            restarts: most_restarts(pod.status.container_statuses.iter()),
            sidecar_restarts: if sidecars { most_restarts(sidecar_statuses(pod)) } else { 0 },
            created: pod.metadata.creation_timestamp,
        }
    }

    fn compare(&self, other: &Rank) -> Ordering {
        self.scheduled
            .cmp(&other.scheduled)
            .then_with(|| self.phase.cmp(&other.phase))
            .then_with(|| self.ready.cmp(&other.ready))
            .then_with(|| match self.ready && other.ready {
                true => newer_first(self.ready_since, other.ready_since),
                false => Ordering::Equal,
            })
            .then_with(|| other.restarts.cmp(&self.restarts))
            .then_with(|| other.sidecar_restarts.cmp(&self.sidecar_restarts))
            .then_with(|| newer_first(self.created, other.created))
    }
}

fn most_restarts<'a>(statuses: impl Iterator<Item = &'a ContainerStatus>) -> i32 {
    statuses.map(|status| status.restart_count).fold(0, i32::max)
}

fn sidecar_statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.init_container_statuses.iter().filter(|status| {
        pod.spec.init_containers.iter().any(|c| c.is_sidecar() && c.name == status.name)
    })
}

fn phase_order(phase: Phase) -> u8 {
    match phase {
        Phase::Unknown => 1,
        Phase::Running => 2,
        _ => 0,
    }
}

/// The later time comes first; an absent one counts as the latest.
fn newer_first(a: Option<Time>, b: Option<Time>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => b.cmp(&a),
    }
}
