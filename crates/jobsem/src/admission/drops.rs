//! Members of a pod template that a feature gate guards: they are taken off unless the stored
//! template uses them (PREPARE-6).
//!
//! A template that has none of them is neither cloned nor written. Deliberately absent: members
//! whose gate is on in every emulated version.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::json;
use super::pod;
use crate::Semantics;
use crate::api::{Container, PodSpec, RestartPolicy};

type Object = Map<String, Value>;

/// One gated part.
struct Part {
    /// Whether the version knows it and takes it off.
    is_dropped: fn(&Semantics) -> bool,
    /// Whether a stored template uses it, so that it may stay.
    is_used: fn(&PodSpec) -> bool,
    /// Whether there is anything to take off.
    is_there: fn(&PodSpec) -> bool,
    drop: fn(&mut PodSpec),
}

const PARTS: [Part; 20] = [
    member(Semantics::drops_host_users, |s| has(s, "hostUsers"), |s| remove(s, "hostUsers")),
    member(
        Semantics::drops_supplemental_groups_policy,
        |s| context_has(s, "supplementalGroupsPolicy"),
        |s| remove_from_context(s, "supplementalGroupsPolicy"),
    ),
    Part {
        is_dropped: Semantics::drops_pod_resources,
        is_used: |s| {
            json::object(&s.extra, "resources").is_some_and(|resources| {
                ["limits", "requests"].iter().any(|list| resources.contains_key(*list))
            })
        },
        is_there: |s| has(s, "resources"),
        drop: |s| remove(s, "resources"),
    },
    Part {
        is_dropped: Semantics::drops_proc_mount,
        is_used: |s| any_proc_mount(s, |mount| mount != "Default"),
        is_there: |s| any_proc_mount(s, |mount| mount != "Default"),
        drop: |s| each_container(s, set_proc_mount),
    },
    member(
        Semantics::drops_affinity_label_keys,
        |s| any_affinity_term(s, |term| KEYS.iter().any(|key| term.contains_key(*key))),
        |s| each_affinity_term(s, |term| KEYS.iter().for_each(|key| drop(term.remove(*key)))),
    ),
    Part {
        is_dropped: Semantics::drops_resource_claims,
        is_used: |s| !json::list(&s.extra, "resourceClaims").is_empty(),
        is_there: |s| {
            has(s, "resourceClaims") || any_container(s, |c| c.resources.contains_key("claims"))
        },
        drop: |s| {
            remove(s, "resourceClaims");
            each_container(s, |c| drop(c.resources.remove("claims")));
        },
    },
    member(
        Semantics::drops_trust_bundles,
        |s| any_projected_source(s, |source| source.contains_key("clusterTrustBundle")),
        |s| each_projected_source(s, |source| drop(source.remove("clusterTrustBundle"))),
    ),
    member(
        Semantics::drops_pod_certificates,
        |s| any_projected_source(s, |source| source.contains_key("podCertificate")),
        |s| each_projected_source(s, |source| drop(source.remove("podCertificate"))),
    ),
    member(Semantics::drops_volume_users, has_volume_users, drop_volume_users),
    member(
        Semantics::drops_scheduling_group,
        |s| has(s, "schedulingGroup"),
        |s| remove(s, "schedulingGroup"),
    ),
    member(
        Semantics::drops_new_probe_members,
        |s| any_container(s, |c| probes(c).any(|p| inner_has(p, "grpc", "mode"))),
        |s| each_container(s, |c| each_probe(c, |p| inner_remove(p, "grpc", "mode"))),
    ),
    member(
        Semantics::drops_new_probe_members,
        |s| has(s, "evictionResponders"),
        |s| remove(s, "evictionResponders"),
    ),
    Part {
        is_dropped: Semantics::drops_resize_policy,
        // GO: only containers proper count as a use.
        is_used: |s| s.containers.iter().any(|c| c.extra.contains_key("resizePolicy")),
        is_there: |s| any_container(s, |c| c.extra.contains_key("resizePolicy")),
        drop: |s| each_container(s, |c| drop(c.extra.remove("resizePolicy"))),
    },
    Part {
        is_dropped: Semantics::drops_sidecars,
        is_used: |s| s.init_containers.iter().any(Container::is_sidecar),
        is_there: |s| s.init_containers.iter().any(|c| c.restart_policy.is_some()),
        drop: |s| s.init_containers.iter_mut().for_each(|c| c.restart_policy = None),
    },
    Part {
        is_dropped: Semantics::drops_container_restart_rules,
        is_used: uses_restart_rules,
        is_there: has_restart_rules,
        drop: drop_restart_rules,
    },
    member(
        Semantics::drops_recursive_read_only,
        |s| any_mount(s, |mount| mount.contains_key("recursiveReadOnly")),
        |s| each_mount(s, |mount| drop(mount.remove("recursiveReadOnly"))),
    ),
    member(
        Semantics::drops_new_volume_members,
        |s| any_volume(s, |volume| inner_has(volume, "emptyDir", "mode")),
        |s| each_volume(s, |volume| inner_remove(volume, "emptyDir", "mode")),
    ),
    member(
        Semantics::drops_new_volume_members,
        |s| any_mount(s, |mount| mount.contains_key("bindMountOptions")),
        |s| each_mount(s, |mount| drop(mount.remove("bindMountOptions"))),
    ),
    member(
        Semantics::drops_hostname_override,
        |s| has(s, "hostnameOverride"),
        |s| remove(s, "hostnameOverride"),
    ),
    member(Semantics::drops_file_key_ref, uses_file_key_ref, drop_file_key_refs),
];

