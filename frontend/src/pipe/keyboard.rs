//! A reader's terminal, where a line may ask for the end.

use super::stdio::{ReadOutcome, is_foreground_terminal, read_some};
use crate::framing::asks_to_quit;
use crate::text::LINE_FEED;
use std::os::fd::{AsFd, BorrowedFd};

/// The longest line that is kept: only a line that quits matters.
const KEPT: usize = 4096;

/// A terminal on standard input. Only a line that quits matters.
pub(super) struct Keyboard<F> {
    input: F,
    /// The line so far.
    line: Vec<u8>,
}

/// The result of reading it.
pub(super) enum KeyboardRead {
    /// The user wants to quit.
    Quit,
    /// Nothing that matters.
    Nothing,
    /// We may no longer read it.
    Gone,
}

impl<F: AsFd> Keyboard<F> {
    /// The keyboard behind `input`; `None` if it is not a terminal, or we may not read it.
    pub(super) fn of(input: F) -> Option<Self> {
        is_foreground_terminal(&input).then(|| Keyboard { input, line: Vec::new() })
    }

    /// Reads what was typed, after `poll` said "readable".
    pub(super) fn read(&mut self) -> KeyboardRead {
        if !is_foreground_terminal(&self.input) {
            return KeyboardRead::Gone;
        }
        let mut space = [0; 256];
        match read_some(&self.input, &mut space) {
            Ok(ReadOutcome::Bytes(bytes)) => self.line.extend_from_slice(&space[..bytes]),
            Ok(ReadOutcome::NotReady | ReadOutcome::NoRoom) => {}
            // Ctrl-D at a terminal, on an empty line: it always quits.
            Ok(ReadOutcome::Eof) => return KeyboardRead::Quit,
            Err(_) => return KeyboardRead::Gone,
        }
        while let Some(end) = memchr::memchr(LINE_FEED, &self.line) {
            if asks_to_quit(&self.line[..end]) {
                return KeyboardRead::Quit;
            }
            self.line.drain(..=end);
        }
        if self.line.len() > KEPT {
            self.line.clear();
        }
        KeyboardRead::Nothing
    }
}

impl<F: AsFd> AsFd for Keyboard<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}
