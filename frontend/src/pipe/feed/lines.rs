//! Lines, read where they are to stand in the segment.

use super::interface::{Feed, Pumped};
use super::lookahead::Lookahead;
use crate::framing::clock;
use crate::framing::lines::Cutter;
use crate::pipe::error::{Error, system};
use crate::pipe::stdio::{ReadOutcome, read_some};
use shmchat::channel::Endpoint;
use std::os::fd::AsFd;

/// Lines, read where they are to stand in the segment.
pub(super) struct Lines {
    cutter: Cutter,
    lookahead: Lookahead,
}

impl Lines {
    pub(super) fn new(cutter: Cutter) -> Self {
        Lines { cutter, lookahead: Lookahead::default() }
    }
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

    fn read(&mut self, endpoint: &mut Endpoint, input: &dyn AsFd) -> Result<ReadOutcome, Error> {
        if self.cutter.gathers() {
            let read = read_some(input, self.cutter.space());
            self.cutter.gathered(if let Ok(ReadOutcome::Bytes(bytes)) = read { bytes } else { 0 });
            if let Ok(ReadOutcome::Eof) = read {
                self.cutter.end();
            }
            return read.map_err(system("read standard input"));
        }
        let clock = self.cutter.begins().then(clock);
        let Some(mut room) = endpoint.try_reserve(self.cutter.lengths(), clock)? else {
            let found = self.lookahead.look(input)?;
            if let ReadOutcome::Eof = found {
                self.cutter.end();
            }
            return Ok(found);
        };
        self.cutter.carry_into(&mut room);
        let read = self.lookahead.fill(&mut room, input)?;
        match read {
            ReadOutcome::Bytes(_) => {
                self.cutter.cut(room);
                endpoint.flush()?;
            }
            ReadOutcome::Eof => self.cutter.end(),
            ReadOutcome::NotReady | ReadOutcome::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        self.cutter.unsent() + usize::from(self.holds())
    }

    fn holds(&self) -> bool {
        self.lookahead.is_some()
    }
}
