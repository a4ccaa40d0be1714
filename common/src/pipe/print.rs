//! Messages into what is printed: where they stand, if that is worth a `write`, else gathered.

#![forbid(unsafe_code)]

use super::output::Output;
use super::{End, Error, Framing};
use crate::channel::{Reached, View};
use crate::descriptor::Span;
use crate::message::json::Writer;
use crate::message::lines::Joiner;
use crate::message::visible;
use crate::ring::record::{Kind, LINE_FEED};
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
    json: Writer,
    /// A private copy of what is printed as something else.
    copy: Vec<u8>,
    /// How many more messages may be printed; none if all may.
    left: Option<u64>,
    /// Before the first line of a block of which no more may be printed.
    stopped_at: Option<Reached>,
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
    /// Prints `count` messages, or all.
    pub(super) fn new(output: Output<'a>, framing: Framing, to_terminal: bool, count: Option<u64>) -> Self {
        Printer {
            output,
            framing,
            to_terminal,
            joiner: if framing == Framing::Nul { Joiner::ending_in(0) } else { Joiner::default() },
            json: Writer::default(),
            copy: Vec::new(),
            left: count,
            stopped_at: None,
            out: Vec::with_capacity(2 * BATCH),
            batch: 0,
            tail: Vec::new(),
            inside: false,
            stopped: None,
        }
    }

    /// Sets the name that messages are from.
    pub(super) fn set_from(&mut self, name: &str) {
        self.json.set_from(name);
    }

    /// Prints a message, or a part of one. Break: the batch is large enough, or nothing more can or may be printed.
    pub(super) fn print(&mut self, view: View<'_>) -> ControlFlow<()> {
        let envelope = view.envelope;
        if envelope.after_cut {
            warn!("a message was cut off: its writer died before the end");
        }
        self.inside = !envelope.part.is_end();
        self.batch += view.len() + MESSAGE_OVERHEAD;
        let is_block = envelope.kind == Kind::Lines;
        let changed = self.framing == Framing::Json
            || self.to_terminal
            || (is_block && (self.framing == Framing::Nul || self.left.is_some()));
        if changed {
            self.print_changed(&view);
        } else {
            self.print_as_it_is(&view);
        }
        if let Some(left) = &mut self.left
            && !is_block
            && envelope.part.is_end()
        {
            *left -= 1;
        }
        let enough = self.stopped.is_some() || self.batch >= BATCH || self.has_printed_all();
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn print_as_it_is(&mut self, view: &View<'_>) {
        let joins = self.framing != Framing::Raw || view.envelope.kind != Kind::Bytes;
        if joins {
            self.joiner.begin(&view.envelope, &mut self.out);
        }
        if view.len() < IN_PLACE {
            view.copy_to(&mut self.out);
        } else {
            self.out.extend_from_slice(view.begun());
            self.write_out();
            self.write(view.span(0..view.len()));
            self.batch = BATCH;
        }
        if joins {
            self.joiner.end(&view.envelope, &mut self.out);
        }
    }

    /// Prints it as something else, or only as much of a block of lines as may be.
    fn print_changed(&mut self, view: &View<'_>) {
        let envelope = view.envelope;
        let mut copy = std::mem::take(&mut self.copy);
        copy.clear();
        if self.to_terminal && self.framing != Framing::Json {
            if envelope.part.is_start() {
                self.tail.clear();
            }
            copy.append(&mut self.tail);
        }
        view.copy_to(&mut copy);
        if envelope.kind == Kind::Lines {
            self.shorten(&mut copy, view);
        }
        match (self.framing, self.to_terminal) {
            (Framing::Json, _) if envelope.kind == Kind::Lines => {
                self.json.append_lines(&envelope, view.position(), &copy, &mut self.out);
            }
            (Framing::Json, _) => self.json.append(&envelope, &copy, &mut self.out),
            (framing, to_terminal) => {
                let start = self.out.len();
                let joins = framing != Framing::Raw || envelope.kind != Kind::Bytes;
                if joins {
                    self.joiner.begin(&envelope, &mut self.out);
                }
                if to_terminal && !envelope.part.is_end() {
                    self.tail = copy.split_off(complete_characters(&copy));
                }
                if to_terminal {
                    let mut shown = visible(&String::from_utf8_lossy(&copy)).into_owned().into_bytes();
                    self.joiner.separate(&envelope, &mut shown);
                    self.out.extend_from_slice(&shown);
                } else {
                    self.joiner.separate(&envelope, &mut copy);
                    self.out.extend_from_slice(&copy);
                }
                if joins {
                    self.joiner.end(&envelope, &mut self.out);
                }
                if to_terminal && framing == Framing::Nul {
                    // The separators too.
                    let shown = String::from_utf8(self.out.split_off(start)).expect("made of visible text");
                    self.out.extend_from_slice(visible(&shown).as_bytes());
                }
            }
        }
        self.copy = copy;
    }

    /// Leaves of a block of lines as many as may be printed, and counts them. It is decided on the private copy.
    fn shorten(&mut self, lines: &mut Vec<u8>, view: &View<'_>) {
        let Some(left) = &mut self.left else { return };
        let mut end = 0;
        for at in memchr::memchr_iter(LINE_FEED, lines).take(usize::try_from(*left).unwrap_or(usize::MAX)) {
            *left -= 1;
            end = at + 1;
        }
        if end < lines.len() {
            lines.truncate(end);
            self.stopped_at = Some(view.reached(end));
        }
    }

    /// Whether as many messages were printed as may be.
    pub(super) fn has_printed_all(&self) -> bool {
        self.left == Some(0)
    }

    /// Before the first line that may not be printed, if it lies in the block that was printed last.
    pub(super) fn stopped_at(&self) -> Option<Reached> {
        self.stopped_at
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
