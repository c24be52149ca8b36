//! [`Input`]: the inputs of a run's loop.

use jobsem::cluster::Ticket;
use jobsem::kubelet::ContainerExit;

use crate::control::PendingCommand;

/// An input of a run's loop.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// A container and all its processes have ended.
    Ended {
        /// The container's ticket.
        ticket: Ticket,
        /// How it ended.
        exit: ContainerExit,
    },
    /// A command from another terminal.
    Command(PendingCommand),
    /// The user ends the run: gracefully, or at once if repeated.
    Interrupt,
}
