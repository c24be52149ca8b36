//! [`Input`]: what wakes the loop of a run.

use jobsem::cluster::Ticket;
use jobsem::kubelet::ContainerExit;

use crate::control::PendingCommand;

/// Something that the loop of a run has to deal with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// Nothing of a container runs any more.
    Ended {
        /// Which one.
        ticket: Ticket,
        /// How it ended.
        exit: ContainerExit,
    },
    /// A command from another terminal.
    Command(PendingCommand),
    /// The user wants it to end: gracefully, and at once when this comes again.
    Interrupt,
}
