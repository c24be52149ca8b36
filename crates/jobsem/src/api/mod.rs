//! The objects as data: Job, Pod, CronJob and their parts, as `batch/v1` and `v1` have them.
//!
//! Every type reads and writes the JSON of the Kubernetes API. Members that jobsem's rules do not
//! read stay in `extra` and survive a round trip. Absent, `null`, zero and empty stay distinct
//! where Kubernetes distinguishes them: an `Option` mirrors a pointer of the Go type, a plain field
//! one whose absence equals its zero value. Serialization follows the API's `omitempty` (FIELD-0).
//!
//! Deliberately absent: defaulting and validation (`admission`), and every behaviour.

mod condition;
mod cronjob;
mod job;
mod kind;
mod labels;
mod list;
mod meta;
mod pod;
mod selector;
mod shared;
mod text;
pub mod well_known;

pub use condition::ConditionStatus;
pub use cronjob::{CronJob, CronJobSpec, CronJobStatus, JobTemplateSpec, ObjectReference};
pub use job::{
    CompletionMode, ExitCodeOperator, ExitCodesRequirement, FailurePolicyAction, Job, JobCondition,
    JobConditionType, JobSpec, JobStatus, PodConditionPattern, PodFailurePolicy,
    PodFailurePolicyRule, PodReplacementPolicy, SuccessPolicy, SuccessPolicyRule,
    UncountedTerminatedPods,
};
pub use kind::Kind;
pub use labels::LabelMap;
pub use list::List;
pub use meta::{ObjectMeta, OwnerReference};
pub use pod::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, EnvVar, EnvVarSource, ObjectFieldSelector, Pod,
    PodCondition, PodPhase, PodSpec, PodStatus, PodTemplateSpec, RestartPolicy,
};
pub use selector::{LabelSelector, LabelSelectorRequirement, Selector, SelectorError};
pub use shared::{Empty, Shared};
pub use text::Text;

/// Members of an object that jobsem's types do not name, kept as read. Most objects have none; the
/// versions of an object share them.
pub type Extra = Shared<serde_json::Map<String, serde_json::Value>>;

/// Declares an enumeration of the API: known values by name, any other text kept as it is.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A value that jobsem does not know.
            Other(String),
        }

        impl $name {
            /// The value's text.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $text,)+
                    $name::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => $name::$variant,)+
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "enum": [$($text),+]})
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::de::of_str(deserializer, |text| Ok($name::from(text)))
            }
        }
    };
}
pub(crate) use open_enum;

/// Reads `null` as the type's default: in the API it leaves a member unset (DECODE-2).
pub(crate) fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    use serde::Deserialize as _;
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
