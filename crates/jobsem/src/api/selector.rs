//! Label selectors: the wire form and the form that matches.
//!
//! Rules: SELECTOR-7, VALID-52, CLAIM-01. By hand, because an absent selector matches nothing, an
//! empty one everything, and an ill-formed one is an error that the controller reports.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Extra, LabelMap, null_default};

/// `metav1.LabelSelector`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LabelSelector {
    /// Labels that must have exactly these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_labels: Option<LabelMap>,
    /// Further requirements, all of which must hold.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
    /// Members that jobsem does not name.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One requirement of a [`LabelSelector`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LabelSelectorRequirement {
    /// The label's key.
    #[serde(default, deserialize_with = "null_default")]
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    #[serde(default, deserialize_with = "null_default")]
    pub operator: String,
    /// The values that `In` and `NotIn` compare with.
    #[serde(default, deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A selector that matches.
///
/// ```
/// use jobsem::api::{LabelMap, LabelSelector, Selector};
///
/// let labels = LabelMap::from([("app", "x")]);
/// assert!(!Selector::new(None)?.matches(Some(&labels)), "absent: matches nothing");
/// assert!(Selector::new(Some(&LabelSelector::default()))?.matches(None), "empty: everything");
/// # Ok::<(), jobsem::api::SelectorError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    nothing: bool,
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    Equals,
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// Why a selector cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(String);

impl Selector {
    /// The value that the label must have, if the selector names exactly one.
    pub(crate) fn exact(&self, label: &str) -> Option<&str> {
        let one = |r: &&Requirement| r.key == label && r.operator == Operator::Equals;
        self.requirements.iter().find(one)?.values.first().map(String::as_str)
    }

    /// The selector of the wire form; absent matches nothing, empty matches everything.
    ///
    /// # Errors
    ///
    /// If an operator is unknown, or values are missing or present where they must not be.
    pub fn new(selector: Option<&LabelSelector>) -> Result<Selector, SelectorError> {
        let Some(selector) = selector else {
            return Ok(Selector { nothing: true, requirements: Vec::new() });
        };
        let mut requirements = Vec::new();
        for (key, value) in selector.match_labels.iter().flatten() {
            requirements.push(Requirement {
                key: key.to_string(),
                operator: Operator::Equals,
                values: vec![value.to_string()],
            });
        }
        for expression in &selector.match_expressions {
            requirements.push(Requirement::new(expression)?);
        }
        requirements.sort();
        Ok(Selector { nothing: false, requirements })
    }

    /// The selector that matches every object.
    pub(crate) fn everything() -> Selector {
        Selector { nothing: false, requirements: Vec::new() }
    }

    /// Whether the labels satisfy every requirement.
    pub fn matches(&self, labels: Option<&LabelMap>) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.matches(labels))
    }

    /// Whether it is the empty selector, which matches every object.
    pub fn matches_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }
}

impl fmt::Display for Selector {
    /// The canonical text: requirements by key, joined by commas (PRINT-6).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, r) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            let values = r.values.join(",");
            match r.operator {
                Operator::Equals => write!(f, "{}={values}", r.key)?,
                Operator::In => write!(f, "{} in ({values})", r.key)?,
                Operator::NotIn => write!(f, "{} notin ({values})", r.key)?,
                Operator::Exists => write!(f, "{}", r.key)?,
                Operator::DoesNotExist => write!(f, "!{}", r.key)?,
            }
        }
        Ok(())
    }
}

impl Requirement {
    fn new(from: &LabelSelectorRequirement) -> Result<Requirement, SelectorError> {
        let operator = match from.operator.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => {
                return Err(SelectorError(format!(
                    "\"{other}\" is not a valid label selector operator"
                )));
            }
        };
        let set = matches!(operator, Operator::In | Operator::NotIn);
        if set == from.values.is_empty() {
            return Err(SelectorError(format!(
                "label selector requirement on `{}`: operator {} {} values",
                from.key,
                from.operator,
                if set { "needs" } else { "takes no" },
            )));
        }
        let mut values = from.values.clone();
        values.sort();
        values.dedup();
        Ok(Requirement { key: from.key.clone(), operator, values })
    }

    fn matches(&self, labels: Option<&LabelMap>) -> bool {
        let value = labels.and_then(|labels| labels.get(&self.key));
        let listed = value.is_some_and(|v| self.values.iter().any(|x| v == x));
        match self.operator {
            Operator::Equals | Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(json: &str) -> Result<Selector, SelectorError> {
        Selector::new(Some(&serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn not_in_and_does_not_exist_match_absent_keys() {
        for json in [
            r#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["b"]}]}"#,
            r#"{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}"#,
        ] {
            assert!(selector(json).unwrap().matches(None), "{json}");
        }
    }

    #[test]
    fn ill_formed_requirements_are_errors() {
        for json in [
            r#"{"matchExpressions":[{"key":"a","operator":"Near"}]}"#,
            r#"{"matchExpressions":[{"key":"a","operator":"In"}]}"#,
            r#"{"matchExpressions":[{"key":"a","operator":"Exists","values":["b"]}]}"#,
        ] {
            assert!(selector(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_canonical_text_is_sorted_by_key() {
        let json = r#"{"matchLabels":{"k":"v"},
            "matchExpressions":[{"key":"a","operator":"In","values":["y","x"]}]}"#;
        assert_eq!(selector(json).unwrap().to_string(), "a in (x,y),k=v");
    }
}
