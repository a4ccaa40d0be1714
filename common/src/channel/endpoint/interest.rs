//! What to sleep for.

/// What to sleep for. The other side's coming, quitting and dying always wake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// A message.
    pub message: bool,
    /// Room for what was last refused.
    pub room: bool,
    /// That the other side acknowledges something: [`Sender::acknowledged`](super::Sender::acknowledged) moves.
    pub acknowledged: bool,
    /// That the other side has acknowledged all: [`Sender::is_delivered`](super::Sender::is_delivered).
    pub delivered: bool,
}

impl Interest {
    /// A message, and nothing else.
    pub const MESSAGE: Self = Interest { message: true, ..Self::NOTHING };
    /// Only the other side's coming and going.
    pub const NOTHING: Self = Interest { message: false, room: false, acknowledged: false, delivered: false };
    /// Room, and nothing else: messages that wait meanwhile do not wake.
    pub const ROOM: Self = Interest { room: true, ..Self::NOTHING };
    /// That all is acknowledged, and nothing else: what is acknowledged before the last does not wake.
    pub const DELIVERED: Self = Interest { delivered: true, ..Self::NOTHING };
}
