//! Whether the controller's own writes are visible in its caches yet.
//!
//! Rules: STALE-01 to STALE-04, MEM-05.

use std::cmp::Ordering;

use crate::key::{Key, KeyMap, Named};

/// A resource whose versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    Jobs,
    Pods,
}

/// The versions written for each Job, and the newest ones seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    seen: [String; 2],
    written: KeyMap<Written>,
}

#[derive(Clone, Debug)]
struct Written {
    uid: String,
    versions: [Option<String>; 2],
}

impl Writes {
    /// A watch event of this version was seen.
    pub(super) fn seen(&mut self, resource: Resource, version: &str) {
        let newest = &mut self.seen[resource as usize];
        if !well_formed(newest) || compare(version, newest) == Some(Ordering::Greater) {
            version.clone_into(newest);
        }
    }

    /// STALE-01: a write for the Job `key` with `uid` came back with this version.
    pub(super) fn wrote(&mut self, job: Named<'_>, uid: &str, resource: Resource, version: &str) {
        let written = match self.written.get_mut(&job) {
            Some(written) => written,
            None => self.written.entry(job.to_key()).or_insert_with(|| Written::new(uid)),
        };
        if written.uid != uid {
            *written = Written::new(uid);
        }
        let slot = &mut written.versions[resource as usize];
        let newer = slot
            .as_ref()
            .is_none_or(|old| compare(version, old).is_none_or(|order| order == Ordering::Greater));
        if newer {
            *slot = Some(version.to_owned());
        }
    }

    /// STALE-03: an error if a write for the Job is not visible yet.
    pub(super) fn check(&mut self, key: &Key) -> Result<(), String> {
        let Some(written) = self.written.get(key) else { return Ok(()) };
        for (i, name) in ["jobs.batch", "pods"].into_iter().enumerate() {
            let (Some(version), seen) = (&written.versions[i], &self.seen[i]) else { continue };
            if compare(version, seen) == Some(Ordering::Greater) {
                return Err(format!(
                    "read version: {seen} is not as new as written version: {version} for group \
                     resource {name}"
                ));
            }
        }
        self.written.remove(key);
        Ok(())
    }

    /// Forgets the Job; with a UID, only if the writes were for that one.
    pub(super) fn forget(&mut self, key: &Key, uid: Option<&str>) {
        if uid.is_none() || self.written.get(key).is_some_and(|w| Some(&w.uid[..]) == uid) {
            self.written.remove(key);
        }
    }
}

impl Written {
    fn new(uid: &str) -> Written {
        Written { uid: uid.to_owned(), versions: [None, None] }
    }
}

/// STALE-02: versions are decimal numbers of any length; others cannot be compared.
fn compare(a: &str, b: &str) -> Option<Ordering> {
    (well_formed(a) && well_formed(b)).then(|| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))
}

fn well_formed(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('0')
        && version.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: Named<'_> = Named { namespace: "ns", name: "j" };

    #[test]
    fn a_write_holds_the_job_up_until_it_is_seen() {
        let mut writes = Writes::default();
        writes.seen(Resource::Pods, "9");
        writes.wrote(JOB, "u", Resource::Pods, "10");
        assert_eq!(
            writes.check(&JOB.to_key()).unwrap_err(),
            "read version: 9 is not as new as written version: 10 for group resource pods"
        );
        writes.seen(Resource::Pods, "11");
        assert!(writes.check(&JOB.to_key()).is_ok());
    }

    #[test]
    fn versions_that_are_no_numbers_are_not_compared() {
        let mut writes = Writes::default();
        writes.seen(Resource::Jobs, "9");
        writes.wrote(JOB, "u", Resource::Jobs, "x10");
        assert!(writes.check(&JOB.to_key()).is_ok());
        writes.wrote(JOB, "u", Resource::Jobs, "10");
        writes.wrote(JOB, "v", Resource::Jobs, "5");
        assert!(writes.check(&JOB.to_key()).is_ok(), "another Job's writes are forgotten");
    }
}
