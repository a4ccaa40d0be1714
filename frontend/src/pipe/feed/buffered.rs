//! Messages that are cut in private memory: read in blocks, enqueued one by one, published once per block.

use super::interface::{Feed, Pumped, unless_full};
use crate::framing::{Next, Source};
use crate::pipe::error::{Error, system};
use crate::pipe::options::{OnError, OnFull};
use crate::pipe::stdio::{ReadOutcome, read_some};
use crate::text::counted;
use log::warn;
use shmchat::{Endpoint, Part};
use std::os::fd::AsFd;

/// A feed through private memory, for any format.
pub(super) struct Buffered<S> {
    source: S,
    on_full: OnFull,
    on_error: OnError,
    /// Whether the user has quit.
    has_quit: bool,
    /// What was dropped.
    dropped: Dropped,
    /// How many lines were skipped.
    skipped: u64,
}

impl<S> Buffered<S> {
    pub(super) fn new(source: S, on_full: OnFull, on_error: OnError) -> Self {
        Buffered { source, on_full, on_error, has_quit: false, dropped: Dropped::default(), skipped: 0 }
    }
}

/// The messages for which there was no room.
#[derive(Debug, Default)]
struct Dropped {
    messages: u64,
    bytes: u64,
    /// How many of them were too long to go in whole.
    too_long: u64,
    /// Whether more of the last message counted is to come.
    inside: bool,
}

impl Dropped {
    fn count(&mut self, part: Part, bytes: usize) {
        // If an earlier writer sent the beginning, there is no start here.
        self.messages += u64::from(!self.inside);
        self.inside = !part.is_end();
        self.too_long += u64::from(part == Part::First);
        self.bytes += bytes as u64;
    }
}

impl<S: Source> Feed for Buffered<S> {
    fn send(&mut self, endpoint: &mut Endpoint) -> Result<Pumped, Error> {
        let mut some = false;
        let drops = self.on_full == OnFull::Drop;
        while !self.has_quit {
            let message = match self.source.next() {
                Ok(Next::Message(message)) => message,
                Ok(Next::Quit) => {
                    self.has_quit = true;
                    break;
                }
                Ok(Next::Nothing) => break,
                Err(what) => {
                    match self.on_error {
                        OnError::Skip => warn!("standard input, {what}; line skipped"),
                        OnError::Fail => {
                            endpoint.sender().flush()?;
                            return Err(Error::Input { what, unsent: self.source.unsent() });
                        }
                    }
                    self.skipped += 1;
                    self.source.skip();
                    continue;
                }
            };
            // A part that went in alone would be a torn message if there were no room for the next part.
            let put = !(drops && message.part != Part::Whole)
                && unless_full(endpoint.sender().try_enqueue(&message))?.is_some();
            if !put {
                if !drops {
                    endpoint.sender().flush()?;
                    return Ok(Pumped::Full { some });
                }
                self.dropped.count(message.part, message.bytes.len());
            }
            self.source.sent();
            some |= put;
        }
        endpoint.sender().flush()?;
        Ok(if self.has_quit { Pumped::Quit } else { Pumped::All })
    }

    fn read(&mut self, _: &mut Endpoint, input: &dyn AsFd) -> Result<ReadOutcome, Error> {
        let block = self.source.block();
        let read = read_some(input, block.space()).map_err(system("read standard input"))?;
        match read {
            ReadOutcome::Bytes(bytes) => block.fill(bytes),
            ReadOutcome::Eof => block.end(),
            ReadOutcome::NotReady | ReadOutcome::NoRoom => {}
        }
        Ok(read)
    }

    fn unsent(&self) -> usize {
        self.source.unsent()
    }

    fn say_at_the_end(&self) {
        let Dropped { messages, bytes, too_long, .. } = self.dropped;
        if messages > 0 {
            let long = match too_long {
                0 => String::new(),
                _ => format!(", {too_long} of them too long to go in whole; see --capacity"),
            };
            warn!("dropped {} ({}): segment full{long}", counted(messages, "message"), counted(bytes, "byte"));
        }
        if self.skipped > 0 {
            warn!("{} of standard input skipped", counted(self.skipped, "line"));
        }
    }
}
