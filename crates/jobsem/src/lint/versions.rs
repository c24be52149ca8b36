//! Fields that some version in the supported range drops.

use std::collections::BTreeMap;

use super::linter::Lint;
use super::rules::Rule;
use crate::api::{CronJob, Job};
use crate::{KubeVersion, Semantics, admission};

/// How a version loses a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// The version does not know the field.
    Unknown,
    /// The version knows the field and drops it.
    Dropped,
}

pub(super) fn job(lint: &mut Lint<'_>, job: &Job) {
    find(lint, |sem| admission::lost_by_job(job, sem));
}

pub(super) fn cronjob(lint: &mut Lint<'_>, cronjob: &CronJob) {
    find(lint, |sem| admission::lost_by_cronjob(cronjob, sem));
}

fn find(lint: &mut Lint<'_>, lost: impl Fn(&Semantics) -> admission::Lost) {
    let target = lint.options.semantics.version();
    let mut by_field: BTreeMap<String, Vec<(KubeVersion, Loss)>> = BTreeMap::new();
    let range = |version: &&KubeVersion| (lint.options.min_kube..=target).contains(version);
    for version in KubeVersion::ALL.iter().filter(range) {
        let lost = if *version == target {
            lost(&lint.options.semantics)
        } else {
            lost(&Semantics::kube(*version))
        };
        let unknown = lost.unknown.into_iter().map(|field| (field, Loss::Unknown));
        for (field, loss) in unknown.chain(lost.dropped.into_iter().map(|f| (f, Loss::Dropped))) {
            by_field.entry(field).or_default().push((*version, loss));
        }
    }
    for (field, losses) in by_field {
        let say = |wanted: Loss| range_of(losses.iter().filter(|(_, l)| *l == wanted).map(|l| l.0));
        let mut parts = Vec::new();
        if let Some((versions, one)) = say(Loss::Unknown) {
            let does = if one { "does" } else { "do" };
            parts.push(format!(
                "Kubernetes {versions} {does} not know this field, and only strict clients are \
                 told"
            ));
        }
        if let Some((versions, one)) = say(Loss::Dropped) {
            let drops = if one { "drops" } else { "drop" };
            parts.push(format!("Kubernetes {versions} {drops} this field without a word"));
        }
        let hint = match losses.last() {
            Some((last, _)) if *last == target => "the feature has to be switched on there",
            _ => "the Job has to be right without it, or leave those versions out",
        };
        lint.push(Rule::DroppedByOldVersion, field, parts.join("; "), Some(hint.to_owned()));
    }
}

/// `1.29 to 1.31`, and whether it is one version.
fn range_of(versions: impl Iterator<Item = KubeVersion>) -> Option<(String, bool)> {
    let versions: Vec<KubeVersion> = versions.collect();
    let (first, last) = (versions.first()?, versions.last()?);
    if first == last {
        Some((first.to_string(), true))
    } else {
        Some((format!("{first} to {last}"), false))
    }
}
