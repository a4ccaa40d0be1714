//! What to sleep for.

/// What to wait for: [`Endpoint::arm`](crate::Endpoint::arm). Whatever it says, the other side's coming, quitting and dying
/// wake too.
///
/// Set the fields that you want, or take a constant.
///
/// ```
/// use shmchat::Interest;
///
/// let either = Interest { message: true, room: true, ..Interest::NOTHING };
/// assert_ne!(either, Interest::MESSAGE);
/// assert_eq!(Interest::default(), Interest::NOTHING);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// A message to receive.
    pub message: bool,
    /// Room in the lane for what was last refused.
    pub room: bool,
    /// The other side acknowledges something: [`Sender::acknowledged`](super::Sender::acknowledged) moves.
    pub acknowledged: bool,
    /// The other side has acknowledged everything: [`Sender::is_delivered`](super::Sender::is_delivered).
    pub delivered: bool,
}

impl Interest {
    /// A message.
    pub const MESSAGE: Self = Interest { message: true, ..Self::NOTHING };
    /// Only the other side's coming and going.
    pub const NOTHING: Self = Interest { message: false, room: false, acknowledged: false, delivered: false };
    /// Room in the lane. Messages that arrive meanwhile do not wake.
    pub const ROOM: Self = Interest { room: true, ..Self::NOTHING };
    /// Everything is acknowledged. What is acknowledged before the last message does not wake.
    pub const DELIVERED: Self = Interest { delivered: true, ..Self::NOTHING };
}