/// Those that come last, since what is left of a container decides.
const LAST: [Part; 5] = [
    member(Semantics::drops_sleep, has_sleep, drop_sleep),
    member(
        Semantics::drops_image_volumes,
        |s| any_volume(s, |volume| volume.contains_key("image")),
        drop_image_volumes,
    ),
    member(
        Semantics::drops_selinux_change_policy,
        |s| context_has(s, "seLinuxChangePolicy"),
        |s| remove_from_context(s, "seLinuxChangePolicy"),
    ),
    member(
        Semantics::drops_stop_signals,
        |s| any_container(s, |c| lifecycle(c).is_some_and(|l| l.contains_key("stopSignal"))),
        drop_stop_signals,
    ),
    member(Semantics::drops_new_probe_members, has_http_protocol, drop_http_protocol),
];

/// A part that is there exactly if it is used.
const fn member(
    is_dropped: fn(&Semantics) -> bool,
    is_there: fn(&PodSpec) -> bool,
    drop: fn(&mut PodSpec),
) -> Part {
    Part { is_dropped, is_used: is_there, is_there, drop }
}

/// Takes off what is gated and not used by the old spec.
pub(super) fn drop_gated(spec: &mut Arc<PodSpec>, old: Option<&PodSpec>, sem: &Semantics) {
    for part in PARTS.iter().chain(&LAST) {
        if (part.is_dropped)(sem) && (part.is_there)(spec) && !old.is_some_and(part.is_used) {
            (part.drop)(Arc::make_mut(spec));
        }
    }
}

const KEYS: [&str; 2] = ["matchLabelKeys", "mismatchLabelKeys"];

fn has(spec: &PodSpec, member: &str) -> bool {
    spec.extra.contains_key(member)
}

fn remove(spec: &mut PodSpec, member: &str) {
    spec.extra.remove(member);
}

fn context_has(spec: &PodSpec, member: &str) -> bool {
    inner_has(&spec.extra, "securityContext", member)
}

fn remove_from_context(spec: &mut PodSpec, member: &str) {
    inner_remove(&mut spec.extra, "securityContext", member);
}

fn inner_has(object: &Object, inner: &str, member: &str) -> bool {
    json::object(object, inner).is_some_and(|inner| inner.contains_key(member))
}

fn inner_remove(object: &mut Object, inner: &str, member: &str) {
    if let Some(Value::Object(inner)) = object.get_mut(inner) {
        inner.remove(member);
    }
}

/// Whether it holds for any container, the ephemeral ones included.
fn any_container(spec: &PodSpec, holds: impl Fn(&Container) -> bool) -> bool {
    spec.init_containers.iter().chain(&spec.containers).any(&holds)
        || has(spec, "ephemeralContainers") && pod::ephemeral(spec).iter().any(holds)
}

/// Every container, the ephemeral ones too.
fn each_container(spec: &mut PodSpec, mut change: impl FnMut(&mut Container)) {
    spec.init_containers.iter_mut().chain(&mut spec.containers).for_each(&mut change);
    let mut ephemeral = pod::ephemeral(spec);
    if !ephemeral.is_empty() {
        ephemeral.iter_mut().for_each(&mut change);
        let list = serde_json::to_value(ephemeral).unwrap_or_default();
        spec.extra.insert("ephemeralContainers".to_owned(), list);
    }
}

fn items_mut<'a>(object: &'a mut Object, key: &str) -> impl Iterator<Item = &'a mut Object> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn any_volume(spec: &PodSpec, holds: impl Fn(&Object) -> bool) -> bool {
    json::objects(&spec.extra, "volumes").any(|(_, volume)| holds(volume))
}

fn each_volume(spec: &mut PodSpec, change: impl FnMut(&mut Object)) {
    items_mut(&mut spec.extra, "volumes").for_each(change);
}

fn any_mount(spec: &PodSpec, holds: impl Fn(&Object) -> bool) -> bool {
    any_container(spec, |c| json::objects(&c.extra, "volumeMounts").any(|(_, m)| holds(m)))
}

