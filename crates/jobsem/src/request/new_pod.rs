//! Creates a pod from the pod template.
//!
//! Rules: TEMPLATE-01 to TEMPLATE-10 (upstream: `controller.GetPodFromTemplate`,
//! `pkg/controller/job/job_controller.go` @v1.37.2).

use std::sync::Arc;

use crate::Semantics;
use crate::api::well_known::{
    COMPLETION_INDEX, COMPLETION_INDEX_ENV, INDEX_FAILURE_COUNT, INDEX_IGNORED_FAILURE_COUNT,
    JOB_API_VERSION, JOB_KIND, TRACKING_FINALIZER,
};
use crate::api::{
    Container, EnvVar, EnvVarSource, Job, LabelMap, ObjectFieldSelector, ObjectMeta,
    OwnerReference, Pod, Shared, Text,
};

/// DATA-15: the maximum length of a generated name before its suffix, in bytes.
const MAX_GENERATED_BASE: usize = 58;

/// The index data of a new pod of an Indexed Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewIndex {
    pub(crate) index: i32,
    /// Failures and ignored failures of the index so far; only with `backoffLimitPerIndex`.
    pub(crate) counts: Option<(i32, i32)>,
}

/// A pod that the controller asks the API to create.
///
/// It holds its Job, shared, and an index, and builds the pod on request.
///
/// ```
/// use jobsem::{Call, JobController, Semantics, Time, WatchEvent, api::Job};
///
/// let job: Job = serde_json::from_str(r#"{
///     "metadata": {"namespace": "default", "name": "pi", "uid": "u1"},
///     "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 4,
///              "template": {"spec": {"containers": [{"name": "c"}]}}}}"#)?;
/// let mut controller = JobController::new(Semantics::default());
/// controller.handle_watch(Time::from_unix(0), WatchEvent::Added(job.into()))?;
/// let Call::CreatePod { pod } = controller.poll_request().unwrap().call else { panic!() };
/// assert_eq!((pod.namespace(), &*pod.generate_name()), ("default", "pi-"));
/// assert_eq!(pod.to_pod().spec.containers[0].name, "c");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NewPod {
    job: Arc<Job>,
    index: Option<NewIndex>,
    index_label: bool,
    shape: Option<Arc<PodShape>>,
}

/// The parts of new pods that all pods of a Job share.
#[derive(Clone, Debug)]
pub(crate) struct PodShape {
    finalizers: Shared<Vec<Text>>,
    owners: Shared<Vec<OwnerReference>>,
    init_containers: Shared<Vec<Container>>,
    containers: Shared<Vec<Container>>,
}

impl PartialEq for NewPod {
    /// The common parts follow from the Job.
    fn eq(&self, other: &NewPod) -> bool {
        self.job == other.job && self.index == other.index && self.index_label == other.index_label
    }
}

impl NewPod {
    pub(crate) fn new(
        job: &Arc<Job>,
        index: Option<NewIndex>,
        shape: Option<Arc<PodShape>>,
        sem: &Semantics,
    ) -> NewPod {
        NewPod { job: Arc::clone(job), index, index_label: sem.index_label(), shape }
    }

    /// The pod's namespace.
    pub fn namespace(&self) -> &str {
        &self.job.metadata.namespace
    }

    /// The pod's Job.
    pub fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// The pod's completion index, if the Job is Indexed.
    pub fn completion_index(&self) -> Option<i32> {
        self.index.map(|new| new.index)
    }

    /// The prefix of the pod's name (TEMPLATE-04).
    pub fn generate_name(&self) -> String {
        let job = &self.job.metadata.name;
        match self.index {
            None => plain_name(job),
            Some(new) => indexed_name(job, new.index),
        }
    }

    /// The pod of the create request: without name, namespace and status.
    pub fn to_pod(&self) -> Pod {
        match &self.shape {
            Some(shape) => new_pod(&self.job, self.index, self.index_label, shape),
            None => {
                let shape = PodShape::with(&self.job, self.index_label);
                new_pod(&self.job, self.index, self.index_label, &shape)
            }
        }
    }
}

impl PodShape {
    pub(crate) fn new(job: &Job, sem: &Semantics) -> PodShape {
        PodShape::with(job, sem.index_label())
    }

