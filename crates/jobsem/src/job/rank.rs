//! Which of several active pods is removed first.
//!
//! Rules: MANAGE-30 (upstream: `controller.ActivePods`). Deliberately absent, as upstream for
//! Jobs: deletion cost, co-location, ageing in powers of two.

use std::cmp::Ordering;

use super::record::{Phase, PodRecord};
use crate::{Semantics, Time};

/// Orders pods by how dispensable they are: the smallest is removed first.
pub(crate) fn compare(a: &PodRecord, b: &PodRecord, sem: &Semantics) -> Ordering {
    let sidecars = |r: &PodRecord| if sem.sidecars_in_rank() { r.rank.sidecar_restarts } else { 0 };
    a.rank
        .scheduled
        .cmp(&b.rank.scheduled)
        .then_with(|| phase_order(a.phase).cmp(&phase_order(b.phase)))
        .then_with(|| a.ready.cmp(&b.ready))
        .then_with(|| match a.ready && b.ready {
            true => newer_first(a.rank.ready_since, b.rank.ready_since),
            false => Ordering::Equal,
        })
        .then_with(|| b.rank.restarts.cmp(&a.rank.restarts))
        .then_with(|| sidecars(b).cmp(&sidecars(a)))
        .then_with(|| newer_first(a.rank.created, b.rank.created))
}

fn phase_order(phase: Phase) -> u8 {
    match phase {
        Phase::Unknown => 1,
        Phase::Running => 2,
        _ => 0,
    }
}

/// The later time comes first; an absent one is later than any.
fn newer_first(a: Option<Time>, b: Option<Time>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => b.cmp(&a),
    }
}
