//! Standard input into messages: what is read, what of it is sent, and what waits for room.

#![forbid(unsafe_code)]

use super::stdio::{Input, came};
use super::{Error, Framing, system};
use crate::channel::{Endpoint, Part};
use crate::message::clock;
use crate::message::lines::{Cutter, WORTH_READING};
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
        Framing::Line => Box::new(Lines { cutter: Cutter::new(endpoint.part_limit()), x_quits, asked: false }),
        Framing::Raw => Box::new(Raw::Nothing),
    }
}

/// Lines, read where they are to stand in the segment.
struct Lines {
    cutter: Cutter,
    x_quits: bool,
    /// A line that was just `x` has been read.
    asked: bool,
}

impl Feed for Lines {
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Sent, Error> {
        let mut some = false;
        while let Some((message, bytes)) = self.cutter.left(clock()) {
            let part = message.part;
            // The last line of what was typed, without an end.
            if self.asked || (self.x_quits && message.bytes == b"x" && part == Part::Whole) {
                self.asked = true;
                break;
            }
            if endpoint.put(&message)?.is_none() {
                endpoint.flush()?;
                return Ok(Sent::Full { some });
            }
            self.cutter.sent(part, bytes);
            some = true;
        }
        if some {
            endpoint.flush()?;
        }
        Ok(if self.asked { Sent::Quit } else { Sent::All })
    }

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error> {
        let clock = self.cutter.begins().then(clock);
        let Some(mut room) = endpoint.try_reserve(self.cutter.lengths(), clock)? else { return Ok(Input::NoRoom) };
        self.cutter.carry_into(&mut room);
        let read = came(room.read_from(input)).map_err(system("read standard input"))?;
        match read {
            Input::Bytes(_) => {
                let typed_x = if self.x_quits { self.cutter.find_x(&room) } else { None };
                match typed_x {
                    None => self.cutter.cut(room),
                    Some(before) => {
                        self.asked = true;
                        if before > 0 {
                            room.commit(before, Kind::Lines, Part::Whole, false);
                        }
                    }
                }
                endpoint.flush()?;
            }
            Input::End => self.cutter.end(),
            Input::Nothing | Input::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        self.cutter.unsent()
    }
}

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
