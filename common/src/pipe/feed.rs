//! Standard input into messages: what is read, what of it is sent, and what waits for room.

#![forbid(unsafe_code)]

use super::stdio::{Input, came, read_some};
use super::{Error, Framing, system};
use crate::channel::{Endpoint, Part};
use crate::message::clock;
use crate::message::lines::Splitter;
use crate::ring::record::Kind;
use std::os::fd::AsFd;

/// A way from standard input into the lane.
///
/// The loop calls [`send`](Self::send) until all is sent, then [`read`](Self::read) once there is input.
pub(super) trait Feed {
    /// Sends what was read and can be sent.
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Sent, Error>;

    /// Reads what is there, after `poll` said "readable".
    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error>;

    /// Bytes that have been read and not sent.
    fn unsent(&self) -> usize;
}

/// What came of sending.
pub(super) enum Sent {
    /// Nothing is left that could be sent before more is read.
    All,
    /// There is no room for what is left; whether some was sent.
    Full { some: bool },
    /// The user asked for the end.
    Quit,
}

/// The feed for a framing. `x_quits`: a line that is just `x` ends it.
pub(super) fn feed(endpoint: &Endpoint, framing: Framing, x_quits: bool) -> Box<dyn Feed> {
    match framing {
        Framing::Line => Box::new(Lines { splitter: Splitter::new(endpoint.part_limit(), x_quits), x_quits }),
        Framing::Raw => Box::new(Raw::Nothing),
    }
}

/// A message for each line.
struct Lines {
    splitter: Splitter,
    x_quits: bool,
}

impl Feed for Lines {
    /// Sends all lines that are complete and for which there is room, with one clock reading, one fence and at most one
    /// ring.
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Sent, Error> {
        let clock = clock();
        let mut some = false;
        let mut result = Sent::All;
        while let Some(piece) = self.splitter.piece() {
            let message = self.splitter.message(piece, clock);
            if self.x_quits && message.bytes == b"x" && message.part == Part::Whole {
                result = Sent::Quit;
                break;
            }
            if endpoint.put(&message)?.is_none() {
                result = Sent::Full { some };
                break;
            }
            self.splitter.sent(piece);
            some = true;
        }
        endpoint.flush()?;
        Ok(result)
    }

    fn read(&mut self, _: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error> {
        let input = read_some(input, self.splitter.space()).map_err(system("read standard input"))?;
        match input {
            Input::Bytes(bytes) => self.splitter.filled(bytes),
            Input::End => self.splitter.end(),
            Input::Nothing | Input::NoRoom => {}
        }
        Ok(input)
    }

    fn unsent(&self) -> usize {
        self.splitter.unsent()
    }
}

/// Least room in the lane that is worth a `read`: a page. What is less at the ring's end is left out, what is less in a
/// full lane is waited for.
const WORTH_READING: usize = 4096;

/// One message for all of the input, read where it is to stand in the segment. A part of it is accepted as soon as it is
/// read; if its writer dies, the reader finds it without an end.
enum Raw {
    /// Nothing has come yet. An empty input is no message.
    Nothing,
    /// A part has been sent.
    Begun,
    /// No more bytes come, and the message's end is not sent yet.
    Ending,
    /// All is sent.
    Ended,
}

impl Feed for Raw {
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Sent, Error> {
        if let Raw::Ending = self {
            let Some(room) = endpoint.try_reserve(0..=0, None)? else { return Ok(Sent::Full { some: false }) };
            // Unended: to who prints lines, the bytes are all that there is.
            room.commit(0, Kind::Bytes, Part::Last, true);
            endpoint.flush()?;
            *self = Raw::Ended;
        }
        Ok(Sent::All)
    }

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error> {
        let Some(mut room) = endpoint.try_reserve(WORTH_READING..=usize::MAX, None)? else { return Ok(Input::NoRoom) };
        let read = came(room.read_from(input)).map_err(system("read standard input"))?;
        let begun = matches!(self, Raw::Begun);
        match read {
            Input::Bytes(bytes) => {
                room.commit(bytes, Kind::Bytes, Part::of(!begun, false), false);
                endpoint.flush()?;
                *self = Raw::Begun;
            }
            Input::End => *self = if begun { Raw::Ending } else { Raw::Ended },
            Input::Nothing | Input::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        0
    }
}
