//! Lines, read directly into the segment.

use super::interface::{Feed, Pumped, unless_full};
use super::lookahead::Lookahead;
use crate::framing::lines::Cutter;
use crate::pipe::error::{Error, system};
use crate::pipe::stdio::{ReadOutcome, read_some};
use shmchat::Endpoint;
use std::os::fd::AsFd;
use std::time::SystemTime;

/// Lines, read directly into the segment.
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
        while let Some((message, bytes)) = self.cutter.left(SystemTime::now()) {
            let part = message.part;
            if unless_full(endpoint.sender().try_enqueue(&message))?.is_none() {
                endpoint.sender().flush()?;
                return Ok(Pumped::Full { some });
            }
            self.cutter.sent(part, bytes);
            some = true;
        }
        if some {
            endpoint.sender().flush()?;
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
        let clock = self.cutter.begins().then(SystemTime::now);
        let Some(mut slot) = unless_full(endpoint.sender().try_reserve(self.cutter.lengths(), clock))? else {
            let found = self.lookahead.look(input)?;
            if let ReadOutcome::Eof = found {
                self.cutter.end();
            }
            return Ok(found);
        };
        self.cutter.carry_into(&mut slot);
        let read = self.lookahead.fill(&mut slot, input)?;
        match read {
            ReadOutcome::Bytes(_) => {
                self.cutter.cut(slot);
                endpoint.sender().flush()?;
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
