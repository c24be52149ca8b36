//! Metadata and label selectors.
//!
//! FIELD and DECODE-11: names, types and first versions of the members.

use super::Emit::{Always as A, Kept as K, NonZero as Z, Set as S};
use super::Shape::{Any, Bool, Int64, List, Map, Object as Obj, Text, Time};
use super::{Object, m};

pub(super) static OWNER_REFERENCE: Object = Object {
    name: "OwnerReference",
    members: &[
        m("apiVersion", Text, A, "string"),
        m("kind", Text, A, "string"),
        m("name", Text, A, "string"),
        m("uid", Text, A, "types.UID"),
        m("controller", Bool, S, "bool"),
        m("blockOwnerDeletion", Bool, S, "bool"),
    ],
};

pub(super) static MANAGED_FIELDS_ENTRY: Object = Object {
    name: "ManagedFieldsEntry",
    members: &[
        m("manager", Text, Z, "string"),
        m("operation", Text, Z, "v1.ManagedFieldsOperationType"),
        m("apiVersion", Text, Z, "string"),
        m("time", Time, S, "v1.Time"),
        m("fieldsType", Text, Z, "string"),
        m("fieldsV1", Any, S, "v1.FieldsV1"),
        m("subresource", Text, Z, "string"),
    ],
};

pub(super) static OBJECT_META: Object = Object {
    name: "ObjectMeta",
    members: &[
        m("name", Text, Z, "string"),
        m("generateName", Text, Z, "string"),
        m("namespace", Text, Z, "string"),
        m("selfLink", Text, Z, "string"),
        m("uid", Text, Z, "types.UID"),
        m("resourceVersion", Text, Z, "string"),
        m("generation", Int64, Z, "int64"),
        m("creationTimestamp", Time, S, "v1.Time"),
        m("deletionTimestamp", Time, S, "v1.Time"),
        m("deletionGracePeriodSeconds", Int64, S, "int64"),
        m("labels", Map(&Text), K, "map[string]string"),
        m("annotations", Map(&Text), K, "map[string]string"),
        m("ownerReferences", List(&Obj(&OWNER_REFERENCE)), Z, "[]v1.OwnerReference"),
        m("finalizers", List(&Text), Z, "[]string"),
        m("managedFields", List(&Obj(&MANAGED_FIELDS_ENTRY)), Z, "[]v1.ManagedFieldsEntry"),
    ],
};

/// Metadata of something that is only kept, where an empty map is an absent one.
pub(super) static TEMPLATE_META: Object = Object {
    name: "ObjectMeta",
    members: &[
        m("name", Text, Z, "string"),
        m("generateName", Text, Z, "string"),
        m("namespace", Text, Z, "string"),
        m("selfLink", Text, Z, "string"),
        m("uid", Text, Z, "types.UID"),
        m("resourceVersion", Text, Z, "string"),
        m("generation", Int64, Z, "int64"),
        m("creationTimestamp", Time, S, "v1.Time"),
        m("deletionTimestamp", Time, S, "v1.Time"),
        m("deletionGracePeriodSeconds", Int64, S, "int64"),
        m("labels", Map(&Text), Z, "map[string]string"),
        m("annotations", Map(&Text), Z, "map[string]string"),
        m("ownerReferences", List(&Obj(&OWNER_REFERENCE)), Z, "[]v1.OwnerReference"),
        m("finalizers", List(&Text), Z, "[]string"),
        m("managedFields", List(&Obj(&MANAGED_FIELDS_ENTRY)), Z, "[]v1.ManagedFieldsEntry"),
    ],
};

pub(super) static LABEL_SELECTOR_REQUIREMENT: Object = Object {
    name: "LabelSelectorRequirement",
    members: &[
        m("key", Text, A, "string"),
        m("operator", Text, A, "v1.LabelSelectorOperator"),
        m("values", List(&Text), Z, "[]string"),
    ],
};

pub(in crate::admission) static LABEL_SELECTOR: Object = Object {
    name: "LabelSelector",
    members: &[
        m("matchLabels", Map(&Text), Z, "map[string]string"),
        m(
            "matchExpressions",
            List(&Obj(&LABEL_SELECTOR_REQUIREMENT)),
            Z,
            "[]v1.LabelSelectorRequirement",
        ),
    ],
};
