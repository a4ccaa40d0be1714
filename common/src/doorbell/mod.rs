//! The doorbell: how a sleeper is woken.
//!
//! [`parking`] decides who may sleep and who must be rung; it uses only shared words, and the model checker explores
//! it. The [`Doorbell`] is the FIFO that a process sleeps on and the other side rings: `a` means that a message (or
//! room) is there, `x` means "I quit". The bytes are only hints: the ring and the header hold the truth, so unknown
//! bytes, too many bytes and a full FIFO do no harm. [`FolderWatch`] wakes the same sleeper when somebody changes
//! something in the channel's folder.

#[cfg(not(loom))]
mod fifo;
pub mod parking;
#[cfg(not(loom))]
mod watch;

#[cfg(not(loom))]
pub use fifo::{Doorbell, Heard};
pub use parking::Parking;
#[cfg(not(loom))]
pub use watch::FolderWatch;

/// The byte that says "look at the ring".
pub const LOOK: u8 = b'a';

/// The byte that says "I quit".
pub const QUIT: u8 = b'x';
