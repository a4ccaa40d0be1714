//! The terminal, if there is one: a line that is just `x`, or the end of input, ends the bridge, as it does the other programs.

use crate::descriptor::Watched;
use std::io::{self, IsTerminal, Read};

/// Standard input, if it is a terminal.
pub(super) struct Keyboard(Watched);

impl Keyboard {
    /// `None` if standard input is no terminal, or cannot be waited for.
    pub(super) fn of_terminal() -> Option<Self> {
        let input = io::stdin();
        if !input.is_terminal() {
            return None;
        }
        Watched::new(&input).ok().map(Keyboard)
    }

    /// Waits for a line.
    pub(super) async fn typed(&self) {
        self.0.readable().await;
    }

    /// Whether that line quits.
    pub(super) fn says_quit() -> bool {
        // A terminal that is readable has a whole line.
        let mut line = [0; 4096];
        match io::stdin().lock().read(&mut line) {
            Ok(0) | Err(_) => true,
            Ok(length) => line[..length].trim_ascii() == b"x",
        }
    }
}
