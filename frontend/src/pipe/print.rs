//! Turns messages into output: written from where they are if that is worth a `write` of its own, otherwise gathered.

mod offer;

use super::error::Error;
use super::options::Framing;
use super::outcome::PipeOutcome;
use super::output::Output;
use super::written::{Taken, WrittenPieces};
use crate::framing::action_lead;
use crate::framing::json::JsonWriter;
use crate::framing::lines::Joiner;
use crate::text::{LINE_FEED, complete_characters, each_line, visible};
use log::warn;
use shmchat::Kind;
use shmchat::Span;
use shmchat::{Message, Reached, View};
use std::ops::ControlFlow;

/// Bytes gathered before they are written: as much as a pipe holds, so that its reader works while the next batch is gathered.
const BATCH: usize = 64 << 10;

/// From this size on, a message is written from where it is. Copying a smaller one costs less than a `poll` and a `write` of
/// its own.
const IN_PLACE: usize = 8 << 10;

/// Prints messages.
pub(super) struct Printer<'a> {
    output: Output<'a>,
    framing: Framing,
    /// Standard output is a terminal: control characters are made visible.
    to_terminal: bool,
    joiner: Joiner,
    json: JsonWriter,
    /// A private copy of what is changed before it is printed.
    copy: Vec<u8>,
    /// How many more messages may be printed; `None` if all may.
    left: Option<u64>,
    /// Where printing has to stop: before the first line too many of a block, or before what follows a torn message.
    stopped_at: Option<Reached>,
    /// Output that is not written yet.
    out: Vec<u8>,
    /// Bytes of the batch, counted with [`Message::OVERHEAD`].
    batch: usize,
    /// The pieces of the output that is not acknowledged, and the messages they belong to.
    pieces: WrittenPieces,
    /// Bytes of the output that have left `out`.
    passed_on: u64,
    /// The last bytes of a part: the beginning of a character that the next part completes.
    tail: Vec<u8>,
    /// Whether the last message printed is incomplete.
    inside: bool,
    /// Where in the lane that message begins, if its beginning was printed.
    began: Option<u64>,
    /// The longest that a message sent whole can be in the lane.
    whole: u64,
    /// How many messages never got their end.
    truncated: u64,
    /// Whether half of one was printed, where it looks like a line.
    is_torn: bool,
    /// Why nothing more can be printed.
    stopped: Option<Result<PipeOutcome, Error>>,
}

impl<'a> Printer<'a> {
    /// Prints `count` messages, or all, from a lane of `capacity` bytes.
    pub(super) fn new(
        output: Output<'a>,
        framing: Framing,
        to_terminal: bool,
        count: Option<u64>,
        capacity: u64,
    ) -> Self {
        Printer {
            output,
            framing,
            to_terminal,
            joiner: if framing == Framing::Nul { Joiner::ending_in(0) } else { Joiner::default() },
            json: JsonWriter::default(),
            copy: Vec::new(),
            left: count,
            stopped_at: None,
            out: Vec::with_capacity(2 * BATCH),
            batch: 0,
            pieces: WrittenPieces::default(),
            passed_on: 0,
            tail: Vec::new(),
            inside: false,
            began: None,
            whole: capacity / 2,
            truncated: 0,
            is_torn: false,
            stopped: None,
        }
    }

