//! Which part of a message a piece is.

/// Which part of a message a piece is.
///
/// A message that is too long for the lane, or for its receiver's
/// [limit](crate::Receiver::set_message_limit), comes in parts: one `First`, any number of `Middle`, one `Last`. If a sender
/// died in between, the next `Whole` or `First` follows without a `Last`.
///
/// ```
/// use shmchat::Part;
///
/// let parts = [Part::First, Part::Middle, Part::Last];
/// assert_eq!(parts.iter().filter(|part| part.is_start()).count(), 1);
/// assert!(Part::Whole.is_start() && Part::Whole.is_end());
/// assert_eq!(Part::of(true, false), Part::First);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// The beginning; more follows.
    First,
    /// Neither beginning nor end.
    Middle,
    /// The end.
    Last,
}

impl Part {
    /// Whether a message begins with this piece.
    pub fn is_start(self) -> bool {
        matches!(self, Part::Whole | Part::First)
    }

    /// Whether a message ends with this piece.
    pub fn is_end(self) -> bool {
        matches!(self, Part::Whole | Part::Last)
    }

    /// The part with this start and this end.
    #[must_use]
    pub fn of(start: bool, end: bool) -> Self {
        match (start, end) {
            (true, true) => Part::Whole,
            (true, false) => Part::First,
            (false, false) => Part::Middle,
            (false, true) => Part::Last,
        }
    }
}
