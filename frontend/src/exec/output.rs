//! What the commands print: whole, to standard output or back to the writer, and in which order.
//!
//! ```text
//! running    in the order of ending, or of messages      written without blocking
//! ▒▒▒▒ ──┐
//! ▒▒     ├─►  held ─► queue ────────────────────────────► standard output, or the lane of replies
//! ▒▒▒▒▒ ─┘            its numbers, once written, count as done
//! ```
//!
//! An output is kept until its command has ended. If it grows beyond [`MOST`], it has the floor as soon as nobody else has: it is
//! passed on as it comes, and those that end meanwhile wait. Until then the command waits in its `write`. A reply cannot be taken
//! back if its command fails after all, so it is never passed on like that.

use super::error::Error;
use crate::pipe::{NonBlocking, Wrote};
use log::warn;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use shmchat::{Endpoint, Kind, Outgoing, Part, Span, TrySendError};
use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant, SystemTime};

/// How many bytes are kept of an output that has not the floor.
const MOST: usize = 1 << 20;

/// How many bytes a reply may have.
pub(super) const LONGEST_REPLY: usize = 64 << 20;

/// From this many bytes on that are held back, nothing more is started: only what all others wait for.
const FULL: usize = 16 << 20;

/// How long nobody takes a reply until that is told.
const SILENCE: Duration = Duration::from_secs(5);

/// How much is written at once.
const BATCH: usize = 64 << 10;

/// Where the output goes.
enum Sink<'a> {
    Descriptor(NonBlocking<'a>),
    /// Back to the writer. This byte at the end of an output is left out.
    Replies {
        separator: u8,
    },
}

/// An output, or a piece of one.
#[derive(Debug)]
struct Piece {
    number: u64,
    bytes: Vec<u8>,
    /// How many of them are sent back.
    at: usize,
    /// Whether the message it belongs to is finished with it.
    is_last: bool,
    /// It is not sent back, because its message failed.
    is_silent: bool,
}

/// The output of all commands.
pub(super) struct Output<'a> {
    sink: Sink<'a>,
    /// The next message whose output is printed, if they are printed in order.
    next: Option<u64>,
    /// Whose output is passed on as it comes.
    floor: Option<u64>,
    /// Whole outputs that wait for their turn.
    held: BTreeMap<u64, Piece>,
    queue: VecDeque<Piece>,
    /// Bytes in `held` and `queue`.
    bytes: usize,
    /// Those in `queue`.
    queued: usize,
    /// Bytes to be written, and behind which of them a message is finished.
    out: Vec<u8>,
    written: usize,
    ends: VecDeque<(usize, u64)>,
    /// Something goes to nobody any more.
    closed: bool,
    /// It goes to a terminal.
    is_terminal: bool,
    /// Since when there is no room for a reply.
    blocked: Option<Instant>,
    /// That was told.
    is_told: bool,
}

impl<'a> Output<'a> {
    /// Prints on `fd`.
    pub(super) fn to(fd: BorrowedFd<'a>, keep_order: bool) -> Self {
        let is_terminal = fd.is_terminal();
        Output { is_terminal, ..Self::new(Sink::Descriptor(NonBlocking::of(fd)), keep_order) }
    }

    /// Sends back, each without the separator at its end.
    pub(super) fn reply(separator: u8, keep_order: bool) -> Self {
        Self::new(Sink::Replies { separator }, keep_order)
    }

    fn new(sink: Sink<'a>, keep_order: bool) -> Self {
        Output {
            sink,
            next: keep_order.then_some(0),
            floor: None,
            held: BTreeMap::new(),
            queue: VecDeque::new(),
            bytes: 0,
            queued: 0,
            out: Vec::new(),
            written: 0,
            ends: VecDeque::new(),
            closed: false,
            is_terminal: false,
            blocked: None,
            is_told: false,
        }
    }

    /// How many bytes are kept of an output.
    pub(super) fn most(&self) -> usize {
        if self.is_reply() { LONGEST_REPLY } else { MOST }
    }

    /// Whether it goes back to the writer.
    pub(super) fn is_reply(&self) -> bool {
        matches!(self.sink, Sink::Replies { .. })
    }

    /// Whether the output of this message may be passed on as it comes. If so, it has the floor until it is finished.
    pub(super) fn gives_floor(&mut self, number: u64) -> bool {
        if self.is_reply() || !self.has_room() {
            return false;
        }
        if self.floor.is_none() && self.next.is_none_or(|next| next == number) {
            self.floor = Some(number);
        }
        self.has_floor(number)
    }

    /// Whether the output of this message is being passed on as it comes.
    pub(super) fn has_floor(&self, number: u64) -> bool {
        self.floor == Some(number)
    }

    /// Whether more may be passed on. What is held does not count: it waits for the one that has the floor, which would wait for
    /// it.
    pub(super) fn has_room(&self) -> bool {
        self.queued < MOST
    }

    /// Passes on a piece of an output: of whoever has the floor, or lines that may be mixed.
    pub(super) fn pass_on(&mut self, number: u64, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.enqueue(Piece { number, bytes, at: 0, is_last: false, is_silent: false });
    }

    /// An attempt has failed, and there will be another; or a long line has ended.
    pub(super) fn gives_up_floor(&mut self, number: u64) {
        if self.has_floor(number) {
            self.floor = None;
            self.release_held();
        }
    }

    /// This is the rest of a message's output.
    pub(super) fn finish(&mut self, number: u64, bytes: Vec<u8>) {
        self.end(Piece { number, bytes, at: 0, is_last: true, is_silent: false });
    }

    /// The same for a message that failed for good: what was printed is printed, but it is no answer.
    pub(super) fn finish_failed(&mut self, number: u64, bytes: Vec<u8>) {
        self.end(Piece { number, bytes, at: 0, is_last: true, is_silent: self.is_reply() });
    }