fn each_mount(spec: &mut PodSpec, mut change: impl FnMut(&mut Object)) {
    each_container(spec, |c| items_mut(&mut c.extra, "volumeMounts").for_each(&mut change));
}

fn any_projected_source(spec: &PodSpec, holds: impl Fn(&Object) -> bool) -> bool {
    any_volume(spec, |volume| {
        json::object(volume, "projected")
            .is_some_and(|p| json::objects(p, "sources").any(|(_, source)| holds(source)))
    })
}

fn each_projected_source(spec: &mut PodSpec, mut change: impl FnMut(&mut Object)) {
    each_volume(spec, |volume| {
        if let Some(Value::Object(projected)) = volume.get_mut("projected") {
            items_mut(projected, "sources").for_each(&mut change);
        }
    });
}

const TERMS: [(&str, Option<&str>); 2] = [
    ("requiredDuringSchedulingIgnoredDuringExecution", None),
    ("preferredDuringSchedulingIgnoredDuringExecution", Some("podAffinityTerm")),
];

fn any_affinity_term(spec: &PodSpec, holds: impl Fn(&Object) -> bool) -> bool {
    let affinity = json::object(&spec.extra, "affinity");
    ["podAffinity", "podAntiAffinity"]
        .iter()
        .filter_map(|kind| json::object(affinity?, kind))
        .flat_map(|rules| TERMS.map(|(list, inner)| (rules, list, inner)))
        .flat_map(|(rules, list, inner)| {
            json::objects(rules, list).map(move |(_, entry)| match inner {
                Some(inner) => json::object(entry, inner),
                None => Some(entry),
            })
        })
        .flatten()
        .any(holds)
}

fn each_affinity_term(spec: &mut PodSpec, mut change: impl FnMut(&mut Object)) {
    let Some(Value::Object(affinity)) = spec.extra.get_mut("affinity") else { return };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(Value::Object(rules)) = affinity.get_mut(kind) else { continue };
        for (list, inner) in TERMS {
            for entry in items_mut(rules, list) {
                match inner {
                    Some(inner) => {
                        if let Some(Value::Object(term)) = entry.get_mut(inner) {
                            change(term);
                        }
                    }
                    None => change(entry),
                }
            }
        }
    }
}

fn any_proc_mount(spec: &PodSpec, holds: impl Fn(&str) -> bool) -> bool {
    any_container(spec, |c| {
        json::object(&c.extra, "securityContext")
            .and_then(|context| json::text_at(context, "procMount"))
            .is_some_and(&holds)
    })
}

fn set_proc_mount(container: &mut Container) {
    if let Some(Value::Object(context)) = container.extra.get_mut("securityContext")
        && let Some(mount) = context.get_mut("procMount")
    {
        *mount = "Default".into();
    }
}

/// Volumes that are made of files, and the members with users of their own.
const FILES: [&str; 4] = ["secret", "configMap", "downwardAPI", "projected"];
const PROJECTED: [&str; 6] = [
    "secret",
    "downwardAPI",
    "configMap",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
];

fn has_volume_users(spec: &PodSpec) -> bool {
    let items = |source: &Object| {
        source.contains_key("user")
            || json::objects(source, "items").any(|(_, item)| item.contains_key("user"))
    };
    any_volume(spec, |volume| {
        FILES.iter().filter_map(|kind| json::object(volume, kind)).any(|source| {
            source.contains_key("defaultUser")
                || items(source)
                || json::objects(source, "sources").any(|(_, source)| {
                    PROJECTED.iter().filter_map(|k| json::object(source, k)).any(items)
                })
        })
    })
}

/// GO: of a volume, or a source, with several kinds only the first one is looked at.
fn drop_volume_users(spec: &mut PodSpec) {
    let from_items = |source: &mut Object| {
        items_mut(source, "items").for_each(|item| drop(item.remove("user")));
    };
    each_volume(spec, |volume| {
        let Some(kind) = FILES.iter().find(|kind| volume.contains_key(**kind)) else { return };
        let Some(Value::Object(source)) = volume.get_mut(*kind) else { return };
        source.remove("defaultUser");
        from_items(source);
        for source in items_mut(source, "sources") {
            let Some(kind) = PROJECTED.iter().find(|kind| source.contains_key(**kind)) else {
                continue;
            };
            if let Some(Value::Object(inner)) = source.get_mut(*kind) {
                inner.remove("user");
                from_items(inner);
            }
        }
    });
}

/// Whether there is anything that dropping restart rules would take off.
fn has_restart_rules(spec: &PodSpec) -> bool {
    uses_restart_rules(spec)
        || spec.containers.iter().any(|c| c.extra.contains_key("restartPolicyRules"))
        || has(spec, "ephemeralContainers")
}

