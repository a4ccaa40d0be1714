//! A byte stream with no messages in it, read directly into the segment.

use super::interface::{Feed, Pumped, unless_full};
use super::lookahead::Lookahead;
use crate::pipe::error::Error;
use crate::pipe::stdio::ReadOutcome;
use shmchat::Kind;
use shmchat::{Endpoint, Part};
use std::os::fd::AsFd;

/// One message for all of the input, read directly into the segment. Each part is accepted as soon as it is read; if its writer
/// dies, the reader finds the message without an end.
pub(super) struct Raw {
    stage: RawStage,
    lookahead: Lookahead,
    /// The least room that is worth reading into.
    least: usize,
}

/// How far it has got.
enum RawStage {
    /// Nothing has arrived yet. An empty input is not a message.
    Nothing,
    /// A part has been sent.
    Begun,
    /// The input has ended, but the end of the message is not sent yet.
    Ending,
    /// Everything is sent.
    Ended,
}

impl Raw {
    /// A feed that reads only if there is room for at least this many bytes.
    pub(super) fn new(least: usize) -> Self {
        Raw { stage: RawStage::Nothing, lookahead: Lookahead::default(), least }
    }
}

impl Feed for Raw {
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error> {
        if let RawStage::Ending = self.stage {
            let Some(slot) = unless_full(endpoint.sender().try_reserve(0..=0, None))? else {
                return Ok(Pumped::Full { some: false });
            };
            // Unterminated: for a reader that prints lines, the bytes are all there is.
            slot.commit(0, Kind::Bytes, Part::Last, true);
            endpoint.sender().flush()?;
            self.stage = RawStage::Ended;
        }
        Ok(Pumped::All)
    }

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<ReadOutcome, Error> {
        let begun = matches!(self.stage, RawStage::Begun);
        let read = match unless_full(endpoint.sender().try_reserve(self.least..=usize::MAX, None))? {
            None => self.lookahead.look(input)?,
            Some(mut slot) => {
                let read = self.lookahead.fill(&mut slot, input)?;
                if let ReadOutcome::Bytes(bytes) = read {
                    slot.commit(bytes, Kind::Bytes, Part::of(!begun, false), false);
                }
                read
            }
        };
        match read {
            ReadOutcome::Bytes(_) => {
                endpoint.sender().flush()?;
                self.stage = RawStage::Begun;
            }
            ReadOutcome::Eof => self.stage = if begun { RawStage::Ending } else { RawStage::Ended },
            ReadOutcome::NotReady | ReadOutcome::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        usize::from(self.holds())
    }

    fn holds(&self) -> bool {
        self.lookahead.is_some()
    }
}
