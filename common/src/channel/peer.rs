//! The other side, as this one sees it: absent, here, quit or gone.
//!
//! What it says of itself stands in the header; whether it lives, its bell and its lock tell. It is looked at when a bell
//! rings or hangs up, and before each sleep.

use super::Role;
use super::endpoint::Endpoint;
use super::error::Error;
use super::header::State;
use crate::fault::{Point, point};
use crate::folder::FifoEnd;
use crate::hint::errno_of;
use crate::presence;

/// Whether the other side is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nobody has come yet.
    #[default]
    Absent,
    /// Attached and alive.
    Here,
    /// Quit in good order.
    Quit,
    /// Died without quitting.
    Gone,
}

/// The other side, as far as it is known. All but `presence` is what it says of itself: for people to read, and never
/// as it is: it may hold what a terminal obeys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Whether it is there.
    pub presence: Presence,
    /// Its display name; empty if it gave none.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its user id.
    pub uid: u32,
    /// When it attached, in nanoseconds since the epoch.
    pub since: u64,
}

impl Endpoint {
    /// Whether the other side has quit in good order. Whoever finds this before finding its lane empty has read
    /// everything.
    pub(super) fn peer_has_quit(&self) -> Result<bool, Error> {
        Ok(self.header.state(self.role.other()).map_err(|what| self.corrupt(what))? == State::Quit)
    }

    /// Brings `peer` up to date with the header, opening the far end where a new life has begun.
    pub(super) fn look_at_peer(&mut self) -> Result<(), Error> {
        let other = self.role.other();
        let epoch = self.header.epoch(other);
        let state = self.header.state(other).map_err(|what| self.corrupt(what))?;
        let known = epoch == self.peer_epoch;
        self.peer_is_starting &= known;
        let presence = match state {
            State::Absent => Presence::Absent,
            State::Quit => Presence::Quit,
            State::Present if known && self.bell.is_connected() => Presence::Here,
            State::Present if known && self.peer.presence == Presence::Gone => Presence::Gone,
            State::Present => match self.connect()? {
                // It may have quit since the state was read.
                Presence::Gone if self.peer_has_quit()? => Presence::Quit,
                found => found,
            },
        };
        if presence != Presence::Here {
            self.bell.disconnect();
        }
        if !known || presence != self.peer.presence {
            let peer_record = self.header.peer_record(other);
            self.peer = Peer {
                presence,
                name: peer_record.name,
                pid: peer_record.pid,
                uid: peer_record.uid,
                since: peer_record.since,
            };
            self.peer_epoch = epoch;
        }
        Ok(())
    }

    /// Opens the other side's bell; where nobody listens there, finds out whether it is dead.
    fn connect(&mut self) -> Result<Presence, Error> {
        if self.open_far_bell()? {
            return Ok(Presence::Here);
        }
        // Who was found starting at the last look has had its time to die.
        let look = if self.peer_is_starting { presence::is_free } else { presence::has_died };
        let looked = look(self.peer_lock()?);
        if looked.map_err(|error| self.system("look at the other side's lock", errno_of(&error)))? {
            return Ok(Presence::Gone);
        }
        let role = self.role.other();
        if self.peer_holds_its_lock()? {
            // Whoever has written its peer record has opened its bell before. It may have come only now: look once more.
            return if self.open_far_bell()? { Ok(Presence::Here) } else { Err(self.bell_gone(role)) };
        }
        // It died, and a successor is starting already: that one rings when it is ready.
        self.peer_is_starting = true;
        Ok(Presence::Absent)
    }

    /// Whether the life that the header speaks of holds the other side's lock.
    pub(super) fn peer_holds_its_lock(&mut self) -> Result<bool, Error> {
        let peer_record = self.header.peer_record(self.role.other());
        let held = peer_record.holds(self.peer_lock()?);
        held.map_err(|error| self.system("look at the other side's lock", errno_of(&error)))
    }

    fn open_far_bell(&mut self) -> Result<bool, Error> {
        let Some(far) = self.folder.open_fifo(self.role.other().bell_file(), FifoEnd::Far)? else { return Ok(false) };
        self.bell.connect(far).map_err(|errno| self.system("watch the other side's doorbell", errno))?;
        point(Point::FarBellOpened);
        Ok(true)
    }

    pub(super) fn bell_gone(&self, role: Role) -> Error {
        Error::BellGone { at: self.at.clone(), role, path: self.folder.path().join(role.bell_file()) }
    }
}