    fn end(&mut self, piece: Piece) {
        let number = piece.number;
        self.bytes += piece.bytes.len();
        if self.has_floor(number) {
            self.floor = None;
            self.print(piece);
        } else if self.floor.is_none() && self.next.is_none_or(|next| next == number) {
            self.print(piece);
        } else {
            self.held.insert(number, piece);
        }
        self.release_held();
    }

    fn enqueue(&mut self, piece: Piece) {
        self.queued += piece.bytes.len();
        self.queue.push_back(piece);
    }

    fn print(&mut self, piece: Piece) {
        self.enqueue(piece);
        if let Some(next) = &mut self.next {
            *next += 1;
        }
    }

    fn release_held(&mut self) {
        while self.floor.is_none()
            && let Some(first) = self.held.first_entry()
            && self.next.is_none_or(|next| next == *first.key())
        {
            let piece = first.remove();
            self.print(piece);
        }
    }

    /// Whether so much is held back that nothing more should be started.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= FULL
    }

    /// Whether everything is written that can be.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.written == self.out.len()
    }

    /// Whether something is about to be written to a terminal.
    pub(super) fn needs_terminal(&self) -> bool {
        self.is_terminal && !self.is_idle()
    }

    /// Whether what was written last is a whole line.
    pub(super) fn ends_line(&self) -> bool {
        self.out[..self.written].last().is_none_or(|&byte| byte == b'\n')
    }

    /// Whether nobody is left to read it.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether it waits for room in the lane of replies.
    pub(super) fn awaits_room(&self) -> bool {
        self.blocked.is_some()
    }

    /// When it has to be told that nobody takes the replies.
    pub(super) fn due(&self) -> Option<Instant> {
        self.blocked.filter(|_| !self.is_told).map(|since| since + SILENCE)
    }

    /// What to wait for.
    pub(super) fn descriptor(&self) -> Option<PollFd<'_>> {
        match &self.sink {
            // `poll` always reports that its reader has gone.
            Sink::Descriptor(output) if self.is_idle() => Some(PollFd::new(output.as_fd(), PollFlags::empty())),
            Sink::Descriptor(output) => Some(PollFd::new(output.as_fd(), PollFlags::POLLOUT)),
            Sink::Replies { .. } => None,
        }
    }

    /// Its descriptor is ready although there is nothing to write: its reader has gone.
    pub(super) fn heard(&mut self) {
        self.closed |= self.is_idle();
    }

    /// Writes what can be written now. Hands the messages that are finished with it to `finished`.
    pub(super) fn write(&mut self, endpoint: &mut Endpoint, mut finished: impl FnMut(u64)) -> Result<(), Error> {
        match self.sink {
            Sink::Descriptor(_) => self.print_out(&mut finished),
            Sink::Replies { separator } => self.send(endpoint, separator, &mut finished),
        }
    }

    fn print_out(&mut self, finished: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let Sink::Descriptor(output) = &mut self.sink else { return Ok(()) };
        while !self.closed {
            if self.written == self.out.len() {
                self.out.clear();
                self.written = 0;
                while self.out.len() < BATCH
                    && let Some(piece) = self.queue.pop_front()
                {
                    self.bytes -= piece.bytes.len();
                    self.queued -= piece.bytes.len();
                    self.out.extend_from_slice(&piece.bytes);
                    if piece.is_last {
                        self.ends.push_back((self.out.len(), piece.number));
                    }
                }
            }
            let rest = &self.out[self.written..];
            let taken = if rest.is_empty() { Wrote::Bytes(0) } else { output.write(Span::of(rest)).map_err(system)? };
            match taken {
                Wrote::Bytes(bytes) => self.written += bytes,
                Wrote::NotNow => return Ok(()),
                Wrote::Closed => self.closed = true,
            }
            while let Some(&(end, number)) = self.ends.front()
                && end <= self.written
            {
                self.ends.pop_front();
                finished(number);
            }
            if self.written == self.out.len() && self.queue.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn send(&mut self, endpoint: &mut Endpoint, separator: u8, finished: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let limit = endpoint.sender().whole_limit();
        let (mut sent_any, was_blocked) = (false, self.blocked.take());
        while let Some(piece) = self.queue.front_mut() {
            let all = piece.bytes.strip_suffix(&[separator]).unwrap_or(&piece.bytes);
            let length = (all.len() - piece.at).min(limit);
            let bytes = &all[piece.at..piece.at + length];
            let is_end = piece.at + length == all.len();
            let (part, sent) = (Part::of(piece.at == 0, is_end), Some(SystemTime::now()));
            let message = Outgoing { kind: Kind::Text, sent, bytes, part, unterminated: false, from: None };
            let sent = if piece.is_silent { Ok(0) } else { endpoint.sender().try_enqueue(&message) };
            match sent {
                Ok(_) => {}
                Err(TrySendError::Full) => {
                    self.blocked = was_blocked.filter(|_| !sent_any).or_else(|| Some(Instant::now()));
                    break;
                }
                Err(TrySendError::Channel(error)) => return Err(error.into()),
            }
            sent_any = true;
            piece.at += length;
            if is_end || piece.is_silent {
                finished(piece.number);
                self.bytes -= piece.bytes.len();
                self.queued -= piece.bytes.len();
                self.queue.pop_front();
            }
        }
        if sent_any {
            endpoint.sender().flush()?;
        }
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.is_told = true;
            warn!(
                "waiting: nobody takes the replies, and no more fit in the channel; start the other side as writer --replies"
            );
        }
        Ok(())
    }
}

fn system(errno: Errno) -> Error {
    Error::System { doing: "write standard output", errno }
}