    /// Prints a message, or a part of one. Breaks if the batch is large enough, or if nothing more can or may be printed.
    pub(super) fn print(&mut self, view: View<'_>) -> ControlFlow<()> {
        let envelope = view.envelope;
        if envelope.follows_truncated {
            self.truncated += 1;
            if self.prints_messages() {
                // A half-printed line cannot be taken back, and anything printed after it would make it look whole. So
                // nothing follows, not even a separator, and not even with `--stay`.
                (self.is_torn, self.stopped_at) = (true, Some(view.reached(0)));
                return ControlFlow::Break(());
            }
            warn!("a message was cut off: its writer died before the end");
        }
        if !self.inside && !envelope.part.is_start() && self.prints_messages() {
            warn!("the output begins with the rest of a message, whose beginning an earlier reader received");
        }
        self.inside = !envelope.part.is_end();
        if envelope.part.is_start() {
            self.began = Some(view.position());
        } else if !self.inside {
            self.began = None;
        }
        self.batch += view.len() + Message::OVERHEAD;
        if envelope.kind == Kind::File {
            self.print_offer(&view);
            return if self.batch >= BATCH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        }
        let is_block = envelope.kind == Kind::Lines;
        let changed = self.framing == Framing::Json
            || self.to_terminal
            || envelope.kind == Kind::Action
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
        // What was sent whole is acknowledged whole: a reader killed inside it leaves all of it to the next one.
        let end = view.position() + view.len() as u64;
        let inside_whole = self.inside && self.began.is_some_and(|began| end - began < self.whole);
        let enough = self.stopped.is_some() || (self.batch >= BATCH && !inside_whole) || self.has_printed_all();
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether each printed message ends in a separator byte: one that is cut off would then look whole.
    fn prints_messages(&self) -> bool {
        matches!(self.framing, Framing::Line | Framing::Nul)
    }

    /// Bytes that were printed so far.
    fn printed(&self) -> u64 {
        self.passed_on + self.out.len() as u64
    }

    fn print_as_it_is(&mut self, view: &View<'_>) {
        let joins = self.framing != Framing::Raw || view.envelope.kind != Kind::Bytes;
        let start = self.printed();
        if joins {
            self.joiner.begin(&view.envelope, &mut self.out);
        }
        self.pieces.copied(view, start, self.printed() > start, view.len());
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

    /// Prints it changed, or only as many lines of a block as may be printed.
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
        if self.framing == Framing::Json {
            self.append_objects(view, &copy);
        } else {
            self.append_shown(view, &mut copy);
        }
        self.copy = copy;
    }

    /// Appends an object for each message, or part of one.
    fn append_objects(&mut self, view: &View<'_>, bytes: &[u8]) {
        self.json.set_from(view.from);
        for (at, line) in each_line(bytes, view.envelope.kind == Kind::Lines) {
            self.pieces.changed(view, at, self.printed());
            if view.envelope.kind == Kind::Lines {
                let position = view.position() + at as u64;
                self.json.append_line(&view.envelope, position, at == 0, line, &mut self.out);
            } else {
                self.json.append(&view.envelope, line, &mut self.out);
            }
        }
    }

    /// Appends the bytes, or what a terminal may show of them.
    fn append_shown(&mut self, view: &View<'_>, bytes: &mut Vec<u8>) {
        let envelope = view.envelope;
        let joins = self.framing != Framing::Raw || envelope.kind != Kind::Bytes;
        let start = self.printed();
        let lead = match envelope.kind == Kind::Action && envelope.part.is_start() {
            true => action_lead(view.from),
            false => String::new(),
        };
        if !self.to_terminal {
            self.joiner.separate(&envelope, bytes);
            self.joiner.begin(&envelope, &mut self.out);
            if lead.is_empty() {
                self.pieces.copied(view, start, self.printed() > start, bytes.len());
            } else {
                self.pieces.changed(view, 0, start);
                self.out.extend_from_slice(lead.as_bytes());
            }
            self.out.extend_from_slice(bytes);
            self.joiner.end(&envelope, &mut self.out);
            return;
        }
        if !envelope.part.is_end() {
            self.tail = bytes.split_off(complete_characters(bytes));
        }
        let mut shown = Vec::new();
        for (at, line) in each_line(bytes, envelope.kind == Kind::Lines) {
            self.pieces.changed(view, at.min(view.len()), self.printed());
            shown.clear();
            if joins && at == 0 {
                self.joiner.begin(&envelope, &mut shown);
                shown.extend_from_slice(lead.as_bytes());
            }
            shown.extend_from_slice(visible(&String::from_utf8_lossy(line)).as_bytes());
            self.joiner.separate(&envelope, &mut shown);
            if joins && at + line.len() == bytes.len() {
                self.joiner.end(&envelope, &mut shown);
            }
            if self.framing == Framing::Nul {
                // The separators too.
                let text = String::from_utf8(std::mem::take(&mut shown)).expect("made of visible text");
                shown = visible(&text).into_owned().into_bytes();
            }
            self.out.extend_from_slice(&shown);
        }
    }

    /// Cuts a block of lines down to as many as may be printed, and counts them. Decides on the private copy.
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

    /// Whether all the messages that may be printed have been.
    pub(super) fn has_printed_all(&self) -> bool {
        self.left == Some(0)
    }

    /// How far printing got, if not past the last message: after a [`finish_batch`](Self::finish_batch) that said why
    /// the program ends, as far as was written; otherwise as far as may be printed.
    pub(super) fn reached(&self) -> Option<Reached> {
        self.pieces.reached(self.output.written(), self.passed_on).or(self.stopped_at)
    }

    /// Whether something of the output may not be taken yet.
    pub(super) fn awaits(&self) -> bool {
        self.output.is_pipe() && !self.pieces.is_empty()
    }

    /// Where printing has to stop, if it has come there.
    pub(super) fn stopped_at(&self) -> Option<Reached> {
        self.stopped_at
    }

    /// How much of the output has been taken.
    pub(super) fn taken(&mut self) -> Taken {
        let taken = self.output.taken();
        if taken >= self.passed_on {
            self.pieces.clear();
            return Taken::All;
        }
        self.pieces.forget_before(taken);
        self.pieces.reached(taken, self.passed_on).map_or(Taken::Nothing, Taken::Until)
    }

    /// Where it goes.
    pub(super) fn output(&mut self) -> &mut Output<'a> {
        &mut self.output
    }

    /// Whether a message was cut off after a part of it was printed like a line.
    pub(super) fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// How many messages were cut off.
    pub(super) fn truncated(&self) -> u64 {
        self.truncated
    }

    /// Whether the batch has its full size.
    pub(super) fn is_full(&self) -> bool {
        self.batch >= BATCH
    }

    /// Begins a batch. The one before is acknowledged, unless it may still lie in a pipe.
    pub(super) fn begin_batch(&mut self) {
        self.batch = 0;
        if !self.output.is_pipe() {
            self.pieces.clear();
        }
    }

    /// Writes everything printed so far. Returns why the program has to end, if it does; then only what was
    /// [written](Self::reached) of the batch counts as received.
    pub(super) fn finish_batch(&mut self) -> Result<Option<PipeOutcome>, Error> {
        self.write_out();
        self.stopped.take().transpose()
    }

    /// The writer has quit: an open message is cut off. Then finishes the batch.
    pub(super) fn close(&mut self) -> Result<Option<PipeOutcome>, Error> {
        if std::mem::take(&mut self.inside) {
            self.truncated += 1;
            self.is_torn = self.prints_messages();
            if self.framing == Framing::Json {
                self.json.append_truncated(&mut self.out);
            }
        }
        self.finish_batch()
    }

    fn write_out(&mut self) {
        let out = std::mem::take(&mut self.out);
        self.write(Span::of(&out));
        self.out = out;
        self.out.clear();
    }

    fn write(&mut self, span: Span<'_>) {
        self.passed_on += span.len() as u64;
        if self.stopped.is_none() {
            self.stopped = self.output.write_all(span).transpose();
        }
    }
}
