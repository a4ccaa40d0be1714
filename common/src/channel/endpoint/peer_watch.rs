//! The other side, as this one sees it: absent, here, quit or gone.
//!
//! What it says about itself is in the header; its doorbell and its lock tell whether it is alive. We look when a
//! doorbell rings or hangs up, and before each sleep.
//!
//! A process may stand for one that is elsewhere. Then its own presence decides what is rung and whose death is waited
//! for, and what it shows decides only what the caller learns.

use super::link::Link;
use crate::channel::error::Error;
use crate::channel::header::State;
use crate::channel::peer::Presence;
use crate::channel::role::Role;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::FifoEnd;
use crate::hint::errno_of;
use crate::presence;

impl Link {
    /// Updates what is known about the other side from the header, and opens the far end if a new life has begun.
    pub(super) fn look_at_peer(&mut self) -> Result<(), Error> {
        let other = self.role.other();
        let epoch = self.header.epoch(other);
        let state = self.header.state(other).map_err(|what| self.corrupt(what))?;
        let known = epoch == self.peer.epoch;
        self.peer.is_starting &= known;
        let process = match state {
            State::Absent => Presence::Absent,
            State::Quit => Presence::Quit,
            State::Present if known && self.doorbell.is_connected() => Presence::Here,
            State::Present if known && self.peer.process == Presence::Gone => Presence::Gone,
            State::Present => match self.connect()? {
                // It may have quit since the state was read.
                Presence::Gone if self.header.state(other) == Ok(State::Quit) => Presence::Quit,
                found => found,
            },
        };
        let stand_in = self.header.stand_in(other, state).map_err(|what| self.corrupt(what))?;
        // One that shows that nobody is there takes our messages all the same, and sleeps until it is rung.
        let shown_away = stand_in.is_some_and(|stand_in| stand_in.shows != Presence::Here);
        if process != Presence::Here || (shown_away && sabotaged(Mutant::RingOnlyWhoIsShown)) {
            self.doorbell.disconnect();
        }
        let renamed = self.header.renamed(other);
        let seen = (epoch, renamed, process, stand_in);
        if seen != (self.peer.epoch, self.peer.renamed, self.peer.process, self.peer.stand_in) {
            self.peer.known = self.header.peer_record(other).seen(process, stand_in);
            (self.peer.epoch, self.peer.renamed, self.peer.process, self.peer.stand_in) = seen;
        }
        let presence = self.peer.known.presence;
        self.peer.known.typing = self.header.typing(other).filter(|_| presence == Presence::Here);
        Ok(())
    }

    /// Opens the other side's doorbell; if nobody is listening there, finds out whether it is dead.
    fn connect(&mut self) -> Result<Presence, Error> {
        if self.open_far_doorbell()? {
            return Ok(Presence::Here);
        }
        // A process that was starting at the last look has had enough time to die.
        let look = if self.peer.is_starting { presence::is_free } else { presence::has_died };
        let looked = look(self.current_peer_lock()?);
        if looked.map_err(|error| self.system("look at the other side's lock", errno_of(&error)))? {
            return Ok(Presence::Gone);
        }
        let role = self.role.other();
        if self.peer_holds_its_lock()? {
            // A process opens its doorbell before it writes its peer record. It may have come only just now: look once more.
            return if self.open_far_doorbell()? { Ok(Presence::Here) } else { Err(self.doorbell_gone(role)) };
        }
        // It died, and a successor is already starting, which rings when it is ready.
        self.peer.is_starting = true;
        Ok(Presence::Absent)
    }

    /// Whether the life named in the header holds the other side's lock.
    pub(super) fn peer_holds_its_lock(&mut self) -> Result<bool, Error> {
        let peer_record = self.header.peer_record(self.role.other());
        let held = peer_record.holds(self.current_peer_lock()?);
        held.map_err(|error| self.system("look at the other side's lock", errno_of(&error)))
    }

    fn open_far_doorbell(&mut self) -> Result<bool, Error> {
        let Some(far) = self.folder.open_fifo(self.role.other().doorbell_file(), FifoEnd::Far)? else {
            return Ok(false);
        };
        self.doorbell.connect(far).map_err(|errno| self.system("watch the other side's doorbell", errno))?;
        point(Point::FarBellOpened);
        Ok(true)
    }

    pub(super) fn doorbell_gone(&self, role: Role) -> Error {
        Error::DoorbellGone { at: self.segment.clone(), role, path: self.folder.path().join(role.doorbell_file()) }
    }
}
