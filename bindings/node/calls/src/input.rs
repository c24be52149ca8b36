//! What comes in: documents, times, options.

use std::collections::BTreeMap;
use std::sync::Arc;

use jobsem::api::{CronJob, Job, Pod};
use jobsem::cluster::{CountedIdentity, Identity, SeededIdentity};
use jobsem::decode::{self, Document as Parsed, Manifest, documents, only_manifest};
use jobsem::{Cluster, Error, Gate, KubeVersion, Object, Semantics, Time};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the arguments of a call.
pub fn arguments<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        // The place is one in what the face has written.
        let end = text.rfind(" at line ").unwrap_or(text.len());
        Error::decode(&text[..end])
    })
}

/// Which Kubernetes.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    kube: Option<String>,
    gates: BTreeMap<String, bool>,
    /// Whether decisions are put into words.
    pub explain: bool,
    seed: Option<u64>,
}

impl Options {
    pub fn semantics(&self) -> Result<Semantics, Error> {
        let version = match &self.kube {
            Some(kube) => kube.parse()?,
            None => KubeVersion::LATEST,
        };
        let mut sem = Semantics::kube(version);
        for (gate, on) in &self.gates {
            sem = sem.with_gate(gate.parse::<Gate>()?, *on)?;
        }
        Ok(sem)
    }

    /// Where the names and UIDs of new objects come from.
    pub fn identity(&self) -> Box<dyn Identity> {
        match self.seed {
            Some(seed) => Box::new(SeededIdentity::new(seed)),
            None => Box::new(CountedIdentity::default()),
        }
    }

    pub fn cluster(&self) -> Result<Cluster, Error> {
        let cluster = Cluster::with_identity(self.semantics()?, self.identity());
        Ok(if self.explain { cluster.with_notes() } else { cluster })
    }
}

/// A time: digits are nanoseconds, anything else is RFC 3339.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct At(pub Time);

impl TryFrom<String> for At {
    type Error = Error;

    fn try_from(text: String) -> Result<At, Error> {
        match text.parse() {
            Ok(nanos) => Ok(At(Time::from_unix_nanos(nanos))),
            Err(_) => text.parse().map(At),
        }
    }
}

/// A document: text, or what it says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Document {
    /// YAML or JSON.
    Text(String),
    /// An object of JavaScript.
    Object(Value),
}

impl Document {
    /// The documents of a manifest, lists taken apart; and whether places in it mean something.
    pub fn manifests(self) -> Result<(Vec<Parsed>, bool), Error> {
        match self {
            Document::Text(text) => {
                let all = documents(text.as_bytes())?;
                if let [one] = &all[..]
                    && !one.value().is_object()
                {
                    return Err(Error::decode("the document is no object"));
                }
                let all: Result<_, _> = all.into_iter().flat_map(Parsed::into_objects).collect();
                Ok((all?, true))
            }
            Document::Object(mut value) => {
                if let Value::Object(members) = &mut value {
                    members.entry("apiVersion").or_insert_with(|| "batch/v1".into());
                    let is_cron =
                        members.get("spec").is_some_and(|spec| spec.get("jobTemplate").is_some());
                    let kind = if is_cron { "CronJob" } else { "Job" };
                    members.entry("kind").or_insert_with(|| kind.into());
                }
                Ok((documents(value.to_string().as_bytes())?, false))
            }
        }
    }

    /// The one Job or CronJob of a manifest.
    pub fn manifest(self, sem: &Semantics) -> Result<Manifest, Error> {
        let (all, has_places) = self.manifests()?;
        Manifest::read(only_manifest(&all)?, sem).map_err(|error| {
            if has_places {
                return error;
            }
            let plain = Error::new(error.kind(), error.message());
            match error.path() {
                Some(path) => plain.with_path(path),
                None => plain,
            }
        })
    }

    /// Any one document.
    pub fn value(self) -> Result<Value, Error> {
        match self {
            Document::Object(value) => Ok(value),
            Document::Text(text) => {
                let mut all = documents(text.as_bytes())?;
                match all.len() {
                    1 => Ok(all.remove(0).into_value()),
                    0 => Err(Error::decode("the text holds no document")),
                    many => Err(Error::decode(format!("expected one document, found {many}"))),
                }
            }
        }
    }

    /// A Job as an API has handed it out: members that are not known are none of our business.
    pub fn job(self) -> Result<Arc<Job>, Error> {
        let value = self.stored()?;
        match Deserialize::deserialize(&value) {
            Ok(job) => {
                decode::stored_job(&job)?;
                Ok(Arc::new(job))
            }
            Err(error) => {
                // The decoder of manifests knows the path.
                jobsem::admission::decode_job(value, &Semantics::default())?;
                Err(Error::decode(error.to_string()))
            }
        }
    }

    /// A pod as an API has handed it out.
    pub fn pod(self) -> Result<Arc<Pod>, Error> {
        let pod = Deserialize::deserialize(&self.stored()?);
        let pod = pod.map_err(|error| Error::decode(error.to_string()))?;
        decode::stored_pod(&pod)?;
        Ok(Arc::new(pod))
    }

    /// A CronJob as an API has handed it out.
    pub fn cronjob(self) -> Result<Arc<CronJob>, Error> {
        let cronjob = Deserialize::deserialize(&self.stored()?);
        let cronjob = cronjob.map_err(|error| Error::decode(error.to_string()))?;
        decode::stored_cronjob(&cronjob)?;
        Ok(Arc::new(cronjob))
    }

    /// A Job, a pod or a CronJob: by its kind, or by what its spec has.
    pub fn any(self) -> Result<Object, Error> {
        let value = self.value()?;
        let kind = match value["kind"].as_str() {
            Some(kind) => kind.to_owned(),
            None if value["spec"].get("containers").is_some() => "Pod".to_owned(),
            None if value["spec"].get("jobTemplate").is_some() => "CronJob".to_owned(),
            None => "Job".to_owned(),
        };
        let document = Document::Object(value);
        Ok(match &*kind {
            "Pod" => Object::Pod(document.pod()?),
            "CronJob" => Object::CronJob(document.cronjob()?),
            _ => Object::Job(document.job()?),
        })
    }

    fn stored(self) -> Result<Value, Error> {
        let value = self.value()?;
        if !value.is_object() {
            return Err(Error::decode("the document is no object"));
        }
        Ok(value)
    }
}
