//! Answers, and what they are made of.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use jobsem::{DatedNote, Error, ErrorKind, Time, WakeReason, Wakeup, wire};
use serde_json::{Map, Value, json};

/// What the last panic said. Not a thread's own: addons are unloaded while threads end.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// A panic becomes an answer; what it says goes there and not to stderr.
pub fn keep_panics_quiet() {
    panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

/// The answer to what `work` does.
pub fn answer(work: impl FnOnce() -> Result<Value, Error>) -> String {
    let done = panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let said = std::mem::take(&mut *PANIC.lock().unwrap_or_else(PoisonError::into_inner));
        Err(Error::new(ErrorKind::Internal, said))
    });
    match done {
        Ok(Value::Null) => "{}".to_owned(),
        Ok(value) => format!("{{\"ok\":{value}}}"),
        Err(failure) => json!({"error": error(&failure)}).to_string(),
    }
}

/// An error: `code`, `message`, and where they are known `path`, `line`, `column`, `details`
/// (`path`, `type`, `detail`), and of a refusal the `status`.
fn error(error: &Error) -> Value {
    let code = match error.kind() {
        ErrorKind::Decode => "DECODE",
        ErrorKind::Invalid => "INVALID",
        ErrorKind::NotFound => "NOT_FOUND",
        ErrorKind::AlreadyExists => "ALREADY_EXISTS",
        ErrorKind::TimeWentBack => "TIME_WENT_BACK",
        ErrorKind::Unsupported => "UNSUPPORTED",
        ErrorKind::Internal => "INTERNAL",
        _ => "STATE",
    };
    let details = error.fields().iter().map(
        |field| json!({"path": field.field, "type": field.cause.reason(), "detail": field.body()}),
    );
    let details: Vec<_> = details.collect();
    let mut out = object([
        ("code", code.into()),
        ("message", error.message().into()),
        ("path", error.path().into()),
        ("line", error.location().map(|at| at.line).into()),
        ("column", error.location().map(|at| at.column).into()),
        ("status", error.refusal().map(jobsem::admission::Invalid::status).into()),
    ]);
    if !details.is_empty() {
        out["details"] = details.into();
    }
    out
}

/// An object of the members that are there: what is absent is no member.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let there = members.into_iter().filter(|(_, value)| !value.is_null());
    there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// The same object without members that are null.
pub fn present(value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null());
            Value::Object(members)
        }
        other => other,
    }
}

/// Nanoseconds, which JavaScript's numbers cannot hold.
pub fn nanos(time: Time) -> Value {
    time.unix_nanos().to_string().into()
}

/// How a Job stands.
pub fn outcome(outcome: &jobsem::Outcome) -> Value {
    present(wire::outcome(outcome))
}

/// When to come back.
pub fn wakeup(wakeup: &Wakeup) -> Value {
    waking(wakeup.at, wakeup.reason, &wakeup.key)
}

/// The same of its parts.
pub fn waking(at: Time, reason: WakeReason, key: &str) -> Value {
    json!({"atNs": nanos(at), "reason": reason.as_str(), "key": key})
}

/// Notes of a controller.
pub fn notes(all: impl Iterator<Item = DatedNote>) -> Value {
    all.map(|dated| wire::note(&dated)).collect()
}
