//! Object metadata and owner references.

use serde::{Deserialize, Serialize};

use super::{Extra, LabelMap, Shared, Text, is_default, null_default};
use crate::Time;

/// `metadata` of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The name; empty until the API server has made one from `generate_name`.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub name: Text,
    /// The prefix of a name that the API server completes.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub generate_name: Text,
    /// The namespace.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub namespace: Text,
    /// The UID, which distinguishes objects of the same name over time.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub uid: Text,
    /// The version of the stored object: opaque text, compared for equality only.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub resource_version: Text,
    /// Counts the changes of the spec.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "is_default")]
    pub generation: i64,
    /// When the API server created the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Time>,
    /// Set when deletion is requested: the *end* of the grace period (PODDEL-01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Time>,
    /// The grace period in whole seconds, set together with the deletion timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Labels. Defaulting of templates distinguishes absent from empty (DEFAULT-4).
    #[serde(default, skip_serializing_if = "empty_map")]
    pub labels: Option<LabelMap>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "empty_map")]
    pub annotations: Option<LabelMap>,
    /// The owners of the object.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "none")]
    pub owner_references: Shared<Vec<OwnerReference>>,
    /// The finalizers: a deleted object stays until all of them are removed.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "none")]
    pub finalizers: Shared<Vec<Text>>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

impl ObjectMeta {
    /// Metadata with only a namespace and a name.
    pub fn named(namespace: impl Into<Text>, name: impl Into<Text>) -> ObjectMeta {
        ObjectMeta { name: name.into(), namespace: namespace.into(), ..ObjectMeta::default() }
    }

    /// The label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.as_ref()?.get(key).map(Text::as_str)
    }

    /// The annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(Text::as_str)
    }

    /// The owner that manages this object: the first reference with `controller: true` (PRED-01).
    pub fn controller_ref(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether `finalizer` is on the object.
    pub fn has_finalizer(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|f| *f == *finalizer)
    }
}

/// A reference to an owner (GC-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerReference {
    /// The owner's group and version.
    #[serde(default, deserialize_with = "null_default")]
    pub api_version: Text,
    /// The owner's kind.
    #[serde(default, deserialize_with = "null_default")]
    pub kind: Text,
    /// The owner's name.
    #[serde(default, deserialize_with = "null_default")]
    pub name: Text,
    /// The owner's UID.
    #[serde(default, deserialize_with = "null_default")]
    pub uid: Text,
    /// Whether the owner manages the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Whether a foreground deletion of the owner waits for the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

impl OwnerReference {
    /// A reference as controllers write it: it manages the object and blocks the owner's deletion.
    pub fn controller_of(
        api_version: impl Into<Text>,
        kind: impl Into<Text>,
        name: impl Into<Text>,
        uid: impl Into<Text>,
    ) -> OwnerReference {
        OwnerReference {
            api_version: api_version.into(),
            kind: kind.into(),
            name: name.into(),
            uid: uid.into(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

fn empty_map(map: &Option<LabelMap>) -> bool {
    map.as_ref().is_none_or(|map| map.is_empty())
}

fn none<T: Clone + 'static>(list: &Shared<Vec<T>>) -> bool {
    list.is_empty()
}
