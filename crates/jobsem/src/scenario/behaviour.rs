//! What pods do, in words that people write, and the scripts that follow from them.
//!
//! The vectors' scripts are lists of status patches. Most of them say no more than "runs for five
//! seconds, then exits with 1"; [`scripts`] reads that, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Script, Timed};
use crate::Error;
use crate::api::{Job, RestartPolicy};
use crate::decode::from_value;
use crate::request::{indexed_name, plain_name};

/// What one pod does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Behaviour {
    /// From its creation until it runs and is ready; absent: a second.
    start: Seconds,
    /// From then until it ends; absent: five seconds. `forever` never ends.
    run: Run,
    /// The exit code of its first container; 0 is success.
    exit: i32,
    /// With restart policy OnFailure: how often the container fails and is started again before
    /// it ends, each time after `run`.
    restarts: u32,
    /// It fails with the condition DisruptionTarget, as after an eviction.
    disrupted: bool,
    /// The container that ends with `exit`; the first if absent.
    container: Option<String>,
    /// What it does when it is deleted while it runs.
    on_delete: OnDelete,
    /// It is never ready.
    unready: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct OnDelete {
    /// From the request until it ends; absent: a second.
    after: Seconds,
    /// The exit code; absent: 143, as after SIGTERM.
    exit: i32,
}

/// A duration: a number of seconds, or text such as `500ms`, `5s`, `2m`, `1h`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(pub f64);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Run {
    For(Seconds),
    Forever,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            start: Seconds(1.0),
            run: Run::For(Seconds(5.0)),
            exit: 0,
            restarts: 0,
            disrupted: false,
            container: None,
            on_delete: OnDelete::default(),
            unready: false,
        }
    }
}

impl Default for OnDelete {
    fn default() -> Self {
        OnDelete { after: Seconds(1.0), exit: 143 }
    }
}

/// The scripts for the pods of `job` that `pods` asks for.
///
/// `pods` is an object. Its keys say which pods are meant: `*` (all), `attempt 2` (the second pod,
/// or the second of each index), `index 3`, `index 3 attempt 2`, or a pod's name; the most
/// particular key wins. Its values say what these pods do: `{"start": "1s", "run": "5s", "exit":
/// 42, "restarts": 0, "disrupted": false, "onDelete": {"after": "1s", "exit": 143}}`, all of it
/// optional, or a script of the vectors (`onCreate`, `onDelete`).
///
/// ```
/// use jobsem::{api::Job, scenario::scripts};
/// use serde_json::json;
///
/// let mut job = Job::default();
/// job.metadata.name = "pi".into();
/// let scripts = scripts(&job, &json!({"attempt 1": {"exit": 1}, "*": {"run": "2m"}}))?;
/// assert!(scripts.contains_key("pi-00000") && scripts.contains_key("*"));
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// `Decode`, with the key as the path.
pub fn scripts(job: &Job, pods: &Value) -> Result<BTreeMap<String, Arc<Script>>, Error> {
    let Value::Object(pods) = pods else {
        return Err(Error::decode("what pods do must be an object: `*`, `attempt 2`, …"));
    };
    let mut entries = Vec::new();
    for (key, value) in pods {
        let whom = Whom::parse(key);
        if whom == Whom::Named && key.contains(char::is_whitespace) {
            let text = "neither `*`, `attempt N`, `index N`, `index N attempt M` nor a pod's name";
            return Err(Error::decode(text).with_path(format!("pods.{key}")));
        }
        let script = script(job, value).map_err(|error| {
            let path = match error.path() {
                Some(path) => format!("pods.{key}.{path}"),
                None => format!("pods.{key}"),
            };
            error.with_path(path)
        })?;
        entries.push((whom, key.clone(), Arc::new(script)));
    }
    // Less particular keys first, so that more particular ones replace them.
    entries.sort_by_key(|(whom, _, _)| whom.rank());
    let mut scripts = BTreeMap::new();
    for (whom, key, script) in entries {
        for name in whom.names(job, &key)? {
            scripts.insert(name, Arc::clone(&script));
        }
    }
    Ok(scripts)
}

/// Which pods a key means.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whom {
    All,
    Attempt(u32),
    Index(i32),
    IndexAttempt(i32, u32),
    Named,
}

