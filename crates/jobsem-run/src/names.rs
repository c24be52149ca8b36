//! [`Names`]: pods find each other by the names that a headless Service would give them.
//!
//! A pod with a host name and a subdomain (`<job>-<index>.<service>`) has its own loopback address,
//! listed in the run's `hosts` file. On Linux the address is in 127.64.0.0/10, so that all pods can
//! listen on the same port; elsewhere it is 127.0.0.1, the only address that other systems set up.
//!
//! Rules: PATTERN-42, PATTERN-43, PATTERN-45. A name keeps its address when its pod is replaced; it
//! resolves from the pod's creation until its end. Deliberately absent: whether a Service selects
//! the pod.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jobsem::api::{Pod, PodSpec};
use jobsem::kubelet::hostname;

/// The addresses of pods, by their names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: BTreeMap<String, u32>,
    /// The last content of the file.
    text: String,
}

impl Names {
    /// The pod's address, if it has a name.
    pub fn address(&mut self, pod: &Pod) -> Option<String> {
        let name = service_name(pod)?;
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(name).or_insert(next);
        Some(loopback(number))
    }

    /// The text of the `hosts` file if it has changed: the pods that have not ended.
    pub fn hosts<'a>(&mut self, pods: impl Iterator<Item = &'a Arc<Pod>>) -> Option<&str> {
        let mut text = String::new();
        for pod in pods.filter(|pod| !pod.is_terminal()) {
            let (Some(short), Some(address)) = (service_name(pod), self.address(pod)) else {
                continue;
            };
            let namespace = &pod.metadata.namespace;
            let _ = writeln!(
                text,
                "{address} {short} {short}.{namespace} {short}.{namespace}.svc \
                 {short}.{namespace}.svc.cluster.local"
            );
        }
        if text == self.text {
            return None;
        }
        self.text = text;
        Some(&self.text)
    }
}

/// `<hostname>.<subdomain>`, for pods with both.
fn service_name(pod: &Pod) -> Option<String> {
    let PodSpec { hostname: own, subdomain, .. } = &*pod.spec;
    if own.is_empty() || subdomain.is_empty() {
        return None;
    }
    Some(format!("{}.{subdomain}", hostname(pod)))
}

fn loopback(number: u32) -> String {
    if cfg!(target_os = "linux") {
        let host = 0x0040_0001 + number % 0x003f_fffe;
        format!("127.{}.{}.{}", host >> 16 & 0xff, host >> 8 & 0xff, host & 0xff)
    } else {
        "127.0.0.1".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, hostname: &str, phase: &str) -> Arc<Pod> {
        let pod = json!({
            "metadata": {"name": name, "namespace": "ns"},
            "spec": {"hostname": hostname, "subdomain": "svc", "containers": []},
            "status": {"phase": phase},
        });
        Arc::new(serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn a_name_keeps_its_address_and_is_known_until_its_pod_ends() {
        let mut names = Names::default();
        let (a, b) = (pod("j-0-x", "j-0", "Pending"), pod("j-1-y", "j-1", "Running"));
        let first = names.hosts([&a, &b].into_iter()).unwrap().to_owned();
        assert!(first.contains(" j-0.svc j-0.svc.ns j-0.svc.ns.svc j-0.svc.ns.svc.cluster.local"));
        assert_eq!(first.lines().count(), 2);
        assert!(names.hosts([&a, &b].into_iter()).is_none(), "nothing has changed");
        let failed = pod("j-0-x", "j-0", "Failed");
        assert_eq!(names.hosts([&failed, &b].into_iter()).unwrap().lines().count(), 1);
        let again = pod("j-0-z", "j-0", "Pending");
        assert_eq!(names.hosts([&failed, &again, &b].into_iter()).unwrap(), first);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_name_has_an_address_of_its_own() {
        let mut names = Names::default();
        let all: std::collections::BTreeSet<_> =
            (0..300).map(|i| names.address(&pod("p", &format!("j-{i}"), "")).unwrap()).collect();
        assert_eq!(all.len(), 300);
        assert!(all.contains("127.64.0.1") && all.contains("127.64.1.44"));
        let plain = Pod::default();
        assert_eq!(names.address(&plain), None);
    }
}
