//! [`StatusPatch`]: what a script says of a status, kept as the JSON it came as.
//!
//! Most patches say a few plain things, in the members that a pod's status has: those are read
//! right into a status. Whatever else a patch can say (removals, directives, members that jobsem
//! does not know) is merged as a tree, as the API merges it; both ways give the same. Deliberately
//! absent: admission of the result.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::{
    ConditionStatus, ContainerState, ContainerStatus, PodCondition, PodPhase, PodStatus, Shared,
    Text,
};
use crate::cluster::patch::{in_order, merge};
use crate::{Error, Time};

/// The word that stands for the time at which something happens.
const NOW: &str = "\"$NOW\"";

/// The time that stands for it while a patch is kept as a status, and its text.
const NOW_TIME: Time = Time::from_unix(-62_135_596_799);
const NOW_TEXT: &str = "\"0001-01-01T00:00:01Z\"";

/// A patch to the status of a pod or a Job, in which `$NOW` stands for the time.
///
/// ```
/// use jobsem::scenario::StatusPatch;
/// use serde_json::json;
///
/// let patch = StatusPatch::from(json!({"phase": "Running"}));
/// assert_eq!(patch.to_value(), json!({"phase": "Running"}));
/// ```
#[derive(Clone, Debug)]
pub struct StatusPatch {
    text: Box<RawValue>,
    /// The same, read once somebody wants it; `None` if it says more than plain things.
    plain: OnceLock<Option<Box<PlainPatch>>>,
}

impl StatusPatch {
    fn new(text: Box<RawValue>) -> StatusPatch {
        StatusPatch { text, plain: OnceLock::new() }
    }

    /// The patch as a tree.
    pub fn to_value(&self) -> Value {
        // OK because it was read as JSON, or printed from a tree; only what no tree can hold, such
        // as half of a surrogate pair, comes out as nothing.
        serde_json::from_str(self.text.get()).unwrap_or_default()
    }

    /// The status after the patch.
    ///
    /// # Errors
    ///
    /// `Decode` if that is no status of a pod.
    pub(super) fn pod_status(&self, status: &PodStatus, now: Time) -> Result<PodStatus, Error> {
        let Some(new) = self.plainly(status, now) else { return self.patched(status, now) };
        debug_assert_eq!(self.patched(status, now).as_ref(), Ok(&new), "{self:?}");
        Ok(new)
    }

    /// Any status after the patch.
    ///
    /// # Errors
    ///
    /// `Decode` if the patch is no JSON after all, or the result no status of that kind.
    pub(super) fn patched<T>(&self, status: &T, now: Time) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        let patch: Value = serde_json::from_str(self.text.get()).map_err(unreadable)?;
        patched(status, &patch, now)
    }

    /// The status after a patch that says nothing but plain things.
    fn plainly(&self, status: &PodStatus, now: Time) -> Option<PodStatus> {
        let plain = self.plain.get_or_init(|| PlainPatch::read(self.text.get()).map(Box::new));
        // A tree holds whole seconds: fractions would be lost as the status goes through one.
        let patch = plain.as_deref().filter(|_| has_whole_times(status))?;
        Some(patch.applied_to(status, now.truncated()))
    }
}

impl From<Value> for StatusPatch {
    fn from(value: Value) -> StatusPatch {
        // OK because a tree prints as JSON always; `null` patches nothing.
        StatusPatch::new(serde_json::value::to_raw_value(&value).unwrap_or_default())
    }
}

impl PartialEq for StatusPatch {
    /// Whether both say the same.
    fn eq(&self, other: &StatusPatch) -> bool {
        self.text.get() == other.text.get() || self.to_value() == other.to_value()
    }
}

impl Serialize for StatusPatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StatusPatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StatusPatch, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(StatusPatch::new)
    }
}

/// What most patches say; [`NOW_TIME`] stands for the time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PlainPatch {
    phase: Option<PodPhase>,
    conditions: Option<Vec<PlainCondition>>,
    message: Option<Text>,
    reason: Option<Text>,
    start_time: Option<Time>,
    init_container_statuses: Option<Shared<Vec<ContainerStatus>>>,
    container_statuses: Option<Shared<Vec<ContainerStatus>>>,
}

/// What most patches say of a condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlainCondition {
    #[serde(rename = "type")]
    type_: Text,
    status: Option<ConditionStatus>,
    last_transition_time: Option<Time>,
    reason: Option<Text>,
    message: Option<Text>,
}