/// More indexes than this cannot be written out one by one.
const MAX_INDEXES: i32 = 100_000;

impl Whom {
    fn parse(key: &str) -> Whom {
        let words: Vec<&str> = key.split([' ', ':']).filter(|word| !word.is_empty()).collect();
        match words[..] {
            ["*"] => Whom::All,
            ["attempt", n] => n.parse().map_or(Whom::Named, Whom::Attempt),
            ["index", i] => i.parse().map_or(Whom::Named, Whom::Index),
            ["index", i, "attempt", n] => match (i.parse(), n.parse()) {
                (Ok(index), Ok(attempt)) => Whom::IndexAttempt(index, attempt),
                _ => Whom::Named,
            },
            _ => Whom::Named,
        }
    }

    fn rank(self) -> u8 {
        match self {
            Whom::All => 0,
            Whom::Index(_) => 1,
            Whom::Attempt(_) => 2,
            Whom::IndexAttempt(..) => 3,
            Whom::Named => 4,
        }
    }

    /// The keys of the vectors' scripts that stand for it.
    fn names(self, job: &Job, key: &str) -> Result<Vec<String>, Error> {
        let job_name = &job.metadata.name;
        let counted = |base: String, attempt: u32| match attempt.checked_sub(1) {
            Some(count) => Ok(format!("{base}{count:05}")),
            None => Err(Error::decode("attempts count from 1").with_path(format!("pods.{key}"))),
        };
        Ok(match self {
            Whom::All => vec!["*".to_owned()],
            Whom::Named => vec![key.to_owned()],
            Whom::Index(index) => vec![format!("index:{index}")],
            Whom::IndexAttempt(index, attempt) => {
                vec![counted(indexed_name(job_name, index), attempt)?]
            }
            Whom::Attempt(attempt) if job.is_indexed() => {
                let indexes = 0..job.spec.completions.unwrap_or(0).min(MAX_INDEXES);
                indexes
                    .map(|index| counted(indexed_name(job_name, index), attempt))
                    .collect::<Result<_, _>>()?
            }
            Whom::Attempt(attempt) => vec![counted(plain_name(job_name), attempt)?],
        })
    }
}

fn script(job: &Job, value: &Value) -> Result<Script, Error> {
    let is_script = value.get("onCreate").is_some_and(Value::is_array);
    if is_script {
        return from_value(value.clone());
    }
    let behaviour: Behaviour = from_value(value.clone())?;
    Ok(behaviour.script(job))
}

impl Behaviour {
    fn script(&self, job: &Job) -> Script {
        let spec = &job.spec.template.spec;
        let ready = if self.unready { "False" } else { "True" };
        let names: Vec<&str> = spec.containers.iter().map(|c| c.name.as_str()).collect();
        let running = |restarts: u32| -> Value {
            names
                .iter()
                .enumerate()
                .map(|(i, name)| {
                    json!({
                        "name": name,
                        "restartCount": if i == 0 { restarts } else { 0 },
                        "state": {"running": {"startedAt": "$NOW"}},
                    })
                })
                .collect()
        };
        let ended = |exit: i32| -> Value {
            let chosen = self.container.as_deref().or(names.first().copied());
            names
                .iter()
                .map(|name| {
                    let exit = if chosen == Some(name) { exit } else { 0 };
                    json!({
                        "name": name,
                        "restartCount": if names.first() == Some(name) { self.restarts } else { 0 },
                        "state": {"terminated": {
                            "exitCode": exit,
                            "reason": if exit == 0 { "Completed" } else { "Error" },
                            "finishedAt": "$NOW",
                        }},
                    })
                })
                .collect()
        };
        let end = |exit: i32, disrupted: bool| {
            let mut conditions =
                vec![json!({"type": "Ready", "status": "False", "lastTransitionTime": "$NOW"})];
            if disrupted {
                conditions.push(json!({
                    "type": "DisruptionTarget", "status": "True",
                    "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
                }));
            }
            json!({
                "phase": if exit == 0 && !disrupted { "Succeeded" } else { "Failed" },
                "conditions": conditions,
                "containerStatuses": ended(exit),
            })
        };
        let mut at = self.start.0;
        let mut on_create = vec![status(
            at,
            json!({
                "phase": "Running",
                "startTime": "$NOW",
                "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "$NOW"}],
                "containerStatuses": running(0),
            }),
        )];
        if let Run::For(Seconds(run)) = self.run {
            let on_failure = spec.restart_policy == Some(RestartPolicy::OnFailure);
            for restart in 1..=if on_failure { self.restarts } else { 0 } {
                at += run;
                on_create.push(status(at, json!({"containerStatuses": running(restart)})));
            }
            at += run;
            on_create.push(status(at, end(self.exit, self.disrupted)));
        }
        let gone = self.on_delete.after.0;
        let on_delete = vec![
            status(gone, end(self.on_delete.exit, false)),
            Timed { after: gone, remove: true, ..Timed::default() },
        ];
        Script { on_create, on_delete }
    }
}

