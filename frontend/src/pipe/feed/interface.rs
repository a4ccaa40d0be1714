//! What the sending pump asks of a feed.

use crate::pipe::error::Error;
use crate::pipe::stdio::ReadOutcome;
use shmchat::{Endpoint, TrySendError};
use std::os::fd::AsFd;

/// A way from standard input into the lane.
///
/// The loop calls [`send`](Self::send) until all is sent, then [`read`](Self::read) once there is input.
///
/// It is not one trait with the framings' [`Source`](crate::framing::Source), which `Buffered` wraps: a `Source` makes messages
/// of bytes in private memory, and knows of no channel and no descriptor. Lines and a raw stream are read where they are to
/// stand in the segment; through a `Source` they would be copied once more (see [`lines`](crate::framing::lines): 63 ms
/// instead of 47).
pub(in crate::pipe) trait Feed {
    /// Sends what was read and can be sent.
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error>;

    /// Reads what is there, after `poll` said "readable".
    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<ReadOutcome, Error>;

    /// Bytes that have been read and not sent.
    fn unsent(&self) -> usize;

    /// Whether a byte is held that was read while there was no room: then there is something to [`read`](Self::read)
    /// without new input.
    fn holds(&self) -> bool {
        false
    }

    /// What is to be said when it ends, however it ends.
    fn say_at_the_end(&self) {}
}

/// What came of sending.
pub(in crate::pipe) enum Pumped {
    /// Nothing is left that could be sent before more is read.
    All,
    /// There is no room for what is left; whether some was sent.
    Full { some: bool },
    /// The user asked for the end.
    Quit,
}

/// What was sent; none where there is no room for it now.
pub(super) fn unless_full<T>(sent: Result<T, TrySendError>) -> Result<Option<T>, shmchat::Error> {
    match sent {
        Ok(sent) => Ok(Some(sent)),
        Err(TrySendError::Full) => Ok(None),
        Err(TrySendError::Channel(error)) => Err(error),
    }
}
