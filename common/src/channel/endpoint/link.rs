//! What both directions share: the segment, the folder, the doorbell, the locks, and the other side as it is known.

use super::rings::Rings;
use crate::channel::error::{Corruption, Error};
use crate::channel::header::{SegmentHeader, State};
use crate::channel::peer::Peer;
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::doorbell::Doorbell;
use crate::fault::{Point, point};
use crate::folder::{FileId, Folder};
use crate::key::Identity;
use crate::presence::Lock;
use nix::errno::Errno;
use std::fs::File;
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct Link {
    pub(super) segment: SegmentRef,
    pub(super) role: Role,
    pub(super) header: SegmentHeader,
    pub(super) doorbell: Doorbell,
    pub(super) folder: Folder,
    /// The folder's path from the root, at which others look for it.
    pub(super) home: PathBuf,
    pub(super) own: Own,
    pub(super) peer: PeerWatch,
    /// Something has happened in the folder, and nobody has looked what it means to us.
    pub(super) stirred: bool,
    /// How often the doorbells rang, for people to see.
    pub(super) rings: Rings,
}

/// What others know us by.
#[derive(Debug)]
pub(super) struct Own {
    /// None once we have quit.
    pub(super) role_lock: Option<Lock>,
    /// What the others look for in the header.
    pub(super) identity: Identity,
    /// Our doorbell's file: while it has the doorbell's name, it can be rung.
    pub(super) doorbell: FileId,
    /// Our lock's file: while it has the lock's name, others find that we are here.
    pub(super) lock: FileId,
    /// Which life of our role this is.
    pub(super) epoch: u64,
}

/// What is known of the other side.
#[derive(Debug)]
pub(super) struct PeerWatch {
    pub(super) known: Peer,
    /// Its role's lock, which tells whether it lives.
    pub(super) lock: File,
    /// The life that `known` speaks of.
    pub(super) epoch: u64,
    /// A successor of that life was seen to start.
    pub(super) is_starting: bool,
}

impl Link {
    #[cold]
    pub(super) fn corrupt(&self, what: impl Into<Corruption>) -> Error {
        Error::Corrupt { at: self.segment.clone(), what: what.into() }
    }

    pub(super) fn system(&self, doing: &'static str, errno: Errno) -> Error {
        Error::system(&self.segment.channel, doing, errno)
    }

    /// Whether the other side has quit in good order. Whoever finds this before finding its lane empty has read
    /// everything.
    pub(super) fn peer_has_quit(&self) -> Result<bool, Error> {
        Ok(self.header.state(self.role.other()).map_err(|what| self.corrupt(what))? == State::Quit)
    }

    /// Rings the other side, if it is there.
    pub(super) fn ring(&mut self, byte: u8) -> Result<(), Error> {
        if !self.doorbell.is_connected() {
            // Someone raised the flag that brought us here: perhaps a new life that we have not looked at yet.
            self.look_at_peer()?;
        }
        // Nobody there to hear: whoever comes looks at the ring before sleeping.
        let heard = self.doorbell.ring(byte).map_err(|errno| self.system("ring the other side", errno))?;
        self.rings.given += u64::from(heard);
        point(Point::Rung);
        Ok(())
    }
}
