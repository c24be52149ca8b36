//! Looking members up by name: for those who tell people what they may have meant.

use super::{CRON_JOB, JOB, Object, Shape};
use crate::{KubeVersion, Semantics};

/// The shapes of one kind of object.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'s> {
    root: &'static Object,
    sem: &'s Semantics,
}

impl<'s> Lookup<'s> {
    pub(crate) fn job(sem: &'s Semantics) -> Lookup<'s> {
        Lookup { root: &JOB, sem }
    }

    pub(crate) fn cronjob(sem: &'s Semantics) -> Lookup<'s> {
        Lookup { root: &CRON_JOB, sem }
    }

    /// The names of the members that the emulated version has at `path`, which is an object's.
    pub(crate) fn members(&self, path: &str) -> Vec<&'static str> {
        let Some(object) = self.object(path) else { return Vec::new() };
        let known = object.members.iter().filter(|m| self.sem.knows(m.since));
        known.map(|m| m.name).collect()
    }

    /// Whether what stands at `path` is an object with members of its own.
    pub(crate) fn is_object(&self, path: &str) -> bool {
        let list = |member: &super::Member| matches!(member.shape, Shape::List(_));
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let (name, is_item) = name.split_once('[').map_or((name, false), |(name, _)| (name, true));
        let Some(object) = self.object(parent) else { return false };
        let member = object.members.iter().find(|m| m.name == name);
        member.is_some_and(|m| inner(&m.shape).is_some() && (is_item || !list(m)))
    }

    /// The first version that knows a member of the object at `path`, if the emulated one is older.
    pub(crate) fn newer(&self, path: &str, member: &str) -> Option<KubeVersion> {
        let object = self.object(path)?;
        let found = object.members.iter().find(|m| m.name == member)?;
        (!self.sem.knows(found.since)).then_some(found.since)
    }

    /// Where a member of that name is at home, as `spec.template.spec.containers[*]`; the nearest
    /// to `path` first.
    pub(crate) fn homes(&self, member: &str, path: &str) -> Vec<String> {
        let mut out = Vec::new();
        self.walk(self.root, String::new(), &mut |object, at| {
            if object.members.iter().any(|m| m.name == member && self.sem.knows(m.since)) {
                out.push(at.to_owned());
            }
        });
        let path: Vec<&str> = steps(path).collect();
        out.sort_by_key(|home| {
            let home: Vec<&str> = steps(home).collect();
            let shared = path.iter().zip(&home).take_while(|(a, b)| a == b).count();
            path.len() + home.len() - 2 * shared
        });
        out
    }

    /// The object whose members stand at `path`; `None` if that is no object.
    fn object(&self, path: &str) -> Option<&'static Object> {
        let mut object = self.root;
        for step in steps(path) {
            let member = object.members.iter().find(|m| m.name == step)?;
            object = inner(&member.shape)?;
        }
        Some(object)
    }

    fn walk(&self, object: &'static Object, at: String, visit: &mut impl FnMut(&Object, &str)) {
        visit(object, &at);
        for member in object.members.iter().filter(|m| self.sem.knows(m.since)) {
            let Some(below) = inner(&member.shape) else { continue };
            let dot = if at.is_empty() { "" } else { "." };
            let list = if matches!(member.shape, Shape::List(_)) { "[*]" } else { "" };
            self.walk(below, format!("{at}{dot}{}{list}", member.name), visit);
        }
    }
}

/// The members' names on the way.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    let names = path.split('.').filter(|step| !step.is_empty());
    names.map(|step| step.split_once('[').map_or(step, |(name, _)| name))
}

fn inner(shape: &'static Shape) -> Option<&'static Object> {
    match shape {
        Shape::Object(object) => Some(object),
        Shape::List(item) => inner(item),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_those_of_the_version() {
        let old = Semantics::kube(KubeVersion::V1_29);
        let lookup = Lookup::job(&old);
        assert!(lookup.members("spec").contains(&"parallelism"));
        assert!(!lookup.members("spec").contains(&"managedBy"));
        assert_eq!(lookup.newer("spec", "managedBy"), Some(KubeVersion::V1_30));
        assert!(lookup.members("spec.template.spec.containers[2]").contains(&"image"));
        assert!(lookup.members("metadata.labels").is_empty());
    }

    #[test]
    fn the_nearest_home_comes_first() {
        let sem = Semantics::default();
        let job = Lookup::job(&sem);
        assert_eq!(job.homes("backoffLimit", "spec.template.spec"), ["spec"]);
        let homes = job.homes("restartPolicy", "spec.template");
        assert_eq!(homes[0], "spec.template.spec");
        assert!(homes.contains(&"spec.template.spec.containers[*]".to_owned()));
        let cronjob = Lookup::cronjob(&sem);
        assert_eq!(cronjob.homes("backoffLimit", "spec"), ["spec.jobTemplate.spec"]);
    }
}
