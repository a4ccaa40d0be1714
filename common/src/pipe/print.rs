//! Messages into what is printed: where they stand, if that is worth a `write`, else gathered.

#![forbid(unsafe_code)]

use super::output::Output;
use super::{End, Error, Framing};
use crate::channel::View;
use crate::descriptor::Span;
use crate::message::lines::Joiner;
use crate::message::visible;
use crate::ring::record::Kind;
use log::warn;
use std::ops::ControlFlow;

/// Bytes gathered before they are written. As much as a pipe holds: the reader behind it then works while the next
/// batch is gathered.
const BATCH: usize = 64 << 10;

/// What a message counts for in a batch beside its bytes, so that empty ones end a batch too.
const MESSAGE_OVERHEAD: usize = 16;

/// From this many bytes on a message is written from where it stands: to copy fewer costs less than a `poll` and a
/// `write` of their own.
const IN_PLACE: usize = 8 << 10;

/// Prints messages.
pub(super) struct Printer<'a> {
    output: Output<'a>,
    framing: Framing,
    /// Standard output is a terminal: what it would obey is made visible.
    to_terminal: bool,
    joiner: Joiner,
    /// What is to be printed and not written yet.
    out: Vec<u8>,
    /// Bytes of the batch, counted with [`MESSAGE_OVERHEAD`].
    batch: usize,
    /// The last bytes of a part, where a character has begun that the next part ends.
    tail: Vec<u8>,
    /// The message printed last is not complete.
    inside: bool,
    /// Why nothing more can be printed.
    stopped: Option<Result<End, Error>>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(output: Output<'a>, framing: Framing, to_terminal: bool) -> Self {
        Printer {
            output,
            framing,
            to_terminal,
            joiner: Joiner::default(),
            out: Vec::with_capacity(2 * BATCH),
            batch: 0,
            tail: Vec::new(),
            inside: false,
            stopped: None,
        }
    }

    /// Prints a message, or a part of one. Break: the batch is large enough, or nothing more can be printed.
    pub(super) fn print(&mut self, view: View<'_>) -> ControlFlow<()> {
        let envelope = view.envelope;
        if envelope.after_cut {
            warn!("a message was cut off: its writer died before the end");
        }
        self.inside = !envelope.part.is_end();
        self.batch += view.len() + MESSAGE_OVERHEAD;
        let joins = self.framing == Framing::Line || envelope.kind != Kind::Bytes;
        if joins {
            self.joiner.begin(&envelope, &mut self.out);
        }
        if self.to_terminal {
            self.print_visibly(&view);
        } else if view.len() < IN_PLACE {
            view.copy_to(&mut self.out);
        } else {
            self.out.extend_from_slice(view.begun());
            self.write_out();
            self.write(view.span(0..view.len()));
            self.batch = BATCH;
        }
        if joins {
            self.joiner.end(&envelope, &mut self.out);
        }
        if self.stopped.is_some() || self.batch >= BATCH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether the batch is as large as one gets.
    pub(super) fn is_full(&self) -> bool {
        self.batch >= BATCH
    }

    /// Writes all that was printed; why the program ends, if it must. Then nothing of the batch counts as received.
    pub(super) fn finish_batch(&mut self) -> Result<Option<End>, Error> {
        self.batch = 0;
        self.write_out();
        self.stopped.take().transpose()
    }

    /// Says that what was printed last is not all of its message, if so.
    pub(super) fn say_unfinished(&self) {
        if self.inside {
            warn!("the last message was cut off: its writer quit before the end");
        }
    }

    fn write_out(&mut self) {
        let out = std::mem::take(&mut self.out);
        self.write(Span::of(&out));
        self.out = out;
        self.out.clear();
    }

    fn write(&mut self, span: Span<'_>) {
        if self.stopped.is_none() {
            self.stopped = self.output.write_all(span).transpose();
        }
    }

    fn print_visibly(&mut self, view: &View<'_>) {
        let part = view.envelope.part;
        if part.is_start() {
            self.tail.clear();
        }
        let mut bytes = std::mem::take(&mut self.tail);
        view.copy_to(&mut bytes);
        if !part.is_end() {
            self.tail = bytes.split_off(complete_characters(&bytes));
        }
        self.out.extend_from_slice(visible(&String::from_utf8_lossy(&bytes)).as_bytes());
    }
}

/// How many of the bytes are whole characters, or will never be one.
fn complete_characters(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        // At most three bytes that the next part may complete.
        Some(chunk) if !chunk.invalid().is_empty() => match std::str::from_utf8(chunk.invalid()) {
            Err(error) if error.error_len().is_none() => bytes.len() - chunk.invalid().len(),
            _ => bytes.len(),
        },
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::complete_characters;

    #[test]
    fn a_character_that_a_part_begins_is_kept_for_the_next() {
        let text = "aé你👩".as_bytes();
        for end in 0..=text.len() {
            let whole = complete_characters(&text[..end]);
            assert!(end - whole <= 3 && std::str::from_utf8(&text[..whole]).is_ok(), "{end}");
        }
        assert_eq!(complete_characters(b"a\xff"), 2);
        assert_eq!(complete_characters(b"a\xff\xe4\xbd"), 2);
    }
}
