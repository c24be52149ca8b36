//! Commands to a running Job from another terminal: JSON lines over a Unix socket.
//!
//! A connection carries one request and one response. The socket is in the run's directory and
//! accessible to its owner only.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The maximum length of a request or response.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

/// A command to a running Job.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Return the Job and its pods.
    Get,
    /// Apply a strategic merge patch to the Job.
    Patch(Value),
    /// Delete the Job: `background`, `foreground` or `orphan`.
    Delete(String),
    /// Delete a pod, with a grace period in whole seconds if given.
    DeletePod(String, Option<i64>),
}

impl Command {
    fn to_json(&self) -> Value {
        match self {
            Command::Get => json!({"op": "get"}),
            Command::Patch(patch) => json!({"op": "patch", "patch": patch}),
            Command::Delete(cascade) => json!({"op": "delete", "cascade": cascade}),
            Command::DeletePod(pod, grace) => {
                json!({"op": "deletePod", "pod": pod, "grace": grace})
            }
        }
    }

    fn from_json(value: &Value) -> Option<Command> {
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        match value.get("op")?.as_str()? {
            "get" => Some(Command::Get),
            "patch" => Some(Command::Patch(value.get("patch")?.clone())),
            "delete" => Some(Command::Delete(text("cascade")?)),
            "deletePod" => {
                let grace = value.get("grace").and_then(Value::as_i64);
                Some(Command::DeletePod(text("pod")?, grace))
            }
            _ => None,
        }
    }
}

/// A command whose sender waits for a response.
#[derive(Debug)]
pub struct PendingCommand {
    /// The command.
    pub command: Command,
    answer: mpsc::Sender<Result<Value, String>>,
}

impl PendingCommand {
    /// Sends the response. The sender may be gone.
    pub fn answer(self, answer: Result<Value, String>) {
        let _ = self.answer.send(answer);
    }
}

/// Listens on a socket until dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
}

impl Server {
    /// Listens at `path`; `on_command` is called from other threads.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made.
    pub fn start(
        path: &Path,
        on_command: impl Fn(PendingCommand) + Clone + Send + 'static,
    ) -> io::Result<Server> {
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        thread::Builder::new().name("control".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let on_command = on_command.clone();
                // A connection that cannot be served is closed; the others continue.
                let _ = thread::Builder::new().spawn(move || serve(stream, &on_command));
            }
        })?;
        Ok(Server { path: path.to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn serve(mut stream: UnixStream, on_command: &dyn Fn(PendingCommand)) {
    let answer = read_command(&stream).and_then(|command| {
        let (answer, answered) = mpsc::channel();
        on_command(PendingCommand { command, answer });
        answered.recv_timeout(PATIENCE).map_err(|_| "the run has ended".to_owned())?
    });
    let line = match answer {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": error}),
    };
    let _ = stream.write_all(format!("{line}\n").as_bytes());
}

fn read_command(stream: &UnixStream) -> Result<Command, String> {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let mut line = String::new();
    BufReader::new(stream.take(MAX_BYTES)).read_line(&mut line).map_err(|e| e.to_string())?;
    let value = serde_json::from_str(&line).map_err(|e| e.to_string())?;
    Command::from_json(&value).ok_or_else(|| "the command is not known".to_owned())
}

/// Why a command had no effect.
#[derive(Debug)]
pub enum AskError {
    /// The run has ended: its socket has no listener.
    NotRunning,
    /// The run refused it.
    Refused(String),
    /// The connection broke.
    Io(io::Error),
}

/// Sends a command to the run that listens at `path`.
///
/// # Errors
///
/// See [`AskError`].
pub fn ask(path: &Path, command: &Command) -> Result<Value, AskError> {
    let mut stream = UnixStream::connect(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NotRunning,
        _ => AskError::Io(error),
    })?;
    let exchange = |stream: &mut UnixStream| -> io::Result<Value> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{}\n", command.to_json()).as_bytes())?;
        let mut line = String::new();
        BufReader::new(stream.take(MAX_BYTES)).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    };
    let mut answer = exchange(&mut stream).map_err(AskError::Io)?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(AskError::Refused(error.to_owned())),
        None => Ok(answer.get_mut("ok").map(Value::take).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_carried_and_answered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let server = Server::start(&path, |pending: PendingCommand| {
            let answer = match &pending.command {
                Command::Get => Ok(json!({"x": 1})),
                Command::Patch(patch) => Ok(patch.clone()),
                Command::Delete(cascade) => Err(format!("no {cascade}")),
                Command::DeletePod(pod, grace) => Ok(json!([pod, grace])),
            };
            pending.answer(answer);
        })
        .unwrap();
        let sent = |command| ask(&path, &command);
        assert_eq!(sent(Command::Get).unwrap(), json!({"x": 1}));
        assert_eq!(sent(Command::Patch(json!({"a": null}))).unwrap(), json!({"a": null}));
        assert_eq!(sent(Command::DeletePod("p".into(), Some(3))).unwrap(), json!(["p", 3]));
        let refused = sent(Command::Delete("orphan".into())).unwrap_err();
        assert!(matches!(refused, AskError::Refused(text) if text == "no orphan"));
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(b"nonsense\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("{\"error\":"), "{text}");
        drop(server);
        assert!(matches!(ask(&path, &Command::Get), Err(AskError::NotRunning)));
    }
}