    fn with(job: &Job, index_label: bool) -> PodShape {
        let meta = &job.metadata;
        let owner = OwnerReference::controller_of(
            Text::of(JOB_API_VERSION),
            Text::of(JOB_KIND),
            &meta.name,
            &meta.uid,
        );
        let spec = &job.spec.template.spec;
        let template = &job.spec.template.metadata;
        let mut finalizers = template.finalizers.clone();
        if !template.has_finalizer(TRACKING_FINALIZER) {
            finalizers.push(Text::of(TRACKING_FINALIZER));
        }
        let mut shape = PodShape {
            finalizers,
            owners: vec![owner].into(),
            init_containers: spec.init_containers.clone(),
            containers: spec.containers.clone(),
        };
        if job.is_indexed() {
            for containers in [&mut shape.init_containers, &mut shape.containers] {
                for container in containers.iter_mut() {
                    if !container.env.iter().any(|env| env.name == COMPLETION_INDEX_ENV) {
                        container.env.push(index_env(index_label));
                    }
                }
            }
        }
        shape
    }
}

fn new_pod(job: &Job, index: Option<NewIndex>, index_label: bool, shape: &PodShape) -> Pod {
    let template = &job.spec.template;
    let mut meta = ObjectMeta {
        labels: template.metadata.labels.clone(),
        annotations: template.metadata.annotations.clone(),
        finalizers: shape.finalizers.clone(),
        owner_references: shape.owners.clone(),
        ..ObjectMeta::default()
    };
    let mut spec = Arc::clone(&template.spec);
    match index {
        None => meta.generate_name = plain_name(&job.metadata.name).into(),
        Some(new) => {
            meta.generate_name = indexed_name(&job.metadata.name, new.index).into();
            set_index(&mut meta, new, index_label);
            let spec = Arc::make_mut(&mut spec);
            spec.hostname = [&job.metadata.name, "-", &new.index.to_string()].concat().into();
            spec.init_containers = shape.init_containers.clone();
            spec.containers = shape.containers.clone();
        }
    }
    Pod { metadata: meta, spec, ..Pod::default() }
}

/// TEMPLATE-07, TEMPLATE-08: annotations and label of an Indexed Job's pod.
fn set_index(meta: &mut ObjectMeta, new: NewIndex, index_label: bool) {
    let index = Text::from(new.index.to_string());
    let annotations = meta.annotations.get_or_insert_with(LabelMap::new);
    annotations.insert(Text::of(COMPLETION_INDEX), index.clone());
    if let Some((failures, ignored)) = new.counts {
        annotations.insert(Text::of(INDEX_FAILURE_COUNT), failures.to_string());
        if ignored > 0 {
            annotations.insert(Text::of(INDEX_IGNORED_FAILURE_COUNT), ignored.to_string());
        }
    }
    if index_label {
        let labels = meta.labels.get_or_insert_with(LabelMap::new);
        labels.insert(Text::of(COMPLETION_INDEX), index);
    }
}

/// TEMPLATE-06.
fn index_env(index_label: bool) -> EnvVar {
    let map = if index_label { "labels" } else { "annotations" };
    let field_path = format!("metadata.{map}['{COMPLETION_INDEX}']");
    EnvVar {
        name: COMPLETION_INDEX_ENV.to_owned(),
        value_from: Some(EnvVarSource {
            field_ref: Some(ObjectFieldSelector { api_version: String::new(), field_path }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    }
}

/// TEMPLATE-04, NonIndexed: the Job's name and a dash, if that is a valid prefix.
pub(crate) fn plain_name(job: &str) -> String {
    let prefix = [job, "-"].concat();
    if crate::names::starts_a_name(&prefix) { prefix } else { job.to_owned() }
}

/// TEMPLATE-04, Indexed: the Job's name is truncated, the index is not.
pub(crate) fn indexed_name(job: &str, index: i32) -> String {
    let index = index.to_string();
    let mut cut = job.len().min(MAX_GENERATED_BASE - index.len() - 2);
    while !job.is_char_boundary(cut) {
        cut -= 1;
    }
    [&job[..cut], "-", &index, "-"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_job_names_are_cut_so_that_the_index_stays() {
        assert_eq!(indexed_name("j", 3), "j-3-");
        let name = indexed_name(&"a".repeat(63), 12);
        assert_eq!(name, format!("{}-12-", "a".repeat(54)));
    }

    #[test]
    fn a_job_name_that_cannot_start_a_name_gets_no_dash() {
        assert_eq!(plain_name("j"), "j-");
        assert_eq!(plain_name(&"a".repeat(254)), "a".repeat(254));
    }
}
