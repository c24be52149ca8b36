//! Checks whether the controller's own writes are visible in its caches.
//!
//! Rules: STALE-01 to STALE-04, MEM-05. `roster.rs` keeps the writes of a Job.

use std::cmp::Ordering;

use crate::api::Text;

/// A resource whose versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    Jobs,
    Pods,
}

/// The newest versions that a controller has seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen([Text; 2]);

impl Seen {
    /// A watch event of this version was seen.
    pub(super) fn note(&mut self, resource: Resource, version: &Text) {
        let newest = &mut self.0[resource as usize];
        if !well_formed(newest) || well_formed(version) && order(version, newest).is_gt() {
            newest.clone_from(version);
        }
    }
}

/// The versions written for one Job that may still be unseen (MEM-05).
#[derive(Clone, Debug)]
pub(super) struct Written {
    uid: Text,
    versions: [Option<Text>; 2],
}

impl Written {
    /// Without writes, for the Job with this UID.
    pub(super) fn new(uid: &Text) -> Written {
        Written { uid: uid.clone(), versions: [None, None] }
    }

    /// STALE-01: a write for the Job with `uid` came back with this version.
    pub(super) fn wrote(&mut self, uid: &Text, resource: Resource, version: &Text) {
        if self.uid != *uid {
            *self = Written::new(uid);
        }
        let slot = &mut self.versions[resource as usize];
        let newer = slot
            .as_ref()
            .is_none_or(|old| compare(version, old).is_none_or(|order| order == Ordering::Greater));
        if newer {
            *slot = Some(version.clone());
        }
    }

    /// Whether the writes are those for the Job with this UID.
    pub(super) fn is_of(&self, uid: &str) -> bool {
        self.uid == *uid
    }

    /// STALE-03: an error if a write is not visible yet.
    pub(super) fn check(&self, seen: &Seen) -> Result<(), String> {
        for (i, name) in ["jobs.batch", "pods"].into_iter().enumerate() {
            let (Some(version), seen) = (&self.versions[i], &seen.0[i]) else { continue };
            if compare(version, seen) == Some(Ordering::Greater) {
                return Err(format!(
                    "read version: {seen} is not as new as written version: {version} for group \
                     resource {name}"
                ));
            }
        }
        Ok(())
    }
}

/// STALE-02: versions are decimal numbers of any length; others are not comparable.
fn compare(a: &str, b: &str) -> Option<Ordering> {
    (well_formed(a) && well_formed(b)).then(|| order(a, b))
}

/// The order of numbers of any length.
fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn well_formed(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('0')
        && version.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_holds_the_job_up_until_it_is_seen() {
        let (mut seen, mut written) = (Seen::default(), Written::new(&"u".into()));
        seen.note(Resource::Pods, &"9".into());
        written.wrote(&"u".into(), Resource::Pods, &"10".into());
        assert_eq!(
            written.check(&seen).unwrap_err(),
            "read version: 9 is not as new as written version: 10 for group resource pods"
        );
        seen.note(Resource::Pods, &"11".into());
        assert!(written.check(&seen).is_ok());
    }

    #[test]
    fn versions_that_are_no_numbers_are_not_compared() {
        let (mut seen, mut written) = (Seen::default(), Written::new(&"u".into()));
        seen.note(Resource::Jobs, &"9".into());
        written.wrote(&"u".into(), Resource::Jobs, &"x10".into());
        assert!(written.check(&seen).is_ok());
        written.wrote(&"u".into(), Resource::Jobs, &"10".into());
        written.wrote(&"v".into(), Resource::Jobs, &"5".into());
        assert!(written.check(&seen).is_ok(), "another Job's writes are forgotten");
        assert!(written.is_of("v") && !written.is_of("u"));
    }
}
