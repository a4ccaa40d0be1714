//! What the sending pump needs from a feed.

use crate::pipe::error::Error;
use crate::pipe::stdio::ReadOutcome;
use shmchat::{Endpoint, TrySendError};
use std::os::fd::AsFd;

/// A path from standard input into the lane.
///
/// The loop calls [`send`](Self::send) until everything is sent, then [`read`](Self::read) once there is input.
///
/// It is a trait of its own, not [`Source`](crate::framing::Source), which `Buffered` wraps: a `Source` makes messages from
/// bytes in private memory, and knows no channel and no descriptor. Lines and a raw stream are read directly into the segment;
/// through a `Source` they would be copied once more (see [`lines`](crate::framing::lines): 63 ms instead of 47).
pub(in crate::pipe) trait Feed {
    /// Sends as much as possible of what was read.
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error>;

    /// Reads what is there, after `poll` said "readable".
    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<ReadOutcome, Error>;

    /// Bytes that have been read and not sent.
    fn unsent(&self) -> usize;

    /// Whether it holds a byte that was read while there was no room: then there is something to [`read`](Self::read) without
    /// new input.
    fn holds(&self) -> bool {
        false
    }

    /// Reports what is to be said at the end, however it ends.
    fn say_at_the_end(&self) {}
}

/// The result of sending.
pub(in crate::pipe) enum Pumped {
    /// Nothing is left that can be sent before more is read.
    All,
    /// There is no room for the rest. `some`: whether anything was sent.
    Full { some: bool },
    /// The user has quit.
    Quit,
}

/// What was sent; `None` if there is no room for it at the moment.
pub(super) fn unless_full<T>(sent: Result<T, TrySendError>) -> Result<Option<T>, shmchat::Error> {
    match sent {
        Ok(sent) => Ok(Some(sent)),
        Err(TrySendError::Full) => Ok(None),
        Err(TrySendError::Channel(error)) => Err(error),
    }
}
