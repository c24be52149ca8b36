//! [`DeletionPlan`]: the order in which an object and its dependents are deleted.
//!
//! The combined work of the API server and the garbage collector, as a list of steps, each of which
//! names the steps it waits for. Deliberately absent: owners that share a dependent (it stays as
//! long as one of them does), and the execution of the steps.
//!
//! Rules: DEL-01 to DEL-03, GC-33 to GC-37.

use crate::request::Propagation;

/// An object and its dependents.
///
/// ```
/// use jobsem::cleanup::{DeletionPlan, Owned, StepKind};
/// use jobsem::Propagation;
///
/// let job = Owned::new("job").owning([Owned::new("pod-0"), Owned::new("pod-1")]);
/// let plan = DeletionPlan::new(&job, Propagation::Foreground);
/// let steps: Vec<_> = plan.steps().iter().map(|s| (s.kind, s.id, s.after.clone())).collect();
/// assert_eq!(steps, [
///     (StepKind::Mark, "job", vec![]),
///     (StepKind::Remove, "pod-0", vec![0]),
///     (StepKind::Remove, "pod-1", vec![0]),
///     (StepKind::Remove, "job", vec![1, 2]),
/// ]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<T> {
    id: T,
    blocks: bool,
    owns: Vec<Owned<T>>,
}

impl<T> Owned<T> {
    /// An object without dependents. It blocks a foreground deletion of its owner, as objects that
    /// controllers create do.
    pub fn new(id: T) -> Owned<T> {
        Owned { id, blocks: true, owns: Vec::new() }
    }

    /// Adds dependents.
    #[must_use]
    pub fn owning(mut self, dependents: impl IntoIterator<Item = Owned<T>>) -> Owned<T> {
        self.owns.extend(dependents);
        self
    }

    /// Clears `blockOwnerDeletion`: the owner does not wait for this object (GC-36).
    #[must_use]
    pub fn not_blocking(mut self) -> Owned<T> {
        self.blocks = false;
        self
    }
}

/// What a step does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepKind {
    /// Sets a deletion timestamp and a finalizer; the object stays.
    Mark,
    /// Removes the object. A pod is asked to stop, and the step is done when it has.
    Remove,
    /// Removes the owner reference; the object stays.
    Release,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletionStep<T> {
    /// The object.
    pub id: T,
    /// What happens to it.
    pub kind: StepKind,
    /// The positions in the plan of the steps that this one waits for.
    pub after: Vec<usize>,
}

/// The steps of a deletion, each after the steps it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionPlan<T>(Vec<DeletionStep<T>>);

impl<T: Clone> DeletionPlan<T> {
    /// Plans the deletion of `object` and its dependents.
    pub fn new(object: &Owned<T>, propagation: Propagation) -> DeletionPlan<T> {
        let mut plan = DeletionPlan(Vec::new());
        match propagation {
            Propagation::Background => plan.background(object, Vec::new()),
            Propagation::Foreground => {
                plan.foreground(object, Vec::new());
            }
            Propagation::Orphan => plan.orphan(object),
        }
        plan
    }

    /// The steps, in an order that is always valid.
    pub fn steps(&self) -> &[DeletionStep<T>] {
        &self.0
    }

    fn step(&mut self, object: &Owned<T>, kind: StepKind, after: Vec<usize>) -> usize {
        self.0.push(DeletionStep { id: object.id.clone(), kind, after });
        self.0.len() - 1
    }

    /// GC-34: dependents follow their owner.
    fn background(&mut self, object: &Owned<T>, after: Vec<usize>) {
        let gone = self.step(object, StepKind::Remove, after);
        for dependent in &object.owns {
            self.background(dependent, vec![gone]);
        }
    }

    /// GC-33, GC-35: from the leaves up. Returns the step that removes the object.
    fn foreground(&mut self, object: &Owned<T>, after: Vec<usize>) -> usize {
        if object.owns.is_empty() {
            return self.step(object, StepKind::Remove, after);
        }
        let marked = self.step(object, StepKind::Mark, after);
        let mut blocking = Vec::new();
        for dependent in &object.owns {
            let end = self.foreground(dependent, vec![marked]);
            if dependent.blocks {
                blocking.push(end);
            }
        }
        if blocking.is_empty() {
            blocking.push(marked);
        }
        self.step(object, StepKind::Remove, blocking)
    }

    /// GC-37.
    fn orphan(&mut self, object: &Owned<T>) {
        if object.owns.is_empty() {
            self.step(object, StepKind::Remove, Vec::new());
            return;
        }
        let marked = self.step(object, StepKind::Mark, Vec::new());
        let released = object.owns.iter().map(|dependent| {
            self.0.push(DeletionStep {
                id: dependent.id.clone(),
                kind: StepKind::Release,
                after: vec![marked],
            });
            self.0.len() - 1
        });
        let released = released.collect();
        self.step(object, StepKind::Remove, released);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StepKind::{Mark, Release, Remove};

    fn plan(
        object: &Owned<&'static str>,
        propagation: Propagation,
    ) -> Vec<(StepKind, &'static str, Vec<usize>)> {
        let plan = DeletionPlan::new(object, propagation);
        for (at, step) in plan.steps().iter().enumerate() {
            assert!(step.after.iter().all(|before| *before < at));
        }
        plan.0.into_iter().map(|step| (step.kind, step.id, step.after)).collect()
    }

    #[test]
    fn a_cronjob_goes_in_each_way() {
        // GC-33 to GC-37.
        let pods = [Owned::new("p"), Owned::new("q").not_blocking()];
        let cronjob = Owned::new("c").owning([Owned::new("j").owning(pods), Owned::new("k")]);
        assert_eq!(
            plan(&cronjob, Propagation::Background),
            [
                (Remove, "c", vec![]),
                (Remove, "j", vec![0]),
                (Remove, "p", vec![1]),
                (Remove, "q", vec![1]),
                (Remove, "k", vec![0]),
            ]
        );
        assert_eq!(
            plan(&cronjob, Propagation::Foreground),
            [
                (Mark, "c", vec![]),
                (Mark, "j", vec![0]),
                (Remove, "p", vec![1]),
                (Remove, "q", vec![1]),
                (Remove, "j", vec![2]),
                (Remove, "k", vec![0]),
                (Remove, "c", vec![4, 5]),
            ]
        );
        assert_eq!(
            plan(&cronjob, Propagation::Orphan),
            [
                (Mark, "c", vec![]),
                (Release, "j", vec![0]),
                (Release, "k", vec![0]),
                (Remove, "c", vec![1, 2]),
            ]
        );
    }
}
