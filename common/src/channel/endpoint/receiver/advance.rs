//! One step of receiving: acknowledge what was handed over, and look what comes next.

use super::Found;
use crate::channel::codec::envelope::Envelope;
use crate::channel::codec::view::InPlace;
use crate::channel::endpoint::interest::Interest;
use crate::channel::endpoint::own::Endpoint;
use crate::channel::error::Error;
use std::time::Instant;

impl Endpoint {
    pub(super) fn advance(&mut self) -> Result<Found<Envelope>, Error> {
        self.inbound.acknowledge_earlier(&mut self.link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = self.link.peer_has_quit()?;
        let next = self.inbound.decoder.next_message().map_err(|what| self.link.corrupt(what))?;
        self.link.check_whole()?;
        self.inbound.tell_room(&mut self.link)?;
        Ok(match next {
            Some(envelope) => Found::Some(envelope),
            None if quit => Found::Quit,
            None => Found::Nothing,
        })
    }

    /// [`Found::Nothing`] if none came in time.
    pub(super) fn recv_before(&mut self, deadline: Option<Instant>) -> Result<Found<Envelope>, Error> {
        loop {
            self.inbound.coalesce(&self.link)?;
            match self.advance()? {
                Found::Nothing => {}
                found => return Ok(found),
            }
            if !self.wait(Interest::MESSAGE, deadline)? {
                return Ok(Found::Nothing);
            }
        }
    }

    pub(super) fn advance_in_place(&mut self) -> Result<Found<InPlace>, Error> {
        self.inbound.acknowledge_earlier(&mut self.link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = self.link.peer_has_quit()?;
        let next = self.inbound.decoder.next_in_place().map_err(|what| self.link.corrupt(what))?;
        self.link.check_whole()?;
        Ok(match next {
            Some(found) => Found::Some(found),
            None if quit => Found::Quit,
            None => Found::Nothing,
        })
    }
}
