//! Which part of a message a piece is.

/// Which part of a message a piece is.
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
    /// Whether a message begins here.
    pub fn is_start(self) -> bool {
        matches!(self, Part::Whole | Part::First)
    }

    /// Whether a message ends here.
    pub fn is_end(self) -> bool {
        matches!(self, Part::Whole | Part::Last)
    }

    /// The part that begins and ends so.
    pub fn of(start: bool, end: bool) -> Self {
        match (start, end) {
            (true, true) => Part::Whole,
            (true, false) => Part::First,
            (false, false) => Part::Middle,
            (false, true) => Part::Last,
        }
    }
}
