//! [`Identity`]: who names new objects.
//!
//! The core draws no random numbers. A host that wants Kubernetes-like names gives a seed, or an
//! implementation of its own.

use std::fmt;

use hashbrown::HashMap;

/// Makes names and UIDs for objects that come without.
pub trait Identity: fmt::Debug + Send + Sync {
    /// A name that starts with `base`, which is at most 58 bytes long if it came from a Job.
    fn name(&mut self, base: &str) -> String;

    /// The UID of a new object.
    fn uid(&mut self, kind: &str, name: &str) -> String;
}

/// Names with a five-digit count per base, from 00000; the UID is `uid-` and the name. A Job whose
/// UID would be too long for a label gets the end of its name only.
///
/// What the conformance vectors use.
#[derive(Clone, Debug, Default)]
pub struct CountedIdentity(HashMap<String, u32>);

impl Identity for CountedIdentity {
    fn name(&mut self, base: &str) -> String {
        let count = self.0.entry_ref(base).or_default();
        let name = format!("{base}{count:05}");
        *count += 1;
        name
    }

    fn uid(&mut self, kind: &str, name: &str) -> String {
        counted_uid(kind, name)
    }
}

/// The UID that [`CountedIdentity`] gives to an object.
pub(crate) fn counted_uid(kind: &str, name: &str) -> String {
    const PREFIX: &str = "uid-";
    /// The longest value of a label (VALID-13).
    const LABEL_VALUE_LIMIT: usize = 63;
    let excess = match kind {
        // A Job's UID becomes a label of its pods. Generated names differ at their ends.
        "Job" => (PREFIX.len() + name.len()).saturating_sub(LABEL_VALUE_LIMIT),
        _ => 0,
    };
    let end = name.get(excess..).unwrap_or(name);
    [PREFIX, end].concat()
}

/// Names and UIDs that look like Kubernetes' own, all following from one seed.
///
/// ```
/// use jobsem::cluster::{Identity, SeededIdentity};
///
/// let (mut a, mut b) = (SeededIdentity::new(7), SeededIdentity::new(7));
/// let name = a.name("pi-");
/// assert_eq!((name.len(), &name), (8, &b.name("pi-")));
/// assert_eq!(a.uid("Pod", &name).len(), 36);
/// ```
#[derive(Clone, Debug)]
pub struct SeededIdentity(u64);

impl SeededIdentity {
    /// The names that follow from `seed`.
    pub fn new(seed: u64) -> SeededIdentity {
        SeededIdentity(seed)
    }

    /// The next number of the splitmix64 sequence.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// PREPARE-1: no vowels and no look-alikes.
const SUFFIX_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Identity for SeededIdentity {
    fn name(&mut self, base: &str) -> String {
        let mut bits = self.next();
        let mut name = base.to_owned();
        for _ in 0..5 {
            name.push(char::from(SUFFIX_ALPHABET[(bits % 27) as usize]));
            bits /= 27;
        }
        name
    }

    fn uid(&mut self, _kind: &str, _name: &str) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0x3fff | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, PodReport, Work};
    use crate::{KubeVersion, Semantics, Time, Verdict, outcome};

    /// The third and the sixth name are the same.
    #[derive(Debug)]
    struct Once(u32);

    impl Identity for Once {
        fn name(&mut self, base: &str) -> String {
            self.0 += 1;
            format!("{base}{}", if [3, 6].contains(&self.0) { 0 } else { self.0 })
        }

        fn uid(&mut self, kind: &str, name: &str) -> String {
            format!("{kind}-{name}")
        }
    }

    /// How many pods there are after the first sync, and how the Job ends.
    fn played(version: KubeVersion) -> (usize, Verdict) {
        let job = r#"{"metadata": {"name": "j"}, "spec": {"completions": 6, "parallelism": 6,
            "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "m", "image": "i"}]}}}}"#;
        let mut cluster = Cluster::with_identity(Semantics::kube(version), Box::new(Once(0)));
        let mut now = Time::from_unix(946_684_801);
        cluster.create_job(now, serde_json::from_str(job).unwrap()).unwrap();
        cluster.handle_timeout(now).unwrap();
        let first = cluster.pods().count();
        for _ in 0..200 {
            while let Some(work) = cluster.poll_work() {
                if let Work::Start(pod) = work {
                    let name = pod.metadata.name.clone();
                    cluster.report(now, "default", &name, PodReport::exited("m", 0)).unwrap();
                }
            }
            let Some(wakeup) = cluster.poll_timeout() else { break };
            now = wakeup.at;
            cluster.handle_timeout(now).unwrap();
        }
        (first, outcome(cluster.job("default", "j").unwrap()).verdict)
    }

    #[test]
    fn a_name_that_is_taken_is_made_again_since_1_31_and_refused_before() {
        let (first, verdict) = played(KubeVersion::V1_31);
        assert_eq!((first, verdict), (6, Verdict::Succeeded));
        let (first, verdict) = played(KubeVersion::V1_30);
        assert!(first < 6, "{first} pods");
        assert_eq!(verdict, Verdict::Succeeded);
    }
}
