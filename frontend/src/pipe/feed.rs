//! Standard input into messages: what is read, what of it is sent, and what waits for room.

use super::buffered::Private;
use super::send::{OnFull, Sending};
use super::stdio::{Input, came, read_some};
use super::{Error, Framing, system};
use crate::framing::json::Objects;
use crate::framing::lines::{Cutter, WORTH_READING};
use crate::framing::separated::Separated;
use crate::framing::{Pieces, clock};
use shmchat::channel::{Endpoint, Part, WriteSlot};
use shmchat::ring::record::{Kind, LINE_FEED};
use std::os::fd::AsFd;

/// A way from standard input into the lane.
///
/// The loop calls [`send`](Self::send) until all is sent, then [`read`](Self::read) once there is input.
pub(super) trait Feed {
    /// Sends what was read and can be sent.
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error>;

    /// Reads what is there, after `poll` said "readable".
    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error>;

    /// Bytes that have been read and not sent.
    fn unsent(&self) -> usize;

    /// Whether a byte is held that was read while there was no room: then there is something to [`read`](Self::read)
    /// without new input.
    fn holds(&self) -> bool;

    /// What is to be said when it ends, however it ends.
    fn say_at_the_end(&self) {}
}

/// The next byte of the input, read while there was no room for any: so an input that ends is known to end without
/// waiting for room that it does not need.
#[derive(Default)]
struct Lookahead(Option<u8>);

impl Lookahead {
    /// Looks for the input's end, where nothing is held yet.
    fn look(&mut self, input: &dyn AsFd) -> Result<Input, Error> {
        if self.0.is_some() {
            return Ok(Input::NoRoom);
        }
        let mut byte = [0];
        let found = read_some(input, &mut byte).map_err(system("read standard input"))?;
        Ok(match found {
            Input::Bytes(_) => {
                self.0 = Some(byte[0]);
                Input::NoRoom
            }
            other => other,
        })
    }

    /// Puts what is held, else what one `read` gives, into the room.
    fn fill(&mut self, room: &mut WriteSlot<'_>, input: &dyn AsFd) -> Result<Input, Error> {
        match self.0.take() {
            Some(byte) => Ok(Input::Bytes(room.fill(&[byte]))),
            None => came(room.read_from(input)).map_err(system("read standard input")),
        }
    }
}

/// What came of sending.
pub(super) enum Pumped {
    /// Nothing is left that could be sent before more is read.
    All,
    /// There is no room for what is left; whether some was sent.
    Full { some: bool },
    /// The user asked for the end.
    Quit,
}

/// The feed for a framing.
pub(super) fn feed(endpoint: &Endpoint, sending: &Sending) -> Box<dyn Feed> {
    let &Sending { framing, on_full, on_error, x_quits, .. } = sending;
    // Where a stream can wait for room, what there is of it need not wait for its end.
    let pieces = Pieces { limit: endpoint.whole_limit(), streams: on_full == OnFull::Wait };
    let held = Lookahead::default();
    match framing {
        // What is typed is not worth the haste, and may be an `x`.
        Framing::Line if on_full == OnFull::Wait && !x_quits => {
            let cutter = Cutter::new(endpoint.part_limit(), endpoint.whole_limit());
            Box::new(Lines { cutter, held })
        }
        Framing::Line => Box::new(Private::new(Separated::new(LINE_FEED, pieces, x_quits), on_full, on_error)),
        Framing::Nul => Box::new(Private::new(Separated::new(0, pieces, false), on_full, on_error)),
        Framing::Json => Box::new(Private::new(Objects::new(pieces, x_quits), on_full, on_error)),
        Framing::Raw => {
            // To fail is not to wait for what is worth it.
            let least = if on_full == OnFull::Wait { WORTH_READING } else { 1 };
            Box::new(Raw { stage: Stage::Nothing, held, least })
        }
    }
}

/// Lines, read where they are to stand in the segment.
struct Lines {
    cutter: Cutter,
    held: Lookahead,
}

impl Feed for Lines {
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error> {
        let mut some = false;
        while let Some((message, bytes)) = self.cutter.left(clock()) {
            let part = message.part;
            if endpoint.put(&message)?.is_none() {
                endpoint.flush()?;
                return Ok(Pumped::Full { some });
            }
            self.cutter.sent(part, bytes);
            some = true;
        }
        if some {
            endpoint.flush()?;
        }
        Ok(Pumped::All)
    }

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error> {
        if self.cutter.gathers() {
            let read = read_some(input, self.cutter.space());
            self.cutter.gathered(if let Ok(Input::Bytes(bytes)) = read { bytes } else { 0 });
            if let Ok(Input::End) = read {
                self.cutter.end();
            }
            return read.map_err(system("read standard input"));
        }
        let clock = self.cutter.begins().then(clock);
        let Some(mut room) = endpoint.try_reserve(self.cutter.lengths(), clock)? else {
            let found = self.held.look(input)?;
            if let Input::End = found {
                self.cutter.end();
            }
            return Ok(found);
        };
        self.cutter.carry_into(&mut room);
        let read = self.held.fill(&mut room, input)?;
        match read {
            Input::Bytes(_) => {
                self.cutter.cut(room);
                endpoint.flush()?;
            }
            Input::End => self.cutter.end(),
            Input::Nothing | Input::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        self.cutter.unsent() + usize::from(self.holds())
    }

    fn holds(&self) -> bool {
        self.held.0.is_some()
    }
}

/// One message for all of the input, read where it is to stand in the segment. A part of it is accepted as soon as it is
/// read; if its writer dies, the reader finds it without an end.
struct Raw {
    stage: Stage,
    held: Lookahead,
    /// The least room that is read into.
    least: usize,
}

/// How far it is.
enum Stage {
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
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error> {
        if let Stage::Ending = self.stage {
            let Some(room) = endpoint.try_reserve(0..=0, None)? else { return Ok(Pumped::Full { some: false }) };
            // Unended: to who prints lines, the bytes are all that there is.
            room.commit(0, Kind::Bytes, Part::Last, true);
            endpoint.flush()?;
            self.stage = Stage::Ended;
        }
        Ok(Pumped::All)
    }

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<Input, Error> {
        let begun = matches!(self.stage, Stage::Begun);
        let read = match endpoint.try_reserve(self.least..=usize::MAX, None)? {
            None => self.held.look(input)?,
            Some(mut room) => {
                let read = self.held.fill(&mut room, input)?;
                if let Input::Bytes(bytes) = read {
                    room.commit(bytes, Kind::Bytes, Part::of(!begun, false), false);
                }
                read
            }
        };
        match read {
            Input::Bytes(_) => {
                endpoint.flush()?;
                self.stage = Stage::Begun;
            }
            Input::End => self.stage = if begun { Stage::Ending } else { Stage::Ended },
            Input::Nothing | Input::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        usize::from(self.holds())
    }

    fn holds(&self) -> bool {
        self.held.0.is_some()
    }
}
