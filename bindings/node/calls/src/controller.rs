//! `Controller`: one of the three controllers over an API of the host's own.

use std::collections::BTreeMap;

use jobsem::{AnyController, Error, RequestId, WatchEvent, wire};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{notes, wakeup};
use crate::cluster::Named;
use crate::input::{At, Document, Options, arguments};
use crate::unknown;

pub struct Controller {
    inner: AnyController,
    /// The requests that wait for an answer, by the number that the host knows.
    open: BTreeMap<u64, RequestId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    kind: Option<String>,
    workers: Option<usize>,
    time_zone: Option<String>,
    #[serde(flatten)]
    options: Options,
}

#[derive(Deserialize)]
struct Watch {
    now: At,
    #[serde(rename = "type")]
    type_: String,
    object: Document,
}

#[derive(Deserialize)]
struct List {
    now: At,
    objects: Vec<Document>,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Answered {
    now: At,
    id: u64,
    body: Option<Value>,
}

#[derive(Deserialize)]
pub struct Now {
    pub now: At,
}

impl Controller {
    pub fn new(text: &str) -> Result<Controller, Error> {
        let New { kind, workers, time_zone, options } = arguments(text)?;
        let kind = kind.as_deref().unwrap_or("job");
        let mut inner = AnyController::named(kind, options.semantics()?)?;
        inner = inner.with_workers(workers.unwrap_or(1).max(1));
        if let Some(zone) = time_zone {
            inner = inner.with_local_zone(&zone)?;
        }
        if options.explain {
            inner = inner.with_notes();
        }
        Ok(Controller { inner, open: BTreeMap::new() })
    }

    pub fn call(&mut self, name: &str, text: &str) -> Result<Value, Error> {
        let inner = &mut self.inner;
        match name {
            "handleWatch" => {
                let Watch { now, type_, object } = arguments(text)?;
                let object = object.any()?;
                let event = match &*type_ {
                    "ADDED" => WatchEvent::Added(object),
                    "MODIFIED" => WatchEvent::Modified(object),
                    "DELETED" => WatchEvent::Deleted(object),
                    other => {
                        let text =
                            format!("a watch event is ADDED, MODIFIED or DELETED, not {other}");
                        return Err(Error::decode(text).with_path("type"));
                    }
                };
                inner.handle_watch(now.0, event)?;
            }
            "handleList" => {
                let List { now, objects, version } = arguments(text)?;
                let all: Result<Vec<_>, _> = objects.into_iter().map(Document::any).collect();
                inner.handle_list(now.0, all?, &version)?;
            }
            "handleResult" => {
                let Answered { now, id, body } = arguments(text)?;
                let known = self.open.get(&id).copied();
                let known = known.ok_or_else(|| Error::state(format!("no open request {id}")))?;
                inner.handle_result(now.0, known, wire::response(body.unwrap_or_default())?)?;
                self.open.remove(&id);
            }
            "handleTimeout" => inner.handle_timeout(arguments::<Now>(text)?.now.0)?,
            "restart" => {
                self.open.clear();
                inner.restart(arguments::<Now>(text)?.now.0);
            }
            "wakeupOf" => {
                let Named { namespace, name } = arguments(text)?;
                return Ok(inner.wakeup_of(&namespace, &name).as_ref().map(wakeup).into());
            }
            "requests" => {
                let mut all = Vec::new();
                while let Some(request) = inner.poll_request() {
                    self.open.insert(request.id.get(), request.id);
                    all.push(wire::request(&request));
                }
                return Ok(all.into());
            }
            "events" => {
                let all = std::iter::from_fn(|| inner.poll_event());
                return Ok(all.map(|event| wire::event(&event)).collect());
            }
            "notes" => return Ok(notes(std::iter::from_fn(|| inner.poll_note()))),
            "nextWakeup" => return Ok(inner.poll_timeout().as_ref().map(wakeup).into()),
            _ => return Err(unknown("method", name)),
        }
        Ok(json!(null))
    }
}
