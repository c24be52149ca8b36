//! Reduces a scenario with a difference to a smaller one with the same difference.
//!
//! Each round tries every single removal of a field or element, in one batch for both sides, and
//! then combines as many of the removals that keep the difference as possible.

use std::cmp::Reverse;

use anyhow::Result;
use serde_json::Value;

/// The maximum number of scenarios per round.
const CANDIDATES: usize = 250;
const ROUNDS: usize = 12;

/// Compares both sides.
pub trait Judge {
    /// For each scenario, where and how the sides differ; `None` if they are equal, or if the real
    /// side has no answer.
    fn differences(&self, scenarios: &[Value]) -> Result<Vec<Option<String>>>;
    /// Whether the real side is deterministic for this scenario.
    fn is_stable(&self, scenario: &Value) -> Result<bool>;
}

/// The smallest scenario found whose difference has this signature.
pub fn minimise(mut scenario: Value, signature: &str, judge: &impl Judge) -> Result<Value> {
    let keeps = |candidates: &[Value]| -> Result<Vec<bool>> {
        let found = judge.differences(candidates)?;
        Ok(found.iter().map(|d| d.as_deref() == Some(signature)).collect())
    };
    for _ in 0..ROUNDS {
        let mut paths = Vec::new();
        removable(&scenario, &mut Vec::new(), &mut paths);
        paths.sort_by_key(|(size, _)| Reverse(*size));
        paths.truncate(CANDIDATES);
        let singles: Vec<Value> =
            paths.iter().map(|(_, p)| without(&scenario, std::slice::from_ref(p))).collect();
        let useful: Vec<Path> = keeps(&singles)?
            .into_iter()
            .zip(paths)
            .filter_map(|(keeps, (_, path))| keeps.then_some(path))
            .collect();
        if useful.is_empty() {
            break;
        }
        // The first k of them, for every k: most removals are independent.
        let together: Vec<Value> =
            (1..=useful.len()).map(|k| without(&scenario, &useful[..k])).collect();
        let good = keeps(&together)?;
        let mut smaller = None;
        for k in (0..together.len()).rev().filter(|k| good[*k]).take(4) {
            if judge.is_stable(&together[k])? {
                smaller = Some(together[k].clone());
                break;
            }
        }
        match smaller {
            Some(smaller) => scenario = smaller,
            None => break,
        }
    }
    Ok(scenario)
}

type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// Everything in `value` that can be removed, with its size.
fn removable(value: &Value, at: &mut Path, out: &mut Vec<(usize, Path)>) {
    let mut visit = |step: Step, inner: &Value, at: &mut Path| {
        at.push(step);
        out.push((inner.to_string().len(), at.clone()));
        removable(inner, at, out);
        at.pop();
    };
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                // Without these members it is a different scenario, or invalid.
                let kept = at.is_empty() && matches!(key.as_str(), "id" | "mode" | "until")
                    || matches!(key.as_str(), "apiVersion" | "kind" | "at" | "op" | "after");
                if !kept {
                    visit(Step::Key(key.clone()), inner, at);
                }
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                visit(Step::Index(i), inner, at);
            }
        }
        _ => {}
    }
}

fn without(value: &Value, paths: &[Path]) -> Value {
    let mut value = value.clone();
    let mut paths: Vec<&Path> = paths.iter().collect();
    // Later elements first, so that earlier ones keep their position; inner ones before outer ones.
    paths.sort_by(|a, b| b.cmp(a));
    for path in paths {
        let Some((last, parents)) = path.split_last() else { continue };
        match (last, inside(&mut value, parents)) {
            (Step::Key(key), Some(Value::Object(fields))) => {
                fields.remove(key);
            }
            (Step::Index(i), Some(Value::Array(items))) if *i < items.len() => {
                items.remove(*i);
            }
            _ => {}
        }
    }
    value
}

fn inside<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |holder, step| match step {
        Step::Key(key) => holder.get_mut(key),
        Step::Index(i) => holder.get_mut(i),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Differs while the step `b` and the script `*` are there.
    struct Toy;

    impl Judge for Toy {
        fn differences(&self, scenarios: &[Value]) -> Result<Vec<Option<String>>> {
            let differs = |s: &Value| {
                let steps = s["steps"].as_array().map_or(&[][..], |a| a);
                steps.iter().any(|x| x["name"] == "b") && s["scripts"].get("*").is_some()
            };
            Ok(scenarios.iter().map(|s| differs(s).then(|| "d".to_owned())).collect())
        }

        fn is_stable(&self, _: &Value) -> Result<bool> {
            Ok(true)
        }
    }

    #[test]
    fn only_what_matters_is_left() {
        let scenario = json!({
            "id": "x",
            "job": {"spec": {"parallelism": 3}},
            "steps": [
                {"at": 1, "name": "a"},
                {"at": 2, "name": "b", "patch": {"x": 1}},
                {"at": 3, "name": "c"},
            ],
            "scripts": {"*": {"onCreate": [1, 2]}, "k": {}},
        });
        let small = minimise(scenario, "d", &Toy).unwrap();
        assert_eq!(
            small,
            json!({"id": "x", "steps": [{"at": 2, "name": "b"}], "scripts": {"*": {}}})
        );
    }
}
