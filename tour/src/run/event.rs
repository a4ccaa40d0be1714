//! Everything that can happen.

use crate::stage::Report;
use crate::tour::Key;
use std::io;

/// What the loop waits for.
#[derive(Debug)]
pub(super) enum Event {
    Input(Input),
    Report(Report),
}

/// What a person did.
#[derive(Debug)]
pub(super) enum Input {
    Key(Key),
    /// The window has another size.
    Redraw,
    /// A signal asks for the end.
    End,
    /// The terminal has gone.
    Lost(io::Error),
}

impl Input {
    /// Whether the tour ends by it, whatever it shows.
    pub(super) fn ends(&self) -> bool {
        matches!(self, Input::End | Input::Lost(_) | Input::Key(Key::Interrupt))
    }
}