impl PlainPatch {
    /// None if the text may hold more than plain things: removals (`null`), directives (`$`),
    /// escapes, fractions of seconds, members that a plain patch does not have, or `$NOW` where
    /// no time stands.
    fn read(text: &str) -> Option<PlainPatch> {
        let bytes = text.as_bytes();
        let mut dollars = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\\' | b'.' => return None,
                b'n' if bytes[at..].starts_with(b"null") => return None,
                b'$' => dollars += 1,
                _ => {}
            }
        }
        let words = if dollars == 0 { 0 } else { text.matches(NOW).count() };
        if words != dollars || text.contains(NOW_TEXT) {
            return None;
        }
        let mut patch: PlainPatch = match words {
            0 => serde_json::from_str(text).ok()?,
            _ => serde_json::from_str(&text.replace(NOW, NOW_TEXT)).ok()?,
        };
        let mut times = 0;
        patch.for_each_time(|time| times += usize::from(*time == NOW_TIME));
        (times == words).then_some(patch)
    }

    fn for_each_time(&mut self, mut f: impl FnMut(&mut Time)) {
        self.start_time.iter_mut().for_each(&mut f);
        let conditions = self.conditions.iter_mut().flatten();
        conditions.filter_map(|c| c.last_transition_time.as_mut()).for_each(&mut f);
        for list in [&mut self.init_container_statuses, &mut self.container_statuses] {
            list.iter_mut().flat_map(|list| list.iter_mut()).for_each(|container| {
                times_of(container).into_iter().flatten().for_each(&mut f);
            });
        }
    }

    fn applied_to(&self, status: &PodStatus, now: Time) -> PodStatus {
        let mut new = status.clone();
        if let Some(conditions) = &self.conditions {
            new.conditions = merge_conditions(&status.conditions, conditions, now).into();
        }
        put(&mut new.phase, &self.phase);
        put(&mut new.message, &self.message);
        put(&mut new.reason, &self.reason);
        put_containers(&mut new.init_container_statuses, &self.init_container_statuses, now);
        put_containers(&mut new.container_statuses, &self.container_statuses, now);
        new.start_time = said(self.start_time, now).or(new.start_time);
        new
    }
}

/// Whether printing its times loses nothing.
fn has_whole_times(status: &PodStatus) -> bool {
    let whole = |time: &Option<Time>| time.is_none_or(|time| time.subsec_nanos() == 0);
    let of_container = |container: &ContainerStatus| {
        [&container.state, &container.last_state].into_iter().all(|state| {
            state.running.as_ref().is_none_or(|running| whole(&running.started_at))
                && state
                    .terminated
                    .as_ref()
                    .is_none_or(|ended| whole(&ended.started_at) && whole(&ended.finished_at))
        })
    };
    whole(&status.start_time)
        && status.conditions.iter().all(|condition| whole(&condition.last_transition_time))
        && status.init_container_statuses.iter().all(of_container)
        && status.container_statuses.iter().all(of_container)
}

/// The times that a container's status has room for.
fn times_of(container: &mut ContainerStatus) -> [Option<&mut Time>; 6] {
    fn of(state: &mut ContainerState) -> [Option<&mut Time>; 3] {
        let running = state.running.as_mut().and_then(|running| running.started_at.as_mut());
        let (started, finished) = match &mut state.terminated {
            Some(ended) => (ended.started_at.as_mut(), ended.finished_at.as_mut()),
            None => (None, None),
        };
        [running, started, finished]
    }
    let [a, b, c] = of(&mut container.state);
    let [d, e, f] = of(&mut container.last_state);
    [a, b, c, d, e, f]
}

/// The time that a patch says, at the time `now`.
fn said(time: Option<Time>, now: Time) -> Option<Time> {
    time.map(|time| if time == NOW_TIME { now } else { time })
}

fn put<T: Clone>(member: &mut T, said: &Option<T>) {
    if let Some(said) = said {
        member.clone_from(said);
    }
}

type Containers = Shared<Vec<ContainerStatus>>;

/// Lists of containers are replaced.
fn put_containers(member: &mut Containers, said: &Option<Containers>, now: Time) {
    put(member, said);
    if said.is_some() {
        let times = member.iter_mut().flat_map(|container| times_of(container)).flatten();
        times.filter(|time| **time == NOW_TIME).for_each(|time| *time = now);
    }
}