fn status(after: f64, status: Value) -> Timed {
    Timed { after, status: Some(status.into()), ..Timed::default() }
}

impl Seconds {
    /// Reads a number of seconds, or numbers with units: `90`, `1.5s`, `2m30s`, `500ms`.
    ///
    /// # Errors
    ///
    /// `Decode` if the text is neither.
    pub fn parse(text: &str) -> Result<Seconds, Error> {
        let wrong =
            || Error::decode(format!("`{text}` is no duration such as 500ms, 5s, 2m or 1h"));
        if let Ok(seconds) = text.parse::<f64>() {
            return if seconds.is_finite() && seconds >= 0.0 {
                Ok(Seconds(seconds))
            } else {
                Err(wrong())
            };
        }
        let (mut rest, mut total) = (text, 0.0);
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
            let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            total += number
                * match &rest[..unit] {
                    "ms" => 1e-3,
                    "s" => 1.0,
                    "m" => 60.0,
                    "h" => 3_600.0,
                    "d" => 86_400.0,
                    _ => return Err(wrong()),
                };
            rest = &rest[unit..];
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Seconds(total)) }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        use serde::de::Error as _;
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Seconds::parse(&number.to_string()),
            Value::String(text) => Seconds::parse(&text),
            other => Err(Error::decode(format!("`{other}` is no duration"))),
        }
        .map_err(|error| D::Error::custom(error.message()))
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Run, D::Error> {
        use serde::de::Error as _;
        let value = Value::deserialize(deserializer)?;
        if value == "forever" {
            return Ok(Run::Forever);
        }
        Seconds::deserialize(value).map(Run::For).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_of_seconds_or_have_units() {
        for (text, seconds) in
            [("90", 90.0), ("1.5s", 1.5), ("2m30s", 150.0), ("500ms", 0.5), ("1h", 3_600.0)]
        {
            assert_eq!(Seconds::parse(text).unwrap(), Seconds(seconds), "{text}");
        }
        for text in ["", "s", "5x", "-1", "inf", "1s2"] {
            assert!(Seconds::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_most_particular_key_wins() {
        let job = serde_json::from_value(json!({
            "metadata": {"name": "j"},
            "spec": {"completionMode": "Indexed", "completions": 2},
        }))
        .unwrap();
        let pods = json!({
            "index 1 attempt 1": {"exit": 3}, "attempt 1": {"exit": 2}, "index 1": {"exit": 1},
            "*": {},
        });
        let scripts = scripts(&job, &pods).unwrap();
        let keys: Vec<_> = scripts.keys().map(String::as_str).collect();
        assert_eq!(keys, ["*", "index:1", "j-0-00000", "j-1-00000"]);
        let last = |key: &str| scripts[key].on_create.last().unwrap().status.clone().unwrap();
        assert_eq!(last("j-1-00000").to_value()["phase"], "Failed");
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = scripts(&Job::default(), &json!({"attemt 1": {}})).unwrap_err();
        assert_eq!(error.path(), Some("pods.attemt 1"));
    }

    #[test]
    fn a_misspelt_member_is_an_error_that_names_the_pod() {
        let error = scripts(&Job::default(), &json!({"*": {"exits": 1}})).unwrap_err();
        assert_eq!(error.path(), Some("pods.*.exits"));
    }
}
