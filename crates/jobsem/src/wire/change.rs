//! [`Change`]: a difference between two documents.

use serde_json::{Value, json};

/// A member that differs between two documents; `None` where it is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// The member, such as `conditions` or `uncountedTerminatedPods.failed`.
    pub path: String,
    /// The old value.
    pub before: Option<&'a Value>,
    /// The new value.
    pub after: Option<&'a Value>,
}

impl Change<'_> {
    /// The members that differ, by path; lists are compared as a whole.
    ///
    /// ```
    /// use jobsem::wire::Change;
    /// use serde_json::json;
    ///
    /// let (before, after) = (json!({"active": 1, "failed": 1}), json!({"failed": 1, "ready": 2}));
    /// let paths: Vec<_> = Change::all(&before, &after).into_iter().map(|c| c.path).collect();
    /// assert_eq!(paths, ["active", "ready"]);
    /// ```
    pub fn all<'a>(before: &'a Value, after: &'a Value) -> Vec<Change<'a>> {
        let mut out = Vec::new();
        collect("", Some(before), Some(after), &mut out);
        out
    }

    /// As a document.
    pub fn to_value(&self) -> Value {
        json!({"path": self.path, "before": self.before, "after": self.after})
    }
}

fn collect<'a>(
    path: &str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    out: &mut Vec<Change<'a>>,
) {
    if before == after {
        return;
    }
    let (Some(Value::Object(a)), Some(Value::Object(b))) = (before, after) else {
        return out.push(Change { path: path.to_owned(), before, after });
    };
    let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        collect(&path, a.get(key), b.get(key), out);
    }
}
