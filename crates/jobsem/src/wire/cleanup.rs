//! What finished Jobs and the order of deletions look like as documents.

use serde_json::{Value, json};

use crate::cleanup::{self, DeletionPlan, Owned, StepKind};
use crate::{Error, Propagation, Time};

/// Says which finished children of an owner exceed its `limit`: `runs` is a list of
/// `{"name", "start"}`, without `start` for a run that never started. The answer is a list of
/// positions in it, in the order of deletion.
///
/// ```
/// use jobsem::wire;
///
/// let runs = serde_json::json!([{"name": "a"}, {"name": "b", "start": "2024-01-01T00:00:00Z"}]);
/// assert_eq!(wire::excess(1, &runs)?, serde_json::json!([1]));
/// # Ok::<(), jobsem::Error>(())
/// ```
///
/// # Errors
///
/// `Decode` if it is no such list.
pub fn excess(limit: i32, runs: &Value) -> Result<Value, Error> {
    let runs = runs.as_array().ok_or_else(|| Error::decode("`runs` is a list"))?;
    let runs: Vec<_> = runs.iter().map(run).collect::<Result<_, _>>()?;
    let runs = runs.iter().map(|(start, name)| (*start, name.as_str()));
    Ok(cleanup::excess(i64::from(limit), runs).into())
}

fn run(run: &Value) -> Result<(Option<Time>, String), Error> {
    let name = run["name"].as_str().ok_or_else(|| Error::decode("a run has a name"))?;
    let start = match &run["start"] {
        Value::Null => None,
        Value::String(start) => Some(start.parse()?),
        _ => return Err(Error::decode("a start is a time")),
    };
    Ok((start, name.to_owned()))
}

/// Plans the deletion of an object and everything that it owns: `object` is
/// `{"id", "blocks", "owns": [...]}` (`blocks` is true if absent). The answer has the steps
/// `{"id", "kind", "after"}`, with the kinds `mark`, `remove` and `release`, and in `after` the
/// positions of the steps that come before.
///
/// # Errors
///
/// `Decode` if it is no such object.
pub fn deletion_plan(object: &Value, propagation: Propagation) -> Result<Value, Error> {
    let plan = DeletionPlan::new(&owned(object)?, propagation);
    let steps = plan.steps().iter().map(|step| {
        let kind = match step.kind {
            StepKind::Mark => "mark",
            StepKind::Remove => "remove",
            StepKind::Release => "release",
        };
        json!({"id": step.id, "kind": kind, "after": step.after})
    });
    Ok(steps.collect())
}

fn owned(value: &Value) -> Result<Owned<String>, Error> {
    let id = value["id"].as_str().ok_or_else(|| Error::decode("an object has an id"))?;
    let owns = value["owns"].as_array().into_iter().flatten();
    let out = Owned::new(id.to_owned()).owning(owns.map(owned).collect::<Result<Vec<_>, _>>()?);
    Ok(if value["blocks"] == false { out.not_blocking() } else { out })
}