/// Conditions merge by type, and stand in the order of every merged list.
fn merge_conditions(
    old: &[PodCondition],
    changes: &[PlainCondition],
    now: Time,
) -> Vec<PodCondition> {
    let mut list = old.to_vec();
    for change in changes {
        let at = list.iter().position(|condition| condition.type_ == change.type_);
        let at = at.unwrap_or_else(|| {
            list.push(PodCondition { type_: change.type_.clone(), ..PodCondition::default() });
            list.len() - 1
        });
        let condition = &mut list[at];
        put(&mut condition.status, &change.status);
        put(&mut condition.reason, &change.reason);
        put(&mut condition.message, &change.message);
        condition.last_transition_time =
            said(change.last_transition_time, now).or(condition.last_transition_time);
    }
    if list.len() < 2 {
        return list;
    }
    let mentioned: Vec<Text> = changes.iter().map(|change| change.type_.clone()).collect();
    let original: Vec<Text> = old.iter().map(|condition| condition.type_.clone()).collect();
    in_order(list, &mentioned, &original, |condition| condition.type_.clone())
}

/// A status after a patch to it, in which `$NOW` stands for the time.
pub(super) fn patched<T>(status: &T, patch: &Value, now: Time) -> Result<T, Error>
where
    T: Serialize + DeserializeOwned,
{
    let mut value = serde_json::to_value(status).map_err(unreadable)?;
    let now = now.to_string();
    merge(&mut value, patch, &|value| with_now(value, &now));
    Deserialize::deserialize(&value).map_err(unreadable)
}

/// The value with the time in place of `$NOW`.
fn with_now(value: &Value, now: &str) -> Value {
    match value {
        Value::String(text) if text.contains("$NOW") => Value::from(text.replace("$NOW", now)),
        Value::Array(list) => list.iter().map(|item| with_now(item, now)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), with_now(value, now))).collect()
        }
        other => other.clone(),
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::decode(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patch(value: &Value) -> StatusPatch {
        StatusPatch::from(value.clone())
    }

    #[test]
    fn plain_patches_give_what_trees_give() {
        let now = Time::from_unix(946_684_805);
        let mut status = PodStatus::default();
        for plain in [
            json!({"phase": "Pending", "startTime": "$NOW"}),
            json!({"conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": "$NOW"},
            ]}),
            json!({"conditions": [
                {"type": "DisruptionTarget", "status": "True", "reason": "x", "message": "y"},
                {"type": "Ready", "status": "False"},
            ]}),
            json!({"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": 2,
                "imageX": "kept", "state": {"running": {"startedAt": "$NOW"}}}]}),
            json!({"conditions": [{"type": "A"}, {"type": "A", "reason": "again"}]}),
            json!({"message": "", "reason": "Evicted", "initContainerStatuses": []}),
            json!({}),
        ] {
            let new = patch(&plain).plainly(&status, now);
            assert_eq!(new, patched(&status, &plain, now).ok(), "{plain}");
            status = new.unwrap();
        }
        assert_eq!(status.start_time, Some(now));
    }

    #[test]
    fn what_is_not_plain_goes_through_trees() {
        let now = Time::from_unix(946_684_805);
        let known = PodCondition { type_: "A".into(), ..PodCondition::default() };
        let mut status = PodStatus { conditions: vec![known].into(), ..PodStatus::default() };
        for other in [
            json!(null),
            json!({"phase": null}),
            json!({"$patch": "replace", "phase": "Failed"}),
            json!({"conditions": [{"$patch": "delete", "type": "A"}]}),
            json!({"conditions": [{"status": "True"}]}),
            json!({"conditions": [{"type": "A", "lastProbeTime": "$NOW"}]}),
            json!({"podIP": "10", "hostIP": "10"}),
            json!({"message": "at $NOW"}),
            json!({"message": "two\nlines"}),
            json!({"startTime": "2000-01-01T00:00:00.5Z"}),
            json!({"containerStatuses": [{"name": "c", "$NOW": 1}]}),
            json!({"containerStatuses": [{"name": "c", "kept": "$NOW"}]}),
            json!({"reason": "$NOW"}),
            json!({"startTime": "0001-01-01T00:00:01Z"}),
        ] {
            assert_eq!(patch(&other).plainly(&status, now), None, "{other}");
            let new = patch(&other).pod_status(&status, now);
            assert_eq!(new.ok(), patched(&status, &other, now).ok(), "{other}");
        }
        status.start_time = Some(now.plus_nanos(1));
        assert_eq!(patch(&json!({})).plainly(&status, now), None);
    }

    #[test]
    fn patches_are_read_and_written_as_they_are() {
        let text = r#"{"phase": "Running"}"#;
        let read: StatusPatch = serde_json::from_str(text).unwrap();
        assert_eq!(read, patch(&json!({"phase": "Running"})));
        assert_ne!(read, patch(&json!({"phase": "Failed"})));
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"phase":"Running"}"#);
        let from_tree: StatusPatch = serde_json::from_value(json!({"phase": "Running"})).unwrap();
        assert_eq!(from_tree, read);
    }
}
