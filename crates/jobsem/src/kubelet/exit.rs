//! [`ContainerExit`]: how a container ended.
//!
//! Rules: PODPHASE-33, PODPHASE-70, PODPHASE-90.

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerExit {
    /// The exit code; see [`ContainerExit::signal`] for signals.
    pub code: i32,
    /// The reason; `Completed` or `Error` if empty.
    pub reason: String,
    /// The termination message.
    pub message: String,
}

impl ContainerExit {
    /// The process exited with `code` (PODPHASE-70).
    pub fn code(code: i32) -> ContainerExit {
        ContainerExit { code, ..ContainerExit::default() }
    }

    /// Signal `number` ended the process (PODPHASE-70).
    pub fn signal(number: i32) -> ContainerExit {
        ContainerExit::code(128 + number)
    }

    /// The entry point could not be executed (PODPHASE-33, PODPHASE-90).
    pub fn start_error(message: impl Into<String>) -> ContainerExit {
        ContainerExit { code: 128, reason: "StartError".to_owned(), message: message.into() }
    }
}