/// Whether a stored pod spec counts as one with restart rules.
///
/// GO: rules of a regular container count only together with a policy.
pub(super) fn uses_restart_rules(spec: &PodSpec) -> bool {
    spec.containers.iter().any(|c| c.restart_policy.is_some())
        || spec.init_containers.iter().any(|c| {
            c.extra.contains_key("restartPolicyRules")
                || c.restart_policy.as_ref().is_some_and(|p| *p != RestartPolicy::Always)
        })
}

fn drop_restart_rules(spec: &mut PodSpec) {
    each_container(spec, |container| drop(container.extra.remove("restartPolicyRules")));
    for container in items_mut(&mut spec.extra, "ephemeralContainers") {
        container.remove("restartPolicy");
    }
    spec.containers.iter_mut().for_each(|c| c.restart_policy = None);
    for container in &mut spec.init_containers {
        if container.restart_policy != Some(RestartPolicy::Always) {
            container.restart_policy = None;
        }
    }
}

pub(super) fn uses_file_key_ref(spec: &PodSpec) -> bool {
    any_container(spec, |c| {
        let mut sources = c.env.iter().filter_map(|env| env.value_from.as_ref());
        sources.any(|source| source.extra.contains_key("fileKeyRef"))
    })
}

fn drop_file_key_refs(spec: &mut PodSpec) {
    each_container(spec, |container| {
        for source in container.env.iter_mut().filter_map(|env| env.value_from.as_mut()) {
            source.extra.remove("fileKeyRef");
        }
    });
}

const HOOKS: [&str; 2] = ["postStart", "preStop"];

fn lifecycle(container: &Container) -> Option<&Object> {
    json::object(&container.extra, "lifecycle")
}

fn has_sleep(spec: &PodSpec) -> bool {
    let sleeps = |l: &Object| HOOKS.iter().any(|hook| inner_has(l, hook, "sleep"));
    any_container(spec, |c| lifecycle(c).is_some_and(sleeps))
}

fn drop_sleep(spec: &mut PodSpec) {
    each_container(spec, |container| {
        if let Some(Value::Object(lifecycle)) = container.extra.get_mut("lifecycle") {
            HOOKS.iter().for_each(|hook| inner_remove(lifecycle, hook, "sleep"));
        }
    });
}

fn drop_stop_signals(spec: &mut PodSpec) {
    each_container(spec, |container| {
        let Some(Value::Object(lifecycle)) = container.extra.get_mut("lifecycle") else { return };
        if lifecycle.remove("stopSignal").is_some() && lifecycle.is_empty() {
            container.extra.remove("lifecycle");
        }
    });
}

fn drop_image_volumes(spec: &mut PodSpec) {
    let names: Vec<String> = json::objects(&spec.extra, "volumes")
        .filter(|(_, volume)| volume.contains_key("image"))
        .map(|(_, volume)| json::text(volume, "name").to_owned())
        .collect();
    let name_of = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    retain(&mut spec.extra, "volumes", |volume| volume.get("image").is_none());
    each_container(spec, |container| {
        retain(&mut container.extra, "volumeMounts", |m| !names.contains(&name_of(m)));
    });
}

fn retain(object: &mut Object, list: &str, keep: impl FnMut(&Value) -> bool) {
    if let Some(Value::Array(items)) = object.get_mut(list) {
        items.retain(keep);
        if items.is_empty() {
            object.remove(list);
        }
    }
}

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

fn probes(container: &Container) -> impl Iterator<Item = &Object> {
    PROBES.iter().filter_map(|probe| json::object(&container.extra, probe))
}

fn each_probe(container: &mut Container, mut change: impl FnMut(&mut Object)) {
    for probe in PROBES {
        if let Some(Value::Object(probe)) = container.extra.get_mut(probe) {
            change(probe);
        }
    }
}

fn has_http_protocol(spec: &PodSpec) -> bool {
    let told = |handler: &Object| inner_has(handler, "httpGet", "protocol");
    any_container(spec, |c| {
        let hooks = |l| HOOKS.iter().filter_map(move |hook| json::object(l, hook));
        probes(c).any(told) || lifecycle(c).is_some_and(|l| hooks(l).any(told))
    })
}

fn drop_http_protocol(spec: &mut PodSpec) {
    each_container(spec, |container| {
        each_probe(container, |probe| inner_remove(probe, "httpGet", "protocol"));
        if let Some(Value::Object(lifecycle)) = container.extra.get_mut("lifecycle") {
            for hook in HOOKS {
                if let Some(Value::Object(handler)) = lifecycle.get_mut(hook) {
                    inner_remove(handler, "httpGet", "protocol");
                }
            }
        }
    });
}
