//! A received message, and what is known of it.

use super::part::Part;
use crate::ring::record::Kind;
use std::time::SystemTime;

/// What is known of a message beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The message's position in the lane, the same for each of its parts and each time it is shown; grows from
    /// message to message. For a part without its beginning (what is before it went to an earlier receiver): the
    /// position of that part.
    pub seq: u64,
    /// What it is. [`Kind::Lines`] only where blocks were asked for.
    pub kind: Kind,
    /// The sender's clock, if it told.
    pub sent: Option<SystemTime>,
    /// Which part of the message this is. Of a block of lines [`Part::Last`] where the first of them is the rest of one.
    pub part: Part,
    /// The last line of a text that does not end in a line end.
    pub unterminated: bool,
    /// The message before this one was cut off: its sender died before the end. It was never accepted, so nothing
    /// that was promised is missing; who has shown a part of it may want to say so.
    pub follows_truncated: bool,
}

/// A received message, or a part of one.
///
/// It is acknowledged by the next receiving call, or [`Receiver::acknowledge`](crate::Receiver::acknowledge): until then the
/// other side counts it as waiting, and a receiver that is killed has not had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What is known of it.
    pub envelope: Envelope,
    /// Its bytes: a private copy.
    pub bytes: &'a [u8],
}

/// A received message, or a part of one, that borrows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    /// What is known of it.
    pub envelope: Envelope,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        OwnedMessage { envelope: message.envelope, bytes: message.bytes.to_vec() }
    }
}
